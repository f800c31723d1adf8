//! What a policy saw and asked for, in words: of target tracking the formula, of a step policy the
//! alarm and the step.

use crate::engine::SimDuration;
use crate::explain::series::{Asked, Series};
use crate::explain::{Clock, Replay, words};
use crate::ids::AlarmId;
use crate::observe::alarms::{side_words, state_name};
use crate::observe::trail::Forecast;
use crate::policy::step_scaling::{AdjustmentType, Step};
use crate::policy::target_tracking::{
    Cooldown, HIGH_DATAPOINTS, LOW_DATAPOINTS, LOW_FACTOR, Proposal, Proposer, TrackingSignal,
};
use crate::scenario::plan::{AlarmPlan, ScalingPolicyPlan, TrackedMetric};

const HOUR: SimDuration = SimDuration::from_secs(3_600);
/// Data points that are told of an alarm.
const POINTS_TOLD: usize = 4;

/// The policy behind a proposal.
pub(super) fn policy_name<'s>(series: &Series<'s>, by: Proposer) -> &'s str {
    match by {
        Proposer::Tracking(policy) => &series.target.policies[policy].name,
        Proposer::Step(policy, _) => &series.target.step_policies[policy].name,
    }
}

/// The forecast that keeps the count from being less, if one does: `predictive policy hours
/// foretells 12 tasks for the hour from 08:00, the least then`.
pub(super) fn held_by_forecast(series: &Series<'_>, asked: &Asked) -> Option<String> {
    let policies = &series.target.predictive;
    let buffer = policies.iter().map(|policy| policy.buffer).max()?;
    let found = holding(series, asked)?;
    let begins = series.replay.clock().show(found.at + buffer);
    let name = &policies[found.policy].name;
    Some(format!(
        "predictive policy {name} foretells {} tasks for the hour from {begins}: no fewer are left \
         until it is over",
        found.forecast
    ))
}

/// The forecast that keeps the count from being less.
pub(super) fn holding<'t>(series: &Series<'t>, asked: &Asked) -> Option<&'t Forecast> {
    let policies = &series.target.predictive;
    let buffer = policies.iter().map(|policy| policy.buffer).max()?;
    let is_its = |it: &&Forecast| {
        it.target.index() == series.index && policies[it.policy].acts && it.at <= asked.at
    };
    let forecasts = series.replay.trail.forecasts.iter();
    let holding = forecasts.filter(is_its).filter(|it| {
        let ends = it.at + buffer + HOUR;
        asked.at < ends && asked.input.min <= it.forecast.min(asked.input.max)
    });
    let found = holding.max_by_key(|it| (it.forecast, it.at))?;
    let is_least = asked.decision.desired <= asked.input.min;
    is_least.then_some(found)
}

/// A proposal in a few words.
pub(super) fn brief(series: &Series<'_>, proposal: Proposal) -> String {
    match proposal.by {
        Proposer::Tracking(policy) => {
            let policy = &series.target.policies[policy];
            format!(
                "policy {}: {} of {}",
                policy.name,
                value_words(policy, proposal.metric),
                words::number(policy.target)
            )
        }
        Proposer::Step(_, alarm) => {
            let alarm = &series.replay.plan.alarms[alarm.index()];
            format!(
                "policy {}, alarm {}: {} {:.1}, {:.1} from its threshold {}",
                policy_name(series, proposal.by),
                alarm.name,
                alarm.metric.name(),
                proposal.metric,
                (proposal.metric - alarm.rule.threshold).abs(),
                words::number(alarm.rule.threshold)
            )
        }
    }
}

/// A proposal with what led to it.
pub(super) fn proposal(
    series: &Series<'_>,
    asked: &Asked,
    proposal: Proposal,
    signal: TrackingSignal,
) -> String {
    let formula = formula(series, asked, proposal);
    match proposal.by {
        Proposer::Tracking(policy) => {
            let policy = &series.target.policies[policy];
            let of = match policy.clock.is_fine() {
                true => "times 20 s",
                false => "minutes",
            };
            let alarm = match signal {
                TrackingSignal::Low => format!(
                    "below {} (90 % of its target) for {LOW_DATAPOINTS} {of}",
                    words::number(LOW_FACTOR * policy.target)
                ),
                TrackingSignal::High | TrackingSignal::Quiet => format!(
                    "above its target {} for {HIGH_DATAPOINTS} {of}",
                    words::number(policy.target)
                ),
            };
            let metric = metric_word(policy);
            format!("policy {} saw {metric} {alarm}: {formula}", policy.name)
        }
        Proposer::Step(_, alarm) => {
            let alarm = &series.replay.plan.alarms[alarm.index()];
            format!(
                "alarm {} ({} {}) triggers policy {}: {formula}",
                alarm.name,
                alarm.metric.name(),
                side_words(&alarm.rule),
                policy_name(series, proposal.by)
            )
        }
    }
}

