//! `fleetcast savings-plan`: what it foretells is what the bill says.

use serde_json::Value;

use super::home::Home;

/// A service on Fargate and one on instances, both by day only.
const SHOP: &str = "\
fleetcast: 1
name: shop
run: { duration: 50h 30m }
aws:
  cluster: { clusterName: shop, capacityProviders: [FARGATE, machines] }
  launchTemplates:
    - { LaunchTemplateName: ecs, LaunchTemplateData: { InstanceType: m6i.large } }
  autoScalingGroups:
    - { AutoScalingGroupName: machines, MinSize: 1, MaxSize: 6, AvailabilityZones: [us-east-1a], NewInstancesProtectedFromScaleIn: true, LaunchTemplate: { LaunchTemplateName: ecs, Version: \"1\" } }
  capacityProviders:
    - name: machines
      autoScalingGroupProvider: { autoScalingGroupArn: machines, managedScaling: { status: ENABLED }, managedTerminationProtection: ENABLED }
  taskDefinitions:
    - { family: web, cpu: 1024, memory: 2048 }
    - family: job
      requiresCompatibilities: [EC2]
      containerDefinitions: [{ name: job, image: job, cpu: 1024, memory: 2048 }]
  services:
    - serviceName: web
      taskDefinition: web
      desiredCount: 3
      capacityProviderStrategy: [{ capacityProvider: FARGATE, weight: 1 }]
  scalableTargets:
    - { ResourceId: service/shop/web, ScalableDimension: \"ecs:service:DesiredCount\", MinCapacity: 2, MaxCapacity: 12 }
  scalingPolicies:
    - { ResourceId: service/shop/web, PolicyName: cpu, PolicyType: TargetTrackingScaling, TargetTrackingScalingPolicyConfiguration: { TargetValue: 50, PredefinedMetricSpecification: { PredefinedMetricType: ECSServiceAverageCPUUtilization } } }
  runTasks:
    - { name: jobs, taskDefinition: job, capacityProviderStrategy: [{ capacityProvider: machines, weight: 1 }] }
world:
  demand:
    web: { rate: { sum: [{ daily: { low: 20/s, high: 150/s, peak: \"15:00\" } }, { noise: { cv: 0.3, every: 1d } }] } }
    jobs: { arrivals: { rate: 4/h } }
  work:
    web: { cpu: 20ms }
    job: { duration: { distribution: lognormal, mean: 20m, cv: 0.6 } }
";
const SAVINGS: &str = "{ fargate: 20 %, ec2: 27 % }";

fn home(prices: &str) -> Home {
    let home = Home::new();
    home.write("shop.yaml", &format!("{SHOP}{prices}"));
    home
}

fn asked(home: &Home, more: &[&str]) -> Value {
    let mut arguments = vec!["savings-plan", "shop.yaml", "--out", "plan", "--json"];
    arguments.extend(["--replications", "3", "--no-charts"]);
    arguments.extend(more);
    serde_json::from_str(&home.run_well(&arguments).out).unwrap()
}

fn number(value: &Value) -> f64 {
    value
        .as_f64()
        .unwrap_or_else(|| panic!("{value} is no number"))
}

/// A month's cost over three replications with these commitments, by the bill.
fn billed(home: &Home, commitments: &str) -> f64 {
    let sweep =
        "sweep: { parameters: { web: { path: aws.services.web.desiredCount, values: [3] } } }";
    let text = format!("{SHOP}{sweep}\n");
    let text = text.replace("world:\n", &format!("world:\n  prices: {commitments}\n"));
    home.write("billed.yaml", &text);
    // The folder of another scenario's sweep would be refused.
    let _ = std::fs::remove_dir_all(home.path("billed"));
    let said = home.run_well(&[
        "sweep",
        "billed.yaml",
        "--replications",
        "3",
        "--out",
        "billed",
        "--json",
        "--no-charts",
    ]);
    let cells: Value = serde_json::from_str(&said.out).unwrap();
    number(&cells["cells"][0]["measures"]["cost_month_usd"]["mean"]["mean"])
}

/// Put into the scenario, the commitment gives the bill that was foretold, and one more or less a
/// dearer one; a partial hour at the end and two savings percentages among it.
#[test]
fn the_commitment_gives_the_bill_that_was_foretold() {
    let home = home("");
    let answer = asked(&home, &["--savings", SAVINGS]);
    let usd = number(&answer["commitment_usd_per_hour"]);
    let foretold = number(&answer["least_expected_cost"]["cost_month_usd"]["mean"]);
    let with = |usd: f64| {
        format!(
            "{{ commitments: [{{ plan: compute, commitment: {usd:.3} USD/h, savings: {SAVINGS} }}] }}"
        )
    };
    assert!(0.05 < usd, "{usd}");
    let month = billed(&home, &with(usd));
    assert!(
        (month - foretold).abs() < 1e-3,
        "{month}, and {foretold} was foretold"
    );
    for other in [0.0, usd - 0.02, usd + 0.02] {
        let dearer = billed(&home, &with(other));
        assert!(month < dearer, "{other}: {dearer}, and {month} with {usd}");
    }
    let nothing = answer["compared"].as_array().unwrap();
    let nothing = nothing.iter().find(|it| it["name"] == "nothing").unwrap();
    let without = billed(&home, "{ fargate_vcpu_hour_x86: 0.04048 USD }");
    let foretold = number(&nothing["cost_month_usd"]["mean"]);
    assert!(
        (without - foretold).abs() < 1e-3,
        "{without}, and {foretold} was foretold"
    );
}

/// The plan of the scenario is asked about with its own savings and compared with; others come
/// first, and a negotiated discount is on all.
#[test]
fn the_scenarios_own_plan_is_asked_about_behind_its_other_commitments() {
    let family = "{ plan: ec2Instance, family: m6i, commitment: 0.03 USD/h, savings: 40 % }";
    let prices = |usd: f64| {
        format!(
            "{{ discount: {{ all: 10 % }}, commitments: [{{ plan: compute, commitment: {usd:.3} \
             USD/h, savings: {SAVINGS} }}, {family}] }}"
        )
    };
    let home = home(&format!("  prices: {}\n", prices(0.06)));
    let answer = asked(&home, &[]);
    let usd = number(&answer["commitment_usd_per_hour"]);
    let foretold = number(&answer["least_expected_cost"]["cost_month_usd"]["mean"]);
    let month = billed(&home, &prices(usd));
    assert!(
        (month - foretold).abs() < 1e-3,
        "{month}, and {foretold} was foretold"
    );
    let now = answer["compared"].as_array().unwrap();
    let now = now
        .iter()
        .find(|it| it["name"] == "as the scenario has it")
        .unwrap();
    assert!((number(&now["commitment_usd_per_hour"]) - 0.06).abs() < 1e-9);
    let today = billed(&home, &prices(0.06));
    let foretold = number(&now["cost_month_usd"]["mean"]);
    assert!(
        (today - foretold).abs() < 1e-3,
        "{today}, and {foretold} was foretold"
    );
}

#[test]
fn the_folder_is_the_same_on_any_number_of_threads_and_has_the_curve() {
    let home = home("");
    for (out, jobs) in [("one", "1"), ("four", "4")] {
        let said = home.run_well(&[
            "savings-plan",
            "shop.yaml",
            "--replications",
            "3",
            "--jobs",
            jobs,
            "--out",
            out,
        ]);
        assert!(said.out.contains("shorter than a week"), "{}", said.out);
        assert!(said.out.contains("ASSUMED (Vantage"), "{}", said.out);
        assert!(said.out.contains("are not covered"), "{}", said.out);
    }
    let (one, four) = (home.files("one"), home.files("four"));
    assert_eq!(
        one.keys().map(String::as_str).collect::<Vec<_>>(),
        [
            "charts/commitment.svg",
            "curve.csv",
            "manifest.json",
            "savings_plan.json",
            "scenario.yaml",
        ]
    );
    assert!(one == four, "a file differs between 1 thread and 4");
    let curve = home.table("one/curve.csv");
    assert_eq!(curve.len(), 41);
}

/// What it leaves is no run: whoever asks about runs is not led there.
#[test]
fn the_folder_is_not_taken_for_a_run() {
    let home = home("");
    let arguments = [
        "savings-plan",
        "shop.yaml",
        "--replications",
        "1",
        "-q",
        "--no-charts",
    ];
    let folder = home.run_well(&arguments).out;
    let explain = |folder: &str| home.run(&["explain", folder, "--service", "web"]);
    let said = explain(folder.trim());
    assert_eq!(said.code, Some(2));
    assert!(
        said.err.contains("the folder of a savings-plan"),
        "{}",
        said.err
    );
    let said = explain("shop");
    assert_eq!(said.code, Some(2));
    assert!(!said.err.contains("manifest"), "{}", said.err);
}

#[test]
fn what_is_wrong_is_said_with_what_to_do() {
    let home = home(
        "  prices: { commitments: [{ plan: compute, commitment: 0.1 USD/h, savings: 20 % }] }\n",
    );
    for (more, words) in [
        (&["--savings", "30 %"][..], "leave out --savings and --term"),
        (&["--term", "3y"], "leave out --savings and --term"),
        (&["--family", "m6i"], "say it with --savings"),
        (&["--family", "m6j", "--savings", "30 %"], "m6i"),
        (&["--family", "m6i", "--savings", "much"], "--savings:1:"),
        (&["--replications", "0"], "1..=10000"),
    ] {
        let mut arguments = vec!["savings-plan", "shop.yaml"];
        arguments.extend(more);
        let said = home.run(&arguments);
        assert_eq!(said.code, Some(2), "{more:?}: {} {}", said.out, said.err);
        assert!(said.err.contains(words), "{more:?}: {}", said.err);
        assert_eq!(said.out, "", "{more:?}");
    }
}
