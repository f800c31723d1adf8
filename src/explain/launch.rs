//! Where an instance was launched and how it was bought; and why one and no other ended.

use serde_json::json;

use super::{Difference, Finding, Replay, rules, words};
use crate::catalog::instances;
use crate::observe::instances::purchase_name;
use crate::observe::trail::{EndChosen, PoolFound};
use crate::policy::auto_scaling_group::{
    Distribution, OnDemandAllocation, Purchase, SPOT_POOLS, SpotAllocation, TerminationPolicy,
    instance_to_terminate, on_demand_order, spot_order, zone_to_launch,
};
use crate::scenario::plan::GroupPlan;
use crate::world::instance::InstanceRecord;

/// Differences that are told of one choice.
const TOLD_MAX: usize = 4;

/// Why an instance is of its type, bought as it is, in its zone.
pub(super) fn pool_finding(
    replay: &Replay<'_>,
    record: &InstanceRecord,
    found: &PoolFound,
) -> Option<Finding> {
    let plan = replay.plan;
    let group = plan.group(record.group);
    let kind = *found.tried.last()?;
    let kind_name = |kind: usize| instances::get(group.types[kind].instance_type).name;
    let zone_name = |zone: usize| plan.zone_name(group.zones[zone]);
    let mut parts = Vec::new();
    if has_choice_of_purchase(group) {
        parts.push(bought_words(group.distribution, found));
    }
    if 1 < group.zones.len() {
        let counts: Vec<String> = (0..group.zones.len())
            .map(|zone| format!("{} in {}", found.by_zone[zone], zone_name(zone)))
            .collect();
        parts.push(zone_words(found, &zone_name, &words::listed(&counts)));
    }
    if 1 < group.types.len() {
        let refused: Vec<String> = found.tried[..found.tried.len() - 1]
            .iter()
            .map(|kind| kind_name(*kind).to_owned())
            .collect();
        let strategy = strategy_name(group, found.purchase);
        parts.push(match refused.is_empty() {
            true => format!("{} comes first there by {strategy}", kind_name(kind)),
            false => format!(
                "{} comes first there by {strategy} of those with capacity, {} had none",
                kind_name(kind),
                words::listed(&refused)
            ),
        });
    }
    if parts.is_empty() {
        return None;
    }
    let purchase = purchase_name(found.purchase).replace('_', "-");
    let asked = format!(
        "Why {}, {purchase}, in {}?",
        kind_name(kind),
        zone_name(found.zone)
    );
    let inputs = json!({
        "purchase": purchase_name(found.purchase),
        "onDemand": found.bought[0],
        "spot": found.bought[1],
        "instancesByZone": found.by_zone,
        "closedZones": found.closed,
        "tried": found.tried.iter().map(|kind| kind_name(*kind)).collect::<Vec<_>>(),
    });
    let mut told = bought_differences(group, found);
    told.extend(zone_difference(found, &zone_name));
    told.extend(type_differences(group, found, &kind_name));
    told.truncate(TOLD_MAX);
    let finding = Finding::new(asked, parts.join("; "), inputs)
        .decided(plan, record.times.launched)
        .by(&[rules::BOUGHT, rules::POOL])
        .otherwise(told);
    Some(finding)
}

/// Why its zone.
fn zone_words<'n>(found: &PoolFound, name: &impl Fn(usize) -> &'n str, counts: &str) -> String {
    let zone = name(found.zone);
    let open = match found.closed.iter().any(|is_closed| *is_closed) {
        true => " of those with capacity",
        false => "",
    };
    let least = found.by_zone[found.zone];
    let pairs = found.by_zone.iter().zip(&found.closed);
    let alike = pairs.filter(|(count, is_closed)| **count == least && !**is_closed);
    match alike.count() {
        0 | 1 => format!("{zone} had the fewest instances{open} ({counts})"),
        _ => format!("no zone had fewer instances{open} ({counts}), and {zone} comes first"),
    }
}

fn has_choice_of_purchase(group: &GroupPlan) -> bool {
    group.distribution.on_demand_percent < 100
}

fn bought_words(distribution: Distribution, found: &PoolFound) -> String {
    let [on_demand, spot] = found.bought;
    let wanted = distribution.on_demand_of(on_demand + spot + 1);
    let total = words::counted(on_demand + spot + 1, "instance");
    let rule = format!(
        "of {total} {wanted} are to be on demand (a base of {}, {} % above it), and {on_demand} \
         were",
        distribution.on_demand_base, distribution.on_demand_percent
    );
    match distribution.next(on_demand, spot) == found.purchase {
        true => rule,
        false => format!("{rule}; whatIf.spotFallback, which is not AWS's behaviour, bought it so"),
    }
}

