//! Fargate's platform revision is retired under running tasks.

use super::fixture::{jobs, plan, s};
use super::instance_tests::{played, running};
use super::*;
use crate::policy::life_cycle::StopCause;
use crate::scenario::plan::RetirementPlan;
use crate::simulation::outcome::{RunLimits, RunOutcome};
use crate::world::task::TaskRecord;

const DAY: u64 = 86_400;

/// Three tasks for thirty days, a notice on each of them on average.
fn retired(wait_days: u64) -> Plan {
    let mut plan = plan();
    plan.run.duration = s(30 * DAY);
    plan.retirement = Some(RetirementPlan {
        every: s(DAY),
        wait: s(wait_days * DAY),
    });
    plan
}

fn run(plan: &Plan) -> RunOutcome {
    Simulation::new(plan, 0)
        .audited()
        .run(&RunLimits::default())
}

fn maintained(tasks: &[TaskRecord]) -> Vec<&TaskRecord> {
    let is_its = |task: &&TaskRecord| {
        task.stop
            .is_some_and(|it| it.cause == StopCause::Maintenance)
    };
    tasks.iter().filter(is_its).collect()
}

#[test]
fn a_service_replaces_retired_tasks_and_starts_the_new_ones_first() {
    let plan = retired(0);
    let outcome = run(&plan);
    let stopped = maintained(&outcome.observed.tasks);
    // About thirty notices of three tasks each.
    assert!((45..=150).contains(&stopped.len()), "{}", stopped.len());
    // At 100 % none is told to stop before its successor runs.
    let runs = |task: &&TaskRecord, at: SimTime| {
        let has_started = task.times.started.is_some_and(|started| started <= at);
        has_started && task.times.stopping.is_none_or(|stopping| at < stopping)
    };
    for task in &stopped {
        let at = task.times.stopping.unwrap();
        let left = outcome.observed.tasks.iter().filter(|it| runs(it, at));
        assert!((3..=6).contains(&left.count()), "at {at:?}");
    }
    for task in stopped {
        let stop = task.stop.unwrap();
        let reason = stop.cause.stopped_reason("");
        assert!(
            reason.starts_with("ECS is performing maintenance"),
            "{reason}"
        );
        // SIGTERM, and its time to end: it is no crash.
        assert!(task.times.sigterm.is_some());
    }
}

#[test]
fn aws_acts_when_the_wait_is_over() {
    let at_once = retired(0);
    let short = played(&at_once, 20 * DAY);
    let long = retired(14);
    let outcome = run(&long);
    let first = maintained(&outcome.observed.tasks);
    let first = first.iter().filter_map(|task| task.times.stopping).min();
    assert!(SimTime::from_secs(14 * DAY) < first.unwrap());
    assert_eq!((running(&short), short.world.retirements > 5), (3, true));
}

#[test]
fn a_standalone_task_is_stopped_and_its_program_starts_another() {
    let mut plan = retired(0);
    plan.services.clear();
    plan.job_sources = vec![jobs(1.0 / 20_000.0, 40_000.0)];
    let outcome = run(&plan);
    let stopped = maintained(&outcome.observed.tasks);
    assert!(!stopped.is_empty());
    assert!(stopped.iter().all(|task| !task.lost_work.is_zero()));
    let jobs = &outcome.observed.summary.job_sources[0];
    assert_eq!(jobs.failed, 0);
    assert!(jobs.succeeded < jobs.starts);
}

#[test]
fn without_retirement_nothing_ends() {
    let mut plan = retired(0);
    plan.retirement = None;
    assert!(maintained(&run(&plan).observed.tasks).is_empty());
}
