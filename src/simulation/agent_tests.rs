//! Agents that ECS hears nothing of: what happens on their instances meanwhile, and when it shows.

use crate::engine::SimTime;
use crate::policy::life_cycle::StopCause;
use crate::scenario::{LoadOptions, load_text};
use crate::simulation::Simulation;
use crate::simulation::outcome::{RunLimits, RunOutcome};
use crate::world::task::TaskRecord;

/// An hour of a service of two tasks on two instances, with its container's fields, its work, and
/// entries of the timeline.
fn played(container: &str, work: &str, timeline: &str) -> RunOutcome {
    let text = format!(
        "
fleetcast: 1
run: {{ start: 2026-03-04T00:00:00Z, duration: 1h }}
aws:
  cluster: {{ clusterName: shop, capacityProviders: [machines] }}
  launchTemplates: [{{ LaunchTemplateName: ecs, LaunchTemplateData: {{ InstanceType: m6i.large }} }}]
  autoScalingGroups: [{{ AutoScalingGroupName: machines, MinSize: 2, MaxSize: 2, DesiredCapacity: 2, LaunchTemplate: {{ LaunchTemplateName: ecs }} }}]
  capacityProviders: [{{ name: machines, autoScalingGroupProvider: {{ autoScalingGroupArn: machines }} }}]
  taskDefinitions:
    - {{ family: api, networkMode: bridge, containerDefinitions: [{{ name: app, cpu: 256, memory: 512, {container} }}] }}
  services:
    - serviceName: api
      taskDefinition: api
      desiredCount: 2
      capacityProviderStrategy: [{{ capacityProvider: machines, weight: 1 }}]
world:
  demand: {{ api: {{ rate: 10/s }} }}
  work: {{ api: {{ start: 5s, stopsIn: 3s, {work} }} }}
timeline:
{timeline}
"
    );
    let plan = match load_text("a.yaml", &text, &LoadOptions::default()) {
        Ok(loaded) => loaded.plan,
        Err(failure) => panic!("{}", failure.diagnostics.render(&failure.sources, false)),
    };
    let simulation = Simulation::new(&plan, 0).audited();
    simulation.run(&RunLimits::default())
}

const NOTHING: &str = "  - { at: 50m, update: { service: api, desiredCount: 2 } }";
/// From 5 to 25 minutes.
const LOST: &str = "  - { at: 5m, agentDisconnect: { AutoScalingGroupName: machines, for: 20m } }";

fn minutes(of: u64) -> SimTime {
    SimTime::from_secs(60 * of)
}

/// The first tasks that stopped, for a cause.
fn first(outcome: &RunOutcome, cause: StopCause) -> Vec<&TaskRecord> {
    let tasks = outcome.observed.tasks.iter();
    let stopped = tasks.filter(|task| task.stop.is_some_and(|stop| stop.cause == cause));
    let first: Vec<&TaskRecord> = stopped.filter(|task| task.ordinal < 2).collect();
    assert!(!first.is_empty());
    first
}

#[test]
fn ecs_hears_of_a_crash_when_the_agent_is_back() {
    let crash = "crashes: { after: 10m }";
    for (timeline, at) in [(NOTHING, minutes(10)), (LOST, minutes(25))] {
        let outcome = played("essential: true", crash, timeline);
        for task in first(&outcome, StopCause::EssentialContainerExited) {
            assert_eq!(task.times.stopping, Some(at), "{timeline}");
            assert_eq!(task.stop.unwrap().exit_code, Some(1));
        }
        let failed = outcome.observed.summary.services[0].load.as_ref().unwrap();
        // Nobody answers from 10 to 25 minutes, and ECS starts nobody.
        let lost = failed.failed_percent.unwrap();
        assert_eq!(10.0 < lost, timeline == LOST, "{lost}");
    }
    // The agent starts it again all the same.
    let policy = "restartPolicy: { enabled: true }";
    let outcome = played(policy, crash, LOST);
    let tasks = &outcome.observed.summary.services[0].tasks;
    assert_eq!((tasks.restarts, tasks.started), (10, 0));
}

#[test]
fn what_a_container_check_finds_is_said_when_the_agent_is_back() {
    let check = "healthCheck: { command: [CMD, up], interval: 10, retries: 3 }";
    let fails = "health: { fails: 100 %, after: 10m }";
    for (timeline, from, until) in [(NOTHING, 10, 14), (LOST, 25, 29)] {
        let outcome = played(check, fails, timeline);
        for task in first(&outcome, StopCause::FailedContainerHealthChecks) {
            let stopping = task.times.stopping.unwrap();
            assert!(
                minutes(from) <= stopping && stopping < minutes(until),
                "{stopping:?}"
            );
        }
    }
}

#[test]
fn a_task_that_is_told_to_stop_runs_until_its_agent_hears_it() {
    let fewer = "  - { at: 10m, update: { service: api, desiredCount: 1 } }";
    for (timeline, at) in [
        (fewer.to_owned(), minutes(10)),
        (format!("{LOST}\n{fewer}"), minutes(25)),
    ] {
        let outcome = played("essential: true", "cpu: 1ms", &timeline);
        for task in first(&outcome, StopCause::ScalingActivity) {
            assert_eq!(task.times.stopping, Some(minutes(10)));
            assert_eq!(task.times.sigterm, Some(at), "{timeline}");
        }
    }
}
