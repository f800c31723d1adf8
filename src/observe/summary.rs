//! `summary.json`: the run in numbers, kept while it runs whatever else is recorded. Units end the
//! names; a value that does not exist (a response time without requests) is `null`.

mod group;
mod placement;
mod queue;

use std::collections::BTreeMap;

pub use group::{ExternalSummary, GroupSummary};
pub use placement::{CONTAINER_INSTANCES_MAX, NoInstanceSummary, SearchSummary, WaitSummary};
pub use queue::QueueSummary;
use serde::{Deserialize, Serialize};

use crate::observe::alarms::AlarmSummary;
use crate::observe::daemons::DaemonSummary;

/// The version of the summary's shape; a change that breaks a reader raises it.
pub const VERSION: u32 = 1;

/// A run in numbers.
#[derive(Clone, PartialEq, Debug, Serialize, Deserialize)]
pub struct RunSummary {
    /// [`VERSION`].
    pub version: u32,
    /// The scenario's name.
    pub scenario: String,
    /// The start of the run, ISO 8601.
    pub start: String,
    /// Simulated time, seconds.
    pub simulated_s: f64,
    /// The first part of it, of which series and lists alone tell, seconds: all figures are of what
    /// comes after; left out where it is nothing.
    #[serde(default, skip_serializing_if = "is_zero")]
    pub warm_up_s: f64,
    /// All services and programs together.
    pub total: TotalSummary,
    /// Each service, in the plan's order.
    pub services: Vec<ServiceSummary>,
    /// Each capacity provider, in the plan's order.
    pub providers: Vec<ProviderSummary>,
    /// Each Auto Scaling group, in the plan's order; left out without any.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub groups: Vec<GroupSummary>,
    /// Each program that calls RunTask, in the plan's order.
    pub job_sources: Vec<JobSourceSummary>,
    /// Fargate Spot's market in each zone; empty if it never spoke.
    pub spot_zones: Vec<SpotZoneSummary>,
    /// Each alarm of `aws.alarms`, by service and name; left out without any.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub alarms: Vec<AlarmSummary>,
    /// Each objective, in the plan's order.
    pub objectives: Vec<ObjectiveSummary>,
}

impl RunSummary {
    /// The time that the figures are of, seconds.
    pub fn measured_s(&self) -> f64 {
        self.simulated_s - self.warm_up_s
    }
}

/// All services and programs together.
#[derive(Clone, PartialEq, Debug, Default, Serialize, Deserialize)]
pub struct TotalSummary {
    /// Requests that arrived, further tries included.
    pub requests: f64,
    /// First tries that failed for good.
    pub failed_requests: f64,
    /// `failed_requests` of the first tries, percent; `null` without requests.
    pub failed_percent: Option<f64>,
    /// Response times over all services.
    pub response: ResponseSummary,
    /// The most container instances that were registered at once; left out without any.
    #[serde(default, skip_serializing_if = "is_none_of")]
    pub container_instances_max: u32,
    /// Tasks: starts, stops, delays.
    pub tasks: TaskSummary,
}

/// A service in numbers.
#[derive(Clone, PartialEq, Debug, Default, Serialize, Deserialize)]
pub struct ServiceSummary {
    /// Its name.
    pub name: String,
    /// Its requests; `null` without demand.
    pub load: Option<LoadSummary>,
    /// `CPUUtilization` over the minutes with RUNNING tasks.
    pub cpu: UtilizationSummary,
    /// `MemoryUtilization` likewise.
    pub memory: UtilizationSummary,
    /// Of a DAEMON service with work for the tasks beside it: whether its CPU is enough.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub daemon: Option<DaemonSummary>,
    /// `desiredCount` over time.
    pub desired_count: CountSummary,
    /// RUNNING tasks over time.
    pub running_count: CountSummary,
    /// Tasks on their way to RUNNING over time.
    pub pending_count: CountSummary,
    /// Tasks that no container instance took and for which none was to come, over time; left out
    /// where there were none.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub unplaced_count: Option<CountSummary>,
    /// Time with fewer RUNNING tasks than desired, seconds.
    pub short_of_desired_s: f64,
    /// Its tasks.
    pub tasks: TaskSummary,
    /// Times service auto scaling added tasks.
    pub scale_outs: u64,
    /// Times service auto scaling removed tasks.
    pub scale_ins: u64,
    /// Deployments that became PRIMARY during the run.
    pub deployments_started: u64,
    /// Deployments that were completed.
    pub deployments_completed: u64,
    /// Deployments that failed by themselves, or that the operator stopped.
    #[serde(default, skip_serializing_if = "is_zero")]
    pub deployments_failed: u64,
    /// Of these, the ones that were rolled back.
    #[serde(default, skip_serializing_if = "is_zero")]
    pub deployments_rolled_back: u64,
    /// Whether the service's first deployment was among those that failed; it is not among those
    /// that were started.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub first_deployment_failed: bool,
    /// Deployments and rollbacks whose alarms were not looked at, as one was in ALARM when they
    /// began.
    #[serde(default, skip_serializing_if = "is_zero")]
    pub deployment_alarms_ignored: u64,
    /// Of a deployment that is not over at the end: the stage it is in, where it shifts traffic,
    /// else `IN_PROGRESS`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub deployment_under_way: Option<String>,
}

