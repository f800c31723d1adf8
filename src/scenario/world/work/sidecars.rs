//! `sidecars` of `world.work`: what containers beside the code take of their task: a proxy, an
//! agent that collects logs or traces.

use crate::engine::SimDuration;
use crate::scenario::plan::OwnWork;
use crate::scenario::reader::{Field, MapReader};

use super::{MIB, vcpus};

/// What each sidecar takes, by its name.
pub(super) type Sidecars = Vec<(String, OwnWork)>;

/// What they take together; none take nothing.
pub(super) fn together(all: &Option<Sidecars>) -> OwnWork {
    let mut sum = OwnWork::default();
    for (_, one) in all.iter().flatten() {
        sum.cpu_s += one.cpu_s;
        sum.idle_vcpus += one.idle_vcpus;
        sum.memory_mib += one.memory_mib;
    }
    sum
}

/// Reads them by their names, and where each stands.
pub(super) fn read(mut map: MapReader<'_>) -> (Sidecars, Vec<Field<'_>>) {
    let mut all = Sidecars::new();
    let mut names = Vec::new();
    for (key, field) in map.entries() {
        names.push(field.clone());
        let Some(mut one) = field.map() else { continue };
        let cpu_s = one.duration("cpu").map_or(0.0, SimDuration::as_secs_f64);
        let idle = one.field("idle");
        let idle = idle.and_then(|field| field.value("vCPUs", vcpus));
        let memory_mib = one.size("memory").map_or(0.0, |bytes| bytes as f64 / MIB);
        one.finish();
        let takes = OwnWork {
            cpu_s,
            idle_vcpus: idle.unwrap_or(0.0),
            memory_mib,
        };
        all.push((key.text.clone(), takes));
    }
    map.finish();
    (all, names)
}
