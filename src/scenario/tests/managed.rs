//! ECS Managed Instances: what loads, and the message of each thing that does not.

use super::*;
use crate::catalog::instances::get;
use crate::policy::managed_instances::ScaleInAfter;
use plan::{NetworkMode, ProviderKind};

/// A service and a program on Managed Instances, beside a service on Fargate.
const MANAGED: &str = r#"fleetcast: 1
run: { duration: 1h }
aws:
  region: eu-central-1
  cluster: { clusterName: shop }
  subnets:
    - { SubnetId: a, AvailabilityZone: eu-central-1a }
    - { SubnetId: b, AvailabilityZone: eu-central-1b }
  capacityProviders:
    - name: managed
      managedInstancesProvider:
        infrastructureRoleArn: arn:aws:iam::111122223333:role/ecsInfrastructureRole
        instanceLaunchTemplate:
          ec2InstanceProfileArn: arn:aws:iam::111122223333:instance-profile/ecsInstanceRole
          networkConfiguration: { subnets: [b] }
          storageConfiguration: { storageSizeGiB: 100 }
          capacityOptionType: SPOT
          instanceRequirements:
            vCpuCount: { min: 2, max: 4 }
            memoryMiB: { min: 8192 }
            allowedInstanceTypes: ["m6i.*"]
        propagateTags: CAPACITY_PROVIDER
        infrastructureOptimization: { scaleInAfter: -1 }
  taskDefinitions:
    - family: worker
      requiresCompatibilities: [MANAGED_INSTANCES]
      containerDefinitions: [{ name: app, cpu: 1024, memory: 2048 }]
    - { family: web, requiresCompatibilities: [FARGATE], cpu: 256, memory: 512 }
  services:
    - serviceName: worker
      taskDefinition: worker
      desiredCount: 4
      capacityProviderStrategy: [{ capacityProvider: managed, weight: 1 }]
    - { serviceName: web, taskDefinition: web, desiredCount: 1, launchType: FARGATE }
  runTasks:
    - { name: jobs, taskDefinition: worker, capacityProviderStrategy: [{ capacityProvider: managed, weight: 1 }] }
world:
  demand: { jobs: { arrivals: { rate: 1/h, work: 10m } } }
  instances: { managed: { launch: { boot: 20s }, managedInstances: { drainsFrom: 7d } } }
"#;

#[test]
fn a_provider_of_managed_instances_is_a_group_that_ecs_launches() {
    let plan = loaded(MANAGED).plan;
    let [group] = &plan.groups[..] else {
        panic!("{:?}", plan.groups);
    };
    let names = group.types.iter().map(|it| get(it.instance_type).name);
    assert_eq!(names.collect::<Vec<_>>(), ["m6i.large", "m6i.xlarge"]);
    assert_eq!(group.zones, [crate::ids::ZoneId(1)]);
    assert!(group.buys_spot() && group.types[0].spot.is_some());
    assert_eq!(group.volumes[0].gib, 100);
    assert_eq!(group.latencies.boot.mean(), 20.0);
    let managed = group.managed.unwrap();
    assert_eq!(managed.scale_in_after, ScaleInAfter::Never);
    let days = |days: u64| SimDuration::from_secs(days * 86_400);
    assert_eq!(managed.lifetime.drains_from, days(7));
    assert_eq!(managed.lifetime.ends_at, days(21));
    // In the order of their names: web, worker.
    let worker = &plan.services[1];
    let provider = plan.provider(worker.strategy.items()[0].provider);
    let id = crate::ids::GroupId(0);
    assert_eq!(provider.kind, ProviderKind::ManagedInstances(id));
    assert!(!ProviderKind::Ec2.takes((id, group.launcher())));
    assert!(worker.rebalances);
    let definition = plan.task_definition(worker.task_definition);
    assert_eq!(definition.hosting.network, NetworkMode::Awsvpc);
}

#[test]
fn the_cheapest_general_purpose_types_are_the_default() {
    let text = MANAGED.replace("          capacityOptionType: SPOT\n", "");
    let at = text.find("          instanceRequirements:").unwrap();
    let end = text.find("        propagateTags").unwrap();
    let plan = loaded(&format!("{}{}", &text[..at], &text[end..])).plan;
    let types = plan.groups[0].types.iter().map(|it| get(it.instance_type));
    let types: Vec<_> = types.collect();
    assert!(10 < types.len(), "{}", types.len());
    assert!(types.iter().all(|it| it.name.starts_with('m')));
    assert!(types.iter().all(|it| !it.is_bare_metal && !it.is_burstable));
    assert!(!plan.groups[0].buys_spot());
}

