//! Functions with predicates.

use std::collections::BTreeMap;

use super::{Evaluated, Evaluator, Frame, raise};
use crate::error::{Raised, Refusal};
use crate::operators;
use crate::syntax::{Binary, Loop, LoopNode, Node, Pointer};
use crate::value::{Array, ArrayType, Key, Map, MapType, Value};

impl Evaluator<'_> {
    pub(super) fn predicate_loop(&mut self, at: usize, node: &LoopNode) -> Evaluated {
        let Some(first) = node.arguments.first() else {
            return Err(raise(at, "an array is missing"));
        };
        let collection = self.value(first)?;
        let mut opaque = false;
        let items = match collection {
            Value::Array(array) => array,
            Value::Bytes(bytes) => Array::new(
                ArrayType::Any,
                bytes.as_bytes().iter().map(|byte| Value::Byte(*byte)).collect(),
            ),
            Value::Text(text) => Array::new(
                ArrayType::Any,
                text.as_bytes().iter().map(|byte| Value::Byte(*byte)).collect(),
            ),
            // A map has a length but no items: only predicates that do not look at `#` work, as in Go's VM.
            Value::Map(map) => {
                opaque = true;
                Array::any(vec![Value::Nil; map.entries.len()])
            }
            other => {
                return Err(raise(
                    at,
                    format!("{}() takes an array, not a {}", node.kind.name(), other.type_name()),
                ));
            }
        };
        self.frames.push(Frame { items, index: 0, accumulator: Value::Nil, opaque });
        let result = self.looped(at, node);
        self.frames.pop();
        result
    }

    fn looped(&mut self, at: usize, node: &LoopNode) -> Evaluated {
        let predicate = node.arguments.get(1);
        match (node.kind, predicate) {
            (Loop::Count, _) => self.count(at, predicate, node.threshold),
            (Loop::Sum, _) => self.sum(at, predicate),
            (_, None) => Err(raise(at, format!("{}() needs a predicate", node.kind.name()))),
            (Loop::All, Some(predicate)) => {
                self.search(predicate, false).map(|found| Value::Bool(found.is_none()))
            }
            (Loop::None, Some(predicate)) => {
                self.search(predicate, true).map(|found| Value::Bool(found.is_none()))
            }
            (Loop::Any, Some(predicate)) => {
                self.search(predicate, true).map(|found| Value::Bool(found.is_some()))
            }
            (Loop::One, Some(_)) => self
                .count(at, predicate, None)
                .map(|count| Value::Bool(matches!(count, Value::Int(1)))),
            (Loop::Filter, Some(predicate)) => self.filter(at, predicate, node.map.as_deref()),
            (Loop::Map, Some(predicate)) => {
                while self.has_item() {
                    self.push(predicate)?;
                    self.step(1);
                }
                self.made(at, self.length())
            }
            (Loop::Find, Some(predicate)) => {
                let found = self.search(predicate, true)?;
                self.found(at, node, found)
            }
            (Loop::FindLast, Some(predicate)) => {
                let found = self.search_backwards(predicate)?;
                self.found(at, node, found)
            }
            (Loop::FindIndex, Some(predicate)) => self.search(predicate, true).map(place),
            (Loop::FindLastIndex, Some(predicate)) => self.search_backwards(predicate).map(place),
            (Loop::GroupBy, Some(predicate)) => self.group(at, predicate),
            (Loop::SortBy, Some(predicate)) => self.sort(at, predicate, node.arguments.get(2)),
            (Loop::Reduce, Some(predicate)) => self.reduce(at, predicate, node.arguments.get(2)),
        }
    }

    fn length(&self) -> usize {
        self.frames.last().map_or(0, |frame| frame.items.items.len())
    }

    fn has_item(&self) -> bool {
        self.frames.last().is_some_and(|frame| frame.index < frame.items.items.len())
    }

    fn step(&mut self, count: usize) {
        if let Some(frame) = self.frames.last_mut() {
            frame.index += count;
        }
    }

    fn item(&self, at: usize) -> Evaluated {
        self.pointer(at, Pointer::Item)
    }

    /// Goes on until the predicate gives `wanted`; the frame stays there.
    fn search(&mut self, predicate: &Node, wanted: bool) -> Result<Option<usize>, Raised> {
        while self.has_item() {
            if self.truth(predicate)? == wanted {
                return Ok(self.frames.last().map(|frame| frame.index));
            }
            self.step(1);
        }
        Ok(None)
    }

    fn search_backwards(&mut self, predicate: &Node) -> Result<Option<usize>, Raised> {
        for index in (0..self.length()).rev() {
            if let Some(frame) = self.frames.last_mut() {
                frame.index = index;
            }
            // Go's VM leaves its test of the index on the stack, each time.
            self.operand(predicate.at, Value::Bool(true))?;
            if self.truth(predicate)? {
                return Ok(Some(index));
            }
        }
        self.operand(predicate.at, Value::Bool(false))?;
        Ok(None)
    }

    fn found(&mut self, at: usize, node: &LoopNode, found: Option<usize>) -> Evaluated {
        match (found, &node.map) {
            (Some(_), Some(map)) => self.value(map),
            (Some(_), None) => self.item(at),
            (None, _) if node.throws => {
                Err(raise(at, "index out of range: nothing passed the filter"))
            }
            (None, _) => Ok(Value::Nil),
        }
    }

    fn count(&mut self, at: usize, predicate: Option<&Node>, threshold: Option<i64>) -> Evaluated {
        let mut count = 0;
        while self.has_item() {
            let passes = match predicate {
                Some(predicate) => self.truth(predicate)?,
                None => {
                    let item = self.item(at)?;
                    item.as_bool().ok_or_else(|| {
                        raise(at, format!("expected a bool, got {}", item.type_name()))
                    })?
                }
            };
            count += i64::from(passes);
            if passes && threshold.is_some_and(|threshold| count >= threshold) {
                break;
            }
            self.step(1);
        }
        Ok(Value::Int(count))
    }

    fn sum(&mut self, at: usize, predicate: Option<&Node>) -> Evaluated {
        let mut total = Value::Int(0);
        while self.has_item() {
            let value = match predicate {
                Some(predicate) => self.value(predicate)?,
                None => self.item(at)?,
            };
            total = operators::arithmetic(Binary::Add, &value, &total)
                .map_err(|refusal| refusal.at(at))?;
            self.step(1);
        }
        Ok(total)
    }

    fn filter(&mut self, at: usize, predicate: &Node, map: Option<&Node>) -> Evaluated {
        let mut kept = 0;
        while self.has_item() {
            if self.truth(predicate)? {
                kept += 1;
                let item = match map {
                    Some(map) => self.value(map)?,
                    None => self.item(at)?,
                };
                self.operand(at, item)?;
            }
            self.step(1);
        }
        self.made(at, kept)
    }

    /// An array of the topmost operands.
    fn made(&mut self, at: usize, count: usize) -> Evaluated {
        self.budget.elements(count).map_err(|refusal| refusal.at(at))?;
        Ok(Value::array(self.pop_all(at, count)?))
    }

    fn group(&mut self, at: usize, predicate: &Node) -> Evaluated {
        let mut groups: BTreeMap<Key, Vec<Value>> = BTreeMap::new();
        while self.has_item() {
            let key =
                operators::any_key(&self.value(predicate)?).map_err(|refusal| refusal.at(at))?;
            let item = self.item(at)?;
            groups.entry(key).or_default().push(item);
            self.step(1);
        }
        let entries = groups.into_iter().map(|(key, items)| (key, Value::array(items))).collect();
        Ok(Value::Map(Map::new(MapType::AnyToArray, entries)))
    }

    fn sort(&mut self, at: usize, predicate: &Node, order: Option<&Node>) -> Evaluated {
        let descending = match order {
            None => false,
            Some(order) => {
                let order = self.value(order)?;
                crate::functions::descending(&order).map_err(|refusal| refusal.at(at))?
            }
        };
        let mut keyed = Vec::with_capacity(self.length());
        while self.has_item() {
            let key = self.value(predicate)?;
            let item = self.item(at)?;
            keyed.push((key, item));
            self.step(1);
        }
        let sorted = (|| {
            self.budget.steps(keyed.len().saturating_mul(20))?;
            crate::functions::sort_by_key(&mut keyed, descending)?;
            self.budget.elements(keyed.len())
        })();
        sorted.map_err(|refusal: Refusal| refusal.at(at))?;
        Ok(Value::array(keyed.into_iter().map(|(_, item)| item).collect()))
    }

    fn reduce(&mut self, at: usize, predicate: &Node, initial: Option<&Node>) -> Evaluated {
        let accumulator = match initial {
            Some(initial) => self.value(initial)?,
            None if self.has_item() => {
                let item = self.item(at)?;
                self.step(1);
                item
            }
            None => return Err(raise(at, "reduce of an empty array needs an initial value")),
        };
        self.accumulate(accumulator);
        while self.has_item() {
            let value = self.value(predicate)?;
            self.accumulate(value);
            self.step(1);
        }
        Ok(self.frames.last().map_or(Value::Nil, |frame| frame.accumulator.clone()))
    }

    fn accumulate(&mut self, value: Value) {
        if let Some(frame) = self.frames.last_mut() {
            frame.accumulator = value;
        }
    }
}

fn place(found: Option<usize>) -> Value {
    found.and_then(|index| i64::try_from(index).ok()).map_or(Value::Nil, Value::Int)
}
