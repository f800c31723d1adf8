//! What all tasks of the cluster use of what they reserve, and of what its instances have.

use std::io;

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

/// A period's means: CPU units and MiB.
#[derive(Clone, Copy, Default)]
pub(super) struct Used {
    /// What all tasks use.
    used: [f64; 2],
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
        let services = (0..self.services.len()).map(ServiceId::from_index);
        self.used_by(plan, services, self.jobs.iter())
    }

    /// What the tasks of some services and programs use, by period.
    pub(super) fn used_by<'a>(
        &self,
        plan: &Plan,
        services: impl Iterator<Item = ServiceId>,
        jobs: impl Iterator<Item = &'a JobsRunning>,
    ) -> Vec<Used> {
        let mut periods = vec![Used::default(); self.cluster_tasks.len()];
        for service in services {
            let is_hosted = plan.is_hosted(&plan.service(service).strategy);
            for run in &self.services[service.index()].loads {
                let [used, reserved] = means(&run.sample, self.period.as_secs_f64());
                let stretch = run.first as usize..(run.first + run.count) as usize;
                for period in periods.iter_mut().take(stretch.end).skip(stretch.start) {
                    period.add(used, reserved, is_hosted);
                }
            }
        }
        for jobs in jobs {
            for (period, tasks) in periods.iter_mut().zip(&jobs.tasks) {
                let all = [jobs.cpu_units * tasks, jobs.memory_mib * tasks];
                period.add(all, all, jobs.is_hosted);
            }
        }
        periods
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

impl Used {
    fn add(&mut self, used: [f64; 2], reserved: [f64; 2], is_hosted: bool) {
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
    (metric, dimensions): (Metric, String),
    values: impl Iterator<Item = Option<f64>>,
) -> io::Result<()> {
    sink.series(&Labels {
        namespace: metric.namespace(),
        metric,
        dimensions,
    })?;
    for (index, value) in values.enumerate() {
        let Some(value) = value else { continue };
        sink.run(&MetricRun {
            first: index as u32,
            count: 1,
            statistics: Statistics {
                average: Some(value),
                ..Statistics::default()
            },
        })?;
    }
    Ok(())
}
