//! Deployments that fail and recover, worked out by hand in the comment above the assertion.

use super::fixture::{demand, plan, s, watch_errors};
use super::outcome::{RunLimits, RunOutcome};
use super::*;
use crate::demand::generator::RateSpec;
use crate::ids::{ServiceId, TaskDefinitionId};
use crate::observe::events::ServiceEvent;
use crate::observe::summary::ServiceSummary;
use crate::observe::trail::Trail;
use crate::policy::circuit_breaker::{CircuitBreaker, Threshold};
use crate::policy::life_cycle::StopCause;
use crate::policy::task_health::ContainerCheck;
use crate::scenario::plan::{
    Begin, ContainerPlan, ServiceUpdate, TimelineAction, TimelineEntry, UnhealthyPlan, WorkPlan,
};
use crate::world::service::RolloutState;
use crate::world::task::TaskRecord;

fn play(plan: &Plan) -> RunOutcome {
    let simulation = Simulation::new(plan, 0).audited();
    simulation.run(&RunLimits::default())
}

fn at(seconds: u64) -> SimTime {
    SimTime::from_secs(seconds)
}

/// Four tasks, of which a second revision with `defect` is to take the place after an hour; looked
/// at for two hours.
fn deploys(defect: impl Fn(&mut WorkPlan)) -> Plan {
    let mut plan = plan();
    plan.run.duration = s(7200);
    plan.services[0].desired_count = 4;
    plan.services[0].circuit_breaker = Some(CircuitBreaker {
        rollback: true,
        reset_on_healthy_task: true,
        threshold: Threshold::default(),
    });
    let mut second = plan.task_definitions[0].clone();
    second.revision = 2;
    defect(&mut second.work);
    plan.task_definitions.push(second);
    let update = ServiceUpdate {
        service: ServiceId(0),
        desired_count: None,
        strategy: None,
        task_definition: Some(TaskDefinitionId(1)),
        force_new_deployment: false,
        deployment: Default::default(),
    };
    plan.timeline = vec![TimelineEntry {
        at: at(3600),
        action: TimelineAction::UpdateService(update),
    }];
    plan
}

fn never_healthy(work: &mut WorkPlan) {
    work.unhealthy = Some(UnhealthyPlan {
        share: 1.0,
        after: s(0),
    });
}

fn summary(outcome: &RunOutcome) -> &ServiceSummary {
    &outcome.observed.summary.services[0]
}

/// Deployments started, completed, failed, rolled back.
fn counted(outcome: &RunOutcome) -> [u64; 4] {
    let it = summary(outcome);
    [
        it.deployments_started,
        it.deployments_completed,
        it.deployments_failed,
        it.deployments_rolled_back,
    ]
}

/// The tasks of each revision.
fn sides(outcome: &RunOutcome) -> [Vec<&TaskRecord>; 2] {
    let tasks = &outcome.observed.tasks;
    let of = |definition: u32| {
        let its = move |task: &&TaskRecord| task.definition == TaskDefinitionId(definition);
        tasks.iter().filter(its).collect()
    };
    [of(0), of(1)]
}

#[test]
fn tasks_that_never_run_are_rolled_back_at_the_third() {
    let plan = deploys(|work| work.start_failures = 1.0);
    let simulation = Simulation::new(&plan, 0).following(Trail::of(None));
    let outcome = simulation.audited().run(&RunLimits::default());
    let asked = outcome.observed.trail.as_ref().unwrap().breakers[0].2;
    assert_eq!(asked.failures.never_ran, 3);
    // 50 % of four is 2, and 3 the least (deployment-circuit-breaker). All four start at 3600 and
    // fail 23 s later: the third of them fails the deployment. The old ones were never touched, so
    // that going back to them is complete at once.
    let [old, new] = sides(&outcome);
    assert_eq!(counted(&outcome), [1, 0, 1, 1]);
    assert_eq!(new.len(), 4, "no further ones are started");
    assert!(new.iter().all(|task| task.times.stopping == Some(at(3623))));
    assert_eq!(old.len(), 4);
    assert!(old.iter().all(|task| task.stop.is_none()));
}

