//! Blue/green, linear and canary deployments, worked out by hand in the comment above the assertion.

use super::fixture::{demand, plan, s};
use super::outcome::{RunLimits, RunOutcome};
use super::*;
use crate::demand::generator::RateSpec;
use crate::ids::{AlarmId, ServiceId, TaskDefinitionId};
use crate::observe::observation::{DeploymentStep, FailedBy};
use crate::observe::summary::{LoadSummary, ServiceSummary};
use crate::observe::trail::Trail;
use crate::policy::alarm::{AlarmRule, Comparison, TreatMissingData};
use crate::policy::traffic_shift::{
    HookResult, STAGE_TIMEOUT, Shift, Stage, TimeoutAction, TrafficShare,
};
use crate::scenario::plan::{
    AlarmMetric, AlarmPlan, DeploymentAlarmsPlan, Fidelity, HookPlan, ServiceUpdate,
    TimelineAction, TimelineEntry, TrafficShiftPlan, UnhealthyPlan, WatchedMetric, WorkPlan,
};
use crate::world::task::TaskRecord;

const CANARY: Shift = Shift::Canary {
    share: TrafficShare(100),
    bake: SimDuration::from_secs(600),
};

fn deploy(seconds: u64, definition: u32) -> TimelineEntry {
    let update = ServiceUpdate {
        service: ServiceId(0),
        desired_count: None,
        strategy: None,
        task_definition: Some(TaskDefinitionId(definition)),
        force_new_deployment: false,
        deployment: Default::default(),
    };
    TimelineEntry {
        at: SimTime::from_secs(seconds),
        action: TimelineAction::UpdateService(update),
    }
}

/// Four tasks that answer 20 requests a second; after an hour a second revision with `defect` goes
/// out; looked at for three hours.
fn shifts(shift: Shift, defect: impl Fn(&mut WorkPlan)) -> Plan {
    let mut plan = plan();
    plan.run.duration = s(3 * 3600);
    let service = &mut plan.services[0];
    service.desired_count = 4;
    service.demand = Some(demand(RateSpec::Constant(20.0)));
    service.traffic_shift = Some(TrafficShiftPlan {
        shift,
        bake: s(15 * 60),
        scale_up: STAGE_TIMEOUT,
        rolls_back: true,
        by_code_deploy: false,
        hooks: vec![],
    });
    let mut second = plan.task_definitions[0].clone();
    second.revision = 2;
    defect(&mut second.work);
    plan.task_definitions.push(second);
    plan.timeline = vec![deploy(3600, 1)];
    plan
}

fn hook(stage: Stage, takes: u64, fails: f64) -> HookPlan {
    HookPlan {
        name: "smoke-test".into(),
        stages: vec![stage],
        timeout: s(3600),
        action: TimeoutAction::Rollback,
        takes: s(takes),
        fails,
    }
}

fn watched(plan: &mut Plan, most_per_minute: f64) {
    plan.services[0].deployment_alarms = Some(DeploymentAlarmsPlan {
        alarms: vec![AlarmId(0)],
        rollback: true,
        bake: s(60),
    });
    plan.alarms = vec![AlarmPlan {
        name: "errors".into(),
        service: ServiceId(0),
        metric: WatchedMetric::of(AlarmMetric::Target5xx, 1.0),
        period_units: 1,
        rule: AlarmRule {
            threshold: most_per_minute,
            comparison: Comparison::GreaterThan,
            evaluation_periods: 1,
            datapoints_to_alarm: 1,
            treat_missing_data: TreatMissingData::NotBreaching,
        },
        clock: crate::demand::period::MetricClock::of_minutes(s(60)),
        fails_deployments_of: vec![ServiceId(0)],
    }];
}

fn play(plan: &Plan) -> RunOutcome {
    let simulation = Simulation::new(plan, 0).following(Trail::of(None));
    simulation.audited().run(&RunLimits::default())
}

fn summary(outcome: &RunOutcome) -> &ServiceSummary {
    &outcome.observed.summary.services[0]
}

fn load(outcome: &RunOutcome) -> &LoadSummary {
    summary(outcome).load.as_ref().unwrap()
}

fn steps(outcome: &RunOutcome) -> Vec<(u64, DeploymentStep)> {
    let trail = outcome.observed.trail.as_ref().unwrap();
    let steps = trail.deployments.iter();
    steps
        .map(|(at, _, _, step)| (at.as_micros() / 1_000_000, *step))
        .collect()
}

/// When the new revision got which share of the traffic: seconds, tenths of a percent.
fn course(outcome: &RunOutcome) -> Vec<(u64, u16)> {
    let steps = steps(outcome).into_iter();
    let shifts = steps.filter_map(|(at, step)| match step {
        DeploymentStep::Stage {
            stage: Stage::ProductionTrafficShift,
            share,
        } => Some((at, share.0)),
        _ => None,
    });
    shifts.collect()
}

