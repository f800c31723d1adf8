//! What the timeline holds: what the operator or the world does.

use super::{About, Event, EventKind, counted};
use crate::ids::GroupId;
use crate::scenario::plan::{Plan, TimelineAction, TimelineEntry};

/// What the operator or the world does, unless it is told as a service's change.
pub(super) fn of_timeline(plan: &Plan, entry: &TimelineEntry) -> Option<Event> {
    let group = |id: GroupId| plan.group(id).name.as_str();
    let groups = |id: Option<GroupId>, all: &str| {
        id.map_or_else(|| all.to_owned(), |id| group(id).to_owned())
    };
    let (mut place, mut until) = (None, None);
    let sized = match entry.action {
        TimelineAction::SetDesiredCapacity { group, .. }
        | TimelineAction::UpdateGroup { group, .. } => plan.provider_of(group),
        _ => None,
    };
    let text = match &entry.action {
        TimelineAction::Outage { zone, length } => {
            place = Some(*zone);
            until = Some(entry.at + *length);
            format!(
                "availability zone {} fails for {length}",
                plan.zone_name(*zone)
            )
        }
        TimelineAction::Drought(drought) => {
            place = drought.zone;
            let pools = groups(drought.group, "Fargate Spot");
            format!("{pools} has no Spot capacity for {}", drought.length)
        }
        TimelineAction::AgentDisconnect(lost) => {
            place = lost.zone;
            let agents = groups(lost.group, "instances");
            format!(
                "ECS hears nothing of agents of {agents} for {}",
                lost.length
            )
        }
        TimelineAction::Drain(drain) => {
            let of = group(drain.group);
            format!(
                "{} of {of} are set to DRAINING",
                counted(drain.count, "instance")
            )
        }
        TimelineAction::SetDesiredCapacity { group: id, desired } => {
            format!("{}: SetDesiredCapacity {desired}", group(*id))
        }
        TimelineAction::InstanceRefresh { group: id, .. } => {
            format!("{}: an instance refresh begins", group(*id))
        }
        TimelineAction::UpdateGroup { group: id, .. } => {
            format!("{}: a scheduled action sets its sizes", group(*id))
        }
        TimelineAction::RunTask { source, count } => {
            let name = &plan.job_sources[source.index()].name;
            format!("RunTask of {name}: {}", counted(*count, "task"))
        }
        TimelineAction::UpdateService(_)
        | TimelineAction::StopDeployment { .. }
        | TimelineAction::TaskSet(_)
        | TimelineAction::ScaleOnSchedule { .. } => return None,
    };
    let event = Event::new(entry.at, EventKind::World, text).within(plan, place);
    let about = sized.map_or(About::Nobody, About::Provider);
    Some(Event {
        until,
        about,
        ..event
    })
}
