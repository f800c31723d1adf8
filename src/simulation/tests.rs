//! Small runs whose outcome is worked out by hand in the comment above the assertion.

use super::fixture::{cpu_target, demand, jobs, plan, s, strategy};
use super::outcome::{RunLimits, RunOutcome};
use super::*;
use crate::demand::generator::{RateSpec, Step};
use crate::demand::series::{RateStep, StepSeries};
use crate::ids::{ProviderId, ServiceId};
use crate::scenario::plan::{
    Begin, ProviderChoice, ScalableTargetPlan, ServiceUpdate, TimelineAction, TimelineEntry,
};

fn play(plan: &Plan) -> RunOutcome {
    Simulation::new(plan, 0).run(&RunLimits::default())
}

fn at(seconds: u64) -> SimTime {
    SimTime::from_secs(seconds)
}

/// A deployment forced at this second.
fn forced_deployment(seconds: u64) -> TimelineEntry {
    let update = ServiceUpdate {
        service: ServiceId(0),
        desired_count: None,
        strategy: None,
        task_definition: None,
        force_new_deployment: true,
        deployment: Default::default(),
    };
    TimelineEntry {
        at: at(seconds),
        action: TimelineAction::UpdateService(update),
    }
}

fn tasks_on(outcome: &RunOutcome, provider: u32) -> usize {
    let tasks = &outcome.observed.tasks;
    tasks
        .iter()
        .filter(|task| task.provider == ProviderId(provider))
        .count()
}

#[test]
fn a_steady_service_stays_as_it_is() {
    let outcome = play(&plan());
    // Three tasks from the start to the end, none ever started or stopped.
    assert_eq!(outcome.observed.tasks.len(), 3);
    assert!(
        outcome
            .observed
            .tasks
            .iter()
            .all(|task| task.stop.is_none())
    );
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
        // CAP-E1, spot workshop: 2 of base, then 1:3 of eight: 4 and 6.
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
        tasks
            .iter()
            .filter(|task| task.times.created <= at(seconds))
            .count()
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
            deployment: Default::default(),
        })
    };
    plan.timeline = vec![TimelineEntry {
        at: at(3600),
        action: update(false),
    }];
    let outcome = play(&plan);
    assert_eq!(
        (outcome.observed.tasks.len(), tasks_on(&outcome, 1)),
        (4, 0)
    );
    plan.timeline.push(TimelineEntry {
        at: at(7200),
        action: update(true),
    });
    let outcome = play(&plan);
    // The forced deployment starts four new ones, two on each provider, and then stops the four old
    // ones.
    assert_eq!(
        (outcome.observed.tasks.len(), tasks_on(&outcome, 1)),
        (8, 2)
    );
    let stopped = outcome
        .observed
        .tasks
        .iter()
        .filter(|task| task.stop.is_some());
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
            deployment: Default::default(),
        }),
    }];
    let outcome = play(&plan);
    let task = outcome
        .observed
        .tasks
        .iter()
        .find(|task| task.stop.is_some())
        .unwrap();
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
        RateSpec::Step(Step {
            at: at(3600),
            to: 40.0,
            from: 0.0,
        }),
    ])));
    plan.scalable_targets = vec![cpu_target(1, 10)];
    plan.run.duration = s(2 * 3600);
    let outcome = play(&plan);
    let first = outcome
        .observed
        .tasks
        .iter()
        .find(|t| at(1) < t.times.created)
        .unwrap();
    // The minutes 60, 61, 62 are above 50 %; the last one's data point is there 150 s after its
    // end: 63 × 60 + 150 = 3930 s. Before, 15 minutes below 45 % have brought the service from 2 to
    // ceil(2 × 30 / 50) = 2: nothing.
    assert_eq!(first.times.created, at(3930));
    // ceil(2 × 90 / 50) = 4.
    let running = outcome
        .observed
        .tasks
        .iter()
        .filter(|t| t.stop.is_none())
        .count();
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
    let stopped: Vec<_> = outcome
        .observed
        .tasks
        .iter()
        .filter_map(|task| task.times.stopping)
        .collect();
    // 1.5 vCPU of 4 is 37.5 %; the alarms are primed with it, so the first data point to arrive
    // acts: that of the minute that ended 120 s before the run, at 30 s; to ceil(4 × 37.5 / 50) =
    // 3. 1.5 of 3 is 50 %: no alarm.
    assert_eq!(stopped, vec![at(30)]);
}

