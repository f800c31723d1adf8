//! `fleetcast explain`: what it says of the shipped scenarios, that it holds when it is played, and
//! how it answers wrong uses.

use std::collections::BTreeMap;
use std::fs;

use fleetcast::engine::SimTime;
use fleetcast::experiment::run::replay;
use fleetcast::explain::{Explanation, Finding, Replay};
use fleetcast::ids::ServiceId;
use fleetcast::observe::trail::Trail;
use fleetcast::scenario::plan::Plan;
use fleetcast::scenario::{LoadOptions, load};
use fleetcast::simulation::outcome::RunLimits;
use serde_json::Value;

use super::home::{Home, Said, loaded, root};

/// A service on both providers whose demand steps up, with a deployment and a narrow quota.
pub(super) const STEP: &str = r#"
fleetcast: 1
name: step
run: { duration: 6h, start: 2026-03-05T00:00:00Z, timeZone: Europe/Berlin }
aws:
  account: { quotas: { L-3032A538: 100, L-36FBB829: 100 } }
  cluster: { clusterName: shop, capacityProviders: [FARGATE, FARGATE_SPOT] }
  taskDefinitions:
    - { family: web, cpu: "1024", memory: "2048", requiresCompatibilities: [FARGATE] }
  services:
    - serviceName: web
      taskDefinition: web
      desiredCount: 4
      deploymentConfiguration: { minimumHealthyPercent: 100, maximumPercent: 150 }
      capacityProviderStrategy:
        - { capacityProvider: FARGATE, base: 1, weight: 1 }
        - { capacityProvider: FARGATE_SPOT, weight: 2 }
  scalableTargets:
    - ResourceId: service/shop/web
      ScalableDimension: "ecs:service:DesiredCount"
      MinCapacity: 4
      MaxCapacity: 9
  scalingPolicies:
    - ResourceId: service/shop/web
      ScalableDimension: "ecs:service:DesiredCount"
      PolicyName: cpu
      PolicyType: TargetTrackingScaling
      TargetTrackingScalingPolicyConfiguration:
        TargetValue: 50
        PredefinedMetricSpecification: { PredefinedMetricType: ECSServiceAverageCPUUtilization }
world:
  demand:
    web:
      rate: { sum: [{ constant: 150/s }, { ramp: { at: 1h, over: 20m, from: 0/s, to: 400/s } }] }
  work: { web: { cpu: 10ms, wait: 20ms, slots: 16 } }
  spot: { FARGATE_SPOT: { preset: pessimistic } }
timeline:
  - { at: 4h, deploy: { service: web, forceNewDeployment: true } }
"#;

fn played(home: &Home, name: &str, more: &[&str]) -> String {
    let file = root().join("scenarios").join(format!("{name}.yaml"));
    let file = file.display().to_string();
    let mut arguments = vec!["run", &file, "--no-charts", "--quiet"];
    arguments.extend(more);
    home.run_well(&arguments).out.trim().to_owned()
}

fn stepped(home: &Home, out: &str, sets: &[&str]) {
    home.write("step.yaml", STEP);
    let mut arguments = vec!["run", "step.yaml", "--no-charts", "--quiet", "--out", out];
    for set in sets {
        arguments.extend(["--set", set]);
    }
    home.run_well(&arguments);
}

fn explained(home: &Home, arguments: &[&str]) -> Value {
    let all = [&["explain"], arguments, &["--json"]].concat();
    serde_json::from_str(&home.run_well(&all).out).unwrap()
}

/// The first task of a run's `tasks.csv` that is so.
fn task(home: &Home, run: &str, wanted: &[(&str, &str)]) -> String {
    let table = home.table(&format!("{run}/tasks.csv")).only(wanted);
    let arn = table.texts("taskArn")[0];
    arn.rsplit('/').next().unwrap().to_owned()
}

fn all(said: &Said) -> String {
    format!(
        "exit {:?}\n--- out\n{}--- err\n{}",
        said.code, said.out, said.err
    )
}

#[test]
fn the_web_apis_count_and_tasks_are_explained() {
    let home = Home::new();
    let run = played(&home, "web-api", &[]);
    let explain = |more: &[&str]| {
        let said = home.run_well(&[&["explain", "web-api"], more].concat());
        assert_eq!(said.err, "", "it plays the same way");
        said.out
    };
    insta::assert_snapshot!("web-api", explain(&["--service", "api"]));
    let at = |time| explain(&["--service", "api", "--at", time]);
    insta::assert_snapshot!("web-api-scaled-out", at("2026-03-06 22:09:30"));
    insta::assert_snapshot!("web-api-deploying", at("2026-03-06T03:00:40"));
    let spot = task(
        &home,
        &run,
        &[
            ("capacityProviderName", "FARGATE_SPOT"),
            ("createdAt", "2026-03-06T21:09:30.000000Z"),
        ],
    );
    insta::assert_snapshot!("web-api-task", explain(&["--task", &spot]));
}

#[test]
fn a_flash_crowds_count_is_explained_by_its_step_policy_and_its_schedule() {
    let home = Home::new();
    let set = |what: &str| format!("aws.{what}");
    let steps = set("alarms.flooded.ActionsEnabled=true");
    let run = played(&home, "flash-crowd", &["--set", &steps]);
    let at = |run: &str, time| home.run_well(&["explain", run, "--service", "shop", "--at", time]);
    let told = at(&run, "2026-03-27 12:03:30");
    insta::assert_snapshot!("flash-crowd-step", told.out);
    let schedule = set("scalableTargets.shop.SuspendedState.ScheduledScalingSuspended=false");
    let run = played(&home, "flash-crowd", &["--set", &schedule]);
    let told = at(&run, "2026-03-29 11:50:00");
    insta::assert_snapshot!("flash-crowd-scheduled", told.out);
    let all = home.run_well(&["explain", &run, "--service", "shop"]);
    insta::assert_snapshot!("flash-crowd", all.out);
}

#[test]
fn an_hour_that_was_foretold_is_explained_by_its_forecast() {
    let home = Home::new();
    let run = played(&home, "predictive", &["--set", "run.duration=6d"]);
    // On the first Saturday nobody works, and the forecast does not know that yet.
    let at = ["--at", "2026-03-07T09:30:00"];
    let told = home.run_well(&[&["explain", &run, "--service", "office"][..], &at].concat());
    let told = told.out.split_whitespace().collect::<Vec<_>>().join(" ");
    let held = "Predictive policy mornings foretells 17 tasks for the hour from";
    assert!(told.contains(held), "{told}");
    assert!(
        told.contains("no fewer are left until it is over"),
        "{told}"
    );
}

#[test]
fn decisions_of_step_policies_and_schedules_come_out_the_same_when_they_are_asked_again() {
    let set = [
        ("aws.alarms.flooded.ActionsEnabled", "true"),
        ("aws.alarms.flooded.Threshold", "450"),
        (
            "aws.scalableTargets.shop.SuspendedState.ScheduledScalingSuspended",
            "false",
        ),
    ];
    explain_all("flash-crowd", &set, |_| ());
}

#[test]
fn decisions_on_metrics_of_20_s_come_out_the_same_when_they_are_asked_again() {
    let act = ("aws.alarms.flooded.ActionsEnabled", "true");
    for period in ["10", "20", "30", "60"] {
        let set = [act, ("aws.alarms.flooded.Period", period)];
        explain_all("high-resolution", &set, |_| ());
    }
}

