//! The defaults of the scenario format: one table with the source of each, so that every result can
//! list those that applied. [`neutral`] has the values that assume nothing.

pub mod neutral;

/// A value that is taken where the scenario says nothing.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct DefaultRow {
    /// Where it would stand; `*` is any name.
    pub path: &'static str,
    /// The value, as a scenario would write it.
    pub value: &'static str,
    /// A page of AWS, a measurement, or `ASSUMPTION` with its ground.
    pub source: &'static str,
}

const fn row(path: &'static str, value: &'static str, source: &'static str) -> DefaultRow {
    DefaultRow {
        path,
        value,
        source,
    }
}

const API: &str = "AWS API reference, 2026-11";
const SPOT_OVER: &str = "AWS: EC2 API reference, 2026-11; ASSUMPTION: it stands for the optimal \
                         protection of later texts, which give no figure";
const SPOT_OVER_OF_MANAGED: &str = "AWS: EC2 API reference, 2026-11; ASSUMPTION: for the same \
                                    capacity; for the optimal protection, which has no figure";
const ALB: &str = "AWS: Application Load Balancer user guide";
const QUOTAS: &str = "AWS: ECS developer guide, throttling, 2026-11";
const ONE_TASK: &str = "ASSUMPTION: one task's EventBridge events of 2023-05 give the mean; cv 0.4";
const PULL: &str = "ASSUMPTION: 60 to 80 ms per MB compressed follow from two measured starts";
const AGENT: &str = "AWS: the ECS agent's README, 2026-11";
const ON_EC2: &str = "ASSUMPTION: tasks of cached images were seen to start in 1 to 3 s";
const BOOT: &str = "measured: RunInstances to SSH in 25.8 s, 19 % API, 69 % pending; cv assumed";
const SPOT_PRICE: &str =
    "ASSUMPTION: fitted to t3.micro in three regions, 89 days to 2026-02-27, for all types";
const CAS: &str = "AWS: deep dive on cluster auto scaling; ASSUMPTION: each length as likely";
const REPACKING: &str = "ASSUMPTION: a what-if; what a careful script would do";
const CODE: &str = "ASSUMPTION: every code differs, say yours";

/// The version of the ECS agent where none is given.
pub(super) const AGENT_VERSION: &str = "1.90.0";

