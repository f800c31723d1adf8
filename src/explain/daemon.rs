//! Why a DAEMON service wants the tasks that it does: the container instances that it goes to, and
//! those that it leaves.

use std::collections::BTreeMap;

use serde_json::Value;

use super::{Replay, placement, words};
use crate::engine::SimTime;
use crate::ids::{InstanceId, ServiceId, TaskDefinitionId};
use crate::observe::instances::ec2_instance_id;
use crate::observe::observation::DeploymentStep;
use crate::world::capacity::class_of_record;
use crate::world::instance::InstanceRecord;
use crate::world::task::{Owner, TaskRecord};

/// Instances that are named of those that came or went at once.
const NAMED: usize = 3;

/// Container instances that a DAEMON service went to, or left, at an instant.
#[derive(Debug, Default)]
struct Moves {
    /// They became ACTIVE.
    came: Vec<InstanceId>,
    /// They began to drain, or ended without.
    left: Vec<InstanceId>,
    /// They had taken no more tasks for a while, and the service's own stopped.
    emptied: Vec<InstanceId>,
    /// The service's task there stopped, and its constraints do not let another one in.
    barred: Vec<InstanceId>,
    /// Whether the service has another revision, whose constraints other instances meet.
    redefined: bool,
}

/// What made a DAEMON service want more tasks, or fewer.
pub(super) fn moves_words(replay: &Replay<'_>, service: ServiceId, at: SimTime) -> String {
    let moves = Moves::at(replay, service, at);
    let of = |ids: &[InstanceId], [one, many]: [&str; 2]| {
        let mut names: Vec<String> = ids
            .iter()
            .take(NAMED)
            .map(|id| placement::instance_words(replay, *id))
            .collect();
        if NAMED < ids.len() {
            names.push(format!("{} more", ids.len() - NAMED));
        }
        let what = if ids.len() == 1 { one } else { many };
        (!ids.is_empty()).then(|| format!("{} {what}", words::listed(&names)))
    };
    let parts = [
        of(&moves.came, ["became ACTIVE", "became ACTIVE"]),
        of(&moves.left, ["takes no more tasks", "take no more tasks"]),
        of(
            &moves.emptied,
            [
                "takes no more tasks, and its own stopped there",
                "take no more tasks, and its own stopped there",
            ],
        ),
        of(
            &moves.barred,
            [
                "does not meet the constraints of the task that stopped there",
                "do not meet the constraints of the tasks that stopped there",
            ],
        ),
        moves
            .redefined
            .then(|| "another revision, whose constraints other instances meet".to_owned()),
    ];
    let parts: Vec<String> = parts.into_iter().flatten().collect();
    match parts.is_empty() {
        true => "the instances that it may go to changed; which is not known".to_owned(),
        false => words::listed(&parts),
    }
}

impl Moves {
    fn at(replay: &Replay<'_>, service: ServiceId, at: SimTime) -> Self {
        let trail = replay.trail;
        let definition = definition_at(replay, service, at);
        let ids = |is_so: &dyn Fn(&InstanceRecord) -> bool| -> Vec<InstanceId> {
            let its = trail.instances.iter().filter(|it| is_so(it));
            its.map(|it| it.id).collect()
        };
        let is_its = |task: &&TaskRecord| task.owner == Owner::Service(service);
        // Who was told to stop earlier is no longer wanted, whatever its instance does.
        let lives_on = |id: InstanceId| {
            let mut tasks = trail.tasks.iter().filter(is_its);
            tasks.any(|it| {
                let since = it.times.placed.is_some_and(|placed| placed <= at);
                it.instance == Some(id) && since && it.times.stopping.is_none_or(|end| at < end)
            })
        };
        let stopped: Vec<InstanceId> = trail
            .tasks
            .iter()
            .filter(is_its)
            .filter(|it| it.times.stopping == Some(at))
            .filter_map(|it| it.instance)
            .collect();
        let meets = |it: &InstanceRecord| meets(replay, (service, definition), it);
        let drained = drained(replay);
        let left = |it: &InstanceRecord| left_at(&drained, it);
        Moves {
            came: ids(&|it| it.times.active == Some(at) && meets(it)),
            left: ids(&|it| left(it) == Some(at) && !lives_on(it.id) && meets(it)),
            emptied: ids(&|it| left(it).is_some_and(|when| when < at) && stopped.contains(&it.id)),
            barred: ids(&|it| {
                left(it).is_none_or(|when| at < when) && stopped.contains(&it.id) && !meets(it)
            }),
            redefined: is_redefined(replay, (service, definition), at),
        }
    }
}

