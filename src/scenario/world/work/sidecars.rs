//! `sidecars` of `world.work`: what containers beside the code take of their task: a proxy, an
//! agent that collects logs or traces.

use crate::engine::SimDuration;
use crate::scenario::reader::{Field, MapReader};

use super::{MIB, vcpus};

/// What all sidecars of a task take together.
#[derive(Clone, Copy, PartialEq, Debug, Default)]
pub(super) struct Sidecars {
    /// Seconds of one core per request.
    pub(super) cpu_s: f64,
    /// vCPUs, whatever the code does.
    pub(super) idle_vcpus: f64,
    /// Memory, MiB.
    pub(super) memory_mib: f64,
}

/// Reads them by their names, and where each stands.
pub(super) fn read(mut map: MapReader<'_>) -> (Sidecars, Vec<Field<'_>>) {
    let mut all = Sidecars::default();
    let mut names = Vec::new();
    for (_, field) in map.entries() {
        names.push(field.clone());
        let Some(mut one) = field.map() else { continue };
        all.cpu_s += one.duration("cpu").map_or(0.0, SimDuration::as_secs_f64);
        let idle = one.field("idle");
        all.idle_vcpus += idle
            .and_then(|field| field.value("vCPUs", vcpus))
            .unwrap_or(0.0);
        all.memory_mib += one.size("memory").map_or(0.0, |bytes| bytes as f64 / MIB);
        one.finish();
    }
    map.finish();
    (all, names)
}
