//! Serving over TLS with a certificate authority of our own, and the kubeconfig that fits.
use crate::bootstrap::Keys;
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use rcgen::{
    BasicConstraints, CertificateParams, DnType, ExtendedKeyUsagePurpose, IsCa, Issuer, KeyPair,
    KeyUsagePurpose,
};
use rustls::pki_types::{PrivateKeyDer, PrivatePkcs8KeyDer};
use std::net::SocketAddr;
use std::sync::Arc;
use std::time::Duration;

/// How long open requests may go on after a shutdown was asked for.
const GRACE: Duration = Duration::from_secs(2);

/// Why the API cannot be served.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum ServeError {
    /// A certificate could not be made.
    #[error("cannot make a certificate for {names}")]
    Certificate {
        /// The host names and addresses asked for.
        names: String,
        /// Why.
        #[source]
        source: rcgen::Error,
    },
    /// TLS could not be set up.
    #[error("cannot set up TLS")]
    Tls(#[source] rustls::Error),
    /// The socket cannot be used.
    #[error("cannot serve on the given socket")]
    Listen(#[source] std::io::Error),
}

/// A running HTTPS server; dropping it stops the server.
#[derive(Debug)]
pub struct Serving {
    address: SocketAddr,
    handle: axum_server::Handle<SocketAddr>,
    task: tokio::task::JoinHandle<std::io::Result<()>>,
}

impl Serving {
    /// Where it listens.
    pub fn address(&self) -> SocketAddr {
        self.address
    }

    /// Lets open requests finish for a moment, then stops.
    pub async fn stop(mut self) {
        self.handle.graceful_shutdown(Some(GRACE));
        let _ = (&mut self.task).await;
    }
}

impl Drop for Serving {
    fn drop(&mut self) {
        self.handle.shutdown();
    }
}

pub(crate) fn serve(
    router: axum::Router,
    keys: &Keys,
    listener: std::net::TcpListener,
    names: &[String],
) -> Result<Serving, ServeError> {
    let address = listener.local_addr().map_err(ServeError::Listen)?;
    listener.set_nonblocking(true).map_err(ServeError::Listen)?;
    let tls = tls(keys, names)?;
    let config = axum_server::tls_rustls::RustlsConfig::from_config(Arc::new(tls));
    let handle = axum_server::Handle::new();
    let server = axum_server::tls_rustls::from_tcp_rustls(listener, config)
        .map_err(ServeError::Listen)?
        .handle(handle.clone());
    let task = tokio::spawn(server.serve(router.into_make_service()));
    Ok(Serving { address, handle, task })
}

fn tls(keys: &Keys, names: &[String]) -> Result<rustls::ServerConfig, ServeError> {
    let wrong = |source| ServeError::Certificate { names: names.join(", "), source };
    let key = KeyPair::generate().map_err(wrong)?;
    let mut params = CertificateParams::new(names.to_vec()).map_err(wrong)?;
    params.distinguished_name.push(DnType::CommonName, "embedded-kube");
    params.extended_key_usages = vec![ExtendedKeyUsagePurpose::ServerAuth];
    let (authority_params, authority_key) = authority(keys).map_err(wrong)?;
    let issuer = Issuer::from_params(&authority_params, &authority_key);
    let certificate = params.signed_by(&key, &issuer).map_err(wrong)?;
    let private = PrivateKeyDer::Pkcs8(PrivatePkcs8KeyDer::from(key.serialize_der()));
    let provider = Arc::new(rustls::crypto::ring::default_provider());
    let mut config = rustls::ServerConfig::builder_with_provider(provider)
        .with_safe_default_protocol_versions()
        .map_err(ServeError::Tls)?
        .with_no_client_auth()
        .with_single_cert(vec![certificate.der().clone()], private)
        .map_err(ServeError::Tls)?;
    config.alpn_protocols = vec![b"h2".to_vec(), b"http/1.1".to_vec()];
    Ok(config)
}

fn authority(keys: &Keys) -> Result<(CertificateParams, KeyPair), rcgen::Error> {
    let key = KeyPair::from_pem(&keys.authority)?;
    let mut params = CertificateParams::new(Vec::new())?;
    params.distinguished_name.push(DnType::CommonName, "embedded-kube-ca");
    params.is_ca = IsCa::Ca(BasicConstraints::Unconstrained);
    params.key_usages = vec![KeyUsagePurpose::KeyCertSign, KeyUsagePurpose::DigitalSignature];
    Ok((params, key))
}

/// The certificate of the authority, PEM.
pub(crate) fn authority_certificate(keys: &Keys) -> Result<String, ServeError> {
    let wrong = |source| ServeError::Certificate { names: "the authority".into(), source };
    let (params, key) = authority(keys).map_err(wrong)?;
    Ok(params.self_signed(&key).map_err(wrong)?.pem())
}

/// A kubeconfig with all rights for the server at `url`.
pub(crate) fn kubeconfig(keys: &Keys, url: &str) -> Result<String, ServeError> {
    let authority = STANDARD.encode(authority_certificate(keys)?);
    let token = &keys.administrator;
    Ok(format!(
        "apiVersion: v1
kind: Config
clusters:
- name: embedded
  cluster:
    server: {url}
    certificate-authority-data: {authority}
users:
- name: admin
  user:
    token: {token}
contexts:
- name: embedded
  context:
    cluster: embedded
    user: admin
    namespace: default
current-context: embedded
"
    ))
}
