//! The syntax tree.

use std::sync::Arc;

use crate::functions::Function;
use crate::nature::Nature;
use crate::pattern::Pattern;
use crate::value::{Text, Value};

#[derive(Clone, Debug)]
pub(crate) struct Node {
    pub(crate) kind: Kind,
    /// Where it stands, in characters from the start.
    pub(crate) at: usize,
    /// What the checker is certain of.
    pub(crate) nature: Nature,
    /// Levels below, and itself.
    pub(crate) height: u16,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Unary {
    Not,
    Negate,
    Plus,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Binary {
    Pipe,
    Or,
    And,
    Equal,
    NotEqual,
    Less,
    More,
    MoreOrEqual,
    LessOrEqual,
    In,
    Matches,
    Contains,
    StartsWith,
    EndsWith,
    Range,
    Add,
    Subtract,
    Multiply,
    Divide,
    Modulo,
    Power,
    Coalesce,
}

impl Binary {
    /// The operator, how tightly it binds, and whether it groups to the right.
    pub(crate) fn of(operator: &str) -> Option<(Self, u16, bool)> {
        Some(match operator {
            "|" => (Self::Pipe, 0, false),
            "or" | "||" => (Self::Or, 10, false),
            "and" | "&&" => (Self::And, 15, false),
            "==" => (Self::Equal, 20, false),
            "!=" => (Self::NotEqual, 20, false),
            "<" => (Self::Less, 20, false),
            ">" => (Self::More, 20, false),
            ">=" => (Self::MoreOrEqual, 20, false),
            "<=" => (Self::LessOrEqual, 20, false),
            "in" => (Self::In, 20, false),
            "matches" => (Self::Matches, 20, false),
            "contains" => (Self::Contains, 20, false),
            "startsWith" => (Self::StartsWith, 20, false),
            "endsWith" => (Self::EndsWith, 20, false),
            ".." => (Self::Range, 25, false),
            "+" => (Self::Add, 30, false),
            "-" => (Self::Subtract, 30, false),
            "*" => (Self::Multiply, 60, false),
            "/" => (Self::Divide, 60, false),
            "%" => (Self::Modulo, 60, false),
            "**" | "^" => (Self::Power, 100, true),
            "??" => (Self::Coalesce, 500, false),
            _ => return None,
        })
    }

    pub(crate) fn is_comparison(self) -> bool {
        matches!(self, Self::Less | Self::More | Self::LessOrEqual | Self::MoreOrEqual)
    }

    pub(crate) fn symbol(self) -> &'static str {
        match self {
            Self::Pipe => "|",
            Self::Or => "or",
            Self::And => "and",
            Self::Equal => "==",
            Self::NotEqual => "!=",
            Self::Less => "<",
            Self::More => ">",
            Self::MoreOrEqual => ">=",
            Self::LessOrEqual => "<=",
            Self::In => "in",
            Self::Matches => "matches",
            Self::Contains => "contains",
            Self::StartsWith => "startsWith",
            Self::EndsWith => "endsWith",
            Self::Range => "..",
            Self::Add => "+",
            Self::Subtract => "-",
            Self::Multiply => "*",
            Self::Divide => "/",
            Self::Modulo => "%",
            Self::Power => "**",
            Self::Coalesce => "??",
        }
    }
}

/// What `#` stands for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Pointer {
    Item,
    Index,
    Accumulator,
    Unknown,
}

/// Functions that take a predicate; the evaluator knows them by name.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Loop {
    All,
    None,
    Any,
    One,
    Filter,
    Map,
    Count,
    Sum,
    Find,
    FindIndex,
    FindLast,
    FindLastIndex,
    GroupBy,
    SortBy,
    Reduce,
}

impl Loop {
    pub(crate) fn of(name: &str) -> Option<Self> {
        Some(match name {
            "all" => Self::All,
            "none" => Self::None,
            "any" => Self::Any,
            "one" => Self::One,
            "filter" => Self::Filter,
            "map" => Self::Map,
            "count" => Self::Count,
            "sum" => Self::Sum,
            "find" => Self::Find,
            "findIndex" => Self::FindIndex,
            "findLast" => Self::FindLast,
            "findLastIndex" => Self::FindLastIndex,
            "groupBy" => Self::GroupBy,
            "sortBy" => Self::SortBy,
            "reduce" => Self::Reduce,
            _ => return None,
        })
    }

