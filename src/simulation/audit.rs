//! The audit of the queue: every timer that is needed pends once, and none that is live belongs to
//! something that has moved on. Run with `world::audit` after every event in test builds.

mod capacity;

use crate::engine::SimTime;
use crate::engine::queue::Queue;
use crate::ids::{TaskId, ZoneId};
use crate::scenario::plan::Plan;
use crate::simulation::audit::capacity::CapacityTimers;
use crate::simulation::event::{Event, TaskStep};
use crate::world::World;
use crate::world::service::Baking;
use crate::world::spot_market::SpotEvent;
use crate::world::task::{HostingState, Owner, Task, TaskState};

/// Live timers, by whose they are.
struct Timers {
    tasks: Vec<TaskId>,
    service_wakes: Vec<Option<SimTime>>,
    load_wakes: Vec<Option<SimTime>>,
    bakes: Vec<Option<SimTime>>,
    stages: Vec<Option<SimTime>>,
    demands: Vec<Option<SimTime>>,
    job_wakes: Vec<Option<SimTime>>,
    arrivals: Vec<Option<SimTime>>,
    pools: Vec<Option<SimTime>>,
    shocks: Vec<Option<SimTime>>,
    timeline: Option<SimTime>,
    /// By group of services that call one another.
    meetings: Vec<Option<SimTime>>,
    capacity: CapacityTimers,
}

/// Checks what pends in `queue` against the world.
///
/// # Panics
/// If a timer is missing, pends twice, or is live for a step that its task can't take: a defect of
/// ours.
pub(super) fn audit(world: &World, plan: &Plan, queue: &Queue<Event>) {
    let mut timers = Timers::new(world);
    for (at, event) in queue.pending() {
        assert!(queue.now() <= at, "nothing pends for the past");
        timers.add(world, plan, (at, event));
    }
    timers.capacity.audit(world);
    let horizon = plan.horizon();
    let mut needed: Vec<TaskId> = world
        .tasks
        .iter()
        .filter(|(_, task)| next_step(task).is_some())
        .map(|(id, _)| id)
        .collect();
    needed.sort_unstable();
    timers.tasks.sort_unstable();
    assert_eq!(timers.tasks, needed, "each task's next step pends once");
    let due = |at: SimTime| (at < horizon).then_some(at);
    for (service, wake) in world.services.iter().zip(&timers.service_wakes) {
        assert_eq!(*wake, due(service.wake_at), "a service's wake-up");
    }
    for (service, bake) in world.services.iter().zip(&timers.bakes) {
        let until = match service.baking {
            Baking::Until(until) => due(until),
            Baking::NotYet | Baking::Done => None,
        };
        assert_eq!(*bake, until, "the end of a deployment's baking");
    }
    for (service, stage) in world.services.iter().zip(&timers.stages) {
        let until = service.shift.and_then(|shift| due(shift.until));
        assert_eq!(*stage, until, "the end of a deployment's stage");
    }
    for (source, wake) in world.jobs.iter().zip(&timers.job_wakes) {
        assert_eq!(*wake, due(source.wake_at), "a program's wake-up");
    }
}

impl Timers {
    fn new(world: &World) -> Self {
        let services = vec![None; world.services.len()];
        let programs = vec![None; world.jobs.len()];
        let pools = world.spot.as_ref().map_or(0, |market| market.pool_count());
        let sources = world
            .spot
            .as_ref()
            .map_or(0, |market| market.source_count());
        Timers {
            tasks: Vec::new(),
            service_wakes: services.clone(),
            load_wakes: services.clone(),
            bakes: services.clone(),
            stages: services.clone(),
            demands: services,
            job_wakes: programs.clone(),
            arrivals: programs,
            pools: vec![None; pools],
            shocks: vec![None; sources],
            timeline: None,
            meetings: vec![None; world.calls.groups.len()],
            capacity: CapacityTimers::default(),
        }
    }

