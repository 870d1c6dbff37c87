//! Literals, names, calls, arrays and maps.

use super::{Parsed, Parser};
use crate::error::Unbound;
use crate::functions;
use crate::lexer::{Token, TokenKind};
use crate::syntax::{Kind, Loop, LoopNode, Node, Pointer, Unary};

impl Parser<'_> {
    pub(super) fn primary(&mut self) -> Parsed {
        let token = self.current().clone();
        if token.kind == TokenKind::Operator {
            let unary = match token.word.as_str() {
                "not" | "!" => Some((Unary::Not, 50)),
                "-" => Some((Unary::Negate, 90)),
                "+" => Some((Unary::Plus, 90)),
                _ => None,
            };
            if let Some((operator, binds)) = unary {
                self.advance();
                let operand = Box::new(self.expression(binds)?);
                let node = self.node(Kind::Unary(operator, operand), token.at)?;
                return self.postfix(node);
            }
        }
        if token.is_bracket("(") {
            self.advance();
            let node = self.sequence()?;
            self.expect_bracket(")")?;
            return self.postfix(node);
        }
        if self.predicates > 0 && (token.is_operator("#") || token.is_operator(".")) {
            let pointer = self.pointer(&token);
            let node = self.node(Kind::Pointer(pointer), token.at)?;
            return self.postfix(node);
        }
        if token.is_operator("::") {
            self.advance();
            let name = self.expect_identifier()?;
            let node = self.call(&name, Vec::new())?;
            return self.postfix(node);
        }
        self.secondary(&token)
    }

    /// A leading `.` stays: it is the member access on the item.
    fn pointer(&mut self, token: &Token) -> Pointer {
        if token.word == "." {
            return Pointer::Item;
        }
        self.advance();
        if self.current().kind != TokenKind::Identifier {
            return Pointer::Item;
        }
        match self.advance().word.as_str() {
            "index" => Pointer::Index,
            "acc" => Pointer::Accumulator,
            _ => Pointer::Unknown,
        }
    }

    fn secondary(&mut self, token: &Token) -> Parsed {
        let node = match token.kind {
            TokenKind::Identifier => {
                self.advance();
                match token.word.as_str() {
                    "true" => return self.node(Kind::Bool(true), token.at),
                    "false" => return self.node(Kind::Bool(false), token.at),
                    "nil" => return self.node(Kind::Nil, token.at),
                    _ if self.current().is_bracket("(") => self.call(token, Vec::new())?,
                    name => self.node(Kind::Identifier(name.into()), token.at)?,
                }
            }
            TokenKind::Number => {
                self.advance();
                return self.number(token);
            }
            TokenKind::Text => {
                self.advance();
                self.node(Kind::Text(token.text.clone()), token.at)?
            }
            TokenKind::Bytes => {
                self.advance();
                self.node(Kind::Bytes(token.text.clone()), token.at)?
            }
            _ if token.is_bracket("[") => self.array(token)?,
            _ if token.is_bracket("{") => self.map(token)?,
            _ => return Err(self.unexpected()),
        };
        self.postfix(node)
    }

    fn number(&mut self, token: &Token) -> Parsed {
        let written = token.word.replace('_', "").to_ascii_lowercase();
        let invalid =
            |what: &str| Unbound::new(token.at, format!("invalid {what} literal {:?}", token.word));
        let integer =
            |digits: &str, base, what| i64::from_str_radix(digits, base).map_err(|_| invalid(what));
        let kind = if let Some(digits) = written.strip_prefix("0x") {
            if digits.starts_with(['+', '-']) {
                return Err(invalid("hex"));
            }
            Kind::Integer(integer(digits, 16, "hex")?)
        } else if written.contains(['.', 'e']) {
            Kind::Float(
                crate::go_text::parse_float(written.as_bytes()).ok_or_else(|| invalid("float"))?,
            )
        } else if let Some(digits) = written.strip_prefix("0b") {
            Kind::Integer(integer(digits, 2, "binary")?)
        } else if let Some(digits) = written.strip_prefix("0o") {
            Kind::Integer(integer(digits, 8, "octal")?)
        } else {
            Kind::Integer(integer(&written, 10, "integer")?)
        };
        self.node(kind, token.at)
    }

    /// A call by name; `piped` holds what `|` puts first.
    pub(super) fn call(&mut self, name: &Token, piped: Vec<Node>) -> Parsed {
        if let Some(kind) = Loop::of(&name.word) {
            let arguments = self.loop_arguments(kind, piped)?;
            return self.node(Kind::Loop(LoopNode::new(kind, arguments)), name.at);
        }
        if let Some(function) = functions::builtin(&name.word) {
            let arguments = self.arguments(piped)?;
            return self.node(Kind::Builtin { function, arguments }, name.at);
        }
        if let Some(function) = functions::offered(&name.word, self.scope) {
            let arguments = self.arguments(piped)?;
            self.nodes += 1;
            return self.node(Kind::Builtin { function, arguments }, name.at);
        }
        let callee = Box::new(self.node(Kind::Identifier(name.word.as_str().into()), name.at)?);
        let arguments = self.arguments(piped)?;
        self.node(Kind::Call { callee, arguments }, name.at)
    }

    fn loop_arguments(&mut self, kind: Loop, piped: Vec<Node>) -> Result<Vec<Node>, Unbound> {
        // (takes a predicate, may be left out)
        let shape: &[(bool, bool)] = match kind {
            Loop::Count | Loop::Sum => &[(false, false), (true, true)],
            Loop::SortBy | Loop::Reduce => &[(false, false), (true, false), (false, true)],
            _ => &[(false, false), (true, false)],
        };
        self.expect_bracket("(")?;
        let shape = shape.get(piped.len()..).unwrap_or_default();
        let mut arguments = piped;
        for (index, &(predicate, optional)) in shape.iter().enumerate() {
            if self.current().is_bracket(")") {
                if optional {
                    break;
                }
                return self.fault(format!("{}() needs more arguments", kind.name()));
            }
            if index > 0 {
                self.expect_operator(",")?;
            }
            arguments.push(if predicate { self.predicate()? } else { self.expression(0)? });
        }
        if self.current().is_operator(",") {
            self.advance();
        }
        self.expect_bracket(")")?;
        Ok(arguments)
    }

    fn predicate(&mut self) -> Parsed {
        let at = self.at();
        let braces = self.current().is_bracket("{");
        if braces {
            self.advance();
        }
        self.predicates += 1;
        let node = if braces { self.sequence()? } else { self.expression(0)? };
        self.predicates -= 1;
        if braces {
            self.expect_bracket("}")?;
        } else if self.current().is_operator(";") {
            return self.fault("wrap the predicate in { and }");
        }
        self.node(Kind::Predicate(Box::new(node)), at)
    }

    pub(super) fn arguments(&mut self, piped: Vec<Node>) -> Result<Vec<Node>, Unbound> {
        let mut arguments = piped;
        let offset = arguments.len();
        self.expect_bracket("(")?;
        while !self.current().is_bracket(")") {
            if arguments.len() > offset {
                self.expect_operator(",")?;
            }
            if self.current().is_bracket(")") {
                break;
            }
            arguments.push(self.expression(0)?);
        }
        self.advance();
        Ok(arguments)
    }

    fn array(&mut self, token: &Token) -> Parsed {
        self.advance();
        let mut nodes = Vec::new();
        while !self.current().is_bracket("]") {
            if !nodes.is_empty() {
                self.expect_operator(",")?;
                if self.current().is_bracket("]") {
                    break;
                }
            }
            nodes.push(self.expression(0)?);
        }
        self.advance();
        self.node(Kind::Array(nodes), token.at)
    }

    fn map(&mut self, token: &Token) -> Parsed {
        self.advance();
        let mut pairs: Vec<(Node, Node)> = Vec::new();
        while !self.current().is_bracket("}") {
            if !pairs.is_empty() {
                self.expect_operator(",")?;
                if self.current().is_bracket("}") {
                    break;
                }
            }
            let key = self.map_key()?;
            self.expect_operator(":")?;
            let value = self.expression(0)?;
            self.nodes += 1;
            pairs.push((key, value));
        }
        self.advance();
        self.node(Kind::Map(pairs), token.at)
    }

    fn map_key(&mut self) -> Parsed {
        let token = self.current().clone();
        match token.kind {
            TokenKind::Number | TokenKind::Identifier => {
                self.advance();
                self.node(Kind::Text(token.word.as_str().into()), token.at)
            }
            TokenKind::Text => {
                self.advance();
                self.node(Kind::Text(token.text), token.at)
            }
            _ if token.is_bracket("(") => self.expression(0),
            _ => self.fault(
                "a map key must be a quoted string, a number, an identifier, or an expression in parentheses",
            ),
        }
    }
}
