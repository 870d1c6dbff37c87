//! A server over an embedded API with admission, a Project with a pipeline, and callers with different rights.

use std::sync::Arc;

use axum::body::Body;
use embedded_kube::{AdmissionRequest, EmbeddedKube, Options};
use futures::future::BoxFuture;
use http::{Request, StatusCode, header};
use http_body_util::BodyExt;
use integrations::clock::SystemClock;
use k8s_openapi::api::authentication::v1::{TokenRequest, TokenRequestSpec};
use k8s_openapi::api::core::v1::ServiceAccount;
use kube::api::PostParams;
use rules::admission::Operation;
use serde_json::{Value, json};
use server::admission::{Admission, AdmissionConfig, Write};
use server::{Authentication, Identity, ServerConfig};
use tokio_util::sync::CancellationToken;
use tower::ServiceExt;

pub(crate) const PROJECT: &str = "demo";

pub(crate) struct Harness {
    pub(crate) kube: EmbeddedKube,
    pub(crate) router: axum::Router,
}

struct Hook(Admission);

impl embedded_kube::Admission for Hook {
    fn review(
        &self,
        request: AdmissionRequest,
    ) -> BoxFuture<'_, Result<Option<Value>, embedded_kube::Status>> {
        Box::pin(async move {
            let write = Write {
                operation: match request.operation {
                    embedded_kube::Operation::Create => Operation::Create,
                    embedded_kube::Operation::Update => Operation::Update,
                    embedded_kube::Operation::Delete => Operation::Delete,
                },
                user: request.user,
                groups: request.groups,
                group: request.group,
                kind: request.kind,
                namespace: request.namespace,
                name: request.name,
                subresource: request.subresource,
                object: request.object,
                old_object: request.old_object,
                dry_run: request.dry_run,
            };
            let answer = self.0.judge(write).await;
            answer.map_err(|status| {
                embedded_kube::Status::new(status.code, &status.reason, status.message)
            })
        })
    }
}

impl Harness {
    pub(crate) async fn new() -> Self {
        let options = Options::in_memory().with_crds(api::crds());
        let kube = EmbeddedKube::open(options).await.unwrap();
        let clock = Arc::new(SystemClock);
        kube.set_admission(Arc::new(Hook(Admission::new(AdmissionConfig {
            client: kube.client(),
            clock: clock.clone(),
            is_control_plane: Arc::new(|user| user == "system:admin"),
            is_external_webhooks: Arc::new(|_| false),
            cache_by_tag: rules::admission::CacheByTagPolicy::Allow,
        }))));
        let callers = kube.clone();
        let router = server::router(ServerConfig {
            client: kube.client(),
            client_as: Arc::new(move |who: &Identity| callers.client_as(&who.user, &who.groups)),
            clock,
            authentication: Authentication::Tokens {
                admin: Some(server::Admin {
                    password_hash: bcrypt::hash("right", 4).unwrap(),
                    token_signing_key: vec![3; 32],
                    token_issuer: "kargo".into(),
                    token_audience: "kargo".into(),
                    token_lifetime: jiff::SignedDuration::from_hours(24),
                    groups: vec!["system:masters".into()],
                }),
            },
            base_url: None,
            ui_directory: None,
            namespaces: server::Namespaces::default(),
            secret_management: true,
            build: server::Build::default(),
            shutdown: CancellationToken::new(),
        });
        Self { kube, router }
    }

    /// With a Project: Warehouse `api`, Stages `test` → `prod`, two pieces of Freight, `old` and `new`.
    pub(crate) async fn with_pipeline() -> (Self, String) {
        let harness = Self::new().await;
        let admin = harness.login().await;
        let answer = harness.send("PUT", "/v1beta1/resources?upsert=true", &admin, PIPELINE).await;
        assert_eq!(answer.status, StatusCode::OK, "{}", answer.body);
        for result in answer.json()["results"].as_array().unwrap() {
            assert!(result["error"].is_null(), "{result}");
        }
        (harness, admin)
    }

    pub(crate) async fn login(&self) -> String {
        let answer = self.send("POST", "/v1beta1/login", "right", "").await;
        assert_eq!(answer.status, StatusCode::OK, "{}", answer.body);
        answer.json()["idToken"].as_str().unwrap().to_owned()
    }

    /// A token of a new ServiceAccount that holds the given rules in the Project.
    pub(crate) async fn caller(&self, name: &str, rules: Value) -> String {
        let (client, manifest) = (self.kube.client(), |kind: &str, rest: Value| {
            let mut object = json!({
                "apiVersion": "rbac.authorization.k8s.io/v1",
                "kind": kind,
                "metadata": { "name": name, "namespace": PROJECT },
            });
            object.as_object_mut().unwrap().extend(rest.as_object().unwrap().clone());
            object
        });
        let accounts = kube::Api::<ServiceAccount>::namespaced(client, PROJECT);
        let account = json!({ "metadata": { "name": name } });
        let account = serde_json::from_value(account).unwrap();
        accounts.create(&PostParams::default(), &account).await.unwrap();
        let role = manifest("Role", json!({ "rules": rules }));
        let binding = manifest(
            "RoleBinding",
            json!({
                "roleRef": { "apiGroup": "rbac.authorization.k8s.io", "kind": "Role", "name": name },
                "subjects": [{ "kind": "ServiceAccount", "name": name, "namespace": PROJECT }],
            }),
        );
        let admin = self.login().await;
        let body = json!([role, binding]).to_string();
        let answer = self.send("POST", "/v1beta1/resources", &admin, &body).await;
        assert_eq!(answer.status, StatusCode::CREATED, "{}", answer.body);
        let request = TokenRequest { spec: TokenRequestSpec::default(), ..TokenRequest::default() };
        let token = accounts.create_token_request(name, &PostParams::default(), &request).await;
        token.unwrap().status.unwrap().token
    }

