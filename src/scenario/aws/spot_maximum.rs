//! `SpotMaxPrice` of groups: whether any of their pools is ever as cheap.

use crate::catalog::instances::get;
use crate::scenario::context::Context;
use crate::scenario::diagnostic::Diagnostic;
use crate::scenario::plan::{GroupPlan, Plan, SpotPrice};
use crate::scenario::reader::MapReader;
use crate::scenario::source::Span;

/// Where each group has its maximum.
pub(in crate::scenario) fn places(aws: &mut MapReader<'_>) -> Vec<(String, Span)> {
    let Some(groups) = aws.field("autoScalingGroups") else {
        return Vec::new();
    };
    let items = groups.node().as_sequence().unwrap_or_default();
    let place = |item: &crate::scenario::node::Node| {
        let name = item.get("AutoScalingGroupName")?.as_text()?;
        let policy = item.get("MixedInstancesPolicy")?;
        let price = policy.get("InstancesDistribution")?.get("SpotMaxPrice")?;
        Some((name.to_owned(), price.span))
    };
    items.iter().filter_map(place).collect()
}

/// Warns of a maximum below all prices of a group's types, where those stay as they are: its Spot
/// instances are never launched.
pub(in crate::scenario) fn check(cx: &Context<'_>, places: &[(String, Span)], plan: &Plan) {
    for group in &plan.groups {
        let Some(max) = group.spot_max_micro_usd else {
            continue;
        };
        let place = places.iter().find(|(name, _)| *name == group.name);
        let (Some((_, span)), Some((cheapest, name))) = (place, cheapest(group)) else {
            continue;
        };
        if cheapest <= max {
            continue;
        }
        let usd = |micros: u64| micros as f64 / 1e6;
        let message = format!(
            "no pool of {} costs {} USD an hour or less: the cheapest, {name}, costs {}, so that \
             no Spot instance is ever launched",
            group.name,
            usd(max),
            usd(cheapest)
        );
        let path = format!(
            "aws.autoScalingGroups.{}.MixedInstancesPolicy.InstancesDistribution.SpotMaxPrice",
            group.name
        );
        let warning = Diagnostic::warning("never-launched", message);
        let help = "leave SpotMaxPrice out: it is the on-demand price then";
        cx.reader.push(warning.at(*span).path(path).help(help));
    }
}

/// The cheapest type of a group that buys Spot, micro-USD an hour; none where a price moves.
fn cheapest(group: &GroupPlan) -> Option<(u64, &'static str)> {
    if group.distribution.on_demand_percent == 100 {
        return None;
    }
    let mut pools = group.types.iter().flat_map(|known| &known.pools);
    if pools.any(|pool| !matches!(pool.price, SpotPrice::Constant)) {
        return None;
    }
    let types = group.types.iter();
    let priced = types.map(|known| (known.spot_micro_usd, get(known.instance_type).name));
    priced.min()
}
