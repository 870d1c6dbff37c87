//! Who is asking.
use serde_json::{Map, Value, json};

/// A user as the API server sees it.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Identity {
    /// User name.
    pub user: String,
    /// Unique id, when there is one.
    pub uid: String,
    /// Groups, without duplicates.
    pub groups: Vec<String>,
    /// Extra facts.
    pub extra: Vec<(String, Vec<String>)>,
}

pub(crate) const AUTHENTICATED: &str = "system:authenticated";
pub(crate) const UNAUTHENTICATED: &str = "system:unauthenticated";
pub(crate) const ADMINISTRATORS: &str = "system:masters";
const SERVICE_ACCOUNT: &str = "system:serviceaccount:";

impl Identity {
    /// A user who proved who they are.
    pub fn authenticated(user: &str, groups: &[String]) -> Self {
        let mut all: Vec<String> = Vec::with_capacity(groups.len() + 3);
        all.extend(groups.iter().cloned());
        if user == "system:anonymous" {
            add(&mut all, UNAUTHENTICATED);
        } else {
            if let Some((namespace, _)) = service_account(user) {
                add(&mut all, "system:serviceaccounts");
                add(&mut all, &format!("system:serviceaccounts:{namespace}"));
            }
            add(&mut all, AUTHENTICATED);
        }
        Self { user: user.into(), groups: all, ..Self::default() }
    }

    /// The server's own rights.
    pub fn administrator() -> Self {
        Self::authenticated("system:admin", &[ADMINISTRATORS.into()])
    }

    pub(crate) fn service_account(namespace: &str, name: &str, uid: &str) -> Self {
        let user = format!("{SERVICE_ACCOUNT}{namespace}:{name}");
        Self { uid: uid.into(), ..Self::authenticated(&user, &[]) }
    }

    pub(crate) fn is_administrator(&self) -> bool {
        self.groups.iter().any(|group| group == ADMINISTRATORS)
    }

    pub(crate) fn to_json(&self) -> Value {
        let mut info = json!({"username": self.user, "groups": self.groups});
        if !self.uid.is_empty() {
            info["uid"] = self.uid.as_str().into();
        }
        if !self.extra.is_empty() {
            let extra: Map<String, Value> =
                self.extra.iter().map(|(name, values)| (name.clone(), json!(values))).collect();
            info["extra"] = extra.into();
        }
        info
    }
}

/// Namespace and name of a service account's user name.
pub(crate) fn service_account(user: &str) -> Option<(&str, &str)> {
    user.strip_prefix(SERVICE_ACCOUNT)?.split_once(':')
}

fn add(groups: &mut Vec<String>, group: &str) {
    if !groups.iter().any(|known| known == group) {
        groups.push(group.into());
    }
}
