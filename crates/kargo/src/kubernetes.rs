//! The Kubernetes API behind the control plane: embedded in this process, or a cluster.

use std::fs;
use std::io::Write;
use std::os::unix::fs::OpenOptionsExt;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use anyhow::{Context, Result, bail};
use embedded_kube::EmbeddedKube;
use integrations::clock::Clock;
use k8s_openapi::api::core::v1::Namespace;
use k8s_openapi::apiextensions_apiserver::pkg::apis::apiextensions::v1::CustomResourceDefinition;
use kube::api::{Api, ObjectMeta, PostParams};
use kube::config::{KubeConfigOptions, Kubeconfig};
use kube::{Client, ResourceExt};

use crate::control_plane::Options;
use crate::listeners;
use crate::{admission, admitting_client};

/// The file for `kubectl`, in the data folder.
pub(crate) const KUBECONFIG: &str = "admin.kubeconfig";

pub(crate) struct Kubernetes {
    /// Acts with all rights.
    pub(crate) client: Client,
    embedded: Option<EmbeddedKube>,
}

impl Kubernetes {
    pub(crate) async fn start(options: &Options, clock: Arc<dyn Clock>) -> Result<Self> {
        match &options.kubeconfig {
            Some(file) => Self::connect(file, clock).await,
            None => Self::embed(&options.data_dir, clock).await,
        }
    }

    async fn embed(data_dir: &Path, clock: Arc<dyn Clock>) -> Result<Self> {
        let time = clock.clone();
        let options = embedded_kube::Options::in_folder(store_folder(data_dir))
            .with_crds(definitions())
            .with_now(Arc::new(move || time.now()));
        let embedded = EmbeddedKube::open(options)
            .await
            .with_context(|| format!("cannot open the store in {}", data_dir.display()))?;
        let client = admission::own_client(&embedded);
        embedded.set_admission(admission::hook(client.clone(), clock));
        Ok(Self { client, embedded: Some(embedded) })
    }

    async fn connect(file: &Path, clock: Arc<dyn Clock>) -> Result<Self> {
        let shown = file.display();
        let kubeconfig = Kubeconfig::read_from(file)
            .with_context(|| format!("cannot read the kubeconfig {shown}"))?;
        let config =
            kube::Config::from_custom_kubeconfig(kubeconfig, &KubeConfigOptions::default()).await;
        let config = config.with_context(|| format!("the kubeconfig {shown} cannot be used"))?;
        let client = Client::try_from(config)
            .with_context(|| format!("the kubeconfig {shown} cannot be used"))?;
        check_definitions(&client).await?;
        Ok(Self { client: admitting_client::wrap(client, clock), embedded: None })
    }

    /// Serves the embedded API over TLS and writes the kubeconfig that fits; nothing in front of a cluster.
    pub(crate) async fn serve(
        &self,
        options: &Options,
    ) -> Result<Option<(embedded_kube::Serving, PathBuf)>> {
        let Some(embedded) = &self.embedded else { return Ok(None) };
        let listener = listeners::bind(options.kubernetes_listen, "--kubernetes-listen").await?;
        let listener =
            listener.into_std().context("cannot use the socket of the Kubernetes API")?;
        let names = ["localhost".to_owned(), options.kubernetes_listen.ip().to_string()];
        let serving =
            embedded.serve(listener, &names).context("cannot serve the Kubernetes API")?;
        let url = format!("https://{}", serving.address());
        let file = options.data_dir.join(KUBECONFIG);
        write_private(
            &file,
            embedded.kubeconfig(&url).context("cannot make the kubeconfig")?.as_bytes(),
        )?;
        Ok(Some((serving, file)))
    }

    /// Ends watches, finishes writes and frees the store.
    pub(crate) async fn close(self) {
        if let Some(embedded) = self.embedded {
            embedded.close().await;
        }
    }

    /// For backups while this process runs.
    pub(crate) fn embedded(&self) -> Option<&EmbeddedKube> {
        self.embedded.as_ref()
    }
}

pub(crate) fn store_folder(data_dir: &Path) -> PathBuf {
    data_dir.join("store")
}

fn definitions() -> Vec<CustomResourceDefinition> {
    api::crds()
}

/// A cluster without our definitions would fail one request at a time; say it once instead.
async fn check_definitions(client: &Client) -> Result<()> {
    let known = Api::<CustomResourceDefinition>::all(client.clone());
    for crd in definitions() {
        let name = crd.name_any();
        let found = known.get_opt(&name).await.context("the cluster does not answer")?;
        if found.is_none() {
            bail!(
                "the cluster has no {name}; run `kargo crds | kubectl apply --server-side -f -` first"
            );
        }
    }
    Ok(())
}

pub(crate) async fn ensure_namespaces(client: &Client, names: &[&str]) -> Result<()> {
    let api = Api::<Namespace>::all(client.clone());
    for name in names {
        let namespace = Namespace {
            metadata: ObjectMeta { name: Some((*name).to_owned()), ..ObjectMeta::default() },
            ..Namespace::default()
        };
        match api.create(&PostParams::default(), &namespace).await {
            Ok(_) => {}
            Err(kube::Error::Api(status)) if status.code == 409 => {}
            Err(error) => {
                return Err(error).with_context(|| format!("cannot create namespace {name}"));
            }
        }
    }
    Ok(())
}

/// Writes a file that only its owner may read, whole or not at all.
pub(crate) fn write_private(path: &Path, content: &[u8]) -> Result<()> {
    let beside = path.with_extension("new");
    let context = || format!("cannot write {}", path.display());
    let mut options = fs::OpenOptions::new();
    let mut file = options
        .write(true)
        .create(true)
        .truncate(true)
        .mode(0o600)
        .open(&beside)
        .with_context(context)?;
    file.write_all(content).and_then(|()| file.sync_all()).with_context(context)?;
    fs::rename(&beside, path).with_context(context)
}
