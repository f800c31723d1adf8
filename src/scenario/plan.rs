//! The plan: a checked scenario, ready to run. Legal by construction: ids resolved, units typed,
//! every default applied, nothing optional that merely means "defaulted". `scenario::load` is the
//! one way to get one.

use crate::catalog::prices::PriceBook;
use crate::demand::calendar::RunCalendar;
pub use crate::demand::load::Fidelity;
use crate::engine::{SimDuration, SimTime};
use crate::ids::{
    GroupId, InstanceTypeId, JobSourceId, ProviderId, ServiceId, TaskDefinitionId, ZoneId,
};
use crate::policy::spot::Level;
use crate::policy::strategy::Strategy;
use crate::policy::what_if::{Repacking, SpotFallback, UpTo, rule_of_size};
use crate::units::{CpuUnits, MiB};

mod alarm;
mod boundary;
mod call;
mod capacity;
mod deployment;
mod ec2;
mod job;
mod objective;
mod revisions;
mod scaling;
mod service;
mod stationary;
mod task_definition;
mod timeline;
mod volume;

// The rates and the strategies that plans hold.
pub use crate::demand::generator::RateSpec;
pub use crate::policy::auto_scaling_group::{OnDemandAllocation, SpotAllocation};
pub use alarm::{AlarmMetric, AlarmPlan, WatchedMetric};
pub use boundary::{
    BilledPlan, BoundaryPlan, StartPlan, StartProblemPlan, SubnetPlan, TaskSubnetPlan,
};
pub use call::{CallPlan, Via, call_links};
pub use capacity::{
    ClusterPlan, ContainerInsights, LatencyPlan, ProviderKind, ProviderPlan, QuotaPlan,
    RetirementPlan, SpotPlan, ZonePlan,
};
pub use deployment::{
    DeploymentAlarmsPlan, DeploymentRules, DeploymentUpdate, HookPlan, TaskSetPlan,
    TrafficShiftPlan,
};
pub use ec2::{
    AgentPlan, ExternalPlan, GroupPlan, GroupProviderPlan, GroupTypePlan, HostingPlan, ImagePull,
    InstanceLatencyPlan, Launcher, ManagedPlan, NetworkMode, PlacementPlan, PoolBehaviour,
    RecurringPlan, ShortagePlan, SpotPoolPlan, SpotPrice, VolumePlan, WarmPoolPlan,
};
pub use job::{
    ArrivalPlan, Caller, JOB_ITEMS_MAX, JobSourcePlan, OnInterruption, ProviderChoice, TargetPlan,
};
pub use objective::{Bound, CompletionPlan, ObjectiveMetric, ObjectivePlan, Scope, Statistic};
pub use scaling::{
    PredictivePolicyPlan, ScalableTargetPlan, ScalingPolicyPlan, ScheduledScalingPlan,
    StepPolicyPlan, TrackedMetric,
};
pub use service::{
    DemandPlan, FineMetrics, LoadBalancerPlan, OnTimeout, QueuePlan, ServicePlan, SessionsPlan,
    TargetGroupPlan,
};
pub use task_definition::{
    Architecture, ContainerCode, ContainerPlan, EndPlan, GrowthPlan, OwnWork, TaskDefinitionPlan,
    UnhealthyPlan, WorkPlan,
};
pub use timeline::{
    DisconnectPlan, DrainPlan, DroughtPlan, ServiceUpdate, TaskSetAction, TaskSetStep,
    TimelineAction, TimelineEntry,
};
pub use volume::{FileSystemPlan, TaskVolumePlan};

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
    /// What keeps tasks from starting.
    pub boundary: BoundaryPlan,
    /// The services whose code publishes metrics, once for each metric.
    pub published_metrics: Vec<ServiceId>,
    /// File systems that tasks mount.
    pub file_systems: Vec<FileSystemPlan>,
    /// The one cluster.
    pub cluster: ClusterPlan,
    /// The cluster's capacity providers; a [`ProviderId`] is an index here.
    pub providers: Vec<ProviderPlan>,
    /// Auto Scaling groups whose instances register with the cluster; a
    /// [`GroupId`] is an index here.
    pub groups: Vec<GroupPlan>,
    /// The attributes, beyond the zone, that placement strategies spread over; the number of a
    /// [`Spread::Attribute`](crate::policy::placement::Spread) is an index here.
    pub spread_attributes: Vec<String>,
    /// All task definition revisions; a [`TaskDefinitionId`] is an index here.
    pub task_definitions: Vec<TaskDefinitionPlan>,
    /// The services, in the order of their names.
    pub services: Vec<ServicePlan>,
    /// What the code of revisions calls, in the order of revisions.
    pub calls: Vec<CallPlan>,
    /// Programs that call RunTask: `aws.runTasks` and the `run` entries of the timeline.
    pub job_sources: Vec<JobSourcePlan>,
    /// Load balancers.
    pub load_balancers: Vec<LoadBalancerPlan>,
    /// Target groups.
    pub target_groups: Vec<TargetGroupPlan>,
    /// Scalable targets with their policies.
    pub scalable_targets: Vec<ScalableTargetPlan>,
    /// CloudWatch alarms, in the order of their services and names; an
    /// [`AlarmId`](crate::ids::AlarmId) is an index here.
    pub alarms: Vec<AlarmPlan>,
    /// Fargate Spot's market.
    pub spot: SpotPlan,
    /// Account quotas and launch rates.
    pub quotas: QuotaPlan,
    /// What ECS does not do and the scenario tries.
    pub what_if: WhatIfPlan,
    /// Retirement of Fargate tasks; `None`: there is none.
    pub retirement: Option<RetirementPlan>,
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

