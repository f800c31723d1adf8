//! What became of the search for container instances: who waited, who found none, how long one
//! looked.

use serde::{Deserialize, Serialize};

use super::DelaySummary;

pub use crate::policy::managed_scaling::CONTAINER_INSTANCES_MAX;

/// Searches for an instance that asked one after the other.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Default, Serialize, Deserialize)]
pub struct SearchSummary {
    /// How many searches.
    pub searches: u64,
    /// How many instances they asked.
    pub instances: u64,
}

/// Tasks that waited for an instance and got one.
#[derive(Clone, Copy, PartialEq, Debug, Default, Serialize, Deserialize)]
pub struct WaitSummary {
    /// How many.
    pub tasks: u64,
    /// How long.
    #[serde(flatten)]
    pub delay: DelaySummary,
}

/// Launches that no container instance took, because none had room for them or met their
/// constraints and none was to come.
#[derive(Clone, PartialEq, Debug, Default, Serialize, Deserialize)]
pub struct NoInstanceSummary {
    /// How often one was tried, the same launch again included.
    pub tries: u64,
    /// The first such try, seconds after the start.
    pub first_s: f64,
    /// The last one, seconds after the start.
    pub last_s: f64,
    /// When the closest instance was looked for last, seconds after the start: at the first try,
    /// the second, the fourth and so on, as it means to look at all of them.
    pub nearest_s: f64,
    /// What the closest instance lacked first, in the API's words (`RESOURCE:MEMORY`).
    pub reason: String,
    /// The closest instance and what it lacked, in words.
    pub nearest: String,
}
