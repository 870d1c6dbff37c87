//! Objects that expressions see with Go's field names: `imageFrom("…").Tag`.

use expressions::{Field, Structure, Value};
use serde::Serialize;

/// What a field holds when it is absent.
#[derive(Clone, Copy)]
enum Absent {
    Text,
    Nil,
    Map,
    Zero,
    False,
}

/// The fields of a kind of object: Go's name, the name in JSON, and what stands for absence.
pub(crate) struct Shape {
    type_name: &'static str,
    fields: &'static [(&'static str, &'static str, Absent)],
}

impl Shape {
    /// The object as expressions see it; nil when there is none.
    pub(crate) fn of<T: Serialize>(&self, found: Option<&T>) -> Value {
        let Some(found) = found else { return Value::Nil };
        let json = serde_json::to_value(found).unwrap_or_default();
        let fields = self.fields.iter().map(|&(name, key, absent)| {
            let value = match (json.get(key).filter(|value| !value.is_null()), absent) {
                (Some(serde_json::Value::Number(number)), Absent::Zero) => {
                    Value::Int(number.as_i64().unwrap_or_default())
                }
                (Some(present), _) => Value::from_json(present),
                (None, Absent::Text) => Value::text(""),
                (None, Absent::Nil) => Value::Nil,
                (None, Absent::Map) => Value::map::<&str>([]),
                (None, Absent::Zero) => Value::Int(0),
                (None, Absent::False) => Value::Bool(false),
            };
            Field { name, json: key, omit_empty: true, value }
        });
        Value::Structure(Structure { type_name: self.type_name, fields: fields.collect() }.into())
    }
}

pub(crate) static GIT_COMMIT: Shape = Shape {
    type_name: "GitCommit",
    fields: &[
        ("RepoURL", "repoURL", Absent::Text),
        ("ID", "id", Absent::Text),
        ("Branch", "branch", Absent::Text),
        ("Tag", "tag", Absent::Text),
        ("Message", "message", Absent::Text),
        ("Author", "author", Absent::Text),
        ("Committer", "committer", Absent::Text),
        ("SubscriptionName", "subscriptionName", Absent::Text),
    ],
};

pub(crate) static IMAGE: Shape = Shape {
    type_name: "Image",
    fields: &[
        ("RepoURL", "repoURL", Absent::Text),
        ("Tag", "tag", Absent::Text),
        ("Digest", "digest", Absent::Text),
        ("Annotations", "annotations", Absent::Map),
        ("SubscriptionName", "subscriptionName", Absent::Text),
    ],
};

pub(crate) static CHART: Shape = Shape {
    type_name: "Chart",
    fields: &[
        ("RepoURL", "repoURL", Absent::Text),
        ("Name", "name", Absent::Text),
        ("Version", "version", Absent::Text),
        ("SubscriptionName", "subscriptionName", Absent::Text),
    ],
};

pub(crate) static ARTIFACT_REFERENCE: Shape = Shape {
    type_name: "ArtifactReference",
    fields: &[
        ("ArtifactType", "artifactType", Absent::Text),
        ("SubscriptionName", "subscriptionName", Absent::Text),
        ("Version", "version", Absent::Text),
        ("Metadata", "metadata", Absent::Map),
    ],
};

pub(crate) static STEP_METADATA: Shape = Shape {
    type_name: "StepExecutionMetadata",
    fields: &[
        ("Alias", "alias", Absent::Text),
        ("StartedAt", "startedAt", Absent::Nil),
        ("FinishedAt", "finishedAt", Absent::Nil),
        ("ErrorCount", "errorCount", Absent::Zero),
        ("Status", "status", Absent::Text),
        ("Message", "message", Absent::Text),
        ("ContinueOnError", "continueOnError", Absent::False),
    ],
};
