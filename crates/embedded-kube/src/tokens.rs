//! Bearer tokens: the administrator's, and the signed ones of service accounts.
use crate::identity::Identity;
use crate::store::Store;
use jsonwebtoken::{Algorithm, DecodingKey, EncodingKey, Header, Validation};
use serde::{Deserialize, Serialize};

const ISSUER: &str = "https://kubernetes.default.svc";
/// Default and longest validity of a service account token, as upstream.
const DEFAULT_SECONDS: i64 = 3600;
const SHORTEST: i64 = 600;
const LONGEST: i64 = 1 << 32;

#[derive(Debug, Serialize, Deserialize)]
struct Claims {
    iss: String,
    sub: String,
    aud: Vec<String>,
    exp: i64,
    iat: i64,
    nbf: i64,
    #[serde(rename = "kubernetes.io")]
    account: Account,
}

#[derive(Debug, Serialize, Deserialize)]
struct Account {
    namespace: String,
    name: String,
    uid: String,
}

/// What tokens are checked against.
#[derive(Default)]
pub(crate) struct Tokens {
    pub(crate) administrator: String,
    pub(crate) signing_key: Vec<u8>,
}

/// A token just issued.
pub(crate) struct Issued {
    pub(crate) token: String,
    pub(crate) expires: jiff::Timestamp,
    pub(crate) audiences: Vec<String>,
}

impl Tokens {
    /// Signs a token for a service account.
    pub(crate) fn issue(
        &self,
        (namespace, name, uid): (&str, &str, &str),
        audiences: Vec<String>,
        seconds: Option<i64>,
        now: jiff::Timestamp,
    ) -> Result<Issued, String> {
        let seconds = seconds.unwrap_or(DEFAULT_SECONDS);
        if !(SHORTEST..=LONGEST).contains(&seconds) {
            let rule = match seconds < SHORTEST {
                true => "may not specify a duration less than 10 minutes",
                false => "may not specify a duration larger than 2^32 seconds",
            };
            return Err(format!("Invalid value: {seconds}: {rule}"));
        }
        let audiences = if audiences.is_empty() { vec![ISSUER.to_owned()] } else { audiences };
        let issued = now.as_second();
        let claims = Claims {
            iss: ISSUER.into(),
            sub: format!("system:serviceaccount:{namespace}:{name}"),
            aud: audiences.clone(),
            exp: issued + seconds,
            iat: issued,
            nbf: issued,
            account: Account { namespace: namespace.into(), name: name.into(), uid: uid.into() },
        };
        let key = EncodingKey::from_secret(&self.signing_key);
        let token = jsonwebtoken::encode(&Header::new(Algorithm::HS256), &claims, &key)
            .map_err(|error| error.to_string())?;
        let expires = jiff::Timestamp::from_second(issued + seconds).map_err(|e| e.to_string())?;
        Ok(Issued { token, expires, audiences })
    }

    /// Who holds `token`; `None` when it proves nothing here and now.
    pub(crate) fn verify(
        &self,
        token: &str,
        audiences: &[String],
        store: &Store,
        now: jiff::Timestamp,
    ) -> Option<Identity> {
        if !self.administrator.is_empty() && same(token.as_bytes(), self.administrator.as_bytes()) {
            return Some(Identity::administrator());
        }
        if self.signing_key.is_empty() {
            return None;
        }
        let mut validation = Validation::new(Algorithm::HS256);
        // Time is checked below against the server's own clock.
        validation.validate_exp = false;
        validation.validate_aud = false;
        validation.set_issuer(&[ISSUER]);
        let key = DecodingKey::from_secret(&self.signing_key);
        let claims = jsonwebtoken::decode::<Claims>(token, &key, &validation).ok()?.claims;
        let fits = |audience: &String| {
            if audiences.is_empty() { audience == ISSUER } else { audiences.contains(audience) }
        };
        let seconds = now.as_second();
        if seconds >= claims.exp || seconds + 60 < claims.nbf || !claims.aud.iter().any(fits) {
            return None;
        }
        let account = claims.account;
        let key = format!("/core/serviceaccounts/{}/{}", account.namespace, account.name);
        let entry = store.get(&key)?;
        (*entry.facts.uid == *account.uid && !entry.facts.deleting)
            .then(|| Identity::service_account(&account.namespace, &account.name, &account.uid))
    }
}

/// Compares without telling by the time taken how much was right.
fn same(one: &[u8], other: &[u8]) -> bool {
    one.len() == other.len()
        && one.iter().zip(other).fold(0, |all, (one, other)| all | (one ^ other)) == 0
}
