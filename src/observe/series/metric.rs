//! The metrics that are kept: CloudWatch's names, units, and how their statistics follow from what
//! a period saw.

mod names;

pub use names::{EnhancedMetric, InstanceMetric};

use crate::observe::gauge::CountsStatistics;
use crate::observe::series::LoadSample;
use crate::scenario::plan::ServicePlan;
use crate::units::CpuUnits;

/// A metric, by CloudWatch's name.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Metric {
    /// AWS/ECS `CPUUtilization`.
    CpuUtilization,
    /// AWS/ECS `MemoryUtilization`.
    MemoryUtilization,
    /// ECS/ContainerInsights `DesiredTaskCount`.
    DesiredTaskCount,
    /// ECS/ContainerInsights `RunningTaskCount`.
    RunningTaskCount,
    /// ECS/ContainerInsights `PendingTaskCount`.
    PendingTaskCount,
    /// ECS/ContainerInsights `CpuUtilized`, CPU units.
    CpuUtilized,
    /// ECS/ContainerInsights `CpuReserved`, CPU units.
    CpuReserved,
    /// ECS/ContainerInsights `MemoryUtilized`.
    MemoryUtilized,
    /// ECS/ContainerInsights `MemoryReserved`.
    MemoryReserved,
    /// AWS/ApplicationELB `RequestCount`.
    RequestCount,
    /// AWS/ApplicationELB `RequestCountPerTarget`.
    RequestCountPerTarget,
    /// AWS/ApplicationELB `TargetResponseTime`.
    TargetResponseTime,
    /// ECS/ContainerInsights `DeploymentCount`, of a service with deployments.
    DeploymentCount,
    /// ECS/ContainerInsights `TaskSetCount`, of a service with task sets.
    TaskSetCount,
    /// AWS/ApplicationELB `HealthyHostCount`.
    HealthyHostCount,
    /// AWS/ApplicationELB `UnHealthyHostCount`.
    UnHealthyHostCount,
    /// AWS/ApplicationELB `HTTPCode_Target_5XX_Count`.
    Target5xx,
    /// fleetcast `RequestCapacity`: requests a second that a service's tasks could answer at most.
    RequestCapacity,
    /// fleetcast `FailedRequests`: first tries that failed for good, as objectives count them.
    FailedRequests,
    /// fleetcast `TimedOutRequests`: tries whose client gave up waiting.
    TimedOutRequests,
    /// fleetcast `BalancerErrors`: tries of one service that the balancer answered with a 5xx.
    BalancerErrors,
    /// AWS/ApplicationELB `HTTPCode_ELB_5XX_Count`, of a load balancer.
    Elb5xx,
    /// AWS/ApplicationELB `HTTPCode_ELB_502_Count`, of a load balancer.
    Elb502,
    /// AWS/ApplicationELB `HTTPCode_ELB_503_Count`, of a load balancer.
    Elb503,
    /// AWS/ApplicationELB `HTTPCode_ELB_504_Count`, of a load balancer.
    Elb504,
    /// AWS/NetworkELB `NewFlowCount`, of a load balancer.
    NewFlowCount,
    /// AWS/NetworkELB `ActiveFlowCount`, of a load balancer.
    ActiveFlowCount,
    /// AWS/NetworkELB `ProcessedBytes`, of a load balancer.
    FlowBytes,
    /// AWS/NetworkELB `TCP_ELB_Reset_Count`, of a load balancer: here, requests for which no target
    /// was there or that were at one when it went away.
    TcpElbResetCount,
    /// AWS/SQS `ApproximateNumberOfMessagesVisible`.
    MessagesVisible,
    /// AWS/SQS `ApproximateNumberOfMessagesNotVisible`.
    MessagesNotVisible,
    /// AWS/SQS `NumberOfMessagesSent`.
    MessagesSent,
    /// AWS/SQS `NumberOfMessagesReceived`.
    MessagesReceived,
    /// AWS/SQS `ApproximateAgeOfOldestMessage`.
    OldestMessage,
    /// ECS/ContainerInsights `TaskCount`, of the cluster.
    TaskCount,
    /// AWS/AutoScaling `GroupDesiredCapacity`.
    GroupDesiredCapacity,
    /// AWS/AutoScaling `GroupInServiceInstances`: here, those that are ACTIVE in ECS.
    GroupInServiceInstances,
    /// AWS/AutoScaling `GroupPendingInstances`: here, from the decision to ACTIVE.
    GroupPendingInstances,
    /// AWS/AutoScaling `GroupTerminatingInstances`: here, those that are DRAINING.
    GroupTerminatingInstances,
    /// AWS/AutoScaling `GroupTotalInstances`.
    GroupTotalInstances,
    /// AWS/ECS/ManagedScaling `CapacityProviderReservation`.
    CapacityProviderReservation,
    /// AWS/ECS `CPUReservation`, of the cluster's instances.
    CpuReservation,
    /// AWS/ECS `MemoryReservation`, of the cluster's instances.
    MemoryReservation,
    /// AWS/ECS `GPUReservation`, of the cluster's instances that have GPUs.
    GpuReservation,
    /// ECS/ContainerInsights `ContainerInstanceCount`.
    ContainerInstanceCount,
    /// ECS/ContainerInsights `ServiceCount`, of the cluster.
    ServiceCount,
    /// ECS/ContainerInsights `EphemeralStorageReserved`, of tasks on Fargate, GiB.
    EphemeralStorageReserved,
    /// ECS/ContainerInsights `EBSFilesystemSize`, GB.
    EbsFilesystemSize,
    /// ECS/ContainerInsights `RestartCount`.
    RestartCount,
    /// ECS/ContainerInsights, of a mean instance.
    Instance(InstanceMetric),
    /// ECS/ContainerInsights with enhanced observability.
    Enhanced(EnhancedMetric),
    /// AWS/Logs `IncomingBytes`, of a log group.
    IncomingBytes,
}

