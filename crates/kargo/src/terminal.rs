//! What the program says. A reader that went away, as `head` does, is no reason to fail, and never one to panic.

use std::fmt::Display;
use std::io::{self, Write};

/// Writes a line of the result to standard output.
pub(crate) fn say(line: impl Display) -> io::Result<()> {
    unless_nobody_reads(writeln!(io::stdout().lock(), "{line}"))
}

/// Writes a line about what is going on; standard output that cannot be written to stops nothing.
pub(crate) fn tell(line: impl Display) {
    if let Err(error) = say(line) {
        tracing::warn!(%error, "standard output cannot be written to");
    }
}

/// Takes a closed pipe for what it is: enough was read.
pub(crate) fn unless_nobody_reads(written: io::Result<()>) -> io::Result<()> {
    match written {
        Err(error) if error.kind() == io::ErrorKind::BrokenPipe => Ok(()),
        other => other,
    }
}

#[cfg(test)]
mod tests {
    use super::unless_nobody_reads;
    use std::io::{Error, ErrorKind};

    #[test]
    fn only_a_closed_pipe_is_forgiven() {
        assert!(unless_nobody_reads(Err(Error::from(ErrorKind::BrokenPipe))).is_ok());
        assert!(unless_nobody_reads(Err(Error::from(ErrorKind::StorageFull))).is_err());
        assert!(unless_nobody_reads(Ok(())).is_ok());
    }
}
