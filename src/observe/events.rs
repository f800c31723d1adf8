//! Thin.
use crate::engine::SimTime;
use crate::observe::observation::Observation;

/// What is kept.
#[derive(Clone, Debug, Default)]
pub struct EventLog {}

impl EventLog {
    /// An empty one.
    pub fn new() -> Self {
        Self::default()
    }

    /// Takes what happened.
    pub fn observe(&mut self, _at: SimTime, _what: &Observation<'_>) {}

    /// Closes it.
    pub fn finish(&mut self, _ended_at: SimTime) {}
}