/// Whether a service has another revision from an instant on, which other instances meet.
fn is_redefined(
    replay: &Replay<'_>,
    (service, definition): (ServiceId, TaskDefinitionId),
    at: SimTime,
) -> bool {
    let before = definitions(replay, service).take_while(|(when, _)| *when < at);
    let before = before.last().map(|it| it.1);
    let before = before.unwrap_or(replay.plan.service(service).task_definition);
    let met = |definition, it| meets(replay, (service, definition), it);
    let mut instances = replay.trail.instances.iter();
    before != definition && instances.any(|it| met(before, it) != met(definition, it))
}

/// The revision that a service is to have, by its newest deployment.
fn definition_at(replay: &Replay<'_>, service: ServiceId, at: SimTime) -> TaskDefinitionId {
    let until = definitions(replay, service).take_while(|(when, _)| *when <= at);
    let newest = until.last().map(|it| it.1);
    newest.unwrap_or(replay.plan.service(service).task_definition)
}

/// The revisions that a service's deployments began with, in order of time.
fn definitions(
    replay: &Replay<'_>,
    service: ServiceId,
) -> impl Iterator<Item = (SimTime, TaskDefinitionId)> {
    let steps = replay.trail.deployments.iter();
    steps.filter_map(move |(when, of, definition, step)| {
        let begins = matches!(
            step,
            DeploymentStep::Started | DeploymentStep::RollingBack { .. }
        );
        (begins && *of == service).then_some((*when, *definition))
    })
}

/// Whether a service's tasks may go to an instance, room apart.
fn meets(
    replay: &Replay<'_>,
    (service, definition): (ServiceId, TaskDefinitionId),
    instance: &InstanceRecord,
) -> bool {
    let plan = replay.plan;
    let provider = plan.service(service).strategy.items()[0].provider;
    let key = (Owner::Service(service), definition, provider);
    class_of_record(plan, instance).is_none_or(|class| class.meets(plan, key))
}

/// When instances first began to drain.
fn drained(replay: &Replay<'_>) -> BTreeMap<InstanceId, SimTime> {
    let drains = replay.trail.drains.iter().rev();
    drains.map(|(at, id, _)| (*id, *at)).collect()
}

/// When an instance took no more tasks: it drained, or ended without.
fn left_at(drained: &BTreeMap<InstanceId, SimTime>, instance: &InstanceRecord) -> Option<SimTime> {
    let drained = drained.get(&instance.id).copied();
    drained
        .or(instance.times.draining)
        .or(instance.times.terminated)
}

/// What an answer about a DAEMON service's count is made from.
pub(super) fn inputs(
    replay: &Replay<'_>,
    (service, at): (ServiceId, SimTime),
    mut counts: Value,
) -> Value {
    let of = (service, definition_at(replay, service, at));
    let drained = drained(replay);
    let active = replay.trail.instances.iter().filter(|it| {
        let came = it.times.active.is_some_and(|active| active <= at);
        came && left_at(&drained, it).is_none_or(|left| at < left) && meets(replay, of, it)
    });
    let names = |ids: &[InstanceId]| -> Vec<String> {
        let all = replay.trail.instances.iter();
        let its = all.filter(|it| ids.contains(&it.id));
        its.map(|it| ec2_instance_id(replay.plan, it.group, it.id))
            .collect()
    };
    let moves = Moves::at(replay, service, at);
    counts["schedulingStrategy"] = "DAEMON".into();
    counts["activeInstances"] = active.count().into();
    counts["becameActive"] = names(&moves.came).into();
    counts["tookNoMore"] = names(&moves.left).into();
    if !moves.emptied.is_empty() {
        counts["stoppedOn"] = names(&moves.emptied).into();
    }
    counts
}
