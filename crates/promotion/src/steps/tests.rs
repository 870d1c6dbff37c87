//! Rules every step keeps, checked over the table.
mod connections;

use std::path::PathBuf;

use serde_json::{Value, json};

use super::{STEPS, find};
use crate::{
    manual,
    step::{Severity, Step},
    testing::Bench,
};

#[test]
fn the_table_is_sorted_and_everything_in_it_is_found() {
    assert!(STEPS.is_sorted_by_key(|step| step.name));
    for step in STEPS {
        assert!(std::ptr::eq(find(step.name).unwrap(), *step));
    }
    assert!(find("no-such-step").is_none());
}

#[test]
fn a_step_lies_in_the_file_of_its_name_which_begins_with_its_manual() {
    for step in STEPS {
        assert!(
            step.source.starts_with(&format!("//! # `{}`\n//!\n//! ", step.name)),
            "{}",
            step.name
        );
        let file =
            format!("{}/src/steps/{}.rs", env!("CARGO_MANIFEST_DIR"), step.name.replace('-', "_"));
        assert_eq!(std::fs::read_to_string(&file).unwrap(), step.source, "{file}");
    }
}

#[test]
fn every_field_is_documented() {
    for step in STEPS {
        for row in manual::field_rows(step) {
            assert!(!row.meaning.is_empty(), "{}: {} has no doc comment", step.name, row.name);
        }
        assert!(manual::page(step).contains("## Configuration"), "{}", step.name);
    }
}

#[test]
fn every_example_is_a_step_that_uses_itself() {
    for step in STEPS {
        let examples = manual::examples(step);
        assert!(!examples.is_empty(), "{} has no example", step.name);
        for example in examples {
            let read: api::PromotionStep = serde_saphyr::from_str(&example).unwrap();
            assert_eq!(read.uses.as_deref(), Some(step.name), "{example}");
            let problems = crate::configuration::problems(step, &read.config.unwrap()).unwrap();
            assert_eq!(problems, [""; 0], "{}", step.name);
        }
    }
}

/// Examples that need nothing outside run; the git ones run in the engine's tests.
#[tokio::test]
async fn examples_run() {
    let outside = ["git-clear", "git-clone", "git-commit", "git-push", "http", "set-metadata"];
    for step in STEPS.iter().filter(|step| !outside.contains(&step.name)) {
        let bench = Bench::new();
        bench.write("src/values.yaml", "image:\n  tag: v1\ncontainers:\n- replicas: 1\n");
        bench.write("src/overlays/test/kustomization.yaml", "resources:\n- ../../base\n");
        for example in manual::examples(step) {
            let read: api::PromotionStep = serde_saphyr::from_str(&example).unwrap();
            let result = bench.run(step, read.config.unwrap()).await;
            assert_eq!(result.is_ok(), step.name != "fail", "{}: {result:?}", step.name);
        }
    }
}

#[tokio::test]
async fn unknown_fields_are_refused() {
    for step in STEPS.iter().filter(|step| step.name != "compose-output") {
        let example: api::PromotionStep =
            serde_saphyr::from_str(&manual::examples(step)[0]).unwrap();
        let mut config = example.config.unwrap();
        config["noSuchField"] = json!(1);
        let error = Bench::new().run(step, config).await.unwrap_err();
        assert_eq!(error.severity(), Severity::Failed);
        assert!(error.chain().contains("noSuchField"), "{}: {}", step.name, error.chain());
    }
}

/// The contract's schema of a step, where the contract is at hand.
fn contract(name: &str) -> Option<Value> {
    let folder =
        PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("../../../shared/contract/step-schemas");
    let Ok(text) = std::fs::read_to_string(folder.join(format!("{name}-config.json"))) else {
        eprintln!("skipped: {} is not there", folder.display());
        return None;
    };
    Some(serde_json::from_str(&text).unwrap())
}

