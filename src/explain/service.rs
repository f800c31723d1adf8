//! One service: what changed its count over the run, and why it was what it was at an instant.

use std::cmp::Reverse;
use std::collections::BTreeMap;

use serde_json::json;

use super::changes::{self, Change, ChangeKind};
use super::series::Series;
use super::{
    Difference, Explanation, Finding, Replay, bounds, deployment, desired, host, losses, rules,
    scaling, task_sets, wait, words,
};
use crate::demand::period::PERIOD;
use crate::engine::{SimDuration, SimTime};
use crate::ids::ServiceId;
use crate::observe::observation::DeploymentStep;
use crate::policy::target_tracking::ScalingReason;
use crate::policy::traffic_shift::{Stage, TrafficShare};

/// How far back an instant looks for what moves the count at it.
const LOOK_BACK: SimDuration = SimDuration::from_secs(600);

/// What changed a service over the run; of its changes the `most` most important.
pub(super) fn overview(replay: &Replay<'_>, service: ServiceId, most: usize) -> Explanation {
    let plan = replay.plan;
    let mut changes = changes::changes(replay, service);
    let mut facts = vec![totals(replay, service, &changes)];
    let missing = wait::missing::findings(replay, service);
    facts.extend(wait::missing::fact(replay, service, !missing.is_empty()));
    if let Some(series) = Series::of(replay, service) {
        facts.extend(held_back(&series));
    }
    let all = changes.len();
    if most < all {
        changes.sort_by_key(|change| (Reverse(importance(change)), change.instant));
        changes.truncate(most);
        changes.sort_by_key(|change| change.instant);
    }
    Explanation {
        subject: format!("service {}", plan.service(service).name),
        facts,
        findings: [missing, deployment::findings(replay, service)].concat(),
        changes_left_out: all - changes.len(),
        changes,
    }
}

/// How much a reader wants to know of a change: what failed first, then by its size.
fn importance(change: &Change) -> (u32, u32) {
    match change.kind {
        ChangeKind::Interrupted | ChangeKind::Failed => (1, 2 * change.tasks),
        ChangeKind::ScaledOut
        | ChangeKind::ScaledIn
        | ChangeKind::Updated
        | ChangeKind::Instances => (1, change.tasks),
        ChangeKind::DeploymentFailed => (2, 0),
        ChangeKind::Deployment | ChangeKind::Called => (0, 0),
    }
}

fn totals(replay: &Replay<'_>, service: ServiceId, changes: &[Change]) -> String {
    let count = |kind| changes.iter().filter(|change| change.kind == kind).count() as u32;
    let lost = |kind| -> u32 {
        let of_kind = changes.iter().filter(|change| change.kind == kind);
        of_kind.map(|change| change.tasks).sum()
    };
    let first = changes::desired_at_start(replay, service);
    let last = changes::counts_at(replay, service, replay.ended_at).desired;
    let steps = changes::desired_steps(replay, service);
    let most = steps
        .iter()
        .map(|step| step.2)
        .chain([first])
        .max()
        .unwrap_or(first);
    let least = steps
        .iter()
        .map(|step| step.2)
        .chain([first])
        .min()
        .unwrap_or(first);
    let parts = [
        (count(ChangeKind::ScaledOut), "scale-out"),
        (count(ChangeKind::ScaledIn), "scale-in"),
        (count(ChangeKind::Updated), "update"),
        (count(ChangeKind::Instances), "instance change"),
        (lost(ChangeKind::Interrupted), "interrupted task"),
        (lost(ChangeKind::Failed), "failed task"),
    ];
    let parts: Vec<String> = parts
        .into_iter()
        .filter(|(count, _)| 0 < *count)
        .map(|(count, what)| words::counted(count, what))
        .collect();
    let begun = replay.trail.deployments.iter();
    let begun = begun.filter(|(_, of, _, step)| *of == service && *step == DeploymentStep::Started);
    let begun = begun.count() as u32;
    let parts = match begun {
        0 => parts,
        begun => [parts, vec![words::counted(begun, "deployment")]].concat(),
    };
    let moved = match parts.is_empty() {
        true => "nothing ever changed it".to_owned(),
        false => words::listed(&parts),
    };
    match least == most {
        true => format!("desired {first} all along: {moved}"),
        false => {
            format!("desired {first} at the start, {least} to {most}, {last} at the end: {moved}")
        }
    }
}

