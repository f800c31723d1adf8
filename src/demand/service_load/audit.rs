//! What must hold of a load after every event.

use super::ServiceLoad;
use crate::engine::SimTime;

impl ServiceLoad {
    /// Requests in flight now.
    pub fn in_flight(&self) -> f64 {
        self.cohorts.in_flight(&self.first.queue)
    }

    /// Checks the load against the tasks that run and those that answer at `now`.
    ///
    /// # Panics
    /// If something does not hold: a defect of ours.
    pub fn audit(&self, tasks: (u32, u32), now: SimTime) {
        let known = (self.running, self.serving);
        assert_eq!(known, tasks, "the load model knows its tasks");
        assert!(self.updated <= now, "the load has not run ahead");
        for (what, value) in [
            ("requests in flight", self.in_flight()),
            ("the variance of requests in flight", self.first.queue.v),
            ("the rate", self.rate_per_s),
            ("tries of a request", self.attempts_mean),
            ("slots in use", self.busy_slots),
        ] {
            assert!(value.is_finite(), "{what}: {value} is no number");
            assert!(0.0 <= value, "{what}: {value} is negative");
        }
    }

    /// Checks that of the requests that were in flight `before` a stretch and those that came in it
    /// each one went or is still there.
    ///
    /// # Panics
    /// If some got lost or were invented: a defect of ours.
    pub(super) fn audit_stretch(&self, [before, came, went]: [f64; 3]) {
        let sum = before + came;
        let off = sum - went - self.in_flight();
        assert!(
            off.abs() <= 1e-9 + 1e-6 * sum,
            "{off} of {sum} requests got lost in a stretch"
        );
    }
}
