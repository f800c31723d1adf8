//! What all tasks of the cluster use of what they reserve, and of what its instances have.

use std::collections::BTreeSet;
use std::io;
use std::ops::Range;

use super::metric::{Metric, Statistics};
use super::rows::{Labels, SeriesSink};
use super::{LoadSample, MetricRun, MetricStore};
use crate::ids::{ServiceId, TaskDefinitionId};
use crate::observe::metrics::{CLUSTER_LEVELS, REGISTERED};
use crate::scenario::plan::Plan;
use crate::units::CpuUnits;

/// Tasks of programs that are alike, and RUNNING: what each reserves, and how many there were.
#[derive(Clone, PartialEq, Debug)]
pub struct JobsRunning {
    /// Their task definition.
    pub definition: TaskDefinitionId,
    /// CPU units of one.
    pub cpu_units: f64,
    /// MiB of one.
    pub memory_mib: f64,
    /// Whether they ran on container instances.
    pub is_hosted: bool,
    /// How many, mean of each period.
    pub tasks: Vec<f64>,
}

/// Tasks that are told together: of services, and of programs by their task definitions.
#[derive(Default)]
pub(super) struct Tasks {
    pub(super) services: Vec<ServiceId>,
    pub(super) definitions: BTreeSet<TaskDefinitionId>,
}

/// Periods in a row in which alike tasks used the same: CPU units and MiB.
pub(super) struct Stretch {
    pub(super) periods: Range<usize>,
    /// ASSUMPTION: a service's is the one that it began with.
    pub(super) definition: TaskDefinitionId,
    /// How many tasks were RUNNING.
    pub(super) running: f64,
    pub(super) used: [f64; 2],
    pub(super) reserved: [f64; 2],
    pub(super) is_hosted: bool,
    /// Whether what they use beyond being idle is by their requests.
    pub(super) is_asked: bool,
}

/// A period's means: CPU units and MiB.
#[derive(Clone, Copy, Default)]
pub(super) struct Used {
    /// What all tasks use.
    pub(super) used: [f64; 2],
    /// What they reserve.
    pub(super) reserved: [f64; 2],
    /// What those on container instances use.
    pub(super) on_instances: [f64; 2],
}

/// How many series there are of it.
pub(super) fn series_count(plan: &Plan) -> usize {
    Metric::OF_ALL_TASKS.len()
        + usize::from(!plan.groups.is_empty()) * Metric::OF_HOSTED_TASKS.len()
}

impl MetricStore {
    /// Tells these series: Container Insights' of the cluster, and AWS/ECS' where there are
    /// instances (those two count only tasks on them: developer guide, "Amazon ECS CloudWatch
    /// metrics").
    pub(super) fn tell_used(&self, plan: &Plan, sink: &mut impl SeriesSink) -> io::Result<()> {
        let periods = self.used(plan);
        for (at, metric) in Metric::OF_ALL_TASKS.into_iter().enumerate() {
            let values = periods.iter().map(|it| Some(it.of_all(at)));
            tell(sink, (metric, of_cluster(plan)), values)?;
        }
        if plan.groups.is_empty() {
            return Ok(());
        }
        let levels = self.cluster_levels();
        for (at, metric) in Metric::OF_HOSTED_TASKS.into_iter().enumerate() {
            let percents = periods.iter().zip(&levels).map(|(it, levels)| {
                let registered = levels[REGISTERED[at]];
                (0.0 < registered).then(|| 100.0 * it.on_instances[at] / registered)
            });
            tell(sink, (metric, of_cluster(plan)), percents)?;
        }
        Ok(())
    }

    /// What all tasks of the cluster use.
    pub(super) fn used(&self, plan: &Plan) -> Vec<Used> {
        self.used_by(plan, &Tasks::of_all(plan))
    }

    /// What some tasks use, by period.
    pub(super) fn used_by(&self, plan: &Plan, tasks: &Tasks) -> Vec<Used> {
        let mut periods = vec![Used::default(); self.cluster_tasks.len()];
        self.each_stretch(plan, tasks, |stretch| {
            for period in &mut periods[stretch.periods.clone()] {
                period.add(stretch.used, stretch.reserved, stretch.is_hosted);
            }
        });
        periods
    }

    /// Tells what some tasks use, service after service and then the programs.
    pub(super) fn each_stretch(&self, plan: &Plan, tasks: &Tasks, mut each: impl FnMut(&Stretch)) {
        let count = self.cluster_tasks.len();
        for id in &tasks.services {
            let service = plan.service(*id);
            let definition = plan.task_definition(service.task_definition);
            let is_hosted = plan.is_hosted(&service.strategy);
            let is_asked = !plan.serves_beside(*id);
            for run in &self.services[id.index()].loads {
                let [used, reserved] = means(&run.sample, self.period.as_secs_f64());
                let (first, end) = (run.first as usize, (run.first + run.count) as usize);
                each(&Stretch {
                    periods: first.min(count)..end.min(count),
                    definition: service.task_definition,
                    running: reserved[1] / f64::from(definition.memory.0.max(1)),
                    used,
                    reserved,
                    is_hosted,
                    is_asked,
                });
            }
        }
        for jobs in self.programs(tasks) {
            for (at, running) in jobs.tasks.iter().enumerate().take(count) {
                let all = [jobs.cpu_units * running, jobs.memory_mib * running];
                each(&Stretch {
                    periods: at..at + 1,
                    definition: jobs.definition,
                    running: *running,
                    used: all,
                    reserved: all,
                    is_hosted: jobs.is_hosted,
                    is_asked: false,
                });
            }
        }
    }

