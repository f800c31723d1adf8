//! `containers` of an entry of `world.work`: what single containers do, where it is not what the
//! entry says of the whole task.

use std::collections::BTreeMap;

use crate::engine::SimDuration;
use crate::engine::distribution::Distribution;
use crate::scenario::context::Context;
use crate::scenario::plan::{ContainerCode, ContainerPlan, EndPlan, WorkPlan};
use crate::scenario::reader::{Field, MapReader};

use super::super::law::law;
use super::{Revision, Work, WorkEntries, exit_codes};

/// One container; what it leaves out is inherited.
#[derive(Clone)]
pub(super) struct ContainerWork<'a> {
    pub(super) field: Field<'a>,
    start: Option<SimDuration>,
    duration: Option<(Distribution, Field<'a>)>,
    exit_codes: Option<Vec<(i32, f64)>>,
    stops_in: Option<SimDuration>,
}

/// Containers by name.
pub(super) type Containers<'a> = BTreeMap<String, ContainerWork<'a>>;

/// Reads the block.
pub(super) fn read<'a>(mut map: MapReader<'a>) -> Containers<'a> {
    let mut all = Containers::new();
    for (key, field) in map.entries() {
        if let Some(container) = container(&field) {
            all.insert(key.text.clone(), container);
        }
    }
    map.finish();
    all
}

fn container<'a>(field: &Field<'a>) -> Option<ContainerWork<'a>> {
    let mut map = field.map()?;
    let duration = map.field("duration");
    let container = ContainerWork {
        field: field.clone(),
        start: map.duration("start"),
        duration: duration.and_then(|field| Some((law(&field)?, field))),
        exit_codes: map.map("exit").and_then(exit_codes),
        stops_in: map.duration("stopsIn"),
    };
    map.finish();
    Some(container)
}

impl<'a> WorkEntries<'a> {
    /// What the code of a container does; `is_awaited`: another waits for its end.
    pub(in crate::scenario) fn container(
        &self,
        cx: &Context<'_>,
        (of, work): (Revision<'_>, &WorkPlan),
        (container, is_awaited): (&ContainerPlan, bool),
    ) -> ContainerCode {
        let entries = self.entries_of(of);
        let given: Vec<&ContainerWork<'a>> = entries
            .iter()
            .filter_map(|entry: &&Work<'a>| entry.containers.get(&container.name))
            .collect();
        let duration = given.iter().find_map(|it| it.duration.clone());
        if let Some((_, field)) = duration.as_ref().filter(|_| container.essential) {
            let message = format!(
                "{} is essential: its end is the end of its task",
                container.name
            );
            let help = "say how long the task works by the duration of its work";
            field.error("invalid-value", message).help(help).report();
        }
        let duration = duration.map(|(law, _)| law);
        let duration = duration.or_else(|| is_awaited.then(|| default_duration(cx)));
        let codes = given.iter().find_map(|it| it.exit_codes.clone());
        ContainerCode {
            start: given.iter().find_map(|it| it.start).unwrap_or(work.start),
            ends: duration.map(|duration| EndPlan {
                duration,
                exit_codes: codes.unwrap_or_else(|| vec![(0, 1.0)]),
            }),
            stops_in: given
                .iter()
                .find_map(|it| it.stops_in)
                .unwrap_or(work.stops_in),
        }
    }
}

/// How long a container runs that another waits for, where the scenario does not say.
fn default_duration(cx: &Context<'_>) -> Distribution {
    let length = cx.default_duration("world.work.*.containers.*.duration");
    Distribution::constant(length.as_secs_f64()).expect("the table holds a length here")
}
