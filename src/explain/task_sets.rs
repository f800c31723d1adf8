//! Task sets of a service whose deploymentController is EXTERNAL: how many tasks each was to have,
//! by which call, and with which scale another count.

use serde_json::{Value, json};

use super::{Difference, Finding, Replay, changes, rules, words};
use crate::engine::SimTime;
use crate::ids::{ServiceId, TaskDefinitionId};
use crate::policy::task_set::{Scale, computed_desired_count};
use crate::scenario::plan::{TaskSetAction, TaskSetStep, TimelineAction};
use crate::world::task::TaskRecord;

/// A task set as it was at an instant.
#[derive(Clone, Debug)]
struct SetAt<'p> {
    ordinal: u32,
    name: &'p str,
    definition: TaskDefinitionId,
    scale: Scale,
    is_deleted: bool,
    is_primary: bool,
    /// The last call that set its scale; `None`: it stood at the start.
    by: Option<(SimTime, &'static str)>,
    /// The scale before that call.
    before: Scale,
}

impl SetAt<'_> {
    /// `blue (web:1)`.
    fn words(&self, replay: &Replay<'_>) -> String {
        let definition = replay.plan.task_definition(self.definition).name();
        format!("{} ({definition})", self.name)
    }

    /// `7 of blue (web:1), 100 %`.
    fn share(&self, replay: &Replay<'_>, desired: u32) -> String {
        let tasks = computed_desired_count(desired, self.scale);
        let (of, percent) = (self.words(replay), self.scale.percent());
        format!("{tasks} of {of}, at {percent} %")
    }

    /// What set its scale.
    fn since(&self, replay: &Replay<'_>) -> String {
        match self.by {
            Some((at, call)) => format!("{call} of the timeline at {}", replay.clock().show(at)),
            None => "the scenario's scale".to_owned(),
        }
    }
}

/// All task sets of a service up to an instant, in the order of their creation.
fn sets_at<'p>(replay: &Replay<'p>, service: ServiceId, at: SimTime) -> Vec<SetAt<'p>> {
    let start = &replay.plan.service(service).task_sets;
    let mut sets: Vec<SetAt<'p>> = Vec::new();
    for (ordinal, set) in start.iter().enumerate() {
        sets.push(SetAt {
            ordinal: ordinal as u32,
            name: &set.name,
            definition: set.task_definition,
            scale: set.scale,
            is_deleted: false,
            is_primary: ordinal + 1 == start.len(),
            by: None,
            before: Scale::NONE,
        });
    }
    let entries = replay.plan.timeline.iter().filter(|entry| entry.at <= at);
    for entry in entries {
        if let TimelineAction::TaskSet(action) = &entry.action
            && action.service == service
        {
            apply(&mut sets, entry.at, action);
        }
    }
    sets
}

fn apply<'p>(sets: &mut Vec<SetAt<'p>>, at: SimTime, action: &'p TaskSetAction) {
    if let TaskSetStep::Create(set) = &action.step {
        sets.push(SetAt {
            ordinal: action.ordinal,
            name: &set.name,
            definition: set.task_definition,
            scale: set.scale,
            is_deleted: false,
            is_primary: false,
            by: Some((at, "CreateTaskSet")),
            before: Scale::NONE,
        });
    }
    if matches!(action.step, TaskSetStep::MakePrimary) {
        for set in sets.iter_mut() {
            set.is_primary = set.ordinal == action.ordinal;
        }
    }
    let Some(set) = sets.iter_mut().find(|it| it.ordinal == action.ordinal) else {
        return;
    };
    let (scale, call) = match &action.step {
        TaskSetStep::Scale(scale) => (*scale, "UpdateTaskSet"),
        TaskSetStep::Delete => (Scale::NONE, "DeleteTaskSet"),
        TaskSetStep::Create(_) | TaskSetStep::MakePrimary => return,
    };
    (set.before, set.scale) = (set.scale, scale);
    set.by = Some((at, call));
    set.is_deleted = matches!(action.step, TaskSetStep::Delete);
}

