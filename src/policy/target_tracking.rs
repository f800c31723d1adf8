//! Target tracking of a service's desired count: its alarms, the capacity it asks for, its
//! cooldowns, and several policies on one service, step policies among them.

mod alarms;
mod reason;

pub use alarms::*;
pub use reason::ScalingReason;

use std::cmp::Ordering;

use crate::engine::time::{SimDuration, SimTime};
use crate::ids::AlarmId;
use crate::policy::step_scaling::StepReading;

/// Default of both cooldowns for ECS services (Application Auto Scaling user guide, 2026-11).
pub const COOLDOWN: SimDuration = SimDuration::from_secs(300);

/// A target tracking policy, as far as its decision depends on it.
#[derive(Clone, Copy, PartialEq, Debug)]
pub struct TrackingPolicy {
    /// `TargetValue`, in the metric's unit.
    pub target: f64,
    /// `DisableScaleIn`.
    pub disable_scale_in: bool,
    /// `ScaleOutCooldown`.
    pub scale_out_cooldown: SimDuration,
    /// `ScaleInCooldown`.
    pub scale_in_cooldown: SimDuration,
}

impl TrackingPolicy {
    /// A policy that sets nothing but its target.
    pub fn new(target: f64) -> Self {
        TrackingPolicy {
            target,
            disable_scale_in: false,
            scale_out_cooldown: COOLDOWN,
            scale_in_cooldown: COOLDOWN,
        }
    }
}

/// A policy beside what its alarms say.
#[derive(Clone, Copy, PartialEq, Debug)]
pub struct Reading {
    /// The policy.
    pub policy: TrackingPolicy,
    /// What its alarms say.
    pub signal: TrackingSignal,
    /// The metric's newest data point. ASSUMPTION: the one that the new capacity is computed from.
    pub metric: f64,
}

/// What all policies of a target say.
#[derive(Clone, Copy, PartialEq, Debug)]
pub struct Signals<'a> {
    /// Each target tracking policy, in the target's order.
    pub tracking: &'a [Reading],
    /// The step policies whose alarms are in ALARM, in the order of policies and alarms.
    pub steps: &'a [StepReading],
}

/// What a scalable target remembers of its last scaling activity.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Default)]
pub enum Cooldown {
    /// None that matters.
    #[default]
    None,
    /// It scaled out: until then only by more than it has added since `from`.
    ScaleOut {
        /// The capacity before the first scale-out of this cooldown.
        from: u32,
        /// The end of the cooldown.
        until: SimTime,
    },
    /// It scaled in: no further scale-in until then.
    ScaleIn {
        /// The end of the cooldown.
        until: SimTime,
    },
}

/// A scalable target as the decision finds it.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct ScalableTarget {
    /// The service's desired count.
    pub desired: u32,
    /// What a scale-out is counted from: the desired count; while CodeDeploy deploys, the running
    /// tasks of both task sets.
    pub current: u32,
    /// `MinCapacity`.
    pub min: u32,
    /// `MaxCapacity`.
    pub max: u32,
    /// Its cooldown.
    pub cooldown: Cooldown,
    /// Whether scale-in is off because an ECS deployment is in progress.
    pub is_deploying: bool,
    /// `DynamicScalingOutSuspended` (API SuspendedState).
    pub scale_out_suspended: bool,
    /// `DynamicScalingInSuspended` (API SuspendedState).
    pub scale_in_suspended: bool,
}

/// The desired count that the policies ask for, the cooldown to remember, and why.
#[derive(Clone, Copy, PartialEq, Debug)]
#[must_use]
pub struct ScalingDecision {
    /// The desired count; unchanged where nothing is scaled.
    pub desired: u32,
    /// The cooldown from now on.
    pub cooldown: Cooldown,
    /// Why.
    pub reason: ScalingReason,
}

/// The policy behind a proposal.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Proposer {
    /// A target tracking policy, by its index.
    Tracking(usize),
    /// A step policy, by its index among the step policies, and the alarm that triggered it.
    Step(usize, AlarmId),
}

/// What one policy asks for.
#[derive(Clone, Copy, PartialEq, Debug)]
pub struct Proposal {
    /// Which.
    pub by: Proposer,
    /// The metric's newest data point; of a step policy, the value of its alarm's data points.
    pub metric: f64,
    /// The capacity it was computed from.
    pub from: u32,
    /// The capacity that would bring the metric to its target, or that the step leads to.
    pub wanted: u32,
}

