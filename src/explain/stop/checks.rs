//! Tasks that were stopped because their health checks failed: whose checks, why they failed, and
//! with what they would have passed or been waited for.

use super::cause::Ended;
use super::restarted;
use crate::engine::{SimDuration, SimTime};
use crate::explain::{Replay, rules, words};
use crate::policy::task_health::ContainerCheck;
use crate::scenario::plan::{TargetGroupPlan, WorkPlan};
use crate::world::task::{Owner, TaskRecord};

/// The longest `startPeriod` (API HealthCheck), seconds.
const START_PERIOD_MAX_S: u64 = 300;

/// Its target failed the load balancer's checks.
pub(super) fn of_target(replay: &Replay<'_>, record: &TaskRecord) -> Ended {
    let plan = replay.plan;
    let by = &[rules::TARGET_CHECKS, rules::GRACE, rules::TO_STOP];
    let definition = plan.task_definition(record.definition);
    let Owner::Service(service) = record.owner else {
        return Ended::new("its target failed the load balancer's health checks", by);
    };
    let service = plan.service(service);
    let work = &work_of(record, &definition.work);
    let restart = restarted::found(replay, record)
        .map(|restart| (restart, restarted::words_of(replay, record, restart)));
    let answered = work.unhealthy.is_none() && record.times.in_service.is_some();
    let has_node = plan.has_node(service, record.zone);
    let failing = match (&restart, service.is_cut_off) {
        (Some((_, (told, _))), _) => told.clone(),
        (None, false) if answered => "it had answered before, and why no more is not known".into(),
        (None, true) => "its security groups keep the load balancer out".to_owned(),
        (None, false) if !has_node => "the load balancer has no node in its zone".to_owned(),
        (None, false) => failing_words(&definition.name(), work),
    };
    let why = format!("it failed the load balancer's health checks: {failing}");
    let grace = service.health_check_grace;
    let Some(group) = plan.failed_group(service, record.unhealthy_in) else {
        return Ended::new(why, by);
    };
    let (interval, checks) = (group.health_check_interval, group.checks_to_unhealthy);
    let (row, group_name) = (words::failed_checks(checks, interval), &group.name);
    let why = format!("{why}; {row} made its target in {group_name} unhealthy");
    let ended = Ended::new(why, by)
        .detail(grace_words(grace))
        .input("targetGroup", group.name.as_str())
        .input("HealthCheckIntervalSeconds", interval.as_secs_f64())
        .input("UnhealthyThresholdCount", checks)
        .input("healthCheckGracePeriodSeconds", grace.as_secs_f64());
    let ended = of_work(ended, work);
    if let Some((restart, (_, longer))) = restart {
        return restarted::ended(ended, (restart, longer), Some(group));
    }
    if service.is_cut_off {
        return ended.or_with(
            "a security group that lets the load balancer in",
            "its checks would have passed",
        );
    }
    if !has_node {
        return ended.or_with(
            "a node of the load balancer in its zone",
            "its checks would have passed",
        );
    }
    if work.unhealthy.is_some() {
        return repaired(ended);
    }
    if answered {
        return ended;
    }
    let enough = enough_grace_s(work.start, group);
    ended.or_with(
        format!("a healthCheckGracePeriodSeconds of {enough}"),
        "its target would have recovered within it",
    )
}

/// A task's code without checks that begin to fail only after those of the task had failed.
fn work_of(record: &TaskRecord, work: &WorkPlan) -> WorkPlan {
    let noticed = record.unhealthy_in.map(|(at, _)| at);
    let noticed = noticed.or(record.times.stopping);
    WorkPlan {
        unhealthy: work
            .unhealthy
            .filter(|_| noticed.is_some_and(|at| fails_by(record, work, at))),
        ..work.clone()
    }
}

/// Whether the health checks of a task's code may have begun to fail by an instant (`work.health`).
pub(in crate::explain) fn fails_by(record: &TaskRecord, work: &WorkPlan, at: SimTime) -> bool {
    let begins = work.unhealthy.zip(record.times.started);
    begins.is_some_and(|(fails, started)| started.saturating_add(fails.after) <= at)
}

/// A grace period that is enough in any case: the last check that fails is before the code answers,
/// `start` after RUNNING, and after that it takes so many that pass.
fn enough_grace_s(start: SimDuration, group: &TargetGroupPlan) -> u64 {
    let checks = group.checks_to_recover.max(group.checks_to_healthy);
    let interval = group.health_check_interval;
    let recovery = interval.as_micros().saturating_mul(u64::from(checks));
    start
        .as_micros()
        .saturating_add(recovery)
        .div_ceil(1_000_000)
}