/// What ECS does not do and the scenario tries; nothing by default.
#[derive(Clone, Debug, Default)]
pub struct WhatIfPlan {
    /// `spotFallback`.
    pub spot_fallback: Option<SpotFallback>,
    /// FARGATE, where tasks of FARGATE_SPOT may fall back.
    pub on_demand: Option<ProviderId>,
    /// `repacking`.
    pub repacking: Option<Repacking>,
    /// `providerBySize`, in order: the first rule that is for a task's size.
    pub by_size: Vec<SizeRule>,
}

/// Where tasks up to a size go.
#[derive(Clone, PartialEq, Debug)]
pub struct SizeRule {
    /// Up to which size.
    pub up_to: UpTo,
    /// Their strategy, in place of the one that they have.
    pub strategy: Strategy,
}

impl WhatIfPlan {
    /// The rule for tasks of a size.
    pub fn rule_of_size(&self, size: (CpuUnits, MiB)) -> Option<usize> {
        rule_of_size(self.by_size.iter().map(|rule| rule.up_to), size)
    }
}

impl Plan {
    /// The strategy of a program's tasks: its own, or that of a rule of `providerBySize`; and where
    /// its items begin among all that the program's tasks may go to.
    pub fn job_strategy(&self, source: JobSourceId, rule: Option<u32>) -> (&Strategy, usize) {
        let own = &self.job_sources[source.index()].strategy;
        let Some(rule) = rule else {
            return (own, 0);
        };
        let rules = &self.what_if.by_size;
        let before = rules[..rule as usize].iter();
        let before: usize = before.map(|it| it.strategy.items().len()).sum();
        let first = own.items().len() + before;
        (&rules[rule as usize].strategy, first)
    }

    /// How many items a program's tasks may go to.
    pub fn job_items(&self, own: &Strategy) -> usize {
        let rules = self.what_if.by_size.iter();
        own.items().len() + rules.map(|it| it.strategy.items().len()).sum::<usize>()
    }

    /// The provider of one of them.
    pub fn job_provider(&self, source: JobSourceId, item: usize) -> ProviderId {
        let own = self.job_sources[source.index()].strategy.items().iter();
        let rules = self.what_if.by_size.iter();
        let mut all = own.chain(rules.flat_map(|it| it.strategy.items()));
        all.nth(item)
            .expect("a job's item is one of its program's")
            .provider
    }
}

/// When the run plays and how.
#[derive(Clone, Debug)]
pub struct RunPlan {
    /// The instant of `SimTime::ZERO`.
    pub start: jiff::Timestamp,
    /// The simulated length; the run is the half-open `[start, start + duration)`.
    pub duration: SimDuration,
    /// The first part of it, which is simulated and not reported: whole minutes, less than all.
    pub warm_up: SimDuration,
    /// The zone of charts, daily profiles and times of day.
    pub time_zone: jiff::tz::TimeZone,
    /// Whether services are up at the start.
    pub begin: Begin,
    /// The seed of all random streams.
    pub seed: u64,
    /// How load is modelled.
    pub fidelity: Fidelity,
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
    /// Moments at which a chart shows how full instances are, beside that of the peak.
    pub packing: Vec<SimTime>,
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

