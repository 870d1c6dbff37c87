//! Where a command's words go. Results go to standard output, everything else to standard error.

use std::io::{self, Write};

use crate::Environment;
use crate::failure::{Failure, Result};

/// Both outputs, and how they are to look.
pub(crate) struct Console {
    pub(crate) color: bool,
    pub(crate) is_terminal: bool,
    pub(crate) width: Option<u16>,
}

impl Console {
    pub(crate) fn new(environment: &Environment) -> Self {
        let is_terminal = environment.is_terminal;
        Self {
            color: is_terminal && !environment.no_color,
            is_terminal,
            width: environment.width.filter(|_| is_terminal),
        }
    }

    /// Writes one or more lines of the result.
    pub(crate) fn say(&self, text: &str) -> Result<()> {
        let mut out = io::stdout().lock();
        let text = text.trim_end_matches('\n');
        writeln!(out, "{text}").and_then(|()| out.flush()).map_err(|error| {
            if error.kind() == io::ErrorKind::BrokenPipe {
                return Failure::nobody_reads();
            }
            Failure::new(format!("cannot write to standard output: {error}"))
        })
    }

    /// Writes a remark that is not part of the result.
    pub(crate) fn remark(&self, text: &str) {
        // There is nobody left to tell when standard error is closed.
        let _ = writeln!(io::stderr().lock(), "{text}");
    }

    /// Says how a command failed.
    pub(crate) fn failure(&self, failure: &Failure) {
        if !failure.is_silent() {
            self.remark(&format!("error: {failure}"));
        }
    }
}