/// The nearest base and percentage with which it had been bought the other way.
fn bought_differences(group: &GroupPlan, found: &PoolFound) -> Vec<Difference> {
    let [on_demand, spot] = found.bought;
    let had = group.distribution;
    let is_other = |it: Distribution| it.next(on_demand, spot) != found.purchase;
    if !has_choice_of_purchase(group) {
        return Vec::new();
    }
    let other = match found.purchase {
        Purchase::OnDemand => "Spot",
        Purchase::Spot => "on demand",
    };
    let percents = (1..=100).flat_map(|far| {
        let down = had.on_demand_percent.checked_sub(far);
        [down, Some(had.on_demand_percent + far)]
    });
    let mut percents = percents.flatten().filter(|percent| *percent <= 100);
    let percent = percents.find(|percent| {
        is_other(Distribution {
            on_demand_percent: *percent,
            ..had
        })
    });
    let most = on_demand + spot + 1;
    let bases = (1..=most).flat_map(|far| {
        [
            had.on_demand_base.checked_sub(far),
            Some(had.on_demand_base + far),
        ]
    });
    let base = bases.flatten().find(|base| {
        is_other(Distribution {
            on_demand_base: *base,
            ..had
        })
    });
    let percent = percent.map(|percent| {
        format!(
            "OnDemandPercentageAboveBaseCapacity {percent} instead of {}",
            had.on_demand_percent
        )
    });
    let base = base.map(|base| {
        format!(
            "OnDemandBaseCapacity {base} instead of {}",
            had.on_demand_base
        )
    });
    let told = [percent, base].into_iter().flatten();
    told.map(|with| Difference::new(with, other)).collect()
}

/// The zone that so many fewer instances would have brought it to.
fn zone_difference<'n>(found: &PoolFound, name: &impl Fn(usize) -> &'n str) -> Option<Difference> {
    let closed = &found.closed;
    let with = |zone: usize, count: u32| {
        let mut by_zone = found.by_zone.clone();
        by_zone[zone] = count;
        zone_to_launch(&by_zone, closed)
    };
    let others = (0..found.by_zone.len()).filter(|zone| *zone != found.zone && !closed[*zone]);
    let fewer = |zone: usize| {
        let mut counts = (0..found.by_zone[zone]).rev();
        let count = counts.find(|count| with(zone, *count) == Some(zone))?;
        Some((found.by_zone[zone] - count, zone))
    };
    let (less, zone) = others.filter_map(fewer).min()?;
    let with = format!(
        "{} fewer in {}",
        words::counted(less, "instance"),
        name(zone)
    );
    Some(Difference::new(with, name(zone)))
}

/// What the other allocation strategies had tried first there.
fn type_differences<'n>(
    group: &GroupPlan,
    found: &PoolFound,
    name: &impl Fn(usize) -> &'n str,
) -> Vec<Difference> {
    let Some(kind) = found.tried.last() else {
        return Vec::new();
    };
    let orders: Vec<(&str, Vec<usize>)> = match found.purchase {
        Purchase::OnDemand => [
            OnDemandAllocation::Prioritized,
            OnDemandAllocation::LowestPrice,
        ]
        .into_iter()
        .filter(|it| *it != group.on_demand_allocation)
        .map(|it| (on_demand_name(it), on_demand_order(it, &found.pools)))
        .collect(),
        Purchase::Spot => [
            SpotAllocation::PriceCapacityOptimized,
            SpotAllocation::CapacityOptimized,
            SpotAllocation::LowestPrice { pools: SPOT_POOLS },
        ]
        .into_iter()
        .filter(|it| spot_name(*it) != spot_name(group.spot_allocation))
        .map(|it| (spot_name(it), spot_order(it, &found.pools)))
        .collect(),
    };
    // What had no capacity has none by any strategy.
    let refused = &found.tried[..found.tried.len() - 1];
    let orders = orders.into_iter().filter_map(|(strategy, order)| {
        let first = order.into_iter().find(|it| !refused.contains(it))?;
        (first != *kind).then(|| Difference::new(format!("{strategy} as strategy"), name(first)))
    });
    orders.collect()
}

fn strategy_name(group: &GroupPlan, purchase: Purchase) -> &'static str {
    match purchase {
        Purchase::OnDemand => on_demand_name(group.on_demand_allocation),
        Purchase::Spot => spot_name(group.spot_allocation),
    }
}

const fn on_demand_name(allocation: OnDemandAllocation) -> &'static str {
    match allocation {
        OnDemandAllocation::Prioritized => "prioritized",
        OnDemandAllocation::LowestPrice => "lowest-price",
    }
}

