//! The store over a backend that fails when told to.
use super::backend::{Loaded, Write};
use super::*;
use parking_lot::Mutex as Lock;
use serde_json::json;
use std::collections::BTreeMap;

#[derive(Default)]
struct Disk {
    rows: BTreeMap<String, Vec<u8>>,
    revision: u64,
    full: bool,
    /// A failing commit may still have reached the disk.
    writes_when_full: bool,
}

struct Faulty(Arc<Lock<Disk>>);

impl Backend for Faulty {
    fn commit(&mut self, writes: &[Write], revision: u64) -> Result<(), StorageError> {
        let mut disk = self.0.lock();
        if !disk.full || disk.writes_when_full {
            disk.revision = revision;
            for (key, bytes) in writes {
                match bytes {
                    Some(bytes) => disk.rows.insert(key.to_string(), bytes.to_vec()),
                    None => disk.rows.remove(&**key),
                };
            }
        }
        if disk.full { Err(StorageError::DiskFull { path: "test".into() }) } else { Ok(()) }
    }

    fn load(&mut self) -> Result<Loaded, StorageError> {
        let disk = self.0.lock();
        let rows = disk.rows.iter().map(|(key, bytes)| (key.clone(), bytes.clone())).collect();
        Ok(Loaded { revision: disk.revision, rows })
    }
}

fn put(name: &str, expect: Expect, value: i64) -> Operation {
    let object = json!({"metadata": {"name": name, "uid": name}, "value": value});
    let draft = Some(Draft::new(&object).unwrap());
    Operation { key: format!("/g/p/ns/{name}").into(), expect, within: None, draft }
}

#[tokio::test]
async fn a_full_disk_refuses_writes_and_loses_nothing() {
    for writes_when_full in [false, true] {
        let disk = Arc::new(Lock::new(Disk { writes_when_full, ..Disk::default() }));
        let store = Store::open(Box::new(Faulty(disk.clone())), "test").unwrap();
        let first = store.write(put("a", Expect::Absent, 1)).await.unwrap();
        disk.lock().full = true;
        let refused = store.write(put("a", Expect::Revision(first.revision), 2)).await;
        assert!(matches!(refused, Err(WriteError::Storage(_))), "{refused:?}");
        let refused = store.write(put("b", Expect::Absent, 1)).await;
        assert!(matches!(refused, Err(WriteError::Storage(_))), "{refused:?}");
        assert_eq!(store.get("/g/p/ns/a").unwrap().value()["value"], 1);
        disk.lock().full = false;
        let third = store.write(put("c", Expect::Absent, 3)).await.unwrap();
        assert!(third.revision > first.revision);
        store.close();
        let again = Store::open(Box::new(Faulty(disk)), "test").unwrap();
        let names: Vec<String> =
            again.list("/").entries.iter().map(|entry| entry.name().to_owned()).collect();
        assert_eq!(names, ["a", "c"], "refused writes must not come back");
        assert_eq!(again.get("/g/p/ns/a").unwrap().value()["value"], 1);
    }
}

#[tokio::test]
async fn writes_are_checked_against_those_before_them() {
    let store = Store::open(Box::new(backend::Memory), "test").unwrap();
    let outcomes = futures::future::join_all(
        (0..50).map(|value| store.write(put("a", Expect::Absent, value))),
    )
    .await;
    assert_eq!(outcomes.iter().filter(|outcome| outcome.is_ok()).count(), 1);
    let entry = store.get("/g/p/ns/a").unwrap();
    let stale = store.write(put("a", Expect::Revision(entry.revision - 1), 9)).await;
    assert!(matches!(stale, Err(WriteError::Conflict)));
    let mut homeless = put("b", Expect::Absent, 1);
    homeless.within = Some("/core/namespaces//none".into());
    assert!(matches!(store.write(homeless).await, Err(WriteError::NamespaceGone)));
}

#[tokio::test]
async fn the_past_is_the_present_with_the_log_undone() {
    let store = Store::open(Box::new(backend::Memory), "test").unwrap();
    let mut expected = vec![(store.revision(), Vec::new())];
    let remember = |store: &Store| {
        let entries = store.list("/g/").entries;
        (store.revision(), entries.iter().map(|one| one.bytes.clone()).collect::<Vec<_>>())
    };
    for step in 0..60_i64 {
        let name = format!("n{}", step % 7);
        let operation = match store.get(&format!("/g/p/ns/{name}")) {
            Some(entry) if step % 3 == 0 => {
                Operation { draft: None, ..put(&name, Expect::Revision(entry.revision), 0) }
            }
            Some(entry) => put(&name, Expect::Revision(entry.revision), step),
            None => put(&name, Expect::Absent, step),
        };
        store.write(operation).await.unwrap();
        expected.push(remember(&store));
    }
    for (revision, objects) in expected {
        let past = store.list_at("/g/", revision).unwrap().entries;
        let past: Vec<_> = past.iter().map(|one| one.bytes.clone()).collect();
        assert_eq!(past, objects, "at {revision}");
    }
}
