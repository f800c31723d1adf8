//! A run on its way: what was played of it, and how it goes on. Several futures may share a past:
//! it is played once, and each goes on from a copy of it.

use super::Simulation;
use super::audit::audit;
use super::event::Event;
use super::outcome::{Patience, RunEnd, RunLimits, RunOutcome};
use super::timeline::Fork;
use crate::engine::SimTime;
use crate::engine::queue::Queue;
use crate::engine::run::EventHash;
use crate::scenario::plan::Plan;

/// A run on its way.
#[derive(Clone)]
pub struct Course<'p> {
    simulation: Simulation<'p>,
    queue: Queue<Event>,
    hash: EventHash,
    events: u64,
    pending_max: usize,
    /// When the warm-up is over, until it is.
    measures_at: Option<SimTime>,
    /// The limit that ended it.
    end: Option<RunEnd>,
}

impl<'p> Course<'p> {
    /// A run at its start.
    pub(super) fn begin(mut simulation: Simulation<'p>, limits: &RunLimits) -> Self {
        simulation.patience = Patience::of(limits, simulation.plan.services.len());
        let warm_up = simulation.plan.run.warm_up;
        let measures_at = (!warm_up.is_zero()).then(|| SimTime::ZERO + warm_up);
        let mut queue = Queue::new();
        simulation.begin(&mut queue);
        // What stands from the start may be too much already.
        let end = limits.reached_by(simulation.world.tasks.len());
        Course {
            simulation,
            queue,
            hash: EventHash::new(),
            events: 0,
            pending_max: 0,
            measures_at,
            end,
        }
    }

    /// The past of futures that part at `at`: all that `plan` does before, nothing of what its
    /// timeline says for then and later.
    pub fn past(plan: &'p Plan, replication: u64, at: SimTime, limits: &RunLimits) -> Self {
        let mut simulation = Simulation::new(plan, replication);
        simulation.fork = Some(Fork { at, next: None });
        let mut course = Course::begin(simulation, limits);
        course.play_until(at.min(plan.horizon()), limits);
        course
    }

    /// How this past goes on by `plan`, which may differ from the past's own in the timeline from
    /// where they part, and in nothing else: it ends as if it had been played so from its start.
    pub fn future(&self, plan: &'p Plan, limits: &RunLimits) -> RunOutcome {
        let mut course = self.clone();
        course.simulation.plan = plan;
        course.simulation.go_on_with_timeline(&mut course.queue);
        course.play_until(plan.horizon(), limits);
        course.finish()
    }

    /// What came out so far, as if the run ended at `at`, up to which it was played.
    pub fn so_far(&self, at: SimTime) -> RunOutcome {
        self.clone().finish_at(at)
    }

    /// The hash of the events so far: pasts with the same one went the same way.
    pub fn event_hash(&self) -> u64 {
        self.hash.value()
    }

    /// Plays what falls due before `until`, or up to a limit.
    pub(super) fn play_until(&mut self, until: SimTime, limits: &RunLimits) {
        if let Some(at) = self.measures_at.filter(|at| *at <= until) {
            self.play_on(at, limits);
            if self.end.is_none() {
                self.simulation.begin_measuring(at);
                self.measures_at = None;
            }
        }
        self.play_on(until, limits);
    }

    fn play_on(&mut self, until: SimTime, limits: &RunLimits) {
        let Course {
            simulation,
            queue,
            hash,
            ..
        } = self;
        while self.end.is_none() && simulation.step(queue, until, hash) {
            self.events += 1;
            let pending = queue.len() + simulation.soon.len();
            self.pending_max = self.pending_max.max(pending);
            if simulation.is_audited && simulation.soon.is_empty() {
                let (world, plan) = (&simulation.world, simulation.plan);
                crate::world::audit::audit(world, plan, simulation.now);
                audit(world, plan, queue);
            }
            let limit = limits.reached(self.events, simulation.now, simulation.world.tasks.len());
            self.end = limit.or_else(|| simulation.patience.end());
        }
    }

    /// Ends the run where it is, at its horizon if no limit came before.
    pub(super) fn finish(self) -> RunOutcome {
        let horizon = self.simulation.plan.horizon();
        self.finish_at(horizon)
    }

    fn finish_at(self, horizon: SimTime) -> RunOutcome {
        let mut simulation = self.simulation;
        let plan = simulation.plan;
        let end = self.end.unwrap_or(RunEnd::Horizon);
        let stopped_at = match end {
            RunEnd::Horizon => horizon,
            _ => simulation.now,
        };
        simulation.end(stopped_at);
        RunOutcome {
            observed: simulation.observer.finish(plan, stopped_at),
            vcpus_max: simulation
                .world
                .accounts
                .iter()
                .map(|a| a.cpu_units_max)
                .collect(),
            event_hash: self.hash.value(),
            events: self.events,
            request_events: simulation.patience.played(),
            pending_max: self.pending_max,
            stopped_at,
            end,
        }
    }
}
