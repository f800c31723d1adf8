//! Services with task sets, worked out by hand in the comment above the assertion.

use super::fixture::{demand, plan, s};
use super::outcome::{RunLimits, RunOutcome};
use super::*;
use crate::demand::generator::RateSpec;
use crate::ids::{ServiceId, TaskDefinitionId};
use crate::observe::events::ServiceEvent;
use crate::observe::observation::{DeploymentStep, TaskSetChange};
use crate::observe::trail::Trail;
use crate::policy::task_set::Scale;
use crate::scenario::plan::{
    Begin, TaskSetAction, TaskSetPlan, TaskSetStep, TimelineAction, TimelineEntry,
};
use crate::world::task::TaskRecord;

fn set(plan: &Plan, name: &str, (definition, percent): (u32, f64)) -> TaskSetPlan {
    TaskSetPlan {
        name: name.to_owned(),
        task_definition: TaskDefinitionId(definition),
        strategy: plan.services[0].strategy.clone(),
        scale: Scale::from_percent(percent),
    }
}

fn entry(seconds: u64, ordinal: u32, step: TaskSetStep) -> TimelineEntry {
    TimelineEntry {
        at: SimTime::from_secs(seconds),
        action: TimelineAction::TaskSet(TaskSetAction {
            service: ServiceId(0),
            ordinal,
            step,
        }),
    }
}

/// Four tasks desired, in a task set of the first revision; the operator makes another of the
/// second one after an hour, at 30 %.
fn external() -> Plan {
    let mut plan = plan();
    plan.run.duration = s(4 * 3600);
    let mut second = plan.task_definitions[0].clone();
    second.revision = 2;
    plan.task_definitions.push(second);
    let blue = set(&plan, "blue", (0, 100.0));
    let green = set(&plan, "green", (1, 30.0));
    let service = &mut plan.services[0];
    service.desired_count = 4;
    service.demand = Some(demand(RateSpec::Constant(20.0)));
    service.task_sets = vec![blue];
    plan.timeline = vec![entry(3600, 1, TaskSetStep::Create(Box::new(green)))];
    plan
}

fn play(plan: &Plan) -> RunOutcome {
    let simulation = Simulation::new(plan, 0).following(Trail::of(None));
    simulation.audited().run(&RunLimits::default())
}

/// What became of which task set, by second.
fn changes(outcome: &RunOutcome) -> Vec<(u64, u32, TaskSetChange)> {
    let trail = outcome.observed.trail.as_ref().unwrap();
    let steps = trail.deployments.iter();
    let changes = steps.filter_map(|(at, _, definition, step)| match step {
        DeploymentStep::TaskSet(change) => {
            Some((at.as_micros() / 1_000_000, definition.0, *change))
        }
        _ => None,
    });
    changes.collect()
}

fn tasks(outcome: &RunOutcome, definition: u32) -> Vec<&TaskRecord> {
    let of = |task: &&TaskRecord| task.definition == TaskDefinitionId(definition);
    outcome.observed.tasks.iter().filter(of).collect()
}

#[test]
fn svc_e17_a_task_set_of_30_percent_of_four_has_two_tasks() {
    let mut plan = external();
    plan.record.events = true;
    let outcome = play(&plan);
    assert_eq!(tasks(&outcome, 0).len(), 4, "the other one stays as it is");
    let green = tasks(&outcome, 1);
    assert_eq!(green.len(), 2);
    assert!(green.iter().all(|task| task.stop.is_none()));
    let changes = changes(&outcome);
    assert_eq!(changes[0], (0, 0, TaskSetChange::Steady));
    let created = TaskSetChange::Created(Scale::from_percent(30.0));
    assert_eq!(changes[1], (3600, 1, created));
    let (at, of, change) = changes[2];
    // RUNNING at 3625, registered 10 s later, healthy at the first check within 30 s.
    assert!((3635..=3665).contains(&at), "{at}");
    assert_eq!((of, change), (1, TaskSetChange::Steady));
    assert_eq!(changes.len(), 3);
    let said = outcome.observed.events.as_ref().unwrap().events.iter();
    let said = said.filter(|(_, it)| matches!(it, ServiceEvent::TaskSetSteady(..)));
    assert_eq!(said.count(), 2, "TASKSET_STEADY_STATE");
}

