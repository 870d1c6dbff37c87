//! `x-kubernetes-validations`: compiled once, evaluated with a bound on the work.

use std::{
    panic::{AssertUnwindSafe, catch_unwind},
    sync::Arc,
};

use kube::core::cel::{
    KubeCelExt as _,
    cel::{Context, Program, Value as CelValue, objects::OptionalValue},
};
use serde_json::{Map, Value};

use super::{FieldError, FieldErrorKind, ListType, MAX_ERRORS, Node, cost, values::to_cel};

/// Steps all rules of one object may need together.
const OBJECT_BUDGET: u64 = 5 * cost::BUDGET;

/// One compiled rule.
#[derive(Debug)]
pub(super) struct Rule {
    text: String,
    program: Program,
    shape: cost::Shape,
    transition: bool,
    optional_old: bool,
    message: Option<String>,
    message_program: Option<(Program, cost::Shape)>,
    reason: FieldErrorKind,
    field_path: Option<String>,
}

impl Rule {
    /// Whether evaluating it needs a deep stack.
    pub(super) fn is_deep(&self) -> bool {
        self.shape.is_deep()
            || self.message_program.as_ref().is_some_and(|(_, shape)| shape.is_deep())
    }
}

/// Compiles the rules of one schema level.
pub(super) fn compile(fields: &Map<String, Value>, path: &str) -> Result<Vec<Rule>, String> {
    let rules = fields.get("x-kubernetes-validations").and_then(Value::as_array);
    let rules = rules.into_iter().flatten().enumerate();
    rules
        .map(|(index, rule)| {
            compile_rule(rule, &format!("{path}.x-kubernetes-validations[{index}]"))
        })
        .collect()
}

fn compile_rule(rule: &Value, path: &str) -> Result<Rule, String> {
    let text = |key: &str| {
        rule.get(key)
            .and_then(Value::as_str)
            .filter(|text| !text.trim().is_empty())
            .map(str::to_string)
    };
    let Some(source) = text("rule") else {
        return Err(format!("{path}.rule: Required value: rule is not specified"));
    };
    let program = compile_program(&source, &format!("{path}.rule"))?;
    let message_program = match text("messageExpression") {
        Some(source) => {
            let program = compile_program(&source, &format!("{path}.messageExpression"))?;
            let shape = cost::Shape::of(program.expression());
            Some((program, shape))
        }
        None => None,
    };
    let reason = match rule.get("reason").and_then(Value::as_str) {
        None | Some("FieldValueInvalid") => FieldErrorKind::Invalid,
        Some("FieldValueForbidden") => FieldErrorKind::Forbidden,
        Some("FieldValueRequired") => FieldErrorKind::Required,
        Some("FieldValueDuplicate") => FieldErrorKind::Duplicate,
        Some(other) => {
            return Err(format!(
                "{path}.reason: Unsupported value: \"{other}\": supported values: \"FieldValueDuplicate\", \"FieldValueForbidden\", \"FieldValueInvalid\", \"FieldValueRequired\""
            ));
        }
    };
    Ok(Rule {
        shape: cost::Shape::of(program.expression()),
        transition: program.references().has_variable("oldSelf"),
        optional_old: rule.get("optionalOldSelf").and_then(Value::as_bool).unwrap_or_default(),
        message: text("message"),
        message_program,
        reason,
        field_path: text("fieldPath"),
        program,
        text: source,
    })
}

fn compile_program(source: &str, path: &str) -> Result<Program, String> {
    cost::check_text(source).map_err(|why| format!("{path}: {why}"))?;
    // The parser is not ours; a panic in it must not take the process down.
    let parsed = catch_unwind(AssertUnwindSafe(|| Program::compile(source)));
    match parsed {
        Ok(Ok(program)) => Ok(program),
        Ok(Err(why)) => Err(format!(
            "{path}: Invalid value: {}: compilation failed: {why}",
            crate::field_error::quote(source)
        )),
        Err(_) => Err(format!(
            "{path}: Invalid value: {}: compilation failed",
            crate::field_error::quote(source)
        )),
    }
}

