//! Refuses what cannot work before anything runs, exactly where expr-lang's checker does.
//! Its gaps are kept too (arguments of unknown callees and slices of unknown values are not looked at).

mod calls;
mod loops;
mod operators;

use crate::error::Unbound;
use crate::functions;
use crate::methods;
use crate::nature::Nature;
use crate::scope::Scope;
use crate::syntax::{Kind, Node, Pointer, Unary};
use crate::value::{MapType, Text};

pub(crate) type Checked = Result<Nature, Unbound>;

pub(crate) fn check(tree: &mut Node, scope: &Scope) -> Result<(), Unbound> {
    let mut checker = Checker { scope, variables: Vec::new(), predicates: Vec::new() };
    checker.visit(tree).map(|_| ())
}

/// What `#` and its names mean inside a predicate.
struct Predicate {
    collection: Nature,
    index: bool,
    accumulator: bool,
}

struct Checker<'a> {
    scope: &'a Scope,
    variables: Vec<(Text, Nature)>,
    predicates: Vec<Predicate>,
}

fn fault(at: usize, message: impl Into<String>) -> Checked {
    Err(Unbound::new(at, message))
}

impl Checker<'_> {
    fn visit(&mut self, node: &mut Node) -> Checked {
        let at = node.at;
        let nature = match &mut node.kind {
            Kind::Nil => Nature::Nil,
            Kind::Identifier(name) => self.identifier(&name.clone()),
            Kind::Integer(_) => Nature::Int,
            Kind::Float(_) => Nature::Float,
            Kind::Bool(_) => Nature::Bool,
            Kind::Text(_) => Nature::Text,
            Kind::Bytes(_) => Nature::Bytes,
            Kind::Constant(value) => Nature::of_value(value),
            Kind::IntegerSet(_) | Kind::TextSet(_) => Nature::Map(MapType::TextToAny),
            Kind::Unary(operator, operand) => {
                let operator = *operator;
                let operand = self.visit(operand)?;
                unary(at, operator, operand)?
            }
            Kind::Binary(operator, left, right) => {
                let operator = *operator;
                let (left_nature, right_nature) = (self.visit(left)?, self.visit(right)?);
                operators::binary(at, operator, &left_nature, &right_nature, right)?
            }
            Kind::Matches(node, _) => {
                self.visit(node)?;
                Nature::Bool
            }
            Kind::Chain(inner) => self.visit(inner)?,
            Kind::Member { node, property, method, .. } => {
                let method = *method;
                self.member(at, node, property, method)?
            }
            Kind::Slice { node, from, to } => {
                self.slice(at, node, from.as_deref_mut(), to.as_deref_mut())?
            }
            Kind::Call { callee, arguments } => self.call(at, callee, arguments)?,
            Kind::Builtin { function, arguments } => {
                let function = *function;
                self.builtin(at, function, arguments)?
            }
            Kind::Loop(node) => self.predicate_loop(at, node)?,
            Kind::Predicate(body) => self.visit(body)?,
            Kind::Pointer(pointer) => self.pointer(at, *pointer)?,
            Kind::Let { name, value, body } => {
                let name = name.clone();
                self.variable(at, name, value, body)?
            }
            Kind::Sequence(nodes) => self.last(nodes)?,
            Kind::Conditional { condition, then, otherwise } => {
                self.conditional(condition, then, otherwise)?
            }
            Kind::Array(nodes) => self.array(nodes)?,
            Kind::Map(pairs) => self.map(pairs)?,
        };
        node.nature = nature.clone();
        Ok(nature)
    }

    fn last(&mut self, nodes: &mut [Node]) -> Checked {
        nodes.iter_mut().try_fold(Nature::Unknown, |_, node| self.visit(node))
    }

    fn map(&mut self, pairs: &mut [(Node, Node)]) -> Checked {
        for (key, value) in pairs {
            self.visit(key)?;
            self.visit(value)?;
        }
        Ok(Nature::Map(MapType::TextToAny))
    }

    fn identifier(&self, name: &Text) -> Nature {
        if let Some((_, nature)) = self.variables.iter().rev().find(|(known, _)| known == name) {
            return nature.clone();
        }
        let name = name.to_str();
        if name != "$env"
            && (functions::is_builtin(&name) || functions::offered(&name, self.scope).is_some())
        {
            return Nature::Function(Box::new(Nature::Unknown));
        }
        Nature::Unknown
    }

    fn member(&mut self, at: usize, node: &mut Node, property: &mut Node, method: bool) -> Checked {
        if matches!(&node.kind, Kind::Identifier(name) if name.as_bytes() == b"$env") {
            return Ok(Nature::Unknown);
        }
        let base = self.visit(node)?;
        let key = self.visit(property)?;
        if base.is_unknown() {
            return Ok(Nature::Unknown);
        }
        let name = match &property.kind {
            Kind::Text(name) => Some(name.to_str().into_owned()),
            _ => None,
        };
        if let Some(name) = &name {
            if base.is_nil() {
                return fault(at, format!("nil has no field {name}"));
            }
            if let Some(known) = methods::find(&base, name) {
                return Ok(Nature::Function(Box::new((known.returns)())));
            }
        }
        match &base {
            Nature::Map(_) => {
                let fits = if base.has_text_keys() {
                    matches!(key, Nature::Text)
                } else {
                    key.assignable_to(&Nature::Any)
                };
                if !fits && !key.is_unknown() {
                    return fault(
                        property.at,
                        format!("a {} cannot be a key of this map", key.describe()),
                    );
                }
                Ok(base.element())
            }
            Nature::Array(..) | Nature::Bytes => {
                if !key.is_integer() && !key.is_unknown() {
                    let message = format!(
                        "an element of an array is selected by an integer, not by a {}",
                        key.describe()
                    );
                    return fault(property.at, message);
                }
                Ok(base.element())
            }
            // Fields of host structures are looked up when running; a name that is wrong is an error either way.
            Nature::Structure(_) if name.is_some() && !method => Ok(Nature::Unknown),
            _ => {
                let name = name.unwrap_or_else(|| "[…]".to_owned());
                let what = if method { "method" } else { "field" };
                fault(at, format!("a {} has no {what} {name}", base.describe()))
            }
        }
    }

    fn slice(
        &mut self,
        at: usize,
        node: &mut Node,
        from: Option<&mut Node>,
        to: Option<&mut Node>,
    ) -> Checked {
        let base = self.visit(node)?;
        if base.is_unknown() {
            return Ok(Nature::Unknown);
        }
        if !base.is_array() && base != Nature::Text {
            return fault(at, format!("cannot slice a {}", base.describe()));
        }
        for bound in [from, to].into_iter().flatten() {
            let nature = self.visit(bound)?;
            if !nature.is_integer() && !nature.is_unknown() {
                return fault(
                    bound.at,
                    format!("a slice bound must be an integer, not a {}", nature.describe()),
                );
            }
        }
        Ok(base)
    }

    fn pointer(&self, at: usize, pointer: Pointer) -> Checked {
        let Some(predicate) = self.predicates.last() else {
            return fault(at, "# stands only inside a predicate");
        };
        match pointer {
            Pointer::Item if predicate.collection.is_unknown() => Ok(Nature::Unknown),
            Pointer::Item => Ok(predicate.collection.element()),
            Pointer::Index if predicate.index => Ok(Nature::Int),
            Pointer::Accumulator if predicate.accumulator => Ok(Nature::Unknown),
            _ => fault(
                at,
                "unknown pointer: # is the item; #index exists in map and reduce, #acc in reduce",
            ),
        }
    }

    fn variable(&mut self, at: usize, name: Text, value: &mut Node, body: &mut Node) -> Checked {
        let shown = name.to_str().into_owned();
        if functions::is_builtin(&shown) || functions::offered(&shown, self.scope).is_some() {
            return fault(at, format!("cannot redeclare the function {shown}"));
        }
        if self.variables.iter().any(|(known, _)| *known == name) {
            return fault(at, format!("cannot redeclare the variable {shown}"));
        }
        let nature = self.visit(value)?;
        self.variables.push((name, nature));
        let body = self.visit(body);
        self.variables.pop();
        body
    }

    fn conditional(
        &mut self,
        condition: &mut Node,
        then: &mut Node,
        otherwise: &mut Node,
    ) -> Checked {
        let nature = self.visit(condition)?;
        if nature != Nature::Bool && !nature.is_unknown() {
            return fault(condition.at, format!("a {} cannot be a condition", nature.describe()));
        }
        let (then, otherwise) = (self.visit(then)?, self.visit(otherwise)?);
        Ok(match (then.is_nil(), otherwise.is_nil()) {
            (true, _) => otherwise,
            (_, true) => then,
            _ if !then.assignable_to(&otherwise) => Nature::Unknown,
            _ => {
                if then.is_array() && otherwise.is_array() {
                    let (left, right) = (then.element(), otherwise.element());
                    if !left.assignable_to(&right) || !right.assignable_to(&left) {
                        return Ok(Nature::any_array());
                    }
                }
                then
            }
        })
    }

    fn array(&mut self, nodes: &mut [Node]) -> Checked {
        let mut last = Nature::Unknown;
        let mut same = true;
        for (index, node) in nodes.iter_mut().enumerate() {
            let nature = self.visit(node)?;
            same &= index == 0 || nature.kind() == last.kind();
            last = nature;
        }
        Ok(if same { Nature::array(last) } else { Nature::any_array() })
    }
}

fn unary(at: usize, operator: Unary, operand: Nature) -> Checked {
    match operator {
        Unary::Not if operand == Nature::Bool || operand.is_unknown() => Ok(Nature::Bool),
        Unary::Negate | Unary::Plus if operand.is_number() => Ok(operand),
        Unary::Negate | Unary::Plus if operand.is_unknown() => Ok(Nature::Unknown),
        _ => {
            let symbol = match operator {
                Unary::Not => "not",
                Unary::Negate => "-",
                Unary::Plus => "+",
            };
            fault(at, format!("invalid operation: {symbol} of a {}", operand.describe()))
        }
    }
}
