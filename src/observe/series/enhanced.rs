//! What Container Insights with enhanced observability adds: how full tasks are, and what each of
//! their containers uses and reserves.
//!
//! CloudWatch user guide, "Container-Insights-enhanced-observability-metrics-ECS" (2026-11). A
//! service's tasks are alike here, so that single ones have no series of their own.

use std::collections::BTreeSet;
use std::io;

use super::MetricStore;
use super::insights::{families, of_family, of_service};
use super::metric::{EnhancedMetric, Metric};
use super::rows::SeriesSink;
use super::used::{Stretch, Tasks, Used, of_cluster, tell};
use crate::ids::ServiceId;
use crate::scenario::plan::{
    ContainerInsights, ContainerPlan, Plan, ServicePlan, TaskDefinitionPlan,
};
use crate::units::CpuUnits;

/// Whether containers are told by their names, or all together.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Containers {
    ByName,
    Together,
}

fn is_enhanced(plan: &Plan) -> bool {
    plan.cluster.container_insights == ContainerInsights::Enhanced
}

/// How many series there are of it, at most.
pub(super) fn series_count(plan: &Plan) -> usize {
    if !is_enhanced(plan) {
        return 0;
    }
    let of_tasks = EnhancedMetric::OF_TASKS.len() + 1;
    let of_containers = EnhancedMetric::OF_CONTAINERS.len();
    let named = |tasks: &Tasks| {
        let services = tasks.services.iter();
        let services = services.map(|id| plan.service(*id).task_definition);
        let all = services.chain(tasks.definitions.iter().copied());
        let names = all.flat_map(|id| told(plan.task_definition(id)).map(|it| &it.name));
        names.collect::<BTreeSet<_>>().len()
    };
    let of_service = |it: &ServicePlan| told(plan.task_definition(it.task_definition)).count();
    let by_service = plan.services.iter().map(of_service);
    let by_family: Vec<usize> = families(plan).values().map(named).collect();
    let owners = 1 + plan.services.len() + by_family.len();
    let containers = 1 + by_service.sum::<usize>() + by_family.iter().sum::<usize>();
    owners * of_tasks + containers * of_containers
}

/// The containers that are told: those that run as long as their task. ASSUMPTION: one that ends
/// by itself is over soon after the task's start.
fn told(definition: &TaskDefinitionPlan) -> impl Iterator<Item = &ContainerPlan> {
    definition
        .containers
        .iter()
        .filter(|it| it.code.ends.is_none())
}

/// What each container of alike tasks uses and reserves. ASSUMPTION: what a sidecar takes by its
/// own work is its, as far as there is that much; the main container's is the rest. One without a
/// reservation of its own reserves its task's.
fn split<'a>(
    definition: &'a TaskDefinitionPlan,
    stretch: &Stretch,
    mut each: impl FnMut(&'a str, [f64; 2], [f64; 2]),
) {
    let (work, running) = (&definition.work, stretch.running);
    let units = f64::from(CpuUnits::PER_VCPU);
    let busy = (stretch.used[0] - work.idle_vcpus * units * running).max(0.0);
    let main = definition.main_container().map(|it| it.name.as_str());
    let mut left = stretch.used;
    let mut of_others = Vec::new();
    for container in definition.sidecars() {
        let own = container.code.own;
        let share = match stretch.is_asked && 0.0 < work.cpu_s {
            true => (own.cpu_s / work.cpu_s).min(1.0),
            false => 0.0,
        };
        let cpu = own.idle_vcpus * units * running + share * busy;
        let takes = [cpu, own.memory_mib * running];
        let used = [0, 1].map(|at: usize| takes[at].min(left[at]));
        left = [0, 1].map(|at: usize| left[at] - used[at]);
        of_others.push(used);
    }
    let mut of_others = of_others.into_iter();
    for container in told(definition) {
        let used = match main == Some(container.name.as_str()) {
            true => left,
            false => of_others.next().unwrap_or_default(),
        };
        let [cpu, memory] = container.reserved().map(|own| own.map(|own| own * running));
        let [of_cpu, of_memory] = stretch.reserved;
        let reserved = [cpu.unwrap_or(of_cpu), memory.unwrap_or(of_memory)];
        each(&container.name, used, reserved);
    }
}

