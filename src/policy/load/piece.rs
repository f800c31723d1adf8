//! What the fluid reports: one stretch of time.

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
}
