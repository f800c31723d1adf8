//! The cluster and what stands behind it: capacity providers, Spot's market, quotas.

use std::sync::Arc;

use crate::engine::SimDuration;
use crate::engine::distribution::Distribution;
use crate::engine::random::NameHash;
use crate::ids::GroupId;
use crate::policy::launch_rate::Limit;
use crate::policy::spot::{Rates, ReplayStep, SpotParameters};

use super::ec2::{GroupProviderPlan, Launcher};

/// An Availability Zone.
#[derive(Clone, Debug)]
pub struct ZonePlan {
    /// For instance `us-east-1a`.
    pub name: String,
    /// The key of the zone's random streams.
    pub key: NameHash,
}

/// The cluster.
#[derive(Clone, Debug)]
pub struct ClusterPlan {
    /// `clusterName`.
    pub name: String,
    /// The `containerInsights` setting.
    pub container_insights: ContainerInsights,
    /// How long a service waits after the first round of starts that fail.
    pub start_throttle: SimDuration,
    /// A service's first pause where the cluster has as many tasks in PROVISIONING as it may.
    pub provisioning_retry: SimDuration,
}

/// The cluster setting `containerInsights`.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum ContainerInsights {
    /// Off.
    Disabled,
    /// Standard: billed as custom metrics.
    Enabled,
    /// With enhanced observability: its own rate.
    Enhanced,
}

/// A capacity provider.
#[derive(Clone, Debug)]
pub struct ProviderPlan {
    /// `FARGATE`, `FARGATE_SPOT`, the name of an Auto Scaling group's or of one of Managed
    /// Instances, or a launch type of tasks that no provider is asked for: `EC2` or `EXTERNAL`.
    pub name: String,
    /// What stands behind it.
    pub kind: ProviderKind,
    /// How long the phases of a task's life take on it.
    pub latencies: LatencyPlan,
    /// Of an Auto Scaling group's provider, or one of Managed Instances: its settings.
    pub group: Option<GroupProviderPlan>,
}

/// What stands behind a capacity provider.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum ProviderKind {
    /// Fargate on-demand.
    Fargate,
    /// Fargate Spot.
    FargateSpot,
    /// An Auto Scaling group of the cluster's own instances.
    AutoScalingGroup(GroupId),
    /// ECS Managed Instances: what ECS launches for tasks that wait.
    ManagedInstances(GroupId),
    /// No provider: the launch type EC2, any container instance of any Auto Scaling group.
    Ec2,
    /// No provider: the launch type EXTERNAL, any instance of one's own that no group launched.
    External,
}

impl ProviderKind {
    /// The group behind it, if it is one's.
    pub fn group(self) -> Option<GroupId> {
        match self {
            ProviderKind::AutoScalingGroup(group) | ProviderKind::ManagedInstances(group) => {
                Some(group)
            }
            ProviderKind::Fargate
            | ProviderKind::FargateSpot
            | ProviderKind::Ec2
            | ProviderKind::External => None,
        }
    }

    /// Whether its tasks run on container instances.
    pub fn is_hosted(self) -> bool {
        !matches!(self, ProviderKind::Fargate | ProviderKind::FargateSpot)
    }

    /// Whether its tasks may go to the instances of a group, of which it is known who launches
    /// them.
    pub fn takes(self, (group, launcher): (GroupId, Launcher)) -> bool {
        match self {
            ProviderKind::Fargate | ProviderKind::FargateSpot => false,
            ProviderKind::AutoScalingGroup(own) | ProviderKind::ManagedInstances(own) => {
                own == group
            }
            ProviderKind::Ec2 => launcher == Launcher::AutoScalingGroup,
            ProviderKind::External => launcher == Launcher::Nobody,
        }
    }
}

/// The phases of a task's life that take time, each as a distribution in seconds.
#[derive(Clone, Debug)]
pub struct LatencyPlan {
    /// createdAt to connectivityAt: micro-VM and ENI.
    pub eni: Distribution,
    /// connectivityAt to pullStartedAt: the host gets ready.
    pub prepare: Distribution,
    /// The part of the pull that does not depend on the image's size.
    pub pull_base: Distribution,
    /// Further seconds of the pull for each MiB of (compressed) image.
    pub pull_per_mib: f64,
    /// On instances: a pull of an image that is there already.
    pub pull_cached: Distribution,
    /// Further time before the pull for a task with an EBS volume: created and attached.
    pub volume: Distribution,
    /// pullStoppedAt to startedAt: containers are created and started.
    pub create: Distribution,
    /// executionStoppedAt to stoppedAt: the ENI is detached and deleted.
    pub deprovision: Distribution,
    /// From RUNNING to registered at the target group.
    pub registration: Distribution,
}

impl LatencyPlan {
    /// Whether a start on an instance takes as long each time.
    pub fn is_fixed_on_hosts(&self) -> bool {
        let laws = [
            &self.eni,
            &self.prepare,
            &self.pull_base,
            &self.pull_cached,
            &self.create,
        ];
        laws.into_iter().all(Distribution::is_constant)
    }
}

/// Fargate Spot's market.
#[derive(Clone, Debug)]
pub struct SpotPlan {
    /// The parameters of the process.
    pub parameters: SpotParameters,
    /// Their rates, by `policy::spot::calibrate`.
    pub rates: Rates,
    /// Whether another zone is tried when one refuses.
    pub other_zones: bool,
    /// How long a refused launch waits before the next try.
    pub retry: SimDuration,
    /// The region's local hour at the start of the run, 0 to 24: the daily cycle of stress follows
    /// it.
    pub start_hour: f64,
    /// By zone of the plan, the trace that its capacity follows; empty where none does.
    pub replays: Vec<Option<Arc<[ReplayStep]>>>,
}

/// Fargate retires the platform revisions under running tasks, again and again.
#[derive(Clone, Copy, PartialEq, Debug)]
pub struct RetirementPlan {
    /// Mean time from one notice to the next.
    pub every: SimDuration,
    /// The account setting `fargateTaskRetirementWaitPeriod`: from the notice until AWS acts.
    pub wait: SimDuration,
}

/// Account quotas and launch rates.
#[derive(Clone, Debug)]
pub struct QuotaPlan {
    /// Concurrent Fargate vCPUs on-demand; `None`: raised beyond need.
    pub fargate_vcpus: Option<u32>,
    /// Concurrent Fargate Spot vCPUs; `None`: raised beyond need.
    pub fargate_spot_vcpus: Option<u32>,
    /// Burst of the launch buckets, tasks.
    pub launch_burst: u32,
    /// Refill of the launch buckets, tasks per second.
    pub launch_rate_per_s: u32,
    /// Tasks that one service may start per minute.
    pub service_launches_per_minute: u32,
    /// Calls of RunTask against Fargate.
    pub run_task_calls: Limit,
    /// Calls of RunTask against instances.
    pub run_task_calls_on_instances: Limit,
}
