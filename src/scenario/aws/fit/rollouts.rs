//! Rollouts that find no place for a task beside those that run, and may stop none first.

use crate::policy::placement::Candidate;
use crate::policy::strategy::Strategy;
use crate::scenario::plan::{ProviderKind, QuotaPlan, ServicePlan, TaskDefinitionPlan};
use crate::scenario::reader::Field;
use crate::units::CpuUnits;

use super::super::rollout_bounds::starts_first;
use super::{Fit, Hosted, Possible, need};

impl Fit<'_> {
    /// Warns of a service whose deployments can never start a task: its instances take no more of
    /// them than it has, or its vCPU quota does not. What other tasks need beside is left out.
    pub(in crate::scenario) fn check_rollout(
        &self,
        place: &Field<'_>,
        (service, quotas): (&ServicePlan, &QuotaPlan),
        of: &Hosted<'_>,
    ) {
        if !starts_first(service) {
            return;
        }
        let definition = self.task_definitions.get(of.task_definition);
        let desired = service.desired_count;
        let said = self
            .too_few_places(definition, of, desired)
            .or_else(|| self.too_few_vcpus(definition, of, (desired, quotas)));
        if let Some((what, help)) = said {
            let message = format!(
                "as it stands, a deployment of {} can start no task: {what}, and \
                 minimumHealthyPercent {} lets none of its {desired} stop first",
                service.name, service.minimum_healthy_percent
            );
            let help = format!("{help}, or less minimumHealthyPercent");
            let pending = place.warning("stuck-deployments", message);
            pending.help(help).report();
        }
    }

    /// What is said where the instances that a strategy's groups may have take no more tasks than
    /// are wanted.
    fn too_few_places(
        &self,
        definition: &TaskDefinitionPlan,
        of: &Hosted<'_>,
        desired: u32,
    ) -> Option<(String, String)> {
        let (mut instances, mut places) = (0, 0);
        for kind in self.used(of.strategy) {
            // ECS launches Managed Instances for what waits.
            if !kind.is_hosted() || matches!(kind, ProviderKind::ManagedInstances(_)) {
                return None;
            }
            for group in self.groups_of(kind) {
                let rooms = self.rooms(&[group], definition, of);
                let each = most_on_one(&rooms, definition, of);
                instances += u64::from(group.max_size);
                places += u64::from(group.max_size) * u64::from(each);
            }
        }
        // Where there are none, that was said.
        if places == 0 || u64::from(desired) < places {
            return None;
        }
        let ports = definition.hosting.ports.len();
        let (each, help) = match (ports, of.placement.distinct_instance) {
            (0, false) => ("", "raise MaxSize"),
            (0, true) => (" (distinctInstance: one each)", "raise MaxSize"),
            _ => (
                " (its host port is there once on each)",
                "write hostPort: 0, raise MaxSize",
            ),
        };
        let there = match instances {
            1 => "the one instance that there may be takes".to_owned(),
            _ => format!("the {instances} instances that there may be take"),
        };
        let tasks = match places {
            1 => "one task".to_owned(),
            _ => format!("{places} tasks"),
        };
        let what = format!("{there} {tasks} of {}{each}", definition.name());
        Some((what, help.to_owned()))
    }

    /// The providers that tasks go to: not those of weight 0 without a base.
    fn used(&self, strategy: &Strategy) -> impl Iterator<Item = ProviderKind> {
        let items = strategy.items().iter();
        let items = items.filter(|item| 0 < item.weight || 0 < item.base);
        items.map(|item| self.providers.kind(item.provider))
    }

    /// What is said where a vCPU quota of Fargate has no room for one more task.
    fn too_few_vcpus(
        &self,
        definition: &TaskDefinitionPlan,
        of: &Hosted<'_>,
        (desired, quotas): (u32, &QuotaPlan),
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
        let room = u64::from(quota) * u64::from(CpuUnits::PER_VCPU);
        let asked = (u64::from(desired) + 1) * u64::from(definition.cpu.0);
        let what = format!(
            "{desired} tasks of {} vCPU leave no room for another within {quota} vCPUs ({name})",
            f64::from(definition.cpu.0) / f64::from(CpuUnits::PER_VCPU)
        );
        (room < asked).then(|| (what, "raise the quota".to_owned()))
    }
}

/// How many of a service's tasks an empty instance takes at the most, of what a group may launch.
fn most_on_one(
    rooms: &[(Candidate, Possible<'_>)],
    definition: &TaskDefinitionPlan,
    of: &Hosted<'_>,
) -> u32 {
    let need = need(definition);
    let is_alone = of.placement.distinct_instance || !definition.hosting.ports.is_empty();
    let suitable = rooms
        .iter()
        .map(|(it, _)| it)
        .filter(|it| it.is_suitable && it.is_reached && it.meets_lasting);
    let each = suitable.map(|candidate| need.times_in(&candidate.free));
    let most = each.max().unwrap_or(0);
    if is_alone { most.min(1) } else { most }
}
