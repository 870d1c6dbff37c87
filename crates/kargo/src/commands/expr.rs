//! `kargo expr`: try out expressions and templates, and run recorded cases.

use std::fs::File;
use std::io::Read;
use std::path::{Path, PathBuf};
use std::process::ExitCode;

use anyhow::{Context, Result, bail};
use expressions::cases::{self, Environments};
use expressions::{Error, Functions, Scope};

use crate::arguments::{Evaluate, Expr};
use crate::terminal::{say, tell};

/// Larger files are a mistake.
const LARGEST: u64 = 256 << 20;

pub(crate) fn run(expr: Expr) -> ExitCode {
    let outcome = match expr {
        Expr::Eval(evaluate) => eval(&evaluate).map(|()| true),
        Expr::Template(evaluate) => template(&evaluate).map(|()| true),
        Expr::Test { environments, cases } => test(environments.as_deref(), &cases),
    };
    match outcome {
        Ok(true) => ExitCode::SUCCESS,
        Ok(false) => ExitCode::FAILURE,
        Err(error) => {
            eprintln!("error: {error:#}");
            ExitCode::FAILURE
        }
    }
}

fn eval(evaluate: &Evaluate) -> Result<()> {
    let (text, scope) = prepare(evaluate)?;
    let value = expressions::evaluate(&text, &scope).map_err(shown)?;
    print(&value.to_json().map_err(shown)?)
}

fn template(evaluate: &Evaluate) -> Result<()> {
    let (text, scope) = prepare(evaluate)?;
    print(&expressions::template::evaluate(&text, &scope).map_err(shown)?)
}

/// The error with its position and a caret, as the library words it.
fn shown(error: Error) -> anyhow::Error {
    anyhow::anyhow!("{error}")
}

fn print(value: &serde_json::Value) -> Result<()> {
    let text = serde_json::to_string_pretty(value).context("the value cannot be shown as JSON")?;
    say(text).context("cannot write to standard output")
}

fn prepare(evaluate: &Evaluate) -> Result<(String, Scope)> {
    let mut scope = Scope::new().with(&[
        Functions::Template,
        Functions::Freight,
        Functions::Data,
        Functions::Utility,
        Functions::Status,
    ]);
    scope.set_now(jiff::Timestamp::now());
    if let Some(file) = &evaluate.env {
        let text = read(file)?;
        let variables: serde_json::Map<String, serde_json::Value> = serde_saphyr::from_str(&text)
            .with_context(|| {
            format!("{} is no JSON or YAML object of variables", file.display())
        })?;
        for (name, value) in &variables {
            scope.set_json(name, value);
        }
    }
    let text =
        if evaluate.text == "-" { read_from(std::io::stdin())? } else { evaluate.text.clone() };
    Ok((text, scope))
}

/// Whether all cases passed.
fn test(environments: Option<&Path>, files: &[PathBuf]) -> Result<bool> {
    let environments = match environments {
        Some(file) => {
            let text = read(file)?;
            Environments::parse(&text)
                .map_err(|error| anyhow::anyhow!("{}: {error}", file.display()))?
        }
        None => Environments::default(),
    };
    let environments = environments.at(jiff::Timestamp::now());
    let (mut passed, mut failed) = (0, 0);
    for file in files {
        let text = read(file)?;
        let summary = cases::run(&text, &environments, |line, difference| {
            tell(format_args!("{}:{line}: {difference}", file.display()));
        });
        passed += summary.passed;
        failed += summary.failed;
    }
    say(format_args!("{passed} passed, {failed} failed"))
        .context("cannot write to standard output")?;
    Ok(failed == 0)
}

/// A text file, unpacked if it is gzipped.
fn read(file: &Path) -> Result<String> {
    let context = || format!("cannot read {}", file.display());
    let opened = File::open(file).with_context(context)?;
    if file.extension().is_some_and(|extension| extension == "gz") {
        read_from(flate2::read::MultiGzDecoder::new(opened)).with_context(context)
    } else {
        read_from(opened).with_context(context)
    }
}

fn read_from(source: impl Read) -> Result<String> {
    let mut text = String::new();
    let bytes = source.take(LARGEST + 1).read_to_string(&mut text)?;
    if bytes as u64 > LARGEST {
        bail!("more than {} MiB", LARGEST >> 20);
    }
    Ok(text)
}
