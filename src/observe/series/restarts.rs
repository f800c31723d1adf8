//! `RestartCount`: how often containers were started again within their tasks.
//!
//! CloudWatch user guide, "Container-Insights-metrics-ECS" (2026-11): only of containers with a
//! restart policy. ASSUMPTION: each period counts its own.

use std::io;

use super::MetricStore;
use super::insights::{add, families, is_paid, of_family, of_service};
use super::metric::Metric;
use super::rows::SeriesSink;
use super::used::{Tasks, of_cluster, tell_sums};
use crate::ids::JobSourceId;
use crate::scenario::plan::Plan;
use crate::world::task::Owner;

/// Whether any revision of a family has a container with a restart policy.
fn has_policy(plan: &Plan, family: &str) -> bool {
    let its = plan
        .task_definitions
        .iter()
        .filter(|it| it.family == family);
    let mut containers = its.flat_map(|it| &it.containers);
    containers.any(|container| container.restart.is_some())
}

/// The families with such containers, and their tasks.
fn restarting(plan: &Plan) -> Vec<(&str, Tasks)> {
    let families = families(plan).into_iter();
    families
        .filter(|(name, _)| has_policy(plan, name))
        .collect()
}

/// How many series there are of it.
pub(super) fn series_count(plan: &Plan) -> usize {
    if !is_paid(plan) {
        return 0;
    }
    let each = restarting(plan);
    let each = each.iter().map(|(_, tasks)| 1 + tasks.services.len());
    let series: usize = each.sum();
    series + usize::from(0 < series)
}

impl MetricStore {
    /// Tells these series, in the periods in which any of the tasks runs or is started again.
    pub(super) fn tell_restarts(&self, plan: &Plan, sink: &mut impl SeriesSink) -> io::Result<()> {
        let families = restarting(plan);
        let mut all = Tasks::default();
        for (_, tasks) in &families {
            for id in &tasks.services {
                let one = Tasks {
                    services: vec![*id],
                    ..Tasks::default()
                };
                self.tell_restarts_of(plan, &one, of_service(plan, *id), sink)?;
            }
            all.services.extend(&tasks.services);
            all.definitions.extend(&tasks.definitions);
        }
        for (name, tasks) in &families {
            self.tell_restarts_of(plan, tasks, of_family(plan, name), sink)?;
        }
        match families.is_empty() {
            true => Ok(()),
            false => self.tell_restarts_of(plan, &all, of_cluster(plan), sink),
        }
    }

    fn tell_restarts_of(
        &self,
        plan: &Plan,
        tasks: &Tasks,
        dimensions: String,
        sink: &mut impl SeriesSink,
    ) -> io::Result<()> {
        let running = self.running_of(tasks).into_iter();
        let both = running.zip(self.restarts_of(plan, tasks));
        let told = both.map(|(running, restarts)| {
            let is_told = 0.0 < running || 0.0 < restarts;
            is_told.then_some(restarts)
        });
        tell_sums(sink, (Metric::RestartCount, dimensions), told)
    }

    /// RUNNING tasks, mean of each period.
    fn running_of(&self, tasks: &Tasks) -> Vec<f64> {
        let mut sums = vec![0.0; self.cluster_tasks.len()];
        for id in &tasks.services {
            add(&mut sums, self.running(*id));
        }
        for jobs in self.programs(tasks) {
            add(&mut sums, jobs.tasks.iter().copied());
        }
        sums
    }

    /// Restarts, by period.
    fn restarts_of(&self, plan: &Plan, tasks: &Tasks) -> Vec<f64> {
        let mut sums = vec![0.0; self.cluster_tasks.len()];
        let sources = plan.job_sources.iter().enumerate();
        let its = sources.filter(|(_, it)| tasks.definitions.contains(&it.task_definition));
        let programs = its.map(|(index, _)| Owner::Job(JobSourceId::from_index(index)));
        let services = tasks.services.iter().map(|id| Owner::Service(*id));
        for owner in services.chain(programs) {
            for ((_, period), count) in self.restarts.range((owner, 0)..=(owner, u32::MAX)) {
                if let Some(sum) = sums.get_mut(*period as usize) {
                    *sum += f64::from(*count);
                }
            }
        }
        sums
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::engine::{SimDuration, SimTime};
    use crate::observe::fixture::API;
    use crate::observe::metrics::MetricSink;
    use crate::observe::observation::Observation;
    use crate::observe::series::tests::{insights, rows, values};
    use crate::policy::restart::RestartPolicy;
    use crate::scenario::plan::ContainerInsights;

    #[test]
    fn restarts_are_told_of_those_who_have_a_policy() {
        let mut of = insights(ContainerInsights::Enabled);
        of.1.restarts = [((Owner::Service(API), 0), 2), ((Owner::Service(API), 2), 1)].into();
        of.1.restarts.insert((Owner::Job(JobSourceId(0)), 2), 3);
        assert!(rows(&of.0, &of.1, "RestartCount").is_empty());
        assert_eq!(series_count(&of.0), 0);
        let container = &mut of.0.task_definitions[0].containers[0];
        container.restart = Some(RestartPolicy::new(SimDuration::from_secs(60), []));
        // None in the second minute, in which the tasks run all the same.
        let its = ["Count,,2,,,,,,,", "Count,,0,,,,,,,", "Count,,1,,,,,,,"];
        assert_eq!(
            values(&of, "RestartCount", "ClusterName=shop;ServiceName=api"),
            its
        );
        // With the program's of the same family.
        let all = ["Count,,2,,,,,,,", "Count,,0,,,,,,,", "Count,,4,,,,,,,"];
        for dimensions in [
            "ClusterName=shop",
            "ClusterName=shop;TaskDefinitionFamily=api",
        ] {
            assert_eq!(values(&of, "RestartCount", dimensions), all);
        }
        assert_eq!(series_count(&of.0), 3);
        of.0.cluster.container_insights = ContainerInsights::Disabled;
        assert!(rows(&of.0, &of.1, "RestartCount").is_empty());
    }

    #[test]
    fn each_period_counts_its_own() {
        let plan = crate::observe::fixture::plan();
        let mut sink = MetricSink::new(&plan, SimDuration::from_secs(60));
        for at in [59, 60, 119] {
            let owner = Owner::Service(API);
            let what = Observation::ContainerRestarted { owner };
            sink.observe(SimTime::from_secs(at), &what);
        }
        let store = sink.finish(SimTime::from_secs(180));
        let counted: Vec<_> = store.restarts.into_iter().collect();
        let owner = Owner::Service(API);
        assert_eq!(counted, [((owner, 0), 1), ((owner, 1), 2)]);
    }
}
