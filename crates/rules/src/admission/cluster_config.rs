//! ClusterConfig: there is one, and it has a fixed name.

use api::ClusterConfig;

use super::{Causes, Denied, receivers};

/// A ClusterConfig that is created or changed.
pub fn review(config: ClusterConfig) -> Result<ClusterConfig, Denied> {
    let mut causes = Causes::default();
    let name = config.metadata.name.as_deref().unwrap_or_default();
    if name != ClusterConfig::NAME {
        causes.invalid("metadata.name", name, format!("must be {:?}", ClusterConfig::NAME));
    }
    if let Some(spec) = &config.spec {
        receivers::check(&mut causes, "spec.webhookReceivers", &spec.webhook_receivers);
    }
    causes.refuse("ClusterConfig", name)?;
    Ok(config)
}
