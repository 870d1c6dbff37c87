//! Label selectors: equality, sets, existence.

use serde_json::{Map, Value};

use super::MAX_LENGTH;
use crate::{field_error::FieldError, names};

#[derive(Clone, Debug, PartialEq, Eq)]
enum Operator {
    Equals,
    NotEquals,
    In,
    NotIn,
    Exists,
    DoesNotExist,
    GreaterThan,
    LessThan,
}

#[derive(Clone, Debug, PartialEq, Eq)]
struct Requirement {
    key: String,
    operator: Operator,
    values: Vec<String>,
}

/// A parsed label selector; empty selects everything.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct LabelSelector {
    requirements: Vec<Requirement>,
}

impl LabelSelector {
    pub fn parse(text: &str) -> Result<Self, String> {
        if text.len() > MAX_LENGTH {
            return Err(format!("selector is longer than {MAX_LENGTH} bytes"));
        }
        let mut parser = Parser { tokens: scan(text), position: 0 };
        let mut requirements = parser.requirements()?;
        requirements.sort_by(|left, right| left.key.cmp(&right.key));
        Ok(Self { requirements })
    }

    pub fn is_empty(&self) -> bool {
        self.requirements.is_empty()
    }

    pub fn matches(&self, labels: Option<&Map<String, Value>>) -> bool {
        self.requirements.iter().all(|one| {
            let value = labels.and_then(|labels| labels.get(&one.key)).and_then(Value::as_str);
            one.matches(value)
        })
    }
}

impl Requirement {
    fn matches(&self, value: Option<&str>) -> bool {
        let listed = |value: &str| self.values.iter().any(|one| one == value);
        let number = |text: &str| text.parse::<i64>().ok();
        let limit = || self.values.first().and_then(|text| number(text));
        match self.operator {
            Operator::Equals | Operator::In => value.is_some_and(listed),
            Operator::NotEquals | Operator::NotIn => !value.is_some_and(listed),
            Operator::Exists => value.is_some(),
            Operator::DoesNotExist => value.is_none(),
            Operator::GreaterThan => {
                value.and_then(number).zip(limit()).is_some_and(|(value, limit)| value > limit)
            }
            Operator::LessThan => {
                value.and_then(number).zip(limit()).is_some_and(|(value, limit)| value < limit)
            }
        }
    }

    fn checked(self) -> Result<Self, String> {
        let mut errors: Vec<FieldError> = names::qualified_name(&self.key)
            .first()
            .map(|_| {
                FieldError::invalid(
                    "<nil>",
                    self.key.as_str(),
                    names::qualified_name(&self.key).join("; "),
                )
            })
            .into_iter()
            .collect();
        for (index, value) in self.values.iter().enumerate() {
            if matches!(self.operator, Operator::GreaterThan | Operator::LessThan)
                && value.parse::<i64>().is_err()
            {
                let detail = "for 'Gt', 'Lt' operators, the value must be an integer";
                errors.push(FieldError::invalid(
                    format!("values[{index}]"),
                    value.as_str(),
                    detail,
                ));
            }
            let complaints = names::label_value(value);
            if !complaints.is_empty() {
                errors.push(FieldError::invalid(
                    format!("values[{index}][{}]", self.key),
                    value.as_str(),
                    complaints.join("; "),
                ));
            }
        }
        if errors.is_empty() { Ok(self) } else { Err(crate::field_error::aggregate(&errors)) }
    }
}

#[derive(Clone, Debug, PartialEq, Eq)]
enum Token {
    Symbol(&'static str),
    Word(String),
}

fn scan(text: &str) -> Vec<Token> {
    const SYMBOLS: [&str; 9] = ["==", "!=", "=", "!", "(", ")", ",", ">", "<"];
    let mut tokens = Vec::new();
    let mut rest = text.trim_start();
    while !rest.is_empty() {
        if let Some(symbol) = SYMBOLS.into_iter().find(|symbol| rest.starts_with(symbol)) {
            tokens.push(Token::Symbol(symbol));
            rest = rest[symbol.len()..].trim_start();
            continue;
        }
        let end = rest
            .find(|letter: char| "=!(),><".contains(letter) || letter.is_ascii_whitespace())
            .unwrap_or(rest.len());
        tokens.push(Token::Word(rest[..end].to_string()));
        rest = rest[end..].trim_start();
    }
    tokens
}

struct Parser {
    tokens: Vec<Token>,
    position: usize,
}

impl Parser {
    fn peek(&self) -> Option<&Token> {
        self.tokens.get(self.position)
    }

