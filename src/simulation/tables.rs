//! The load model's tables, built before a run's clock starts: they depend on what a request costs
//! and not on how long the run is, so their time is told apart from the run's.

use crate::demand::tables::SharedCurves;
use crate::ids::ServiceId;
use crate::scenario::plan::{Plan, ServicePlan, ServiceUpdate};
use crate::world::load_spec;

/// Curves that are built in advance at most, a service; those of more tasks are when asked for.
const TASKS_MAX: u32 = 256;

/// Builds the tables that runs of `plan` are going to ask for; those that are there cost nothing.
pub fn prepare(plan: &Plan) {
    for (index, service) in plan.services.iter().enumerate() {
        let id = ServiceId::from_index(index);
        let tasks = tasks_max(plan, id, service);
        if service.demand.is_none() {
            continue;
        }
        for definition in plan.revisions_of(id) {
            let spec = load_spec(plan, service, definition);
            SharedCurves::prepare(spec.routing, spec.shape, 1..=tasks);
        }
    }
}

/// What the service may want; twice that where it is deployed, as old and new tasks then serve side
/// by side.
fn tasks_max(plan: &Plan, id: ServiceId, service: &ServicePlan) -> u32 {
    let scalable = plan.scalable_targets.iter();
    let bounds = scalable.filter(|it| it.service == id).flat_map(|it| {
        let scheduled = it.scheduled.iter().filter_map(|action| action.update.max);
        scheduled.chain([it.max])
    });
    let wanted = plan
        .updates_of(id)
        .filter_map(|update| update.desired_count);
    let most = bounds.chain(wanted).fold(service.desired_count, u32::max);
    let is_deploying =
        |update: &ServiceUpdate| update.force_new_deployment || update.task_definition.is_some();
    let sides = if service.has_task_sets() || plan.updates_of(id).any(is_deploying) {
        2
    } else {
        1
    };
    most.saturating_mul(sides).min(TASKS_MAX)
}
