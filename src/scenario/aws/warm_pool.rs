//! `WarmPoolConfiguration` of an Auto Scaling group.

use crate::policy::auto_scaling_group::PoolState;
use crate::scenario::context::Context;
use crate::scenario::plan::WarmPoolPlan;
use crate::scenario::reader::{Field, MapReader};
use crate::scenario::world::instances::Instances;

use super::auto_scaling_group::INSTANCES_MAX;
use super::mixed_instances::Mixed;

const STATES: [(&str, PoolState); 3] = [
    ("Stopped", PoolState::Stopped),
    ("Running", PoolState::Running),
    ("Hibernated", PoolState::Hibernated),
];
const WHERE: &str = "aws.autoScalingGroups.*.WarmPoolConfiguration";

/// A warm pool as it stands there.
pub(super) struct WarmPool<'a> {
    place: Field<'a>,
    min_size: u32,
    prepared: Option<u32>,
    state: PoolState,
}

/// Reads `WarmPoolConfiguration`, if it is there.
pub(super) fn read<'a>(
    cx: &Context<'_>,
    group: &mut MapReader<'a>,
    max_size: Option<u32>,
) -> Option<WarmPool<'a>> {
    // How many there are now is the result of the rest.
    let _ = group.field("WarmPoolSize");
    let place = group.field("WarmPoolConfiguration")?;
    let mut map = place.map()?;
    let min = map.field("MinSize");
    let prepared = map.field("MaxGroupPreparedCapacity");
    let state = map.choice("PoolState", &STATES);
    let reuse = map.field("InstanceReusePolicy");
    let _ = map.field("Status");
    map.finish_aws("autoscaling.WarmPoolConfiguration");
    if let Some(field) = reuse {
        refuse_reuse(&field);
    }
    let size = |field: Option<Field<'_>>| {
        let field = field?;
        // What the CLI takes for no value.
        if field.node().as_text() == Some("-1") {
            return None;
        }
        let size = field.u32(0..=INSTANCES_MAX)?;
        if let Some(max) = max_size.filter(|max| *max < size) {
            let message = format!("the warm pool's {size} is more than the group's MaxSize {max}");
            field.error("out-of-range", message).report();
        }
        Some(size)
    };
    let min_size = size(min).unwrap_or_else(|| cx.default_u32(&format!("{WHERE}.MinSize")));
    let prepared = size(prepared);
    if prepared.is_none() {
        cx.default_text(&format!("{WHERE}.MaxGroupPreparedCapacity"));
    }
    if let Some(prepared) = prepared.filter(|prepared| *prepared < min_size) {
        let message = format!(
            "MaxGroupPreparedCapacity {prepared} is less than the pool's MinSize {min_size}"
        );
        place.error("out-of-range", message).report();
    }
    Some(WarmPool {
        place,
        min_size,
        prepared,
        state: state.unwrap_or_else(|| {
            cx.default_text(&format!("{WHERE}.PoolState"));
            PoolState::Stopped
        }),
    })
}

/// A group of ECS's cannot take instances back into its pool (ECS developer guide, "warm pools").
fn refuse_reuse(field: &Field<'_>) {
    let Some(mut map) = field.map() else { return };
    let reuse = map.field("ReuseOnScaleIn");
    map.finish_aws("autoscaling.InstanceReusePolicy");
    if let Some(field) = reuse
        && field.bool() == Some(true)
    {
        let message = "ECS does not support ReuseOnScaleIn: an instance that was in a cluster \
                       cannot go back to a warm pool";
        let help = "leave it out: what scales in ends, and the pool launches a new one";
        field.error("invalid-value", message).help(help).report();
    }
}

impl WarmPool<'_> {
    /// What is simulated of it, for a group that launches this.
    pub(super) fn plan(
        self,
        cx: &Context<'_>,
        (name, instances): (&str, &Instances<'_>),
        mixed: &Mixed<'_, '_>,
    ) -> WarmPoolPlan {
        if mixed.buys_spot() {
            let message = "a group that buys Spot Instances has no warm pool, AWS refuses it";
            self.place.error("invalid-value", message).report();
        }
        if !mixed.template.agent.checks_warm_pools {
            let message = "without ECS_WARM_POOLS_CHECK=true in the launch template's ecsConfig \
                           the agent registers an instance while it warms up, and ECS may place \
                           tasks on one that is about to stop; here it stays out of the cluster";
            let warning = self.place.warning("warm-pool-without-check", message);
            let help = "set ecsConfig: { ECS_WARM_POOLS_CHECK: true }, and there as well";
            warning.help(help).report();
        }
        WarmPoolPlan {
            min_size: self.min_size,
            prepared: self.prepared,
            state: self.state,
            start: instances.warm_start(cx, name, self.state),
        }
    }
}
