//! Capacity of one's own: Auto Scaling groups of EC2 instances, their capacity providers, and how
//! tasks are placed on them.

use std::sync::Arc;

use super::task_definition::Architecture;
use crate::engine::distribution::Distribution as Law;
use crate::engine::random::NameHash;
use crate::engine::{SimDuration, SimTime};
use crate::ids::{GroupId, InstanceTypeId, ZoneId};
use crate::policy::auto_scaling_group::{
    Distribution, OnDemandAllocation, PoolState, Purchase, Sizes, SpotAllocation, TerminationPolicy,
};
use crate::policy::cluster_query::Expression;
use crate::policy::image_cleanup::ImageCleanup;
use crate::policy::managed_instances::{Lifetime, ScaleInAfter};
use crate::policy::managed_scaling::ManagedScaling;
use crate::policy::placement::{Need, PlacementRule, Ports};
use crate::policy::spot::price::PriceProcess;
use crate::policy::spot::{Rates, ReplayStep, SpotParameters};

/// An EC2 Auto Scaling group whose instances register with the cluster.
#[derive(Clone, Debug)]
pub struct GroupPlan {
    /// `AutoScalingGroupName`.
    pub name: String,
    /// The key of its random streams.
    pub key: NameHash,
    /// `MinSize`.
    pub min_size: u32,
    /// `MaxSize`.
    pub max_size: u32,
    /// `DesiredCapacity` at the start; `MinSize` where none is given.
    pub desired_capacity: u32,
    /// The zones of its subnets.
    pub zones: Vec<ZoneId>,
    /// The subnet that its instances of each of these zones stand in, where it is the only one
    /// there; empty where none is named.
    pub subnets: Vec<Option<String>>,
    /// The instance types it launches, in the order of its overrides; one without overrides.
    pub types: Vec<GroupTypePlan>,
    /// What of it is on demand, what Spot; all on demand without a mixed instances policy.
    pub distribution: Distribution,
    /// `OnDemandAllocationStrategy`.
    pub on_demand_allocation: OnDemandAllocation,
    /// `SpotAllocationStrategy`.
    pub spot_allocation: SpotAllocation,
    /// `SpotMaxPrice`, micro-USD an hour: dearer pools grant nothing.
    pub spot_max_micro_usd: Option<u64>,
    /// `NewInstancesProtectedFromScaleIn`.
    pub protects_new_instances: bool,
    /// `TerminationPolicies`.
    pub termination_policies: Vec<TerminationPolicy>,
    /// `WarmPoolConfiguration`; `None`: there is no warm pool.
    pub warm_pool: Option<WarmPoolPlan>,
    /// `CapacityRebalance`.
    pub capacity_rebalance: bool,
    /// Whether zones that have too few get instances of those that have too many: not where
    /// `SuspendedProcesses` has `AZRebalance`.
    pub balances_zones: bool,
    /// How long an instance takes from the decision to launch it until it is ACTIVE.
    pub latencies: InstanceLatencyPlan,
    /// Settings of the ECS agent.
    pub agent: AgentPlan,
    /// The agent's version, for constraints that ask for it.
    pub agent_version: String,
    /// The `CpuCredits` of burstable types: unlimited or standard; `None`: each type's default.
    pub is_unlimited: Option<bool>,
    /// The EBS volumes of each instance.
    pub volumes: Vec<VolumePlan>,
    /// On-demand capacity that runs short; `None`: it never does.
    pub shortages: Option<ShortagePlan>,
    /// Share of launches that fail after they were granted (the instance never registers).
    pub launch_failures: f64,
    /// How long the group waits after a launch that failed everywhere.
    pub launch_retry: SimDuration,
    /// Of machines that no Auto Scaling group stands behind (ECS Anywhere): what befalls them. They
    /// are there from the start on, so many as desired, and in no zone.
    pub external: Option<ExternalPlan>,
    /// Of ECS Managed Instances, which ECS launches for waiting tasks and no Auto Scaling group
    /// stands behind: how it ends them. As many members as it desires, whatever they are.
    pub managed: Option<ManagedPlan>,
}

impl GroupPlan {
    /// Its size and bounds at the start.
    pub fn sizes(&self) -> Sizes {
        Sizes {
            min: self.min_size,
            max: self.max_size,
            desired: self.desired_capacity,
        }
    }

    /// The same, others.
    pub fn set_sizes(&mut self, sizes: Sizes) {
        (self.min_size, self.max_size) = (sizes.min, sizes.max);
        self.desired_capacity = sizes.desired;
    }

    /// The types and zones that it may launch in, by their positions.
    pub fn pool_places(&self) -> impl Iterator<Item = (usize, usize)> {
        let zones = self.zones.len();
        (0..self.types.len()).flat_map(move |kind| (0..zones).map(move |zone| (kind, zone)))
    }

    /// Whether its instances are EXTERNAL: machines of one's own that no group launched.
    pub fn is_external(&self) -> bool {
        self.external.is_some()
    }

