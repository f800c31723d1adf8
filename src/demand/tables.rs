//! The load model's tables, built once a process and shared by all runs: curves by routing, work
//! and tasks.

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use crate::policy::load::{Curve, CurveCache, ResponseTable, Routing, WorkShape};

/// The curves of one work shape behind one routing; cloning shares them.
#[derive(Clone, Debug)]
pub struct SharedCurves(Arc<Mutex<CurveCache>>);

/// A shape's numbers as bits, and the routing: equal keys have equal curves.
type Key = (u8, [u64; 5]);

static REGISTRY: Mutex<BTreeMap<Key, SharedCurves>> = Mutex::new(BTreeMap::new());

impl SharedCurves {
    /// The curves of this work behind this routing.
    pub fn of(routing: Routing, shape: WorkShape) -> Self {
        let mut registry = unpoisoned(&REGISTRY);
        let shared = registry
            .entry(key(routing, shape))
            .or_insert_with(|| SharedCurves(Arc::new(Mutex::new(CurveCache::new(routing, shape)))));
        shared.clone()
    }

    /// The curve of a number of tasks, built when first asked for; `None` without tasks.
    pub fn curve(&self, tasks: u32) -> Option<Arc<Curve>> {
        unpoisoned(&self.0).curve(tasks).cloned()
    }

    /// Builds what a run is going to ask for: the curves up to `tasks`, and the table of response
    /// times.
    pub fn prepare(routing: Routing, shape: WorkShape, tasks: std::ops::RangeInclusive<u32>) {
        let _ = ResponseTable::shared(shape.cv);
        let curves = SharedCurves::of(routing, shape);
        for count in tasks {
            let _ = curves.curve(count);
        }
    }
}

fn key(routing: Routing, shape: WorkShape) -> Key {
    let bits = [
        shape.cpu_s,
        shape.wait_s,
        shape.cv,
        f64::from(shape.slots),
        shape.vcpus,
    ];
    (routing as u8, bits.map(f64::to_bits))
}

/// A table is whole or absent, so a panic elsewhere leaves it usable.
fn unpoisoned<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}
