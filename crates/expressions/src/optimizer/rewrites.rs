//! Rewrites of loops and memberships.

use crate::nature::Nature;
use crate::syntax::{Binary, Kind, Loop, LoopNode, Node, Pointer};
use crate::value::Text;

use super::take;

/// Beyond this a fold would make the tree too tall.
const MAX_FOLDED: usize = 128;

fn as_loop(node: &mut Node, kind: Loop) -> Option<&mut LoopNode> {
    match &mut node.kind {
        Kind::Loop(found) if found.kind == kind => Some(found),
        _ => None,
    }
}

fn integer(node: &Node) -> Option<i64> {
    match node.kind {
        Kind::Integer(value) => Some(value),
        _ => None,
    }
}

/// `x in ["a", "b"]` looks x up in a set, which takes values of one type only.
pub(super) fn in_array(node: &mut Node) {
    let Kind::Binary(Binary::In, left, right) = &mut node.kind else { return };
    let Kind::Array(nodes) = &right.kind else { return };
    if nodes.is_empty() {
        return;
    }
    let integers: Option<Vec<i64>> = nodes.iter().map(integer).collect();
    if let (Nature::Int, Some(integers)) = (&left.nature, integers) {
        right.kind = Kind::IntegerSet(integers.into());
        return;
    }
    let texts: Option<Vec<Text>> = nodes
        .iter()
        .map(|node| match &node.kind {
            Kind::Text(text) => Some(text.clone()),
            _ => None,
        })
        .collect();
    if let Some(texts) = texts {
        right.kind = Kind::TextSet(texts.into());
    }
}

/// `n in 1..9` compares instead of making the range.
pub(super) fn in_range(node: &mut Node) {
    let Kind::Binary(Binary::In, left, right) = &mut node.kind else { return };
    if left.nature != Nature::Int {
        return;
    }
    let Kind::Binary(Binary::Range, from, to) = &right.kind else { return };
    if integer(from).is_none() || integer(to).is_none() {
        return;
    }
    let bound = |operator, left: &Node, right: &Node| {
        Box::new(Node::new(
            Kind::Binary(operator, Box::new(left.clone()), Box::new(right.clone())),
            left.at,
        ))
    };
    let lower = bound(Binary::MoreOrEqual, left, from);
    let upper = bound(Binary::LessOrEqual, left, to);
    node.kind = Kind::Binary(Binary::And, lower, upper);
}

fn uses_index(node: &Node) -> bool {
    let mut pending = vec![node];
    while let Some(node) = pending.pop() {
        if matches!(node.kind, Kind::Pointer(Pointer::Index)) {
            return true;
        }
        node.children(&mut |child| pending.push(child));
    }
    false
}

/// `map(filter(…), …)` in one pass.
pub(super) fn filter_map(node: &mut Node) {
    let Some(outer) = as_loop(node, Loop::Map) else { return };
    let [first, predicate] = outer.arguments.as_mut_slice() else { return };
    if uses_index(predicate) {
        return;
    }
    let Some(filter) = as_loop(first, Loop::Filter) else { return };
    if filter.map.is_some() {
        return;
    }
    let Kind::Predicate(body) = &mut predicate.kind else { return };
    filter.map = Some(Box::new(take(body)));
    let fused = take(first);
    node.kind = fused.kind;
}

pub(super) fn filter_length(node: &mut Node) {
    let Some(filter) = argument_of(node, "len") else { return };
    let arguments = std::mem::take(&mut filter.arguments);
    node.kind = Kind::Loop(LoopNode::new(Loop::Count, arguments));
}

/// The filter that is the only argument of a call of `name`.
fn argument_of<'a>(node: &'a mut Node, name: &str) -> Option<&'a mut LoopNode> {
    match &mut node.kind {
        Kind::Builtin { function, arguments } if function.name == name && arguments.len() == 1 => {
            arguments.first_mut().and_then(|first| as_loop(first, Loop::Filter))
        }
        _ => None,
    }
}

fn indexed_filter(node: &mut Node, index: i64) -> Option<&mut LoopNode> {
    match &mut node.kind {
        Kind::Member { node, property, optional: false, .. }
            if integer(property) == Some(index) =>
        {
            as_loop(node, Loop::Filter)
        }
        _ => None,
    }
}