#[test]
fn tasks_that_fail_their_checks_are_rolled_back_too() {
    let outcome = play(&deploys(never_healthy));
    let [old, new] = sides(&outcome);
    assert_eq!(counted(&outcome), [1, 0, 1, 1]);
    // RUNNING at 3625, registered 10 s later, the second check up to 60 s after that.
    let failed = new.iter().filter(|task| {
        let stop = task.stop.unwrap();
        stop.cause == StopCause::FailedElbHealthChecks
    });
    let failed: Vec<SimTime> = failed.filter_map(|task| task.times.stopping).collect();
    assert_eq!(failed.len(), 3, "the third fails the deployment");
    assert!(
        failed
            .iter()
            .all(|when| at(3665) <= *when && *when <= at(3695))
    );
    let last = failed.iter().max().copied();
    // The others of the failed revision go with it.
    let others = new.iter().filter(|task| {
        let stop = task.stop.unwrap();
        stop.cause == StopCause::ScalingActivity
    });
    assert!(others.clone().all(|task| task.times.stopping == last));
    assert_eq!(failed.len() + others.count(), new.len());
    assert!(old.iter().all(|task| task.stop.is_none()) && old.len() == 4);
}

#[test]
fn without_a_breaker_a_bad_revision_is_tried_for_ever() {
    let mut plan = deploys(never_healthy);
    plan.services[0].circuit_breaker = None;
    let outcome = play(&plan);
    let [old, new] = sides(&outcome);
    assert_eq!(counted(&outcome), [1, 0, 0, 0]);
    // Each needs 25 s until RUNNING, 10 to be registered, fails its second check 30 to 60 s later:
    // 80 s on average, so that four places see 180 of them in an hour.
    assert!((170..190).contains(&new.len()), "{}", new.len());
    assert!(new.iter().all(|task| task.times.in_service.is_none()));
    assert!(old.iter().all(|task| task.stop.is_none()) && old.len() == 4);
}

#[test]
fn a_crash_fails_a_deployment_only_where_something_checks_its_tasks() {
    let crashing = |work: &mut WorkPlan| work.crash_after = Some(s(5));
    let outcome = play(&deploys(crashing));
    // They crash 5 s after RUNNING, before the target group has registered them.
    assert_eq!(counted(&outcome), [1, 0, 1, 1]);
    let mut plan = deploys(crashing);
    plan.services[0].target_group = None;
    let outcome = play(&plan);
    // Nothing checks them: RUNNING is all that there is, and the throttle does not hold them either
    // (service-throttle-logic). Four places, a task each 30 s for an hour.
    let [_, new] = sides(&outcome);
    assert_eq!(counted(&outcome), [1, 0, 0, 0]);
    assert_eq!(new.len(), 480);
}

#[test]
fn a_failed_deployment_without_rollback_starts_nothing_and_leaves_the_old_tasks() {
    let mut plan = deploys(|work| work.start_failures = 1.0);
    if let Some(breaker) = &mut plan.services[0].circuit_breaker {
        breaker.rollback = false;
    }
    let outcome = play(&plan);
    let [old, new] = sides(&outcome);
    assert_eq!(counted(&outcome), [1, 0, 1, 0]);
    assert_eq!(new.len(), 4);
    assert!(old.iter().all(|task| task.stop.is_none()) && old.len() == 4);
}

#[test]
fn a_first_deployment_has_nothing_to_go_back_to() {
    let mut plan = deploys(|_| {});
    plan.run.begin = Begin::Empty;
    plan.timeline.clear();
    plan.task_definitions[0].work.start_failures = 1.0;
    let outcome = play(&plan);
    // The API's Deployment: FAILED starts no new tasks.
    assert_eq!(counted(&outcome), [0, 0, 1, 0]);
    assert_eq!(outcome.observed.tasks.len(), 4);
}

