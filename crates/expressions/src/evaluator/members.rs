//! Members, calls, slices and map literals.

use std::collections::BTreeMap;

use super::{Evaluated, Evaluator, raise};
use crate::access;
use crate::error::Raised;
use crate::methods;
use crate::syntax::{Kind, Node};
use crate::value::{Key, Map, MapType, Value};

impl Evaluator<'_> {
    pub(super) fn slice(
        &mut self,
        at: usize,
        node: &Node,
        from: Option<&Node>,
        to: Option<&Node>,
    ) -> Evaluated {
        self.push(node)?;
        match to {
            Some(to) => self.push(to)?,
            None => {
                let length = self.operands.last().map_or(Ok(0), access::slice_length);
                self.operand(at, Value::Int(length.map_err(|refusal| refusal.at(at))?))?;
            }
        }
        match from {
            Some(from) => self.push(from)?,
            None => self.operand(at, Value::Int(0))?,
        }
        let (from, to, value) = (self.pop(at)?, self.pop(at)?, self.pop(at)?);
        let sliced = access::slice(&value, &from, &to).map_err(|refusal| refusal.at(at))?;
        if let Value::Array(array) = &sliced {
            self.budget.steps(array.items.len()).map_err(|refusal| refusal.at(at))?;
        }
        Ok(sliced)
    }

    /// Puts a member or the result of a call on the stack. False when an optional part of it is nil, which then
    /// is on top.
    pub(super) fn link(&mut self, node: &Node) -> Result<bool, Raised> {
        let at = node.at;
        match &node.kind {
            Kind::Member { node: base, property, optional, .. } => {
                if !self.link(base)?
                    || (*optional && self.operands.last().is_some_and(Value::is_nil))
                {
                    return Ok(false);
                }
                self.push(property)?;
                let (key, value) = (self.pop(at)?, self.pop(at)?);
                let fetched = access::fetch(&value, &key).map_err(|refusal| refusal.at(at))?;
                self.operand(at, fetched)?;
            }
            Kind::Call { callee, arguments } => {
                for argument in arguments {
                    self.push(argument)?;
                }
                if !self.link(callee)? {
                    return Ok(false);
                }
                let callee = self.pop(at)?;
                let arguments = self.pop_all(at, arguments.len())?;
                // Layouts of times are arguments: each of their characters is work.
                let work = arguments.iter().map(|argument| argument.size() * 4).sum();
                self.budget.steps(work).map_err(|refusal| refusal.at(at))?;
                let result =
                    methods::call(&callee, &arguments).map_err(|refusal| refusal.at(at))?;
                self.operand(at, result)?;
            }
            _ => self.push(node)?,
        }
        Ok(true)
    }

    pub(super) fn map(&mut self, at: usize, pairs: &[(Node, Node)]) -> Evaluated {
        for (key, value) in pairs {
            self.push(key)?;
            self.push(value)?;
        }
        let mut operands = self.pop_all(at, pairs.len() * 2)?;
        self.budget.elements(pairs.len()).map_err(|refusal| refusal.at(at))?;
        let mut entries = BTreeMap::new();
        // The first of equal keys wins, as in Go's VM.
        while let (Some(value), Some(key)) = (operands.pop(), operands.pop()) {
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
