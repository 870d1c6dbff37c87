//! Who may do what: roles, impersonation, tokens, reviews, and admission.
use crate::support::*;
use embedded_kube::{Admission, AdmissionRequest, Operation, Status};
use futures::future::BoxFuture;
use k8s_openapi::api::authentication::v1::{SelfSubjectReview, TokenRequest, TokenReview};
use k8s_openapi::api::authorization::v1::{
    SelfSubjectAccessReview, SelfSubjectRulesReview, SubjectAccessReview,
};
use k8s_openapi::api::core::v1::{Secret, ServiceAccount};
use k8s_openapi::api::rbac::v1::{ClusterRole, Role, RoleBinding};
use kube::Client;
use kube::api::*;
use serde::de::DeserializeOwned;
use serde_json::{Value, json};
use std::sync::Arc;

fn object<K: DeserializeOwned>(value: Value) -> K {
    serde_json::from_value(value).unwrap()
}

/// Lets `user` do `verbs` on widgets in `default`.
async fn grant(client: &Client, user: &str, verbs: &[&str]) {
    let roles: Api<Role> = Api::namespaced(client.clone(), "default");
    let bindings: Api<RoleBinding> = Api::namespaced(client.clone(), "default");
    let role = json!({"metadata": {"name": user}, "rules": [{"apiGroups": ["tests.example.com"], "resources": ["widgets"], "verbs": verbs}]});
    let binding = json!({"metadata": {"name": user}, "roleRef": {"apiGroup": "rbac.authorization.k8s.io", "kind": "Role", "name": user},
        "subjects": [{"kind": "User", "apiGroup": "rbac.authorization.k8s.io", "name": user}]});
    roles.create(&PostParams::default(), &object(role)).await.unwrap();
    bindings.create(&PostParams::default(), &object(binding)).await.unwrap();
}

#[tokio::test]
async fn nothing_is_allowed_until_a_role_allows_it() {
    let embedded = in_memory().await;
    let admin = embedded.client();
    let jane = embedded.client_as("jane", &[]);
    assert_eq!(code(widgets(&jane).list(&ListParams::default()).await), 403);
    grant(&admin, "jane", &["get", "list", "create"]).await;
    widgets(&jane).create(&PostParams::default(), &widget("a", 1)).await.unwrap();
    let refused = widgets(&jane).delete("a", &DeleteParams::default()).await.map(drop);
    let Err(kube::Error::Api(status)) = refused else { panic!("{refused:?}") };
    assert_eq!(
        status.message,
        r#"widgets.tests.example.com "a" is forbidden: User "jane" cannot delete resource "widgets" in API group "tests.example.com" in the namespace "default""#
    );
    assert_eq!(code(widgets(&jane).watch(&WatchParams::default(), "0").await.map(drop)), 403);
    let roles: Api<Role> = Api::namespaced(admin, "default");
    roles.delete("jane", &DeleteParams::default()).await.unwrap();
    assert_eq!(code(widgets(&jane).get("a").await), 403);
}

#[tokio::test]
async fn nobody_hands_out_rights_they_do_not_have() {
    let embedded = in_memory().await;
    let admin = embedded.client();
    grant(&admin, "jane", &["get"]).await;
    let manage = json!({"metadata": {"name": "manage"}, "rules": [{"apiGroups": ["rbac.authorization.k8s.io"], "resources": ["roles"], "verbs": ["create"]}]});
    let binding = json!({"metadata": {"name": "manage"}, "roleRef": {"apiGroup": "rbac.authorization.k8s.io", "kind": "Role", "name": "manage"},
        "subjects": [{"kind": "User", "apiGroup": "rbac.authorization.k8s.io", "name": "jane"}]});
    let roles: Api<Role> = Api::namespaced(admin.clone(), "default");
    let bindings: Api<RoleBinding> = Api::namespaced(admin, "default");
    roles.create(&PostParams::default(), &object(manage)).await.unwrap();
    bindings.create(&PostParams::default(), &object(binding)).await.unwrap();
    let janes: Api<Role> = Api::namespaced(embedded.client_as("jane", &[]), "default");
    let role = |name: &str, verb: &str| -> Role {
        object(
            json!({"metadata": {"name": name}, "rules": [{"apiGroups": ["tests.example.com"], "resources": ["widgets"], "verbs": [verb]}]}),
        )
    };
    janes.create(&PostParams::default(), &role("same", "get")).await.unwrap();
    assert_eq!(code(janes.create(&PostParams::default(), &role("more", "delete")).await), 403);
}