/// An essential container failed its own check.
pub(super) fn of_containers(replay: &Replay<'_>, record: &TaskRecord) -> Ended {
    let by = &[rules::CONTAINER_CHECKS, rules::GRACE, rules::TO_STOP];
    let definition = replay.plan.task_definition(record.definition);
    let work = &work_of(record, &definition.work);
    let restart = restarted::found(replay, record)
        .map(|restart| (restart, restarted::words_of(replay, record, restart)));
    let failing = match &restart {
        Some((_, (told, _))) => told.clone(),
        None => failing_words(&definition.name(), work),
    };
    let why = format!("an essential container failed its health check: {failing}");
    let Owner::Service(service) = record.owner else {
        return Ended::new(why, by);
    };
    let from = work.unhealthy.map_or(SimDuration::ZERO, |it| it.after);
    let from = SimTime::ZERO.saturating_add(from);
    // Which of them noticed it first.
    let noticed = |check: &ContainerCheck| check.unhealthy_at(SimTime::ZERO, from);
    let Some(check) = definition.health_checks().min_by_key(noticed) else {
        return Ended::new(why, by);
    };
    let grace = replay.plan.service(service).health_check_grace;
    let ended = Ended::new(why, by)
        .detail(format!(
            "it takes {} to be UNHEALTHY; startPeriod is {}",
            words::failed_checks(check.retries, check.interval),
            words::length(check.start_period)
        ))
        .detail(grace_words(grace))
        .input("interval_s", check.interval.as_secs_f64())
        .input("retries", check.retries)
        .input("startPeriod_s", check.start_period.as_secs_f64())
        .input("healthCheckGracePeriodSeconds", grace.as_secs_f64());
    let ended = of_work(ended, work);
    let ended = match restart {
        Some((restart, (_, longer))) => restarted::ended(ended, (restart, longer), None),
        None if work.unhealthy.is_some() => return repaired(ended),
        None => ended,
    };
    match longer_period(check, work.start) {
        Some(seconds) => ended.or_with(
            format!("a startPeriod of {seconds}"),
            "it would have been HEALTHY before enough checks counted",
        ),
        None => ended,
    }
}

/// The shortest `startPeriod` with which a container that answers after `start` is HEALTHY first.
fn longer_period(check: ContainerCheck, start: SimDuration) -> Option<u64> {
    let began = SimTime::ZERO;
    let healthy = check.healthy_at(began, began.saturating_add(start));
    let passes = |seconds: &u64| {
        let start_period = SimDuration::from_secs(*seconds);
        let patient = ContainerCheck {
            start_period,
            ..check
        };
        healthy <= patient.unhealthy_at(began, began)
    };
    (0..=START_PERIOD_MAX_S).find(passes)
}

/// Why its checks failed, by its code.
fn failing_words(name: &str, work: &WorkPlan) -> String {
    match work.unhealthy {
        Some(fails) => {
            let when = match fails.after.is_zero() {
                true => "never pass".to_owned(),
                false => format!("fail from {} after RUNNING on", words::length(fails.after)),
            };
            let share = words::number(100.0 * fails.share);
            format!("those of {share} % of the tasks of {name} {when} (`work.health`)")
        }
        None => format!(
            "its code answers {} after its start (`work.start`), too late for them",
            words::length(work.start)
        ),
    }
}

fn grace_words(grace: SimDuration) -> String {
    match grace.is_zero() {
        true => "there is no healthCheckGracePeriodSeconds".to_owned(),
        false => format!(
            "healthCheckGracePeriodSeconds had it left alone for {} after RUNNING",
            words::length(grace)
        ),
    }
}

fn of_work(ended: Ended, work: &WorkPlan) -> Ended {
    let ended = ended.input("answersAfter_s", work.start.as_secs_f64());
    match work.unhealthy {
        Some(fails) => ended
            .input("failingShare", fails.share)
            .input("failsAfter_s", fails.after.as_secs_f64()),
        None => ended,
    }
}

/// A revision whose checks pass.
fn repaired(ended: Ended) -> Ended {
    let with = "a revision without `work.health`";
    ended.or_with(with, "its checks would have passed, and it gone on")
}
