//! Why a task stopped, and why this one.

mod cause;
pub(super) mod checks;
mod memory;
mod replaced;
pub(super) mod restarted;
mod taken;
pub(super) mod under;

use serde_json::json;

pub(super) use cause::told;

use super::service::last_change;
use super::{Difference, Finding, Replay, Rule, changes, market, placement, rules, words};
use crate::engine::SimTime;
use crate::ids::ServiceId;
use crate::observe::inputs::{StopBecause, StopHow};
use crate::observe::trail::StopChosen;
use crate::policy::life_cycle::StopCause;
use crate::policy::scale_in::{ProviderToStopReason, provider_to_stop, zone_to_stop};
use crate::policy::strategy::{Strategy, WEIGHT_MAX};
use crate::world::capacity::rules_of_stop;
use crate::world::groups::Phase;
use crate::world::task::{Owner, TaskRecord};

/// Why it stopped, and of tasks that were stopped by choice, why this one.
pub(super) fn findings(replay: &Replay<'_>, record: &TaskRecord) -> Vec<Finding> {
    let Some(stop) = record.stop else {
        let at = replay.clock().show(replay.ended_at);
        let answer = format!("it had not stopped when the run ended, at {at}");
        return vec![Finding::new("Why did it stop?", answer, json!({}))];
    };
    let at = record.times.stopping.or(record.times.stopped);
    let at = at.unwrap_or(record.times.created);
    match (stop.cause, record.owner) {
        (StopCause::SpotInterruption, _) => {
            let stays = grace(replay, record);
            vec![market::interruption(replay, record, at).details(stays)]
        }
        (StopCause::ScalingActivity, Owner::Service(service)) => {
            by_choice(replay, record, service, at)
        }
        (StopCause::InstanceDraining, _) => {
            let repacked = repacked(replay, record);
            vec![repacked.unwrap_or_else(|| ended(replay, record, StopCause::InstanceDraining, at))]
        }
        (cause, _) => vec![ended(replay, record, cause, at)],
    }
}

/// Its instance was emptied by a what-if; `None` if it was not.
fn repacked(replay: &Replay<'_>, record: &TaskRecord) -> Option<Finding> {
    let id = record.instance?;
    let mut emptied = replay.trail.emptied.iter();
    let (at, _, emptied) = emptied.find(|it| it.1 == id)?;
    let answer = format!(
        "{} % of its instance were reserved and its {} fitted on others: whatIf.repacking, which \
         is not AWS's behaviour, drained it",
        words::number((100.0 * emptied.reserved).round()),
        words::tasks(emptied.tasks),
    );
    let inputs = json!({ "reserved": emptied.reserved, "tasks": emptied.tasks });
    let finding = Finding::new("Why did it stop?".to_owned(), answer, inputs);
    let stayed = Difference::new("no `whatIf.repacking`", "it would have stayed");
    let finding = finding.decided(replay.plan, *at).by(&[rules::REPACKING]);
    Some(finding.otherwise([stayed]))
}

/// It ended by itself, could not start, or was taken.
fn ended(replay: &Replay<'_>, record: &TaskRecord, cause: StopCause, at: SimTime) -> Finding {
    told(replay, record, cause).finding(replay, record, at)
}

/// What an interruption cost: the grace, and lost work.
fn grace(replay: &Replay<'_>, record: &TaskRecord) -> Vec<String> {
    let timeout = replay.plan.task_definition(record.definition).stop_timeout;
    let mut said = vec![format!(
        "its containers had {} to end (stopTimeout)",
        words::length(timeout)
    )];
    if !record.lost_work.is_zero() {
        said.push(format!(
            "{} of its work was lost",
            words::length(record.lost_work)
        ));
    }
    said
}

