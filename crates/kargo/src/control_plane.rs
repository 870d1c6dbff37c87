//! A whole control plane in this process: store or cluster, controllers, REST, UI.

use std::net::SocketAddr;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use anyhow::{Context, Result, bail};
use integrations::clock::{Clock, SystemClock};
use integrations::credentials::CredentialLookup;
use integrations::git::{IntegrationPolicy, MirrorSettings, Mirrors};
use integrations::oci::{Registries, RegistrySettings};
use integrations::outbound::{Outbound, OutboundPolicy};
use jiff::SignedDuration;
use tokio::net::TcpListener;
use tokio::task::JoinSet;
use tokio_util::sync::CancellationToken;

use crate::kubernetes::{self, Kubernetes};
use crate::{admin, backup_socket, listeners};

/// How to start. Everything a user can choose, already checked for form.
#[derive(Clone)]
pub(crate) struct Options {
    pub(crate) data_dir: PathBuf,
    pub(crate) listen: SocketAddr,
    /// The option that chose it, for messages.
    pub(crate) listen_option: &'static str,
    pub(crate) kubernetes_listen: SocketAddr,
    pub(crate) kubeconfig: Option<PathBuf>,
    pub(crate) authenticate: bool,
    pub(crate) admin_password: Option<String>,
    pub(crate) outbound: OutboundPolicy,
    pub(crate) allow_credentials_over_http: bool,
    pub(crate) minimum_warehouse_interval: SignedDuration,
    pub(crate) mirror_budget: u64,
    pub(crate) serve_ui: bool,
}

impl Options {
    /// For one machine: everything on loopback, the private network within reach.
    pub(crate) fn one_machine(data_dir: PathBuf) -> Self {
        let loopback = SocketAddr::from(([127, 0, 0, 1], 0));
        Self {
            data_dir,
            listen: loopback,
            listen_option: "--listen",
            kubernetes_listen: loopback,
            kubeconfig: None,
            authenticate: true,
            admin_password: None,
            outbound: OutboundPolicy::one_machine(),
            allow_credentials_over_http: false,
            minimum_warehouse_interval: SignedDuration::ZERO,
            mirror_budget: 10 << 30,
            serve_ui: true,
        }
    }
}

/// A running control plane.
pub(crate) struct ControlPlane {
    pub(crate) url: String,
    /// A client with all rights, for the process's own use.
    pub(crate) client: kube::Client,
    /// The embedded API for `kubectl`; absent in front of a cluster.
    pub(crate) kubeconfig: Option<PathBuf>,
    pub(crate) generated_password: Option<String>,
    kubernetes: Kubernetes,
    kubernetes_api: Option<embedded_kube::Serving>,
    controllers: controllers::Controllers,
    tasks: JoinSet<Result<()>>,
    shutdown: CancellationToken,
}

/// Where Kargo itself, shared credentials and the system's credentials live.
const NAMESPACES: [&str; 3] = ["kargo", "kargo-shared-resources", "kargo-system-resources"];
/// Groups whose members may do everything.
const ADMIN_GROUPS: [&str; 1] = ["system:masters"];

impl ControlPlane {
    pub(crate) async fn start(options: Options) -> Result<Self> {
        if !options.authenticate && !options.listen.ip().is_loopback() {
            bail!(
                "--no-auth lets everybody in, so it needs a loopback address: {} is reachable from elsewhere",
                options.listen
            );
        }
        // The port is taken first: a second start fails before it touches anything.
        let listener = listeners::bind(options.listen, options.listen_option).await?;
        prepare_folder(&options.data_dir)?;
        let clock: Arc<dyn Clock> = Arc::new(SystemClock);
        let kubernetes = Kubernetes::start(&options, clock.clone()).await?;
        kubernetes::ensure_namespaces(&kubernetes.client, &NAMESPACES).await?;

        let services = services(&options, &kubernetes.client, &clock).await?;
        let registries = Registries::new(services.outbound.clone(), RegistrySettings::default());
        let controllers = controllers::start(controllers::Settings {
            services,
            registries,
            work_dirs: options.data_dir.join("work"),
            minimum_warehouse_interval: options.minimum_warehouse_interval,
            name: "kargo".to_owned(),
        })
        .await;
        Self::serve(options, listener, kubernetes, controllers, clock).await
    }

