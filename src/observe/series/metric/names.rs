//! What CloudWatch calls the metrics: names, namespaces, units.

use super::Metric;

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
            Metric::ContainerInstanceCount => "ContainerInstanceCount",
        }
    }

    /// CloudWatch's namespace.
    pub const fn namespace(self) -> &'static str {
        match self {
            Metric::CpuUtilization
            | Metric::MemoryUtilization
            | Metric::CpuReservation
            | Metric::MemoryReservation => "AWS/ECS",
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
            | Metric::ContainerInstanceCount => "ECS/ContainerInsights",
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
            | Metric::MemoryReservation => "Percent",
            Metric::CpuUtilized | Metric::CpuReserved => "None",
            Metric::FlowBytes => "Bytes",
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
