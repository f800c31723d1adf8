//! Histories of Spot pools: what they become over the run, and what is wrong with them.

use super::*;
use crate::engine::SimTime;
use crate::scenario::files::Files;
use plan::SpotPrice;

const GROUP: &str = r#"fleetcast: 1
run: { start: 2026-03-05T00:00:00Z, duration: 1h }
aws:
  region: us-east-1
  cluster: { clusterName: shop, capacityProviders: [machines] }
  launchTemplates: [{ LaunchTemplateName: ecs, LaunchTemplateData: { InstanceType: m6i.large, InstanceMarketOptions: { MarketType: spot } } }]
  autoScalingGroups:
    - AutoScalingGroupName: machines
      MinSize: 1
      MaxSize: 9
      AvailabilityZones: [us-east-1a, us-east-1b]
      LaunchTemplate: { LaunchTemplateName: ecs }
  capacityProviders: [{ name: machines, autoScalingGroupProvider: { autoScalingGroupArn: machines } }]
  taskDefinitions: [{ family: web, requiresCompatibilities: [EC2], containerDefinitions: [{ name: web, cpu: 256, memory: 512 }] }]
  services: [{ serviceName: web, taskDefinition: web, desiredCount: 1, capacityProviderStrategy: [{ capacityProvider: machines, weight: 1 }] }]
world: { demand: { web: { rate: 1/s } }, spot: { EC2: { SAID } } }
"#;

const CAPACITY: &str = "instance_type,zone,start_s,duration_s,available,target\n\
                        m6i.large,us-east-1a,0,600,4,4\n\
                        m6i.large,us-east-1a,600,1200,1,4\n\
                        m6i.large,us-east-1a,1800,600,0,4\n";

const PRICES: &str = "timestamp,instance_type,zone,usd_per_hour\n\
                      2026-02-01T00:00:00Z,m6i.large,us-east-1a,0.0400\n\
                      2026-02-01T00:15:00Z,m6i.large,us-east-1a,0.0410\n\
                      2026-02-01T00:30:00Z,m6i.large,us-east-1a,0.0390\n";

fn load_with(said: &str, (name, text): (&str, &str)) -> Result<Loaded, Failure> {
    let files = Files::in_memory([(name, text.as_bytes().to_vec())]);
    let options = LoadOptions {
        files,
        ..LoadOptions::default()
    };
    load_text("a.yaml", &GROUP.replace("SAID", said), &options)
}

fn plan_with(said: &str, file: (&str, &str)) -> plan::Plan {
    match load_with(said, file) {
        Ok(loaded) => loaded.plan,
        Err(failure) => panic!("{}", failure.diagnostics.render(&failure.sources, false)),
    }
}

fn said_with(said: &str, file: (&str, &str)) -> String {
    match load_with(said, file) {
        Ok(loaded) => loaded.diagnostics.render(&loaded.sources, false),
        Err(failure) => failure.diagnostics.render(&failure.sources, false),
    }
}

/// Second, share and limit of the first zone's steps.
fn steps(said: &str) -> Vec<(u64, f64, Option<u32>)> {
    let plan = plan_with(said, ("spot.csv", CAPACITY));
    let pools = &plan.groups[0].types[0].pools;
    assert!(
        pools[1].replay.is_none(),
        "the file has no rows of that zone"
    );
    let note = "the trace has no rows of m6i.large in us-east-1b";
    assert!(plan.notes.iter().any(|it| it.starts_with(note)));
    let replay = pools[0].replay.as_ref().unwrap();
    let shown = |step: &crate::policy::spot::ReplayStep| {
        (step.at.as_micros() / 1_000_000, step.share, step.most)
    };
    replay.iter().map(shown).collect()
}

#[test]
fn a_trace_is_laid_over_the_run() {
    assert_eq!(
        steps("trace: { file: spot.csv, end: hold }"),
        [(0, 1.0, None), (600, 0.25, None), (1_800, 0.0, None)]
    );
    assert_eq!(
        steps("trace: { file: spot.csv, end: hold, offset: 10m, scale: 20 }"),
        [(0, 0.25, Some(5)), (1_200, 0.0, Some(0))]
    );
    assert_eq!(
        steps("trace: { file: spot.csv, end: loop, offset: 20m }"),
        [
            (0, 0.25, None),
            (600, 0.0, None),
            (1_200, 1.0, None),
            (1_800, 0.25, None),
            (3_000, 0.0, None)
        ]
    );
}

