//! Decisions of service auto scaling, and changes of alarms, in words.

use serde_json::{Value, json};

use super::{Told, subject};
use crate::engine::SimTime;
use crate::ids::{AlarmId, ScalableTargetId};
use crate::observe::alarms::{state_name, verdict_words};
use crate::observe::times::iso8601;
use crate::policy::alarm::{AlarmState, Verdict};
use crate::policy::predictive_scaling::PredictedOutcome;
use crate::policy::scheduled_scaling::{Bounds, ScheduledOutcome};
use crate::policy::target_tracking::{Proposal, Proposer, ScalingReason};
use crate::scenario::plan::{Plan, ScalableTargetPlan, TrackedMetric};
use crate::world::task::Owner;

pub(super) fn told_scaling(
    plan: &Plan,
    target: ScalableTargetId,
    counts: [u32; 2],
    reason: ScalingReason,
) -> Told {
    let target = &plan.scalable_targets[target.index()];
    let [from, to] = counts;
    let change = if from == to {
        format!("desired count stays {from}")
    } else {
        format!("desired count {from} to {to}")
    };
    Told {
        kind: "scaling",
        subject: subject(plan, Owner::Service(target.service)),
        words: format!("{change}: {}", scaling_words(plan, target, reason)),
        inputs: scaling_inputs(plan, target, counts, reason),
    }
}

/// The reason of a scaling decision in words.
fn scaling_words(plan: &Plan, target: &ScalableTargetPlan, reason: ScalingReason) -> String {
    let proposed = |proposal: &Proposal| proposal_words(plan, target, proposal);
    let at = |time: SimTime| iso8601(plan.run.start, time);
    match reason {
        ScalingReason::Quiet => "no alarm asks for anything".to_owned(),
        ScalingReason::ScaledOut(proposal) | ScalingReason::ScaledIn(proposal) => {
            proposed(&proposal)
        }
        ScalingReason::Enough(proposal) => {
            format!("{}, which is there already", proposed(&proposal))
        }
        ScalingReason::ScaleOutCooldown { until, proposal } => {
            let wanted = proposed(&proposal);
            format!("the scale-out cooldown runs until {}; {wanted}", at(until))
        }
        ScalingReason::ScaleInCooldown { until } => {
            format!("the scale-in cooldown runs until {}", at(until))
        }
        ScalingReason::NotAllReady { policy } => format!(
            "policy {} is not ready to scale in",
            policy_name(target, Proposer::Tracking(policy))
        ),
        ScalingReason::Deploying => "no scale-in while a deployment is in progress".to_owned(),
        ScalingReason::Suspended => "scaling in this direction is suspended".to_owned(),
        ScalingReason::AtMaximum => format!("MaxCapacity is {}", target.max),
        ScalingReason::AtMinimum => format!("MinCapacity is {}", target.min),
        ScalingReason::Scheduled { action, outcome } => scheduled_words(target, action, outcome),
        ScalingReason::Predicted {
            policy,
            forecast,
            outcome,
        } => predicted_words(target, policy, (forecast, outcome)),
    }
}

fn scaling_inputs(
    plan: &Plan,
    target: &ScalableTargetPlan,
    counts: [u32; 2],
    reason: ScalingReason,
) -> Value {
    let proposal = match reason {
        ScalingReason::ScaledOut(proposal)
        | ScalingReason::ScaledIn(proposal)
        | ScalingReason::Enough(proposal)
        | ScalingReason::ScaleOutCooldown { proposal, .. } => Some(proposal),
        ScalingReason::Quiet
        | ScalingReason::ScaleInCooldown { .. }
        | ScalingReason::NotAllReady { .. }
        | ScalingReason::Deploying
        | ScalingReason::Suspended
        | ScalingReason::AtMaximum
        | ScalingReason::AtMinimum
        | ScalingReason::Scheduled { .. }
        | ScalingReason::Predicted { .. } => None,
    };
    let proposal = proposal.map(|proposal| {
        let (target_value, alarm) = match proposal.by {
            Proposer::Tracking(policy) => (target.policies.get(policy).map(|it| it.target), None),
            Proposer::Step(_, alarm) => (None, plan.alarms.get(alarm.index())),
        };
        let mut value = json!({
            "policy": policy_name(target, proposal.by),
            "metric": proposal.metric,
            "target": target_value,
            "from": proposal.from,
            "wanted": proposal.wanted,
        });
        if let Some(alarm) = alarm {
            value["alarm"] = alarm.name.clone().into();
            value["threshold"] = alarm.rule.threshold.into();
        }
        value
    });
    let mut value = json!({
        "reason": scaling_name(reason),
        "from": counts[0],
        "to": counts[1],
        "proposal": proposal,
    });
    if let ScalingReason::Scheduled { action, .. } = reason {
        let name = target.scheduled.get(action).map(|it| it.name.as_str());
        value["scheduledAction"] = name.into();
    }
    if let ScalingReason::Predicted {
        policy, forecast, ..
    } = reason
    {
        let name = target.predictive.get(policy).map(|it| it.name.as_str());
        value["policy"] = name.into();
        value["forecast"] = forecast.into();
    }
    value
}