/// CloudWatch's statistic set of a period with percentiles; `None` where the metric has none.
#[derive(Clone, Copy, PartialEq, Debug, Default)]
pub struct Statistics {
    /// Data points: requests, or minutes.
    pub sample_count: Option<f64>,
    /// Their sum.
    pub sum: Option<f64>,
    /// Their mean; of a count, weighted by time.
    pub average: Option<f64>,
    /// The least.
    pub minimum: Option<f64>,
    /// The largest.
    pub maximum: Option<f64>,
    /// The values at [`QUANTILES`](crate::demand::period::QUANTILES).
    pub quantiles: Option<[f64; 4]>,
}

impl Statistics {
    /// A sum over `samples` data points, the only statistic that means something for AWS's counts.
    pub(super) fn of_sum(sum: f64, samples: f64) -> Self {
        Statistics {
            sample_count: Some(samples),
            sum: Some(sum),
            ..Statistics::default()
        }
    }

    /// The columns of `metrics.csv` from `SampleCount` on.
    pub fn columns(&self) -> [Option<f64>; 9] {
        let quantile = |at: usize| self.quantiles.map(|quantiles| quantiles[at]);
        [
            self.sample_count,
            self.sum,
            self.average,
            self.minimum,
            self.maximum,
            quantile(0),
            quantile(1),
            quantile(2),
            quantile(3),
        ]
    }
}

impl Metric {
    /// The metrics of a service, in the order of `metrics.csv`.
    pub const OF_A_SERVICE: [Metric; 18] = [
        Metric::CpuUtilization,
        Metric::MemoryUtilization,
        Metric::DesiredTaskCount,
        Metric::RunningTaskCount,
        Metric::PendingTaskCount,
        Metric::CpuUtilized,
        Metric::CpuReserved,
        Metric::MemoryUtilized,
        Metric::MemoryReserved,
        Metric::RequestCount,
        Metric::RequestCountPerTarget,
        Metric::TargetResponseTime,
        Metric::HealthyHostCount,
        Metric::Target5xx,
        Metric::RequestCapacity,
        Metric::FailedRequests,
        Metric::TimedOutRequests,
        Metric::BalancerErrors,
    ];

    /// The further ones of a service that pulls from a queue: those of its queue.
    pub const OF_A_QUEUE: [Metric; 5] = [
        Metric::MessagesVisible,
        Metric::MessagesNotVisible,
        Metric::MessagesSent,
        Metric::MessagesReceived,
        Metric::OldestMessage,
    ];