#[tokio::test]
async fn impersonation_needs_the_right_to_impersonate() {
    let embedded = in_memory().await;
    let admin = embedded.client();
    grant(&admin, "jane", &["list"]).await;
    let ask = |client: Client| async move {
        let request = http::Request::get("/apis/tests.example.com/v1/namespaces/default/widgets")
            .header("Impersonate-User", "jane")
            .body(Vec::new())
            .unwrap();
        client.request::<Value>(request).await
    };
    ask(admin.clone()).await.unwrap();
    assert_eq!(code(ask(embedded.client_as("joe", &[])).await), 403);
    let reviews: Api<SelfSubjectReview> = Api::all(embedded.client_as("joe", &["team".into()]));
    let review =
        reviews.create(&PostParams::default(), &SelfSubjectReview::default()).await.unwrap();
    let user = review.status.unwrap().user_info.unwrap();
    assert_eq!(user.username.as_deref(), Some("joe"));
    assert_eq!(user.groups.unwrap(), ["team", "system:authenticated"]);
}

#[tokio::test]
async fn service_account_tokens_prove_who_somebody_is() {
    let embedded = in_memory().await;
    let admin = embedded.client();
    let accounts: Api<ServiceAccount> = Api::namespaced(admin.clone(), "default");
    let account = ServiceAccount { metadata: named("robot"), ..ServiceAccount::default() };
    accounts.create(&PostParams::default(), &account).await.unwrap();
    let request: TokenRequest = object(json!({"spec": {"audiences": []}}));
    let issued =
        accounts.create_token_request("robot", &PostParams::default(), &request).await.unwrap();
    let token = issued.status.unwrap().token;
    let review = |token: &str| {
        let reviews: Api<TokenReview> = Api::all(admin.clone());
        let review: TokenReview = object(json!({"spec": {"token": token}}));
        async move { reviews.create(&PostParams::default(), &review).await.unwrap().status.unwrap() }
    };
    let status = review(&token).await;
    let name = status.user.unwrap().username;
    assert_eq!(name.as_deref(), Some("system:serviceaccount:default:robot"));
    assert_ne!(review(&format!("{token}x")).await.authenticated, Some(true));
    accounts.delete("robot", &DeleteParams::default()).await.unwrap();
    assert_ne!(review(&token).await.authenticated, Some(true));
}

#[tokio::test]
async fn reviews_answer_what_would_be_allowed() {
    let embedded = in_memory().await;
    let admin = embedded.client();
    grant(&admin, "jane", &["get"]).await;
    let spec = |verb: &str| json!({"resourceAttributes": {"verb": verb, "group": "tests.example.com", "resource": "widgets", "namespace": "default"}});
    let mine: Api<SelfSubjectAccessReview> = Api::all(embedded.client_as("jane", &[]));
    for (verb, allowed) in [("get", true), ("delete", false)] {
        let review: SelfSubjectAccessReview = object(json!({"spec": spec(verb)}));
        let answer = mine.create(&PostParams::default(), &review).await.unwrap();
        assert_eq!(answer.status.unwrap().allowed, allowed, "{verb}");
    }
    let others: Api<SubjectAccessReview> = Api::all(admin.clone());
    let mut asked = spec("get");
    asked["user"] = "jane".into();
    let answer =
        others.create(&PostParams::default(), &object(json!({"spec": asked}))).await.unwrap();
    assert!(answer.status.unwrap().allowed);
    let rules: Api<SelfSubjectRulesReview> = Api::all(embedded.client_as("jane", &[]));
    let review: SelfSubjectRulesReview = object(json!({"spec": {"namespace": "default"}}));
    let answer = rules.create(&PostParams::default(), &review).await.unwrap().status.unwrap();
    assert!(answer.resource_rules.iter().any(|rule| rule.verbs == ["get"]));
    let view: Api<ClusterRole> = Api::all(admin);
    assert!(view.get_opt("cluster-admin").await.unwrap().is_some());
}