/// All defaults, by path.
pub const TABLE: &[DefaultRow] = &[
    row(
        "run.start",
        "2026-01-01T00:00:00Z",
        "ASSUMPTION: a fixed day, so that runs repeat",
    ),
    row("run.timeZone", "UTC", "ASSUMPTION"),
    row(
        "run.begin",
        "steady",
        "ASSUMPTION: what runs already is what is asked about",
    ),
    row("run.seed", "42", "ASSUMPTION: any number does"),
    row(
        "run.fidelity",
        "fluid",
        "ASSUMPTION: the load model of rates",
    ),
    row(
        "record.metrics",
        "60s",
        "AWS: the period of ECS's service metrics",
    ),
    row("record.tasks", "all", "ASSUMPTION"),
    row("record.events", "none", "ASSUMPTION"),
    row("record.decisions", "none", "ASSUMPTION"),
    row("record.format", "csv", "ASSUMPTION"),
    row(
        "aws.region",
        "us-east-1",
        "ASSUMPTION: the region with the most prices on record",
    ),
    row(
        "aws.subnets",
        "zones a, b and c",
        "ASSUMPTION: three zones everywhere",
    ),
    row(
        "aws.roles",
        "those that tasks need",
        "ASSUMPTION: roles, secrets, keys and log groups that no block names are right",
    ),
    row("aws.cluster.clusterName", "default", API),
    row(
        "aws.cluster.capacityProviders",
        "FARGATE, FARGATE_SPOT",
        "ASSUMPTION: both are free to associate; with those of aws.capacityProviders",
    ),
    row("aws.cluster.settings.containerInsights", "disabled", API),
    row(
        "aws.taskDefinitions.*.containerDefinitions",
        "one, named after the family",
        "ASSUMPTION",
    ),
    row(
        "aws.taskDefinitions.*.runtimePlatform.cpuArchitecture",
        "X86_64",
        API,
    ),
    row(
        "aws.taskDefinitions.*.ephemeralStorage.sizeInGiB",
        "20",
        API,
    ),
    row(
        "aws.taskDefinitions.*.containerDefinitions.*.stopTimeout",
        "30s",
        API,
    ),
    row(
        "aws.services.*.desiredCount",
        "1",
        "ASSUMPTION: the API wants a number, the console proposes 1",
    ),
    row("aws.services.*.availabilityZoneRebalancing", "ENABLED", API),
    row(
        "aws.services.*.deploymentConfiguration.minimumHealthyPercent",
        "100",
        API,
    ),
    row(
        "aws.services.*.deploymentConfiguration.maximumPercent",
        "200",
        API,
    ),
    row(
        "aws.services.*.deploymentConfiguration.deploymentCircuitBreaker.resetOnHealthyTask",
        "true",
        API,
    ),
    row(
        "aws.services.*.deploymentConfiguration.deploymentCircuitBreaker.thresholdConfiguration",
        "BOUNDED_PERCENT, 50",
        API,
    ),
    row(
        "aws.services.*.networkConfiguration.awsvpcConfiguration.subnets",
        "one in each zone",
        "ASSUMPTION",
    ),
    row(
        "aws.services.*.networkConfiguration.awsvpcConfiguration.assignPublicIp",
        "DISABLED",
        API,
    ),
    row("aws.runTasks.*.count", "1", API),
    row("aws.schedules.*.ScheduleExpressionTimezone", "UTC", API),
    row("aws.schedules.*.Target.EcsParameters.TaskCount", "1", API),
    row(
        "aws.schedules.*.Target.RetryPolicy.MaximumRetryAttempts",
        "185",
        "ASSUMPTION: as of rules, EventBridge user guide; the API names the range only",
    ),
    row(
        "aws.schedules.*.Target.RetryPolicy.MaximumEventAgeInSeconds",
        "86400",
        "ASSUMPTION: as of rules, EventBridge user guide; the API names the range only",
    ),
    row(
        "aws.ruleTargets.*.Targets.*.EcsParameters.TaskCount",
        "1",
        API,
    ),
    row(
        "aws.ruleTargets.*.Targets.*.RetryPolicy.MaximumRetryAttempts",
        "185",
        "AWS: EventBridge user guide, dead-letter queues",
    ),
    row(
        "aws.ruleTargets.*.Targets.*.RetryPolicy.MaximumEventAgeInSeconds",
        "86400",
        "AWS: EventBridge user guide, dead-letter queues",
    ),
    row(
        "world.schedules.*.delay",
        "uniform, low 0s, high 60s",
        "AWS: EventBridge Scheduler user guide: within 60 s; ASSUMPTION: anywhere in it as likely",
    ),
    row(
        "world.schedules.*.backoff",
        "1s",
        "ASSUMPTION: with 8 min at most the 185 tries take the 24 hours",
    ),
    row(
        "world.schedules.*.backoffMax",
        "8min",
        "ASSUMPTION: with 1 s at first the 185 tries take the 24 hours",
    ),
    row("aws.account.settings.awsvpcTrunking", "disabled", API),
    row(
        "aws.account.settings.fargateTaskRetirementWaitPeriod",
        "7",
        "ECS developer guide, task retirement: 7 days",
    ),
    row(
        "world.fargateRetirement",
        "none",
        "ASSUMPTION: AWS retired one or two revisions a month, this is left out unless asked for",
    ),
    row("aws.launchTemplates.*.VersionNumber", "1", API),
    row(
        "aws.launchTemplates.*.LaunchTemplateData.InstanceRequirements.BareMetal",
        "excluded",
        API,
    ),
    row(
        "aws.launchTemplates.*.LaunchTemplateData.InstanceRequirements.BurstablePerformance",
        "excluded",
        API,
    ),
    row(
        "aws.launchTemplates.*.LaunchTemplateData.InstanceRequirements.LocalStorage",
        "included",
        API,
    ),
    row(
        "aws.launchTemplates.*.LaunchTemplateData.InstanceRequirements.\
         OnDemandMaxPricePercentageOverLowestPrice",
        "20",
        API,
    ),
    row(
        "aws.launchTemplates.*.LaunchTemplateData.InstanceRequirements.\
         SpotMaxPricePercentageOverLowestPrice",
        "100",
        SPOT_OVER,
    ),
    row(
        "aws.launchTemplates.*.LaunchTemplateData.BlockDeviceMappings.*.Ebs.VolumeSize",
        "30",
        "AWS: the root volume of ECS-optimized images, GiB",
    ),
    row(
        "aws.launchTemplates.*.ecsConfig.ECS_RESERVED_MEMORY",
        "0",
        AGENT,
    ),
    row(
        "aws.launchTemplates.*.ecsConfig.ECS_RESERVED_PORTS",
        "[22, 2375, 2376, 51678, 51679]",
        AGENT,
    ),
    row(
        "aws.launchTemplates.*.ecsConfig.ECS_ENABLE_SPOT_INSTANCE_DRAINING",
        "false",
        AGENT,
    ),
    row(
        "aws.launchTemplates.*.ecsConfig.ECS_IMAGE_PULL_BEHAVIOR",
        "default",
        AGENT,
    ),
    row(
        "aws.launchTemplates.*.ecsConfig.ECS_ENGINE_TASK_CLEANUP_WAIT_DURATION",
        "3h",
        AGENT,
    ),
    row(
        "aws.launchTemplates.*.ecsConfig.ECS_IMAGE_CLEANUP_INTERVAL",
        "30m",
        AGENT,
    ),
    row(
        "aws.launchTemplates.*.ecsConfig.ECS_IMAGE_MINIMUM_CLEANUP_AGE",
        "1h",
        AGENT,
    ),
    row(
        "aws.autoScalingGroups.*.LaunchTemplate.Version",
        "$Default",
        API,
    ),
    row("aws.externalInstances.*.count", "1", "one machine an entry"),
    row(
        "aws.externalInstances.*.attributes",
        "ecs.cpu-architecture x86_64",
        "ASSUMPTION: most machines are",
    ),
    row("aws.autoScalingGroups.*.DesiredCapacity", "MinSize", API),
    row(
        "aws.autoScalingGroups.*.VPCZoneIdentifier",
        "one in each zone",
        "ASSUMPTION",
    ),
    row(
        "aws.autoScalingGroups.*.TerminationPolicies",
        "[Default]",
        API,
    ),
    row(
        "aws.autoScalingGroups.*.NewInstancesProtectedFromScaleIn",
        "false",
        API,
    ),
    row(
        "aws.autoScalingGroups.*.WarmPoolConfiguration.MinSize",
        "0",
        API,
    ),
    row(
        "aws.autoScalingGroups.*.WarmPoolConfiguration.MaxGroupPreparedCapacity",
        "MaxSize",
        API,
    ),
    row(
        "aws.autoScalingGroups.*.WarmPoolConfiguration.PoolState",
        "Stopped",
        API,
    ),
    row("aws.autoScalingGroups.*.CapacityRebalance", "false", API),
    row("aws.scheduledUpdateGroupActions.*.TimeZone", "Etc/UTC", API),
    row(
        "aws.autoScalingGroups.*.MixedInstancesPolicy.InstancesDistribution.OnDemandBaseCapacity",
        "0",
        API,
    ),
    row(
        "aws.autoScalingGroups.*.MixedInstancesPolicy.InstancesDistribution.\
         OnDemandPercentageAboveBaseCapacity",
        "100",
        API,
    ),
    row(
        "aws.autoScalingGroups.*.MixedInstancesPolicy.InstancesDistribution.\
         OnDemandAllocationStrategy",
        "prioritized, with InstanceRequirements lowest-price",
        API,
    ),
    row(
        "aws.autoScalingGroups.*.MixedInstancesPolicy.InstancesDistribution.SpotAllocationStrategy",
        "lowest-price",
        API,
    ),
    row(
        "aws.autoScalingGroups.*.MixedInstancesPolicy.InstancesDistribution.SpotInstancePools",
        "2",
        API,
    ),
    row(
        "aws.autoScalingGroups.*.MixedInstancesPolicy.LaunchTemplate.Overrides.*.\
         InstanceRequirements.BareMetal",
        "excluded",
        API,
    ),
    row(
        "aws.autoScalingGroups.*.MixedInstancesPolicy.LaunchTemplate.Overrides.*.\
         InstanceRequirements.BurstablePerformance",
        "excluded",
        API,
    ),
    row(
        "aws.autoScalingGroups.*.MixedInstancesPolicy.LaunchTemplate.Overrides.*.\
         InstanceRequirements.LocalStorage",
        "included",
        API,
    ),
    row(
        "aws.autoScalingGroups.*.MixedInstancesPolicy.LaunchTemplate.Overrides.*.\
         InstanceRequirements.OnDemandMaxPricePercentageOverLowestPrice",
        "20",
        API,
    ),
    row(
        "aws.autoScalingGroups.*.MixedInstancesPolicy.LaunchTemplate.Overrides.*.\
         InstanceRequirements.SpotMaxPricePercentageOverLowestPrice",
        "100",
        SPOT_OVER,
    ),
    row(
        "aws.capacityProviders.*.autoScalingGroupProvider.managedScaling",
        "none: disabled",
        API,
    ),
    row(
        "aws.capacityProviders.*.autoScalingGroupProvider.managedScaling.status",
        "ENABLED",
        "ASSUMPTION: who writes the block means it",
    ),
    row(
        "aws.capacityProviders.*.autoScalingGroupProvider.managedScaling.targetCapacity",
        "100",
        API,
    ),
    row(
        "aws.capacityProviders.*.autoScalingGroupProvider.managedScaling.minimumScalingStepSize",
        "1",
        API,
    ),
    row(
        "aws.capacityProviders.*.autoScalingGroupProvider.managedScaling.maximumScalingStepSize",
        "10000",
        API,
    ),
    row(
        "aws.capacityProviders.*.autoScalingGroupProvider.managedScaling.instanceWarmupPeriod",
        "300s",
        API,
    ),
    row(
        "aws.capacityProviders.*.autoScalingGroupProvider.managedTerminationProtection",
        "DISABLED",
        API,
    ),
    row(
        "aws.capacityProviders.*.autoScalingGroupProvider.managedDraining",
        "ENABLED",
        "AWS: ECS developer guide, managed instance draining, of new providers",
    ),
    row(
        "aws.capacityProviders.*.managedInstancesProvider.instanceLaunchTemplate.\
         networkConfiguration",
        "every zone",
        "ASSUMPTION: AWS wants subnets, and one in each zone is usual",
    ),
    row(
        "aws.capacityProviders.*.managedInstancesProvider.instanceLaunchTemplate.\
         storageConfiguration.storageSizeGiB",
        "80",
        "ASSUMPTION: 80 GiB, as AWS's console proposes; its API names none",
    ),
    row(
        "aws.capacityProviders.*.managedInstancesProvider.instanceLaunchTemplate.\
         capacityOptionType",
        "ON_DEMAND",
        API,
    ),
    row(
        "aws.capacityProviders.*.managedInstancesProvider.instanceLaunchTemplate.\
         instanceRequirements",
        "types of the M families of the current generation, at most 20 % dearer for what they have",
        "ECS developer guide, Managed Instances: the cheapest general-purpose types; ASSUMPTION",
    ),
    row(
        "aws.capacityProviders.*.managedInstancesProvider.instanceLaunchTemplate.\
         instanceRequirements.bareMetal",
        "excluded",
        API,
    ),
    row(
        "aws.capacityProviders.*.managedInstancesProvider.instanceLaunchTemplate.\
         instanceRequirements.burstablePerformance",
        "excluded",
        API,
    ),
    row(
        "aws.capacityProviders.*.managedInstancesProvider.instanceLaunchTemplate.\
         instanceRequirements.localStorage",
        "included",
        API,
    ),
    row(
        "aws.capacityProviders.*.managedInstancesProvider.instanceLaunchTemplate.\
         instanceRequirements.onDemandMaxPricePercentageOverLowestPrice",
        "20",
        "AWS API reference, 2026-11; ASSUMPTION: for the same capacity",
    ),
    row(
        "aws.capacityProviders.*.managedInstancesProvider.instanceLaunchTemplate.\
         instanceRequirements.spotMaxPricePercentageOverLowestPrice",
        "100",
        SPOT_OVER_OF_MANAGED,
    ),
    row(
        "aws.taskDefinitions.*.networkMode",
        "bridge on instances, awsvpc on Fargate and where only MANAGED_INSTANCES is required",
        API,
    ),
    row(
        "aws.services.*.placementStrategy",
        "spread over zones, then over instances",
        "AWS: ECS developer guide, service scheduler, REPLICA",
    ),
    row(
        "aws.runTasks.*.placementStrategy",
        "random",
        "ASSUMPTION: AWS does not say; any instance with room",
    ),
    row(
        "aws.loadBalancers",
        "one Application Load Balancer, internet-facing",
        "ASSUMPTION: target groups need one",
    ),
    row("aws.loadBalancers.*.Scheme", "internet-facing", API),
    row(
        "aws.loadBalancers.*.attributes.idle_timeout.timeout_seconds",
        "60s",
        ALB,
    ),
    row(
        "aws.loadBalancers.*.attributes.load_balancing.cross_zone.enabled",
        "false",
        "AWS: Network Load Balancer user guide",
    ),
    row("aws.targetGroups.*.HealthCheckIntervalSeconds", "30s", ALB),
    row(
        "aws.targetGroups.*.attributes.deregistration_delay.timeout_seconds",
        "300s",
        ALB,
    ),
    row(
        "aws.targetGroups.*.attributes.load_balancing.algorithm.type",
        "round_robin",
        ALB,
    ),
    row("aws.scalingPolicies.*.ScaleOutCooldown", "300s", API),
    row("aws.scalingPolicies.*.ScaleInCooldown", "300s", API),
    row(
        "aws.scalingPolicies.*.StepScalingPolicyConfiguration.Cooldown",
        "300s",
        API,
    ),
    row(
        "aws.scalingPolicies.*.StepScalingPolicyConfiguration.MetricAggregationType",
        "Average",
        API,
    ),
    row(
        "aws.scalingPolicies.*.PredictiveScalingPolicyConfiguration.Mode",
        "ForecastOnly",
        API,
    ),
    row(
        "aws.scalingPolicies.*.PredictiveScalingPolicyConfiguration.SchedulingBufferTime",
        "300s",
        API,
    ),
    row("aws.scheduledActions.*.Timezone", "UTC", API),
    row("aws.alarms.*.TreatMissingData", "missing", API),
    row(
        "aws.account.quotas.L-3032A538",
        "raised",
        "ASSUMPTION: AWS's own default is 6 vCPUs",
    ),
    row(
        "aws.account.quotas.L-36FBB829",
        "raised",
        "ASSUMPTION: AWS's own default is 6 vCPUs",
    ),
    row("aws.account.quotas.fargateLaunchBurst", "100", QUOTAS),
    row("aws.account.quotas.fargateLaunchRate", "20", QUOTAS),
    row(
        "aws.account.quotas.serviceLaunchesPerMinute",
        "500",
        "AWS: ECS service quotas, 2026-11",
    ),
    row(
        "aws.account.quotas.runTaskCallRate",
        "20 against Fargate; against instances 40, and 100 at once",
        QUOTAS,
    ),
    row(
        "aws.queues.*.Attributes.VisibilityTimeout",
        "30s",
        "AWS: SQS API reference, CreateQueue, 2026-11",
    ),
    row("world.demand.*.timeout", "none", "ASSUMPTION: clients wait"),
    row(
        "world.demand.*.providerChoice",
        "perCall",
        "ASSUMPTION: AWS does not say how calls of one task each are spread",
    ),
    row(
        "world.demand.*.onTimeout",
        "leavesQueue",
        "ASSUMPTION: servers notice that a queued request's connection is closed",
    ),
    row(
        "world.demand.*.retries.attempts",
        "0",
        "ASSUMPTION: clients do not retry",
    ),
    row("world.demand.*.retries.backoff", "1s", "ASSUMPTION"),
    row("world.demand.*.bytes.in", "1KiB", "ASSUMPTION"),
    row("world.demand.*.bytes.out", "10KiB", "ASSUMPTION"),
    row(
        "world.demand.*.connections",
        "0.1",
        "ASSUMPTION: ten requests a connection",
    ),
    row(
        "world.demand.*.connectionLength",
        "60s",
        "ASSUMPTION: the balancer's idle time-out",
    ),
    row(
        "world.demand.*.sessions.share",
        "100 %",
        "ASSUMPTION: every client keeps the balancer's cookie",
    ),
    row(
        "world.demand.*.sessions.length",
        "10m",
        "ASSUMPTION: every application differs, say yours",
    ),
    row(
        "world.demand.*.arrivals.process",
        "poisson",
        "ASSUMPTION: independent callers",
    ),
    row(
        "world.demand.*.onInterruption",
        "restart",
        "ASSUMPTION: the program starts the work again",
    ),
    row(
        "aws.services.*.volumeConfigurations.*.managedEBSVolume.volumeType",
        "gp3",
        "API ServiceManagedEBSVolumeConfiguration",
    ),
    row("world.work.*.cpu", "20ms", CODE),
    row("world.work.*.wait", "0s", CODE),
    row(
        "world.work.*.cv",
        "1",
        "ASSUMPTION: exponential times of service",
    ),
    row("world.work.*.slots", "16", CODE),
    row(
        "world.work.*.queue",
        "none",
        "ASSUMPTION: no bound; servers queue thousands before they turn a request away",
    ),
    row("world.work.*.errors", "0 %", CODE),
    row(
        "world.work.*.calls.*.timeout",
        "none",
        "ASSUMPTION: callers wait",
    ),
    row(
        "world.work.*.calls.*.retries",
        "0",
        "ASSUMPTION: callers do not retry",
    ),
    row(
        "world.work.*.calls.*.ttl",
        "60s",
        "ASSUMPTION: 10 to 60 s are common; AWS has no default",
    ),
    row(
        "world.work.*.calls.*.onFailure",
        "fail",
        "ASSUMPTION: a request needs what it calls",
    ),
    row("world.work.*.memory.base", "128MiB", CODE),
    row("world.work.*.memory.perRequest", "0B", CODE),
    row(
        "world.work.*.memory.growth.cv",
        "0.1",
        "ASSUMPTION: tasks of one code do not fill up all at once",
    ),
    row("world.work.*.idle", "0 vCPU", CODE),
    row(
        "world.work.*.health.errors",
        "100 %",
        "ASSUMPTION: code that fails its health checks answers nothing right",
    ),
    row("world.work.*.logs.perRequest", "0B", CODE),
    row("world.work.*.logs.perSecond", "0B", CODE),
    row("world.work.*.crossZone", "0B", CODE),
    row("world.work.*.image", "200MiB", CODE),
    row("world.work.*.start", "5s", CODE),
    row("world.work.*.stopsIn", "1s", CODE),
    row("world.work.*.containers.*.duration", "5s", CODE),
    row(
        "world.latencies.*.eni",
        "lognormal, mean 4.9s, cv 0.4",
        ONE_TASK,
    ),
    row(
        "world.latencies.*.prepare",
        "lognormal, mean 8s, cv 0.4",
        ONE_TASK,
    ),
    row(
        "world.latencies.*.pull.base",
        "lognormal, mean 1s, cv 0.4",
        PULL,
    ),
    row("world.latencies.*.pull.perMiB", "70ms", PULL),
    row(
        "world.latencies.*.create",
        "lognormal, mean 2.1s, cv 0.4",
        ONE_TASK,
    ),
    row(
        "world.latencies.*.volume",
        "lognormal, mean 10s, cv 0.4",
        "ASSUMPTION: AWS publishes no time of creating and attaching a volume",
    ),
    row(
        "world.latencies.*.deprovision",
        "lognormal, mean 22.8s, cv 0.4",
        ONE_TASK,
    ),
    row(
        "world.latencies.*.registration",
        "constant, mean 10s, cv 0",
        "ASSUMPTION",
    ),
    row(
        "world.latencies.EC2.eni",
        "lognormal, mean 4s, cv 0.3",
        "ASSUMPTION: AWS says several seconds; tasks of network mode awsvpc only",
    ),
    row(
        "world.latencies.EC2.prepare",
        "lognormal, mean 1s, cv 0.3",
        ON_EC2,
    ),
    row(
        "world.latencies.EC2.pull.base",
        "lognormal, mean 1s, cv 0.4",
        ON_EC2,
    ),
    row(
        "world.latencies.EC2.pull.perMiB",
        "50ms",
        "ASSUMPTION: AWS says 10 to 20 s of a large image",
    ),
    row(
        "world.latencies.EC2.pull.cached",
        "lognormal, mean 0.5s, cv 0.4",
        ON_EC2,
    ),
    row(
        "world.latencies.EC2.create",
        "lognormal, mean 1s, cv 0.3",
        ON_EC2,
    ),
    row(
        "world.latencies.EC2.deprovision",
        "lognormal, mean 2s, cv 0.4",
        "ASSUMPTION: the interface is detached; tasks of network mode awsvpc only",
    ),
    row(
        "world.instances.*.launch.request",
        "lognormal, mean 4.9s, cv 0.4",
        BOOT,
    ),
    row(
        "world.instances.*.launch.pending",
        "lognormal, mean 17.8s, cv 0.3",
        BOOT,
    ),
    row(
        "world.instances.*.launch.boot",
        "lognormal, mean 45s, cv 0.3",
        "ASSUMPTION: 3 s to SSH are measured, user data and the agent's start come after it",
    ),
    row(
        "world.instances.*.launch.register",
        "lognormal, mean 20s, cv 0.4",
        "ASSUMPTION: ACTIVE comes 60 to 120 s after the decision",
    ),
    row(
        "world.instances.*.launch.start",
        "lognormal, mean 30s, cv 0.3",
        "ASSUMPTION: pending and the system's boot again, user data has run; nothing is published",
    ),
    row(
        "world.instances.*.launch.resume",
        "lognormal, mean 25s, cv 0.3",
        "ASSUMPTION: memory is read back in place of a boot; nothing is published",
    ),
    row(
        "world.instances.*.launchFailures",
        "0 %",
        "ASSUMPTION: an instance that runs registers",
    ),
    row(
        "world.instances.*.launchRetry",
        "60s",
        "ASSUMPTION: AWS does not say when a group tries again",
    ),
    row(
        "world.instances.*.shortages",
        "none",
        "ASSUMPTION: capacity on demand is there",
    ),
    row(
        "world.instances.*.failures",
        "none",
        "ASSUMPTION: machines of one's own do not fail",
    ),
    row(
        "world.instances.*.disconnects",
        "none",
        "ASSUMPTION: their agents stay connected",
    ),
    row(
        "world.instances.*.agentVersion",
        AGENT_VERSION,
        "ASSUMPTION: a version of 2025 everywhere; constraints on agentVersion alone ask for it",
    ),
    row(
        "world.instances.*.placementRetry",
        "10s",
        "ASSUMPTION: AWS does not say when waiting tasks are placed again",
    ),
    row("world.instances.*.waitForCapacity.min", "10m", CAS),
    row("world.instances.*.waitForCapacity.max", "30m", CAS),
    row(
        "world.instances.*.managedScaling.combining",
        "maximum",
        "ASSUMPTION: AWS speaks of a lower bound that the next minutes complete",
    ),
    row(
        "world.instances.*.managedScaling.emptyGroup",
        "rests",
        "ASSUMPTION: taken literally it would start and end two instances for ever",
    ),
    row(
        "world.instances.*.managedInstances.gathering",
        "1s",
        "ASSUMPTION: AWS does not say how long it gathers tasks before it launches",
    ),
    row(
        "world.instances.*.managedInstances.scaleInAfter",
        "300s",
        "ASSUMPTION: AWS speaks of its own heuristic where scaleInAfter is not given",
    ),
    row(
        "world.instances.*.managedInstances.replaceBelow",
        "50 %",
        "ASSUMPTION: AWS publishes no threshold",
    ),
    row(
        "world.instances.*.managedInstances.drainsFrom",
        "14d",
        "AWS: ECS developer guide, Managed Instances, patching",
    ),
    row(
        "world.instances.*.managedInstances.endsAt",
        "21d",
        "AWS: ECS developer guide, Managed Instances, patching",
    ),
    row(
        "world.instances.*.managedInstances.agesAtStart",
        "any",
        "ASSUMPTION: what stands for long was launched at any time of the last drainsFrom",
    ),
    row(
        "world.latencies.default.unreachable",
        "3m",
        "ASSUMPTION: users see three to five tries with a deadline of their own",
    ),
    row(
        "world.latencies.default.bake",
        "the slowest alarm's periods and their delay, at most 5min",
        "ASSUMPTION: AWS publishes no formula, and less than 5 minutes",
    ),
    row(
        "world.latencies.default.metrics",
        "150s",
        "ASSUMPTION: AWS's benchmark of 363 s to a scale-out, less 3 periods",
    ),
    row(
        "world.latencies.default.highResolutionMetrics",
        "16s",
        "ASSUMPTION: AWS's benchmark of 86 s to a scale-out, less 3 periods",
    ),
    row("world.latencies.default.checksToHealthy", "1", ALB),
    row(
        "world.latencies.default.startThrottle",
        "60s",
        "ASSUMPTION: twice as long after each failed round; AWS says the maximum, 27 min, only",
    ),
    row(
        "world.latencies.default.provisioningRetry",
        "60s",
        "ASSUMPTION: doubled four times at most; AWS says that services back off exponentially",
    ),
    row(
        "world.latencies.default.networkShift",
        "10min",
        "AWS: sample-apex-skills, deployment-strategies, about 10 minutes at each of two shifts",
    ),
    row(
        "world.spot.*.preset",
        "default",
        "ASSUMPTION: AWS publishes nothing about Fargate Spot",
    ),
    row(
        "world.spot.EC2.preset",
        "default",
        "ASSUMPTION: the middle reading of the Spot Instance Advisor",
    ),
    row("world.spot.EC2.prices.changesPerDay", "1.3", SPOT_PRICE),
    row("world.spot.EC2.prices.revert", "20d", SPOT_PRICE),
    row("world.spot.EC2.prices.step", "1.8 %", SPOT_PRICE),
    row("world.spot.EC2.prices.shared", "80 %", SPOT_PRICE),
    row(
        "world.spot.*.otherZones",
        "true",
        "ASSUMPTION: Fargate spreads over zones as it can",
    ),
    row("world.spot.*.retry", "60s", "ASSUMPTION"),
    row(
        "timeline.*.instanceRefresh.MinHealthyPercentage",
        "90",
        "AWS: EC2 Auto Scaling API reference, RefreshPreferences",
    ),
    row(
        "timeline.*.stopServiceDeployment.stopType",
        "ROLLBACK",
        "AWS: ECS API reference, StopServiceDeployment",
    ),
    row(
        "timeline.*.drain.count",
        "1",
        "ASSUMPTION: one instance at a time",
    ),
    row(
        "timeline.*.drain.first",
        "oldest",
        "ASSUMPTION: the operator's choice",
    ),
    row(
        "timeline.*.agentDisconnect.share",
        "100 %",
        "ASSUMPTION: all of those that are named",
    ),
    row(
        "timeline.*.drought.reclaims",
        "0 %",
        "ASSUMPTION: who runs stays, as a shortage need not reclaim",
    ),
    row(
        "sweep.replications",
        "10",
        "ASSUMPTION: enough for an interval, few enough to wait for",
    ),
    row(
        "optimize.minimize",
        "cost_month_usd",
        "ASSUMPTION: what is asked most",
    ),
    row(
        "optimize.indifference",
        "1 %",
        "ASSUMPTION: less is lost in what the scenario leaves out",
    ),
    row(
        "optimize.confidence",
        "95 %",
        "ASSUMPTION: as of all intervals",
    ),
    row(
        "optimize.runs",
        "10000",
        "ASSUMPTION: minutes of a week of a small service",
    ),
    row(
        "optimize.search.candidates",
        "200",
        "ASSUMPTION: where more found little that is better (docs/sweeps.md)",
    ),
    row(
        "sweep.points",
        "64",
        "ASSUMPTION: a power of two, as Sobol sequences like it",
    ),
    row(
        "sweep.warmUp.pilots",
        "5",
        "ASSUMPTION: as Law (Simulation Modeling and Analysis, ch. 9) advises at least",
    ),
    row(
        "sweep.replications.atMost",
        "1000",
        "ASSUMPTION: an interval that is still too wide wants another question",
    ),
    row("whatIf.repacking.every", "10m", REPACKING),
    row("whatIf.repacking.reservedBelow", "50 %", REPACKING),
    row("whatIf.repacking.tasks", "10", REPACKING),
];

/// The value of a path's default.
pub(super) fn text(path: &str) -> &'static str {
    TABLE[index_of(path)].value
}

/// The row of a path.
///
/// # Panics
/// If the table has no such row: a defect of ours, which the first load of a test meets.
pub(super) fn index_of(path: &str) -> usize {
    let found = TABLE.iter().position(|row| row.path == path);
    found.unwrap_or_else(|| panic!("the table of defaults has no row {path}"))
}
