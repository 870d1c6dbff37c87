//! What follows a value: `.name`, `?.name`, `[index]`, `[from:to]`, `.method(…)`.

use super::{Parsed, Parser};
use crate::lexer::{self, TokenKind};
use crate::syntax::{Kind, Node};

impl Parser<'_> {
    pub(super) fn postfix(&mut self, mut node: Node) -> Parsed {
        loop {
            let token = self.current().clone();
            if token.is_operator(".") {
                self.advance();
                node = self.named_member(node, false)?;
            } else if token.is_operator("?.") {
                self.advance();
                node = if self.current().is_bracket("[") {
                    self.indexed(node, true)?
                } else {
                    self.named_member(node, true)?
                };
            } else if token.is_bracket("[") {
                node = self.indexed(node, false)?;
            } else {
                return Ok(node);
            }
        }
    }

    fn named_member(&mut self, node: Node, optional: bool) -> Parsed {
        let name = self.advance();
        let named = name.kind == TokenKind::Identifier
            || (name.kind == TokenKind::Operator && lexer::is_identifier(&name.word));
        if !named {
            self.position -= 1;
            return self.fault("expected a name after the dot");
        }
        let property = Box::new(self.node(Kind::Text(name.word.as_str().into()), name.at)?);
        // The chain goes on: its end moves behind this member.
        let (node, chained) = match node.kind {
            Kind::Chain(inner) => (*inner, true),
            _ => (node, false),
        };
        let method = self.current().is_bracket("(");
        let member = Kind::Member { node: Box::new(node), property, optional, method };
        let mut node = self.node(member, name.at)?;
        if method {
            let arguments = self.arguments(Vec::new())?;
            node = self.node(Kind::Call { callee: Box::new(node), arguments }, name.at)?;
        }
        if chained || optional {
            node = self.node(Kind::Chain(Box::new(node)), name.at)?;
        }
        Ok(node)
    }

    fn indexed(&mut self, node: Node, optional: bool) -> Parsed {
        let at = self.advance().at;
        let node = Box::new(node);
        let from = if self.current().is_operator(":") {
            None
        } else {
            Some(Box::new(self.expression(0)?))
        };
        if self.current().is_operator(":") {
            self.advance();
            let to = if self.current().is_bracket("]") {
                None
            } else {
                Some(Box::new(self.expression(0)?))
            };
            let sliced = self.node(Kind::Slice { node, from, to }, at)?;
            self.expect_bracket("]")?;
            return Ok(sliced);
        }
        let Some(property) = from else { return Err(self.unexpected()) };
        let mut node = self.node(Kind::Member { node, property, optional, method: false }, at)?;
        if optional {
            node = self.node(Kind::Chain(Box::new(node)), at)?;
        }
        self.expect_bracket("]")?;
        Ok(node)
    }
}
