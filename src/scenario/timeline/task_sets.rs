//! What is done to task sets at a stated time, and whether AWS would take it then.

use std::collections::BTreeSet;

use crate::ids::ServiceId;
use crate::policy::task_set::Scale;
use crate::scenario::aws::{Aws, created_task_set, task_set_scale};
use crate::scenario::context::{Context, unknown_name};
use crate::scenario::plan::{
    ServicePlan, TaskSetAction, TaskSetStep, TimelineAction, TimelineEntry,
};
use crate::scenario::reader::{Field, MapReader};

/// The kinds of entries that are read here.
pub(super) const KINDS: [&str; 4] = [
    "createTaskSet",
    "updateTaskSet",
    "updateServicePrimaryTaskSet",
    "deleteTaskSet",
];

/// What is done to a task set, which is named.
pub(super) struct Asked<'a> {
    service: ServiceId,
    name: String,
    /// Where the name stands.
    place: Field<'a>,
    step: TaskSetStep,
    /// Whether a task set may be deleted that still has tasks.
    force: bool,
}

impl Asked<'_> {
    /// The entry of the plan, for [`resolve`]: it stands at this index of those asked for.
    pub(super) fn action(&self, index: usize) -> TimelineAction {
        TimelineAction::TaskSet(TaskSetAction {
            service: self.service,
            ordinal: index as u32,
            step: self.step.clone(),
        })
    }
}

/// An entry of one of [`KINDS`].
pub(super) fn read<'a>(
    cx: &Context<'_>,
    (kind, field): (&str, &Field<'a>),
    aws: &mut Aws<'_>,
) -> Option<Asked<'a>> {
    if kind == "createTaskSet" {
        return create(cx, field, aws);
    }
    let mut map = field.map()?;
    let service = map.required("service");
    let of_primary = kind == "updateServicePrimaryTaskSet";
    let key = if of_primary {
        "primaryTaskSet"
    } else {
        "taskSet"
    };
    let place = map.required(key);
    let step = match kind {
        "updateTaskSet" => {
            let scale = map.required("scale").and_then(|field| field.map());
            let scale = scale.map(|map| required_scale(map));
            scale.flatten().map(TaskSetStep::Scale)
        }
        "updateServicePrimaryTaskSet" => Some(TaskSetStep::MakePrimary),
        _ => Some(TaskSetStep::Delete),
    };
    let force = kind == "deleteTaskSet" && map.bool("force").unwrap_or(false);
    map.finish();
    let service = with_task_sets(&service?, aws)?;
    let place = place?;
    Some(Asked {
        service,
        name: place.str()?.to_owned(),
        place,
        step: step?,
        force,
    })
}

fn required_scale(mut map: MapReader<'_>) -> Option<Scale> {
    let _ = map.required("value");
    task_set_scale(map)
}

fn create<'a>(cx: &Context<'_>, field: &Field<'a>, aws: &mut Aws<'_>) -> Option<Asked<'a>> {
    let service = field.map()?.required("service");
    let service = service.and_then(|field| with_task_sets(&field, aws));
    let set = created_task_set(cx, field, (aws, service))?;
    Some(Asked {
        service: service?,
        name: set.name.clone(),
        place: field.clone(),
        step: TaskSetStep::Create(Box::new(set)),
        force: false,
    })
}

/// The service that a field names, if its deploymentController is EXTERNAL.
fn with_task_sets(field: &Field<'_>, aws: &Aws<'_>) -> Option<ServiceId> {
    let service = aws.service(field)?;
    let plan = &aws.services[service.index()];
    if !plan.has_task_sets() {
        let message = format!(
            "{} has no task sets to call for: its deploymentController is not EXTERNAL",
            plan.name
        );
        let help = "deploymentController: { type: EXTERNAL } on the service, or deploy: here";
        field.error("invalid-value", message).help(help).report();
        return None;
    }
    Some(service)
}

/// The task sets of a service at a time.
struct Sets {
    /// By their ordinals: name and scale of those that are there.
    known: Vec<Option<(String, Scale)>>,
    primary: usize,
}