fn said(old: &str, new: &str) -> String {
    assert!(MANAGED.contains(old), "{old}");
    super::instances::said_of(&MANAGED.replacen(old, new, 1))
}

macro_rules! messages {
    ($($name:ident: $old:expr => $new:expr;)*) => {
        $(#[test]
        fn $name() {
            insta::assert_snapshot!(said($old, $new));
        })*
    };
}

const STRATEGY: &str =
    "      capacityProviderStrategy: [{ capacityProvider: managed, weight: 1 }]\n";

messages! {
    reserved_capacity: "SPOT" => "RESERVED";
    a_capacity_option_that_is_not_there: "SPOT" => "SPOTTY";
    a_delay_beyond_an_hour: "scaleInAfter: -1" => "scaleInAfter: 3601";
    a_subnet_that_is_not_there: "subnets: [b]" => "subnets: [c]";
    requirements_that_no_type_meets: "m6i.*" => "m99.*";
    requirements_spelt_as_auto_scaling_does: "vCpuCount" => "VCpuCount";
    a_bridge_on_managed_instances: "      requiresCompatibilities: [MANAGED_INSTANCES]\n" =>
        "      requiresCompatibilities: [MANAGED_INSTANCES]\n      networkMode: bridge\n";
    a_definition_that_is_not_for_managed_instances: "[MANAGED_INSTANCES]" => "[EC2]";
    managed_instances_by_launch_type: STRATEGY => "      launchType: MANAGED_INSTANCES\n";
    managed_instances_mixed_with_fargate: STRATEGY =>
        "      capacityProviderStrategy: [{ capacityProvider: managed, weight: 1 }, { \
         capacityProvider: FARGATE, weight: 1 }]\n";
    a_placement_strategy_on_managed_instances: STRATEGY =>
        "      capacityProviderStrategy: [{ capacityProvider: managed, weight: 1 }]\n      \
         placementStrategy: [{ type: random }]\n";
    a_provider_of_both_kinds: "      managedInstancesProvider:\n" =>
        "      autoScalingGroupProvider: { autoScalingGroupArn: web }\n      \
         managedInstancesProvider:\n";
    a_provider_without_a_launch_template: "        instanceLaunchTemplate:\n" =>
        "        instanceLaunchTemplat:\n";
    a_task_that_fits_no_managed_instance: "cpu: 1024, memory: 2048" => "cpu: 8192, memory: 2048";
    an_end_before_the_beginning: "drainsFrom: 7d" => "drainsFrom: 7d, endsAt: 6d";
    managed_instances_that_are_drained_by_hand: "world:\n" =>
        "timeline: [{ at: 1m, drain: { AutoScalingGroupName: managed } }]\nworld:\n";
    managed_scaling_of_managed_instances: "drainsFrom: 7d }" =>
        "drainsFrom: 7d }, managedScaling: { combining: sum }";
}

#[test]
fn what_ifs_and_disconnects_leave_managed_instances_alone_and_say_so() {
    let what_if = "whatIf: { spotFallback: { after: 5m }, repacking: { every: 10m } }\nworld:\n";
    let said_so = said("world:\n", what_if);
    for rule in ["spotFallback", "repacking"] {
        let expected = format!("{rule} leaves Managed Instances alone: managed");
        assert!(said_so.contains(&expected), "{said_so}");
    }
    let disconnect = "timeline: [{ at: 1m, agentDisconnect: { AutoScalingGroupName: managed, for: \
                      5m } }]\nworld:\n";
    let said_so = said("world:\n", disconnect);
    assert!(
        said_so.contains("disconnected by availabilityZone"),
        "{said_so}"
    );
}

#[test]
fn no_network_at_all_is_legal_on_managed_instances() {
    let said_so = said(
        "      requiresCompatibilities: [MANAGED_INSTANCES]\n",
        "      requiresCompatibilities: [MANAGED_INSTANCES]\n      networkMode: none\n",
    );
    assert!(!said_so.contains("error["), "{said_so}");
}

#[test]
fn what_is_said_of_managed_instances_is_not_for_groups() {
    let own = "world:\n  instances: { machines: { managedInstances: { gathering: 1s } } }\n";
    let text = super::instances::MACHINES.replace("world:\n", own);
    insta::assert_snapshot!(super::instances::said_of(&text));
}
