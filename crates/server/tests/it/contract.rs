//! The OpenAPI document against Kargo's own description of the operations that we serve.

use std::collections::BTreeSet;
use std::path::PathBuf;

use serde_json::{Map, Value};
use server::{ROUTES, Verb};

/// Operations beyond Kargo.
const OURS: [&str; 9] = [
    "EndSession",
    "ExplainStage",
    "GetBoard",
    "GetEligibility",
    "GetOpenApi",
    "GetPermissions",
    "GetSession",
    "StartSession",
    "StreamBoard",
];

/// Where our answer says more than Kargo's, which a client that expects nothing does not notice.
const ANSWERS_MORE: [&str; 6] = [
    "PromoteDownstream",
    "RefreshClusterConfig",
    "RefreshProjectConfig",
    "RefreshPromotion",
    "RefreshStage",
    "RefreshWarehouse",
];

/// Metadata of lists in pages; ours are always whole.
const OF_PAGES: [&str; 4] = ["continue", "remainingItemCount", "selfLink", "shardInfo"];

/// How deep fields are compared.
const DEPTH: usize = 12;

#[expect(clippy::print_stderr, reason = "a skipped test says so")]
fn swagger() -> Option<Value> {
    let path =
        PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("../../../shared/contract/swagger.json");
    let Ok(text) = std::fs::read_to_string(&path) else {
        eprintln!("skipped: {} is not there", path.display());
        return None;
    };
    Some(serde_json::from_str(&text).unwrap())
}

#[test]
fn every_operation_of_kargo_that_is_served_has_its_shape() {
    let Some(swagger) = swagger() else { return };
    let ours = server::openapi::document();
    let mut wrong = Vec::new();
    let mut compared = 0;
    for route in ROUTES {
        let method = method(route.verb);
        let (mine, id) = (&ours["paths"][route.path][&method], route.operation.id);
        let theirs = &swagger["paths"][route.path][&method];
        if theirs.is_null() {
            if !OURS.contains(&id) {
                wrong.push(format!("{id}: Kargo has no {method} {}", route.path));
            }
            continue;
        }
        compared += 1;
        let mut complain = |what: String| wrong.push(format!("{id}: {what}"));
        if theirs["operationId"] != id {
            complain(format!("Kargo calls it {}", theirs["operationId"]));
        }
        parameters(theirs, mine, &mut complain);
        let sides = Sides { theirs: &swagger, ours: &ours };
        bodies(sides, theirs, mine, &mut complain);
        answers(sides, theirs, mine, ANSWERS_MORE.contains(&id), &mut complain);
    }
    assert!(compared > 40, "only {compared} operations were compared");
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

fn method(verb: Verb) -> String {
    verb.as_str().to_lowercase()
}

/// Place, name and whether it must be given.
type Parameter = (String, String, bool);

fn listed(operation: &Value) -> BTreeSet<Parameter> {
    let parameters = operation["parameters"].as_array().cloned().unwrap_or_default();
    let parameters = parameters.iter().filter(|parameter| parameter["in"] != "body");
    let of_watch = |parameter: &&Value| {
        !["watch", "resourceVersion"].contains(&parameter["name"].as_str().unwrap())
    };
    parameters
        .filter(of_watch)
        .map(|parameter| {
            let text = |key: &str| parameter[key].as_str().unwrap().to_owned();
            (text("in"), text("name"), parameter["required"] == true)
        })
        .collect()
}

fn parameters(theirs: &Value, ours: &Value, complain: &mut impl FnMut(String)) {
    let (theirs, ours) = (listed(theirs), listed(ours));
    if theirs != ours {
        complain(format!("parameters are {ours:?}, Kargo's are {theirs:?}"));
    }
}

#[derive(Clone, Copy)]
struct Sides<'a> {
    theirs: &'a Value,
    ours: &'a Value,
}

fn bodies(sides: Sides<'_>, theirs: &Value, ours: &Value, complain: &mut impl FnMut(String)) {
    let parameters = theirs["parameters"].as_array().cloned().unwrap_or_default();
    let body = parameters.iter().find(|parameter| parameter["in"] == "body");
    if body.is_some() != ours.get("requestBody").is_some() {
        complain(format!("Kargo {} a body", if body.is_some() { "takes" } else { "takes no" }));
    }
    let mine = &ours["requestBody"]["content"]["application/json"]["schema"];
    if let Some(body) = body {
        fields(sides, &body["schema"], mine, "body", DEPTH, complain);
    }
}