fn tasks(outcome: &RunOutcome, definition: u32) -> Vec<&TaskRecord> {
    let of = |task: &&TaskRecord| task.definition == TaskDefinitionId(definition);
    outcome.observed.tasks.iter().filter(of).collect()
}

/// Deployments completed, failed, rolled back.
fn counted(outcome: &RunOutcome) -> [u64; 3] {
    let it = summary(outcome);
    [
        it.deployments_completed,
        it.deployments_failed,
        it.deployments_rolled_back,
    ]
}

/// A Network Load Balancer takes ten minutes more at each of the two shifts: of the test traffic,
/// before the first step, and of production traffic.
#[test]
fn a_network_balancer_makes_each_shift_longer() {
    let began = |by_code_deploy: bool, wait: u64| {
        let mut plan = shifts(Shift::AllAtOnce, |_| {});
        plan.target_groups[0].shift_wait = s(wait);
        plan.services[0]
            .traffic_shift
            .as_mut()
            .unwrap()
            .by_code_deploy = by_code_deploy;
        let outcome = play(&plan);
        let steps = steps(&outcome).into_iter();
        let stages = steps.filter_map(|(at, step)| match step {
            DeploymentStep::Stage { stage, .. } => Some((stage, at)),
            _ => None,
        });
        let stages: Vec<(Stage, u64)> = stages.collect();
        let at = |stage| stages.iter().find(|it| it.0 == stage).unwrap().1;
        [
            at(Stage::PostTestTrafficShift) - at(Stage::TestTrafficShift),
            at(Stage::PostProductionTrafficShift) - at(Stage::ProductionTrafficShift),
            at(Stage::CleanUp) - at(Stage::BakeTime),
        ]
    };
    assert_eq!(began(false, 600), [600, 600, 900]);
    assert_eq!(began(false, 0), [0, 0, 900]);
    assert_eq!(began(true, 600), [0, 0, 900]);
}

#[test]
fn svc_e19_blue_ends_55_minutes_after_the_first_step() {
    let linear = Shift::Linear {
        step: TrafficShare(200),
        bake: s(600),
    };
    let outcome = play(&shifts(linear, |_| {}));
    let course = course(&outcome);
    let first = course[0].0;
    // RUNNING at 3625, registered 10 s later, healthy at the first check within 30 s.
    assert!((3635..=3665).contains(&first), "{first}");
    let expected = [(0, 200), (600, 400), (1200, 600), (1800, 800), (2400, 1000)];
    assert_eq!(course, expected.map(|(at, share)| (first + at, share)));
    let blue = tasks(&outcome, 0);
    assert_eq!(blue.len(), 4);
    let end = 55 * 60;
    for task in blue {
        let stopping = task.times.stopping.unwrap().as_micros() / 1_000_000;
        assert_eq!(stopping - first, end);
    }
    assert!(tasks(&outcome, 1).iter().all(|task| task.stop.is_none()));
    assert_eq!(counted(&outcome), [1, 0, 0]);
}

#[test]
fn a_canary_shows_its_errors_to_its_share_of_the_clients_only() {
    for fidelity in [Fidelity::Fluid, Fidelity::Requests] {
        let mut plan = shifts(CANARY, |work| work.errors = 0.5);
        plan.run.fidelity = fidelity;
        watched(&mut plan, 20.0);
        let outcome = play(&plan);
        assert_eq!(counted(&outcome), [0, 1, 1], "{fidelity:?}");
        let steps = steps(&outcome);
        let at = |wanted: fn(&DeploymentStep) -> bool| {
            steps.iter().find(|(_, step)| wanted(step)).unwrap().0
        };
        let first = course(&outcome)[0].0;
        let failed = at(|step| matches!(step, DeploymentStep::Failed(_)));
        // 20/s, of which a tenth for so long, of which half fail; the balance of a few requests a
        // second is chance.
        let expected = 20.0 * 0.1 * 0.5 * (failed - first) as f64;
        let errors = load(&outcome).target_5xx;
        let off = (errors - expected).abs();
        assert!(
            off < 4.0 * expected.sqrt(),
            "{fidelity:?}: {errors} {expected}"
        );
        assert_eq!(course(&outcome).len(), 1, "the rest never goes over");
        // The old ones were there all along: nothing had to start again.
        assert!(tasks(&outcome, 0).iter().all(|task| task.stop.is_none()));
        assert_eq!(tasks(&outcome, 0).len(), 4);
        assert!(tasks(&outcome, 1).iter().all(|task| task.stop.is_some()));
    }
}

