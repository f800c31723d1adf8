//! Machines of one's own: what loads, and the message of each thing that does not.

use super::*;
use crate::catalog::instances::get;
use crate::ids::ZoneId;
use plan::{ProviderKind, RecurringPlan};

/// Machines, a service and a program on them, beside a service on Fargate.
const RACK: &str = r#"fleetcast: 1
run: { duration: 1h }
aws:
  region: eu-central-1
  cluster: { clusterName: shop }
  externalInstances:
    - name: rack
      count: 3
      registeredResources:
        - { name: CPU, type: INTEGER, integerValue: 4096 }
        - { name: MEMORY, type: INTEGER, integerValue: 7800 }
        - { name: PORTS, type: STRINGSET, stringSetValue: ["22", "2375"] }
        - { name: PORTS_UDP, type: STRINGSET, stringSetValue: ["53"] }
      attributes:
        - { name: ecs.capability.docker-remote-api.1.44 }
        - { name: ecs.cpu-architecture, value: arm64 }
        - { name: ecs.os-type, value: linux }
        - { name: room, value: cellar }
  taskDefinitions:
    - family: worker
      requiresCompatibilities: [EXTERNAL]
      containerDefinitions: [{ name: app, cpu: 1024, memory: 2048 }]
    - { family: web, requiresCompatibilities: [FARGATE], cpu: 256, memory: 512 }
  services:
    - serviceName: worker
      taskDefinition: worker
      desiredCount: 4
      launchType: EXTERNAL
      placementConstraints: [{ type: memberOf, expression: "attribute:room == cellar" }]
    - { serviceName: web, taskDefinition: web, desiredCount: 1, launchType: FARGATE }
  runTasks:
    - { name: jobs, taskDefinition: worker, launchType: EXTERNAL }
world:
  demand: { jobs: { arrivals: { rate: 1/h, work: 10m } } }
  instances: { rack: { failures: { every: 60d, lasts: 4h } } }
"#;

#[test]
fn machines_of_ones_own_load_in_no_zone_and_for_their_launch_type_alone() {
    let plan = loaded(RACK).plan;
    let [rack] = &plan.groups[..] else {
        panic!("{:?}", plan.groups);
    };
    assert_eq!(
        (rack.min_size, rack.max_size, rack.desired_capacity),
        (3, 3, 3)
    );
    assert_eq!(rack.zones, [ZoneId::NOWHERE]);
    let registered = rack.types[0].registered;
    assert_eq!(
        (registered.cpu, registered.memory, registered.enis),
        (4096, 7800, 0)
    );
    assert_eq!(
        get(rack.types[0].instance_type).architecture.name(),
        "arm64"
    );
    assert_eq!(
        rack.agent
            .reserved_ports
            .iter()
            .map(|port| port.to_string())
            .collect::<Vec<String>>(),
        ["22", "53/udp", "2375"]
    );
    let own = [("room".to_owned(), "cellar".to_owned())];
    assert_eq!(rack.agent.attributes, own);
    let external = rack.external.unwrap();
    let failures = RecurringPlan {
        every: SimDuration::from_secs(60 * 86_400),
        lasts: SimDuration::from_secs(4 * 3_600),
    };
    assert_eq!(
        (external.failures, external.disconnects),
        (Some(failures), None)
    );
    let provider = |index: usize| {
        let strategy = &plan.services[index].strategy;
        plan.provider(strategy.items()[0].provider).kind
    };
    // In the order of their names: web, worker.
    assert_eq!(
        [provider(0), provider(1)],
        [ProviderKind::Fargate, ProviderKind::External]
    );
    let rack = (crate::ids::GroupId(0), plan::Launcher::Nobody);
    assert!(ProviderKind::External.takes(rack) && !ProviderKind::Ec2.takes(rack));
    assert!(!plan.services[1].rebalances);
}

