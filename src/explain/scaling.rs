//! Why service auto scaling changed a desired count, or left it: the data points, the alarm, the
//! formula, the cooldowns and bounds, each asked again with another value.

use serde_json::{Value, json};

use super::series::{Asked, Series};
use super::{Finding, rules, words};
use crate::policy::target_tracking::{
    Cooldown, HIGH_DATAPOINTS, LOW_DATAPOINTS, LOW_FACTOR, Proposal, Reading, ScalingReason,
    TrackingSignal, alarms, proportional_capacity,
};
use crate::scenario::plan::TrackedMetric;

mod otherwise;

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
        .map(|policy| points_words(series, asked, policy))
        .collect();
    details.extend(limit_words(series, asked));
    Finding::new(question, answer(series, asked), inputs(series, asked))
        .decided(series.replay.plan, asked.at)
        .details(details)
        .by(rules_of(asked.decision.reason))
        .otherwise(otherwise::differences(series, asked))
}

/// The reason in one line, for lists.
pub(super) fn brief(series: &Series<'_>, asked: &Asked) -> String {
    match asked.decision.reason {
        ScalingReason::ScaledOut(proposal) | ScalingReason::ScaledIn(proposal) => {
            let policy = &series.target.policies[proposal.policy];
            format!(
                "policy {}: {} of {}",
                policy.name,
                value_words(policy.metric, proposal.metric),
                words::number(policy.target)
            )
        }
        _ => answer(series, asked),
    }
}

fn rules_of(reason: ScalingReason) -> &'static [super::Rule] {
    match reason {
        ScalingReason::Quiet => &[rules::ALARMS],
        ScalingReason::ScaledOut(_) | ScalingReason::ScaledIn(_) | ScalingReason::Enough(_) => {
            &[rules::ALARMS, rules::CAPACITY, rules::DECIDE]
        }
        ScalingReason::ScaleOutCooldown { .. } | ScalingReason::ScaleInCooldown { .. } => {
            &[rules::COOLDOWN]
        }
        ScalingReason::NotAllReady { .. }
        | ScalingReason::Deploying
        | ScalingReason::Suspended
        | ScalingReason::AtMaximum
        | ScalingReason::AtMinimum => &[rules::DECIDE],
    }
}

fn answer(series: &Series<'_>, asked: &Asked) -> String {
    let clock = series.replay.clock();
    let at = asked.at;
    match asked.decision.reason {
        ScalingReason::Quiet => "no alarm was in ALARM".to_owned(),
        ScalingReason::ScaledOut(proposal) => {
            proposal_words(series, proposal, TrackingSignal::High)
        }
        ScalingReason::ScaledIn(proposal) => proposal_words(series, proposal, TrackingSignal::Low),
        ScalingReason::Enough(proposal) => {
            let asks = formula_words(series, proposal);
            format!("the policy asks for what is there: {asks}")
        }
        ScalingReason::ScaleOutCooldown { until, proposal } => format!(
            "the scale-out cooldown runs until {}, and no more is asked for than was added: {}",
            clock.short(until, at),
            formula_words(series, proposal)
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
            format!("MaxCapacity {} holds it back", series.target.max)
        }
        ScalingReason::AtMinimum => {
            format!("MinCapacity {} holds it", series.target.min)
        }
    }
}

fn proposal_words(series: &Series<'_>, proposal: Proposal, signal: TrackingSignal) -> String {
    let policy = &series.target.policies[proposal.policy];
    let alarm = match signal {
        TrackingSignal::Low => format!(
            "below {} (90 % of its target) for {LOW_DATAPOINTS} minutes",
            words::number(LOW_FACTOR * policy.target)
        ),
        TrackingSignal::High | TrackingSignal::Quiet => format!(
            "above its target {} for {HIGH_DATAPOINTS} minutes",
            words::number(policy.target)
        ),
    };
    format!(
        "policy {} saw {} {alarm}: {}",
        policy.name,
        metric_word(policy.metric),
        formula_words(series, proposal)
    )
}

