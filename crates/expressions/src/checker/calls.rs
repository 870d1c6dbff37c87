//! Calls: how many arguments a function takes and of which types.

use super::{Checked, Checker, fault};
use crate::functions::{Check, Function, Parameter, Signature};
use crate::methods;
use crate::nature::Nature;
use crate::syntax::{Kind, Node};

impl Checker<'_> {
    pub(super) fn call(&mut self, at: usize, callee: &mut Node, arguments: &mut [Node]) -> Checked {
        if matches!(&callee.kind, Kind::Identifier(name) if name.as_bytes() == b"$env") {
            return fault(at, "$env cannot be called");
        }
        let nature = self.visit(callee)?;
        if nature.is_unknown() {
            return Ok(Nature::Unknown);
        }
        let Nature::Function(returns) = nature else {
            return fault(at, format!("a {} cannot be called", nature.describe()));
        };
        let mut natures = Vec::with_capacity(arguments.len());
        for argument in arguments.iter_mut() {
            natures.push(self.visit(argument)?);
        }
        if let Kind::Member { node, property, .. } = &callee.kind
            && let Kind::Text(name) = &property.kind
            && let Some(method) = methods::find(&node.nature, &name.to_str())
        {
            let signature = Signature {
                parameters: method.parameters,
                variadic: false,
                returns: method.returns,
            };
            signature.check(method.name, &natures).or_else(|message| fault(at, message))?;
        }
        Ok(*returns)
    }

    pub(super) fn builtin(
        &mut self,
        at: usize,
        function: &'static Function,
        arguments: &mut [Node],
    ) -> Checked {
        if function.name == "get" {
            return self.get(at, arguments);
        }
        let mut natures = Vec::with_capacity(arguments.len());
        for argument in arguments.iter_mut() {
            natures.push(self.visit(argument)?);
        }
        match &function.check {
            Check::With(check) => {
                let declared: Vec<Nature> = natures.iter().map(Nature::declared).collect();
                check(function.name, &declared).or_else(|message| fault(at, message))
            }
            Check::Signatures(signatures) => {
                let mut refusal = String::new();
                for signature in *signatures {
                    match signature.check(function.name, &natures) {
                        Ok(nature) => return Ok(nature),
                        Err(message) => refusal = message,
                    }
                }
                fault(at, refusal)
            }
        }
    }

    fn get(&mut self, at: usize, arguments: &mut [Node]) -> Checked {
        let [base_node, property_node] = arguments else {
            return fault(at, format!("get() takes 2 arguments, not {}", arguments.len()));
        };
        let base = self.visit(base_node)?;
        let property = self.visit(property_node)?;
        if base.is_unknown() {
            return Ok(Nature::Unknown);
        }
        match &base {
            Nature::Array(..) | Nature::Bytes if property.is_integer() || property.is_unknown() => {
                Ok(base.element())
            }
            Nature::Map(_) => {
                let fits = if base.has_text_keys() {
                    property == Nature::Text
                } else {
                    property.assignable_to(&Nature::Any)
                };
                if !fits && !property.is_unknown() {
                    return fault(
                        property_node.at,
                        format!("a {} cannot be a key of this map", property.describe()),
                    );
                }
                Ok(base.element())
            }
            _ => fault(
                at,
                format!("get() cannot take a {} from a {}", property.describe(), base.describe()),
            ),
        }
    }
}

impl Signature {
    fn check(&self, name: &str, arguments: &[Nature]) -> Result<Nature, String> {
        let required = self.parameters.len() - usize::from(self.variadic);
        if arguments.len() < required {
            return Err(format!(
                "{name}() needs at least {required} arguments, got {}",
                arguments.len()
            ));
        }
        if !self.variadic && arguments.len() > required {
            return Err(format!(
                "{name}() takes at most {required} arguments, got {}",
                arguments.len()
            ));
        }
        for (index, argument) in arguments.iter().enumerate() {
            let parameter = self.parameters[index.min(self.parameters.len() - 1)];
            if !parameter.accepts(argument) {
                return Err(format!(
                    "argument {} of {name}() must be {}, not {}",
                    index + 1,
                    parameter.describe(),
                    argument.describe()
                ));
            }
        }
        Ok((self.returns)())
    }
}

impl Parameter {
    fn accepts(self, nature: &Nature) -> bool {
        if self == Self::Any || nature.is_unknown() {
            return true;
        }
        match self {
            Self::Int => nature.is_integer(),
            // nil is no slice to the checker, only a pointer or an interface.
            _ if nature.is_nil() => self == Self::Zone,
            _ => nature.assignable_to(&self.nature()),
        }
    }
}
