//! `containers` of an entry of `world.work`: what single containers do, where it is not what the
//! entry says of the whole task.

use std::collections::BTreeMap;

use crate::engine::SimDuration;
use crate::engine::distribution::Distribution;
use crate::scenario::context::Context;
use crate::scenario::plan::{ContainerCode, ContainerPlan, EndPlan, OwnWork, WorkPlan};
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
        let sidecars = entries.iter().find_map(|entry| entry.sidecars.as_ref());
        let mut sidecars = sidecars.into_iter().flatten();
        let own = sidecars.find(|(name, _)| *name == container.name);
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
            own: own.map_or_else(OwnWork::default, |(_, own)| *own),
        }
    }
}

/// How long a container runs that another waits for, where the scenario does not say.
fn default_duration(cx: &Context<'_>) -> Distribution {
    let length = cx.default_duration("world.work.*.containers.*.duration");
    Distribution::constant(length.as_secs_f64()).expect("the table holds a length here")
}

#[cfg(test)]
mod tests {
    use crate::scenario::plan::OwnWork;
    use crate::scenario::{LoadOptions, load_text};

    /// What tells containers apart when their tasks run.
    #[test]
    fn containers_know_their_reservations_and_what_they_take() {
        let text = "
fleetcast: 1
run: { duration: 1h }
aws:
  taskDefinitions:
    - family: api
      cpu: 1024
      memory: 2048
      containerDefinitions:
        - { name: app, memory: 1024 }
        - { name: proxy, cpu: 128, memory: 256, memoryReservation: 64, essential: false }
        - { name: idle, cpu: 0, essential: false }
  services: [{ serviceName: api, taskDefinition: api, desiredCount: 1, launchType: FARGATE }]
world:
  demand: { api: { rate: 1/s } }
  work:
    default: { sidecars: { idle: { cpu: 5ms } } }
    api: { cpu: 20ms, sidecars: { proxy: { cpu: 2ms, idle: 0.25 vCPU, memory: 32MiB } } }
";
        let plan = match load_text("a.yaml", text, &LoadOptions::default()) {
            Ok(loaded) => loaded.plan,
            Err(failure) => panic!("{}", failure.diagnostics.render(&failure.sources, false)),
        };
        let definition = &plan.task_definitions[0];
        let [app, proxy, idle] = &definition.containers[..] else {
            panic!("three containers were written");
        };
        assert_eq!(app.reserved(), [None, Some(1_024.0)]);
        assert_eq!(proxy.reserved(), [Some(128.0), Some(64.0)]);
        assert_eq!(idle.reserved(), [None, None]);
        let takes = OwnWork {
            cpu_s: 0.002,
            idle_vcpus: 0.25,
            memory_mib: 32.0,
        };
        assert_eq!(proxy.code.own, takes);
        // The nearest entry's sidecars are all that there are.
        assert_eq!(idle.code.own, OwnWork::default());
        assert_eq!(definition.work.cpu_s, 0.022);
    }
}
