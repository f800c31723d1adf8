//! What is said of tasks and groups of instances when a scenario is read: that they can never
//! start, never get an instance, or say what nobody means.

use super::instances::{MACHINES, said, said_of};
use super::*;

/// The scenario of instances with a DAEMON service of 512 CPU units, and tasks of so many.
fn beside_a_daemon(cpu: u32) -> String {
    let daemon = "    - family: agent
      requiresCompatibilities: [EC2]
      containerDefinitions: [{ name: agent, cpu: 512, memory: 256 }]
  services:
    - { serviceName: agents, taskDefinition: agent, schedulingStrategy: DAEMON, launchType: EC2 }
";
    MACHINES.replace("  services:\n", daemon).replace(
        "name: side, cpu: 128",
        &format!("name: side, cpu: {}", cpu - 256),
    )
}

#[test]
fn what_a_daemon_takes_of_each_instance_is_not_there_for_others() {
    // m6i.xlarge has 4,096; the daemon's task is the first on each.
    let said = said_of(&beside_a_daemon(3_840));
    let never = "no instance of machines can ever take a task of web:1 beside the DAEMON service \
                 agents, whose tasks come first on each: it needs 3840 CPU units, m6i.xlarge has \
                 3584 (RESOURCE:CPU) in aws.services.web.taskDefinition";
    assert!(said.contains(never), "{said}");
    assert!(
        said.contains("in aws.runTasks.jobs.taskDefinition"),
        "{said}"
    );
    assert_eq!(said.matches("error[never-fits]").count(), 2, "{said}");
    let said = said_of(&beside_a_daemon(1_536));
    assert!(!said.contains("never"), "it fits beside it: {said}");
}

#[test]
fn a_task_that_exceeds_the_smallest_type_never_scales_out() {
    let said = said_of(&MACHINES.replace("name: side, cpu: 128", "name: side, cpu: 2048"));
    let never = "warning[never-scales-out]: managed scaling of machines launches no instance for a \
                 task of web:1: it needs 2304 CPU units, m6i.large has 2048, and ECS counts only \
                 tasks that fit the smallest of the group's types in aws.services.web";
    assert!(said.contains(never), "{said}");
    assert_eq!(
        said.matches("never-scales-out").count(),
        2,
        "service and program: {said}"
    );
    // With the daemon's share it is the smallest type that is too small.
    let said = said_of(&beside_a_daemon(1_792));
    assert!(
        said.contains("it needs 1792 CPU units, m6i.large has 1536,"),
        "{said}"
    );
    // Without managed scaling nothing is launched for anybody.
    let without = MACHINES
        .replace("name: side, cpu: 128", "name: side, cpu: 2048")
        .replace("status: ENABLED, targetCapacity: 90", "status: DISABLED")
        .replace("        managedTerminationProtection: ENABLED\n", "");
    assert!(!said_of(&without).contains("never"));
}

#[test]
fn a_host_port_of_tcp_and_one_of_udp_do_not_keep_each_other_off() {
    let second = "    - family: dns
      requiresCompatibilities: [EC2]
      containerDefinitions:
        - { name: dns, cpu: 64, memory: 64, portMappings: [{ containerPort: 53, hostPort: 8080, protocol: PROTOCOL }] }
  services:
";
    let clash = |protocol| {
        let second = second.replace("PROTOCOL", protocol);
        let plan = loaded(&MACHINES.replace("  services:\n", &second)).plan;
        let ports = |at: usize| &plan.task_definitions[at].hosting.ports;
        ports(1).clash(ports(0)).map(|port| port.to_string())
    };
    assert_eq!(clash("udp"), None);
    assert_eq!(clash("tcp"), Some("8080".to_owned()));
    let said = said("hostPort: 8080", "hostPort: 8080, protocol: utp");
    assert!(said.contains("udp"), "{said}");
    // What the agent keeps of UDP it keeps of UDP alone.
    let kept = |protocol: &str| {
        said_of(
            &MACHINES
                .replace(
                    "hostPort: 8080",
                    &format!("hostPort: 9100, protocol: {protocol}"),
                )
                .replace(
                    "ECS_RESERVED_MEMORY: 256",
                    "ECS_RESERVED_PORTS_UDP: [9100], ECS_RESERVED_MEMORY: 256",
                ),
        )
    };
    assert!(kept("udp").contains("it needs host port 9100/udp, which the agent reserves"));
    assert!(!kept("tcp").contains("never-fits"));
}

