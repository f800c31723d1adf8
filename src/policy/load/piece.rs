//! What the fluid reports: one stretch of time.

use super::flow::KAPPA_MIN;

/// What a stretch of time under constant rate and slots did.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub struct Piece {
    /// Length, seconds.
    pub dt_s: f64,
    /// Mean number in system.
    pub n: f64,
    /// Mean number that queue and will be served.
    pub queued: f64,
    /// Mean number of busy slots.
    pub busy_slots: f64,
    /// The share of requests that wait for a slot.
    pub wait_share: f64,
    /// Mean wait of those who wait, seconds.
    pub wait_mean_s: f64,
    /// Squared CV of the wait of those who wait.
    pub kappa: f64,
    /// Mean slot-holding time, seconds.
    pub holding_s: f64,
    /// Slot-holding time when all slots are taken, seconds.
    pub holding_full_s: f64,
    /// Squared CV of how much sharing the CPU slows a request down; 0 if nobody is slowed.
    pub slowing: f64,
    /// Requests that arrived.
    pub arrived: f64,
    /// Requests that finished.
    pub served: f64,
    /// Requests turned away or given up.
    pub lost: f64,
    /// The share of those served whose clients have left by the answer, where their patience is
    /// what ends the queue; else the law of response times tells.
    pub late_share: Option<f64>,
}

impl Piece {
    /// Mean response time of those served, seconds.
    pub fn response_mean_s(&self) -> f64 {
        self.holding_s + self.wait_share * self.wait_mean_s
    }

    /// Nobody waits longer than this, as clients leave the queue then. Where a backlog empties, the
    /// law of who waits has a tail that knows nothing of it: its mean goes at most there, and its
    /// spread to where three of its deviations end (ASSUMPTION: a spike of ten minutes had p99 of
    /// 35 s behind a patience of 10 s, request by request 13 s).
    pub fn wait_at_most(&mut self, longest_s: f64) {
        if self.wait_mean_s <= 0.0 {
            return;
        }
        if longest_s < self.wait_mean_s {
            let mean_s = self.wait_share * self.wait_mean_s;
            self.wait_share = (mean_s / longest_s).min(1.0);
            self.wait_mean_s = longest_s;
        }
        let room = (longest_s / self.wait_mean_s - 1.0) / DEVIATIONS;
        self.kappa = self.kappa.min((room * room).max(KAPPA_MIN));
    }
}

/// So many deviations above its mean a law of waits ends.
const DEVIATIONS: f64 = 3.0;

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn no_wait_is_longer_than_patience() {
        let mut piece = Piece {
            wait_share: 0.5,
            wait_mean_s: 16.0,
            kappa: 0.8,
            ..Piece::default()
        };
        piece.wait_at_most(10.0);
        let waits = (piece.wait_share, piece.wait_mean_s, piece.kappa);
        assert_eq!(waits, (0.8, 10.0, KAPPA_MIN));
        // Half of it on average: the ninth part of the square of the mean is left.
        piece.wait_mean_s = 5.0;
        piece.kappa = 0.8;
        piece.wait_at_most(10.0);
        assert!((piece.kappa - 1.0 / 9.0).abs() < 1e-12);
        // Short waits know nothing of it.
        let short = Piece {
            wait_share: 0.3,
            wait_mean_s: 0.1,
            kappa: 1.2,
            ..Piece::default()
        };
        let mut same = short;
        same.wait_at_most(10.0);
        assert_eq!(same, short);
    }
}
