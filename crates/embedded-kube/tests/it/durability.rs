//! What survives: crashes, restarts, damaged files, second processes, backups.
use crate::support::*;
use embedded_kube::{EmbeddedKube, Error, Options, StorageError};
use k8s_openapi::api::core::v1::ConfigMap;
use kube::api::*;
use std::io::{BufRead, BufReader, Write as _};
use std::path::Path;
use std::process::{Command, Stdio};

async fn open(folder: &Path) -> Result<EmbeddedKube, Error> {
    EmbeddedKube::open(Options::in_folder(folder).with_crds(crds())).await
}

fn storage_error(outcome: Result<EmbeddedKube, Error>) -> StorageError {
    match outcome {
        Err(Error::OpenStore(error)) => error,
        Err(other) => panic!("another error: {other}"),
        Ok(_) => panic!("it opened"),
    }
}

/// Not a test by itself: the process that [`acknowledged_writes_survive_a_kill`] kills.
#[tokio::test]
async fn child_that_writes_until_it_is_killed() {
    let Ok(folder) = std::env::var("EMBEDDED_KUBE_CRASH_FOLDER") else { return };
    let embedded = open(Path::new(&folder)).await.unwrap();
    let mut writers = tokio::task::JoinSet::new();
    for writer in 0..16 {
        let maps: Api<ConfigMap> = Api::namespaced(embedded.client(), "default");
        writers.spawn(async move {
            for index in 0.. {
                let name = format!("w{writer}-{index}-{}", std::process::id());
                let map = ConfigMap { metadata: named(&name), ..ConfigMap::default() };
                maps.create(&PostParams::default(), &map).await.unwrap();
                writeln!(std::io::stdout().lock(), "acknowledged {name}").unwrap();
            }
        });
    }
    writers.join_next().await;
}

#[tokio::test]
async fn acknowledged_writes_survive_a_kill() {
    let folder = tempfile::tempdir().unwrap();
    let mut acknowledged: Vec<String> = Vec::new();
    for round in 1..=3 {
        let mut child = Command::new(std::env::current_exe().unwrap())
            .args(["--exact", "durability::child_that_writes_until_it_is_killed", "--nocapture"])
            .env("EMBEDDED_KUBE_CRASH_FOLDER", folder.path())
            .stdout(Stdio::piped())
            .stderr(Stdio::null())
            .spawn()
            .unwrap();
        let mut lines = BufReader::new(child.stdout.take().unwrap()).lines();
        let mut seen = 0;
        while let Some(Ok(line)) = lines.next() {
            if let Some(name) = line.trim().strip_prefix("acknowledged ") {
                acknowledged.push(name.to_owned());
                seen += 1;
            }
            if seen == 400 * round {
                child.kill().unwrap();
                break;
            }
        }
        child.wait().unwrap();
        assert_eq!(seen, 400 * round, "the child stopped by itself");
    }
    let embedded = open(folder.path()).await.unwrap();
    let maps: Api<ConfigMap> = Api::namespaced(embedded.client(), "default");
    let list = maps.list(&ListParams::default()).await.unwrap();
    let present: std::collections::BTreeSet<String> =
        list.into_iter().filter_map(|map| map.metadata.name).collect();
    let lost: Vec<&String> = acknowledged.iter().filter(|name| !present.contains(*name)).collect();
    assert!(lost.is_empty(), "{} of {} lost: {lost:?}", lost.len(), acknowledged.len());
}

#[tokio::test]
async fn a_restart_keeps_objects_revisions_and_tokens() {
    let folder = tempfile::tempdir().unwrap();
    let first = open(folder.path()).await.unwrap();
    let created =
        widgets(&first.client()).create(&PostParams::default(), &widget("a", 7)).await.unwrap();
    let token = first.administrator_token().to_owned();
    first.close().await;
    let second = open(folder.path()).await.unwrap();
    assert_eq!(second.administrator_token(), token);
    let read = widgets(&second.client()).get("a").await.unwrap();
    assert_eq!(read, created);
    let next =
        widgets(&second.client()).create(&PostParams::default(), &widget("b", 7)).await.unwrap();
    let revision =
        |widget: &Widget| widget.metadata.resource_version.clone().unwrap().parse::<u64>().unwrap();
    assert!(revision(&next) > revision(&created));
}

