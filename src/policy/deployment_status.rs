//! What DescribeServiceDeployments says of a service deployment: its status after what happened.

/// `status` of a service deployment (API ServiceDeploymentStatus). `PENDING`, `STOP_REQUESTED` and
/// `ROLLBACK_REQUESTED` are passed through in no time here.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Default)]
pub enum ServiceDeploymentStatus {
    /// `IN_PROGRESS`.
    #[default]
    InProgress,
    /// `SUCCESSFUL`.
    Successful,
    /// `STOPPED`.
    Stopped,
    /// `ROLLBACK_IN_PROGRESS`.
    RollbackInProgress,
    /// `ROLLBACK_SUCCESSFUL`.
    RollbackSuccessful,
    /// `ROLLBACK_FAILED`.
    RollbackFailed,
}

/// What can happen to a service deployment.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum DeploymentChange {
    /// Its revision is out, or, of one that is rolled back, the one before it is out again.
    IsOut,
    /// It failed, or somebody stopped it.
    Fails {
        /// Whether the last completed revision takes its place again.
        rolls_back: bool,
    },
    /// Another one takes its place before it is over.
    IsReplaced,
}

impl ServiceDeploymentStatus {
    /// The status after a change: one that fails is `STOPPED`, or rolled back, and then as that ends.
    ///
    /// Source: API ServiceDeploymentStatus and StopServiceDeployment (2026-11). That one which fails
    /// without a rollback, and one whose place another takes, are `STOPPED` is ASSUMPTION: no other
    /// status says so.
    ///
    /// ```
    /// # use fleetcast::policy::deployment_status::{DeploymentChange, ServiceDeploymentStatus};
    /// let failed = ServiceDeploymentStatus::InProgress
    ///     .after(DeploymentChange::Fails { rolls_back: true });
    /// assert_eq!(failed.name(), "ROLLBACK_IN_PROGRESS");
    /// assert_eq!(failed.after(DeploymentChange::IsOut).name(), "ROLLBACK_SUCCESSFUL");
    /// ```
    #[must_use]
    pub fn after(self, change: DeploymentChange) -> Self {
        use ServiceDeploymentStatus as Status;
        match (self, change) {
            (Status::InProgress, DeploymentChange::IsOut) => Status::Successful,
            (Status::InProgress, DeploymentChange::Fails { rolls_back: true }) => {
                Status::RollbackInProgress
            }
            (Status::InProgress, DeploymentChange::Fails { .. } | DeploymentChange::IsReplaced) => {
                Status::Stopped
            }
            (Status::RollbackInProgress, DeploymentChange::IsOut) => Status::RollbackSuccessful,
            (
                Status::RollbackInProgress,
                DeploymentChange::Fails { .. } | DeploymentChange::IsReplaced,
            ) => Status::RollbackFailed,
            (over, _) => over,
        }
    }

    /// Its name in the API.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            ServiceDeploymentStatus::InProgress => "IN_PROGRESS",
            ServiceDeploymentStatus::Successful => "SUCCESSFUL",
            ServiceDeploymentStatus::Stopped => "STOPPED",
            ServiceDeploymentStatus::RollbackInProgress => "ROLLBACK_IN_PROGRESS",
            ServiceDeploymentStatus::RollbackSuccessful => "ROLLBACK_SUCCESSFUL",
            ServiceDeploymentStatus::RollbackFailed => "ROLLBACK_FAILED",
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_service_deployment_ends_as_the_api_names_it() {
        use DeploymentChange::{Fails, IsOut, IsReplaced};
        let back = Fails { rolls_back: true };
        let alone = Fails { rolls_back: false };
        let table: [(&[DeploymentChange], &str); 8] = [
            (&[], "IN_PROGRESS"),
            (&[IsOut], "SUCCESSFUL"),
            (&[alone], "STOPPED"),
            (&[IsReplaced], "STOPPED"),
            (&[back], "ROLLBACK_IN_PROGRESS"),
            (&[back, IsOut], "ROLLBACK_SUCCESSFUL"),
            (&[back, IsReplaced], "ROLLBACK_FAILED"),
            // What is over stays so.
            (&[IsOut, IsReplaced], "SUCCESSFUL"),
        ];
        for (changes, expected) in table {
            let status = changes
                .iter()
                .fold(ServiceDeploymentStatus::default(), |it, change| {
                    it.after(*change)
                });
            assert_eq!(status.name(), expected, "{changes:?}");
        }
    }
}
