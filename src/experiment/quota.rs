//! Which account quotas a run would need: many a plan fails on them and not on its price.

use serde::Serialize;

use crate::scenario::plan::{Plan, ProviderKind, ProviderPlan};
use crate::units::CpuUnits;

/// AWS's default for concurrent vCPUs of Fargate, on demand (L-3032A538) and Spot (L-36FBB829)
/// each. Source: Amazon ECS service quotas, read 2026-11.
pub const FARGATE_VCPUS_DEFAULT: u32 = 6;

/// What a run would need of one quota.
#[derive(Clone, PartialEq, Debug, Serialize)]
pub struct QuotaNeed {
    /// The capacity provider.
    pub provider: String,
    /// The quota's code at Service Quotas.
    pub quota_code: &'static str,
    /// The most vCPUs that were in use at once.
    pub vcpus_max: f64,
    /// AWS's default.
    pub aws_default_vcpus: u32,
    /// What the scenario sets; `null`: raised beyond need.
    pub scenario_vcpus: Option<u32>,
    /// Whether a new account would have to ask for more.
    pub is_above_default: bool,
}

/// The quotas of the plan's providers, given the most CPU units that each had in use at once.
pub fn quota_needs(plan: &Plan, cpu_units_max: &[u64]) -> Vec<QuotaNeed> {
    let need = |(provider, cpu_units): (&ProviderPlan, &u64)| {
        let (quota_code, scenario_vcpus) = match provider.kind {
            ProviderKind::Fargate => ("L-3032A538", plan.quotas.fargate_vcpus),
            ProviderKind::FargateSpot => ("L-36FBB829", plan.quotas.fargate_spot_vcpus),
            ProviderKind::AutoScalingGroup(_)
            | ProviderKind::ManagedInstances(_)
            | ProviderKind::Ec2
            | ProviderKind::External => {
                return None;
            }
        };
        let vcpus_max = *cpu_units as f64 / f64::from(CpuUnits::PER_VCPU);
        Some(QuotaNeed {
            provider: provider.name.clone(),
            quota_code,
            vcpus_max,
            aws_default_vcpus: FARGATE_VCPUS_DEFAULT,
            scenario_vcpus,
            is_above_default: f64::from(FARGATE_VCPUS_DEFAULT) < vcpus_max,
        })
    };
    let all = plan.providers.iter().zip(cpu_units_max);
    all.filter_map(need).collect()
}
