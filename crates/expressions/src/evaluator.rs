//! Runs a checked tree on an operand stack, as Go's VM: what that VM forgets to take off (`findLast`, arguments of a
//! broken chain) is seen by the operators around, so it is left here too. Bounded in steps, array elements (as Go's VM) and bytes of strings.

mod loops;
mod members;

use crate::error::{Raised, Refusal, Unbound};
use crate::functions::{self, Call, Function};
use crate::nature::Nature;
use crate::operators;
use crate::scope::Scope;
use crate::syntax::{Binary, Kind, Node, Pointer, Unary};
use crate::value::{Array, ArrayType, Text, Value};

pub(crate) type Evaluated = Result<Value, Raised>;

/// Elements of arrays and maps made in one evaluation: as expr-lang's budget.
const MAX_ELEMENTS: u64 = 1_000_000;
/// Bytes of strings made in one evaluation.
const MAX_BYTES: u64 = 256 << 20;
/// Levels of arrays and maps in a value: comparing and dropping it costs stack.
const MAX_NESTING: u32 = 128;
/// Operands waiting: only leftovers of loops can become that many.
const MAX_OPERANDS: usize = 1 << 20;
/// Nodes visited in one evaluation: a second at most.
const MAX_STEPS: u64 = 5_000_000;

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
    let mut evaluator = Evaluator {
        scope,
        variables: Vec::new(),
        frames: Vec::new(),
        operands: Vec::new(),
        budget: Budget::default(),
    };
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
    operands: Vec<Value>,
    budget: Budget,
}

impl Evaluator<'_> {
    /// Evaluates and puts the value on the stack.
    fn push(&mut self, node: &Node) -> Result<(), Raised> {
        let value = self.value(node)?;
        self.operand(node.at, value)
    }

    fn operand(&mut self, at: usize, value: Value) -> Result<(), Raised> {
        if self.operands.len() >= MAX_OPERANDS {
            return Err(raise(at, "memory budget exceeded: too many operands"));
        }
        self.operands.push(value);
        Ok(())
    }

    fn pop(&mut self, at: usize) -> Evaluated {
        self.operands.pop().ok_or_else(|| raise(at, "an argument is missing"))
    }

    /// The topmost operands, in the order they were put there.
    fn pop_all(&mut self, at: usize, count: usize) -> Result<Vec<Value>, Raised> {
        let from = self
            .operands
            .len()
            .checked_sub(count)
            .ok_or_else(|| raise(at, "an argument is missing"))?;
        Ok(self.operands.split_off(from))
    }

    fn value(&mut self, node: &Node) -> Evaluated {
        self.budget.steps(1).map_err(|refusal| refusal.at(node.at))?;
        let value = self.compute(node)?;
        if value.depth() > MAX_NESTING {
            return Err(raise(node.at, "arrays and maps are nested too deeply"));
        }
        Ok(value)
    }

    fn compute(&mut self, node: &Node) -> Evaluated {
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
                functions::matches(&left, pattern, &mut self.budget)
                    .map_err(|refusal| refusal.at(node.at))
            }
            Kind::Chain(inner) => {
                self.link(inner)?;
                let value = self.pop(node.at)?;
                Ok(if value.is_nil() { Value::Nil } else { value })
            }
            Kind::Member { .. } | Kind::Call { .. } => {
                self.link(node)?;
                self.pop(node.at)
            }
            Kind::Slice { node: sliced, from, to } => {
                self.slice(node.at, sliced, from.as_deref(), to.as_deref())
            }
            Kind::Builtin { function, arguments } => self.builtin(node.at, function, arguments),
            Kind::Loop(inner) => self.predicate_loop(node.at, inner),
            Kind::Predicate(body) => self.value(body),
            Kind::Pointer(pointer) => self.pointer(node.at, *pointer),
            Kind::Let { name, value, body } => self.declare(name, value, body),
            Kind::Sequence(nodes) => nodes.iter().try_fold(Value::Nil, |_, node| self.value(node)),
            Kind::Conditional { condition, then, otherwise } => {
                let chosen = if self.truth(condition)? { then } else { otherwise };
                self.value(chosen)
            }
            Kind::Array(nodes) => {
                let items = self.values(node.at, nodes)?;
                self.budget.elements(items.len()).map_err(|refusal| refusal.at(node.at))?;
                Ok(Value::array(items))
            }
            Kind::Map(pairs) => self.map(node.at, pairs),
            Kind::IntegerSet(_) | Kind::TextSet(_) => {
                Err(raise(node.at, "a set stands only after in"))
            }
        }
    }

    fn builtin(&mut self, at: usize, function: &'static Function, arguments: &[Node]) -> Evaluated {
        let given = arguments.len();
        for argument in arguments {
            self.push(argument)?;
        }
        // Unchecked arguments can be too many; Go's VM then takes the last and leaves the others.
        let taken = if functions::takes_one(function.name) { 1 } else { given };
        let arguments = self.pop_all(at, taken)?;
        self.budget.steps(arguments.iter().map(weight).sum()).map_err(|refusal| refusal.at(at))?;
        let call = Call {
            name: function.name,
            arguments: &arguments,
            scope: self.scope,
            budget: &mut self.budget,
        };
        (function.run)(call).map_err(|refusal| refusal.at(at))
    }

    fn declare(&mut self, name: &Text, value: &Node, body: &Node) -> Evaluated {
        let value = self.value(value)?;
        self.variables.push((name.clone(), value));
        let result = self.value(body);
        self.variables.pop();
        result
    }

    fn values(&mut self, at: usize, nodes: &[Node]) -> Result<Vec<Value>, Raised> {
        for node in nodes {
            self.push(node)?;
        }
        self.pop_all(at, nodes.len())
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
        self.push(left)?;
        let outcome = match (operator, &right.kind) {
            (Binary::In, Kind::TextSet(set)) => {
                operators::in_texts(&self.pop(at)?, set).map(Value::Bool)
            }
            (Binary::In, Kind::IntegerSet(set)) => {
                operators::in_integers(&self.pop(at)?, set).map(Value::Bool)
            }
            _ => {
                self.push(right)?;
                let (b, a) = (self.pop(at)?, self.pop(at)?);
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
        self.budget.steps(weight(a) + weight(b))?;
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
            Binary::Matches => functions::matches_any(a, b, &mut self.budget),
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
}

/// How many steps looking at a whole value counts for.
fn weight(value: &Value) -> usize {
    value.size() / 8
}

fn raise(at: usize, message: impl Into<String>) -> Raised {
    Raised::Fault(Unbound::new(at, message))
}
