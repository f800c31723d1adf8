//! `memory` of an entry of `world.work`: of an idle task, per request, and what is never given
//! back.

use crate::engine::distribution::Distribution;
use crate::policy::memory_growth::MemoryGrowth;
use crate::scenario::context::Context;
use crate::scenario::plan::GrowthPlan;
use crate::scenario::reader::Field;

use super::MIB;

/// The block as read.
#[derive(Default)]
pub(super) struct Memory {
    pub(super) base: Option<u64>,
    pub(super) per_request: Option<u64>,
    pub(super) growth: Option<Growth>,
}

/// What is never given back.
#[derive(Clone, Copy)]
pub(super) struct Growth {
    per_hour: u64,
    per_request: u64,
    cv: Option<f64>,
}

/// Reads a size alone, an idle task's, or the block.
pub(super) fn read(field: &Field<'_>) -> Memory {
    let mut memory = Memory::default();
    if !field.is_mapping() {
        memory.base = field.size();
        return memory;
    }
    let Some(mut map) = field.map() else {
        return memory;
    };
    memory.base = map.size("base");
    memory.per_request = map.size("perRequest");
    memory.growth = map.field("growth").and_then(|field| growth(&field));
    map.finish();
    memory
}

fn growth(field: &Field<'_>) -> Option<Growth> {
    let mut map = field.map()?;
    let (per_hour, per_request) = (map.size("perHour"), map.size("perRequest"));
    let cv = map.f64("cv", 0.0..=10.0);
    map.finish();
    if per_hour.is_none() && per_request.is_none() {
        let message = "memory grows by neither the hour nor the request";
        let help = "give perHour, perRequest or both; leave growth out for code that gives back \
                    all of its memory";
        field.error("missing-field", message).help(help).report();
    }
    Some(Growth {
        per_hour: per_hour.unwrap_or(0),
        per_request: per_request.unwrap_or(0),
        cv,
    })
}

impl Growth {
    /// With its defaults; `None`: nothing grows.
    pub(super) fn plan(self, cx: &Context<'_>) -> Option<GrowthPlan> {
        if self.per_hour == 0 && self.per_request == 0 {
            return None;
        }
        let cv = self
            .cv
            .unwrap_or_else(|| cx.default_f64("world.work.*.memory.growth.cv"));
        Some(GrowthPlan {
            growth: MemoryGrowth {
                per_hour_mib: self.per_hour as f64 / MIB,
                per_request_mib: self.per_request as f64 / MIB,
            },
            pace: pace(cv),
        })
    }
}

/// The law of paces: 1 in the mean.
fn pace(cv: f64) -> Distribution {
    match 0.0 < cv {
        true => Distribution::lognormal(1.0, cv),
        false => Distribution::constant(1.0),
    }
    .expect("a mean of 1 and a cv within bounds make a law")
}
