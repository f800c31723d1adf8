//! How EC2 Auto Scaling and ECS spell the fields of InstanceRequirements.

/// How an API spells the fields.
pub(super) struct Spelling {
    /// The shapes of the block and of its ranges: vCPUs, memory, accelerators.
    pub(super) shapes: [&'static str; 4],
    /// Of ranges, the least and the most.
    pub(super) bounds: [&'static str; 2],
    pub(super) vcpus: &'static str,
    pub(super) memory: &'static str,
    pub(super) gpus: &'static str,
    pub(super) makers: &'static str,
    pub(super) allowed: &'static str,
    pub(super) excluded: &'static str,
    pub(super) generations: &'static str,
    pub(super) bare_metal: &'static str,
    pub(super) burstable: &'static str,
    pub(super) on_demand_over: &'static str,
    pub(super) spot_over: &'static str,
    /// Fields whose facts the choice does not look at.
    pub(super) not_built: [&'static str; 13],
    /// Where the block stands.
    pub(super) path: &'static str,
}

impl Spelling {
    /// EC2 Auto Scaling's, of an override.
    pub(super) const AUTO_SCALING: Spelling = Spelling {
        shapes: [
            "autoscaling.InstanceRequirements",
            "autoscaling.VCpuCountRequest",
            "autoscaling.MemoryMiBRequest",
            "autoscaling.AcceleratorCountRequest",
        ],
        bounds: ["Min", "Max"],
        vcpus: "VCpuCount",
        memory: "MemoryMiB",
        gpus: "AcceleratorCount",
        makers: "CpuManufacturers",
        allowed: "AllowedInstanceTypes",
        excluded: "ExcludedInstanceTypes",
        generations: "InstanceGenerations",
        bare_metal: "BareMetal",
        burstable: "BurstablePerformance",
        on_demand_over: "OnDemandMaxPricePercentageOverLowestPrice",
        spot_over: "SpotMaxPricePercentageOverLowestPrice",
        not_built: [
            "AcceleratorManufacturers",
            "AcceleratorNames",
            "AcceleratorTotalMemoryMiB",
            "AcceleratorTypes",
            "BaselineEbsBandwidthMbps",
            "BaselinePerformanceFactors",
            "LocalStorage",
            "LocalStorageTypes",
            "MaxSpotPriceAsPercentageOfOptimalOnDemandPrice",
            "MemoryGiBPerVCpu",
            "NetworkBandwidthGbps",
            "NetworkInterfaceCount",
            "TotalLocalStorageGB",
        ],
        path: "aws.autoScalingGroups.*.MixedInstancesPolicy.LaunchTemplate.Overrides.*.\
               InstanceRequirements",
    };

    /// ECS's, of Managed Instances.
    pub(super) const ECS: Spelling = Spelling {
        shapes: [
            "ecs.InstanceRequirementsRequest",
            "ecs.VCpuCountRangeRequest",
            "ecs.MemoryMiBRequest",
            "ecs.AcceleratorCountRequest",
        ],
        bounds: ["min", "max"],
        vcpus: "vCpuCount",
        memory: "memoryMiB",
        gpus: "acceleratorCount",
        makers: "cpuManufacturers",
        allowed: "allowedInstanceTypes",
        excluded: "excludedInstanceTypes",
        generations: "instanceGenerations",
        bare_metal: "bareMetal",
        burstable: "burstablePerformance",
        on_demand_over: "onDemandMaxPricePercentageOverLowestPrice",
        spot_over: "spotMaxPricePercentageOverLowestPrice",
        not_built: [
            "acceleratorManufacturers",
            "acceleratorNames",
            "acceleratorTotalMemoryMiB",
            "acceleratorTypes",
            "baselineEbsBandwidthMbps",
            "requireHibernateSupport",
            "localStorage",
            "localStorageTypes",
            "maxSpotPriceAsPercentageOfOptimalOnDemandPrice",
            "memoryGiBPerVCpu",
            "networkBandwidthGbps",
            "networkInterfaceCount",
            "totalLocalStorageGB",
        ],
        path: "aws.capacityProviders.*.managedInstancesProvider.instanceLaunchTemplate.\
               instanceRequirements",
    };
}
