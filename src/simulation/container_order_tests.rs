//! Containers that wait for each other: when the task is RUNNING, what keeps it from it, and how
//! long its end takes.

use crate::engine::SimDuration;
use crate::observe::tasks::stopped_reason;
use crate::policy::life_cycle::StopCause;
use crate::scenario::plan::Plan;
use crate::scenario::{LoadOptions, load_text};
use crate::simulation::Simulation;
use crate::simulation::outcome::{RunLimits, RunOutcome};
use crate::world::task::{TaskRecord, TaskStop};

/// A service of two tasks that rolls out a revision with these containers and this work. A task of
/// one container is RUNNING after 17 s.
fn rollout(containers: &str, work: &str) -> (Plan, RunOutcome) {
    let text = format!(
        "
fleetcast: 1
run: {{ start: 2026-03-04T00:00:00Z, duration: 2h }}
aws:
  cluster: {{ clusterName: shop, capacityProviders: [FARGATE] }}
  taskDefinitions:
    - {{ family: api, cpu: 256, memory: 512 }}
    - {{ family: api, cpu: 256, memory: 512, containerDefinitions: [{containers}] }}
  services:
    - serviceName: api
      taskDefinition: api:1
      desiredCount: 2
      launchType: FARGATE
      deploymentConfiguration: {{ deploymentCircuitBreaker: {{ enable: true, rollback: true }} }}
world:
  work: {{ \"api:2\": {{ {work} }} }}
  latencies: {{ default: {{ eni: 10s, prepare: 2s, pull: {{ base: 4s, perMiB: 0s }}, create: 1s, deprovision: 0s }} }}
timeline:
  - {{ at: 10m, deploy: {{ service: api, taskDefinition: api:2 }} }}
  - {{ at: 1h, deploy: {{ service: api, taskDefinition: api:1 }} }}
"
    );
    let plan = match load_text("a.yaml", &text, &LoadOptions::default()) {
        Ok(loaded) => loaded.plan,
        Err(failure) => panic!("{}", failure.diagnostics.render(&failure.sources, false)),
    };
    let simulation = Simulation::new(&plan, 0).audited();
    let outcome = simulation.run(&RunLimits::default());
    (plan, outcome)
}

/// The tasks of the second revision.
fn second(outcome: &RunOutcome) -> Vec<&TaskRecord> {
    let tasks = outcome.observed.tasks.iter();
    let its: Vec<&TaskRecord> = tasks.filter(|task| task.definition.index() == 1).collect();
    assert!(!its.is_empty());
    its
}

fn s(seconds: u64) -> SimDuration {
    SimDuration::from_secs(seconds)
}

/// Whether it could not start.
fn is_own(stop: TaskStop) -> bool {
    stop.cause == StopCause::CannotStartContainer
}

const INIT: &str = "{ name: init, essential: false }";
const PROXY: &str = "{ name: proxy, healthCheck: { command: [CMD, up], interval: 5 } }";

fn app(waits: &str) -> String {
    format!("{{ name: app, dependsOn: [{waits}] }}")
}

#[test]
fn a_task_is_running_when_its_last_container_has_started() {
    let work = "start: 3s, containers: { init: { duration: 20s }, proxy: { start: 12s } }";
    let init = "{ containerName: init, condition: SUCCESS }";
    let proxy = "{ containerName: proxy, condition: HEALTHY }";
    let both = format!("{init}, {proxy}");
    let later = PROXY.replace("name: proxy", &format!("name: proxy, dependsOn: [{init}]"));
    // Proxy answers after 12 s, its check at 15 s passes.
    let rows = [
        (format!("{INIT}, {PROXY}, {}", app("")), 17),
        (format!("{INIT}, {PROXY}, {}", app(init)), 17 + 20),
        (format!("{INIT}, {PROXY}, {}", app(proxy)), 17 + 15),
        (format!("{INIT}, {PROXY}, {}", app(&both)), 17 + 20),
        (format!("{}, {INIT}, {later}", app(proxy)), 17 + 20 + 15),
    ];
    for (containers, expected) in rows {
        let (_, outcome) = rollout(&containers, work);
        for task in second(&outcome) {
            let started = task.times.started.unwrap();
            assert_eq!(
                started.since(task.times.created),
                s(expected),
                "{containers}"
            );
            // What others waited for answers already; the application takes 3 s, and the proxy
            // 12 s of its own start where nobody waits for it.
            let ready = match expected {
                17 => 12,
                _ => 3,
            };
            let serves = task.times.in_service.unwrap();
            assert_eq!(serves.since(started), s(ready), "{containers}");
        }
    }
}

#[test]
fn what_a_container_waits_for_in_vain_stops_its_task() {
    let dependent = |condition: &str, on: &str| {
        app(&format!(
            "{{ containerName: {on}, condition: {condition} }}"
        ))
    };
    let timed = |container: &str| container.replace("name: ", "startTimeout: 30, name: ");
    let failing = "containers: { init: { duration: 20s, exit: { codes: { 1: 100 % } } } }";
    let begins = "CannotStartContainerError: dependency graph: ";
    let rows = [
        (
            format!("{}, {}", timed(INIT), dependent("COMPLETE", "init")),
            "containers: { init: { duration: 40s } }",
            (
                17 + 30,
                "container ordering dependency [init] for target [app] has timed out.",
            ),
        ),
        (
            format!("{INIT}, {}", dependent("SUCCESS", "init")),
            failing,
            (
                17 + 20,
                "failed to resolve container ordering dependency [init] for target [app] as \
                 dependency did not exit successfully.",
            ),
        ),
        (
            format!("{}, {}", timed(PROXY), dependent("HEALTHY", "proxy")),
            "health: { fails: 100 % }",
            (
                17 + 30,
                "container ordering dependency [proxy] for target [app] has timed out.",
            ),
        ),
    ];
    for (containers, work, (after, reason)) in rows {
        let (plan, outcome) = rollout(&containers, work);
        let mut tasks = second(&outcome);
        // What was on its way when the breaker rolled back is stopped for that.
        tasks.retain(|task| {
            task.unresolved
                .is_some_and(|_| task.stop.is_some_and(is_own))
        });
        for task in &tasks {
            let stopping = task.times.stopping.unwrap();
            assert_eq!(stopping.since(task.times.created), s(after), "{containers}");
            assert_eq!(task.times.started, None);
            assert_eq!(stopped_reason(&plan, task), format!("{begins}{reason}"));
        }
        // Three that never ran: the circuit breaker gives the revision up (SVC-E5,
        // deployment-circuit-breaker).
        assert_eq!(tasks.len(), 3, "{containers}");
    }
    // COMPLETE asks for no exit code.
    let (_, outcome) = rollout(
        &format!("{INIT}, {}", dependent("COMPLETE", "init")),
        failing,
    );
    assert!(
        second(&outcome)
            .iter()
            .all(|task| task.times.started.is_some())
    );
}

#[test]
fn a_dependency_that_never_comes_holds_its_task_for_hours() {
    let waits = app("{ containerName: proxy, condition: HEALTHY }");
    let (_, outcome) = rollout(&format!("{PROXY}, {waits}"), "health: { fails: 100 % }");
    // Three hours are beyond the run: both are PENDING until the deployment after it ends them.
    assert_eq!(second(&outcome).len(), 2);
    assert!(
        second(&outcome)
            .iter()
            .all(|task| task.times.started.is_none())
    );
}

#[test]
fn containers_stop_in_reverse() {
    let waits = app("{ containerName: proxy, condition: START }");
    let work = "containers: { app: { stopsIn: 4s }, proxy: { stopsIn: 7s } }";
    for (containers, expected) in [
        (format!("{PROXY}, {waits}"), 11),
        (format!("{PROXY}, {}", app("")), 7),
        // It is killed after its stopTimeout, and then the other is told to stop.
        (
            format!(
                "{PROXY}, {}",
                waits.replace("name: app", "name: app, stopTimeout: 2")
            ),
            9,
        ),
    ] {
        let (_, outcome) = rollout(&containers, work);
        for task in second(&outcome) {
            let (told, ended) = (task.times.sigterm, task.times.execution_stopped);
            assert_eq!(
                ended.unwrap().since(told.unwrap()),
                s(expected),
                "{containers}"
            );
        }
    }
}
