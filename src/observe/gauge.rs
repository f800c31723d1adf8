//! Step functions of time (a service's counts), closed into periods as time goes on.
//!
//! A change costs O(1) however many periods lie before it: whole periods at one value are closed
//! together. A value that is replaced at the instant it was set never was.

use crate::engine::{SimDuration, SimTime};
use crate::world::service::ServiceCounts;

/// How many counts a service has.
pub const COUNTS: usize = 6;

/// A count over a period.
#[derive(Clone, Copy, PartialEq, Debug, Default)]
pub struct CountStatistics {
    /// Weighted by time.
    pub mean: f32,
    /// The least.
    pub min: u32,
    /// The most.
    pub max: u32,
}

/// A service's counts over a period.
#[derive(Clone, Copy, PartialEq, Debug, Default)]
pub struct CountsStatistics {
    /// `DesiredTaskCount`.
    pub desired: CountStatistics,
    /// `PendingTaskCount`.
    pub pending: CountStatistics,
    /// `RunningTaskCount`.
    pub running: CountStatistics,
    /// `HealthyHostCount`.
    pub serving: CountStatistics,
    /// `UnHealthyHostCount`.
    pub unhealthy: CountStatistics,
    /// `DeploymentCount`, or `TaskSetCount`.
    pub deployments: CountStatistics,
}

/// One or more periods in a row whose counts were alike.
#[derive(Clone, Copy, PartialEq, Debug)]
pub struct CountsRun {
    /// The index of the first.
    pub first: u32,
    /// How many.
    pub count: u32,
    /// What each of them saw.
    pub counts: CountsStatistics,
}

/// A service's counts as they stand, and what the open period has seen of them.
#[derive(Clone, Debug)]
pub struct CountsGauge {
    period_us: u64,
    now_us: u64,
    values: [u32; COUNTS],
    open: Open,
}

/// What an open period has seen so far.
#[derive(Clone, Copy, Debug)]
struct Open {
    sums_us: [u64; COUNTS],
    min: [u32; COUNTS],
    max: [u32; COUNTS],
}

impl Open {
    const EMPTY: Open = Open {
        sums_us: [0; COUNTS],
        min: [u32::MAX; COUNTS],
        max: [0; COUNTS],
    };

    fn add(&mut self, values: &[u32; COUNTS], length_us: u64) {
        for (at, value) in values.iter().enumerate() {
            self.sums_us[at] += u64::from(*value) * length_us;
            self.min[at] = self.min[at].min(*value);
            self.max[at] = self.max[at].max(*value);
        }
    }

    fn statistics(&self, length_us: u64) -> CountsStatistics {
        let one = |at: usize| CountStatistics {
            mean: (self.sums_us[at] as f64 / length_us as f64) as f32,
            min: self.min[at],
            max: self.max[at],
        };
        CountsStatistics {
            desired: one(0),
            pending: one(1),
            running: one(2),
            serving: one(3),
            unhealthy: one(4),
            deployments: one(5),
        }
    }
}

impl CountsGauge {
    /// All counts zero from the start of the run on.
    ///
    /// # Panics
    /// If the period has no length.
    pub fn new(period: SimDuration) -> Self {
        assert!(!period.is_zero(), "a period has a length");
        CountsGauge {
            period_us: period.as_micros(),
            now_us: 0,
            values: [0; COUNTS],
            open: Open::EMPTY,
        }
    }

    /// Sets the counts from `at` on and hands the periods that are over to `close`.
    pub fn set(&mut self, at: SimTime, counts: ServiceCounts, close: impl FnMut(CountsRun)) {
        let values = [
            counts.desired,
            counts.pending,
            counts.running,
            counts.serving,
            counts.unhealthy,
            counts.deployments,
        ];
        if values != self.values {
            self.advance(at.as_micros(), close);
            self.values = values;
        }
    }