/// Our schema and Kargo's must agree on configurations derived from each example: fields left
/// out, fields of wrong types, empty and null values, and extra fields.
#[test]
fn schemas_agree_with_the_contract() {
    for step in STEPS {
        let Some(schema) = contract(step.name) else { continue };
        let formats = jsonschema::options().should_validate_formats(true);
        let theirs = formats.build(&schema).unwrap();
        let ours_schema = (step.schema)().to_value();
        let ours = crate::configuration::compile(&ours_schema).unwrap();
        let mut samples = Vec::new();
        for base in bases(step) {
            assert!(theirs.is_valid(&base), "{}: {base}", step.name);
            vary(&base, &mut samples);
        }
        assert!(samples.len() > 3, "{} has too few samples", step.name);
        let accepted = samples.iter().filter(|sample| theirs.is_valid(sample)).count();
        assert!(
            accepted > 0 && accepted < samples.len() || step.name == "compose-output",
            "{}",
            step.name
        );
        for sample in samples {
            let (wanted, got) = (theirs.is_valid(&sample), ours.is_valid(&sample));
            assert_eq!(got, wanted, "{}: ours says {got} to {sample}", step.name);
        }
        same_fields(step.name, &schema, &schema, &ours_schema, &ours_schema);
    }
}

/// Whatever the schema accepts must also be readable. Steps that would reach out are left out:
/// a test elsewhere runs their examples.
#[tokio::test]
async fn what_the_schema_accepts_can_be_read() {
    let bench = Bench::new();
    for step in
        STEPS.iter().filter(|step| !matches!(step.name, "http" | "git-clone" | "set-metadata"))
    {
        let ours = crate::configuration::compile(&(step.schema)().to_value()).unwrap();
        let mut samples = Vec::new();
        for base in bases(step) {
            vary(&base, &mut samples);
        }
        for sample in samples.into_iter().filter(|sample| ours.is_valid(sample)) {
            let shown = sample.to_string();
            let Err(error) = bench.run(step, sample).await else { continue };
            let text = error.chain();
            let unreadable = ["invalid type", "unknown field", "missing field"]
                .iter()
                .any(|part| text.contains(part));
            assert!(!unreadable, "{}: {shown}: {text}", step.name);
        }
    }
}

/// Configurations that use every field in some way; of a step without a row here, its examples.
fn bases(step: &Step) -> Vec<Value> {
    let values = match step.name {
        "compose-output" => json!([{"a": 1}]),
        "copy" => json!([{"inPath": "a", "outPath": "b", "ignore": "*.md"}]),
        "delete" => {
            json!([{"path": "a", "strict": true, "pathsAreGlobs": false}, {"paths": ["a", "b"]}])
        }
        "fail" => json!([{"message": "no"}]),
        "file-write" => {
            json!([{"path": "a", "contents": "x", "permissions": "0644", "overwrite": true}])
        }
        "git-clear" => json!([{"path": "a"}]),
        "git-clone" => json!([
            {"repoURL": "https://x/y", "insecureSkipTLSVerify": true, "blobless": true, "recurseSubmodules": true,
             "author": {"name": "n", "email": "a@b.c", "signingKey": "k"},
             "checkout": [{"path": "a", "branch": "b", "create": true, "as": "x", "sparse": ["d"]},
                          {"path": "a", "commit": "c"}, {"path": "b", "tag": "t"}, {"path": "c"}]}]),
        "git-commit" => {
            json!([{"path": "a", "message": "m", "author": {"name": "n", "email": "a@b.c", "signingKey": ""}}])
        }
        "git-push" => json!([
            {"path": "a", "targetBranch": "b", "force": true, "maxAttempts": 3, "provider": "github"},
            {"path": "a", "generateTargetBranch": true, "targetBranch": ""},
            {"path": "a", "tag": "t", "force": false}]),
        "http" => json!([
            {"method": "POST", "url": "https://x", "headers": [{"name": "a", "value": "b"}],
             "queryParams": [{"name": "a", "value": "b"}], "body": "x", "insecureSkipTLSVerify": true,
             "proxy": "http://p", "timeout": "10s", "pollInterval": "1m", "responseContentType": "text/plain",
             "outputs": [{"name": "a", "fromExpression": "b"}], "successExpression": "a",
             "failureExpression": "b", "errorExpression": "c"},
            {"url": "https://x", "bodyFromFile": "a"}]),
        "kustomize-set-image" => json!([
            {"path": "a", "images": [{"image": "a", "name": "b", "newName": "c", "tag": "d"}, {"image": "a", "digest": "d"}]}]),
        "set-metadata" => json!([
            {"updates": [{"kind": "Stage", "name": "a", "values": {"a": {"b": 1}}}, {"kind": "Freight", "name": "a", "values": {"a": null}}]}]),
        "yaml-update" => {
            json!([{"path": "a", "updates": [{"key": "a", "value": 1}, {"key": "a", "value": null}]}])
        }
        _ => return manual::examples(step).iter().map(|text| config_of(text)).collect(),
    };
    values.as_array().unwrap().clone()
}