    /// Whether tasks of a strategy may run on container instances.
    pub fn is_hosted(&self, strategy: &Strategy) -> bool {
        let mut items = strategy.items().iter();
        items.any(|item| self.provider(item.provider).kind.is_hosted())
    }

    /// Whether there are machines of one's own (ECS Anywhere).
    pub fn has_external(&self) -> bool {
        self.groups.iter().any(GroupPlan::is_external)
    }

    /// The Auto Scaling group of this id.
    pub fn group(&self, id: GroupId) -> &GroupPlan {
        &self.groups[id.index()]
    }

    /// The capacity provider of an Auto Scaling group or of Managed Instances; `None`: it has none.
    pub fn provider_of(&self, group: GroupId) -> Option<ProviderId> {
        let of_group = |it: &ProviderPlan| it.kind.group() == Some(group);
        let place = self.providers.iter().position(of_group);
        place.map(ProviderId::from_index)
    }

    /// The instance types of the scenario's own that its groups may launch.
    pub fn own_types(&self) -> impl Iterator<Item = InstanceTypeId> {
        let types = self.groups.iter().flat_map(|group| &group.types);
        let ids = types.map(|known| known.instance_type);
        ids.filter(|id| crate::catalog::instances::own::is_own(*id))
    }

    /// How the monthly shares behind its Spot capacity are read: the lifetimes in hours, each once.
    /// What follows a trace, or the user's own record, rests on none.
    pub fn spot_readings(&self) -> Vec<Option<f64>> {
        let types = self.groups.iter().flat_map(|group| &group.types);
        let is_replayed = |known: &&GroupTypePlan| {
            !known.pools.is_empty() && known.pools.iter().all(|pool| pool.replay.is_some())
        };
        let types = types.filter(|known| !is_replayed(known));
        let pools = types
            .filter_map(|known| known.spot)
            .map(|pool| pool.parameters);
        let mut kinds = self.providers.iter().map(|provider| provider.kind);
        let of_fargate = kinds
            .any(|kind| kind == ProviderKind::FargateSpot)
            .then_some(self.spot.parameters);
        let mut found: Vec<Option<f64>> = Vec::new();
        for parameters in pools.chain(of_fargate) {
            let is_share = matches!(parameters.level, Level::MonthlyShare(_));
            if is_share && !found.contains(&parameters.lifetime_hours) {
                found.push(parameters.lifetime_hours);
            }
        }
        found
    }

    /// The same, its price book knowing what the groups' instance types cost.
    #[must_use]
    pub fn with_instance_prices(mut self) -> Self {
        // Machines of one's own have no hourly price of EC2's.
        let bought = self.groups.iter().filter(|group| !group.is_external());
        for known in bought.flat_map(|group| &group.types) {
            let (on_demand, spot) = (known.on_demand_micro_usd, known.spot_micro_usd);
            self.prices
                .set_instance(known.instance_type, on_demand, spot);
        }
        // What the scenario says of a price holds for allocation strategies too.
        let micro =
            |price: crate::catalog::prices::Price| (price.amount.usd() * 1e6).round() as u64;
        let bought = self.groups.iter_mut();
        let bought = bought.filter(|group| !group.is_external());
        for known in bought.flat_map(|group| &mut group.types) {
            known.on_demand_micro_usd = micro(self.prices.on_demand_instance(known.instance_type));
            known.spot_micro_usd = micro(self.prices.spot_instance(known.instance_type));
            let (spot, on_demand) = self.prices.undiscounted(known.instance_type);
            for pool in &mut known.pools {
                if let SpotPrice::Process { level, most, .. } = &mut pool.price {
                    *most = micro(on_demand);
                    *level = if *level == 0 { micro(spot) } else { *level };
                }
            }
        }
        self
    }

    /// The task definition of this id.
    pub fn task_definition(&self, id: TaskDefinitionId) -> &TaskDefinitionPlan {
        &self.task_definitions[id.index()]
    }

    /// The name of a zone; empty for a task that waits for an instance.
    pub fn zone_name(&self, id: ZoneId) -> &str {
        self.zones
            .get(id.index())
            .map_or("", |zone| zone.name.as_str())
    }

    /// The service of this id.
    pub fn service(&self, id: ServiceId) -> &ServicePlan {
        &self.services[id.index()]
    }
}
