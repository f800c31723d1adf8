//! What tasks of programs reserve while they run, by period: they use all of it (ASSUMPTION).

use crate::engine::{SimDuration, SimTime};
use crate::ids::TaskDefinitionId;
use crate::observe::series::JobsRunning;
use crate::observe::states::Layer;
use crate::scenario::plan::Plan;
use crate::units::{CpuUnits, MiB};
use crate::world::task::{Owner, TaskRecord};

/// The sink of it: tasks that are alike count together.
#[derive(Clone, Debug, Default)]
pub(super) struct JobsSink {
    /// Whether a provider's tasks run on container instances.
    is_hosted: Vec<bool>,
    kinds: Vec<(Kind, Layer)>,
}

#[derive(Clone, Copy, PartialEq, Eq, Debug)]
struct Kind {
    definition: TaskDefinitionId,
    cpu: CpuUnits,
    memory: MiB,
    is_hosted: bool,
}

impl JobsSink {
    pub(super) fn new(plan: &Plan) -> Self {
        let providers = plan.providers.iter();
        JobsSink {
            is_hosted: providers.map(|it| it.kind.is_hosted()).collect(),
            kinds: Vec::new(),
        }
    }

    /// A task is over.
    pub(super) fn task_gone(&mut self, at: SimTime, record: &TaskRecord, period: SimDuration) {
        if !matches!(record.owner, Owner::Job(_)) {
            return;
        }
        let kind = Kind {
            definition: record.definition,
            cpu: record.cpu,
            memory: record.memory,
            is_hosted: self.is_hosted[record.provider.index()],
        };
        let known = self.kinds.iter().position(|(it, _)| *it == kind);
        let index = known.unwrap_or_else(|| {
            self.kinds.push((kind, Layer::default()));
            self.kinds.len() - 1
        });
        let (from, to) = record.times.running(at);
        let layer = &mut self.kinds[index].1;
        layer.add(from.as_micros(), to.as_micros(), period.as_micros());
    }

    pub(super) fn finish(self, period_us: u64, ended_us: u64) -> Vec<JobsRunning> {
        let of = |(kind, layer): (Kind, Layer)| JobsRunning {
            definition: kind.definition,
            cpu_units: f64::from(kind.cpu.0),
            memory_mib: f64::from(kind.memory.0),
            is_hosted: kind.is_hosted,
            tasks: layer.means(period_us, ended_us).collect(),
        };
        self.kinds.into_iter().map(of).collect()
    }
}
