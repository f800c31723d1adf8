//! What Container Insights tells beyond the counts of services, where it is paid for: what task
//! families use, the storage of tasks on Fargate, how many services there are, a mean instance.
//!
//! CloudWatch user guide, "Container-Insights-metrics-ECS" (2026-11). Network, disks and the
//! storage in use are not modelled.

use std::collections::BTreeMap;
use std::io;

use super::metric::{InstanceMetric, Metric};
use super::rows::SeriesSink;
use super::used::{Tasks, Used, of_cluster, tell};
use super::{MetricStore, enhanced, restarts};
use crate::ids::ServiceId;
use crate::observe::metrics::REGISTERED;
use crate::scenario::plan::{ContainerInsights, Plan, ProviderKind, ServicePlan};

/// Bytes of a MiB.
const MIB: f64 = 1_048_576.0;

/// The tasks of each family. A service's count in the one that it began with (ASSUMPTION: its
/// revisions are of one family).
pub(super) fn families(plan: &Plan) -> BTreeMap<&str, Tasks> {
    let mut families: BTreeMap<&str, Tasks> = BTreeMap::new();
    let name = |id| plan.task_definition(id).family.as_str();
    for (index, service) in plan.services.iter().enumerate() {
        let family = families.entry(name(service.task_definition)).or_default();
        family.services.push(ServiceId::from_index(index));
    }
    for source in &plan.job_sources {
        let family = families.entry(name(source.task_definition)).or_default();
        family.definitions.insert(source.task_definition);
    }
    families
}

pub(super) fn is_paid(plan: &Plan) -> bool {
    plan.cluster.container_insights != ContainerInsights::Disabled
}

/// How many series there are of it, at most.
pub(super) fn series_count(plan: &Plan) -> usize {
    if !is_paid(plan) {
        return 0;
    }
    let of_instances = usize::from(!plan.groups.is_empty()) * InstanceMetric::ALL.len();
    let of_families = families(plan).len() * Metric::OF_ALL_TASKS.len();
    let storage = plan.services.iter().filter(|it| is_on_fargate(plan, it));
    // Of the service, and of its family at most.
    let volumes = 2 * plan
        .services
        .iter()
        .filter(|it| it.volume.is_some())
        .count();
    let further = restarts::series_count(plan) + enhanced::series_count(plan);
    2 + of_instances + of_families + storage.count() + volumes + further
}

/// The dimensions of what is told of a service.
pub(super) fn of_service(plan: &Plan, id: ServiceId) -> String {
    format!("{};ServiceName={}", of_cluster(plan), plan.service(id).name)
}

/// The dimensions of what is told of a family.
pub(super) fn of_family(plan: &Plan, name: &str) -> String {
    format!("{};TaskDefinitionFamily={name}", of_cluster(plan))
}

/// Whether all tasks of a service are on Fargate, where they have a disk of their own.
fn is_on_fargate(plan: &Plan, service: &ServicePlan) -> bool {
    let kinds = service.strategy.items().iter();
    let mut kinds = kinds.map(|item| plan.provider(item.provider).kind);
    kinds.all(|kind| matches!(kind, ProviderKind::Fargate | ProviderKind::FargateSpot))
}

/// Adds to each period.
pub(super) fn add(sums: &mut [f64], more: impl IntoIterator<Item = f64>) {
    sums.iter_mut()
        .zip(more)
        .for_each(|(sum, more)| *sum += more);
}

/// Tells a series of means; a period in which there is nothing has no row.
fn tell_present(sink: &mut impl SeriesSink, of: (Metric, String), means: &[f64]) -> io::Result<()> {
    let values = means.iter().map(|it| (0.0 < *it).then_some(*it));
    tell(sink, of, values)
}

/// How many families there are.
pub(in crate::observe) fn family_count(plan: &Plan) -> usize {
    families(plan).len()
}

impl MetricStore {
    /// Tells these series, if Container Insights is switched on.
    pub(super) fn tell_insights(&self, plan: &Plan, sink: &mut impl SeriesSink) -> io::Result<()> {
        if !is_paid(plan) {
            return Ok(());
        }
        let count = Some(plan.services.len() as f64);
        let counts = self.cluster_tasks.iter().map(|_| count);
        tell(sink, (Metric::ServiceCount, of_cluster(plan)), counts)?;
        self.tell_storage(plan, sink)?;
        self.tell_volumes(plan, sink)?;
        for (name, family) in families(plan) {
            let periods = self.used_by(plan, &family);
            let dimensions = of_family(plan, name);
            for (at, metric) in Metric::OF_ALL_TASKS.into_iter().enumerate() {
                let any = |it: &Used| it.reserved.iter().any(|all| 0.0 < *all);
                let values = periods.iter().map(|it| any(it).then(|| it.of_all(at)));
                tell(sink, (metric, dimensions.clone()), values)?;
            }
        }
        self.tell_instances(plan, sink)?;
        self.tell_restarts(plan, sink)?;
        self.tell_enhanced(plan, sink)
    }

