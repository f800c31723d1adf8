//! The plan: a checked scenario, ready to run. Legal by construction: ids resolved, units typed,
//! every default applied, nothing optional that merely means "defaulted". `scenario::load` is the
//! one way to get one.

use crate::catalog::prices::PriceBook;
use crate::demand::arrivals::ArrivalTrace;
use crate::demand::calendar::RunCalendar;
use crate::demand::generator::RateSpec;
use crate::demand::source::ArrivalProcess;
use crate::engine::distribution::Distribution;
use crate::engine::random::NameHash;
use crate::engine::{SimDuration, SimTime};
use crate::ids::{
    JobSourceId, LoadBalancerId, ProviderId, ServiceId, TargetGroupId, TaskDefinitionId, ZoneId,
};
use crate::policy::load::Routing;
use crate::policy::spot::{Rates, SpotParameters};
use crate::policy::strategy::Strategy;
use crate::units::{CpuUnits, MiB};

/// Everything a run needs to know, and nothing else.
#[derive(Clone, Debug)]
pub struct Plan {
    /// The scenario's name: the folder of its results.
    pub name: String,
    /// When, how long, with which seed.
    pub run: RunPlan,
    /// What is kept of the run.
    pub record: RecordPlan,
    /// The AWS region's name.
    pub region: String,
    /// The Availability Zones in use; a [`ZoneId`] is an index here.
    pub zones: Vec<ZonePlan>,
    /// The one cluster.
    pub cluster: ClusterPlan,
    /// The cluster's capacity providers; a [`ProviderId`] is an index here.
    pub providers: Vec<ProviderPlan>,
    /// All task definition revisions; a [`TaskDefinitionId`] is an index here.
    pub task_definitions: Vec<TaskDefinitionPlan>,
    /// The services, in the order of their names.
    pub services: Vec<ServicePlan>,
    /// Programs that call RunTask: `aws.runTasks` and the `run` entries of the timeline.
    pub job_sources: Vec<JobSourcePlan>,
    /// Load balancers.
    pub load_balancers: Vec<LoadBalancerPlan>,
    /// Target groups.
    pub target_groups: Vec<TargetGroupPlan>,
    /// Scalable targets with their policies.
    pub scalable_targets: Vec<ScalableTargetPlan>,
    /// Fargate Spot's market.
    pub spot: SpotPlan,
    /// Account quotas and launch rates.
    pub quotas: QuotaPlan,
    /// What the operator does, in order of time.
    pub timeline: Vec<TimelineEntry>,
    /// Prices of the region, with the scenario's overrides.
    pub prices: PriceBook,
    /// What is to hold.
    pub objectives: Vec<ObjectivePlan>,
    /// Every default that applied, for the manifest and the summary.
    pub assumptions: Vec<AppliedDefault>,
    /// What the loader wants the user to know: ignored fields, gaps in traces, prices taken from
    /// elsewhere.
    pub notes: Vec<String>,
}

/// When the run plays and how.
#[derive(Clone, Debug)]
pub struct RunPlan {
    /// The instant of `SimTime::ZERO`.
    pub start: jiff::Timestamp,
    /// The simulated length; the run is the half-open `[start, start + duration)`.
    pub duration: SimDuration,
    /// The zone of charts, daily profiles and times of day.
    pub time_zone: jiff::tz::TimeZone,
    /// Whether services are up at the start.
    pub begin: Begin,
    /// The seed of all random streams.
    pub seed: u64,
}

/// How the run begins.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Begin {
    /// Services are up and alarms primed at the first demand.
    Steady,
    /// Nothing runs.
    Empty,
}

/// What is recorded.
#[derive(Clone, Debug)]
pub struct RecordPlan {
    /// The period of kept series; a multiple of 60 s. `None`: no series.
    pub metrics: Option<SimDuration>,
    /// Whether `tasks.csv` is written.
    pub tasks: bool,
    /// Whether EventBridge's events are written.
    pub events: bool,
    /// Whether decisions are written.
    pub decisions: bool,
}

/// An Availability Zone.
#[derive(Clone, Debug)]
pub struct ZonePlan {
    /// For instance `us-east-1a`.
    pub name: String,
    /// The key of the zone's random streams.
    pub key: NameHash,
}

