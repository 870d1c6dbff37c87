//! Runs a checked tree. Bounded in steps, array elements (as Go's VM) and bytes of strings.

mod loops;

use crate::access;
use crate::error::{Raised, Refusal, Unbound};
use crate::functions::{self, Call};
use crate::methods;
use crate::nature::Nature;
use crate::operators;
use crate::scope::Scope;
use crate::syntax::{Binary, Kind, Node, Pointer, Unary};
use crate::value::{Array, ArrayType, Key, Map, MapType, Text, Value};

pub(crate) type Evaluated = Result<Value, Raised>;

/// Elements of arrays and maps made in one evaluation: as expr-lang's budget.
const MAX_ELEMENTS: u64 = 1_000_000;
/// Bytes of strings made in one evaluation.
const MAX_BYTES: u64 = 256 << 20;
/// Nodes visited in one evaluation: some seconds at most.
const MAX_STEPS: u64 = 50_000_000;

/// What an evaluation has used up.
#[derive(Debug, Default)]
pub(crate) struct Budget {
    elements: u64,
    bytes: u64,
    steps: u64,
}

impl Budget {
    pub(crate) fn elements(&mut self, count: usize) -> Result<(), Refusal> {
        self.elements = self.elements.saturating_add(count as u64);
        if self.elements >= MAX_ELEMENTS {
            return Err(format!("memory budget exceeded: more than {MAX_ELEMENTS} elements").into());
        }
        Ok(())
    }

    pub(crate) fn bytes(&mut self, count: usize) -> Result<(), Refusal> {
        self.bytes = self.bytes.saturating_add(count as u64);
        if self.bytes > MAX_BYTES {
            return Err(
                format!("memory budget exceeded: more than {MAX_BYTES} bytes of strings").into()
            );
        }
        Ok(())
    }

    pub(crate) fn steps(&mut self, count: usize) -> Result<(), Refusal> {
        self.steps = self.steps.saturating_add(count as u64);
        if self.steps > MAX_STEPS {
            return Err(format!("the evaluation takes more than {MAX_STEPS} steps").into());
        }
        Ok(())
    }
}

pub(crate) fn run(program: &Node, scope: &Scope) -> Evaluated {
    let mut evaluator =
        Evaluator { scope, variables: Vec::new(), frames: Vec::new(), budget: Budget::default() };
    evaluator.value(program)
}

/// One loop over an array.
struct Frame {
    items: Array,
    index: usize,
    accumulator: Value,
    /// The items cannot be looked at.
    opaque: bool,
}

struct Evaluator<'a> {
    scope: &'a Scope,
    variables: Vec<(Text, Value)>,
    frames: Vec<Frame>,
    budget: Budget,
}

/// A nil in an optional chain jumps to the chain's end.
enum Link {
    Value(Value),
    Broken,
}