/// Fargate Spot's zones follow the rows of a type that stands for it, each its own.
#[test]
fn fargate_spot_follows_a_trace() {
    let of = |said: &str| {
        let said = format!("}}, FARGATE_SPOT: {{ {said} }}, m6i: {{");
        let plan = plan_with(&said, ("spot.csv", CAPACITY));
        let shown = |steps: &std::sync::Arc<[crate::policy::spot::ReplayStep]>| {
            steps.iter().map(|step| step.share).collect::<Vec<f64>>()
        };
        let zones = plan.spot.replays.iter();
        zones
            .map(|zone| zone.as_ref().map(shown))
            .collect::<Vec<_>>()
    };
    let trace = "trace: { file: spot.csv, end: hold, instanceType: m6i.large }";
    assert_eq!(of(trace), [Some(vec![1.0, 0.25, 0.0]), None, None]);
    assert_eq!(
        of("trace: { file: spot.csv, end: hold }"),
        [None, None, None]
    );
    assert!(of("retry: 1min").is_empty());
}

#[test]
fn prices_are_laid_over_the_run() {
    let prices = |said: &str| {
        let plan = plan_with(said, ("spot.csv", PRICES));
        let pools = plan.groups[0].types[0].pools.clone();
        assert_eq!(pools[1].price, SpotPrice::Constant);
        match &pools[0].price {
            SpotPrice::Changes(changes) => changes.to_vec(),
            other => panic!("{other:?}"),
        }
    };
    let at = SimTime::from_secs;
    assert_eq!(
        prices("prices: { file: spot.csv }"),
        [(at(0), 40_000), (at(900), 41_000), (at(1_800), 39_000)]
    );
    assert_eq!(
        prices("prices: { file: spot.csv, offset: 20m }"),
        [(at(0), 41_000), (at(600), 39_000)]
    );
    let plan = plan_with(
        "prices: { process: meanReverting, step: 3 % }",
        ("spot.csv", ""),
    );
    let SpotPrice::Process {
        process,
        level,
        most,
    } = &plan.groups[0].types[0].pools[0].price
    else {
        panic!("a process");
    };
    assert_eq!((process.step, process.changes_per_day), (0.03, 1.3));
    assert_eq!(*most, 96_000);
    assert_eq!(*level, plan.groups[0].types[0].spot_micro_usd);
    let path = "world.spot.EC2.prices.shared";
    assert!(plan.assumptions.iter().any(|it| it.path == path));
}

macro_rules! golden {
    ($($name:ident: $said:expr, $text:expr;)*) => {
        $(#[test]
        fn $name() {
            let text: String = $text;
            insta::assert_snapshot!(said_with($said, ("spot.csv", &text)));
        })*
    };
}

golden! {
    a_spot_history_with_a_gap: "trace: { file: spot.csv }", CAPACITY.replace("1800,600", "2000,600");
    a_spot_history_that_overlaps:
        "trace: { file: spot.csv }", CAPACITY.replace("1800,600", "1500,600");
    a_spot_history_with_less_than_nothing:
        "trace: { file: spot.csv }", CAPACITY.replace("1200,1,4", "1200,-1,4");
    a_spot_history_that_ends_before_the_run: "trace: { file: spot.csv }", CAPACITY.to_owned();
    a_spot_history_with_a_negative_price:
        "prices: { file: spot.csv }", PRICES.replace("0.0410", "-0.0410");
    a_spot_history_with_a_price_that_is_none:
        "prices: { file: spot.csv }", PRICES.replace("0.0410", "4 cents");
    prices_of_another_time: "prices: { file: spot.csv, align: none }", PRICES.to_owned();
    prices_of_two_kinds: "prices: { file: spot.csv, process: meanReverting }", PRICES.to_owned();
    a_history_that_is_not_there: "trace: { file: spto.csv }", CAPACITY.to_owned();
}

#[test]
fn a_file_without_rows_is_helped_with_the_columns_of_its_kind() {
    let capacity = "trace: { file: a.csv }";
    let prices = "prices: { file: a.csv }";
    for text in [
        "",
        "instance_type,zone,start_s,duration_s,available\n",
        "a,b\n",
        "\u{1}\n",
    ] {
        let said = said_with(capacity, ("a.csv", text));
        assert!(
            said.contains("start,end,instance_type,zone,available"),
            "{text}: {said}"
        );
        assert!(!said.contains("timestamp,value"), "{text}: {said}");
    }
    for text in ["", "timestamp,instance_type,usd_per_hour\n", "a,b\n"] {
        let said = said_with(prices, ("a.csv", text));
        assert!(
            said.contains("timestamp,instance_type,zone,usd_per_hour"),
            "{text}: {said}"
        );
        assert!(!said.contains("timestamp,value"), "{text}: {said}");
    }
}