#[test]
fn a_suspended_direction_is_not_scaled_in() {
    // 37.5 % of 50 %: fewer tasks would do; 150 %: more are needed.
    let play_at = |rate: f64, [scale_out, scale_in]: [bool; 2]| {
        let mut plan = plan();
        plan.services[0].desired_count = 4;
        plan.services[0].demand = Some(demand(RateSpec::Constant(rate)));
        plan.scalable_targets = vec![ScalableTargetPlan {
            scale_out_suspended: scale_out,
            scale_in_suspended: scale_in,
            ..cpu_target(1, 20)
        }];
        plan.run.duration = s(3600);
        let tasks = play(&plan).observed.tasks;
        tasks.iter().filter(|task| task.stop.is_none()).count()
    };
    assert_eq!(play_at(50.0, [true, false]), 3);
    assert_eq!(play_at(50.0, [false, true]), 4);
    assert!(4 < play_at(130.0, [false, true]));
    assert_eq!(play_at(130.0, [true, false]), 4);
}

#[test]
fn the_same_seed_goes_the_same_way_and_another_does_not() {
    let mut plan = plan();
    plan.services[0].strategy = strategy(&[(1, 0, 1)]);
    plan.services[0].desired_count = 10;
    plan.run.duration = s(300 * 86_400);
    let hash = |replication| {
        Simulation::new(&plan, replication)
            .run(&RunLimits::default())
            .event_hash
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
    let interrupted: Vec<_> = outcome
        .observed
        .tasks
        .iter()
        .filter(|task| task.stop.is_some())
        .collect();
    assert!(!interrupted.is_empty(), "200 days see interruptions");
    assert_eq!(tasks_on(&outcome, 0), 0, "spot falls back to nothing");
    for task in interrupted {
        let stopping = task.times.stopping.unwrap();
        // SIGTERM at the notice, the code exits in 4 s, without draining.
        if task
            .times
            .started
            .is_some_and(|started| started <= stopping)
        {
            assert_eq!(task.times.sigterm, Some(stopping));
            assert_eq!(task.times.execution_stopped, Some(stopping + s(4)));
        }
    }
}

#[test]
fn jobs_run_for_their_work_and_end_with_an_exit_code() {
    let mut plan = plan();
    plan.services.clear();
    plan.job_sources = vec![jobs(1.0 / 600.0, 120.0)];
    plan.run.duration = s(3600);
    let outcome = play(&plan);
    // One every 600 s: at 600, 1200, ... 3000 (3600 is the end and not in the run).
    assert_eq!(outcome.observed.tasks.len(), 5);
    let task = &outcome.observed.tasks[0];
    // RUNNING 25 s after the call, 120 s of work, 20 s to deprovision.
    assert_eq!(task.times.created, at(600));
    assert_eq!(task.times.execution_stopped, Some(at(745)));
    assert_eq!(task.times.stopped, Some(at(765)));
    assert_eq!(task.stop.unwrap().exit_code, Some(0));
}

#[test]
fn concurrency_makes_jobs_wait_in_order() {
    let mut plan = plan();
    plan.services.clear();
    let mut source = jobs(1.0 / 60.0, 275.0);
    source.concurrency = Some(2);
    plan.job_sources = vec![source];
    plan.run.duration = s(1800);
    let outcome = play(&plan);
    // Arrivals at 60, 120, 180, ...; a task holds its place 25 + 275 = 300 s: places free at 360,
    // 420, 660, ...
    let created: Vec<_> = outcome
        .observed
        .tasks
        .iter()
        .map(|t| t.times.created)
        .collect();
    let expected = [
        60, 120, 360, 420, 660, 720, 960, 1020, 1260, 1320, 1560, 1620,
    ];
    assert_eq!(created, expected.map(at));
}

#[test]
fn a_failing_job_is_tried_again_as_often_as_it_may() {
    let mut plan = plan();
    plan.services.clear();
    plan.task_definitions[0].work.exit_codes = vec![(1, 1.0)];
    let mut source = jobs(1.0 / 1800.0, 60.0);
    source.retry_attempts = 2;
    plan.job_sources = vec![source];
    plan.run.duration = s(3600);
    let outcome = play(&plan);
    // At 1800; ends at 1885; tried again 30 s later, twice.
    let created: Vec<_> = outcome
        .observed
        .tasks
        .iter()
        .map(|t| t.times.created)
        .collect();
    assert_eq!(created, [1800, 1915, 2030].map(at));
}

#[test]
fn a_checkpoint_keeps_its_part_of_interrupted_work() {
    let mut plan = plan();
    plan.services.clear();
    plan.task_definitions[0].work.checkpoint_every = Some(s(600));
    let mut source = jobs(1.0 / 36_000.0, 30.0 * 86_400.0);
    source.strategy = strategy(&[(1, 0, 1)]);
    plan.job_sources = vec![source];
    plan.run.duration = s(300 * 86_400);
    let outcome = play(&plan);
    let interrupted = outcome
        .observed
        .tasks
        .iter()
        .filter(|task| task.times.started < task.times.stopping && task.lost_work != s(0));
    let lost: Vec<_> = interrupted.map(|task| task.lost_work).collect();
    assert!(!lost.is_empty(), "300 days see interruptions");
    assert!(
        lost.iter().all(|lost| *lost < s(600)),
        "at most the work since the last checkpoint"
    );
}

#[test]
fn tasks_that_never_start_are_throttled() {
    let mut plan = plan();
    plan.run.begin = Begin::Empty;
    plan.services[0].desired_count = 1;
    plan.task_definitions[0].work.start_failures = 1.0;
    plan.run.duration = s(3600);
    let outcome = play(&plan);
    // Each try fails 23 s after its start; the waits in between grow: 1, 2, 4, 8, 16, 27, 27
    // minutes.
    let created: Vec<_> = outcome
        .observed
        .tasks
        .iter()
        .map(|t| t.times.created)
        .collect();
    let expected = [0, 83, 226, 489, 992, 1975];
    assert_eq!(created, expected.map(at));
}

#[test]
fn a_crashed_task_is_replaced_at_once() {
    let mut plan = plan();
    plan.task_definitions[0].work.mttf = Some(s(6 * 3600));
    plan.run.duration = s(10 * 86_400);
    let outcome = play(&plan);
    let stops: Vec<_> = outcome
        .observed
        .tasks
        .iter()
        .filter_map(|t| t.times.stopping)
        .collect();
    // Three tasks, a crash each 6 h of RUNNING: 10 d x 3 / 6 h = 120, and sqrt(120) = 11 around it.
    assert!((80..160).contains(&stops.len()), "{}", stops.len());
    for stop in stops.iter().filter(|stop| **stop < at(10 * 86_400 - 1)) {
        assert!(
            outcome
                .observed
                .tasks
                .iter()
                .any(|task| task.times.created == *stop)
        );
    }
}

#[test]
fn the_vcpu_quota_holds_and_waits_for_room() {
    let mut plan = plan();
    plan.services.clear();
    plan.quotas.fargate_vcpus = Some(2);
    let mut source = jobs(1.0 / 60.0, 275.0);
    source.count = 1;
    plan.job_sources = vec![source];
    plan.run.duration = s(900);
    let outcome = Simulation::new(&plan, 0)
        .audited()
        .run(&RunLimits::default());
    // Two tasks of 1 vCPU at 60 and 120; a vCPU is given back when a task is STOPPED, 25 + 275 + 20
    // s later.
    let created: Vec<_> = outcome
        .observed
        .tasks
        .iter()
        .map(|t| t.times.created)
        .collect();
    assert_eq!(created, [60, 120, 380, 440, 700, 760].map(at));
    assert_eq!(outcome.vcpus_max[0], 2048);
}

#[test]
fn without_serving_tasks_every_request_fails() {
    let mut plan = plan();
    plan.run.begin = Begin::Empty;
    plan.services[0].desired_count = 0;
    plan.services[0].demand = Some(demand(RateSpec::Constant(10.0)));
    plan.run.duration = s(600);
    let outcome = play(&plan);
    let service = &outcome.observed.summary;
    let _ = service;
    assert_eq!(outcome.observed.tasks.len(), 0);
}

#[test]
fn each_run_task_call_evaluates_its_strategy_for_itself() {
    let mut plan = plan();
    plan.services.clear();
    let mut source = jobs(1.0 / 600.0, 60.0);
    source.strategy = strategy(&[(0, 0, 1), (1, 0, 3)]);
    plan.job_sources = vec![source];
    plan.run.duration = s(6 * 3600);
    // 35 calls of one task each: every one of them counts from nothing, and takes the first of equals.
    let outcome = play(&plan);
    assert_eq!((tasks_on(&outcome, 0), tasks_on(&outcome, 1)), (35, 0));
    // Calls of four: one and three each.
    plan.job_sources[0].count = 4;
    let outcome = play(&plan);
    assert_eq!((tasks_on(&outcome, 0), tasks_on(&outcome, 1)), (35, 105));
    // Drawn by weight: 140 tasks, a quarter on demand: 35, give or take three of sqrt(140 × 3/16) = 5.1.
    plan.job_sources[0].provider_choice = ProviderChoice::WeightedRandom;
    let outcome = play(&plan);
    let on_demand = tasks_on(&outcome, 0);
    assert!((20..=50).contains(&on_demand), "{on_demand}");
    assert_eq!(on_demand + tasks_on(&outcome, 1), 140);
}

#[test]
fn run_task_calls_keep_to_the_accounts_rate() {
    let mut plan = plan();
    plan.services.clear();
    let mut source = jobs(1.0 / 600.0, 60.0);
    source.count = 30;
    plan.job_sources = vec![source.clone(), source];
    plan.job_sources[1].count = 1;
    plan.job_sources[1].arrivals = None;
    plan.timeline = vec![TimelineEntry {
        at: at(100),
        action: TimelineAction::RunTask {
            source: crate::ids::JobSourceId(1),
            count: 60,
        },
    }];
    plan.run.duration = s(120);
    let outcome = play(&plan);
    // 60 tasks are 6 calls of ten: fewer than the 20 calls of the bucket, and fewer tasks than 100.
    let at_once = outcome
        .observed
        .tasks
        .iter()
        .filter(|task| task.times.created == at(100));
    assert_eq!(at_once.count(), 60);
    // Two calls at once, then two a second: twenty tasks at 100 s, and three calls later by 102 s.
    plan.quotas.run_task_calls = crate::policy::launch_rate::Limit::per_second(2, 2);
    let outcome = play(&plan);
    let tasks = outcome.observed.tasks.iter();
    let created = |until: u64| {
        let of_call = |task: &&crate::world::task::TaskRecord| {
            at(100) <= task.times.created && task.times.created <= at(until)
        };
        tasks.clone().filter(of_call).count()
    };
    assert_eq!((created(100), created(101), created(102)), (20, 40, 60));
}

#[test]
fn scale_in_goes_on_when_a_deployment_is_complete() {
    let mut plan = plan();
    plan.services[0].desired_count = 4;
    // 1.5 vCPU of 4 is 37.5 %: to be scaled in to 3, as soon as the deployment of second 10 is over.
    plan.services[0].demand = Some(demand(RateSpec::Constant(50.0)));
    plan.scalable_targets = vec![cpu_target(1, 10)];
    plan.timeline = vec![forced_deployment(10)];
    plan.run.duration = s(3600);
    let outcome = play(&plan);
    let last = outcome
        .observed
        .tasks
        .iter()
        .filter(|task| task.deployment == 0);
    let old_gone = last.filter_map(|task| task.times.stopping).max().unwrap();
    // The new tasks run at 35 s and are healthy by 75 s; the old ones are told to stop then, and
    // have 64 s later, which ends the deployment. The alarm has its 15 low minutes; data points
    // arrive every 60 s, at 30 s past the minute.
    assert!(at(45) <= old_gone && old_gone <= at(75), "{old_gone}");
    let scaled_in = outcome
        .observed
        .tasks
        .iter()
        .filter(|task| task.deployment == 1);
    let scaled_in: Vec<_> = scaled_in.filter_map(|task| task.times.stopping).collect();
    assert_eq!(scaled_in, vec![at(150)]);
}

#[test]
fn a_deployment_without_room_above_stops_first_and_then_starts() {
    for (desired, minimum, maximum) in [(3, 0, 100), (4, 50, 100), (4, 75, 100), (1, 0, 100)] {
        let mut plan = plan();
        plan.services[0].desired_count = desired;
        plan.services[0].minimum_healthy_percent = minimum;
        plan.services[0].maximum_percent = maximum;
        plan.timeline = vec![forced_deployment(3600)];
        let outcome = Simulation::new(&plan, 0)
            .audited()
            .run(&RunLimits::default());
        let tasks = &outcome.observed.tasks;
        // Every old task is replaced by a new one, however little room the bounds leave.
        let new_ones = tasks
            .iter()
            .filter(|task| task.deployment == 1 && task.stop.is_none());
        assert_eq!(
            new_ones.count() as u32,
            desired,
            "{desired} at {minimum}/{maximum}"
        );
        let old_ones = tasks
            .iter()
            .filter(|task| task.deployment == 0 && task.stop.is_none());
        assert_eq!(old_ones.count(), 0);
    }
}

#[test]
fn a_steady_begin_above_capacity_invents_no_backlog() {
    let mut plan = plan();
    // 3 vCPUs answer 100 a second; 200 a second from the start.
    plan.services[0].demand = Some(demand(RateSpec::Constant(200.0)));
    plan.services[0].demand.as_mut().unwrap().timeout = Some(s(5));
    plan.run.duration = s(6 * 3600);
    let outcome = play(&plan);
    let service = &outcome.observed.summary.services[0];
    // Whoever is answered has waited for its 5 s at most; the first in line is always one that has waited for nearly
    // all of them, so that most answers come too late.
    let load = service.load.as_ref().unwrap();
    let failed = load.failed_percent.unwrap();
    assert!(50.0 <= failed, "{failed}");
    assert!(load.response.mean_s.unwrap() < 7.0);
}

#[test]
fn scaling_is_not_lost_when_demand_changes_as_a_data_point_arrives() {
    for delay in [60, 120, 150] {
        let mut plan = plan();
        plan.services[0].desired_count = 2;
        // Every minute another rate, so that each data point arrives together with a change; from 1 h on 90 %.
        let step = |minute: u64| {
            let bump = if minute.is_multiple_of(2) { 0.1 } else { -0.1 };
            let to = if minute < 60 { 20.0 } else { 60.0 };
            RateStep {
                start: at(60 * minute),
                rate_per_second: to + bump,
            }
        };
        let series = StepSeries::new((0..120).map(step).collect(), None);
        plan.services[0].demand = Some(demand(RateSpec::Trace(series)));
        plan.scalable_targets = vec![cpu_target(2, 10)];
        let clock = crate::demand::period::MetricClock::of_minutes(s(delay));
        plan.scalable_targets[0].clock = clock;
        plan.scalable_targets[0].policies[0].clock = clock;
        plan.run.duration = s(2 * 3600);
        let outcome = play(&plan);
        let first = outcome
            .observed
            .tasks
            .iter()
            .map(|task| task.times.created)
            .find(|c| at(1) < *c);
        // Minutes 60, 61, 62 are high; the third one's data point is there `delay` after its end.
        assert_eq!(first, Some(at(63 * 60 + delay)), "delay {delay}");
    }
}

#[test]
fn two_deployments_at_once_stop_no_healthy_task_too_many() {
    let mut plan = plan();
    plan.services[0].desired_count = 4;
    plan.timeline = vec![forced_deployment(3600), forced_deployment(3605)];
    let outcome = Simulation::new(&plan, 0)
        .audited()
        .run(&RunLimits::default());
    let tasks = &outcome.observed.tasks;
    // minimumHealthyPercent 100: the first four stop only when as many of the newest are healthy, at 3640 at the
    // earliest (RUNNING after 25 s, registered 10 s later).
    let stops = tasks
        .iter()
        .filter(|task| task.deployment == 0)
        .filter_map(|t| t.times.stopping);
    assert!(stops.min().unwrap() >= at(3640));
    let live = tasks.iter().filter(|task| task.stop.is_none());
    assert!(live.clone().all(|task| task.deployment == 2) && live.count() == 4);
}

#[test]
fn the_last_minute_counts_even_if_it_is_not_whole() {
    let mut plan = plan();
    plan.services[0].demand = Some(demand(RateSpec::Constant(20.0)));
    plan.run.duration = s(150);
    let outcome = play(&plan);
    let load = outcome.observed.summary.services[0].load.clone().unwrap();
    assert!((load.requests - 3000.0).abs() < 1e-6, "{}", load.requests);
}

#[test]
fn a_deployment_that_can_do_nothing_says_so() {
    let mut plan = plan();
    plan.services[0].maximum_percent = 100;
    plan.record.decisions = true;
    plan.timeline = vec![forced_deployment(3600)];
    // At 100 % and 100 % nothing is ever replaced (ECS developer guide, service-event-messages).
    let outcome = play(&plan);
    assert!(
        outcome
            .observed
            .tasks
            .iter()
            .all(|task| task.stop.is_none())
    );
    let log = outcome.observed.decisions.unwrap();
    let mut text = Vec::new();
    log.write_ndjson(&plan, &mut text).unwrap();
    assert!(
        String::from_utf8(text)
            .unwrap()
            .contains("unable to stop or start tasks")
    );
}

#[test]
fn lost_tasks_come_back_on_their_own_strategy_whatever_new_ones_wait_for() {
    let mut plan = plan();
    plan.run.duration = s(6 * 3600);
    plan.task_definitions[0].work.mttf = Some(s(1800));
    let mut broken = plan.task_definitions[0].clone();
    broken.revision = 2;
    broken.work.start_failures = 1.0;
    plan.task_definitions.push(broken);
    plan.timeline = vec![forced_deployment(3600)];
    if let TimelineAction::UpdateService(update) = &mut plan.timeline[0].action {
        update.task_definition = Some(crate::ids::TaskDefinitionId(1));
        update.strategy = Some(strategy(&[(1, 0, 1)]));
    }
    let outcome = Simulation::new(&plan, 0)
        .audited()
        .run(&RunLimits::default());
    let tasks = &outcome.observed.tasks;
    let (old, new): (Vec<_>, Vec<_>) = tasks.iter().partition(|task| task.deployment == 0);
    // The new tasks never reach RUNNING; their service waits up to 27 minutes between two tries.
    assert!(!new.is_empty() && new.iter().all(|task| task.times.started.is_none()));
    assert!(new.iter().all(|task| task.provider == ProviderId(1)));
    assert!(old.iter().all(|task| task.provider == ProviderId(0)));
    let crashed = old.iter().filter_map(|task| task.times.stopping);
    let crashed: Vec<SimTime> = crashed.filter(|when| at(3600) < *when).collect();
    assert!(5 < crashed.len(), "three tasks, each every half an hour");
    for when in crashed {
        let again = old.iter().filter(|task| task.times.created == when);
        assert_eq!(again.count(), 1, "one for the one that crashed at {when}");
    }
}
