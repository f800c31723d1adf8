//! What CloudWatch calls the metrics: names, namespaces, units.

use super::Metric;

/// What Container Insights says of the cluster's instances, as the mean of one.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum InstanceMetric {
    /// `instance_cpu_limit`: CPU units that it has.
    CpuLimit,
    /// `instance_cpu_reserved_capacity`, percent of them.
    CpuReserved,
    /// `instance_cpu_usage_total`: CPU units that its tasks use.
    CpuUsed,
    /// `instance_cpu_utilization`, percent.
    CpuUtilization,
    /// `instance_memory_limit`, bytes.
    MemoryLimit,
    /// `instance_memory_reserved_capacity`, percent.
    MemoryReserved,
    /// `instance_memory_working_set`: bytes that its tasks use.
    MemoryUsed,
    /// `instance_memory_utilization`, percent.
    MemoryUtilization,
    /// `instance_number_of_running_tasks`.
    RunningTasks,
}

/// What enhanced observability adds: of tasks, and of their containers.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum EnhancedMetric {
    /// `TaskCpuUtilization`, percent of what the tasks reserve.
    TaskCpuUtilization,
    /// `TaskMemoryUtilization`, percent.
    TaskMemoryUtilization,
    /// `ContainerCpuUtilized`, CPU units.
    ContainerCpuUtilized,
    /// `ContainerCpuReserved`, CPU units.
    ContainerCpuReserved,
    /// `ContainerCpuUtilization`, percent.
    ContainerCpuUtilization,
    /// `ContainerMemoryUtilized`, MiB.
    ContainerMemoryUtilized,
    /// `ContainerMemoryReserved`, MiB.
    ContainerMemoryReserved,
    /// `ContainerMemoryUtilization`, percent.
    ContainerMemoryUtilization,
}

