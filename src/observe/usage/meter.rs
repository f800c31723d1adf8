//! What is metered, in which base unit, and which of it says waste.

use crate::catalog::fargate::FargatePlatform;
use crate::catalog::instances;
use crate::ids::InstanceTypeId;
use crate::policy::balancing::FlowKind;
use crate::policy::volume::VolumeKind;

/// What is metered; the quantity is a whole number of [`Meter::unit`].
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Debug)]
pub enum Meter {
    /// CPU of Fargate tasks, at their size: CPU unit seconds.
    FargateVcpu(FargatePlatform),
    /// Memory of Fargate tasks, at their size: MiB seconds.
    FargateMemory(FargatePlatform),
    /// CPU of Fargate Spot tasks: CPU unit seconds.
    FargateSpotVcpu(FargatePlatform),
    /// Memory of Fargate Spot tasks: MiB seconds.
    FargateSpotMemory(FargatePlatform),
    /// Ephemeral storage of Fargate tasks over the 20 GiB included: GiB seconds.
    FargateEphemeral,
    /// Time that an Application Load Balancer exists, in seconds; a part of an hour is billed full.
    LoadBalancerTime,
    /// New connections to the load balancer, in thousandths (a fluid flow has fractions of one).
    NewConnections,
    /// Open connections of the load balancer over time: connection seconds.
    ActiveConnections,
    /// Bytes through the load balancer, requests and responses.
    ProcessedBytes,
    /// Rule evaluations of the load balancer, the first ten rules of a request not counted (see
    /// [`Meter::counted_rules`]).
    RuleEvaluations,
    /// Time that a Network Load Balancer exists, in seconds; a part of an hour is billed full.
    NetworkBalancerTime,
    /// New flows through a Network Load Balancer, in thousandths.
    NewFlows(FlowKind),
    /// Open flows over time: flow seconds.
    ActiveFlows(FlowKind),
    /// Bytes through a Network Load Balancer, both ways.
    FlowBytes(FlowKind),
    /// Public IPv4 addresses in use: address seconds.
    PublicIpv4,
    /// Bytes taken in by CloudWatch Logs.
    LogsIngested,
    /// Metrics of Container Insights, billed as custom metrics: metric seconds.
    ContainerInsightsStandard,
    /// Metrics of Container Insights with enhanced observability: metric seconds.
    ContainerInsightsEnhanced,
    /// CloudWatch alarms of the scenario: alarm seconds.
    CloudwatchAlarms,
    /// Those of them with a period below a minute: alarm seconds.
    HighResolutionAlarms,
    /// Bytes between zones, counted once out of the one and once into the other: both are charged.
    DataCrossZone,
    /// Bytes out to the internet.
    DataOutInternet,
    /// EC2 instances on demand, by type: instance seconds.
    Ec2OnDemand(InstanceTypeId),
    /// EC2 instances on Spot, by type: instance seconds.
    Ec2Spot(InstanceTypeId),
    /// Management of Managed Instances, by type and how they are bought: instance seconds.
    ManagedFee(InstanceKind),
    /// EBS volumes of instances: GiB seconds.
    EbsStorage,
    /// EBS volumes of tasks, by type: GiB seconds.
    TaskVolumes(VolumeKind),
    /// Their IOPS that are paid: IOPS seconds.
    TaskVolumeIops(VolumeKind),
    /// Throughput of theirs that is paid: MiB/s seconds.
    TaskVolumeThroughput,
    /// What EFS file systems store: MiB seconds.
    FileSystems,
    /// Machines of one's own that are registered with the cluster: instance seconds.
    EcsAnywhere,
    /// What instances of a kind had for tasks while they ran: weighted MiB seconds (see
    /// [`weighted`]). Has no price: the cost of instances is split by it.
    InstanceCapacity(InstanceKind),
    /// What tasks reserved of it, from their placement until they were told to stop.
    InstanceReserved(InstanceKind),
    /// What Spot instances of a type cost at the price of each hour, where prices move: micro-USD
    /// seconds an hour, of which 3,600 are a micro-USD.
    SpotSpend(InstanceTypeId),
    /// CPU that tasks used on burstable instances in unlimited mode: CPU unit seconds.
    UnlimitedCpu(InstanceKind),
    /// The same in standard mode.
    StandardCpu(InstanceKind),
    /// Metrics that the code itself sends: metric seconds.
    CustomMetrics,
    /// Secrets of Secrets Manager: secret seconds.
    Secrets,
    /// Secrets that starts of tasks read.
    SecretCalls,
    /// The customer's KMS keys: key seconds.
    KmsKeys,
    /// What they decrypted for starts of tasks.
    KmsRequests,
    /// Tasks that are registered in Cloud Map: resource seconds.
    CloudMapResources,
    /// NAT gateways: gateway seconds. ASSUMPTION: by the second, where AWS rounds up to the hour.
    NatGateways,
    /// Bytes through NAT gateways: images pulled and logs sent.
    NatBytes,
    /// Interface VPC endpoints, each in each of its zones: endpoint seconds. ASSUMPTION: by the
    /// second, where AWS rounds up to the hour.
    VpcEndpoints,
    /// Bytes through interface VPC endpoints.
    VpcEndpointBytes,
    /// Calls of EventBridge Scheduler. ASSUMPTION: further tries of a call are free.
    SchedulerInvocations,
    /// Requests to SQS: what sends a message, and what the service's tasks do to take it.
    QueueRequests,
}