#[test]
fn more_instances_than_a_cluster_may_have_are_said() {
    let lifted = "the quota of a cluster is 5,000 container instances (service quotas, not \
                  adjustable), which is lifted here";
    let said_of_sizes = |min: u32, max: u32| {
        let sizes = format!("MinSize: {min}\n      MaxSize: {max}");
        said("MinSize: 2\n      MaxSize: 30", &sizes)
    };
    let said = said_of_sizes(5_001, 6_000);
    let from_the_start =
        "warning[above-quota]: the cluster is to have 5001 instances from the start; ";
    assert!(
        said.contains(&format!("{from_the_start}{lifted}")),
        "{said}"
    );
    let said = said_of_sizes(2, 5_001);
    let some_time = "note[above-quota]: the groups may come to 5001 instances (MaxSize); ";
    assert!(said.contains(&format!("{some_time}{lifted}")), "{said}");
    assert!(!said_of_sizes(2, 5_000).contains("above-quota"));
}

#[test]
fn a_group_that_may_have_no_instance_takes_no_task() {
    let no_room = "machines has no instance for a task of web:1: its MaxSize is 0";
    let empty = said(
        "MinSize: 2\n      MaxSize: 30",
        "MinSize: 0\n      MaxSize: 0",
    );
    assert!(empty.contains("warning[never-fits]"), "{empty}");
    assert_eq!(
        empty.matches(no_room).count(),
        2,
        "service and program: {empty}"
    );
    let one = said(
        "MinSize: 2\n      MaxSize: 30",
        "MinSize: 0\n      MaxSize: 1",
    );
    assert!(!one.contains(no_room), "{one}");
}

#[test]
fn a_cpu_that_is_no_number_is_one_fault() {
    let text = MACHINES
        .replace("name: web, cpu: 256", "name: web, cpu: lots")
        .replace(
            "        - { name: side, cpu: 128, memory: 256, memoryReservation: 64 }\n",
            "",
        );
    let said = said_of(&text);
    assert!(
        said.contains("found `lots`") || said.contains("found \"lots\""),
        "{said}"
    );
    assert_eq!(said.matches("error[").count(), 1, "{said}");
}

/// The scenario of instances whose service has this constraint, in two subnets of a VPC, with an
/// image.
fn with_ids(expression: &str) -> String {
    MACHINES
        .replace(
            "      AvailabilityZones: [eu-central-1a, eu-central-1b]\n",
            "      VPCZoneIdentifier: sn-a,sn-b\n",
        )
        .replace(
            "aws:\n",
            "aws:\n  subnets: [{ SubnetId: sn-a, AvailabilityZone: eu-central-1a, VpcId: vpc-1 }, \
             { SubnetId: sn-b, AvailabilityZone: eu-central-1b, VpcId: vpc-1 }]\n",
        )
        .replace(
            "LaunchTemplateData: { InstanceType: m6i.large }",
            "LaunchTemplateData: { InstanceType: m6i.large, ImageId: ami-123 }",
        )
        .replace("attribute:stack == prod", expression)
}

#[test]
fn the_ids_that_a_scenario_gives_are_attributes_of_its_instances() {
    for expression in [
        "attribute:ecs.ami-id == ami-123",
        "attribute:ecs.subnet-id == sn-b",
        "attribute:ecs.vpc-id == vpc-1",
        "attribute:ecs.subnet-id in [sn-a, sn-b]",
    ] {
        let said = said_of(&with_ids(expression));
        assert!(!said.contains("error"), "{expression}: {said}");
    }
    for expression in [
        "attribute:ecs.ami-id == ami-321",
        "attribute:ecs.subnet-id == sn-c",
        "attribute:ecs.vpc-id == vpc-2",
    ] {
        let said = said_of(&with_ids(expression));
        assert!(said.contains("error[never-fits]"), "{expression}: {said}");
    }
    let group = &loaded(&with_ids("attribute:stack == prod")).plan.groups[0];
    assert_eq!(
        group.subnets,
        [Some("sn-a".to_owned()), Some("sn-b".to_owned())]
    );
    // Of two subnets in a zone nobody knows which an instance stands in.
    let both = with_ids("attribute:ecs.subnet-id == sn-a")
        .replace("zone: eu-central-1b", "zone: eu-central-1a");
    let both = both.replace(
        "AvailabilityZone: eu-central-1b",
        "AvailabilityZone: eu-central-1a",
    );
    assert!(said_of(&both).contains("error[never-fits]"));
    // Without any the way to give them is said.
    let said = said("attribute:stack == prod", "attribute:ecs.subnet-id == sn-a");
    assert!(said.contains("give the groups VPCZoneIdentifier"), "{said}");
}

#[test]
fn that_an_attribute_nobody_has_is_missing_is_true_everywhere() {
    let said_of_query = |query: &str| said("attribute:stack == prod", query);
    let said = said_of_query("attribute:stakc !exists");
    let warning = "warning[unknown-name]: no instance has an attribute \"stakc\": that it has none \
                   is true everywhere";
    assert!(said.contains(warning) && said.contains("stack"), "{said}");
    assert!(!said.contains("error"), "{said}");
    let said = said_of_query("attribute:stakc !exists or attribute:stakc == prod");
    assert!(said.contains("error[unknown-name]"), "{said}");
}

