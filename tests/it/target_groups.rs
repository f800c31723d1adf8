//! A service behind several target groups: in service when all pass it, drained as long as the
//! slowest, its load told and paid by group.

use super::bad_input::refused;
use super::home::{Played, Table, played};

/// A service `web` that the world asks through a public balancer and others through an internal one.
const WEB: &str = "\
fleetcast: 1
name: web
run: { start: 2026-03-02T00:00:00Z, duration: 2h, begin: BEGIN }
record: { metrics: 60s, tasks: all }
aws:
  taskDefinitions:
    - { family: web, cpu: 512, memory: 1024,
        containerDefinitions: [{ name: web, portMappings: [{ containerPort: 80 }, { containerPort: 81 }] }] }
  loadBalancers: [{ LoadBalancerName: front }, { LoadBalancerName: back, Scheme: internal }]
  targetGroups:
    - { TargetGroupName: public, LoadBalancerArns: [front], HealthCheckIntervalSeconds: 10,
        attributes: { deregistration_delay.timeout_seconds: 20 } }
    - { TargetGroupName: internal, LoadBalancerArns: [back], HealthCheckIntervalSeconds: 120,
        attributes: { deregistration_delay.timeout_seconds: 90 } }
  services:
    - serviceName: web
      taskDefinition: web
      desiredCount: 4
      launchType: FARGATE
      loadBalancers:
        - { targetGroupArn: public, containerName: web, containerPort: 80 }
        - { targetGroupArn: internal, containerName: web, containerPort: 81 }
  alarms:
    - { AlarmName: busy, Namespace: AWS/ApplicationELB, MetricName: RequestCount, Statistic: Sum, Period: 60, EvaluationPeriods: 1, Threshold: 500, ComparisonOperator: GreaterThanThreshold, Dimensions: [{ Name: TargetGroup, Value: GROUP }] }
world:
  latencies: { default: { registration: 0s } }
  demand: { web: { rate: 40/s, bytes: { in: 1KiB, out: 3MiB }, PARTS } }
  work: { web: { cpu: 20ms, wait: 30ms, start: 1s } }
TIMELINE
";

fn text(begin: &str, group: &str, timeline: &str) -> String {
    WEB.replace("BEGIN", begin)
        .replace("GROUP", group)
        .replace("PARTS", "targetGroups: { public: 75 %, internal: 25 % }")
        .replace("TIMELINE", timeline)
}

fn metrics(run: &Played) -> Table {
    let mut bytes = Vec::new();
    let store = run.run.outcome.observed.metrics.as_ref().unwrap();
    store.write_csv(&run.plan, &mut bytes).unwrap();
    Table::read(&bytes)
}

/// The values of a column of a metric, by the name of the target group that its rows are of.
fn of_group(table: &Table, metric: &str, group: &str, column: &str) -> Vec<f64> {
    let only = table.only(&[("metric", metric)]);
    let dimensions = only.texts("dimensions");
    let named = format!("TargetGroup=targetgroup/{group}/");
    let numbers = only.numbers(column).into_iter().zip(dimensions);
    numbers
        .filter(|(_, it)| it.contains(&named))
        .map(|(number, _)| number)
        .collect()
}

#[test]
fn each_group_has_its_part_of_the_requests_and_every_task() {
    let run = played(&text("steady", "public", ""));
    let table = metrics(&run);
    // 2,400 requests a minute.
    for (group, requests) in [("public", 1_800.0), ("internal", 600.0)] {
        let counted = of_group(&table, "RequestCount", group, "Sum");
        assert_eq!(counted.len(), 120, "{group}");
        assert!(
            counted.iter().all(|it| (it - requests).abs() < 1.0),
            "{group}: {counted:?}"
        );
        let per_target = of_group(&table, "RequestCountPerTarget", group, "Sum");
        assert!((per_target[60] - requests / 4.0).abs() < 1.0, "{group}");
        let healthy = of_group(&table, "HealthyHostCount", group, "Average");
        assert!(healthy.iter().all(|it| *it == 4.0), "{group}");
        let took = of_group(&table, "TargetResponseTime", group, "Average");
        assert!((0.05..0.2).contains(&took[60]), "{group}: {}", took[60]);
    }
}

#[test]
fn each_balancer_pays_for_its_part_and_the_internet_for_the_public_one() {
    let run = played(&text("steady", "public", ""));
    let cost = |run: &Played, name: &str| {
        let lines = run.run.bill.by_item().into_iter();
        let found = lines.filter(|line| line.name.starts_with(name));
        found.map(|line| line.cost.usd()).sum::<f64>()
    };
    let of = |name: &str| cost(&run, name);
    // 288,000 requests of 3 MiB and 1 KiB in two hours are 844 GB: a GB an hour is an LCU.
    let gib = 288_000.0 * (3.0 + 1.0 / 1_024.0) / 1_024.0;
    assert!(
        (of("alb_lcu_hour") - gib * 0.008).abs() < 0.02,
        "{}",
        of("alb_lcu_hour")
    );
    assert!(
        (of("alb_hour") - 4.0 * 0.0225).abs() < 1e-9,
        "two balancers, two hours"
    );
    // Three quarters of the responses leave by the balancer that faces the internet: as much as if
    // all came by it and the answers were three quarters as long.
    let whole =
        text("steady", "public", "").replace("public: 75 %, internal: 25 %", "public: 100 %");
    let shorter = played(&whole.replace("out: 3MiB", "out: 2304KiB"));
    let out = "data_transfer_out_internet";
    let (paid, expected) = (of(out), cost(&shorter, out));
    assert!(
        (paid - expected).abs() < 0.001 * expected,
        "{paid} {expected}"
    );
}

