//! Volumes of tasks: file systems that many mount, and a volume of EBS that each gets at its launch.

use super::generator::{Scene, ServiceFacts};

/// What a definition of a family may mount: what stands at its container, and at itself.
pub(super) fn shared(scene: &mut Scene, head: &str) -> (&'static str, &'static str) {
    let mut dice = scene.dice_of(&format!("volumes {head}"));
    if !dice.percent(8) {
        return ("", "");
    }
    let systems = scene.draft.lines("world.fileSystems");
    if systems.is_empty() && dice.percent(70) {
        let stored = dice.pick(&["0B", "1B", "120GiB"]);
        let line = format!("fs-1: {{ stored: {stored} }}");
        scene.draft.add("world.fileSystems", line);
    }
    let mount = dice.pick(&[
        "",
        ", mountPoints: [{ sourceVolume: shared, containerPath: /shared }]",
    ]);
    let volume = ", volumes: [{ name: shared, efsVolumeConfiguration: { fileSystemId: fs-1 } }]";
    (mount, volume)
}

/// A family with a volume at launch, a service and a program of it.
pub(super) fn add(scene: &mut Scene) {
    let mut dice = scene.dice_of("volumes");
    if !dice.percent(12) {
        return;
    }
    let is_hosted = !scene.groups.is_empty() && dice.percent(50);
    for _ in 0..dice.pick(&[1, 1, 2]) {
        let line = match is_hosted {
            true => {
                "- { family: disk, requiresCompatibilities: [EC2], networkMode: awsvpc, volumes: \
                 [{ name: data, configuredAtLaunch: true }], containerDefinitions: [{ name: app, \
                 cpu: 128, memory: 128, mountPoints: [{ sourceVolume: data, containerPath: /data \
                 }] }] }"
            }
            false => {
                "- { family: disk, cpu: 256, memory: 512, volumes: [{ name: data, \
                 configuredAtLaunch: true }, { name: shared, efsVolumeConfiguration: { \
                 fileSystemId: fs-1 } }], containerDefinitions: [{ name: app, mountPoints: [{ \
                 sourceVolume: data, containerPath: /data }] }] }"
            }
        };
        scene.draft.add("aws.taskDefinitions", line);
    }
    let mut volume = |more: &str| {
        let size = dice.pick(&[
            "sizeInGiB: 1",
            "sizeInGiB: 100, volumeType: gp2",
            "sizeInGiB: 16384, volumeType: gp3, iops: 16000, throughput: 1000",
            "sizeInGiB: 400, volumeType: gp3, iops: 6000, throughput: 250",
            "sizeInGiB: 20, volumeType: io1, iops: 100",
        ]);
        format!(
            "volumeConfigurations: [{{ name: data, managedEBSVolume: {{ roleArn: \
             ecsInfrastructureRole, {size}{more} }} }}]"
        )
    };
    let (of_service, of_program) = (
        volume(""),
        volume(", terminationPolicy: { deleteOnTermination: false }"),
    );
    let place = |scene: &mut Scene| match is_hosted {
        true => scene.placement(),
        false => scene.strategy(),
    };
    let (count, is_bounded) = (dice.pick(&[0, 1, 3, 13]), dice.percent(40));
    let bounds = match is_bounded {
        true => ", deploymentConfiguration: { minimumHealthyPercent: 0, maximumPercent: 100 }",
        false => "",
    };
    let line = format!(
        "- {{ serviceName: ondisk, taskDefinition: disk, desiredCount: {count}, {}{bounds}, \
         {of_service} }}",
        place(scene)
    );
    scene.draft.add("aws.services", line);
    scene.services.push(ServiceFacts {
        name: "ondisk".to_owned(),
        family: "disk".to_owned(),
        own_family: Some("disk"),
        ..ServiceFacts::default()
    });
    if dice.percent(50) {
        let line = format!(
            "- {{ name: diskjobs, taskDefinition: disk, count: {}, {}, {of_program} }}",
            dice.pick(&[1, 3]),
            place(scene)
        );
        scene.draft.add("aws.runTasks", line);
        scene.programs.push("diskjobs".to_owned());
    }
}
