//! Cluster auto scaling: how many instances a capacity provider wants of its Auto Scaling group.
//!
//! Once a minute ECS publishes `CapacityProviderReservation` = M / N × 100: N instances run in the
//! group, M would be needed. A target tracking policy brings it to `targetCapacity`. Sources: ECS
//! developer guide, "managed scaling behavior" (DG-managed-scaling) and the deep dive of the AWS
//! containers blog (BLOG-cas); where they are silent the docs here say ASSUMPTION.

use super::placement::Need;
use crate::engine::time::SimDuration;

#[cfg(test)]
mod tests;

/// `targetCapacity` where none is given, percent (API ManagedScaling, 2026-11).
pub const TARGET_CAPACITY: u32 = 100;
/// `minimumScalingStepSize` where none is given (API ManagedScaling, 2026-11).
pub const MINIMUM_STEP: u32 = 1;
/// `maximumScalingStepSize` where none is given. CloudFormation's text of some years says 1; the
/// API's 10,000 is taken (API ManagedScaling, 2026-11).
pub const MAXIMUM_STEP: u32 = 10_000;
/// `instanceWarmupPeriod` where none is given (API ManagedScaling, 2026-11).
pub const INSTANCE_WARMUP: SimDuration = SimDuration::from_secs(300);
/// Minutes below the target until the scale-in alarm goes off (DG-managed-scaling).
pub const SCALE_IN_MINUTES: u32 = 15;
/// How long a scale-out keeps the group from scaling in (DG-managed-scaling).
pub const SCALE_IN_AFTER_SCALE_OUT: SimDuration = SimDuration::from_secs(900);
/// The largest part of the group that one minute removes, percent; 5 before AWS's "faster scale-in"
/// (DG-managed-scaling).
pub const SCALE_IN_STEP_PERCENT: u32 = 50;
/// What an empty group is started with, whatever the demand (DG-managed-scaling).
pub const FIRST_INSTANCES: u32 = 2;

/// Tasks of a cluster that may wait in PROVISIONING for instances; not adjustable (service quotas,
/// 2026-11).
pub const PROVISIONING_MAX: u32 = 500;
/// How often a service's pause doubles where the cluster has that many: sixteen times the first is
/// the longest. ASSUMPTION.
pub const PROVISIONING_RETRY_DOUBLINGS: u32 = 4;
/// Container instances that a cluster may have; not adjustable (service quotas, 2026-11). No run is
/// held to it: what goes beyond is said when a scenario is read and beside the result.
pub const CONTAINER_INSTANCES_MAX: u32 = 5_000;
/// The shortest and the longest that a task waits for an instance before it is given up: 10 to 30
/// minutes (AWS containers blog, "deep dive on Amazon ECS cluster auto scaling"). ASSUMPTION: each
/// length between as likely.
pub const WAIT_FOR_CAPACITY: (SimDuration, SimDuration) =
    (SimDuration::from_secs(600), SimDuration::from_secs(1_800));

/// How long a service pauses that was `refused` so often in a row because the cluster had as many
/// tasks in PROVISIONING as it may, this time included; `first` is the first pause.
///
/// Source: API reference, RunTask, and ECS best practices on quotas: services retry with exponential
/// backoff; how long it lasts is ASSUMPTION (`world.latencies.default.provisioningRetry`).
#[must_use]
pub fn provisioning_pause(first: SimDuration, refused: u32) -> SimDuration {
    let doublings = refused.saturating_sub(1).min(PROVISIONING_RETRY_DOUBLINGS);
    SimDuration::from_micros(first.as_micros().saturating_mul(1 << doublings))
}

/// The settings of a capacity provider's `managedScaling`.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct ManagedScaling {
    /// `targetCapacity`, percent, 1 to 100: below 100 some instances are kept spare.
    pub target_capacity: u32,
    /// `minimumScalingStepSize`: instances that a scale-out adds at least.
    pub minimum_step: u32,
    /// `maximumScalingStepSize`: instances that a scale-out adds at most.
    pub maximum_step: u32,
    /// `instanceWarmupPeriod`: no further scale-out while an instance is younger.
    pub instance_warmup: SimDuration,
    /// How the needs of several groups of tasks are put together.
    pub combining: Combining,
    /// What a group without instances and without waiting tasks does below a target of 100.
    pub empty_group: EmptyGroup,
}

impl Default for ManagedScaling {
    fn default() -> Self {
        ManagedScaling {
            target_capacity: TARGET_CAPACITY,
            minimum_step: MINIMUM_STEP,
            maximum_step: MAXIMUM_STEP,
            instance_warmup: INSTANCE_WARMUP,
            combining: Combining::Maximum,
            empty_group: EmptyGroup::Rests,
        }
    }
}

/// How the instances that groups of waiting tasks need are put together.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Default)]
pub enum Combining {
    /// The largest of them. ASSUMPTION: AWS speaks of a lower bound that the next minutes complete.
    #[default]
    Maximum,
    /// Their sum.
    Sum,
}

