//! Tasks and the instances under them: why one stood in PROVISIONING without a search of its own,
//! what its group did meanwhile, and what ended the instance that it ran on.

use serde_json::json;

use super::{Finding, Replay, placement, rules, words};
use crate::catalog::instances;
use crate::engine::SimTime;
use crate::ids::GroupId;
use crate::observe::placements::Placement;
use crate::policy::auto_scaling_group::Purchase;
use crate::policy::life_cycle::StopCause;
use crate::policy::managed_scaling::ScalingReason;
use crate::world::instance::TerminationCause;
use crate::world::task::TaskRecord;

/// Pools that are named; further ones are counted.
const POOLS_SAID: usize = 6;

/// Why a task stood in PROVISIONING that was searched no instance for when it was launched: others
/// like it waited already. `None`: it did not, or its own search says why.
pub(super) fn behind(replay: &Replay<'_>, record: &TaskRecord) -> Option<Finding> {
    let plan = replay.plan;
    let provider = plan.provider(record.provider);
    let from = record.times.created;
    let until = waited_until(record);
    let has_waited = provider.kind.is_hosted() && until.is_none_or(|until| from < until);
    let has_own =
        |it: &Placement| (it.owner, it.ordinal, it.found) == (record.owner, record.ordinal, None);
    if !has_waited || replay.trail.placements.iter().any(has_own) {
        return None;
    }
    let like_it = |task: &&TaskRecord| {
        (task.owner, task.definition, task.provider)
            == (record.owner, record.definition, record.provider)
            && task.ordinal < record.ordinal
            && task.times.created <= from
            && waited_until(task).is_none_or(|until| from < until)
    };
    let before = replay.trail.tasks.iter().filter(like_it).count();
    let searches = replay.trail.placements.iter().rev();
    let mut searches = searches.filter(|it| {
        let is_like = (it.owner, it.provider) == (record.owner, record.provider);
        is_like && it.found.is_none() && it.at <= from
    });
    let none = searches.next().map_or_else(String::new, |search| {
        let none = placement::none_words(search, &provider.name);
        format!("; at {} {none}", replay.clock().short(search.at, from))
    });
    let answer = format!(
        "it stood in PROVISIONING {}, behind {} of its kind{none}",
        wait_words(record, from),
        words::tasks(u32::try_from(before).unwrap_or(u32::MAX)),
    );
    let inputs = json!({
        "capacityProvider": provider.name,
        "cpu": record.cpu.0,
        "memory": record.memory.0,
        "waitingBefore": before,
    });
    let finding = Finding::new("Why did it wait for an instance?", answer, inputs)
        .decided(plan, from)
        .by(&[rules::PLACEMENT, rules::MANAGED_SCALING])
        .details(group_words(replay, record));
    Some(finding)
}

/// When a task's wait for an instance was over; `None`: it lasts at the run's end.
fn waited_until(record: &TaskRecord) -> Option<SimTime> {
    let times = &record.times;
    times.placed.or(times.stopping).or(times.stopped)
}

/// `for 12.8 min, in vain`.
pub(super) fn wait_words(record: &TaskRecord, from: SimTime) -> String {
    match (record.times.placed, waited_until(record)) {
        (Some(until), _) => format!("for {}", words::length(until.since(from))),
        (None, Some(until)) => format!("for {}, in vain", words::length(until.since(from))),
        (None, None) => "and waits still".to_owned(),
    }
}

/// What the provider's group did while a task waited: launches that failed, and what managed
/// scaling decided last.
pub(super) fn group_words(replay: &Replay<'_>, record: &TaskRecord) -> Vec<String> {
    let Some(group) = replay.plan.provider(record.provider).kind.group() else {
        return Vec::new();
    };
    let plan = replay.plan.group(group);
    let from = record.times.created;
    let until = waited_until(record).unwrap_or(replay.ended_at);
    let mut said = Vec::new();
    for (purchase, kind) in [(Purchase::Spot, "Spot"), (Purchase::OnDemand, "on-demand")] {
        let failures = replay.trail.launch_failures.iter();
        let its = failures.filter(|(at, of, bought)| {
            (*of, *bought) == (group, purchase) && (from..=until).contains(at)
        });
        let count = its.count();
        if 0 < count {
            said.push(format!(
                "no pool of {} had {kind} capacity meanwhile: {} of an instance failed",
                plan.name,
                match count {
                    1 => "1 launch".to_owned(),
                    more => format!("{more} launches"),
                }
            ));
        }
    }
    said.extend(pools_words(replay, group, (from, until)));
    let managed = managed_words(replay, record, until);
    said.extend(managed.map(|words| format!("the last word of managed scaling: {words}")));
    said
}

