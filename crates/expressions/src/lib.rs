//! The `${{ … }}` language: expr-lang and Kargo's template typing over JSON values, and Masterminds semantic versions.
//!
//! Everything here is pure. Functions that need facts from outside (a Secret, a piece of Freight) ask the [`Scope`];
//! a fact it does not hold ends the evaluation with [`Error::Missing`], so the caller fetches it and evaluates again.
//!
//! ```
//! let mut scope = expressions::Scope::new();
//! scope.set_json("vars", &serde_json::json!({"replicas": 3}));
//! let value = expressions::evaluate("vars.replicas + 1", &scope)?;
//! assert_eq!(value.to_json()?, serde_json::json!(4));
//! # Ok::<(), expressions::Error>(())
//! ```

mod access;
pub mod cases;
mod checker;
mod clock_time;
mod error;
mod evaluator;
pub mod functions;
mod go_text;
mod json;
mod lexer;
mod methods;
mod nature;
mod operators;
mod optimizer;
mod parser;
pub mod pattern;
mod scope;
pub mod semver;
pub mod structure;
mod syntax;
pub mod template;
mod value;
mod yaml;

pub use clock_time::{Time, Zone};
pub use error::{Error, Fault, Refusal};
pub use scope::{Functions, Lookup, Scope};
pub use structure::{Field, Structure};
pub use value::{Array, ArrayType, Key, Map, MapType, Text, Value};

/// Evaluates one expression (no delimiters).
///
/// # Errors
/// With the position of the fault, or with the fact that is missing from `scope`.
pub fn evaluate(expression: &str, scope: &Scope) -> Result<Value, Error> {
    let program = parse(expression, scope)?;
    evaluator::run(&program, scope).map_err(|raised| raised.bind(expression))
}

/// Checks an expression without running it: its syntax and the types that are certain.
///
/// # Errors
/// With the position of the fault.
pub fn check(expression: &str, scope: &Scope) -> Result<(), Error> {
    parse(expression, scope).map(|_| ())
}

fn parse(expression: &str, scope: &Scope) -> Result<syntax::Node, Error> {
    let mut tree =
        parser::parse(expression, scope).map_err(|fault| Error::Syntax(fault.bind(expression)))?;
    optimizer::bound_patterns(&tree).map_err(|fault| Error::Type(fault.bind(expression)))?;
    checker::check(&mut tree, scope).map_err(|fault| Error::Type(fault.bind(expression)))?;
    optimizer::optimize(&mut tree).map_err(|fault| Error::Type(fault.bind(expression)))?;
    Ok(tree)
}
