//! How much work evaluating a rule may be, bounded before it is evaluated.

use kube::core::cel::cel::common::ast::{EntryExpr, Expr, IdedExpr};
use serde_json::Value;

/// Most estimated steps one rule may need for one value.
pub(super) const BUDGET: u64 = 20_000_000;
/// Longest rule accepted, in bytes.
pub(super) const MAX_RULE: usize = 16 * 1024;

/// Static facts about an expression.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct Shape {
    /// Nodes of the syntax tree.
    pub(super) nodes: u64,
    /// How deep loops are nested.
    pub(super) loops: u32,
}

impl Shape {
    pub(super) fn of(expression: &IdedExpr) -> Self {
        let mut shape = Self::default();
        walk(expression, 0, &mut shape);
        shape
    }

    /// An upper bound of the steps for a value of `size`.
    pub(super) fn steps(self, size: u64) -> u64 {
        // Functions over strings and lists cost up to the size of the value even without a loop.
        let mut steps = self.nodes.max(1).saturating_mul(size.max(1));
        for _ in 0..self.loops {
            steps = steps.saturating_mul(size.max(1));
        }
        steps
    }
}

fn walk(expression: &IdedExpr, loops: u32, shape: &mut Shape) {
    shape.nodes += 1;
    shape.loops = shape.loops.max(loops);
    match &expression.expr {
        Expr::Call(call) => {
            call.target.iter().for_each(|target| walk(target, loops, shape));
            call.args.iter().for_each(|argument| walk(argument, loops, shape));
        }
        Expr::Comprehension(comprehension) => {
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

/// The largest number of things a loop over some part of `value` could meet, in elements;
/// long strings count for their length in blocks.
pub(super) fn size(value: &Value) -> u64 {
    match value {
        Value::String(text) => 1 + text.len() as u64 / 64,
        Value::Array(items) => items.iter().map(size).fold(1, u64::saturating_add),
        Value::Object(fields) => fields.values().map(size).fold(1, u64::saturating_add),
        _ => 1,
    }
}
