//! A bench for tests of steps: a work directory, and the outside world as far as it is needed.

use std::{
    collections::BTreeMap,
    path::{Path, PathBuf},
    sync::Arc,
};

use api::{FreightCollection, FreightRequest, Timestamp};
use futures::future::BoxFuture;
use integrations::{
    clock::{Clock, SystemClock},
    credentials::CredentialLookup,
    git::{IntegrationPolicy, MirrorSettings, Mirrors},
    outbound::{Outbound, OutboundPolicy},
};
use kube::client::Body;
use serde_json::{Value, json};
use tokio_util::sync::CancellationToken;

use crate::{
    Outcome, Services, Step, StepContext, StepError,
    engine::{FactKind, Facts, FactsError},
    work_dir::WorkDir,
};

/// Facts in a map.
#[derive(Clone, Debug, Default)]
pub(crate) struct KnownFacts(pub(crate) BTreeMap<(FactKind, String, String), Value>);

impl KnownFacts {
    pub(crate) fn with(
        mut self,
        kind: FactKind,
        namespace: &str,
        name: &str,
        object: Value,
    ) -> Self {
        self.0.insert((kind, namespace.into(), name.into()), object);
        self
    }
}

impl Facts for KnownFacts {
    fn object<'a>(
        &'a self,
        kind: FactKind,
        namespace: &'a str,
        name: &'a str,
    ) -> BoxFuture<'a, Result<Option<Value>, FactsError>> {
        let found = self.0.get(&(kind, namespace.into(), name.into())).cloned();
        Box::pin(async move { Ok(found) })
    }
}

/// A control plane that holds nothing; steps that need something of it bring their own.
pub(crate) fn empty_control_plane() -> kube::Client {
    let service = tower::service_fn(|request: http::Request<Body>| async move {
        let (code, body) = if request.uri().path().ends_with("/secrets") {
            (200, json!({"kind": "SecretList", "apiVersion": "v1", "metadata": {}, "items": []}))
        } else {
            let reason = json!({"kind": "Status", "apiVersion": "v1", "status": "Failure",
                "message": "nothing is here", "reason": "NotFound", "code": 404});
            (404, reason)
        };
        let response = http::Response::builder().status(code);
        let response = response.header("content-type", "application/json");
        Ok::<_, std::convert::Infallible>(
            response.body(Body::from(body.to_string().into_bytes())).unwrap(),
        )
    });
    kube::Client::new(service, "project")
}

/// A clock that moves when it is told to.
#[derive(Clone, Debug)]
pub(crate) struct MovableClock(Arc<tokio::sync::watch::Sender<Timestamp>>);

impl MovableClock {
    pub(crate) fn new() -> Self {
        Self(Arc::new(tokio::sync::watch::Sender::new(
            Timestamp::from_second(1_800_000_000).unwrap(),
        )))
    }

    pub(crate) fn forward(&self, seconds: i64) {
        self.0.send_modify(|now| *now += jiff::SignedDuration::from_secs(seconds));
    }

    pub(crate) fn set(&self, at: Timestamp) {
        self.0.send_modify(|now| *now = at);
    }
}

impl Clock for MovableClock {
    fn now(&self) -> Timestamp {
        *self.0.borrow()
    }

    fn sleep_until(&self, at: Timestamp) -> BoxFuture<'static, ()> {
        let mut moved = self.0.subscribe();
        Box::pin(async move {
            moved.wait_for(|now| *now >= at).await.unwrap();
        })
    }
}

/// Services with real git and HTTP on this machine.
pub(crate) async fn services(home: &Path) -> Services {
    services_with(mirrors(home).await)
}

async fn mirrors(home: &Path) -> Mirrors {
    let outbound = Outbound::new(OutboundPolicy::one_machine()).unwrap();
    Mirrors::open(MirrorSettings::new(home.join("mirrors"), outbound)).await.unwrap()
}

fn services_with(mirrors: Mirrors) -> Services {
    let client = empty_control_plane();
    Services {
        clock: Arc::new(SystemClock),
        client: client.clone(),
        mirrors,
        credentials: CredentialLookup::new(client),
        outbound: Outbound::new(OutboundPolicy::one_machine()).unwrap(),
        push_policy: IntegrationPolicy::default(),
        shared_namespace: "shared".into(),
        ui_base_url: String::new(),
    }
}

/// Mirrors are costly to open, and single steps hardly use them.
async fn shared_mirrors() -> Mirrors {
    static SHARED: tokio::sync::OnceCell<(tempfile::TempDir, Mirrors)> =
        tokio::sync::OnceCell::const_new();
    let open = || async {
        let home = tempfile::tempdir().unwrap();
        let mirrors = mirrors(home.path()).await;
        (home, mirrors)
    };
    SHARED.get_or_init(open).await.1.clone()
}

/// A work directory to run single steps in.
pub(crate) struct Bench {
    home: tempfile::TempDir,
    pub(crate) freight: FreightCollection,
    pub(crate) requests: Vec<FreightRequest>,
    pub(crate) facts: KnownFacts,
    pub(crate) client: Option<kube::Client>,
}

impl Bench {
    pub(crate) fn new() -> Self {
        let home = tempfile::tempdir().unwrap();
        std::fs::create_dir(home.path().join("work")).unwrap();
        Self {
            home,
            freight: FreightCollection::default(),
            requests: Vec::new(),
            facts: KnownFacts::default(),
            client: None,
        }
    }

    pub(crate) async fn run(
        &self,
        step: &'static Step,
        config: Value,
    ) -> Result<Outcome, StepError> {
        let work_dir = WorkDir::open(&self.path(".")).unwrap();
        let mut services = services_with(shared_mirrors().await);
        services.client = self.client.clone().unwrap_or(services.client);
        let context = StepContext {
            work_dir: &work_dir,
            services: &services,
            project: "project",
            stage: "test",
            promotion: "test.01.abc",
            alias: "step",
            freight: &self.freight,
            requests: &self.requests,
            facts: &self.facts,
            key: "0123456789abcdef",
            started_at: services.clock.now(),
            previous: None,
            cancel: &CancellationToken::new(),
        };
        (step.run)(&context, config).await
    }

    pub(crate) fn path(&self, path: &str) -> PathBuf {
        self.home.path().join("work").join(path)
    }

    pub(crate) fn write(&self, path: &str, text: &str) {
        let path = self.path(path);
        std::fs::create_dir_all(path.parent().unwrap()).unwrap();
        std::fs::write(path, text).unwrap();
    }

    pub(crate) fn text(&self, path: &str) -> String {
        std::fs::read_to_string(self.path(path)).unwrap()
    }

    /// Every file, sorted; links are left out.
    pub(crate) fn files(&self) -> Vec<String> {
        let root = self.path(".");
        let mut files: Vec<_> = walkdir::WalkDir::new(&root)
            .into_iter()
            .map(Result::unwrap)
            .filter(|entry| entry.file_type().is_file())
            .map(|entry| entry.path().strip_prefix(&root).unwrap().to_str().unwrap().to_owned())
            .collect();
        files.sort();
        files
    }
}