#[test]
fn the_batch_queues_tasks_are_explained() {
    let home = Home::new();
    let run = played(&home, "batch-queue", &[]);
    let interrupted = task(&home, &run, &[("stopCode", "SpotInterruption")]);
    let said = home.run_well(&["explain", &run, "--task", &interrupted[..12]]);
    assert_eq!(said.err, "");
    insta::assert_snapshot!("batch-queue-interrupted", said.out);
}

#[test]
fn a_task_that_waited_for_an_instance_says_what_all_others_lacked() {
    let home = Home::new();
    let run = played(&home, "ec2-autoscaling", &["--set", "run.duration=6h"]);
    let table = home.table(&format!("{run}/tasks.csv"));
    let (created, connected) = (table.texts("createdAt"), table.texts("connectivityAt"));
    // The first of the program that stood in PROVISIONING for minutes.
    let minute = |text: &str| text.get(11..16).unwrap_or_default().to_owned();
    let waited = (0..created.len())
        .find(|at| !connected[*at].is_empty() && minute(created[*at]) != minute(connected[*at]));
    let arn = table.texts("taskArn")[waited.expect("one waits")].to_owned();
    let id = arn.rsplit('/').next().unwrap();
    let said = home.run_well(&["explain", &run, "--task", id]);
    insta::assert_snapshot!("ec2-autoscaling-waited", said.out);
}

#[test]
fn a_service_that_nothing_changes_says_so() {
    let home = Home::new();
    played(&home, "hello-fargate", &[]);
    let said = home.run_well(&["explain", "hello-fargate", "--service", "hello"]);
    insta::assert_snapshot!("hello-fargate", said.out);
}

#[test]
fn every_decision_of_the_shipped_scenarios_comes_out_the_same_when_it_is_asked_again() {
    let names = [
        "web-api",
        "batch-queue",
        "hello-fargate",
        "spot-weights",
        "ec2-autoscaling",
        "gpu-batch",
        "zone-outage",
        "spot-fallback",
        "ec2-spot-mixed",
        "flash-crowd",
        "step-or-target",
    ];
    for name in names {
        let path = root().join("scenarios").join(format!("{name}.yaml"));
        let plan = load(&path, &LoadOptions::default()).unwrap().plan;
        let outcome = replay(&plan, 0, &RunLimits::default(), Trail::of(None));
        let trail = outcome.observed.trail.as_deref().unwrap();
        assert!(!trail.picks.is_empty(), "{name}");
        let replay = Replay {
            plan: &plan,
            trail,
            ended_at: outcome.stopped_at,
        };
        assert_eq!(replay.disagreements(), Vec::<String>::new(), "{name}");
        // Whoever looks at a service's own records finds what is in all of them.
        let apart: BTreeMap<_, _> = replay.changes_of_services().into_iter().collect();
        for service in (0..plan.services.len()).map(ServiceId::from_index) {
            let whole = replay.explain_service(service, usize::MAX).changes;
            let own = apart.get(&service).cloned().unwrap_or_default();
            assert_eq!(own, whole, "{name}");
        }
    }
}

#[test]
fn decisions_on_single_requests_come_out_the_same_when_they_are_asked_again() {
    let text = STEP.replace("duration: 6h,", "duration: 2h, fidelity: requests,");
    let plan = loaded(&text).plan;
    let outcome = replay(&plan, 0, &RunLimits::default(), Trail::of(None));
    let trail = outcome.observed.trail.as_deref().unwrap();
    assert!(!trail.scalings.is_empty());
    let replay = Replay {
        plan: &plan,
        trail,
        ended_at: outcome.stopped_at,
    };
    assert_eq!(replay.disagreements(), Vec::<String>::new());
}

#[test]
fn a_followed_run_is_the_same_run() {
    let plan = loaded(STEP).plan;
    let limits = RunLimits::default();
    let followed = replay(&plan, 0, &limits, Trail::of(None));
    let one = replay(
        &plan,
        0,
        &limits,
        Trail::of(Some(fleetcast::world::task::Owner::Service(ServiceId(0)))),
    );
    let alone = fleetcast::experiment::run::play(&plan, 0, &limits).outcome;
    assert_eq!(followed.event_hash, alone.event_hash);
    assert_eq!(one.event_hash, alone.event_hash);
    assert_eq!(followed.events, alone.events);
}

/// The first change of the desired count of a run.
fn first_change(home: &Home, run: &str) -> (Value, String) {
    let all = explained(home, &[run, "--service", "web", "--all"]);
    let changes = all["changes"].as_array().unwrap();
    let first = changes
        .iter()
        .find(|change| change["kind"] == "scaled_out")
        .unwrap();
    (first.clone(), first["at"].as_str().unwrap().to_owned())
}

fn otherwise(finding: &Value, begins: &str) -> (String, String) {
    let told = finding["otherwise"].as_array().unwrap();
    let found = told
        .iter()
        .find(|told| told["with"].as_str().unwrap().starts_with(begins))
        .unwrap_or_else(|| panic!("{begins} in {told:?}"));
    let text = |key: &str| found[key].as_str().unwrap().to_owned();
    (text("with"), text("then"))
}

fn number_after<'t>(text: &'t str, word: &str) -> &'t str {
    let rest = text.split_once(word).unwrap().1.trim_start();
    rest.split(' ').next().unwrap().trim_end_matches(',')
}

const TARGET: &str = "aws.scalingPolicies.cpu.TargetTrackingScalingPolicyConfiguration.TargetValue";

#[test]
fn the_target_value_that_is_told_fires_the_alarm_as_much_earlier_when_it_is_played() {
    let home = Home::new();
    stepped(&home, "run", &[]);
    let (_, at) = first_change(&home, "run");
    let told = explained(&home, &["run", "--service", "web", "--at", &at]);
    let (with, then) = otherwise(&told["findings"][0], "TargetValue");
    let target = number_after(&with, "TargetValue");
    let wanted = number_after(&then, "to");
    let minutes: i64 = number_after(&then, ",").parse().unwrap();
    stepped(&home, "lower", &[&format!("{TARGET}={target}")]);
    let (change, earlier) = first_change(&home, "lower");
    let [at, earlier] = [at, earlier].map(|at| at.parse::<jiff::Timestamp>().unwrap());
    assert_eq!(at.duration_since(earlier).as_secs(), 60 * minutes, "{then}");
    let what = change["what"].as_str().unwrap();
    assert!(what.ends_with(&format!(" to {wanted}")), "{what}: {then}");
}

#[test]
fn the_target_value_that_is_told_to_silence_the_alarm_silences_it_when_it_is_played() {
    let home = Home::new();
    stepped(&home, "run", &[]);
    let (_, at) = first_change(&home, "run");
    let told = explained(&home, &["run", "--service", "web", "--at", &at]);
    let finding = &told["findings"][0];
    let silent = finding["otherwise"]
        .as_array()
        .unwrap()
        .iter()
        .find_map(|told| {
            let with = told["with"].as_str().unwrap();
            let stayed = told["then"].as_str().unwrap().contains("would have stayed");
            (stayed && with.starts_with("TargetValue"))
                .then(|| number_after(with, "TargetValue").to_owned())
        });
    stepped(&home, "higher", &[&format!("{TARGET}={}", silent.unwrap())]);
    let (_, later) = first_change(&home, "higher");
    assert!(at < later, "{at} {later}");
}