#[test]
fn a_good_revision_after_a_failed_one_is_completed() {
    let mut plan = deploys(never_healthy);
    plan.task_definitions[1].work.crash_after = None;
    let mut third = plan.task_definitions[0].clone();
    third.revision = 3;
    plan.task_definitions.push(third);
    let mut again = plan.timeline[0].clone();
    again.at = at(5400);
    if let TimelineAction::UpdateService(update) = &mut again.action {
        update.task_definition = Some(TaskDefinitionId(2));
    }
    plan.timeline.push(again);
    let outcome = play(&plan);
    assert_eq!(counted(&outcome), [2, 1, 1, 1]);
    let tasks = &outcome.observed.tasks;
    let live: Vec<u32> = tasks
        .iter()
        .filter(|task| task.stop.is_none())
        .map(|task| task.deployment)
        .collect();
    assert_eq!(live, [2; 4]);
}

#[test]
fn an_unhealthy_task_gets_its_replacement_first() {
    let mut plan = deploys(|_| {});
    plan.timeline.clear();
    plan.run.duration = s(1800);
    plan.run.begin = Begin::Empty;
    plan.services[0].desired_count = 1;
    plan.task_definitions[0].work.unhealthy = Some(UnhealthyPlan {
        share: 1.0,
        after: s(600),
    });
    let outcome = play(&plan);
    let tasks = &outcome.observed.tasks;
    let (first, second) = (&tasks[0], &tasks[1]);
    // RUNNING at 25, failing from 625 on; two checks 30 s apart say so by 685 at the latest.
    assert_eq!(first.times.started, Some(at(25)));
    let noticed = second.times.created;
    assert!(at(655) <= noticed && noticed <= at(685), "{noticed}");
    // At 100 % it stays until the other one is healthy (DG: ecs_services, since October 2023).
    assert_eq!(first.times.stopping, second.times.in_service);
    let cause = first.stop.unwrap().cause;
    assert_eq!(cause, StopCause::FailedElbHealthChecks);
}

#[test]
fn an_unhealthy_task_gets_its_replacement_first_although_fewer_would_do() {
    let mut plan = deploys(|_| {});
    plan.timeline.clear();
    plan.run.begin = Begin::Empty;
    plan.services[0].minimum_healthy_percent = 50;
    plan.task_definitions[0].work.unhealthy = Some(UnhealthyPlan {
        share: 0.5,
        after: s(600),
    });
    let outcome = play(&plan);
    let all = outcome.observed.tasks.iter();
    // 50 % of four are kept by the others, and 200 % has the room (ecs_services).
    let stopped: Vec<&TaskRecord> = all.filter(|task| task.stop.is_some()).collect();
    assert!(2 < stopped.len());
    for task in stopped {
        let at = task.times.stopping;
        let mut others = outcome.observed.tasks.iter();
        assert!(others.any(|other| other.times.in_service == at), "{at:?}");
    }
    // Without the room it goes first, and the next one comes when it has.
    plan.services[0].maximum_percent = 100;
    let outcome = play(&plan);
    let all = outcome.observed.tasks.iter();
    let end = SimTime::ZERO + plan.run.duration;
    let ended = all.filter_map(|task| task.times.execution_stopped.filter(|at| *at < end));
    let mut ended = ended.peekable();
    assert!(ended.peek().is_some());
    for at in ended {
        let mut others = outcome.observed.tasks.iter();
        assert!(others.any(|other| other.times.created == at));
    }
}

