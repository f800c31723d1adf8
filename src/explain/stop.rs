//! Why a task stopped, and why this one.

use serde_json::json;

use super::series::Series;
use super::{
    Difference, Finding, Replay, Rule, bounds, changes, host, market, placement, rules, scaling,
    words,
};
use super::{ended, order};
use crate::catalog::fargate::{TaskSize, covering};
use crate::engine::SimTime;
use crate::ids::ServiceId;
use crate::observe::inputs::{StopBecause, StopHow};
use crate::observe::tasks::stopped_reason;
use crate::observe::trail::StopChosen;
use crate::policy::life_cycle::StopCause;
use crate::policy::scale_in::{ProviderToStopReason, provider_to_stop, zone_to_stop};
use crate::policy::strategy::{Strategy, WEIGHT_MAX};
use crate::units::MiB;
use crate::world::capacity::placement_of;
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
    Some(finding.decided(replay.plan, *at).by(&[rules::REPACKING]))
}

/// It ended by itself, or could not start.
fn ended(replay: &Replay<'_>, record: &TaskRecord, cause: StopCause, at: SimTime) -> Finding {
    let (mut why, otherwise) = why(replay, record, cause);
    let stayed = ended::not_restarted(replay, record, cause);
    why.extend(stayed.as_deref());
    let inputs = json!({
        "stopCode": record.stop.map(|stop| stop.code.as_str()),
        "stoppedReason": stopped_reason(replay.plan, record),
        "exitCode": record.stop.and_then(|stop| stop.exit_code),
        "lostWork_s": record.lost_work.as_secs_f64(),
    });
    let rules = stayed.map(|_| rules::RESTART);
    Finding::new("Why did it stop?", why, inputs)
        .decided(replay.plan, at)
        .otherwise(otherwise)
        .by(rules.as_slice())
}

/// What ended a task that ended by itself or could not start, and when it would not have.
pub(super) fn why(
    replay: &Replay<'_>,
    record: &TaskRecord,
    cause: StopCause,
) -> (String, Option<Difference>) {
    let work = &replay.plan.task_definition(record.definition).work;
    let exit = record.stop.and_then(|stop| stop.exit_code);
    let problem = record.problem.map(|id| replay.plan.boundary.problem(id));
    if let Some(problem) = problem.filter(|problem| problem.cause == cause) {
        let told = cause.stopped_reason(&problem.detail);
        return (format!("it could not start: {told}"), None);
    }
    let cannot_start = cause == StopCause::CannotStartContainer;
    if let Some(unresolved) = record.unresolved.filter(|_| cannot_start) {
        return order::unresolved(replay, record, unresolved);
    }
    match cause {
        StopCause::EssentialContainerExited if exit == Some(0) => {
            ("its work was done (exit code 0)".to_owned(), None)
        }
        StopCause::EssentialContainerExited => {
            let code = exit.map_or_else(String::new, |code| format!(" with exit code {code}"));
            let why = match (record.owner, work.mttf) {
                (Owner::Service(_), Some(mttf)) => format!(
                    "its essential container exited{code}: a crash, one in {} of running \
                     (`work.crashes`)",
                    words::length(mttf)
                ),
                _ => format!("its essential container exited{code} (`work.exit`)"),
            };
            (why, None)
        }
        StopCause::OutOfMemory => {
            let definition = replay.plan.task_definition(record.definition);
            let limit = definition.memory_limit(record.memory);
            let has = limit.map_or(f64::INFINITY, |limit| f64::from(limit.0));
            let needs = work.memory_base_mib;
            let why = format!(
                "it used more than its {} MiB of memory (idle: {} MiB{})",
                words::number(has),
                words::number(needs),
                ended::kept(record, work)
            );
            // Where idle is too much already, the memory that it takes is known.
            let more = (has < needs).then(|| {
                let with = enough_memory(replay, record, needs);
                Difference::new(with, "it would not have been killed at its start")
            });
            (why, more)
        }
        StopCause::CannotPullContainer => {
            let share = words::number(100.0 * work.start_failures);
            (
                format!("it failed before RUNNING, as {share} % of its kind do (`work`)"),
                None,
            )
        }
        StopCause::HostTerminated | StopCause::InstanceDraining => {
            (host::end_words(replay, record, cause), None)
        }
        _ => (changes::cause_word(cause).to_owned(), None),
    }
}

/// The least task size that has so much memory: on Fargate one that it runs.
fn enough_memory(replay: &Replay<'_>, record: &TaskRecord, needs: f64) -> String {
    let memory = MiB(libm::ceil(needs) as u32);
    let asked = TaskSize {
        cpu: record.cpu,
        memory,
    };
    let is_hosted = replay.plan.provider(record.provider).kind.is_hosted();
    match covering(asked).filter(|_| !is_hosted) {
        None => format!("a `memory` of {} MiB or more", memory.0),
        Some(size) if size.cpu == record.cpu => format!("a `memory` of {} MiB", size.memory.0),
        Some(size) => format!(
            "a `cpu` of {} and a `memory` of {} MiB",
            size.cpu.0, size.memory.0
        ),
    }
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
    let any = match chosen.because {
        StopBecause::Replaced => replaced(replay, service, at),
        StopBecause::Surplus => surplus(replay, service, at),
        StopBecause::Rebalanced => rebalanced(replay, chosen),
    };
    vec![any, this_one(replay, record, chosen)]
}

/// It was of an older deployment.
fn replaced(replay: &Replay<'_>, service: ServiceId, at: SimTime) -> Finding {
    let question = "Why did it stop?";
    let deployments = replay.trail.deployments.iter().rev();
    let mut before = deployments.filter(|(when, of, ..)| *when <= at && *of == service);
    let began = before
        .next()
        .map_or_else(String::new, |(when, _, definition, _)| {
            let name = replay.plan.task_definition(*definition).name();
            format!(" of {name}, which began at {},", replay.clock().show(*when))
        });
    let answer = format!("a deployment{began} replaced it");
    let Some((_, step)) = bounds::last_step(replay, service, at) else {
        return Finding::new(question, answer, json!({})).decided(replay.plan, at);
    };
    let spare = format!(
        "{} were healthy, old and new, of {} desired: minimumHealthyPercent {} let old ones go",
        step.after.healthy(),
        step.after.desired,
        step.percentages.minimum_healthy
    );
    Finding::new(question, answer, bounds::inputs(step))
        .decided(replay.plan, at)
        .details([spare])
        .by(&[rules::TO_STOP])
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
        return Finding::new(question, answer, json!({})).decided(replay.plan, at);
    };
    let series = Series::of(replay, service);
    let asked = series.as_ref().and_then(|series| series.decided_at(when));
    let (Some(series), Some(asked)) = (&series, asked) else {
        let answer = format!("UpdateService lowered the desired count from {from} to {to}");
        return Finding::new(question, answer, json!({ "from": from, "to": to }))
            .decided(replay.plan, when);
    };
    let mut finding = scaling::finding(series, &asked);
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
    let rules = &placement_of(replay.plan, record.owner).rules;
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
