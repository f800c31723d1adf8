//! Tasks on one's own instances: what loads, and the message of each thing that does not.

use super::*;
use crate::catalog::instances::get;
use crate::policy::auto_scaling_group::{Distribution, TerminationPolicy};
use crate::policy::managed_scaling::ManagedScaling;
use crate::policy::placement::{Binpack, Need, PlacementRule, SERVICE_DEFAULT, Spread};
use plan::{
    GroupPlan, ImagePull, NetworkMode, OnDemandAllocation, Plan, ProviderKind, SpotAllocation,
};

/// One group of two types with managed scaling, a service and a program on it.
pub(super) const MACHINES: &str = r#"fleetcast: 1
run: { duration: 1h }
aws:
  region: eu-central-1
  cluster: { clusterName: shop, capacityProviders: [machines] }
  launchTemplates:
    - LaunchTemplateName: ecs
      LaunchTemplateData: { InstanceType: m6i.large }
      ecsConfig: { ECS_RESERVED_MEMORY: 256, ECS_INSTANCE_ATTRIBUTES: { stack: prod } }
  autoScalingGroups:
    - AutoScalingGroupName: machines
      MinSize: 2
      MaxSize: 30
      AvailabilityZones: [eu-central-1a, eu-central-1b]
      NewInstancesProtectedFromScaleIn: true
      MixedInstancesPolicy:
        LaunchTemplate:
          LaunchTemplateSpecification: { LaunchTemplateName: ecs }
          Overrides: [{ InstanceType: m6i.large }, { InstanceType: m6i.xlarge }]
        InstancesDistribution: { OnDemandBaseCapacity: 2, OnDemandPercentageAboveBaseCapacity: 50 }
  capacityProviders:
    - name: machines
      autoScalingGroupProvider:
        autoScalingGroupArn: machines
        managedScaling: { status: ENABLED, targetCapacity: 90 }
        managedTerminationProtection: ENABLED
  taskDefinitions:
    - family: web
      requiresCompatibilities: [EC2]
      containerDefinitions:
        - { name: web, cpu: 256, memory: 512, portMappings: [{ containerPort: 80, hostPort: 8080 }] }
        - { name: side, cpu: 128, memory: 256, memoryReservation: 64 }
  services:
    - serviceName: web
      taskDefinition: web
      desiredCount: 2
      capacityProviderStrategy: [{ capacityProvider: machines, weight: 1 }]
      placementConstraints: [{ type: memberOf, expression: "attribute:stack == prod" }]
  runTasks:
    - name: jobs
      taskDefinition: web
      capacityProviderStrategy: [{ capacityProvider: machines, weight: 1 }]
      placementStrategy: [{ type: spread, field: "attribute:stack" }, { type: binpack, field: cpu }]
      placementConstraints: [{ type: distinctInstance }]
world:
  demand: { web: { rate: 1/s }, jobs: { arrivals: { rate: 1/h, work: 10m } } }
  work: { web: { image: 100MiB } }
"#;

fn group(plan: &Plan) -> &GroupPlan {
    &plan.groups[0]
}

#[test]
fn a_group_of_instances_loads_with_everything_around_it() {
    let plan = loaded(MACHINES).plan;
    let machines = group(&plan);
    assert_eq!((machines.min_size, machines.max_size), (2, 30));
    assert_eq!((machines.desired_capacity, machines.zones.len()), (2, 2));
    let names: Vec<&str> = machines
        .types
        .iter()
        .map(|known| get(known.instance_type).name)
        .collect();
    assert_eq!(names, ["m6i.large", "m6i.xlarge"]);
    // 8,192 MiB less 3.2 % and 150 MiB, less the agent's 256; two task ENIs without trunking.
    let registered = Need {
        cpu: 2048,
        memory: 7780 - 256,
        gpus: 0,
        enis: 2,
    };
    assert_eq!(machines.types[0].registered, registered);
    assert_eq!(machines.types[0].on_demand_micro_usd, 115_000);
    assert!(machines.types[0].spot_micro_usd < 115_000);
    assert!(machines.types.iter().all(|known| known.spot.is_some()));
    let bought = Distribution {
        on_demand_base: 2,
        on_demand_percent: 50,
    };
    assert_eq!(machines.distribution, bought);
    assert_eq!(
        machines.on_demand_allocation,
        OnDemandAllocation::Prioritized
    );
    let lowest = SpotAllocation::LowestPrice { pools: 2 };
    assert_eq!(machines.spot_allocation, lowest);
    assert_eq!(machines.termination_policies, [TerminationPolicy::Default]);
    assert_eq!(machines.volumes[0].gib, 30);
    assert_eq!(machines.agent.image_pull, ImagePull::Default);
    // The table of defaults says what agents have that no template is for.
    let cleanup = crate::policy::image_cleanup::ImageCleanup::DEFAULT;
    assert_eq!(machines.agent.image_cleanup, Some(cleanup));
    assert_eq!(machines.agent.reserved_ports.len(), 5);
    assert_eq!(
        machines.agent.attributes,
        [("stack".to_owned(), "prod".to_owned())]
    );
    let provider = &plan.providers[0];
    assert!(matches!(provider.kind, ProviderKind::AutoScalingGroup(_)));
    let settings = provider.group.as_ref().unwrap();
    let scaling = ManagedScaling {
        target_capacity: 90,
        ..ManagedScaling::default()
    };
    assert_eq!(settings.managed_scaling, Some(scaling));
    assert!(settings.termination_protection && settings.managed_draining);
    assert_eq!(settings.wait_max, SimDuration::from_secs(1_800));
    assert_eq!(provider.latencies.pull_cached.mean(), 0.5);
}

