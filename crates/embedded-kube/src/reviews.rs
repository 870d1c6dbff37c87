//! Reviews: questions about tokens and rights, answered and not stored.
use crate::authorization::user;
use crate::body::parse;
use crate::builtin;
use crate::call::{Call, Content, Path};
use crate::identity::Identity;
use crate::rbac::{self, Attributes};
use crate::reply;
use crate::server::{Server, rfc3339};
use crate::status::{Cause, Status};
use axum::response::Response;
use http::{HeaderMap, Method, header};
use serde_json::{Value, json};

impl Server {
    /// The kind of review asked for, when it is one.
    pub(crate) fn review_kind(&self, target: &Path, method: &Method) -> Option<&'static str> {
        if *method != Method::POST || target.name.is_some() {
            return None;
        }
        let kind = builtin::find(&target.group, &target.version, &target.plural)?;
        (!kind.stored && kind.namespaced == target.namespace.is_some()).then_some(kind.kind)
    }

    pub(crate) fn review(
        &self,
        kind: &str,
        target: &Path,
        identity: &Identity,
        headers: &HeaderMap,
        body: &[u8],
    ) -> Result<Response, Status> {
        let content = headers.get(header::CONTENT_TYPE).and_then(|value| value.to_str().ok());
        let content = Content::of(content.unwrap_or_default());
        let mut review = parse(content, body)?;
        if !review.is_object() {
            return Err(Status::bad_request("the body must be one object"));
        }
        review["kind"] = kind.into();
        review["apiVersion"] = format!("{}/{}", target.group, target.version).into();
        if !review["metadata"].is_object() {
            review["metadata"] = json!({});
        }
        if kind == "SelfSubjectReview" {
            review["metadata"]["creationTimestamp"] = self.timestamp().into();
        }
        let spec = review["spec"].clone();
        review["status"] = match kind {
            "SelfSubjectReview" => json!({"userInfo": identity.to_json()}),
            "TokenReview" if spec["token"].as_str().unwrap_or_default().is_empty() => {
                let message = "token is required for TokenReview in authentication";
                return Err(Status::bad_request(message));
            }
            "TokenReview" => self.token_status(&spec),
            "SelfSubjectAccessReview" => self.access_status(identity, &spec)?,
            "SelfSubjectRulesReview" => self.rules_status(identity, &spec)?,
            _ => {
                if let Some(namespace) = &target.namespace
                    && spec["resourceAttributes"]["namespace"].as_str() != Some(namespace)
                {
                    return Err(Status::bad_request(
                        "spec.resourceAttributes.namespace must match the namespace of the request",
                    ));
                }
                self.access_status(&subject(&spec)?, &spec)?
            }
        };
        Ok(reply::json(201, &review))
    }

    fn token_status(&self, spec: &Value) -> Value {
        let token = spec["token"].as_str().unwrap_or_default();
        let audiences = texts(&spec["audiences"]);
        let found = self
            .tokens
            .get()
            .and_then(|tokens| tokens.verify(token, &audiences, &self.store, (self.now)()));
        match found {
            Some(identity) => {
                let mut status = json!({"authenticated": true, "user": identity.to_json()});
                if !audiences.is_empty() {
                    status["audiences"] = json!(audiences);
                }
                status
            }
            None => json!({"user": {}, "error": "invalid bearer token"}),
        }
    }

    fn access_status(&self, identity: &Identity, spec: &Value) -> Result<Value, Status> {
        let decision = self.decide(identity, &attributes(spec)?);
        let mut status = json!({"allowed": decision.allowed});
        if !decision.reason.is_empty() {
            status["reason"] = decision.reason.into();
        }
        Ok(status)
    }

    fn rules_status(&self, identity: &Identity, spec: &Value) -> Result<Value, Status> {
        let namespace = spec["namespace"].as_str().unwrap_or_default();
        if namespace.is_empty() {
            return Err(Status::bad_request("no namespace on request"));
        }
        let policy = self.policies.current(&self.store);
        let rules = rbac::rules_for(&policy, &user(identity), namespace);
        let (paths, resources): (Vec<_>, Vec<_>) =
            rules.into_iter().partition(|rule| !rule.paths.is_empty());
        let resources: Vec<Value> = resources
            .into_iter()
            .map(|rule| {
                let mut value = json!({"verbs": rule.verbs, "apiGroups": rule.groups, "resources": rule.resources});
                if !rule.names.is_empty() {
                    value["resourceNames"] = json!(rule.names);
                }
                value
            })
            .collect();
        let paths: Vec<Value> = paths
            .into_iter()
            .map(|rule| json!({"verbs": rule.verbs, "nonResourceURLs": rule.paths}))
            .collect();
        Ok(json!({"resourceRules": resources, "nonResourceRules": paths, "incomplete": false}))
    }

    /// `serviceaccounts/NAME/token`.
    pub(crate) fn request_token(&self, call: &Call, body: &[u8]) -> Result<Response, Status> {
        let entry = self.store.get(&call.key()).ok_or_else(|| call.not_found())?;
        let mut request = parse(call.content, body)?;
        let spec = &request["spec"];
        let account = (call.namespace(), call.name(), &*entry.facts.uid);
        let seconds = spec["expirationSeconds"].as_i64();
        let tokens = self.tokens.get().ok_or_else(|| Status::internal("the server is starting"))?;
        let issued = tokens
            .issue(account, texts(&spec["audiences"]), seconds, (self.now)())
            .map_err(|message| {
                let cause = Cause::invalid("spec.expirationSeconds", message);
                let group = "authentication.k8s.io";
                Status::invalid(group, "TokenRequest", "", vec![cause])
            })?;
        if !request["spec"].is_object() {
            request = json!({"spec": {}});
        }
        request["kind"] = "TokenRequest".into();
        request["apiVersion"] = "authentication.k8s.io/v1".into();
        request["metadata"] = json!({"name": call.name(), "namespace": call.namespace()});
        request["spec"]["audiences"] = json!(issued.audiences);
        request["status"] =
            json!({"token": issued.token, "expirationTimestamp": rfc3339(issued.expires)});
        Ok(reply::json(201, &request))
    }
}