/// Requests of a service.
#[derive(Clone, PartialEq, Debug, Default, Serialize, Deserialize)]
pub struct LoadSummary {
    /// Requests that arrived at the balancer, further tries included.
    pub requests: f64,
    /// First tries among them.
    pub first_tries: f64,
    /// First tries that failed for good, after all further tries.
    pub failed_requests: f64,
    /// `failed_requests` of the first tries, percent.
    pub failed_percent: Option<f64>,
    /// Requests answered with a 5xx by a task.
    pub target_5xx: f64,
    /// Requests answered with a 5xx by the balancer.
    pub elb_5xx: f64,
    /// Of them, 502: at a task when it went away.
    #[serde(default, skip_serializing_if = "is_zero")]
    pub elb_502: f64,
    /// Of them, 503: no target was there to take them.
    #[serde(default, skip_serializing_if = "is_zero")]
    pub elb_503: f64,
    /// Of them, 504: no answer within the balancer's idle time-out.
    #[serde(default, skip_serializing_if = "is_zero")]
    pub elb_504: f64,
    /// Requests whose client gave up waiting.
    pub timed_out: f64,
    /// The most requests of a minute.
    pub requests_max_minute: f64,
    /// Requests in flight, mean of the last minute: not answered when the run ended.
    pub in_flight_last_minute: f64,
    /// Response times.
    pub response: ResponseSummary,
    /// Its queue, if it pulls from one.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub queue: Option<QueueSummary>,
    /// Seconds in which the load model was outside its validated range, by reason.
    pub distrust_s: BTreeMap<String, f64>,
    /// Seconds in which it was outside for any reason.
    pub distrust_any_s: f64,
}

/// Response times of a run, weighted by requests.
#[derive(Clone, Copy, PartialEq, Debug, Default, Serialize, Deserialize)]
pub struct ResponseSummary {
    /// Mean, seconds.
    pub mean_s: Option<f64>,
    /// Median, seconds.
    pub p50_s: Option<f64>,
    /// 90th percentile, seconds.
    pub p90_s: Option<f64>,
    /// 95th percentile, seconds.
    pub p95_s: Option<f64>,
    /// 99th percentile, seconds.
    pub p99_s: Option<f64>,
    /// The worst minute's 99th percentile, seconds.
    pub p99_max_minute_s: Option<f64>,
}

/// A utilisation over the minutes of a run.
#[derive(Clone, Copy, PartialEq, Debug, Default, Serialize, Deserialize)]
pub struct UtilizationSummary {
    /// Used of reserved over the whole run, percent.
    pub mean_percent: Option<f64>,
    /// The value that 95 % of minutes do not exceed, percent.
    pub p95_minute_percent: Option<f64>,
    /// The highest minute, percent.
    pub max_minute_percent: Option<f64>,
}

/// A count over time.
#[derive(Clone, Copy, PartialEq, Debug, Default, Serialize, Deserialize)]
pub struct CountSummary {
    /// Weighted by time.
    pub mean: f64,
    /// The least.
    pub min: u32,
    /// The most.
    pub max: u32,
}

/// What became of tasks.
#[derive(Clone, PartialEq, Debug, Default, Serialize, Deserialize)]
pub struct TaskSummary {
    /// Tasks that reached RUNNING during the run.
    pub started: u64,
    /// Tasks that were RUNNING at any time, those that stood at the start among them. Not in
    /// `summary.json`.
    #[serde(skip)]
    pub ran: u64,
    /// From being wanted to RUNNING.
    pub launch_delay: DelaySummary,
    /// Tasks that stopped, by `stopCode`.
    pub stopped: BTreeMap<String, u64>,
    /// Tasks that Fargate Spot took back.
    pub interruptions: u64,
    /// Containers that were started again in their tasks; left out where none was.
    #[serde(default, skip_serializing_if = "is_zero")]
    pub restarts: u64,
    /// Work lost with tasks, to be done again, seconds.
    pub lost_work_s: f64,
    /// Launches refused (each further try counts), by reason.
    pub refusals: BTreeMap<String, u64>,
    /// How long tasks waited for an instance; left out where none did.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub instance_wait: Option<WaitSummary>,
    /// Launches that no container instance took; left out without any.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub no_instance: Option<NoInstanceSummary>,
    /// Searches for an instance that no index answers: constraints about an instance's tasks, its
    /// agent, its id or its age; left out without any.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub instance_searches: Option<SearchSummary>,
}