#[test]
fn the_maximum_that_is_told_is_reached_when_it_is_played() {
    let home = Home::new();
    stepped(&home, "run", &[]);
    let told = explained(&home, &["run", "--service", "web", "--at", "3h"]);
    let (with, then) = otherwise(&told["findings"][0], "MaxCapacity");
    let maximum = number_after(&with, "MaxCapacity");
    assert_eq!(then, format!("{maximum} tasks instead of 9"));
    let set = format!("aws.scalableTargets.web.MaxCapacity={maximum}");
    stepped(&home, "wider", &[&set]);
    let wider = explained(&home, &["wider", "--service", "web", "--at", "3h"]);
    let fact = wider["facts"][0].as_str().unwrap();
    assert!(fact.starts_with(&format!("desired {maximum},")), "{fact}");
}

#[test]
fn the_quota_that_is_told_lets_a_task_more_start_when_it_is_played() {
    let home = Home::new();
    stepped(&home, "run", &["aws.account.quotas.L-3032A538=2"]);
    let told = explained(&home, &["run", "--service", "web", "--at", "1h 40m"]);
    let findings = told["findings"].as_array().unwrap();
    let waits = findings
        .iter()
        .find(|finding| finding["inputs"]["reason"] == "vcpu_quota")
        .unwrap_or_else(|| panic!("{findings:#?}"));
    let (with, _) = otherwise(waits, "a quota of");
    let quota = number_after(&with, "a quota of");
    assert_eq!(quota, "3");
    let running = |told: &Value| {
        let fact = told["facts"][0].as_str().unwrap();
        number_after(fact, "running").parse::<u32>().unwrap()
    };
    let set = format!("aws.account.quotas.L-3032A538={quota}");
    stepped(&home, "wider", &[&set]);
    let wider = explained(&home, &["wider", "--service", "web", "--at", "1h 40m"]);
    assert_eq!(running(&told) + 1, running(&wider));
}

#[test]
fn a_wait_for_the_upper_bound_names_the_percentage_that_ends_it() {
    let home = Home::new();
    stepped(
        &home,
        "run",
        &["aws.services.web.deploymentConfiguration.maximumPercent=120"],
    );
    let table = home.table("run/tasks.csv");
    let started = table.texts("createdAt");
    let last = started.iter().zip(table.texts("taskArn")).max().unwrap();
    let id = last.1.rsplit('/').next().unwrap().to_owned();
    let told = explained(&home, &["run", "--task", &id]);
    let findings = told["findings"].as_array().unwrap();
    let bound = findings
        .iter()
        .find(|finding| {
            finding["inputs"]["maximumPercent"] == 120
                && finding["otherwise"] != Value::Array(vec![])
        })
        .unwrap_or_else(|| panic!("{findings:#?}"));
    let (_, then) = otherwise(bound, "maximumPercent");
    assert!(
        then.contains("more would have been started at once"),
        "{then}"
    );
}

/// A deployment whose tasks take ten minutes to be ready, while older ones crash.
const SLOW: &str = r#"
fleetcast: 1
name: slow
run: { duration: 20m, start: 2026-03-05T00:00:00Z }
aws:
  taskDefinitions:
    - { family: web, cpu: 1024, memory: 2048 }
    - { family: web, cpu: 1024, memory: 2048 }
  services:
    - { serviceName: web, taskDefinition: "web:1", desiredCount: 4, launchType: FARGATE }
world:
  work: { "web:1": { crashes: { mttf: 5m } }, "web:2": { start: 10m } }
timeline: [{ at: 2m, deploy: { service: web, taskDefinition: "web:2" } }]
"#;

#[test]
fn a_task_of_an_older_revision_names_the_rule_that_made_it() {
    let home = Home::new();
    home.write("slow.yaml", SLOW);
    home.run_well(&["run", "slow.yaml", "--no-charts", "--quiet", "--out", "run"]);
    let table = home.table("run/tasks.csv");
    let rows = table.texts("taskArn").into_iter();
    let rows = rows.zip(table.texts("taskDefinitionArn"));
    let told: Vec<_> = rows
        .zip(table.texts("createdAt"))
        .map(|((arn, definition), at)| {
            let told = explained(&home, &["run", "--task", arn.rsplit('/').next().unwrap()]);
            let first = told["findings"][0].clone();
            let is_own = first["question"] == "Why is it of the older revision?";
            let late = "2026-03-05T00:02:00.000000Z" < at;
            assert_eq!(
                is_own,
                definition.ends_with(":1") && late,
                "{definition} {at} {first:#}"
            );
            (is_own, first)
        })
        .collect();
    let (_, first) = told.iter().find(|it| it.0).unwrap();
    assert_eq!(first["inputs"]["oldLost"], 1);
    assert_eq!(first["inputs"]["toReplace"], 1);
    let (with, _) = otherwise(first, "minimumHealthyPercent");
    assert_eq!(with, "minimumHealthyPercent 75", "three were healthy then");
    let rule = &first["rules"][0]["function"];
    assert_eq!(rule, "policy::deployment::old_tasks_to_replace");
}

#[test]
fn a_deployment_that_is_rolled_back_says_how_its_tasks_failed() {
    let home = Home::new();
    let broken = SLOW
        .replace("\"web:1\": { crashes: { mttf: 5m } }, ", "")
        .replace("start: 10m", "startFailures: 100 %")
        .replace(
            "launchType: FARGATE",
            "launchType: FARGATE, deploymentConfiguration: { deploymentCircuitBreaker: { enable: \
             true, rollback: true } }",
        );
    home.write("broken.yaml", &broken);
    home.run_well(&[
        "run",
        "broken.yaml",
        "--no-charts",
        "--quiet",
        "--out",
        "run",
    ]);
    let told = explained(&home, &["run", "--service", "web"]);
    let found = &told["findings"][0];
    let question = found["question"].as_str().unwrap();
    assert!(
        question.starts_with("Why was the deployment of web:2 rolled back at"),
        "{question}"
    );
    let answer =
        "3 of its tasks had failed: 3 never reached RUNNING; 3 is the threshold of 4 desired";
    assert_eq!(found["answer"], answer);
    let back = "web:1, the last deployment that was completed, took its place again";
    assert_eq!(found["details"][0], back);
    // 75 % of four is 3 still, 76 % more than that.
    let (with, then) = otherwise(found, "thresholdConfiguration");
    assert_eq!(with, "thresholdConfiguration BOUNDED_PERCENT 76");
    assert_eq!(then, "it would have gone on, until 4 tasks have failed");
    let kinds = told["changes"].as_array().unwrap().iter();
    let kinds: Vec<&str> = kinds
        .map(|change| change["kind"].as_str().unwrap())
        .collect();
    assert_eq!(
        kinds
            .iter()
            .filter(|kind| **kind == "deployment_failed")
            .count(),
        2
    );
}

#[test]
fn an_instant_after_a_rollback_remembers_it_until_the_next_deployment() {
    let text = SLOW
        .replace("\"web:1\": { crashes: { mttf: 5m } }, ", "")
        .replace("start: 10m", "startFailures: 100 %")
        .replace(
            "launchType: FARGATE",
            "launchType: FARGATE, deploymentConfiguration: { deploymentCircuitBreaker: { enable: \
             true, rollback: true } }",
        )
        .replace(
            "\"web:2\" } }]",
            "\"web:2\" } }, { at: 15m, deploy: { service: web, forceNewDeployment: true } }]",
        );
    let plan = loaded(&text).plan;
    let mut asked = Vec::new();
    at_all_minutes(&plan, |minute, told| {
        let is_its = |it: &&Finding| it.question.starts_with("Why was the deployment of web:2");
        asked.extend(told.findings.iter().find(is_its).map(|_| minute));
    });
    assert_eq!(asked, (3..15).collect::<Vec<u64>>());
}