    pub(crate) fn name(self) -> &'static str {
        match self {
            Self::All => "all",
            Self::None => "none",
            Self::Any => "any",
            Self::One => "one",
            Self::Filter => "filter",
            Self::Map => "map",
            Self::Count => "count",
            Self::Sum => "sum",
            Self::Find => "find",
            Self::FindIndex => "findIndex",
            Self::FindLast => "findLast",
            Self::FindLastIndex => "findLastIndex",
            Self::GroupBy => "groupBy",
            Self::SortBy => "sortBy",
            Self::Reduce => "reduce",
        }
    }
}

/// A loop over an array: `filter(xs, .n > 1)`.
#[derive(Clone, Debug)]
pub(crate) struct LoopNode {
    pub(crate) kind: Loop,
    pub(crate) arguments: Vec<Node>,
    /// Applied to what `filter` or `find` keeps (`map(filter(…), …)` in one pass).
    pub(crate) map: Option<Box<Node>>,
    /// `find` that fails instead of giving nil (`filter(…)[0]`).
    pub(crate) throws: bool,
    /// `count` may stop here.
    pub(crate) threshold: Option<i64>,
}

impl LoopNode {
    pub(crate) fn new(kind: Loop, arguments: Vec<Node>) -> Self {
        Self { kind, arguments, map: None, throws: false, threshold: None }
    }
}

#[derive(Clone, Debug)]
pub(crate) enum Kind {
    Nil,
    Identifier(Text),
    Integer(i64),
    Float(f64),
    Bool(bool),
    Text(Text),
    Bytes(Text),
    Constant(Value),
    /// A set of constants to look a value up in, all integers or all strings.
    IntegerSet(Arc<[i64]>),
    TextSet(Arc<[Text]>),
    Unary(Unary, Box<Node>),
    Binary(Binary, Box<Node>, Box<Node>),
    /// `matches` with a pattern known beforehand.
    Matches(Box<Node>, Pattern),
    /// The end of an optional chain: a nil inside ends up here.
    Chain(Box<Node>),
    Member {
        node: Box<Node>,
        property: Box<Node>,
        optional: bool,
        method: bool,
    },
    Slice {
        node: Box<Node>,
        from: Option<Box<Node>>,
        to: Option<Box<Node>>,
    },
    Call {
        callee: Box<Node>,
        arguments: Vec<Node>,
    },
    Builtin {
        function: &'static Function,
        arguments: Vec<Node>,
    },
    Loop(LoopNode),
    Predicate(Box<Node>),
    Pointer(Pointer),
    Let {
        name: Text,
        value: Box<Node>,
        body: Box<Node>,
    },
    Sequence(Vec<Node>),
    Conditional {
        condition: Box<Node>,
        then: Box<Node>,
        otherwise: Box<Node>,
    },
    Array(Vec<Node>),
    Map(Vec<(Node, Node)>),
}

/// The children of a node, by reference or mutably: whatever `$kind` is.
macro_rules! each_child {
    ($kind:expr, $visit:ident) => {
        match $kind {
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
            | Kind::Matches(node, _) => $visit(node),
            Kind::Binary(_, left, right)
            | Kind::Member { node: left, property: right, .. }
            | Kind::Let { value: left, body: right, .. } => {
                $visit(left);
                $visit(right);
            }
            Kind::Slice { node, from, to } => {
                $visit(node);
                for bound in from.into_iter().chain(to) {
                    $visit(bound);
                }
            }
            Kind::Call { callee, arguments } => {
                $visit(callee);
                for argument in arguments {
                    $visit(argument);
                }
            }
            Kind::Builtin { arguments: nodes, .. }
            | Kind::Loop(LoopNode { arguments: nodes, .. })
            | Kind::Sequence(nodes)
            | Kind::Array(nodes) => {
                for node in nodes {
                    $visit(node);
                }
            }
            Kind::Conditional { condition, then, otherwise } => {
                $visit(condition);
                $visit(then);
                $visit(otherwise);
            }
            Kind::Map(pairs) => {
                for (key, value) in pairs {
                    $visit(key);
                    $visit(value);
                }
            }
        }
    };
}

impl Node {
    pub(crate) fn new(kind: Kind, at: usize) -> Self {
        Self { kind, at, nature: Nature::Unknown, height: 1 }
    }

    /// Calls `visit` on every direct child.
    pub(crate) fn children<'a>(&'a self, visit: &mut dyn FnMut(&'a Self)) {
        each_child!(&self.kind, visit);
    }

    pub(crate) fn children_mut(&mut self, visit: &mut dyn FnMut(&mut Self)) {
        each_child!(&mut self.kind, visit);
    }
}
