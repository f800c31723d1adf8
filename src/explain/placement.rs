//! Why a task went to its container instance, or why none took it.

use serde_json::{Value, json};

use super::{Difference, Finding, Replay, host, rules, words};
use crate::catalog::instances;
use crate::ids::InstanceId;
use crate::observe::instances::ec2_instance_id;
use crate::observe::placements::{Placement, lack_words, more_words};
use crate::observe::tasks::owner_name;
use crate::policy::placement::{Binpack, Lacking, Need, PlacementRule, Spread};
use crate::world::task::TaskRecord;

/// What the searches for a task's instance came to: the one that found none, the one that did.
pub(super) fn findings(replay: &Replay<'_>, record: &TaskRecord) -> Vec<Finding> {
    let all = replay.trail.placements.iter();
    let its = all.filter(|it| (it.owner, it.ordinal) == (record.owner, record.ordinal));
    let mut findings: Vec<Finding> = host::behind(replay, record).into_iter().collect();
    for placement in its {
        match placement.found {
            Some(instance) => findings.push(found(replay, placement, instance)),
            // Before it was created its launch was refused, which is told with its waits.
            None if placement.at < record.times.created => {}
            None => findings.push(waited(replay, placement, record)),
        }
    }
    findings
}

fn found(replay: &Replay<'_>, placement: &Placement, instance: InstanceId) -> Finding {
    let plan = replay.plan;
    let name = instance_words(replay, instance);
    let owner = owner_name(plan, placement.owner);
    let (free, same) = placement.chosen.unwrap_or_default();
    let rules_said = match (placement.possible, &placement.rules[..]) {
        (1, _) => "it was the only one with room that met all constraints".to_owned(),
        (_, []) => format!(
            "{} had room, and it is the oldest of them",
            words::counted(placement.possible, "instance")
        ),
        (possible, rules) => {
            let ties = match placement.tied {
                0 | 1 => String::new(),
                tied => format!("; {tied} were equal, the oldest of them was taken"),
            };
            let said: Vec<String> = rules.iter().map(|rule| rule_words(replay, *rule)).collect();
            format!(
                "of {} with room its strategy ({}) left it{ties}",
                words::counted(possible, "instance"),
                said.join(", then ")
            )
        }
    };
    let answer = format!(
        "{rules_said}; it had {} free and {} of {owner}",
        amounts(&free),
        words::tasks(same)
    );
    let otherwise = placement.otherwise.iter().map(|(strategy, other)| {
        Difference::new(
            format!("placementStrategy {strategy}"),
            instance_words(replay, *other),
        )
    });
    Finding::new(format!("Why {name}?"), answer, inputs(replay, placement))
        .decided(plan, placement.at)
        .by(&[rules::PLACEMENT])
        .details(others_words(placement))
        .otherwise(otherwise)
}

fn waited(replay: &Replay<'_>, placement: &Placement, record: &TaskRecord) -> Finding {
    let plan = replay.plan;
    let provider = &plan.provider(placement.provider).name;
    let wait = host::wait_words(record, record.times.created);
    let behind = host::behind_words(replay, record, placement.at);
    let none = none_words(placement, provider);
    let nearest = nearest_words(replay, placement);
    let differences = differences(replay, placement);
    Finding::new(
        "Why did it wait for an instance?",
        format!("it stood in PROVISIONING {wait}{behind}: {none}"),
        inputs(replay, placement),
    )
    .decided(plan, placement.at)
    .by(&[rules::PLACEMENT])
    .details(nearest)
    .details(host::group_words(replay, record))
    .otherwise(differences)
}

/// The instance that came closest to a task that found none, and what it lacked.
pub(super) fn nearest_words(replay: &Replay<'_>, placement: &Placement) -> Option<String> {
    let (instance, lacking, count) = placement.closest?;
    let lacks = lack_words(lacking, &placement.need);
    let (name, more) = (instance_words(replay, instance), more_words(count));
    Some(format!("the closest was {name}: {lacks}{more}"))
}

/// What would have found a place in a search that found none.
pub(super) fn differences(replay: &Replay<'_>, placement: &Placement) -> Vec<Difference> {
    let closest = placement.closest;
    let smaller = closest.and_then(|closest| smaller(replay, &placement.need, closest));
    smaller.into_iter().chain(room(replay, placement)).collect()
}

/// A task that would have gone to the instance that came closest, if it lacked one thing only. None
/// where that instance is full: no task asks for nothing.
pub(super) fn smaller(
    replay: &Replay<'_>,
    need: &Need,
    (instance, lacking, count): (InstanceId, Lacking, u32),
) -> Option<Difference> {
    let with = match (lacking, count) {
        (Lacking::Cpu(short), 1) if short < need.cpu => {
            format!("{short} CPU units less for the task")
        }
        (Lacking::Memory(short), 1) if short < need.memory => {
            format!("{short} MiB less for the task")
        }
        _ => return None,
    };
    Some(Difference::new(with, instance_words(replay, instance)))
}

