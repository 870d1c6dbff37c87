//! Who is asking: the in-process identity or a bearer token, and whom they act for.
use crate::identity::{Identity, UNAUTHENTICATED, service_account};
use crate::query::decode;
use crate::server::Server;
use crate::status::Status;
use http::HeaderMap;
use http::header::AUTHORIZATION;
use http::request::Parts;
use std::sync::Arc;

impl Server {
    pub(crate) fn authenticate(&self, parts: &Parts) -> Result<Arc<Identity>, Status> {
        let identity = match parts.extensions.get::<Arc<Identity>>() {
            Some(identity) => identity.clone(),
            None => Arc::new(self.bearer(&parts.headers)?),
        };
        match impersonated(&parts.headers)? {
            Some(wanted) => self.impersonate(&identity, wanted).map(Arc::new),
            None => Ok(identity),
        }
    }

    fn bearer(&self, headers: &HeaderMap) -> Result<Identity, Status> {
        let Some(header) = headers.get(AUTHORIZATION) else {
            return Ok(anonymous());
        };
        let text = header.to_str().unwrap_or_default();
        let (scheme, token) = text.split_once(' ').unwrap_or_default();
        if !scheme.eq_ignore_ascii_case("bearer") {
            return Err(Status::unauthorized());
        }
        let verified = self
            .tokens
            .get()
            .and_then(|tokens| tokens.verify(token.trim(), &[], &self.store, (self.now)()));
        verified.ok_or_else(Status::unauthorized)
    }

    /// Acting for others needs the right to do so, for every part of who they are.
    fn impersonate(&self, identity: &Identity, wanted: Identity) -> Result<Identity, Status> {
        let check = |group: &str, resource: &str, namespace: &str, name: &str| {
            self.authorize_impersonation(identity, (group, resource, namespace, name))
        };
        match service_account(&wanted.user) {
            Some((namespace, name)) => check("", "serviceaccounts", namespace, name)?,
            None => check("", "users", "", &wanted.user)?,
        }
        for group in &wanted.groups {
            check("", "groups", "", group)?;
        }
        if !wanted.uid.is_empty() {
            check("authentication.k8s.io", "uids", "", &wanted.uid)?;
        }
        for (name, values) in &wanted.extra {
            for value in values {
                check("authentication.k8s.io", &format!("userextras/{name}"), "", value)?;
            }
        }
        let full = Identity::authenticated(&wanted.user, &wanted.groups);
        Ok(Identity { uid: wanted.uid, extra: wanted.extra, ..full })
    }
}

fn anonymous() -> Identity {
    Identity {
        user: "system:anonymous".into(),
        groups: vec![UNAUTHENTICATED.into()],
        ..Identity::default()
    }
}

fn impersonated(headers: &HeaderMap) -> Result<Option<Identity>, Status> {
    let text = |value: &http::HeaderValue| value.to_str().unwrap_or_default().to_owned();
    let user = headers.get("impersonate-user").map(text).unwrap_or_default();
    let groups: Vec<String> = headers.get_all("impersonate-group").iter().map(text).collect();
    let uid = headers.get("impersonate-uid").map(text).unwrap_or_default();
    let mut extra: Vec<(String, Vec<String>)> = Vec::new();
    for name in headers.keys() {
        if let Some(key) = name.as_str().strip_prefix("impersonate-extra-") {
            let values = headers.get_all(name).iter().map(text).collect();
            extra.push((decode(key, false), values));
        }
    }
    if user.is_empty() {
        if groups.is_empty() && uid.is_empty() && extra.is_empty() {
            return Ok(None);
        }
        let message = "requested impersonation without impersonating a user: set Impersonate-User";
        return Err(Status::bad_request(message));
    }
    Ok(Some(Identity { user, uid, groups, extra }))
}
