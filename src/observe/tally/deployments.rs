//! A service's deployments, counted.

use crate::observe::observation::DeploymentStep;
use crate::policy::traffic_shift::Stage;

/// What became of a service's deployments.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct DeploymentTally {
    /// The one that was started last.
    latest: u32,
    pub(super) started: u64,
    pub(super) completed: u64,
    pub(super) failed: u64,
    pub(super) rolled_back: u64,
    /// Deployments and rollbacks whose alarms nobody looked at.
    pub(super) alarms_ignored: u64,
    /// Failures of a service's first deployment, which is not among those that were started.
    pub(super) first_failed: u64,
    /// The one that is in progress, and the stage it is in, where it shifts traffic.
    pub(super) under_way: Option<Option<Stage>>,
}

impl DeploymentTally {
    /// Counts from now on; what is under way is so still.
    pub(super) fn restart(&mut self) {
        *self = DeploymentTally {
            latest: self.latest,
            under_way: self.under_way,
            ..DeploymentTally::default()
        };
    }

    /// Takes what happened to a service's `ordinal`-th deployment.
    pub(super) fn add(&mut self, ordinal: u32, step: DeploymentStep) {
        match step {
            DeploymentStep::Started | DeploymentStep::RollingBack { .. } => {
                self.under_way = Some(None);
            }
            DeploymentStep::Stage { stage, .. } => self.under_way = Some(Some(stage)),
            DeploymentStep::Completed | DeploymentStep::Failed(_) => self.under_way = None,
            DeploymentStep::Stuck
            | DeploymentStep::Baking { .. }
            | DeploymentStep::AlarmsIgnored(_)
            | DeploymentStep::ScaledOut { .. }
            | DeploymentStep::NotStopped
            | DeploymentStep::TaskSet(_) => {}
        }
        match step {
            DeploymentStep::Started => {
                self.latest = ordinal;
                self.started += 1;
            }
            DeploymentStep::Stuck
            | DeploymentStep::Baking { .. }
            | DeploymentStep::Stage { .. }
            | DeploymentStep::ScaledOut { .. }
            | DeploymentStep::NotStopped
            | DeploymentStep::TaskSet(_) => {}
            DeploymentStep::Completed => {
                // What is gone back to was completed before.
                let is_started = 0 < ordinal && ordinal == self.latest;
                self.completed += u64::from(is_started);
            }
            DeploymentStep::AlarmsIgnored(_) => self.alarms_ignored += 1,
            DeploymentStep::Failed(_) => {
                self.failed += 1;
                let is_first = ordinal == 0 && self.rolled_back == 0;
                self.first_failed += u64::from(is_first);
            }
            DeploymentStep::RollingBack { .. } => self.rolled_back += 1,
        }
    }
}
