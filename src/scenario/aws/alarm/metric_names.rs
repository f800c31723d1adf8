//! The metrics that alarms may watch, by namespace and name; those without a value are AWS's and
//! not simulated.

use crate::scenario::plan::AlarmMetric;
use crate::scenario::reader::Field;

use super::metric::known;

/// Whose metrics they are.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) enum Namespace {
    Ecs,
    Balancer,
    Network,
    Queue,
    Insights,
}

const NAMESPACES: [(&str, Option<Namespace>); 6] = [
    ("AWS/ECS", Some(Namespace::Ecs)),
    ("AWS/ApplicationELB", Some(Namespace::Balancer)),
    ("AWS/NetworkELB", Some(Namespace::Network)),
    ("AWS/SQS", Some(Namespace::Queue)),
    ("AWS/ECS/ManagedScaling", None),
    ("ECS/ContainerInsights", Some(Namespace::Insights)),
];

pub(super) const OF_ECS: [(&str, Option<AlarmMetric>); 5] = [
    ("CPUUtilization", Some(AlarmMetric::CpuUtilization)),
    ("MemoryUtilization", Some(AlarmMetric::MemoryUtilization)),
    ("CPUReservation", None),
    ("MemoryReservation", None),
    ("GPUReservation", None),
];

pub(super) const OF_BALANCER: [(&str, Option<AlarmMetric>); 15] = [
    ("RequestCount", Some(AlarmMetric::RequestCount)),
    (
        "RequestCountPerTarget",
        Some(AlarmMetric::RequestCountPerTarget),
    ),
    ("TargetResponseTime", Some(AlarmMetric::ResponseTimeMean)),
    ("HealthyHostCount", Some(AlarmMetric::HealthyHostCount)),
    ("HTTPCode_Target_5XX_Count", Some(AlarmMetric::Target5xx)),
    ("HTTPCode_ELB_5XX_Count", Some(AlarmMetric::Elb5xx)),
    ("HTTPCode_ELB_502_Count", Some(AlarmMetric::Elb502)),
    ("HTTPCode_ELB_503_Count", Some(AlarmMetric::Elb503)),
    ("HTTPCode_ELB_504_Count", Some(AlarmMetric::Elb504)),
    ("UnHealthyHostCount", Some(AlarmMetric::UnHealthyHostCount)),
    ("HTTPCode_Target_4XX_Count", None),
    ("HTTPCode_ELB_4XX_Count", None),
    ("ActiveConnectionCount", None),
    ("RejectedConnectionCount", None),
    ("ConsumedLCUs", None),
];

pub(super) const OF_NETWORK: [(&str, Option<AlarmMetric>); 7] = [
    ("HealthyHostCount", Some(AlarmMetric::NetworkHealthyHosts)),
    ("TCP_ELB_Reset_Count", Some(AlarmMetric::NetworkResets)),
    (
        "UnHealthyHostCount",
        Some(AlarmMetric::NetworkUnhealthyHosts),
    ),
    ("ActiveFlowCount", None),
    ("NewFlowCount", None),
    ("ProcessedBytes", None),
    ("ConsumedLCUs", None),
];

pub(super) const OF_QUEUE: [(&str, Option<AlarmMetric>); 9] = [
    (
        "ApproximateNumberOfMessagesVisible",
        Some(AlarmMetric::MessagesVisible),
    ),
    (
        "ApproximateNumberOfMessagesNotVisible",
        Some(AlarmMetric::MessagesNotVisible),
    ),
    ("NumberOfMessagesSent", Some(AlarmMetric::MessagesSent)),
    (
        "NumberOfMessagesReceived",
        Some(AlarmMetric::MessagesReceived),
    ),
    (
        "ApproximateAgeOfOldestMessage",
        Some(AlarmMetric::OldestMessage),
    ),
    ("ApproximateNumberOfMessagesDelayed", None),
    ("NumberOfMessagesDeleted", None),
    ("NumberOfEmptyReceives", None),
    ("SentMessageSize", None),
];

pub(super) const OF_INSIGHTS: [(&str, Option<AlarmMetric>); 15] = [
    ("RunningTaskCount", Some(AlarmMetric::RunningTaskCount)),
    ("DesiredTaskCount", Some(AlarmMetric::DesiredTaskCount)),
    ("PendingTaskCount", Some(AlarmMetric::PendingTaskCount)),
    ("DeploymentCount", Some(AlarmMetric::DeploymentCount)),
    ("TaskSetCount", Some(AlarmMetric::TaskSetCount)),
    ("CpuUtilized", Some(AlarmMetric::CpuUtilized)),
    ("MemoryUtilized", Some(AlarmMetric::MemoryUtilized)),
    ("CpuReserved", None),
    ("MemoryReserved", None),
    ("NetworkRxBytes", None),
    ("NetworkTxBytes", None),
    ("StorageReadBytes", None),
    ("StorageWriteBytes", None),
    ("EphemeralStorageReserved", None),
    ("EphemeralStorageUtilized", None),
];

/// Whether a namespace is one of AWS's.
pub(in crate::scenario) fn is_aws_namespace(namespace: &str) -> bool {
    let first = |text: &str| text.split('/').next().unwrap_or_default().to_lowercase();
    let mut awss = NAMESPACES.iter();
    awss.any(|(name, _)| first(name) == first(namespace))
}

/// Whether a namespace is one's own: what the code sends there is said in `world.customMetrics`.
pub(super) fn is_own(field: &Field<'_>) -> bool {
    let text = field.node().as_text();
    text.is_some_and(|text| !is_aws_namespace(text))
}

/// Whose metrics are meant.
pub(super) fn namespace(field: &Field<'_>) -> Option<Namespace> {
    known(field, &NAMESPACES)
}
