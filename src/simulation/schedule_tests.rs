//! Calls of EventBridge: when they come, and what becomes of those that fail.

use std::sync::Arc;

use jiff::tz::TimeZone;

use super::fixture::{jobs, plan};
use super::instance_tests::played;
use crate::demand::scheduled::ScheduleTimes;
use crate::engine::distribution::Distribution;
use crate::engine::{SimDuration, SimTime};
use crate::observe::summary::{JobSourceSummary, ScheduleSummary};
use crate::policy::schedule::ScheduleExpression;
use crate::policy::schedule::delivery::{Backoff, RetryPolicy};
use crate::scenario::plan::{
    ArrivalPlan, Caller, DroughtPlan, OnInterruption, Plan, TargetPlan, TimelineAction,
    TimelineEntry,
};
use crate::units::{CpuUnits, MiB};

const HOUR: u64 = 3_600;

/// A job of `work_s` seconds by a schedule, and nothing else; tried twice more after errors.
fn scheduled(expression: &str, work_s: f64) -> Plan {
    let mut plan = plan();
    let mut job = jobs(1.0, work_s);
    job.arrivals = Some(ArrivalPlan::Schedule(Arc::new(ScheduleTimes {
        expression: ScheduleExpression::parse(expression).unwrap(),
        zone: TimeZone::UTC,
        begun: plan.run.start,
        end: None,
        window: SimDuration::ZERO,
        delay: Distribution::constant(7.0).unwrap(),
    })));
    job.on_interruption = OnInterruption::Fail;
    job.target = Some(TargetPlan {
        caller: Caller::Scheduler,
        retry: RetryPolicy {
            attempts: 2,
            ..RetryPolicy::DEFAULT
        },
        backoff: Backoff::DEFAULT,
        has_dead_letters: true,
    });
    for definition in &mut plan.task_definitions {
        definition.work.duration = Some(Distribution::constant(work_s).unwrap());
    }
    plan.services.clear();
    plan.scalable_targets.clear();
    plan.objectives.clear();
    plan.target_groups.clear();
    plan.load_balancers.clear();
    plan.timeline.clear();
    plan.job_sources = vec![job];
    plan
}

fn summary(plan: &Plan, until_s: u64) -> JobSourceSummary {
    let mut plan = plan.clone();
    plan.run.duration = SimDuration::from_secs(until_s);
    let simulation = crate::simulation::Simulation::new(&plan, 0);
    let outcome = simulation.run(&crate::simulation::outcome::RunLimits::default());
    outcome.observed.summary.job_sources[0].clone()
}

fn schedule(plan: &Plan, until_s: u64) -> ScheduleSummary {
    summary(plan, until_s).schedule.unwrap()
}

#[test]
fn tasks_are_created_when_the_schedule_calls() {
    let plan = scheduled("rate(6 hours)", 600.0);
    let simulation = played(&plan, 6 * HOUR + 100);
    let tasks = simulation.world.tasks.iter();
    let created: Vec<SimTime> = tasks.map(|(_, it)| it.record.times.created).collect();
    // The first one is over.
    assert_eq!(created, [SimTime::from_secs(6 * HOUR + 7)]);
    let told = summary(&plan, 24 * HOUR);
    assert_eq!((told.succeeded, told.failed, told.starts), (4, 0, 4));
}

#[test]
fn a_call_looks_at_nothing_that_still_runs() {
    // Runs of 90 minutes every hour: each but the first begins before the last one is over.
    let plan = scheduled("rate(1 hour)", 5_400.0);
    let told = schedule(&plan, 10 * HOUR);
    assert_eq!((told.runs, told.overlapping), (10, 9));
    let apart = schedule(&scheduled("rate(2 hours)", 5_400.0), 10 * HOUR);
    assert_eq!((apart.runs, apart.overlapping), (5, 0));
}

#[test]
fn errors_are_tried_again_and_then_go_to_the_dead_letters() {
    // No task fits into the quota of vCPUs: an error of the API, tried twice more.
    let mut plan = scheduled("rate(6 hours)", 600.0);
    plan.quotas.fargate_vcpus = Some(0);
    let told = summary(&plan, 24 * HOUR);
    let schedule = told.schedule.unwrap();
    assert_eq!(
        (schedule.runs, schedule.retries, schedule.given_up),
        (4, 8, 4)
    );
    assert!(schedule.has_dead_letters && schedule.lost.is_empty());
    assert_eq!((told.succeeded, told.failed, told.starts), (0, 4, 0));
}

#[test]
fn a_further_try_finds_the_quota_free_again() {
    // A quota of one vCPU, and two tasks of one a call: the second waits for the first's end.
    let mut plan = scheduled("rate(6 hours)", 0.5);
    plan.job_sources[0].count = 2;
    plan.job_sources[0].cpu = Some(CpuUnits(1_024));
    plan.job_sources[0].memory = Some(MiB(2_048));
    plan.quotas.fargate_vcpus = Some(1);
    let target = plan.job_sources[0].target.as_mut().unwrap();
    target.retry.attempts = 185;
    let told = summary(&plan, 24 * HOUR);
    let schedule = told.schedule.unwrap();
    assert_eq!((told.succeeded, told.failed), (8, 0));
    assert!(4 <= schedule.retries, "{}", schedule.retries);
    assert_eq!(schedule.given_up, 0);
}

#[test]
fn failures_of_an_answered_call_are_lost() {
    // Fargate Spot has nothing from 5:00 to 7:00: the call at 6:00 is answered, with failures.
    let mut plan = scheduled("rate(6 hours)", 600.0);
    plan.job_sources[0].strategy =
        crate::policy::strategy::Strategy::only(crate::ids::ProviderId(1));
    plan.timeline = vec![TimelineEntry {
        at: SimTime::from_secs(5 * HOUR),
        action: TimelineAction::Drought(DroughtPlan {
            group: None,
            zone: None,
            length: SimDuration::from_secs(2 * HOUR),
            reclaims: 0.0,
        }),
    }];
    let told = summary(&plan, 24 * HOUR);
    let schedule = told.schedule.unwrap();
    assert_eq!((schedule.runs, schedule.retries), (4, 0));
    let lost: Vec<(&str, u64)> = schedule
        .lost
        .iter()
        .map(|it| (it.0.as_str(), *it.1))
        .collect();
    assert_eq!(lost, [("spot_capacity", 1)]);
    assert_eq!((told.succeeded, told.failed, told.starts), (3, 1, 3));
}
