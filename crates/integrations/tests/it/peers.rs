//! The same clients against servers other people wrote, when they run (their addresses are in `PEERS_…`).

use std::process::Command;

use integrations::credentials::Credentials;
use integrations::git::{CommitQuery, GitError, MirrorSettings, Mirrors, PushRequest, Remote};
use integrations::oci::{OciError, Registries, RegistrySettings, RepositoryAccess};
use integrations::outbound::{Outbound, OutboundError, OutboundPolicy};

use crate::world::{author, message, new_branch, write};

/// The variable, or `None` and a line about skipping; also when nobody listens there.
#[expect(clippy::print_stderr, reason = "says why a test skips")]
fn peer(name: &str) -> Option<String> {
    let value = std::env::var(name).ok();
    let up = value.as_deref().is_some_and(|value| {
        let Ok(url) = url::Url::parse(value) else { return true };
        let address = (
            url.host_str().unwrap_or_default().to_owned(),
            url.port_or_known_default().unwrap_or_default(),
        );
        std::net::TcpStream::connect(address).is_ok()
    });
    if !up {
        eprintln!("skipped: {name} is not set or its server is not running");
    }
    value.filter(|_| up)
}

fn outbound() -> Outbound {
    let mut policy = OutboundPolicy::one_machine();
    if let Ok(path) = std::env::var("PEERS_CA") {
        policy.certificate_authorities = vec![std::fs::read_to_string(path).unwrap()];
    }
    Outbound::new(policy).unwrap()
}

fn host(url: &str) -> String {
    url.split("://").nth(1).unwrap().to_owned()
}