#[test]
fn tasks_on_instances_have_sums_ports_and_places() {
    let plan = loaded(MACHINES).plan;
    let web = &plan.task_definitions[0];
    assert_eq!((web.cpu.0, web.memory.0), (384, 512 + 64));
    assert_eq!(web.hosting.network, NetworkMode::Bridge);
    assert_eq!(
        web.hosting
            .ports
            .iter()
            .map(|it| it.number)
            .collect::<Vec<u16>>(),
        [8080]
    );
    assert_eq!(web.hosting.architecture, None);
    let service = &plan.services[0].placement;
    assert_eq!(service.rules, SERVICE_DEFAULT);
    assert_eq!(
        (service.constraints.len(), service.distinct_instance),
        (1, false)
    );
    let jobs = &plan.job_sources[0].placement;
    let spread = PlacementRule::Spread(Spread::Attribute(0));
    assert_eq!(jobs.rules, [spread, PlacementRule::Binpack(Binpack::Cpu)]);
    assert!(jobs.distinct_instance);
    assert_eq!(plan.spread_attributes, ["stack"]);
}

#[test]
fn a_result_that_rests_on_the_advisor_s_share_names_how_it_is_read() {
    let applied = |text: &str, path: &str| {
        let plan = loaded(text).plan;
        let found = plan.assumptions.iter().find(|it| it.path == path);
        found.map(|it| it.value.clone())
    };
    let lifetime = "world.spot.EC2.lifetime";
    assert_eq!(applied(MACHINES, lifetime).as_deref(), Some("none"));
    let bucket = "world.spot[m6i.large].frequency";
    assert!(applied(MACHINES, bucket).is_some());
    let own = MACHINES.replace(
        "world:\n",
        "world:\n  spot: { EC2: { lifetime: 24h }, m6i: { frequency: 7 % } }\n",
    );
    assert_eq!(applied(&own, lifetime), None);
    assert_eq!(applied(&own, bucket), None);
    let rate = |text: &str| {
        let plan = loaded(text).plan;
        group(&plan).types[0].spot.unwrap().rates.isolated_per_hour
    };
    let none = own.replace("lifetime: 24h", "lifetime: none");
    let ratio = rate(&own) / rate(&none);
    assert!((25.0..40.0).contains(&ratio), "{ratio}");
}

#[test]
fn requirements_choose_types_of_the_catalogue() {
    let required = "Overrides: [{ InstanceRequirements: { VCpuCount: { Min: 4, Max: 4 }, \
                    MemoryMiB: { Min: 16384, Max: 16384 }, CpuManufacturers: [intel] } }]";
    let text = MACHINES.replace(
        "Overrides: [{ InstanceType: m6i.large }, { InstanceType: m6i.xlarge }]",
        required,
    );
    let plan = loaded(&text).plan;
    let names: Vec<&str> = group(&plan)
        .types
        .iter()
        .map(|known| get(known.instance_type).name)
        .collect();
    assert!(names.contains(&"m6i.xlarge"), "{names:?}");
    let odd = |name: &&&str| name.starts_with("m6a") || name.starts_with("t3");
    assert_eq!(names.iter().find(odd), None);
    assert_eq!(
        group(&plan).on_demand_allocation,
        OnDemandAllocation::LowestPrice
    );
}