impl MetricStore {
    /// Tells these series, if enhanced observability is switched on.
    pub(super) fn tell_enhanced(&self, plan: &Plan, sink: &mut impl SeriesSink) -> io::Result<()> {
        if !is_enhanced(plan) {
            return Ok(());
        }
        for index in 0..plan.services.len() {
            let id = ServiceId::from_index(index);
            let tasks = Tasks {
                services: vec![id],
                ..Tasks::default()
            };
            let dimensions = of_service(plan, id);
            self.tell_tasks(plan, (&tasks, Containers::ByName), &dimensions, sink)?;
        }
        for (name, tasks) in families(plan) {
            let dimensions = of_family(plan, name);
            self.tell_tasks(plan, (&tasks, Containers::ByName), &dimensions, sink)?;
        }
        let all = (&Tasks::of_all(plan), Containers::Together);
        self.tell_tasks(plan, all, &of_cluster(plan), sink)
    }

    /// Tells them of some tasks with these dimensions.
    fn tell_tasks(
        &self,
        plan: &Plan,
        (tasks, containers): (&Tasks, Containers),
        dimensions: &str,
        sink: &mut impl SeriesSink,
    ) -> io::Result<()> {
        let periods = self.used_by(plan, tasks);
        for metric in EnhancedMetric::OF_TASKS {
            let values = periods.iter().map(|it| it.shown(metric));
            tell(
                sink,
                (Metric::Enhanced(metric), dimensions.to_owned()),
                values,
            )?;
        }
        let each = self.containers(plan, (tasks, containers));
        for (name, periods) in &each {
            let dimensions = match containers {
                Containers::ByName => format!("{dimensions};ContainerName={name}"),
                Containers::Together => dimensions.to_owned(),
            };
            for metric in EnhancedMetric::OF_CONTAINERS {
                let values = periods.iter().map(|it| it.shown(metric));
                tell(sink, (Metric::Enhanced(metric), dimensions.clone()), values)?;
            }
        }
        let metric = EnhancedMetric::ContainerCpuUtilization;
        let together = (0..periods.len()).map(|at| {
            let mut sum = Used::default();
            for (_, periods) in &each {
                sum.add(periods[at].used, periods[at].reserved, false);
            }
            sum.shown(metric)
        });
        tell(
            sink,
            (Metric::Enhanced(metric), dimensions.to_owned()),
            together,
        )
    }

    /// What the containers of some tasks use and reserve, by period, in the order of their
    /// definitions; all of them under one empty name where they are told together.
    fn containers<'a>(
        &self,
        plan: &'a Plan,
        (tasks, containers): (&Tasks, Containers),
    ) -> Vec<(&'a str, Vec<Used>)> {
        let count = self.cluster_tasks.len();
        let mut all: Vec<(&str, Vec<Used>)> = Vec::new();
        self.each_stretch(plan, tasks, |stretch| {
            let definition = plan.task_definition(stretch.definition);
            split(definition, stretch, |name, used, reserved| {
                let name = match containers {
                    Containers::ByName => name,
                    Containers::Together => "",
                };
                let known = all.iter().position(|(it, _)| *it == name);
                let at = known.unwrap_or_else(|| {
                    all.push((name, vec![Used::default(); count]));
                    all.len() - 1
                });
                for period in &mut all[at].1[stretch.periods.clone()] {
                    period.add(used, reserved, stretch.is_hosted);
                }
            });
        });
        all
    }
}