fn search(filter: &mut LoopNode, kind: Loop, throws: bool) -> Kind {
    let mut search = LoopNode::new(kind, std::mem::take(&mut filter.arguments));
    search.map = filter.map.take();
    search.throws = throws;
    Kind::Loop(search)
}

/// `filter(…)[0]` and `first(filter(…))` stop at the first.
pub(super) fn filter_first(node: &mut Node) {
    if let Some(filter) = indexed_filter(node, 0) {
        node.kind = search(filter, Loop::Find, true);
    } else if let Some(filter) = argument_of(node, "first") {
        node.kind = search(filter, Loop::Find, false);
    }
}

pub(super) fn filter_last(node: &mut Node) {
    if let Some(filter) = indexed_filter(node, -1) {
        node.kind = search(filter, Loop::FindLast, true);
    } else if let Some(filter) = argument_of(node, "last") {
        node.kind = search(filter, Loop::FindLast, false);
    }
}

/// `all(xs, p) and all(xs, q)` in one pass; likewise `any … or any …` and `none … and none …`.
pub(super) fn combine_predicates(node: &mut Node) {
    let Kind::Binary(operator, left, right) = &mut node.kind else { return };
    let (Kind::Loop(a), Kind::Loop(b)) = (&mut left.kind, &mut right.kind) else { return };
    let combined = match (a.kind, *operator) {
        (Loop::All, Binary::And) => Binary::And,
        (Loop::Any, Binary::Or) | (Loop::None, Binary::And) => Binary::Or,
        _ => return,
    };
    if a.kind != b.kind || a.arguments.len() != 2 || b.arguments.len() != 2 {
        return;
    }
    if !same(&a.arguments[0], &b.arguments[0]) {
        return;
    }
    let kind = a.kind;
    let (Kind::Predicate(p), Kind::Predicate(q)) =
        (&mut a.arguments[1].kind, &mut b.arguments[1].kind)
    else {
        return;
    };
    let at = p.at;
    let mut both = Node::new(Kind::Binary(combined, Box::new(take(p)), Box::new(take(q))), at);
    combine_predicates(&mut both);
    let predicate = Node::new(Kind::Predicate(Box::new(both)), at);
    let collection = take(&mut a.arguments[0]);
    node.kind = Kind::Loop(LoopNode::new(kind, vec![collection, predicate]));
}

/// Whether two trees are written the same.
fn same(left: &Node, right: &Node) -> bool {
    fn shape(node: &Node) -> String {
        let mut node = node.clone();
        super::walk(&mut node, &mut |node| {
            node.at = 0;
            node.nature = Nature::Unknown;
        });
        format!("{:?}", node.kind)
    }
    shape(left) == shape(right)
}

fn constant_range(node: &Node) -> Option<(i64, i64)> {
    let Kind::Binary(Binary::Range, from, to) = &node.kind else { return None };
    let (from, to) = (integer(from)?, integer(to)?);
    (to >= from).then_some((from, to))
}

/// `sum(1..100)` by formula, also with `# + k` and the like; `reduce(1..100, # + #acc)` too.
pub(super) fn sum_range(node: &mut Node) {
    let Kind::Loop(found) = &node.kind else { return };
    let Some((from, to)) = found.arguments.first().and_then(constant_range) else { return };
    let count = to.wrapping_sub(from).wrapping_add(1);
    let sum = count.wrapping_mul(from.wrapping_add(to)).wrapping_div(2);
    let folded = match (found.kind, found.arguments.get(1), found.arguments.get(2)) {
        (Loop::Sum, None, _) => Some(sum),
        (Loop::Sum, Some(predicate), _) => sum_with(sum, count, predicate),
        (Loop::Reduce, Some(predicate), initial) if adds_up(predicate) => match initial {
            None => Some(sum),
            Some(initial) => integer(initial).map(|initial| initial.wrapping_add(sum)),
        },
        _ => None,
    };
    if let Some(folded) = folded {
        node.kind = Kind::Integer(folded);
        node.nature = Nature::Int;
    }
}