impl Metric {
    /// CloudWatch's name.
    pub const fn name(self) -> &'static str {
        match self {
            Metric::CpuUtilization => "CPUUtilization",
            Metric::MemoryUtilization => "MemoryUtilization",
            Metric::DesiredTaskCount => "DesiredTaskCount",
            Metric::RunningTaskCount => "RunningTaskCount",
            Metric::PendingTaskCount => "PendingTaskCount",
            Metric::CpuUtilized => "CpuUtilized",
            Metric::CpuReserved => "CpuReserved",
            Metric::MemoryUtilized => "MemoryUtilized",
            Metric::MemoryReserved => "MemoryReserved",
            Metric::RequestCount => "RequestCount",
            Metric::RequestCountPerTarget => "RequestCountPerTarget",
            Metric::TargetResponseTime => "TargetResponseTime",
            Metric::DeploymentCount => "DeploymentCount",
            Metric::TaskSetCount => "TaskSetCount",
            Metric::HealthyHostCount => "HealthyHostCount",
            Metric::UnHealthyHostCount => "UnHealthyHostCount",
            Metric::Target5xx => "HTTPCode_Target_5XX_Count",
            Metric::RequestCapacity => "RequestCapacity",
            Metric::FailedRequests => "FailedRequests",
            Metric::TimedOutRequests => "TimedOutRequests",
            Metric::BalancerErrors => "BalancerErrors",
            Metric::Elb5xx => "HTTPCode_ELB_5XX_Count",
            Metric::Elb502 => "HTTPCode_ELB_502_Count",
            Metric::Elb503 => "HTTPCode_ELB_503_Count",
            Metric::Elb504 => "HTTPCode_ELB_504_Count",
            Metric::NewFlowCount => "NewFlowCount",
            Metric::ActiveFlowCount => "ActiveFlowCount",
            Metric::FlowBytes => "ProcessedBytes",
            Metric::TcpElbResetCount => "TCP_ELB_Reset_Count",
            Metric::MessagesVisible => "ApproximateNumberOfMessagesVisible",
            Metric::MessagesNotVisible => "ApproximateNumberOfMessagesNotVisible",
            Metric::MessagesSent => "NumberOfMessagesSent",
            Metric::MessagesReceived => "NumberOfMessagesReceived",
            Metric::OldestMessage => "ApproximateAgeOfOldestMessage",
            Metric::TaskCount => "TaskCount",
            Metric::GroupDesiredCapacity => "GroupDesiredCapacity",
            Metric::GroupInServiceInstances => "GroupInServiceInstances",
            Metric::GroupPendingInstances => "GroupPendingInstances",
            Metric::GroupTerminatingInstances => "GroupTerminatingInstances",
            Metric::GroupTotalInstances => "GroupTotalInstances",
            Metric::CapacityProviderReservation => "CapacityProviderReservation",
            Metric::CpuReservation => "CPUReservation",
            Metric::MemoryReservation => "MemoryReservation",
            Metric::GpuReservation => "GPUReservation",
            Metric::ContainerInstanceCount => "ContainerInstanceCount",
            Metric::ServiceCount => "ServiceCount",
            Metric::EphemeralStorageReserved => "EphemeralStorageReserved",
            Metric::EbsFilesystemSize => "EBSFilesystemSize",
            Metric::RestartCount => "RestartCount",
            Metric::Instance(metric) => metric.name(),
            Metric::Enhanced(metric) => metric.name(),
            Metric::IncomingBytes => "IncomingBytes",
        }
    }

    /// CloudWatch's namespace.
    pub const fn namespace(self) -> &'static str {
        match self {
            Metric::CpuUtilization
            | Metric::MemoryUtilization
            | Metric::CpuReservation
            | Metric::MemoryReservation
            | Metric::GpuReservation => "AWS/ECS",
            Metric::CapacityProviderReservation => "AWS/ECS/ManagedScaling",
            Metric::GroupDesiredCapacity
            | Metric::GroupInServiceInstances
            | Metric::GroupPendingInstances
            | Metric::GroupTerminatingInstances
            | Metric::GroupTotalInstances => "AWS/AutoScaling",
            Metric::DesiredTaskCount
            | Metric::RunningTaskCount
            | Metric::PendingTaskCount
            | Metric::DeploymentCount
            | Metric::TaskSetCount
            | Metric::CpuUtilized
            | Metric::CpuReserved
            | Metric::MemoryUtilized
            | Metric::MemoryReserved
            | Metric::TaskCount
            | Metric::ContainerInstanceCount
            | Metric::ServiceCount
            | Metric::EphemeralStorageReserved
            | Metric::EbsFilesystemSize
            | Metric::RestartCount
            | Metric::Instance(_)
            | Metric::Enhanced(_) => "ECS/ContainerInsights",
            Metric::IncomingBytes => "AWS/Logs",
            Metric::RequestCount
            | Metric::RequestCountPerTarget
            | Metric::TargetResponseTime
            | Metric::HealthyHostCount
            | Metric::UnHealthyHostCount
            | Metric::Target5xx
            | Metric::Elb5xx
            | Metric::Elb502
            | Metric::Elb503
            | Metric::Elb504 => "AWS/ApplicationELB",
            // AWS counts none of these, or not of one service.
            Metric::RequestCapacity
            | Metric::FailedRequests
            | Metric::TimedOutRequests
            | Metric::BalancerErrors => "fleetcast",
            Metric::NewFlowCount
            | Metric::ActiveFlowCount
            | Metric::FlowBytes
            | Metric::TcpElbResetCount => "AWS/NetworkELB",
            Metric::MessagesVisible
            | Metric::MessagesNotVisible
            | Metric::MessagesSent
            | Metric::MessagesReceived
            | Metric::OldestMessage => "AWS/SQS",
        }
    }

    /// CloudWatch's unit (CPU units are `None` there).
    pub const fn unit(self) -> &'static str {
        match self {
            Metric::CpuUtilization
            | Metric::MemoryUtilization
            | Metric::CapacityProviderReservation
            | Metric::CpuReservation
            | Metric::MemoryReservation
            | Metric::GpuReservation => "Percent",
            Metric::CpuUtilized | Metric::CpuReserved => "None",
            Metric::FlowBytes | Metric::IncomingBytes => "Bytes",
            Metric::EphemeralStorageReserved | Metric::EbsFilesystemSize => "Gigabytes",
            Metric::Instance(metric) => metric.unit(),
            Metric::Enhanced(metric) => metric.unit(),
            Metric::MemoryUtilized | Metric::MemoryReserved => "Megabytes",
            Metric::TargetResponseTime | Metric::OldestMessage => "Seconds",
            Metric::RequestCapacity => "Count/Second",
            Metric::DesiredTaskCount
            | Metric::RunningTaskCount
            | Metric::PendingTaskCount
            | Metric::DeploymentCount
            | Metric::TaskSetCount
            | Metric::FailedRequests
            | Metric::TimedOutRequests
            | Metric::BalancerErrors
            | Metric::RequestCount
            | Metric::RequestCountPerTarget
            | Metric::HealthyHostCount
            | Metric::UnHealthyHostCount
            | Metric::Target5xx
            | Metric::Elb5xx
            | Metric::Elb502
            | Metric::Elb503
            | Metric::Elb504
            | Metric::NewFlowCount
            | Metric::ActiveFlowCount
            | Metric::TcpElbResetCount
            | Metric::MessagesVisible
            | Metric::MessagesNotVisible
            | Metric::MessagesSent
            | Metric::MessagesReceived
            | Metric::TaskCount
            | Metric::ServiceCount
            | Metric::RestartCount
            | Metric::ContainerInstanceCount => "Count",
            // Auto Scaling publishes its metrics without a unit.
            Metric::GroupDesiredCapacity
            | Metric::GroupInServiceInstances
            | Metric::GroupPendingInstances
            | Metric::GroupTerminatingInstances
            | Metric::GroupTotalInstances => "None",
        }
    }
}

