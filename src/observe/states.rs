//! States.
use crate::observe::observation::Observation;
use crate::scenario::plan::Plan;

/// Tasks by provider and state over time.
#[derive(Clone, Debug)]
pub struct TaskStates {}

impl TaskStates {
    /// Nothing yet.
    pub fn new(_plan: &Plan) -> Self {
        TaskStates {}
    }

    /// Takes what happened.
    pub fn observe(&mut self, _what: &Observation<'_>) {}
}
