//! Scale-outs during deployments, early successes, and deployments that the operator stops, worked
//! out by hand in the comment above the assertion.

use std::cmp::Reverse;

use super::fixture::{demand, plan, s};
use super::outcome::{RunLimits, RunOutcome};
use super::*;
use crate::demand::generator::RateSpec;
use crate::ids::{ServiceId, TaskDefinitionId};
use crate::observe::observation::{DeploymentStep, Failed, FailedBy};
use crate::observe::trail::Trail;
use crate::policy::rollout::EarlySuccess;
use crate::policy::traffic_shift::{STAGE_TIMEOUT, Shift, Stage, TrafficShare};
use crate::scenario::plan::{
    DeploymentUpdate, ServiceUpdate, TimelineAction, TimelineEntry, TrafficShiftPlan, UnhealthyPlan,
};
use crate::world::service::RolloutState;
use crate::world::task::TaskRecord;

const SERVICE: ServiceId = ServiceId(0);

fn entry(seconds: u64, action: TimelineAction) -> TimelineEntry {
    TimelineEntry {
        at: SimTime::from_secs(seconds),
        action,
    }
}

fn update(seconds: u64, definition: Option<u32>, desired_count: Option<u32>) -> TimelineEntry {
    entry(
        seconds,
        TimelineAction::UpdateService(ServiceUpdate {
            service: SERVICE,
            desired_count,
            strategy: None,
            task_definition: definition.map(TaskDefinitionId),
            force_new_deployment: false,
            deployment: Default::default(),
        }),
    )
}

fn stop(seconds: u64, rolls_back: bool) -> TimelineEntry {
    let service = SERVICE;
    entry(
        seconds,
        TimelineAction::StopDeployment {
            service,
            rolls_back,
        },
    )
}

/// Four tasks; after an hour a second revision goes out, which never passes a check if `is_bad`.
fn deploys(is_bad: bool) -> Plan {
    let mut plan = plan();
    plan.run.duration = s(2 * 3600);
    plan.services[0].desired_count = 4;
    plan.services[0].demand = Some(demand(RateSpec::Constant(20.0)));
    let mut second = plan.task_definitions[0].clone();
    second.revision = 2;
    second.work.unhealthy = is_bad.then_some(UnhealthyPlan {
        share: 1.0,
        after: s(0),
    });
    plan.task_definitions.push(second);
    plan.timeline = vec![update(3600, Some(1), None)];
    plan
}

fn play(plan: &Plan) -> RunOutcome {
    let simulation = Simulation::new(plan, 0).following(Trail::of(None));
    simulation.audited().run(&RunLimits::default())
}

fn steps(outcome: &RunOutcome) -> Vec<(u64, DeploymentStep)> {
    let trail = outcome.observed.trail.as_ref().unwrap();
    let steps = trail.deployments.iter();
    steps
        .map(|(at, _, _, step)| (at.as_micros() / 1_000_000, *step))
        .collect()
}

fn tasks(outcome: &RunOutcome, definition: u32) -> Vec<&TaskRecord> {
    let of = |task: &&TaskRecord| task.definition == TaskDefinitionId(definition);
    outcome.observed.tasks.iter().filter(of).collect()
}

fn alive(outcome: &RunOutcome, definition: u32) -> usize {
    let tasks = tasks(outcome, definition).into_iter();
    tasks.filter(|task| task.stop.is_none()).count()
}

fn completed_at(outcome: &RunOutcome) -> u64 {
    let steps = steps(outcome);
    let mut done = steps.iter().rev();
    done.find(|(_, step)| *step == DeploymentStep::Completed)
        .unwrap()
        .0
}

#[test]
fn what_is_added_during_a_rollout_is_of_both_revisions() {
    let mut plan = deploys(true);
    plan.timeline.push(update(3650, None, Some(8)));
    let outcome = play(&plan);
    // Four of each: of four more two are old ones, and the new side gets all that it lacks.
    let shared = DeploymentStep::ScaledOut { added: 4, older: 2 };
    assert!(steps(&outcome).contains(&(3650, shared)));
    let old = tasks(&outcome, 0);
    assert_eq!(old.len(), 6);
    assert!(old.iter().all(|task| task.stop.is_none()));
}

/// The service of `deploys` whose bounds are these, in percent.
fn within(mut plan: Plan, minimum_healthy: u32, maximum: u32) -> Plan {
    plan.services[0].minimum_healthy_percent = minimum_healthy;
    plan.services[0].maximum_percent = maximum;
    plan
}