/// The cluster.
#[derive(Clone, Debug)]
pub struct ClusterPlan {
    /// `clusterName`.
    pub name: String,
    /// The `containerInsights` setting.
    pub container_insights: ContainerInsights,
}

/// The cluster setting `containerInsights`.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum ContainerInsights {
    /// Off.
    Disabled,
    /// Standard: billed as custom metrics.
    Enabled,
    /// With enhanced observability: its own rate.
    Enhanced,
}

/// A capacity provider.
#[derive(Clone, Debug)]
pub struct ProviderPlan {
    /// `FARGATE`, `FARGATE_SPOT`.
    pub name: String,
    /// What stands behind it.
    pub kind: ProviderKind,
    /// How long the phases of a task's life take on it.
    pub latencies: LatencyPlan,
}

/// What stands behind a capacity provider.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum ProviderKind {
    /// Fargate on-demand.
    Fargate,
    /// Fargate Spot.
    FargateSpot,
}

/// The phases of a task's life that take time, each as a distribution in seconds.
#[derive(Clone, Debug)]
pub struct LatencyPlan {
    /// createdAt to connectivityAt: micro-VM and ENI.
    pub eni: Distribution,
    /// connectivityAt to pullStartedAt: the host gets ready.
    pub prepare: Distribution,
    /// The part of the pull that does not depend on the image's size.
    pub pull_base: Distribution,
    /// Further seconds of the pull for each MiB of (compressed) image.
    pub pull_per_mib: f64,
    /// pullStoppedAt to startedAt: containers are created and started.
    pub create: Distribution,
    /// executionStoppedAt to stoppedAt: the ENI is detached and deleted.
    pub deprovision: Distribution,
    /// From RUNNING to registered at the target group.
    pub registration: Distribution,
}

/// A CPU architecture of Fargate.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Debug)]
pub enum Architecture {
    /// `X86_64`.
    X86,
    /// `ARM64` (Graviton).
    Arm,
}

/// A revision of a task definition.
#[derive(Clone, Debug)]
pub struct TaskDefinitionPlan {
    /// The family.
    pub family: String,
    /// The revision, from 1.
    pub revision: u32,
    /// CPU at task level.
    pub cpu: CpuUnits,
    /// Memory at task level.
    pub memory: MiB,
    /// `runtimePlatform.cpuArchitecture`.
    pub architecture: Architecture,
    /// `ephemeralStorage.sizeInGiB`; 20 are included in the price.
    pub ephemeral_gib: u32,
    /// The longest `stopTimeout` of its containers.
    pub stop_timeout: SimDuration,
    /// Its containers.
    pub containers: Vec<ContainerPlan>,
    /// What its code costs.
    pub work: WorkPlan,
}

/// A container of a task definition.
#[derive(Clone, Debug)]
pub struct ContainerPlan {
    /// Its name.
    pub name: String,
    /// Whether its end ends the task.
    pub essential: bool,
    /// The image's name.
    pub image: String,
}

/// What the code of a task costs: the `work` block of a family or family:revision.
#[derive(Clone, Debug)]
pub struct WorkPlan {
    /// Seconds of one core per request.
    pub cpu_s: f64,
    /// Seconds per request that hold a slot without CPU.
    pub wait_s: f64,
    /// Coefficient of variation of the service time.
    pub cv: f64,
    /// Requests that a task works on at once.
    pub slots: u32,
    /// Share of requests answered with a 5xx, 0 to 1.
    pub errors: f64,
    /// Memory of an idle task, MiB.
    pub memory_base_mib: f64,
    /// Further memory per request in flight, MiB.
    pub memory_per_request_mib: f64,
    /// vCPUs that a task uses while idle.
    pub idle_vcpus: f64,
    /// Log bytes per request.
    pub log_bytes_per_request: f64,
    /// Log bytes per task and second, whatever it does.
    pub log_bytes_per_second: f64,
    /// Bytes of a request that cross between Availability Zones: each is charged out of one and
    /// into the other.
    pub cross_zone_bytes_per_request: f64,
    /// Compressed image size, MiB, all containers together.
    pub image_mib: f64,
    /// From the start of the containers until the code answers.
    pub start: SimDuration,
    /// How long a task works before it ends by itself, in seconds; `None`: it runs on.
    pub duration: Option<Distribution>,
    /// Exit codes of tasks that end by themselves, with shares that sum to 1.
    pub exit_codes: Vec<(i32, f64)>,
    /// Mean time to a crash of the running task; `None`: never.
    pub mttf: Option<SimDuration>,
    /// Share of tasks that fail before RUNNING, 0 to 1.
    pub start_failures: f64,
    /// How long the code takes to exit after SIGTERM.
    pub stops_in: SimDuration,
    /// A restarted task begins at its last checkpoint; `None`: from the beginning.
    pub checkpoint_every: Option<SimDuration>,
}