#[test]
fn a_hook_that_fails_rolls_back_before_any_client_sees_the_revision() {
    let mut plan = shifts(Shift::AllAtOnce, |work| work.errors = 1.0);
    let shift = plan.services[0].traffic_shift.as_mut().unwrap();
    shift.hooks = vec![hook(Stage::PostTestTrafficShift, 120, 1.0)];
    let outcome = play(&plan);
    assert_eq!(course(&outcome), []);
    assert_eq!(load(&outcome).target_5xx, 0.0);
    let steps = steps(&outcome);
    let tested = steps.iter().position(|(_, step)| {
        matches!(
            step,
            DeploymentStep::Stage {
                stage: Stage::PostTestTrafficShift,
                ..
            }
        )
    });
    let (began, _) = steps[tested.unwrap()];
    let (failed_at, step) = steps[tested.unwrap() + 1];
    assert_eq!(failed_at, began + 120);
    let DeploymentStep::Failed(failed) = step else {
        panic!("{step:?}");
    };
    let by = FailedBy::Hook {
        hook: 0,
        result: HookResult::Fails,
    };
    assert!(failed.by == by && failed.rolls_back);
}

#[test]
fn functions_of_an_app_spec_run_once_in_a_deployment_by_codedeploy() {
    // Ten steps of a minute. AfterInstall takes two minutes, BeforeAllowTraffic three: 3600 + some
    // 35 to 65 s to start + 300, and then nine minutes from the first step to the last. ECS's own
    // hook before production traffic would take its three minutes ten times.
    for (by_code_deploy, longer) in [(true, 0), (false, 9 * 180)] {
        let step = Shift::Linear {
            step: TrafficShare(100),
            bake: s(60),
        };
        let mut plan = shifts(step, |_| {});
        let shift = plan.services[0].traffic_shift.as_mut().unwrap();
        shift.by_code_deploy = by_code_deploy;
        shift.hooks = vec![
            hook(Stage::PostScaleUp, 120, 0.0),
            hook(Stage::PreProductionTrafficShift, 180, 0.0),
        ];
        let course = course(&play(&plan));
        let (first, last) = (course[0].0, course[9].0);
        assert!((3600 + 335..=3600 + 365).contains(&first), "{course:?}");
        assert_eq!(last - first, 9 * 60 + longer, "{by_code_deploy}");
    }
}

#[test]
fn service_connect_shifts_the_traffic_of_a_service_without_target_groups() {
    let mut plan = shifts(CANARY, |work| work.errors = 1.0);
    let service = &mut plan.services[0];
    (service.target_group, service.service_connect) = (None, true);
    let outcome = play(&plan);
    // A tenth of 20 requests a second fails for the ten minutes of the canary, then all of them
    // until the end of the three hours.
    let course = course(&outcome);
    let shares: Vec<u16> = course.iter().map(|(_, share)| *share).collect();
    assert_eq!(shares, [100, 1_000]);
    let (first, all) = (course[0].0, course[1].0);
    assert_eq!(all - first, 600);
    let expected = 0.1 * 20.0 * 600.0 + 20.0 * (3.0 * 3600.0 - all as f64);
    let errors = load(&outcome).target_5xx;
    assert!(
        (errors - expected).abs() < 0.01 * expected,
        "{errors} {expected}"
    );
}

#[test]
fn a_hook_that_fails_at_a_step_rolls_back_without_the_bake_of_the_step() {
    // The step begins, the hook says no a minute later, and the canary's ten minutes never pass.
    let mut plan = shifts(CANARY, |_| {});
    let shift = plan.services[0].traffic_shift.as_mut().unwrap();
    shift.hooks = vec![hook(Stage::ProductionTrafficShift, 60, 1.0)];
    let outcome = play(&plan);
    let [(first, _)] = course(&outcome)[..] else {
        panic!("one step");
    };
    let steps = steps(&outcome);
    let mut failed = steps
        .iter()
        .filter(|(_, step)| matches!(step, DeploymentStep::Failed(_)));
    assert_eq!(failed.next().unwrap().0, first + 60);
    assert_eq!(counted(&outcome), [0, 1, 1]);
}

