//! REST, admission, authentication and the UI files. The only crate that serves HTTP to users.