#[test]
fn a_task_answers_when_both_groups_pass_it_and_drains_as_long_as_the_slower_one() {
    let after = "timeline: [{ at: 1h, update: { service: web, desiredCount: 1 } }]";
    let two = played(&text("empty", "public", after));
    let started = two.tasks.micros_since("startedAt", "2026-03-02T00:00:00Z");
    let healthy = two.run.outcome.observed.summary.services[0].clone();
    assert!(healthy.load.is_some());
    let table = metrics(&two);
    let serving = of_group(&table, "HealthyHostCount", "public", "Average");
    let first = serving.iter().position(|it| 0.0 < *it).unwrap();
    let full = serving.iter().position(|it| *it == 4.0).unwrap();
    // The internal group looks every two minutes, at a time of its own for each target: not all four
    // are in service before the second minute, as they would be behind the public one alone.
    let alone = text("empty", "public", after);
    let alone = alone.replace(
        "        - { targetGroupArn: internal, containerName: web, containerPort: 81 }\n",
        "",
    );
    let alone = alone.replace(", targetGroups: { public: 75 %, internal: 25 % }", "");
    let alone = played(&alone);
    let of_alone = of_group(&metrics(&alone), "HealthyHostCount", "public", "Average");
    let full_alone = of_alone.iter().position(|it| *it == 4.0).unwrap();
    assert!(
        full_alone < full && first <= full,
        "{full_alone} {first} {full}: {started:?}"
    );
    // 90 s of draining instead of 20.
    let drained = |run: &Played| {
        let stopping = run.tasks.micros_since("stoppingAt", "2026-03-02T00:00:00Z");
        let stopped = run
            .tasks
            .micros_since("executionStoppedAt", "2026-03-02T00:00:00Z");
        let lasted = stopping.into_iter().zip(stopped);
        let lasted = lasted.filter_map(|(from, to)| Some((to? - from?) / 1_000_000));
        lasted.max().unwrap()
    };
    let (longer, shorter) = (drained(&two), drained(&alone));
    assert_eq!(longer - shorter, 70, "{longer} {shorter}");
}

#[test]
fn an_alarm_counts_the_requests_of_the_group_that_it_names() {
    // 1,800 and 600 a minute against 500 and 700.
    for (group, threshold, goes_off) in [
        ("public", "700", true),
        ("internal", "700", false),
        ("internal", "500", true),
    ] {
        let text =
            text("steady", group, "").replace("Threshold: 500", &format!("Threshold: {threshold}"));
        let run = played(&text);
        let alarm = &run.run.outcome.observed.summary.alarms[0];
        assert_eq!(
            0.0 < alarm.in_alarm_s,
            goes_off,
            "{group} {threshold}: {alarm:?}"
        );
    }
}

#[test]
fn parts_that_are_no_whole_and_groups_that_are_not_its_own() {
    let of = |parts: &str| {
        let whole = "targetGroups: { public: 75 %, internal: 25 % }";
        refused(&text("steady", "public", "").replace(whole, parts))
    };
    insta::assert_snapshot!(
        "parts_no_whole",
        of("targetGroups: { public: 75 %, internal: 20 % }")
    );
    insta::assert_snapshot!(
        "part_of_another",
        of("targetGroups: { public: 75 %, intrenal: 25 % }")
    );
}

#[test]
fn what_goes_not_with_several_groups() {
    let text = text("steady", "public", "");
    let twice = text.replace("targetGroupArn: internal", "targetGroupArn: public");
    insta::assert_snapshot!(
        "group_twice",
        refused(&twice.replace(", targetGroups: { public: 75 %, internal: 25 % }", ""))
    );
    let policy = "  scalableTargets: [{ ResourceId: service/default/web, ScalableDimension: \"ecs:service:DesiredCount\", MinCapacity: 1, MaxCapacity: 9 }]
  scalingPolicies: [{ PolicyName: p, ResourceId: service/default/web, PolicyType: TargetTrackingScaling, TargetTrackingScalingPolicyConfiguration: { TargetValue: 300, PredefinedMetricSpecification: { PredefinedMetricType: ALBRequestCountPerTarget } } }]
world:";
    insta::assert_snapshot!("label_missing", refused(&text.replace("world:", policy)));
    let labelled = policy.replace(
        "ALBRequestCountPerTarget",
        "ALBRequestCountPerTarget, ResourceLabel: app/back/1/targetgroup/internal/2",
    );
    // 600 a minute over 2 tasks are 300 each: of all requests 8 tasks would be needed.
    let run = played(&text.replace("world:", &labelled));
    let desired = metrics(&run)
        .only(&[("metric", "DesiredTaskCount")])
        .numbers("Average");
    assert_eq!(desired.last(), Some(&2.0), "{desired:?}");
}