    /// Who launches its instances.
    pub fn launcher(&self) -> Launcher {
        match (self.is_external(), self.managed) {
            (true, _) => Launcher::Nobody,
            (false, Some(_)) => Launcher::Ecs,
            (false, None) => Launcher::AutoScalingGroup,
        }
    }
}

/// Who launches instances.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Launcher {
    /// EC2 Auto Scaling.
    AutoScalingGroup,
    /// ECS, for a capacity provider of Managed Instances.
    Ecs,
    /// Nobody: machines of one's own.
    Nobody,
}

/// How ECS ends Managed Instances.
#[derive(Clone, Copy, PartialEq, Debug)]
pub struct ManagedPlan {
    /// `infrastructureOptimization.scaleInAfter`.
    pub scale_in_after: ScaleInAfter,
    /// Ages at which an instance drains and ends.
    pub lifetime: Lifetime,
    /// A type at most so dear, in percent, takes an under-used instance's place.
    pub replace_below_percent: u32,
    /// For how long tasks that wait are gathered before instances are launched for them.
    pub gathering: SimDuration,
    /// Whether what stands at the start is of any age up to that at which it drains, each as
    /// likely, or new.
    pub is_of_any_age: bool,
}

/// What befalls each of one's own machines, by a clock of its own.
#[derive(Clone, Copy, PartialEq, Debug, Default)]
pub struct ExternalPlan {
    /// It fails, and what runs on it is lost; `None`: never.
    pub failures: Option<RecurringPlan>,
    /// Its agent is disconnected, and what runs goes on; `None`: never.
    pub disconnects: Option<RecurringPlan>,
}

/// Something that comes again and again, exponentially distributed both ways.
#[derive(Clone, Copy, PartialEq, Debug)]
pub struct RecurringPlan {
    /// Mean time between the end of one and the next.
    pub every: SimDuration,
    /// Mean length.
    pub lasts: SimDuration,
}

/// A warm pool of a group.
#[derive(Clone, Debug)]
pub struct WarmPoolPlan {
    /// `MinSize`.
    pub min_size: u32,
    /// `MaxGroupPreparedCapacity`, if it is given.
    pub prepared: Option<u32>,
    /// `PoolState`.
    pub state: PoolState,
    /// From the decision to take an instance out of the pool to its agent's start.
    pub start: Law,
}

impl GroupPlan {
    /// Whether it buys on Spot at all.
    pub fn buys_spot(&self) -> bool {
        self.distribution.on_demand_percent < 100
    }
}

/// An instance type of a group.
#[derive(Clone, Debug)]
pub struct GroupTypePlan {
    /// The type.
    pub instance_type: InstanceTypeId,
    /// What an instance registers, `ECS_RESERVED_MEMORY` taken off: what tasks can have.
    pub registered: Need,
    /// How alone it is bought, where price protection leaves the other way out.
    pub only: Option<Purchase>,
    /// The on-demand price, micro-USD an hour, for allocation strategies; the bill has its own.
    pub on_demand_micro_usd: u64,
    /// The Spot price, micro-USD an hour, at the start of the run.
    pub spot_micro_usd: u64,
    /// How the Spot pools of this type behave; `None` where the group never buys Spot.
    pub spot: Option<PoolBehaviour>,
    /// What is known of its pool in each of the group's zones; empty: nothing of any.
    pub pools: Vec<SpotPoolPlan>,
}

/// What a history says of a Spot pool.
#[derive(Clone, PartialEq, Debug, Default)]
pub struct SpotPoolPlan {
    /// The trace that it follows instead of the process, from the start of the run on.
    pub replay: Option<Arc<[ReplayStep]>>,
    /// What an hour costs.
    pub price: SpotPrice,
}

/// What an hour of a Spot pool costs over time.
#[derive(Clone, PartialEq, Debug, Default)]
pub enum SpotPrice {
    /// The type's price, all along.
    #[default]
    Constant,
    /// From each of these times on so much, micro-USD; the first is the start of the run.
    Changes(Arc<[(SimTime, u64)]>),
    /// A process.
    Process {
        /// Its parameters.
        process: PriceProcess,
        /// What it moves around, micro-USD an hour before discounts; 0 until the price book is
        /// known: the type's price.
        level: u64,
        /// What it never exceeds: on demand.
        most: u64,
    },
}

/// How a Spot pool behaves.
#[derive(Clone, Copy, PartialEq, Debug)]
pub struct PoolBehaviour {
    /// The parameters of the process.
    pub parameters: SpotParameters,
    /// Their rates.
    pub rates: Rates,
}

/// The phases of an instance's start, each as a distribution in seconds.
#[derive(Clone, Debug)]
pub struct InstanceLatencyPlan {
    /// From the decision to the instance being `pending`: the API's and the group's time.
    pub request: Law,
    /// From `pending` to `running`: billed from then on.
    pub pending: Law,
    /// From `running` to the agent's start: boot and user data.
    pub boot: Law,
    /// From the agent's start to ACTIVE.
    pub register: Law,
}