/// Doubles sizes, refuses the colour black, and forbids deleting what is called `keep`.
struct Rules;

impl Admission for Rules {
    fn review(&self, request: AdmissionRequest) -> BoxFuture<'_, Result<Option<Value>, Status>> {
        Box::pin(async move {
            if request.kind != "Widget" {
                return Ok(None);
            }
            if request.operation == Operation::Delete {
                let kept = request.name == "keep";
                return if kept { Err(Status::new(403, "Forbidden", "kept")) } else { Ok(None) };
            }
            let Some(mut object) = request.object else { return Ok(None) };
            if object["spec"]["color"] == "black" {
                return Err(Status::new(422, "Invalid", "not black"));
            }
            if request.operation == Operation::Create {
                object["spec"]["size"] = (object["spec"]["size"].as_i64().unwrap() * 2).into();
            }
            Ok(Some(object))
        })
    }
}

#[tokio::test]
async fn the_admission_hook_changes_and_refuses() {
    let embedded = in_memory().await;
    embedded.set_admission(Arc::new(Rules));
    let widgets = widgets(&embedded.client());
    let created = widgets.create(&PostParams::default(), &widget("keep", 4)).await.unwrap();
    assert_eq!(created.spec.size, 8);
    let black = Patch::Merge(json!({"spec": {"color": "black"}}));
    assert_eq!(code(widgets.patch("keep", &PatchParams::default(), &black).await), 422);
    assert_eq!(code(widgets.delete("keep", &DeleteParams::default()).await.map(drop)), 403);
    // What the hook returns is validated too.
    assert_eq!(code(widgets.create(&PostParams::default(), &widget("big", 600)).await), 422);
    let secrets: Api<Secret> = Api::namespaced(embedded.client(), "default");
    let secret = Secret { metadata: named("s"), ..Secret::default() };
    secrets.create(&PostParams::default(), &secret).await.unwrap();
}

#[tokio::test]
async fn an_admin_of_a_namespace_hands_out_no_more_than_they_hold() {
    let embedded = in_memory().await;
    let admin = json!({
        "apiVersion": "rbac.authorization.k8s.io/v1", "kind": "RoleBinding",
        "metadata": {"name": "ada", "namespace": "default"},
        "roleRef": {"apiGroup": "rbac.authorization.k8s.io", "kind": "ClusterRole", "name": "admin"},
        "subjects": [{"apiGroup": "rbac.authorization.k8s.io", "kind": "User", "name": "ada"}],
    });
    let bindings: Api<RoleBinding> = Api::namespaced(embedded.client(), "default");
    let binding = serde_json::from_value(admin).unwrap();
    bindings.create(&PostParams::default(), &binding).await.unwrap();
    let ada = embedded.client_as("ada", &[]);
    let roles: Api<Role> = Api::namespaced(ada.clone(), "default");
    let role = |name: &str, group: &str, resource: &str, verb: &str| -> Role {
        serde_json::from_value(json!({
            "metadata": {"name": name},
            "rules": [{"apiGroups": [group], "resources": [resource], "verbs": [verb]}],
        }))
        .unwrap()
    };
    roles.create(&PostParams::default(), &role("reads", "", "secrets", "get")).await.unwrap();
    for more in [role("all", "", "*", "*"), role("other", "tests.example.com", "widgets", "get")] {
        assert_eq!(code(roles.create(&PostParams::default(), &more).await), 403);
    }
    let own: Api<RoleBinding> = Api::namespaced(ada, "default");
    let mut all = binding;
    all.metadata.name = Some("all".into());
    all.role_ref.name = "cluster-admin".into();
    assert_eq!(code(own.create(&PostParams::default(), &all).await), 403);
}
