//! Metrics of Container Insights, which are paid by the month each.
//!
//! ASSUMPTION: all that the user guide lists are sent and billed (CloudWatch user guide,
//! Container-Insights-metrics-ECS, 2026-11). Which of them `metrics.csv` has, docs/results.md says.

use crate::engine::SimTime;
use crate::ids::ServiceId;
use crate::observe::series::family_count;
use crate::observe::usage::{Meter, Owner as UsageOwner, UsageKey, UsageTable};
use crate::scenario::plan::{ContainerInsights, Plan};

/// Of a cluster, beside those of [`OF_FAMILY`].
pub(in crate::observe) const OF_CLUSTER: [&str; 3] =
    ["ContainerInstanceCount", "ServiceCount", "TaskCount"];
/// Of a service, beside those of [`OF_FAMILY`].
pub(in crate::observe) const OF_SERVICE: [&str; 5] = [
    "DesiredTaskCount",
    "RunningTaskCount",
    "PendingTaskCount",
    "DeploymentCount",
    "TaskSetCount",
];
/// Of a task family.
pub(in crate::observe) const OF_FAMILY: [&str; 10] = [
    "CpuUtilized",
    "CpuReserved",
    "MemoryUtilized",
    "MemoryReserved",
    "NetworkRxBytes",
    "NetworkTxBytes",
    "StorageReadBytes",
    "StorageWriteBytes",
    "EphemeralStorageReserved",
    "EphemeralStorageUtilized",
];

const PER_FAMILY: u64 = OF_FAMILY.len() as u64;
const PER_CLUSTER: u64 = OF_CLUSTER.len() as u64 + PER_FAMILY;
const PER_SERVICE: u64 = OF_SERVICE.len() as u64 + PER_FAMILY;
/// Metrics that enhanced observability adds for each RUNNING task. ASSUMPTION: those of a family.
pub(super) const PER_TASK: u64 = PER_FAMILY;
/// Metrics that enhanced observability adds for each container of a RUNNING task. ASSUMPTION:
/// those of a family without the ephemeral storage.
pub(super) const PER_CONTAINER: u64 = PER_FAMILY - 2;

/// Container Insights' metrics of the cluster, its families and services, for the whole run. With
/// enhanced observability they go by its own rate (ASSUMPTION: all of them).
pub(super) fn add_insights(usage: &mut UsageTable, plan: &Plan, ended_at: SimTime) {
    let meter = match plan.cluster.container_insights {
        ContainerInsights::Enhanced => Meter::ContainerInsightsEnhanced,
        ContainerInsights::Enabled | ContainerInsights::Disabled => {
            Meter::ContainerInsightsStandard
        }
    };
    let of_cluster = PER_CLUSTER + family_count(plan) as u64 * PER_FAMILY;
    let cluster = UsageKey::billed(meter, UsageOwner::Cluster, None);
    usage.add_span(cluster, SimTime::ZERO, ended_at, of_cluster);
    for index in 0..plan.services.len() {
        let owner = UsageOwner::Service(ServiceId::from_index(index));
        let key = UsageKey::billed(meter, owner, None);
        usage.add_span(key, SimTime::ZERO, ended_at, PER_SERVICE);
    }
}
