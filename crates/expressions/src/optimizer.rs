//! Rewrites a checked tree as expr-lang does, because its rewrites can be seen: they decide which errors are never
//! reached (`x and false`), how far a search goes (`filter(…)[0]`), and what a set of constants accepts.

mod constants;
mod rewrites;

use crate::error::Unbound;
use crate::pattern::{Draft, Pattern};
use crate::syntax::{Binary, Kind, Node};

/// Rounds of folding; every round shrinks the tree.
const MAX_ROUNDS: usize = 1000;
/// Steps compiling constant patterns may count for.
const MAX_PATTERN_COST: usize = 5_000_000;

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
    bound_patterns(tree)?;
    let mut fault = None;
    walk(tree, &mut |node| compile_pattern(node, &mut fault));
    fault.map_or(Ok(()), Err)
}

/// Children first.
fn walk(node: &mut Node, visit: &mut dyn FnMut(&mut Node)) {
    node.children_mut(&mut |child| walk(child, visit));
    visit(node);
}

/// Takes a node's content out, leaving nil.
fn take(node: &mut Node) -> Node {
    let empty = Node::new(Kind::Nil, node.at);
    std::mem::replace(node, empty)
}

/// What compiling the constant patterns costs is limited beforehand.
pub(crate) fn bound_patterns(tree: &Node) -> Result<(), Unbound> {
    let mut total = 0;
    let mut nodes = vec![tree];
    while let Some(node) = nodes.pop() {
        if let Kind::Binary(Binary::Matches, _, right) = &node.kind
            && let Kind::Text(pattern) = &right.kind
        {
            total += Draft::new(&pattern.to_str()).map_or(0, |draft| draft.cost());
            if total > MAX_PATTERN_COST {
                return Err(Unbound::new(node.at, "the regular expressions are too large"));
            }
        }
        node.children(&mut |child| nodes.push(child));
    }
    Ok(())
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
