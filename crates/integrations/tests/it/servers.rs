//! The local servers as real programs see them: git and skopeo.

use std::process::{Command, Output};

use integrations::local_servers::{
    BasicUser, GitServer, GitServerOptions, OciRegistry, OciRegistryOptions,
};

async fn run(program: &str, arguments: Vec<String>) -> Output {
    let program = program.to_owned();
    tokio::task::spawn_blocking(move || {
        Command::new(program).args(arguments).env("GIT_TERMINAL_PROMPT", "0").output().unwrap()
    })
    .await
    .unwrap()
}

fn words(text: &str) -> Vec<String> {
    text.split(' ').map(str::to_owned).collect()
}

async fn succeeds(program: &str, arguments: String) -> String {
    let done = run(program, words(&arguments)).await;
    assert!(
        done.status.success(),
        "{program} {arguments}: {}",
        String::from_utf8_lossy(&done.stderr)
    );
    String::from_utf8(done.stdout).unwrap()
}

#[tokio::test]
async fn git_clones_and_pushes_with_the_right_password_only() {
    let folder = tempfile::tempdir().unwrap();
    let user = BasicUser { username: "ann".into(), password: "secret".into() };
    let options = GitServerOptions {
        user: Some(user),
        ..GitServerOptions::new(folder.path().join("served"))
    };
    let server = GitServer::start(options).await.unwrap();
    let url = server.create_repository("team/app", &[("a.txt", "one\n")]).await.unwrap();
    let clone = folder.path().join("clone").display().to_string();
    let refused = run("git", words(&format!("-c credential.helper= clone -q {url} {clone}"))).await;
    assert!(!refused.status.success());
    let signed_in = url.replace("http://", "http://ann:secret@");
    succeeds("git", format!("clone -q {signed_in} {clone}")).await;
    std::fs::write(folder.path().join("clone/big.bin"), "0123456789".repeat(300_000)).unwrap();
    succeeds("git", format!("-C {clone} add .")).await;
    succeeds("git", format!("-C {clone} -c user.name=a -c user.email=a@b commit -q -m big")).await;
    succeeds("git", format!("-C {clone} push -q origin HEAD:refs/heads/next")).await;
    assert_eq!(server.branches("team/app").await.unwrap(), ["main", "next"]);
    assert_eq!(server.commits("team/app", "next", 9).await.unwrap()[0].subject, "big");
    assert_eq!(
        server.read_file("team/app", "main", "a.txt").await.unwrap().as_deref(),
        Some("one\n")
    );
    assert_eq!(server.read_file("team/app", "main", "b.txt").await.unwrap(), None);
    server.create_repository("../out", &[]).await.unwrap_err();
    let shallow = folder.path().join("shallow").display().to_string();
    succeeds("git", format!("clone -q --depth 1 --filter=blob:none {signed_in} {shallow}")).await;
}

#[expect(clippy::too_many_lines, reason = "one registry carried through one story")]
#[tokio::test]
async fn skopeo_copies_inspects_lists_and_deletes() {
    if Command::new("skopeo").arg("--version").output().is_err() {
        eprintln!("skipped: skopeo is not installed");
        return;
    }
    let folder = tempfile::tempdir().unwrap();
    let options = OciRegistryOptions {
        folder: Some(folder.path().join("images")),
        ..OciRegistryOptions::default()
    };
    let registry = OciRegistry::start(options.clone()).await.unwrap();
    let digest = registry
        .publish_image("team/app", "1.0.0", "2026-01-02T03:04:05Z".parse().unwrap())
        .unwrap();
    let host = registry.host();
    let inspected =
        succeeds("skopeo", format!("inspect --tls-verify=false docker://{host}/team/app:1.0.0"))
            .await;
    let inspected: serde_json::Value = serde_json::from_str(&inspected).unwrap();
    assert_eq!(inspected["Digest"], digest.as_str());
    assert_eq!(inspected["Created"], "2026-01-02T03:04:05Z");
    // Through a folder: every blob is read and checked, then uploaded in chunks or mounted.
    let layout = folder.path().join("layout").display().to_string();
    succeeds(
        "skopeo",
        format!("copy -q --src-tls-verify=false docker://{host}/team/app:1.0.0 oci:{layout}:x"),
    )
    .await;
    succeeds(
        "skopeo",
        format!("copy -q --dest-tls-verify=false oci:{layout}:x docker://{host}/team/copy:2.0.0"),
    )
    .await;
    succeeds(
        "skopeo",
        format!("copy -q --src-tls-verify=false --dest-tls-verify=false docker://{host}/team/app:1.0.0 docker://{host}/other:3"),
    )
    .await;
    let index = registry
        .publish_index(
            "team/multi",
            "1",
            "2026-01-02T03:04:05Z".parse().unwrap(),
            &[("linux", "amd64"), ("linux", "arm64")],
        )
        .unwrap();
    succeeds(
        "skopeo",
        format!("copy -q --all --src-tls-verify=false --dest-tls-verify=false docker://{host}/team/multi:1 docker://{host}/team/again:1"),
    )
    .await;
    let raw = run(
        "skopeo",
        words(&format!("inspect --raw --tls-verify=false docker://{host}/team/again@{index}")),
    )
    .await;
    assert!(raw.status.success());
    assert_eq!(registry.tags("team/copy"), ["2.0.0"]);
    let listed =
        succeeds("skopeo", format!("list-tags --tls-verify=false docker://{host}/team/app")).await;
    assert!(listed.contains("1.0.0"));
    succeeds("skopeo", format!("delete --tls-verify=false docker://{host}/team/copy:2.0.0")).await;
    assert!(registry.tags("team/copy").is_empty());
    drop(registry);
    let registry = OciRegistry::start(options).await.unwrap();
    assert_eq!(registry.tags("team/app"), ["1.0.0"], "kept across a restart");
}