/// A service (REPLICA).
#[derive(Clone, Debug)]
pub struct ServicePlan {
    /// `serviceName`.
    pub name: String,
    /// The key of its random streams (its name, unless `world.streams` pins another).
    pub key: NameHash,
    /// The revision at the start.
    pub task_definition: TaskDefinitionId,
    /// `desiredCount` at the start.
    pub desired_count: u32,
    /// Where its tasks go.
    pub strategy: Strategy,
    /// `minimumHealthyPercent`.
    pub minimum_healthy_percent: u32,
    /// `maximumPercent`.
    pub maximum_percent: u32,
    /// The target group it registers with.
    pub target_group: Option<TargetGroupId>,
    /// The zones of its subnets, in the plan's order.
    pub zones: Vec<ZoneId>,
    /// Whether each task gets (and pays) a public IPv4 address.
    pub assign_public_ip: bool,
    /// Who asks of it.
    pub demand: Option<DemandPlan>,
}

/// Requests to a service.
#[derive(Clone, Debug)]
pub struct DemandPlan {
    /// The key of the demand's random streams.
    pub key: NameHash,
    /// The rate of first tries.
    pub rate: RateSpec,
    /// The client gives up after this long; `None`: it waits for ever.
    pub timeout: Option<SimDuration>,
    /// What becomes of a request in a task's queue whose client has given up.
    pub on_timeout: OnTimeout,
    /// Tries after the first one that failed.
    pub retry_attempts: u32,
    /// The wait before a further try.
    pub retry_backoff: SimDuration,
    /// Bytes of a request.
    pub bytes_in: f64,
    /// Bytes of a response.
    pub bytes_out: f64,
    /// New connections per request.
    pub connections_per_request: f64,
    /// How long a connection stays open.
    pub connection_length: SimDuration,
}

/// What becomes of a request in a task's queue whose client has given up.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum OnTimeout {
    /// It leaves the queue: nobody works for a connection that is closed.
    LeavesQueue,
    /// It is worked on all the same: overload then feeds itself.
    StaysInQueue,
}

/// A program that calls RunTask.
#[derive(Clone, Debug)]
pub struct JobSourcePlan {
    /// Its name.
    pub name: String,
    /// The key of its random streams.
    pub key: NameHash,
    /// What it runs.
    pub task_definition: TaskDefinitionId,
    /// Tasks per arrival.
    pub count: u32,
    /// The tasks' `group`.
    pub group: String,
    /// The tasks' `startedBy`.
    pub started_by: String,
    /// Where its tasks go.
    pub strategy: Strategy,
    /// The zones of its subnets.
    pub zones: Vec<ZoneId>,
    /// Whether each task gets (and pays) a public IPv4 address.
    pub assign_public_ip: bool,
    /// When it calls; `None`: only when the timeline says so.
    pub arrivals: Option<ArrivalPlan>,
    /// Tasks it keeps running at once at most; further arrivals wait in its own queue.
    pub concurrency: Option<u32>,
    /// How often a failed task is tried again.
    pub retry_attempts: u32,
    /// The wait before a further try.
    pub retry_backoff: SimDuration,
    /// What happens to an interrupted task's work.
    pub on_interruption: OnInterruption,
    /// How its calls find their providers.
    pub provider_choice: ProviderChoice,
}

/// How RunTask calls find the providers of their strategy.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum ProviderChoice {
    /// Each call counts its own tasks only: calls of one task all go to the same provider.
    PerCall,
    /// Each task's provider is drawn in proportion to the weights.
    WeightedRandom,
}