#[test]
fn the_older_revisions_share_of_a_scale_out_comes_up_where_room_is_short() {
    // Two new ones of six at most fail their checks from 3665 on: of four that are added three are
    // old ones (`older_share` of 4 and 2), and the new side, which never has what it lacks, leaves
    // them their room.
    let mut plan = within(deploys(true), 100, 150);
    plan.timeline.push(update(3650, None, Some(8)));
    let outcome = play(&plan);
    let shared = DeploymentStep::ScaledOut { added: 4, older: 3 };
    assert!(steps(&outcome).contains(&(3650, shared)));
    let old = tasks(&outcome, 0);
    assert_eq!(old.len(), 7);
    let in_service = old.iter().filter(|task| task.times.in_service.is_some());
    assert_eq!(in_service.count(), 7);
    assert!(old.iter().all(|task| task.stop.is_none()));
}

#[test]
fn old_tasks_of_a_scale_out_do_not_make_room_for_new_ones_before_they_are_healthy() {
    // The new ones fail before RUNNING, at 3623 for the first time: at 3650 there is none, and the
    // older revision gets all four.
    let mut plan = within(deploys(false), 100, 150);
    plan.task_definitions[1].work.start_failures = 1.0;
    plan.timeline.push(update(3650, None, Some(8)));
    let outcome = play(&plan);
    let shared = DeploymentStep::ScaledOut { added: 4, older: 4 };
    assert!(steps(&outcome).contains(&(3650, shared)));
    let old = tasks(&outcome, 0);
    assert_eq!(old.len(), 8);
    assert!(old.iter().all(|task| task.stop.is_none()));
}

#[test]
fn svc_e25_replacements_start_when_what_they_replace_has_stopped() {
    // At 100 % at most the old tasks are told to stop first; they drain for 60 s and end on
    // SIGTERM, and the network interface is gone 20 s later.
    for (minimum_healthy, at_once) in [(0, 4), (50, 2)] {
        let outcome = play(&within(deploys(false), minimum_healthy, 100));
        let old = tasks(&outcome, 0);
        let mut ends: Vec<SimTime> = old
            .iter()
            .filter_map(|task| task.times.execution_stopped)
            .collect();
        let mut begins: Vec<SimTime> = tasks(&outcome, 1)
            .iter()
            .map(|task| task.times.created)
            .collect();
        ends.sort_unstable();
        begins.sort_unstable();
        assert_eq!(begins.len(), 4);
        assert!(SimTime::from_secs(3660) <= begins[0]);
        assert_eq!(begins[..at_once], ends[..at_once]);
        assert!(ends.iter().zip(&begins).all(|(end, begin)| end <= begin));
        assert!(
            steps(&outcome)
                .iter()
                .all(|(_, step)| *step != DeploymentStep::Stuck)
        );
    }
}

#[test]
fn unhealthy_tasks_without_room_are_replaced_one_at_a_time() {
    // All five fail their checks half an hour after the start, at 100 % and 100 %: one stops (60 s
    // of draining), the next one starts (25 s), is registered (10 s) and healthy within 30 s; then
    // the second stops.
    let mut plan = within(plan(), 100, 100);
    plan.run.duration = s(3_000);
    plan.services[0].desired_count = 5;
    plan.task_definitions[0].work.unhealthy = Some(UnhealthyPlan {
        share: 1.0,
        after: s(1_800),
    });
    let outcome = play(&plan);
    let mut ended: Vec<&TaskRecord> = tasks(&outcome, 0);
    ended.retain(|task| task.stop.is_some());
    ended.sort_unstable_by_key(|task| task.times.stopping);
    assert!(5 <= ended.len(), "{}", ended.len());
    for pair in ended[..5].windows(2) {
        let stopped = pair[0].times.execution_stopped.unwrap();
        let all = tasks(&outcome, 0).into_iter();
        let mut next = all.filter(|task| task.times.created == stopped);
        let healthy = next.next().unwrap().times.in_service;
        assert_eq!(pair[1].times.stopping, healthy);
    }
    let order: Vec<u64> = ended[..5].iter().map(|task| task.ordinal).collect();
    assert!(!order.is_sorted(), "at random: {order:?}");
}

#[test]
fn the_throttle_grows_by_the_round() {
    // Three tasks fail 23 s after each start: one, two and four minutes between the rounds, however
    // many there are; with a first wait of 10 s, 10, 20 and 40.
    for (first, created) in [(60, [0, 83, 226, 489]), (10, [0, 33, 76, 139])] {
        let mut plan = plan();
        plan.run.begin = crate::scenario::plan::Begin::Empty;
        plan.run.duration = s(700);
        plan.services[0].desired_count = 3;
        plan.cluster.start_throttle = s(first);
        plan.task_definitions[0].work.start_failures = 1.0;
        let outcome = play(&plan);
        let mut seconds: Vec<u64> = tasks(&outcome, 0)
            .iter()
            .map(|task| task.times.created.as_micros() / 1_000_000)
            .collect();
        seconds.sort_unstable();
        let rounds: Vec<u64> = seconds.chunks(3).map(|round| round[0]).collect();
        assert!(
            seconds
                .chunks(3)
                .all(|round| round[0] == round[round.len() - 1])
        );
        assert_eq!(rounds[..4], created);
    }
}