thread_local! {
    // Registering some hundred functions costs more than evaluating a rule.
    static FUNCTIONS: Context<'static> = Context::default().with_all();
}

/// Evaluates every rule that applies to `new`.
pub(super) fn evaluate(root: &Node, new: &Value, old: Option<&Value>) -> Vec<FieldError> {
    if !root.rules_below {
        return Vec::new();
    }
    FUNCTIONS.with(|functions| {
        let mut pass = Pass { functions, errors: Vec::new(), left: OBJECT_BUDGET };
        pass.walk(root, Place { new, old, unchanged: false, path: "" });
        pass.errors
    })
}

/// One level of the object being judged.
#[derive(Clone, Copy)]
struct Place<'a> {
    new: &'a Value,
    old: Option<&'a Value>,
    /// An unchanged value is not blamed for rules it broke before.
    unchanged: bool,
    path: &'a str,
}

struct Pass<'a> {
    functions: &'a Context<'static>,
    errors: Vec<FieldError>,
    left: u64,
}

impl Pass<'_> {
    fn walk(&mut self, node: &Node, mut place: Place<'_>) {
        let Place { new, old, path, .. } = place;
        if !node.rules_below || self.errors.len() >= MAX_ERRORS || new.is_null() {
            return;
        }
        place.unchanged |= old == Some(new);
        let unchanged = place.unchanged;
        if !node.rules.is_empty() {
            self.rules(node, place);
        }
        for branch in &node.checks.all_of {
            self.walk(branch, place);
        }
        match new {
            Value::Object(fields) => {
                for (name, new) in fields {
                    let Some(child) = node.field(name) else { continue };
                    let path = match (path.is_empty(), node.properties.contains_key(name)) {
                        (true, _) => name.clone(),
                        (false, true) => format!("{path}.{name}"),
                        (false, false) => format!("{path}[{name}]"),
                    };
                    let old = old.and_then(|old| old.get(name));
                    self.walk(child, Place { new, old, unchanged, path: &path });
                }
            }
            Value::Array(items) => {
                let Some(child) = node.items.as_deref() else { return };
                let old = old.and_then(Value::as_array).filter(|_| node.list_type == ListType::Map);
                for (index, new) in items.iter().enumerate() {
                    let old = old.and_then(|old| old.iter().find(|one| node.same_item(new, one)));
                    let path = format!("{path}[{index}]");
                    self.walk(child, Place { new, old, unchanged, path: &path });
                }
            }
            _ => {}
        }
    }

    fn rules(&mut self, node: &Node, place: Place<'_>) {
        let applies = |rule: &&Rule| match (rule.transition, place.old) {
            (true, old) => old.is_some() || rule.optional_old,
            (false, _) => !place.unchanged,
        };
        let mut rules = node.rules.iter().filter(applies).peekable();
        if rules.peek().is_none() {
            return;
        }
        let new = to_cel(Some(node), place.new);
        let old = place.old.map(|old| to_cel(Some(node), old));
        let mut plain = self.functions.new_inner_scope();
        plain.add_variable_from_value("self", new.clone());
        let mut optional = self.functions.new_inner_scope();
        optional.add_variable_from_value("self", new);
        optional.add_variable_from_value("oldSelf", optional_value(old.clone()));
        if let Some(old) = old {
            plain.add_variable_from_value("oldSelf", old);
        }
        let extent =
            cost::Extent::of(place.new).max(place.old.map(cost::Extent::of).unwrap_or_default());
        for rule in rules {
            if self.left == 0 {
                return;
            }
            let scope = if rule.optional_old { &optional } else { &plain };
            if let Some(error) = self.rule(rule, scope, node, place, extent) {
                self.errors.push(error);
            }
        }
    }

    fn rule(
        &mut self,
        rule: &Rule,
        scope: &Context<'_>,
        node: &Node,
        place: Place<'_>,
        extent: cost::Extent,
    ) -> Option<FieldError> {
        let steps = rule.shape.steps(extent);
        let kind = type_name(node, place.new);
        if steps > cost::BUDGET {
            let detail = format!(
                "'operation cancelled: actual cost limit exceeded': no further validation rules will be run due to call cost exceeds limit for rule: {}",
                rule.shown()
            );
            self.left = 0;
            return Some(FieldError::invalid(shown(place.path), kind, detail));
        }
        if steps > self.left {
            let detail = "validation failed due to running out of cost budget, no further validation rules will be run";
            self.left = 0;
            return Some(FieldError::invalid(shown(place.path), kind, detail));
        }
        self.left -= steps;
        check(rule, scope, kind, place, extent)
    }
}