    fn add(&mut self, world: &World, plan: &Plan, (at, event): (SimTime, Event)) {
        match event {
            Event::TaskStep { task, tick, step } => self.add_step(world, task, (tick, step)),
            // Of a task that is gone or on its way out it is dropped: its id is never used again.
            Event::TaskFate { .. } => {}
            Event::ServiceWake { service, tick } => {
                if world.services[service.index()].wake_tick == tick {
                    once(&mut self.service_wakes[service.index()], at, event);
                }
            }
            Event::LoadWake { service, tick } => {
                if world.services[service.index()].load_tick == tick {
                    once(&mut self.load_wakes[service.index()], at, event);
                }
            }
            Event::DemandChange { service } | Event::DemandSet { service, .. } => {
                once(&mut self.demands[service.index()], at, event);
            }
            Event::JobArrival { source } => once(&mut self.arrivals[source.index()], at, event),
            Event::JobWake { source, tick } => {
                if world.jobs[source.index()].wake_tick == tick {
                    once(&mut self.job_wakes[source.index()], at, event);
                }
            }
            Event::Spot(of_market) => self.add_spot(world, (at, of_market)),
            // A zone that fails again is back twice.
            Event::ZoneBack { .. } => {}
            // Several notices may be out at a time.
            Event::PlatformNotice | Event::PlatformRetired { .. } => {}
            Event::InstanceStep { .. }
            | Event::InstanceFate { .. }
            | Event::GroupRetry { .. }
            | Event::PlaceWaiting { .. }
            | Event::CapacityMinute { .. }
            | Event::Repack { .. }
            | Event::InstanceSpot(_) => self.capacity.add(world, (at, event)),
            Event::Baked { service, tick } => {
                if world.services[service.index()].bake_tick == tick {
                    once(&mut self.bakes[service.index()], at, event);
                }
            }
            // One an hour of each target: at one hour, two would be the same; and several tasks may
            // come or go within a TTL.
            Event::ForeseeHour { .. } | Event::HourBegins { .. } | Event::AddressesSeen { .. } => {}
            // Whether it is still meant, its time says.
            Event::ShiftUnsteady { .. } => {}
            Event::ShiftStage { service, tick } => {
                let state = &world.services[service.index()];
                if state.shift.is_some() && state.shift_tick == tick {
                    once(&mut self.stages[service.index()], at, event);
                }
            }
            Event::CallsMeet { group, tick } => {
                if world.calls.groups[group as usize].tick == tick {
                    once(&mut self.meetings[group as usize], at, event);
                }
            }
            Event::Timeline { entry } => {
                let meant = plan.timeline[entry as usize].at;
                assert_eq!(meant, at, "an entry of the timeline keeps its time");
                once(&mut self.timeline, at, event);
            }
        }
    }

    fn add_spot(&mut self, world: &World, (at, of_market): (SimTime, SpotEvent)) {
        let event = Event::Spot(of_market);
        match of_market {
            SpotEvent::Pool { pool, tick } => {
                let market = world.spot.as_ref().expect("its events need a market");
                if market.is_live(pool, tick) {
                    once(&mut self.pools[pool.index()], at, event);
                }
            }
            SpotEvent::Shock { source } => once(&mut self.shocks[source as usize], at, event),
        }
    }

    fn add_step(&mut self, world: &World, id: TaskId, (tick, step): (u32, TaskStep)) {
        let task = world.tasks.get(id).filter(|task| task.tick() == tick);
        let Some(task) = task else { return };
        let is_next = match next_step(task) {
            // How its start ends was drawn when it began.
            Some(TaskStep::Started) => {
                matches!(step, TaskStep::Started | TaskStep::FailedToStart)
            }
            next => next == Some(step),
        };
        assert!(is_next, "{step:?} is no step of a {:?} task", task.state());
        self.tasks.push(id);
    }
}

fn once(timer: &mut Option<SimTime>, at: SimTime, event: Event) {
    assert_eq!(*timer, None, "{event:?} pends twice");
    *timer = Some(at);
}

/// Whether it waits for an instance; those of EXTERNAL machines are in no zone for good.
fn waits_for_instance(task: &Task) -> bool {
    task.record.zone == ZoneId::NOWHERE && task.hosting == HostingState::NotPlaced
}

/// The step of its life that a task waits for; `None`: something else has to happen to it.
fn next_step(task: &Task) -> Option<TaskStep> {
    let is_over = task.lost_at.is_some() || task.failing().is_some() || task.is_restarting;
    if is_over && task.state() != TaskState::Stopping {
        return None;
    }
    match (task.state(), task.record.owner) {
        // Without an instance, or before its host has the room, nothing is due.
        (TaskState::Launching, _)
            if waits_for_instance(task) || task.hosting == HostingState::Held =>
        {
            None
        }
        (TaskState::Launching, _) => Some(TaskStep::Started),
        (TaskState::Running, Owner::Service(_)) => Some(TaskStep::InService),
        (TaskState::Serving, Owner::Service(_)) if !task.healthy => Some(TaskStep::Healthy),
        (TaskState::Stopping, _) => Some(TaskStep::Gone),
        (TaskState::Running, Owner::Job(_)) | (TaskState::Serving, _) => None,
    }
}
