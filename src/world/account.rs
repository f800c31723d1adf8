//! What the account allows on Fargate: launch buckets and concurrent vCPUs.

use crate::policy::launch_rate::{TokenBucket, vcpu_quota};
use crate::units::CpuUnits;

/// The account's side of one Fargate provider.
#[derive(Clone, Debug)]
pub struct ProviderAccount {
    /// Launches, per account and Region.
    pub bucket: TokenBucket,
    /// CPU units of tasks that are not STOPPED.
    pub cpu_units: u64,
    /// The most of them at any time: the quota that the run would need.
    pub cpu_units_max: u64,
    /// The quota of concurrent vCPUs; `None`: raised beyond need.
    pub quota_vcpus: Option<u32>,
    /// Whether a launch was refused for it and waits.
    pub is_waited_for: bool,
}

impl ProviderAccount {
    /// Whether a task of this size fits under the quota.
    pub fn fits(&self, cpu: CpuUnits) -> bool {
        vcpu_quota(self.quota_vcpus, self.cpu_units, cpu).is_allowed
    }

    /// Takes a task's vCPUs.
    pub fn take(&mut self, cpu: CpuUnits) {
        self.cpu_units += u64::from(cpu.0);
        self.cpu_units_max = self.cpu_units_max.max(self.cpu_units);
    }

    /// Looks for the most from now on.
    pub fn restart(&mut self) {
        self.cpu_units_max = self.cpu_units;
    }

    /// Gives a task's vCPUs back.
    pub fn give_back(&mut self, cpu: CpuUnits) {
        self.cpu_units -= u64::from(cpu.0);
    }
}
