//! Structural schemas of custom resources: pruning, defaulting and validation with the real server's words.

mod cel;
mod compile;
mod cost;
mod defaults;
mod formats;
mod lists;
mod prune;
pub(crate) mod structural;
mod validate;
mod values;

use std::collections::BTreeMap;

use regex::Regex;
use serde_json::Value;

pub use crate::field_error::{FieldError, FieldErrorKind};

/// Deepest nesting of a schema that is accepted.
pub const MAX_DEPTH: usize = 64;
/// Stack for what works recursively; only what is used takes memory.
const DEEP_STACK: usize = 64 << 20;
/// Most complaints reported about one object.
const MAX_ERRORS: usize = 100;

/// A compiled `openAPIV3Schema`.
#[derive(Debug)]
pub struct Schema {
    raw: Value,
    root: Node,
}

impl Schema {
    /// Compiles a structural schema; the text of the error says which part is wrong.
    pub fn compile(schema: &Value) -> Result<Self, String> {
        // The parser of rules needs a deep stack, even for harmless ones.
        match on_deep_stack(|| compile::node(schema, "openAPIV3Schema", 0)) {
            Some(root) => Ok(Self { raw: schema.clone(), root: root? }),
            None => Err("openAPIV3Schema: cannot be compiled".to_string()),
        }
    }

    /// The schema as it was given.
    pub fn raw(&self) -> &Value {
        &self.raw
    }

    /// Removes fields the schema does not know and returns their paths, sorted, such as `spec.foo`.
    pub fn prune(&self, object: &mut Value) -> Vec<String> {
        prune::root(&self.root, object)
    }

    /// Like [`Self::prune`] for a part of an object found at `path`.
    pub(crate) fn prune_part(&self, part: &mut Value, path: &str) -> Vec<String> {
        prune::part(&self.root, part, path)
    }

    /// Fills absent fields that have a default, also where an explicit null is not allowed,
    /// then drops nulls that are not allowed and have no default.
    pub fn apply_defaults(&self, object: &mut Value) {
        defaults::apply(&self.root, object);
        defaults::drop_nulls(&self.root, object);
    }

    /// Every complaint about `new`; `old` enables transition rules.
    pub fn validate(&self, new: &Value, old: Option<&Value>) -> Vec<FieldError> {
        let mut errors = validate::structural(&self.root, new, old);
        // Duplicates that were there before may stay.
        if old.is_none_or(|old| lists::uniqueness(&self.root, old).is_empty()) {
            errors.extend(lists::uniqueness(&self.root, new));
        }
        if errors.iter().any(blocks_rules) {
            if self.root.rules_below {
                let detail = "some validation rules were not checked because the object was invalid; correct the existing errors to complete validation";
                errors.push(FieldError::invalid("<nil>", Value::Null, detail));
            }
        } else {
            errors.extend(self.rules(new, old));
        }
        errors.truncate(MAX_ERRORS);
        errors
    }

    fn rules(&self, new: &Value, old: Option<&Value>) -> Vec<FieldError> {
        if !self.root.deep_below {
            return cel::evaluate(&self.root, new, old);
        }
        on_deep_stack(|| cel::evaluate(&self.root, new, old)).unwrap_or_else(|| {
            vec![FieldError::invalid(
                "<nil>",
                Value::Null,
                "the validation rules could not be evaluated",
            )]
        })
    }
}

/// Runs `work` on a thread with a deep stack; `None` when that is impossible or it panics.
fn on_deep_stack<T: Send>(work: impl FnOnce() -> T + Send) -> Option<T> {
    let worker = std::thread::Builder::new().stack_size(DEEP_STACK);
    std::thread::scope(|scope| worker.spawn_scoped(scope, work).ok()?.join().ok())
}

fn blocks_rules(error: &FieldError) -> bool {
    use FieldErrorKind::{NotSupported, Required, TooLong, TooMany, TypeInvalid};
    matches!(error.kind, NotSupported | Required | TooLong | TooMany | TypeInvalid)
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Type {
    Array,
    Boolean,
    Integer,
    Number,
    Object,
    String,
}

#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
enum ListType {
    #[default]
    Atomic,
    Map,
    Set,
}

#[derive(Debug, Default)]
enum Additional {
    #[default]
    Forbidden,
    Anything,
    Schema(Box<Node>),
}

/// One level of a compiled schema.
#[derive(Debug, Default)]
struct Node {
    kind: Option<Type>,
    nullable: bool,
    int_or_string: bool,
    preserve_unknown: bool,
    embedded: bool,
    properties: BTreeMap<String, Self>,
    additional: Additional,
    items: Option<Box<Self>>,
    list_type: ListType,
    map_keys: Vec<String>,
    default: Option<Value>,
    format: Option<String>,
    checks: Checks,
    rules: Vec<cel::Rule>,
    /// Whether this level or a level below has rules; saves walking where there are none.
    rules_below: bool,
    /// Whether one of these rules needs a deep stack.
    deep_below: bool,
    /// Whether a list at this level or below must not have duplicates.
    unique_below: bool,
    /// Whether this level or a level below has defaults.
    defaults_below: bool,
}

impl Node {
    /// The schema of a field: declared, or that of all other fields.
    fn field(&self, name: &str) -> Option<&Self> {
        match (self.properties.get(name), &self.additional) {
            (Some(node), _) => Some(node),
            (None, Additional::Schema(node)) => Some(node),
            _ => None,
        }
    }

    /// Whether two items of a map list are the same one.
    fn same_item(&self, one: &Value, other: &Value) -> bool {
        self.map_keys.iter().all(|key| one.get(key) == other.get(key))
    }
}

/// Limits on values.
#[derive(Debug, Default)]
struct Checks {
    required: Vec<String>,
    enumeration: Option<Vec<Value>>,
    pattern: Option<(String, Regex)>,
    min_length: Option<u64>,
    max_length: Option<u64>,
    min_items: Option<u64>,
    max_items: Option<u64>,
    unique_items: bool,
    min_properties: Option<u64>,
    max_properties: Option<u64>,
    minimum: Option<(f64, Value, bool)>,
    maximum: Option<(f64, Value, bool)>,
    multiple_of: Option<(f64, Value)>,
    all_of: Vec<Node>,
    any_of: Vec<Node>,
    one_of: Vec<Node>,
    not: Option<Box<Node>>,
}

#[cfg(test)]
mod tests;