/// The capacity that brings the metric to its target is proportional to it, rounded up: what is
/// added is rounded up, what is removed is rounded down.
///
/// Source: EC2 Auto Scaling user guide, as-using-sqs-queue: 10 instances at 150 messages each with
/// a target of 100 become 15; as-scaling-target-tracking: 1.5 more are 2, 1.5 fewer are 1. The
/// formula for ECS is not published (DERIVED from these).
///
/// # Panics
/// If the target is not positive.
pub fn proportional_capacity(current: u32, metric: f64, target: f64) -> u32 {
    assert!(0.0 < target, "a target value is positive");
    let exact = f64::from(current) * metric / target;
    // A capacity that is whole but for the last bits of a product must not gain a task.
    (exact * (1.0 - 1e-12)).ceil() as u32
}

/// Scales out if any policy is ready to, by the one that asks for most; scales in only if all
/// target tracking policies whose scale-in is enabled are ready, or if a step policy asks for it,
/// again by the one that leaves most. A step policy's scale-in is held up by no target tracking
/// policy that merely is not ready.
///
/// Source: Application Auto Scaling user guide, application-auto-scaling-target-tracking; API
/// PutScalingPolicy. Example: of CPU at 90 of 60 and requests at 1,100 of 1,000, ten tasks become
/// 15.
pub fn decide(target: &ScalableTarget, signals: Signals<'_>, now: SimTime) -> ScalingDecision {
    let any = |signal| signals.tracking.iter().any(|it| it.signal == signal);
    let steps = |way| {
        signals
            .steps
            .iter()
            .any(|it| it.direction(target.current) == way)
    };
    let scaled = if any(TrackingSignal::High) || steps(Ordering::Greater) {
        scale_out(target, signals, now)
    } else if any(TrackingSignal::Low) || steps(Ordering::Less) {
        scale_in(target, signals, now)
    } else if let Some(step) = signals.steps.first() {
        Err(ScalingReason::Enough(proposal_of(step, target.desired)))
    } else {
        Err(ScalingReason::Quiet)
    };
    scaled.unwrap_or_else(|reason| ScalingDecision {
        desired: target.desired,
        cooldown: target.cooldown,
        reason,
    })
}

/// A service below its minimum is first raised to it; one above its maximum is left alone. Within
/// the scale-out cooldown the capacity added already counts: only what goes beyond it is added, at
/// once.
///
/// While CodeDeploy deploys, running tasks are the current capacity, those of both task sets, so
/// that the new desired count may come out too high (ECS developer guide,
/// deployment-type-bluegreen).
///
/// Source: ECS developer guide, service-auto-scaling; Application Auto Scaling user guide,
/// target-tracking-scaling-policy-overview; Application Auto Scaling user guide,
/// step-scaling-policy-overview. That a larger scale-out starts the cooldown anew, and goes on
/// counting from the first one's capacity, and that the policies of a target share one cooldown, is
/// ASSUMPTION.
fn scale_out(
    target: &ScalableTarget,
    signals: Signals<'_>,
    now: SimTime,
) -> Result<ScalingDecision, ScalingReason> {
    if target.scale_out_suspended {
        return Err(ScalingReason::Suspended);
    }
    if target.max <= target.desired {
        return Err(ScalingReason::AtMaximum);
    }
    let running = match target.cooldown {
        Cooldown::ScaleOut { from, until } if now < until => Some((from, until)),
        _ => None,
    };
    let counted_from = running.map_or(target.current, |(from, _)| from.min(target.current));
    let from = counted_from.max(target.min);
    let is_out = |step: &&StepReading| step.direction(target.current) == Ordering::Greater;
    let steps = signals.steps.iter().filter(is_out);
    let (proposal, cooldown) = largest(
        tracked(signals.tracking, TrackingSignal::High, from),
        steps.map(|step| (proposal_of(step, from), step.cooldown)),
    );
    let desired = proposal
        .wanted
        .max(target.min)
        .min(target.max)
        .max(target.desired);
    if desired == target.desired {
        return Err(match running {
            Some((_, until)) => ScalingReason::ScaleOutCooldown { until, proposal },
            None => ScalingReason::Enough(proposal),
        });
    }
    Ok(ScalingDecision {
        desired,
        cooldown: Cooldown::ScaleOut {
            from: counted_from,
            until: now.saturating_add(cooldown.scale_out),
        },
        reason: ScalingReason::ScaledOut(proposal),
    })
}