/// Delays of many things.
#[derive(Clone, Copy, PartialEq, Debug, Default, Serialize, Deserialize)]
pub struct DelaySummary {
    /// Mean, seconds.
    pub mean_s: Option<f64>,
    /// Median, seconds (in steps of 2.5 %).
    pub p50_s: Option<f64>,
    /// 95th percentile, seconds (in steps of 2.5 %).
    pub p95_s: Option<f64>,
    /// 99th percentile, seconds (in steps of 2.5 %).
    pub p99_s: Option<f64>,
    /// The longest, seconds.
    pub max_s: Option<f64>,
}

/// A capacity provider in numbers.
#[derive(Clone, PartialEq, Debug, Default, Serialize, Deserialize)]
pub struct ProviderSummary {
    /// Its name.
    pub name: String,
    /// Hours that tasks were RUNNING on it.
    pub task_hours: f64,
    /// Of all providers' task hours, percent.
    pub task_hours_percent: f64,
    /// Tasks that reached RUNNING during the run.
    pub started: u64,
    /// Tasks that were taken back.
    pub interruptions: u64,
    /// Launches refused, by reason.
    pub refusals: BTreeMap<String, u64>,
}

fn is_zero<N: PartialEq + Default>(number: &N) -> bool {
    *number == N::default()
}

fn is_none_of(number: &u32) -> bool {
    *number == 0
}

/// A program that calls RunTask, in numbers.
#[derive(Clone, PartialEq, Debug, Default, Serialize, Deserialize)]
pub struct JobSourceSummary {
    /// Its name.
    pub name: String,
    /// Jobs that ended well.
    pub succeeded: u64,
    /// Jobs that failed for good.
    pub failed: u64,
    /// Jobs that were never started, as one that they come after had failed.
    #[serde(default, skip_serializing_if = "is_zero")]
    pub skipped: u64,
    /// Task starts: more than one a job where it was tried again.
    pub starts: u64,
    /// The most arrivals that waited at once.
    pub waiting_max: u32,
    /// From arrival to end, of the jobs that are over and of which a task was started.
    pub sojourn: DelaySummary,
    /// Its tasks.
    pub tasks: TaskSummary,
    /// Of a schedule or a rule: what became of its runs.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub schedule: Option<ScheduleSummary>,
}

/// The runs of a schedule or a rule of EventBridge.
#[derive(Clone, PartialEq, Eq, Debug, Default, Serialize, Deserialize)]
pub struct ScheduleSummary {
    /// How often it called RunTask, further tries not counted.
    pub runs: u64,
    /// Runs that began while tasks of an earlier one still ran or waited.
    pub overlapping: u64,
    /// Further tries of tasks, after errors.
    pub retries: u64,
    /// Tasks that were given up when tries or time were used up.
    pub given_up: u64,
    /// Whether those went to a dead-letter queue; else they were dropped.
    pub has_dead_letters: bool,
    /// Tasks that RunTask named in `failures`: nobody tried again. By reason.
    pub lost: BTreeMap<String, u64>,
}

/// Fargate Spot's market in a zone.
#[derive(Clone, PartialEq, Debug, Default, Serialize, Deserialize)]
pub struct SpotZoneSummary {
    /// The zone's name.
    pub zone: String,
    /// Share of time in which every launch was granted, percent.
    pub calm_percent: f64,
    /// Share of time in which launches were granted with a chance, percent.
    pub tight_percent: f64,
    /// Share of time in which none was granted, percent.
    pub empty_percent: f64,
    /// Reclaims of the whole pool.
    pub reclaims: u64,
    /// Tasks that were taken back.
    pub interruptions: u64,
}

/// What the run says about an objective.
#[derive(Clone, PartialEq, Debug, Default, Serialize, Deserialize)]
pub struct ObjectiveSummary {
    /// The objective in words.
    pub text: String,
    /// The run's value in the metric's own unit, for an objective about the run; `null` if it has
    /// none (no requests; a cost, which the bill knows).
    pub value: Option<f64>,
    /// Minutes in which the value existed, for an objective about minutes.
    pub minutes_judged: u64,
    /// Minutes among them in which the bound held.
    pub minutes_held: u64,
    /// A schedule's calls whose time is over, for an objective about them.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub calls_judged: Option<u64>,
    /// Calls among them of which all tasks were done in time.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub calls_held: Option<u64>,
    /// Whether it holds; `null` where there is nothing to judge (and for a cost).
    pub holds: Option<bool>,
}
