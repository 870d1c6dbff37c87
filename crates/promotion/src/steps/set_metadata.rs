//! # `set-metadata`
//!
//! Stores values with Stages or pieces of Freight.
//!
//! The values lie in the object's `status.metadata` and can be read in expressions with
//! `stageMetadata("name")` and `freightMetadata("name")`, also by later promotions. Values under
//! other names stay as they are, and `null` removes a value.
//!
//! The Freight that is being promoted is called `${{ ctx.targetFreight.name }}`, the Stage
//! `${{ ctx.stage }}`.
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
    /// What to store, by name: texts, numbers, `true`, `false`, lists or objects. A value replaces
    /// the one of its name as a whole.
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

#[cfg(test)]
mod tests {
    use std::sync::Arc;

    use http::{Request, Response, StatusCode};
    use http_body_util::BodyExt as _;
    use kube::client::Body;
    use parking_lot::Mutex;
    use serde_json::{Value, json};

    use super::STEP;
    use crate::{step::Severity, testing::Bench};

    /// A control plane that knows the Stage `test` and merges patches of its status.
    fn control_plane(stage: &Arc<Mutex<Value>>) -> kube::Client {
        let stage = stage.clone();
        let service = tower::service_fn(move |request: Request<Body>| {
            let stage = stage.clone();
            async move {
                let path = request.uri().path().to_owned();
                let patch = request.into_body().collect().await.unwrap().to_bytes();
                let patch: Value = serde_json::from_slice(&patch).unwrap();
                let known = "/apis/kargo.akuity.io/v1alpha1/namespaces/project/stages/test/status";
                let (code, body) = if path == known {
                    let mut stage = stage.lock();
                    merge(&mut stage, &patch);
                    (StatusCode::OK, stage.clone())
                } else {
                    let status = json!({"kind": "Status", "apiVersion": "v1", "status": "Failure",
                        "message": "no such object", "reason": "NotFound", "code": 404});
                    (StatusCode::NOT_FOUND, status)
                };
                let response = Response::builder().status(code);
                let response = response.header("content-type", "application/json");
                Ok::<_, std::convert::Infallible>(
                    response.body(Body::from(body.to_string().into_bytes())).unwrap(),
                )
            }
        });
        kube::Client::new(service, "project")
    }

    /// RFC 7386.
    fn merge(target: &mut Value, patch: &Value) {
        let Value::Object(patch) = patch else {
            *target = patch.clone();
            return;
        };
        if !target.is_object() {
            *target = json!({});
        }
        for (key, value) in patch {
            if value.is_null() {
                target.as_object_mut().unwrap().remove(key);
            } else {
                merge(&mut target[key], value);
            }
        }
    }

    #[tokio::test]
    async fn named_values_are_replaced_and_others_stay() {
        let stage = json!({"apiVersion": "kargo.akuity.io/v1alpha1", "kind": "Stage",
            "metadata": {"name": "test", "namespace": "project"}, "spec": {"requestedFreight": []},
            "status": {"metadata": {"kept": 1, "replaced": {"old": true}}}});
        let stage = Arc::new(Mutex::new(stage));
        let mut bench = Bench::new();
        bench.client = Some(control_plane(&stage));
        let values = json!({"replaced": {"new": true}, "text": "x"});
        let config = json!({"updates": [{"kind": "Stage", "name": "test", "values": values}]});
        bench.run(&STEP, config).await.unwrap();
        let expected = json!({"kept": 1, "replaced": {"new": true}, "text": "x"});
        assert_eq!(stage.lock()["status"]["metadata"], expected);

        let config =
            json!({"updates": [{"kind": "Freight", "name": "absent", "values": {"a": 1}}]});
        let error = bench.run(&STEP, config).await.unwrap_err();
        assert_eq!(error.severity(), Severity::Hopeless);
        assert!(error.chain().contains("Freight `absent`: no such object"), "{}", error.chain());
    }
}
