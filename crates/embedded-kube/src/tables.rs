//! `Table` answers: what kubectl prints.
use crate::call::Call;
use crate::server::Server;
use serde_json::{Value, json};

impl Server {
    pub(crate) fn table(
        &self,
        _call: &Call,
        _objects: &[Value],
        metadata: Value,
        _with_columns: bool,
    ) -> Value {
        json!({"kind": "Table", "apiVersion": "meta.k8s.io/v1", "metadata": metadata, "columnDefinitions": [], "rows": []})
    }
}
