//! Which operand types an operator accepts.

use super::{Checked, fault};
use crate::nature::Nature;
use crate::pattern::Pattern;
use crate::syntax::{Binary, Kind, Node};

pub(super) fn binary(
    at: usize,
    operator: Binary,
    left: &Nature,
    right: &Nature,
    right_node: &Node,
) -> Checked {
    let known = match operator {
        Binary::Equal | Binary::NotEqual => left.comparable_to(right).then_some(Nature::Bool),
        Binary::Or | Binary::And => both(left, right, is_bool).then_some(Nature::Bool),
        Binary::Less | Binary::More | Binary::LessOrEqual | Binary::MoreOrEqual => {
            (same(left, right) || left.maybe(right, orderable)).then_some(Nature::Bool)
        }
        Binary::Add | Binary::Subtract | Binary::Multiply => arithmetic(operator, left, right),
        Binary::Divide | Binary::Power => {
            both(left, right, Nature::is_number).then_some(Nature::Float)
        }
        Binary::Modulo => both(left, right, Nature::is_integer).then_some(Nature::Int),
        Binary::Range => both(left, right, Nature::is_integer).then(|| Nature::array(Nature::Int)),
        Binary::In => return membership(at, left, right),
        Binary::Matches => {
            if let Kind::Text(pattern) = &right_node.kind {
                Pattern::new(&pattern.to_str())
                    .or_else(|message| fault(at, message).map(|_| Pattern::default()))?;
            }
            let fits = matches!(left, Nature::Text | Nature::Bytes) && *right == Nature::Text;
            (fits || left.maybe(right, is_text)).then_some(Nature::Bool)
        }
        Binary::Contains | Binary::StartsWith | Binary::EndsWith => {
            both(left, right, is_text).then_some(Nature::Bool)
        }
        Binary::Coalesce => Some(coalesce(left, right)),
        Binary::Pipe => None,
    };
    known.map_or_else(
        || {
            let message = format!(
                "invalid operation: {} {} {}",
                left.describe(),
                operator.symbol(),
                right.describe()
            );
            fault(at, message)
        },
        Ok,
    )
}

fn is_bool(nature: &Nature) -> bool {
    *nature == Nature::Bool
}

fn is_text(nature: &Nature) -> bool {
    *nature == Nature::Text
}

fn both(left: &Nature, right: &Nature, check: impl Fn(&Nature) -> bool) -> bool {
    (check(left) && check(right)) || left.maybe(right, check)
}

fn orderable(nature: &Nature) -> bool {
    nature.is_number() || matches!(nature, Nature::Text | Nature::Time | Nature::Duration)
}

fn same(left: &Nature, right: &Nature) -> bool {
    (left.is_number() && right.is_number())
        || (left == right && matches!(left, Nature::Text | Nature::Time | Nature::Duration))
}

fn arithmetic(operator: Binary, left: &Nature, right: &Nature) -> Option<Nature> {
    if left.is_number() && right.is_number() {
        let float = *left == Nature::Float || *right == Nature::Float;
        return Some(if float { Nature::Float } else { Nature::Int });
    }
    let certain = match (operator, left, right) {
        (Binary::Add, Nature::Text, Nature::Text) => Some(Nature::Text),
        (Binary::Add, Nature::Time, Nature::Duration)
        | (Binary::Add, Nature::Duration, Nature::Time) => Some(Nature::Time),
        (Binary::Subtract, Nature::Time, Nature::Time) => Some(Nature::Duration),
        (Binary::Subtract, Nature::Time, Nature::Duration) => Some(Nature::Time),
        (_, Nature::Duration, Nature::Duration) => Some(Nature::Duration),
        (Binary::Multiply, Nature::Duration, number)
        | (Binary::Multiply, number, Nature::Duration)
            if number.is_number() =>
        {
            Some(Nature::Duration)
        }
        _ => None,
    };
    certain.or_else(|| {
        let check = |nature: &Nature| {
            nature.is_number()
                || *nature == Nature::Duration
                || (operator != Binary::Multiply && *nature == Nature::Time)
                || (operator == Binary::Add && *nature == Nature::Text)
        };
        left.maybe(right, check).then_some(Nature::Unknown)
    })
}

fn membership(at: usize, left: &Nature, right: &Nature) -> Checked {
    let structure = matches!(right, Nature::Structure(_) | Nature::Time);
    if structure && (*left == Nature::Text || left.is_unknown()) {
        return Ok(Nature::Bool);
    }
    if let Nature::Map(_) = right {
        let fits = if right.has_text_keys() {
            *left == Nature::Text
        } else {
            left.assignable_to(&Nature::Any)
        };
        if !left.is_unknown() && !fits {
            return fault(at, format!("a {} cannot be a key of this map", left.describe()));
        }
        return Ok(Nature::Bool);
    }
    if right.is_array() {
        let element = right.element();
        if !left.comparable_to(&element) {
            return fault(
                at,
                format!("a {} cannot be in an array of {}", left.describe(), element.describe()),
            );
        }
        return Ok(Nature::Bool);
    }
    if right.is_unknown() || (left.is_unknown() && *right == Nature::Text) {
        return Ok(Nature::Bool);
    }
    fault(at, format!("invalid operation: {} in {}", left.describe(), right.describe()))
}

fn coalesce(left: &Nature, right: &Nature) -> Nature {
    match (left.is_nil(), right.is_nil()) {
        (true, _) => right.clone(),
        (_, true) => left.clone(),
        _ if right.assignable_to(left) => left.clone(),
        _ => Nature::Unknown,
    }
}