/// Pushes one small image with another program.
fn fill(url: &str, repository: &str) -> bool {
    let layout = tempfile::tempdir().unwrap();
    let blob = |content: &str| {
        use sha2::Digest as _;
        let digest = hex::encode(sha2::Sha256::digest(content));
        std::fs::create_dir_all(layout.path().join("blobs/sha256")).unwrap();
        std::fs::write(layout.path().join("blobs/sha256").join(&digest), content).unwrap();
        (format!("sha256:{digest}"), content.len())
    };
    let (config, config_size) = blob(
        r#"{"architecture":"amd64","os":"linux","created":"2026-03-04T05:06:07Z","config":{},"rootfs":{"type":"layers","diff_ids":[]}}"#,
    );
    let (manifest, manifest_size) = blob(&format!(
        r#"{{"schemaVersion":2,"mediaType":"application/vnd.oci.image.manifest.v1+json","config":{{"mediaType":"application/vnd.oci.image.config.v1+json","digest":"{config}","size":{config_size}}},"layers":[]}}"#
    ));
    let index = format!(
        r#"{{"schemaVersion":2,"manifests":[{{"mediaType":"application/vnd.oci.image.manifest.v1+json","digest":"{manifest}","size":{manifest_size},"annotations":{{"org.opencontainers.image.ref.name":"x"}}}}]}}"#
    );
    std::fs::write(layout.path().join("index.json"), index).unwrap();
    std::fs::write(layout.path().join("oci-layout"), r#"{"imageLayoutVersion":"1.0.0"}"#).unwrap();
    let copied = Command::new("skopeo")
        .args(["copy", "-q", "--dest-tls-verify=false", "--dest-creds", "peer:peerpass"])
        .arg(format!("oci:{}:x", layout.path().display()))
        .arg(format!("docker://{}/{repository}:1.2.3", host(url)))
        .status();
    copied.is_ok_and(|status| status.success())
}

#[tokio::test]
async fn docker_registry_open_basic_tls_and_token() {
    for name in
        ["PEERS_REGISTRY", "PEERS_REGISTRY_BASIC", "PEERS_REGISTRY_TLS", "PEERS_REGISTRY_TOKEN"]
    {
        let Some(url) = peer(name) else { continue };
        let repository = "kargo-it/app";
        if !fill(&url, repository) {
            eprintln!("skipped: {name} could not be filled");
            continue;
        }
        let client = Registries::new(outbound(), RegistrySettings::default());
        let nobody =
            RepositoryAccess::new("project", &format!("{}/{repository}", host(&url))).unwrap();
        let signed_in =
            nobody.clone().with_credentials(Some(Credentials::basic("peer", "peerpass")));
        assert!(client.tags(&signed_in).await.unwrap().contains(&"1.2.3".to_owned()), "{name}");
        let image = client.describe(&signed_in, "1.2.3", None).await.unwrap().unwrap();
        assert_eq!(image.created, Some("2026-03-04T05:06:07Z".parse().unwrap()), "{name}");
        assert_eq!(client.digest(&signed_in, "none").await.unwrap(), None, "{name}");
        if name != "PEERS_REGISTRY" {
            let wrong = nobody.clone().with_credentials(Some(Credentials::basic("peer", "wrong")));
            for access in [&nobody, &wrong] {
                let error = client.tags(access).await.unwrap_err();
                assert!(
                    matches!(error, OciError::Authentication { .. } | OciError::Denied { .. }),
                    "{name}: {error:?}"
                );
            }
        }
        if name == "PEERS_REGISTRY_TLS" {
            let distrusting = Registries::new(
                Outbound::new(OutboundPolicy::one_machine()).unwrap(),
                RegistrySettings::default(),
            );
            let error = distrusting.tags(&signed_in).await.unwrap_err();
            let distrusted = matches!(
                &error,
                OciError::Outbound { source: OutboundError::Certificate { .. }, .. }
            );
            assert!(distrusted, "{error:?}");
            let trusting = signed_in.clone().skipping_tls_verify(true);
            distrusting.tags(&trusting).await.unwrap();
        }
    }
}

#[tokio::test]
async fn lighttpd_open_basic_and_tls() {
    let Some(home) = std::env::var("PEERS_HOME").ok().filter(|_| peer("PEERS_GIT_HTTP").is_some())
    else {
        return;
    };
    let name = format!("kargo-it-{}", std::process::id());
    let repository = std::path::Path::new(&home).join(format!("git/repos/{name}.git"));
    if !repository.parent().unwrap().is_dir() {
        eprintln!("skipped: the git peer keeps its repositories elsewhere");
        return;
    }
    let made = Command::new("git")
        .args(["init", "-q", "--bare", "-b", "main"])
        .arg(&repository)
        .status()
        .unwrap();
    assert!(made.success());
    let folder = tempfile::tempdir().unwrap();
    let mirrors =
        Mirrors::open(MirrorSettings::new(folder.path().join("git"), outbound())).await.unwrap();
    let peer_user = Credentials::basic("peer", "peerpass");
    for (variable, area, signed_in) in [
        ("PEERS_GIT_HTTP", "open", false),
        ("PEERS_GIT_HTTP", "auth", true),
        ("PEERS_GIT_HTTPS", "auth", true),
    ] {
        let Some(base) = peer(variable) else { continue };
        let nobody = Remote::new(format!("{base}/{area}/{name}.git"));
        let remote = if signed_in {
            nobody.clone().with_credentials(Some(peer_user.clone()))
        } else {
            nobody.clone()
        };
        if signed_in {
            let error = mirrors.ls_remote(&nobody).await.unwrap_err();
            assert!(matches!(error, GitError::Authentication { .. }), "{error:?}");
        }
        let branch = format!("{}-{area}", variable.to_ascii_lowercase());
        let checkout = integrations::git::Checkout {
            path: folder.path().join("work").join(&branch),
            at: new_branch(&branch),
            sparse: Vec::new(),
            recurse_submodules: false,
        };
        let tree =
            mirrors.check_out(&remote, Some(&author()), &[checkout]).await.unwrap().remove(0);
        write(&tree, "a.txt", "x");
        tree.commit(&message("one", "uid/1")).await.unwrap();
        let pushed = tree.push(&remote, &PushRequest::default()).await.unwrap();
        let query = CommitQuery { branch: Some(branch), limit: 5, ..CommitQuery::default() };
        assert_eq!(mirrors.commits(&remote, &query).await.unwrap()[0].id, pushed.commit);
    }
    over_ssh(&mirrors, &name).await;
    let missing =
        Remote::new(format!("{}/open/none-{name}.git", std::env::var("PEERS_GIT_HTTP").unwrap()));
    let error = mirrors.ls_remote(&missing).await.unwrap_err();
    assert!(matches!(error, GitError::NotFound { .. }), "{error:?}");
    std::fs::remove_dir_all(&repository).unwrap();
}

async fn over_ssh(mirrors: &Mirrors, name: &str) {
    let (Some(base), Ok(key)) = (peer("PEERS_GIT_SSH"), std::env::var("PEERS_SSH_KEY")) else {
        return;
    };
    let nobody = Remote::new(format!("{base}/{name}.git"));
    let error = mirrors.ls_remote(&nobody).await.unwrap_err();
    assert!(matches!(error, GitError::Authentication { .. }), "{error:?}");
    let key = Credentials {
        ssh_private_key: Some(std::fs::read_to_string(key).unwrap()),
        ..Credentials::default()
    };
    let references = mirrors.ls_remote(&nobody.with_credentials(Some(key))).await.unwrap();
    assert!(!references.branches.is_empty());
}