fn pointer(node: &Node) -> Option<Pointer> {
    match node.kind {
        Kind::Pointer(pointer) => Some(pointer),
        _ => None,
    }
}

fn adds_up(predicate: &Node) -> bool {
    let Kind::Predicate(body) = &predicate.kind else { return false };
    let Kind::Binary(Binary::Add, left, right) = &body.kind else { return false };
    matches!(
        (pointer(left), pointer(right)),
        (Some(Pointer::Item), Some(Pointer::Accumulator))
            | (Some(Pointer::Accumulator), Some(Pointer::Item))
    )
}

fn sum_with(sum: i64, count: i64, predicate: &Node) -> Option<i64> {
    let Kind::Predicate(body) = &predicate.kind else { return None };
    if pointer(body) == Some(Pointer::Item) {
        return Some(sum);
    }
    let Kind::Binary(operator, left, right) = &body.kind else { return None };
    let (constant, item_first) = match (pointer(left), pointer(right)) {
        (Some(Pointer::Item), _) => (integer(right)?, true),
        (_, Some(Pointer::Item)) => (integer(left)?, false),
        _ => return None,
    };
    let constants = count.wrapping_mul(constant);
    match (operator, item_first) {
        (Binary::Multiply, _) => Some(constant.wrapping_mul(sum)),
        (Binary::Add, _) => Some(sum.wrapping_add(constants)),
        (Binary::Subtract, true) => Some(sum.wrapping_sub(constants)),
        (Binary::Subtract, false) => Some(constants.wrapping_sub(sum)),
        _ => None,
    }
}

/// `sum([a, b, c])` is `a + (b + c)`: it works for what `+` works for.
pub(super) fn sum_array(node: &mut Node) {
    let at = node.at;
    let Some(sum) = as_loop(node, Loop::Sum) else { return };
    let [only] = sum.arguments.as_mut_slice() else { return };
    let Kind::Array(nodes) = &mut only.kind else { return };
    if nodes.len() < 2 || nodes.len() > MAX_FOLDED {
        return;
    }
    let mut nodes = std::mem::take(nodes);
    let Some(mut folded) = nodes.pop() else { return };
    while let Some(before) = nodes.pop() {
        folded = Node::new(Kind::Binary(Binary::Add, Box::new(before), Box::new(folded)), at);
    }
    node.kind = folded.kind;
}

pub(super) fn sum_map(node: &mut Node) {
    let Some(sum) = as_loop(node, Loop::Sum) else { return };
    let [only] = sum.arguments.as_mut_slice() else { return };
    let Some(map) = as_loop(only, Loop::Map) else { return };
    if map.arguments.len() == 2 {
        sum.arguments = std::mem::take(&mut map.arguments);
    }
}

fn counted(node: &mut Node) -> Option<(Binary, &mut Node, i64)> {
    let Kind::Binary(operator, left, right) = &mut node.kind else { return None };
    let bound = integer(right)?;
    let count = as_loop(left, Loop::Count)?;
    (count.arguments.len() == 2).then_some(())?;
    Some((*operator, left, bound))
}

/// `count(…) > 0` stops at the first.
pub(super) fn count_any(node: &mut Node) {
    let Some((operator, left, bound)) = counted(node) else { return };
    if !matches!((operator, bound), (Binary::More, 0) | (Binary::MoreOrEqual, 1)) {
        return;
    }
    let Some(count) = as_loop(left, Loop::Count) else { return };
    let arguments = std::mem::take(&mut count.arguments);
    node.kind = Kind::Loop(LoopNode::new(Loop::Any, arguments));
}

/// `count(…) > 5` stops at the sixth.
pub(super) fn count_threshold(node: &mut Node) {
    let Some((operator, left, bound)) = counted(node) else { return };
    let threshold = match operator {
        Binary::More | Binary::LessOrEqual => bound.saturating_add(1),
        Binary::MoreOrEqual | Binary::Less => bound,
        _ => return,
    };
    if bound < 0 || threshold <= 1 {
        return;
    }
    if let Some(count) = as_loop(left, Loop::Count) {
        count.threshold = Some(threshold);
    }
}
