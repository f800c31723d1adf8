//! What a run says of a queue.

use serde::{Deserialize, Serialize};

/// The queue of a service that pulls, in numbers.
#[derive(Clone, PartialEq, Debug, Default, Serialize, Deserialize)]
pub struct QueueSummary {
    /// Messages that tasks received, duplicates included.
    pub received: f64,
    /// Messages that wait, mean.
    pub visible_mean: f64,
    /// The worst minute's.
    pub visible_max_minute: f64,
    /// The last minute's.
    pub visible_last_minute: f64,
    /// How long the head of the queue had waited, mean of the minutes that had messages, seconds.
    pub oldest_mean_s: f64,
    /// What 95 % of those minutes do not exceed, seconds.
    pub oldest_p95_minute_s: f64,
    /// The worst minute's, seconds.
    pub oldest_max_minute_s: f64,
}