/// The scheduler stopped it: why any, and why this one.
fn by_choice(
    replay: &Replay<'_>,
    record: &TaskRecord,
    service: ServiceId,
    at: SimTime,
) -> Vec<Finding> {
    let stops = replay.trail.stops.iter();
    let mut its = stops.filter(|stop| (stop.service, stop.ordinal) == (service, record.ordinal));
    let Some(chosen) = its.next() else {
        return vec![ended(replay, record, StopCause::ScalingActivity, at)];
    };
    let has_sets = replay.plan.service(service).has_task_sets();
    // Of task sets each has less where the desired count has fallen.
    let fell = |(when, from, to): &(SimTime, u32, u32)| *when == at && to < from;
    let fell = has_sets && changes::desired_steps(replay, service).iter().any(fell);
    let any = match chosen.because {
        _ if fell => surplus(replay, service, at),
        StopBecause::Surplus if has_sets => replaced::finding(replay, record, (service, at)),
        StopBecause::Replaced => replaced::finding(replay, record, (service, at)),
        StopBecause::Surplus => surplus(replay, service, at),
        StopBecause::Rebalanced => rebalanced(replay, chosen),
    };
    vec![any, this_one(replay, record, chosen)]
}

/// The desired count fell below what was there.
fn surplus(replay: &Replay<'_>, service: ServiceId, at: SimTime) -> Finding {
    let question = "Why did it stop?";
    let steps = changes::desired_steps(replay, service);
    let last = steps
        .iter()
        .rev()
        .find(|(when, from, to)| *when <= at && to < from);
    let Some((when, from, to)) = last.copied() else {
        let answer = "the service had more tasks than desired";
        let finding = Finding::new(question, answer, json!({})).decided(replay.plan, at);
        let other = Difference::new(
            "as many tasks desired as there were",
            "it would have stayed",
        );
        return finding.by(&[rules::TO_STOP]).otherwise([other]);
    };
    let mut finding = last_change(replay, (service, at), Some((when, from, to)));
    finding.question = question.to_owned();
    finding.answer = format!(
        "the desired count fell from {from} to {to}: {}",
        finding.answer
    );
    finding
}

/// Availability Zone rebalancing moved it.
fn rebalanced(replay: &Replay<'_>, chosen: &StopChosen) -> Finding {
    let plan = replay.plan;
    let places = chosen.zones.iter().zip(&chosen.by_zone);
    let counts: Vec<String> = places
        .map(|(zone, count)| format!("{count} in {}", plan.zone_name(*zone)))
        .collect();
    let answer = format!(
        "Availability Zone rebalancing evens the service out: one was started in a poorer zone, \
         and this zone had the most ({})",
        words::listed(&counts)
    );
    let by_zone: Vec<_> = chosen.zones.iter().zip(&chosen.by_zone).collect();
    let inputs = json!({
        "tasksByZone": by_zone.iter().map(|(zone, count)| json!({
            "availabilityZone": plan.zone_name(**zone),
            "tasks": count,
        })).collect::<Vec<_>>(),
    });
    let off = Difference::new(
        "availabilityZoneRebalancing: DISABLED",
        "it would have stayed",
    );
    Finding::new("Why did it stop?", answer, inputs)
        .decided(plan, chosen.at)
        .by(&[rules::REBALANCING])
        .otherwise([off])
}

