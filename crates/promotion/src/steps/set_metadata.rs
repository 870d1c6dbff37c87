//! # `set-metadata`
//!
//! Stores values with Stages or pieces of Freight.
//!
//! The values lie in the object's `status.metadata` and can be read in expressions with
//! `stageMetadata("name")` and `freightMetadata("name")`, also by later promotions. Values under
//! other names stay as they are.
//!
//! ```yaml
//! uses: set-metadata
//! config:
//!   updates:
//!   - kind: Stage
//!     name: test
//!     values:
//!       lastChange: CHG-1234
//! ```

use k8s_openapi::NamespaceResourceScope;
use kube::{
    Api,
    api::{Patch, PatchParams},
};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize, de::DeserializeOwned};
use serde_json::{Map, Value, json};

use crate::step::{Outcome, Step, StepContext, StepError};

/// The step.
pub(crate) static STEP: Step = crate::step!("set-metadata", "set_metadata.rs", Writes, Config, run);

/// Stores values with Stages or pieces of Freight.
#[derive(Debug, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
struct Config {
    /// What to store where, in this order.
    #[schemars(length(min = 1))]
    updates: Vec<Update>,
}

/// Values for one object.
#[derive(Debug, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
struct Update {
    /// The kind of object.
    kind: Kind,
    /// The object's name.
    #[schemars(length(min = 1))]
    name: String,
    /// What to store, by name.
    #[schemars(extend("minProperties" = 1))]
    values: Map<String, Value>,
}

#[derive(Clone, Copy, Debug, Deserialize, JsonSchema)]
#[schemars(inline)]
enum Kind {
    Stage,
    Freight,
}

async fn run(context: &StepContext<'_>, config: Config) -> Result<Outcome, StepError> {
    for update in config.updates {
        match update.kind {
            Kind::Stage => store::<api::Stage>(context, update).await?,
            Kind::Freight => store::<api::Freight>(context, update).await?,
        }
    }
    Ok(Outcome::done())
}

/// A merge patch of the named values only: whoever else writes the status loses nothing, and
/// doing it twice changes nothing.
async fn store<K>(context: &StepContext<'_>, update: Update) -> Result<(), StepError>
where
    K: kube::Resource<Scope = NamespaceResourceScope, DynamicType = ()>
        + Clone
        + std::fmt::Debug
        + DeserializeOwned
        + Serialize,
{
    let Update { kind, name, values } = update;
    let operation = || format!("store metadata with the {kind:?} `{name}`");
    let objects = Api::<K>::namespaced(context.services.client.clone(), context.project);
    // In a merge patch null removes, and an object merges with what is there.
    let mut cleared = Map::new();
    for (key, value) in &values {
        if value.is_object() {
            cleared.insert(key.clone(), Value::Null);
        }
    }
    for part in [cleared, values] {
        if part.is_empty() {
            continue;
        }
        let patch = json!({ "status": { "metadata": part } });
        objects.patch_status(&name, &PatchParams::default(), &Patch::Merge(&patch)).await.map_err(
            |error| match error {
                kube::Error::Api(status) if matches!(status.code, 403 | 404 | 422) => {
                    StepError::Hopeless {
                        operation: operation(),
                        source: status.message.clone().into(),
                    }
                }
                other => StepError::errored(operation(), other),
            },
        )?;
    }
    Ok(())
}
