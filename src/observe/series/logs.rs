//! `IncomingBytes` of log groups: what tasks write to CloudWatch Logs, which is paid by the byte
//! (CloudWatch Logs user guide, "CloudWatch-Logs-Monitoring-CloudWatch-Metrics", 2026-11).

use std::collections::BTreeMap;
use std::io;

use super::MetricStore;
use super::metric::Metric;
use super::rows::SeriesSink;
use super::used::tell_sums;
use crate::ids::{ServiceId, TaskDefinitionId};
use crate::scenario::plan::Plan;

/// The log groups that anything is written to.
fn groups(plan: &Plan) -> BTreeMap<&str, Vec<TaskDefinitionId>> {
    let mut groups: BTreeMap<&str, Vec<TaskDefinitionId>> = BTreeMap::new();
    let of_services = plan.services.iter().map(|it| it.task_definition);
    let of_jobs = plan.job_sources.iter().map(|it| it.task_definition);
    for id in of_services.chain(of_jobs) {
        let definition = plan.task_definition(id);
        let work = &definition.work;
        if 0.0 < work.log_bytes_per_request + work.log_bytes_per_second {
            groups.entry(&definition.log_group).or_default().push(id);
        }
    }
    groups
}

/// How many series there are of it.
pub(super) fn series_count(plan: &Plan) -> usize {
    groups(plan).len()
}

impl MetricStore {
    /// Tells these series; a period in which nothing is written has no row.
    pub(super) fn tell_logs(&self, plan: &Plan, sink: &mut impl SeriesSink) -> io::Result<()> {
        for (name, definitions) in groups(plan) {
            let of = (Metric::IncomingBytes, format!("LogGroupName={name}"));
            let bytes = self.logged(plan, &definitions).into_iter();
            tell_sums(sink, of, bytes.map(|it| (0.0 < it).then_some(it)))?;
        }
        Ok(())
    }

    /// Bytes by period that tasks of these definitions write. A service's are those of the revision
    /// that it began with (ASSUMPTION, as the series are kept by service).
    fn logged(&self, plan: &Plan, definitions: &[TaskDefinitionId]) -> Vec<f64> {
        let mut bytes = vec![0.0; self.cluster_tasks.len()];
        // The last period may be over with the run.
        let left = |at: usize| {
            let from = at as u64 * self.period.as_micros();
            let left = plan.run.duration.as_micros().saturating_sub(from);
            left.min(self.period.as_micros()) as f64 / 1e6
        };
        let mut add_running = |id: TaskDefinitionId, tasks: &[f64]| {
            let each = plan.task_definition(id).work.log_bytes_per_second;
            for (at, (sum, tasks)) in bytes.iter_mut().zip(tasks).enumerate() {
                *sum += each * tasks * left(at);
            }
        };
        for jobs in &self.jobs {
            if definitions.contains(&jobs.definition) {
                add_running(jobs.definition, &jobs.tasks);
            }
        }
        let all = plan.services.iter().enumerate();
        let its = all.filter(|(_, service)| definitions.contains(&service.task_definition));
        let its: Vec<(usize, TaskDefinitionId)> =
            its.map(|(index, it)| (index, it.task_definition)).collect();
        for (index, id) in &its {
            add_running(*id, &self.running(ServiceId::from_index(*index)));
        }
        for (index, id) in its {
            let each = plan.task_definition(id).work.log_bytes_per_request;
            for run in &self.services[index].loads {
                let answered = (run.sample.requests - f64::from(run.sample.elb_5xx)).max(0.0);
                let stretch = bytes.iter_mut().skip(run.first as usize);
                stretch
                    .take(run.count as usize)
                    .for_each(|sum| *sum += each * answered);
            }
        }
        bytes
    }
}

#[cfg(test)]
mod tests {
    use crate::observe::series::tests::{rows, store};

    #[test]
    fn what_is_logged_is_told_of_its_group() {
        let (plan, told) = store(60);
        // 10 bytes a second of each RUNNING task and 400 a request answered: 600 + 600 × 400 in
        // the first minute, one and a half tasks in the second, two tasks and 4 answers in the
        // third.
        let rows = rows(&plan, &told, "IncomingBytes");
        let head = "AWS/Logs,IncomingBytes,LogGroupName=/ecs/api,Bytes,";
        let sums: Vec<&str> = rows
            .iter()
            .map(|row| row.split_once(head).unwrap().1)
            .collect();
        assert_eq!(sums, [",240600,,,,,,,", ",900,,,,,,,", ",2800,,,,,,,"]);
    }

    #[test]
    fn who_logs_nothing_has_no_log_group() {
        let (mut plan, told) = store(60);
        for definition in &mut plan.task_definitions {
            definition.work.log_bytes_per_request = 0.0;
            definition.work.log_bytes_per_second = 0.0;
        }
        assert!(rows(&plan, &told, "IncomingBytes").is_empty());
    }
}
