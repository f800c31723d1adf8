//! Code that never gives memory back: when its tasks are killed, and what the metrics show.

use crate::engine::SimDuration;
use crate::policy::life_cycle::StopCause;
use crate::scenario::plan::{ObjectiveMetric, Plan};
use crate::scenario::{LoadOptions, load_text};
use crate::simulation::Simulation;
use crate::simulation::outcome::{RunLimits, RunOutcome};
use crate::world::task::TaskRecord;

/// Twelve hours of a service of two tasks of 512 MiB of which 200 are in use at rest.
fn played(policy: &str, growth: &str, demand: &str, begin: &str) -> (Plan, RunOutcome) {
    run(&text(policy, growth, demand, begin))
}

fn text(policy: &str, growth: &str, demand: &str, begin: &str) -> String {
    format!(
        "
fleetcast: 1
run: {{ start: 2026-03-04T00:00:00Z, duration: 12h, begin: {begin} }}
aws:
  cluster: {{ clusterName: shop, capacityProviders: [FARGATE] }}
  taskDefinitions:
    - {{ family: api, cpu: 256, memory: 512, containerDefinitions: [{{ name: app, {policy} }}] }}
  services: [{{ serviceName: api, taskDefinition: api, desiredCount: 2, launchType: FARGATE }}]
world:
  {demand}
  work: {{ api: {{ cpu: 1ms, start: 5s, memory: {{ base: 200MiB, growth: {{ {growth} }} }} }} }}
"
    )
}

fn run(text: &str) -> (Plan, RunOutcome) {
    let plan = match load_text("a.yaml", text, &LoadOptions::default()) {
        Ok(loaded) => loaded.plan,
        Err(failure) => panic!("{}", failure.diagnostics.render(&failure.sources, false)),
    };
    let simulation = Simulation::new(&plan, 0).audited();
    let outcome = simulation.run(&RunLimits::default());
    (plan, outcome)
}

const NOBODY: &str = "streams: {}";
const SOME: &str = "demand: { api: { rate: 20/s } }";

/// How long each task that was killed for its memory had served.
fn lives(outcome: &RunOutcome) -> Vec<f64> {
    let killed = outcome.observed.tasks.iter();
    let killed = killed.filter(|task| {
        task.stop
            .is_some_and(|it| it.cause == StopCause::OutOfMemory)
    });
    killed.map(served_hours).collect()
}

fn served_hours(task: &TaskRecord) -> f64 {
    assert_eq!(task.stop.unwrap().exit_code, Some(137));
    let stopping = task.times.stopping.unwrap();
    stopping.since(task.times.started.unwrap()).as_secs_f64() / 3_600.0
}

#[test]
fn a_task_that_nobody_asks_is_killed_when_its_headroom_is_full() {
    // 312 MiB at 104 MiB an hour.
    let (_, outcome) = played("essential: true", "perHour: 104MiB, cv: 0", NOBODY, "empty");
    let lives = lives(&outcome);
    assert_eq!(lives.len(), 6, "{lives:?}");
    assert!(
        lives.iter().all(|hours| (hours - 3.0).abs() < 1e-6),
        "{lives:?}"
    );
}

#[test]
fn requests_fill_it_too_and_within_the_minute_it_is_killed() {
    // 10 requests a second and task: 36,000 an hour of 2 KiB are 70.3 MiB.
    let (_, outcome) = played("essential: true", "perRequest: 2KiB, cv: 0", SOME, "empty");
    let lives = lives(&outcome);
    assert_eq!(lives.len(), 4, "{lives:?}");
    let expected = 312.0 / (36_000.0 / 512.0);
    for hours in lives {
        // While one of the two was away the other had its requests.
        let late = 60.0 * (hours - expected);
        assert!((-4.0..4.0).contains(&late), "{late} minutes");
    }
}

#[test]
fn tasks_that_stand_have_ages_and_each_its_pace() {
    let (_, outcome) = played(
        "essential: true",
        "perHour: 104MiB, cv: 0.2",
        SOME,
        "steady",
    );
    let lives = lives(&outcome);
    assert!((6..=10).contains(&lives.len()), "{lives:?}");
    assert!(lives.iter().any(|hours| *hours < 2.0), "{lives:?}");
    let different = lives.iter().any(|hours| 0.05 < (hours - lives[0]).abs());
    assert!(different, "{lives:?}");
}

