//! `kargo logout`: forgets the token. The server stays known.

use clap::Args;

use crate::Environment;
use crate::config;
use crate::console::Console;
use crate::failure::Result;

#[derive(Args, Debug)]
pub struct Logout {}

impl Logout {
    pub(super) fn run(self, environment: &Environment, console: &Console) -> Result<()> {
        let folder = environment.config_dir.as_deref();
        let mut config = config::read(folder)?;
        let had_token = config.token.take().is_some();
        config.other.remove("refreshToken");
        config.auth_method = None;
        if !had_token {
            return console.say("Nobody was logged in.");
        }
        config::write(folder, &config)?;
        let server = config.server.unwrap_or_default();
        console.say(&format!("Logged out of {server}. The token stays valid until it expires."))
    }
}
