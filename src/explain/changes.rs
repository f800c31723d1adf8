//! What changed a service over a run: its desired count, deployments, tasks that were taken or
//! failed.

mod steps;

use serde::Serialize;

use super::series::Series;
use super::{Replay, desired, scaling, words};
use crate::engine::{SimDuration, SimTime};
use crate::ids::ServiceId;
use crate::observe::times::iso8601;
use crate::policy::life_cycle::{StopCause, StopCode};
use crate::scenario::plan::TimelineAction;
use crate::world::service::ServiceCounts;
use crate::world::task::{Owner, TaskRecord};

/// Ends of tasks within so long of each other are one change.
const TOGETHER: SimDuration = SimDuration::from_secs(60);

/// Services whose records are copied at once to look for their changes.
const APART: usize = 50;

/// A change of a service.
#[derive(Clone, PartialEq, Debug, Serialize)]
pub struct Change {
    /// When, ISO 8601.
    pub at: String,
    /// When, as clocks in the run's time zone show it.
    pub local: String,
    /// What kind of change.
    pub kind: ChangeKind,
    /// What changed.
    pub what: String,
    /// Why.
    pub why: String,
    /// How many tasks it is about.
    pub tasks: u32,
    #[serde(skip)]
    pub(super) instant: SimTime,
}

/// The kinds of changes.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Debug, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum ChangeKind {
    /// Service auto scaling raised the desired count.
    ScaledOut,
    /// Service auto scaling lowered it.
    ScaledIn,
    /// A schedule or rule called.
    Called,
    /// UpdateService set it, or what did is not known.
    Updated,
    /// Of a DAEMON service: instances that it goes to came or went.
    Instances,
    /// A deployment began, ended, or can go no further.
    Deployment,
    /// A deployment failed, or is rolled back for that.
    DeploymentFailed,
    /// Spot took tasks back.
    Interrupted,
    /// Tasks failed: to start, or while they ran.
    Failed,
}

/// A service's counts at an instant, what happens at it included.
pub(super) fn counts_at(replay: &Replay<'_>, service: ServiceId, at: SimTime) -> ServiceCounts {
    let all = &replay.trail.counts;
    let until = all.partition_point(|(when, ..)| *when <= at);
    let mut before = all[..until].iter().rev();
    before
        .find(|(_, of, _)| *of == service)
        .map_or_else(ServiceCounts::default, |(.., counts)| *counts)
}

/// All changes of a service, in order of time.
pub(super) fn changes(replay: &Replay<'_>, service: ServiceId) -> Vec<Change> {
    let mut changes = desired_changes(replay, service);
    changes.extend(steps::of(replay, service));
    changes.extend(ends(replay, service));
    changes.sort_by_key(|change| change.instant);
    changes
}

/// All changes of each service whose reasons are kept, in order of time: looked for in its own
/// records, so that many services take no longer than their records.
pub(super) fn of_all(replay: &Replay<'_>) -> Vec<(ServiceId, Vec<Change>)> {
    let plan = replay.plan;
    let all = (0..plan.services.len()).map(ServiceId::from_index);
    let has_reasons = |it: &ServiceId| replay.trail.has_reasons_of(Owner::Service(*it));
    let all: Vec<ServiceId> = all.filter(has_reasons).collect();
    let mut told = Vec::with_capacity(all.len());
    for some in all.chunks(APART) {
        for (service, part) in replay.trail.apart(plan, some) {
            // A DAEMON service goes with the instances, which no part has.
            let own = match plan.service(service).is_daemon {
                true => *replay,
                false => Replay {
                    trail: &part,
                    ..*replay
                },
            };
            told.push((service, changes(&own, service)));
        }
    }
    told
}

impl Change {
    /// When, as an instant of the run.
    pub fn instant(&self) -> SimTime {
        self.instant
    }

    pub(super) fn new(
        replay: &Replay<'_>,
        at: SimTime,
        kind: ChangeKind,
        (what, why): (String, String),
        tasks: u32,
    ) -> Self {
        Change {
            at: iso8601(replay.plan.run.start, at),
            local: replay.clock().show(at),
            kind,
            what,
            why,
            tasks,
            instant: at,
        }
    }
}

/// The instants at which the desired count changed, with the counts before and after. What a DAEMON
/// service wants on instances that stand from the start is no change.
pub(super) fn desired_steps(replay: &Replay<'_>, service: ServiceId) -> Vec<(SimTime, u32, u32)> {
    let is_daemon = replay.plan.service(service).is_daemon;
    let mut steps: Vec<(SimTime, u32, u32)> = Vec::new();
    let mut before = None;
    for (at, of, counts) in &replay.trail.counts {
        if *of != service {
            continue;
        }
        let stands = is_daemon && *at == SimTime::ZERO;
        if let Some(before) = before.filter(|_| !stands)
            && before != counts.desired
        {
            // What a DAEMON service loses at once, with a zone, is one change.
            match steps.last_mut().filter(|it| is_daemon && it.0 == *at) {
                Some(same) => same.2 = counts.desired,
                None => steps.push((*at, before, counts.desired)),
            }
        }
        before = Some(counts.desired);
    }
    steps.retain(|(_, from, to)| from != to);
    steps
}