#[test]
fn the_operator_takes_one_task_set_up_and_the_other_down() {
    let mut plan = external();
    plan.timeline.extend([
        entry(5000, 1, TaskSetStep::Scale(Scale::ALL)),
        entry(6000, 1, TaskSetStep::MakePrimary),
        entry(6000, 0, TaskSetStep::Scale(Scale::from_percent(50.0))),
        entry(7000, 0, TaskSetStep::Scale(Scale::NONE)),
        entry(8000, 0, TaskSetStep::Delete),
        // The next one has the name of the first, and is another.
        entry(
            9000,
            2,
            TaskSetStep::Create(Box::new(set(&plan, "blue", (0, 1.0)))),
        ),
    ]);
    let outcome = play(&plan);
    let green = tasks(&outcome, 1);
    assert_eq!(green.len(), 4);
    assert!(green.iter().all(|task| task.stop.is_none()));
    let stopped = |from: u64, to: u64| {
        let stopping = tasks(&outcome, 0).into_iter();
        let at = stopping.filter_map(|it| it.times.stopping.map(|at| at.as_micros() / 1_000_000));
        at.filter(|at| (from..to).contains(at)).count()
    };
    assert_eq!(stopped(0, 6000), 0);
    assert_eq!(stopped(6000, 7000), 2, "50 % of four");
    assert_eq!(stopped(7000, 8000), 2);
    assert_eq!(tasks(&outcome, 0).len(), 5, "and one of 1 %");
    let changes = changes(&outcome);
    let deleted = changes.iter().filter(|it| it.2 == TaskSetChange::Deleted);
    assert_eq!(deleted.count(), 1);
    let steady: Vec<u32> = changes
        .iter()
        .filter(|it| it.2 == TaskSetChange::Steady && 4000 < it.0)
        .map(|it| it.1)
        .collect();
    // Green with all, and the next blue with one: what is scaled down has what it is to have at once.
    assert_eq!(steady, [1, 0]);
}

#[test]
fn a_service_starts_with_all_of_its_task_sets_and_follows_its_count() {
    let mut plan = external();
    let green = set(&plan, "green", (1, 50.0));
    plan.services[0].task_sets.insert(0, green);
    plan.run.begin = Begin::Steady;
    plan.timeline = vec![TimelineEntry {
        at: SimTime::from_secs(600),
        action: TimelineAction::UpdateService(crate::scenario::plan::ServiceUpdate {
            service: ServiceId(0),
            desired_count: Some(6),
            strategy: None,
            task_definition: None,
            force_new_deployment: false,
            deployment: Default::default(),
        }),
    }];
    let outcome = play(&plan);
    let at_start = |definition| {
        let tasks = tasks(&outcome, definition).into_iter();
        tasks
            .filter(|it| it.times.created < SimTime::from_secs(600))
            .count()
    };
    assert_eq!((at_start(0), at_start(1)), (4, 2));
    assert_eq!((tasks(&outcome, 0).len(), tasks(&outcome, 1).len()), (6, 3));
}

#[test]
fn a_task_set_that_crashes_is_started_again_and_again_and_hurts_no_other() {
    let mut plan = external();
    plan.task_definitions[1].work.crash_after = Some(s(5));
    let outcome = play(&plan);
    assert!(tasks(&outcome, 0).iter().all(|task| task.stop.is_none()));
    assert!(10 < tasks(&outcome, 1).len(), "nothing fails it");
    let steady = changes(&outcome).into_iter();
    let steady = steady.filter(|it| (it.1, it.2) == (1, TaskSetChange::Steady));
    assert_eq!(steady.count(), 0);
}