#[test]
fn a_rollback_is_not_failed_by_what_alarms_still_see_of_the_revision() {
    // The hook says no within a minute of the shift; the minute's errors are known a minute after
    // its end, when the old revision has all of the traffic again.
    let mut plan = shifts(Shift::AllAtOnce, |work| work.errors = 0.5);
    let shift = plan.services[0].traffic_shift.as_mut().unwrap();
    shift.hooks = vec![hook(Stage::PostProductionTrafficShift, 45, 1.0)];
    watched(&mut plan, 100.0);
    plan.services[0].deployment_alarms.as_mut().unwrap().bake = s(300);
    let outcome = play(&plan);
    assert_eq!(counted(&outcome), [0, 1, 1]);
    let steps = steps(&outcome);
    let back =
        |(_, step): &(u64, DeploymentStep)| matches!(step, DeploymentStep::RollingBack { .. });
    let at = steps.iter().position(back).unwrap();
    // Its tasks were never touched: it is complete when the other ones have drained, does not bake
    // and stays so.
    let [(done, DeploymentStep::Completed)] = steps[at + 1..] else {
        panic!("{steps:?}");
    };
    assert!(done < steps[at].0 + 120, "{steps:?}");
}

#[test]
fn a_hook_without_an_answer_waits_for_its_time_out_and_goes_on_if_it_says_so() {
    let mut plan = shifts(Shift::AllAtOnce, |_| {});
    let shift = plan.services[0].traffic_shift.as_mut().unwrap();
    let mut late = hook(Stage::PostScaleUp, 100_000, 0.0);
    late.action = TimeoutAction::Continue;
    late.timeout = s(1800);
    shift.hooks = vec![hook(Stage::PostScaleUp, 60, 0.0), late];
    let outcome = play(&plan);
    let course = course(&outcome);
    assert!(
        (3635 + 1800..=3665 + 1800).contains(&course[0].0),
        "{course:?}"
    );
    assert_eq!(counted(&outcome), [1, 0, 0]);
}

#[test]
fn tasks_that_never_become_healthy_are_given_up_after_24_hours() {
    let never = |work: &mut WorkPlan| {
        work.unhealthy = Some(UnhealthyPlan {
            share: 1.0,
            after: s(0),
        });
    };
    let mut plan = shifts(Shift::AllAtOnce, never);
    plan.run.duration = s(26 * 3600);
    let outcome = play(&plan);
    let failed = steps(&outcome)
        .into_iter()
        .find(|(_, step)| matches!(step, DeploymentStep::Failed(_)));
    assert_eq!(failed.unwrap().0, 3600 + 24 * 3600);
    assert!(
        100 < tasks(&outcome, 1).len(),
        "they are replaced until then"
    );
    assert_eq!(load(&outcome).failed_requests, 0.0);
}

#[test]
fn a_deployment_in_the_middle_of_another_takes_its_place() {
    let mut plan = shifts(CANARY, |_| {});
    let mut third = plan.task_definitions[1].clone();
    third.revision = 3;
    plan.task_definitions.push(third);
    plan.timeline.push(deploy(3900, 2));
    let outcome = play(&plan);
    let [blue, green, last] = [0, 1, 2].map(|definition| tasks(&outcome, definition));
    assert_eq!((blue.len(), green.len(), last.len()), (4, 4, 4));
    for task in green {
        assert_eq!(task.times.stopping, Some(SimTime::from_secs(3900)));
    }
    let end = blue[0].times.stopping.unwrap();
    assert!(
        SimTime::from_secs(3900 + 1500) < end,
        "blue has the traffic until the end"
    );
    assert!(last.iter().all(|task| task.stop.is_none()));
    assert_eq!(counted(&outcome), [1, 0, 0]);
    assert_eq!(load(&outcome).failed_requests, 0.0);
}

#[test]
fn both_revisions_have_all_of_their_tasks_while_traffic_goes_over() {
    // maximumPercent 100 bounds nothing of it.
    let mut plan = shifts(CANARY, |_| {});
    plan.services[0].maximum_percent = 100;
    plan.services[0].minimum_healthy_percent = 50;
    let outcome = play(&plan);
    let (blue, green) = (tasks(&outcome, 0), tasks(&outcome, 1));
    let end = blue.iter().map(|task| task.times.stopping.unwrap()).min();
    let begin = green.iter().filter_map(|task| task.times.started).max();
    // Canary for 10 minutes and 15 of bake.
    assert!(s(1500) <= end.unwrap().since(begin.unwrap()));
    assert_eq!((blue.len(), green.len()), (4, 4));
    assert_eq!(counted(&outcome), [1, 0, 0]);
}

#[test]
fn without_a_bake_time_the_old_tasks_end_when_traffic_has_gone_over() {
    let mut plan = shifts(Shift::AllAtOnce, |_| {});
    plan.services[0].traffic_shift.as_mut().unwrap().bake = s(0);
    let outcome = play(&plan);
    assert_eq!(counted(&outcome), [1, 0, 0]);
    let at = SimTime::from_secs(course(&outcome)[0].0);
    for task in tasks(&outcome, 0) {
        let stopping = task.times.stopping.unwrap();
        assert!(stopping.since(at) < s(1), "{stopping:?}");
    }
}