/// Instances of one type, bought in one way: they cost the same and have the same for tasks.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Debug)]
pub enum InstanceKind {
    /// On demand.
    OnDemand(InstanceTypeId),
    /// Spot.
    Spot(InstanceTypeId),
}

impl InstanceKind {
    /// The meter of their time.
    pub const fn time(self) -> Meter {
        match self {
            InstanceKind::OnDemand(id) => Meter::Ec2OnDemand(id),
            InstanceKind::Spot(id) => Meter::Ec2Spot(id),
        }
    }

    /// The end of a meter's name.
    fn name(self) -> String {
        match self {
            InstanceKind::OnDemand(id) => format!("on_demand_{}", instances::get(id).name),
            InstanceKind::Spot(id) => format!("spot_{}", instances::get(id).name),
        }
    }

    fn from_name(name: &str, own: &[InstanceTypeId]) -> Option<Self> {
        let of = |prefix: &str| {
            let name = name.strip_prefix(prefix)?;
            let mut own = own.iter().copied();
            let own = own.find(|id| instances::get(*id).name == name);
            own.or_else(|| instances::find(name).ok())
        };
        let on_demand = of("on_demand_").map(InstanceKind::OnDemand);
        on_demand.or_else(|| of("spot_").map(InstanceKind::Spot))
    }
}

/// How many GB of memory weigh as much as a vCPU when the cost of an instance is split: AWS's own
/// ratio, derived from Fargate's prices (Cost and Usage Report guide, "Example of split cost
/// allocation data", 2026-11).
pub const VCPU_WEIGHT: u64 = 9;

/// CPU units and MiB as one number: what counts when the cost of an instance is split. A CPU unit
/// is to a vCPU what a MiB is to a GB, so it weighs [`VCPU_WEIGHT`] MiB. GPUs have no weight.
pub const fn weighted(cpu: u64, memory: u64) -> u64 {
    VCPU_WEIGHT * cpu + memory
}

/// What the names of instance meters begin with.
const TIME: &str = "ec2_";
const FEE: &str = "ecs_managed_instances_fee_";
const CAPACITY: &str = "instance_capacity_";
const RESERVED: &str = "instance_reserved_";
const SPEND: &str = "spot_spend_";
const UNLIMITED: &str = "unlimited_cpu_";
const STANDARD: &str = "standard_cpu_";

/// Rules of a listener that are evaluated for free (Elastic Load Balancing pricing).
const FREE_RULES: u64 = 10;

