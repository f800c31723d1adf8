//! The size of tasks over their time: what of it is billed, what bought nothing, and what is
//! reserved by containers beside the code.

use super::{Meters, task_key, useful_from};
use crate::engine::SimTime;
use crate::observe::meters::DefinitionFacts;
use crate::observe::usage::{Meter, UsageClass, billed_seconds, weighted, whole_seconds};
use crate::scenario::plan::ProviderKind;
use crate::world::task::{Owner, TaskRecord};

/// Some of a task's time, for all meters of its size.
#[derive(Clone, Copy, Debug)]
pub(super) struct Stay {
    pub(super) class: UsageClass,
    pub(super) from: SimTime,
    pub(super) seconds: u64,
}

impl Meters {
    pub(super) fn fargate_task(
        &mut self,
        at: SimTime,
        record: &TaskRecord,
        facts: DefinitionFacts,
    ) {
        let times = &record.times;
        let end = times.stopped.unwrap_or(at).min(at);
        let Some(pulled) = times.pull_started.filter(|pulled| *pulled <= end) else {
            return;
        };
        // A task that outlives the run has not had its minimum yet.
        let has_stopped = times.stopped.is_some_and(|stopped| stopped <= at);
        let seconds = if has_stopped {
            billed_seconds(pulled, end, facts.platform)
        } else {
            whole_seconds(pulled, end)
        };
        let whole = Stay {
            class: UsageClass::Billed,
            from: pulled,
            seconds,
        };
        self.add_size(record, whole);
        self.add_beside(record, whole);
        let over = facts.ephemeral_gib_over;
        let key = task_key(Meter::FargateEphemeral, record);
        self.usage.add_seconds(key, pulled, seconds, over);
        let start_up = whole_seconds(pulled, useful_from(record, end));
        self.add_size(
            record,
            Stay {
                class: UsageClass::StartUp,
                seconds: start_up,
                ..whole
            },
        );
        self.add_interrupted(
            record,
            Stay {
                class: UsageClass::Interrupted,
                ..whole
            },
        );
    }

    /// What an interruption made worthless: a job's lost work, or the whole stay of a service's
    /// task that never answered a request.
    pub(super) fn add_interrupted(&mut self, record: &TaskRecord, whole: Stay) {
        if !record.stop.is_some_and(|stop| stop.is_by_spot) {
            return;
        }
        let never_served = record.times.in_service.is_none();
        match record.owner {
            Owner::Service(_) if never_served => self.add_size(record, whole),
            Owner::Service(_) => {}
            Owner::Job(_) => {
                let Some(stopping) = record.times.stopping else {
                    return;
                };
                let lost = record.lost_work;
                let micros = stopping.as_micros().saturating_sub(lost.as_micros());
                let from = SimTime::from_micros(micros);
                let seconds = whole_seconds(from, stopping);
                self.add_size(
                    record,
                    Stay {
                        from,
                        seconds,
                        ..whole
                    },
                );
            }
        }
    }

    /// The row of `sizes` of a task.
    pub(super) fn place_of(&self, record: &TaskRecord) -> usize {
        let owner = match record.owner {
            Owner::Service(service) => service.index(),
            Owner::Job(source) => self.service_public.len() + source.index(),
        };
        owner * self.providers.len() + record.provider.index()
    }

    fn add_size(&mut self, record: &TaskRecord, stay: Stay) {
        let size = [u64::from(record.cpu.0), u64::from(record.memory.0)];
        self.add_part(record, stay, size);
    }

    /// What containers beside the code reserve of a task.
    pub(super) fn add_beside(&mut self, record: &TaskRecord, whole: Stay) {
        let of_call = match record.owner {
            Owner::Service(_) => None,
            Owner::Job(source) => self.job_beside[source.index()],
        };
        let facts = &self.definitions[record.definition.index()];
        let size = of_call.unwrap_or(facts.beside);
        if size != [0, 0] {
            let class = UsageClass::Sidecars;
            self.add_part(record, Stay { class, ..whole }, size);
        }
    }

    /// CPU units and MiB of a task for some of its time.
    fn add_part(&mut self, record: &TaskRecord, stay: Stay, [cpu, memory]: [u64; 2]) {
        let platform = self.definitions[record.definition.index()].platform;
        let (cpu_meter, memory_meter) = match self.providers[record.provider.index()] {
            ProviderKind::Fargate => (Meter::FargateVcpu(platform), Meter::FargateMemory(platform)),
            ProviderKind::FargateSpot => (
                Meter::FargateSpotVcpu(platform),
                Meter::FargateSpotMemory(platform),
            ),
            ProviderKind::AutoScalingGroup(_)
            | ProviderKind::ManagedInstances(_)
            | ProviderKind::Ec2
            | ProviderKind::External => {
                if let Some(kind) = record.instance.and_then(|id| self.instances.kind(id)) {
                    let meter = Meter::InstanceReserved(kind);
                    let key = self.placed_key(meter, record).as_waste(stay.class);
                    let rate = weighted(cpu, memory);
                    self.usage.add_seconds(key, stay.from, stay.seconds, rate);
                }
                return;
            }
        };
        let place = self.place_of(record);
        let places = &mut self.sizes[place][stay.class as usize];
        let rates = [(cpu_meter, cpu), (memory_meter, memory)];
        for ((meter, rate), known) in rates.into_iter().zip(places) {
            let key = task_key(meter, record).as_waste(stay.class);
            let stay = (stay.from, stay.seconds);
            self.usage.add_seconds_known(key, stay, rate, known);
        }
    }
}