/// Settings of the ECS agent (`ecsConfig` of a launch template).
#[derive(Clone, Debug, PartialEq)]
pub struct AgentPlan {
    /// `ECS_RESERVED_PORTS`.
    pub reserved_ports: Ports,
    /// `ECS_ENABLE_SPOT_INSTANCE_DRAINING`.
    pub spot_draining: bool,
    /// `ECS_IMAGE_PULL_BEHAVIOR`.
    pub image_pull: ImagePull,
    /// How images go that no task has used for long; `None`: they stay, under `prefer-cached` and
    /// with `ECS_DISABLE_IMAGE_CLEANUP`.
    pub image_cleanup: Option<ImageCleanup>,
    /// `ECS_CONTAINER_STOP_TIMEOUT`: of containers without a `stopTimeout`; `None`: as usual.
    pub stop_timeout: Option<SimDuration>,
    /// `ECS_INSTANCE_ATTRIBUTES`: custom attributes, by name; and what all instances have alike of
    /// those that ECS gives (`ecs.ami-id`, `ecs.vpc-id`).
    pub attributes: Vec<(String, String)>,
}

/// `ECS_IMAGE_PULL_BEHAVIOR`.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Default)]
pub enum ImagePull {
    /// `default`: pulled always; an unchanged image costs a look at the registry.
    #[default]
    Default,
    /// `always`: the same, and no cached copy if the pull fails.
    Always,
    /// `once`: if no earlier task on the instance pulled it.
    Once,
    /// `prefer-cached`: if it is not there.
    PreferCached,
}

/// An EBS volume of each instance.
#[derive(Clone, Copy, PartialEq, Debug)]
pub struct VolumePlan {
    /// Its size, GiB.
    pub gib: u32,
}

/// On-demand capacity that runs short: each pool (type and zone) is at times without capacity.
#[derive(Clone, Copy, PartialEq, Debug)]
pub struct ShortagePlan {
    /// Mean time between the end of a shortage and the next.
    pub every: SimDuration,
    /// Mean length.
    pub lasts: SimDuration,
}

/// An Auto Scaling group's capacity provider.
#[derive(Clone, Debug)]
pub struct GroupProviderPlan {
    /// The group.
    pub group: GroupId,
    /// `managedScaling`; `None`: disabled.
    pub managed_scaling: Option<ManagedScaling>,
    /// `managedTerminationProtection`.
    pub termination_protection: bool,
    /// `managedDraining`.
    pub managed_draining: bool,
    /// How long waiting tasks wait before they are placed again after something changed.
    pub placement_retry: SimDuration,
    /// The shortest wait for capacity until a waiting task is given up.
    pub wait_min: SimDuration,
    /// The longest.
    pub wait_max: SimDuration,
    /// Whether it is one of Managed Instances: ECS launches what its waiting tasks need.
    pub is_managed_instances: bool,
}

impl GroupProviderPlan {
    /// Whether tasks that find no room wait for an instance, because one may come.
    pub fn brings_instances(&self) -> bool {
        self.is_managed_instances || self.managed_scaling.is_some()
    }
}

/// How the tasks of a service or program are placed on container instances.
#[derive(Clone, Debug, Default)]
pub struct PlacementPlan {
    /// `placementStrategy`; a service without one has the service default.
    pub rules: Vec<PlacementRule>,
    /// `memberOf` constraints, as far as an instance's kind answers them.
    pub constraints: Vec<Expression>,
    /// The others: about its tasks, its agent, its id, its age. Each instance is asked.
    pub live_constraints: Vec<Expression>,
    /// `distinctInstance`.
    pub distinct_instance: bool,
}

/// What of a task definition matters on container instances.
#[derive(Clone, Debug)]
pub struct HostingPlan {
    /// `networkMode`.
    pub network: NetworkMode,
    /// GPUs of its containers.
    pub gpus: u32,
    /// Static host ports.
    pub ports: Ports,
    /// `memberOf` constraints of the task definition, as far as an instance's kind answers them.
    pub constraints: Vec<Expression>,
    /// The others: each instance is asked.
    pub live_constraints: Vec<Expression>,
    /// `runtimePlatform.cpuArchitecture`, where it is given: without it a task runs on instances
    /// of either.
    pub architecture: Option<Architecture>,
}

/// `networkMode`.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum NetworkMode {
    /// `awsvpc`: a network interface of its own.
    Awsvpc,
    /// `bridge`, EC2's default.
    Bridge,
    /// `host`.
    Host,
    /// `none`.
    None,
}

impl HostingPlan {
    /// What a Fargate task definition has.
    pub fn of_fargate() -> Self {
        HostingPlan {
            network: NetworkMode::Awsvpc,
            gpus: 0,
            ports: Ports::default(),
            constraints: Vec::new(),
            live_constraints: Vec::new(),
            architecture: None,
        }
    }
}
