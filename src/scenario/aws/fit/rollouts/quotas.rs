//! Rollouts that find no room within a vCPU quota of Fargate.

use super::super::Fit;
use super::Redeployed;
use crate::scenario::plan::{ProviderKind, QuotaPlan};
use crate::units::CpuUnits;

impl Fit<'_> {
    /// What is said where a vCPU quota of Fargate has no room for one more task, or for all where
    /// traffic is shifted.
    pub(super) fn too_few_vcpus(
        &self,
        of: &Redeployed<'_>,
        quotas: &QuotaPlan,
    ) -> Option<(String, String)> {
        let mut kinds = self.used(of.strategy);
        let first = kinds.next()?;
        if kinds.any(|kind| kind != first) {
            return None;
        }
        let (quota, name) = match first {
            ProviderKind::Fargate => (quotas.fargate_vcpus, "fargateOnDemandVcpus"),
            ProviderKind::FargateSpot => (quotas.fargate_spot_vcpus, "fargateSpotVcpus"),
            _ => return None,
        };
        let quota = quota?;
        let desired = of.desired;
        let room = u64::from(quota) * u64::from(CpuUnits::PER_VCPU);
        let [old, new] = of.revisions.map(|id| self.task_definitions.get(id).cpu);
        let more = if of.is_shifted { u64::from(desired) } else { 1 };
        let asked = u64::from(desired) * u64::from(old.0) + more * u64::from(new.0);
        let vcpus = |cpu: CpuUnits| f64::from(cpu.0) / f64::from(CpuUnits::PER_VCPU);
        let another = match (of.is_shifted, old == new) {
            (true, true) => "as many again".to_owned(),
            (true, false) => format!("as many of {}", vcpus(new)),
            (false, true) => "another".to_owned(),
            (false, false) => format!("one of {}", vcpus(new)),
        };
        let what = format!(
            "{desired} tasks of {} vCPU leave no room for {another} within {quota} vCPUs ({name})",
            vcpus(old)
        );
        (room < asked).then(|| (what, "raise the quota".to_owned()))
    }
}
