//! Why service auto scaling changed a desired count, or left it: the data points, the alarm, the
//! formula, the cooldowns and bounds, each asked again with another value.

use serde_json::{Value, json};

use super::series::{Asked, Series};
use super::{Finding, Replay, rules, words};
use crate::engine::SimTime;
use crate::ids::ServiceId;
use crate::policy::scheduled_scaling::{Bounds, ScheduledOutcome};
use crate::policy::step_scaling::StepReading;
use crate::policy::target_tracking::{
    Cooldown, HIGH_DATAPOINTS, LOW_DATAPOINTS, Proposal, Proposer, Reading, ScalingReason,
    TrackingSignal, alarms, proportional_capacity,
};

mod otherwise;
mod predicted;
mod steps;
mod told;

pub(super) use predicted::{finding as foretold_finding, foretold};
pub(super) use told::points_of as points_words;

/// Data points that are told of the alarm below the target.
const LOW_TOLD: i64 = 4;

/// Why the desired count changed, or did not.
pub(super) fn finding(series: &Series<'_>, asked: &Asked) -> Finding {
    let (from, to) = (asked.input.desired, asked.decision.desired);
    let service = &series.replay.plan.service(series.service).name;
    let question = match from == to {
        true => format!("Why did auto scaling leave {service} at {from}?"),
        false => format!("Why did {service} go from {from} to {to}?"),
    };
    let mut details: Vec<String> = (0..series.target.policies.len())
        .map(|policy| tracked_points(series, asked, policy))
        .collect();
    let step_policies = series.target.step_policies.iter();
    let mut triggers: Vec<_> = step_policies
        .flat_map(|policy| policy.alarms.clone())
        .collect();
    triggers.sort_unstable();
    triggers.dedup();
    details.extend(
        triggers
            .into_iter()
            .map(|alarm| told::alarm_points(series, asked, alarm)),
    );
    details.extend(limit_words(asked));
    let clock = series.replay.clock();
    let proposal = proposal_of(asked.decision.reason);
    details.extend(proposal.and_then(|it| told::from_words(asked, it, clock)));
    let held = match asked.decision.reason {
        ScalingReason::Quiet | ScalingReason::AtMinimum => told::holding(series, asked),
        _ => None,
    };
    let held = held.map_or_else(Vec::new, |it| {
        predicted::held_differences(series.replay, it)
    });
    Finding::new(question, answer(series, asked), inputs(series, asked))
        .decided(series.replay.plan, asked.at)
        .details(details)
        .by(&rules_of(series, asked))
        .by(&cooldown_rules(series, asked))
        .otherwise(otherwise::differences(series, asked))
        .otherwise(held)
}

/// The proposal behind a reason.
fn proposal_of(reason: ScalingReason) -> Option<Proposal> {
    match reason {
        ScalingReason::ScaledOut(proposal)
        | ScalingReason::ScaledIn(proposal)
        | ScalingReason::Enough(proposal)
        | ScalingReason::ScaleOutCooldown { proposal, .. } => Some(proposal),
        _ => None,
    }
}

/// The rules of a cooldown that a change counts with.
fn cooldown_rules(series: &Series<'_>, asked: &Asked) -> Vec<super::Rule> {
    let ScalingReason::ScaledOut(proposal) = asked.decision.reason else {
        return Vec::new();
    };
    match asked.input.cooldown {
        Cooldown::ScaleOut { from, until } if asked.at < until && proposal.from == from => {
            let until = ScalingReason::ScaleOutCooldown { until, proposal };
            rules_for(series, until, false)
        }
        _ => Vec::new(),
    }
}

/// The reason in one line, for lists.
pub(super) fn brief(series: &Series<'_>, asked: &Asked) -> String {
    match asked.decision.reason {
        ScalingReason::ScaledOut(proposal) | ScalingReason::ScaledIn(proposal) => {
            told::brief(series, proposal)
        }
        _ => answer(series, asked),
    }
}

/// The rules behind a reason: target tracking's and those of step policies, as the service has
/// them.
fn rules_of(series: &Series<'_>, asked: &Asked) -> Vec<super::Rule> {
    let is_held = told::held_by_forecast(series, asked).is_some();
    rules_for(series, asked.decision.reason, is_held)
}

