//! Volumes of tasks: how long they take, and for how long they are paid.

use crate::engine::SimTime;
use crate::ids::{JobSourceId, ServiceId};
use crate::observe::usage::{Meter, Owner, UsageKey};
use crate::policy::volume::VolumeKind;
use crate::scenario::{LoadOptions, load_text};
use crate::simulation::Simulation;
use crate::simulation::outcome::{RunLimits, RunOutcome};
use crate::world::task;

/// An hour of a service of two tasks and of a program that is called once and works for 10 minutes,
/// RUNNING 17 s after their launch but for their volumes.
fn played(volumes: &str, of_service: &str, of_program: &str) -> RunOutcome {
    let text = format!(
        "
fleetcast: 1
run: {{ start: 2026-03-04T00:00:00Z, duration: 1h, begin: empty }}
aws:
  cluster: {{ clusterName: shop, capacityProviders: [FARGATE] }}
  taskDefinitions: [{{ family: api, cpu: 256, memory: 512, {volumes} }}]
  services: [{{ serviceName: api, taskDefinition: api, desiredCount: 2, launchType: FARGATE, {of_service} }}]
  runTasks: [{{ name: job, taskDefinition: api, launchType: FARGATE, {of_program} }}]
world:
  work: {{ api: {{ duration: 10m }} }}
  latencies: {{ default: {{ eni: 10s, prepare: 2s, pull: {{ base: 4s, perMiB: 0s }}, create: 1s, deprovision: 3s, volume: 15s }} }}
  fileSystems: {{ fs-1: {{ stored: 10GiB }} }}
timeline: [{{ at: 10m, run: {{ source: job }} }}]
"
    );
    let plan = match load_text("a.yaml", &text, &LoadOptions::default()) {
        Ok(loaded) => loaded.plan,
        Err(failure) => panic!("{}", failure.diagnostics.render(&failure.sources, false)),
    };
    let simulation = Simulation::new(&plan, 0).audited();
    simulation.run(&RunLimits::default())
}

fn used(outcome: &RunOutcome, meter: Meter) -> [u128; 3] {
    let owners = [
        Owner::Service(ServiceId(0)),
        Owner::Job(JobSourceId(0)),
        Owner::Cluster,
    ];
    owners.map(|owner| {
        outcome
            .observed
            .usage
            .total(UsageKey::billed(meter, owner, None))
    })
}

const DECLARED: &str = "volumes: [{ name: data, configuredAtLaunch: true }, { name: shared, \
                        efsVolumeConfiguration: { fileSystemId: fs-1 } }]";

fn of(fields: &str) -> String {
    format!(
        "volumeConfigurations: [{{ name: data, managedEBSVolume: {{ roleArn: ecs, {fields} }} }}]"
    )
}

#[test]
fn a_task_waits_for_its_volume_which_is_paid_while_it_exists() {
    let gp3 = of("sizeInGiB: 100, iops: 6000, throughput: 250");
    let kept = of(
        "sizeInGiB: 50, volumeType: io1, iops: 500, terminationPolicy: { deleteOnTermination: false }",
    );
    let outcome = played(DECLARED, &gp3, &kept);
    for record in &outcome.observed.tasks {
        let started = record.times.started.unwrap();
        let took = started.since(record.times.created).as_secs_f64();
        assert_eq!(took, 17.0 + 15.0);
    }
    // Both tasks of the service, from their launch to the end of the run.
    let lives = outcome.observed.tasks.iter();
    let lives = lives.filter(|record| matches!(record.owner, task::Owner::Service(_)));
    let seconds: u128 = lives
        .map(|record| {
            let end = record.times.stopped.unwrap_or(SimTime::from_secs(3_600));
            u128::from(end.since(record.times.created).as_micros() / 1_000_000)
        })
        .sum();
    assert_eq!(
        used(&outcome, Meter::TaskVolumes(VolumeKind::Gp3)),
        [100 * seconds, 0, 0]
    );
    assert_eq!(
        used(&outcome, Meter::TaskVolumeIops(VolumeKind::Gp3)),
        [3_000 * seconds, 0, 0]
    );
    assert_eq!(
        used(&outcome, Meter::TaskVolumeThroughput),
        [125 * seconds, 0, 0]
    );
    // That of the program stays after its task: from 10 minutes to the end.
    assert_eq!(
        used(&outcome, Meter::TaskVolumes(VolumeKind::Io1)),
        [0, 50 * 3_000, 0]
    );
    assert_eq!(
        used(&outcome, Meter::TaskVolumeIops(VolumeKind::Io1)),
        [0, 500 * 3_000, 0]
    );
    assert_eq!(used(&outcome, Meter::FileSystems), [0, 0, 10_240 * 3_600]);
}

#[test]
fn a_volume_that_is_deleted_with_its_task_is_paid_until_then() {
    let gp2 = of("sizeInGiB: 50, volumeType: gp2");
    let outcome = played(DECLARED, &gp2, &gp2);
    // 32 s of start, 600 s of work, 3 s until its interface is detached.
    let [_, job, _] = used(&outcome, Meter::TaskVolumes(VolumeKind::Gp2));
    assert_eq!(job, 50 * (32 + 600 + 3));
}
