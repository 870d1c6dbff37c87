//! One store of events in two shapes: `v1` and `events.k8s.io/v1`.
use serde_json::{Map, Value};

/// Fields that carry another name in the two shapes: (`v1`, `events.k8s.io/v1`).
const RENAMED: [(&str, &str); 6] = [
    ("involvedObject", "regarding"),
    ("message", "note"),
    ("source", "deprecatedSource"),
    ("firstTimestamp", "deprecatedFirstTimestamp"),
    ("lastTimestamp", "deprecatedLastTimestamp"),
    ("count", "deprecatedCount"),
];
const CONTROLLER: (&str, &str) = ("reportingComponent", "reportingController");

pub(crate) fn from_core(event: &mut Value) {
    let Some(fields) = event.as_object_mut() else { return };
    fields.insert("apiVersion".into(), "events.k8s.io/v1".into());
    for (core, new) in RENAMED.into_iter().chain([CONTROLLER]) {
        rename(fields, core, new);
    }
    // The newer kind leaves out who reported it when nobody said so.
    for name in [CONTROLLER.1, "reportingInstance"] {
        if fields.get(name).is_some_and(|value| value == "") {
            fields.remove(name);
        }
    }
    series(fields, "lastObservedTime");
}

pub(crate) fn to_core(event: &mut Value) {
    let Some(fields) = event.as_object_mut() else { return };
    fields.insert("apiVersion".into(), "v1".into());
    for (core, new) in RENAMED.into_iter().chain([CONTROLLER]) {
        rename(fields, new, core);
    }
    series(fields, "lastObservedTime");
}

fn rename(fields: &mut Map<String, Value>, from: &str, to: &str) {
    if let Some(value) = fields.remove(from) {
        fields.insert(to.into(), value);
    }
}

/// An empty series is no series.
fn series(fields: &mut Map<String, Value>, needed: &str) {
    if fields.get("series").is_some_and(|series| series.get(needed).is_none()) {
        fields.remove("series");
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    #[test]
    fn both_shapes_tell_the_same() {
        let new = json!({"apiVersion": "events.k8s.io/v1", "kind": "Event", "note": "n", "regarding": {"kind": "Stage"}, "reportingController": "c", "action": "a", "type": "Normal"});
        let mut event = new.clone();
        super::to_core(&mut event);
        assert_eq!(event["message"], "n");
        assert_eq!(event["involvedObject"]["kind"], "Stage");
        assert_eq!(event["reportingComponent"], "c");
        super::from_core(&mut event);
        assert_eq!(event, new);
    }
}