    pub(crate) async fn response(
        &self,
        method: &str,
        path: &str,
        token: &str,
        body: &str,
    ) -> http::Response<Body> {
        let request = Request::builder()
            .method(method)
            .uri(path)
            .header(header::AUTHORIZATION, format!("Bearer {token}"))
            .body(Body::from(body.to_owned()))
            .unwrap();
        self.router.clone().oneshot(request).await.unwrap()
    }

    pub(crate) async fn send(&self, method: &str, path: &str, token: &str, body: &str) -> Answer {
        let response = self.response(method, path, token, body).await;
        let status = response.status();
        let body = response.into_body().collect().await.unwrap().to_bytes();
        Answer { status, body: String::from_utf8_lossy(&body).into_owned() }
    }

    pub(crate) async fn get(&self, path: &str, token: &str) -> Answer {
        self.send("GET", &in_project(path), token, "").await
    }

    pub(crate) async fn post(&self, path: &str, token: &str, body: Value) -> Answer {
        self.send("POST", &in_project(path), token, &body.to_string()).await
    }

    /// The name of the Freight with a tag.
    pub(crate) async fn freight(&self, token: &str, tag: &str) -> String {
        let answer = self.get("freight", token).await.json();
        let items = answer["groups"][""]["items"].as_array().unwrap().clone();
        let found = items.iter().find(|item| item["images"][0]["tag"] == tag).unwrap();
        found["metadata"]["name"].as_str().unwrap().to_owned()
    }

    /// Writes a status as a controller would.
    pub(crate) async fn status(&self, plural: &str, name: &str, status: Value) {
        let path =
            format!("/apis/kargo.akuity.io/v1alpha1/namespaces/{PROJECT}/{plural}/{name}/status");
        let request = Request::patch(path)
            .header(header::CONTENT_TYPE, "application/merge-patch+json")
            .body(json!({ "status": status }).to_string().into_bytes())
            .unwrap();
        self.kube.client().request::<Value>(request).await.unwrap();
    }
}

fn in_project(path: &str) -> String {
    format!("/v1beta1/projects/{PROJECT}/{path}")
}

#[derive(Debug)]
pub(crate) struct Answer {
    pub(crate) status: StatusCode,
    pub(crate) body: String,
}

impl Answer {
    pub(crate) fn json(&self) -> Value {
        serde_json::from_str(&self.body).unwrap_or_else(|error| panic!("{error}: {}", self.body))
    }
}

/// Frames of an event stream, read one by one.
pub(crate) struct Frames {
    body: axum::body::BodyDataStream,
    text: String,
}

impl Frames {
    pub(crate) fn of(response: http::Response<Body>) -> Self {
        assert_eq!(response.status(), StatusCode::OK);
        Self { body: response.into_body().into_data_stream(), text: String::new() }
    }

    /// The next frame that is not a comment; panics when none comes.
    pub(crate) async fn next(&mut self) -> String {
        use futures::StreamExt;
        loop {
            if let Some((frame, rest)) = self.text.split_once("\n\n") {
                let frame = frame.to_owned();
                self.text = rest.to_owned();
                if !frame.starts_with(':') {
                    return frame;
                }
                continue;
            }
            let wait = std::time::Duration::from_secs(20);
            let bytes = tokio::time::timeout(wait, self.body.next()).await.expect("no frame came");
            let bytes = bytes.expect("the stream ended").unwrap();
            self.text.push_str(std::str::from_utf8(&bytes).unwrap());
        }
    }

    /// The data of the next frame.
    pub(crate) async fn data(&mut self) -> Value {
        let frame = self.next().await;
        let data = frame.lines().find_map(|line| line.strip_prefix("data: ")).unwrap();
        serde_json::from_str(data).unwrap()
    }
}

const PIPELINE: &str = r#"
apiVersion: kargo.akuity.io/v1alpha1
kind: Warehouse
metadata: { name: api, namespace: demo }
spec:
  subscriptions:
  - image: { repoURL: registry.example.com/acme/api, constraint: ^1.0.0 }
---
apiVersion: kargo.akuity.io/v1alpha1
kind: Stage
metadata: { name: test, namespace: demo }
spec:
  requestedFreight:
  - origin: { kind: Warehouse, name: api }
    sources: { direct: true }
  promotionTemplate: &template
    spec:
      steps:
      - uses: compose-output
        as: out
        config: { tag: "${{ imageFrom('registry.example.com/acme/api').Tag }}" }
---
apiVersion: kargo.akuity.io/v1alpha1
kind: Stage
metadata: { name: prod, namespace: demo }
spec:
  requestedFreight:
  - origin: { kind: Warehouse, name: api }
    sources: { stages: [test] }
  promotionTemplate:
    spec:
      steps:
      - uses: compose-output
        config: { done: true }
---
apiVersion: kargo.akuity.io/v1alpha1
kind: Freight
metadata: { name: whatever, namespace: demo }
alias: calm-owl
origin: { kind: Warehouse, name: api }
images: [{ repoURL: registry.example.com/acme/api, tag: 1.0.0, digest: "sha256:1111" }]
---
apiVersion: kargo.akuity.io/v1alpha1
kind: Freight
metadata: { name: whatever-2, namespace: demo }
alias: wise-fox
origin: { kind: Warehouse, name: api }
images: [{ repoURL: registry.example.com/acme/api, tag: 1.1.0, digest: "sha256:2222" }]
---
apiVersion: kargo.akuity.io/v1alpha1
kind: Project
metadata: { name: demo }
"#;
