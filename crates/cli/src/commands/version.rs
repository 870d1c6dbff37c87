//! `kargo version`: of this program, and of the server.

use api::rest::VersionInfo;
use clap::Args;
use serde_json::json;

use crate::Environment;
use crate::client::Place;
use crate::connection::Connection;
use crate::console::Console;
use crate::failure::Result;
use crate::output::{self, Output};

#[derive(Args, Debug)]
pub struct Version {
    /// Only of this program
    #[arg(long)]
    client: bool,
    #[command(flatten)]
    output: Output,
    #[command(flatten)]
    connection: Connection,
}

impl Version {
    pub(super) async fn run(self, environment: &Environment, console: &Console) -> Result<()> {
        let mine = env!("CARGO_PKG_VERSION");
        let server = if self.client { None } else { Some(self.server(environment).await) };
        if let Some(form) = self.output.output {
            let server = server.as_ref().and_then(|server| server.as_ref().ok());
            let value = json!({ "cli": { "version": mine }, "server": server });
            return output::print(console, form, &value);
        }
        console.say(&format!("Client: {mine}"))?;
        match server {
            None => Ok(()),
            Some(Ok(server)) => console.say(&format!("Server: {}", server.version)),
            // Without a server the version of this program is still worth knowing.
            Some(Err(failure)) => {
                console.remark(&format!("Server: unknown: {failure}"));
                Ok(())
            }
        }
    }

    async fn server(&self, environment: &Environment) -> Result<VersionInfo> {
        let session = self.connection.open(environment)?;
        session.client.get(&Place::new(&["system", "server-version"])).await
    }
}
