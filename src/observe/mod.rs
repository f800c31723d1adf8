//! What happened, as observations; the sinks that listen, and the writers of their files.
pub mod observation;

pub mod usage;

/// stub
pub struct Observer;
/// stub
#[derive(Debug)]
pub struct Observed;
impl Observer {
    /// s
    pub fn new(_: &crate::scenario::plan::Plan) -> Self {
        Observer
    }
    /// s
    pub fn observe(&mut self, _: crate::engine::SimTime, _: &observation::Observation<'_>) {}
    /// s
    pub fn load_totals(
        &mut self,
        _: crate::ids::ServiceId,
        _: &crate::policy::load::Histogram,
        _: &[f64],
    ) {
    }
    /// s
    pub fn finish(self, _: &crate::scenario::plan::Plan, _: crate::engine::SimTime) -> Observed {
        Observed
    }
}
