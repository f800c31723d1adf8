//! Streaming aggregates for the summary.
use crate::engine::SimTime;
use crate::ids::ServiceId;
use crate::observe::observation::Observation;
use crate::observe::summary::{RunSummary, VERSION};
use crate::observe::times::iso8601_seconds;
use crate::policy::load::Histogram;
use crate::scenario::plan::Plan;

/// Aggregates.
#[derive(Clone, Debug)]
pub struct Tally {}

impl Tally {
    /// Nothing yet.
    pub fn new(_plan: &Plan) -> Self {
        Tally {}
    }

    /// Takes what happened.
    pub fn observe(&mut self, _at: SimTime, _what: &Observation<'_>) {}

    /// Takes totals.
    pub fn load_totals(&mut self, _: ServiceId, _responses: &Histogram, _distrust_s: &[f64]) {}

    /// Closes it.
    pub fn finish(self, plan: &Plan, ended_at: SimTime) -> RunSummary {
        RunSummary {
            version: VERSION,
            scenario: plan.name.clone(),
            start: iso8601_seconds(plan.run.start, SimTime::ZERO),
            simulated_s: ended_at.as_secs_f64(),
            total: Default::default(),
            services: Vec::new(),
            providers: Vec::new(),
            job_sources: Vec::new(),
            spot_zones: Vec::new(),
            objectives: Vec::new(),
        }
    }
}
