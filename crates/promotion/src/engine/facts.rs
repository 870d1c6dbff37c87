//! Facts that expressions ask for: objects of the control plane, fetched when an evaluation
//! turns out to need them.

use futures::future::BoxFuture;
use k8s_openapi::{
    NamespaceResourceScope,
    api::core::v1::{ConfigMap, Secret},
};
use kube::{Api, Client};
use serde::{Serialize, de::DeserializeOwned};
use serde_json::Value;

/// A kind of object an expression may ask for.
#[derive(Clone, Copy, Debug, Eq, Ord, PartialEq, PartialOrd)]
pub enum FactKind {
    /// A ConfigMap.
    ConfigMap,
    /// A piece of Freight.
    Freight,
    /// A Secret.
    Secret,
    /// A Stage.
    Stage,
    /// A Warehouse.
    Warehouse,
}

/// Where facts come from.
pub trait Facts: Send + Sync {
    /// The object as JSON; none when there is no such object.
    fn object<'a>(
        &'a self,
        kind: FactKind,
        namespace: &'a str,
        name: &'a str,
    ) -> BoxFuture<'a, Result<Option<Value>, FactsError>>;
}

/// A fact could not be had.
#[derive(Debug, thiserror::Error)]
pub enum FactsError {
    /// The control plane says no; asking again will not help.
    #[error("reading {kind:?} `{namespace}/{name}` is not allowed")]
    Denied {
        /// What was asked for.
        kind: FactKind,
        /// Its namespace.
        namespace: String,
        /// Its name.
        name: String,
    },
    /// The control plane did not answer as it should.
    #[error("cannot read {kind:?} `{namespace}/{name}`")]
    Unavailable {
        /// What was asked for.
        kind: FactKind,
        /// Its namespace.
        namespace: String,
        /// Its name.
        name: String,
        /// Why.
        source: Box<dyn std::error::Error + Send + Sync>,
    },
}

/// Facts from the Kubernetes API, read live: a step may have changed them a moment ago.
pub struct KubeFacts {
    client: Client,
}

impl KubeFacts {
    /// Facts that `client` may read.
    pub fn new(client: Client) -> Self {
        Self { client }
    }

    async fn get<K>(
        &self,
        kind: FactKind,
        namespace: &str,
        name: &str,
    ) -> Result<Option<Value>, FactsError>
    where
        K: kube::Resource<Scope = NamespaceResourceScope, DynamicType = ()>
            + Clone
            + std::fmt::Debug
            + DeserializeOwned
            + Serialize,
    {
        let unavailable =
            |source: Box<dyn std::error::Error + Send + Sync>| FactsError::Unavailable {
                kind,
                namespace: namespace.to_owned(),
                name: name.to_owned(),
                source,
            };
        match Api::<K>::namespaced(self.client.clone(), namespace).get_opt(name).await {
            Ok(found) => found
                .map(serde_json::to_value)
                .transpose()
                .map_err(|error| unavailable(error.into())),
            Err(kube::Error::Api(status)) if matches!(status.code, 401 | 403) => {
                Err(FactsError::Denied {
                    kind,
                    namespace: namespace.to_owned(),
                    name: name.to_owned(),
                })
            }
            Err(error) => Err(unavailable(error.into())),
        }
    }
}

impl Facts for KubeFacts {
    fn object<'a>(
        &'a self,
        kind: FactKind,
        namespace: &'a str,
        name: &'a str,
    ) -> BoxFuture<'a, Result<Option<Value>, FactsError>> {
        Box::pin(async move {
            match kind {
                FactKind::ConfigMap => self.get::<ConfigMap>(kind, namespace, name).await,
                FactKind::Freight => self.get::<api::Freight>(kind, namespace, name).await,
                FactKind::Secret => self.get::<Secret>(kind, namespace, name).await,
                FactKind::Stage => self.get::<api::Stage>(kind, namespace, name).await,
                FactKind::Warehouse => self.get::<api::Warehouse>(kind, namespace, name).await,
            }
        })
    }
}
