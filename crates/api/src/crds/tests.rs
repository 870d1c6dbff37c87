//! Our CustomResourceDefinitions against Kargo's: only descriptions may differ.
use super::*;
use std::path::PathBuf;

fn contract() -> Option<PathBuf> {
    let folder = PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("../../../shared/contract/crds");
    if folder.is_dir() {
        return Some(folder);
    }
    eprintln!("skipped: {} is not there", folder.display());
    None
}

/// Drops descriptions, but not a property called `description`.
fn without_descriptions(value: &mut Value) {
    match value {
        Value::Object(fields) => {
            if fields.get("description").is_some_and(Value::is_string) {
                fields.remove("description");
            }
            fields.values_mut().for_each(without_descriptions);
            if let Some(Value::Array(required)) = fields.get_mut("required") {
                required.sort_by_key(ToString::to_string);
            }
        }
        Value::Array(items) => items.iter_mut().for_each(without_descriptions),
        _ => {}
    }
}

fn differences(path: &str, ours: &Value, theirs: &Value, found: &mut Vec<String>) {
    match (ours, theirs) {
        (Value::Object(ours), Value::Object(theirs)) => {
            for (key, value) in ours {
                match theirs.get(key) {
                    Some(their) => differences(&format!("{path}.{key}"), value, their, found),
                    None => found.push(format!("{path}.{key}: only ours: {value}")),
                }
            }
            for (key, value) in theirs {
                if !ours.contains_key(key) {
                    found.push(format!("{path}.{key}: only theirs: {value}"));
                }
            }
        }
        (Value::Array(ours), Value::Array(theirs)) if ours.len() == theirs.len() => {
            for (index, (our, their)) in ours.iter().zip(theirs).enumerate() {
                differences(&format!("{path}[{index}]"), our, their, found);
            }
        }
        (Value::Number(ours), Value::Number(theirs)) if ours.as_f64() == theirs.as_f64() => {}
        _ if ours == theirs => {}
        _ => found.push(format!("{path}: ours {ours}, theirs {theirs}")),
    }
}

#[test]
fn equal_those_of_kargo() {
    let Some(folder) = contract() else { return };
    let crds = crds();
    let mut found = Vec::new();
    for crd in &crds {
        let plural = &crd.spec.names.plural;
        let text = std::fs::read_to_string(folder.join(format!("kargo.akuity.io_{plural}.yaml")))
            .unwrap_or_else(|error| panic!("{plural}: {error}"));
        let mut theirs: Value = serde_saphyr::from_str(&text).unwrap();
        let mut ours = serde_json::to_value(crd).unwrap();
        theirs["metadata"].as_object_mut().unwrap().remove("annotations");
        ours["metadata"].as_object_mut().unwrap().remove("annotations");
        without_descriptions(&mut ours);
        without_descriptions(&mut theirs);
        differences(plural, &ours, &theirs, &mut found);
    }
    assert!(found.is_empty(), "{} differences:\n{}", found.len(), found.join("\n"));
    let files = std::fs::read_dir(folder).unwrap().count();
    assert_eq!(crds.len(), files);
}

#[test]
fn every_field_is_described() {
    fn walk(path: &str, schema: &Value, missing: &mut Vec<String>) {
        for (name, property) in schema["properties"].as_object().into_iter().flatten() {
            let path = format!("{path}.{name}");
            if property["description"].as_str().is_none_or(str::is_empty) && name != "metadata" {
                missing.push(path.clone());
            }
            walk(&path, property, missing);
        }
        for key in ["items", "additionalProperties"] {
            if let Some(below) = schema.get(key) {
                walk(&format!("{path}[]"), below, missing);
            }
        }
    }
    let mut missing = Vec::new();
    for crd in crds() {
        let crd = serde_json::to_value(crd).unwrap();
        let schema = &crd["spec"]["versions"][0]["schema"]["openAPIV3Schema"];
        assert!(schema["description"].is_string());
        walk(crd["spec"]["names"]["kind"].as_str().unwrap(), schema, &mut missing);
    }
    assert!(missing.is_empty(), "fields without a description: {missing:#?}");
}

/// The definitions have no fewer than eleven kinds, so none was lost on the way to its typed form.
#[test]
fn none_is_lost() {
    let names: Vec<String> = crds().into_iter().filter_map(|crd| crd.metadata.name).collect();
    assert_eq!(names.len(), 11);
    assert!(names.is_sorted(), "{names:?}");
}

/// Makes an object that a schema allows. Lists and maps are never empty, because an empty one and
/// an absent one are the same to Kubernetes types and come back as absent.
struct Maker(u64);

impl Maker {
    fn below(&mut self, limit: u64) -> u64 {
        self.0 =
            self.0.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        (self.0 >> 33) % limit
    }