    /// The EBS volumes of RUNNING tasks, of each service that has some, and of its family
    /// (ASSUMPTION: a file system fills its volume).
    fn tell_volumes(&self, plan: &Plan, sink: &mut impl SeriesSink) -> io::Result<()> {
        let metric = Metric::EbsFilesystemSize;
        let mut of_families: BTreeMap<&str, Vec<f64>> = BTreeMap::new();
        for (index, service) in plan.services.iter().enumerate() {
            let Some(volume) = service.volume else {
                continue;
            };
            let id = ServiceId::from_index(index);
            let each = f64::from(volume.paid.gib);
            let gib: Vec<f64> = self.running(id).iter().map(|tasks| tasks * each).collect();
            let family = plan
                .task_definition(service.task_definition)
                .family
                .as_str();
            let of_family = of_families.entry(family);
            add(
                of_family.or_insert_with(|| vec![0.0; gib.len()]),
                gib.iter().copied(),
            );
            tell_present(sink, (metric, of_service(plan, id)), &gib)?;
        }
        for (name, gib) in of_families {
            tell_present(sink, (metric, of_family(plan, name)), &gib)?;
        }
        Ok(())
    }

    /// The storage that tasks on Fargate have, of each service and of all.
    fn tell_storage(&self, plan: &Plan, sink: &mut impl SeriesSink) -> io::Result<()> {
        let metric = Metric::EphemeralStorageReserved;
        let mut all = vec![0.0; self.cluster_tasks.len()];
        for (index, service) in plan.services.iter().enumerate() {
            if !is_on_fargate(plan, service) {
                continue;
            }
            let each = f64::from(plan.task_definition(service.task_definition).ephemeral_gib);
            let id = ServiceId::from_index(index);
            let gib: Vec<f64> = self.running(id).iter().map(|tasks| tasks * each).collect();
            add(&mut all, gib.iter().copied());
            tell_present(sink, (metric, of_service(plan, id)), &gib)?;
        }
        for jobs in self.jobs.iter().filter(|jobs| !jobs.is_hosted) {
            let each = f64::from(plan.task_definition(jobs.definition).ephemeral_gib);
            add(&mut all, jobs.tasks.iter().map(|tasks| tasks * each));
        }
        tell_present(sink, (metric, of_cluster(plan)), &all)
    }

    /// A mean instance: what it has is what it has registered (ASSUMPTION), and only tasks use it.
    fn tell_instances(&self, plan: &Plan, sink: &mut impl SeriesSink) -> io::Result<()> {
        if plan.groups.is_empty() {
            return Ok(());
        }
        let periods = self.used(plan);
        let levels = self.cluster_levels();
        let tasks = self.hosted_tasks(plan);
        for metric in InstanceMetric::ALL {
            let values = (0..periods.len()).map(|at| {
                let [cpu, memory] = REGISTERED.map(|place| levels[at][place]);
                let [cpu_used, memory_used] = periods[at].on_instances;
                let [cpu_reserved, memory_reserved, _, instances, ..] = levels[at];
                let value = match metric {
                    InstanceMetric::CpuLimit => cpu / instances,
                    InstanceMetric::CpuReserved => cpu_reserved,
                    InstanceMetric::CpuUsed => cpu_used / instances,
                    InstanceMetric::CpuUtilization => 100.0 * cpu_used / cpu,
                    InstanceMetric::MemoryLimit => MIB * memory / instances,
                    InstanceMetric::MemoryReserved => memory_reserved,
                    InstanceMetric::MemoryUsed => MIB * memory_used / instances,
                    InstanceMetric::MemoryUtilization => 100.0 * memory_used / memory,
                    InstanceMetric::RunningTasks => tasks[at] / instances,
                };
                (0.0 < instances && value.is_finite()).then_some(value)
            });
            tell(sink, (Metric::Instance(metric), of_cluster(plan)), values)?;
        }
        Ok(())
    }

    /// RUNNING tasks on instances, mean of each period.
    fn hosted_tasks(&self, plan: &Plan) -> Vec<f64> {
        let mut tasks = vec![0.0; self.cluster_tasks.len()];
        for (index, service) in plan.services.iter().enumerate() {
            if plan.is_hosted(&service.strategy) {
                add(&mut tasks, self.running(ServiceId::from_index(index)));
            }
        }
        for jobs in self.jobs.iter().filter(|jobs| jobs.is_hosted) {
            add(&mut tasks, jobs.tasks.iter().copied());
        }
        tasks
    }