const fn scaling_name(reason: ScalingReason) -> &'static str {
    match reason {
        ScalingReason::Quiet => "quiet",
        ScalingReason::ScaledOut(_) => "scaled_out",
        ScalingReason::ScaledIn(_) => "scaled_in",
        ScalingReason::Enough(_) => "enough",
        ScalingReason::ScaleOutCooldown { .. } => "scale_out_cooldown",
        ScalingReason::ScaleInCooldown { .. } => "scale_in_cooldown",
        ScalingReason::NotAllReady { .. } => "not_all_ready",
        ScalingReason::Deploying => "deploying",
        ScalingReason::Suspended => "suspended",
        ScalingReason::AtMaximum => "at_maximum",
        ScalingReason::AtMinimum => "at_minimum",
        ScalingReason::Scheduled { .. } => "scheduled",
        ScalingReason::Predicted { .. } => "predicted",
    }
}

/// What a predictive policy foretold, and did.
pub(crate) fn predicted_words(
    target: &ScalableTargetPlan,
    policy: usize,
    (forecast, outcome): (u32, PredictedOutcome),
) -> String {
    let name = target.predictive.get(policy).map_or("", |it| &it.name);
    let foretold = format!("policy {name} foretells {forecast} tasks for the hour");
    match outcome {
        PredictedOutcome::ForecastOnly => format!("{foretold}; its Mode is ForecastOnly"),
        PredictedOutcome::Enough => format!("{foretold}, no more than there are"),
        PredictedOutcome::Raised => foretold,
        PredictedOutcome::AtMaximum { max } => format!("{foretold}; MaxCapacity is {max}"),
    }
}

/// What a scheduled action did.
fn scheduled_words(
    target: &ScalableTargetPlan,
    action: usize,
    outcome: ScheduledOutcome,
) -> String {
    let name = target
        .scheduled
        .get(action)
        .map_or("?", |it| it.name.as_str());
    match outcome {
        ScheduledOutcome::Set(Bounds { min, max }) => {
            format!("scheduled action {name} sets MinCapacity {min}, MaxCapacity {max}")
        }
        ScheduledOutcome::Suspended => {
            format!("scheduled action {name} does nothing: scheduled scaling is suspended")
        }
        ScheduledOutcome::MinAboveMax(Bounds { min, max }) => format!(
            "scheduled action {name} is refused: MinCapacity would be {min}, MaxCapacity {max}"
        ),
    }
}

fn proposal_words(plan: &Plan, target: &ScalableTargetPlan, proposal: &Proposal) -> String {
    let name = policy_name(target, proposal.by);
    let (wanted, metric, from) = (proposal.wanted, proposal.metric, proposal.from);
    match proposal.by {
        Proposer::Tracking(policy) => {
            let Some(policy) = target.policies.get(policy) else {
                return format!("policy {name} asks for {wanted}");
            };
            let unit = match policy.metric {
                TrackedMetric::Cpu => "% CPU".to_owned(),
                TrackedMetric::Memory => "% memory".to_owned(),
                TrackedMetric::RequestCountPerTarget => " requests per target".to_owned(),
                TrackedMetric::Custom => format!(" {}", policy.custom_name()),
            };
            let target = policy.target;
            format!(
                "policy {name} asks for {wanted} tasks: {metric:.1}{unit} of {target} with {from}"
            )
        }
        Proposer::Step(_, alarm) => {
            let Some(alarm) = plan.alarms.get(alarm.index()) else {
                return format!("policy {name} asks for {wanted}");
            };
            let (what, threshold) = (alarm.metric.name(), alarm.rule.threshold);
            format!(
                "policy {name} asks for {wanted} tasks: alarm {} has {what} {metric:.1} and its \
                 threshold is {threshold}, with {from}",
                alarm.name
            )
        }
    }
}

fn policy_name(target: &ScalableTargetPlan, by: Proposer) -> &str {
    let found = match by {
        Proposer::Tracking(policy) => target.policies.get(policy).map(|it| &it.name),
        Proposer::Step(policy, _) => target.step_policies.get(policy).map(|it| &it.name),
    };
    found.map_or("?", String::as_str)
}

/// An alarm's change of state.
pub(super) fn told_alarm(
    plan: &Plan,
    alarm: AlarmId,
    (from, verdict): (AlarmState, Verdict),
    newest: Option<f64>,
) -> Told {
    let alarm = &plan.alarms[alarm.index()];
    let state = state_name(verdict.state);
    Told {
        kind: "alarm",
        subject: format!("alarm {}", alarm.name),
        words: format!(
            "{} to {state}: {}",
            state_name(from),
            verdict_words(alarm, &verdict)
        ),
        inputs: json!({
            "from": state_name(from),
            "to": state,
            "metric": alarm.metric.name(),
            "newest": newest,
            "threshold": alarm.rule.threshold,
        }),
    }
}
