//! Target tracking of a service's desired count: its alarms, the capacity it asks for, its
//! cooldowns, and several policies on one service.

mod alarms;

pub use alarms::*;

use crate::engine::time::{SimDuration, SimTime};

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
    /// `MinCapacity`.
    pub min: u32,
    /// `MaxCapacity`.
    pub max: u32,
    /// Its cooldown.
    pub cooldown: Cooldown,
    /// Whether scale-in is off because an ECS deployment is in progress.
    pub is_deploying: bool,
    /// `SuspendedState.DynamicScalingOutSuspended`.
    pub scale_out_suspended: bool,
    /// `SuspendedState.DynamicScalingInSuspended`.
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

/// Why a service was scaled, or not.
#[derive(Clone, Copy, PartialEq, Debug)]
pub enum ScalingReason {
    /// No alarm asks for anything.
    Quiet,
    /// Scaled out.
    ScaledOut(Proposal),
    /// Scaled in.
    ScaledIn(Proposal),
    /// The policy that asks for most asks for what there is.
    Enough(Proposal),
    /// The scale-out cooldown runs, and no more is asked for than was added already.
    ScaleOutCooldown {
        /// Its end.
        until: SimTime,
        /// What is asked for.
        proposal: Proposal,
    },
    /// The scale-in cooldown runs.
    ScaleInCooldown {
        /// Its end.
        until: SimTime,
    },
    /// One policy would scale in, another is not ready to.
    NotAllReady {
        /// The first policy that is not, by its index.
        policy: usize,
    },
    /// Scale-in is off while a deployment is in progress.
    Deploying,
    /// Scaling in this direction is suspended.
    Suspended,
    /// Scale-out: the desired count is at or above the maximum.
    AtMaximum,
    /// Scale-in: the desired count is at or below the minimum.
    AtMinimum,
}

/// What one policy asks for.
#[derive(Clone, Copy, PartialEq, Debug)]
pub struct Proposal {
    /// The policy's index.
    pub policy: usize,
    /// The metric's newest data point.
    pub metric: f64,
    /// The capacity it was computed from.
    pub from: u32,
    /// The capacity that would bring the metric to its target.
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

/// Scales out if any policy is ready to, by the one that asks for most; scales in only if all whose
/// scale-in is enabled are ready, again by the one that leaves most.
///
/// Source: Application Auto Scaling user guide, application-auto-scaling-target-tracking; API
/// PutScalingPolicy. Example: of CPU at 90 of 60 and requests at 1,100 of 1,000, ten tasks become
/// 15.
pub fn decide(target: &ScalableTarget, readings: &[Reading], now: SimTime) -> ScalingDecision {
    let scaled = if readings
        .iter()
        .any(|reading| reading.signal == TrackingSignal::High)
    {
        scale_out(target, readings, now)
    } else if readings
        .iter()
        .any(|reading| reading.signal == TrackingSignal::Low)
    {
        scale_in(target, readings, now)
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
/// Source: ECS developer guide, service-auto-scaling; Application Auto Scaling user guide,
/// target-tracking-scaling-policy-overview. That a larger scale-out starts the cooldown anew, and
/// goes on counting from the first one's capacity, is ASSUMPTION.
fn scale_out(
    target: &ScalableTarget,
    readings: &[Reading],
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
    let counted_from = running.map_or(target.desired, |(from, _)| from.min(target.desired));
    let proposal = largest(readings, TrackingSignal::High, counted_from.max(target.min));
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
    let cooldown = readings[proposal.policy].policy.scale_out_cooldown;
    Ok(ScalingDecision {
        desired,
        cooldown: Cooldown::ScaleOut {
            from: counted_from,
            until: now.saturating_add(cooldown),
        },
        reason: ScalingReason::ScaledOut(proposal),
    })
}

/// A service above its maximum is first lowered to it; one below its minimum is left alone. Nothing
/// is scaled in during a deployment or within the scale-in cooldown (which any scale-out ends); the
/// scale-out cooldown is no bar.
///
/// Source: ECS developer guide, service-auto-scaling, service-autoscaling-targettracking;
/// Application Auto Scaling user guide, target-tracking-scaling-policy-overview.
fn scale_in(
    target: &ScalableTarget,
    readings: &[Reading],
    now: SimTime,
) -> Result<ScalingDecision, ScalingReason> {
    let is_against = |reading: &Reading| {
        !reading.policy.disable_scale_in && reading.signal != TrackingSignal::Low
    };
    if let Some(policy) = readings.iter().position(is_against) {
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
    let proposal = largest(readings, TrackingSignal::Low, counted_from);
    let desired = proposal.wanted.min(counted_from).max(target.min);
    if desired == target.desired {
        return Err(ScalingReason::Enough(proposal));
    }
    let cooldown = readings[proposal.policy].policy.scale_in_cooldown;
    Ok(ScalingDecision {
        desired,
        cooldown: Cooldown::ScaleIn {
            until: now.saturating_add(cooldown),
        },
        reason: ScalingReason::ScaledIn(proposal),
    })
}

/// The largest proposal among the policies with this signal, the first of equals.
fn largest(readings: &[Reading], signal: TrackingSignal, from: u32) -> Proposal {
    readings
        .iter()
        .enumerate()
        .filter(|(_, reading)| reading.signal == signal)
        .map(|(policy, reading)| Proposal {
            policy,
            metric: reading.metric,
            from,
            wanted: proportional_capacity(from, reading.metric, reading.policy.target),
        })
        .rev()
        .max_by_key(|proposal| proposal.wanted)
        .expect("only asked for when a policy has this signal")
}

#[cfg(test)]
mod tests;
