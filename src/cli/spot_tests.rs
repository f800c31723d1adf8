//! Both readings of Spot's monthly share, as people and programs see them.

use serde_json::Value;

use super::{Console, Exit, run_command};

/// Five Spot instances in three zones, each with its task.
const FIVE: &str = "\
fleetcast: 1
name: five
run: { duration: 60d, start: 2026-03-05T00:00:00Z, seed: 7 }
record: { metrics: none, tasks: none }
aws:
  region: us-east-1
  cluster: { clusterName: shop, capacityProviders: [spot] }
  launchTemplates: [{ LaunchTemplateName: ecs, LaunchTemplateData: { InstanceType: m6i.large, InstanceMarketOptions: { MarketType: spot } } }]
  autoScalingGroups: [{ AutoScalingGroupName: spot, MinSize: 5, MaxSize: 5, LaunchTemplate: { LaunchTemplateName: ecs } }]
  capacityProviders: [{ name: spot, autoScalingGroupProvider: { autoScalingGroupArn: spot } }]
  taskDefinitions: [{ family: web, requiresCompatibilities: [EC2], containerDefinitions: [{ name: web, cpu: 1024, memory: 4096 }] }]
  services: [{ serviceName: web, taskDefinition: web, desiredCount: 5, capacityProviderStrategy: [{ capacityProvider: spot, weight: 1 }] }]
world: { spot: { EC2: { frequency: 15-20% } } }
";

fn spot(arguments: &[&str]) -> (Exit, String, String) {
    let home = tempfile::tempdir().unwrap();
    let file = home.path().join("five.yaml");
    std::fs::write(&file, FIVE).unwrap();
    let file = file.display().to_string();
    let line = ["fleetcast", "spot", &file]
        .into_iter()
        .chain(arguments.iter().copied());
    let (mut out, mut err) = (Vec::new(), Vec::new());
    let exit = run_command(line, &mut Console::plain(&mut out, &mut err));
    let text = |bytes| String::from_utf8(bytes).unwrap();
    (exit, text(out), text(err))
}

#[test]
fn both_readings_stand_side_by_side() {
    let (exit, text, err) = spot(&["--replications", "2"]);
    assert_eq!((exit, err.as_str()), (Exit::Done, ""));
    insta::assert_snapshot!(text);
}

/// The share that the pools are given, read in two ways: 24 hours against none is a factor of 31 in
/// the rate.
#[test]
fn the_readings_are_far_apart_and_each_is_named() {
    let (exit, text, _) = spot(&["--replications", "4", "--json"]);
    assert_eq!(exit, Exit::Done);
    let figures: Value = serde_json::from_str(&text).unwrap();
    let of = |index: usize| {
        let reading = &figures["readings"][index];
        reading["instances_taken_slot_month"]["mean"]
            .as_f64()
            .unwrap()
    };
    // 0.21 and 6.4 in the long run.
    assert!(of(0) < 1.5, "{}", of(0));
    assert!((3.0..12.0).contains(&of(1)), "{}", of(1));
    assert_eq!(figures["readings"][1]["lifetime"], "24h");
}

#[test]
fn a_scenario_without_a_share_has_nothing_to_read_in_two_ways() {
    let own = ["--set", "world.spot.EC2={ interruptionsPerSlotMonth: 1 }"];
    let (exit, _, err) = spot(&own);
    assert_eq!(exit, Exit::Mistake);
    assert!(err.contains("nothing to read in two ways"), "{err}");
}
