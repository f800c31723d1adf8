//! A service's deployments, counted.

use crate::observe::observation::DeploymentStep;

/// What became of a service's deployments.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct DeploymentTally {
    /// The one that was started last.
    latest: u32,
    pub(super) started: u64,
    pub(super) completed: u64,
    pub(super) failed: u64,
    pub(super) rolled_back: u64,
}

impl DeploymentTally {
    /// Takes what happened to a service's `ordinal`-th deployment.
    pub(super) fn add(&mut self, ordinal: u32, step: DeploymentStep) {
        match step {
            DeploymentStep::Started => {
                self.latest = ordinal;
                self.started += 1;
            }
            DeploymentStep::Stuck
            | DeploymentStep::Baking { .. }
            | DeploymentStep::Stage { .. } => {}
            DeploymentStep::Completed => {
                // What is gone back to was completed before.
                let is_started = 0 < ordinal && ordinal == self.latest;
                self.completed += u64::from(is_started);
            }
            DeploymentStep::Failed(_) => self.failed += 1,
            DeploymentStep::RollingBack { .. } => self.rolled_back += 1,
        }
    }
}
