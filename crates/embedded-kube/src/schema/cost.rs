//! How much work evaluating a rule may be, bounded before it is evaluated.

use kube::core::cel::cel::common::ast::{EntryExpr, Expr, IdedExpr};
use serde_json::Value;

/// Most estimated steps one rule may need for one value; about a second.
pub(super) const BUDGET: u64 = 2_000_000;
/// Longest rule accepted, in bytes.
const MAX_RULE: usize = 16 * 1024;

/// Deepest nesting of brackets in a rule; the parser works recursively.
const MAX_NESTING: u32 = 24;
/// Most operators in a rule; a chain of them nests as deep as it is long.
const MAX_OPERATORS: u32 = 300;

/// Deepest syntax tree that is evaluated on the stack of the caller.
const MAX_ORDINARY_DEPTH: u32 = 48;

/// Whether a rule is small enough to be parsed and evaluated at all.
pub(super) fn check_text(rule: &str) -> Result<(), String> {
    if rule.len() > MAX_RULE {
        return Err(format!("Too long: may not be more than {MAX_RULE} bytes"));
    }
    let (mut nesting, mut operators) = (0u32, 0u32);
    let mut quoted = None;
    let mut escaped = false;
    for letter in rule.chars() {
        if let Some(quote) = quoted {
            match letter {
                _ if escaped => escaped = false,
                '\\' => escaped = true,
                letter if letter == quote => quoted = None,
                _ => {}
            }
            continue;
        }
        match letter {
            '"' | '\'' => quoted = Some(letter),
            '(' | '[' | '{' => {
                nesting += 1;
                operators += 1;
            }
            ')' | ']' | '}' => nesting = nesting.saturating_sub(1),
            '+' | '-' | '*' | '/' | '%' | '!' | '.' | '?' | '&' | '|' | '<' | '>' => operators += 1,
            _ => {}
        }
        if nesting > MAX_NESTING || operators > MAX_OPERATORS {
            return Err(format!(
                "Forbidden: the expression is too complex: at most {MAX_NESTING} nested brackets and {MAX_OPERATORS} operators are allowed"
            ));
        }
    }
    Ok(())
}

/// Static facts about an expression.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct Shape {
    /// Nodes of the syntax tree.
    nodes: u64,
    /// How deep the tree is.
    depth: u32,
    /// How deep loops are nested.
    loops: u32,
    /// Whether a loop builds a list, which copies what it has at every turn.
    builds: bool,
    /// Whether strings are taken apart, so that their length counts as a number of elements.
    splits: bool,
}

impl Shape {
    pub(super) fn of(expression: &IdedExpr) -> Self {
        let mut shape = Self::default();
        walk(expression, 0, 0, &mut shape);
        shape
    }

    /// Whether evaluating needs more than an ordinary stack.
    pub(super) fn is_deep(self) -> bool {
        self.depth > MAX_ORDINARY_DEPTH
    }

    /// An upper bound of the steps over values of this extent.
    pub(super) fn steps(self, extent: Extent) -> u64 {
        let turns = if self.splits { extent.elements.max(extent.letters) } else { extent.elements };
        let mut steps = self.nodes.max(1);
        for _ in 0..self.loops {
            steps = steps.saturating_mul(turns.max(1));
        }
        // Copying an element is far cheaper than evaluating an expression.
        if self.builds { steps.saturating_mul(1 + turns / 64) } else { steps }
    }
}

/// The largest parts of a value.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct Extent {
    /// Of the largest list or map.
    elements: u64,
    /// Of the longest string.
    letters: u64,
}

impl Extent {
    pub(super) fn of(value: &Value) -> Self {
        let own = match value {
            Value::String(text) => Self { elements: 0, letters: text.len() as u64 },
            Value::Array(items) => Self { elements: items.len() as u64, letters: 0 },
            Value::Object(fields) => Self { elements: fields.len() as u64, letters: 0 },
            _ => Self::default(),
        };
        match value {
            Value::Array(items) => items.iter().map(Self::of).fold(own, Self::max),
            Value::Object(fields) => fields.values().map(Self::of).fold(own, Self::max),
            _ => own,
        }
    }

    pub(super) fn max(self, other: Self) -> Self {
        Self {
            elements: self.elements.max(other.elements),
            letters: self.letters.max(other.letters),
        }
    }
}

fn walk(expression: &IdedExpr, depth: u32, loops: u32, shape: &mut Shape) {
    let depth = depth + 1;
    shape.depth = shape.depth.max(depth);
    shape.nodes += 1;
    shape.loops = shape.loops.max(loops);
    match &expression.expr {
        Expr::Call(call) => {
            shape.splits |= matches!(call.func_name.as_str(), "split" | "findAll" | "range");
            call.target.iter().for_each(|target| walk(target, depth, loops, shape));
            call.args.iter().for_each(|argument| walk(argument, depth, loops, shape));
        }
        Expr::Comprehension(comprehension) => {
            shape.builds |= matches!(comprehension.accu_init.expr, Expr::List(_) | Expr::Map(_));
            walk(&comprehension.iter_range, depth, loops, shape);
            walk(&comprehension.accu_init, depth, loops, shape);
            walk(&comprehension.loop_cond, depth, loops + 1, shape);
            walk(&comprehension.loop_step, depth, loops + 1, shape);
            walk(&comprehension.result, depth, loops, shape);
        }
        Expr::List(list) => {
            list.elements.iter().for_each(|element| walk(element, depth, loops, shape));
        }
        Expr::Map(map) => {
            map.entries.iter().for_each(|entry| entry_of(&entry.expr, depth, loops, shape));
        }
        Expr::Select(select) => walk(&select.operand, depth, loops, shape),
        Expr::Struct(fields) => {
            fields.entries.iter().for_each(|entry| entry_of(&entry.expr, depth, loops, shape));
        }
        Expr::Unspecified | Expr::Ident(_) | Expr::Literal(_) => {}
    }
}

fn entry_of(entry: &EntryExpr, depth: u32, loops: u32, shape: &mut Shape) {
    match entry {
        EntryExpr::StructField(field) => walk(&field.value, depth, loops, shape),
        EntryExpr::MapEntry(entry) => {
            walk(&entry.key, depth, loops, shape);
            walk(&entry.value, depth, loops, shape);
        }
    }
}
