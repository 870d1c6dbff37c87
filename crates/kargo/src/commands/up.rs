//! `kargo up`: a control plane on this machine, or in front of a cluster.

use anyhow::{Context, Result, bail};
use integrations::outbound::OutboundPolicy;
use jiff::SignedDuration;

use crate::arguments::Up;
use crate::control_plane::{ControlPlane, Options};
use crate::environment::Environment;
use crate::shutdown_signal;
use crate::terminal::tell;

pub(crate) async fn run(up: Up, environment: &Environment) -> Result<()> {
    let plane = ControlPlane::start(options(&up, environment)?).await?;
    tell(format_args!("kargo is up at {}", plane.url));
    if let Some(password) = &plane.generated_password {
        tell(format_args!(
            "admin password: {password}    (shown this once; `kargo login` asks for it)"
        ));
    }
    if let Some(kubeconfig) = &plane.kubeconfig {
        tell(format_args!("kubectl --kubeconfig {} get projects", kubeconfig.display()));
    }
    remember_server(&plane.url, environment);
    plane.run_until(shutdown_signal()).await
}

fn options(up: &Up, environment: &Environment) -> Result<Options> {
    let data_dir = match &up.data_dir {
        Some(data_dir) => data_dir.clone(),
        None => environment.data_dir()?,
    };
    let outbound = OutboundPolicy {
        allow_loopback: up.listen.ip().is_loopback() || up.allow_private_addresses,
        allow_private: up.allow_private_addresses,
        allow_link_local: up.allow_private_addresses,
        ..OutboundPolicy::default()
    };
    Ok(Options {
        listen: up.listen,
        kubernetes_listen: up.kubernetes_listen,
        kubeconfig: up.kubeconfig.clone(),
        authenticate: !up.no_auth,
        admin_password: environment.admin_password.clone(),
        outbound,
        allow_credentials_over_http: up.allow_credentials_over_http,
        minimum_warehouse_interval: interval(&up.min_warehouse_interval)?,
        mirror_budget: up.mirror_budget.saturating_mul(1 << 20),
        ..Options::one_machine(data_dir)
    })
}

fn interval(text: &str) -> Result<SignedDuration> {
    let interval = api::Duration::from(text).get();
    let interval = interval.ok().with_context(|| {
        format!("--min-warehouse-interval {text:?} is no duration such as 30s or 5m")
    })?;
    if interval.is_negative() {
        bail!("--min-warehouse-interval {text:?} is negative");
    }
    Ok(interval)
}

/// A machine without a remembered server gets this one, so that the next command works without `--server`.
fn remember_server(url: &str, environment: &Environment) {
    let Some(folder) = environment.config_dir() else { return };
    let known = match cli::Config::read(&folder) {
        Ok(known) => known,
        Err(error) => return tracing::warn!(%error, "the server is not remembered"),
    };
    if known.server.is_some() {
        return;
    }
    let remembered = cli::Config { server: Some(url.to_owned()), ..known };
    if let Err(error) = remembered.write(&folder) {
        tracing::warn!(%error, "the server is not remembered");
    }
}

#[cfg(test)]
mod tests {
    use super::interval;

    #[test]
    fn a_bad_interval_names_the_option_the_value_and_what_would_be_right() {
        assert_eq!(interval("90s").unwrap(), jiff::SignedDuration::from_secs(90));
        let error = interval("soon").unwrap_err().to_string();
        assert_eq!(error, "--min-warehouse-interval \"soon\" is no duration such as 30s or 5m");
        assert!(interval("-5m").is_err());
    }
}
