//! `kargo login [SERVER]`: gets a token and remembers it with the server.

use api::rest::PublicConfig;
use clap::Args;

use crate::client::{Client, Place};
use crate::config::{self, Config};
use crate::connection::parse_server;
use crate::console::Console;
use crate::failure::{Failure, Result};
use crate::{Environment, password};

#[derive(Args, Debug)]
#[command(
    after_help = "The password is asked for, read from standard input with --password-stdin, or taken from KARGO_PASSWORD.\n\n\
                  Examples:\n  kargo login https://kargo.example.com --admin\n  \
                  kubectl create token deployer | kargo login https://kargo.example.com --token-stdin"
)]
pub struct Login {
    /// URL of the server [default: $KARGO_SERVER, else the one logged in to before]
    #[arg(value_name = "SERVER")]
    server: Option<String>,
    #[command(flatten)]
    how: How,
    /// Read the password from standard input
    #[arg(long)]
    password_stdin: bool,
    #[arg(long, hide = true, value_name = "SECRET")]
    password: Option<String>,
    /// Do not check the server's certificate, now and later
    #[arg(long)]
    insecure_skip_tls_verify: bool,
}

#[derive(Args, Debug)]
#[group(multiple = false)]
struct How {
    /// As the administrator, with a password (the default)
    #[arg(long)]
    admin: bool,
    /// With a token from standard input, for example of a Kubernetes ServiceAccount
    #[arg(long, conflicts_with = "password_stdin")]
    token_stdin: bool,
}

impl Login {
    pub(super) async fn run(self, environment: &Environment, console: &Console) -> Result<()> {
        refuse_password_argument(self.password.as_deref())?;
        let folder = environment.config_dir.as_deref();
        let mut config = config::read(folder)?;
        let server =
            self.server.as_ref().or(environment.server.as_ref()).or(config.server.as_ref());
        let server = server.ok_or_else(|| {
            Failure::usage("no server is named")
                .hint("for example: kargo login http://127.0.0.1:8080")
        })?;
        let url = parse_server(server)?;
        if url.scheme() == "http" && !is_local(&url) {
            console
                .remark("warning: this connection is not encrypted; others may read the password");
        }
        let client = Client::new(url.clone(), None, self.insecure_skip_tls_verify)?;
        let public: PublicConfig =
            client.get(&Place::new(&["system", "public-server-config"])).await?;
        let token = self.token(environment, &client, &public).await?;
        let how = if token.is_none() {
            "nobody has to log in there"
        } else if self.how.token_stdin {
            "with a token"
        } else {
            "as admin"
        };
        remember(&mut config, url.as_str(), token, &self);
        config::write(folder, &config)?;
        console.say(&format!("Logged in to {} ({how}).", client.server()))
    }

    /// The token; none where nobody has to log in.
    async fn token(
        &self,
        environment: &Environment,
        client: &Client,
        public: &PublicConfig,
    ) -> Result<Option<String>> {
        if public.skip_auth {
            return Ok(None);
        }
        if self.how.token_stdin {
            return password::read("Token", true, None).map(Some);
        }
        if !public.admin_account_enabled {
            return Err(Failure::new(format!("{} has no admin account", client.server()))
                .hint("use a token with --token-stdin"));
        }
        let given = environment.password.as_ref();
        let password = password::read("Password of admin", self.password_stdin, given)?;
        client.login(&password).await.map(Some)
    }
}

fn remember(config: &mut Config, server: &str, token: Option<String>, login: &Login) {
    config.auth_method = token
        .as_ref()
        .map(|_| if login.how.token_stdin { "kubeconfig" } else { "admin" }.to_owned());
    config.server = Some(server.trim_end_matches('/').to_owned());
    config.token = token;
    config.insecure_skip_tls_verify = login.insecure_skip_tls_verify;
    // A refresh token belongs to the login before this one.
    config.other.remove("refreshToken");
}

fn is_local(url: &url::Url) -> bool {
    match url.host() {
        Some(url::Host::Domain(name)) => name == "localhost",
        Some(url::Host::Ipv4(address)) => address.is_loopback(),
        Some(url::Host::Ipv6(address)) => address.is_loopback(),
        None => false,
    }
}

/// Arguments can be seen by every user of the machine.
pub(super) fn refuse_password_argument(password: Option<&str>) -> Result<()> {
    match password {
        None => Ok(()),
        Some(_) => {
            Err(Failure::usage("a password is not taken as an argument, where others can see it")
                .hint("pipe it in with --password-stdin, or set KARGO_PASSWORD"))
        }
    }
}