#[tokio::test]
async fn a_second_opening_is_refused_in_clear_words() {
    let folder = tempfile::tempdir().unwrap();
    let _first = open(folder.path()).await.unwrap();
    let error = storage_error(open(folder.path()).await);
    assert!(matches!(error, StorageError::InUse { .. }), "{error}");
    assert!(error.to_string().contains("in use by another process"));
}

#[tokio::test]
async fn a_damaged_file_is_refused_and_left_alone() {
    let folder = tempfile::tempdir().unwrap();
    let first = open(folder.path()).await.unwrap();
    for index in 0..50 {
        let name = format!("w{index}");
        widgets(&first.client()).create(&PostParams::default(), &widget(&name, 7)).await.unwrap();
    }
    first.close().await;
    let file = folder.path().join("kube.redb");
    let whole = std::fs::read(&file).unwrap();
    let text = whole.windows(4).position(|four| four == b"w33\"").unwrap();
    let mut flipped = whole.clone();
    flipped[text] ^= 0x20;
    let mut header = whole.clone();
    header[..64].fill(0);
    for damage in [
        Vec::new(),
        b"not a database at all".repeat(100),
        header,
        whole[..whole.len() / 3].to_vec(),
    ] {
        std::fs::write(&file, &damage).unwrap();
        let error = storage_error(open(folder.path()).await);
        assert!(matches!(error, StorageError::Damaged { .. }), "{error}");
        assert_eq!(std::fs::read(&file).unwrap(), damage, "it was changed");
    }
    std::fs::write(&file, &flipped).unwrap();
    let error = storage_error(open(folder.path()).await);
    assert!(matches!(error, StorageError::Damaged { .. }), "{error}");
}

#[tokio::test]
async fn a_backup_taken_while_writing_restores_elsewhere() {
    let folder = tempfile::tempdir().unwrap();
    let embedded = open(&folder.path().join("one")).await.unwrap();
    for index in 0..20 {
        let name = format!("w{index}");
        widgets(&embedded.client())
            .create(&PostParams::default(), &widget(&name, 7))
            .await
            .unwrap();
    }
    let backup = folder.path().join("backup.redb");
    embedded.backup(&backup).unwrap();
    widgets(&embedded.client()).create(&PostParams::default(), &widget("later", 7)).await.unwrap();
    let restored = folder.path().join("two");
    EmbeddedKube::restore(&backup, &restored).unwrap();
    let again = EmbeddedKube::restore(&backup, &restored);
    assert!(matches!(again, Err(StorageError::NotEmpty { .. })), "{again:?}");
    let two = open(&restored).await.unwrap();
    let list = widgets(&two.client()).list(&ListParams::default()).await.unwrap();
    assert_eq!(list.items.len(), 20);
    assert_eq!(two.administrator_token(), embedded.administrator_token());
    let broken = folder.path().join("broken.redb");
    std::fs::write(&broken, b"nothing").unwrap();
    let refused = EmbeddedKube::restore(&broken, &folder.path().join("three"));
    assert!(matches!(refused, Err(StorageError::Damaged { .. })), "{refused:?}");
}

#[tokio::test]
async fn a_closed_server_ends_watches_and_refuses_writes() {
    let embedded = in_memory().await;
    let client = embedded.client();
    let watch = widgets(&client).watch(&WatchParams::default(), "0").await.unwrap();
    embedded.close().await;
    assert_eq!(futures::StreamExt::count(watch).await, 0);
    let refused = widgets(&client).create(&PostParams::default(), &widget("a", 1)).await;
    assert_eq!(code(refused), 500);
}
