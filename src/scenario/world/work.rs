//! `world.work`: what the code costs, by family or `family:revision`, which inherits from its
//! family, which inherits from `default`.

mod beside;
mod calls;
mod containers;
mod from;
mod inherited;
mod memory;
mod revision;
mod sidecars;

use std::collections::{BTreeMap, BTreeSet};

use crate::catalog::names::suggestion;
use crate::engine::SimDuration;
use crate::engine::distribution::Distribution;
use crate::policy::daemon_load::BesideWork;
use crate::scenario::aws::task_definition::TaskDefinitions;
use crate::scenario::context::{Context, refuse_not_built, unknown_name};
use crate::scenario::plan::{ServicePlan, TaskDefinitionPlan, WorkPlan};
use crate::scenario::reader::{Field, MapReader};
use crate::scenario::values::{self, ValueError};

use super::law::law;
use calls::Call;
use containers::Containers;
use from::{Cpu, Wait};
use inherited::Inherited;
pub(in crate::scenario) use revision::Revision;
use sidecars::Sidecars;

const MIB: f64 = 1_048_576.0;
/// Shares of exit codes may miss 100 % by this much: they are written in rounded per cents.
const SHARE_TOLERANCE: f64 = 1e-6;

/// The entries of the block as read.
#[derive(Default)]
pub(in crate::scenario) struct WorkEntries<'a> {
    entries: BTreeMap<String, (Work<'a>, Field<'a>)>,
}

/// One entry; what it leaves out is inherited.
#[derive(Clone, Default)]
struct Work<'a> {
    cpu: Option<Cpu<'a>>,
    wait: Option<Wait<'a>>,
    cv: Option<f64>,
    slots: Option<u32>,
    queue: Option<u32>,
    errors: Option<f64>,
    memory_base: Option<u64>,
    memory_per_request: Option<u64>,
    memory_growth: Option<memory::Growth>,
    idle_vcpus: Option<f64>,
    log_per_request: Option<u64>,
    log_per_second: Option<u64>,
    cross_zone: Option<u64>,
    custom_metrics: Option<u32>,
    image: Option<u64>,
    start: Option<SimDuration>,
    duration: Option<Distribution>,
    exit_codes: Option<Vec<(i32, f64)>>,
    mttf: Option<SimDuration>,
    crash_after: Option<SimDuration>,
    health_fails: Option<f64>,
    health_fails_after: Option<SimDuration>,
    health_errors: Option<f64>,
    start_failures: Option<f64>,
    stops_in: Option<SimDuration>,
    checkpoint_every: Option<SimDuration>,
    calls: Option<Vec<Call<'a>>>,
    sidecars: Option<Sidecars>,
    /// Their names, as written.
    sidecar_names: Vec<Field<'a>>,
    beside: Option<BesideWork>,
    containers: Containers<'a>,
}

