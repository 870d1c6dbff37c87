//! Requests nobody should send: each gets a refusal, none harms the server.
use crate::support::*;
use http::{Method, Request};
use kube::api::ListParams;
use serde_json::{Value, json};

const PATHS: [&str; 14] = [
    "/api/v1/namespaces",
    "/api/v1/namespaces/default",
    "/api/v1/namespaces/default/configmaps",
    "/api/v1/namespaces/default/secrets/target",
    "/api/v1/namespaces/default/serviceaccounts/target/token",
    "/apis/apiextensions.k8s.io/v1/customresourcedefinitions",
    "/apis/authentication.k8s.io/v1/tokenreviews",
    "/apis/authorization.k8s.io/v1/subjectaccessreviews",
    "/apis/events.k8s.io/v1/namespaces/default/events",
    "/apis/rbac.authorization.k8s.io/v1/clusterroles",
    "/apis/rbac.authorization.k8s.io/v1/namespaces/default/rolebindings",
    "/apis/tests.example.com/v1/namespaces/default/widgets",
    "/apis/tests.example.com/v1/namespaces/default/widgets/target",
    "/apis/tests.example.com/v1/namespaces/default/widgets/target/status",
];

fn bodies() -> Vec<Value> {
    vec![
        json!(null),
        json!(5),
        json!("text"),
        json!([]),
        json!([{"op": "add", "path": "/metadata", "value": 5}]),
        json!([{"op": "replace", "path": "/metadata/labels", "value": "x"}]),
        json!([{"op": "remove", "path": ""}, {"op": "copy", "from": "/a", "path": "/b"}]),
        json!({"metadata": 5}),
        json!({"metadata": [], "spec": {}}),
        json!({"metadata": {"name": "target", "labels": 5, "annotations": [], "finalizers": {}}}),
        json!({"metadata": {"name": 5, "namespace": {}, "generateName": []}}),
        json!({"metadata": {"name": "target", "ownerReferences": "x", "managedFields": [{"fieldsV1": 5}]}}),
        json!({"metadata": {"name": "target", "deletionTimestamp": 5, "resourceVersion": {}}}),
        json!({"metadata": {"name": "a/b"}, "spec": 5, "status": 5}),
        json!({"metadata": {"name": "target"}, "spec": {"names": 5, "versions": {}}, "rules": 5, "subjects": {}, "roleRef": []}),
        json!({"metadata": {"name": "target"}, "spec": {"audiences": 5, "resourceAttributes": [], "expirationSeconds": "x"}}),
        json!({"metadata": {"name": "target"}, "data": 5, "stringData": [], "regarding": 5, "series": 5}),
        json!({"metadata": {"generateName": "é".repeat(300)}}),
        json!({"apiVersion": 5, "kind": [], "preconditions": 5, "propagationPolicy": {}, "dryRun": 5}),
    ]
}

#[tokio::test]
async fn odd_bodies_are_answered_and_harm_nothing() {
    let embedded = in_memory().await;
    let client = embedded.client();
    let types = [
        "application/json",
        "application/yaml",
        "application/vnd.kubernetes.protobuf",
        "application/json-patch+json",
        "application/merge-patch+json",
        "application/strategic-merge-patch+json",
        "application/apply-patch+yaml",
        "text/nonsense",
    ];
    let mut answered = 0;
    for path in PATHS {
        for method in [Method::POST, Method::PUT, Method::PATCH, Method::DELETE] {
            for body in bodies() {
                for kind in types {
                    let request = Request::builder()
                        .method(method.clone())
                        .uri(format!("{path}?fieldManager=m&dryRun=All"))
                        .header("content-type", kind)
                        .body(body.to_string().into_bytes())
                        .unwrap();
                    match client.request::<Value>(request).await {
                        Ok(_) => answered += 1,
                        Err(kube::Error::Api(status)) => {
                            assert!(status.code < 500, "{method} {path} {body}: {status:?}");
                            answered += 1;
                        }
                        Err(other) => panic!("{method} {path} {kind} {body}: {other:?}"),
                    }
                }
            }
        }
    }
    assert_eq!(answered, PATHS.len() * 4 * bodies().len() * types.len());
    widgets(&client).list(&ListParams::default()).await.unwrap();
}

#[tokio::test]
async fn too_much_is_refused() {
    let embedded = in_memory().await;
    let client = embedded.client();
    let post = |size: usize| {
        let body = json!({"metadata": {"name": "big"}, "data": {"a": "x".repeat(size)}});
        let request = Request::post("/api/v1/namespaces/default/configmaps")
            .body(body.to_string().into_bytes());
        client.request::<Value>(request.unwrap())
    };
    assert_eq!(code(post(4 << 20).await), 413);
    assert!(post(2 << 20).await.is_err());
    let deep = format!("{}1{}", "{\"spec\":".repeat(5000), "}".repeat(5000));
    for kind in ["application/json", "application/yaml"] {
        let request = Request::post("/apis/tests.example.com/v1/namespaces/default/widgets")
            .header("content-type", kind)
            .body(deep.clone().into_bytes())
            .unwrap();
        assert_eq!(code(client.request::<Value>(request).await), 400);
    }
}

#[tokio::test]
async fn odd_queries_are_answered() {
    let embedded = in_memory().await;
    let client = embedded.client();
    for query in [
        "labelSelector=%28%28%28&watch=true",
        "fieldSelector=%3D%3D%3D",
        "limit=-1",
        "limit=99999999999999999999",
        "continue=%00%ff",
        "resourceVersion=abc",
        "resourceVersion=1&resourceVersionMatch=Sometimes",
        "watch=true&resourceVersion=18446744073709551615",
        "watch=true&sendInitialEvents=true",
        "timeoutSeconds=x",
        "fieldValidation=Loud",
        "dryRun=Some",
    ] {
        let path = format!("/apis/tests.example.com/v1/widgets?{query}");
        let request = Request::get(path).body(Vec::new()).unwrap();
        let outcome = client.request::<Value>(request).await;
        assert!(matches!(outcome, Err(kube::Error::Api(_))), "{query}: {outcome:?}");
    }
}
