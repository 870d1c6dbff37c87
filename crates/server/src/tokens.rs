//! Tokens of the admin account: HS256 JWTs as Kargo issues them.

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use jiff::{SignedDuration, Timestamp};
use jsonwebtoken::{Algorithm, DecodingKey, EncodingKey, Header, Validation};
use serde::{Deserialize, Serialize};

/// How the built-in administrator logs in.
#[derive(Clone)]
pub struct Admin {
    /// bcrypt hash of the password.
    pub password_hash: String,
    /// Key that signs the tokens; at least 32 random bytes.
    pub token_signing_key: Vec<u8>,
    /// The `iss` claim.
    pub token_issuer: String,
    /// The `aud` claim.
    pub token_audience: String,
    /// How long a login lasts.
    pub token_lifetime: SignedDuration,
    /// Kubernetes groups the administrator acts in.
    pub groups: Vec<String>,
}

impl std::fmt::Debug for Admin {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Admin").field("token_issuer", &self.token_issuer).finish_non_exhaustive()
    }
}

#[derive(Debug, Serialize, Deserialize)]
struct Claims {
    aud: String,
    exp: i64,
    iat: i64,
    iss: String,
    jti: String,
    nbf: i64,
    sub: String,
}

/// Why a token was not accepted. The caller never learns which of these it was.
#[derive(Debug, thiserror::Error)]
pub(crate) enum TokenError {
    #[error("signing the token")]
    Sign(#[source] jsonwebtoken::errors::Error),
    #[error("checking the token")]
    Verify(#[source] jsonwebtoken::errors::Error),
    #[error("the token is not valid at this time")]
    Time,
    #[error("the token names another subject")]
    Subject,
}

impl Admin {
    pub(crate) fn issue(&self, now: Timestamp) -> Result<String, TokenError> {
        let claims = Claims {
            aud: self.token_audience.clone(),
            exp: now.as_second().saturating_add(self.token_lifetime.as_secs()),
            iat: now.as_second(),
            iss: self.token_issuer.clone(),
            jti: uuid::Uuid::new_v4().to_string(),
            nbf: now.as_second(),
            sub: "admin".into(),
        };
        let key = EncodingKey::from_secret(&self.token_signing_key);
        jsonwebtoken::encode(&Header::new(Algorithm::HS256), &claims, &key)
            .map_err(TokenError::Sign)
    }

    /// Accepts a token this server signed, while it is valid.
    pub(crate) fn verify(&self, token: &str, now: Timestamp) -> Result<(), TokenError> {
        let mut validation = Validation::new(Algorithm::HS256);
        // The clock is ours, so the times are checked below.
        validation.validate_exp = false;
        validation.validate_nbf = false;
        validation.set_audience(&[&self.token_audience]);
        validation.set_issuer(&[&self.token_issuer]);
        validation.set_required_spec_claims(&["exp", "iss", "aud", "sub"]);
        let key = DecodingKey::from_secret(&self.token_signing_key);
        let token =
            jsonwebtoken::decode::<Claims>(token, &key, &validation).map_err(TokenError::Verify)?;
        let now = now.as_second();
        if now >= token.claims.exp || now < token.claims.nbf {
            return Err(TokenError::Time);
        }
        if token.claims.sub != "admin" {
            return Err(TokenError::Subject);
        }
        Ok(())
    }
}

/// Reads the issuer of a token without trusting it, to know who has to verify it.
pub(crate) fn untrusted_issuer(token: &str) -> Option<String> {
    #[derive(Deserialize)]
    struct Issuer {
        iss: Option<String>,
    }
    let mut parts = token.split('.');
    let (_, payload, _) = (parts.next()?, parts.next()?, parts.next()?);
    let payload = URL_SAFE_NO_PAD.decode(payload).ok()?;
    serde_json::from_slice::<Issuer>(&payload).ok()?.iss
}

#[cfg(test)]
mod tests {
    use super::*;

    fn admin() -> Admin {
        Admin {
            password_hash: String::new(),
            token_signing_key: vec![7; 32],
            token_issuer: "kargo".into(),
            token_audience: "kargo".into(),
            token_lifetime: SignedDuration::from_hours(24),
            groups: Vec::new(),
        }
    }

    #[test]
    fn a_token_lasts_as_long_as_it_says() {
        let now = Timestamp::from_second(1_800_000_000).unwrap();
        let token = admin().issue(now).unwrap();
        assert!(admin().verify(&token, now).is_ok());
        assert_eq!(untrusted_issuer(&token).as_deref(), Some("kargo"));
        let before = now - SignedDuration::from_secs(1);
        assert!(matches!(admin().verify(&token, before), Err(TokenError::Time)));
        let end = now + SignedDuration::from_hours(24);
        assert!(matches!(admin().verify(&token, end), Err(TokenError::Time)));
    }

    #[test]
    fn foreign_and_unsigned_tokens_are_refused() {
        let now = Timestamp::from_second(1_800_000_000).unwrap();
        let other = Admin { token_signing_key: vec![8; 32], ..admin() };
        assert!(admin().verify(&other.issue(now).unwrap(), now).is_err());
        let elsewhere = Admin { token_audience: "other".into(), ..admin() };
        assert!(admin().verify(&elsewhere.issue(now).unwrap(), now).is_err());
        let token = admin().issue(now).unwrap();
        let payload = token.split('.').nth(1).unwrap();
        let none = URL_SAFE_NO_PAD.encode(r#"{"alg":"none","typ":"JWT"}"#);
        assert!(admin().verify(&format!("{none}.{payload}."), now).is_err());
        for junk in ["", ".", "..", "a.b.c", "ü.ü.ü"] {
            assert!(admin().verify(junk, now).is_err());
            assert_eq!(untrusted_issuer(junk), None);
        }
    }
}