    async fn serve(
        options: Options,
        listener: TcpListener,
        kubernetes: Kubernetes,
        controllers: controllers::Controllers,
        clock: Arc<dyn Clock>,
    ) -> Result<Self> {
        let shutdown = CancellationToken::new();
        let mut tasks = JoinSet::new();
        let (kubernetes_api, kubeconfig) = kubernetes.serve(&options).await?.unzip();
        if let Some(embedded) = kubernetes.embedded() {
            tasks.spawn(backup_socket::serve(
                options.data_dir.clone(),
                embedded.clone(),
                shutdown.clone(),
            ));
        }
        let address = listener.local_addr().context("cannot read the address listened on")?;
        let url = format!("http://{address}");
        let (authentication, generated_password) = authentication(&options)?;
        let router = server::router(server::ServerConfig {
            client: kubernetes.client.clone(),
            client_as: server::impersonating(kubernetes.client.clone()),
            clock,
            authentication,
            base_url: Some(url.clone()),
            ui_directory: None,
            namespaces: server::Namespaces::default(),
            secret_management: true,
            build: server::Build {
                version: env!("CARGO_PKG_VERSION").to_owned(),
                ..server::Build::default()
            },
            shutdown: shutdown.clone(),
        });
        let router = listeners::with_health(router, options.serve_ui);
        tasks.spawn(listeners::serve(listener, router, shutdown.clone()));
        Ok(Self {
            url,
            client: kubernetes.client.clone(),
            kubeconfig,
            generated_password,
            kubernetes,
            kubernetes_api,
            controllers,
            tasks,
            shutdown,
        })
    }

    /// Runs until a listener fails or `stop` completes, then ends in order: nothing new, then what runs, then the store.
    pub(crate) async fn run_until(mut self, stop: impl Future<Output = ()>) -> Result<()> {
        let failed = tokio::select! {
            () = stop => Ok(()),
            Some(ended) = self.tasks.join_next() => ended.context("a listener panicked").and_then(|ended| ended),
        };
        self.stop().await;
        failed
    }

    pub(crate) async fn stop(mut self) {
        self.shutdown.cancel();
        self.controllers.stop().await;
        while self.tasks.join_next().await.is_some() {}
        if let Some(serving) = self.kubernetes_api {
            serving.stop().await;
        }
        self.kubernetes.close().await;
    }
}

/// The data folder holds keys and Secrets: it is nobody else's business.
pub(crate) fn prepare_folder(folder: &Path) -> Result<()> {
    use std::os::unix::fs::DirBuilderExt as _;
    std::fs::DirBuilder::new()
        .recursive(true)
        .mode(0o700)
        .create(folder)
        .with_context(|| format!("cannot create the data folder {}", folder.display()))
}

async fn services(
    options: &Options,
    client: &kube::Client,
    clock: &Arc<dyn Clock>,
) -> Result<promotion::Services> {
    let outbound =
        Outbound::new(options.outbound.clone()).context("cannot prepare outbound HTTP")?;
    let settings = MirrorSettings {
        size_budget: options.mirror_budget,
        ..MirrorSettings::new(options.data_dir.join("git"), outbound.clone())
    };
    Ok(promotion::Services {
        clock: clock.clone(),
        client: client.clone(),
        mirrors: Mirrors::open(settings)
            .await
            .context("cannot prepare the folder of git mirrors")?,
        credentials: CredentialLookup::new(client.clone())
            .allowing_over_http(options.allow_credentials_over_http),
        outbound,
        push_policy: IntegrationPolicy::default(),
        shared_namespace: NAMESPACES[1].to_owned(),
        ui_base_url: String::new(),
    })
}

fn authentication(options: &Options) -> Result<(server::Authentication, Option<String>)> {
    let groups: Vec<String> = ADMIN_GROUPS.map(str::to_owned).to_vec();
    if !options.authenticate {
        return Ok((server::Authentication::Off { groups }, None));
    }
    let account = admin::load_or_create(&options.data_dir, options.admin_password.as_deref())?;
    let admin = server::Admin {
        password_hash: account.password_hash,
        token_signing_key: account.token_signing_key,
        token_issuer: "kargo".to_owned(),
        token_audience: "kargo".to_owned(),
        token_lifetime: jiff::SignedDuration::from_hours(24),
        groups,
    };
    Ok((server::Authentication::Tokens { admin: Some(admin) }, account.generated_password))
}