#[test]
fn where_tasks_fail_their_checks_no_other_bounds_are_advised() {
    let set = [
        (
            "aws.services.api.deploymentConfiguration.deploymentCircuitBreaker.enable",
            "false",
        ),
        ("run.duration", "90m"),
    ];
    let set = set.map(|(path, to)| (path.to_owned(), to.to_owned()));
    let options = LoadOptions {
        set: set.to_vec(),
        ..LoadOptions::default()
    };
    let plan = load(&root().join("scenarios/circuit-breaker.yaml"), &options)
        .unwrap()
        .plan;
    let (mut asked, mut failing) = (0, 0);
    at_all_minutes(&plan, |minute, told| {
        let Some(far) = finding(told, "How far is the deployment?") else {
            return;
        };
        asked += 1;
        // Nothing has failed yet when it begins, an hour into the run.
        let says = |detail: &String| detail.contains("fail their health checks");
        let fails = far.details.iter().any(says);
        assert_eq!(far.otherwise.is_empty(), fails, "{minute}: {far:?}");
        failing += usize::from(fails);
    });
    assert_eq!((asked, failing), (30, 28));
}

#[test]
fn of_step_policies_alone_no_rule_of_target_tracking_is_told() {
    let (policies, alarms) = (STEP.find("  scalingPolicies:"), STEP.find("world:"));
    let (policies, alarms) = (policies.unwrap(), alarms.unwrap());
    let text = format!(
        "{}{}{}",
        &STEP[..policies],
        r#"  scalingPolicies:
    - ResourceId: service/shop/web
      PolicyName: out
      PolicyType: StepScaling
      StepScalingPolicyConfiguration:
        AdjustmentType: ChangeInCapacity
        StepAdjustments: [{ MetricIntervalLowerBound: 0, ScalingAdjustment: 1 }]
    - ResourceId: service/shop/web
      PolicyName: in
      PolicyType: StepScaling
      StepScalingPolicyConfiguration:
        AdjustmentType: ChangeInCapacity
        StepAdjustments: [{ MetricIntervalUpperBound: 0, ScalingAdjustment: -1 }]
  alarms:
    - AlarmName: high
      Namespace: AWS/ECS
      MetricName: CPUUtilization
      Dimensions: [{ Name: ClusterName, Value: shop }, { Name: ServiceName, Value: web }]
      Statistic: Average
      Period: 60
      EvaluationPeriods: 1
      Threshold: 60
      ComparisonOperator: GreaterThanThreshold
      AlarmActions: [out]
    - AlarmName: low
      Namespace: AWS/ECS
      MetricName: CPUUtilization
      Dimensions: [{ Name: ClusterName, Value: shop }, { Name: ServiceName, Value: web }]
      Statistic: Average
      Period: 60
      EvaluationPeriods: 1
      Threshold: 50
      ComparisonOperator: LessThanThreshold
      AlarmActions: [in]
"#,
        &STEP[alarms..]
    );
    let plan = loaded(&text).plan;
    let mut named = std::collections::BTreeSet::new();
    at_all_minutes(&plan, |_, told| {
        let rules = told.findings.iter().flat_map(|it| &it.rules);
        named.extend(rules.map(|rule| format!("{} {}", rule.says, rule.source)));
    });
    let of_tracking = |rule: &&String| rule.contains("tracking") || rule.contains("90 %");
    assert_eq!(named.iter().find(of_tracking), None);
    for rule in ["M of the newest N", "MaxCapacity", "a larger step"] {
        assert!(
            named.iter().any(|told| told.contains(rule)),
            "{rule}: {named:#?}"
        );
    }
}

/// What is told of a plan's service at each of its minutes.
pub(super) fn at_all_minutes(plan: &Plan, mut look: impl FnMut(u64, &Explanation)) {
    let outcome = replay(plan, 0, &RunLimits::default(), Trail::of(None));
    let replay = Replay {
        plan,
        trail: outcome.observed.trail.as_deref().unwrap(),
        ended_at: outcome.stopped_at,
    };
    for minute in 0..outcome.stopped_at.as_micros() / 60_000_000 {
        let at = SimTime::from_secs(60 * minute);
        look(minute, &replay.explain_service_at(ServiceId(0), at));
    }
}

/// Eight tasks on a pessimistic market of Fargate Spot.
const ON_SPOT: &str = "
fleetcast: 1
name: spt
run: { duration: 30d }
record: { metrics: none }
aws:
  taskDefinitions: [{ family: f, cpu: 1024, memory: 2048 }]
  services:
    - { serviceName: s, taskDefinition: f, desiredCount: 8,
        capacityProviderStrategy: [{ capacityProvider: FARGATE_SPOT, weight: 1 }] }
world: { spot: { preset: pessimistic } }
";

/// Both quotas are full, so that nothing new starts in a deployment; tasks crash.
pub(super) const FULL_QUOTAS: &str = "
fleetcast: 1
name: full
run: { duration: 3d, begin: empty }
record: { metrics: none }
aws:
  account: { quotas: { L-3032A538: 4, L-36FBB829: 4 } }
  taskDefinitions: [{ family: f, cpu: 1024, memory: 2048 }]
  services:
    - { serviceName: s, taskDefinition: f, desiredCount: 8,
        capacityProviderStrategy: [{ capacityProvider: FARGATE, weight: 1 },
                                   { capacityProvider: FARGATE_SPOT, weight: 1 }] }
world: { spot: { preset: optimistic }, work: { f: { crashes: { mttf: 6h } } } }
timeline: [{ at: 1d, deploy: { service: s, forceNewDeployment: true } }]
";

/// The `--at` that an overview ends with.
fn offered(said: &str) -> String {
    let last = said.trim_end().lines().last().unwrap();
    last.split('\'').nth(1).expect(last).to_owned()
}

#[test]
fn every_time_that_is_offered_explains_what_happened_then() {
    for (text, name) in [(ON_SPOT, "spt"), (FULL_QUOTAS, "full")] {
        let home = Home::new();
        home.write("run.yaml", text);
        home.run_well(&["run", "run.yaml", "--no-charts", "--quiet"]);
        let told = explained(&home, &[name, "--service", "s", "--all"]);
        let mut times = vec![offered(
            &home.run_well(&["explain", name, "--service", "s"]).out,
        )];
        let lost =
            |change: &&Value| ["interrupted", "failed"].contains(&change["kind"].as_str().unwrap());
        let changes = told["changes"].as_array().unwrap();
        let local = |change: &Value| change["local"].as_str().unwrap().to_owned();
        times.extend(changes.iter().filter(lost).map(local).take(12));
        assert!(3 < times.len());
        for time in times {
            let told = explained(&home, &[name, "--service", "s", "--at", &time]);
            let findings = told["findings"].as_array().unwrap();
            let lost = findings.iter().find(|finding| {
                finding["question"] == "Which tasks were lost?"
                    && finding["answer"].as_str().unwrap().contains(&time[11..])
            });
            let lost = lost.unwrap_or_else(|| panic!("{name} {time}: {findings:#?}"));
            let id = lost["inputs"]["tasks"][0].as_str().unwrap();
            let said = home.run_well(&["explain", name, "--task", id]).out;
            assert!(said.contains("Why did it stop?"), "{said}");
        }
    }
}