/// How many tasks the task sets of a service are to have at an instant; nothing of other services.
pub(super) fn finding(replay: &Replay<'_>, service: ServiceId, at: SimTime) -> Option<Finding> {
    if !replay.plan.service(service).has_task_sets() {
        return None;
    }
    let desired = changes::counts_at(replay, service, at).desired;
    let sets = sets_at(replay, service, at);
    let live: Vec<&SetAt<'_>> = sets.iter().filter(|it| !it.is_deleted).collect();
    let counts = live
        .iter()
        .map(|it| computed_desired_count(desired, it.scale));
    let total: u32 = counts.sum();
    let shares: Vec<String> = live.iter().map(|it| it.share(replay, desired)).collect();
    let answer = format!(
        "{total}, each its share of the {desired} desired, rounded up: {}",
        shares.join("; ")
    );
    let details = live.iter().map(|it| {
        let primary = if it.is_primary {
            ", the PRIMARY one"
        } else {
            ""
        };
        format!("{}{primary}: by {}", it.words(replay), it.since(replay))
    });
    let details: Vec<String> = details.collect();
    let latest = live.iter().max_by_key(|it| it.by.map(|(at, _)| at));
    let other = latest.and_then(|it| as_before(replay, it, desired));
    let inputs = inputs(replay, &sets, desired);
    Some(
        Finding::new("How many tasks are its task sets to have?", answer, inputs)
            .decided(replay.plan, at)
            .details(details)
            .by(&[rules::TASK_SET])
            .otherwise(other),
    )
}

/// The nearest scale with which a task set would have had another count: that of before its call.
fn as_before(replay: &Replay<'_>, set: &SetAt<'_>, desired: u32) -> Option<Difference> {
    let (_, call) = set.by?;
    let (had, has) = (
        computed_desired_count(desired, set.before),
        computed_desired_count(desired, set.scale),
    );
    (had != has).then(|| {
        let what = set.words(replay);
        Difference::new(
            format!("no such {call}"),
            format!("{what} would have {had} instead of {has}"),
        )
    })
}

fn inputs(replay: &Replay<'_>, sets: &[SetAt<'_>], desired: u32) -> Value {
    let sets = sets.iter().map(|it| {
        json!({
            "taskSet": it.name,
            "taskDefinition": replay.plan.task_definition(it.definition).name(),
            "scalePercent": it.scale.percent(),
            "computedDesiredCount": computed_desired_count(desired, it.scale),
            "primary": it.is_primary,
            "deleted": it.is_deleted,
        })
    });
    json!({ "desired": desired, "taskSets": sets.collect::<Vec<_>>() })
}

/// Why a task of a task set was stopped: its set had more than its share.
pub(super) fn stopped(
    replay: &Replay<'_>,
    record: &TaskRecord,
    (service, at): (ServiceId, SimTime),
) -> Finding {
    let question = "Why did it stop?";
    let desired = changes::counts_at(replay, service, at).desired;
    let sets = sets_at(replay, service, at);
    let all = inputs(replay, &sets, desired);
    let Some(set) = sets.iter().find(|it| it.ordinal == record.deployment) else {
        let answer = "its task set had more tasks than its share; by which call is not known";
        return Finding::new(question, answer, all).decided(replay.plan, at);
    };
    let (name, tasks) = (
        set.words(replay),
        computed_desired_count(desired, set.scale),
    );
    let share = format!(
        "{} % of the {desired} desired: {tasks}",
        set.scale.percent()
    );
    let answer = match set.by {
        Some((when, call)) => format!(
            "{call} of the timeline at {} left its task set {name} {share}",
            replay.clock().show(when)
        ),
        None => format!("its task set {name} has {share}, and there were more"),
    };
    let keeps = least_scale(desired, tasks).map(|scale| {
        Difference::new(
            format!(
                "a scale of {} % instead of {} %",
                scale,
                set.scale.percent()
            ),
            format!("{} of its set would have stayed", words::tasks(tasks + 1)),
        )
    });
    let none = set.by.map(|(_, call)| {
        let had = computed_desired_count(desired, set.before);
        let then = format!("its set would have kept {}", words::tasks(had));
        Difference::new(format!("no such {call}"), then)
    });
    Finding::new(question, answer, all)
        .decided(replay.plan, at)
        .by(&[rules::TASK_SET])
        .otherwise(keeps.into_iter().chain(none))
}

/// The least whole percentage of the desired count that is more than so many tasks.
fn least_scale(desired: u32, tasks: u32) -> Option<u32> {
    let is_more = |percent: &u32| {
        let scale = Scale::from_percent(f64::from(*percent));
        tasks < computed_desired_count(desired, scale)
    };
    (0..=100).find(is_more)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_least_scale_is_the_one_that_leaves_a_task_more() {
        // 7 desired: 1 % is 0.07, rounded up one task; 15 % is 1.05, two.
        assert_eq!(least_scale(7, 0), Some(1));
        assert_eq!(least_scale(7, 1), Some(15));
        assert_eq!(least_scale(7, 7), None, "no scale is above 100 %");
    }
}
