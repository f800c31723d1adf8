//! What other services meet when they call this one, and what of its own requests goes on to call
//! others: over a stretch ahead, without living through it.

use super::ServiceLoad;
use crate::engine::SimDuration;
use crate::policy::calls::Felt;
use crate::policy::load::Distrust;

/// What a service's callers say of themselves: they have the same rates, and hear of calls and of
/// addresses apart.
const OWN: Distrust = Distrust::SHORT_INTERVAL
    .and(Distrust::CALLS)
    .and(Distrust::ADDRESSES);

/// A stretch ahead as other services see it.
#[derive(Clone, Copy, PartialEq, Debug, Default)]
pub struct Served {
    /// Requests a second that get a slot: each then makes its calls.
    pub entered_per_s: f64,
    /// Tries a second that reach the service.
    pub offered_per_s: f64,
    /// What one try of a caller's meets.
    pub each: Felt,
    /// Whether more requests are here than are worked on at once.
    pub is_behind: bool,
    /// Whether its callers' addresses make some of its tasks slower than others.
    pub is_uneven: bool,
    /// Whether the model is outside of its validated range here, whatever its callers felt of it.
    pub is_unsure: bool,
}

impl ServiceLoad {
    /// What the next `length` would see under the present rate and tasks. Everything is then as it
    /// was before.
    pub fn served_ahead(&mut self, length: SimDuration) -> Served {
        let before = self.state();
        let (steady, pieces) = (self.steady, self.pieces);
        let (first, cohorts) = (self.first.clone(), self.cohorts.clone());
        let mut open = self.foreseen.take().unwrap_or_default();
        std::mem::swap(&mut *open, &mut self.open);
        let in_slots = self.in_slots();
        let in_flight = self.in_flight();
        let dt_s = length.as_secs_f64();
        let offered_per_s = self.offered();
        let distrust = self.foreseen_segment(length);
        let left = in_flight + offered_per_s * dt_s - self.in_flight();
        let entered = self.open.answered() + self.in_slots() - in_slots;
        let mean_s = match &self.curve {
            None => 0.0,
            // Little's law: settled it is the mean response, with a backlog what it costs whoever
            // waits for it now.
            Some(_) if 0.0 < left => self.open.in_flight_s / left,
            Some(_) => dt_s,
        };
        let served = Served {
            entered_per_s: (entered / dt_s).max(0.0),
            offered_per_s,
            each: Felt {
                mean_s,
                variance_s2: self.law.variance_s2(self.spec.shape.cv),
                failed_share: self.failed_share,
            },
            is_behind: self
                .curve
                .as_ref()
                .is_some_and(|curve| curve.slots() < self.in_flight()),
            is_uneven: self
                .curve
                .as_ref()
                .is_some_and(|curve| self.is_uneven(offered_per_s, curve)),
            is_unsure: !OWN.contains(distrust),
        };
        std::mem::swap(&mut *open, &mut self.open);
        open.restart();
        self.foreseen = Some(open);
        self.restore(&before);
        (self.steady, self.pieces) = (steady, pieces);
        (self.first, self.cohorts) = (first, cohorts);
        served
    }

    /// Requests in slots now, about.
    fn in_slots(&self) -> f64 {
        let slots = self.curve.as_ref().map_or(0.0, |curve| curve.slots());
        self.in_flight().min(slots)
    }
}
