//! `Table` answers: what kubectl prints.
use crate::call::Call;
use crate::reply;
use crate::server::Server;
use serde_json::{Value, json};

impl Server {
    pub(crate) fn table(
        &self,
        call: &Call,
        objects: &[Value],
        metadata: Value,
        with_columns: bool,
    ) -> Value {
        let columns = &call.resource.columns;
        let now = (self.now)();
        let rows: Vec<Value> = objects
            .iter()
            .map(|object| {
                let included = match call.query.include_object.as_str() {
                    "None" => Value::Null,
                    "Object" => object.clone(),
                    _ => reply::partial(object),
                };
                json!({"cells": columns.cells(object, now), "object": included})
            })
            .collect();
        let definitions = if with_columns { columns.definitions() } else { Value::Null };
        json!({
            "kind": "Table", "apiVersion": "meta.k8s.io/v1", "metadata": metadata,
            "columnDefinitions": definitions, "rows": rows,
        })
    }
}