impl InstanceMetric {
    /// All of them, in the order of `metrics.csv`.
    pub const ALL: [InstanceMetric; 9] = [
        InstanceMetric::CpuLimit,
        InstanceMetric::CpuReserved,
        InstanceMetric::CpuUsed,
        InstanceMetric::CpuUtilization,
        InstanceMetric::MemoryLimit,
        InstanceMetric::MemoryReserved,
        InstanceMetric::MemoryUsed,
        InstanceMetric::MemoryUtilization,
        InstanceMetric::RunningTasks,
    ];

    const fn name(self) -> &'static str {
        match self {
            InstanceMetric::CpuLimit => "instance_cpu_limit",
            InstanceMetric::CpuReserved => "instance_cpu_reserved_capacity",
            InstanceMetric::CpuUsed => "instance_cpu_usage_total",
            InstanceMetric::CpuUtilization => "instance_cpu_utilization",
            InstanceMetric::MemoryLimit => "instance_memory_limit",
            InstanceMetric::MemoryReserved => "instance_memory_reserved_capacity",
            InstanceMetric::MemoryUsed => "instance_memory_working_set",
            InstanceMetric::MemoryUtilization => "instance_memory_utilization",
            InstanceMetric::RunningTasks => "instance_number_of_running_tasks",
        }
    }

    const fn unit(self) -> &'static str {
        match self {
            InstanceMetric::CpuLimit | InstanceMetric::CpuUsed => "None",
            InstanceMetric::MemoryLimit | InstanceMetric::MemoryUsed => "Bytes",
            InstanceMetric::CpuReserved
            | InstanceMetric::CpuUtilization
            | InstanceMetric::MemoryReserved
            | InstanceMetric::MemoryUtilization => "Percent",
            InstanceMetric::RunningTasks => "Count",
        }
    }
}

impl EnhancedMetric {
    /// Of tasks, in the order of `metrics.csv`.
    pub const OF_TASKS: [EnhancedMetric; 2] = [
        EnhancedMetric::TaskCpuUtilization,
        EnhancedMetric::TaskMemoryUtilization,
    ];
    /// Of containers by their names; of all of them together [`Self::ContainerCpuUtilization`] too.
    pub const OF_CONTAINERS: [EnhancedMetric; 5] = [
        EnhancedMetric::ContainerCpuUtilized,
        EnhancedMetric::ContainerCpuReserved,
        EnhancedMetric::ContainerMemoryUtilized,
        EnhancedMetric::ContainerMemoryReserved,
        EnhancedMetric::ContainerMemoryUtilization,
    ];

    const fn name(self) -> &'static str {
        match self {
            EnhancedMetric::TaskCpuUtilization => "TaskCpuUtilization",
            EnhancedMetric::TaskMemoryUtilization => "TaskMemoryUtilization",
            EnhancedMetric::ContainerCpuUtilized => "ContainerCpuUtilized",
            EnhancedMetric::ContainerCpuReserved => "ContainerCpuReserved",
            EnhancedMetric::ContainerCpuUtilization => "ContainerCpuUtilization",
            EnhancedMetric::ContainerMemoryUtilized => "ContainerMemoryUtilized",
            EnhancedMetric::ContainerMemoryReserved => "ContainerMemoryReserved",
            EnhancedMetric::ContainerMemoryUtilization => "ContainerMemoryUtilization",
        }
    }

    const fn unit(self) -> &'static str {
        match self {
            EnhancedMetric::ContainerCpuUtilized | EnhancedMetric::ContainerCpuReserved => "None",
            EnhancedMetric::ContainerMemoryUtilized | EnhancedMetric::ContainerMemoryReserved => {
                "Megabytes"
            }
            EnhancedMetric::TaskCpuUtilization
            | EnhancedMetric::TaskMemoryUtilization
            | EnhancedMetric::ContainerCpuUtilization
            | EnhancedMetric::ContainerMemoryUtilization => "Percent",
        }
    }
}
