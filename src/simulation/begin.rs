//! The start of a run: what stands already, and the first event of every source.

use crate::engine::SimTime;
use crate::engine::queue::Queue;
use crate::ids::ServiceId;
use crate::observe::inputs::DecisionInputs;
use crate::policy::strategy::next_provider;
use crate::scenario::plan::Begin;
use crate::simulation::Simulation;
use crate::simulation::event::Event;
use crate::world::task::{Owner, TaskTimes};

impl Simulation<'_> {
    /// Sets the world up at the start of the run.
    pub(super) fn begin(&mut self, queue: &mut Queue<Event>) {
        self.begin_spot(queue);
        for service in self.service_ids() {
            if self.plan.run.begin == Begin::Steady {
                self.begin_service_up(service, queue);
            }
            self.begin_demand(service, queue);
        }
        for service in self.service_ids() {
            self.counts_changed(Owner::Service(service));
            self.reconcile(service, queue);
        }
        for source in self.source_ids() {
            self.schedule_arrival(source, queue);
        }
        self.begin_timeline(queue);
    }

    /// A service is up: its tasks run where its strategy and the spread over zones put them, as if
    /// for long.
    fn begin_service_up(&mut self, service: ServiceId, queue: &mut Queue<Event>) {
        let primary = self.world.services[service.index()].primary();
        let (deployment, strategy) = (primary.ordinal, primary.strategy.clone());
        let mut counts = vec![0; strategy.items().len()];
        let zones = &self.plan.service(service).zones;
        for _ in 0..self.world.services[service.index()].desired {
            let choice = next_provider(&strategy, &counts);
            let item = choice.item;
            let provider = strategy.items()[item].provider;
            let zone = zones[counts[item] as usize % zones.len()];
            let before = counts.clone();
            counts[item] += 1;
            let cpu = self
                .plan
                .task_definition(self.plan.service(service).task_definition)
                .cpu;
            if !self.world.accounts[provider.index()].fits(cpu) {
                // What the quota forbids waits from the start on.
                continue;
            }
            let mut record = self.new_record((service, deployment), provider, zone);
            self.note(&DecisionInputs::Pick {
                owner: Owner::Service(service),
                ordinal: record.ordinal,
                strategy: &strategy,
                counts: &before,
                reason: choice.reason,
                job: None,
            });
            record.times = TaskTimes {
                created: SimTime::ZERO,
                connectivity: Some(SimTime::ZERO),
                pull_started: Some(SimTime::ZERO),
                pull_stopped: Some(SimTime::ZERO),
                started: Some(SimTime::ZERO),
                ..TaskTimes::default()
            };
            self.admit_running(record, queue);
        }
    }
}
