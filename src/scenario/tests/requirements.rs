//! InstanceRequirements of three APIs: what they choose, and the message of each thing that is
//! wrong with them.

use super::*;
use crate::catalog::instances::get;
use crate::policy::auto_scaling_group::Purchase;

/// A group with one override.
fn group(requirements: &str) -> String {
    format!(
        r#"fleetcast: 1
run: {{ duration: 1h }}
aws:
  region: eu-west-1
  cluster: {{ clusterName: shop }}
  launchTemplates: [{{ LaunchTemplateName: ecs, LaunchTemplateData: {{ InstanceType: m5.large }} }}]
  autoScalingGroups:
    - AutoScalingGroupName: machines
      MinSize: 1
      MaxSize: 9
      MixedInstancesPolicy:
        LaunchTemplate:
          LaunchTemplateSpecification: {{ LaunchTemplateName: ecs }}
          Overrides:
            - InstanceRequirements:
                {requirements}
  capacityProviders: [{{ name: machines, autoScalingGroupProvider: {{ autoScalingGroupArn: machines }} }}]
  taskDefinitions: [{{ family: job, containerDefinitions: [{{ name: job, cpu: 256, memory: 256 }}] }}]
  runTasks: [{{ name: job, taskDefinition: job, capacityProviderStrategy: [{{ capacityProvider: machines, weight: 1 }}] }}]
world:
  demand: {{ job: {{ arrivals: {{ rate: 1/h, work: 10m }} }} }}
"#
    )
}

fn chosen(text: &str) -> Vec<&'static str> {
    let plan = loaded(text).plan;
    let types = plan.groups[0].types.iter();
    types.map(|it| get(it.instance_type).name).collect()
}

const GPUS: &str = "{ VCpuCount: { Min: 4 }, MemoryMiB: { Min: 0 }, AcceleratorCount: { Min: 1, Max: 1 }, \
                    AcceleratorNames: [t4, a10g], OnDemandMaxPricePercentageOverLowestPrice: 100, \
                    CpuManufacturers: [intel, amd] }";

#[test]
fn an_override_chooses_by_accelerators() {
    let found = chosen(&group(GPUS));
    assert_eq!(found[0], "g4dn.xlarge");
    assert!(found.contains(&"g5.xlarge"), "{found:?}");
    let is_asked = |name: &&&str| name.starts_with("g4dn.") || name.starts_with("g5.");
    assert_eq!(found.iter().find(|name| !is_asked(name)), None);
}

/// The same fields in the three spellings choose the same types, price protection apart.
#[test]
fn three_apis_spell_the_same_thing() {
    let pascal = "{ VCpuCount: { Min: 2, Max: 2 }, MemoryMiB: { Min: 8192 }, MemoryGiBPerVCpu: { Max: 4.5 }, \
                  CpuManufacturers: [intel], InstanceGenerations: [current], LocalStorage: required, \
                  LocalStorageTypes: [ssd], TotalLocalStorageGB: { Min: 70.5 }, NetworkInterfaceCount: { Min: 3 }, \
                  NetworkBandwidthGbps: { Min: 0.5 }, BaselineEbsBandwidthMbps: { Min: 600 }, \
                  AcceleratorTotalMemoryMiB: { Max: 0 }, AcceleratorCount: { Max: 0 }, \
                  RequireHibernateSupport: true, OnDemandMaxPricePercentageOverLowestPrice: 999999 }";
    let by_override = chosen(&group(pascal));
    assert!(by_override.contains(&"m5d.large") && by_override.contains(&"m6id.large"));
    assert!(!by_override.contains(&"m5.large") && !by_override.contains(&"r5d.large"));
    let by_template = group("{}")
        .replace(
            "InstanceType: m5.large",
            &format!("InstanceRequirements: {pascal}"),
        )
        .replace(
            "          Overrides:\n            - InstanceRequirements:\n                {}\n",
            "",
        );
    assert_eq!(chosen(&by_template), by_override);
    let mut camel = String::new();
    let mut is_start = true;
    for letter in pascal.chars() {
        match is_start && letter.is_ascii_uppercase() {
            true => camel.push(letter.to_ascii_lowercase()),
            false => camel.push(letter),
        }
        is_start = letter == ' ';
    }
    let text = group("{}");
    let (head, tail) = text.split_once("  launchTemplates").unwrap();
    let (_, tail) = tail.split_once("  taskDefinitions").unwrap();
    let managed = format!(
        "{head}  capacityProviders: [{{ name: machines, managedInstancesProvider: {{ \
         instanceLaunchTemplate: {{ instanceRequirements: {camel} }} }} }}]\n  taskDefinitions{tail}"
    );
    let managed = managed.replace("family: job", "family: job, networkMode: awsvpc");
    assert_eq!(chosen(&managed), by_override);
}

