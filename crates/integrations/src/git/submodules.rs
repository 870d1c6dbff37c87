//! Submodules of a checkout, level by level, each address checked before git goes there.

use std::collections::VecDeque;
use std::io::Write as _;
use std::path::{Path, PathBuf};

use tempfile::NamedTempFile;
use url::Url;

use super::access::{Access, AccessSettings, Remote};
use super::error::GitError;
use super::mirrors::in_background;
use super::using::Using;
use super::work_tree::WorkTree;

/// Submodules within submodules are followed this deep, and this many in all.
const DEPTH: usize = 5;
const COUNT: usize = 200;

impl WorkTree {
    /// Fetches and checks out all submodules. The repository's credentials serve those on the same host.
    pub(super) async fn fill_submodules(
        &self,
        using: &Using,
        remote: &Remote,
    ) -> Result<(), GitError> {
        let mut waiting = VecDeque::from([(PathBuf::new(), using.access.url.clone(), 0)]);
        let mut seen = 0;
        while let Some((inside, base, depth)) = waiting.pop_front() {
            let modules = self.submodules(&inside).await?;
            seen += modules.len();
            if modules.is_empty() {
                continue;
            }
            if depth >= DEPTH || seen > COUNT {
                let wanted = "at most 200 submodules, nested at most 5 deep";
                return Err(GitError::Invalid {
                    field: "submodules",
                    value: inside.display().to_string(),
                    wanted,
                });
            }
            let (mut configuration, mut wanted) = (String::new(), Vec::new());
            for module in &modules {
                let url = absolute(&base, &module.url)?;
                let access = self.submodule_access(remote, &url).await?;
                configuration.push_str(&access.as_file());
                wanted.push((format!("submodule.{}.url", module.name), url.clone()));
                wanted.push((format!("submodule.{}.active", module.name), "true".to_owned()));
                waiting.push_back((inside.join(&module.path), url, depth + 1));
            }
            self.update_submodules(&inside, &configuration, wanted).await?;
        }
        Ok(())
    }

    async fn submodule_access(&self, remote: &Remote, url: &str) -> Result<Access, GitError> {
        let settings = &self.mirrors.inner.settings;
        let folder = settings.folder.join("tmp");
        let access = AccessSettings {
            outbound: &settings.outbound,
            allow_file: settings.git.allow_file_protocol,
            folder: &folder,
            certificate_bundle: self.mirrors.certificate_bundle(),
        };
        // Prepared as a move from the repository's address: credentials go to the same host only.
        Access::prepare(&access, remote, Some(url)).await
    }

    /// git clears the configuration in its environment for submodules; a private file lives as long as the command.
    ///
    /// The addresses are given to this one command instead of `submodule init`, which would write them into the mirror.
    async fn update_submodules(
        &self,
        inside: &Path,
        configuration: &str,
        wanted: Vec<(String, String)>,
    ) -> Result<(), GitError> {
        let folder = self.mirrors.inner.settings.folder.join("tmp");
        let files = |source| GitError::Files { path: folder.clone(), source };
        let mut file = NamedTempFile::with_prefix_in("config-", &folder).map_err(files)?;
        file.write_all(configuration.as_bytes()).map_err(files)?;
        let command = if inside.as_os_str().is_empty() {
            self.local("submodule")
        } else {
            self.within(inside)
        };
        let command = command.configs(wanted).env("GIT_CONFIG_GLOBAL", file.path()).over_network();
        command.args(["--quiet", "update"]).output().await.map(drop)
    }

    /// A command in a submodule's folder, which git itself has just made.
    fn within(&self, inside: &Path) -> super::GitCommand<'_> {
        let folder = self.path().join(inside);
        super::GitCommand::new(&self.mirrors.inner.settings.git, "submodule", self.url())
            .directory(&folder)
    }

    async fn submodules(&self, inside: &Path) -> Result<Vec<Submodule>, GitError> {
        let file = self.path().join(inside).join(".gitmodules");
        let there = in_background(&file, |file| Ok(file.is_file())).await?;
        if !there {
            return Ok(Vec::new());
        }
        let listing = self.local("config").args(["--null", "--file"]).args([&file]);
        let listed = listing.args(["--get-regexp", r"^submodule\..*\.(path|url)$"]).run().await?;
        Ok(parse(&String::from_utf8_lossy(&listed.stdout)))
    }
}

#[derive(Debug, PartialEq, Eq)]
struct Submodule {
    name: String,
    path: String,
    url: String,
}

/// `submodule.NAME.path\nVALUE\0submodule.NAME.url\nVALUE\0…`
fn parse(listed: &str) -> Vec<Submodule> {
    let mut found: std::collections::BTreeMap<&str, (Option<&str>, Option<&str>)> =
        std::collections::BTreeMap::new();
    for (key, value) in listed.split('\0').filter_map(|entry| entry.split_once('\n')) {
        if let Some(name) = key.strip_suffix(".path") {
            found.entry(name).or_default().0 = Some(value);
        } else if let Some(name) = key.strip_suffix(".url") {
            found.entry(name).or_default().1 = Some(value);
        }
    }
    let complete = |(name, (path, url)): (&str, (Option<&str>, Option<&str>))| {
        let name = name.strip_prefix("submodule.")?.to_owned();
        Some(Submodule { name, path: path?.to_owned(), url: url?.to_owned() })
    };
    found.into_iter().filter_map(complete).collect()
}

/// Addresses like `../other.git` are relative to the repository's own.
fn absolute(base: &str, url: &str) -> Result<String, GitError> {
    if !(url.starts_with("./") || url.starts_with("../")) {
        return Ok(url.to_owned());
    }
    let invalid = || GitError::Invalid {
        field: "submodule URL",
        value: url.to_owned(),
        wanted: "a full address",
    };
    let joined =
        Url::parse(&format!("{}/", base.trim_end_matches('/'))).and_then(|base| base.join(url));
    joined.map(String::from).map_err(|_| invalid())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn addresses_of_submodules() {
        let base = "https://h.example/org/app.git";
        assert_eq!(absolute(base, "../lib.git").unwrap(), "https://h.example/org/lib.git");
        assert_eq!(absolute(base, "https://x.example/y").unwrap(), "https://x.example/y");
        let listed =
            "submodule.a.path\nlib/a\0submodule.a.url\n../a.git\0submodule.b.url\nhttps://x\0";
        assert_eq!(
            parse(listed),
            [Submodule { name: "a".into(), path: "lib/a".into(), url: "../a.git".into() }]
        );
    }
}
