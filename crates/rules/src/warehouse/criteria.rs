//! Whether what was discovered goes together: the user's expression over the newest of each subscription.

use api::{DiscoveredArtifacts, Warehouse};

/// Whether Freight may be made; `Err` says what is wrong with the expression.
pub(super) fn satisfied(
    warehouse: &Warehouse,
    found: &DiscoveredArtifacts,
) -> Result<bool, String> {
    let criteria = warehouse.spec.freight_creation_criteria.as_ref();
    let expression = criteria.and_then(|criteria| criteria.expression.as_deref()).map(str::trim);
    let Some(expression) = expression.filter(|expression| !expression.is_empty()) else {
        return Ok(true);
    };
    if found.git.is_empty() && found.images.is_empty() && found.charts.is_empty() {
        // As Kargo: with generic subscriptions alone there is nothing to evaluate over.
        return Ok(true);
    }
    Err(format!("{expression:?} cannot be evaluated yet"))
}
