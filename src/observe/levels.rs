//! Step functions of time that may be absent, closed into periods as time goes on: what groups of
//! instances show. A change costs O(1) however many periods lie before it.

use crate::engine::{SimDuration, SimTime};

/// A level over the part of a period in which it was there.
#[derive(Clone, Copy, PartialEq, Debug, Default)]
pub struct Level {
    /// Weighted by time.
    pub mean: f32,
    /// The least.
    pub min: f32,
    /// The most.
    pub max: f32,
}

/// One or more periods in a row whose levels were alike.
#[derive(Clone, Copy, PartialEq, Debug)]
pub struct LevelsRun<const N: usize> {
    /// The index of the first.
    pub first: u32,
    /// How many.
    pub count: u32,
    /// What each of them saw; `None`: it was never there.
    pub levels: [Option<Level>; N],
}

/// Levels as they stand, and what the open period has seen of them.
#[derive(Clone, Debug)]
pub struct LevelsGauge<const N: usize> {
    period_us: u64,
    now_us: u64,
    /// NaN: not there.
    values: [f64; N],
    open: [OpenLevel; N],
    runs: Vec<LevelsRun<N>>,
}

/// What an open period has seen of a level.
#[derive(Clone, Copy, Debug)]
struct OpenLevel {
    sum: f64,
    present_us: u64,
    min: f64,
    max: f64,
}

impl OpenLevel {
    const EMPTY: OpenLevel = OpenLevel {
        sum: 0.0,
        present_us: 0,
        min: f64::INFINITY,
        max: f64::NEG_INFINITY,
    };

    fn add(&mut self, value: f64, length_us: u64) {
        if value.is_finite() {
            self.sum += value * length_us as f64;
            self.present_us += length_us;
            self.min = self.min.min(value);
            self.max = self.max.max(value);
        }
    }

    fn level(&self) -> Option<Level> {
        (0 < self.present_us).then(|| Level {
            mean: (self.sum / self.present_us as f64) as f32,
            min: self.min as f32,
            max: self.max as f32,
        })
    }
}

impl<const N: usize> LevelsGauge<N> {
    /// `values` (NaN: not there) from the start of the run on.
    ///
    /// # Panics
    /// If the period has no length.
    pub fn new(period: SimDuration, values: [f64; N]) -> Self {
        assert!(!period.is_zero(), "a period has a length");
        LevelsGauge {
            period_us: period.as_micros(),
            now_us: 0,
            values,
            open: [OpenLevel::EMPTY; N],
            runs: Vec::new(),
        }
    }

    /// The levels as they stand.
    pub fn values(&self) -> &[f64; N] {
        &self.values
    }

    /// Sets the levels from `at` on.
    pub fn set(&mut self, at: SimTime, values: [f64; N]) {
        let is_same = |(now, then): (&f64, &f64)| now.to_bits() == then.to_bits();
        if !self.values.iter().zip(&values).all(is_same) {
            self.advance(at.as_micros());
            self.values = values;
        }
    }

    /// All periods up to the end of the run, the last part of one as one.
    pub fn finish(mut self, ended_at: SimTime) -> Vec<LevelsRun<N>> {
        self.advance(ended_at.as_micros());
        if !self.now_us.is_multiple_of(self.period_us) {
            self.close(1);
        }
        self.runs
    }

    fn advance(&mut self, to_us: u64) {
        while self.now_us < to_us {
            let is_edge = self.now_us.is_multiple_of(self.period_us);
            let whole = if is_edge {
                (to_us - self.now_us) / self.period_us
            } else {
                0
            };
            let end_us = (self.now_us / self.period_us + 1) * self.period_us;
            let until_us = end_us.min(to_us);
            let length_us = until_us - self.now_us;
            for (open, value) in self.open.iter_mut().zip(&self.values) {
                open.add(*value, length_us);
            }
            if 0 < whole {
                self.close(whole);
                self.now_us += whole * self.period_us;
            } else {
                if until_us == end_us {
                    self.close(1);
                }
                self.now_us = until_us;
            }
        }
    }

    /// Closes `count` periods from the one that holds the present on, all like the open one.
    fn close(&mut self, count: u64) {
        let levels = self.open.map(|open| open.level());
        self.open = [OpenLevel::EMPTY; N];
        let (first, count) = ((self.now_us / self.period_us) as u32, count as u32);
        match self.runs.last_mut() {
            Some(last) if last.levels == levels && last.first + last.count == first => {
                last.count += count;
            }
            Some(_) | None => self.runs.push(LevelsRun {
                first,
                count,
                levels,
            }),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// First period, how many, and mean, least and most of what was there.
    type Shown = (u32, u32, Option<(f32, f32, f32)>);

    fn runs(changes: &[(u64, f64)], ended_s: u64) -> Vec<Shown> {
        let mut gauge = LevelsGauge::new(SimDuration::from_secs(60), [f64::NAN]);
        for (at, value) in changes {
            gauge.set(SimTime::from_secs(*at), [*value]);
        }
        let runs = gauge.finish(SimTime::from_secs(ended_s));
        let shown = |run: &LevelsRun<1>| {
            let level = run.levels[0].map(|it| (it.mean, it.min, it.max));
            (run.first, run.count, level)
        };
        runs.iter().map(shown).collect()
    }

    #[test]
    fn a_level_is_weighted_by_the_time_in_which_it_is_there() {
        // Absent for 30 s, 2 for 10 s, 5 for 20 s: 4 on average; then 5 for good.
        assert_eq!(
            runs(&[(30, 2.0), (40, 5.0)], 210),
            [(0, 1, Some((4.0, 2.0, 5.0))), (1, 3, Some((5.0, 5.0, 5.0)))]
        );
        assert_eq!(
            runs(&[(60, 1.0), (120, f64::NAN)], 240),
            [(0, 1, None), (1, 1, Some((1.0, 1.0, 1.0))), (2, 2, None)]
        );
    }

    #[test]
    fn a_quiet_year_is_one_run_and_a_value_replaced_at_once_never_was() {
        let year = 365 * 86_400;
        let three = Some((3.0, 3.0, 3.0));
        assert_eq!(runs(&[(0, 9.0), (0, 3.0)], year), [(0, 365 * 1_440, three)]);
    }
}