    /// The programs among some tasks.
    pub(super) fn programs(&self, tasks: &Tasks) -> impl Iterator<Item = &JobsRunning> {
        let jobs = self.jobs.iter();
        jobs.filter(|jobs| tasks.definitions.contains(&jobs.definition))
    }

    /// The means of the levels of the cluster's instances, by period.
    pub(super) fn cluster_levels(&self) -> Vec<[f64; CLUSTER_LEVELS]> {
        let mut levels = vec![[0.0; CLUSTER_LEVELS]; self.cluster_tasks.len()];
        for run in &self.capacity.cluster {
            let means = run
                .levels
                .map(|level| level.map_or(0.0, |it| f64::from(it.mean)));
            let stretch = levels.iter_mut().skip(run.first as usize);
            stretch.take(run.count as usize).for_each(|it| *it = means);
        }
        levels
    }
}

impl Tasks {
    /// Those of the whole cluster.
    pub(super) fn of_all(plan: &Plan) -> Self {
        let sources = plan.job_sources.iter();
        Tasks {
            services: (0..plan.services.len())
                .map(ServiceId::from_index)
                .collect(),
            definitions: sources.map(|source| source.task_definition).collect(),
        }
    }
}

impl Used {
    pub(super) fn add(&mut self, used: [f64; 2], reserved: [f64; 2], is_hosted: bool) {
        for at in 0..2 {
            self.used[at] += used[at];
            self.reserved[at] += reserved[at];
            if is_hosted {
                self.on_instances[at] += used[at];
            }
        }
    }

    /// In the order of [`Metric::OF_ALL_TASKS`].
    pub(super) fn of_all(&self, at: usize) -> f64 {
        let [cpu, memory] = self.used;
        let [cpu_reserved, memory_reserved] = self.reserved;
        [cpu, cpu_reserved, memory, memory_reserved][at]
    }

    /// What is used of what is reserved, of the CPU or the memory; `None`: nothing is reserved.
    pub(super) fn percent(&self, at: usize) -> Option<f64> {
        (0.0 < self.reserved[at]).then(|| 100.0 * self.used[at] / self.reserved[at])
    }
}

/// A service's means over a period that lasts so many seconds: used and reserved, CPU units and
/// MiB.
fn means(sample: &LoadSample, seconds: f64) -> [[f64; 2]; 2] {
    let units = f64::from(CpuUnits::PER_VCPU);
    [
        [
            f64::from(sample.cpu_used) * units / seconds,
            f64::from(sample.memory_used) / seconds,
        ],
        [
            f64::from(sample.cpu_reserved) * units / seconds,
            f64::from(sample.memory_reserved) / seconds,
        ],
    ]
}

/// The dimensions of what is told of the whole cluster.
pub(super) fn of_cluster(plan: &Plan) -> String {
    format!("ClusterName={}", plan.cluster.name)
}

/// Tells a series of means with these dimensions; a period without a value has no row.
pub(super) fn tell(
    sink: &mut impl SeriesSink,
    of: (Metric, String),
    values: impl Iterator<Item = Option<f64>>,
) -> io::Result<()> {
    let mean = |value| Statistics {
        average: Some(value),
        ..Statistics::default()
    };
    tell_statistics(sink, of, values.map(|value| value.map(mean)))
}

/// Tells a series of sums with these dimensions; a period without a value has no row.
pub(super) fn tell_sums(
    sink: &mut impl SeriesSink,
    of: (Metric, String),
    values: impl Iterator<Item = Option<f64>>,
) -> io::Result<()> {
    let sum = |value| Statistics {
        sum: Some(value),
        ..Statistics::default()
    };
    tell_statistics(sink, of, values.map(|value| value.map(sum)))
}

fn tell_statistics(
    sink: &mut impl SeriesSink,
    (metric, dimensions): (Metric, String),
    values: impl Iterator<Item = Option<Statistics>>,
) -> io::Result<()> {
    sink.series(&Labels {
        namespace: metric.namespace(),
        metric,
        dimensions,
    })?;
    for (index, statistics) in values.enumerate() {
        let Some(statistics) = statistics else {
            continue;
        };
        sink.run(&MetricRun {
            first: index as u32,
            count: 1,
            statistics,
        })?;
    }
    Ok(())
}