/// A service above its maximum is first lowered to it; one below its minimum is left alone. Nothing
/// is scaled in during a deployment or within the scale-in cooldown (which any scale-out ends); the
/// scale-out cooldown is no bar.
///
/// Source: ECS developer guide, service-auto-scaling, service-autoscaling-targettracking; ECS
/// developer guide, troubleshoot-service-auto-scaling; Application Auto Scaling user guide,
/// target-tracking-scaling-policy-overview.
fn scale_in(
    target: &ScalableTarget,
    signals: Signals<'_>,
    now: SimTime,
) -> Result<ScalingDecision, ScalingReason> {
    let is_in = |step: &&StepReading| step.direction(target.desired) == Ordering::Less;
    let is_against = |reading: &Reading| {
        !reading.policy.disable_scale_in && reading.signal != TrackingSignal::Low
    };
    let against = signals.tracking.iter().position(is_against);
    if let Some(policy) = against
        && !signals.steps.iter().any(|step| is_in(&step))
    {
        return Err(ScalingReason::NotAllReady { policy });
    }
    if target.is_deploying {
        return Err(ScalingReason::Deploying);
    }
    if target.scale_in_suspended {
        return Err(ScalingReason::Suspended);
    }
    if target.desired <= target.min {
        return Err(ScalingReason::AtMinimum);
    }
    if let Cooldown::ScaleIn { until } = target.cooldown
        && now < until
    {
        return Err(ScalingReason::ScaleInCooldown { until });
    }
    let counted_from = target.desired.min(target.max);
    let ready = match against {
        Some(_) => &[],
        None => signals.tracking,
    };
    let steps = signals.steps.iter().filter(is_in);
    let (proposal, cooldown) = largest(
        tracked(ready, TrackingSignal::Low, counted_from),
        steps.map(|step| (proposal_of(step, counted_from), step.cooldown)),
    );
    let desired = proposal.wanted.min(counted_from).max(target.min);
    if desired == target.desired {
        return Err(ScalingReason::Enough(proposal));
    }
    Ok(ScalingDecision {
        desired,
        cooldown: Cooldown::ScaleIn {
            until: now.saturating_add(cooldown.scale_in),
        },
        reason: ScalingReason::ScaledIn(proposal),
    })
}

/// A policy's cooldowns; a step policy has one for both ways.
#[derive(Clone, Copy)]
struct Cooldowns {
    scale_out: SimDuration,
    scale_in: SimDuration,
}

impl ScalableTarget {
    /// Whether the desired count stays as it is where it [is enough](Self::is_enough) by each
    /// policy's data point, whatever the alarms and the cooldown say: it must lie within its
    /// bounds, and be what a scale-out is counted from.
    pub fn stays_if_enough(&self) -> bool {
        let is_within = self.min <= self.desired && self.desired <= self.max;
        is_within && self.current == self.desired
    }

    /// Whether a policy with this target asks for no other count than the desired one at a data
    /// point, or for none that it may have, whichever of its alarms goes off:
    /// [`proportional_capacity`] of it is that count, or less where nothing may be scaled in, or
    /// more where nothing may be scaled out.
    pub fn is_enough(&self, metric: f64, tracked: f64) -> bool {
        let desired = f64::from(self.desired);
        let exact = desired * metric / tracked * (1.0 - 1e-12);
        let grows = self.desired < self.max && !self.scale_out_suspended;
        let shrinks = self.min < self.desired && !self.scale_in_suspended && !self.is_deploying;
        (!grows || exact <= desired) && (!shrinks || desired - 1.0 < exact)
    }
}

/// What the target tracking policies with this signal ask for.
fn tracked(
    readings: &[Reading],
    signal: TrackingSignal,
    from: u32,
) -> impl DoubleEndedIterator<Item = (Proposal, Cooldowns)> {
    let readings = readings.iter().enumerate();
    let readings = readings.filter(move |(_, reading)| reading.signal == signal);
    readings.map(move |(policy, reading)| {
        let wanted = proportional_capacity(from, reading.metric, reading.policy.target);
        let proposal = Proposal {
            by: Proposer::Tracking(policy),
            metric: reading.metric,
            from,
            wanted,
        };
        let cooldowns = Cooldowns {
            scale_out: reading.policy.scale_out_cooldown,
            scale_in: reading.policy.scale_in_cooldown,
        };
        (proposal, cooldowns)
    })
}

fn proposal_of(step: &StepReading, from: u32) -> Proposal {
    Proposal {
        by: Proposer::Step(step.policy, step.alarm),
        metric: step.metric,
        from,
        wanted: step.wanted(from),
    }
}

/// The largest proposal, the first of equals, target tracking policies before step policies.
fn largest(
    tracked: impl DoubleEndedIterator<Item = (Proposal, Cooldowns)>,
    steps: impl DoubleEndedIterator<Item = (Proposal, SimDuration)>,
) -> (Proposal, Cooldowns) {
    let steps = steps.map(|(proposal, cooldown)| {
        let cooldowns = Cooldowns {
            scale_out: cooldown,
            scale_in: cooldown,
        };
        (proposal, cooldowns)
    });
    tracked
        .chain(steps)
        .rev()
        .max_by_key(|(proposal, _)| proposal.wanted)
        .expect("only asked for when a policy asks for something")
}

#[cfg(test)]
mod tests;