/// Reads the block.
pub(super) fn read(map: Option<MapReader<'_>>) -> WorkEntries<'_> {
    let mut work = WorkEntries::default();
    let Some(mut map) = map else {
        return work;
    };
    for (key, field) in map.entries() {
        if let Some(entry) = field.map() {
            work.entries
                .insert(key.text.clone(), (read_entry(entry), field));
        }
    }
    map.finish();
    work
}

/// How many requests may wait at a task; `none` is no bound.
fn places(field: &Field<'_>) -> Option<u32> {
    match field.node().as_text() {
        Some("none") => Some(u32::MAX),
        _ => field.u32(0..=1_000_000_000),
    }
}

fn read_entry(mut map: MapReader<'_>) -> Work<'_> {
    let mut work = Work {
        cpu: map.field("cpu").and_then(|field| from::cpu(&field)),
        wait: map.field("wait").and_then(|field| from::wait(&field)),
        cv: map.f64("cv", 0.0..=100.0),
        slots: map.u32("slots", 1..=1_000_000),
        queue: map.field("queue").and_then(|field| places(&field)),
        errors: map.share("errors"),
        idle_vcpus: map
            .field("idle")
            .and_then(|field| field.value("vCPUs", vcpus)),
        cross_zone: map.size("crossZone"),
        custom_metrics: map.u32("customMetrics", 0..=1_000_000),
        image: map.size("image"),
        start: map.duration("start"),
        duration: map.field("duration").and_then(|field| law(&field)),
        exit_codes: map.map("exit").and_then(exit_codes),
        start_failures: map.share("startFailures"),
        stops_in: map.duration("stopsIn"),
        beside: map.map("beside").map(beside::read),
        ..Work::default()
    };
    if let Some(field) = map.field("memory") {
        let memory = memory::read(&field);
        (work.memory_base, work.memory_per_request) = (memory.base, memory.per_request);
        work.memory_growth = memory.growth;
    }
    if let Some(field) = map.field("logs") {
        (work.log_per_request, work.log_per_second) = logs(&field);
    }
    if let Some(mut crashes) = map.map("crashes") {
        work.mttf = crashes.duration("mttf").filter(|mttf| !mttf.is_zero());
        work.crash_after = crashes.duration("after");
        crashes.finish();
    }
    if let Some(mut interruption) = map.map("onInterruption") {
        work.checkpoint_every = interruption.duration("checkpointEvery");
        interruption.finish();
    }
    if let Some(mut health) = map.map("health") {
        work.health_fails = health.share("fails");
        work.health_fails_after = health.duration("after");
        work.health_errors = health.share("errors");
        health.finish();
    }
    if map.has("calls") {
        work.calls = Some(calls::read(map.maps("calls")));
    }
    if let Some(beside) = map.map("sidecars") {
        let (all, names) = sidecars::read(beside);
        (work.sidecars, work.sidecar_names) = (Some(all), names);
    }
    if let Some(containers) = map.map("containers") {
        work.containers = containers::read(containers);
    }
    refuse_not_built(&mut map, &["gpu"]);
    map.finish();
    work
}

/// `0.02 vCPU`.
pub(in crate::scenario) fn vcpus(text: &str) -> Result<f64, ValueError> {
    let help = "write it like 0.02 vCPU";
    let Some(number) = text.trim().strip_suffix("vCPU") else {
        return Err(ValueError::new(
            format!("\"{text}\" has no unit, vCPUs need one"),
            help,
        ));
    };
    match values::number(number) {
        Ok(vcpus) if (0.0..=1_024.0).contains(&vcpus) => Ok(vcpus),
        Ok(_) | Err(_) => Err(ValueError::new(
            format!("\"{text}\" is no number of vCPUs"),
            help,
        )),
    }
}

/// A size alone, or two of them by name.
fn pair(field: &Field<'_>, keys: [&'static str; 2]) -> (Option<u64>, Option<u64>) {
    if !field.is_mapping() {
        return (field.size(), None);
    }
    let Some(mut map) = field.map() else {
        return (None, None);
    };
    let sizes = (map.size(keys[0]), map.size(keys[1]));
    map.finish();
    sizes
}

fn logs(field: &Field<'_>) -> (Option<u64>, Option<u64>) {
    pair(field, ["perRequest", "perSecond"])
}

fn exit_codes(mut map: MapReader<'_>) -> Option<Vec<(i32, f64)>> {
    let codes = map.required("codes");
    map.finish();
    let field = codes?;
    let mut codes = field.map()?;
    let mut shares = Vec::new();
    for (key, share) in codes.entries() {
        match key.text.parse::<i32>() {
            Ok(code) if (0..=255).contains(&code) => {
                shares.extend(share.share().map(|it| (code, it)))
            }
            Ok(_) | Err(_) => {
                let message = format!("\"{}\" is no exit code, 0 to 255", key.text);
                share.error("invalid-value", message).report();
            }
        }
    }
    codes.finish();
    shares.sort_by_key(|(code, _)| *code);
    let sum: f64 = shares.iter().map(|(_, share)| share).sum();
    if SHARE_TOLERANCE < (sum - 1.0).abs() {
        let message = format!(
            "the shares of the exit codes add up to {} %, not 100 %",
            sum * 100.0
        );
        field.error("invalid-value", message).report();
        return None;
    }
    shares.iter_mut().for_each(|(_, share)| *share /= sum);
    Some(shares)
}

impl<'a> WorkEntries<'a> {
    /// What the code of a revision costs, every default applied.
    pub(in crate::scenario) fn plan(&self, cx: &Context<'_>, of: Revision<'_>) -> WorkPlan {
        let inherited = Inherited {
            cx,
            of,
            entries: self.entries_of(of),
        };
        inherited.plan()
    }

    /// The entries that a revision inherits from, the nearest first.
    fn entries_of(&self, of: Revision<'_>) -> Vec<&Work<'a>> {
        let Revision {
            family, revision, ..
        } = of;
        let names = [
            format!("{family}:{revision}"),
            family.to_owned(),
            "default".to_owned(),
        ];
        let known = names.iter();
        let known = known.filter_map(|name| Some(&self.entries.get(name)?.0));
        known.collect()
    }

    /// Containers that no revision of their entry has.
    fn check_containers(&self, definitions: &TaskDefinitions) {
        for (name, (work, _)) in self.entries.iter().filter(|(name, _)| *name != "default") {
            let is_its = |of: &&TaskDefinitionPlan| of.family == *name || of.name() == *name;
            let its = definitions.plans().iter().filter(is_its);
            let known: BTreeSet<&str> = its
                .flat_map(|of| of.containers.iter().map(|it| it.name.as_str()))
                .collect();
            for (container, given) in &work.containers {
                if !known.is_empty() && !known.contains(container.as_str()) {
                    unknown_name(&given.field, "container", container, known.iter().copied());
                }
            }
            // A proxy of Service Connect is in no definition: what is said may be right.
            for place in work.sidecar_names.iter().filter(|_| !known.is_empty()) {
                let sidecar = place.path().rsplit('.').next().unwrap_or_default();
                if !known.contains(sidecar) {
                    note_sidecar(place, (name, sidecar), &known);
                }
            }
        }
    }

    /// Health checks that nobody makes fail nothing.
    pub(super) fn check_health(&self, definitions: &TaskDefinitions, services: &[ServicePlan]) {
        let given = self.entries.iter();
        let given = given.filter(|(_, (work, _))| work.health_fails.is_some_and(|it| 0.0 < it));
        for (name, (_, field)) in given {
            let family = name.split(':').next().unwrap_or_default();
            let is_its = |of: &&TaskDefinitionPlan| of.family == *name || of.name() == *name;
            let mut its = definitions.plans().iter().filter(is_its);
            let by_containers = its.any(|of| of.health_checks().next().is_some());
            let by_target = services.iter().any(|service| {
                let of = definitions.get(service.task_definition);
                of.family == family && service.target_group.is_some()
            });
            if definitions.has_family(family) && !by_containers && !by_target {
                let message = format!(
                    "nothing checks the health of {name}: its services have no target group, and \
                     its containers no healthCheck"
                );
                field.warning("no-effect", message).report();
            }
        }
    }

    pub(super) fn check_names(&self, definitions: &TaskDefinitions) {
        self.check_containers(definitions);
        for (name, (_, field)) in &self.entries {
            let family = name
                .split_once(':')
                .map_or(name.as_str(), |(family, _)| family);
            if name == "default" || definitions.find(name).is_some() {
                continue;
            }
            if name.contains(':') && definitions.has_family(family) {
                let message = format!("there is no task definition {name}, so this has no effect");
                field.warning("unknown-name", message).report();
                continue;
            }
            // Who names a family that was refused has done nothing wrong.
            if definitions.has_family(family) {
                continue;
            }
            let names = definitions.names();
            let families = definitions.plans().iter().map(|plan| plan.family.as_str());
            let known = names.iter().map(String::as_str).chain(families);
            unknown_name(field, "task definition", name, known);
        }
    }
}

/// Says that no container of a family has a sidecar's name: what it takes counts all the same.
fn note_sidecar(place: &Field<'_>, (family, sidecar): (&str, &str), known: &BTreeSet<&str>) {
    let message = format!(
        "no container of {family} is called {sidecar}; what it takes counts as that of a proxy"
    );
    let names: Vec<&str> = known.iter().copied().collect();
    let help = suggestion(sidecar, names.iter().copied())
        .unwrap_or_else(|| format!("its containers are {}", names.join(", ")));
    let note = place.note("unknown-name", message);
    note.help(help).report();
}
