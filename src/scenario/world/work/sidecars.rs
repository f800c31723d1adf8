//! `sidecars` of `world.work`: what containers beside the code take of their task: a proxy, an
//! agent that collects logs or traces.

use crate::engine::SimDuration;
use crate::scenario::reader::MapReader;

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

/// Reads them by their names.
pub(super) fn read(mut map: MapReader<'_>) -> Sidecars {
    let mut all = Sidecars::default();
    for (_, field) in map.entries() {
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
    all
}
