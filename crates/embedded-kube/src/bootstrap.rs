//! What every server holds from its first start: namespaces, basic roles, keys, definitions.
use crate::call::Call;
use crate::server::Server;
use crate::status::Status;
use crate::store::{self, Draft, Expect};
use crate::tokens::Tokens;
use crate::write::Origin;
use base64::Engine as _;
use base64::engine::general_purpose::{STANDARD, URL_SAFE_NO_PAD};
use rcgen::KeyPair;
use serde_json::{Value, json};

/// Keys are stored beside the objects and served to nobody.
const KEYS: &str = "/internal/keys//server";

/// The secrets of a server: they outlive restarts, so that kubeconfigs and tokens do too.
#[derive(Debug, Clone)]
pub(crate) struct Keys {
    pub(crate) administrator: String,
    pub(crate) signing_key: Vec<u8>,
    /// The private key of the certificate authority, PEM.
    pub(crate) authority: String,
}

impl Server {
    pub(crate) async fn bootstrap(&self, definitions: &[Value]) -> Result<Keys, Status> {
        let keys = self.keys().await?;
        let tokens = Tokens {
            administrator: keys.administrator.clone(),
            signing_key: keys.signing_key.clone(),
        };
        let _ = self.tokens.set(tokens);
        for name in ["default", "kube-system"] {
            self.ensure("v1", "Namespace", &json!({"metadata": {"name": name}})).await?;
        }
        for role in roles() {
            self.ensure("rbac.authorization.k8s.io/v1", "ClusterRole", &role).await?;
        }
        for (role, group) in [
            ("cluster-admin", "system:masters"),
            ("system:basic-user", "system:authenticated"),
            ("system:discovery", "system:authenticated"),
            ("system:public-info-viewer", "system:authenticated"),
        ] {
            let binding = json!({
                "metadata": {"name": role, "labels": {"kubernetes.io/bootstrapping": "rbac-defaults"}},
                "roleRef": {"apiGroup": "rbac.authorization.k8s.io", "kind": "ClusterRole", "name": role},
                "subjects": [{"apiGroup": "rbac.authorization.k8s.io", "kind": "Group", "name": group}],
            });
            self.ensure("rbac.authorization.k8s.io/v1", "ClusterRoleBinding", &binding).await?;
        }
        for definition in definitions {
            self.bring_up_to_date(definition).await?;
        }
        Ok(keys)
    }

    async fn keys(&self) -> Result<Keys, Status> {
        if let Some(entry) = self.store.get(KEYS) {
            return Keys::read(&entry.value())
                .ok_or_else(|| Status::internal("the stored keys cannot be read"));
        }
        let authority = KeyPair::generate().map_err(|error| Status::internal(error.to_string()))?;
        let keys = Keys {
            administrator: random(),
            signing_key: random().into_bytes(),
            authority: authority.serialize_pem(),
        };
        let draft = Draft::new(&keys.to_json()).map_err(Status::internal)?;
        let operation = store::Operation {
            key: KEYS.into(),
            expect: Expect::Absent,
            within: None,
            draft: Some(draft),
        };
        let written = self.store.write(operation).await;
        written.map_err(|error| Status::internal(error.to_string()))?;
        Ok(keys)
    }

    fn internal_call(&self, api_version: &str, kind: &str, name: &str) -> Result<Call, Status> {
        let registry = self.registries.current();
        let resource = registry.of_kind(api_version, kind).ok_or_else(Status::no_such_resource)?;
        Ok(Call::internal(resource.clone(), None, name))
    }

    /// Creates a cluster-scoped object when it is not there.
    async fn ensure(&self, api_version: &str, kind: &str, object: &Value) -> Result<(), Status> {
        let name = object["metadata"]["name"].as_str().unwrap_or_default();
        let call = self.internal_call(api_version, kind, name)?;
        if self.store.get(&call.key()).is_some() {
            return Ok(());
        }
        let mut object = object.clone();
        object["apiVersion"] = api_version.into();
        object["kind"] = kind.into();
        match self.insert(&call, object, Origin::Body).await {
            Err(status) if status.reason != "AlreadyExists" => Err(status),
            _ => Ok(()),
        }
    }

    /// Creates a definition, or replaces what it says when the stored one says something else.
    async fn bring_up_to_date(&self, definition: &Value) -> Result<(), Status> {
        let name = definition["metadata"]["name"].as_str().unwrap_or_default();
        let kind = "CustomResourceDefinition";
        let call = self.internal_call("apiextensions.k8s.io/v1", kind, name)?;
        let Some(entry) = self.store.get(&call.key()) else {
            return self.ensure("apiextensions.k8s.io/v1", kind, definition).await;
        };
        let current = call.resource.read(&entry);
        let mut wanted = current.clone();
        wanted["spec"] = definition["spec"].clone();
        for field in ["labels", "annotations"] {
            for (name, value) in definition["metadata"][field].as_object().into_iter().flatten() {
                if !wanted["metadata"][field].is_object() {
                    wanted["metadata"][field] = json!({});
                }
                wanted["metadata"][field][name] = value.clone();
            }
        }
        // Most starts change nothing, and validating a definition is not cheap.
        crate::crd::complete(&mut wanted, Some(&current), "");
        if wanted == current {
            return Ok(());
        }
        self.replace(&call, &entry, &current, wanted, Origin::Body).await.map(drop)
    }
}

