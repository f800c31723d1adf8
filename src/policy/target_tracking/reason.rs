//! Why a service was scaled, or not.

use super::Proposal;
use crate::engine::time::SimTime;
use crate::policy::predictive_scaling::PredictedOutcome;
use crate::policy::scheduled_scaling::ScheduledOutcome;

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
    /// A predictive policy looked at the next hour.
    Predicted {
        /// The policy, by its index.
        policy: usize,
        /// The tasks that it foretells.
        forecast: u32,
        /// What came of it.
        outcome: PredictedOutcome,
    },
    /// A scheduled action set the bounds, or could not.
    Scheduled {
        /// The action, by its index among the target's.
        action: usize,
        /// What came of it.
        outcome: ScheduledOutcome,
    },
}
