//! Serves the embedded API over HTTPS: `serve FOLDER PORT [CRD.yaml…]` writes `FOLDER/admin.kubeconfig` and runs until it is killed.
use embedded_kube::{EmbeddedKube, Options};
use std::path::PathBuf;

type Failure = Box<dyn std::error::Error>;

#[tokio::main]
async fn main() -> Result<(), Failure> {
    let mut arguments = std::env::args().skip(1);
    let (Some(folder), Some(port)) = (arguments.next(), arguments.next()) else {
        return Err("usage: serve FOLDER PORT [CRD.yaml…]".into());
    };
    let mut crds = Vec::new();
    for file in arguments {
        crds.push(serde_saphyr::from_str(&std::fs::read_to_string(file)?)?);
    }
    let folder = PathBuf::from(folder);
    let embedded = EmbeddedKube::open(Options::in_folder(&folder).with_crds(crds)).await?;
    let listener = std::net::TcpListener::bind(("127.0.0.1", port.parse()?))?;
    let names = ["127.0.0.1".to_owned(), "localhost".to_owned()];
    let serving = embedded.serve(listener, &names)?;
    let url = format!("https://{}", serving.address());
    std::fs::write(folder.join("admin.kubeconfig"), embedded.kubeconfig(&url)?)?;
    std::future::pending::<()>().await;
    Ok(())
}