    /// The metrics of this service.
    pub fn of_service(service: &ServicePlan) -> impl Iterator<Item = Metric> {
        let demand = service.demand.as_ref();
        let pulls = demand.is_some_and(|demand| demand.queue.is_some());
        let of_queue = Metric::OF_A_QUEUE.into_iter().filter(move |_| pulls);
        let by_target = service.target_group.map(|_| Metric::UnHealthyHostCount);
        let rollouts = match service.makes_task_sets() {
            true => Metric::TaskSetCount,
            false => Metric::DeploymentCount,
        };
        let own = Metric::OF_A_SERVICE.into_iter().chain(by_target);
        own.chain([rollouts]).chain(of_queue)
    }

    /// The metrics of an Auto Scaling group and its capacity provider, in the order of
    /// `metrics.csv`.
    pub const OF_A_GROUP: [Metric; 6] = [
        Metric::GroupDesiredCapacity,
        Metric::GroupInServiceInstances,
        Metric::GroupPendingInstances,
        Metric::GroupTerminatingInstances,
        Metric::GroupTotalInstances,
        Metric::CapacityProviderReservation,
    ];
    /// What all tasks of the cluster use and reserve.
    pub const OF_ALL_TASKS: [Metric; 4] = [
        Metric::CpuUtilized,
        Metric::CpuReserved,
        Metric::MemoryUtilized,
        Metric::MemoryReserved,
    ];
    /// What its tasks on instances use of what these have.
    pub const OF_HOSTED_TASKS: [Metric; 2] = [Metric::CpuUtilization, Metric::MemoryUtilization];
    /// The metrics of all instances of the cluster.
    pub const OF_INSTANCES: [Metric; 4] = [
        Metric::CpuReservation,
        Metric::MemoryReservation,
        Metric::GpuReservation,
        Metric::ContainerInstanceCount,
    ];

    /// Whether its dimensions are a load balancer and a target group.
    pub fn is_of_target_group(self) -> bool {
        self.namespace() == "AWS/ApplicationELB"
    }

    /// Whether it is about targets, not requests.
    pub(super) fn counts_hosts(self) -> bool {
        matches!(self, Metric::HealthyHostCount | Metric::UnHealthyHostCount)
    }

    /// What it shows of a period's counts, if it is about counts.
    pub(super) fn of_counts(self, counts: &CountsStatistics) -> Option<Statistics> {
        let count = match self {
            Metric::DesiredTaskCount => counts.desired,
            Metric::RunningTaskCount => counts.running,
            Metric::PendingTaskCount => counts.pending,
            Metric::HealthyHostCount => counts.serving,
            Metric::UnHealthyHostCount => counts.unhealthy,
            Metric::DeploymentCount | Metric::TaskSetCount => counts.deployments,
            _ => return None,
        };
        Some(count.into())
    }

