//! Bearer tokens: the administrator's, and those of service accounts.
pub(crate) struct Tokens {
    pub(crate) administrator: String,
}