fn rules_for(series: &Series<'_>, reason: ScalingReason, is_held: bool) -> Vec<super::Rule> {
    let target = series.target;
    let (tracks, steps) = (
        !target.policies.is_empty(),
        !target.step_policies.is_empty(),
    );
    let either = |tracking, step| {
        let both = [(tracks, tracking), (steps, step)];
        let its = both.into_iter().filter(|(has, _)| *has);
        its.map(|(_, rule)| rule).collect()
    };
    match reason {
        ScalingReason::Quiet | ScalingReason::AtMinimum if is_held => vec![rules::PREDICTED],
        ScalingReason::Quiet => either(rules::ALARMS, rules::ALARM),
        ScalingReason::ScaledOut(proposal)
        | ScalingReason::ScaledIn(proposal)
        | ScalingReason::Enough(proposal) => match proposal.by {
            Proposer::Tracking(_) => vec![rules::ALARMS, rules::CAPACITY, rules::DECIDE],
            Proposer::Step(..) => vec![rules::ALARM, rules::STEP, rules::LARGEST],
        },
        ScalingReason::ScaleOutCooldown { .. } | ScalingReason::ScaleInCooldown { .. } => {
            either(rules::COOLDOWN, rules::STEP_COOLDOWN)
        }
        ScalingReason::NotAllReady { .. } => vec![rules::DECIDE],
        ScalingReason::Deploying => vec![rules::DEPLOYING],
        ScalingReason::Suspended => vec![rules::SUSPENDED],
        ScalingReason::AtMaximum | ScalingReason::AtMinimum => vec![rules::CAPACITY_BOUNDS],
        ScalingReason::Scheduled { .. } => vec![rules::SCHEDULED],
        ScalingReason::Predicted { .. } => vec![rules::PREDICTED],
    }
}

fn answer(series: &Series<'_>, asked: &Asked) -> String {
    let clock = series.replay.clock();
    let at = asked.at;
    match asked.decision.reason {
        ScalingReason::Quiet => match told::held_by_forecast(series, asked) {
            Some(held) if series.target.has_alarms() => {
                format!("{held}; no alarm was in ALARM")
            }
            Some(held) => held,
            None => "no alarm was in ALARM".to_owned(),
        },
        ScalingReason::ScaledOut(proposal) => {
            told::proposal(series, asked, proposal, TrackingSignal::High)
        }
        ScalingReason::ScaledIn(proposal) => {
            told::proposal(series, asked, proposal, TrackingSignal::Low)
        }
        ScalingReason::Enough(proposal) => {
            let asks = told::formula(series, asked, proposal);
            format!("the policy asks for what is there: {asks}")
        }
        ScalingReason::ScaleOutCooldown { until, proposal } => format!(
            "the scale-out cooldown runs until {}, and no more is asked for than was added: {}",
            clock.short(until, at),
            told::formula(series, asked, proposal)
        ),
        ScalingReason::ScaleInCooldown { until } => {
            format!(
                "the scale-in cooldown runs until {}",
                clock.short(until, at)
            )
        }
        ScalingReason::NotAllReady { policy } => format!(
            "policy {} is not ready to scale in, and all must be",
            series.target.policies[policy].name
        ),
        ScalingReason::Deploying => "a deployment is in progress: no scale-in".to_owned(),
        ScalingReason::Suspended => "scaling in this direction is suspended".to_owned(),
        ScalingReason::AtMaximum => {
            format!("MaxCapacity {} holds it back", asked.input.max)
        }
        ScalingReason::AtMinimum => told::held_by_forecast(series, asked)
            .unwrap_or_else(|| format!("MinCapacity {} holds it", asked.input.min)),
        ScalingReason::Scheduled { .. } => "a scheduled action fell due".to_owned(),
        ScalingReason::Predicted { .. } => "an hour was foretold".to_owned(),
    }
}

/// `cpu (target 45): 14:02 51.2, 14:03 55.9, 14:04 55.3`.
fn tracked_points(series: &Series<'_>, asked: &Asked, policy: usize) -> String {
    let plan = &series.target.policies[policy];
    let told = match asked.readings[policy].signal {
        TrackingSignal::Low => LOW_TOLD,
        TrackingSignal::High | TrackingSignal::Quiet => i64::from(HIGH_DATAPOINTS),
    };
    let clock = series.replay.clock();
    let newest = series.newest(policy, asked.minute);
    let points: Vec<String> = (newest + 1 - told..=newest)
        .map(|point| {
            let value = series.value(policy, point);
            let value = value.map_or_else(|| "none".to_owned(), |value| format!("{value:.1}"));
            format!("{} {value}", clock.period(point, plan.clock.period))
        })
        .collect();
    let dots = if told == LOW_TOLD { "…, " } else { "" };
    let alarm = match asked.readings[policy].signal {
        TrackingSignal::High => "AlarmHigh in ALARM",
        TrackingSignal::Low => "AlarmLow in ALARM",
        TrackingSignal::Quiet => "no alarm",
    };
    format!(
        "data points of {} ({}, target {}): {dots}{}: {alarm}",
        plan.name,
        told::metric_word(plan),
        words::number(plan.target),
        points.join(", ")
    )
}

