//! The command line: one file per command, each talking to the REST API.
