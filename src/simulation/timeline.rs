//! What happens at a given time: UpdateService, RunTask, and what `world_events` has.

use crate::demand::arrivals::Arrival;
use crate::engine::SimTime;
use crate::engine::queue::{Place, Queue};
use crate::scenario::plan::{ServiceUpdate, TimelineAction};
use crate::simulation::Simulation;
use crate::simulation::event::Event;

/// Where a past ends and futures begin: the timeline is not gone into from there on.
#[derive(Clone, Copy, Debug)]
pub(super) struct Fork {
    pub(super) at: SimTime,
    /// The first entry of the futures, and its place in the queue, once it is that one's turn.
    pub(super) next: Option<(u32, Place)>,
}

impl Simulation<'_> {
    /// Schedules the first entry; each entry schedules the one after it.
    pub(super) fn begin_timeline(&mut self, queue: &mut Queue<Event>) {
        self.schedule_timeline(0, queue);
    }

    fn schedule_timeline(&mut self, entry: u32, queue: &mut Queue<Event>) {
        let next = self.plan.timeline.get(entry as usize);
        if let Some(Fork { at, next: open }) = &mut self.fork
            && next.is_none_or(|next| *at <= next.at)
        {
            *open = Some((entry, queue.reserve()));
            return;
        }
        if let Some(next) = next
            && next.at < self.plan.horizon()
        {
            queue.schedule_at(next.at, Event::Timeline { entry });
        }
    }

    /// Goes on with the entries of the plan that this future has, in the place among equal times
    /// that they would have had all along.
    pub(super) fn go_on_with_timeline(&mut self, queue: &mut Queue<Event>) {
        let Some(Fork { at, next }) = self.fork.take() else {
            return;
        };
        let Some((entry, place)) = next else { return };
        let (past, future) = self.plan.timeline.split_at(entry as usize);
        debug_assert!(
            past.iter().all(|it| it.at < at) && future.iter().all(|it| at <= it.at),
            "futures share the timeline of their past"
        );
        if let Some(next) = future.first()
            && next.at < self.plan.horizon()
        {
            queue.schedule_kept(next.at, place, Event::Timeline { entry });
        }
    }

    /// Carries an entry out.
    pub(super) fn on_timeline(&mut self, entry: u32, queue: &mut Queue<Event>) {
        let plan = self.plan;
        match &plan.timeline[entry as usize].action {
            TimelineAction::UpdateService(update) => self.update_service(update, queue),
            TimelineAction::StopDeployment {
                service,
                rolls_back,
            } => self.stop_deployment(*service, *rolls_back, queue),
            TimelineAction::TaskSet(action) => self.change_task_set(action, queue),
            TimelineAction::RunTask { source, count } => {
                let arrival = Arrival {
                    at: self.now,
                    work: None,
                    cpu: None,
                    memory: None,
                };
                self.add_jobs(*source, arrival, *count, queue);
            }
            TimelineAction::SetDesiredCapacity { group, desired } => {
                self.set_desired_capacity(*group, *desired, queue);
            }
            TimelineAction::UpdateGroup { group, update } => {
                self.update_group(*group, update, queue);
            }
            TimelineAction::ScaleOnSchedule { target, action } => {
                self.scale_on_schedule((*target, *action), queue);
            }
            TimelineAction::InstanceRefresh {
                group,
                min_healthy_percent,
            } => self.start_refresh(*group, *min_healthy_percent, queue),
            TimelineAction::Outage { zone, length } => self.zone_fails(*zone, *length, queue),
            TimelineAction::Drain(drain) => self.drain_by_hand(drain, queue),
            TimelineAction::AgentDisconnect(lost) => {
                self.disconnect_agents((entry, lost), queue);
            }
            TimelineAction::Drought(drought) => self.drought(drought, queue),
        }
        self.schedule_timeline(entry + 1, queue);
    }

    /// UpdateService. The strategy alone moves nothing: it holds for tasks started from now on;
    /// with a new deployment it is of that one alone, older ones keep theirs (ASSUMPTION: API
    /// ServiceRevision has one each). Source: API reference, UpdateService (which parameters start
    /// a deployment).
    fn update_service(&mut self, update: &ServiceUpdate, queue: &mut Queue<Event>) {
        let service = update.service;
        if let Some(desired) = update.desired_count {
            self.set_desired(service, desired, queue);
        }
        let state = &mut self.world.services[service.index()];
        state.rules = state.rules.updated(&update.deployment);
        let present = state.primary().definition;
        let strategy = update.strategy.as_ref();
        let definition = update.task_definition.unwrap_or(present);
        // The revision that it has already changes nothing (API UpdateService,
        // `forceNewDeployment`).
        if update.force_new_deployment || definition != present {
            self.start_deployment(service, definition, strategy, queue);
            self.daemon_redefined(service);
        } else if let Some(strategy) = strategy {
            state.primary_mut().strategy = strategy.clone();
        }
        self.reconcile(service, queue);
        self.scaling_changed(service, queue);
    }
}