#[test]
fn a_service_is_steady_when_its_deployment_is_complete_and_never_without_healthy_tasks() {
    let steady = |plan: &mut Plan| {
        plan.record.events = true;
        let events = play(plan).observed.events.unwrap().events;
        let is_its =
            |event: &&(SimTime, ServiceEvent)| matches!(event.1, ServiceEvent::SteadyState(_));
        let its = events.iter().filter(is_its).map(|(at, _)| *at);
        its.collect::<Vec<_>>()
    };
    let mut good = deploys(|_| {});
    let [start, again] = steady(&mut good)[..] else {
        panic!("at the start and after the deployment");
    };
    // The new tasks are in service by 3665; the old ones drain for 60 s from then on, and exit.
    assert!(
        start == at(0) && at(3695) < again && again < at(3770),
        "{again}"
    );
    let mut bad = deploys(never_healthy);
    bad.services[0].circuit_breaker = None;
    assert_eq!(steady(&mut bad), [at(0)]);
    bad.run.begin = Begin::Empty;
    bad.timeline.clear();
    never_healthy(&mut bad.task_definitions[0].work);
    assert_eq!(steady(&mut bad), []);
}

#[test]
fn tasks_that_stand_from_the_start_fail_their_checks_as_well() {
    let mut plan = deploys(|_| {});
    plan.timeline.clear();
    plan.services[0].circuit_breaker = None;
    plan.task_definitions[0].work.unhealthy = Some(UnhealthyPlan {
        share: 1.0,
        after: s(600),
    });
    let first = |plan: &Plan| {
        let tasks = play(plan).observed.tasks;
        let stood = tasks.iter().filter(|it| it.times.created == at(0));
        let stopped = stood.map(|task| (task.times.stopping, task.stop.map(|stop| stop.cause)));
        stopped.collect::<Vec<_>>()
    };
    // They fail from 600 s on; two checks 30 s apart say so by 660 s, and those in their place are
    // in service 35 to 100 s after that.
    let stopped = first(&plan);
    assert_eq!(stopped.len(), 4);
    for (when, cause) in stopped {
        assert!(
            at(630) < when.unwrap() && when.unwrap() < at(800),
            "{when:?}"
        );
        assert_eq!(cause, Some(StopCause::FailedElbHealthChecks));
    }
    // Nobody looks.
    plan.services[0].target_group = None;
    assert_eq!(first(&plan), [(None, None); 4]);
}

#[test]
fn a_first_deployment_of_unhealthy_tasks_fails() {
    let mut plan = deploys(|_| {});
    plan.timeline.clear();
    plan.run.begin = Begin::Empty;
    never_healthy(&mut plan.task_definitions[0].work);
    // As many are tried again beside the first four, where there is room; then one of each pair
    // goes, and the third that does fails the deployment. All UNHEALTHY ones go with it.
    for (maximum, tried) in [(200, 8), (100, 4 + 2)] {
        plan.services[0].maximum_percent = maximum;
        let outcome = play(&plan);
        assert_eq!(counted(&outcome), [0, 0, 1, 0]);
        assert!(summary(&outcome).first_deployment_failed);
        let tasks = &outcome.observed.tasks;
        assert!(
            (tried..=tried + 4).contains(&tasks.len()),
            "{}",
            tasks.len()
        );
        assert!(tasks.iter().all(|task| task.stop.is_some()));
    }
}

#[test]
fn a_scale_out_does_not_keep_a_bad_revision_from_failing() {
    let mut plan = deploys(never_healthy);
    let mut more = plan.timeline[0].clone();
    more.at = at(3650);
    if let TimelineAction::UpdateService(update) = &mut more.action {
        (update.task_definition, update.desired_count) = (None, Some(6));
    }
    plan.timeline.push(more);
    let outcome = play(&plan);
    // Six would have to be healthy and the four old ones are: what is UNHEALTHY goes all the same.
    assert_eq!(counted(&outcome), [1, 0, 1, 1]);
    let [old, _] = sides(&outcome);
    assert_eq!(old.iter().filter(|task| task.stop.is_none()).count(), 6);
}

