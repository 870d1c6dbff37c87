//! How much work evaluating a rule may be, bounded before it is evaluated.

use kube::core::cel::cel::common::ast::{EntryExpr, Expr, IdedExpr};
use serde_json::Value;

/// Most estimated steps one rule may need for one value; about a second.
pub(super) const BUDGET: u64 = 2_000_000;
/// Longest rule accepted, in bytes.
pub(super) const MAX_RULE: usize = 16 * 1024;

/// Static facts about an expression.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct Shape {
    /// Nodes of the syntax tree.
    nodes: u64,
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
        walk(expression, 0, &mut shape);
        shape
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

fn walk(expression: &IdedExpr, loops: u32, shape: &mut Shape) {
    shape.nodes += 1;
    shape.loops = shape.loops.max(loops);
    match &expression.expr {
        Expr::Call(call) => {
            shape.splits |= matches!(call.func_name.as_str(), "split" | "findAll" | "range");
            call.target.iter().for_each(|target| walk(target, loops, shape));
            call.args.iter().for_each(|argument| walk(argument, loops, shape));
        }
        Expr::Comprehension(comprehension) => {
            shape.builds |= matches!(comprehension.accu_init.expr, Expr::List(_) | Expr::Map(_));
            walk(&comprehension.iter_range, loops, shape);
            walk(&comprehension.accu_init, loops, shape);
            walk(&comprehension.loop_cond, loops + 1, shape);
            walk(&comprehension.loop_step, loops + 1, shape);
            walk(&comprehension.result, loops, shape);
        }
        Expr::List(list) => list.elements.iter().for_each(|element| walk(element, loops, shape)),
        Expr::Map(map) => map.entries.iter().for_each(|entry| entry_of(&entry.expr, loops, shape)),
        Expr::Select(select) => walk(&select.operand, loops, shape),
        Expr::Struct(fields) => {
            fields.entries.iter().for_each(|entry| entry_of(&entry.expr, loops, shape));
        }
        Expr::Unspecified | Expr::Ident(_) | Expr::Literal(_) => {}
    }
}

fn entry_of(entry: &EntryExpr, loops: u32, shape: &mut Shape) {
    match entry {
        EntryExpr::StructField(field) => walk(&field.value, loops, shape),
        EntryExpr::MapEntry(entry) => {
            walk(&entry.key, loops, shape);
            walk(&entry.value, loops, shape);
        }
    }
}
