//! Programs that come after others, worked out by hand in the comment above the assertion.

use super::fixture::{always, jobs, plan, s};
use super::outcome::{RunLimits, RunOutcome};
use super::*;
use crate::engine::random::NameHash;
use crate::ids::JobSourceId;
use crate::scenario::plan::{ArrivalPlan, JobSourcePlan};
use crate::world::task::Owner;

/// `count` tasks a call that work for a minute, after these.
fn step(name: &str, count: u32, after: &[u32]) -> JobSourcePlan {
    JobSourcePlan {
        name: name.into(),
        key: NameHash::of(name),
        count,
        arrivals: None,
        after: after.iter().map(|at| JobSourceId(*at)).collect(),
        ..jobs(1.0, 60.0)
    }
}

/// Extracts once an hour; four transform what each of two extracts has; one loads.
fn etl() -> Plan {
    let mut plan = plan();
    plan.services.clear();
    plan.run.duration = s(3 * 3600);
    plan.task_definitions[0].work.duration = Some(always(60.0));
    let mut extract = step("extract", 1, &[]);
    extract.arrivals = jobs(1.0 / 3600.0, 60.0).arrivals;
    let mut other = step("other", 2, &[]);
    other.arrivals = extract.arrivals.clone();
    let Some(ArrivalPlan::Generated { .. }) = &other.arrivals else {
        panic!("generated");
    };
    plan.job_sources = vec![
        extract,
        other,
        step("transform", 4, &[0, 1]),
        step("load", 1, &[2]),
    ];
    plan
}

fn play(plan: &Plan) -> RunOutcome {
    let simulation = Simulation::new(plan, 0).audited();
    simulation.run(&RunLimits::default())
}

/// When the tasks of a program were wanted and when they were gone from RUNNING, seconds.
fn spans(outcome: &RunOutcome, source: u32) -> Vec<(u64, u64)> {
    let of = |owner: Owner| owner == Owner::Job(JobSourceId(source));
    let tasks = outcome.observed.tasks.iter().filter(|it| of(it.owner));
    let seconds = |at: SimTime| at.as_micros() / 1_000_000;
    let span = |task: &crate::world::task::TaskRecord| {
        let end = task.times.stopping.map_or(0, seconds);
        (seconds(task.times.created), end)
    };
    tasks.map(span).collect()
}

#[test]
fn a_step_begins_when_all_before_it_have_ended() {
    let outcome = play(&etl());
    let [extract, other, transform, load] = [0, 1, 2, 3].map(|source| spans(&outcome, source));
    let rounds = load.len();
    assert!(2 <= rounds, "{rounds}");
    assert_eq!(transform.len(), 4 * rounds, "fan-out of four");
    for round in 0..rounds {
        let before = [&extract[round..=round], &other[2 * round..2 * round + 2]].concat();
        let last = before.iter().map(|(_, end)| *end).max().unwrap();
        let four = &transform[4 * round..4 * round + 4];
        assert!(
            four.iter().all(|(begin, _)| *begin == last),
            "{four:?} {last}"
        );
        let last = four.iter().map(|(_, end)| *end).max().unwrap();
        assert_eq!(load[round].0, last, "fan-in");
    }
}

#[test]
fn what_comes_after_a_failure_is_not_started() {
    let mut plan = etl();
    let mut bad = plan.task_definitions[0].clone();
    bad.family = "bad".into();
    bad.work.exit_codes = vec![(1, 1.0)];
    plan.task_definitions.push(bad);
    plan.job_sources[1].task_definition = crate::ids::TaskDefinitionId(1);
    let outcome = play(&plan);
    assert!(spans(&outcome, 2).is_empty() && spans(&outcome, 3).is_empty());
    let sources = outcome.observed.summary.job_sources.iter();
    let failed: Vec<(u64, u64)> = sources.map(|it| (it.failed, it.skipped)).collect();
    assert_eq!(failed[0], (0, 0));
    assert!(0 < failed[1].0 && failed[1].1 == 0, "{failed:?}");
    let is_skipped = |of: &(u64, u64)| of.0 == 0 && 0 < of.1;
    assert!(failed[2..].iter().all(is_skipped), "{failed:?}");
}
