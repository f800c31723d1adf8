//! Why a task went to its Availability Zone.

use serde_json::json;

use super::{Difference, Finding, rules, words};
use crate::ids::{ProviderId, ZoneId};
use crate::observe::tasks::owner_name;
use crate::observe::trail::Zones;
use crate::policy::fargate::{WhenZoneRefuses, zone_for_task};
use crate::scenario::plan::Plan;
use crate::world::task::Owner;

/// Why this zone; `zones` is the search that found it.
pub(super) fn finding(
    plan: &Plan,
    (owner, provider): (Owner, ProviderId),
    zones: &Zones,
) -> Option<Finding> {
    let choice = zone_for_task(&zones.counts, &zones.refuses, zones.when_refused)?;
    let name = |index: usize| plan.zones[zones.zones[index].index()].name.as_str();
    let on = &plan.provider(provider).name;
    let chosen = name(choice.zone);
    let counts: Vec<String> = (0..zones.zones.len())
        .map(|index| format!("{} in {}", zones.counts[index], name(index)))
        .collect();
    let ties = zones
        .counts
        .iter()
        .enumerate()
        .filter(|(index, count)| **count == choice.tasks && !zones.refuses[*index])
        .count();
    let (owner, counts) = (owner_name(plan, owner), words::listed(&counts));
    let answer = match (zones.zones.len(), ties) {
        (1, _) => format!("{chosen} is the only zone of its subnets"),
        (_, 0 | 1) => format!("it had the fewest tasks of {owner} on {on}: {counts}"),
        (_, _) => {
            format!("no zone had fewer tasks of {owner} on {on}, and it comes first: {counts}")
        }
    };
    let refused: Vec<String> = (0..zones.zones.len())
        .filter(|index| zones.refuses[*index])
        .map(|index| name(index).to_owned())
        .collect();
    let details = (!refused.is_empty()).then(|| {
        format!(
            "{} would have come first, but refused the launch",
            words::listed(&refused)
        )
    });
    let inputs = json!({
        "zones": (0..zones.zones.len()).map(|index| json!({
            "availabilityZone": name(index),
            "tasks": zones.counts[index],
            "refused": zones.refuses[index],
        })).collect::<Vec<_>>(),
    });
    let finding = Finding::new(format!("Why {chosen}?"), answer, inputs)
        .by(&[rules::ZONE])
        .details(details)
        .otherwise(differences(zones, choice.zone, &name));
    Some(finding)
}

/// The nearest changes that lead to another zone.
fn differences<'n>(
    zones: &Zones,
    chosen: usize,
    name: &impl Fn(usize) -> &'n str,
) -> Vec<Difference> {
    let ask = |counts: &[u32], refuses: &[bool], when| {
        zone_for_task(counts, refuses, when).map(|choice| choice.zone)
    };
    let mut found = Vec::new();
    for zone in (0..zones.zones.len()).filter(|zone| zones.refuses[*zone]) {
        let mut refuses = zones.refuses.clone();
        refuses[zone] = false;
        if ask(&zones.counts, &refuses, zones.when_refused) == Some(zone) {
            let with = format!("a grant in {}", name(zone));
            found.push(Difference::new(with, name(zone)));
        }
    }
    if !found.is_empty() {
        if ask(&zones.counts, &zones.refuses, WhenZoneRefuses::Wait).is_none() {
            let with = "`otherZones: false` of Spot";
            found.push(Difference::new(with, "it would have waited for its zone"));
        }
        return found;
    }
    let fewer = |zone: usize| {
        let count = (0..zones.counts[zone]).rev().find(|count| {
            let mut counts = zones.counts.clone();
            counts[zone] = *count;
            ask(&counts, &zones.refuses, zones.when_refused) == Some(zone)
        })?;
        Some((zones.counts[zone] - count, zone))
    };
    let others = (0..zones.zones.len()).filter(|zone| *zone != chosen);
    if let Some((less, zone)) = others.filter_map(fewer).min() {
        let with = format!("{} fewer in {}", words::tasks(less), name(zone));
        found.push(Difference::new(with, name(zone)));
    }
    found
}

/// The names of the zones that refused a launch.
pub(super) fn refused(plan: &Plan, zones: &Zones) -> Vec<String> {
    let refused = zones.zones.iter().zip(&zones.refuses);
    let name = |zone: &ZoneId| plan.zones[zone.index()].name.clone();
    refused
        .filter(|(_, refuses)| **refuses)
        .map(|(zone, _)| name(zone))
        .collect()
}
