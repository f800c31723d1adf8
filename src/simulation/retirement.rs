//! AWS retires the platform revision under Fargate's tasks: a notice, a wait, and then those tasks
//! of before the notice that are still there are replaced or stopped.
//!
//! Source: ECS developer guide, "task retirement" (2026-11): after the account's wait the tasks of
//! services are replaced within `minimumHealthyPercent` and `maximumPercent`, new ones first;
//! tasks of no service are stopped. ASSUMPTION: notices come at random, and concern every task of
//! then at once; AWS spreads a retirement over hours. Event windows are not simulated.

use crate::engine::queue::Queue;
use crate::engine::random::{NameHash, Purpose};
use crate::engine::{SimDuration, SimTime};
use crate::ids::{ServiceId, TaskId};
use crate::observe::inputs::DecisionInputs;
use crate::policy::life_cycle::StopCause;
use crate::policy::retirement::{acts_at, concerns};
use crate::simulation::Simulation;
use crate::simulation::event::Event;
use crate::simulation::task_end::Ending;
use crate::world::task::{Owner, Task, TaskState};

/// Draws of when a notice is given.
const RETIREMENT: Purpose = Purpose::new("platform retirement");
/// Whose draws they are.
const FARGATE: NameHash = NameHash::of("FARGATE");

impl Simulation<'_> {
    /// Schedules the first notice.
    pub(super) fn begin_retirement(&mut self, queue: &mut Queue<Event>) {
        let Some(plan) = self.plan.retirement else {
            return;
        };
        let notice = self.world.retirements;
        self.world.retirements += 1;
        let uniform = self.streams.stream(RETIREMENT, FARGATE, notice).uniform();
        let after = -plan.every.as_secs_f64() * libm::log(uniform);
        let at = self.now.saturating_add(SimDuration::from_secs_f64(after));
        if at < self.plan.horizon() {
            queue.schedule_at(at, Event::PlatformNotice);
        }
    }

    /// A revision is to retire: tasks that are launched from now on are on the next one.
    pub(super) fn on_platform_notice(&mut self, queue: &mut Queue<Event>) {
        let Some(plan) = self.plan.retirement else {
            return;
        };
        let at = acts_at(self.now, plan.wait);
        if at < self.plan.horizon() {
            let noticed = self.now;
            queue.schedule_at(at, Event::PlatformRetired { noticed });
        }
        self.begin_retirement(queue);
    }

    /// The wait is over.
    pub(super) fn on_platform_retired(&mut self, noticed: SimTime, queue: &mut Queue<Event>) {
        let plan = self.plan;
        self.note(&DecisionInputs::Retired { noticed });
        let is_old = |(id, task): (TaskId, &Task)| {
            let on_fargate = !plan.provider(task.record.provider).kind.is_hosted();
            let is_live = task.state() != TaskState::Stopping;
            (on_fargate && is_live && concerns(task.record.times.created, noticed)).then_some(id)
        };
        let old: Vec<TaskId> = self.world.tasks.iter().filter_map(is_old).collect();
        let mut services: Vec<ServiceId> = Vec::new();
        for id in old {
            // One that ends may take others with it.
            let Some(task) = self.world.tasks.get(id) else {
                continue;
            };
            match (task.record.owner, task.state()) {
                (_, TaskState::Stopping) => {}
                (Owner::Service(service), TaskState::Running | TaskState::Serving) => {
                    self.mark_draining(id, service);
                    services.push(service);
                }
                (Owner::Service(_), TaskState::Launching) | (Owner::Job(_), _) => {
                    self.stop_task(id, Ending::of(StopCause::Maintenance), queue);
                }
            }
        }
        services.sort_unstable();
        services.dedup();
        for service in services {
            self.reconcile(service, queue);
        }
    }
}
