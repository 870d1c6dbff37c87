//! Values with named fields, as Go structs appear in expressions: `imageFrom("…").Tag`.

use crate::value::{Text, Value};

/// One field: its name in expressions and its name in JSON.
#[derive(Clone, Debug)]
pub struct Field {
    pub name: &'static str,
    pub json: &'static str,
    /// Left out of JSON when empty.
    pub omit_empty: bool,
    pub value: Value,
}

/// A host value. Unknown fields are errors, not nil.
#[derive(Clone, Debug)]
pub struct Structure {
    pub type_name: &'static str,
    pub fields: Vec<Field>,
}

/// The fields of a kind of structure: name, JSON name, what it holds.
pub struct Shape {
    pub type_name: &'static str,
    pub fields: &'static [(&'static str, &'static str, Kind)],
}

/// What a field holds; decides its zero.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Kind {
    Text,
    /// A pointer, map or slice: absent is nil.
    Any,
    /// An object given as a map; absent is an empty map.
    Map,
}

impl Shape {
    /// Fills the shape from JSON as the REST API shows it.
    #[must_use]
    pub fn read(&self, json: &serde_json::Value) -> Structure {
        let fields = self.fields.iter().map(|&(name, key, kind)| {
            let value = match (kind, json.get(key)) {
                (_, Some(found)) if !found.is_null() => Value::from_json(found),
                (Kind::Text, _) => Value::Text(Text::default()),
                (Kind::Any, _) => Value::Nil,
                (Kind::Map, _) => Value::map::<&str>([]),
            };
            Field { name, json: key, omit_empty: true, value }
        });
        Structure { type_name: self.type_name, fields: fields.collect() }
    }
}

impl Structure {
    #[must_use]
    pub fn field(&self, name: &str) -> Option<&Value> {
        self.fields.iter().find(|field| field.name == name).map(|field| &field.value)
    }
}

pub static FREIGHT_ORIGIN: Shape = Shape {
    type_name: "FreightOrigin",
    fields: &[("Kind", "kind", Kind::Text), ("Name", "name", Kind::Text)],
};

pub static GIT_COMMIT: Shape = Shape {
    type_name: "GitCommit",
    fields: &[
        ("RepoURL", "repoURL", Kind::Text),
        ("ID", "id", Kind::Text),
        ("Branch", "branch", Kind::Text),
        ("Tag", "tag", Kind::Text),
        ("Message", "message", Kind::Text),
        ("Author", "author", Kind::Text),
        ("Committer", "committer", Kind::Text),
    ],
};

pub static IMAGE: Shape = Shape {
    type_name: "Image",
    fields: &[
        ("RepoURL", "repoURL", Kind::Text),
        ("Tag", "tag", Kind::Text),
        ("Digest", "digest", Kind::Text),
        ("Annotations", "annotations", Kind::Any),
    ],
};

pub static CHART: Shape = Shape {
    type_name: "Chart",
    fields: &[
        ("RepoURL", "repoURL", Kind::Text),
        ("Name", "name", Kind::Text),
        ("Version", "version", Kind::Text),
    ],
};

pub static ARTIFACT_REFERENCE: Shape = Shape {
    type_name: "ArtifactReference",
    fields: &[
        ("ArtifactType", "artifactType", Kind::Text),
        ("SubscriptionName", "subscriptionName", Kind::Text),
        ("Version", "version", Kind::Text),
        ("Metadata", "metadata", Kind::Map),
    ],
};

pub static DISCOVERED_COMMIT: Shape = Shape {
    type_name: "DiscoveredCommit",
    fields: &[
        ("ID", "id", Kind::Text),
        ("Branch", "branch", Kind::Text),
        ("Tag", "tag", Kind::Text),
        ("Subject", "subject", Kind::Text),
        ("Author", "author", Kind::Text),
        ("Committer", "committer", Kind::Text),
        ("CreatorDate", "creatorDate", Kind::Any),
    ],
};

pub static DISCOVERED_IMAGE: Shape = Shape {
    type_name: "DiscoveredImageReference",
    fields: &[
        ("Tag", "tag", Kind::Text),
        ("Digest", "digest", Kind::Text),
        ("Annotations", "annotations", Kind::Any),
        ("CreatedAt", "createdAt", Kind::Any),
    ],
};

pub static STEP_METADATA: Shape = Shape {
    type_name: "StepExecutionMetadata",
    fields: &[
        ("Alias", "alias", Kind::Text),
        ("StartedAt", "startedAt", Kind::Any),
        ("FinishedAt", "finishedAt", Kind::Any),
        ("ErrorCount", "errorCount", Kind::Any),
        ("Status", "status", Kind::Text),
        ("Message", "message", Kind::Text),
        ("ContinueOnError", "continueOnError", Kind::Any),
    ],
};