/// What a group without instances and without waiting tasks does when the target is below 100.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Default)]
pub enum EmptyGroup {
    /// Nothing. ASSUMPTION: the published 100 is above such a target, and a group that took it
    /// literally would start two instances, find them empty, end them and begin again.
    #[default]
    Rests,
    /// As the published number says.
    Literal,
}

/// Waiting tasks of one provider with the same needs.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct WaitingGroup {
    /// How many.
    pub tasks: u32,
    /// What each needs.
    pub need: Need,
    /// Whether each must have an instance of its own: `distinctInstance`, or a static host port.
    /// No other constraint is understood by ECS here.
    pub is_alone: bool,
}

/// What waiting tasks ask of the group.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Default)]
pub struct Wanted {
    /// Instances to add, before the step sizes; a lower bound.
    pub instances: u32,
    /// Tasks that fit the smallest instance type of the group.
    pub counted: u32,
    /// Tasks that exceed it in some dimension: they never cause a scale-out.
    pub dropped: u32,
}

/// What waiting tasks ask of a group that launches these types (what each offers, the daemons'
/// share taken off).
///
/// Per dimension the smallest and the largest of the types are taken (of no type in particular); a
/// group of tasks that exceeds the smallest is dropped; the others are packed on the largest, so
/// with mixed types the answer is a lower bound (DG-managed-scaling).
pub fn wanted(groups: &[WaitingGroup], types: &[Need], combining: Combining) -> Wanted {
    let mut wanted = Wanted::default();
    let Some((first, others)) = types.split_first() else {
        wanted.dropped = groups.iter().map(|group| group.tasks).sum();
        return wanted;
    };
    let smallest = others.iter().fold(*first, |a, b| a.least(b));
    let largest = others.iter().fold(*first, |a, b| a.most(b));
    for group in groups {
        if !group.need.fits(&smallest) {
            wanted.dropped += group.tasks;
            continue;
        }
        let each = if group.is_alone {
            1
        } else {
            group.need.times_in(&largest).max(1)
        };
        let instances = group.tasks.div_ceil(each);
        wanted.counted += group.tasks;
        wanted.instances = match combining {
            Combining::Maximum => wanted.instances.max(instances),
            Combining::Sum => wanted.instances.saturating_add(instances),
        };
    }
    wanted
}

/// What a provider's group is like in a minute.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Group {
    /// N: instances that run in the Auto Scaling group.
    pub instances: u32,
    /// Of these, without any task but daemons'.
    pub empty: u32,
    /// Tasks that wait in PROVISIONING after all that fit were placed.
    pub waiting: u32,
    /// What they ask for.
    pub wanted: Wanted,
}

/// `CapacityProviderReservation` of a minute: M / N, exact.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Reservation {
    /// M instances are needed and N there.
    Ratio {
        /// M.
        needed: u32,
        /// N, above 0.
        instances: u32,
    },
    /// Nothing there and nothing waiting: published as 100.
    Nothing,
    /// Nothing there and something waiting: published as 200, whatever the demand.
    Start,
    /// Only tasks wait that no instance could take: published as the target, so nothing happens.
    Stuck,
}

/// The reservation of a minute.
pub fn reservation(scaling: &ManagedScaling, group: &Group) -> Reservation {
    let n = group.instances;
    if 0 < group.waiting && group.wanted.counted == 0 {
        return Reservation::Stuck;
    }
    if n == 0 {
        return if 0 < group.waiting {
            Reservation::Start
        } else {
            Reservation::Nothing
        };
    }
    let needed = if 0 < group.waiting {
        let most = scaling.maximum_step.max(scaling.minimum_step);
        n.saturating_add(group.wanted.instances.clamp(scaling.minimum_step, most))
    } else {
        n - group.empty.min(n)
    };
    Reservation::Ratio {
        needed,
        instances: n,
    }
}

impl Reservation {
    /// The published metric, percent, cut to whole numbers as AWS publishes it (worked examples of
    /// AWS: 66 and 133 of two and four thirds). Nothing is decided by it.
    pub fn percent(self, target_capacity: u32) -> f64 {
        match self {
            Reservation::Ratio { needed, instances } => {
                (100.0 * f64::from(needed) / f64::from(instances)).floor()
            }
            Reservation::Nothing => 100.0,
            Reservation::Start => 200.0,
            Reservation::Stuck => f64::from(target_capacity),
        }
    }

    /// M × 100 against N × target, in whole numbers: a rounded metric would give wrong counts.
    fn against(self, target_capacity: u32) -> std::cmp::Ordering {
        let target = u64::from(target_capacity);
        match self {
            Reservation::Ratio { needed, instances } => {
                (u64::from(needed) * 100).cmp(&(u64::from(instances) * target))
            }
            Reservation::Nothing => 100.cmp(&target),
            Reservation::Start => 200.cmp(&target),
            Reservation::Stuck => std::cmp::Ordering::Equal,
        }
    }

    /// Whether the minute lies below the target: a data point of the scale-in alarm. ASSUMPTION:
    /// strictly below.
    pub fn is_below(self, target_capacity: u32) -> bool {
        self.against(target_capacity).is_lt()
    }
}

