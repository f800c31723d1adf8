//! Small runs whose outcome is worked out by hand in the comment above the assertion.

use super::fixture::{cpu_target, demand, plan, s, strategy};
use super::outcome::{RunLimits, RunOutcome};
use super::*;
use crate::demand::generator::{RateSpec, Step};
use crate::ids::{ProviderId, ServiceId};
use crate::scenario::plan::{Begin, ServiceUpdate, TimelineAction, TimelineEntry};

fn play(plan: &Plan) -> RunOutcome {
    Simulation::new(plan, 0).run(&RunLimits::default())
}

fn at(seconds: u64) -> SimTime {
    SimTime::from_secs(seconds)
}

fn tasks_on(outcome: &RunOutcome, provider: u32) -> usize {
    let tasks = &outcome.observed.tasks;
    tasks.iter().filter(|task| task.provider == ProviderId(provider)).count()
}

#[test]
fn a_steady_service_stays_as_it_is() {
    let outcome = play(&plan());
    // Three tasks from the start to the end, none ever started or stopped.
    assert_eq!(outcome.observed.tasks.len(), 3);
    assert!(outcome.observed.tasks.iter().all(|task| task.stop.is_none()));
    assert_eq!(outcome.events, 0);
}

#[test]
fn an_empty_run_starts_its_tasks_through_every_phase() {
    let mut plan = plan();
    plan.run.begin = Begin::Empty;
    let outcome = play(&plan);
    let task = &outcome.observed.tasks[0];
    // created 0, +5 connected, +8 pull, +1 + 0.09 × 100 pulled, +2 running.
    assert_eq!(task.times.connectivity, Some(at(5)));
    assert_eq!(task.times.pull_started, Some(at(13)));
    assert_eq!(task.times.pull_stopped, Some(at(23)));
    assert_eq!(task.times.started, Some(at(25)));
    // Registered 10 s later, healthy at the first check: within one interval of 30 s.
    let healthy = task.times.in_service.unwrap();
    assert!(at(35) <= healthy && healthy <= at(65), "{healthy}");
}

#[test]
fn base_and_weights_decide_where_tasks_go_cap_e1() {
    let mut plan = plan();
    plan.services[0].strategy = strategy(&[(0, 2, 1), (1, 0, 3)]);
    plan.services[0].desired_count = 10;
    plan.run.duration = s(60);
    for begin in [Begin::Empty, Begin::Steady] {
        plan.run.begin = begin;
        let outcome = play(&plan);
        // CAP-E1: 2 of base, then 1:3 of eight: 4 and 6.
        assert_eq!((tasks_on(&outcome, 0), tasks_on(&outcome, 1)), (4, 6));
    }
}

#[test]
fn launches_keep_to_the_account_bucket_cap_e20() {
    let mut plan = plan();
    plan.run.begin = Begin::Empty;
    plan.run.duration = s(11);
    plan.services[0].desired_count = 400;
    let outcome = play(&plan);
    // 100 at once, then 20 a second: after 10 s and a bit 100 + 20 × 10 = 300, by 11 s 319.
    let created_by = |seconds| {
        let tasks = &outcome.observed.tasks;
        tasks.iter().filter(|task| task.times.created <= at(seconds)).count()
    };
    assert_eq!(created_by(0), 100);
    assert_eq!(created_by(1), 120);
    assert_eq!(created_by(10), 300);
}

#[test]
fn changing_weights_moves_nothing_until_a_deployment_is_forced() {
    let mut plan = plan();
    plan.services[0].desired_count = 4;
    let update = |force_new_deployment| {
        TimelineAction::UpdateService(ServiceUpdate {
            service: ServiceId(0),
            desired_count: None,
            strategy: Some(strategy(&[(0, 0, 1), (1, 0, 1)])),
            task_definition: None,
            force_new_deployment,
        })
    };
    plan.timeline = vec![TimelineEntry { at: at(3600), action: update(false) }];
    let outcome = play(&plan);
    assert_eq!((outcome.observed.tasks.len(), tasks_on(&outcome, 1)), (4, 0));
    plan.timeline.push(TimelineEntry { at: at(7200), action: update(true) });
    let outcome = play(&plan);
    // The forced deployment starts four new ones, two on each provider, and then stops the four old ones.
    assert_eq!((outcome.observed.tasks.len(), tasks_on(&outcome, 1)), (8, 2));
    let stopped = outcome.observed.tasks.iter().filter(|task| task.stop.is_some());
    assert_eq!(stopped.count(), 4);
}