#[test]
fn groups_that_no_provider_has_take_tasks_of_the_launch_type() {
    let text = MACHINES.replace(
        "  autoScalingGroups:\n",
        "  autoScalingGroups:\n    - { AutoScalingGroupName: other, MinSize: 0, MaxSize: 1, \
         LaunchTemplate: { LaunchTemplateName: ecs } }\n",
    );
    let plan = loaded(&text).plan;
    assert_eq!(plan.groups.len(), 2);
    let said = "it takes tasks of the launch type EC2 only";
    assert!(plan.notes.iter().any(|note| note.contains(said)));
}

#[test]
fn a_launch_type_needs_no_provider() {
    let strategy = "capacityProviderStrategy: [{ capacityProvider: machines, weight: 1 }]\n      \
                    placementConstraints";
    assert!(MACHINES.contains(strategy));
    let text = MACHINES.replace(strategy, "launchType: EC2\n      placementConstraints");
    let plan = loaded(&text).plan;
    let provider = plan.provider(plan.services[0].strategy.items()[0].provider);
    assert_eq!(
        (provider.kind, provider.name.as_str()),
        (ProviderKind::Ec2, "EC2")
    );
    // Without it the launch type is AWS's choice all the same, and a surprise to many.
    let text = MACHINES.replace(strategy, "placementConstraints");
    let loaded = loaded(&text);
    let said = loaded.diagnostics.render(&loaded.sources, false);
    assert!(said.contains("AWS takes the launch type EC2"), "{said}");
    assert_eq!(loaded.plan.services[0].strategy, plan.services[0].strategy);
}

#[test]
fn a_time_of_shutting_down_is_refused() {
    let own = "world:\n  instances: { machines: { launch: { terminate: 1m } } }\n";
    let said = said("world:\n", own);
    assert!(
        said.contains("launch.terminate is not simulated yet"),
        "{said}"
    );
}

/// Two moments are asked for; the second lies beyond the hour that is played.
#[test]
fn moments_of_packing_are_read_and_those_that_draw_nothing_are_said() {
    let with = |record: &str| MACHINES.replace("\naws:", &format!("\nrecord: {record}\naws:"));
    let plan = loaded(&with("{ packing: [10m, 3h] }")).plan;
    assert_eq!(
        plan.record.packing,
        [crate::engine::SimTime::from_secs(600)]
    );
    let said = said_of(&with("{ tasks: none, packing: [10m, 3h] }"));
    for expected in ["beyond the run's end", "without recorded tasks"] {
        assert!(said.contains(expected), "{said}");
    }
}

/// What is said of the scenario with one thing changed.
pub(super) fn said(from: &str, to: &str) -> String {
    assert!(MACHINES.contains(from), "{from}");
    said_of(&MACHINES.replace(from, to))
}

pub(super) fn said_of(text: &str) -> String {
    match load_text("a.yaml", text, &LoadOptions::default()) {
        Ok(loaded) => loaded.diagnostics.render(&loaded.sources, false),
        Err(failure) => failure.diagnostics.render(&failure.sources, false),
    }
}

macro_rules! golden {
    ($($name:ident: $from:expr => $to:expr,)*) => {
        $(#[test]
        fn $name() {
            insta::assert_snapshot!(said($from, $to));
        })*
    };
}

