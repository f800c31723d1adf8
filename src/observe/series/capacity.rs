//! The series of the cluster's own instances; a run without Auto Scaling groups has none.

use std::io;

use super::MetricRun;
use super::metric::{Metric, Statistics};
use super::rows::{Labels, SeriesSink};
use crate::observe::levels::{Level, LevelsRun};
use crate::observe::metrics::{CLUSTER_LEVELS, GROUP_LEVELS};
use crate::scenario::plan::{GroupPlan, Plan};

/// The series of groups, and of the cluster over all of them.
#[derive(Clone, Debug, Default)]
pub struct CapacitySeries {
    /// Each group's, in the plan's order: the levels of [`Metric::OF_A_GROUP`].
    pub groups: Vec<Vec<LevelsRun<GROUP_LEVELS>>>,
    /// The cluster's: the levels of [`Metric::OF_INSTANCES`].
    pub cluster: Vec<LevelsRun<CLUSTER_LEVELS>>,
}

/// How many series a plan's groups have.
pub(super) fn series_count(plan: &Plan) -> usize {
    match plan.groups.len() {
        0 => 0,
        groups => groups * GROUP_LEVELS + Metric::OF_INSTANCES.len(),
    }
}

impl CapacitySeries {
    pub(super) fn write(&self, plan: &Plan, writer: &mut impl SeriesSink) -> io::Result<()> {
        if plan.groups.is_empty() {
            return Ok(());
        }
        for (index, (group, runs)) in plan.groups.iter().zip(&self.groups).enumerate() {
            for (at, metric) in Metric::OF_A_GROUP.into_iter().enumerate() {
                writer.series(&Labels {
                    namespace: metric.namespace(),
                    metric,
                    dimensions: dimensions(plan, index, group, metric),
                })?;
                write_level(runs, at, writer)?;
            }
        }
        for (at, metric) in Metric::OF_INSTANCES.into_iter().enumerate() {
            writer.series(&Labels {
                namespace: metric.namespace(),
                metric,
                dimensions: format!("ClusterName={}", plan.cluster.name),
            })?;
            write_level(&self.cluster, at, writer)?;
        }
        Ok(())
    }
}

fn dimensions(plan: &Plan, index: usize, group: &GroupPlan, metric: Metric) -> String {
    if metric != Metric::CapacityProviderReservation {
        return format!("AutoScalingGroupName={}", group.name);
    }
    let providers = plan.providers.iter();
    let mut its = providers.filter(|it| it.kind.group().is_some_and(|id| id.index() == index));
    let name = its.next().map_or("", |provider| &provider.name);
    let cluster = &plan.cluster.name;
    format!("CapacityProviderName={name};ClusterName={cluster}")
}

fn write_level<const N: usize>(
    runs: &[LevelsRun<N>],
    at: usize,
    writer: &mut impl SeriesSink,
) -> io::Result<()> {
    for run in runs {
        if let Some(level) = run.levels[at] {
            writer.run(&MetricRun {
                first: run.first,
                count: run.count,
                statistics: level.into(),
            })?;
        }
    }
    Ok(())
}

impl From<Level> for Statistics {
    fn from(level: Level) -> Self {
        Statistics {
            average: Some(f64::from(level.mean)),
            minimum: Some(f64::from(level.min)),
            maximum: Some(f64::from(level.max)),
            ..Statistics::default()
        }
    }
}