#[test]
fn unhealthy_new_tasks_do_not_stand_for_lost_old_ones() {
    let plan = deploys(|_| {});
    let mut simulation = Simulation::new(&plan, 0);
    simulation.start_deployment(ServiceId(0), TaskDefinitionId(1), None, &mut Queue::new());
    let state = &mut simulation.world.services[0];
    // Of four old ones three are left; two new ones are UNHEALTHY, and stand with the old side.
    (state.deployments[0].kept, state.deployments[0].running) = (4, 3);
    let new = state.primary_mut();
    (new.running, new.draining, new.unhealthy) = (2, 2, 2);
    let rollout = simulation.rollout(ServiceId(0));
    assert_eq!((rollout.old.total(), rollout.new.total()), (5, 0));
    assert_eq!((rollout.unhealthy, rollout.lost), (2, 1));
    // Is an old one UNHEALTHY, its own revision replaces it too, unless it has failed.
    simulation.world.services[0].deployments[0].unhealthy = 1;
    assert_eq!(simulation.rollout(ServiceId(0)).lost, 2);
    simulation.world.services[0].deployments[0].rollout = RolloutState::Failed;
    assert_eq!(simulation.rollout(ServiceId(0)).lost, 0);
}

#[test]
fn code_that_starts_slower_than_its_checks_needs_a_grace_period() {
    let mut plan = deploys(|work| work.start = s(150));
    let outcome = play(&plan);
    assert_eq!(counted(&outcome), [1, 0, 1, 1], "ECS stops it meanwhile");
    plan.services[0].health_check_grace = s(400);
    let outcome = play(&plan);
    assert_eq!(counted(&outcome), [1, 1, 0, 0]);
}

#[test]
fn containers_checks_say_who_is_healthy_where_they_have_some() {
    let check = ContainerCheck::default();
    let with = |defect: &dyn Fn(&mut WorkPlan), essential: bool| {
        let mut plan = deploys(defect);
        plan.services[0].target_group = None;
        let container = ContainerPlan {
            essential,
            health_check: Some(check),
            ..ContainerPlan::named("app", &plan.task_definitions[1].work, s(30))
        };
        plan.task_definitions[1].containers = vec![container];
        play(&plan)
    };
    // RUNNING at 3625; the first check 30 s later passes (API HealthCheck), sooner than the 40 s
    // of tasks without any. The old ones then get SIGTERM at once: no target drains.
    let good = with(&|_| {}, true);
    assert_eq!(counted(&good), [1, 1, 0, 0]);
    let [old, _] = sides(&good);
    assert!(old.iter().all(|task| task.times.stopping == Some(at(3655))));
    // Three failing checks are 90 s.
    let failing = with(&never_healthy, true);
    assert_eq!(counted(&failing), [1, 0, 1, 1]);
    let [_, new] = sides(&failing);
    assert!(new.iter().all(|task| task.times.stopping == Some(at(3715))));
    let cause = new[0].stop.unwrap().cause;
    assert_eq!(cause, StopCause::FailedContainerHealthChecks);
    // Now a crash is seen, too; a sidecar's check is nobody's.
    let crashing = |work: &mut WorkPlan| work.crash_after = Some(s(5));
    assert_eq!(counted(&with(&crashing, true)), [1, 0, 1, 1]);
    assert_eq!(counted(&with(&crashing, false)), [1, 0, 0, 0]);
}

#[test]
fn an_update_to_the_present_revision_deploys_nothing_unless_it_is_forced_to() {
    for (is_forced, expected) in [(false, [0, 0, 0, 0]), (true, [1, 1, 0, 0])] {
        let mut plan = deploys(|_| {});
        let TimelineAction::UpdateService(update) = &mut plan.timeline[0].action else {
            panic!("an update");
        };
        update.task_definition = Some(TaskDefinitionId(0));
        update.force_new_deployment = is_forced;
        assert_eq!(counted(&play(&plan)), expected);
    }
}