#[test]
fn a_time_that_clocks_show_twice_is_offered_with_its_zone() {
    let home = Home::new();
    // In Berlin it is 02:30 twice: half an hour, and an hour and a half, after this start.
    let text = FULL_QUOTAS
        .replace(
            "duration: 3d,",
            "duration: 3h, start: 2026-10-25T00:00:00Z, timeZone: Europe/Berlin,",
        )
        .replace(", work: { f: { crashes: { mttf: 6h } } }", "")
        .replace(
            "at: 1d, deploy: { service: s, forceNewDeployment: true }",
            "at: 1h 30m, update: { service: s, desiredCount: 3 }",
        );
    home.write("run.yaml", &text);
    home.run_well(&["run", "run.yaml", "--no-charts", "--quiet"]);
    let time = offered(&home.run_well(&["explain", "full", "--service", "s"]).out);
    assert_eq!(time, "2026-10-25 02:30:00+01:00");
    let told = explained(&home, &["full", "--service", "s", "--at", &time]);
    let question = told["findings"][0]["question"].as_str().unwrap();
    assert!(
        question.starts_with("Why did s go from 8 to 3"),
        "{question}"
    );
}

#[test]
fn crashed_tasks_are_told_with_why_and_a_spot_pools_by_its_reclaim() {
    let home = Home::new();
    home.write("run.yaml", FULL_QUOTAS);
    home.run_well(&["run", "run.yaml", "--no-charts", "--quiet"]);
    let time = offered(&home.run_well(&["explain", "full", "--service", "s"]).out);
    let said = home
        .run_well(&["explain", "full", "--service", "s", "--at", &time])
        .out;
    insta::assert_snapshot!("crashed", said);
}

#[test]
fn a_deployment_whose_launches_are_refused_names_the_quota_and_not_its_bounds() {
    let home = Home::new();
    home.write("run.yaml", FULL_QUOTAS);
    let steady = "world.work.f.crashes=null";
    let run = |out: &str, sets: &[&str]| {
        let mut arguments = vec!["run", "run.yaml", "--no-charts", "--quiet", "--out", out];
        for set in sets {
            arguments.extend(["--set", set]);
        }
        home.run_well(&arguments);
    };
    run("full", &[steady]);
    let said = home
        .run_well(&["explain", "full", "--service", "s", "--at", "1d 30m"])
        .out;
    insta::assert_snapshot!("refused-deployment", said);
    // The quota that is told lets the deployment begin.
    let told = explained(&home, &["full", "--service", "s", "--at", "1d 30m"]);
    let finding = &told["findings"][0];
    assert_eq!(finding["inputs"]["reason"], "vcpu_quota");
    let (with, _) = otherwise(finding, "a quota of");
    let quota = format!(
        "aws.account.quotas.L-3032A538={}",
        number_after(&with, "a quota of")
    );
    run("wider", &[steady, &quota]);
    let wider = explained(&home, &["wider", "--service", "s", "--at", "1d 30m"]);
    let changes = explained(&home, &["wider", "--service", "s", "--all"]);
    let done = changes["changes"].as_array().unwrap();
    let is_done = |change: &Value| change["what"].as_str().unwrap().ends_with("is complete");
    assert!(done.iter().any(is_done), "{wider:#}");
}

#[test]
fn the_concurrency_that_is_told_ends_the_wait_when_it_is_played() {
    let home = Home::new();
    home.write(
        "jobs.yaml",
        "
fleetcast: 1
name: jobs
run: { duration: 2h }
record: { metrics: none }
aws:
  taskDefinitions: [{ family: j, cpu: 256, memory: 512 }]
  runTasks: [{ name: jobs, taskDefinition: j, launchType: FARGATE }]
world: { demand: { jobs: { arrivals: { rate: 60/h, work: 20m }, concurrency: 6 } } }
",
    );
    let run = |out: &str, sets: &[&str]| {
        let mut arguments = vec!["run", "jobs.yaml", "--no-charts", "--quiet", "--out", out];
        arguments.extend(sets);
        home.run_well(&arguments);
    };
    run("run", &[]);
    let table = home.table("run/tasks.csv");
    let id = table.texts("taskArn")[15].rsplit('/').next().unwrap();
    let told = explained(&home, &["run", "--task", id]);
    let findings = told["findings"].as_array().unwrap();
    let waits = |finding: &&Value| finding["question"] == "Why did it wait?";
    let (with, _) = otherwise(findings.iter().find(waits).unwrap(), "a concurrency of");
    let enough = number_after(&with, "a concurrency of");
    let set = format!("world.demand.jobs.concurrency={enough}");
    run("wider", &["--set", &set]);
    let told = explained(&home, &["wider", "--task", id]);
    let findings = told["findings"].as_array().unwrap();
    assert!(
        !findings.iter().any(|finding| waits(&finding)),
        "{with}: {findings:#?}"
    );
}

#[test]
fn wrong_uses_are_answered_with_what_is_right() {
    let home = Home::new();
    stepped(&home, "results/step/abc", &[]);
    home.write("sweep.yaml", &format!("{STEP}sweep: {{ replications: 2, parameters: {{ n: {{ path: aws.services.web.desiredCount, values: [4, 5] }} }} }}\n"));
    home.run_well(&["sweep", "sweep.yaml", "--out", "swept", "--no-charts"]);
    fs::create_dir(home.path("empty")).unwrap();
    let lines: &[&[&str]] = &[
        &["explain", "stepp", "--service", "web"],
        &["explain", "step.yaml", "--service", "web"],
        &["explain", "empty", "--service", "web"],
        &["explain", "swept", "--service", "web"],
        &["explain", "step"],
        &["explain", "step", "--service", "wep"],
        &["explain", "abc", "--service", "web", "--at", "7h"],
        &[
            "explain",
            "abc",
            "--service",
            "web",
            "--at",
            "2026-03-04 12:00",
        ],
        &["explain", "abc", "--service", "web", "--at", "noon"],
        &["explain", "abc", "--task", "0000000000"],
        &["explain", "abc", "--task", "not-an-id"],
    ];
    let mut text = String::new();
    for line in lines {
        let said = home.run(line);
        assert_eq!(said.code, Some(2), "{line:?}");
        assert_eq!(said.out, "", "{line:?}");
        text.push_str(&format!("$ {}\n{}\n", line.join(" "), said.err));
    }
    insta::assert_snapshot!("wrong-uses", text);
    for line in [
        ["explain", "abc", "--task", "0", "--service", "web"],
        ["explain", "abc", "--task", "0", "--at", "1h"],
    ] {
        assert_eq!(home.run(&line).code, Some(2), "{line:?}");
    }
}

/// Changes a file of the run `run` by a replacement of text.
fn edit(home: &Home, name: &str, (from, to): (&str, &str)) {
    let text = fs::read_to_string(home.path(name)).unwrap();
    assert!(text.contains(from), "{name} has {from}");
    fs::write(home.path(name), text.replacen(from, to, 1)).unwrap();
}

