//! Containers that are started again in their task, and those that are not.

use crate::engine::SimDuration;
use crate::observe::summary::TaskSummary;
use crate::policy::life_cycle::{StopCause, StopCode};
use crate::scenario::{LoadOptions, load_text};
use crate::simulation::Simulation;
use crate::simulation::outcome::{RunLimits, RunOutcome};
use crate::world::task::Owner;

/// An hour of a service of two tasks behind a balancer, and of a program that is called once.
fn played(policy: &str, work: &str) -> RunOutcome {
    played_with("disabled", policy, work)
}

/// The same with this setting of Container Insights.
fn played_with(insights: &str, policy: &str, work: &str) -> RunOutcome {
    let text = format!(
        "
fleetcast: 1
run: {{ start: 2026-03-04T00:00:00Z, duration: 1h }}
aws:
  cluster:
    clusterName: shop
    capacityProviders: [FARGATE]
    settings: [{{ name: containerInsights, value: {insights} }}]
  taskDefinitions:
    - {{ family: api, cpu: 256, memory: 512, containerDefinitions: [{{ name: app, {policy} }}] }}
  targetGroups: [{{ TargetGroupName: api, HealthCheckIntervalSeconds: 10 }}]
  services:
    - serviceName: api
      taskDefinition: api
      desiredCount: 2
      launchType: FARGATE
      loadBalancers: [{{ targetGroupArn: api, containerName: app, containerPort: 80 }}]
  runTasks: [{{ name: job, taskDefinition: api, launchType: FARGATE }}]
world:
  demand: {{ api: {{ rate: 10/s }} }}
  work: {{ api: {{ duration: 20m, {work} }} }}
timeline:
  - {{ at: 1m, run: {{ source: job }} }}
"
    );
    let plan = match load_text("a.yaml", &text, &LoadOptions::default()) {
        Ok(loaded) => loaded.plan,
        Err(failure) => panic!("{}", failure.diagnostics.render(&failure.sources, false)),
    };
    let simulation = Simulation::new(&plan, 0).audited();
    simulation.run(&RunLimits::default())
}

fn of_service(outcome: &RunOutcome) -> &TaskSummary {
    &outcome.observed.summary.services[0].tasks
}

fn s(seconds: u64) -> SimDuration {
    SimDuration::from_secs(seconds)
}

const POLICY: &str = "restartPolicy: { enabled: true, ignoredExitCodes: [0] }";

#[test]
fn a_crash_after_the_period_stays_within_the_task() {
    let outcome = played(POLICY, "start: 5s, crashes: { after: 10m }");
    let tasks = of_service(&outcome);
    // Both crash at 10, 20, 30, 40 and 50 minutes.
    assert_eq!((tasks.restarts, tasks.started), (10, 0));
    assert!(tasks.stopped.is_empty(), "{:?}", tasks.stopped);
    // For 5 s of each nobody answers, and the requests at the two are lost.
    let load = outcome.observed.summary.services[0].load.as_ref().unwrap();
    assert!(0.0 < load.failed_requests, "{}", load.failed_requests);
}

#[test]
fn container_insights_counts_restarts_where_it_is_switched_on() {
    let restarts = |setting: &str| {
        let work = "start: 5s, crashes: { after: 10m }";
        let outcome = played_with(setting, POLICY, work);
        outcome.observed.metrics.unwrap().restarts
    };
    assert!(restarts("disabled").is_empty());
    let restarts = restarts("enabled");
    let of_service = restarts
        .iter()
        .filter(|((owner, _), _)| matches!(owner, Owner::Service(_)));
    let counted: Vec<(u32, u32)> = of_service.map(|((_, at), count)| (*at, *count)).collect();
    // Both tasks crash at 10, 20, 30, 40 and 50 minutes.
    assert_eq!(counted.iter().map(|(_, count)| count).sum::<u32>(), 10);
    let minutes: Vec<u32> = counted.iter().map(|(at, _)| at / 10).collect();
    assert!(minutes.iter().all(|at| (1..=5).contains(at)), "{counted:?}");
}

#[test]
fn a_crash_before_it_or_with_an_ignored_code_or_without_a_policy_ends_the_task() {
    let soon = "start: 5s, crashes: { after: 4m }";
    let later = "start: 5s, crashes: { after: 10m }";
    let rows = [
        (POLICY, soon),
        (
            "restartPolicy: { enabled: true, ignoredExitCodes: [0, 1] }",
            later,
        ),
        ("restartPolicy: { enabled: false }", later),
        ("essential: true", later),
    ];
    for (policy, work) in rows {
        let outcome = played(policy, work);
        let tasks = of_service(&outcome);
        assert_eq!(tasks.restarts, 0, "{policy}");
        let ended = tasks.stopped[StopCode::EssentialContainerExited.as_str()];
        assert!(
            8 <= ended && ended <= tasks.started + 2,
            "{policy}: {ended}"
        );
    }
    // 180 s are enough where the policy says so.
    let shorter =
        "restartPolicy: { enabled: true, ignoredExitCodes: [0], restartAttemptPeriod: 180 }";
    assert_eq!(of_service(&played(shorter, soon)).restarts, 28);
}

#[test]
fn code_that_takes_long_to_start_again_is_replaced_for_its_health_checks() {
    let outcome = played(POLICY, "start: 100s, crashes: { after: 10m }");
    let tasks = outcome.observed.tasks.iter();
    let causes: Vec<StopCause> = tasks.filter_map(|task| Some(task.stop?.cause)).collect();
    assert!(
        causes.contains(&StopCause::FailedElbHealthChecks),
        "{causes:?}"
    );
}

#[test]
fn work_goes_on_from_its_checkpoint() {
    let work = "start: 5s, crashes: { after: 10m }, onInterruption: { checkpointEvery: 4m }";
    let outcome = played(POLICY, work);
    let mut jobs = outcome
        .observed
        .tasks
        .iter()
        .filter(|task| matches!(task.owner, Owner::Job(_)));
    let task = jobs.next().unwrap();
    assert!(jobs.next().is_none());
    // 8 of 10 minutes are kept, twice; the last 4 end it.
    assert_eq!((task.restarts, task.lost_work), (2, s(2 * 120)));
    let ran = task
        .times
        .stopping
        .unwrap()
        .since(task.times.started.unwrap());
    assert_eq!(ran, s(24 * 60));
    assert_eq!(task.stop.unwrap().exit_code, Some(0));
    // Without a checkpoint it never comes to its end.
    let again = played(POLICY, "start: 5s, crashes: { after: 10m }");
    let mut jobs = again
        .observed
        .tasks
        .iter()
        .filter(|task| matches!(task.owner, Owner::Job(_)));
    assert!(jobs.all(|task| task.restarts == 5));
}
