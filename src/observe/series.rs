//! CloudWatch's series of a run, and `metrics.csv`: one row a series and period.

use std::collections::BTreeMap;
use std::io;

use crate::demand::period::ServicePeriod;
use crate::engine::SimDuration;
use crate::ids::{LoadBalancerId, ServiceId, TargetGroupId};
use crate::observe::gauge::{CountStatistics, CountsRun};
use crate::observe::tasks::resource_id;
use crate::scenario::plan::{LoadBalancerPlan, Plan, ServicePlan};
use crate::world::task::Owner;

mod balancer;
mod capacity;
mod enhanced;
mod insights;
mod logs;
mod metric;
mod restarts;
mod rows;
#[cfg(test)]
mod tests;
mod used;

pub use capacity::CapacitySeries;
pub(super) use insights::family_count;
pub use metric::{EnhancedMetric, InstanceMetric, Metric, Statistics};
use rows::RowWriter;
pub use rows::{Labels, SeriesSink};
pub use used::JobsRunning;

/// The columns of `metrics.csv`.
pub const METRIC_COLUMNS: [&str; 14] = [
    "timestamp",
    "namespace",
    "metric",
    "dimensions",
    "unit",
    "SampleCount",
    "Sum",
    "Average",
    "Minimum",
    "Maximum",
    "p50",
    "p90",
    "p95",
    "p99",
];

/// All series of a run.
#[derive(Clone, Debug)]
pub struct MetricStore {
    /// The length of a period.
    pub period: SimDuration,
    /// Each service's, in the plan's order.
    pub services: Vec<ServiceSeries>,
    /// RUNNING tasks of the whole cluster, mean of each period.
    pub cluster_tasks: Vec<f32>,
    /// RUNNING tasks of programs.
    pub jobs: Vec<JobsRunning>,
    /// How often containers were started again within their tasks, by whose and by period; with
    /// Container Insights alone.
    pub restarts: BTreeMap<(Owner, u32), u32>,
    /// Those of the cluster's own instances.
    pub capacity: CapacitySeries,
}

/// A service's series.
#[derive(Clone, Debug, Default)]
pub struct ServiceSeries {
    /// Its counts.
    pub counts: Vec<CountsRun>,
    /// Its load.
    pub loads: Vec<LoadRun>,
}

/// One or more periods in a row with the same load.
#[derive(Clone, Copy, PartialEq, Debug)]
pub struct LoadRun {
    /// The index of the first.
    pub first: u32,
    /// How many.
    pub count: u32,
    /// What each of them saw.
    pub sample: LoadSample,
}

/// A period of a service's load.
#[derive(Clone, Copy, PartialEq, Debug, Default)]
pub struct LoadSample {
    /// Requests.
    pub requests: f64,
    /// Minutes of the period that had a load.
    pub minutes: u32,
    /// Requests answered with a 5xx by a task.
    pub target_5xx: f32,
    /// Requests answered with a 5xx by the balancer.
    pub elb_5xx: f32,
    /// Of them, with a 502.
    pub elb_502: f32,
    /// Of them, with a 503.
    pub elb_503: f32,
    /// Of them, with a 504.
    pub elb_504: f32,
    /// vCPU-seconds used.
    pub cpu_used: f32,
    /// vCPU-seconds of RUNNING tasks.
    pub cpu_reserved: f32,
    /// MiB-seconds used.
    pub memory_used: f32,
    /// MiB-seconds of RUNNING tasks.
    pub memory_reserved: f32,
    /// Tasks that answered requests, mean.
    pub serving: f32,
    /// Requests a second that they could have answered at most, mean.
    pub capacity: f32,
    /// First tries that failed for good.
    pub failed: f32,
    /// Requests whose client gave up waiting.
    pub timed_out: f32,
    /// Messages in the queue of a service that pulls, mean.
    pub visible: f32,
    /// Messages that its tasks work on, mean.
    pub not_visible: f32,
    /// Messages that they received.
    pub received: f32,
    /// How long the head of the queue had waited, mean, seconds.
    pub oldest_s: f32,
    /// Mean response time, seconds.
    pub response_mean: f32,
    /// Response time at [`QUANTILES`](crate::demand::period::QUANTILES), seconds.
    pub response_quantiles: [f32; 4],
    /// Seconds in which the load model was outside its validated range.
    pub distrust_s: f32,
    /// The lowest and the highest minute's `CPUUtilization`, percent.
    pub cpu_percent_min_max: [f32; 2],
    /// The lowest and the highest minute's `MemoryUtilization`, percent.
    pub memory_percent_min_max: [f32; 2],
}

