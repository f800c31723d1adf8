//! Whether the tasks of a service may run where it wants them.

use crate::ids::TaskDefinitionId;
use crate::policy::strategy::Strategy;
use crate::scenario::context::Context;
use crate::scenario::plan::{PlacementPlan, ServicePlan, TaskDefinitionPlan, TaskSubnetPlan};
use crate::scenario::reader::Field;
use crate::units::CpuUnits;

use super::fit::{Fit, Hosted};
use super::networking::Placement;
use super::placement::Placer;
use super::service::Around;
use super::zone_rebalancing::Bound;

/// What a service's tasks are, and where they may go.
pub(super) struct Runs<'r> {
    pub(super) task_definition: TaskDefinitionId,
    pub(super) strategy: &'r Strategy,
    pub(super) placement: &'r PlacementPlan,
    pub(super) network: &'r Placement,
    pub(super) placer: Placer,
    pub(super) is_daemon: bool,
    pub(super) maximum_percent: u32,
    pub(super) desired_count: Option<u32>,
}

impl Around<'_, '_> {
    /// Looks at where a service's tasks may go: whether its zones may be evened out, with the field
    /// that says so.
    pub(super) fn check_runs(
        &self,
        cx: &Context<'_>,
        place: &Field<'_>,
        (runs, balances): (&Runs<'_>, Option<&Option<Field<'_>>>),
    ) -> bool {
        let hosted = Hosted {
            task_definition: runs.task_definition,
            strategy: runs.strategy,
            placement: runs.placement,
            zones: &runs.network.zones,
        };
        self.fit().check(cx, place, &hosted);
        let bound = Bound {
            placement: runs.placement,
            rules: runs.placer.rules(runs.placement),
            definition: self.task_definitions.get(runs.task_definition),
            maximum_percent: runs.maximum_percent,
        };
        let is_on = balances.is_some_and(|it| bound.may_rebalance(it.as_ref()));
        if matches!(runs.placer, Placer::Service | Placer::Ecs) {
            let own = (runs.placement, bound.definition);
            check_hosted(place, runs.is_daemon, own);
        }
        let most = (&bound, runs.placer, runs.desired_count);
        self.warn(place, &runs.network.subnets, most);
        is_on
    }

    /// Looks again at where the tasks of services may go, now that all were read: DAEMON services
    /// come first on each instance.
    pub(super) fn check_again(&self, services: &[ServicePlan], places: &[Field<'_>]) {
        let fit = Fit {
            services: Some(services),
            ..self.fit()
        };
        for (service, place) in services.iter().zip(places).filter(|it| !it.0.is_daemon) {
            let hosted = Hosted {
                task_definition: service.task_definition,
                strategy: &service.strategy,
                placement: &service.placement,
                zones: &service.zones,
            };
            fit.check_again(place, &hosted);
        }
    }

    /// Warns of subnets that tasks of a service will not start in.
    fn warn(
        &self,
        place: &Field<'_>,
        subnets: &[TaskSubnetPlan],
        (bound, placer, desired): (&Bound<'_>, Placer, Option<u32>),
    ) {
        let desired = u64::from(desired.unwrap_or(0));
        let most = desired * u64::from(bound.maximum_percent) / 100;
        let placed = (bound.definition, placer == Placer::Fargate, most);
        self.network.warn(place, subnets, placed);
    }
}

/// What tasks on instances may not have yet.
fn check_hosted(
    field: &Field<'_>,
    is_daemon: bool,
    (placement, definition): (&PlacementPlan, &TaskDefinitionPlan),
) {
    if is_daemon {
        check_daemon(field, placement, definition);
    }
    check_cpu(field, definition);
}

/// A DAEMON service's tasks stop where their constraints no longer hold: with what changes with
/// every task that would have to be asked all the time.
fn check_daemon(field: &Field<'_>, placement: &PlacementPlan, definition: &TaskDefinitionPlan) {
    if !placement.live_constraints.is_empty() || !definition.hosting.live_constraints.is_empty() {
        let message = "constraints of a DAEMON service about an instance's tasks, agent, id or age \
                       are not simulated yet";
        let help = "attributes of instances are: attribute:ecs.instance-type =~ m6i.*";
        field.error("not-built-yet", message).help(help).report();
    }
}

/// Requests need CPU, and what a task without any of its own gets is a matter of its neighbours.
fn check_cpu(field: &Field<'_>, definition: &TaskDefinitionPlan) {
    if definition.cpu == CpuUnits(0) {
        let message = format!(
            "tasks of {} reserve no CPU, and what they then get of an instance is not simulated \
             yet",
            definition.name()
        );
        let help = "give a container cpu";
        field.error("not-built-yet", message).help(help).report();
    }
}