fn answers(
    sides: Sides<'_>,
    theirs: &Value,
    ours: &Value,
    more: bool,
    complain: &mut impl FnMut(String),
) {
    let codes = |operation: &Value| -> BTreeSet<String> {
        let codes = operation["responses"].as_object().unwrap().keys();
        codes.filter(|code| code.starts_with('2')).cloned().collect()
    };
    let (expected, found) = (codes(theirs), codes(ours));
    if expected != found {
        complain(format!("answers {found:?}, Kargo {expected:?}"));
        return;
    }
    for code in &expected {
        let schema = &theirs["responses"][code]["schema"];
        let content = ours["responses"][code].get("content");
        if schema.is_null() != content.is_none() && !more {
            complain(format!("Kargo answers {code} with {schema}"));
        }
        let mine = &ours["responses"][code]["content"]["application/json"]["schema"];
        if !schema.is_null() {
            fields(sides, schema, mine, "answer", DEPTH, complain);
        }
    }
}

fn resolve<'a>(document: &'a Value, schema: &'a Value) -> &'a Value {
    match schema["$ref"].as_str() {
        Some(reference) => resolve(document, document.pointer(&reference[1..]).unwrap()),
        None => match schema["allOf"].as_array().map(Vec::as_slice) {
            Some([only]) => resolve(document, only),
            _ => schema,
        },
    }
}

fn properties(schema: &Value) -> Option<&Map<String, Value>> {
    schema.get("properties").and_then(Value::as_object)
}

/// Every field that Kargo has, as deep as both sides say what is in it.
fn fields(
    sides: Sides<'_>,
    theirs: &Value,
    ours: &Value,
    place: &str,
    depth: usize,
    complain: &mut impl FnMut(String),
) {
    if depth == 0 {
        return;
    }
    let (theirs, ours) = (resolve(sides.theirs, theirs), resolve(sides.ours, ours));
    for below in ["items", "additionalProperties"] {
        if let (Some(theirs), Some(ours)) = (theirs.get(below), ours.get(below)) {
            fields(sides, theirs, ours, &format!("{place}[]"), depth - 1, complain);
        }
    }
    let (Some(expected), Some(found)) = (properties(theirs), properties(ours)) else { return };
    for (name, schema) in expected {
        match found.get(name) {
            Some(mine) => {
                fields(sides, schema, mine, &format!("{place}.{name}"), depth - 1, complain);
            }
            None if place == "answer.metadata" && OF_PAGES.contains(&name.as_str()) => {}
            None => complain(format!("{place}.{name} is missing")),
        }
    }
}

fn references<'a>(node: &'a Value, found: &mut BTreeSet<&'a str>) {
    match node {
        Value::Array(items) => items.iter().for_each(|item| references(item, found)),
        Value::Object(fields) => {
            found.extend(fields.get("$ref").and_then(Value::as_str));
            fields.values().for_each(|below| references(below, found));
        }
        _ => {}
    }
}

#[test]
fn the_document_is_whole() {
    let document = server::openapi::document();
    let mut found = BTreeSet::new();
    references(&document, &mut found);
    assert!(found.len() > 50, "{found:?}");
    for reference in found {
        assert!(document.pointer(&reference[1..]).is_some(), "{reference} leads nowhere");
    }
    let mut ids = BTreeSet::new();
    for route in ROUTES {
        let operation = &document["paths"][route.path][method(route.verb)];
        assert!(ids.insert(operation["operationId"].to_string()), "{operation}");
        let in_path = listed(operation).into_iter().filter(|(place, ..)| place == "path");
        let in_path: BTreeSet<String> = in_path.map(|(_, name, _)| name).collect();
        let expected = server::openapi::path_parameters(route.path).map(str::to_owned).collect();
        assert_eq!(in_path, expected, "{}", route.path);
        assert!(operation["summary"].as_str().unwrap().ends_with(['.', '?']), "{operation}");
    }
}
