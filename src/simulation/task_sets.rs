//! Task sets: services whose deploymentController is EXTERNAL, deployed by whoever calls
//! CreateTaskSet and the calls beside it.

use crate::engine::queue::Queue;
use crate::ids::ServiceId;
use crate::observe::observation::{DeploymentStep, Observation, TaskSetChange};
use crate::policy::task_set::Scale;
use crate::scenario::plan::{TaskSetAction, TaskSetStep};
use crate::simulation::Simulation;
use crate::simulation::event::Event;

impl Simulation<'_> {
    /// A call about a task set. One that names a set which is gone does nothing: the timeline was
    /// looked through when it was read.
    pub(super) fn change_task_set(&mut self, action: &TaskSetAction, queue: &mut Queue<Event>) {
        let (service, ordinal) = (action.service, action.ordinal);
        let now = self.now;
        let state = &mut self.world.services[service.index()];
        if let TaskSetStep::Create(set) = &action.step {
            let of = (set.task_definition, set.strategy.clone(), set.scale);
            state.create_task_set(of, now);
        }
        let mut sets = state.deployments.iter();
        let Some(position) = sets.position(|it| it.ordinal == ordinal) else {
            return;
        };
        let Some(set) = &mut state.deployments[position].task_set else {
            return;
        };
        let change = match &action.step {
            TaskSetStep::Create(_) => TaskSetChange::Created(set.scale),
            TaskSetStep::Scale(scale) => {
                set.scale = *scale;
                TaskSetChange::Scaled(*scale)
            }
            TaskSetStep::MakePrimary => TaskSetChange::Primary,
            TaskSetStep::Delete => {
                (set.scale, set.is_deleted) = (Scale::NONE, true);
                TaskSetChange::Deleted
            }
        };
        if change == TaskSetChange::Primary {
            let primary = state.deployments.remove(position);
            state.deployments.push(primary);
        }
        self.tell_task_set((service, ordinal), change);
        self.reconcile(service, queue);
    }

    /// Tells what became of a task set.
    fn tell_task_set(&mut self, (service, ordinal): (ServiceId, u32), change: TaskSetChange) {
        let state = &self.world.services[service.index()];
        let definition = state.deployment(ordinal).definition;
        self.observe(&Observation::Deployment {
            service,
            ordinal,
            definition,
            step: DeploymentStep::TaskSet(change),
        });
    }

    /// Lets deleted task sets go that have no task left, and tells which have become steady.
    pub(super) fn settle_task_sets(&mut self, service: ServiceId) {
        let state = &mut self.world.services[service.index()];
        state.deployments.retain(|set| {
            let is_deleted = set.task_set.is_some_and(|it| it.is_deleted);
            !is_deleted || 0 < set.live()
        });
        for position in 0..self.world.services[service.index()].deployments.len() {
            let state = &mut self.world.services[service.index()];
            let is_steady = state.is_steady_set(position);
            let ordinal = state.deployments[position].ordinal;
            let Some(set) = &mut state.deployments[position].task_set else {
                continue;
            };
            let was_steady = std::mem::replace(&mut set.is_steady, is_steady);
            if is_steady && !was_steady {
                self.tell_task_set((service, ordinal), TaskSetChange::Steady);
            }
        }
    }
}