#[test]
fn the_share_of_a_good_revision_goes_when_it_is_complete() {
    let mut plan = deploys(false);
    plan.timeline.push(update(3610, None, Some(8)));
    let outcome = play(&plan);
    assert_eq!((alive(&outcome, 0), alive(&outcome, 1)), (0, 8));
    assert!(4 <= tasks(&outcome, 0).len());
}

#[test]
fn a_part_of_the_tasks_is_enough() {
    let with = |early| {
        let mut plan = deploys(false);
        (
            plan.services[0].minimum_healthy_percent,
            plan.services[0].maximum_percent,
        ) = (50, 100);
        plan.services[0].early_success = early;
        play(&plan)
    };
    // Two stop and two start; the other two have to wait for them to be healthy.
    let early = with(Some(EarlySuccess {
        healthy_percent: 50,
        defers_cleanup: false,
    }));
    let whole = with(None);
    let took = [&early, &whole].map(|outcome| completed_at(outcome) - 3600);
    // 60 s of draining and 4 s to stop, then 25 s to RUNNING, 10 s to register, a check within
    // 30 s; twice for all of them. Early, the other two go on to be old until they have stopped.
    assert!((163..=193).contains(&took[0]), "{took:?}");
    assert!((198..=258).contains(&took[1]), "{took:?}");
    for outcome in [&early, &whole] {
        assert_eq!((alive(outcome, 0), alive(outcome, 1)), (0, 4));
    }
}

#[test]
fn an_unhealthy_old_task_holds_up_a_success_that_waits_for_it() {
    for defers_cleanup in [false, true] {
        let mut plan = deploys(false);
        plan.services[0].minimum_healthy_percent = 75;
        plan.services[0].early_success = Some(EarlySuccess {
            healthy_percent: 75,
            defers_cleanup,
        });
        let mut queue = Queue::new();
        let mut simulation = Simulation::new(&plan, 0);
        simulation.start_deployment(SERVICE, TaskDefinitionId(1), None, &mut queue);
        let state = &mut simulation.world.services[0];
        let old = &mut state.deployments[0];
        (old.running, old.draining, old.unhealthy) = (1, 1, 1);
        let new = state.primary_mut();
        (new.pending, new.running, new.healthy) = (1, 3, 3);
        assert_eq!(
            simulation.complete_deployment(SERVICE, &mut queue),
            defers_cleanup
        );
        if defers_cleanup {
            let state = &mut simulation.world.services[0];
            assert_eq!(state.primary().rollout, RolloutState::Completed);
            assert_eq!((state.deployments.len(), state.defers_cleanup), (2, true));
            let old = &mut state.deployments[0];
            (old.running, old.draining, old.unhealthy) = (0, 0, 0);
            assert!(!simulation.complete_deployment(SERVICE, &mut queue));
            let state = &simulation.world.services[0];
            assert_eq!((state.deployments.len(), state.defers_cleanup), (1, false));
        }
    }
}

#[test]
fn a_deployment_is_over_when_its_old_tasks_have_drained() {
    let plan = deploys(false);
    let mut queue = Queue::new();
    let mut simulation = Simulation::new(&plan, 0);
    simulation.start_deployment(SERVICE, TaskDefinitionId(1), None, &mut queue);
    let until = SimTime::from_secs(300);
    let state = &mut simulation.world.services[0];
    let desired = state.desired;
    let old = &mut state.deployments[0];
    (old.pending, old.running, old.healthy) = (0, 0, 0);
    let (old, new) = (old.ordinal, state.primary_mut());
    (new.pending, new.running, new.healthy) = (0, desired, desired);
    let new = new.ordinal;
    // One of the new revision that stops for longer holds up nothing.
    for leaving in [(until, old), (SimTime::from_secs(900), new)] {
        state.leaving.push(Reverse(leaving));
    }
    assert!(!simulation.complete_deployment(SERVICE, &mut queue));
    assert_eq!(simulation.world.services[0].counts().deployments, 2);
    assert_eq!(simulation.world.services[0].wake_at, until);
    simulation.now = until;
    assert!(simulation.complete_deployment(SERVICE, &mut queue));
    assert_eq!(simulation.world.services[0].counts().deployments, 1);
}

