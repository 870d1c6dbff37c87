//! What an operation of the REST API takes and answers, declared beside its handler. The OpenAPI document, the reference
//! page and the UI's types are made of these.

use api::rest::WatchFrame;
use schemars::{JsonSchema, Schema, SchemaGenerator};

/// One operation: what a caller has to know besides the path and the method.
#[derive(Clone, Copy, Debug)]
pub struct Operation {
    /// Kargo's operation id, or ours.
    pub id: &'static str,
    /// One sentence.
    pub summary: &'static str,
    /// Query parameters it reads.
    pub query: &'static [Query],
    /// What it reads from the body.
    pub body: Payload,
    /// The code of success.
    pub status: u16,
    /// What a success answers.
    pub answer: Payload,
    /// One frame of the watch it offers with `watch=true`.
    pub watch: Option<SchemaOf>,
}

/// Makes the schema of a type.
pub type SchemaOf = fn(&mut SchemaGenerator) -> Schema;

/// What a body holds.
#[derive(Clone, Copy, Debug)]
pub enum Payload {
    Nothing,
    /// JSON of this schema.
    Json(SchemaOf),
    /// Manifests, in YAML or JSON.
    Manifests,
    /// Server-Sent Events whose data are JSON of this schema.
    Events(SchemaOf),
}

/// A query parameter.
#[derive(Clone, Copy, Debug)]
pub struct Query {
    pub name: &'static str,
    pub summary: &'static str,
    pub form: Form,
    pub required: bool,
}

/// How the value of a query parameter is written.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Form {
    Flag,
    List,
    Number,
    Text,
    /// One of these words.
    Word(&'static [&'static str]),
}

const fn query(name: &'static str, form: Form, summary: &'static str) -> Query {
    Query { name, summary, form, required: false }
}

impl Query {
    pub(crate) const fn flag(name: &'static str, summary: &'static str) -> Self {
        query(name, Form::Flag, summary)
    }

    pub(crate) const fn list(name: &'static str, summary: &'static str) -> Self {
        query(name, Form::List, summary)
    }

    pub(crate) const fn number(name: &'static str, summary: &'static str) -> Self {
        query(name, Form::Number, summary)
    }

    pub(crate) const fn text(name: &'static str, summary: &'static str) -> Self {
        query(name, Form::Text, summary)
    }

    pub(crate) const fn word(
        name: &'static str,
        words: &'static [&'static str],
        summary: &'static str,
    ) -> Self {
        query(name, Form::Word(words), summary)
    }

    pub(crate) const fn required(mut self) -> Self {
        self.required = true;
        self
    }
}

fn schema_of<T: JsonSchema>(generator: &mut SchemaGenerator) -> Schema {
    generator.subschema_for::<T>()
}

/// An operation that takes nothing and answers 200 with nothing.
pub(crate) const fn operation(id: &'static str, summary: &'static str) -> Operation {
    let (body, answer) = (Payload::Nothing, Payload::Nothing);
    Operation { id, summary, query: &[], body, status: 200, answer, watch: None }
}

impl Operation {
    pub(crate) const fn query(mut self, query: &'static [Query]) -> Self {
        self.query = query;
        self
    }

    pub(crate) const fn takes<T: JsonSchema>(mut self) -> Self {
        self.body = Payload::Json(schema_of::<T>);
        self
    }

    pub(crate) const fn takes_manifests(mut self) -> Self {
        self.body = Payload::Manifests;
        self
    }

    pub(crate) const fn answers<T: JsonSchema>(mut self) -> Self {
        self.answer = Payload::Json(schema_of::<T>);
        self
    }

    pub(crate) const fn creates<T: JsonSchema>(mut self) -> Self {
        self.status = 201;
        self.answers::<T>()
    }

    pub(crate) const fn answers_nothing(mut self) -> Self {
        self.status = 204;
        self
    }

    pub(crate) const fn streams<T: JsonSchema>(mut self) -> Self {
        self.answer = Payload::Events(schema_of::<T>);
        self
    }

    /// With `watch=true` it answers the changes of these objects instead.
    pub(crate) const fn watched<T: JsonSchema>(mut self) -> Self {
        self.watch = Some(schema_of::<WatchFrame<T>>);
        self
    }

    /// Every query parameter, those of a watch among them.
    pub fn parameters(&self) -> impl Iterator<Item = Query> + use<> {
        let of_watch: &[Query] = match self.watch {
            Some(_) => &[WATCH, RESOURCE_VERSION],
            None => &[],
        };
        self.query.iter().chain(of_watch).copied()
    }
}

pub(crate) const WATCH: Query =
    Query::flag("watch", "Answer changes as Server-Sent Events instead of the objects.");
pub(crate) const RESOURCE_VERSION: Query = Query::text(
    "resourceVersion",
    "Where a watch begins: the `resourceVersion` of the list that was read before.",
);