/// The group's desired capacity after a minute, and why.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
#[must_use]
pub struct Scaling {
    /// Instances wanted.
    pub desired: u32,
    /// Why.
    pub reason: ScalingReason,
}

/// Why a group is scaled or left.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum ScalingReason {
    /// The metric stands at its target.
    AtTarget,
    /// Nothing is there and nothing waits.
    Nothing,
    /// The tasks that wait fit no instance type of the group.
    Stuck,
    /// More instances, for tasks that wait or to keep some spare.
    ScaleOut {
        /// M.
        needed: u32,
    },
    /// The first two instances of an empty group.
    First,
    /// More are wanted, and an instance is younger than the warm-up.
    WarmingUp,
    /// Fewer are wanted, and the alarm needs more minutes.
    Quiet {
        /// Minutes below the target so far.
        minutes: u32,
    },
    /// Fewer are wanted, and a scale-out is less than a quarter of an hour ago.
    AfterScaleOut,
    /// Fewer instances.
    ScaleIn {
        /// M.
        needed: u32,
        /// Whether half the group was the limit.
        is_limited: bool,
    },
    /// The group's bounds leave it where it is.
    Bounded,
    /// As many as are wanted are desired already; their launches or ends are under way, or fail.
    AlreadyDesired,
}

/// What came before a minute, and the group's bounds.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct History {
    /// The group's desired capacity.
    pub desired: u32,
    /// `MinSize` of the group.
    pub min: u32,
    /// `MaxSize` of the group.
    pub max: u32,
    /// The age of the youngest instance, if there is one.
    pub youngest: Option<SimDuration>,
    /// Minutes in a row below the target, this one included.
    pub minutes_below: u32,
    /// Since the last scale-out, if there was one.
    pub since_scale_out: Option<SimDuration>,
}

/// What the target tracking policy makes of a minute.
pub fn decide(scaling: &ManagedScaling, at: Reservation, history: &History) -> Scaling {
    use std::cmp::Ordering;
    let stay = |reason| Scaling {
        desired: history.desired,
        reason,
    };
    let bounded = |desired: u32| desired.clamp(history.min.min(history.max), history.max);
    match at.against(scaling.target_capacity) {
        Ordering::Equal if at == Reservation::Stuck => stay(ScalingReason::Stuck),
        Ordering::Equal => stay(ScalingReason::AtTarget),
        Ordering::Greater => {
            if at == Reservation::Nothing && scaling.empty_group == EmptyGroup::Rests {
                return stay(ScalingReason::Nothing);
            }
            let is_warm = |age: SimDuration| scaling.instance_warmup <= age;
            if !history.youngest.is_none_or(is_warm) {
                return stay(ScalingReason::WarmingUp);
            }
            let (want, reason) = match at {
                Reservation::Ratio { needed, .. } => (
                    instances_for(needed, scaling.target_capacity),
                    ScalingReason::ScaleOut { needed },
                ),
                _ => (FIRST_INSTANCES, ScalingReason::First),
            };
            let desired = bounded(want);
            if desired <= history.desired {
                let is_enough = want <= history.desired;
                return stay(kept(is_enough));
            }
            Scaling { desired, reason }
        }
        Ordering::Less => {
            if history.minutes_below < SCALE_IN_MINUTES {
                let minutes = history.minutes_below;
                return stay(ScalingReason::Quiet { minutes });
            }
            let is_over = |since: SimDuration| SCALE_IN_AFTER_SCALE_OUT <= since;
            if !history.since_scale_out.is_none_or(is_over) {
                return stay(ScalingReason::AfterScaleOut);
            }
            let Reservation::Ratio { needed, instances } = at else {
                return stay(ScalingReason::Nothing);
            };
            let want = instances_for(needed, scaling.target_capacity);
            let least = instances - scale_in_step(instances);
            let desired = bounded(want.max(least));
            if history.desired <= desired {
                let is_enough = history.desired <= want.max(least);
                return stay(kept(is_enough));
            }
            let is_limited = want < least;
            Scaling {
                desired,
                reason: ScalingReason::ScaleIn { needed, is_limited },
            }
        }
    }
}

/// Why a group stays as it is: what is wanted is desired already, or lies beyond its bounds.
const fn kept(is_enough: bool) -> ScalingReason {
    match is_enough {
        true => ScalingReason::AlreadyDesired,
        false => ScalingReason::Bounded,
    }
}

/// M instances are to be `target` percent of the group: rounded up either way, so that adding 1.5
/// adds 2 and removing 1.5 removes 1 (EC2 Auto Scaling user guide, ASG-UG).
pub fn instances_for(needed: u32, target_capacity: u32) -> u32 {
    let wanted = (u64::from(needed) * 100).div_ceil(u64::from(target_capacity.max(1)));
    u32::try_from(wanted).unwrap_or(u32::MAX)
}

/// The most instances that one minute removes: half the group, one at least. ASSUMPTION: the half
/// is rounded down.
pub fn scale_in_step(instances: u32) -> u32 {
    let half = u64::from(instances) * u64::from(SCALE_IN_STEP_PERCENT) / 100;
    (half as u32).max(1).min(instances)
}