    fn pick<'a>(&mut self, words: &[&'a str]) -> &'a str {
        words[usize::try_from(self.below(words.len() as u64)).unwrap()]
    }

    fn value(&mut self, schema: &Value) -> Value {
        if let Some(words) = schema["enum"].as_array() {
            return words[usize::try_from(self.below(words.len() as u64)).unwrap()].clone();
        }
        match schema["type"].as_str() {
            Some("boolean") => json!(self.below(2) == 0),
            Some("integer") if schema["format"] == "int32" => json!(self.below(1 << 30)),
            Some("integer") => json!(self.below(1 << 40)),
            Some("array") => {
                let count = 1 + self.below(2);
                Value::Array((0..count).map(|_| self.value(&schema["items"])).collect())
            }
            Some("string") => json!(self.string(schema)),
            Some("object") => self.object(schema),
            _ => self.anything(3),
        }
    }

    fn string(&mut self, schema: &Value) -> &'static str {
        if schema["format"] == "date-time" {
            return self.pick(&["2026-01-02T03:04:05Z", "1999-12-31T23:59:59Z"]);
        }
        match schema["pattern"].as_str() {
            Some(pattern) if pattern.contains("ssh|https?") => self.pick(&["https://h.example/r"]),
            Some(pattern) if pattern.contains("(s|m|h)") => self.pick(&["5m0s", "1h", "0.5s"]),
            Some(pattern) if pattern.contains("a-f0-9") => self.pick(&["sha256:beef"]),
            Some(_) => self.pick(&["a", "b1"]),
            None if schema["minLength"].is_null() => self.pick(&["", "Running", "other", "é\n"]),
            None => self.pick(&["x", "Healthy", "a b"]),
        }
    }

    fn object(&mut self, schema: &Value) -> Value {
        let mut object = serde_json::Map::new();
        if !schema["additionalProperties"].is_null() {
            for _ in 0..=self.below(2) {
                let key = self.pick(&["a", "Warehouse/b", "kargo.akuity.io/c"]).to_owned();
                object.insert(key, self.value(&schema["additionalProperties"]));
            }
        }
        let required = schema["required"].as_array();
        for (name, property) in schema["properties"].as_object().into_iter().flatten() {
            let must = required.is_some_and(|names| names.contains(&json!(name)));
            if must || !property["default"].is_null() || self.below(2) == 0 {
                object.insert(name.clone(), self.value(property));
            }
        }
        Value::Object(object)
    }

    fn anything(&mut self, depth: u64) -> Value {
        match self.below(if depth == 0 { 3 } else { 5 }) {
            0 => json!(self.below(100)),
            1 => json!("text"),
            2 => json!(true),
            3 => json!([self.anything(depth - 1), null]),
            _ => json!({ "key": self.anything(depth - 1), "": 1.5 }),
        }
    }
}

fn round_trip<K: serde::Serialize + serde::de::DeserializeOwned>(object: &Value) {
    let typed: K =
        serde_json::from_value(object.clone()).unwrap_or_else(|error| panic!("{error}: {object}"));
    let back = serde_json::to_value(&typed).unwrap();
    let mut found = Vec::new();
    differences("", &back, object, &mut found);
    assert!(found.is_empty(), "{found:#?}");
}

type RoundTrip = fn(&Value);

proptest::proptest! {
    #![proptest_config(proptest::prelude::ProptestConfig::with_cases(200))]
    #[test]
    fn objects_survive_a_round_trip(seed: u64) {
        let trips: [RoundTrip; 11] = [
            round_trip::<ClusterConfig>,
            round_trip::<ClusterPromotionTask>,
            round_trip::<Freight>,
            round_trip::<ProjectConfig>,
            round_trip::<Project>,
            round_trip::<PromotionRequest>,
            round_trip::<Promotion>,
            round_trip::<PromotionTask>,
            round_trip::<Stage>,
            round_trip::<Target>,
            round_trip::<Warehouse>,
        ];
        // The definitions are made once; that takes longer than all round trips.
        static DEFINITIONS: std::sync::LazyLock<Vec<Value>> = std::sync::LazyLock::new(definitions);
        let mut maker = Maker(seed);
        for (definition, trip) in DEFINITIONS.iter().zip(trips) {
            let schema = &definition["spec"]["versions"][0]["schema"]["openAPIV3Schema"];
            let mut object = maker.value(schema);
            object["apiVersion"] = json!(kind::API_VERSION);
            object["kind"] = definition["spec"]["names"]["kind"].clone();
            object["metadata"] = json!({ "name": "a", "labels": { "b": "c" }, "generation": 3 });
            trip(&object);
        }
    }
}
