//! What a [`Trail`](super::Trail) keeps of single decisions.

use crate::demand::period::ServicePeriod;
use crate::engine::SimTime;
use crate::ids::{ScalableTargetId, ServiceId, ZoneId};
use crate::observe::inputs::{ForetoldHour, JobStart, StopBecause, StopHow};
use crate::policy::fargate::WhenZoneRefuses;
use crate::policy::predictive_scaling::{PredictedOutcome, alike};
use crate::policy::scheduled_scaling::ScheduledOutcome;
use crate::policy::step_scaling::StepReading;
use crate::policy::strategy::{ChoiceReason, Strategy};
use crate::policy::target_tracking::{Reading, ScalableTarget, ScalingDecision, Signals};
use crate::world::groups::Phase;
use crate::world::task::Owner;

/// A search for a zone (see [`ZoneSearch`](crate::observe::inputs::ZoneSearch)).
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Zones {
    /// The zones in the owner's order.
    pub zones: Vec<ZoneId>,
    /// The owner's tasks on the provider by zone.
    pub counts: Vec<u32>,
    /// Which of them refused.
    pub refuses: Vec<bool>,
    /// What happens when one refuses.
    pub when_refused: WhenZoneRefuses,
}

/// A launch that was granted.
#[derive(Clone, PartialEq, Debug)]
pub struct Pick {
    /// When.
    pub at: SimTime,
    /// For whom.
    pub owner: Owner,
    /// Which of its tasks.
    pub ordinal: u64,
    /// The strategy that was asked.
    pub strategy: Strategy,
    /// The tasks by item that it was asked with.
    pub counts: Vec<u32>,
    /// By which clause.
    pub reason: ChoiceReason,
    /// The search for its zone.
    pub zones: Option<Zones>,
    /// Of a job: what it waited for before.
    pub job: Option<JobStart>,
}

/// A task that was picked to be stopped (see
/// [`DecisionInputs::StopChosen`](crate::observe::inputs::DecisionInputs::StopChosen)).
#[derive(Clone, PartialEq, Debug)]
pub struct StopChosen {
    /// When.
    pub at: SimTime,
    /// Whose.
    pub service: ServiceId,
    /// Which of its tasks.
    pub ordinal: u64,
    /// The strategy that was asked.
    pub strategy: Strategy,
    /// The deployment's tasks by item of the strategy.
    pub counts: Vec<u32>,
    /// The zones.
    pub zones: Vec<ZoneId>,
    /// The candidates by zone.
    pub by_zone: Vec<u32>,
    /// How far the candidates had come.
    pub phase: Phase,
    /// How many candidates there were where it was.
    pub among: u32,
    /// Why one had to go.
    pub because: StopBecause,
    /// How it was found among them.
    pub how: StopHow,
}

/// A change of a desired count.
#[derive(Clone, PartialEq, Debug)]
pub struct Scaled {
    /// When.
    pub at: SimTime,
    /// The target.
    pub target: ScalableTargetId,
    /// The newest minute that the alarms had seen.
    pub minute: i64,
    /// The target as the decision found it.
    pub input: ScalableTarget,
    /// What the alarms of target tracking policies said.
    pub readings: Vec<Reading>,
    /// What step policies asked for.
    pub steps: Vec<StepReading>,
    /// What was decided.
    pub decision: ScalingDecision,
}

impl Scaled {
    /// What was decided of a target at a minute.
    pub(super) fn of(
        (at, target, minute): (SimTime, ScalableTargetId, i64),
        input: ScalableTarget,
        signals: Signals<'_>,
        decision: ScalingDecision,
    ) -> Self {
        Scaled {
            at,
            target,
            minute,
            input,
            readings: signals.tracking.to_vec(),
            steps: signals.steps.to_vec(),
            decision,
        }
    }
}

/// What a predictive policy foretold of an hour.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Forecast {
    /// When.
    pub at: SimTime,
    /// The target.
    pub target: ScalableTargetId,
    /// The policy, by its index among the target's.
    pub policy: usize,
    /// The desired count before and after.
    pub counts: [u32; 2],
    /// The tasks.
    pub forecast: u32,
    /// What came of it.
    pub outcome: PredictedOutcome,
}

/// What a predictive policy foretold of an hour, and from what.
#[derive(Clone, PartialEq, Debug)]
pub struct Foretold {
    /// When.
    pub at: SimTime,
    /// The target.
    pub target: ScalableTargetId,
    /// The hour.
    pub hour: ForetoldHour,
    /// How many hours were known.
    pub known: usize,
    /// The hours that it is like, the newest first, with the load of each.
    pub alike: Vec<(usize, f64)>,
}

impl Foretold {
    /// What was foretold at an instant from a history.
    pub(super) fn of(
        at: SimTime,
        (target, hour): (ScalableTargetId, ForetoldHour),
        history: &[f64],
    ) -> Self {
        let alike = alike(history.len(), hour.hour as usize);
        Foretold {
            at,
            target,
            hour,
            known: history.len(),
            alike: alike.map(|hour| (hour, history[hour])).collect(),
        }
    }
}

/// A container that was started again in its task.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Restarted {
    /// When.
    pub at: SimTime,
    /// Whose.
    pub owner: Owner,
    /// Which of its tasks.
    pub ordinal: u64,
    /// When its code answers.
    pub ready: SimTime,
    /// When failing checks are noticed, if that is before.
    pub noticed: Option<SimTime>,
}

/// A scheduled action of a target that fell due.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Scheduled {
    /// When.
    pub at: SimTime,
    /// The target.
    pub target: ScalableTargetId,
    /// The action, by its index among the target's.
    pub action: usize,
    /// The desired count before and after.
    pub counts: [u32; 2],
    /// What came of it.
    pub outcome: ScheduledOutcome,
}

/// Minutes that are all alike, as the tracked metrics show them.
#[derive(Clone, Copy, PartialEq, Debug)]
pub struct Minutes {
    /// The index of the first.
    pub first: u64,
    /// How many.
    pub count: u64,
    /// `CPUUtilization`.
    pub cpu: Option<f64>,
    /// `MemoryUtilization`.
    pub memory: Option<f64>,
    /// `RequestCountPerTarget`.
    pub requests_per_target: Option<f64>,
    /// All that each of them saw, for alarms.
    pub period: ServicePeriod,
}