/// Among all that could have been stopped.
fn this_one(replay: &Replay<'_>, record: &TaskRecord, chosen: &StopChosen) -> Finding {
    let plan = replay.plan;
    let names: Vec<&str> = chosen
        .strategy
        .items()
        .iter()
        .map(|item| plan.provider(item.provider).name.as_str())
        .collect();
    let provider = &plan.provider(record.provider).name;
    let zone = plan.zone_name(record.zone);
    let by_strategy = provider_to_stop(&chosen.strategy, &chosen.counts);
    // Where the strategy's provider had no candidates, its weights decided nothing.
    let is_by_strategy = by_strategy.is_some_and(|stop| names[stop.item] == provider);
    let of_provider = match by_strategy.map(|stop| (names[stop.item], stop.reason)) {
        Some((name, ProviderToStopReason::Weight { weighted, weight })) if name == provider => {
            format!("{provider} was furthest ahead, with {weighted} for weight {weight}")
        }
        Some((name, ProviderToStopReason::Base { have, .. })) if name == provider => {
            format!("only tasks of bases were left, {have} of them on {provider}")
        }
        Some(_) | None => format!("{provider} had the candidates"),
    };
    let phase = match chosen.phase {
        Phase::Launching => "not running yet",
        Phase::Running => "running but not healthy",
        Phase::Unhealthy => "unhealthy",
        Phase::Healthy => "healthy",
    };
    let here = zone_to_stop(&chosen.by_zone).map_or(0, |stop| stop.tasks);
    let of_zone = match (chosen.how, chosen.zones.len()) {
        (StopHow::Waits | StopHow::Placement, _) | (_, 0 | 1) => String::new(),
        (StopHow::Drawn, _) => format!("; {zone} had the most of them ({here})"),
    };
    let pick = match (chosen.how, chosen.among) {
        (StopHow::Waits, _) => "it still waited for an instance, and such go first".to_owned(),
        (_, 1) => "it was the only one there".to_owned(),
        (StopHow::Drawn, among) => format!("of the {among} there ({phase}) it was drawn"),
        (StopHow::Placement, among) => format!(
            "of the {among} there ({phase}) it went by {}",
            reverse_words(replay, record)
        ),
    };
    let (of_provider, of_zone) = match chosen.because {
        // Rebalancing asks no strategy.
        StopBecause::Rebalanced => (format!("it was in {zone}"), String::new()),
        StopBecause::Replaced | StopBecause::Surplus => (of_provider, of_zone),
    };
    let is_by_strategy = is_by_strategy && chosen.because != StopBecause::Rebalanced;
    let inputs = json!({
        "phase": phase,
        "among": chosen.among,
        "tasksByProvider": names.iter().zip(&chosen.counts)
            .map(|(name, count)| json!({ "capacityProvider": name, "tasks": count }))
            .collect::<Vec<_>>(),
        "candidatesByZone": chosen.zones.iter().zip(&chosen.by_zone)
            .map(|(zone, count)| json!({
                "availabilityZone": plan.zones[zone.index()].name,
                "tasks": count,
            }))
            .collect::<Vec<_>>(),
    });
    Finding::new(
        "Why this one?",
        format!("{of_provider}{of_zone}; {pick}"),
        inputs,
    )
    .decided(plan, chosen.at)
    .by(rules_of(chosen))
    .otherwise(another(&names, chosen).filter(|_| is_by_strategy))
}

fn rules_of(chosen: &StopChosen) -> &'static [Rule] {
    match (chosen.because, chosen.how) {
        (StopBecause::Rebalanced, _) => &[rules::ZONE_TO_STOP],
        (_, StopHow::Drawn) => &[rules::PROVIDER_TO_STOP, rules::ZONE_TO_STOP],
        (_, StopHow::Waits | StopHow::Placement) => &[rules::PROVIDER_TO_STOP, rules::TASK_TO_STOP],
    }
}

/// The reverse of a placement strategy, as far as it says who goes.
fn reverse_words(replay: &Replay<'_>, record: &TaskRecord) -> String {
    let rules = rules_of_stop(replay.plan, record.owner, record.provider);
    let said: Vec<String> = rules
        .iter()
        .map(|rule| placement::rule_words(replay, *rule))
        .collect();
    match said.is_empty() {
        true => "the fullest zone, then the fullest instance".to_owned(),
        false => format!("the reverse of its strategy ({})", said.join(", then ")),
    }
}

/// The smallest weight of its provider with which another would have lost a task.
pub(super) fn another(names: &[&str], chosen: &StopChosen) -> Option<Difference> {
    let item = provider_to_stop(&chosen.strategy, &chosen.counts)?.item;
    let had = chosen.strategy.items()[item].weight;
    let with_weight = |weight: u32| {
        let mut items = chosen.strategy.items().to_vec();
        items[item].weight = weight;
        let strategy = Strategy::new(items).ok()?;
        let other = provider_to_stop(&strategy, &chosen.counts)?.item;
        (other != item).then_some((weight, other))
    };
    let (weight, other) = (had + 1..=WEIGHT_MAX).find_map(with_weight)?;
    let with = format!("weight {weight} instead of {had} on {}", names[item]);
    Some(Difference::new(
        with,
        format!("a task on {} would have gone", names[other]),
    ))
}