golden! {
    an_unknown_instance_type: "{ InstanceType: m6i.xlarge }" => "{ InstanceType: m6i.xlagre }",
    an_unknown_region: "eu-central-1\n" => "eu-centrall-1\n",
    a_type_without_a_price_in_the_region:
        "{ InstanceType: m6i.xlarge }" => "{ InstanceType: m2.xlarge }",
    a_weighted_capacity_of_0:
        "{ InstanceType: m6i.xlarge }" => "{ InstanceType: m6i.xlarge, WeightedCapacity: \"0\" }",
    a_weighted_capacity:
        "{ InstanceType: m6i.xlarge }" => "{ InstanceType: m6i.xlarge, WeightedCapacity: \"2\" }",
    a_min_size_above_the_max_size: "MinSize: 2" => "MinSize: 31",
    a_desired_capacity_below_the_min_size: "MinSize: 2" => "MinSize: 2\n      DesiredCapacity: 1",
    an_on_demand_base_above_the_max_size: "OnDemandBaseCapacity: 2" => "OnDemandBaseCapacity: 31",
    a_target_capacity_of_0: "targetCapacity: 90" => "targetCapacity: 0",
    a_target_capacity_of_101: "targetCapacity: 90" => "targetCapacity: 101",
    an_expression_with_an_error: "\"attribute:stack == prod\"" => "\"attribute:stack == \"",
    an_attribute_that_nobody_has: "attribute:stack == prod" => "attribute:stakc == prod",
    an_attribute_that_only_aws_knows: "attribute:stack == prod" => "attribute:ecs.ami-id exists",
    a_spread_over_an_attribute_that_nobody_has: "\"attribute:stack\"" => "\"attribute:stakc\"",
    an_expression_about_tasks_of_a_daemon:
        "      capacityProviderStrategy: [{ capacityProvider: machines, weight: 1 }]\n      placementConstraints: [{ type: memberOf, expression: \"attribute:stack == prod\"" =>
        "      schedulingStrategy: DAEMON\n      placementConstraints: [{ type: memberOf, expression: \"task:group == service:a\"",
    an_agent_version_that_is_none:
        "world:\n" => "world:\n  instances: { machines: { agentVersion: latest } }\n",
    an_agent_version_that_no_instance_has:
        "attribute:stack == prod" => "agentVersion > 2.0.0",
    an_attribute_that_no_instance_of_the_group_meets:
        "attribute:stack == prod" => "attribute:ecs.instance-type =~ c5.*",
    tasks_that_never_fit: "memory: 512" => "memory: 16000",
    an_architecture_that_no_instance_has:
        "requiresCompatibilities: [EC2]" =>
        "requiresCompatibilities: [EC2]\n      runtimePlatform: { cpuArchitecture: ARM64 }",
    a_gpu_that_no_instance_has:
        "{ name: side," =>
        "{ name: side, resourceRequirements: [{ type: GPU, value: \"1\" }],",
    a_port_that_the_agent_keeps: "hostPort: 8080" => "hostPort: 51678",
    termination_protection_without_scale_in_protection:
        "NewInstancesProtectedFromScaleIn: true" => "NewInstancesProtectedFromScaleIn: false",
    termination_protection_without_managed_scaling: "status: ENABLED" => "status: DISABLED",
    an_unknown_group: "autoScalingGroupArn: machines" => "autoScalingGroupArn: machnies",
    an_unknown_launch_template: "{ LaunchTemplateName: ecs }" => "{ LaunchTemplateName: esc }",
    an_unknown_zone: "eu-central-1b]" => "eu-central-1z]",
    an_unknown_provider_in_latencies: "world:\n" => "world:\n  latencies: { machine: { eni: 1s } }\n",
    an_unknown_group_in_instances:
        "world:\n" => "world:\n  instances: { machine: { launchRetry: 1m } }\n",
    an_unknown_pool_in_spot: "world:\n" => "world:\n  spot: { m6i.lrge: { lifetime: 1d } }\n",
    a_shortest_wait_above_the_longest:
        "world:\n" => "world:\n  instances: { default: { waitForCapacity: { min: 40m } } }\n",
    a_container_without_memory: "cpu: 256, memory: 512" => "cpu: 256",
    a_daemon_with_a_provider:
        "      placementConstraints" =>
        "      schedulingStrategy: DAEMON\n      placementConstraints",
    a_daemon_on_fargate:
        "      capacityProviderStrategy: [{ capacityProvider: machines, weight: 1 }]\n      placementConstraints" =>
        "      launchType: FARGATE\n      schedulingStrategy: DAEMON\n      placementConstraints",
    a_daemon_of_two_an_instance:
        "      capacityProviderStrategy: [{ capacityProvider: machines, weight: 1 }]\n      placementConstraints" =>
        "      schedulingStrategy: DAEMON\n      deploymentConfiguration: { maximumPercent: 200 }\n      placementConstraints",
    a_definition_of_instances_on_fargate:
        "      capacityProviderStrategy: [{ capacityProvider: machines, weight: 1 }]\n      placementConstraints" =>
        "      launchType: FARGATE\n      placementConstraints",
}

/// The same group with a type of its own in place of the larger one.
fn with_own_type(said: &str) -> String {
    let types = format!("world:\n  instances: {{ types: {{ {said} }} }}\n");
    MACHINES
        .replace("{ InstanceType: m6i.xlarge }", "{ InstanceType: own.host }")
        .replace("world:\n", &types)
}

