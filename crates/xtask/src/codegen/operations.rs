//! `docs/reference/rest-operations.md`: every operation of the REST API with what it takes, answers and needs.

use schemars::SchemaGenerator;
use schemars::generate::SchemaSettings;
use server::{Access, Form, Operation, Payload, ROUTES, Route, Rule, SchemaOf};

const HEAD: &str = "# REST operations\n\n\
    Written by `cargo xtask codegen` from the server's table of routes. What holds for all of them is in\n\
    [rest.md](rest.md); the same as a document for programs is [openapi.json](openapi.json), which every server also\n\
    answers at `/v1beta1/openapi.json`.\n";

pub(super) fn page() -> String {
    let mut page = HEAD.to_owned();
    let mut path = "";
    for route in ROUTES {
        if route.path != path {
            path = route.path;
            page.push_str(&format!("\n## `{path}`\n"));
        }
        page.push_str(&section(route));
    }
    page
}

fn section(route: &Route) -> String {
    let Operation { id, summary, body, .. } = route.operation;
    let mut text = format!("\n**{}** — {summary} (`{id}`)\n\n", route.verb.as_str());
    for query in route.operation.parameters() {
        let form = match query.form {
            Form::Flag => "`true`".to_owned(),
            Form::List => "`a,b`".to_owned(),
            Form::Number => "number".to_owned(),
            Form::Text => "text".to_owned(),
            Form::Word(words) => format!("`{}`", words.join("`, `")),
        };
        let must = if query.required { ", required" } else { "" };
        text.push_str(&format!("- `?{}=` ({form}{must}) {}\n", query.name, query.summary));
    }
    if let Some(body) = payload(body) {
        text.push_str(&format!("- body: {body}\n"));
    }
    let answer = payload(route.operation.answer);
    let answer = answer.map(|answer| format!(" {answer}")).unwrap_or_default();
    text.push_str(&format!("- answer: {}{answer}\n", route.operation.status));
    text.push_str(&format!("- needs: {}\n", needs(route.access)));
    text
}

fn payload(payload: Payload) -> Option<String> {
    match payload {
        Payload::Nothing => None,
        Payload::Json(schema) => Some(name(schema)),
        Payload::Manifests => Some("manifests in YAML or JSON".into()),
        Payload::Events(schema) => Some(format!("events of {}", name(schema))),
    }
}

/// How a type is called.
fn name(schema: SchemaOf) -> String {
    let settings = SchemaSettings::draft2020_12().for_serialize();
    let schema = schema(&mut SchemaGenerator::new(settings));
    let reference = schema.get("$ref").and_then(|reference| reference.as_str());
    let last = reference.and_then(|reference| reference.rsplit(['/', '.']).next());
    last.map_or_else(|| "JSON".into(), |name| format!("`{name}`"))
}

fn needs(access: Access) -> String {
    let rights = |rules: &[Rule]| {
        let rights = rules.iter().map(|rule| format!("`{} {}`", rule.verb, rule.resource));
        rights.collect::<Vec<_>>().join(", ")
    };
    match access {
        Access::Public => "nothing".into(),
        Access::Identified => "a login".into(),
        Access::AsCaller(rules) | Access::Reviewed(rules) => rights(rules),
        Access::InBody => "what each object in the body needs".into(),
    }
}
