//! `deploymentConfiguration` that UpdateService sends: what it names changes, all else stays
//! (ASSUMPTION: AWS says that the parameters are optional, and not what becomes of those left out).

use crate::policy::deployment::Percentages;
use crate::scenario::context::Context;
use crate::scenario::plan::{DeploymentUpdate, TrafficShiftPlan};
use crate::scenario::reader::Field;
use crate::scenario::world::hooks::Hooks;

use super::deployment::{Alarms, alarms, breaker, early_success};
use super::rollout_bounds::{check_bounds, minimum_healthy_percent};
use super::traffic_shift;

/// What such a block says.
#[derive(Default)]
pub(in crate::scenario) struct Configured<'a> {
    /// What of it is known at once.
    pub(in crate::scenario) update: DeploymentUpdate,
    /// What a new strategy shifts traffic by, if it does.
    pub(in crate::scenario) shift: Option<TrafficShiftPlan>,
    /// `alarms`, where they are named; `None` in it: none is watched any more.
    pub(in crate::scenario) watched: Option<Option<Alarms<'a>>>,
}

/// Reads the block; `desired` are the tasks at the start, `None` of a DAEMON service.
pub(in crate::scenario) fn read<'a>(
    cx: &Context<'_>,
    field: &Field<'a>,
    (desired, hooks): (Option<u32>, &Hooks<'_>),
) -> Configured<'a> {
    let mut update = DeploymentUpdate::default();
    let Some(mut map) = field.map() else {
        return Configured::default();
    };
    let least = map.field("minimumHealthyPercent");
    let most = map.field("maximumPercent");
    update.maximum_percent = most.and_then(|field| field.u32(0..=10_000));
    update.minimum_healthy_percent =
        least.and_then(|field| minimum_healthy_percent(&field, update.maximum_percent));
    // A maximum is refused by itself; a minimum alone is never more than the least maximum, and
    // the check of the timeline knows which maximum it meets.
    if let Some(maximum) = update.maximum_percent {
        let percentages = Percentages {
            minimum_healthy: update.minimum_healthy_percent.unwrap_or(0),
            maximum,
        };
        check_bounds(&mut map, desired, percentages);
    }
    let of = map.field("deploymentCircuitBreaker");
    update.circuit_breaker = of.map(|field| breaker(cx, &field));
    let of = map.field("earlySuccessCriteria");
    let lower = update.minimum_healthy_percent.unwrap_or(0);
    update.early_success = of.map(|field| early_success(cx, &field, lower));
    let watched = map.field("alarms").map(|field| alarms(&field));
    let mut shift = None;
    if map.has("strategy") {
        let shifting = traffic_shift::read(cx, &mut map, (desired.is_none(), hooks));
        update.shift = Some(None);
        shift = shifting.plan;
    }
    map.finish_aws("ecs.DeploymentConfiguration");
    Configured {
        update,
        shift,
        watched,
    }
}