/// `12 × 55.3 / 45 = 14.7, so 15`; `80.2 is 20.2 above the threshold, where the step from 20 on
/// says +3: 12 becomes 15`.
pub(super) fn formula(series: &Series<'_>, asked: &Asked, proposal: Proposal) -> String {
    let Proposal { from, wanted, .. } = proposal;
    match proposal.by {
        Proposer::Tracking(policy) => {
            let target = series.target.policies[policy].target;
            let exact = words::short_of_whole(f64::from(from) * proposal.metric / target);
            // As many decimals as the quotient needs, so that it can be worked out again.
            let decimals = exact.split('.').nth(1).map_or(0, str::len).max(3) - 1;
            format!(
                "{from} × {:.decimals$} / {} = {exact}, so {wanted}",
                proposal.metric,
                words::number(target)
            )
        }
        Proposer::Step(policy, alarm) => {
            let threshold = series.replay.plan.alarms[alarm.index()].rule.threshold;
            let beyond = proposal.metric - threshold;
            let side = if beyond < 0.0 { "below" } else { "above" };
            let is_its = |it: &&crate::policy::step_scaling::StepReading| {
                (it.policy, it.alarm) == (policy, alarm)
            };
            let step = asked.steps.iter().find(is_its);
            let step = step.map_or_else(String::new, |it| {
                let (where_to, says) = (step_words(&it.step), says(it.adjustment.kind, &it.step));
                format!(", where the step {where_to} says {says}")
            });
            format!(
                "{:.2} is {:.2} {side} the threshold {}{step}: {from} becomes {wanted}",
                proposal.metric,
                beyond.abs(),
                words::number(threshold)
            )
        }
    }
}

/// What a formula counts from, where that is not the count: the capacity before the cooldown that
/// runs, or the bound that the count is beyond.
pub(super) fn from_words(asked: &Asked, proposal: Proposal, clock: Clock<'_>) -> Option<String> {
    let (from, input) = (proposal.from, asked.input);
    if from == input.desired {
        return None;
    }
    Some(match input.cooldown {
        Cooldown::ScaleOut {
            from: before,
            until,
        } if before == from && asked.at < until => {
            format!(
                "{from} is the capacity before the scale-out cooldown that runs until {}: what it \
                 has added since counts, and only what goes beyond it is added",
                clock.short(until, asked.at)
            )
        }
        _ if from == input.min => {
            format!("it counts from MinCapacity {from}, below which the count was")
        }
        _ => format!("it counts from MaxCapacity {from}, above which the count was"),
    })
}

/// `from 10 to 20`, relative to the threshold.
fn step_words(step: &Step) -> String {
    match (step.lower, step.upper) {
        (Some(lower), Some(upper)) => {
            format!("from {} to {}", words::number(lower), words::number(upper))
        }
        (Some(lower), None) => format!("from {} on", words::number(lower)),
        (None, Some(upper)) => format!("up to {}", words::number(upper)),
        (None, None) => "without bounds".to_owned(),
    }
}

fn says(kind: AdjustmentType, step: &Step) -> String {
    match kind {
        AdjustmentType::ChangeInCapacity => format!("{:+}", step.adjustment),
        AdjustmentType::PercentChangeInCapacity => format!("{:+} %", step.adjustment),
        AdjustmentType::ExactCapacity => format!("{} tasks", step.adjustment),
    }
}

/// `data points of alarm high-cpu (CPUUtilization, above 60): 51.2, 55.9, 61.3: ALARM`.
pub(super) fn alarm_points(series: &Series<'_>, asked: &Asked, alarm: AlarmId) -> String {
    let plan = &series.replay.plan.alarms[alarm.index()];
    let points = series.points(alarm, asked.minute);
    let newest = plan.clock.newest_arrived(asked.at);
    let told = points_of(series.replay, plan, (newest, &points));
    let told = told.unwrap_or_else(|| "none".to_owned());
    let state = state_name(series.alarm_state(alarm, asked.at));
    format!("{told}: {state}")
}

/// `data points of alarm high-cpu (CPUUtilization, above 60): 51.2, 55.9, 61.3`, up to a minute;
/// nothing where none is known.
pub(in crate::explain) fn points_of(
    replay: &Replay<'_>,
    plan: &AlarmPlan,
    (newest, points): (i64, &[Option<f64>]),
) -> Option<String> {
    if points.is_empty() {
        return None;
    }
    let told = points.len().saturating_sub(POINTS_TOLD);
    let clock = replay.clock();
    let period = i64::from(plan.period_units);
    let newest_first = points[told..].iter().rev().enumerate();
    let mut words: Vec<String> = newest_first
        .map(|(back, value)| {
            let begin = clock.period(newest - back as i64 * period, plan.clock.period);
            let value = value.map_or_else(|| "none".to_owned(), |value| format!("{value:.1}"));
            format!("{begin} {value}")
        })
        .collect();
    words.reverse();
    Some(format!(
        "data points of alarm {} ({}, {}): …, {}",
        plan.name,
        plan.metric.name(),
        side_words(&plan.rule),
        words.join(", "),
    ))
}

/// A metric's name.
pub(super) fn metric_word(policy: &ScalingPolicyPlan) -> &str {
    match policy.metric {
        TrackedMetric::Cpu => "CPUUtilization",
        TrackedMetric::Memory => "MemoryUtilization",
        TrackedMetric::RequestCountPerTarget => "RequestCountPerTarget",
        TrackedMetric::Custom => policy.custom_name(),
    }
}

fn value_words(policy: &ScalingPolicyPlan, value: f64) -> String {
    match policy.metric {
        TrackedMetric::Cpu => format!("{value:.1} % CPU"),
        TrackedMetric::Memory => format!("{value:.1} % memory"),
        TrackedMetric::RequestCountPerTarget => format!("{value:.0} requests per target"),
        TrackedMetric::Custom => format!("{value:.1} {}", policy.custom_name()),
    }
}
