//! What CloudWatch calls the metrics: names, namespaces, units.

use super::{InstanceMetric, Metric};

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
            Metric::Instance(metric) => metric.name(),
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
            | Metric::Instance(_) => "ECS/ContainerInsights",
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
            Metric::EphemeralStorageReserved => "Gigabytes",
            Metric::Instance(metric) => metric.unit(),
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
