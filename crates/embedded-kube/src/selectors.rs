//! Label and field selectors of list, watch and deletecollection requests.

use serde_json::{Map, Value};

use crate::{field_error::{FieldError, quote}, names};

/// Longest selector that is parsed.
const MAX_LENGTH: usize = 64 * 1024;

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
            return Err(format!("unable to parse requirement: selector is longer than {MAX_LENGTH} bytes"));
        }
        let mut parser = Parser { tokens: scan(text), position: 0 };
        let mut requirements = parser.requirements().map_err(|why| format!("unable to parse requirement: {why}"))?;
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
            Operator::GreaterThan => value.and_then(number).zip(limit()).is_some_and(|(value, limit)| value > limit),
            Operator::LessThan => value.and_then(number).zip(limit()).is_some_and(|(value, limit)| value < limit),
        }
    }

    fn checked(self) -> Result<Self, String> {
        let mut errors: Vec<FieldError> = names::qualified_name(&self.key)
            .first()
            .map(|_| FieldError::invalid("key", self.key.as_str(), names::qualified_name(&self.key).join("; ")))
            .into_iter()
            .collect();
        for (index, value) in self.values.iter().enumerate() {
            if matches!(self.operator, Operator::GreaterThan | Operator::LessThan) && value.parse::<i64>().is_err() {
                let detail = "for 'Gt', 'Lt' operators, the value must be an integer";
                errors.push(FieldError::invalid(format!("values[{index}]"), value.as_str(), detail));
            }
            let complaints = names::label_value(value);
            if !complaints.is_empty() {
                errors.push(FieldError::invalid(format!("values[{index}][{}]", self.key), value.as_str(), complaints.join("; ")));
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
        let end = rest.find(|letter: char| "=!(),><".contains(letter) || letter.is_ascii_whitespace()).unwrap_or(rest.len());
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
            found.push(self.requirement()?.checked()?);
            match self.next() {
                None => return Ok(found),
                Some(Token::Symbol(",")) => match self.peek() {
                    Some(Token::Word(_) | Token::Symbol("!")) => {}
                    other => return Err(format!("found '{}', expected: identifier after ','", literal(other))),
                },
                other => return Err(format!("found '{}', expected: ',' or 'end of string'", literal(other.as_ref()))),
            }
        }
    }

    fn requirement(&mut self) -> Result<Requirement, String> {
        let negated = self.takes("!");
        let key = match self.next() {
            Some(Token::Word(key)) => key,
            other => return Err(format!("found '{}', expected: !, identifier, or ','", literal(other.as_ref()))),
        };
        if negated {
            return Ok(Requirement { key, operator: Operator::DoesNotExist, values: Vec::new() });
        }
        let operator = match self.peek() {
            None | Some(Token::Symbol(",")) => return Ok(Requirement { key, operator: Operator::Exists, values: Vec::new() }),
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
        let values = if matches!(operator, Operator::In | Operator::NotIn) { self.set()? } else { vec![self.single()?] };
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
                        other => return Err(format!("found '{}', expected: ',' or ')'", literal(other.as_ref()))),
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
                other => return Err(format!("found '{}', expected: ',', ')' or identifier", literal(other.as_ref()))),
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

/// A parsed field selector; empty selects everything.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct FieldSelector {
    terms: Vec<FieldTerm>,
}

#[derive(Clone, Debug, PartialEq, Eq)]
struct FieldTerm {
    field: String,
    value: String,
    equal: bool,
}

impl FieldSelector {
    pub fn parse(text: &str) -> Result<Self, String> {
        if text.len() > MAX_LENGTH {
            return Err(format!("invalid selector: longer than {MAX_LENGTH} bytes"));
        }
        let mut terms = Vec::new();
        for part in split_terms(text) {
            if part.is_empty() {
                continue;
            }
            terms.push(field_term(text, part)?);
        }
        Ok(Self { terms })
    }

    pub fn is_empty(&self) -> bool {
        self.terms.is_empty()
    }

    /// The names of all fields asked for, so that a caller can refuse those it does not index.
    pub fn fields(&self) -> impl Iterator<Item = &str> {
        self.terms.iter().map(|term| term.field.as_str())
    }

    /// The value `field` must be equal to, when the selector demands exactly that.
    pub fn required(&self, field: &str) -> Option<&str> {
        self.terms.iter().find(|term| term.equal && term.field == field).map(|term| term.value.as_str())
    }

    /// `lookup` answers the text of a field; an absent field counts as empty.
    pub fn matches(&self, lookup: impl Fn(&str) -> Option<String>) -> bool {
        self.terms.iter().all(|term| (lookup(&term.field).unwrap_or_default() == term.value) == term.equal)
    }
}

/// Splits at commas that are not escaped.
fn split_terms(text: &str) -> Vec<&str> {
    let mut parts = Vec::new();
    let (mut start, mut escaped) = (0, false);
    for (place, letter) in text.char_indices() {
        match letter {
            _ if escaped => escaped = false,
            '\\' => escaped = true,
            ',' => {
                parts.push(&text[start..place]);
                start = place + 1;
            }
            _ => {}
        }
    }
    parts.push(&text[start..]);
    parts
}

fn field_term(whole: &str, part: &str) -> Result<FieldTerm, String> {
    let bytes = part.as_bytes();
    let Some(place) = part.find('=') else {
        return Err(format!("invalid selector: '{whole}'; can't understand '{part}'"));
    };
    let (field, equal, rest) = if place > 0 && bytes[place - 1] == b'!' {
        (&part[..place - 1], false, &part[place + 1..])
    } else if part[place + 1..].starts_with('=') {
        (&part[..place], true, &part[place + 2..])
    } else {
        (&part[..place], true, &part[place + 1..])
    };
    Ok(FieldTerm { field: field.to_string(), value: unescape(rest)?, equal })
}

fn unescape(text: &str) -> Result<String, String> {
    let mut out = String::new();
    let mut letters = text.chars();
    while let Some(letter) = letters.next() {
        match letter {
            '\\' => match letters.next() {
                Some(next @ ('\\' | ',' | '=')) => out.push(next),
                Some(next) => return Err(format!("invalid field selector: invalid escape sequence: {}", quote(&format!("\\{next}")))),
                None => return Err("invalid field selector: trailing backslash".to_string()),
            },
            ',' | '=' => return Err(format!("invalid field selector: unescaped character in value: {letter}")),
            other => out.push(other),
        }
    }
    Ok(out)
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;
    use serde_json::json;

    use super::*;

    #[test]
    fn label_selectors_select() {
        let labels = json!({"region": "eu", "tier": "edge", "weight": "7"});
        let cases = [
            ("", true),
            ("region=eu", true),
            ("region==eu,tier=edge", true),
            ("region!=eu", false),
            ("missing!=eu", true),
            ("region in (us, eu)", true),
            ("region in (us,ap)", false),
            ("tier notin (core),region!=us", true),
            ("!region", false),
            ("! missing", true),
            ("region", true),
            ("weight>6", true),
            ("weight<7", false),
            ("tier>1", false),
            ("region in (,eu)", true),
            ("missing in ()", false),
            ("region=", false),
            ("in", false),
        ];
        for (text, expected) in cases {
            let selector = LabelSelector::parse(text).unwrap_or_else(|why| panic!("{text}: {why}"));
            assert_eq!(selector.matches(labels.as_object()), expected, "{text}");
        }
        assert!(LabelSelector::parse("!x").unwrap().matches(None));
    }

    #[test]
    fn label_selectors_are_refused_in_known_words() {
        let cases = [
            ("a=b=c", "unable to parse requirement: found '=', expected: ',' or 'end of string'"),
            ("a=b,", "unable to parse requirement: found '', expected: identifier after ','"),
            ("=x", "unable to parse requirement: found '=', expected: !, identifier, or ','"),
            ("a b", "unable to parse requirement: found 'b', expected: in, notin, =, ==, !=, gt, lt"),
            ("a in b", "unable to parse requirement: found 'b', expected: '('"),
            ("a in (b c)", "unable to parse requirement: found 'c', expected: ',' or ')'"),
        ];
        for (text, expected) in cases {
            assert_eq!(LabelSelector::parse(text).unwrap_err(), expected);
        }
        assert!(LabelSelector::parse("a=-b").unwrap_err().starts_with(r#"unable to parse requirement: values[0][a]: Invalid value: "-b": a valid label must"#));
        assert!(LabelSelector::parse("a>b").unwrap_err().contains("the value must be an integer"));
    }

    #[test]
    fn field_selectors_select() {
        let lookup = |field: &str| (field == "metadata.name").then(|| "a,b".to_string());
        let cases = [
            ("", true),
            (r"metadata.name=a\,b", true),
            (r"metadata.name==a\,b", true),
            ("metadata.name!=x", true),
            ("metadata.name=x", false),
            ("spec.other=", true),
        ];
        for (text, expected) in cases {
            assert_eq!(FieldSelector::parse(text).unwrap().matches(lookup), expected, "{text}");
        }
        assert_eq!(FieldSelector::parse("nonsense").unwrap_err(), "invalid selector: 'nonsense'; can't understand 'nonsense'");
        assert_eq!(FieldSelector::parse("a=b,c!=d").unwrap().fields().collect::<Vec<_>>(), ["a", "c"]);
        assert_eq!(FieldSelector::parse("a=b,c!=d").unwrap().required("a"), Some("b"));
    }

    proptest! {
        #[test]
        fn no_text_panics(text in "[a-z=!,() <>\\\\é]{0,24}") {
            let _ = LabelSelector::parse(&text).map(|selector| selector.matches(None));
            let _ = FieldSelector::parse(&text).map(|selector| selector.matches(|_| None));
        }
    }
}
