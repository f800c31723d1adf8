//! Tasks that wait for an instance: why one stood in PROVISIONING without a search of its own, why
//! those of a service do at an instant, and what their group did meanwhile.

use serde_json::json;

use super::{Finding, Replay, placement, rules, words};
use crate::catalog::instances;
use crate::engine::SimTime;
use crate::ids::{GroupId, ServiceId};
use crate::observe::placements::Placement;
use crate::observe::times::iso8601;
use crate::policy::auto_scaling_group::Purchase;
use crate::policy::managed_scaling::ScalingReason;
use crate::world::task::{Owner, TaskRecord};

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
    let has_own = |it: &Placement| {
        let is_its = (it.owner, it.ordinal, it.found) == (record.owner, record.ordinal, None);
        is_its && from <= it.at
    };
    if !has_waited || replay.trail.placements.iter().any(has_own) {
        return None;
    }
    let before = before(replay, record);
    let searches = replay.trail.placements.iter().rev();
    let mut searches = searches.filter(|it| {
        let is_like = (it.owner, it.provider) == (record.owner, record.provider);
        is_like && it.found.is_none() && it.at <= from
    });
    let last = searches
        .next()
        .filter(|_| !replay.trail.leaves_searches_out());
    let none = last.map_or_else(String::new, |search| {
        let none = placement::none_words(search, &provider.name);
        format!("; at {} {none}", replay.clock().short(search.at, from))
    });
    let answer = format!(
        "it stood in PROVISIONING {}, behind {} of its kind{none}",
        wait_words(record, from),
        words::tasks(before),
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

/// How many of its kind waited before a task when it was launched.
fn before(replay: &Replay<'_>, record: &TaskRecord) -> u32 {
    let from = record.times.created;
    let is_before = |task: &&TaskRecord| {
        (task.owner, task.definition, task.provider)
            == (record.owner, record.definition, record.provider)
            && task.ordinal < record.ordinal
            && task.times.created <= from
            && waited_until(task).is_none_or(|until| from < until)
    };
    let before = replay.trail.tasks.iter().filter(is_before).count();
    u32::try_from(before).unwrap_or(u32::MAX)
}

/// `, behind 2 tasks of its kind until 10:09:58`, where a task's own first search came
/// later than it.
pub(super) fn behind_words(replay: &Replay<'_>, record: &TaskRecord, searched: SimTime) -> String {
    let created = record.times.created;
    if searched <= created {
        return String::new();
    }
    let until = replay.clock().short(searched, created);
    match before(replay, record) {
        0 => format!("; one was looked for at {until}"),
        count => format!(", behind {} of its kind until {until}", words::tasks(count)),
    }
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
    let until = waited_until(record).unwrap_or(replay.ended_at);
    group_words_until(replay, record, until)
}

fn group_words_until(replay: &Replay<'_>, record: &TaskRecord, until: SimTime) -> Vec<String> {
    let Some(group) = replay.plan.provider(record.provider).kind.group() else {
        return Vec::new();
    };
    let plan = replay.plan.group(group);
    let from = record.times.created;
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
        ScalingReason::Stuck => {
            "the tasks that wait exceed the smallest of the group's types, for which ECS launches \
             nothing"
                .to_owned()
        }
        ScalingReason::Bounded => format!(
            "MinSize and MaxSize leave it at {}",
            words::counted(desired, "instance")
        ),
        ScalingReason::AlreadyDesired => format!(
            "{} desired already, and wanted: it asks for no more while they do not come",
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

/// Why tasks of a service stand in PROVISIONING at an instant, one finding a provider.
pub(super) fn standing(replay: &Replay<'_>, service: ServiceId, at: SimTime) -> Vec<Finding> {
    let plan = replay.plan;
    let waits = |task: &&TaskRecord| {
        task.owner == Owner::Service(service)
            && plan.provider(task.provider).kind.is_hosted()
            && task.times.created <= at
            && waited_until(task).is_none_or(|until| at < until)
    };
    let mut all: Vec<&TaskRecord> = replay.trail.tasks.iter().filter(waits).collect();
    all.sort_by_key(|task| (task.provider, task.times.created, task.ordinal));
    let of_one = all.chunk_by(|a, b| a.provider == b.provider);
    of_one.map(|tasks| standing_on(replay, tasks, at)).collect()
}

/// Of one provider, the oldest first.
fn standing_on(replay: &Replay<'_>, tasks: &[&TaskRecord], at: SimTime) -> Finding {
    let (plan, clock) = (replay.plan, replay.clock());
    let oldest = tasks[0];
    let provider = &plan.provider(oldest.provider).name;
    let count = u32::try_from(tasks.len()).unwrap_or(u32::MAX);
    let searches = replay.trail.placements.iter().rev();
    let mut searches = searches.filter(|it| {
        let is_its = (it.owner, it.provider) == (oldest.owner, oldest.provider);
        is_its && it.found.is_none() && it.at <= at
    });
    let search = searches
        .next()
        .filter(|_| !replay.trail.leaves_searches_out());
    let none = search.map_or_else(String::new, |search| {
        let none = placement::none_words(search, provider);
        let when = clock.short(search.at, at);
        format!("; when one was last looked for in vain, at {when}, {none}")
    });
    let since = oldest.times.created;
    let answer = format!(
        "{} in PROVISIONING, the oldest for {}: {} an instance of {provider}{none}",
        match count {
            1 => "1 task stood".to_owned(),
            more => format!("{more} tasks stood"),
        },
        words::length(at.since(since)),
        if count == 1 {
            "it waits for"
        } else {
            "they wait for"
        },
    );
    let nearest = search.and_then(|search| placement::nearest_words(replay, search));
    let inputs = json!({
        "capacityProvider": provider,
        "waiting": count,
        "oldestSince": iso8601(plan.run.start, since),
        "cpu": oldest.cpu.0,
        "memory": oldest.memory.0,
        "activeInstances": search.map(|it| it.instances),
    });
    let others = search.map_or_else(Vec::new, |it| placement::differences(replay, it));
    Finding::new("Why did it wait for an instance?", answer, inputs)
        .decided(plan, since)
        .by(&[rules::PLACEMENT, rules::MANAGED_SCALING])
        .details(nearest)
        .details(group_words_until(replay, oldest, at))
        .details(placed_words(replay, tasks, at))
        .otherwise(others)
}

/// When those that wait got their instances.
fn placed_words(replay: &Replay<'_>, tasks: &[&TaskRecord], at: SimTime) -> Option<String> {
    let clock = replay.clock();
    let mut placed: Vec<SimTime> = tasks.iter().filter_map(|task| task.times.placed).collect();
    placed.sort_unstable();
    let (first, last) = (*placed.first()?, *placed.last()?);
    let when = match clock.short(first, at) {
        only if only == clock.short(last, at) => format!("at {only}"),
        begin => format!("from {begin} to {}", clock.short(last, at)),
    };
    let all = tasks.len();
    Some(match placed.len() {
        some if some < all => format!("{some} of the {all} got an instance, {when}"),
        1 => format!("it got one {when}"),
        _ => format!("they got theirs {when}"),
    })
}