impl Used {
    /// What a metric shows of tasks or containers; `None`: they reserve nothing.
    fn shown(&self, metric: EnhancedMetric) -> Option<f64> {
        let amount = |at: usize, amounts: [f64; 2]| (0.0 < self.reserved[at]).then(|| amounts[at]);
        match metric {
            EnhancedMetric::ContainerCpuUtilized => amount(0, self.used),
            EnhancedMetric::ContainerCpuReserved => amount(0, self.reserved),
            EnhancedMetric::ContainerMemoryUtilized => amount(1, self.used),
            EnhancedMetric::ContainerMemoryReserved => amount(1, self.reserved),
            EnhancedMetric::TaskCpuUtilization | EnhancedMetric::ContainerCpuUtilization => {
                self.percent(0)
            }
            EnhancedMetric::TaskMemoryUtilization | EnhancedMetric::ContainerMemoryUtilization => {
                self.percent(1)
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::ids::TaskDefinitionId;
    use crate::observe::meters::insights::{OF_CLUSTER, OF_FAMILY, OF_SERVICE};
    use crate::observe::series::tests::{insights, rows, values};
    use crate::observe::series::{JobsRunning, METRIC_COLUMNS};
    use crate::policy::daemon_load::BesideWork;
    use crate::scenario::plan::{EndPlan, OwnWork};
    use crate::units::MiB;

    const CLUSTER: &str = "ClusterName=shop";
    const SERVICE: &str = "ClusterName=shop;ServiceName=api";
    const FAMILY: &str = "ClusterName=shop;TaskDefinitionFamily=api";

    /// A task of 512 CPU units and 1024 MiB uses 256 and 204.8 of them.
    fn enhanced() -> (Plan, MetricStore) {
        insights(ContainerInsights::Enhanced)
    }

    /// The same with a proxy beside the code.
    fn with_proxy() -> (Plan, MetricStore) {
        let mut of = enhanced();
        let definition = &mut of.0.task_definitions[0];
        definition.work.cpu_s = 0.03;
        definition.work.idle_vcpus = 0.1;
        let mut proxy = definition.containers[0].clone();
        proxy.name = "proxy".to_owned();
        proxy.cpu = Some(CpuUnits(128));
        proxy.memory = Some(MiB(200));
        proxy.memory_reservation = Some(MiB(128));
        proxy.code.own = OwnWork {
            cpu_s: 0.01,
            idle_vcpus: 0.1,
            memory_mib: 64.0,
        };
        definition.containers.push(proxy);
        of
    }

    /// The value of a metric in each of the three minutes, which are alike.
    fn value(of: &(Plan, MetricStore), metric: &str, dimensions: &str) -> String {
        let values = values(of, metric, dimensions);
        assert_eq!(values.len(), 3, "{metric} {dimensions}");
        assert!(values.iter().all(|it| *it == values[0]), "{values:?}");
        let cells: Vec<&str> = values[0].split(',').collect();
        format!("{} {}", cells[3], cells[0])
    }

    #[test]
    fn tasks_and_containers_are_told_with_enhanced_alone() {
        for setting in [ContainerInsights::Disabled, ContainerInsights::Enabled] {
            let (plan, store) = insights(setting);
            for metric in EnhancedMetric::OF_TASKS
                .into_iter()
                .chain(EnhancedMetric::OF_CONTAINERS)
            {
                let name = Metric::Enhanced(metric).name();
                assert!(rows(&plan, &store, name).is_empty(), "{name}");
            }
            assert_eq!(series_count(&plan), 0);
        }
        let on = enhanced();
        for dimensions in [CLUSTER, SERVICE, FAMILY] {
            assert_eq!(value(&on, "TaskCpuUtilization", dimensions), "50 Percent");
            assert_eq!(
                value(&on, "TaskMemoryUtilization", dimensions),
                "20 Percent"
            );
            assert_eq!(
                value(&on, "ContainerCpuUtilization", dimensions),
                "50 Percent"
            );
        }
        // One container, which reserves what its task does.
        let by_name = [SERVICE, FAMILY].map(|it| format!("{it};ContainerName=app"));
        for dimensions in by_name.iter().map(String::as_str).chain([CLUSTER]) {
            let told = |metric| value(&on, metric, dimensions);
            assert_eq!(told("ContainerCpuUtilized"), "256 None");
            assert_eq!(told("ContainerCpuReserved"), "512 None");
            assert_eq!(told("ContainerMemoryUtilized"), "204.8 Megabytes");
            assert_eq!(told("ContainerMemoryReserved"), "1024 Megabytes");
            assert_eq!(told("ContainerMemoryUtilization"), "20 Percent");
        }
        // Three of each owner's tasks together, and five of each container or of all.
        assert_eq!(series_count(&on.0), 3 * 3 + 3 * 5);
        let rows: usize = EnhancedMetric::OF_TASKS
            .into_iter()
            .chain(EnhancedMetric::OF_CONTAINERS)
            .chain([EnhancedMetric::ContainerCpuUtilization])
            .map(|metric| rows(&on.0, &on.1, Metric::Enhanced(metric).name()).len())
            .sum();
        assert_eq!(rows, 3 * series_count(&on.0));
    }

    #[test]
    fn a_sidecar_uses_what_its_own_work_takes_and_the_main_container_the_rest() {
        let of = with_proxy();
        for owner in [SERVICE, FAMILY] {
            let told = |metric: &str, name: &str| {
                value(&of, metric, &format!("{owner};ContainerName={name}"))
            };
            // 102.4 of the 256 CPU units idle, and a third of the others.
            assert_eq!(told("ContainerCpuUtilized", "proxy"), "153.6 None");
            assert_eq!(told("ContainerCpuUtilized", "app"), "102.4 None");
            assert_eq!(told("ContainerMemoryUtilized", "proxy"), "64 Megabytes");
            assert_eq!(told("ContainerMemoryUtilized", "app"), "140.8 Megabytes");
            // Its own reservations, and the task's.
            assert_eq!(told("ContainerCpuReserved", "proxy"), "128 None");
            assert_eq!(told("ContainerCpuReserved", "app"), "512 None");
            assert_eq!(told("ContainerMemoryReserved", "proxy"), "128 Megabytes");
            assert_eq!(told("ContainerMemoryReserved", "app"), "1024 Megabytes");
            assert_eq!(told("ContainerMemoryUtilization", "proxy"), "50 Percent");
            assert_eq!(told("ContainerMemoryUtilization", "app"), "13.75 Percent");
            assert_eq!(value(&of, "ContainerCpuUtilization", owner), "40 Percent");
            assert_eq!(value(&of, "TaskCpuUtilization", owner), "50 Percent");
        }
        // All together.
        assert_eq!(value(&of, "ContainerCpuUtilized", CLUSTER), "256 None");
        assert_eq!(value(&of, "ContainerCpuReserved", CLUSTER), "640 None");
        assert_eq!(
            value(&of, "ContainerMemoryReserved", CLUSTER),
            "1152 Megabytes"
        );
    }

    #[test]
    fn a_sidecar_never_uses_more_than_there_is() {
        let mut of = with_proxy();
        let proxy = &mut of.0.task_definitions[0].containers[1];
        proxy.memory_reservation = None;
        proxy.code.own.memory_mib = 300.0;
        proxy.code.own.idle_vcpus = 0.5;
        let told = |metric: &str, name: &str| {
            value(&of, metric, &format!("{SERVICE};ContainerName={name}"))
        };
        assert_eq!(told("ContainerMemoryUtilized", "proxy"), "204.8 Megabytes");
        assert_eq!(told("ContainerMemoryUtilized", "app"), "0 Megabytes");
        assert_eq!(told("ContainerCpuUtilized", "proxy"), "256 None");
        // A hard limit reserves as much where there is no reservation.
        assert_eq!(told("ContainerMemoryReserved", "proxy"), "200 Megabytes");
    }

    #[test]
    fn a_container_that_ends_by_itself_is_left_out_and_a_daemons_work_is_its_own() {
        let mut of = with_proxy();
        of.0.task_definitions[0].containers[1].code.ends = Some(EndPlan {
            duration: crate::engine::distribution::Distribution::constant(5.0).unwrap(),
            exit_codes: vec![(0, 1.0)],
        });
        let of_proxy = format!("{SERVICE};ContainerName=proxy");
        assert!(values(&of, "ContainerCpuUtilized", &of_proxy).is_empty());
        let of_app = format!("{SERVICE};ContainerName=app");
        assert_eq!(value(&of, "ContainerCpuUtilized", &of_app), "256 None");
        // What the tasks beside it cost is by no request of its own.
        let mut of = with_proxy();
        of.0.services[0].is_daemon = true;
        of.0.task_definitions[0].work.beside = Some(BesideWork {
            cpu_s: 0.001,
            cpu_s_per_log_mib: 0.0,
            vcpus_per_task: 0.0,
        });
        assert_eq!(value(&of, "ContainerCpuUtilized", &of_proxy), "102.4 None");
    }

    #[test]
    fn programs_count_and_use_what_they_reserve() {
        let mut of = enhanced();
        of.1.jobs = vec![JobsRunning {
            definition: TaskDefinitionId(0),
            cpu_units: 512.0,
            memory_mib: 1_024.0,
            is_hosted: false,
            tasks: vec![2.0; 3],
        }];
        // The service's 256 of 512, and 1024 of 1024.
        let of_app = format!("{FAMILY};ContainerName=app");
        for dimensions in [CLUSTER, &of_app] {
            assert_eq!(value(&of, "ContainerCpuUtilized", dimensions), "1280 None");
            assert_eq!(value(&of, "ContainerCpuReserved", dimensions), "1536 None");
        }
        assert_eq!(value(&of, "TaskCpuUtilization", SERVICE), "50 Percent");
        let cluster = value(&of, "TaskCpuUtilization", CLUSTER);
        assert_eq!(cluster, "83.333336 Percent");
    }

    #[test]
    fn nothing_is_told_of_periods_in_which_nothing_is_reserved() {
        let mut of = enhanced();
        of.1.services[0].loads.truncate(1);
        for metric in ["TaskCpuUtilization", "ContainerCpuUtilization"] {
            assert_eq!(values(&of, metric, CLUSTER).len(), 1, "{metric}");
        }
        let of_app = format!("{SERVICE};ContainerName=app");
        assert_eq!(values(&of, "ContainerMemoryReserved", &of_app).len(), 1);
    }

    /// What the user guide lists of enhanced observability beyond what is paid without it.
    const OF_ENHANCED: [&str; 18] = [
        "TaskCpuUtilization",
        "TaskMemoryUtilization",
        "TaskEphemeralStorageUtilization",
        "TaskEBSFilesystemUtilization",
        "ContainerCpuUtilized",
        "ContainerCpuReserved",
        "ContainerCpuUtilization",
        "ContainerMemoryUtilized",
        "ContainerMemoryReserved",
        "ContainerMemoryUtilization",
        "ContainerNetworkRxBytes",
        "ContainerNetworkTxBytes",
        "ContainerStorageReadBytes",
        "ContainerStorageWriteBytes",
        "EBSFilesystemSize",
        "EBSFilesystemUtilized",
        "RestartCount",
        "UnHealthyContainerHealthStatus",
    ];

    /// The names of the metrics that are written of a plan that has something of each.
    fn written() -> BTreeSet<String> {
        let mut of = with_proxy();
        let policy = crate::policy::restart::RestartPolicy::new;
        let period = crate::engine::SimDuration::from_secs(60);
        of.0.task_definitions[0].containers[0].restart = Some(policy(period, []));
        of.0.services[0].volume = Some(crate::scenario::plan::TaskVolumePlan {
            kind: crate::policy::volume::VolumeKind::Gp3,
            paid: crate::policy::volume::PaidVolume {
                gib: 50,
                iops: 0,
                throughput: 0,
            },
            is_deleted: true,
        });
        let mut names = BTreeSet::new();
        let mut bytes = Vec::new();
        of.1.write_csv(&of.0, &mut bytes).unwrap();
        let column = METRIC_COLUMNS
            .iter()
            .position(|it| *it == "metric")
            .unwrap();
        for line in String::from_utf8(bytes).unwrap().lines().skip(1) {
            names.insert(line.split(',').nth(column).unwrap().to_owned());
        }
        // Of a service with task sets, and of a cluster with instances.
        names.insert(Metric::TaskSetCount.name().to_owned());
        names.insert(Metric::ContainerInstanceCount.name().to_owned());
        names
    }

    #[test]
    fn what_is_paid_for_is_written_or_said_not_to_be() {
        let path = format!("{}/docs/results.md", env!("CARGO_MANIFEST_DIR"));
        let docs = std::fs::read_to_string(path).unwrap();
        let mut paragraphs = docs.split("\n\n");
        let missing = paragraphs.find(|it| it.starts_with("Paid for and not written"));
        let missing = missing.expect("the page says what is paid for and not written");
        let paid = OF_CLUSTER.iter().chain(&OF_SERVICE).chain(&OF_FAMILY);
        let written = written();
        for name in paid.chain(&OF_ENHANCED) {
            let quoted = format!("`{name}`");
            let (is_written, is_missing) = (written.contains(*name), missing.contains(&quoted));
            assert!(
                is_written != is_missing,
                "{name}: {is_written} {is_missing}"
            );
            assert!(docs.contains(&quoted), "{name} is on no page");
        }
    }
}