#[test]
fn a_type_of_ones_own_is_a_type_wherever_its_name_stands() {
    let host = "own.host: { vcpus: 144, memory: 204800MiB, registeredMemory: 204800MiB, \
                tasks: 14, price: 7.20 USD }";
    let text = with_own_type(host).replace(
        "world:\n",
        "world:\n  spot: { own: { lifetime: 24h }, own.host: { frequency: 7 % } }\n  \
         prices: { ec2_spot_hour_own.host: 2 USD }\n",
    );
    let plan = loaded(&text).plan;
    let own = &group(&plan).types[1];
    assert_eq!(get(own.instance_type).name, "own.host");
    let registered = Need {
        cpu: 144 * 1024,
        memory: 204_800 - 256,
        gpus: 0,
        enis: 14,
    };
    assert_eq!(own.registered, registered);
    assert_eq!(own.on_demand_micro_usd, 7_200_000);
    assert_eq!(own.spot_micro_usd, 2_000_000);
    let pool = own.spot.unwrap().parameters;
    assert_eq!(pool.lifetime_hours, Some(24.0));
    assert_eq!(plan.own_types().collect::<Vec<_>>(), [own.instance_type]);
    // Where nothing is said, Spot's price and the memory are assumed as of any type.
    let plan = loaded(&with_own_type(
        "own.host: { vcpus: 2, memory: 8GiB, price: 1 USD }",
    ))
    .plan;
    let own = &group(&plan).types[1];
    assert_eq!(
        (own.registered.memory, own.spot_micro_usd),
        (7780 - 256, 350_000)
    );
}

macro_rules! own_type {
    ($($name:ident: $said:expr,)*) => {
        $(#[test]
        fn $name() {
            let text = with_own_type($said);
            insta::assert_snapshot!(said_of(&text));
        })*
    };
}

own_type! {
    an_own_type_with_an_unknown_key: "own.host: { vcpu: 2, memory: 8GiB, price: 1 USD }",
    an_own_type_of_size_zero: "own.host: { vcpus: 0, memory: 0MiB, price: 1 USD }",
    an_own_type_that_is_of_the_catalogue: "m6i.large: { vcpus: 2, memory: 8GiB, price: 1 USD }",
    an_own_type_that_is_named_as_a_family: "m6i: { vcpus: 2, memory: 8GiB, price: 1 USD }",
    an_own_type_without_a_price: "own.host: { vcpus: 2, memory: 8GiB }",
    an_own_type_that_registers_more_than_it_has:
        "own.host: { vcpus: 2, memory: 8GiB, registeredMemory: 9GiB, price: 1 USD }",
    a_slip_in_the_name_of_an_own_type: "own.hosts: { vcpus: 2, memory: 8GiB, price: 1 USD }",
}

#[test]
fn a_daemon_has_no_count_to_change() {
    let strategy = "      desiredCount: 2\n      capacityProviderStrategy: [{ capacityProvider: \
                    machines, weight: 1 }]\n      placementConstraints";
    assert!(MACHINES.contains(strategy));
    let daemon = "      schedulingStrategy: DAEMON\n      placementConstraints";
    let target = "  scalableTargets: [{ ResourceId: service/shop/web, ScalableDimension: \
                  \"ecs:service:DesiredCount\", MinCapacity: 1, MaxCapacity: 2 }]\n  runTasks:";
    let text = MACHINES
        .replace(strategy, daemon)
        .replace("  runTasks:", target)
        + "timeline: [{ at: 1m, update: { service: web, desiredCount: 3 } }]\n";
    insta::assert_snapshot!(said_of(&text));
}

#[test]
fn tasks_with_interfaces_on_a_type_without() {
    let text = MACHINES
        .replace("eu-central-1a, eu-central-1b", "us-east-2a")
        .replace("eu-central-1", "us-east-2")
        .replace(
            "Overrides: [{ InstanceType: m6i.large }, { InstanceType: m6i.xlarge }]",
            "Overrides: [{ InstanceType: hpc7a.12xlarge }]",
        )
        .replace("[EC2]\n", "[EC2]\n      networkMode: awsvpc\n")
        .replace("hostPort: 8080", "hostPort: 80");
    insta::assert_snapshot!(said_of(&text));
}

#[test]
fn a_service_of_tasks_without_cpu() {
    let text = MACHINES.replace("cpu: 256, ", "").replace("cpu: 128, ", "");
    insta::assert_snapshot!(said_of(&text));
}
