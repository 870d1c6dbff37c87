//! One control plane with everything around it, made anew for a test.

use std::fmt::Debug;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

use controllers::{Controllers, Settings};
use embedded_kube::EmbeddedKube;
use integrations::clock::Clock;
use integrations::credentials::CredentialLookup;
use integrations::git::{IntegrationPolicy, MirrorSettings, Mirrors};
use integrations::local_servers::{GitServer, GitServerOptions, OciRegistry, OciRegistryOptions};
use integrations::oci::{Registries, RegistrySettings};
use integrations::outbound::{Outbound, OutboundPolicy};
use jiff::SignedDuration;
use k8s_openapi::NamespaceResourceScope;
use k8s_openapi::api::core::v1::Namespace;
use kube::api::{DeleteParams, DynamicObject};
use kube::config::{KubeConfigOptions, Kubeconfig};
use kube::runtime::wait::await_condition;
use kube::{Api, Client, Config, Resource};
use serde::Serialize;
use serde::de::DeserializeOwned;
use tempfile::TempDir;
use tokio::runtime::{Handle, RuntimeFlavor};
use tokio::sync::{Mutex, MutexGuard};

use crate::patience::PATIENCE;
use crate::{MovableClock, admission, admitting_client, eventually, manifests};

/// Who acts in tests where the process itself does not.
const USER: &str = "someone@example.com";
const ADMINS: &str = "system:masters";
/// What a retry after a failed discovery waits for comes from the clock, so nothing needs a longer interval.
const MINIMUM_INTERVAL: SignedDuration = SignedDuration::ZERO;

pub struct World {
    /// Acts with the process's own rights.
    pub client: Client,
    /// Acts as a person who may do everything.
    pub user: Client,
    pub clock: MovableClock,
    pub git: GitServer,
    pub registry: OciRegistry,
    /// Name of the Project and of its namespace.
    pub project: String,
    controllers: Option<Controllers>,
    embedded: Option<EmbeddedKube>,
    folder: TempDir,
    counter: AtomicU64,
    _turn: Option<MutexGuard<'static, ()>>,
}

/// Controllers look after every Project of a cluster, so only one World may be in front of it at a time.
static CLUSTER: Mutex<()> = Mutex::const_new(());

impl World {
    /// Starts everything. The Project is not there yet: see [`World::with_project`].
    pub async fn start() -> Self {
        let mut world = Self::without_controllers().await;
        world.start_controllers().await;
        world
    }

    /// Everything but the controllers, for tests that prepare objects first.
    pub async fn without_controllers() -> Self {
        let folder = must("make a folder", tempfile::tempdir());
        let clock = MovableClock::default();
        let git = GitServer::start(GitServerOptions::new(folder.path().join("git-server")));
        let git = must("start the git server", git.await);
        let registry = OciRegistry::start(OciRegistryOptions::default()).await;
        let registry = must("start the registry", registry);
        let kubeconfig = must("read the file that KUBECONFIG names", Kubeconfig::from_env());
        let mut turn = None;
        let (client, user, embedded) = match kubeconfig {
            Some(kubeconfig) => {
                turn = Some(CLUSTER.lock().await);
                let (client, user) = connect(kubeconfig, &clock).await;
                (client, user, None)
            }
            None => {
                let embedded = embed(&clock).await;
                let user = embedded.client_as(USER, &[ADMINS.to_owned()]);
                (admission::own_client(&embedded), user, Some(embedded))
            }
        };
        // A cluster is shared with other tests; the folder's name is new for each.
        let unique: String = folder.path().display().to_string();
        let unique: String = unique.chars().rev().take_while(char::is_ascii_alphanumeric).collect();
        let project = match embedded {
            Some(_) => "demo".to_owned(),
            None => format!("kargo-test-{}", unique.to_ascii_lowercase()),
        };
        Self {
            client,
            user,
            clock,
            git,
            registry,
            project,
            controllers: None,
            embedded,
            folder,
            counter: AtomicU64::new(0),
            _turn: turn,
        }
    }

    pub async fn start_controllers(&mut self) {
        assert!(self.controllers.is_none(), "the controllers are running already");
        let policy = OutboundPolicy::one_machine();
        let outbound = must("prepare outbound HTTP", Outbound::new(policy));
        let mirrors = MirrorSettings::new(self.folder.path().join("mirrors"), outbound.clone());
        let clock: Arc<dyn Clock> = Arc::new(self.clock.clone());
        let services = promotion::Services {
            clock,
            client: self.client.clone(),
            mirrors: must("prepare the git mirrors", Mirrors::open(mirrors).await),
            credentials: CredentialLookup::new(self.client.clone()).allowing_over_http(true),
            outbound: outbound.clone(),
            push_policy: IntegrationPolicy::default(),
            shared_namespace: "kargo-shared-resources".to_owned(),
            ui_base_url: String::new(),
        };
        let controllers = controllers::start(Settings {
            services,
            registries: Registries::new(outbound, RegistrySettings::default()),
            work_dirs: self.folder.path().join("work"),
            minimum_warehouse_interval: MINIMUM_INTERVAL,
            name: "test".to_owned(),
        });
        self.controllers = Some(controllers.await);
    }

    /// As when the process ends: steps that run are interrupted, nothing else is lost.
    pub async fn stop_controllers(&mut self) {
        if let Some(controllers) = self.controllers.take() {
            controllers.stop().await;
        }
    }

    /// A number that was not given before; the clock stands still, so it tells nothing apart.
    pub(crate) fn next_number(&self) -> u64 {
        self.counter.fetch_add(1, Ordering::Relaxed)
    }