fn desired_changes(replay: &Replay<'_>, service: ServiceId) -> Vec<Change> {
    let series = Series::of(replay, service);
    let steps = desired_steps(replay, service).into_iter();
    steps
        .map(|(at, from, to)| {
            let asked = series.as_ref().and_then(|series| series.decided_at(at));
            let scaled = match (&series, asked) {
                (Some(series), Some(asked)) => Some(scaling::brief(series, &asked)),
                _ => scaling::scheduled(replay, service, at)
                    .or_else(|| scaling::foretold(replay, service, at)),
            };
            let (kind, why) = match scaled {
                Some(why) if from < to => (ChangeKind::ScaledOut, why),
                Some(why) => (ChangeKind::ScaledIn, why),
                None => desired::brief(replay, service, at),
            };
            let what = format!("desired {from} to {to}");
            Change::new(replay, at, kind, (what, why), from.abs_diff(to))
        })
        .collect()
}

/// Whether an UpdateService of the timeline sets a service's desiredCount at an instant.
pub(super) fn count_set_at(replay: &Replay<'_>, service: ServiceId, at: SimTime) -> bool {
    replay.plan.timeline.iter().any(|entry| {
        let is_its = match &entry.action {
            TimelineAction::UpdateService(update) => {
                update.service == service && update.desired_count.is_some()
            }
            TimelineAction::TaskSet(_)
            | TimelineAction::StopDeployment { .. }
            | TimelineAction::RunTask { .. }
            | TimelineAction::SetDesiredCapacity { .. }
            | TimelineAction::UpdateGroup { .. }
            | TimelineAction::ScaleOnSchedule { .. }
            | TimelineAction::InstanceRefresh { .. }
            | TimelineAction::Drain(_)
            | TimelineAction::AgentDisconnect(_)
            | TimelineAction::Outage { .. }
            | TimelineAction::Drought(_) => false,
        };
        entry.at == at && is_its
    })
}

/// The desired count that a service began with.
pub(super) fn desired_at_start(replay: &Replay<'_>, service: ServiceId) -> u32 {
    if replay.plan.service(service).is_daemon {
        return counts_at(replay, service, SimTime::ZERO).desired;
    }
    let mut counts = replay.trail.counts.iter();
    let first = counts.find(|(_, of, _)| *of == service);
    first.map_or(0, |(.., counts)| counts.desired)
}

/// Tasks of a service that ended against the scheduler's will, in order of time.
pub(super) fn lost<'t>(
    replay: &Replay<'t>,
    service: ServiceId,
) -> Vec<(SimTime, &'t TaskRecord, StopCause)> {
    let mut lost: Vec<(SimTime, &TaskRecord, StopCause)> = replay
        .trail
        .tasks
        .iter()
        .filter(|task| task.owner == Owner::Service(service))
        .filter_map(|task| {
            let stop = task.stop?;
            let at = task.times.stopping.or(task.times.stopped)?;
            let by_choice = stop.code == StopCode::ServiceSchedulerInitiated;
            let is_lost = !by_choice || stop.cause.is_failed_check();
            is_lost.then_some((at, task, stop.cause))
        })
        .collect();
    lost.sort_by_key(|(at, task, cause)| (*at, *cause, task.ordinal));
    lost
}

/// Tasks that were lost, those of one cause within a minute together.
fn ends(replay: &Replay<'_>, service: ServiceId) -> Vec<Change> {
    let mut changes: Vec<Change> = Vec::new();
    let mut open: Vec<(SimTime, StopCause, u32, Vec<String>)> = Vec::new();
    for (at, task, cause) in lost(replay, service) {
        let zone = replay.plan.zone_name(task.zone).to_owned();
        let together = |(first, of, ..): &&mut (SimTime, StopCause, u32, Vec<String>)| {
            *of == cause && at.since(*first) < TOGETHER
        };
        match open.iter_mut().rev().find(together) {
            Some((.., count, zones)) => {
                *count += 1;
                if !zones.contains(&zone) {
                    zones.push(zone);
                }
            }
            None => open.push((at, cause, 1, vec![zone])),
        }
    }
    changes.extend(open.into_iter().map(|(at, cause, count, mut zones)| {
        zones.sort();
        let kind = match cause {
            StopCause::SpotInterruption => ChangeKind::Interrupted,
            _ => ChangeKind::Failed,
        };
        let what = format!("{} lost", words::tasks(count));
        zones.retain(|zone| !zone.is_empty());
        let places = words::places(&zones);
        let why = format!("{}{places}", cause_word(cause));
        Change::new(replay, at, kind, (what, why), count)
    }));
    changes
}

/// What ended a task, in a few words.
pub(super) fn cause_word(cause: StopCause) -> &'static str {
    match cause {
        StopCause::CannotPullContainer => "the image could not be pulled",
        StopCause::ResourceInitialization => "its resources could not be set up",
        StopCause::CannotStartContainer => "its containers could not start",
        StopCause::RoleNotAssumed => "ECS could not assume its role",
        StopCause::NetworkInterface => "its subnet had no free address",
        StopCause::EssentialContainerExited => "the essential container exited",
        StopCause::OutOfMemory => "out of memory",
        StopCause::StoppedByUser => "StopTask",
        StopCause::ScalingActivity => "scaling activity",
        StopCause::FailedElbHealthChecks => "failed health checks of the load balancer",
        StopCause::FailedContainerHealthChecks => "failed health checks of its containers",
        StopCause::SpotInterruption => "Fargate Spot took its capacity back",
        StopCause::Maintenance => "Fargate's maintenance",
        StopCause::InfrastructureHealth => "its host failed",
        StopCause::HostTerminated => "its instance was terminated",
        StopCause::InstanceDraining => "its instance is draining",
        StopCause::CapacityUnavailable | StopCause::NoInstanceHadRoom(_) => {
            "no instance came for it"
        }
    }
}