/// The pools that had no Managed Instance in a span of time.
fn pools_words(
    replay: &Replay<'_>,
    group: GroupId,
    (from, until): (SimTime, SimTime),
) -> Option<String> {
    let plan = replay.plan.group(group);
    let all = replay.trail.refused_pools.iter();
    let its = all.filter(|it| it.group == group && from <= it.to && it.from <= until);
    let mut pools: Vec<(u32, u32)> = its.flat_map(|it| it.pools.iter().copied()).collect();
    pools.sort_unstable();
    pools.dedup();
    let named = |(kind, zone): &(u32, u32)| {
        let kind = instances::get(plan.types[*kind as usize].instance_type).name;
        let zone = replay.plan.zone_name(plan.zones[*zone as usize]);
        format!("{kind} in {zone}")
    };
    let mut names: Vec<String> = pools.iter().take(POOLS_SAID).map(named).collect();
    if names.is_empty() {
        return None;
    }
    if POOLS_SAID < pools.len() {
        names.push(format!("{} more", pools.len() - POOLS_SAID));
    }
    Some(format!("pools that refused: {}", words::listed(&names)))
}

/// What managed scaling decided last of a task's provider before an instant.
fn managed_words(replay: &Replay<'_>, record: &TaskRecord, until: SimTime) -> Option<String> {
    let looks = replay.trail.managed.iter().rev();
    let mut looks = looks.filter(|it| it.provider == record.provider && it.at <= until);
    let last = looks.next()?;
    let desired = last.desired;
    Some(match last.reason {
        ScalingReason::Stuck => "the tasks that wait fit no instance type of the group".to_owned(),
        ScalingReason::Bounded => format!(
            "MinSize and MaxSize leave it at {}",
            words::counted(desired, "instance")
        ),
        ScalingReason::ScaleOut { .. } | ScalingReason::First => {
            format!(
                "{} desired, more than before",
                words::counted(desired, "instance")
            )
        }
        ScalingReason::WarmingUp => {
            format!("{desired} desired; an instance is still warming up")
        }
        ScalingReason::AtTarget
        | ScalingReason::Nothing
        | ScalingReason::Quiet { .. }
        | ScalingReason::AfterScaleOut
        | ScalingReason::ScaleIn { .. } => {
            format!("{} desired, no more", words::counted(desired, "instance"))
        }
    })
}

/// What ended the instance under a task.
pub(super) fn end_words(replay: &Replay<'_>, record: &TaskRecord, cause: StopCause) -> String {
    let plain = super::changes::cause_word(cause).to_owned();
    let Some(id) = record.instance else {
        return plain;
    };
    let name = placement::instance_words(replay, id);
    let clock = replay.clock();
    if cause == StopCause::InstanceDraining {
        let drains = replay.trail.drains.iter();
        let Some((at, _, why)) = drains.rev().find(|(_, of, _)| *of == id) else {
            return plain;
        };
        let why = termination_words(*why);
        return format!(
            "its instance {name} drains since {}: {why}",
            clock.show(*at)
        );
    }
    let mut all = replay.trail.instances.iter();
    let known = all.find(|it| it.id == id);
    let Some((at, why)) = known.and_then(|it| Some((it.times.terminated?, it.cause?))) else {
        return plain;
    };
    let why = termination_words(Some(why));
    format!(
        "its instance {name} was terminated at {}: {why}",
        clock.show(at)
    )
}

fn termination_words(cause: Option<TerminationCause>) -> &'static str {
    match cause {
        None => "an operator set it to DRAINING",
        Some(TerminationCause::ScaleIn) => "its group scaled in",
        Some(TerminationCause::SpotInterruption) => "EC2 takes the Spot Instance back",
        Some(TerminationCause::LaunchFailed) => "it never registered",
        Some(TerminationCause::Failure) => "it failed, or its zone did",
        Some(TerminationCause::Refresh) => "an instance refresh replaces it",
        Some(TerminationCause::Rebalance) => "it was at risk, and capacity rebalancing replaced it",
        Some(TerminationCause::ZoneBalance) => "its group evens out its zones",
        Some(TerminationCause::Idle) => "no task ran on it for as long as scaleInAfter says",
        Some(TerminationCause::Consolidation) => "its tasks find room elsewhere",
        Some(TerminationCause::Patching) => "it was old, and what is patched takes its place",
        Some(TerminationCause::EndOfLife) => "a Managed Instance gets no older",
        Some(TerminationCause::Repacking) => "repacking (a what-if) empties it",
    }
}