/// `12 × 55.3 / 45 = 14.7, rounded up to 15`.
fn formula_words(series: &Series<'_>, proposal: Proposal) -> String {
    let target = series.target.policies[proposal.policy].target;
    let exact = f64::from(proposal.from) * proposal.metric / target;
    format!(
        "{} × {:.2} / {} = {exact:.3}, so {}",
        proposal.from,
        proposal.metric,
        words::number(target),
        proposal.wanted
    )
}

/// `cpu (target 45): 14:02 51.2, 14:03 55.9, 14:04 55.3`.
fn points_words(series: &Series<'_>, asked: &Asked, policy: usize) -> String {
    let plan = &series.target.policies[policy];
    let told = match asked.readings[policy].signal {
        TrackingSignal::Low => LOW_TOLD,
        TrackingSignal::High | TrackingSignal::Quiet => i64::from(HIGH_DATAPOINTS),
    };
    let clock = series.replay.clock();
    let points: Vec<String> = (asked.minute + 1 - told..=asked.minute)
        .map(|minute| {
            let value = series.value(policy, minute);
            let value = value.map_or_else(|| "none".to_owned(), |value| format!("{value:.1}"));
            format!("{} {value}", clock.minute(minute))
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
        metric_word(plan.metric),
        words::number(plan.target),
        points.join(", ")
    )
}

/// The bounds and the cooldown that took part.
fn limit_words(series: &Series<'_>, asked: &Asked) -> Option<String> {
    let wanted = match asked.decision.reason {
        ScalingReason::ScaledOut(proposal) | ScalingReason::ScaledIn(proposal) => proposal.wanted,
        _ => return None,
    };
    let to = asked.decision.desired;
    match wanted.cmp(&to) {
        std::cmp::Ordering::Greater => Some(format!(
            "MaxCapacity {} held it back: the policy asked for {wanted}",
            series.target.max
        )),
        std::cmp::Ordering::Less => Some(format!(
            "MinCapacity {} held it up: the policy asked for {wanted}",
            series.target.min
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
        "metricDelay_s": series.target.metric_delay.as_secs_f64(),
        "policies": policies
            .map(|(index, reading)| policy_inputs(series, asked, (index, reading)))
            .collect::<Vec<_>>(),
    })
}

fn policy_inputs(series: &Series<'_>, asked: &Asked, (index, reading): (usize, &Reading)) -> Value {
    let plan = &series.target.policies[index];
    let alarms = alarms(plan.target, plan.disable_scale_in);
    let first = asked.minute + 1 - i64::from(LOW_DATAPOINTS);
    let points: Vec<Option<f64>> = (first..=asked.minute)
        .map(|minute| series.value(index, minute))
        .collect();
    let wanted = (reading.signal != TrackingSignal::Quiet)
        .then(|| proportional_capacity(asked.input.desired, reading.metric, plan.target));
    json!({
        "PolicyName": plan.name,
        "metric": metric_word(plan.metric),
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

fn iso(series: &Series<'_>, at: crate::engine::SimTime) -> String {
    crate::observe::times::iso8601(series.replay.plan.run.start, at)
}

/// A metric's name.
fn metric_word(metric: TrackedMetric) -> &'static str {
    match metric {
        TrackedMetric::Cpu => "CPUUtilization",
        TrackedMetric::Memory => "MemoryUtilization",
        TrackedMetric::RequestCountPerTarget => "RequestCountPerTarget",
    }
}

fn value_words(metric: TrackedMetric, value: f64) -> String {
    match metric {
        TrackedMetric::Cpu => format!("{value:.1} % CPU"),
        TrackedMetric::Memory => format!("{value:.1} % memory"),
        TrackedMetric::RequestCountPerTarget => format!("{value:.0} requests per target"),
    }
}