/// Periods in a row with the same statistics of a metric.
#[derive(Clone, Copy, PartialEq, Debug)]
pub struct MetricRun {
    /// The index of the first period.
    pub first: u32,
    /// How many.
    pub count: u32,
    /// What each of them shows.
    pub statistics: Statistics,
}

impl LoadSample {
    /// A period that saw `whole` in `minutes` minutes, sums over all of them.
    pub(super) fn of(whole: &ServicePeriod, minutes: u64) -> Self {
        let [cpu, memory] = [whole.cpu_utilization(), whole.memory_utilization()]
            .map(|percent| [percent.unwrap_or(0.0) as f32; 2]);
        LoadSample {
            requests: whole.requests,
            minutes: minutes as u32,
            target_5xx: whole.target_5xx as f32,
            elb_5xx: whole.elb_5xx as f32,
            elb_502: whole.elb_502 as f32,
            elb_503: whole.elb_503() as f32,
            elb_504: whole.elb_504 as f32,
            cpu_used: whole.cpu_used as f32,
            cpu_reserved: whole.cpu_reserved as f32,
            memory_used: whole.memory_used as f32,
            memory_reserved: whole.memory_reserved as f32,
            serving: whole.serving as f32,
            capacity: whole.capacity as f32,
            failed: whole.failed as f32,
            timed_out: whole.timed_out as f32,
            visible: whole.queued as f32,
            not_visible: whole.not_visible() as f32,
            received: whole.received as f32,
            oldest_s: whole.oldest_s as f32,
            response_mean: whole.response_mean as f32,
            response_quantiles: whole.response_quantiles.map(|quantile| quantile as f32),
            distrust_s: whole.distrust_s as f32,
            cpu_percent_min_max: cpu,
            memory_percent_min_max: memory,
        }
    }

    /// A period of `minutes` minutes, all like `minute`.
    pub(super) fn alike(minute: &ServicePeriod, minutes: u64) -> Self {
        let times = minutes as f64;
        let whole = ServicePeriod {
            requests: minute.requests * times,
            target_5xx: minute.target_5xx * times,
            failed: minute.failed * times,
            timed_out: minute.timed_out * times,
            received: minute.received * times,
            elb_5xx: minute.elb_5xx * times,
            elb_502: minute.elb_502 * times,
            elb_504: minute.elb_504 * times,
            cpu_used: minute.cpu_used * times,
            cpu_reserved: minute.cpu_reserved * times,
            memory_used: minute.memory_used * times,
            memory_reserved: minute.memory_reserved * times,
            distrust_s: minute.distrust_s * times,
            ..*minute
        };
        LoadSample::of(&whole, minutes)
    }
}