/// For how many minutes what held auto scaling back, most first.
fn held_back(series: &Series<'_>) -> Option<String> {
    let last = series.newest_arrived(series.replay.ended_at);
    let mut minutes: BTreeMap<&'static str, u32> = BTreeMap::new();
    let first = series.newest_arrived(SimTime::ZERO);
    for asked in (first..=last).filter_map(|minute| series.ask(minute)) {
        let what = match asked.decision.reason {
            ScalingReason::AtMaximum => "by MaxCapacity",
            ScalingReason::ScaleOutCooldown { .. } => "by the scale-out cooldown",
            ScalingReason::ScaleInCooldown { .. } => "by the scale-in cooldown",
            ScalingReason::Deploying => "from scale-in by a deployment",
            ScalingReason::NotAllReady { .. } => "from scale-in by another policy",
            ScalingReason::Quiet
            | ScalingReason::ScaledOut(_)
            | ScalingReason::ScaledIn(_)
            | ScalingReason::Enough(_)
            | ScalingReason::Suspended
            | ScalingReason::AtMinimum
            | ScalingReason::Scheduled { .. }
            | ScalingReason::Predicted { .. } => continue,
        };
        *minutes.entry(what).or_default() += 1;
    }
    // Asked more often than once a minute, each time counts as its part of one.
    let often = PERIOD.as_micros() / series.target.clock.period.as_micros();
    let minutes = minutes.into_iter();
    let mut held: Vec<(u32, &str)> = minutes
        .map(|(what, times)| (times.div_ceil(often as u32), what))
        .collect();
    held.sort_by_key(|(minutes, what)| (Reverse(*minutes), *what));
    let held: Vec<String> = held
        .into_iter()
        .map(|(minutes, what)| format!("{} {what}", words::counted(minutes, "minute")))
        .collect();
    (!held.is_empty()).then(|| format!("auto scaling was held back {}", words::listed(&held)))
}

/// Why the counts were what they were at an instant.
pub(super) fn explain_at(replay: &Replay<'_>, service: ServiceId, at: SimTime) -> Explanation {
    let plan = replay.plan;
    let clock = replay.clock();
    let counts = changes::counts_at(replay, service, at);
    let name = &plan.service(service).name;
    let steps = changes::desired_steps(replay, service);
    let before = steps.iter().rev().find(|(when, ..)| *when <= at).copied();
    let after = steps.iter().find(|(when, ..)| at < *when).copied();
    let mut facts = vec![format!(
        "desired {}, running {}, starting {}, answering {}",
        counts.desired, counts.running, counts.pending, counts.serving
    )];
    if let Some((when, from, to)) = after {
        facts.push(format!(
            "the next change: {from} to {to} at {}",
            clock.show(when)
        ));
    }
    let mut explanation = Explanation {
        subject: format!(
            "service {name} at {} ({} into the run)",
            clock.show(at),
            words::since_start(at)
        ),
        facts,
        ..Explanation::default()
    };
    let findings = &mut explanation.findings;
    let from = SimTime::from_micros(at.as_micros().saturating_sub(LOOK_BACK.as_micros()));
    findings.extend(losses::findings(replay, service, (from, at)));
    // A deployment wants new tasks also while the old ones are as many as desired.
    let step = bounds::last_step(replay, service, at);
    let is_refused = step.is_some_and(|(_, step)| 0 < bounds::refused(step));
    let is_missing = counts.running < counts.desired;
    if is_missing || is_refused {
        findings.extend(wait::holding(replay, service, (from, at)));
    }
    findings.extend(host::standing(replay, service, at));
    let is_failing = fails_checks(replay, service, (from, at));
    if is_missing {
        let held = bounds::held(replay, service, (from, at));
        findings.extend(held.map(|held| about_bounds(held, is_failing)));
    }
    let last = last_change(replay, (service, at), before);
    match present(replay, service, (at, before)) {
        // What keeps the count from what is asked for is the first thing to know.
        Some((true, present)) => findings.extend([present, last]),
        Some((false, present)) => findings.extend([last, present]),
        None => findings.push(last),
    }
    findings.extend(task_sets::finding(replay, service, at));
    findings.extend(deployment::rolled_back(replay, service, at));
    findings.extend(progress(replay, service, (at, is_failing)));
    explanation
}

/// What is told of the bounds of a deployment: where its tasks fail their checks, other bounds
/// would only try more of them.
fn about_bounds(mut finding: Finding, is_failing: bool) -> Finding {
    if is_failing {
        finding.otherwise.clear();
        let why = "its tasks fail their health checks, which other bounds do not change";
        finding.details.push(why.to_owned());
    }
    finding
}

/// Whether tasks of a service were found UNHEALTHY and stopped in a span.
fn fails_checks(replay: &Replay<'_>, service: ServiceId, (from, at): (SimTime, SimTime)) -> bool {
    let mut lost = changes::lost(replay, service).into_iter();
    lost.any(|(when, _, cause)| from <= when && when <= at && cause.is_failed_check())
}

/// What auto scaling decided last before an instant, unless that is the last change itself; and
/// whether it wanted more and was held back.
fn present(
    replay: &Replay<'_>,
    service: ServiceId,
    (at, before): (SimTime, Option<(SimTime, u32, u32)>),
) -> Option<(bool, Finding)> {
    let series = Series::of(replay, service)?;
    let asked = series.ask(series.newest_arrived(at))?;
    // What was judged before the change asked about another count.
    if before.is_some_and(|(when, ..)| asked.at <= when) {
        return None;
    }
    let is_held = match asked.decision.reason {
        ScalingReason::AtMaximum => true,
        ScalingReason::ScaleOutCooldown { proposal, .. } => asked.input.desired < proposal.wanted,
        _ => false,
    };
    Some((is_held, scaling::finding(&series, &asked)))
}

