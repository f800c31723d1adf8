//! What the simulation does with AWS's fields of ECS Managed Instances.

use super::{AwsReads, row};

/// The shapes, by the order of a scenario.
pub const TABLE: &[AwsReads] = &[
    row(
        "ecs.ManagedInstancesProvider",
        &[
            ("instanceLaunchTemplate", "what is launched, and where"),
            (
                "infrastructureOptimization",
                "when idle and under-used instances go",
            ),
        ],
        &[],
    ),
    row(
        "ecs.InfrastructureOptimization",
        &[(
            "scaleInAfter",
            "how long an instance is idle or under-used first; -1: for ever",
        )],
        &[],
    ),
    row(
        "ecs.InstanceLaunchTemplate",
        &[
            ("networkConfiguration", "the zones of its subnets"),
            ("storageConfiguration", "its volume, which is paid"),
            ("capacityOptionType", "ON_DEMAND or SPOT"),
            (
                "instanceRequirements",
                "all types of the catalogue that meet them",
            ),
        ],
        &[
            "monitoring",
            "localStorageConfiguration",
            "capacityReservations",
        ],
    ),
    row(
        "ecs.ManagedInstancesNetworkConfiguration",
        &[("subnets", "in their zones instances are launched")],
        &[],
    ),
    row(
        "ecs.ManagedInstancesStorageConfiguration",
        &[("storageSizeGiB", "of the volume for tasks")],
        &[],
    ),
    row(
        "ecs.ManagedInstancesLocalStorageConfiguration",
        &[],
        &["useLocalStorage"],
    ),
    row(
        "ecs.InstanceRequirementsRequest",
        &[
            ("vCpuCount", "vCPUs of a type"),
            ("memoryMiB", "nominal memory of a type"),
            ("acceleratorCount", "GPUs of a type"),
            (
                "cpuManufacturers",
                "intel, amd, amazon-web-services or apple",
            ),
            ("allowedInstanceTypes", "these only; * is any text"),
            ("excludedInstanceTypes", "not these; * is any text"),
            ("instanceGenerations", "current, previous"),
            ("bareMetal", "included, excluded or required"),
            ("burstablePerformance", "included, excluded or required"),
            (
                "onDemandMaxPricePercentageOverLowestPrice",
                "how much dearer for what it has than the cheapest C, M or R type",
            ),
            (
                "spotMaxPricePercentageOverLowestPrice",
                "the same, of Spot prices",
            ),
        ],
        &[
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
    ),
    row(
        "ecs.VCpuCountRangeRequest",
        &[("min", "the least"), ("max", "the most")],
        &[],
    ),
    row(
        "ecs.MemoryMiBRequest",
        &[("min", "the least"), ("max", "the most")],
        &[],
    ),
    row(
        "ecs.AcceleratorCountRequest",
        &[("min", "the least"), ("max", "the most")],
        &[],
    ),
];