#[test]
fn a_folder_that_is_not_as_the_run_left_it_is_refused_or_warned_of() {
    let refused = |name: &str, change: (&str, &str)| {
        let home = Home::new();
        stepped(&home, "run", &[]);
        edit(&home, name, change);
        let said = home.run(&["explain", "run", "--service", "web"]);
        assert_eq!(said.code, Some(2), "{name}");
        format!("$ {name}: {change:?}\n{}\n", said.err)
    };
    let mut text = String::new();
    text += &refused("run/scenario.yaml", ("150/s", "151/s"));
    text += &refused("run/manifest.json", ("\"format\": 1", "\"format\": 9"));
    text += &refused("run/manifest.json", ("{", "["));
    let warned = |name: &str, change: (&str, &str)| {
        let home = Home::new();
        stepped(&home, "run", &[]);
        edit(&home, name, change);
        let said = home.run_well(&["explain", "run", "--service", "web"]);
        assert!(said.out.starts_with("Service web"), "{}", said.out);
        format!("$ {name}: {change:?}\n{}\n", said.err)
    };
    text += &warned("run/tasks.csv", ("taskArn", "task"));
    let version = format!("\"fleetcast\": {:?}", env!("CARGO_PKG_VERSION"));
    text += &warned("run/manifest.json", (&version, "\"fleetcast\": \"0.0.1\""));
    text += &warned(
        "run/manifest.json",
        ("\"event_hash\": \"", "\"event_hash\": \"0"),
    );
    // The hash of this run is its own; only its first digit is compared here.
    insta::assert_snapshot!("changed-folders", hashless(&text));
}

/// Event hashes change with the simulation; what is said of them does not.
fn hashless(text: &str) -> String {
    let is_hash = |word: &str| 16 <= word.len() && word.bytes().all(|b| b.is_ascii_hexdigit());
    let lines = text.lines().map(|line| {
        let words = line.split(' ').map(|word| {
            let inner = word.trim_matches(|c: char| !c.is_ascii_alphanumeric());
            if is_hash(inner) {
                word.replace(inner, "[hash]")
            } else {
                word.to_owned()
            }
        });
        words.collect::<Vec<_>>().join(" ") + "\n"
    });
    lines.collect()
}

#[test]
fn the_newest_run_of_a_scenario_is_taken_and_said() {
    let home = Home::new();
    home.write("step.yaml", STEP);
    for seed in ["1", "2"] {
        home.run_well(&["run", "step.yaml", "--no-charts", "--quiet", "--seed", seed]);
    }
    let said = home.run_well(&["explain", "step", "--service", "web"]);
    assert!(
        said.err
            .starts_with("note: results/step holds 2 runs; this is the newest, "),
        "{}",
        said.err
    );
}

/// A run that ended early is the one that is meant only where there is no whole one.
#[test]
fn a_whole_run_is_taken_before_a_newer_one_that_ended_early() {
    let home = Home::new();
    home.write("step.yaml", STEP);
    let run = |seed: &str, more: &[&str]| {
        let base = ["run", "step.yaml", "--no-charts", "--quiet", "--seed", seed];
        home.run(&[&base[..], more].concat())
    };
    let note = || {
        let said = home.run_well(&["explain", "step", "--service", "web"]);
        let note = said.err.lines().next().unwrap_or_default().to_owned();
        note.rsplit_once(", ")
            .map(|(words, path)| (words.to_owned(), path.to_owned()))
    };
    assert_eq!(run("1", &["--max-events", "40"]).code, Some(4));
    assert_eq!(run("2", &["--max-events", "40"]).code, Some(4));
    let (words, _) = note().unwrap();
    let none = "note: results/step holds 2 runs; none was played to its end; this is the newest";
    assert_eq!(words, none);
    assert_eq!(run("1", &[]).code, Some(0));
    assert_eq!(run("3", &["--max-events", "40"]).code, Some(4));
    let (words, path) = note().unwrap();
    let only = "note: results/step holds 3 runs; this is the only one that was played to its end";
    assert_eq!(words, only);
    assert_eq!(
        home.json(&format!("{path}/manifest.json"))["complete"],
        true
    );
    assert_eq!(run("4", &[]).code, Some(0));
    let (words, path) = note().unwrap();
    let newest = "note: results/step holds 4 runs; this is the newest that was played to its end";
    assert_eq!(words, newest);
    assert_eq!(home.json(&format!("{path}/manifest.json"))["seed"], 4);
}

#[test]
fn a_run_that_ended_early_is_explained_as_far_as_it_went() {
    let home = Home::new();
    home.write("step.yaml", STEP);
    let said = home.run(&[
        "run",
        "step.yaml",
        "--no-charts",
        "--out",
        "run",
        "--max-events",
        "40",
    ]);
    assert_eq!(said.code, Some(4));
    let told = explained(&home, &["run", "--service", "web"]);
    assert_eq!(told["reproduced"], true);
    let said = home.run(&["explain", "run", "--service", "web", "--at", "5h 59m"]);
    assert_eq!(said.code, Some(2), "{}", all(&said));
}

#[test]
fn replications_and_other_seeds_play_again_from_their_folders() {
    let home = Home::new();
    home.write("step.yaml", STEP);
    home.run_well(&[
        "run",
        "step.yaml",
        "--no-charts",
        "--quiet",
        "--out",
        "run",
        "--seed",
        "9",
        "--replication",
        "3",
    ]);
    let told = explained(&home, &["run", "--service", "web"]);
    assert_eq!(told["reproduced"], true);
    assert_eq!(told["warnings"], serde_json::json!([]));
}

/// A shipped scenario played with all its decisions, and a look at each of its tasks.
pub(super) fn explain_all(name: &str, sets: &[(&str, &str)], mut look: impl FnMut(&Explanation)) {
    let path = root().join("scenarios").join(format!("{name}.yaml"));
    let set = sets
        .iter()
        .map(|(path, to)| (path.to_string(), to.to_string()));
    let options = LoadOptions {
        set: set.collect(),
        ..LoadOptions::default()
    };
    let plan = load(&path, &options).unwrap().plan;
    explain_tasks(&plan, &mut look);
}

/// A plan played with all its decisions, which must come out the same when they are asked again,
/// and a look at each of its tasks.
pub(super) fn explain_tasks(plan: &Plan, look: &mut impl FnMut(&Explanation)) {
    let outcome = replay(plan, 0, &RunLimits::default(), Trail::of(None));
    let trail = outcome.observed.trail.as_deref().unwrap();
    let replay = Replay {
        plan,
        trail,
        ended_at: outcome.stopped_at,
    };
    assert_eq!(replay.disagreements(), Vec::<String>::new());
    for position in 0..trail.tasks.len() {
        look(&replay.explain_task(position));
    }
}

pub(super) fn finding<'e>(told: &'e Explanation, question: &str) -> Option<&'e Finding> {
    told.findings.iter().find(|it| it.question == question)
}

#[test]
fn a_task_that_fell_back_names_the_provider_that_had_no_capacity() {
    let mut fell_back = 0;
    explain_all("spot-fallback", &[], |told| {
        let Some(finding) = finding(told, "Why on demand?") else {
            return;
        };
        fell_back += 1;
        assert_eq!(finding.inputs["instead_of"], "FARGATE_SPOT");
        let said = &finding.answer;
        assert!(said.starts_with("FARGATE_SPOT was its turn"), "{said}");
    });
    assert!(3 < fell_back, "{fell_back}");
}

/// A program whose calls are drawn by weight, while Spot is gone.
const DRAWN: &str = "
fleetcast: 1
name: drawn
run: { duration: 6h }
record: { metrics: none }
aws:
  cluster: { capacityProviders: [FARGATE, FARGATE_SPOT] }
  taskDefinitions: [{ family: f, cpu: 1024, memory: 2048, requiresCompatibilities: [FARGATE] }]
  runTasks:
    - { name: jobs, taskDefinition: f,
        capacityProviderStrategy: [{ capacityProvider: FARGATE, weight: 1 },
                                   { capacityProvider: FARGATE_SPOT, weight: 1 }] }
