//! What the simulation does with the containers of task definitions, and with what calls override.

use super::{AwsReads, row};

/// The shapes of a container, and of overrides.
pub const TABLE: &[AwsReads] = &[
    row(
        "ecs.TaskOverride",
        &[
            ("cpu", "the task's, in place of its definition's"),
            ("memory", "the task's, in place of its definition's"),
            (
                "containerOverrides",
                "sizes of single containers, which are the task's where its definition says none",
            ),
        ],
        &[],
    ),
    row(
        "ecs.ContainerOverride",
        &[
            ("name", "which container"),
            ("cpu", "CPU units that it reserves"),
            (
                "memory",
                "MiB of its limit, and what it reserves without memoryReservation",
            ),
            ("memoryReservation", "MiB that it reserves"),
        ],
        &[],
    ),
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
                "what it reserves of an instance where its task has no cpu; requests need some",
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
        &["mountPoints"],
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
            (
                "protocol",
                "tcp or udp: each has its own ports of the instance",
            ),
        ],
        &[],
    ),
    row(
        "ecs.Volume",
        &[
            ("name", "its name in mount points and volumeConfigurations"),
            (
                "configuredAtLaunch",
                "an EBS volume that volumeConfigurations describe",
            ),
            (
                "efsVolumeConfiguration",
                "a file system, whose storage is paid",
            ),
        ],
        &[],
    ),
    row(
        "ecs.EFSVolumeConfiguration",
        &[("fileSystemId", "its name in world.fileSystems")],
        &[],
    ),
    row("ecs.MountPoint", &[], &["sourceVolume"]),
    row(
        "ecs.ServiceVolumeConfiguration",
        &[
            (
                "name",
                "the volume of the task definition that it describes",
            ),
            ("managedEBSVolume", "the volume that each task gets"),
        ],
        &[],
    ),
    row(
        "ecs.ServiceManagedEBSVolumeConfiguration",
        EBS,
        &["roleArn", "kmsKeyId", "snapshotId"],
    ),
    row(
        "ecs.TaskVolumeConfiguration",
        &[
            (
                "name",
                "the volume of the task definition that it describes",
            ),
            ("managedEBSVolume", "the volume that each task gets"),
        ],
        &[],
    ),
    row(
        "ecs.TaskManagedEBSVolumeConfiguration",
        EBS_OF_TASK,
        &["roleArn", "kmsKeyId", "snapshotId"],
    ),
    row(
        "ecs.TaskManagedEBSVolumeTerminationPolicy",
        &[(
            "deleteOnTermination",
            "false: it is paid until the end of the run",
        )],
        &[],
    ),
];

const EBS: &[(&str, &str)] = &[
    ("volumeType", "gp2, gp3, io1, io2, sc1 or st1: its prices"),
    ("sizeInGiB", "paid while its task exists"),
    ("iops", "paid over 3,000 of gp3; of io1 and io2 all"),
    ("throughput", "paid over 125 of gp3"),
];

const EBS_OF_TASK: &[(&str, &str)] = &[
    ("volumeType", "gp2, gp3, io1, io2, sc1 or st1: its prices"),
    ("sizeInGiB", "paid while it exists"),
    ("iops", "paid over 3,000 of gp3; of io1 and io2 all"),
    ("throughput", "paid over 125 of gp3"),
    ("terminationPolicy", "whether it outlives its task"),
];
