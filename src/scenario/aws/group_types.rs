//! The instance types of a group as the plan has them: what tasks can have of an instance, and
//! what it costs.

use crate::catalog::instances::memory::after_reserved;
use crate::catalog::instances::{EniTrunking, InstanceType, get, prices};
use crate::catalog::regions::Region;
use crate::ids::InstanceTypeId;
use crate::policy::auto_scaling_group::Purchase;
use crate::policy::instance_requirements::Buys;
use crate::policy::placement::Need;
use crate::scenario::context::Context;
use crate::scenario::plan::GroupTypePlan;
use crate::scenario::reader::Field;
use crate::units::{MiB, PicoUsd};

/// Spot's price where the Spot Instance Advisor says nothing of a type: the median of the savings
/// in its 14,962 Linux rows of July 2025, percent.
const SAVINGS_PERCENT: u64 = 65;

/// A type that a group may launch.
pub(super) struct Launched<'a> {
    pub(super) id: InstanceTypeId,
    /// What names it, or asks for it.
    pub(super) place: Field<'a>,
    /// How it may be bought, if the group does.
    pub(super) buys: Buys,
}

/// What of a group bears on every type.
pub(super) struct Offer {
    pub(super) region: &'static Region,
    pub(super) trunking: EniTrunking,
    pub(super) reserved_memory: MiB,
    pub(super) buys_spot: bool,
}

/// The types of a group; none if one has no price in the region, which is reported.
pub(super) fn plans(
    cx: &Context<'_>,
    types: &[Launched<'_>],
    offer: &Offer,
) -> Option<Vec<GroupTypePlan>> {
    let mut plans = Vec::new();
    for launched in types {
        plans.extend(plan(cx, launched, offer));
    }
    (plans.len() == types.len()).then_some(plans)
}

fn plan(cx: &Context<'_>, launched: &Launched<'_>, offer: &Offer) -> Option<GroupTypePlan> {
    let (it, place, region) = (get(launched.id), &launched.place, offer.region);
    let on_demand = match prices::on_demand(it.id, region) {
        Ok(price) => micro_usd(price.amount.0),
        Err(missing) => {
            let wrong = place.error("missing-price", missing.to_string());
            wrong.maybe_help(missing.help()).report();
            return None;
        }
    };
    let registered = it.registered_memory();
    let memory = after_reserved(registered.memory, offer.reserved_memory);
    if memory == MiB(0) {
        let message = format!(
            "ECS_RESERVED_MEMORY {} leaves nothing of the {} MiB of {}",
            offer.reserved_memory.0, registered.memory.0, it.name
        );
        place.error("out-of-range", message).report();
        return None;
    }
    if registered.measured.is_none() {
        let path = "aws.launchTemplates.*.LaunchTemplateData.InstanceType";
        let value = "registers 0.968 of its nominal memory less 150 MiB";
        let source = "ASSUMPTION: fitted to what nodes of 37 types lack of it";
        cx.assume(path.to_owned(), value.to_owned(), source);
    }
    let spot = prices::spot(it.id, region.name).map(|price| micro_usd(price.amount.0));
    let spot = spot.unwrap_or_else(|| {
        if offer.buys_spot {
            assume_spot_price(cx, it, region);
        }
        on_demand * (100 - SAVINGS_PERCENT) / 100
    });
    Some(GroupTypePlan {
        instance_type: it.id,
        registered: Need {
            cpu: it.cpu().0,
            memory: memory.0,
            gpus: it.gpus,
            enis: it.awsvpc_tasks(offer.trunking).unwrap_or(0),
        },
        only: match launched.buys {
            Buys { spot: false, .. } => Some(Purchase::OnDemand),
            Buys {
                on_demand: false, ..
            } => Some(Purchase::Spot),
            Buys { .. } => None,
        },
        on_demand_micro_usd: on_demand,
        spot_micro_usd: spot,
        // world.spot has it.
        spot: None,
        pools: Vec::new(),
    })
}

/// What an hour of a type is taken to cost on Spot where nobody says it.
pub(super) fn assumed_spot(on_demand: PicoUsd) -> PicoUsd {
    PicoUsd(on_demand.0 * i128::from(100 - SAVINGS_PERCENT) / 100)
}

fn assume_spot_price(cx: &Context<'_>, it: &InstanceType, region: &Region) {
    let path = format!("world.prices.spot.{}", it.name);
    let value = format!("on demand less {SAVINGS_PERCENT} %");
    let source = format!(
        "ASSUMPTION: the Spot Instance Advisor says nothing of it in {}; the median of its savings",
        region.name
    );
    cx.assume(path, value, &source);
}

/// Prices a million times finer than a micro-dollar, rounded.
fn micro_usd(pico: i128) -> u64 {
    u64::try_from((pico + 500_000) / 1_000_000).unwrap_or(u64::MAX)
}
