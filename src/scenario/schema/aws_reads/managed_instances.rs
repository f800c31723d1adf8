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
];