#[test]
fn a_deployment_that_is_stopped_rolls_back_or_stays_as_it_is() {
    for rolls_back in [true, false] {
        let mut plan = deploys(true);
        plan.timeline.push(stop(3700, rolls_back));
        plan.timeline.push(stop(7000, rolls_back));
        let outcome = play(&plan);
        let failed = Failed {
            by: FailedBy::Stopped,
            rolls_back,
        };
        let steps = steps(&outcome);
        assert!(steps.contains(&(3700, DeploymentStep::Failed(failed))));
        assert_eq!(steps.last(), Some(&(7000, DeploymentStep::NotStopped)));
        assert_eq!(alive(&outcome, 0), 4);
        let later = tasks(&outcome, 1).into_iter();
        let later = later.filter(|task| SimTime::from_secs(3700) < task.times.created);
        assert_eq!(later.count(), 0, "none is started any more");
        let it = &outcome.observed.summary.services[0];
        let back = u64::from(rolls_back);
        assert_eq!(
            (it.deployments_failed, it.deployments_rolled_back),
            (1, back)
        );
        assert_eq!(it.deployment_under_way, None);
    }
}

fn by_code_deploy(desired: u32) -> Plan {
    let mut plan = deploys(false);
    plan.services[0].traffic_shift = Some(TrafficShiftPlan {
        shift: Shift::Linear {
            step: TrafficShare(100),
            bake: s(60),
        },
        bake: s(300),
        scale_up: STAGE_TIMEOUT,
        rolls_back: true,
        by_code_deploy: true,
        hooks: vec![],
    });
    plan.timeline.push(update(3800, None, Some(desired)));
    plan
}

#[test]
fn code_deploy_goes_on_for_five_minutes_without_a_steady_task_set() {
    let fine = play(&by_code_deploy(6));
    assert_eq!((alive(&fine, 0), alive(&fine, 1)), (0, 6));
    // Four and four of 1 vCPU are all that the quota allows: the fifth green one never comes.
    let mut plan = by_code_deploy(6);
    plan.quotas.fargate_vcpus = Some(8);
    let outcome = play(&plan);
    let failed = Failed {
        by: FailedBy::Unsteady { waited: s(300) },
        rolls_back: true,
    };
    assert!(steps(&outcome).contains(&(4100, DeploymentStep::Failed(failed))));
    assert_eq!(alive(&outcome, 1), 0);
    // With ECS's own there is no such limit.
    let shift = plan.services[0].traffic_shift.as_mut().unwrap();
    shift.by_code_deploy = false;
    let own = play(&plan);
    let failed = |(_, step): &(u64, DeploymentStep)| matches!(step, DeploymentStep::Failed(_));
    assert!(!steps(&own).iter().any(failed));
}

#[test]
fn an_update_changes_the_strategy_of_what_is_deployed_with_it_or_later() {
    let mut plan = deploys(false);
    plan.run.duration = s(4 * 3600);
    plan.services[0].later_shifts = vec![TrafficShiftPlan {
        shift: Shift::AllAtOnce,
        bake: s(600),
        scale_up: STAGE_TIMEOUT,
        rolls_back: true,
        by_code_deploy: false,
        hooks: vec![],
    }];
    let change = |seconds, definition, shift| {
        let mut entry = update(seconds, definition, None);
        if let TimelineAction::UpdateService(update) = &mut entry.action {
            update.deployment = DeploymentUpdate {
                shift: Some(shift),
                ..DeploymentUpdate::default()
            };
        }
        entry
    };
    // Rolling; then blue/green, from the next deployment on; then rolling again, with one.
    plan.timeline.extend([
        change(5000, None, Some(1)),
        update(7200, Some(0), None),
        change(10_800, Some(1), None),
    ]);
    let outcome = play(&plan);
    let staged: Vec<u64> = steps(&outcome)
        .into_iter()
        .filter(|(_, step)| {
            let stage = Stage::ProductionTrafficShift;
            matches!(step, DeploymentStep::Stage { stage: at, .. } if *at == stage)
        })
        .map(|(at, _)| at)
        .collect();
    // 25 s to RUNNING, 10 s to register, a check within 30 s.
    assert!(
        matches!(staged[..], [at] if (7235..=7265).contains(&at)),
        "{staged:?}"
    );
    let it = &outcome.observed.summary.services[0];
    assert_eq!((it.deployments_started, it.deployments_completed), (3, 3));
    assert_eq!((alive(&outcome, 0), alive(&outcome, 1)), (0, 4));
    assert_eq!(it.load.as_ref().unwrap().failed_requests, 0.0);
}