    /// Closes everything up to the end of the run, the last part of a period as a period.
    pub fn finish(&mut self, ended_at: SimTime, mut close: impl FnMut(CountsRun)) {
        self.advance(ended_at.as_micros(), &mut close);
        let covered_us = self.now_us % self.period_us;
        if 0 < covered_us {
            close(self.run(1, self.open.statistics(covered_us)));
            self.open = Open::EMPTY;
        }
    }

    fn advance(&mut self, to_us: u64, mut close: impl FnMut(CountsRun)) {
        while self.now_us < to_us {
            let whole = if self.now_us.is_multiple_of(self.period_us) {
                (to_us - self.now_us) / self.period_us
            } else {
                0
            };
            if 0 < whole {
                let mut constant = Open::EMPTY;
                constant.add(&self.values, self.period_us);
                close(self.run(whole as u32, constant.statistics(self.period_us)));
                self.now_us += whole * self.period_us;
                continue;
            }
            let end_us = (self.now_us / self.period_us + 1) * self.period_us;
            let until_us = end_us.min(to_us);
            self.open.add(&self.values, until_us - self.now_us);
            if until_us == end_us {
                close(self.run(1, self.open.statistics(self.period_us)));
                self.open = Open::EMPTY;
            }
            self.now_us = until_us;
        }
    }

    /// `count` periods from the one that holds the present on.
    fn run(&self, count: u32, counts: CountsStatistics) -> CountsRun {
        let first = (self.now_us / self.period_us) as u32;
        CountsRun {
            first,
            count,
            counts,
        }
    }
}

/// Appends a run; one that is like the last and follows it makes that one longer.
pub fn push_counts(runs: &mut Vec<CountsRun>, run: CountsRun) {
    match runs.last_mut() {
        Some(last) if last.counts == run.counts && last.first + last.count == run.first => {
            last.count += run.count;
        }
        Some(_) | None => runs.push(run),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn running(running: u32) -> ServiceCounts {
        ServiceCounts {
            running,
            ..ServiceCounts::default()
        }
    }

    fn runs(changes: &[(u64, u32)], ended_s: u64) -> Vec<(u32, u32, f32, u32, u32)> {
        let mut gauge = CountsGauge::new(SimDuration::from_secs(60));
        let mut runs = Vec::new();
        for (at, value) in changes {
            let at = SimTime::from_secs(*at);
            gauge.set(at, running(*value), |run| push_counts(&mut runs, run));
        }
        let ended = SimTime::from_secs(ended_s);
        gauge.finish(ended, |run| push_counts(&mut runs, run));
        let shown = |run: &CountsRun| {
            let running = run.counts.running;
            (run.first, run.count, running.mean, running.min, running.max)
        };
        runs.iter().map(shown).collect()
    }

    #[test]
    fn a_change_within_a_period_is_weighted_by_time() {
        // 2 for 15 s and 6 for 45 s of the minute are 5 on average; then 6 for good.
        assert_eq!(
            runs(&[(0, 2), (15, 6)], 180),
            [(0, 1, 5.0, 2, 6), (1, 2, 6.0, 6, 6)]
        );
    }

    #[test]
    fn a_quiet_year_is_one_run() {
        assert_eq!(runs(&[(0, 3)], 365 * 86_400), [(0, 365 * 1_440, 3.0, 3, 3)]);
    }

    #[test]
    fn a_value_replaced_at_once_never_was() {
        assert_eq!(runs(&[(0, 9), (0, 4)], 60), [(0, 1, 4.0, 4, 4)]);
        let at_an_edge = runs(&[(0, 1), (60, 9), (60, 2)], 120);
        assert_eq!(at_an_edge, [(0, 1, 1.0, 1, 1), (1, 1, 2.0, 2, 2)]);
    }

    #[test]
    fn the_last_part_of_a_period_counts_for_its_own_length() {
        assert_eq!(
            runs(&[(0, 2), (75, 4)], 90),
            [(0, 1, 2.0, 2, 2), (1, 1, 3.0, 2, 4)]
        );
    }
}
