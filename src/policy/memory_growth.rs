//! Memory that a task's code never gives back: how much it has kept, and when its limit is reached.
//!
//! A container that exceeds its memory limit is killed (API ContainerDefinition.memory, 2026-11);
//! that memory grows by the hour and by the request, and for each task at a pace of its own, is
//! ASSUMPTION, the usual description of a leak.

use crate::engine::time::SimDuration;

const HOUR_S: f64 = 3_600.0;

/// What a code keeps, of a task of mean pace.
#[derive(Clone, Copy, PartialEq, Debug)]
pub struct MemoryGrowth {
    /// MiB an hour.
    pub per_hour_mib: f64,
    /// MiB for each request that it has answered.
    pub per_request_mib: f64,
}

impl MemoryGrowth {
    /// What is kept after `run` and `requests`, MiB.
    pub fn kept_mib(&self, run: SimDuration, requests: f64) -> f64 {
        self.per_hour_mib * run.as_secs_f64() / HOUR_S + self.per_request_mib * requests
    }

    /// After how long a task of this pace that is asked nothing has kept all of its headroom;
    /// `None`: never.
    ///
    /// By hand: 300 MiB of headroom last 10 h at 30 MiB/h, and 5 h at twice the pace.
    pub fn fills_after(&self, headroom_mib: f64, pace: f64) -> Option<SimDuration> {
        let per_hour = self.per_hour_mib * pace;
        let hours = headroom_mib.max(0.0) / per_hour;
        (0.0 < per_hour).then(|| SimDuration::from_secs_f64(hours * HOUR_S))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn memory_is_kept_by_the_hour_and_by_the_request() {
        let growth = MemoryGrowth {
            per_hour_mib: 30.0,
            per_request_mib: 0.5,
        };
        let hours = |hours: u64| SimDuration::from_secs(hours * 3_600);
        assert_eq!(growth.kept_mib(hours(2), 100.0), 60.0 + 50.0);
        assert_eq!(growth.fills_after(300.0, 1.0), Some(hours(10)));
        assert_eq!(growth.fills_after(300.0, 2.0), Some(hours(5)));
        assert_eq!(growth.fills_after(-1.0, 1.0), Some(SimDuration::ZERO));
        let by_request = MemoryGrowth {
            per_hour_mib: 0.0,
            ..growth
        };
        assert_eq!(by_request.fills_after(300.0, 1.0), None);
    }
}