#[test]
fn draining_comes_before_sigterm_and_deprovisioning_after() {
    let mut plan = plan();
    plan.timeline = vec![TimelineEntry {
        at: at(3600),
        action: TimelineAction::UpdateService(ServiceUpdate {
            service: ServiceId(0),
            desired_count: Some(2),
            strategy: None,
            task_definition: None,
            force_new_deployment: false,
        }),
    }];
    let outcome = play(&plan);
    let task = outcome.observed.tasks.iter().find(|task| task.stop.is_some()).unwrap();
    // Deregistration 60 s, the code exits 4 s after SIGTERM, the ENI is gone 20 s later.
    assert_eq!(task.times.stopping, Some(at(3600)));
    assert_eq!(task.times.sigterm, Some(at(3660)));
    assert_eq!(task.times.execution_stopped, Some(at(3664)));
    assert_eq!(task.times.stopped, Some(at(3684)));
}

#[test]
fn target_tracking_scales_out_after_three_minutes_and_the_delay() {
    let mut plan = plan();
    plan.services[0].desired_count = 2;
    // 30 ms of CPU each: 20 a second are 0.6 vCPU of 2 (30 %); from 1 h on 60 a second are 90 %.
    plan.services[0].demand = Some(demand(RateSpec::Sum(vec![
        RateSpec::Constant(20.0),
        RateSpec::Step(Step { at: at(3600), to: 40.0, from: 0.0 }),
    ])));
    plan.scalable_targets = vec![cpu_target(1, 10)];
    plan.run.duration = s(2 * 3600);
    let outcome = play(&plan);
    let first = outcome.observed.tasks.iter().find(|t| at(1) < t.times.created).unwrap();
    // The minutes 60, 61, 62 are above 50 %; the last one's data point is there 150 s after its end:
    // 63 × 60 + 150 = 3930 s. Before, 15 minutes below 45 % have brought the service from 2 to
    // ceil(2 × 30 / 50) = 2: nothing.
    assert_eq!(first.times.created, at(3930));
    // ceil(2 × 90 / 50) = 4.
    let running = outcome.observed.tasks.iter().filter(|t| t.stop.is_none()).count();
    assert_eq!(running, 4);
}

#[test]
fn scale_in_waits_for_fifteen_low_minutes() {
    let mut plan = plan();
    plan.services[0].desired_count = 4;
    plan.services[0].demand = Some(demand(RateSpec::Constant(50.0)));
    plan.scalable_targets = vec![cpu_target(1, 10)];
    plan.run.duration = s(3600);
    let outcome = play(&plan);
    let stopped: Vec<_> =
        outcome.observed.tasks.iter().filter_map(|task| task.times.stopping).collect();
    // 1.5 vCPU of 4 is 37.5 %; the alarms are primed with it, so the first data point to arrive acts: that of the
    // minute that ended 120 s before the run, at 30 s; to ceil(4 × 37.5 / 50) = 3. 1.5 of 3 is 50 %: no alarm.
    assert_eq!(stopped, vec![at(30)]);
}

#[test]
fn the_same_seed_goes_the_same_way_and_another_does_not() {
    let mut plan = plan();
    plan.services[0].strategy = strategy(&[(1, 0, 1)]);
    plan.services[0].desired_count = 10;
    plan.run.duration = s(300 * 86_400);
    let hash = |replication| {
        Simulation::new(&plan, replication).run(&RunLimits::default()).event_hash
    };
    assert_eq!(hash(0), hash(0));
    assert_ne!(hash(0), hash(1));
}

#[test]
fn interrupted_tasks_are_replaced_on_spot_and_leave_in_time() {
    let mut plan = plan();
    plan.services[0].strategy = strategy(&[(1, 0, 1)]);
    plan.services[0].desired_count = 10;
    plan.run.duration = s(200 * 86_400);
    let outcome = play(&plan);
    let interrupted: Vec<_> =
        outcome.observed.tasks.iter().filter(|task| task.stop.is_some()).collect();
    assert!(!interrupted.is_empty(), "200 days see interruptions");
    assert_eq!(tasks_on(&outcome, 0), 0, "spot falls back to nothing");
    for task in interrupted {
        let stopping = task.times.stopping.unwrap();
        // SIGTERM at the notice, the code exits in 4 s, without draining.
        if task.times.started.is_some_and(|started| started <= stopping) {
            assert_eq!(task.times.sigterm, Some(stopping));
            assert_eq!(task.times.execution_stopped, Some(stopping + s(4)));
        }
    }
}