/// The bounds and the cooldown that took part.
fn limit_words(asked: &Asked) -> Option<String> {
    let wanted = match asked.decision.reason {
        ScalingReason::ScaledOut(proposal) | ScalingReason::ScaledIn(proposal) => proposal.wanted,
        _ => return None,
    };
    let to = asked.decision.desired;
    match wanted.cmp(&to) {
        std::cmp::Ordering::Greater => Some(format!(
            "MaxCapacity {} held it back: the policy asked for {wanted}",
            asked.input.max
        )),
        std::cmp::Ordering::Less => Some(format!(
            "MinCapacity {} held it up: the policy asked for {wanted}",
            asked.input.min
        )),
        std::cmp::Ordering::Equal => None,
    }
}

fn inputs(series: &Series<'_>, asked: &Asked) -> Value {
    let cooldown = match asked.input.cooldown {
        Cooldown::ScaleOut { from, until } if asked.at < until => {
            json!({ "kind": "scaleOut", "countedFrom": from, "until": iso(series, until) })
        }
        Cooldown::ScaleIn { until } if asked.at < until => {
            json!({ "kind": "scaleIn", "until": iso(series, until) })
        }
        Cooldown::None | Cooldown::ScaleOut { .. } | Cooldown::ScaleIn { .. } => Value::Null,
    };
    let policies = asked.readings.iter().enumerate();
    json!({
        "desired": asked.input.desired,
        "decided": asked.decision.desired,
        "MinCapacity": asked.input.min,
        "MaxCapacity": asked.input.max,
        "cooldown": cooldown,
        "deploying": asked.input.is_deploying,
        "metricDelay_s": series.target.clock.delay.as_secs_f64(),
        "policies": policies
            .map(|(index, reading)| policy_inputs(series, asked, (index, reading)))
            .chain(asked.steps.iter().map(|step| step_inputs(series, asked, step)))
            .collect::<Vec<_>>(),
    })
}

fn step_inputs(series: &Series<'_>, asked: &Asked, step: &StepReading) -> Value {
    let alarm = &series.replay.plan.alarms[step.alarm.index()];
    json!({
        "PolicyName": series.target.step_policies[step.policy].name,
        "AlarmName": alarm.name,
        "metric": alarm.metric.name(),
        "Threshold": alarm.rule.threshold,
        "value": step.metric,
        "ScalingAdjustment": step.step.adjustment,
        "datapoints": series.points(step.alarm, asked.minute),
        "asksFor": step.wanted(asked.input.desired),
    })
}

/// What a scheduled action did at an instant, if it changed the desired count of a service then.
pub(super) fn scheduled(replay: &Replay<'_>, service: ServiceId, at: SimTime) -> Option<String> {
    let targets = &replay.plan.scalable_targets;
    let mut all = replay.trail.scheduled.iter();
    let found = all.find(|it| {
        let [from, to] = it.counts;
        it.at == at && from != to && targets[it.target.index()].service == service
    })?;
    let name = &targets[found.target.index()].scheduled[found.action].name;
    let ScheduledOutcome::Set(Bounds { min, max }) = found.outcome else {
        return None;
    };
    let [from, to] = found.counts;
    let bound = match from < to {
        true => format!("MinCapacity {min}"),
        false => format!("MaxCapacity {max}"),
    };
    Some(format!("scheduled action {name} sets {bound}"))
}

fn policy_inputs(series: &Series<'_>, asked: &Asked, (index, reading): (usize, &Reading)) -> Value {
    let plan = &series.target.policies[index];
    let alarms = alarms(plan.target, plan.disable_scale_in);
    let newest = series.newest(index, asked.minute);
    let first = newest + 1 - i64::from(LOW_DATAPOINTS);
    let points: Vec<Option<f64>> = (first..=newest)
        .map(|minute| series.value(index, minute))
        .collect();
    let wanted = (reading.signal != TrackingSignal::Quiet)
        .then(|| proportional_capacity(asked.input.desired, reading.metric, plan.target));
    json!({
        "PolicyName": plan.name,
        "metric": told::metric_word(plan),
        "TargetValue": plan.target,
        "alarmHigh": alarms.high.threshold,
        "alarmLow": alarms.low.map(|low| low.threshold),
        "signal": match reading.signal {
            TrackingSignal::High => "high",
            TrackingSignal::Low => "low",
            TrackingSignal::Quiet => "quiet",
        },
        "datapoints": points,
        "asksFor": wanted,
    })
}

fn iso(series: &Series<'_>, at: SimTime) -> String {
    crate::observe::times::iso8601(series.replay.plan.run.start, at)
}