world:
  demand: { jobs: { arrivals: { rate: 60/h, work: 5min }, providerChoice: weightedRandom } }
timeline: [{ at: 1h, drought: { capacityProvider: FARGATE_SPOT, for: 3h, reclaims: 100 % } }]
whatIf: { spotFallback: { after: 5m } }
";

#[test]
fn a_drawn_job_that_fell_back_keeps_its_draw() {
    let mut fell_back = 0;
    explain_tasks(&loaded(DRAWN).plan, &mut |told: &Explanation| {
        let on_demand = finding(told, "Why on demand?");
        let Some(finding) = on_demand else { return };
        fell_back += 1;
        assert_eq!(finding.inputs["instead_of"], "FARGATE_SPOT");
    });
    assert!(10 < fell_back, "{fell_back}");
}

#[test]
fn every_task_that_was_stopped_by_choice_says_why_and_why_this_one() {
    let table: [(&str, &[(&str, &str)]); 5] = [
        ("spot-fallback", &[]),
        ("binpack-or-spread", &[("run.duration", "1d")]),
        ("ec2-autoscaling", &[("run.duration", "1d")]),
        ("ec2-spot-mixed", &[("run.duration", "2d")]),
        ("zone-outage", &[]),
    ];
    for (name, sets) in table {
        let mut chosen = 0;
        explain_all(name, sets, |told| {
            let why = finding(told, "Why did it stop?").unwrap();
            assert_ne!(why.answer, "scaling activity", "{name}: {}", told.subject);
            assert_ne!(why.answer, "its instance is draining", "{name}");
            assert_ne!(why.answer, "its instance was terminated", "{name}");
            let Some(this) = finding(told, "Why this one?") else {
                return;
            };
            chosen += 1;
            assert!(!this.rules.is_empty(), "{name}: {}", this.answer);
        });
        assert!(0 < chosen, "{name}");
    }
}

#[test]
fn a_task_under_which_its_instance_went_says_what_took_that() {
    let mut said = std::collections::BTreeSet::new();
    explain_all("ec2-spot-replay", &[], |told| {
        let why = finding(told, "Why did it stop?").unwrap();
        let (_, cause) = why.answer.rsplit_once(": ").unwrap_or_default();
        if why.answer.starts_with("its instance") {
            said.insert(cause.to_owned());
        }
    });
    let took = "EC2 takes the Spot Instance back";
    assert!(said.contains(took), "{said:?}");
}

#[test]
fn a_task_that_never_was_placed_says_what_it_waited_for() {
    let mut waited = 0;
    explain_all("ec2-spot-replay", &[], |told| {
        let end = finding(told, "Why did it stop?").unwrap();
        if !end.answer.starts_with("no instance came for it") {
            return;
        }
        waited += 1;
        let why = finding(told, "Why did it wait for an instance?");
        let why = why.unwrap_or_else(|| panic!("{told:#?}"));
        assert!(why.answer.contains(", in vain"), "{}", why.answer);
        let details = why.details.join("\n");
        assert!(
            details.contains("no pool of scarce had Spot capacity"),
            "{details}"
        );
    });
    assert!(0 < waited);
}

#[test]
fn a_smaller_image_is_told_only_where_one_was_pulled() {
    let (mut pulled, mut cached) = (0, 0);
    explain_all("ec2-autoscaling", &[("run.duration", "1d")], |told| {
        let Some(start) = finding(told, "How long did its start take?") else {
            return;
        };
        let took = start.inputs["image_pulled_s"].as_f64().unwrap_or(0.0);
        for told in &start.otherwise {
            pulled += 1;
            let earlier = told.then.strip_prefix("RUNNING ").unwrap();
            let (number, unit) = earlier.split_once(' ').unwrap();
            let seconds = match unit.starts_with("ms") {
                true => number.parse::<f64>().unwrap() / 1_000.0,
                false => number.parse().unwrap(),
            };
            assert!(seconds <= took, "{} {}", told.then, start.answer);
        }
        cached += u32::from(start.otherwise.is_empty() && 0.0 < took);
    });
    assert!(0 < pulled && 0 < cached, "{pulled} {cached}");
}

/// A service whose code needs more memory idle than its tasks have.
pub(super) const TOO_LARGE: &str = "
fleetcast: 1
name: large
run: { duration: 1h, begin: empty }
aws:
  taskDefinitions: [{ family: f, cpu: 256, memory: 512, requiresCompatibilities: [FARGATE] }]
  services: [{ serviceName: s, taskDefinition: f, desiredCount: 1, launchType: FARGATE }]
world: { work: { f: { memory: { base: 600MiB } } } }
";

#[test]
fn the_memory_that_is_told_is_a_size_of_fargates() {
    let mut killed = 0;
    explain_tasks(&loaded(TOO_LARGE).plan, &mut |told: &Explanation| {
        let why = finding(told, "Why did it stop?").unwrap();
        for told in &why.otherwise {
            killed += 1;
            assert_eq!(told.with, "a `memory` of 1024 MiB");
        }
    });
    assert!(0 < killed);
}

#[test]
fn a_task_that_stands_from_the_start_has_a_reason_for_its_zone() {
    let mut told_of = 0;
    explain_all("hello-fargate", &[], |told| {
        let zone = told
            .findings
            .iter()
            .find(|it| it.inputs.get("zones").is_some());
        told_of += 1;
        assert!(zone.is_some(), "{told:#?}");
    });
    assert!(0 < told_of);
}

#[test]
fn a_task_that_is_not_there_is_answered_with_near_ones_only() {
    let home = Home::new();
    played(&home, "hello-fargate", &[]);
    let said = |id: &str| {
        let said = home.run(&["explain", "hello-fargate", "--task", id]);
        assert_eq!(said.code, Some(2));
        said.err
    };
    let words = said("zzz");
    assert!(
        words.contains("an id has the digits 0 to 9 and a to f, like"),
        "{words}"
    );
    let nothing_like_it = said(&"0123456789abcdef".repeat(2));
    assert!(
        nothing_like_it.contains("none whose id is near"),
        "{nothing_like_it}"
    );
    let run = home.names("results/hello-fargate");
    let run = format!(
        "results/hello-fargate/{}",
        run[0].split('/').next().unwrap()
    );
    let id = task(&home, &run, &[]);
    let last = if id.ends_with('0') { "1" } else { "0" };
    let typo = said(&format!("{}{last}", &id[..id.len() - 1]));
    assert!(typo.contains(&format!("the nearest is {id}")), "{typo}");
}

#[test]
fn a_launch_type_is_no_strategy() {
    let home = Home::new();
    played(&home, "hello-fargate", &[]);
    let run = home.names("results/hello-fargate");
    let run = format!(
        "results/hello-fargate/{}",
        run[0].split('/').next().unwrap()
    );
    let id = task(&home, &run, &[]);
    let told = home.run_well(&["explain", &run, "--task", &id]).out;
    assert!(
        told.contains("Its launch type is FARGATE: no strategy is asked"),
        "{told}"
    );
    assert!(!told.contains("CapacityProviderStrategyItem"), "{told}");
}

