//! What the simulation does with the containers of task definitions.

use super::{AwsReads, row};

/// The shapes of a container.
pub const TABLE: &[AwsReads] = &[
    row(
        "ecs.ContainerDefinition",
        &[
            ("name", "its name"),
            ("image", "shown in events; its size is world.work's image"),
            ("essential", "whether its end ends the task; one has to be"),
            (
                "stopTimeout",
                "seconds from SIGTERM to SIGKILL; a task takes the longest",
            ),
            (
                "dependsOn",
                "containers that it waits for before it starts: the task is RUNNING when all have",
            ),
            (
                "restartPolicy",
                "of the first essential one: whether it is started again, or its task replaced",
            ),
            (
                "startTimeout",
                "how long others wait for it before the task is stopped",
            ),
            (
                "cpu",
                "what it reserves of an instance where its task has no cpu",
            ),
            (
                "memory",
                "what it reserves where its task has no memory and it no memoryReservation",
            ),
            (
                "memoryReservation",
                "what it reserves of an instance where its task has no memory",
            ),
            ("portMappings", "ports of the instance that it takes"),
            ("resourceRequirements", "GPUs of the instance that it takes"),
            (
                "healthCheck",
                "of an essential one: when its task is HEALTHY or UNHEALTHY",
            ),
            ("secrets", "what its task has to be let read to start"),
            ("repositoryCredentials", "the same, of its image's registry"),
            ("logConfiguration", "the same, of its log driver"),
        ],
        &[],
    ),
    row(
        "ecs.ContainerRestartPolicy",
        &[
            (
                "enabled",
                "whether the container is started again in its task",
            ),
            ("ignoredExitCodes", "exit codes after which it is not"),
            (
                "restartAttemptPeriod",
                "how long it has to have run before: 300 where it is left out",
            ),
        ],
        &[],
    ),
    row(
        "ecs.ContainerDependency",
        &[
            ("containerName", "the container that is waited for"),
            (
                "condition",
                "START, COMPLETE, SUCCESS or HEALTHY: how far it has to have come",
            ),
        ],
        &[],
    ),
    row(
        "ecs.PortMapping",
        &[
            (
                "containerPort",
                "in network mode host a port of the instance: one such task an instance",
            ),
            (
                "hostPort",
                "in network mode bridge the same; 0 is any free one",
            ),
        ],
        &[],
    ),
];