impl Sets {
    fn of(service: &ServicePlan) -> Self {
        let sets = service.task_sets.iter();
        Sets {
            known: sets
                .map(|set| Some((set.name.clone(), set.scale)))
                .collect(),
            primary: service.task_sets.len().saturating_sub(1),
        }
    }

    fn find(&self, name: &str) -> Option<usize> {
        let is_it = |set: &Option<(String, Scale)>| set.as_ref().is_some_and(|it| it.0 == name);
        self.known.iter().position(is_it)
    }
}

/// Finds the task sets that entries name, in their order, and refuses what AWS would then refuse.
pub(super) fn resolve(aws: &Aws<'_>, asked: &[Asked<'_>], entries: &mut [TimelineEntry]) {
    if asked.is_empty() {
        return;
    }
    let mut services: Vec<Sets> = aws.services.iter().map(Sets::of).collect();
    let mut told = BTreeSet::new();
    for entry in entries {
        let TimelineAction::TaskSet(action) = &mut entry.action else {
            continue;
        };
        let index = action.ordinal as usize;
        let sets = &mut services[action.service.index()];
        let name = &aws.services[action.service.index()].name;
        // An entry that comes again and again is told of once.
        let is_first = told.insert(index);
        match happens(sets, name, (&asked[index], is_first)) {
            Some(ordinal) => {
                action.ordinal = ordinal as u32;
                told.remove(&index);
            }
            None => action.ordinal = u32::MAX,
        }
    }
}

/// Does to a service's task sets what is asked: to which; reports if AWS refuses it.
fn happens(sets: &mut Sets, service: &str, (asked, is_told): (&Asked<'_>, bool)) -> Option<usize> {
    let found = sets.find(&asked.name);
    if let TaskSetStep::Create(set) = &asked.step {
        if found.is_some() {
            let message = format!("{service} has a task set \"{}\" by then", asked.name);
            let help = "give it another externalId, or delete the other one first";
            let pending = asked.place.error("duplicate-name", message);
            is_told.then(|| pending.help(help).report());
            return None;
        }
        sets.known.push(Some((set.name.clone(), set.scale)));
        return Some(sets.known.len() - 1);
    }
    let Some(ordinal) = found else {
        if is_told {
            let known = sets.known.iter().flatten().map(|it| it.0.as_str());
            let what = format!("task set of {service} at that time");
            unknown_name(&asked.place, &what, &asked.name, known);
        }
        return None;
    };
    match &asked.step {
        TaskSetStep::Create(_) => {}
        TaskSetStep::Scale(scale) => {
            sets.known[ordinal] = Some((asked.name.clone(), *scale));
        }
        TaskSetStep::MakePrimary => sets.primary = ordinal,
        TaskSetStep::Delete => {
            if let Some((message, help)) = refuses(sets, ordinal, asked) {
                let pending = asked.place.error("invalid-value", message);
                is_told.then(|| pending.help(help).report());
                return None;
            }
            sets.known[ordinal] = None;
        }
    }
    Some(ordinal)
}

/// Why a task set can't be deleted. (That the PRIMARY one can't is ASSUMPTION: the API says nothing
/// of it.)
fn refuses(sets: &Sets, ordinal: usize, asked: &Asked<'_>) -> Option<(String, &'static str)> {
    let name = &asked.name;
    let scale = sets.known[ordinal].as_ref().map(|it| it.1)?;
    if ordinal == sets.primary {
        let message = format!("{name} is the PRIMARY task set by then, and is not deleted");
        return Some((
            message,
            "updateServicePrimaryTaskSet makes another one PRIMARY",
        ));
    }
    if scale != Scale::NONE && !asked.force {
        let message = format!(
            "{name} is at {} % of the desired count by then: AWS deletes a task set that is scaled \
             to 0",
            scale.percent()
        );
        return Some((
            message,
            "updateTaskSet it to 0 before, or write force: true",
        ));
    }
    None
}
