//! Usage meters.
use crate::engine::SimTime;
use crate::observe::observation::Observation;
use crate::observe::usage::UsageTable;
use crate::scenario::plan::Plan;

/// The meters.
#[derive(Clone, Debug)]
pub struct Meters {
    usage: UsageTable,
}

impl Meters {
    /// Nothing used yet.
    pub fn new(plan: &Plan) -> Self {
        Meters {
            usage: UsageTable::new(SimTime::ZERO, plan.horizon()),
        }
    }

    /// Takes what happened.
    pub fn observe(&mut self, _at: SimTime, _what: &Observation<'_>) {}

    /// Closes them.
    pub fn finish(self, ended_at: SimTime) -> UsageTable {
        let mut usage = self.usage;
        usage.set_end(ended_at);
        usage
    }
}