impl Evaluator<'_> {
    fn value(&mut self, node: &Node) -> Evaluated {
        self.budget.steps(1).map_err(|refusal| refusal.at(node.at))?;
        match &node.kind {
            Kind::Nil => Ok(Value::Nil),
            Kind::Integer(value) => Ok(Value::Int(*value)),
            Kind::Float(value) => Ok(Value::Float(*value)),
            Kind::Bool(value) => Ok(Value::Bool(*value)),
            Kind::Text(value) => Ok(Value::Text(value.clone())),
            Kind::Bytes(value) => Ok(Value::Bytes(value.clone())),
            Kind::Constant(value) => Ok(value.clone()),
            Kind::Identifier(name) => Ok(self.identifier(name)),
            Kind::Unary(operator, operand) => self.unary(node.at, *operator, operand),
            Kind::Binary(operator, left, right) => self.binary(node.at, *operator, left, right),
            Kind::Matches(left, pattern) => {
                let left = self.value(left)?;
                functions::matches(&left, pattern).map_err(|refusal| refusal.at(node.at))
            }
            Kind::Chain(inner) => Ok(match self.link(inner)? {
                Link::Value(value) if !value.is_nil() => value,
                _ => Value::Nil,
            }),
            Kind::Member { .. } | Kind::Call { .. } => match self.link(node)? {
                Link::Value(value) => Ok(value),
                Link::Broken => Ok(Value::Nil),
            },
            Kind::Slice { node: sliced, from, to } => {
                self.slice(node.at, sliced, from.as_deref(), to.as_deref())
            }
            Kind::Builtin { function, arguments } => {
                let mut arguments = self.values(arguments)?;
                // Unchecked arguments can be too many; Go's VM then takes the last.
                if arguments.len() > 1 && functions::takes_one(function.name) {
                    arguments.drain(..arguments.len() - 1);
                }
                let call = Call {
                    name: function.name,
                    arguments: &arguments,
                    scope: self.scope,
                    budget: &mut self.budget,
                };
                (function.run)(call).map_err(|refusal| refusal.at(node.at))
            }
            Kind::Loop(inner) => self.predicate_loop(node.at, inner),
            Kind::Predicate(body) => self.value(body),
            Kind::Pointer(pointer) => self.pointer(node.at, *pointer),
            Kind::Let { name, value, body } => {
                let value = self.value(value)?;
                self.variables.push((name.clone(), value));
                let result = self.value(body);
                self.variables.pop();
                result
            }
            Kind::Sequence(nodes) => {
                let mut last = Value::Nil;
                for node in nodes {
                    last = self.value(node)?;
                }
                Ok(last)
            }
            Kind::Conditional { condition, then, otherwise } => {
                let chosen = if self.truth(condition)? { then } else { otherwise };
                self.value(chosen)
            }
            Kind::Array(nodes) => {
                let items = self.values(nodes)?;
                self.budget.elements(items.len()).map_err(|refusal| refusal.at(node.at))?;
                Ok(Value::array(items))
            }
            Kind::Map(pairs) => self.map(node.at, pairs),
            Kind::IntegerSet(_) | Kind::TextSet(_) => {
                Err(raise(node.at, "a set stands only after in"))
            }
        }
    }

    fn values(&mut self, nodes: &[Node]) -> Result<Vec<Value>, Raised> {
        nodes.iter().map(|node| self.value(node)).collect()
    }

    fn identifier(&self, name: &Text) -> Value {
        if let Some((_, value)) = self.variables.iter().rev().find(|(known, _)| known == name) {
            return value.clone();
        }
        if name.as_bytes() == b"$env" {
            return self.scope.environment();
        }
        self.scope.variable(&name.to_str()).cloned().unwrap_or(Value::Nil)
    }

    /// A condition must be a bool: nil is none.
    fn truth(&mut self, node: &Node) -> Result<bool, Raised> {
        let value = self.value(node)?;
        value
            .as_bool()
            .ok_or_else(|| raise(node.at, format!("expected a bool, got {}", value.type_name())))
    }

    fn unary(&mut self, at: usize, operator: Unary, operand: &Node) -> Evaluated {
        match operator {
            Unary::Not => Ok(Value::Bool(!self.truth(operand)?)),
            Unary::Negate => {
                operators::negate(&self.value(operand)?).map_err(|refusal| refusal.at(at))
            }
            Unary::Plus => self.value(operand),
        }
    }

    fn binary(&mut self, at: usize, operator: Binary, left: &Node, right: &Node) -> Evaluated {
        match operator {
            // The right side is not checked to be a bool: it becomes the result.
            Binary::And => {
                return if self.truth(left)? { self.value(right) } else { Ok(Value::Bool(false)) };
            }
            Binary::Or => {
                return if self.truth(left)? { Ok(Value::Bool(true)) } else { self.value(right) };
            }
            Binary::Coalesce => {
                let value = self.value(left)?;
                return if value.is_nil() { self.value(right) } else { Ok(value) };
            }
            _ => {}
        }
        let a = self.value(left)?;
        let outcome = match (operator, &right.kind) {
            (Binary::In, Kind::TextSet(set)) => operators::in_texts(&a, set).map(Value::Bool),
            (Binary::In, Kind::IntegerSet(set)) => operators::in_integers(&a, set).map(Value::Bool),
            _ => {
                let b = self.value(right)?;
                self.strict(operator, &a, &b, (&left.nature, &right.nature))
            }
        };
        outcome.map_err(|refusal| refusal.at(at))
    }

    /// An operator whose sides are both evaluated.
    fn strict(
        &mut self,
        operator: Binary,
        a: &Value,
        b: &Value,
        natures: (&Nature, &Nature),
    ) -> operators::Outcome {
        let text = |value: &Value| {
            value.as_text().cloned().ok_or_else(|| {
                Refusal::from(format!("expected a string, got {}", value.type_name()))
            })
        };
        match operator {
            Binary::Equal | Binary::NotEqual => {
                let certain = match natures {
                    (Nature::Int, Nature::Int) => matches!((a, b), (Value::Int(_), Value::Int(_))),
                    (Nature::Text, Nature::Text) => {
                        matches!((a, b), (Value::Text(_), Value::Text(_)))
                    }
                    _ => true,
                };
                if !certain {
                    return Err(format!(
                        "cannot compare {} and {} here",
                        a.type_name(),
                        b.type_name()
                    )
                    .into());
                }
                Ok(Value::Bool(operators::equal(a, b) == (operator == Binary::Equal)))
            }
            Binary::Less | Binary::More | Binary::LessOrEqual | Binary::MoreOrEqual => {
                operators::compare(operator, a, b).map(Value::Bool)
            }
            Binary::In => operators::contains(a, b).map(Value::Bool),
            Binary::Range => self.range(operators::to_int(a)?, operators::to_int(b)?),
            Binary::Matches => functions::matches_any(a, b),
            Binary::Contains | Binary::StartsWith | Binary::EndsWith
                if a.is_nil() || b.is_nil() =>
            {
                Ok(Value::Bool(false))
            }
            Binary::Contains => {
                Ok(Value::Bool(functions::find(text(a)?.as_bytes(), text(b)?.as_bytes()).is_some()))
            }
            Binary::StartsWith => {
                Ok(Value::Bool(text(a)?.as_bytes().starts_with(text(b)?.as_bytes())))
            }
            Binary::EndsWith => Ok(Value::Bool(text(a)?.as_bytes().ends_with(text(b)?.as_bytes()))),
            _ => {
                let value = operators::arithmetic(operator, a, b)?;
                if let Value::Text(text) = &value {
                    self.budget.bytes(text.len())?;
                }
                Ok(value)
            }
        }
    }

    fn range(&mut self, from: i64, to: i64) -> operators::Outcome {
        let size = to.wrapping_sub(from).wrapping_add(1).max(0);
        self.budget.elements(usize::try_from(size).unwrap_or(usize::MAX))?;
        let items = (0..size).map(|offset| Value::Int(from.wrapping_add(offset))).collect();
        Ok(Value::Array(Array::new(ArrayType::Int, items)))
    }

    fn slice(
        &mut self,
        at: usize,
        node: &Node,
        from: Option<&Node>,
        to: Option<&Node>,
    ) -> Evaluated {
        let value = self.value(node)?;
        let to = match to {
            Some(to) => self.value(to)?,
            None => Value::Int(access::slice_length(&value).map_err(|refusal| refusal.at(at))?),
        };
        let from = match from {
            Some(from) => self.value(from)?,
            None => Value::Int(0),
        };
        let sliced = access::slice(&value, &from, &to).map_err(|refusal| refusal.at(at))?;
        if let Value::Array(array) = &sliced {
            self.budget.steps(array.items.len()).map_err(|refusal| refusal.at(at))?;
        }
        Ok(sliced)
    }

    /// A member or a call; `Broken` when an optional part of it is nil.
    fn link(&mut self, node: &Node) -> Result<Link, Raised> {
        match &node.kind {
            Kind::Member { node: base, property, optional, .. } => {
                let value = match self.link(base)? {
                    Link::Value(value) => value,
                    Link::Broken => return Ok(Link::Broken),
                };
                if *optional && value.is_nil() {
                    return Ok(Link::Broken);
                }
                let key = self.value(property)?;
                access::fetch(&value, &key).map(Link::Value).map_err(|refusal| refusal.at(node.at))
            }
            Kind::Call { callee, arguments } => {
                let arguments = self.values(arguments)?;
                let callee = match self.link(callee)? {
                    Link::Value(value) => value,
                    Link::Broken => return Ok(Link::Broken),
                };
                self.budget.steps(1).map_err(|refusal| refusal.at(node.at))?;
                methods::call(&callee, &arguments)
                    .map(Link::Value)
                    .map_err(|refusal| refusal.at(node.at))
            }
            _ => self.value(node).map(Link::Value),
        }
    }

    fn pointer(&self, at: usize, pointer: Pointer) -> Evaluated {
        let Some(frame) = self.frames.last() else {
            return Err(raise(at, "# stands only inside a predicate"));
        };
        match pointer {
            Pointer::Item if frame.opaque => {
                Err(raise(at, "the items of a map cannot be looped over"))
            }
            Pointer::Item => frame
                .items
                .items
                .get(frame.index)
                .cloned()
                .ok_or_else(|| raise(at, "the array is empty")),
            Pointer::Index => Ok(Value::Int(i64::try_from(frame.index).unwrap_or(i64::MAX))),
            Pointer::Accumulator => Ok(frame.accumulator.clone()),
            Pointer::Unknown => Err(raise(at, "unknown pointer")),
        }
    }

    fn map(&mut self, at: usize, pairs: &[(Node, Node)]) -> Evaluated {
        let mut evaluated = Vec::with_capacity(pairs.len());
        for (key, value) in pairs {
            let key_value = self.value(key)?;
            evaluated.push((key_value, self.value(value)?));
        }
        self.budget.elements(pairs.len()).map_err(|refusal| refusal.at(at))?;
        let mut entries = std::collections::BTreeMap::new();
        // The first of equal keys wins, as in Go's VM.
        for (key, value) in evaluated.into_iter().rev() {
            let Value::Text(key) = key else {
                return Err(raise(
                    at,
                    format!("a map key must be a string, got {}", key.type_name()),
                ));
            };
            entries.insert(Key::Text(key), value);
        }
        Ok(Value::Map(Map::new(MapType::TextToAny, entries)))
    }
}

fn raise(at: usize, message: impl Into<String>) -> Raised {
    Raised::Fault(Unbound::new(at, message))
}