impl MetricStore {
    /// A service's series of a metric, periods without a data point left out.
    pub fn service(
        &self,
        service: ServiceId,
        metric: Metric,
    ) -> impl Iterator<Item = MetricRun> + '_ {
        let series = &self.services[service.index()];
        let counts = series.counts.iter().filter_map(move |run| {
            let statistics = metric.of_counts(&run.counts)?;
            Some(MetricRun {
                first: run.first,
                count: run.count,
                statistics,
            })
        });
        let loads = series.loads.iter().filter_map(move |run| {
            let statistics = metric.of_load(&run.sample)?;
            Some(MetricRun {
                first: run.first,
                count: run.count,
                statistics,
            })
        });
        counts.chain(loads)
    }

    /// `TaskCount` of the cluster.
    pub fn task_count(&self) -> impl Iterator<Item = MetricRun> + '_ {
        self.cluster_tasks
            .iter()
            .enumerate()
            .map(|(index, mean)| MetricRun {
                first: index as u32,
                count: 1,
                statistics: Statistics {
                    average: Some(f64::from(*mean)),
                    ..Statistics::default()
                },
            })
    }

    /// Writes `metrics.csv`: series after series, each in order of time.
    pub fn write_csv<W: io::Write>(&self, plan: &Plan, out: W) -> io::Result<()> {
        let mut writer = RowWriter::new(plan.run.start, self.period, out);
        writer.head(&METRIC_COLUMNS);
        self.tell(plan, &mut writer)?;
        writer.finish()
    }

    /// Tells all series: series after series, each in order of time.
    ///
    /// # Errors
    /// Those of the sink.
    pub fn tell(&self, plan: &Plan, writer: &mut impl SeriesSink) -> io::Result<()> {
        for index in 0..self.services.len() {
            let service = ServiceId::from_index(index);
            for metric in Metric::of_service(plan.service(service)) {
                for (group, part) in groups_of(plan.service(service), metric) {
                    writer.series(&Labels::of_group(plan, (service, group), metric))?;
                    for run in self.service(service, metric) {
                        writer.run(&run.at_group(metric, part))?;
                    }
                }
            }
        }
        for (index, balancer) in plan.load_balancers.iter().enumerate() {
            for metric in Metric::of_balancer(balancer) {
                writer.series(&Labels {
                    namespace: metric.namespace(),
                    metric: *metric,
                    dimensions: format!("LoadBalancer={}", load_balancer_value(balancer)),
                })?;
                for run in self.balancer(plan, LoadBalancerId::from_index(index), *metric) {
                    writer.run(&run)?;
                }
            }
        }
        writer.series(&Labels {
            namespace: "ECS/ContainerInsights",
            metric: Metric::TaskCount,
            dimensions: format!("ClusterName={}", plan.cluster.name),
        })?;
        for run in self.task_count() {
            writer.run(&run)?;
        }
        self.tell_used(plan, writer)?;
        self.capacity.write(plan, writer)?;
        self.tell_insights(plan, writer)?;
        self.tell_logs(plan, writer)
    }
}

/// The target groups of a service that have a series of a metric each, with their parts of its
/// requests; one without a name, where the metric is the service's own.
fn groups_of(service: &ServicePlan, metric: Metric) -> Vec<(Option<TargetGroupId>, f64)> {
    if !metric.is_of_target_group() || service.further_groups.is_empty() {
        return vec![(service.target_group, 1.0)];
    }
    let parts = service.group_parts();
    parts.map(|(group, part)| (Some(group), part)).collect()
}

impl MetricRun {
    /// What a target group shows of it that gets a part of the service's requests: its part of
    /// what is counted by request; how long they take, and who answers them, are alike.
    fn at_group(mut self, metric: Metric, part: f64) -> MetricRun {
        if part != 1.0 && !metric.counts_hosts() {
            self.statistics.sample_count = self.statistics.sample_count.map(|it| it * part);
            self.statistics.sum = self.statistics.sum.map(|it| it * part);
        }
        self
    }
}