fn texts(value: &Value) -> Vec<String> {
    value
        .as_array()
        .into_iter()
        .flatten()
        .filter_map(|one| one.as_str().map(String::from))
        .collect()
}

/// The user a SubjectAccessReview is about.
fn subject(spec: &Value) -> Result<Identity, Status> {
    let name = spec["user"].as_str().unwrap_or_default();
    let groups = texts(&spec["groups"]);
    if name.is_empty() && groups.is_empty() {
        return Err(Status::bad_request("spec.user or spec.groups: at least one must be set"));
    }
    Ok(Identity { user: name.into(), groups, ..Identity::default() })
}

fn attributes(spec: &Value) -> Result<Attributes, Status> {
    let text = |value: &Value| value.as_str().unwrap_or_default().to_owned();
    let (resource, path) = (&spec["resourceAttributes"], &spec["nonResourceAttributes"]);
    match (resource.is_object(), path.is_object()) {
        (true, false) => Ok(Attributes {
            verb: text(&resource["verb"]),
            group: text(&resource["group"]),
            resource: text(&resource["resource"]),
            subresource: text(&resource["subresource"]),
            name: text(&resource["name"]),
            namespace: text(&resource["namespace"]),
            non_resource_path: None,
        }),
        (false, true) => Ok(Attributes {
            verb: text(&path["verb"]),
            non_resource_path: Some(text(&path["path"])),
            ..Attributes::default()
        }),
        _ => Err(Status::bad_request(
            "exactly one of spec.nonResourceAttributes or spec.resourceAttributes must be specified",
        )),
    }
}