    /// The embedded API; absent in front of a cluster.
    pub fn embedded(&self) -> Option<&EmbeddedKube> {
        self.embedded.as_ref()
    }

    pub fn api<K>(&self) -> Api<K>
    where
        K: Resource<Scope = NamespaceResourceScope, DynamicType = ()>,
    {
        Api::namespaced(self.user.clone(), &self.project)
    }

    /// Replaces `@PROJECT@`, `@GIT@` (address of the git server) and `@REGISTRY@` (host of the registry).
    pub fn fill_in(&self, text: &str) -> String {
        let text = text.replace("@PROJECT@", &self.project);
        text.replace("@GIT@", &self.git.url()).replace("@REGISTRY@", &self.registry.host())
    }

    /// Applies manifests as a user would; objects without a namespace go into the Project's.
    pub async fn apply(&self, manifests: &str) {
        for object in manifests::read(&self.fill_in(manifests), &self.project) {
            let name = object.metadata.name.clone().unwrap_or_default();
            must(&format!("apply {name}"), manifests::apply(&self.user, &object).await);
        }
    }

    /// Applies one manifest that may be refused.
    pub async fn try_apply(&self, manifest: &str) -> kube::Result<DynamicObject> {
        let objects = manifests::read(&self.fill_in(manifest), &self.project);
        let [object] = objects.as_slice() else { panic!("one manifest, not {}", objects.len()) };
        manifests::apply(&self.user, object).await
    }

    /// Waits by a watch until an object of the Project is as wanted.
    #[track_caller]
    pub fn until<K>(&self, name: &str, wanted: impl Fn(&K) -> bool) -> impl Future<Output = K>
    where
        K: Resource<Scope = NamespaceResourceScope, DynamicType = ()>
            + Clone
            + Debug
            + DeserializeOwned
            + Serialize
            + Send
            + Sync
            + 'static,
    {
        let at = std::panic::Location::caller();
        let api: Api<K> = self.api();
        async move {
            let condition = |object: Option<&K>| object.is_some_and(&wanted);
            let waiting = await_condition(api.clone(), name, condition);
            let Ok(found) = tokio::time::timeout(PATIENCE, waiting).await else {
                let now = api.get_opt(name).await;
                let kind = K::kind(&());
                panic!("{at}: {kind} {name} did not become as wanted in {PATIENCE:?}: {now:#?}");
            };
            match found {
                Ok(Some(found)) => found,
                other => panic!("{at}: the watch of {name} ended with {other:?}"),
            }
        }
    }

    /// Waits until nothing is due and the controllers have seen everything that was written.
    #[track_caller]
    pub fn settle(&self) -> impl Future<Output = ()> {
        let at = std::panic::Location::caller();
        async move {
            let Some(controllers) = &self.controllers else { panic!("{at}: no controllers run") };
            let mut before = None;
            eventually(
                &format!("the controllers to come to rest (asked for at {at})"),
                async || {
                    let now = controllers.rest().await;
                    let rests = now.is_some() && now == before;
                    before = now;
                    rests.then_some(())
                },
            )
            .await;
        }
    }
}

impl World {
    /// Takes along what a cluster would keep: the Project with its namespace, while controllers still let it go.
    async fn leave(&mut self) {
        if self.controllers.is_none() {
            self.start_controllers().await;
        }
        let options = DeleteParams::default();
        let projects = Api::<api::Project>::all(self.client.clone());
        let namespaces = Api::<Namespace>::all(self.client.clone());
        // Whatever cannot be deleted stays; the test has its result already.
        let _ = projects.delete(&self.project, &options).await;
        let _ = namespaces.delete(&self.project, &options).await;
        let gone =
            await_condition(namespaces, &self.project, |known: Option<&Namespace>| known.is_none());
        let _ = tokio::time::timeout(PATIENCE, gone).await;
    }
}

impl Drop for World {
    fn drop(&mut self) {
        let Ok(handle) = Handle::try_current() else { return };
        let can_wait = handle.runtime_flavor() == RuntimeFlavor::MultiThread;
        if self.embedded.is_none() && can_wait && !std::thread::panicking() {
            tokio::task::block_in_place(|| handle.block_on(self.leave()));
        }
    }
}

async fn embed(clock: &MovableClock) -> EmbeddedKube {
    let time = clock.clone();
    let options = embedded_kube::Options::in_memory()
        .with_crds(api::crds())
        .with_now(Arc::new(move || time.now()));
    let embedded = must("open the embedded API", EmbeddedKube::open(options).await);
    let own = admission::own_client(&embedded);
    embedded.set_admission(admission::hook(own, Arc::new(clock.clone())));
    embedded
}

/// The process's own client and that of a user. The cluster does not ask us about writes, so the clients do.
async fn connect(kubeconfig: Kubeconfig, clock: &MovableClock) -> (Client, Client) {
    let config = Config::from_custom_kubeconfig(kubeconfig, &KubeConfigOptions::default()).await;
    let client = Client::try_from(must("use the kubeconfig", config));
    let client = must("make a client of the cluster", client);
    let client = admitting_client::wrap(client, Arc::new(clock.clone()));
    let user = server::Identity { user: USER.to_owned(), groups: vec![ADMINS.to_owned()] };
    (client.clone(), server::impersonating(client)(&user))
}

/// A World that cannot be made or used is the end of the test.
#[track_caller]
pub(crate) fn must<T, E: Debug>(what: &str, outcome: Result<T, E>) -> T {
    match outcome {
        Ok(value) => value,
        Err(error) => panic!("cannot {what}: {error:?}"),
    }
}
