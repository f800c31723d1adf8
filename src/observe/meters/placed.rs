//! Usage of tasks on the cluster's own instances.

use super::idle::CreditKey;
use super::sizes::Stay;
use super::{Meters, task_key, useful_from};
use crate::engine::SimTime;
use crate::observe::usage::{KnownPlace, Meter, UsageClass, UsageKey, weighted, whole_seconds};
use crate::world::task::{Owner, TaskRecord};

impl Meters {
    /// A task on an instance: it has its share of it from its placement until it is told to stop,
    /// as the scheduler counts it.
    pub(super) fn placed_task(&mut self, record: &TaskRecord, end: SimTime) {
        let kind = record.instance.and_then(|id| self.instances.kind(id));
        let placed = record.times.placed.filter(|placed| *placed <= end);
        let (Some(placed), Some(kind)) = (placed, kind) else {
            return;
        };
        let until = record.times.stopping.unwrap_or(end).min(end).max(placed);
        let weight = weighted(u64::from(record.cpu.0), u64::from(record.memory.0));
        let key = self.placed_key(Meter::InstanceReserved(kind), record);
        self.add_job_cpu(record, (key.provider, kind), until);
        let useful_from = useful_from(record, until);
        let place = self.place_of(record);
        for (class, until) in [
            (UsageClass::Billed, until),
            (UsageClass::StartUp, useful_from),
        ] {
            if until <= placed {
                continue;
            }
            let known = &mut self.sizes[place][class as usize][0];
            let key = key.as_waste(class);
            self.usage.add_exact(key, (placed, until), weight, known);
        }
        let whole = Stay {
            class: UsageClass::Interrupted,
            from: placed,
            seconds: whole_seconds(placed, until),
        };
        self.add_interrupted(record, whole);
        self.add_beside(record, whole);
    }

    /// A meter of a task on an instance, under the provider whose group the instance is of, as the
    /// instance's own meters are: a task of launch type EC2, or of a DAEMON service, names none.
    pub(super) fn placed_key(&self, meter: Meter, record: &TaskRecord) -> UsageKey {
        let provider = match record.group {
            Some(group) => self.instances.provider(group),
            None => Some(record.provider),
        };
        UsageKey {
            provider,
            ..task_key(meter, record)
        }
    }

    /// The CPU of a job's task on a burstable instance. ASSUMPTION: it uses all that it reserves
    /// from RUNNING on.
    fn add_job_cpu(&mut self, record: &TaskRecord, of: CreditKey, until: SimTime) {
        let meter = self.instances.credit_meters().get(&of).copied();
        let started = record.times.started.filter(|started| *started <= until);
        if let (Owner::Job(_), Some(meter), Some(started)) = (record.owner, meter, started) {
            let key = self.placed_key(meter, record);
            let cpu = u64::from(record.cpu.0);
            let known = &mut KnownPlace::default();
            self.usage.add_exact(key, (started, until), cpu, known);
        }
    }
}