#[test]
fn a_restart_policy_begins_again_in_the_same_task() {
    let policy = "restartPolicy: { enabled: true }";
    for demand in [NOBODY, SOME] {
        let (_, outcome) = played(policy, "perHour: 104MiB, cv: 0", demand, "empty");
        let tasks = &outcome.observed.summary.services[0].tasks;
        // Each is started again after 3, 6 and 9 hours, and 5 s later each time.
        assert_eq!((tasks.started, tasks.restarts), (2, 6), "{demand}");
        assert!(tasks.stopped.is_empty());
    }
}

#[test]
fn memory_utilization_shows_what_is_kept() {
    let (_, outcome) = played("essential: true", "perHour: 60MiB, cv: 0", SOME, "empty");
    // 200 MiB and, between 0 and 312 MiB more, 2.6 lives of 5.2 hours each: from 39 to 100 %.
    let memory = &outcome.observed.summary.services[0].memory;
    let (mean, most) = (
        memory.mean_percent.unwrap(),
        memory.max_minute_percent.unwrap(),
    );
    assert!((60.0..75.0).contains(&mean) && 99.0 < most, "{memory:?}");
}

#[test]
fn what_only_reserves_memory_is_never_killed_for_it() {
    // The container's own limit counts where it is less than its task's.
    let (_, outcome) = played("memory: 304", "perHour: 104MiB, cv: 0", NOBODY, "empty");
    let lives = lives(&outcome);
    assert!(!lives.is_empty());
    assert!(
        lives.iter().all(|hours| (hours - 1.0).abs() < 1e-6),
        "{lives:?}"
    );
    let hour = SimDuration::from_secs(3_600);
    let (plan, _) = played("essential: true", "perHour: 1MiB", NOBODY, "empty");
    let mut definition = plan.task_definitions[0].clone();
    assert_eq!(
        definition.memory_limit(definition.memory),
        Some(definition.memory)
    );
    definition.memory_is_reserved = true;
    assert_eq!(definition.memory_limit(definition.memory), None);
    let growth = definition.work.memory_growth.unwrap().growth;
    assert_eq!(growth.kept_mib(hour, 0.0), 1.0);
}

/// A service with an alarm that never goes off, and an objective.
const WATCHED: &str = "services: [{ serviceName: api, taskDefinition: api, desiredCount: 2, \
                       launchType: FARGATE }]\n  alarms: [{ AlarmName: full, Namespace: AWS/ECS, \
                       MetricName: MemoryUtilization, Statistic: Average, Period: 60, \
                       EvaluationPeriods: 1, Threshold: 200, ComparisonOperator: \
                       GreaterThanThreshold, Dimensions: [{ Name: ServiceName, Value: api }, { \
                       Name: ClusterName, Value: shop }] }]\nobjectives: [{ service: api, metric: \
                       MemoryUtilization, stat: Average, below: 90 % }]\nworld:";

/// What is killed, and when, does not hang on who looks.
#[test]
fn who_only_looks_changes_nothing() {
    let times = |outcome: &RunOutcome| {
        let tasks = outcome.observed.tasks.iter();
        tasks.map(|it| (it.ordinal, it.times)).collect::<Vec<_>>()
    };
    let (head, objective) = WATCHED.split_once("\nobjectives:").unwrap();
    let (services, _) = head.split_once("\n  alarms:").unwrap();
    let objective = format!("{services}\nobjectives:{objective}");
    for policy in ["essential: true", "restartPolicy: { enabled: true }"] {
        for begin in ["empty", "steady"] {
            let of = |watched: &str| {
                let text = text(policy, "perHour: 90MiB, cv: 0.3", NOBODY, begin);
                let (before, after) = text.split_once("services:").unwrap();
                let (_, after) = after.split_once("world:").unwrap();
                run(&format!("{before}{watched}{after}"))
            };
            let (_, unseen) = of(&format!("{services}\nworld:"));
            assert!(
                2 < unseen.observed.summary.services[0].tasks.started || policy.starts_with('r')
            );
            for (watched, has_metrics) in [(WATCHED, true), (&objective, false)] {
                let (plan, seen) = of(watched);
                assert_eq!(times(&seen), times(&unseen));
                let (seen, unseen) = (&seen.observed.summary, &unseen.observed.summary);
                assert_eq!(seen.services[0].tasks, unseen.services[0].tasks);
                assert_eq!(
                    plan.objectives[0].metric,
                    ObjectiveMetric::MemoryUtilization
                );
                assert_eq!(seen.objectives[0].holds.is_some(), has_metrics);
                if !has_metrics {
                    continue;
                }
                // Between 200 of 512 MiB and all of them, of which two thirds or so in the mean.
                let memory = seen.services[0].memory.mean_percent.unwrap();
                assert!((55.0..80.0).contains(&memory), "{memory}");
            }
        }
    }
}