/// The configuration in an example.
fn config_of(example: &str) -> Value {
    let step: Value = serde_saphyr::from_str(example).unwrap();
    step["config"].clone()
}

/// Every sample that differs from `value` in one place.
fn vary(value: &Value, samples: &mut Vec<Value>) {
    samples.push(value.clone());
    let mut places = Vec::new();
    collect(value, String::new(), &mut places);
    for place in places {
        let replacements = [
            json!(""),
            json!(null),
            json!(0),
            json!(true),
            json!([]),
            json!({}),
            json!("Odd value"),
            json!(["x"]),
        ];
        for replacement in replacements {
            let mut sample = value.clone();
            *sample.pointer_mut(&place).unwrap() = replacement;
            samples.push(sample);
        }
        let (parent, name) = place.rsplit_once('/').unwrap();
        let mut sample = value.clone();
        match sample.pointer_mut(parent).unwrap() {
            Value::Object(map) => {
                let taken = map.remove(name).unwrap();
                samples.push(sample.clone());
                sample.pointer_mut(parent).unwrap()[format!("{name}X")] = taken;
                samples.push(sample);
            }
            Value::Array(items) => {
                items.remove(name.parse().unwrap());
                samples.push(sample);
            }
            _ => {}
        }
    }
}

fn collect(value: &Value, place: String, places: &mut Vec<String>) {
    match value {
        Value::Object(map) => {
            for (name, below) in map {
                places.push(format!("{place}/{name}"));
                collect(below, format!("{place}/{name}"), places);
            }
        }
        Value::Array(items) => {
            for (index, below) in items.iter().enumerate() {
                places.push(format!("{place}/{index}"));
                collect(below, format!("{place}/{index}"), places);
            }
        }
        _ => {}
    }
}

/// The same fields on every level.
fn same_fields(place: &str, root: &Value, theirs: &Value, our_root: &Value, ours: &Value) {
    let (theirs, ours) = (resolved(root, theirs), resolved(our_root, ours));
    let names = |schema: &Value| -> std::collections::BTreeSet<String> {
        schema["properties"]
            .as_object()
            .map(|map| map.keys().cloned().collect())
            .unwrap_or_default()
    };
    assert_eq!(names(ours), names(theirs), "fields of {place}");
    for name in names(theirs) {
        let (theirs, ours) = (&theirs["properties"][&name], &ours["properties"][&name]);
        same_fields(&format!("{place}.{name}"), root, theirs, our_root, ours);
    }
    if theirs["items"].is_object() {
        same_fields(&format!("{place}[]"), root, &theirs["items"], our_root, &ours["items"]);
    }
}

fn resolved<'a>(root: &'a Value, schema: &'a Value) -> &'a Value {
    let pointer = schema["$ref"].as_str().and_then(|reference| reference.strip_prefix('#'));
    pointer.and_then(|pointer| root.pointer(pointer)).unwrap_or(schema)
}