/// An empty instance more, of the first of the group's types that has the room; none where the task
/// lacked something else.
fn room(replay: &Replay<'_>, placement: &Placement) -> Option<Difference> {
    let is_of_room = placement.closest.is_none_or(|(_, lacking, _)| {
        matches!(
            lacking,
            Lacking::Cpu(_)
                | Lacking::Memory(_)
                | Lacking::Gpu(_)
                | Lacking::Eni(_)
                | Lacking::Port(_)
        )
    });
    let group = replay.plan.provider(placement.provider).kind.group()?;
    let mut types = replay.plan.group(group).types.iter();
    let kind = types.find(|it| is_of_room && placement.need.fits(&it.registered))?;
    let name = instances::get(kind.instance_type).name;
    Some(Difference::new(
        format!("an ACTIVE {name} more, without tasks"),
        "it would have had the room",
    ))
}

/// Why a search found no instance.
pub(super) fn none_words(placement: &Placement, provider: &str) -> String {
    match placement.instances {
        0 => format!("{provider} had no ACTIVE instance"),
        count => format!(
            "none of {} of {provider} took it: {}",
            words::counted(count, "ACTIVE instance"),
            lacking_words(placement)
        ),
    }
}

/// What most of the instances that did not take it lacked first.
fn others_words(placement: &Placement) -> Option<String> {
    (!placement.lacking.is_empty()).then(|| {
        let count: u32 = placement.lacking.iter().map(|it| it.1).sum();
        let said = lacking_words(placement);
        format!(
            "{} had no place for it: {said}",
            words::counted(count, "other instance")
        )
    })
}

fn lacking_words(placement: &Placement) -> String {
    let parts = placement.lacking.iter();
    let parts: Vec<String> = parts
        .map(|(reason, count)| format!("{count} {reason}"))
        .collect();
    words::listed(&parts)
}

fn amounts(need: &Need) -> String {
    format!("{} CPU units and {} MiB", need.cpu, need.memory)
}

pub(super) fn rule_words(replay: &Replay<'_>, rule: PlacementRule) -> String {
    match rule {
        PlacementRule::Binpack(Binpack::Cpu) => "binpack on CPU".to_owned(),
        PlacementRule::Binpack(Binpack::Memory) => "binpack on memory".to_owned(),
        PlacementRule::Spread(Spread::Instance) => "spread over instances".to_owned(),
        PlacementRule::Spread(Spread::Zone) => "spread over zones".to_owned(),
        PlacementRule::Spread(Spread::Attribute(which)) => {
            let name = replay.plan.spread_attributes.get(which);
            format!(
                "spread over {}",
                name.map_or("an attribute", String::as_str)
            )
        }
        PlacementRule::Random => "random".to_owned(),
    }
}

/// `i-0123…`.
pub(super) fn id_words(replay: &Replay<'_>, id: InstanceId) -> String {
    let mut all = replay.trail.instances.iter();
    let found = all.find(|record| record.id == id);
    found.map_or_else(
        || format!("instance {}", id.0),
        |record| ec2_instance_id(replay.plan, record.group, id),
    )
}

/// `i-0123… (m6i.large in us-east-1a)`.
pub(super) fn instance_words(replay: &Replay<'_>, id: InstanceId) -> String {
    let mut all = replay.trail.instances.iter();
    let Some(record) = all.find(|record| record.id == id) else {
        return format!("instance {}", id.0);
    };
    let kind = instances::get(record.instance_type).name;
    let zone = replay.plan.zone_name(record.zone);
    let name = ec2_instance_id(replay.plan, record.group, id);
    match zone.is_empty() {
        // A machine of one's own stands in no zone.
        true => format!("{name} ({kind})"),
        false => format!("{name} ({kind} in {zone})"),
    }
}

fn inputs(replay: &Replay<'_>, placement: &Placement) -> Value {
    let need = &placement.need;
    json!({
        "capacityProvider": replay.plan.provider(placement.provider).name,
        "cpu": need.cpu,
        "memory": need.memory,
        "gpus": need.gpus,
        "networkInterfaces": need.enis,
        "activeInstances": placement.instances,
        "withRoom": placement.possible,
        "equal": placement.tied,
        "lacking": placement.lacking.iter()
            .map(|(reason, count)| json!({ "reason": reason, "instances": count }))
            .collect::<Vec<_>>(),
    })
}
