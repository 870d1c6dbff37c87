//! Tokens to a tree: precedence climbing, as expr-lang groups.

mod postfix;
mod primary;

use crate::error::Unbound;
use crate::lexer::{self, Token, TokenKind};
use crate::scope::Scope;
use crate::syntax::{Binary, Kind, Node, Unary};

/// As expr-lang's default.
const MAX_NODES: usize = 10_000;
/// Each level costs stack in every pass; this fits a thread of normal size.
const MAX_DEPTH: usize = 100;
/// Long chains (`a + b + c …`) make tall trees without nesting.
const MAX_HEIGHT: u16 = 200;
/// A source this long cannot have been written by hand.
const MAX_SOURCE: usize = 1 << 20;

pub(crate) type Parsed = Result<Node, Unbound>;

pub(crate) fn parse(source: &str, scope: &Scope) -> Parsed {
    if source.len() > MAX_SOURCE {
        return Err(Unbound::new(0, format!("the expression is longer than {MAX_SOURCE} bytes")));
    }
    let tokens = lexer::tokens(source)?;
    let mut parser = Parser { tokens, position: 0, predicates: 0, nodes: 0, depth: 0, scope };
    let node = parser.sequence()?;
    if parser.current().kind != TokenKind::End {
        return Err(parser.unexpected());
    }
    Ok(node)
}

pub(crate) struct Parser<'a> {
    tokens: Vec<Token>,
    position: usize,
    /// How many predicates enclose the current token.
    predicates: usize,
    nodes: usize,
    depth: usize,
    scope: &'a Scope,
}

