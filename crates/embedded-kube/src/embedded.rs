//! The public face: opening, clients, routers, backups.
use crate::admission::Admission;
use crate::authorization::Policies;
use crate::bootstrap::Keys;
use crate::identity::Identity;
use crate::registry::Registries;
use crate::server::{Now, Server};
use crate::serving::{self, ServeError, Serving};
use crate::status::Status;
use crate::store::{Backend, StorageError, Store, backend::Memory, redb_file};
use axum::body::Body;
use http::Request;
use k8s_openapi::apiextensions_apiserver::pkg::apis::apiextensions::v1::CustomResourceDefinition;
use kube::Client;
use parking_lot::RwLock;
use std::convert::Infallible;
use std::path::{Path, PathBuf};
use std::sync::{Arc, OnceLock};

/// Where objects are kept.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Storage {
    /// Nowhere: gone with the process.
    Memory,
    /// In a folder, durably.
    Folder(PathBuf),
}

/// How to open an embedded API.
pub struct Options {
    /// Where objects are kept.
    pub storage: Storage,
    /// Definitions that are created or brought up to date at every start.
    pub crds: Vec<CustomResourceDefinition>,
    /// The clock.
    pub now: Now,
    /// Asked before every write; may also be set later with [`EmbeddedKube::set_admission`].
    pub admission: Option<Arc<dyn Admission>>,
}

impl Options {
    /// Nothing is kept.
    pub fn in_memory() -> Self {
        Self {
            storage: Storage::Memory,
            crds: Vec::new(),
            now: Arc::new(jiff::Timestamp::now),
            admission: None,
        }
    }

    /// Objects are kept in `folder`.
    pub fn in_folder(folder: impl Into<PathBuf>) -> Self {
        Self { storage: Storage::Folder(folder.into()), ..Self::in_memory() }
    }

    /// With these definitions.
    #[must_use]
    pub fn with_crds(mut self, crds: Vec<CustomResourceDefinition>) -> Self {
        self.crds = crds;
        self
    }

    /// With this clock.
    #[must_use]
    pub fn with_now(mut self, now: Now) -> Self {
        self.now = now;
        self
    }
}

/// Why an embedded API could not be opened.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum Error {
    /// The storage cannot be used.
    #[error("the store cannot be opened")]
    OpenStore(#[source] StorageError),
    /// A definition cannot be written as JSON.
    #[error("a definition cannot be read")]
    ReadDefinition(#[source] serde_json::Error),
    /// What every server needs could not be written.
    #[error("the server cannot be prepared")]
    Bootstrap(#[source] Status),
    /// The loading thread was lost.
    #[error("the store could not be loaded")]
    Load(#[source] tokio::task::JoinError),
}

/// A Kubernetes API in this process. Cheap to clone; stops when the last clone is gone.
#[derive(Clone)]
pub struct EmbeddedKube {
    server: Arc<Server>,
    keys: Arc<Keys>,
}

impl EmbeddedKube {
    /// Opens the store, brings the definitions up to date and starts the background work.
    pub async fn open(options: Options) -> Result<Self, Error> {
        let storage = options.storage.clone();
        let load = tokio::task::spawn_blocking(move || open_store(&storage));
        let store = load.await.map_err(Error::Load)?.map_err(Error::OpenStore)?;
        let server = Arc::new(Server {
            store: Arc::new(store),
            registries: Registries::default(),
            policies: Policies::default(),
            tokens: OnceLock::new(),
            now: options.now,
            admission: RwLock::new(None),
        });
        server.registries.refresh(&server.store);
        let mut definitions = Vec::with_capacity(options.crds.len());
        for crd in &options.crds {
            definitions.push(serde_json::to_value(crd).map_err(Error::ReadDefinition)?);
        }
        let keys = server.bootstrap(&definitions).await.map_err(Error::Bootstrap)?;
        *server.admission.write() = options.admission;
        tokio::spawn(crate::collector::run(Arc::downgrade(&server)));
        Ok(Self { server, keys: Arc::new(keys) })
    }

    /// A client with all rights.
    pub fn client(&self) -> Client {
        self.client_of(Identity::administrator())
    }

    /// A client that acts as this user in these groups.
    pub fn client_as(&self, user: &str, groups: &[String]) -> Client {
        self.client_of(Identity::authenticated(user, groups))
    }

    fn client_of(&self, identity: Identity) -> Client {
        let server = self.server.clone();
        let identity = Arc::new(identity);
        let service = tower::service_fn(move |request: Request<kube::client::Body>| {
            let mut request = request.map(Body::new);
            request.extensions_mut().insert(identity.clone());
            let server = server.clone();
            async move { Ok::<_, Infallible>(server.handle(request).await) }
        });
        Client::new(service, "default")
    }

    /// The API for HTTP: callers prove who they are with bearer tokens.
    pub fn router(&self) -> axum::Router {
        let server = self.server.clone();
        axum::Router::new().fallback(move |request: Request<Body>| {
            let server = server.clone();
            async move { server.handle(request).await }
        })
    }

    /// Sets the hook asked before every write.
    pub fn set_admission(&self, admission: Arc<dyn Admission>) {
        *self.server.admission.write() = Some(admission);
    }

    /// Writes everything stored at this moment into a new file.
    pub fn backup(&self, file: &Path) -> Result<(), StorageError> {
        redb_file::backup(&self.server.store, file)
    }

    /// Puts a backup into an empty data folder.
    pub fn restore(file: &Path, folder: &Path) -> Result<(), StorageError> {
        redb_file::restore(file, folder)
    }

    /// Serves the API over HTTPS on `listener`; `names` are the host names and addresses clients will use.
    pub fn serve(
        &self,
        listener: std::net::TcpListener,
        names: &[String],
    ) -> Result<Serving, ServeError> {
        serving::serve(self.router(), &self.keys, listener, names)
    }

    /// A kubeconfig with all rights for this server reached at `url`.
    pub fn kubeconfig(&self, url: &str) -> Result<String, ServeError> {
        serving::kubeconfig(&self.keys, url)
    }

    /// Stops: open watches end, writes under way are finished, later ones refused, and the data folder is free again.
    pub async fn close(self) {
        let server = self.server;
        // The hook may hold a client of this very server.
        *server.admission.write() = None;
        // A panic of the closing thread leaves nothing to do: the file is closed with the process.
        let _ = tokio::task::spawn_blocking(move || server.store.close()).await;
    }

    /// The token of the administrator.
    pub fn administrator_token(&self) -> &str {
        &self.keys.administrator
    }
}

fn open_store(storage: &Storage) -> Result<Store, StorageError> {
    let (backend, path): (Box<dyn Backend>, String) = match storage {
        Storage::Memory => (Box::new(Memory), "memory".into()),
        Storage::Folder(folder) => {
            (Box::new(redb_file::RedbFile::open(folder)?), folder.display().to_string())
        }
    };
    Store::open(backend, &path)
}

impl From<Status> for kube::core::Status {
    fn from(status: Status) -> Self {
        serde_json::from_value(status.to_json()).unwrap_or_default()
    }
}
