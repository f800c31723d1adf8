//! Of a Managed Instance: why it is of its type, and why it drained or ended.

use serde_json::json;

use super::{Difference, Finding, Replay, rules, words};
use crate::catalog::instances;
use crate::engine::SimTime;
use crate::ids::InstanceId;
use crate::observe::inputs::TypeChoice;
use crate::observe::instances::ec2_instance_id;
use crate::policy::managed_instances::{Batch, ScaleInAfter, types_in_order};
use crate::scenario::plan::ManagedPlan;
use crate::world::instance::{InstanceRecord, TerminationCause};
use crate::world::task::TaskRecord;

/// Types that are told beside the one that was launched.
const TOLD_MAX: usize = 2;

/// What is to be said of a task's instance, if ECS launched it.
pub(super) fn findings(replay: &Replay<'_>, record: &TaskRecord) -> Vec<Finding> {
    let Some(id) = record.instance else {
        return Vec::new();
    };
    let instance = replay.trail.instances.iter().find(|it| it.id == id);
    let Some(instance) = instance else {
        return Vec::new();
    };
    let Some(managed) = replay.plan.group(instance.group).managed else {
        return Vec::new();
    };
    let chosen = type_finding(replay, instance);
    let ended = ended(replay, record, (instance, managed));
    chosen.into_iter().chain(ended).collect()
}

/// Why a Managed Instance is of its type.
pub(super) fn type_finding(replay: &Replay<'_>, instance: &InstanceRecord) -> Option<Finding> {
    let launched = replay.trail.types.iter().find(|it| it.1 == instance.id);
    launched.map(|(at, _, choice)| chosen(replay, (*at, instance), choice))
}

fn name_of(replay: &Replay<'_>, instance: &InstanceRecord, kind: u32) -> &'static str {
    let types = &replay.plan.group(instance.group).types;
    instances::get(types[kind as usize].instance_type).name
}

fn chosen(
    replay: &Replay<'_>,
    (at, instance): (SimTime, &InstanceRecord),
    choice: &TypeChoice,
) -> Finding {
    let name = |offer: usize| name_of(replay, instance, choice.kinds[offer]);
    let usd = |offer: usize| format!("{:.4} USD/h", choice.offers[offer].price as f64 / 1e6);
    let order = types_in_order(&choice.offers, &choice.waiting);
    let place = order.iter().position(|it| it.offer == choice.chosen);
    let (chosen, refused) = (place.map(|at| order[at]), place.unwrap_or(0));
    let waited: u32 = choice.waiting.iter().map(|batch| batch.tasks).sum();
    let takes = chosen.map_or(0, |it| it.tasks);
    let mut answer = format!(
        "it takes {takes} of the {} that waited for an instance in its zone, at {}",
        words::tasks(waited),
        usd(choice.chosen)
    );
    answer.push_str(match refused {
        0 => ": no other type costs less for what it takes",
        _ => "; what costs less had no capacity",
    });
    let others = order.iter().filter(|it| it.offer != choice.chosen);
    let details = others.take(TOLD_MAX).map(|it| {
        let (name, price) = (name(it.offer), usd(it.offer));
        format!("{name} takes {} at {price}", words::tasks(it.tasks))
    });
    let inputs = json!({
        "launched": name(choice.chosen),
        "waiting": choice.waiting.iter().map(|batch| json!({
            "tasks": batch.tasks,
            "cpu": batch.need.cpu,
            "memory": batch.need.memory,
        })).collect::<Vec<_>>(),
        "types": choice.offers.len(),
    });
    Finding::new(format!("Why {}?", name(choice.chosen)), answer, inputs)
        .decided(replay.plan, at)
        .by(&[rules::INSTANCE_TYPE])
        .details(details)
        .otherwise(with_other_tasks(choice, name))
}

/// How many more or fewer tasks would have brought another type.
fn with_other_tasks<'n>(
    choice: &TypeChoice,
    name: impl Fn(usize) -> &'n str,
) -> Option<Difference> {
    let first = choice.waiting.first()?;
    let with = |tasks: u32| {
        let alone = [Batch { tasks, ..*first }];
        let order = types_in_order(&choice.offers, &alone);
        order.first().map(|it| it.offer)
    };
    let now = with(first.tasks)?;
    // Twice as many each time: a size is about twice the one before.
    let more = (1..=10).map(|doubled| first.tasks.saturating_mul(1 << doubled));
    let mut more = more.filter_map(|tasks| Some((tasks, with(tasks)?)));
    let (tasks, other) = more.find(|it| it.1 != now)?;
    Some(Difference::new(
        format!("{} of this kind waiting", words::tasks(tasks)),
        name(other),
    ))
}

/// Why the instance went, where that moved or ended the task.
fn ended(
    replay: &Replay<'_>,
    record: &TaskRecord,
    (instance, managed): (&InstanceRecord, ManagedPlan),
) -> Option<Finding> {
    let at = instance.times.draining.or(instance.times.terminated)?;
    let stopped = record.times.stopping.or(record.times.stopped)?;
    if stopped < at {
        return None;
    }
    let quiet = match managed.scale_in_after {
        ScaleInAfter::After(after) => words::length(after),
        ScaleInAfter::Never => "ever".to_owned(),
    };
    let lifetime = managed.lifetime;
    let (answer, rule) = match instance.cause? {
        TerminationCause::Consolidation => (
            format!(
                "no task had started or stopped there for {quiet}, and all it had found room on \
                 others of its zone, or on a type at most {} % as dear: it drained",
                managed.replace_below_percent
            ),
            rules::OPTIMIZATION,
        ),
        TerminationCause::Idle => (
            format!("it had no task for {quiet} (scaleInAfter)"),
            rules::OPTIMIZATION,
        ),
        TerminationCause::Patching => (
            format!(
                "it was {} old: ECS drains it, and what is patched takes its place",
                words::length(lifetime.drains_from)
            ),
            rules::LIFETIME,
        ),
        TerminationCause::EndOfLife => (
            format!(
                "it was {} old, and ended with what ran on it",
                words::length(lifetime.ends_at)
            ),
            rules::LIFETIME,
        ),
        _ => return None,
    };
    let name = instance_id(replay, instance.id, instance);
    let inputs = json!({ "ec2InstanceId": name, "draining": instance.times.draining.is_some() });
    let finding = Finding::new(format!("Why did {name} go?"), answer, inputs);
    Some(finding.decided(replay.plan, at).by(&[rule]))
}

fn instance_id(replay: &Replay<'_>, id: InstanceId, instance: &InstanceRecord) -> String {
    ec2_instance_id(replay.plan, instance.group, id)
}
