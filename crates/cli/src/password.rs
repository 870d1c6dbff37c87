//! Getting a secret without it appearing in arguments or on the screen.

use std::io::{Read as _, stdin};

use ::console::Term;

use crate::failure::{Failure, Result};

/// The longest secret that is read.
const LIMIT: u64 = 64 << 10;

/// A secret from standard input, from the environment, or typed in without an echo.
pub(crate) fn read(prompt: &str, from_stdin: bool, environment: Option<&String>) -> Result<String> {
    let secret = if from_stdin {
        from_standard_input()?
    } else if let Some(secret) = environment {
        secret.clone()
    } else {
        typed(prompt)?
    };
    if secret.is_empty() {
        return Err(Failure::usage(format!("{prompt}: nothing was given")));
    }
    Ok(secret)
}

fn from_standard_input() -> Result<String> {
    let mut text = String::new();
    stdin()
        .lock()
        .take(LIMIT)
        .read_to_string(&mut text)
        .map_err(|error| Failure::new(format!("cannot read standard input: {error}")))?;
    Ok(text.trim_end_matches(['\r', '\n']).to_owned())
}

fn typed(prompt: &str) -> Result<String> {
    let terminal = Term::stderr();
    if !terminal.is_term() {
        return Err(Failure::usage(format!(
            "{prompt} is needed, and there is no terminal to ask on"
        ))
        .hint("give it on standard input with --password-stdin, or as KARGO_PASSWORD"));
    }
    let failed =
        |error: std::io::Error| Failure::new(format!("cannot read from the terminal: {error}"));
    terminal.write_str(&format!("{prompt}: ")).map_err(failed)?;
    terminal.read_secure_line().map_err(failed)
}