    /// RUNNING tasks of a service, mean of each period.
    pub(super) fn running(&self, service: ServiceId) -> Vec<f64> {
        let mut running = vec![0.0; self.cluster_tasks.len()];
        for run in &self.services[service.index()].counts {
            let stretch = running.iter_mut().skip(run.first as usize);
            let mean = f64::from(run.counts.running.mean);
            stretch.take(run.count as usize).for_each(|it| *it = mean);
        }
        running
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::ids::TaskDefinitionId;
    use crate::observe::series::JobsRunning;
    use crate::observe::series::tests::{insights, rows, store, values};
    use crate::policy::volume::{PaidVolume, VolumeKind};
    use crate::scenario::plan::TaskVolumePlan;

    const FAMILY: &str = "ClusterName=shop;TaskDefinitionFamily=api";

    #[test]
    fn what_is_not_paid_for_is_not_told() {
        let off = insights(ContainerInsights::Disabled);
        for metric in ["ServiceCount", "EphemeralStorageReserved", "RestartCount"] {
            assert!(rows(&off.0, &off.1, metric).is_empty(), "{metric}");
        }
        assert!(values(&off, "CpuReserved", FAMILY).is_empty());
        assert_eq!(series_count(&off.0), 0);
    }

    #[test]
    fn families_storage_and_services_are_told_where_they_are_paid_for() {
        for setting in [ContainerInsights::Enabled, ContainerInsights::Enhanced] {
            let on = insights(setting);
            assert_eq!(
                values(&on, "ServiceCount", "ClusterName=shop"),
                ["Count,,,1,,,,,,"; 3]
            );
            // As the service has it: the family is its alone.
            assert_eq!(values(&on, "CpuReserved", FAMILY), ["None,,,512,,,,,,"; 3]);
            assert_eq!(
                values(&on, "MemoryUtilized", FAMILY),
                ["Megabytes,,,204.8,,,,,,"; 3]
            );
            // 30 GiB a task: one, one and a half on average, two.
            let storage = [
                "Gigabytes,,,30,,,,,,",
                "Gigabytes,,,45,,,,,,",
                "Gigabytes,,,60,,,,,,",
            ];
            for dimensions in ["ClusterName=shop", "ClusterName=shop;ServiceName=api"] {
                assert_eq!(values(&on, "EphemeralStorageReserved", dimensions), storage);
            }
        }
    }

    #[test]
    fn volumes_are_told_of_services_whose_tasks_have_some_and_of_their_families() {
        let mut on = insights(ContainerInsights::Enabled);
        assert!(rows(&on.0, &on.1, "EBSFilesystemSize").is_empty());
        let series = series_count(&on.0);
        on.0.services[0].volume = Some(TaskVolumePlan {
            kind: VolumeKind::Gp3,
            paid: PaidVolume {
                gib: 50,
                iops: 0,
                throughput: 0,
            },
            is_deleted: true,
        });
        // One task, one and a half on average, two.
        let sizes = [
            "Gigabytes,,,50,,,,,,",
            "Gigabytes,,,75,,,,,,",
            "Gigabytes,,,100,,,,,,",
        ];
        for dimensions in ["ClusterName=shop;ServiceName=api", FAMILY] {
            assert_eq!(values(&on, "EBSFilesystemSize", dimensions), sizes);
        }
        assert_eq!(series_count(&on.0), series + 2);
        on.0.cluster.container_insights = ContainerInsights::Disabled;
        assert!(rows(&on.0, &on.1, "EBSFilesystemSize").is_empty());
    }

    #[test]
    fn a_mean_instance_is_told_by_what_all_have_and_use() {
        let (mut plan, mut store) = store(60);
        plan.cluster.container_insights = ContainerInsights::Enhanced;
        plan.groups = crate::observe::fixture::plan_on_instances().groups;
        // Two instances of 2048 CPU units and 4000 MiB each, half of the CPU reserved; a program
        // has two tasks on them, of 512 CPU units and 1000 MiB.
        let level = |mean: f32| {
            Some(crate::observe::levels::Level {
                mean,
                min: mean,
                max: mean,
            })
        };
        store.capacity.cluster = vec![crate::observe::levels::LevelsRun {
            first: 0,
            count: 3,
            levels: [50.0, 25.0, 0.0, 2.0, 4_096.0, 8_000.0].map(level),
        }];
        store.jobs = vec![JobsRunning {
            definition: TaskDefinitionId(0),
            cpu_units: 512.0,
            memory_mib: 1_000.0,
            is_hosted: true,
            tasks: vec![2.0; 3],
        }];
        let of = (plan, store);
        let of_one = |metric| values(&of, metric, "ClusterName=shop")[0].clone();
        assert_eq!(of_one("instance_cpu_limit"), "None,,,2048,,,,,,");
        assert_eq!(
            of_one("instance_cpu_reserved_capacity"),
            "Percent,,,50,,,,,,"
        );
        assert_eq!(of_one("instance_cpu_usage_total"), "None,,,512,,,,,,");
        assert_eq!(of_one("instance_cpu_utilization"), "Percent,,,25,,,,,,");
        assert_eq!(of_one("instance_memory_limit"), "Bytes,,,4194304000,,,,,,");
        assert_eq!(
            of_one("instance_memory_reserved_capacity"),
            "Percent,,,25,,,,,,"
        );
        assert_eq!(of_one("instance_memory_utilization"), "Percent,,,25,,,,,,");
        assert_eq!(
            of_one("instance_number_of_running_tasks"),
            "Count,,,1,,,,,,"
        );
    }
}
