//! The kubectl tour: what a user's own kubectl sees must be what a real server shows.
use embedded_kube::{EmbeddedKube, Options};
use std::path::PathBuf;
use std::process::Command;

/// The shared conformance material lies beside the repository where it is provided.
fn shared() -> PathBuf {
    PathBuf::from(concat!(env!("CARGO_MANIFEST_DIR"), "/../../../shared"))
}

#[tokio::test(flavor = "multi_thread")]
async fn kubectl_sees_what_a_real_server_shows() {
    let kubectl = Command::new("kubectl").arg("version").arg("--client").output();
    let shared = shared();
    if !shared.join("conformance/kubectl/tour.sh").exists() || kubectl.is_err() {
        eprintln!("skipped: needs ../shared/conformance/kubectl and kubectl on the PATH");
        return;
    }
    let mut crds = Vec::new();
    for file in std::fs::read_dir(shared.join("contract/crds")).unwrap() {
        let text = std::fs::read_to_string(file.unwrap().path()).unwrap();
        crds.push(serde_saphyr::from_str(&text).unwrap());
    }
    let folder = tempfile::tempdir().unwrap();
    let options = Options::in_folder(folder.path().join("data")).with_crds(crds);
    let embedded = EmbeddedKube::open(options).await.unwrap();
    let listener = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
    let serving = embedded.serve(listener, &["127.0.0.1".to_owned()]).unwrap();
    let url = format!("https://{}", serving.address());
    let kubeconfig = folder.path().join("kubeconfig");
    std::fs::write(&kubeconfig, embedded.kubeconfig(&url).unwrap()).unwrap();
    let output = tokio::task::spawn_blocking(move || {
        let script = shared.join("conformance/kubectl/tour.sh");
        let tour = Command::new("bash").arg(script).arg(&kubeconfig).output().unwrap();
        let got = folder.path().join("got.txt");
        std::fs::write(&got, tour.stdout).unwrap();
        let compare = shared.join("conformance/kubectl/compare.py");
        let expected = shared.join("conformance/kubectl/expected.txt");
        Command::new("python3").arg(compare).arg(expected).arg(got).arg("-v").output().unwrap()
    });
    let compared = output.await.unwrap();
    assert!(compared.status.success(), "{}", String::from_utf8_lossy(&compared.stdout));
}