impl Meter {
    /// The meters but those of an instance type, each of a platform's once for each platform (no
    /// Spot on Windows).
    pub fn all() -> Vec<Meter> {
        let mut meters = Vec::new();
        for platform in FargatePlatform::ALL {
            meters.push(Meter::FargateVcpu(platform));
            meters.push(Meter::FargateMemory(platform));
            if platform.minimum_spot_platform_version().is_some() {
                meters.push(Meter::FargateSpotVcpu(platform));
                meters.push(Meter::FargateSpotMemory(platform));
            }
        }
        for (_, kind) in VolumeKind::ALL {
            meters.push(Meter::TaskVolumes(kind));
            if kind.has_paid_iops() {
                meters.push(Meter::TaskVolumeIops(kind));
            }
        }
        meters.extend([
            Meter::FargateEphemeral,
            Meter::LoadBalancerTime,
            Meter::NewConnections,
            Meter::ActiveConnections,
            Meter::ProcessedBytes,
            Meter::RuleEvaluations,
            Meter::NetworkBalancerTime,
            Meter::PublicIpv4,
            Meter::LogsIngested,
            Meter::ContainerInsightsStandard,
            Meter::ContainerInsightsEnhanced,
            Meter::CloudwatchAlarms,
            Meter::HighResolutionAlarms,
            Meter::DataCrossZone,
            Meter::DataOutInternet,
            Meter::EbsStorage,
            Meter::TaskVolumeThroughput,
            Meter::FileSystems,
            Meter::EcsAnywhere,
            Meter::CustomMetrics,
            Meter::Secrets,
            Meter::SecretCalls,
            Meter::KmsKeys,
            Meter::KmsRequests,
            Meter::CloudMapResources,
            Meter::NatGateways,
            Meter::NatBytes,
            Meter::VpcEndpoints,
            Meter::VpcEndpointBytes,
            Meter::SchedulerInvocations,
            Meter::QueueRequests,
        ]);
        for kind in FlowKind::ALL {
            meters.extend([
                Meter::NewFlows(kind),
                Meter::ActiveFlows(kind),
                Meter::FlowBytes(kind),
            ]);
        }
        meters
    }

    /// The meter of instances with this name, of the catalog's types or the run's own.
    pub fn of_instances(name: &str, own: &[InstanceTypeId]) -> Option<Meter> {
        let of = |prefix: &str| InstanceKind::from_name(name.strip_prefix(prefix)?, own);
        let time = of(TIME).map(InstanceKind::time);
        time.or_else(|| of(CAPACITY).map(Meter::InstanceCapacity))
            .or_else(|| of(FEE).map(Meter::ManagedFee))
            .or_else(|| of(RESERVED).map(Meter::InstanceReserved))
            .or_else(|| of(UNLIMITED).map(Meter::UnlimitedCpu))
            .or_else(|| of(STANDARD).map(Meter::StandardCpu))
            .or_else(|| match of(SPEND)? {
                InstanceKind::Spot(id) => Some(Meter::SpotSpend(id)),
                InstanceKind::OnDemand(_) => None,
            })
    }

    /// The name in `usage.csv`.
    pub fn name(self) -> String {
        let of = |meter: &str, platform: FargatePlatform| format!("{meter}_{}", platform.name());
        match self {
            Meter::FargateVcpu(platform) => of("fargate_vcpu", platform),
            Meter::FargateMemory(platform) => of("fargate_memory", platform),
            Meter::FargateSpotVcpu(platform) => of("fargate_spot_vcpu", platform),
            Meter::FargateSpotMemory(platform) => of("fargate_spot_memory", platform),
            Meter::FargateEphemeral => "fargate_ephemeral".to_owned(),
            Meter::LoadBalancerTime => "load_balancer_time".to_owned(),
            Meter::NewConnections => "new_connections".to_owned(),
            Meter::ActiveConnections => "active_connections".to_owned(),
            Meter::ProcessedBytes => "processed_bytes".to_owned(),
            Meter::RuleEvaluations => "rule_evaluations".to_owned(),
            Meter::NetworkBalancerTime => "network_balancer_time".to_owned(),
            Meter::NewFlows(kind) => format!("new_flows_{}", kind.name()),
            Meter::ActiveFlows(kind) => format!("active_flows_{}", kind.name()),
            Meter::FlowBytes(kind) => format!("flow_bytes_{}", kind.name()),
            Meter::PublicIpv4 => "public_ipv4".to_owned(),
            Meter::LogsIngested => "logs_ingested".to_owned(),
            Meter::ContainerInsightsStandard => "container_insights_standard".to_owned(),
            Meter::ContainerInsightsEnhanced => "container_insights_enhanced".to_owned(),
            Meter::CloudwatchAlarms => "cloudwatch_alarms".to_owned(),
            Meter::HighResolutionAlarms => "high_resolution_alarms".to_owned(),
            Meter::DataCrossZone => "data_cross_zone".to_owned(),
            Meter::DataOutInternet => "data_out_internet".to_owned(),
            Meter::Ec2OnDemand(id) => format!("{TIME}{}", InstanceKind::OnDemand(id).name()),
            Meter::Ec2Spot(id) => format!("{TIME}{}", InstanceKind::Spot(id).name()),
            Meter::ManagedFee(kind) => format!("{FEE}{}", kind.name()),
            Meter::EbsStorage => "ebs_storage".to_owned(),
            Meter::TaskVolumes(kind) => format!("task_volumes_{}", kind.name()),
            Meter::TaskVolumeIops(kind) => format!("task_volume_iops_{}", kind.name()),
            Meter::TaskVolumeThroughput => "task_volume_throughput".to_owned(),
            Meter::FileSystems => "file_systems".to_owned(),
            Meter::EcsAnywhere => "ecs_anywhere".to_owned(),
            Meter::CustomMetrics => "custom_metrics".to_owned(),
            Meter::Secrets => "secrets".to_owned(),
            Meter::SecretCalls => "secret_calls".to_owned(),
            Meter::KmsKeys => "kms_keys".to_owned(),
            Meter::KmsRequests => "kms_requests".to_owned(),
            Meter::CloudMapResources => "cloud_map_resources".to_owned(),
            Meter::NatGateways => "nat_gateways".to_owned(),
            Meter::NatBytes => "nat_bytes".to_owned(),
            Meter::VpcEndpoints => "vpc_endpoints".to_owned(),
            Meter::VpcEndpointBytes => "vpc_endpoint_bytes".to_owned(),
            Meter::SchedulerInvocations => "scheduler_invocations".to_owned(),
            Meter::QueueRequests => "queue_requests".to_owned(),
            Meter::InstanceCapacity(kind) => format!("{CAPACITY}{}", kind.name()),
            Meter::InstanceReserved(kind) => format!("{RESERVED}{}", kind.name()),
            Meter::UnlimitedCpu(kind) => format!("{UNLIMITED}{}", kind.name()),
            Meter::StandardCpu(kind) => format!("{STANDARD}{}", kind.name()),
            Meter::SpotSpend(id) => format!("{SPEND}{}", InstanceKind::Spot(id).name()),
        }
    }

