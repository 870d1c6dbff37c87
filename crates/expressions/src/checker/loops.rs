//! Functions with predicates.

use super::{Checked, Checker, Predicate, fault};
use crate::nature::Nature;
use crate::syntax::{Loop, LoopNode};
use crate::value::MapType;

impl Checker<'_> {
    pub(super) fn predicate_loop(&mut self, at: usize, node: &mut LoopNode) -> Checked {
        let kind = node.kind;
        let name = kind.name();
        let Some((first, rest)) = node.arguments.split_first_mut() else {
            return fault(at, format!("{name}() needs an array"));
        };
        let collection = self.visit(first)?;
        if !collection.is_array() && !collection.is_unknown() {
            return fault(
                first.at,
                format!("{name}() takes an array, not a {}", collection.describe()),
            );
        }
        let Some((predicate, rest)) = rest.split_first_mut() else {
            return match kind {
                Loop::Count => Ok(Nature::Int),
                Loop::Sum if collection.is_unknown() => Ok(Nature::Unknown),
                Loop::Sum => Ok(collection.element()),
                _ => fault(at, format!("{name}() needs a predicate")),
            };
        };
        self.predicates.push(Predicate {
            collection: collection.clone(),
            index: matches!(kind, Loop::Map | Loop::Reduce),
            accumulator: kind == Loop::Reduce,
        });
        let result = self.visit(predicate);
        self.predicates.pop();
        let result = result?;
        for argument in rest {
            let nature = self.visit(argument)?;
            if kind == Loop::SortBy && nature != Nature::Text && !nature.is_unknown() {
                return fault(
                    argument.at,
                    format!("the order of sortBy() is a string, not a {}", nature.describe()),
                );
            }
        }
        if result.is_nil() {
            return fault(predicate.at, format!("the predicate of {name}() gives nothing but nil"));
        }
        outcome(kind, predicate.at, collection, result)
    }
}

/// What the loop gives, once the predicate's nature is known.
fn outcome(kind: Loop, at: usize, collection: Nature, result: Nature) -> Checked {
    let wants_bool =
        !matches!(kind, Loop::Map | Loop::Sum | Loop::GroupBy | Loop::SortBy | Loop::Reduce);
    if wants_bool && result != Nature::Bool && !result.is_unknown() {
        return fault(
            at,
            format!(
                "the predicate of {}() must give a bool, not a {}",
                kind.name(),
                result.describe()
            ),
        );
    }
    Ok(match kind {
        Loop::All | Loop::None | Loop::Any | Loop::One => Nature::Bool,
        Loop::Filter if collection.is_unknown() => Nature::any_array(),
        Loop::Filter => Nature::array(collection.element()),
        Loop::Map => Nature::array(result),
        Loop::Count | Loop::FindIndex | Loop::FindLastIndex => Nature::Int,
        Loop::Sum => result.declared(),
        Loop::Find | Loop::FindLast if collection.is_unknown() => Nature::Unknown,
        Loop::Find | Loop::FindLast => collection.element(),
        Loop::GroupBy => Nature::Map(MapType::AnyToArray),
        Loop::SortBy => collection,
        Loop::Reduce => result,
    })
}
