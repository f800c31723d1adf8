//! `fleetcast explain`: the causes of what neither auto scaling nor a plain rollout did: DAEMON
//! services, task sets, rollbacks, memory that is never given back, restarts in place, forecasts.

use fleetcast::engine::SimTime;
use fleetcast::experiment::run::replay;
use fleetcast::explain::{ChangeKind, Explanation, Finding, Replay};
use fleetcast::ids::ServiceId;
use fleetcast::observe::trail::Trail;
use fleetcast::policy::life_cycle::StopCause;
use fleetcast::report::explain_text::render;
use fleetcast::report::table::Colour;
use fleetcast::scenario::plan::Plan;
use fleetcast::simulation::outcome::RunLimits;
use fleetcast::world::task::TaskRecord;

use super::explain::finding;
use super::explain_ends::plan_of;
use super::home::loaded;

const STOP: &str = "Why did it stop?";
const FIRST: ServiceId = ServiceId(0);

/// A DAEMON service on a group whose managed scaling adds an instance for another service.
const DAEMON: &str = "
fleetcast: 1
name: daemon
run: { duration: 3h }
aws:
  cluster: { clusterName: c, capacityProviders: [m] }
  capacityProviders:
    - name: m
      autoScalingGroupProvider:
        autoScalingGroupArn: g
        managedScaling: { status: ENABLED, targetCapacity: 100 }
  launchTemplates: [{ LaunchTemplateName: t, LaunchTemplateData: { InstanceType: m6i.large } }]
  autoScalingGroups:
    - { AutoScalingGroupName: g, MinSize: 2, MaxSize: 4,
        LaunchTemplate: { LaunchTemplateName: t } }
  taskDefinitions:
    - { family: agent, requiresCompatibilities: [EC2], networkMode: bridge,
        cpu: \"128\", memory: \"256\" }
    - { family: web, requiresCompatibilities: [EC2], networkMode: bridge,
        cpu: \"1024\", memory: \"1024\" }
  services:
    - { serviceName: agent, taskDefinition: agent, schedulingStrategy: DAEMON, launchType: EC2 }
    - { serviceName: web, taskDefinition: web, desiredCount: 1,
        capacityProviderStrategy: [{ capacityProvider: m, weight: 1 }] }
timeline:
  - { at: 1h, update: { service: web, desiredCount: 4 } }
";

/// Plays a plan and looks at it.
fn played<T>(plan: &Plan, look: impl FnOnce(&Replay<'_>) -> T) -> T {
    let outcome = replay(plan, 0, &RunLimits::default(), Trail::of(None));
    let trail = outcome.observed.trail.as_deref().unwrap();
    look(&Replay {
        plan,
        trail,
        ended_at: outcome.stopped_at,
    })
}

fn text(told: &Explanation) -> String {
    render(told, "UTC", Colour::Plain)
}

/// Why the first task stopped that is so.
fn stop_of(replay: &Replay<'_>, is_so: impl Fn(&TaskRecord) -> bool) -> Finding {
    let mut tasks = replay.trail.tasks.iter();
    let position = tasks.position(is_so).expect("one is so");
    finding(&replay.explain_task(position), STOP)
        .unwrap()
        .clone()
}

fn stop_text(finding: Finding) -> String {
    text(&Explanation {
        subject: "task".to_owned(),
        findings: vec![finding],
        ..Explanation::default()
    })
}

/// All of a finding's sentences.
fn said(finding: &Finding) -> String {
    let others = finding.otherwise.iter();
    let others = others.map(|it| format!("{}: {}", it.with, it.then));
    let all: Vec<String> = [finding.answer.clone()]
        .into_iter()
        .chain(finding.details.clone())
        .chain(others)
        .collect();
    all.join("\n")
}

#[test]
fn a_daemon_services_count_is_explained_by_its_instances() {
    let plan = loaded(DAEMON).plan;
    played(&plan, |replay| {
        let all = replay.explain_service(FIRST, 20);
        assert!(!all.changes.is_empty());
        for change in &all.changes {
            assert_eq!(change.kind, ChangeKind::Instances);
            assert!(!change.why.contains("UpdateService"), "{}", change.why);
        }
        insta::assert_snapshot!("daemon", text(&all));
        for (name, second) in [("daemon-start", 1_800), ("daemon-grown", 7_200)] {
            let told = replay.explain_service_at(FIRST, SimTime::from_secs(second));
            for finding in &told.findings {
                assert!(!finding.rules.is_empty() && !finding.otherwise.is_empty());
            }
            insta::assert_snapshot!(name, text(&told));
        }
    });
}

/// A zone fails while another revision is rolled out, and another instance drains: neither is the
/// revision's doing, and instances of a zone that the service does not go to are none of it.
#[test]
fn a_daemon_services_count_follows_the_instances_that_it_goes_to() {
    let group = "AutoScalingGroupName: g, MinSize: 2, MaxSize: 4";
    let zones = "AutoScalingGroupName: g, MinSize: 6, MaxSize: 8, AvailabilityZones: [us-east-1a, \
                 us-east-1b, us-east-1c]";
    let agent = "schedulingStrategy: DAEMON, launchType: EC2";
    let constrained = format!(
        "{agent}, placementConstraints: [{{ type: memberOf, expression: \
         \"attribute:ecs.availability-zone in [us-east-1a, us-east-1b]\" }}]"
    );
    let timeline = "timeline:
  - { at: 30m, outage: { availabilityZone: us-east-1c, for: 20m } }
  - { at: 1h, deploy: { service: agent } }
  - { at: 1h 1m, outage: { availabilityZone: us-east-1a, for: 30m } }
  - { at: 2h, drain: { AutoScalingGroupName: g, count: 2 } }
";
    let (before, _) = DAEMON.split_once("timeline:").unwrap();
    let before = before.replace(group, zones).replace(agent, &constrained);
    let plan = loaded(&format!("{before}{timeline}")).plan;
    played(&plan, |replay| {
        let all = replay.explain_service(FIRST, 20);
        for change in &all.changes {
            assert!(!change.why.contains("us-east-1c"), "{}", change.why);
            assert!(!change.why.contains("revision"), "{}", change.why);
            assert!(!change.why.contains("not known"), "{}", change.why);
        }
        insta::assert_snapshot!("daemon-outage", text(&all));
    });
}

#[test]
fn a_task_of_a_deployment_that_was_rolled_back_stopped_for_what_failed_it() {
    for (name, alarm) in [("canary", "api-errors"), ("blue-green", "api-slow")] {
        let plan = plan_of(name, &[]);
        played(&plan, |replay| {
            let newer = |task: &TaskRecord| task.deployment == 1 && task.stop.is_some();
            let stopped = stop_of(replay, newer);
            let all = said(&stopped);
            assert!(all.contains(&format!("alarm {alarm}")), "{all}");
            assert!(!all.contains("minimumHealthyPercent"), "{all}");
            assert!(all.contains("Threshold"), "{all}");
            insta::assert_snapshot!(format!("{name}-rolled-back"), stop_text(stopped));
            let mut changes = replay.explain_service(FIRST, 50).changes;
            changes.retain(|change| change.what.contains("api:1"));
            let complete = changes
                .iter()
                .find(|it| it.what.contains("complete"))
                .unwrap();
            assert!(
                complete.why.contains("the old ones gone"),
                "{}",
                complete.why
            );
            assert!(!complete.why.contains("0 ms"), "{}", complete.why);
            let back = changes
                .iter()
                .find(|it| it.what.contains("rolled back"))
                .unwrap();
            assert!(back.why.contains(&format!("alarm {alarm}")), "{}", back.why);
        });
    }
}

/// Where all traffic went over, the old revision's tasks stop after the bake time.
#[test]
fn a_task_of_the_old_revision_stops_when_the_new_one_has_baked() {
    let plan = plan_of("canary", &[("world.work[api:2].errors", "0 %")]);
    played(&plan, |replay| {
        let older = |task: &TaskRecord| task.deployment == 0 && task.times.stopping.is_some();
        let stopped = stop_of(replay, older);
        let all = said(&stopped);
        assert!(all.contains("a deployment of api:2"), "{all}");
        assert!(all.contains("bakeTimeInMinutes 20"), "{all}");
        assert!(!all.contains("minimumHealthyPercent"), "{all}");
    });
}

#[test]
fn what_a_task_set_has_is_explained_by_its_scale() {
    let plan = plan_of("task-sets", &[]);
    played(&plan, |replay| {
        let blue = |task: &TaskRecord| {
            let stopping = task.times.stopping;
            let last = SimTime::from_secs(2 * 3_600 + 600);
            task.deployment == 0 && stopping.is_some_and(|at| last <= at)
        };
        insta::assert_snapshot!("task-sets-stopped", stop_text(stop_of(replay, blue)));
        let earlier = |task: &TaskRecord| {
            let stopping = task.times.stopping;
            task.deployment == 0 && stopping == Some(SimTime::from_secs(5_400))
        };
        let said = said(&stop_of(replay, earlier));
        assert!(said.contains("UpdateTaskSet of the timeline"), "{said}");
        for (name, minutes) in [("task-sets-0930", 90), ("task-sets-1000", 120)] {
            let told = replay.explain_service_at(FIRST, SimTime::from_secs(60 * minutes));
            insta::assert_snapshot!(name, text(&told));
        }
    });
}

#[test]
fn memory_that_is_never_given_back_names_what_it_had_kept() {
    let plan = plan_of("memory-leak", &[("run.duration", "3d")]);
    played(&plan, |replay| {
        let killed = |task: &TaskRecord| {
            task.stop
                .is_some_and(|stop| stop.cause == StopCause::OutOfMemory)
        };
        let stopped = stop_of(replay, killed);
        let all = said(&stopped);
        assert!(!all.contains("with a `memory` of 2048 MiB"), "{all}");
        assert!(all.contains("`memory` of 4096 MiB"), "{all}");
        // What it used at its end is its limit, all but what a minute may bring.
        let number = |key: &str| stopped.inputs[key].as_f64().unwrap();
        let used = number("idle_mib") + number("kept_mib") + number("ofRequests_mib");
        assert!(
            (used - number("memory_mib")).abs() < 5.0,
            "{}",
            stopped.inputs
        );
        insta::assert_snapshot!("memory-leak-killed", stop_text(stopped));
    });
}

/// The life that is told with more memory is the one that tasks have which have it.
#[test]
fn the_memory_that_is_told_lasts_about_as_long_when_it_is_played() {
    let lives = |memory: &str| {
        let sets = [("aws.taskDefinitions[api:2].memory", memory)];
        let plan = plan_of("memory-leak", &sets);
        played(&plan, |replay| {
            let killed = |task: &TaskRecord| {
                task.stop
                    .is_some_and(|it| it.cause == StopCause::OutOfMemory)
            };
            let first = replay.trail.tasks.iter().find(|task| killed(task));
            let ran = first.map(|task| {
                let times = &task.times;
                times
                    .stopping
                    .unwrap()
                    .since(times.started.unwrap())
                    .as_secs_f64()
            });
            (ran, first.map(|_| stop_of(replay, killed)))
        })
    };
    let (ran, told) = lives("2048");
    let told = told.unwrap();
    let then = &told.otherwise[0].then;
    let (longer, _) = lives("4096");
    let words: Vec<&str> = then
        .split("would have run ")
        .nth(1)
        .unwrap()
        .split(' ')
        .collect();
    let days: f64 = words[0].parse().unwrap();
    let unit = words[1].trim_end_matches(',');
    let told_s = days * if unit == "d" { 86_400.0 } else { 3_600.0 };
    let (ran, longer) = (ran.unwrap(), longer.unwrap());
    assert!(ran < longer);
    // Another hour of the day answers more requests or fewer.
    assert!((told_s / longer - 1.0).abs() < 0.25, "{then}: {longer} s");
}

#[test]
fn a_restart_in_place_that_answers_too_late_is_named_with_what_ended_the_container() {
    let path = "aws.taskDefinitions[api:2].containerDefinitions.api.restartPolicy.enabled";
    let restarts = [(path, "true"), ("run.duration", "3d")];
    let failed = |task: &TaskRecord| {
        0 < task.restarts && task.stop.is_some_and(|stop| stop.cause.is_failed_check())
    };
    // What is told of the count of checks holds when it is played.
    let count = ("aws.targetGroups.api.UnhealthyThresholdCount", "3");
    let patient = plan_of("memory-leak", &[restarts[0], restarts[1], count]);
    played(&patient, |replay| {
        assert!(replay.trail.restarts.len() > 3);
        assert!(!replay.trail.tasks.iter().any(failed));
    });
    let plan = plan_of("memory-leak", &restarts);
    played(&plan, |replay| {
        let stopped = stop_of(replay, failed);
        let all = said(&stopped);
        assert!(all.contains("out of memory"), "{all}");
        assert!(all.contains("started again in its task"), "{all}");
        assert!(!all.contains("a healthCheckGracePeriodSeconds of"), "{all}");
        assert!(all.contains("an UnhealthyThresholdCount of 3"), "{all}");
        insta::assert_snapshot!("memory-leak-restarted", stop_text(stopped));
    });
}

const PREDICTIVE: &str = "aws.scalingPolicies.mornings.PredictiveScalingPolicyConfiguration";

#[test]
fn a_forecast_is_explained_by_the_hours_that_it_is_made_of() {
    let plan = plan_of("predictive", &[("run.duration", "40h")]);
    played(&plan, |replay| {
        let mut all = replay.trail.forecasts.iter();
        let first = all.find(|it| it.counts[0] < it.counts[1]).unwrap();
        let told = replay.explain_service_at(FIRST, first.at);
        let mut findings = told.findings.iter();
        let why = findings.find(|it| it.answer.contains("foretells")).unwrap();
        assert_eq!(why.inputs["forecast"], first.forecast);
        assert!(why.inputs["load"].is_number() && why.inputs["TargetValue"].is_number());
        assert!(!why.inputs["hoursAlike"].as_array().unwrap().is_empty());
        assert!(
            !why.rules.is_empty() && 2 <= why.otherwise.len(),
            "{why:#?}"
        );
        insta::assert_snapshot!("predictive-foretold", text(&told));
        // What is told of TargetValue comes of it when it is played.
        let mut others = why.otherwise.iter();
        while let Some(other) = others.find(|it| it.with.starts_with("TargetValue")) {
            let target = other.with.split(' ').nth(1).unwrap();
            let set = format!("{PREDICTIVE}.MetricSpecifications[0].TargetValue");
            let plan = plan_of("predictive", &[("run.duration", "40h"), (&set, target)]);
            played(&plan, |again| {
                let mut all = again.trail.forecasts.iter();
                let same = all.find(|it| it.at == first.at).unwrap();
                let then = format!("{} tasks instead of {}", same.forecast, first.forecast);
                assert_eq!(other.then, then, "{}", other.with);
            });
        }
    });
}
