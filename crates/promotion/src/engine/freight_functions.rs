//! Answers what functions of expressions ask: artifacts of the Freight being promoted, stored
//! metadata, Secrets and ConfigMaps, and how earlier steps ended.

use api::{
    FreightOrigin, FreightReference, RepoSubscription, SubscriptionSource, Warehouse, identity,
};
use base64::Engine as _;
use expressions::{Lookup, Value};
use serde_json::Value as Json;

use super::{
    evaluation::{Evaluator, LookUpError, namespace},
    facts::FactKind,
    host_values,
    next::has_failures,
};

type Answer = Result<Value, LookUpError>;

/// What a subscription may provide, asked of each requested Warehouse.
type Provides<'a> = &'a (dyn Fn(&RepoSubscription) -> bool + Sync);

impl Evaluator<'_> {
    /// Answers one question.
    pub(crate) async fn look_up(&self, lookup: &Lookup) -> Answer {
        let arguments = &lookup.arguments;
        match lookup.function.as_str() {
            "always" => Ok(Value::Bool(true)),
            "failure" => Ok(Value::Bool(has_failures(self.metadata))),
            "success" => Ok(Value::Bool(!has_failures(self.metadata))),
            "status" => Ok(self.status_of(text(arguments, 0)?)),
            "commitFrom" => self.commit(arguments).await,
            "imageFrom" => self.image(arguments).await,
            "chartFrom" => self.chart(arguments).await,
            "artifactFrom" => self.artifact(arguments).await,
            "secret" => self.secret(&self.project(), text(arguments, 0)?, true).await,
            "sharedSecret" => self.secret(&self.shared(), text(arguments, 0)?, false).await,
            "configMap" => self.config_map(&self.project(), text(arguments, 0)?).await,
            "sharedConfigMap" => self.config_map(&self.shared(), text(arguments, 0)?).await,
            "freightMetadata" => self.stored(FactKind::Freight, arguments, Some("metadata")).await,
            "freightStatus" => self.stored(FactKind::Freight, arguments, None).await,
            "stageMetadata" => self.stored(FactKind::Stage, arguments, Some("metadata")).await,
            other => Err(wrong(format!("{other}() is not available in promotions"))),
        }
    }

    fn project(&self) -> String {
        self.job.promotion.metadata.namespace.clone().unwrap_or_default()
    }

    fn shared(&self) -> String {
        self.engine.services.shared_namespace.clone()
    }

    /// The status of a step of the same task, or of the promotion itself.
    fn status_of(&self, alias: &str) -> Value {
        let own = namespace(self.alias).map(|(task, _)| task);
        let found = self.metadata.iter().find(|step| {
            let of = step.alias.as_deref().unwrap_or_default();
            match namespace(of) {
                Some((task, short)) => own == Some(task) && short == alias,
                None => own.is_none() && of == alias,
            }
        });
        let status = found.and_then(|step| step.status.as_ref());
        Value::text(status.map_or("", |status| status.as_str()))
    }

    async fn object(
        &self,
        kind: FactKind,
        namespace: &str,
        name: &str,
    ) -> Result<Option<Json>, LookUpError> {
        self.engine.facts.object(kind, namespace, name).await.map_err(LookUpError::Facts)
    }

    async fn secret(&self, namespace: &str, name: &str, any_type: bool) -> Answer {
        let secret = self.object(FactKind::Secret, namespace, name).await?.unwrap_or_default();
        let kind = secret.pointer("/metadata/labels/kargo.akuity.io~1cred-type");
        if !any_type && kind.and_then(Json::as_str) != Some("generic") {
            return Ok(Value::text_map::<&str, &str>([]));
        }
        let mut entries = Vec::new();
        for (key, value) in secret["data"].as_object().into_iter().flatten() {
            let bytes = value
                .as_str()
                .and_then(|text| base64::engine::general_purpose::STANDARD.decode(text).ok())
                .unwrap_or_default();
            self.secrets.learn(&String::from_utf8_lossy(&bytes));
            entries.push((key.as_str(), bytes));
        }
        Ok(Value::text_map(entries))
    }

    async fn config_map(&self, namespace: &str, name: &str) -> Answer {
        let found = self.object(FactKind::ConfigMap, namespace, name).await?.unwrap_or_default();
        let data = found["data"].as_object().cloned().unwrap_or_default();
        Ok(Value::text_map(
            data.iter().map(|(key, value)| (key.as_str(), value.as_str().unwrap_or_default())),
        ))
    }

    async fn stored(&self, kind: FactKind, arguments: &[Json], field: Option<&str>) -> Answer {
        let name = text(arguments, 0)?;
        let found = self.object(kind, &self.project(), name).await?.unwrap_or_default();
        let status = &found["status"];
        Ok(match field {
            Some(field) => Value::from_json(&status[field]),
            None if found.is_null() => Value::Nil,
            None => Value::from_json(&match status {
                Json::Null => Json::Object(serde_json::Map::new()),
                other => other.clone(),
            }),
        })
    }

    async fn commit(&self, arguments: &[Json]) -> Answer {
        let url = identity::normalize_git(place(arguments)?);
        let provides = |subscription: &RepoSubscription| match &subscription.source {
            SubscriptionSource::Git(git) => identity::normalize_git(&git.repo_url) == url,
            _ => false,
        };
        let Some(origin) = self.origin(arguments.get(1), "a commit", &url, &provides).await? else {
            return Ok(Value::Nil);
        };
        let found = self.freight_of(&origin).and_then(|freight| {
            freight.commits.iter().find(|commit| {
                commit.repo_url.as_deref().map(identity::normalize_git).as_ref() == Some(&url)
            })
        });
        Ok(host_values::GIT_COMMIT.of(found))
    }

    async fn image(&self, arguments: &[Json]) -> Answer {
        let url = place(arguments)?;
        let provides = |subscription: &RepoSubscription| match &subscription.source {
            SubscriptionSource::Image(image) => image.repo_url == url,
            _ => false,
        };
        let Some(origin) = self.origin(arguments.get(1), "an image", url, &provides).await? else {
            return Ok(Value::Nil);
        };
        let found = self.freight_of(&origin).and_then(|freight| {
            freight.images.iter().find(|image| image.repo_url.as_deref() == Some(url))
        });
        Ok(host_values::IMAGE.of(found))
    }

    async fn chart(&self, arguments: &[Json]) -> Answer {
        let url = place(arguments)?;
        let (name, origin) = match arguments.get(1) {
            Some(Json::String(name)) => (name.as_str(), arguments.get(2)),
            other => ("", other),
        };
        let provides = |subscription: &RepoSubscription| match &subscription.source {
            SubscriptionSource::Chart(chart) => {
                chart.repo_url == url && chart.name.as_deref().unwrap_or_default() == name
            }
            _ => false,
        };
        let Some(origin) = self.origin(origin, "a chart", url, &provides).await? else {
            let named = if name.is_empty() { String::new() } else { format!(" `{name}`") };
            return Err(wrong(format!(
                "no Warehouse the Stage requests Freight from subscribes to the chart{named} of {url}"
            )));
        };
        let found = self.freight_of(&origin).and_then(|freight| {
            freight.charts.iter().find(|chart| {
                chart.repo_url.as_deref() == Some(url)
                    && chart.name.as_deref().unwrap_or_default() == name
            })
        });
        Ok(host_values::CHART.of(found))
    }

    async fn artifact(&self, arguments: &[Json]) -> Answer {
        let name = place(arguments)?;
        let provides = |subscription: &RepoSubscription| {
            matches!(subscription.source, SubscriptionSource::Other { .. })
                && subscription.name.as_deref() == Some(name)
        };
        let Some(origin) = self.origin(arguments.get(1), "an artifact", name, &provides).await?
        else {
            return Ok(Value::Nil);
        };
        let found = self.freight_of(&origin).and_then(|freight| {
            freight.artifacts.iter().find(|artifact| artifact.subscription_name == name)
        });
        Ok(host_values::ARTIFACT_REFERENCE.of(found))
    }

    /// The Freight of one origin in what the Stage will hold.
    fn freight_of(&self, origin: &FreightOrigin) -> Option<&FreightReference> {
        self.job.freight.freight.values().find(|freight| freight.origin.as_ref() == Some(origin))
    }

    /// The origin that was named, or the only one that can provide the artifact.
    async fn origin(
        &self,
        named: Option<&Json>,
        what: &str,
        from: &str,
        provides: Provides<'_>,
    ) -> Result<Option<FreightOrigin>, LookUpError> {
        if let Some(named) = named {
            return serde_json::from_value(named.clone())
                .map(Some)
                .map_err(|_| wrong("the origin must be given as warehouse(\"name\")".to_owned()));
        }
        let mut only = None;
        for request in &self.job.requests {
            let warehouse = self.warehouse(&request.origin.name).await?;
            let subscriptions = warehouse
                .spec
                .parse_subscriptions()
                .map_err(|error| wrong(format!("Warehouse `{}`: {error}", request.origin.name)))?;
            for _ in subscriptions.iter().filter(|subscription| provides(subscription)) {
                if only.replace(request.origin.clone()).is_some() {
                    return Err(wrong(format!(
                        "more than one requested Warehouse could provide {what} from {from}; say which with warehouse(\"name\") as the last argument"
                    )));
                }
            }
        }
        Ok(only)
    }

    async fn warehouse(&self, name: &str) -> Result<Warehouse, LookUpError> {
        let project = self.project();
        let found = self.object(FactKind::Warehouse, &project, name).await?.ok_or_else(|| {
            wrong(format!("there is no Warehouse `{name}` in the Project `{project}`"))
        })?;
        serde_json::from_value(found).map_err(|error| wrong(format!("Warehouse `{name}`: {error}")))
    }
}

/// A repository or a subscription: an empty one is none of the Stage's.
fn place(arguments: &[Json]) -> Result<&str, LookUpError> {
    let place = arguments.first().and_then(Json::as_str);
    place.ok_or_else(|| wrong("argument 1 must be a text".to_owned()))
}

fn text(arguments: &[Json], index: usize) -> Result<&str, LookUpError> {
    arguments
        .get(index)
        .and_then(Json::as_str)
        .filter(|text| !text.is_empty())
        .ok_or_else(|| wrong(format!("argument {} must be a text that is not empty", index + 1)))
}

fn wrong(problem: String) -> LookUpError {
    LookUpError::Wrong(problem)
}