    /// The base unit of its quantities.
    pub const fn unit(self) -> &'static str {
        match self {
            Meter::FargateVcpu(_)
            | Meter::FargateSpotVcpu(_)
            | Meter::UnlimitedCpu(_)
            | Meter::StandardCpu(_) => "CPU-unit-seconds",
            Meter::FargateMemory(_) | Meter::FargateSpotMemory(_) | Meter::FileSystems => {
                "MiB-seconds"
            }
            Meter::FargateEphemeral | Meter::EbsStorage | Meter::TaskVolumes(_) => "GiB-seconds",
            Meter::TaskVolumeIops(_) => "IOPS-seconds",
            Meter::TaskVolumeThroughput => "MiB-per-second-seconds",
            Meter::Ec2OnDemand(_)
            | Meter::Ec2Spot(_)
            | Meter::EcsAnywhere
            | Meter::ManagedFee(_) => "instance-seconds",
            Meter::InstanceCapacity(_) | Meter::InstanceReserved(_) => "weighted-MiB-seconds",
            Meter::SpotSpend(_) => "micro-USD-seconds-an-hour",
            Meter::LoadBalancerTime | Meter::NetworkBalancerTime => "seconds",
            Meter::NewConnections | Meter::NewFlows(_) => "thousandths",
            Meter::ActiveFlows(_) => "flow-seconds",
            Meter::ActiveConnections => "connection-seconds",
            Meter::ProcessedBytes
            | Meter::FlowBytes(_)
            | Meter::LogsIngested
            | Meter::DataCrossZone
            | Meter::NatBytes
            | Meter::VpcEndpointBytes
            | Meter::DataOutInternet => "bytes",
            Meter::RuleEvaluations => "evaluations",
            Meter::SchedulerInvocations => "invocations",
            Meter::PublicIpv4 => "address-seconds",
            Meter::ContainerInsightsStandard
            | Meter::ContainerInsightsEnhanced
            | Meter::CustomMetrics => "metric-seconds",
            Meter::Secrets => "secret-seconds",
            Meter::SecretCalls => "calls",
            Meter::KmsKeys => "key-seconds",
            Meter::KmsRequests | Meter::QueueRequests => "requests",
            Meter::CloudMapResources => "resource-seconds",
            Meter::NatGateways => "gateway-seconds",
            Meter::VpcEndpoints => "endpoint-seconds",
            Meter::CloudwatchAlarms | Meter::HighResolutionAlarms => "alarm-seconds",
        }
    }

    /// How many of the `rules` that a request runs through count as evaluations.
    pub const fn counted_rules(rules: u64) -> u64 {
        rules.saturating_sub(FREE_RULES)
    }
}
