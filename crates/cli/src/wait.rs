//! Following one object until something is true of it. A watch that breaks off is taken up again.

use std::time::Duration;

use api::rest::WatchFrame;
use serde_json::Value;

use crate::client::{Client, Place};
use crate::failure::{Failure, Result};
use crate::server_sent_events::Reader;
use crate::table::text;

/// How often in a row the server may be out of reach.
const ATTEMPTS: u32 = 8;
const SHORTEST: Duration = Duration::from_millis(250);
const LONGEST: Duration = Duration::from_secs(5);

/// Looks at an object now and after each change until `look` gives something.
pub(crate) async fn until<T>(
    client: &Client,
    place: &Place<'_>,
    mut look: impl FnMut(&Value) -> Option<T>,
) -> Result<T> {
    let mut pause = SHORTEST;
    let mut failed = 0;
    loop {
        match follow(client, place, &mut look).await {
            Ok(Some(found)) => return Ok(found),
            // Watches end by themselves now and then.
            Ok(None) => (failed, pause) = (0, SHORTEST),
            Err(failure) => {
                // The server is there and means it; too many requests and timeouts pass.
                let is_final = failure.status().is_some_and(|status| {
                    (400..500).contains(&status) && ![408, 429].contains(&status)
                });
                failed += 1;
                if is_final || failed >= ATTEMPTS {
                    return Err(failure);
                }
                pause = (pause * 2).min(LONGEST);
            }
        }
        tokio::time::sleep(pause).await;
    }
}

async fn follow<T>(
    client: &Client,
    place: &Place<'_>,
    look: &mut impl FnMut(&Value) -> Option<T>,
) -> Result<Option<T>> {
    let object: Value = client.get(place).await?;
    if let Some(found) = look(&object) {
        return Ok(Some(found));
    }
    let version = text(&object, "/metadata/resourceVersion");
    let watch = place.clone().with("watch", "true").with("resourceVersion", &version);
    let mut response = client.watch(&watch).await?;
    let mut reader = Reader::default();
    loop {
        // A broken stream is no failure: the object is simply read anew.
        let Ok(Some(piece)) = response.chunk().await else { return Ok(None) };
        let events = reader
            .push(&piece)
            .map_err(|_| Failure::new("the server sent an event that is too large"))?;
        for event in events {
            if event.name == "error" {
                return Ok(None);
            }
            let Ok(frame) = serde_json::from_str::<WatchFrame<Value>>(&event.data) else {
                continue;
            };
            if frame.kind == "DELETED" {
                let name = text(&frame.object, "/metadata/name");
                return Err(Failure::new(format!("{name} was deleted")).with_status(404));
            }
            if let Some(found) = look(&frame.object) {
                return Ok(Some(found));
            }
        }
    }
}