/// Why the desired count is what it is: its last change.
pub(super) fn last_change(
    replay: &Replay<'_>,
    (service, until): (ServiceId, SimTime),
    change: Option<(SimTime, u32, u32)>,
) -> Finding {
    let plan = replay.plan;
    let name = &plan.service(service).name;
    let Some((at, from, to)) = change else {
        return desired::at_start(replay, service, until);
    };
    let series = Series::of(replay, service);
    if let Some(series) = &series
        && let Some(asked) = series.decided_at(at)
    {
        let mut finding = scaling::finding(series, &asked);
        let when = replay.clock().show(at);
        finding.question = format!("Why did {name} go from {from} to {to} at {when}?");
        return finding;
    }
    let when = replay.clock().show(at);
    let question = format!("Why did {name} go from {from} to {to} at {when}?");
    let told = |said: String| {
        let inputs = json!({ "from": from, "to": to });
        Finding::new(question.clone(), said, inputs).decided(plan, at)
    };
    if let Some(said) = scaling::scheduled(replay, service, at) {
        let bound = if from < to {
            "MinCapacity"
        } else {
            "MaxCapacity"
        };
        let other = Difference::new(format!("{bound} {from} in it"), words::stayed_at(from));
        return told(said).by(&[rules::SCHEDULED]).otherwise([other]);
    }
    if let Some(foretold) = scaling::foretold_finding(replay, (service, &question), at) {
        return foretold;
    }
    let goes_on = series.map(|series| {
        let bounds = series.bounds(at);
        format!(
            "auto scaling goes on from there, within MinCapacity {} and MaxCapacity {}",
            bounds.min, bounds.max
        )
    });
    desired::finding(replay, (service, question), (at, from, to)).details(goes_on)
}

/// How far a blue/green deployment is.
fn shifting(
    replay: &Replay<'_>,
    at: SimTime,
    name: &str,
    (since, stage, share): (SimTime, Stage, TrafficShare),
) -> Finding {
    let percent = share.percent();
    let answer = format!(
        "a deployment of {name} is at {} since {}: it has {percent} % of the traffic",
        stage.name(),
        replay.clock().show(since)
    );
    let question = format!("How far is the deployment at {}?", replay.clock().show(at));
    let inputs = json!({ "lifecycleStage": stage.name(), "trafficPercent": percent });
    let finding = Finding::new(question, answer, inputs).decided(replay.plan, since);
    let detail = "both revisions have all of their tasks until CLEAN_UP";
    finding
        .details([detail.to_owned()])
        .by(&[rules::TRAFFIC_SHIFT])
}

/// How far a deployment is that is in progress at an instant.
fn progress(
    replay: &Replay<'_>,
    service: ServiceId,
    (at, is_failing): (SimTime, bool),
) -> Option<Finding> {
    let deployments = replay.trail.deployments.iter().rev();
    let mut before = deployments.filter(|(when, of, _, step)| {
        let is_aside = matches!(
            step,
            DeploymentStep::ScaledOut { .. } | DeploymentStep::NotStopped
        );
        *when <= at && *of == service && !is_aside
    });
    let (since, _, definition, step) = before.next()?;
    match step {
        DeploymentStep::Completed | DeploymentStep::TaskSet(_) => return None,
        DeploymentStep::Failed(_) => {
            return deployment::last_finding(replay, service, at);
        }
        DeploymentStep::Started
        | DeploymentStep::AlarmsIgnored(_)
        | DeploymentStep::Stuck
        | DeploymentStep::Baking { .. }
        | DeploymentStep::Stage { .. }
        | DeploymentStep::ScaledOut { .. }
        | DeploymentStep::NotStopped
        | DeploymentStep::RollingBack { .. } => {}
    }
    let name = replay.plan.task_definition(*definition).name();
    if let DeploymentStep::Stage { stage, share } = step
        && *stage != Stage::CleanUp
    {
        return Some(shifting(replay, at, &name, (*since, *stage, *share)));
    }
    let (_, last) = bounds::last_step(replay, service, at)?;
    let answer = format!(
        "a deployment of {name} is in progress since {}: {} of {} desired",
        replay.clock().show(*since),
        bounds::sides_words(last.after),
        last.after.desired
    );
    let finding = Finding::new("How far is the deployment?", answer, bounds::inputs(last))
        .decided(replay.plan, *since)
        .details(bounds::refused_words(last))
        .details(bounds::lower_words(last))
        .details(bounds::unhealthy_words(last))
        .by(&[rules::TO_START, rules::TO_STOP])
        .otherwise(bounds::differences(last));
    Some(about_bounds(finding, is_failing))
}
