//! Metrics.
use crate::engine::{SimDuration, SimTime};
use crate::observe::observation::Observation;
use crate::observe::series::MetricStore;
use crate::observe::states::TaskStates;
use crate::scenario::plan::Plan;

/// The sink of metrics.
#[derive(Clone, Debug)]
pub struct MetricSink {}

impl MetricSink {
    /// Nothing yet.
    pub fn new(_plan: &Plan, _period: SimDuration) -> Self {
        MetricSink {}
    }

    /// Takes what happened.
    pub fn observe(&mut self, _at: SimTime, _what: &Observation<'_>) {}

    /// Closes it.
    pub fn finish(self, _states: &TaskStates, _ended_at: SimTime) -> MetricStore {
        MetricStore {}
    }
}
