//! What the simulation does with AWS's fields of instances: launch templates, Auto Scaling groups,
//! their capacity providers, and how tasks are placed on them.

use super::{AwsReads, row};

/// The shapes, by API and the order of a scenario.
pub const TABLE: &[AwsReads] = &[
    row(
        "ecs.TaskDefinitionPlacementConstraint",
        &[("expression", "which instances may take its tasks")],
        &["type"],
    ),
    row(
        "ecs.ContainerInstance",
        &[
            (
                "registeredResources",
                "CPU and MEMORY: what tasks may have of the machine; GPU, PORTS, PORTS_UDP",
            ),
            (
                "attributes",
                "what placement asks for; ecs.cpu-architecture: which tasks run there",
            ),
        ],
        &["status"],
    ),
    row(
        "ecs.Resource",
        &[
            ("name", "CPU, MEMORY, GPU, PORTS or PORTS_UDP"),
            ("integerValue", "of CPU (1,024 a vCPU) and MEMORY (MiB)"),
            (
                "stringSetValue",
                "of GPU its ids, of PORTS and PORTS_UDP those in use",
            ),
        ],
        &["type"],
    ),
    row(
        "ecs.Attribute",
        &[("name", "its name"), ("value", "its value")],
        &[],
    ),
    row(
        "ecs.ResourceRequirement",
        &[("type", "GPU"), ("value", "how many of an instance")],
        &[],
    ),
    row(
        "ecs.PlacementStrategy",
        &[
            ("type", "binpack, spread or random"),
            (
                "field",
                "binpack: cpu or memory; spread: instanceId or attribute:NAME",
            ),
        ],
        &[],
    ),
    row(
        "ecs.PlacementConstraint",
        &[
            ("type", "distinctInstance or memberOf"),
            ("expression", "memberOf: in the cluster query language"),
        ],
        &[],
    ),
    row(
        "ecs.CapacityProvider",
        &[
            ("name", "its name in strategies and results"),
            (
                "autoScalingGroupProvider",
                "its group, and how ECS scales it",
            ),
            (
                "managedInstancesProvider",
                "what ECS launches itself for tasks that wait",
            ),
        ],
        &[],
    ),
    row(
        "ecs.AutoScalingGroupProvider",
        &[
            ("autoScalingGroupArn", "the group's name or ARN"),
            (
                "managedScaling",
                "whether and how ECS sets the group's size",
            ),
            (
                "managedTerminationProtection",
                "ENABLED: instances with tasks are not scaled in",
            ),
            (
                "managedDraining",
                "ENABLED: tasks are moved before an instance ends",
            ),
        ],
        &[],
    ),
    row(
        "ecs.ManagedScaling",
        &[
            ("status", "ENABLED or DISABLED"),
            (
                "targetCapacity",
                "below 100 a part of the group is kept empty",
            ),
            (
                "minimumScalingStepSize",
                "the least instances that one scale-out adds",
            ),
            (
                "maximumScalingStepSize",
                "the most instances that one scale-out adds",
            ),
            (
                "instanceWarmupPeriod",
                "no further scale-out while an instance is younger",
            ),
        ],
        &[],
    ),
    row(
        "ec2.LaunchTemplate",
        &[
            ("LaunchTemplateName", "its name where a group names it"),
            ("LaunchTemplateId", "its id, which a group may name instead"),
            ("VersionNumber", "which version this is"),
            ("DefaultVersion", "whether $Default is this one"),
            ("LaunchTemplateData", "what an instance is"),
        ],
        &[],
    ),
    row(
        "ec2.ResponseLaunchTemplateData",
        &[
            ("ImageId", "attribute ecs.ami-id of its instances"),
            ("InstanceType", "the type, where the group has no overrides"),
            ("BlockDeviceMappings", "EBS volumes, which are paid"),
            ("InstanceMarketOptions", "spot: the group buys Spot only"),
            ("CreditSpecification", "CPU credits of burstable types"),
            (
                "InstanceRequirements",
                "all types of the catalogue that meet them, where the group has no overrides",
            ),
        ],
        &[],
    ),
    row(
        "ec2.LaunchTemplateBlockDeviceMapping",
        &[("Ebs", "the volume")],
        &[],
    ),
    row(
        "ec2.LaunchTemplateEbsBlockDevice",
        &[("VolumeSize", "its size, which is paid")],
        &["VolumeType"],
    ),
    row(
        "ec2.CreditSpecification",
        &[(
            "CpuCredits",
            "unlimited or standard; of T2 standard, of later families unlimited if left out",
        )],
        &[],
    ),
    row(
        "ec2.LaunchTemplateInstanceMarketOptions",
        &[("MarketType", "spot")],
        &[],
    ),
    row(
        "autoscaling.AutoScalingGroup",
        &[
            ("AutoScalingGroupName", "its name in paths and results"),
            ("MinSize", "the least instances"),
            ("MaxSize", "the most instances"),
            ("DesiredCapacity", "instances at the start"),
            ("AvailabilityZones", "its zones"),
            ("VPCZoneIdentifier", "its subnets, whose zones are its own"),
            ("LaunchTemplate", "what it launches"),
            (
                "MixedInstancesPolicy",
                "several types, and what of it is Spot",
            ),
            (
                "NewInstancesProtectedFromScaleIn",
                "what managed termination protection needs",
            ),
            ("TerminationPolicies", "which instance a scale-in ends"),
            (
                "WarmPoolConfiguration",
                "instances that boot ahead of need, and wait beside the group",
            ),
            ("SuspendedProcesses", "AZRebalance: zones are not balanced"),
            (
                "CapacityRebalance",
                "whether Spot instances at risk are replaced early",
            ),
        ],
        &[
            "AvailabilityZoneDistribution",
            "DesiredCapacityType",
            "InstanceId",
            "LaunchConfigurationName",
            "MaxInstanceLifetime",
            "WarmPoolSize",
        ],
    ),
    row(
        "autoscaling.WarmPoolConfiguration",
        &[
            ("MinSize", "the least instances in the pool"),
            (
                "MaxGroupPreparedCapacity",
                "group and pool together, instead of MaxSize",
            ),
            ("PoolState", "Stopped, Running or Hibernated"),
        ],
        &["InstanceReusePolicy", "Status"],
    ),
    row("autoscaling.InstanceReusePolicy", &[], &["ReuseOnScaleIn"]),
    row(
        "autoscaling.AvailabilityZoneDistribution",
        &[],
        &["CapacityDistributionStrategy"],
    ),
    row(
        "autoscaling.SuspendedProcess",
        &[("ProcessName", "AZRebalance")],
        &[],
    ),
    row(
        "autoscaling.ScheduledUpdateGroupAction",
        &[
            ("ScheduledActionName", "its name in paths"),
            ("AutoScalingGroupName", "the group"),
            ("StartTime", "when, or from when on it recurs"),
            ("EndTime", "until when it recurs"),
            (
                "Recurrence",
                "minute hour day month weekday, as cron has them",
            ),
            ("TimeZone", "whose clocks the recurrence follows"),
            ("MinSize", "the least instances from then on"),
            ("MaxSize", "the most instances from then on"),
            ("DesiredCapacity", "instances from then on"),
        ],
        &["Time"],
    ),
    row(
        "autoscaling.LaunchTemplateSpecification",
        &[
            ("LaunchTemplateName", "the launch template"),
            ("LaunchTemplateId", "the same by its id"),
            ("Version", "a number, $Default or $Latest"),
        ],
        &[],
    ),
    row(
        "autoscaling.MixedInstancesPolicy",
        &[
            ("LaunchTemplate", "the launch template and its overrides"),
            (
                "InstancesDistribution",
                "what of it is on demand, what Spot",
            ),
        ],
        &[],
    ),
    row(
        "autoscaling.LaunchTemplate",
        &[
            ("LaunchTemplateSpecification", "the launch template"),
            ("Overrides", "the instance types, in order of preference"),
        ],
        &[],
    ),
    row(
        "autoscaling.LaunchTemplateOverrides",
        &[
            ("InstanceType", "an instance type"),
            (
                "InstanceRequirements",
                "all types of the catalogue that meet them",
            ),
        ],
        &["ImageId", "LaunchTemplateSpecification", "WeightedCapacity"],
    ),
    row(
        "autoscaling.InstancesDistribution",
        &[
            ("OnDemandBaseCapacity", "the first instances, on demand"),
            (
                "OnDemandPercentageAboveBaseCapacity",
                "of the others; the rest is Spot",
            ),
            ("OnDemandAllocationStrategy", "prioritized or lowest-price"),
            (
                "SpotAllocationStrategy",
                "lowest-price, capacity-optimized, capacity-optimized-prioritized or \
                 price-capacity-optimized",
            ),
            (
                "SpotInstancePools",
                "with lowest-price: over how many pools",
            ),
            ("SpotMaxPrice", "pools that are dearer grant nothing"),
        ],
        &["DistributionSegments"],
    ),
];
