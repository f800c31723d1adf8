//! Scenarios on the cluster's own instances, large on purpose: a million one-shot tasks on two
//! thousand instances, and a week of five thousand instances.

use std::fmt::Write;

/// CPU units, MiB and a name of four shapes of tasks.
const SHAPES: [(u32, u32); 4] = [(256, 512), (512, 1_024), (1_024, 2_048), (2_048, 4_096)];

/// How long the phases of a task's life take.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Phases {
    /// No time at all: a task is there when it is placed and gone when it is done.
    None,
    /// As the defaults have it.
    Default,
}

/// Nothing of the account or the API holds up what is measured.
const LIFTED: &str = "  account: { quotas: { runTaskCallRate: 100000, serviceLaunchesPerMinute: \
                      100000 } }\n";

const NO_PHASES: &str = "  latencies: { default: { eni: 0s, prepare: 0s, pull: { base: 0s, \
                         perMiB: 0s, cached: 0s }, create: 0s, deprovision: 0s } }\n";

/// The group `machines` of m6i.4xlarge in three zones, and its provider.
fn group(text: &mut String, (least, most): (usize, usize), scales: bool) {
    let status = if scales { "ENABLED" } else { "DISABLED" };
    write!(
        text,
        "  launchTemplates: [{{ LaunchTemplateName: ecs, LaunchTemplateData: {{ InstanceType: \
         m6i.4xlarge }}, ecsConfig: {{ ECS_CLUSTER: fleet, ECS_RESERVED_MEMORY: 256 }} }}]
  autoScalingGroups:
    - AutoScalingGroupName: machines
      MinSize: {least}
      MaxSize: {most}
      AvailabilityZones: [us-east-1a, us-east-1b, us-east-1c]
      NewInstancesProtectedFromScaleIn: {scales}
      LaunchTemplate: {{ LaunchTemplateName: ecs, Version: \"1\" }}
  capacityProviders:
    - name: machines
      autoScalingGroupProvider:
        autoScalingGroupArn: machines
        managedScaling: {{ status: {status}, targetCapacity: 100 }}
        managedTerminationProtection: {status}
"
    )
    .expect("a string takes everything");
}

fn definition(text: &mut String, family: &str, (cpu, memory): (u32, u32)) {
    writeln!(
        text,
        "    - {{ family: {family}, requiresCompatibilities: [EC2], networkMode: bridge, \
         containerDefinitions: [{{ name: app, image: \"{family}:1\", cpu: {cpu}, memory: \
         {memory} }}] }}"
    )
    .expect("a string takes everything");
}

fn program(text: &mut String, name: &str) {
    writeln!(
        text,
        "    - {{ name: {name}, taskDefinition: {name}, capacityProviderStrategy: [{{ \
         capacityProvider: machines, weight: 1 }}], placementStrategy: [{{ type: binpack, field: \
         memory }}] }}"
    )
    .expect("a string takes everything");
}

/// `tasks` one-shot tasks of four shapes, 100 in three seconds by a Poisson process, lognormal
/// lifetimes of mean 600 s (20,000 at a time), binpack on memory onto `machines` m6i.4xlarge.
pub fn tasks(tasks: usize, machines: usize, phases: Phases, record: &str) -> String {
    let seconds = tasks * 3 / 100;
    let mut text = format!(
        "fleetcast: 1
name: tasks
run: {{ start: 2026-03-02T00:00:00Z, duration: {seconds}s, seed: 1 }}
record: {record}
aws:
  region: us-east-1
  cluster: {{ clusterName: fleet, capacityProviders: [machines] }}
{LIFTED}"
    );
    group(&mut text, (machines, machines), false);
    text.push_str("  taskDefinitions:\n");
    for (index, shape) in SHAPES.into_iter().enumerate() {
        definition(&mut text, &format!("shape{index}"), shape);
    }
    text.push_str("  runTasks:\n");
    (0..SHAPES.len()).for_each(|index| program(&mut text, &format!("shape{index}")));
    text.push_str("world:\n  demand:\n");
    for index in 0..SHAPES.len() {
        writeln!(
            text,
            "    shape{index}: {{ arrivals: {{ rate: 500/min }} }}"
        )
        .expect("a string takes everything");
    }
    text.push_str("  work:\n");
    for index in 0..SHAPES.len() {
        writeln!(
            text,
            "    shape{index}: {{ image: 200MiB, duration: {{ distribution: lognormal, mean: \
             600s, cv: 1.31 }} }}"
        )
        .expect("a string takes everything");
    }
    if phases == Phases::None {
        text.push_str(NO_PHASES);
    }
    text
}

/// `services` services of 176 tasks, each deployed once a day at a time of its own, and `at_once`
/// one-shot tasks of mean 1,200 s, for `days` days on up to `machines` instances that managed
/// scaling launches and gives up.
pub fn days(services: usize, at_once: usize, machines: usize, days: u32) -> String {
    let mut text = format!(
        "fleetcast: 1
name: days
run: {{ start: 2026-03-02T00:00:00Z, duration: {days}d, seed: 1 }}
record: summary
aws:
  region: us-east-1
  cluster: {{ clusterName: fleet, capacityProviders: [machines] }}
{LIFTED}"
    );
    group(&mut text, (0, machines), true);
    text.push_str("  taskDefinitions:\n");
    definition(&mut text, "job", (512, 2_048));
    for index in 0..services {
        definition(&mut text, &format!("s{index}"), (768, 3_072));
    }
    text.push_str("  services:\n");
    for index in 0..services {
        writeln!(
            text,
            "    - {{ serviceName: s{index}, taskDefinition: s{index}, desiredCount: 176, \
             capacityProviderStrategy: [{{ capacityProvider: machines, weight: 1 }}], \
             placementStrategy: [{{ type: spread, field: \"attribute:ecs.availability-zone\" }}, \
             {{ type: binpack, field: memory }}] }}"
        )
        .expect("a string takes everything");
    }
    text.push_str("  runTasks:\n");
    program(&mut text, "job");
    let rate = at_once * 3;
    write!(
        text,
        "world:
  demand:
    job: {{ arrivals: {{ rate: {rate}/h }} }}
  work:
    job: {{ image: 200MiB, duration: {{ distribution: lognormal, mean: 1200s, cv: 1 }} }}
timeline:
"
    )
    .expect("a string takes everything");
    for index in 0..services {
        let minute = index * 24 * 60 / services;
        let (hour, minute) = (minute / 60, minute % 60);
        writeln!(
            text,
            "  - {{ at: \"{hour:02}:{minute:02}\", every: 1d, deploy: {{ service: s{index} }} }}"
        )
        .expect("a string takes everything");
    }
    text
}