/// When a job source calls.
#[derive(Clone, Debug)]
pub enum ArrivalPlan {
    /// The rows of a trace.
    Trace(ArrivalTrace),
    /// Drawn at a rate.
    Generated {
        /// Arrivals per second.
        rate: RateSpec,
        /// How they are spaced.
        process: ArrivalProcess,
        /// Their work in seconds; `None`: as `work.duration` says.
        work: Option<Distribution>,
    },
}

/// What happens to the work of an interrupted task.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum OnInterruption {
    /// It is run again, without counting as a retry.
    Restart,
    /// It counts as a failed try.
    Fail,
}

/// A load balancer.
#[derive(Clone, Debug)]
pub struct LoadBalancerPlan {
    /// Its name.
    pub name: String,
    /// Whether it faces the internet: public addresses and data out are paid.
    pub internet_facing: bool,
    /// Its zones.
    pub zones: Vec<ZoneId>,
    /// Listener rules evaluated per request, beyond the default one.
    pub rules: u32,
}

/// A target group.
#[derive(Clone, Debug)]
pub struct TargetGroupPlan {
    /// `TargetGroupName`.
    pub name: String,
    /// The load balancer it hangs on.
    pub load_balancer: LoadBalancerId,
    /// `load_balancing.algorithm.type`.
    pub routing: Routing,
    /// `deregistration_delay.timeout_seconds`.
    pub deregistration_delay: SimDuration,
    /// `HealthCheckIntervalSeconds`.
    pub health_check_interval: SimDuration,
    /// Passing checks until a new target is healthy: 1, or the healthy threshold in the pessimistic
    /// reading.
    pub checks_to_healthy: u32,
}

/// A scalable target with its policies.
#[derive(Clone, Debug)]
pub struct ScalableTargetPlan {
    /// The service.
    pub service: ServiceId,
    /// `MinCapacity`.
    pub min: u32,
    /// `MaxCapacity`.
    pub max: u32,
    /// Its target tracking policies.
    pub policies: Vec<ScalingPolicyPlan>,
    /// How late CloudWatch's data points reach the alarms.
    pub metric_delay: SimDuration,
}

/// A target tracking policy.
#[derive(Clone, Debug)]
pub struct ScalingPolicyPlan {
    /// `PolicyName`.
    pub name: String,
    /// What it tracks.
    pub metric: TrackedMetric,
    /// `TargetValue`, in the metric's unit.
    pub target: f64,
    /// `ScaleOutCooldown`.
    pub scale_out_cooldown: SimDuration,
    /// `ScaleInCooldown`.
    pub scale_in_cooldown: SimDuration,
    /// `DisableScaleIn`.
    pub disable_scale_in: bool,
}

/// The predefined metrics of target tracking.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum TrackedMetric {
    /// `ECSServiceAverageCPUUtilization`, percent.
    Cpu,
    /// `ECSServiceAverageMemoryUtilization`, percent.
    Memory,
    /// `ALBRequestCountPerTarget`, requests per target and minute.
    RequestCountPerTarget,
}

/// Fargate Spot's market.
#[derive(Clone, Debug)]
pub struct SpotPlan {
    /// The parameters of the process.
    pub parameters: SpotParameters,
    /// Their rates, by `policy::spot::calibrate`.
    pub rates: Rates,
    /// Whether another zone is tried when one refuses.
    pub other_zones: bool,
    /// How long a refused launch waits before the next try.
    pub retry: SimDuration,
    /// The region's local hour at the start of the run, 0 to 24: the daily cycle of stress follows
    /// it.
    pub start_hour: f64,
}

/// Account quotas and launch rates.
#[derive(Clone, Debug)]
pub struct QuotaPlan {
    /// Concurrent Fargate vCPUs on-demand; `None`: raised beyond need.
    pub fargate_vcpus: Option<u32>,
    /// Concurrent Fargate Spot vCPUs; `None`: raised beyond need.
    pub fargate_spot_vcpus: Option<u32>,
    /// Burst of the launch buckets, tasks.
    pub launch_burst: u32,
    /// Refill of the launch buckets, tasks per second.
    pub launch_rate_per_s: u32,
    /// Tasks that one service may start per minute.
    pub service_launches_per_minute: u32,
}

/// One thing the operator does at one time.
#[derive(Clone, Debug)]
pub struct TimelineEntry {
    /// When.
    pub at: SimTime,
    /// What.
    pub action: TimelineAction,
}