/// API PlacementConstraint and PlacementStrategy: distinctInstance takes no expression, random uses
/// no field.
#[test]
fn what_a_constraint_or_a_strategy_does_not_use_is_said() {
    let with = "{ type: distinctInstance, expression: \"attribute:stack == prod\" }";
    let said_of = said("{ type: distinctInstance }", with);
    let refused = "error[invalid-value]: distinctInstance has no expression, AWS refuses one";
    assert!(said_of.contains(refused), "{said_of}");
    let unused = "warning[no-effect]: no effect here: random uses no field";
    warned(
        "{ type: binpack, field: cpu }",
        "{ type: random, field: cpu }",
        unused,
    );
    let quiet = said(
        "{ type: binpack, field: cpu }",
        "{ type: random, field: \"\" }",
    );
    assert!(!quiet.contains("no-effect"), "{quiet}");
}

#[test]
fn that_attributes_compare_as_text_is_said_where_a_number_is_asked_for() {
    let warning = "warning[compared-as-text]: attributes are text: stack is compared with 9 \
                   character by character";
    warned("attribute:stack == prod", "attribute:stack > 9", warning);
    let quiet = said("attribute:stack == prod", "attribute:stack > m");
    assert!(!quiet.contains("compared-as-text"), "{quiet}");
}

#[test]
fn instances_of_another_cluster_are_told_of() {
    let agent = "ecsConfig: { ECS_CLUSTER: lab, ECS_RESERVED_MEMORY: 256,";
    let warning =
        "warning[other-cluster]: its instances would register with the cluster lab on AWS";
    warned("ecsConfig: { ECS_RESERVED_MEMORY: 256,", agent, warning);
    let own = said(
        "ecsConfig: { ECS_RESERVED_MEMORY: 256,",
        &agent.replace("lab", "shop"),
    );
    assert!(!own.contains("other-cluster"), "{own}");
}

/// API RegisterTaskDefinition: 128 to 196608 CPU units where it is no Fargate task.
#[test]
fn a_tasks_own_cpu_has_bounds_on_instances_too() {
    let with = |cpu: &str| {
        let own = format!("- family: web\n      cpu: {cpu}\n      requiresCompatibilities");
        said("- family: web\n      requiresCompatibilities", &own)
    };
    let wrong = "error[out-of-range]: a task has 128 to 196608 CPU units on instances";
    for (cpu, is_wrong) in [
        ("127", true),
        ("196609", true),
        ("512", false),
        ("1 vCPU", false),
    ] {
        let said = with(cpu);
        assert_eq!(said.contains(wrong), is_wrong, "{cpu}: {said}");
    }
}

/// What is read of a list that is too long is not missed as well.
#[test]
fn a_list_that_is_too_long_is_one_mistake() {
    let side = "{ name: side, cpu: 128, memory: 256, memoryReservation: 64 }";
    let more: Vec<String> = (0..10)
        .map(|at| format!("- {{ name: c{at}, cpu: 1, memory: 4 }}"))
        .collect();
    let many = format!("{side}\n        {}", more.join("\n        "));
    let told = said(side, &many);
    assert!(told.contains("error[too-many]"), "{told}");
    assert_eq!(told.matches("error[").count(), 1, "{told}");
}

/// Who names what was refused has done nothing wrong; who names what is nowhere has.
#[test]
fn what_stands_in_the_file_is_not_called_unknown_for_its_own_mistake() {
    let run = "timeline:
  - { at: 1m, run: { source: jobs, count: 2 } }
  - { at: 2m, update: { service: web, desiredCount: 3 } }
  - { at: 3m, setDesiredCapacity: { AutoScalingGroupName: machines, DesiredCapacity: 3 } }
";
    let text = format!("{MACHINES}{run}");
    for (from, to) in [
        ("MinSize: 2", "MinSize: 31"),
        (
            "{ InstanceType: m6i.large }, {",
            "{ InstanceType: m6i.lrge }, {",
        ),
        ("targetCapacity: 90", "targetCapacity: 101"),
        ("memory: 512,", "memory: -1,"),
    ] {
        assert!(text.contains(from), "{from}");
        let told = said_of(&text.replace(from, to));
        assert_eq!(told.matches("error[").count(), 1, "{told}");
    }
    let told = said_of(&text.replace("source: jobs", "source: job"));
    let unknown = "error[unknown-name]: there is no program of aws.runTasks \"job\"";
    assert!(told.contains(unknown), "{told}");
}

/// What is said with a part replaced, each of which is right by itself.
fn warned(from: &str, to: &str, warning: &str) {
    assert!(MACHINES.contains(from), "{from}");
    let said = said(from, to);
    assert!(said.contains(warning), "{warning}: {said}");
    assert!(!said.contains("error["), "{said}");
}

