//! Every published CustomResourceDefinition compiles, prunes nothing it declares and judges objects.

use std::path::PathBuf;

use embedded_kube::{builtin, schema::Schema, table::Columns};
use serde_json::{Value, json};

/// The definitions of the contract, or nothing where the folder is absent.
#[expect(clippy::print_stderr, reason = "says why it skips")]
fn definitions() -> Vec<(String, Value)> {
    let contract = PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("../../../shared/contract");
    let mut found = Vec::new();
    for folder in ["crds", "argo-crds"] {
        let Ok(files) = std::fs::read_dir(contract.join(folder)) else {
            eprintln!("skipped: no contract folder beside the workspace");
            return Vec::new();
        };
        for file in files.flatten() {
            let text = std::fs::read_to_string(file.path()).expect("the definition is readable");
            let definition: Value = serde_saphyr::from_str(&text)
                .unwrap_or_else(|why| panic!("{:?}: {why}", file.path()));
            found.push((file.file_name().to_string_lossy().into_owned(), definition));
        }
    }
    assert!(found.len() >= 16, "{} definitions", found.len());
    found
}

#[test]
fn every_definition_is_accepted_and_compiles() {
    let kind = builtin::find_kind("apiextensions.k8s.io", "CustomResourceDefinition").unwrap();
    for (file, mut definition) in definitions() {
        let complaints: Vec<String> =
            kind.validate(&definition, None).iter().map(ToString::to_string).collect();
        assert_eq!(complaints, Vec::<String>::new(), "{file}");
        assert_eq!(kind.type_error(&definition), None, "{file}");
        assert_eq!(kind.prune(&mut definition), Vec::<String>::new(), "{file}");
        for version in definition["spec"]["versions"].as_array().unwrap() {
            let schema = Schema::compile(&version["schema"]["openAPIV3Schema"])
                .unwrap_or_else(|why| panic!("{file}: {why}"));
            let mut empty =
                json!({"apiVersion": "a/b", "kind": "K", "metadata": {"name": "x"}, "bogus": 1});
            assert_eq!(schema.prune(&mut empty), ["bogus"], "{file}");
            schema.apply_defaults(&mut empty);
            schema.validate(&empty, Some(&empty));
            let columns = Columns::custom(Some(&version["additionalPrinterColumns"]));
            assert_eq!(columns.cells(&empty, jiff::Timestamp::UNIX_EPOCH)[0], "x", "{file}");
        }
    }
}

#[test]
fn bad_objects_are_refused_in_known_words() {
    let definitions = definitions();
    let schema = |file: &str| {
        let (_, definition) = definitions.iter().find(|(name, _)| name.contains(file))?;
        Schema::compile(&definition["spec"]["versions"][0]["schema"]["openAPIV3Schema"]).ok()
    };
    let Some(stages) = schema("_stages") else { return };
    let object = json!({"spec": {"requestedFreight": "x"}});
    let complaints: Vec<String> =
        stages.validate(&object, None).iter().map(ToString::to_string).collect();
    let expected = r#"spec.requestedFreight: Invalid value: "string": spec.requestedFreight in body must be of type array: "string""#;
    assert!(complaints.iter().any(|one| one == expected), "{complaints:?}");
    let Some(warehouses) = schema("_warehouses") else { return };
    let complaints: Vec<String> =
        warehouses.validate(&json!({}), None).iter().map(ToString::to_string).collect();
    assert!(complaints.iter().any(|one| one.contains("spec: Required value")), "{complaints:?}");
}
