//! What the counter of failed first tries knows already of the requests in flight: failures are
//! counted as requests come, so those that die with their task must not be counted again.

/// The mean of the requests in flight.
#[derive(Clone, Copy, Debug)]
pub(super) struct InFlight {
    /// The share whose failure was counted as they came.
    failed_share: f64,
    /// Tries of each first one.
    tries: f64,
}

impl Default for InFlight {
    fn default() -> Self {
        InFlight::BEFORE
    }
}

impl InFlight {
    /// Requests that came before the run: none of their failures was counted.
    pub(super) const BEFORE: InFlight = InFlight {
        failed_share: 0.0,
        tries: 1.0,
    };

    /// `came` requests joined the `before` that were in flight.
    pub(super) fn mix(&mut self, [before, came]: [f64; 2], failed_share: f64, tries: f64) {
        if 0.0 < came {
            let share = came / (before + came);
            self.failed_share += (failed_share - self.failed_share) * share;
            self.tries += (tries - self.tries) * share;
        }
    }

    /// The first tries whose failure is news when `lost` requests die.
    pub(super) fn first_tries(&self, lost: f64) -> f64 {
        lost * (1.0 - self.failed_share) / self.tries
    }
}
