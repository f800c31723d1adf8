//! `deploymentConfiguration` that UpdateService sends: what it names changes, all else stays
//! (ASSUMPTION: AWS says that the parameters are optional, and not what becomes of those left out).

use crate::policy::deployment::Percentages;
use crate::scenario::context::{Context, not_built};
use crate::scenario::plan::{DeploymentUpdate, TrafficShiftPlan};
use crate::scenario::reader::Field;
use crate::scenario::world::hooks::Hooks;

use super::deployment::{breaker, early_success};
use super::rollout_bounds::check_bounds;
use super::traffic_shift;

/// Reads the block; `desired` are the tasks at the start, `None` of a DAEMON service. Beside it
/// what a new strategy shifts traffic by, if it does.
pub(in crate::scenario) fn read(
    cx: &Context<'_>,
    field: &Field<'_>,
    (desired, hooks): (Option<u32>, &Hooks<'_>),
) -> (DeploymentUpdate, Option<TrafficShiftPlan>) {
    let mut update = DeploymentUpdate::default();
    let Some(mut map) = field.map() else {
        return (update, None);
    };
    let least = map.field("minimumHealthyPercent");
    let most = map.field("maximumPercent");
    update.minimum_healthy_percent = least.and_then(|field| field.u32(0..=100));
    update.maximum_percent = most.and_then(|field| field.u32(0..=10_000));
    if let (Some(minimum_healthy), Some(maximum)) =
        (update.minimum_healthy_percent, update.maximum_percent)
    {
        let percentages = Percentages {
            minimum_healthy,
            maximum,
        };
        check_bounds(&mut map, desired, percentages);
    }
    let of = map.field("deploymentCircuitBreaker");
    update.circuit_breaker = of.map(|field| breaker(cx, &field));
    let of = map.field("earlySuccessCriteria");
    let lower = update.minimum_healthy_percent.unwrap_or(0);
    update.early_success = of.map(|field| early_success(cx, &field, lower));
    if let Some(field) = map.field("alarms") {
        not_built(&field);
    }
    let mut shift = None;
    if map.has("strategy") {
        let shifting = traffic_shift::read(cx, &mut map, (desired.is_none(), hooks));
        update.shift = Some(None);
        shift = shifting.plan;
    }
    map.finish_aws("ecs.DeploymentConfiguration");
    (update, shift)
}
