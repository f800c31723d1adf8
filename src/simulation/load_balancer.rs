//! What load balancers do when zones or targets fail: nodes go with their zones, and where no
//! target is healthy all are asked.

use crate::demand::load::{Leaving, Load};
use crate::demand::split_load::Side;
use crate::engine::SimTime;
use crate::engine::queue::Queue;
use crate::ids::{ServiceId, TaskId, ZoneId};
use crate::simulation::Simulation;
use crate::simulation::event::Event;
use crate::world::groups::Phase;
use crate::world::open_spec;
use crate::world::task::Owner;

impl Simulation<'_> {
    /// A zone is out, or back: so are the nodes of balancers that keep zones apart.
    pub(super) fn nodes_changed(&mut self, queue: &mut Queue<Event>) {
        for index in 0..self.world.loads.len() {
            let load = &self.world.loads[index];
            if load.as_ref().is_some_and(Load::is_zonal) {
                let service = ServiceId::from_index(index);
                self.load_is_about_to_change(Owner::Service(service));
                self.load_changed(service, queue);
            }
        }
    }

    /// Whether the load balancer of a service does not reach its tasks in a zone, so that none is
    /// ever healthy: its security groups keep it out, or it has no node there.
    ///
    /// Source: Application Load Balancer user guide, target-group-health-checks
    /// (`Target.NotInUse`), and Amazon ECS developer guide, troubleshooting service load balancers.
    pub(super) fn is_out_of_reach(&self, service: ServiceId, zone: ZoneId) -> bool {
        let plan = self.plan.service(service);
        plan.is_cut_off || !self.plan.has_node(plan, zone)
    }

    /// Brings the UNHEALTHY tasks that are asked all the same to what the load balancer does now:
    /// it fails open while no target of the group is healthy. ASSUMPTION: a target is unhealthy
    /// when ECS finds its task so, not before its grace period is over.
    ///
    /// Source: Application Load Balancer user guide, target-group-health-checks (2026-11).
    pub(super) fn fail_open(&mut self, service: ServiceId, side: Side) {
        let plan = self.plan.service(service);
        let state = &self.world.services[service.index()];
        let is_open = plan.target_group.is_some() && state.serving_on(side) == 0;
        if !is_open && state.open[side as usize].is_empty() {
            return;
        }
        let here = state
            .deployments
            .iter()
            .filter(|it| is_open && it.side == side);
        let asked: Vec<TaskId> = here
            .flat_map(|it| it.groups.all_in(Phase::Unhealthy))
            .filter(|task| {
                let zone = self.world.tasks.live(*task).record.zone;
                !self.is_out_of_reach(service, zone)
            })
            .collect();
        let before = std::mem::replace(
            &mut self.world.services[service.index()].open[side as usize],
            asked.clone(),
        );
        let mut left = before.len() as u32;
        for task in before.iter().filter(|task| !asked.contains(task)) {
            let record = &self.world.tasks.live(*task).record;
            let ended = record.times.execution_stopped.unwrap_or(SimTime::MAX);
            let place = (side, record.zone);
            if let Some(load) = &mut self.world.loads[service.index()] {
                load.leave(place, *task, Leaving::Drains(ended), left);
            }
            left -= 1;
        }
        for task in asked.iter().filter(|task| !before.contains(task)) {
            let record = &self.world.tasks.live(*task).record;
            let (place, definition) = ((side, record.zone), record.definition);
            let spec = open_spec(self.plan, plan, definition);
            let calls = self.calls_of_task(service, definition);
            if let Some(load) = &mut self.world.loads[service.index()] {
                load.join(place, *task, (&spec, &calls));
            }
        }
    }
}