#[test]
fn the_target_that_is_told_to_keep_the_count_keeps_it_and_is_the_nearest() {
    let path = root().join("scenarios/from-dashboard.yaml");
    let plan = load(&path, &LoadOptions::default()).unwrap().plan;
    let outcome = replay(&plan, 0, &RunLimits::default(), Trail::of(None));
    let trail = outcome.observed.trail.as_deref().unwrap();
    let replay = Replay {
        plan: &plan,
        trail,
        ended_at: outcome.stopped_at,
    };
    let told = replay.explain_service_at(ServiceId(0), SimTime::from_secs(30));
    let target = told.findings.iter().flat_map(|it| &it.otherwise);
    let target: Vec<_> = target
        .filter(|it| it.with.starts_with("TargetValue"))
        .collect();
    // Rounded up, three tasks are still asked for at 16.1.
    let [only] = target[..] else {
        panic!("{told:#?}")
    };
    assert!(only.with.starts_with("TargetValue 16.1 "), "{only:?}");
    assert_eq!(only.then, "it would have stayed at 3 at that moment");
}

/// A fixed group without managed scaling, too small for all that is wanted there.
const REFUSED: &str = r#"
fleetcast: 1
name: refused
run: { duration: 10m, start: 2026-03-05T00:00:00Z }
record: { events: all, decisions: all }
aws:
  cluster: { clusterName: shop, capacityProviders: [small] }
  launchTemplates:
    - { LaunchTemplateName: ecs, LaunchTemplateData: { InstanceType: c6i.large } }
  autoScalingGroups:
    - AutoScalingGroupName: small
      MinSize: 1
      MaxSize: 1
      AvailabilityZones: [us-east-1a]
      LaunchTemplate: { LaunchTemplateName: ecs }
  capacityProviders:
    - name: small
      autoScalingGroupProvider: { autoScalingGroupArn: small, managedScaling: { status: DISABLED } }
  taskDefinitions:
    - family: big
      networkMode: bridge
      containerDefinitions: [{ name: big, cpu: 512, memory: 2000 }]
    - family: pinned
      networkMode: bridge
      containerDefinitions: [{ name: pinned, cpu: 64, memory: 64 }]
    - family: web
      networkMode: host
      containerDefinitions:
        - { name: web, cpu: 128, memory: 300, portMappings: [{ containerPort: 80 }] }
  services:
    - serviceName: big
      taskDefinition: big
      desiredCount: 2
      capacityProviderStrategy: [{ capacityProvider: small, weight: 1 }]
    - serviceName: pinned
      taskDefinition: pinned
      desiredCount: 1
      launchType: EC2
      placementConstraints: [{ type: memberOf, expression: "runningTasksCount == 100" }]
    - { serviceName: web, taskDefinition: web, desiredCount: 2, launchType: EC2 }
"#;

#[test]
fn a_refusal_names_the_instance_that_came_closest_and_what_it_lacked() {
    let home = Home::new();
    home.write("refused.yaml", REFUSED);
    home.run_well(&[
        "run",
        "refused.yaml",
        "--no-charts",
        "--quiet",
        "--out",
        "run",
    ]);
    let lines = |name: &str| -> Vec<Value> {
        let text = fs::read_to_string(home.path(&format!("run/{name}"))).unwrap();
        let lines = text.lines();
        lines
            .map(|line| serde_json::from_str(line).unwrap())
            .collect()
    };
    let decisions = lines("decisions.ndjson");
    let events = lines("events.ndjson");
    let table = home.table("run/instances.csv");
    let id = table.texts("ec2InstanceId")[0];
    let arn = table.texts("containerInstanceArn")[0];
    for (service, reason) in [
        ("big", "RESOURCE:MEMORY"),
        ("pinned", "MemberOf placement constraint unsatisfied"),
        ("web", "RESOURCE:PORTS"),
    ] {
        let subject = format!("service {service}");
        let refused = decisions
            .iter()
            .find(|it| it["kind"] == "launch_refused" && it["subject"] == subject)
            .unwrap_or_else(|| panic!("{decisions:#?}"));
        let inputs = &refused["inputs"];
        assert_eq!(
            (&inputs["failure"], &inputs["closest"]),
            (&reason.into(), &id.into())
        );
        let said = refused["decision"].as_str().unwrap();
        assert!(said.contains(&format!("the closest is {id}")), "{said}");
        let event = events
            .iter()
            .map(|it| &it["detail"])
            .find(|it| {
                it["eventName"] == "SERVICE_TASK_PLACEMENT_FAILURE" && it["reason"] == reason
            })
            .unwrap_or_else(|| panic!("{events:#?}"));
        assert_eq!(event["containerInstanceArns"], serde_json::json!([arn]));
        let told = explained(&home, &["run", "--service", service, "--at", "9m"]);
        let all = told["findings"].as_array().unwrap();
        let wait = all.iter().find(|it| it["inputs"]["lacking"] == reason);
        let wait = wait.unwrap_or_else(|| panic!("{told:#}"));
        let answer = wait["answer"].as_str().unwrap();
        assert!(answer.contains(id) && answer.contains(reason), "{answer}");
    }
    // A task that is as much smaller as is told finds its place.
    let told = explained(&home, &["run", "--service", "big", "--at", "9m"]);
    let all = told["findings"].as_array().unwrap();
    let wait = all
        .iter()
        .find(|it| it["inputs"]["lacking"] == "RESOURCE:MEMORY");
    assert_ne!(wait.unwrap()["otherwise"], serde_json::json!([]));
}

/// A task on Managed Instances that are bought on Spot, of which there are none.
const NO_SPOT: &str = r#"
fleetcast: 1
name: no-spot
run: { duration: 1h, begin: empty }
aws:
  region: eu-central-1
  cluster: { clusterName: shop }
  subnets: [{ SubnetId: a, AvailabilityZone: eu-central-1a }]
  capacityProviders:
    - name: managed
      managedInstancesProvider:
        infrastructureRoleArn: arn:aws:iam::111122223333:role/ecsInfrastructureRole
        instanceLaunchTemplate:
          ec2InstanceProfileArn: arn:aws:iam::111122223333:instance-profile/ecsInstanceRole
          networkConfiguration: { subnets: [a] }
          capacityOptionType: SPOT
          instanceRequirements:
            vCpuCount: { min: 2, max: 4 }
            memoryMiB: { min: 8192 }
            allowedInstanceTypes: ["m6i.*"]
  taskDefinitions:
    - family: worker
      requiresCompatibilities: [MANAGED_INSTANCES]
      containerDefinitions: [{ name: app, cpu: 1024, memory: 2048 }]
  services:
    - serviceName: worker
      taskDefinition: worker
      desiredCount: 1
      capacityProviderStrategy: [{ capacityProvider: managed, weight: 1 }]
timeline: [{ at: 0s, drought: { capacityProvider: managed, for: 2h } }]
"#;

#[test]
fn a_task_that_waits_for_managed_instances_in_vain_names_the_pools_that_refused() {
    let mut waited = 0;
    explain_tasks(&loaded(NO_SPOT).plan, &mut |told| {
        let why = finding(told, "Why did it wait for an instance?");
        let why = why.unwrap_or_else(|| panic!("{told:#?}"));
        let pools =
            "pools that refused: m6i.large in eu-central-1a and m6i.xlarge in eu-central-1a";
        assert!(
            why.details.iter().any(|it| it == pools),
            "{:?}",
            why.details
        );
        waited += 1;
    });
    assert!(0 < waited);
}