#[test]
fn a_rack_that_nobody_uses_is_no_error() {
    let text = RACK.replace("launchType: EXTERNAL", "launchType: FARGATE");
    assert!(said_of(&text).contains("requiresCompatibilities"));
    let text = RACK.replace("[EXTERNAL]", "[EXTERNAL, FARGATE]");
    assert!(said_of(&text).contains("cpu"), "Fargate's own checks hold");
}

fn said(old: &str, new: &str) -> String {
    assert!(RACK.contains(old), "{old}");
    said_of(&RACK.replacen(old, new, 1))
}

fn said_of(text: &str) -> String {
    super::instances::said_of(text)
}

macro_rules! messages {
    ($($name:ident: $old:expr => $new:expr;)*) => {
        $(#[test]
        fn $name() {
            insta::assert_snapshot!(said($old, $new));
        })*
    };
}

const WORKER: &str = "      desiredCount: 4\n";

messages! {
    a_machine_without_memory:
        "        - { name: MEMORY, type: INTEGER, integerValue: 7800 }\n" => "";
    a_machine_without_cpu: "integerValue: 4096" => "integerValue: 0";
    a_launch_type_without_machines: "  externalInstances:" => "  subnets: []\n  tags:";
    a_service_on_machines_behind_a_load_balancer: WORKER =>
        "      desiredCount: 4\n      loadBalancers: [{ targetGroupArn: t, containerName: app, \
         containerPort: 80 }]\n";
    a_service_on_machines_that_is_discovered: WORKER =>
        "      desiredCount: 4\n      serviceRegistries: [{ registryArn: r }]\n";
    a_service_on_machines_that_is_rebalanced: WORKER =>
        "      desiredCount: 4\n      availabilityZoneRebalancing: ENABLED\n";
    a_strategy_and_machines: WORKER =>
        "      desiredCount: 4\n      capacityProviderStrategy: [{ capacityProvider: FARGATE }]\n";
    awsvpc_on_machines: "      requiresCompatibilities: [EXTERNAL]\n" =>
        "      requiresCompatibilities: [EXTERNAL]\n      networkMode: awsvpc\n";
    a_definition_that_is_not_for_machines: "[EXTERNAL]" => "[EC2]";
    a_task_that_fits_no_machine: "cpu: 1024, memory: 2048" => "cpu: 1024, memory: 9000";
    a_constraint_on_what_ec2_alone_has: "attribute:room == cellar" =>
        "attribute:ecs.instance-type =~ m6i.*";
    machines_of_a_name_that_is_not_there: "instances: { rack:" => "instances: { rakc:";
    machines_that_are_launched: "rack: { failures" => "rack: { launch: { boot: 1s }, failures";
    machines_that_are_drained: "world:\n" =>
        "timeline: [{ at: 1m, drain: { AutoScalingGroupName: rack } }]\nworld:\n";
    machines_of_another_name_that_are_drained: "world:\n" =>
        "timeline: [{ at: 1m, drain: { externalInstances: rakc } }]\nworld:\n";
    a_drain_of_nobody: "world:\n" =>
        "timeline: [{ at: 1m, drain: { count: 2 } }]\nworld:\n";
    agents_of_machines_in_a_zone: "world:\n" =>
        "timeline: [{ at: 1m, agentDisconnect: { externalInstances: rack, availabilityZone: \
         us-east-1a, for: 1m } }]\nworld:\n";
    agents_of_machines_and_of_a_group: "world:\n" =>
        "timeline: [{ at: 1m, agentDisconnect: { externalInstances: rack, AutoScalingGroupName: \
         web, for: 1m } }]\nworld:\n";
}

#[test]
fn failures_are_those_of_machines_of_ones_own() {
    let own = "world:\n  instances: { machines: { failures: { every: 1d, lasts: 1h } } }\n";
    let text = super::instances::MACHINES.replace("world:\n", own);
    insta::assert_snapshot!(said_of(&text));
}