const fn spot_name(allocation: SpotAllocation) -> &'static str {
    match allocation {
        SpotAllocation::LowestPrice { .. } => "lowest-price",
        SpotAllocation::CapacityOptimized => "capacity-optimized",
        SpotAllocation::CapacityOptimizedPrioritized => "capacity-optimized-prioritized",
        SpotAllocation::PriceCapacityOptimized => "price-capacity-optimized",
    }
}

/// The choice made again with other policies; `None`: the others are not known.
pub(super) fn chosen_again(
    replay: &Replay<'_>,
    record: &InstanceRecord,
    chosen: &EndChosen,
    policies: Option<&[TerminationPolicy]>,
) -> Option<usize> {
    let group = replay.plan.group(record.group);
    let policies = policies.unwrap_or(&group.termination_policies);
    let distribution = Some(&group.distribution);
    instance_to_terminate(&chosen.among, policies, distribution, || chosen.uniform)
}

/// Why this one ended, of those that might have.
pub(super) fn chosen_finding(
    replay: &Replay<'_>,
    record: &InstanceRecord,
    chosen: &EndChosen,
) -> Option<Finding> {
    if chosen.count < 2 {
        return None;
    }
    let plan = replay.plan;
    let group = plan.group(record.group);
    let names: Vec<String> = group
        .termination_policies
        .iter()
        .map(|policy| policy_name(*policy).to_owned())
        .collect();
    let policies = words::listed(&names);
    let answer = chosen_words(chosen, plan.zone_name(record.zone), &policies);
    let mut told = Vec::new();
    if !chosen.among.is_empty() {
        for policy in ALL_POLICIES {
            let other = chosen_again(replay, record, chosen, Some(&[policy]));
            let other = other.filter(|it| *it != chosen.position);
            let Some(other) = other.filter(|_| group.termination_policies != [policy]) else {
                continue;
            };
            let with = format!("{} as termination policy", policy_name(policy));
            told.push(Difference::new(with, told_other(replay, chosen, other)));
        }
        let mut protected = chosen.clone();
        protected.among[chosen.position].is_protected = true;
        if let Some(other) = chosen_again(replay, record, &protected, None) {
            let with = "scale-in protection on it";
            told.push(Difference::new(with, told_other(replay, chosen, other)));
        }
    }
    told.truncate(TOLD_MAX);
    let inputs = json!({
        "candidates": chosen.count,
        "terminationPolicies": names,
        "draw": chosen.uniform,
    });
    let finding = Finding::new("Why this one?", answer, inputs)
        .decided(plan, chosen.at)
        .by(&[rules::GROUP_SCALE_IN])
        .otherwise(told);
    Some(finding)
}

fn chosen_words(chosen: &EndChosen, zone: &str, policies: &str) -> String {
    let count = chosen.count;
    let may_end = chosen.among.iter().filter(|it| !it.is_protected);
    let in_zone = |zone: usize| may_end.clone().filter(|it| it.zone == zone).count();
    let Some(most) = may_end.clone().map(|it| in_zone(it.zone)).max() else {
        return format!(
            "of {count} that might end no zone had more than {zone}; of those there {policies} \
             chose it"
        );
    };
    let tied = may_end
        .clone()
        .filter(|it| in_zone(it.zone) == most)
        .count();
    match tied == most {
        true => format!(
            "of {count} that might end {most} stood in {zone}, the most; of these {policies} \
             chose it"
        ),
        false => format!(
            "of {count} that might end no zone had more than {most}; of the {tied} in zones with \
             as many {policies} chose it"
        ),
    }
}

/// Which other one: by its launch, as its id is not known here.
fn told_other(replay: &Replay<'_>, chosen: &EndChosen, other: usize) -> String {
    let launched = chosen.among[other].launched_at;
    let at = crate::engine::SimTime::from_micros(launched);
    format!("the one launched {}", replay.clock().show(at))
}

const ALL_POLICIES: [TerminationPolicy; 3] = [
    TerminationPolicy::Default,
    TerminationPolicy::OldestInstance,
    TerminationPolicy::NewestInstance,
];

const fn policy_name(policy: TerminationPolicy) -> &'static str {
    match policy {
        TerminationPolicy::Default => "Default",
        TerminationPolicy::OldestInstance => "OldestInstance",
        TerminationPolicy::NewestInstance => "NewestInstance",
        TerminationPolicy::OldestLaunchTemplate => "OldestLaunchTemplate",
        TerminationPolicy::ClosestToNextInstanceHour => "ClosestToNextInstanceHour",
        TerminationPolicy::AllocationStrategy => "AllocationStrategy",
    }
}