/// Price protection of each way to buy is its own.
#[test]
fn a_type_that_is_too_dear_on_spot_is_bought_on_demand_alone() {
    let asked = "{ VCpuCount: { Min: 4, Max: 4 }, MemoryMiB: { Min: 16384, Max: 16384 }, \
                 SpotMaxPricePercentageOverLowestPrice: 0 }";
    let text = group(asked);
    let on_demand = loaded(&text).plan.groups[0].types.clone();
    assert!(
        on_demand
            .iter()
            .all(|it| it.only == Some(Purchase::OnDemand))
    );
    let half = "            - InstanceRequirements";
    let mixed = text.replace(
        "        LaunchTemplate:\n",
        "        InstancesDistribution: { OnDemandPercentageAboveBaseCapacity: 50 }\n        LaunchTemplate:\n",
    );
    assert!(mixed.contains(half) && mixed != text);
    let types = loaded(&mixed).plan.groups[0].types.clone();
    let only = |way: Option<Purchase>| types.iter().filter(|it| it.only == way).count();
    assert!(0 < only(Some(Purchase::OnDemand)));
    assert_eq!(only(None) + only(Some(Purchase::Spot)), 1);
}

fn said(requirements: &str) -> String {
    super::instances::said_of(&group(requirements))
}

macro_rules! messages {
    ($($name:ident: $block:expr;)*) => {
        $(#[test]
        fn $name() {
            insta::assert_snapshot!(said($block));
        })*
    };
}

messages! {
    an_accelerator_that_aws_does_not_name:
        "{ VCpuCount: { Min: 4 }, MemoryMiB: { Min: 0 }, AcceleratorNames: [a10] }";
    a_kind_of_disk_that_is_not_there:
        "{ VCpuCount: { Min: 4 }, MemoryMiB: { Min: 0 }, LocalStorageTypes: [nvme] }";
    a_range_the_wrong_way_round:
        "{ VCpuCount: { Min: 4 }, MemoryMiB: { Min: 0 }, TotalLocalStorageGB: { Min: 100, Max: 50.5 } }";
    a_field_that_leaves_the_last_types_out:
        "{ VCpuCount: { Min: 4, Max: 4 }, MemoryMiB: { Min: 0 }, AcceleratorNames: [t4], \
         AcceleratorTotalMemoryMiB: { Min: 20000 } }";
    a_network_that_no_type_has:
        "{ VCpuCount: { Min: 4 }, MemoryMiB: { Min: 0 }, NetworkBandwidthGbps: { Min: 9999 } }";
    spot_held_to_two_limits:
        "{ VCpuCount: { Min: 4 }, MemoryMiB: { Min: 0 }, SpotMaxPricePercentageOverLowestPrice: 9, \
         MaxSpotPriceAsPercentageOfOptimalOnDemandPrice: 50 }";
    processors_as_fast_as_a_familys:
        "{ VCpuCount: { Min: 4 }, MemoryMiB: { Min: 0 }, BaselinePerformanceFactors: { Cpu: { \
         References: [{ InstanceFamily: c6i }] } } }";
    requirements_without_memory: "{ VCpuCount: { Min: 4 } }";
    encryption_in_the_wrong_api:
        "{ VCpuCount: { Min: 4 }, MemoryMiB: { Min: 0 }, RequireEncryptionInTransit: true }";
}

#[test]
fn price_protection_can_leave_all_types_out() {
    let asked = "{ VCpuCount: { Min: 4, Max: 4 }, MemoryMiB: { Min: 16384, Max: 16384 }, \
                 MaxSpotPriceAsPercentageOfOptimalOnDemandPrice: 1 }";
    let text = group(asked).replace(
        "        LaunchTemplate:\n",
        "        InstancesDistribution: { OnDemandPercentageAboveBaseCapacity: 0 }\n        LaunchTemplate:\n",
    );
    insta::assert_snapshot!(super::instances::said_of(&text));
}

#[test]
fn a_type_and_requirements_in_one_launch_template() {
    let text = group("{ VCpuCount: { Min: 4 }, MemoryMiB: { Min: 0 } }").replace(
        "InstanceType: m5.large",
        "InstanceType: m5.large, InstanceRequirements: { VCpuCount: { Min: 4 }, MemoryMiB: { Min: 0 } }",
    );
    insta::assert_snapshot!(super::instances::said_of(&text));
}