/// An alarm on 5xx answers of at least a tenth, two minutes in a row, that fails deployments; its
/// data points arrive at once.
fn watched(defect: impl Fn(&mut WorkPlan)) -> Plan {
    let mut plan = deploys(defect);
    plan.services[0].circuit_breaker = None;
    plan.services[0].demand = Some(demand(RateSpec::Constant(20.0)));
    watch_errors(&mut plan, (120.0, s(0)), s(180));
    plan
}

#[test]
fn an_alarm_rolls_a_deployment_back_that_passes_its_checks() {
    let outcome = play(&watched(|work| work.errors = 0.5));
    assert_eq!(counted(&outcome), [1, 0, 1, 1]);
    // The new tasks are healthy by 3665 and the old ones gone from the balancer; of the 1,200
    // requests a minute 600 are errors then. The minutes from 3660 and from 3720 say so: the
    // second is over at 3780, while the deployment bakes until 3835 at least.
    let [old, new] = sides(&outcome);
    let back = old.iter().filter(|task| task.times.created == at(3780));
    assert_eq!(back.count(), 4);
    assert_eq!(new.len(), 4);
    assert!(
        new.iter()
            .all(|task| at(3780) < task.times.stopping.unwrap())
    );
    let live = outcome.observed.tasks.iter();
    let live: Vec<u32> = live
        .filter(|task| task.stop.is_none())
        .map(|task| task.deployment)
        .collect();
    assert_eq!(live, [0; 4]);
}

/// When its deployment is complete, in seconds.
fn completed(plan: &Plan) -> i64 {
    let mut plan = plan.clone();
    plan.record.decisions = true;
    let outcome = play(&plan);
    assert_eq!(counted(&outcome), [1, 1, 0, 0]);
    let log = outcome.observed.decisions.unwrap();
    let mut text = Vec::new();
    log.write_ndjson(&plan, &mut text).unwrap();
    let text = String::from_utf8(text).unwrap();
    let line = text.lines().find(|line| line.contains("is complete"));
    let line: serde_json::Value = serde_json::from_str(line.unwrap()).unwrap();
    let at: jiff::Timestamp = line["at"].as_str().unwrap().parse().unwrap();
    at.duration_since(plan.run.start).as_secs()
}

#[test]
fn a_deployment_that_alarms_watch_is_complete_when_it_has_baked() {
    let good = watched(|_| {});
    let mut unwatched = good.clone();
    unwatched.services[0].deployment_alarms = None;
    assert_eq!(completed(&good), completed(&unwatched) + 180);
}

#[test]
fn an_alarm_that_is_on_at_the_start_is_ignored() {
    let mut plan = watched(|work| work.errors = 0.5);
    plan.task_definitions[0].work.errors = 0.5;
    let mut unwatched = plan.clone();
    unwatched.services[0].deployment_alarms = None;
    // It has been in ALARM from the beginning (deployment-alarm-failure): no baking either.
    assert_eq!(completed(&plan), completed(&unwatched));
    let told = play(&plan);
    assert_eq!(summary(&told).deployment_alarms_ignored, 1);
    assert_eq!(summary(&play(&unwatched)).deployment_alarms_ignored, 0);
}

/// UpdateService takes the alarms away, or names some where none were, for the deployment that it
/// starts.
#[test]
fn an_update_changes_which_alarms_are_watched() {
    fn says(plan: &mut Plan, alarms: Option<Option<u32>>) -> [u64; 4] {
        let TimelineAction::UpdateService(update) = &mut plan.timeline[0].action else {
            panic!()
        };
        update.deployment.alarms = alarms;
        counted(&play(plan))
    }
    let (failed, completed) = ([1, 0, 1, 1], [1, 1, 0, 0]);
    let mut plan = watched(|work| work.errors = 0.5);
    assert_eq!(says(&mut plan, None), failed);
    assert_eq!(says(&mut plan, Some(None)), completed);
    let its = plan.services[0].deployment_alarms.take();
    plan.services[0].later_alarms.extend(its);
    assert_eq!(says(&mut plan, None), completed);
    assert_eq!(says(&mut plan, Some(Some(1))), failed);
}
