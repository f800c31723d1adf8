//! `InstancesDistribution` of a mixed instances policy: how much is on demand, and which pools are
//! chosen.

use crate::policy::auto_scaling_group::Distribution;
use crate::scenario::context::{Context, refuse_not_built};
use crate::scenario::plan::{OnDemandAllocation, SpotAllocation};
use crate::scenario::reader::Field;

use super::auto_scaling_group::INSTANCES_MAX;

const ON_DEMAND: [(&str, OnDemandAllocation); 2] = [
    ("prioritized", OnDemandAllocation::Prioritized),
    ("lowest-price", OnDemandAllocation::LowestPrice),
];
const SPOT: [(&str, SpotAllocation); 4] = [
    ("lowest-price", SpotAllocation::LowestPrice { pools: 2 }),
    ("capacity-optimized", SpotAllocation::CapacityOptimized),
    (
        "capacity-optimized-prioritized",
        SpotAllocation::CapacityOptimizedPrioritized,
    ),
    (
        "price-capacity-optimized",
        SpotAllocation::PriceCapacityOptimized,
    ),
];

/// `InstancesDistribution`.
pub(super) struct Bought {
    pub(super) distribution: Distribution,
    pub(super) on_demand: Option<OnDemandAllocation>,
    pub(super) spot: SpotAllocation,
    pub(super) spot_max_micro_usd: Option<u64>,
}

/// Reads it; what is left out has its default.
pub(super) fn bought(cx: &Context<'_>, field: Option<Field<'_>>, max_size: Option<u32>) -> Bought {
    let mut map = field.and_then(|field| field.map());
    let mut taken = |key: &'static str| map.as_mut().and_then(|map| map.field(key));
    let base = taken("OnDemandBaseCapacity").and_then(|field| {
        let base = field.u32(0..=INSTANCES_MAX)?;
        if let Some(max) = max_size.filter(|max| *max < base) {
            let message = format!("OnDemandBaseCapacity {base} is more than MaxSize {max}");
            field.error("out-of-range", message).report();
        }
        Some(base)
    });
    let percent = taken("OnDemandPercentageAboveBaseCapacity").and_then(|field| field.u32(0..=100));
    let on_demand = taken("OnDemandAllocationStrategy").and_then(|field| field.choice(&ON_DEMAND));
    let spot = taken("SpotAllocationStrategy").and_then(|field| field.choice(&SPOT));
    let pools_field = taken("SpotInstancePools");
    let max_price = taken("SpotMaxPrice");
    // What the CLI prints for no maximum is an empty text.
    let max_price = max_price.filter(|field| field.node().as_text() != Some(""));
    let spot_max_micro_usd = max_price.and_then(|field| {
        let price = field.f64(0.001..=1_000.0)?;
        Some((price * 1e6).round() as u64)
    });
    if let Some(mut map) = map {
        refuse_not_built(&mut map, &["DistributionSegments"]);
        map.finish_aws("autoscaling.InstancesDistribution");
    }
    let distribution = Distribution {
        on_demand_base: base.unwrap_or_else(|| cx.default_u32(&path("OnDemandBaseCapacity"))),
        on_demand_percent: percent
            .unwrap_or_else(|| cx.default_u32(&path("OnDemandPercentageAboveBaseCapacity"))),
    };
    let buys_spot = distribution.on_demand_percent < 100;
    let pools = pools_field.as_ref().and_then(|field| field.u32(1..=20));
    let spot = spot.unwrap_or_else(|| {
        if buys_spot {
            cx.default_text(&path("SpotAllocationStrategy"));
        }
        SPOT[0].1
    });
    let spot = match (spot, pools, &pools_field) {
        (SpotAllocation::LowestPrice { .. }, Some(pools), Some(field)) => {
            if !buys_spot {
                let message = "no effect here: the group buys no Spot \
                               (OnDemandPercentageAboveBaseCapacity 100)";
                field.warning("no-effect", message).report();
            }
            SpotAllocation::LowestPrice { pools }
        }
        (SpotAllocation::LowestPrice { .. }, None, _) if buys_spot => {
            let pools = cx.default_u32(&path("SpotInstancePools"));
            SpotAllocation::LowestPrice { pools }
        }
        (other, _, Some(field)) => {
            let message = "SpotInstancePools counts with the strategy lowest-price only";
            field.warning("no-effect", message).report();
            other
        }
        (other, _, _) => other,
    };
    Bought {
        distribution,
        on_demand,
        spot,
        spot_max_micro_usd,
    }
}

/// The path of a field of it.
pub(super) fn path(key: &str) -> String {
    format!("aws.autoScalingGroups.*.MixedInstancesPolicy.InstancesDistribution.{key}")
}