#[test]
fn what_changes_nothing_or_means_something_else_is_said() {
    let overrides = "Overrides: [{ InstanceType: m6i.large }, { InstanceType: m6i.xlarge }]";
    warned(
        overrides,
        "Overrides: [{ InstanceType: m6i.large }, { InstanceType: m6i.large }]",
        "warning[duplicate-name]: m6i.large stands in an override before: it counts once",
    );
    warned(
        overrides,
        "Overrides: [{ InstanceType: m6i.large }, { InstanceType: m6g.large }]",
        "warning[mixed-architectures]: m6g.large is arm64 and m6i.large x86_64, and one template \
         launches both",
    );
    warned(
        "OnDemandPercentageAboveBaseCapacity: 50",
        "OnDemandPercentageAboveBaseCapacity: 100, SpotAllocationStrategy: capacity-optimized, \
         SpotInstancePools: 3",
        "SpotInstancePools counts with the strategy lowest-price only",
    );
    warned(
        "OnDemandPercentageAboveBaseCapacity: 50",
        "OnDemandPercentageAboveBaseCapacity: 100, SpotInstancePools: 3",
        "no effect here: the group buys no Spot",
    );
    warned(
        "[eu-central-1a, eu-central-1b]",
        "[eu-central-1a, eu-central-1b, eu-central-1a]",
        "warning[duplicate-name]: eu-central-1a stands here twice: it counts once",
    );
    warned(
        "OnDemandPercentageAboveBaseCapacity: 50",
        "OnDemandPercentageAboveBaseCapacity: 50, SpotMaxPrice: \"0.001\"",
        "warning[never-launched]: no pool of machines costs 0.001 USD an hour or less: the \
         cheapest, m6i.large, costs ",
    );
    warned(
        "attribute:stack == prod",
        "task:group == service:wbe",
        "warning[unknown-name]: no tasks of the scenario have a group that `task:group == \
         service:wbe` asks for",
    );
    warned(
        "world:\n",
        "timeline: [{ at: 10m, priceChange: { instanceTypes: { m7i.large: 5 % } } }]\nworld:\n",
        "warning[no-effect]: no effect here: no group launches m7i.large",
    );
    warned(
        "OnDemandPercentageAboveBaseCapacity: 50 }",
        "OnDemandPercentageAboveBaseCapacity: 100 }",
        "",
    );
    let said = said("[eu-central-1a, eu-central-1b]", "[]");
    assert!(said.contains("AvailabilityZones is empty"), "{said}");
    let drought =
        "timeline: [{ at: 10m, drought: { capacityProvider: machines, for: 10m } }]\nworld:\n";
    let with_spot = MACHINES.replace("world:\n", drought);
    assert!(!said_of(&with_spot).contains("buys no Spot"));
    let without = with_spot.replace("AboveBaseCapacity: 50", "AboveBaseCapacity: 100");
    let said = said_of(&without);
    assert!(
        said.contains("no effect here: machines buys no Spot"),
        "{said}"
    );
}

#[test]
fn what_is_meant_is_not_warned_of() {
    for query in [
        "task:group == service:web",
        "not(task:group =~ family:.*)",
        "attribute:stack exists and task:group in [service:web, service:gone]",
    ] {
        let said = said("attribute:stack == prod", query);
        assert!(!said.contains("warning["), "{query}: {said}");
    }
    let said = said(
        "AboveBaseCapacity: 50",
        "AboveBaseCapacity: 50, SpotMaxPrice: \"0.5\"",
    );
    assert!(!said.contains("never-launched"), "{said}");
}

#[test]
fn a_spot_level_that_cannot_be_is_said_at_its_field_in_the_words_of_the_file() {
    let of_spot = |block: &str| {
        let spot = format!("world:\n  spot: {{ EC2: {{ {block} }} }}\n");
        said("world:\n", &spot)
    };
    let said = of_spot("frequency: 100 %");
    assert!(said.contains("world.spot.EC2.frequency"), "{said}");
    assert!(
        said.contains("of a month's instances can't be interrupted"),
        "{said}"
    );
    let said = of_spot("lifetime: 0s");
    assert!(
        said.contains("is no time: it must be above 0 in world.spot.EC2.lifetime"),
        "{said}"
    );
    let said = of_spot("lifetime: 24h, frequency: 99 %");
    assert!(said.contains("in world.spot.EC2.frequency"), "{said}");
    assert!(said.contains("or shorten empty ("), "{said}");
    for internal in ["emptyHours", "lifetimeHours", "empty_hours"] {
        assert!(!said.contains(internal), "{said}");
    }
    let said = of_spot("advanced: { empty: 0s }");
    assert!(said.contains("in world.spot.EC2.advanced.empty"), "{said}");
}