    fn next(&mut self) -> Option<Token> {
        let token = self.peek().cloned();
        self.position += 1;
        token
    }

    fn takes(&mut self, symbol: &str) -> bool {
        let found = matches!(self.peek(), Some(Token::Symbol(found)) if *found == symbol);
        if found {
            self.position += 1;
        }
        found
    }

    fn requirements(&mut self) -> Result<Vec<Requirement>, String> {
        let mut found = Vec::new();
        if self.peek().is_none() {
            return Ok(found);
        }
        loop {
            if !matches!(self.peek(), Some(Token::Word(_) | Token::Symbol("!"))) {
                return Err(format!(
                    "found '{}', expected: !, identifier, or 'end of string'",
                    literal(self.peek())
                ));
            }
            let requirement = self.requirement().and_then(Requirement::checked);
            found.push(requirement.map_err(|why| format!("unable to parse requirement: {why}"))?);
            match self.next() {
                None => return Ok(found),
                Some(Token::Symbol(",")) => match self.peek() {
                    Some(Token::Word(_) | Token::Symbol("!")) => {}
                    other => {
                        return Err(format!(
                            "found '{}', expected: identifier after ','",
                            literal(other)
                        ));
                    }
                },
                other => {
                    return Err(format!(
                        "found '{}', expected: ',' or 'end of string'",
                        literal(other.as_ref())
                    ));
                }
            }
        }
    }

    fn requirement(&mut self) -> Result<Requirement, String> {
        let negated = self.takes("!");
        let key = match self.next() {
            Some(Token::Word(key)) => key,
            other => {
                return Err(format!(
                    "found '{}', expected: !, identifier, or ','",
                    literal(other.as_ref())
                ));
            }
        };
        if negated {
            return Ok(Requirement { key, operator: Operator::DoesNotExist, values: Vec::new() });
        }
        let operator = match self.peek() {
            None | Some(Token::Symbol(",")) => {
                return Ok(Requirement { key, operator: Operator::Exists, values: Vec::new() });
            }
            Some(Token::Symbol("=" | "==")) => Operator::Equals,
            Some(Token::Symbol("!=")) => Operator::NotEquals,
            Some(Token::Symbol(">")) => Operator::GreaterThan,
            Some(Token::Symbol("<")) => Operator::LessThan,
            Some(Token::Word(word)) if word == "in" => Operator::In,
            Some(Token::Word(word)) if word == "notin" => Operator::NotIn,
            other => {
                let expected = "in, notin, =, ==, !=, gt, lt";
                return Err(format!("found '{}', expected: {expected}", literal(other)));
            }
        };
        self.position += 1;
        let values = if matches!(operator, Operator::In | Operator::NotIn) {
            self.set()?
        } else {
            vec![self.single()?]
        };
        Ok(Requirement { key, operator, values })
    }

    fn single(&mut self) -> Result<String, String> {
        match self.peek() {
            None | Some(Token::Symbol(",")) => Ok(String::new()),
            Some(Token::Word(_)) => Ok(literal(self.next().as_ref())),
            other => Err(format!("found '{}', expected: identifier", literal(other))),
        }
    }

    fn set(&mut self) -> Result<Vec<String>, String> {
        if !self.takes("(") {
            return Err(format!("found '{}', expected: '('", literal(self.peek())));
        }
        let mut values = Vec::new();
        loop {
            match self.next() {
                Some(Token::Word(word)) => {
                    values.push(word);
                    match self.next() {
                        Some(Token::Symbol(",")) => {
                            if matches!(self.peek(), Some(Token::Symbol(")"))) {
                                values.push(String::new());
                            }
                        }
                        Some(Token::Symbol(")")) => break,
                        other => {
                            return Err(format!(
                                "found '{}', expected: ',' or ')'",
                                literal(other.as_ref())
                            ));
                        }
                    }
                }
                // An empty place between commas is the empty value.
                Some(Token::Symbol(",")) => values.push(String::new()),
                Some(Token::Symbol(")")) => {
                    if values.is_empty() {
                        values.push(String::new());
                    }
                    break;
                }
                other => {
                    return Err(format!(
                        "found '{}', expected: ',', ')' or identifier",
                        literal(other.as_ref())
                    ));
                }
            }
        }
        values.sort();
        values.dedup();
        Ok(values)
    }
}

fn literal(token: Option<&Token>) -> String {
    match token {
        None => String::new(),
        Some(Token::Symbol(symbol)) => (*symbol).to_string(),
        Some(Token::Word(word)) => word.clone(),
    }
}