impl Parser<'_> {
    /// The last token is always `End`.
    fn current(&self) -> &Token {
        &self.tokens[self.position.min(self.tokens.len() - 1)]
    }

    fn advance(&mut self) -> Token {
        let token = self.current().clone();
        self.position += 1;
        token
    }

    fn at(&self) -> usize {
        self.current().at
    }

    fn fault<T>(&self, message: impl Into<String>) -> Result<T, Unbound> {
        Err(Unbound::new(self.at(), message))
    }

    fn unexpected(&self) -> Unbound {
        let token = self.current();
        let message = match token.kind {
            TokenKind::End => "unexpected end of the expression".to_owned(),
            TokenKind::Text | TokenKind::Bytes => format!("unexpected string {:?}", token.text),
            _ => format!("unexpected {:?}", token.word),
        };
        Unbound::new(token.at, message)
    }

    fn expect_operator(&mut self, word: &str) -> Result<(), Unbound> {
        self.expect(TokenKind::Operator, word)
    }

    fn expect_bracket(&mut self, word: &str) -> Result<(), Unbound> {
        self.expect(TokenKind::Bracket, word)
    }

    fn expect(&mut self, kind: TokenKind, word: &str) -> Result<(), Unbound> {
        if !self.current().is(kind, word) {
            return Err(self.unexpected());
        }
        self.position += 1;
        Ok(())
    }

    fn expect_identifier(&mut self) -> Result<Token, Unbound> {
        if self.current().kind != TokenKind::Identifier {
            return Err(self.unexpected());
        }
        Ok(self.advance())
    }

    fn node(&mut self, kind: Kind, at: usize) -> Parsed {
        self.nodes += 1;
        if self.nodes > MAX_NODES {
            return Err(Unbound::new(
                at,
                format!("the expression has more than {MAX_NODES} nodes"),
            ));
        }
        let mut node = Node::new(kind, at);
        let mut below = 0;
        node.children(&mut |child| below = below.max(child.height));
        node.height = below + 1;
        if node.height > MAX_HEIGHT {
            return Err(Unbound::new(at, "the expression is nested too deeply"));
        }
        Ok(node)
    }

    /// Expressions separated by `;`: the last one counts.
    fn sequence(&mut self) -> Parsed {
        let first = self.expression(0)?;
        if !self.current().is_operator(";") {
            return Ok(first);
        }
        let at = first.at;
        let mut nodes = vec![first];
        while self.current().is_operator(";") {
            self.advance();
            if self.current().kind == TokenKind::End {
                break;
            }
            nodes.push(self.expression(0)?);
        }
        if nodes.len() == 1
            && let Some(only) = nodes.pop()
        {
            return Ok(only);
        }
        self.node(Kind::Sequence(nodes), at)
    }

    fn expression(&mut self, precedence: u16) -> Parsed {
        self.depth += 1;
        if self.depth > MAX_DEPTH {
            return self.fault("the expression is nested too deeply");
        }
        let parsed = self.expression_within(precedence);
        self.depth -= 1;
        parsed
    }

    fn expression_within(&mut self, precedence: u16) -> Parsed {
        if precedence == 0 && self.current().is_operator("let") {
            return self.variable_declaration();
        }
        if precedence == 0 && self.current().is_operator("if") {
            return self.if_else();
        }
        let left = self.primary()?;
        let node = self.binary(left, precedence)?;
        if precedence == 0 { self.ternary(node) } else { Ok(node) }
    }

    fn binary(&mut self, mut left: Node, precedence: u16) -> Parsed {
        let mut after_coalesce = false;
        while self.current().kind == TokenKind::Operator {
            let mut position = self.position;
            let negate = self.current().is_operator("not").then(|| self.at());
            if negate.is_some() {
                position += 1;
                let suffix = &self.tokens[position.min(self.tokens.len() - 1)];
                if !matches!(
                    suffix.word.as_str(),
                    "contains" | "matches" | "startsWith" | "endsWith" | "in"
                ) {
                    self.position = position;
                    return Err(self.unexpected());
                }
            }
            let token = self.tokens[position.min(self.tokens.len() - 1)].clone();
            let Some((operator, binds, right_first)) = Binary::of(&token.word) else { break };
            if binds < precedence {
                break;
            }
            self.position = position + 1;
            if operator == Binary::Pipe {
                let name = self.expect_identifier()?;
                left = self.call(&name, vec![left])?;
                after_coalesce = false;
                continue;
            }
            if after_coalesce && operator != Binary::Coalesce {
                let message = format!(
                    "the operator {} and ?? cannot be mixed; put one of them in parentheses",
                    operator.symbol()
                );
                return Err(Unbound::new(token.at, message));
            }
            after_coalesce = operator == Binary::Coalesce;
            if operator.is_comparison() {
                left = self.comparison(left, operator, token.at, binds)?;
                continue;
            }
            let right = self.expression(if right_first { binds } else { binds + 1 })?;
            left = self.node(Kind::Binary(operator, Box::new(left), Box::new(right)), token.at)?;
            if negate.is_some() {
                left = self.node(Kind::Unary(Unary::Not, Box::new(left)), token.at)?;
            }
        }
        Ok(left)
    }

    /// `a < b < c` means `a < b && b < c`.
    fn comparison(&mut self, left: Node, operator: Binary, at: usize, binds: u16) -> Parsed {
        let (mut left, mut operator, mut at) = (left, operator, at);
        let mut all: Option<Node> = None;
        loop {
            let right = self.expression(binds + 1)?;
            let next = Binary::of(&self.current().word).filter(|(next, _, _)| {
                next.is_comparison() && self.current().kind == TokenKind::Operator
            });
            let shared = next.map(|_| right.clone());
            if let Some(shared) = &shared {
                self.nodes += count(shared);
            }
            let compared =
                self.node(Kind::Binary(operator, Box::new(left), Box::new(right)), at)?;
            all = Some(match all {
                None => compared,
                Some(before) => {
                    self.node(Kind::Binary(Binary::And, Box::new(before), Box::new(compared)), at)?
                }
            });
            match (next, shared, all) {
                (Some((next, _, _)), Some(shared), before) => {
                    (left, operator, at, all) = (shared, next, self.at(), before);
                    self.advance();
                }
                (_, _, Some(all)) => return Ok(all),
                (_, _, None) => return Err(self.unexpected()),
            }
        }
    }

    fn variable_declaration(&mut self) -> Parsed {
        self.advance();
        let name = self.expect_identifier()?;
        self.expect_operator("=")?;
        let value = Box::new(self.expression(0)?);
        self.expect_operator(";")?;
        let body = Box::new(self.sequence_nested()?);
        self.node(Kind::Let { name: name.word.as_str().into(), value, body }, name.at)
    }

    /// A sequence one level deeper: `let` chains nest.
    fn sequence_nested(&mut self) -> Parsed {
        self.depth += 1;
        if self.depth > MAX_DEPTH {
            return self.fault("the expression is nested too deeply");
        }
        let parsed = self.sequence();
        self.depth -= 1;
        parsed
    }

    fn if_else(&mut self) -> Parsed {
        let at = self.advance().at;
        let condition = Box::new(self.expression(0)?);
        let then = Box::new(self.block()?);
        self.expect_operator("else")?;
        self.depth += 1;
        if self.depth > MAX_DEPTH {
            return self.fault("the expression is nested too deeply");
        }
        let otherwise =
            if self.current().is_operator("if") { self.if_else() } else { self.block() };
        self.depth -= 1;
        self.node(Kind::Conditional { condition, then, otherwise: Box::new(otherwise?) }, at)
    }

    fn block(&mut self) -> Parsed {
        self.expect_bracket("{")?;
        let node = self.sequence()?;
        self.expect_bracket("}")?;
        Ok(node)
    }

    fn ternary(&mut self, mut node: Node) -> Parsed {
        while self.current().is_operator("?") {
            self.advance();
            let at = self.at();
            let then =
                if self.current().is_operator(":") { None } else { Some(self.expression(0)?) };
            self.expect_operator(":")?;
            let otherwise = Box::new(self.expression(0)?);
            let then = match then {
                Some(then) => then,
                None => {
                    self.nodes += count(&node);
                    node.clone()
                }
            };
            let condition = Box::new(node);
            node =
                self.node(Kind::Conditional { condition, then: Box::new(then), otherwise }, at)?;
        }
        Ok(node)
    }
}

/// How many nodes a copy adds.
fn count(root: &Node) -> usize {
    let mut total = 0;
    let mut pending = vec![root];
    while let Some(node) = pending.pop() {
        total += 1;
        node.children(&mut |child| pending.push(child));
    }
    total
}
