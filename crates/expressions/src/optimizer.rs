//! Rewrites a checked tree as expr-lang does, because its rewrites can be seen: they decide which errors are never
//! reached (`x and false`), how far a search goes (`filter(…)[0]`), and what a set of constants accepts.

mod constants;
mod rewrites;

use crate::error::Unbound;
use crate::pattern::Pattern;
use crate::syntax::{Binary, Kind, Node};

/// Rounds of folding; every round shrinks the tree.
const MAX_ROUNDS: usize = 1000;

pub(crate) fn optimize(tree: &mut Node) -> Result<(), Unbound> {
    walk(tree, &mut rewrites::in_array);
    for _ in 0..MAX_ROUNDS {
        let mut fold = constants::Fold::default();
        walk(tree, &mut |node| fold.visit(node));
        if let Some(fault) = fold.fault {
            return Err(fault);
        }
        if !fold.applied {
            break;
        }
    }
    walk(tree, &mut rewrites::in_range);
    walk(tree, &mut rewrites::filter_map);
    walk(tree, &mut rewrites::filter_length);
    walk(tree, &mut rewrites::filter_last);
    walk(tree, &mut rewrites::filter_first);
    walk(tree, &mut rewrites::combine_predicates);
    walk(tree, &mut rewrites::sum_range);
    walk(tree, &mut rewrites::sum_array);
    walk(tree, &mut rewrites::sum_map);
    walk(tree, &mut rewrites::count_any);
    walk(tree, &mut rewrites::count_threshold);
    let mut fault = None;
    walk(tree, &mut |node| compile_pattern(node, &mut fault));
    fault.map_or(Ok(()), Err)
}

/// Children first.
fn walk(node: &mut Node, visit: &mut dyn FnMut(&mut Node)) {
    node.children_mut(&mut |child| walk(child, visit));
    visit(node);
}

/// Calls `visit` on every direct child.
pub(crate) fn children<'a>(node: &'a Node, visit: &mut dyn FnMut(&'a Node)) {
    match &node.kind {
        Kind::Nil
        | Kind::Identifier(_)
        | Kind::Integer(_)
        | Kind::Float(_)
        | Kind::Bool(_)
        | Kind::Text(_)
        | Kind::Bytes(_)
        | Kind::Constant(_)
        | Kind::IntegerSet(_)
        | Kind::TextSet(_)
        | Kind::Pointer(_) => {}
        Kind::Unary(_, node)
        | Kind::Chain(node)
        | Kind::Predicate(node)
        | Kind::Matches(node, _) => visit(node),
        Kind::Binary(_, left, right) => {
            visit(left);
            visit(right);
        }
        Kind::Member { node, property, .. } => {
            visit(node);
            visit(property);
        }
        Kind::Slice { node, from, to } => {
            visit(node);
            from.iter().for_each(|node| visit(node));
            to.iter().for_each(|node| visit(node));
        }
        Kind::Call { callee, arguments } => {
            visit(callee);
            arguments.iter().for_each(visit);
        }
        Kind::Builtin { arguments, .. } => arguments.iter().for_each(visit),
        Kind::Loop(node) => node.arguments.iter().for_each(visit),
        Kind::Let { value, body, .. } => {
            visit(value);
            visit(body);
        }
        Kind::Sequence(nodes) | Kind::Array(nodes) => nodes.iter().for_each(visit),
        Kind::Conditional { condition, then, otherwise } => {
            visit(condition);
            visit(then);
            visit(otherwise);
        }
        Kind::Map(pairs) => {
            for (key, value) in pairs {
                visit(key);
                visit(value);
            }
        }
    }
}

/// Takes a node's content out, leaving nil.
fn take(node: &mut Node) -> Node {
    let empty = Node::new(Kind::Nil, node.at);
    std::mem::replace(node, empty)
}

/// A constant pattern is compiled once, and is refused before anything runs.
fn compile_pattern(node: &mut Node, fault: &mut Option<Unbound>) {
    let at = node.at;
    let Kind::Binary(Binary::Matches, left, right) = &mut node.kind else { return };
    let Kind::Text(pattern) = &right.kind else { return };
    match Pattern::new(&pattern.to_str()) {
        Ok(pattern) => node.kind = Kind::Matches(Box::new(take(left)), pattern),
        Err(message) => *fault = Some(Unbound::new(at, message)),
    }
}