/// What the operator does.
#[derive(Clone, Debug)]
pub enum TimelineAction {
    /// UpdateService.
    UpdateService(ServiceUpdate),
    /// RunTask: `count` tasks of a source.
    RunTask {
        /// The source that stands for this call.
        source: JobSourceId,
        /// How many tasks.
        count: u32,
    },
}

/// The fields of an UpdateService call; `None` leaves a field as it is.
#[derive(Clone, Debug)]
pub struct ServiceUpdate {
    /// The service.
    pub service: ServiceId,
    /// `desiredCount`.
    pub desired_count: Option<u32>,
    /// `capacityProviderStrategy`: moves nothing until a deployment is forced.
    pub strategy: Option<Strategy>,
    /// `taskDefinition`: starts a deployment.
    pub task_definition: Option<TaskDefinitionId>,
    /// `forceNewDeployment`.
    pub force_new_deployment: bool,
}

/// One line of `objectives`.
#[derive(Clone, Debug)]
pub struct ObjectivePlan {
    /// The objective in words, for tables and charts.
    pub text: String,
    /// What is judged.
    pub metric: ObjectiveMetric,
    /// Of which service; `None`: of the whole run.
    pub service: Option<ServiceId>,
    /// Which statistic.
    pub statistic: Statistic,
    /// The bound, in the metric's own unit (seconds, percent, share, count, USD).
    pub bound: Bound,
    /// Over what the bound must hold.
    pub scope: Scope,
}

/// What an objective judges.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum ObjectiveMetric {
    /// Response time, seconds.
    TargetResponseTime,
    /// Service CPU, percent.
    CpuUtilization,
    /// Service memory, percent.
    MemoryUtilization,
    /// Requests that failed, share of all, 0 to 1.
    FailedRequests,
    /// Running tasks.
    RunningTaskCount,
    /// Seconds from a task being wanted to RUNNING.
    LaunchDelay,
    /// Interrupted tasks.
    Interruptions,
    /// USD, per month or of the run.
    Cost {
        /// Whether the bound is per month of 730 h.
        per_month: bool,
    },
}

/// A statistic of a metric.
#[derive(Clone, Copy, PartialEq, Debug)]
pub enum Statistic {
    /// The mean.
    Average,
    /// The smallest.
    Minimum,
    /// The largest.
    Maximum,
    /// The total.
    Sum,
    /// A quantile, 0 to 1: p99 is 0.99.
    Quantile(f64),
}

/// A bound of an objective.
#[derive(Clone, Copy, PartialEq, Debug)]
pub enum Bound {
    /// Strictly below.
    Below(f64),
    /// Strictly above.
    Above(f64),
}

/// Over what a bound must hold.
#[derive(Clone, Copy, PartialEq, Debug)]
pub enum Scope {
    /// Of the whole run's value.
    Run,
    /// In at least this share of minutes, 0 to 1.
    Minutes(f64),
}

/// A default that applied.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct AppliedDefault {
    /// Where in the scenario it stands for a value: `world.latencies.default.eni`.
    pub path: String,
    /// The value that was taken.
    pub value: String,
    /// Why this value: a page of AWS, a measurement, or `ASSUMPTION`.
    pub source: String,
}

impl Plan {
    /// The end of the run: events at or after it are not played.
    pub fn horizon(&self) -> SimTime {
        SimTime::ZERO + self.run.duration
    }

    /// The run's calendar, for whatever follows local time.
    pub fn calendar(&self) -> RunCalendar {
        RunCalendar::new(self.run.start, self.run.time_zone.clone())
    }

    /// The provider of this id.
    pub fn provider(&self, id: ProviderId) -> &ProviderPlan {
        &self.providers[id.index()]
    }

    /// The task definition of this id.
    pub fn task_definition(&self, id: TaskDefinitionId) -> &TaskDefinitionPlan {
        &self.task_definitions[id.index()]
    }

    /// The service of this id.
    pub fn service(&self, id: ServiceId) -> &ServicePlan {
        &self.services[id.index()]
    }
}

impl TaskDefinitionPlan {
    /// `family:revision`, as DescribeTasks' ARNs end.
    pub fn name(&self) -> String {
        format!("{}:{}", self.family, self.revision)
    }
}