fn optional_value(value: Option<CelValue>) -> CelValue {
    let value = value.map_or_else(OptionalValue::none, OptionalValue::of);
    CelValue::Opaque(Arc::new(value))
}

fn shown(path: &str) -> &str {
    if path.is_empty() { "<nil>" } else { path }
}

pub(super) fn run(program: &Program, scope: &Context<'_>) -> Result<CelValue, String> {
    match catch_unwind(AssertUnwindSafe(|| program.execute(scope))) {
        Ok(Ok(value)) => Ok(value),
        Ok(Err(why)) => Err(why.to_string()),
        Err(_) => Err("evaluation failed".to_string()),
    }
}

fn check(
    rule: &Rule,
    scope: &Context<'_>,
    kind: &str,
    place: Place<'_>,
    extent: cost::Extent,
) -> Option<FieldError> {
    let path = place.path;
    match run(&rule.program, scope) {
        Ok(CelValue::Bool(true)) => None,
        Ok(CelValue::Bool(false)) => {
            let target = match &rule.field_path {
                Some(field) => format!("{path}{field}").trim_start_matches('.').to_string(),
                None => shown(path).to_string(),
            };
            let detail = message(rule, scope, extent);
            // Objects and lists are not repeated in the message.
            let error = match (rule.reason, place.new) {
                (FieldErrorKind::Invalid, Value::Object(_) | Value::Array(_)) => {
                    FieldError::without_value(rule.reason, target, detail)
                }
                (FieldErrorKind::Duplicate, Value::Object(_) | Value::Array(_)) => {
                    FieldError::without_value(rule.reason, target, "")
                }
                (FieldErrorKind::Duplicate, value) => FieldError::duplicate(target, value.clone()),
                (reason, value) => FieldError::new(reason, target, value.clone(), detail),
            };
            Some(error)
        }
        Ok(_) => {
            Some(FieldError::invalid(shown(path), kind, "unexpected type of result, must be bool"))
        }
        Err(why) => {
            let detail = format!("{why} evaluating rule: {}", rule.shown());
            Some(FieldError::invalid(shown(path), kind, detail))
        }
    }
}

fn message(rule: &Rule, scope: &Context<'_>, extent: cost::Extent) -> String {
    if let Some((program, shape)) = &rule.message_program
        && shape.steps(extent) <= cost::BUDGET
        && let Ok(CelValue::String(text)) = run(program, scope)
        && !text.trim().is_empty()
        && !text.contains('\n')
        && text.len() <= 5 * 1024
    {
        return text.trim().to_string();
    }
    rule.message.as_ref().map_or_else(
        || format!("failed rule: {}", rule.text.trim()),
        |text| text.trim().to_string(),
    )
}

impl Rule {
    /// How messages name a rule: by its message, else by its text.
    fn shown(&self) -> &str {
        self.message.as_deref().unwrap_or(&self.text).trim()
    }
}

/// Rules that cannot be evaluated report the type of the value in its place.
fn type_name(node: &Node, value: &Value) -> &'static str {
    match value {
        Value::Null => "null",
        Value::Bool(_) => "boolean",
        Value::Number(_) if node.kind == Some(super::Type::Number) => "number",
        Value::Number(_) => "integer",
        Value::String(_) => "string",
        Value::Array(_) => "array",
        Value::Object(_) => "object",
    }
}
