//! Every type that crosses a process boundary: kinds, REST bodies, labels, annotations and identity hashes. Data only.