/// The rows that `metrics.csv` of a whole run has at most, and about how many bytes those are.
pub fn expected_size(plan: &Plan) -> (u64, u64) {
    /// Bytes of a row: 112 to 137 in the scenarios of this project.
    const ROW_BYTES: u64 = 125;
    let Some(period) = plan.record.metrics else {
        return (0, 0);
    };
    let periods = plan
        .run
        .duration
        .as_micros()
        .div_ceil(period.as_micros().max(1));
    let of_services = plan.services.iter().map(|service| {
        let series = |metric| groups_of(service, metric).len();
        Metric::of_service(service).map(series).sum::<usize>()
    });
    let of_services: usize = of_services.sum();
    let of_instances = capacity::series_count(plan) + used::series_count(plan);
    let paid = insights::series_count(plan) + logs::series_count(plan);
    let of_balancers = plan.load_balancers.len() * Metric::OF_APPLICATIONS.len();
    let series = (of_services + of_balancers + 1 + of_instances + paid) as u64;
    let rows = periods.saturating_mul(series);
    (rows, rows.saturating_mul(ROW_BYTES))
}

impl Labels {
    /// Those of a service's metric, at its first target group.
    pub fn of_service(plan: &Plan, id: ServiceId, metric: Metric) -> Labels {
        Labels::of_group(plan, (id, plan.service(id).target_group), metric)
    }

    /// Those of a service's metric at one of its target groups.
    fn of_group(
        plan: &Plan,
        (id, group): (ServiceId, Option<TargetGroupId>),
        metric: Metric,
    ) -> Labels {
        let service = plan.service(id);
        let of_ecs = format!(
            "ClusterName={};ServiceName={}",
            plan.cluster.name, service.name
        );
        let group = group.map(|id| &plan.target_groups[id.index()]);
        let queue = service
            .demand
            .as_ref()
            .and_then(|demand| demand.queue.as_ref());
        if let (true, Some(queue)) = (metric.namespace() == "AWS/SQS", queue) {
            let (namespace, dimensions) = ("AWS/SQS", format!("QueueName={}", queue.name));
            return Labels {
                namespace,
                metric,
                dimensions,
            };
        }
        let counts_hosts = metric.counts_hosts();
        let (namespace, dimensions) = match (metric.is_of_target_group(), group) {
            (false, _) => (metric.namespace(), of_ecs),
            // AWS has no such metric of a service without a load balancer, or behind one that knows
            // of no requests; the simulation does.
            (true, None) => ("fleetcast", of_ecs),
            (true, Some(group)) if group.flows.is_some() && !counts_hosts => {
                let one_of = match service.further_groups.is_empty() {
                    true => String::new(),
                    false => format!(";TargetGroup={}", target_group_value(&group.name)),
                };
                ("fleetcast", of_ecs + &one_of)
            }
            (true, Some(group)) => {
                let balancer = &plan.load_balancers[group.load_balancer.index()];
                let dimensions = format!(
                    "LoadBalancer={};TargetGroup={}",
                    load_balancer_value(balancer),
                    target_group_value(&group.name)
                );
                let namespace = match group.flows {
                    Some(_) => "AWS/NetworkELB",
                    None => metric.namespace(),
                };
                (namespace, dimensions)
            }
        };
        Labels {
            namespace,
            metric,
            dimensions,
        }
    }
}

/// A load balancer as CloudWatch names it: the last part of its ARN.
pub fn load_balancer_value(balancer: &LoadBalancerPlan) -> String {
    let kind = if balancer.is_network { "net" } else { "app" };
    let name = &balancer.name;
    let id = resource_id("loadbalancer", name, 0);
    format!("{kind}/{name}/{}", &id[..16])
}

/// A target group as CloudWatch names it: the last part of its ARN.
pub fn target_group_value(name: &str) -> String {
    format!(
        "targetgroup/{name}/{}",
        &resource_id("targetgroup", name, 0)[..16]
    )
}

impl From<CountStatistics> for Statistics {
    fn from(count: CountStatistics) -> Self {
        Statistics {
            average: Some(f64::from(count.mean)),
            minimum: Some(f64::from(count.min)),
            maximum: Some(f64::from(count.max)),
            ..Statistics::default()
        }
    }
}
