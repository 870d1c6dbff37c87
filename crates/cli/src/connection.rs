//! Which server a command talks to, and which Project it means.

use clap::Args;
use url::Url;

use crate::client::Client;
use crate::config::{self, Config};
use crate::failure::{Failure, Result};
use crate::kinds::{At, Kind, Scope};
use crate::{Environment, names};

/// Flags of every command that talks to a server.
#[derive(Args, Clone, Debug, Default)]
pub(crate) struct Connection {
    /// URL of the server [default: $KARGO_SERVER, else the one logged in to]
    #[arg(long, value_name = "URL", help_heading = "Server")]
    pub(crate) server: Option<String>,
    /// Do not check the server's certificate
    #[arg(long, help_heading = "Server")]
    pub(crate) insecure_skip_tls_verify: bool,
}

/// The Project flag.
#[derive(Args, Clone, Debug, Default)]
pub(crate) struct InProject {
    /// The Project [default: the one in the configuration]
    #[arg(short, long, value_name = "NAME")]
    pub(crate) project: Option<String>,
}

/// The Project, or what belongs to none.
#[derive(Args, Clone, Debug, Default)]
pub(crate) struct InScope {
    #[command(flatten)]
    pub(crate) project: InProject,
    /// What all Projects share
    #[arg(long, conflicts_with = "project")]
    shared: bool,
    /// What the system keeps
    #[arg(long, conflicts_with_all = ["project", "shared"])]
    system: bool,
}

/// A server, and what the configuration says besides.
pub(crate) struct Session {
    pub(crate) client: Client,
    config: Config,
}

/// Where objects are.
pub(crate) enum Home {
    Project(String),
    Shared,
    System,
}

impl Home {
    pub(crate) fn scope(&self) -> Scope<'_> {
        match self {
            Self::Project(project) => Scope::Project(project),
            Self::Shared => Scope::Shared,
            Self::System => Scope::System,
        }
    }
}

impl Connection {
    /// Connects to the server that is meant.
    pub(crate) fn open(&self, environment: &Environment) -> Result<Session> {
        let config = config::read(environment.config_dir.as_deref())?;
        let chosen =
            self.server.as_ref().or(environment.server.as_ref()).or(config.server.as_ref());
        let chosen = chosen.ok_or_else(|| {
            Failure::new("no server is known")
                .hint("name one with --server or KARGO_SERVER, or log in with `kargo login URL`")
                .hint("`kargo up` starts one on this machine")
        })?;
        let url = parse_server(chosen)?;
        // A token is only ever sent to the server that gave it.
        let of_this_server = config
            .server
            .as_deref()
            .is_some_and(|known| parse_server(known).is_ok_and(|known| known == url));
        let remembered = config.token.clone().filter(|_| of_this_server);
        let token = environment.token.clone().or(remembered);
        let insecure =
            self.insecure_skip_tls_verify || (of_this_server && config.insecure_skip_tls_verify);
        Ok(Session { client: Client::new(url, token, insecure)?, config })
    }
}

impl Session {
    /// Where the objects of a kind are meant to be.
    pub(crate) fn scope(&self, kind: Kind, flags: &InScope) -> Result<Home> {
        match (flags.shared || flags.system, kind.at()) {
            (true, At::Scoped { in_system: false, .. }) if flags.system => {
                Err(Failure::usage(format!("--system is not for {}", kind.word())))
            }
            (true, At::Scoped { .. }) if flags.system => Ok(Home::System),
            (true, At::Scoped { .. }) => Ok(Home::Shared),
            (true, _) => {
                Err(Failure::usage(format!("--shared and --system are not for {}", kind.word()))
                    .hint("they are for configmaps, generic-credentials and repo-credentials"))
            }
            (false, _) if kind.is_in_project() => self.project(&flags.project).map(Home::Project),
            (false, _) => Ok(Home::Project(String::new())),
        }
    }

    /// The Project that is meant.
    pub(crate) fn project(&self, flag: &InProject) -> Result<String> {
        let project = flag.project.clone().or_else(|| self.config.project.clone());
        let project = project
            .ok_or_else(|| Failure::usage("no project is named").hint("name one with --project"))?;
        names::check("project", &project)?;
        Ok(project)
    }
}

/// Reads a server's URL. Without a scheme it is https, or http on this machine.
pub(crate) fn parse_server(text: &str) -> Result<Url> {
    let wrong = |why: &str| {
        Failure::usage(format!("{text:?} is not the URL of a server: {why}"))
            .hint("it should look like https://kargo.example.com or http://127.0.0.1:8080")
    };
    let with_scheme = if text.contains("://") {
        text.to_owned()
    } else {
        let host = text.split('/').next().unwrap_or_default();
        let local = ["localhost", "127.", "[::1]"].iter().any(|start| host.starts_with(start));
        format!("{}://{text}", if local { "http" } else { "https" })
    };
    let mut url = Url::parse(&with_scheme).map_err(|error| wrong(&error.to_string()))?;
    if !["http", "https"].contains(&url.scheme()) {
        return Err(wrong("it has to begin with http:// or https://"));
    }
    if !url.username().is_empty() || url.password().is_some() {
        return Err(Failure::usage("a server's URL may not hold a user name or a password")
            .hint("log in with `kargo login`, which asks for the password"));
    }
    if url.query().is_some() || url.fragment().is_some() {
        return Err(wrong("it has a query or a fragment"));
    }
    let path = format!("{}/", url.path().trim_end_matches('/'));
    url.set_path(&path);
    Ok(url)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn servers() {
        for (text, url) in [
            ("kargo.example.com", "https://kargo.example.com/"),
            ("http://kargo.example.com/base/", "http://kargo.example.com/base/"),
            ("localhost:8080", "http://localhost:8080/"),
            ("127.0.0.1:8080", "http://127.0.0.1:8080/"),
        ] {
            assert_eq!(parse_server(text).unwrap().as_str(), url);
        }
        for wrong in ["", "ftp://x", "https://a:secret@h", "https://h?x=1", "http://"] {
            let failure = parse_server(wrong).unwrap_err();
            assert_eq!(failure.code(), 2);
            assert!(!failure.to_string().contains("secret"), "{failure}");
        }
    }
}