    /// What it shows of a period's load; `None`: nothing, as AWS has no data point then.
    pub(super) fn of_load(self, load: &LoadSample) -> Option<Statistics> {
        let seconds = f64::from(load.minutes) * 60.0;
        let units = f64::from(CpuUnits::PER_VCPU);
        let mean = |sum: f32, unit: f64| Statistics {
            sample_count: Some(f64::from(load.minutes)),
            average: Some(f64::from(sum) * unit / seconds),
            ..Statistics::default()
        };
        let sum = |count: f64| Statistics::of_sum(count, count);
        let reserves = 0.0 < load.cpu_reserved;
        match self {
            Metric::CpuUtilization => percent(
                load,
                [load.cpu_used, load.cpu_reserved],
                load.cpu_percent_min_max,
            ),
            Metric::MemoryUtilization => percent(
                load,
                [load.memory_used, load.memory_reserved],
                load.memory_percent_min_max,
            ),
            Metric::CpuUtilized => reserves.then(|| mean(load.cpu_used, units)),
            Metric::CpuReserved => reserves.then(|| mean(load.cpu_reserved, units)),
            Metric::MemoryUtilized => reserves.then(|| mean(load.memory_used, 1.0)),
            Metric::MemoryReserved => reserves.then(|| mean(load.memory_reserved, 1.0)),
            Metric::RequestCount => non_zero(load.requests),
            Metric::Target5xx => non_zero(f64::from(load.target_5xx)),
            Metric::RequestCapacity => request_capacity(load),
            Metric::FailedRequests => non_zero(f64::from(load.failed)),
            Metric::TimedOutRequests => non_zero(f64::from(load.timed_out)),
            Metric::BalancerErrors => non_zero(f64::from(load.elb_5xx)),
            Metric::RequestCountPerTarget => per_target(load),
            Metric::TargetResponseTime => response(load),
            Metric::MessagesVisible => Some(always(load, load.visible)),
            Metric::MessagesNotVisible => Some(always(load, load.not_visible)),
            Metric::OldestMessage => Some(always(load, load.oldest_s)),
            Metric::MessagesSent => Some(sum(load.requests)),
            Metric::MessagesReceived => Some(sum(f64::from(load.received))),
            Metric::Elb502 | Metric::Elb503 | Metric::Elb504 => None,
            Metric::NewFlowCount | Metric::ActiveFlowCount | Metric::FlowBytes => None,
            Metric::DesiredTaskCount
            | Metric::RunningTaskCount
            | Metric::PendingTaskCount
            | Metric::DeploymentCount
            | Metric::TaskSetCount
            | Metric::HealthyHostCount
            | Metric::UnHealthyHostCount
            | Metric::Elb5xx
            | Metric::TcpElbResetCount
            | Metric::TaskCount
            | Metric::GroupDesiredCapacity
            | Metric::GroupInServiceInstances
            | Metric::GroupPendingInstances
            | Metric::GroupTerminatingInstances
            | Metric::GroupTotalInstances
            | Metric::CapacityProviderReservation
            | Metric::CpuReservation
            | Metric::MemoryReservation
            | Metric::GpuReservation
            | Metric::ContainerInstanceCount
            | Metric::ServiceCount
            | Metric::EphemeralStorageReserved
            | Metric::EbsFilesystemSize
            | Metric::RestartCount
            | Metric::Instance(_)
            | Metric::Enhanced(_)
            | Metric::IncomingBytes => None,
        }
    }
}

/// What is used of what is reserved, with its lowest and its highest minute.
fn percent(load: &LoadSample, [used, reserved]: [f32; 2], range: [f32; 2]) -> Option<Statistics> {
    let [least, most] = range;
    // Of sums that were rounded, which its minutes' were not.
    let mean = 100.0 * f64::from(used) / f64::from(reserved);
    (0.0 < reserved).then(|| Statistics {
        sample_count: Some(f64::from(load.minutes)),
        average: Some(mean.max(f64::from(least)).min(f64::from(most))),
        minimum: Some(f64::from(least)),
        maximum: Some(f64::from(most)),
        ..Statistics::default()
    })
}

/// A mean that SQS has at every minute, 0 or not.
fn always(load: &LoadSample, mean: f32) -> Statistics {
    Statistics {
        sample_count: Some(f64::from(load.minutes)),
        average: Some(f64::from(mean)),
        ..Statistics::default()
    }
}

fn per_target(load: &LoadSample) -> Option<Statistics> {
    let has_targets = 0.0 < load.requests && 0.0 < load.serving;
    has_targets.then(|| Statistics {
        sum: Some(load.requests / f64::from(load.serving)),
        ..Statistics::default()
    })
}

/// Count metrics appear only when they are not zero (Elastic Load Balancing user guide,
/// load-balancer-cloudwatch-metrics).
fn non_zero(count: f64) -> Option<Statistics> {
    (0.0 < count).then(|| Statistics::of_sum(count, count))
}

/// Request by request nobody knows the most that tasks could answer, but of none.
fn request_capacity(load: &LoadSample) -> Option<Statistics> {
    let is_known = 0.0 < load.capacity || (load.serving <= 0.0 && 0.0 < load.requests);
    is_known.then(|| always(load, load.capacity))
}

fn response(load: &LoadSample) -> Option<Statistics> {
    let answered = load.requests - f64::from(load.elb_5xx) - f64::from(load.timed_out);
    let has_any = 0.0 < answered && 0.0 < load.response_mean;
    has_any.then(|| Statistics {
        sample_count: Some(answered),
        sum: Some(f64::from(load.response_mean) * answered),
        average: Some(f64::from(load.response_mean)),
        quantiles: Some(load.response_quantiles.map(f64::from)),
        ..Statistics::default()
    })
}
