//! Server-side apply, dry runs, field validation and the other patches.
use crate::support::*;
use k8s_openapi::api::core::v1::ServiceAccount;
use kube::api::*;
use kube::core::params::ValidationDirective;
use serde_json::{Value, json};

fn applied(spec: Value) -> Patch<Value> {
    Patch::Apply(
        json!({"apiVersion": "tests.example.com/v1", "kind": "Widget", "metadata": {"name": "a"}, "spec": spec}),
    )
}

#[tokio::test]
async fn managers_share_an_object_and_conflict_about_fields() {
    let embedded = in_memory().await;
    let widgets = widgets(&embedded.client());
    let one = PatchParams::apply("one");
    let created =
        widgets.patch("a", &one, &applied(json!({"size": 1, "color": "red"}))).await.unwrap();
    assert_eq!(created.metadata.managed_fields.as_ref().map(Vec::len), Some(1));
    let again =
        widgets.patch("a", &one, &applied(json!({"size": 1, "color": "red"}))).await.unwrap();
    assert_eq!(again.metadata.resource_version, created.metadata.resource_version);

    let two = PatchParams::apply("two");
    let refused = widgets.patch("a", &two, &applied(json!({"size": 2}))).await;
    let Err(kube::Error::Api(status)) = refused else { panic!("{refused:?}") };
    assert_eq!(status.code, 409);
    assert!(status.message.contains(r#"conflict with "one": .spec.size"#), "{}", status.message);
    let forced = widgets.patch("a", &two.force(), &applied(json!({"size": 2}))).await.unwrap();
    assert_eq!((forced.spec.size, forced.spec.color.as_deref()), (2, Some("red")));
    // What its only manager applies no longer goes away; what another one owns stays.
    let less = widgets.patch("a", &one, &applied(json!({}))).await.unwrap();
    assert_eq!((less.spec.size, less.spec.color), (2, None));
}

#[tokio::test]
async fn a_dry_run_answers_and_stores_nothing() {
    let embedded = in_memory().await;
    let widgets = widgets(&embedded.client());
    let dry = PostParams { dry_run: true, ..PostParams::default() };
    assert_eq!(widgets.create(&dry, &widget("a", 5)).await.unwrap().spec.size, 5);
    assert_eq!(widgets.get_opt("a").await.unwrap(), None);
    widgets.create(&PostParams::default(), &widget("a", 5)).await.unwrap();
    let params = PatchParams { dry_run: true, ..PatchParams::default() };
    let shown =
        widgets.patch("a", &params, &Patch::Merge(json!({"spec": {"size": 6}}))).await.unwrap();
    assert_eq!((shown.spec.size, shown.metadata.generation), (6, Some(2)));
    widgets.delete("a", &DeleteParams::default().dry_run()).await.unwrap();
    assert_eq!(widgets.get("a").await.unwrap().spec.size, 5);
}

#[tokio::test]
async fn unknown_fields_are_refused_when_the_client_asks_for_it() {
    let embedded = in_memory().await;
    let widgets = widgets(&embedded.client());
    let strict = PatchParams::apply("one").force();
    let strict = PatchParams { field_validation: Some(ValidationDirective::Strict), ..strict };
    let refused = widgets.patch("a", &strict, &applied(json!({"bogus": 1}))).await;
    let Err(kube::Error::Api(status)) = refused else { panic!("{refused:?}") };
    assert!(status.message.contains("spec.bogus"), "{}", status.message);
}

#[tokio::test]
async fn json_patches_test_and_strategic_patches_merge_lists() {
    let embedded = in_memory().await;
    let client = embedded.client();
    let widgets = widgets(&client);
    widgets.create(&PostParams::default(), &widget("a", 5)).await.unwrap();
    let patch = |text: Value| Patch::<Widget>::Json(serde_json::from_value(text).unwrap());
    let failing = patch(json!([{"op": "test", "path": "/spec/size", "value": 9}]));
    assert_eq!(code(widgets.patch("a", &PatchParams::default(), &failing).await), 422);
    let missing = patch(
        json!([{"op": "test", "path": "/metadata/finalizers", "value": null}, {"op": "replace", "path": "/spec/size", "value": 9}]),
    );
    assert_eq!(widgets.patch("a", &PatchParams::default(), &missing).await.unwrap().spec.size, 9);
    let strategic = Patch::Strategic(json!({"spec": {"size": 1}}));
    assert_eq!(code(widgets.patch("a", &PatchParams::default(), &strategic).await), 415);

    let accounts: Api<ServiceAccount> = Api::namespaced(client, "default");
    let account: ServiceAccount =
        serde_json::from_value(json!({"metadata": {"name": "sa"}, "secrets": [{"name": "one"}]}))
            .unwrap();
    accounts.create(&PostParams::default(), &account).await.unwrap();
    let patch = Patch::Strategic(json!({"secrets": [{"name": "two"}]}));
    let patched = accounts.patch("sa", &PatchParams::default(), &patch).await.unwrap();
    assert_eq!(patched.secrets.map(|secrets| secrets.len()), Some(2));
}

#[tokio::test]
async fn users_add_their_own_kinds_and_remove_them_again() {
    let embedded = in_memory().await;
    let client = embedded.client();
    let definition: k8s_openapi::apiextensions_apiserver::pkg::apis::apiextensions::v1::CustomResourceDefinition =
        serde_json::from_value(json!({
            "metadata": {"name": "gadgets.users.example.com"},
            "spec": {
                "group": "users.example.com", "scope": "Namespaced",
                "names": {"plural": "gadgets", "kind": "Gadget"},
                "versions": [{"name": "v1", "served": true, "storage": true, "schema": {"openAPIV3Schema": {
                    "type": "object", "properties": {"spec": {"type": "object", "properties": {"x": {"type": "integer", "maximum": 3}}}}}}}],
            },
        }))
        .unwrap();
    let definitions: Api<k8s_openapi::apiextensions_apiserver::pkg::apis::apiextensions::v1::CustomResourceDefinition> = Api::all(client.clone());
    let created = definitions.create(&PostParams::default(), &definition).await.unwrap();
    let conditions = created.status.unwrap().conditions.unwrap();
    assert!(conditions.iter().any(|one| one.type_ == "Established" && one.status == "True"));
    let gadgets = dynamic(&client, "users.example.com/v1", "Gadget");
    let gadget = |x| -> DynamicObject {
        serde_json::from_value(json!({"apiVersion": "users.example.com/v1", "kind": "Gadget", "metadata": {"name": "g"}, "spec": {"x": x}})).unwrap()
    };
    assert_eq!(code(gadgets.create(&PostParams::default(), &gadget(4)).await), 422);
    gadgets.create(&PostParams::default(), &gadget(2)).await.unwrap();
    definitions.delete("gadgets.users.example.com", &DeleteParams::default()).await.unwrap();
    until("the kind is gone", || async {
        definitions.get_opt("gadgets.users.example.com").await.unwrap().is_none()
    })
    .await;
    assert_eq!(code(gadgets.get("g").await), 404);
}
