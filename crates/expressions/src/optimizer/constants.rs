//! Folding of constants.

use crate::error::Unbound;
use crate::nature::Nature;
use crate::operators;
use crate::syntax::{Binary, Kind, Loop, LoopNode, Node, Unary};
use crate::value::Value;

use super::take;

#[derive(Default)]
pub(super) struct Fold {
    pub(super) applied: bool,
    pub(super) fault: Option<Unbound>,
}

impl Fold {
    pub(super) fn visit(&mut self, node: &mut Node) {
        let folded = match &mut node.kind {
            Kind::Unary(operator, operand) => unary(*operator, operand),
            Kind::Binary(Binary::And, left, right) => logic(true, left, right),
            Kind::Binary(Binary::Or, left, right) => logic(false, left, right),
            Kind::Binary(operator, left, right) => self.binary(node.at, *operator, left, right),
            Kind::Array(nodes) => array(nodes),
            Kind::Loop(node) => filter_twice(node),
            _ => None,
        };
        if let Some((kind, nature)) = folded {
            self.applied = true;
            node.kind = kind;
            node.nature = nature;
        }
    }

    fn binary(
        &mut self,
        at: usize,
        operator: Binary,
        left: &Node,
        right: &Node,
    ) -> Option<(Kind, Nature)> {
        let (a, b) = (constant(left)?, constant(right)?);
        let number = |value: &Value| matches!(value, Value::Int(_) | Value::Float(_));
        match operator {
            Binary::Modulo => {
                let (Value::Int(_), Value::Int(divisor)) = (&a, &b) else { return None };
                if *divisor == 0 {
                    self.fault.get_or_insert_with(|| Unbound::new(at, "integer divide by zero"));
                    return None;
                }
            }
            Binary::Add if matches!((&a, &b), (Value::Text(_), Value::Text(_))) => {}
            Binary::Add | Binary::Subtract | Binary::Multiply | Binary::Divide | Binary::Power
                if number(&a) && number(&b) => {}
            Binary::Equal => {
                let same = matches!(
                    (&a, &b),
                    (Value::Int(_), Value::Int(_))
                        | (Value::Text(_), Value::Text(_))
                        | (Value::Bool(_), Value::Bool(_))
                );
                return same.then(|| (Kind::Bool(operators::equal(&a, &b)), Nature::Bool));
            }
            _ => return None,
        }
        Some(match operators::arithmetic(operator, &a, &b).ok()? {
            Value::Int(value) => (Kind::Integer(value), Nature::Int),
            Value::Float(value) => (Kind::Float(value), Nature::Float),
            Value::Text(value) => (Kind::Text(value), Nature::Text),
            _ => return None,
        })
    }
}

fn constant(node: &Node) -> Option<Value> {
    Some(match &node.kind {
        Kind::Integer(value) => Value::Int(*value),
        Kind::Float(value) => Value::Float(*value),
        Kind::Text(value) => Value::Text(value.clone()),
        Kind::Bool(value) => Value::Bool(*value),
        _ => return None,
    })
}

fn unary(operator: Unary, operand: &Node) -> Option<(Kind, Nature)> {
    Some(match (operator, &operand.kind) {
        (Unary::Negate, Kind::Integer(value)) => (Kind::Integer(value.wrapping_neg()), Nature::Int),
        (Unary::Negate, Kind::Float(value)) => (Kind::Float(-value), Nature::Float),
        (Unary::Plus, Kind::Integer(value)) => (Kind::Integer(*value), Nature::Int),
        (Unary::Plus, Kind::Float(value)) => (Kind::Float(*value), Nature::Float),
        (Unary::Not, Kind::Bool(value)) => (Kind::Bool(!value), Nature::Bool),
        _ => return None,
    })
}

/// `true and x` is x, `x and false` is false without looking at x; the mirror image for `or`.
fn logic(neutral: bool, left: &mut Node, right: &mut Node) -> Option<(Kind, Nature)> {
    let known = |node: &Node| match node.kind {
        Kind::Bool(value) => Some(value),
        _ => None,
    };
    let (a, b) = (known(left), known(right));
    if a == Some(neutral) {
        let kept = take(right);
        return Some((kept.kind, Nature::Bool));
    }
    if b == Some(neutral) {
        let kept = take(left);
        return Some((kept.kind, Nature::Bool));
    }
    (a.is_some() || b.is_some()).then_some((Kind::Bool(!neutral), Nature::Bool))
}

/// `filter(filter(xs, p), q)` in one pass.
fn filter_twice(outer: &mut LoopNode) -> Option<(Kind, Nature)> {
    if outer.kind != Loop::Filter {
        return None;
    }
    let [first, second] = outer.arguments.as_mut_slice() else { return None };
    let (Kind::Loop(inner), Kind::Predicate(q)) = (&mut first.kind, &mut second.kind) else {
        return None;
    };
    if inner.kind != Loop::Filter {
        return None;
    }
    let [collection, predicate] = inner.arguments.as_mut_slice() else { return None };
    let Kind::Predicate(p) = &mut predicate.kind else { return None };
    let at = p.at;
    let both = Node::new(Kind::Binary(Binary::And, Box::new(take(p)), Box::new(take(q))), at);
    let predicate = Node::new(Kind::Predicate(Box::new(both)), at);
    let merged = LoopNode::new(Loop::Filter, vec![take(collection), predicate]);
    Some((Kind::Loop(merged), Nature::any_array()))
}

fn array(nodes: &[Node]) -> Option<(Kind, Nature)> {
    if nodes.is_empty() {
        return None;
    }
    let values: Option<Vec<Value>> = nodes.iter().map(constant).collect();
    let value = Value::array(values?);
    let nature = Nature::of_value(&value);
    Some((Kind::Constant(value), nature))
}