impl Keys {
    fn to_json(&self) -> Value {
        json!({
            "metadata": {"name": "server"},
            "administrator": self.administrator,
            "signingKey": STANDARD.encode(&self.signing_key),
            "authority": self.authority,
        })
    }

    fn read(value: &Value) -> Option<Self> {
        Some(Self {
            administrator: value["administrator"].as_str()?.to_owned(),
            signing_key: STANDARD.decode(value["signingKey"].as_str()?).ok()?,
            authority: value["authority"].as_str()?.to_owned(),
        })
    }
}

fn random() -> String {
    URL_SAFE_NO_PAD.encode(rand::random::<[u8; 32]>())
}

/// The roles every cluster has, cut down to the kinds there are.
fn roles() -> Vec<Value> {
    let role = |name: &str, labels: Value, rules: Value| {
        let mut role = json!({"metadata": {"name": name, "labels": {"kubernetes.io/bootstrapping": "rbac-defaults"}}, "rules": rules});
        for (label, value) in labels.as_object().into_iter().flatten() {
            role["metadata"]["labels"][label] = value.clone();
        }
        role
    };
    let aggregate =
        |to: &str| json!({format!("rbac.authorization.k8s.io/aggregate-to-{to}"): "true"});
    let aggregated = |name: &str, from: &str, to: Option<&str>| {
        let mut role = role(name, to.map(aggregate).unwrap_or_default(), Value::Null);
        role["aggregationRule"] =
            json!({"clusterRoleSelectors": [{"matchLabels": aggregate(from)}]});
        crate::ownership::remove(&mut role, "rules");
        role
    };
    let read = json!(["get", "list", "watch"]);
    let write = json!(["create", "delete", "deletecollection", "patch", "update"]);
    let reviews = ["selfsubjectaccessreviews", "selfsubjectrulesreviews"];
    vec![
        role(
            "cluster-admin",
            json!({}),
            json!([
                {"apiGroups": ["*"], "resources": ["*"], "verbs": ["*"]},
                {"nonResourceURLs": ["*"], "verbs": ["*"]},
            ]),
        ),
        role(
            "system:basic-user",
            json!({}),
            json!([
                {"apiGroups": ["authorization.k8s.io"], "resources": reviews, "verbs": ["create"]},
                {"apiGroups": ["authentication.k8s.io"], "resources": ["selfsubjectreviews"], "verbs": ["create"]},
            ]),
        ),
        role(
            "system:discovery",
            json!({}),
            json!([
                {"nonResourceURLs": ["/api", "/api/*", "/apis", "/apis/*", "/healthz", "/livez", "/openapi", "/openapi/*", "/readyz", "/version", "/version/"], "verbs": ["get"]},
            ]),
        ),
        role(
            "system:public-info-viewer",
            json!({}),
            json!([
                {"nonResourceURLs": ["/healthz", "/livez", "/readyz", "/version", "/version/"], "verbs": ["get"]},
            ]),
        ),
        aggregated("admin", "admin", None),
        aggregated("edit", "edit", Some("admin")),
        aggregated("view", "view", Some("edit")),
        role(
            "system:aggregate-to-view",
            aggregate("view"),
            json!([
                {"apiGroups": [""], "resources": ["configmaps", "events", "namespaces", "serviceaccounts"], "verbs": read},
                {"apiGroups": ["events.k8s.io"], "resources": ["events"], "verbs": read},
            ]),
        ),
        role(
            "system:aggregate-to-edit",
            aggregate("edit"),
            json!([
                {"apiGroups": [""], "resources": ["configmaps", "events", "secrets", "serviceaccounts"], "verbs": write},
                {"apiGroups": [""], "resources": ["secrets"], "verbs": read},
                {"apiGroups": ["coordination.k8s.io"], "resources": ["leases"], "verbs": ["*"]},
            ]),
        ),
        role(
            "system:aggregate-to-admin",
            aggregate("admin"),
            json!([
                // Every verb but `bind` and `escalate`: an admin hands out what they hold, not more.
                {"apiGroups": ["rbac.authorization.k8s.io"], "resources": ["rolebindings", "roles"], "verbs": read},
                {"apiGroups": ["rbac.authorization.k8s.io"], "resources": ["rolebindings", "roles"], "verbs": write},
                {"apiGroups": ["authorization.k8s.io"], "resources": ["localsubjectaccessreviews"], "verbs": ["create"]},
            ]),
        ),
    ]
}
