//! What a run says of an Auto Scaling group, or of a cluster's own machines.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use super::{CountSummary, is_zero};

/// An Auto Scaling group in numbers.
#[derive(Clone, PartialEq, Debug, Default, Serialize, Deserialize)]
pub struct GroupSummary {
    /// Its name.
    pub name: String,
    /// Its capacity provider's name.
    pub provider: Option<String>,
    /// `DesiredCapacity` over time.
    pub desired_capacity: CountSummary,
    /// Launching and ACTIVE instances on demand over time.
    pub on_demand: CountSummary,
    /// Launching and ACTIVE Spot instances over time.
    pub spot: CountSummary,
    /// Those of both without a task over time.
    pub empty: CountSummary,
    /// Instances in its warm pool over time, if it ever had any.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub warm: Option<CountSummary>,
    /// Tasks that waited for an instance of it over time.
    pub waiting_tasks: CountSummary,
    /// Hours that its instances were `running`.
    pub instance_hours: f64,
    /// Instances launched.
    pub launches: u64,
    /// Launches that no pool granted, and instances that never registered.
    pub failed_launches: u64,
    /// Instances that EC2 took back.
    pub interruptions: u64,
    /// Instances that ended, by cause.
    pub ended: BTreeMap<String, u64>,
    /// Times managed scaling raised the desired capacity.
    pub scale_outs: u64,
    /// Times managed scaling lowered it.
    pub scale_ins: u64,
    /// Instances that got a rebalance recommendation, where the group heeds them.
    #[serde(default, skip_serializing_if = "is_zero")]
    pub rebalance_recommendations: u64,
    /// Requests that AWS refused, by what was asked and why.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub refused_requests: BTreeMap<String, u64>,
    /// Of machines of one's own: what befell them.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub external: Option<ExternalSummary>,
    /// CPU that tasks reserved of what registered instances had, percent, weighted by time.
    pub cpu_reserved_percent: Option<f64>,
    /// Memory likewise.
    pub memory_reserved_percent: Option<f64>,
    /// Time in which only tasks waited that ECS never scales out for, as each exceeds the smallest
    /// of the group's types in some dimension, seconds.
    #[serde(default, skip_serializing_if = "is_no_time")]
    pub stuck_s: f64,
    /// vCPU hours that were free while tasks waited that no single instance took, though all
    /// together would have had the room.
    #[serde(default)]
    pub fragmented_vcpu_hours: f64,
    /// GiB hours likewise.
    #[serde(default)]
    pub fragmented_gib_hours: f64,
}

/// What befell machines of one's own (ECS Anywhere).
#[derive(Clone, Copy, PartialEq, Eq, Debug, Default, Serialize, Deserialize)]
pub struct ExternalSummary {
    /// Times that one failed, with the tasks on it.
    pub failures: u64,
    /// Times that the agent of one was disconnected.
    pub disconnects: u64,
}

fn is_no_time(seconds: &f64) -> bool {
    *seconds <= 0.0
}
