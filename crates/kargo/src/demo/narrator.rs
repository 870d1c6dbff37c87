//! Says in plain lines what happens in the demo: new Freight, promotions that begin and end.

use std::collections::HashSet;
use std::pin::pin;

use api::{Freight, Promotion, PromotionPhase};
use futures::StreamExt;
use kube::runtime::{WatchStreamExt, watcher};
use kube::{Api, Client, ResourceExt};
use tokio::task::JoinHandle;

use crate::terminal::tell;

pub(crate) fn start(client: Client) -> JoinHandle<()> {
    tokio::spawn(async move {
        tokio::join!(freight(client.clone()), promotions(client));
    })
}

async fn freight(client: Client) {
    let api: Api<Freight> = Api::namespaced(client, super::PROJECT);
    let mut stream =
        pin!(watcher(api, watcher::Config::default()).default_backoff().applied_objects());
    let mut told = HashSet::new();
    while let Some(event) = stream.next().await {
        if let Ok(freight) = event
            && told.insert(freight.name_any())
        {
            let tags: Vec<&str> =
                freight.images.iter().filter_map(|image| image.tag.as_deref()).collect();
            let alias = freight.alias.as_deref().unwrap_or_default();
            tell(format_args!(
                "{:<13} new Freight {alias} with {}",
                freight.origin.name,
                tags.join(", ")
            ));
        }
    }
}

async fn promotions(client: Client) {
    let api: Api<Promotion> = Api::namespaced(client, super::PROJECT);
    let mut stream =
        pin!(watcher(api, watcher::Config::default()).default_backoff().applied_objects());
    let mut told = HashSet::new();
    while let Some(event) = stream.next().await {
        let Ok(promotion) = event else { continue };
        let status = promotion.status.clone().unwrap_or_default();
        let phase = status.phase.unwrap_or_default();
        if !told.insert((promotion.name_any(), phase.to_string())) {
            continue;
        }
        let stage = &promotion.spec.stage;
        let why = status.message.map(|message| format!(": {message}")).unwrap_or_default();
        match phase {
            PromotionPhase::Pending => {}
            PromotionPhase::Running => tell(format_args!("{stage:<13} promotion begins")),
            PromotionPhase::Succeeded => tell(format_args!("{stage:<13} promoted")),
            ended => tell(format_args!(
                "{stage:<13} promotion {}{why}",
                ended.to_string().to_lowercase()
            )),
        }
    }
}
