//! What a scenario has planned, in words.

use crate::engine::SimDuration;
use crate::ids::{GroupId, ServiceId, ZoneId};
use crate::scenario::plan::{Plan, ServiceUpdate, TimelineAction};

/// Whom an action is about, what it does, how long it lasts in milliseconds.
pub fn words(plan: &Plan, action: &TimelineAction) -> (String, String, i64) {
    let group = |id: GroupId| plan.groups[id.index()].name.clone();
    let service = |id: ServiceId| plan.service(id).name.clone();
    let ms = |length: SimDuration| (length.as_micros() / 1_000) as i64;
    let zone = |id: ZoneId| plan.zones[id.index()].name.clone();
    match action {
        TimelineAction::UpdateService(update) => {
            (service(update.service), update_words(plan, update), 0)
        }
        TimelineAction::StopDeployment {
            service: id,
            rolls_back,
        } => {
            let how = if *rolls_back { "ROLLBACK" } else { "ABORT" };
            (service(*id), format!("StopServiceDeployment: {how}"), 0)
        }
        TimelineAction::TaskSet(action) => (
            service(action.service),
            "a change of its task sets".to_owned(),
            0,
        ),
        TimelineAction::RunTask { source, count } => {
            let name = plan.job_sources[source.index()].name.clone();
            (name, format!("RunTask: {count}"), 0)
        }
        TimelineAction::SetDesiredCapacity { group: id, desired } => {
            (group(*id), format!("SetDesiredCapacity: {desired}"), 0)
        }
        TimelineAction::InstanceRefresh { group: id, .. } => {
            (group(*id), "StartInstanceRefresh".to_owned(), 0)
        }
        TimelineAction::UpdateGroup { group: id, .. } => {
            (group(*id), "a scheduled action of the group".to_owned(), 0)
        }
        TimelineAction::ScaleOnSchedule { target, .. } => {
            let target = &plan.scalable_targets[target.index()];
            (
                service(target.service),
                "a scheduled scaling action".to_owned(),
                0,
            )
        }
        TimelineAction::Drain(_) => ("instances".to_owned(), "are drained".to_owned(), 0),
        TimelineAction::AgentDisconnect(_) => (
            "instances".to_owned(),
            "their agents are disconnected".to_owned(),
            0,
        ),
        TimelineAction::Outage { zone: id, length } => {
            (zone(*id), "the zone fails".to_owned(), ms(*length))
        }
        TimelineAction::Drought(drought) => (
            "Spot".to_owned(),
            "its pools have nothing".to_owned(),
            ms(drought.length),
        ),
    }
}

/// What an UpdateService call changes.
fn update_words(plan: &Plan, update: &ServiceUpdate) -> String {
    let mut what = Vec::new();
    if let Some(count) = update.desired_count {
        what.push(format!("desired count {count}"));
    }
    if let Some(id) = update.task_definition {
        let definition = &plan.task_definitions[id.index()];
        what.push(format!("{}:{}", definition.family, definition.revision));
    }
    if update.strategy.is_some() {
        what.push("another capacity provider strategy".to_owned());
    }
    if update.force_new_deployment && update.task_definition.is_none() {
        what.push("a forced deployment".to_owned());
    }
    if what.is_empty() {
        what.push("other deployment settings".to_owned());
    }
    format!("UpdateService: {}", what.join(", "))
}
