//! Simulated time: integer microseconds since the start of the run, so that no comparison needs an
//! epsilon.

use std::fmt;
use std::hash::{Hash, Hasher};
use std::num::NonZeroU64;
use std::ops::{Add, AddAssign, Sub};

const MICROS_PER_SECOND: u64 = 1_000_000;

/// An instant of the simulation: microseconds since the start of the run.
///
/// Kept one higher, so that an instant that may be absent takes no more room than one that is
/// there: tasks have ten of these.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub struct SimTime(NonZeroU64);

/// A length of simulated time in microseconds, never negative.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Debug, Default)]
pub struct SimDuration(u64);

impl SimTime {
    /// The start of the run.
    pub const ZERO: SimTime = SimTime(NonZeroU64::MIN);
    /// Later than any event; a place holder for "never".
    pub const MAX: SimTime = SimTime(NonZeroU64::MAX);

    /// From microseconds since the start of the run.
    pub const fn from_micros(micros: u64) -> Self {
        SimTime(NonZeroU64::MIN.saturating_add(micros))
    }

    /// From whole seconds since the start of the run.
    pub const fn from_secs(seconds: u64) -> Self {
        SimTime::from_micros(seconds * MICROS_PER_SECOND)
    }

    /// Microseconds since the start of the run.
    pub const fn as_micros(self) -> u64 {
        self.0.get() - 1
    }

    /// Seconds since the start of the run.
    pub fn as_secs_f64(self) -> f64 {
        self.as_micros() as f64 / MICROS_PER_SECOND as f64
    }

    /// The time from `earlier` to `self`, zero if `earlier` is later.
    pub const fn since(self, earlier: SimTime) -> SimDuration {
        SimDuration(self.0.get().saturating_sub(earlier.0.get()))
    }

    /// The index of the period of length `period` that holds this instant: periods are half-open,
    /// `[start, end)`.
    pub const fn period_index(self, period: SimDuration) -> u64 {
        self.as_micros() / period.0
    }

    /// Adds a duration; stays at [`SimTime::MAX`] instead of overflowing.
    pub const fn saturating_add(self, duration: SimDuration) -> SimTime {
        SimTime(self.0.saturating_add(duration.0))
    }
}

impl SimDuration {
    /// No time at all.
    pub const ZERO: SimDuration = SimDuration(0);
    /// The longest duration.
    pub const MAX: SimDuration = SimDuration(u64::MAX);

    /// From microseconds.
    pub const fn from_micros(micros: u64) -> Self {
        SimDuration(micros)
    }

    /// From whole seconds.
    pub const fn from_secs(seconds: u64) -> Self {
        SimDuration(seconds * MICROS_PER_SECOND)
    }

    /// From seconds, to the nearest microsecond; negative values and NaN become zero, too large
    /// ones [`SimDuration::MAX`].
    #[inline]
    pub fn from_secs_f64(seconds: f64) -> Self {
        // Phases that take no time are many.
        if seconds <= 0.0 {
            return SimDuration::ZERO;
        }
        let micros = seconds * MICROS_PER_SECOND as f64;
        // As `f64::round` does, which is a call where a processor need not have it: what is cut
        // off is exact, and there is none where it could matter.
        let whole = micros as u64;
        let cut_off = micros - whole as f64;
        SimDuration(whole.saturating_add(u64::from(0.5 <= cut_off)))
    }

    /// Microseconds.
    pub const fn as_micros(self) -> u64 {
        self.0
    }

    /// Seconds.
    pub fn as_secs_f64(self) -> f64 {
        self.0 as f64 / MICROS_PER_SECOND as f64
    }

    /// Whether this is no time at all.
    pub const fn is_zero(self) -> bool {
        self.0 == 0
    }
}

impl Default for SimTime {
    fn default() -> Self {
        SimTime::ZERO
    }
}

impl Hash for SimTime {
    fn hash<H: Hasher>(&self, state: &mut H) {
        self.as_micros().hash(state);
    }
}

impl fmt::Debug for SimTime {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_tuple("SimTime").field(&self.as_micros()).finish()
    }
}

impl Add<SimDuration> for SimTime {
    type Output = SimTime;
    fn add(self, duration: SimDuration) -> SimTime {
        self.saturating_add(duration)
    }
}

impl AddAssign<SimDuration> for SimTime {
    fn add_assign(&mut self, duration: SimDuration) {
        *self = self.saturating_add(duration);
    }
}

impl Sub<SimTime> for SimTime {
    type Output = SimDuration;
    fn sub(self, earlier: SimTime) -> SimDuration {
        assert!(
            earlier.0 <= self.0,
            "a duration can't be negative: the later instant comes first"
        );
        SimDuration(self.0.get() - earlier.0.get())
    }
}

impl Add for SimDuration {
    type Output = SimDuration;
    fn add(self, other: SimDuration) -> SimDuration {
        SimDuration(self.0.saturating_add(other.0))
    }
}

impl fmt::Display for SimTime {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "+{}", SimDuration(self.as_micros()))
    }
}

impl fmt::Display for SimDuration {
    /// `7d`, `1h 30m`, `2m 5.25s`: the largest units that are not zero.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let seconds = self.0 / MICROS_PER_SECOND;
        let micros = self.0 % MICROS_PER_SECOND;
        let parts = [
            (seconds / 86_400, "d"),
            (seconds / 3_600 % 24, "h"),
            (seconds / 60 % 60, "m"),
        ];
        let mut first = true;
        for (value, unit) in parts.into_iter().filter(|(value, _)| 0 < *value) {
            write!(f, "{}{value}{unit}", if first { "" } else { " " })?;
            first = false;
        }
        let rest = seconds % 60;
        if 0 < micros {
            let text = format!("{rest}.{micros:06}");
            write!(
                f,
                "{}{}s",
                if first { "" } else { " " },
                text.trim_end_matches('0')
            )?;
        } else if 0 < rest || first {
            write!(f, "{}{rest}s", if first { "" } else { " " })?;
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn durations_read_like_the_scenario_file() {
        let shown = |seconds: f64| SimDuration::from_secs_f64(seconds).to_string();
        assert_eq!(shown(0.0), "0s");
        assert_eq!(shown(604_800.0), "7d");
        assert_eq!(shown(5_400.0), "1h 30m");
        assert_eq!(shown(125.25), "2m 5.25s");
    }

    #[test]
    fn seconds_are_rounded_to_the_nearest_microsecond() {
        let rounded = |seconds: f64| {
            let expected = (seconds * 1e6).round() as u64;
            let found = SimDuration::from_secs_f64(seconds).as_micros();
            assert_eq!(found, expected, "{seconds}");
        };
        let odd = [
            0.0,
            -0.0,
            -3.7,
            0.5e-6_f64.next_down(),
            0.5e-6,
            1.5e-6,
            2.5e-6,
            1e13,
        ];
        odd.into_iter().for_each(rounded);
        [f64::NAN, f64::INFINITY, f64::NEG_INFINITY, 1.9e13, f64::MAX]
            .into_iter()
            .for_each(rounded);
        (0..100_000).for_each(|step| rounded(f64::from(step).powi(3) * 1.234_567e-7));
    }

    #[test]
    fn an_absent_instant_takes_no_more_room_and_the_ends_hold() {
        assert_eq!(size_of::<Option<SimTime>>(), size_of::<u64>());
        assert_eq!(SimTime::ZERO.as_micros(), 0);
        assert_eq!(SimTime::from_micros(u64::MAX), SimTime::MAX);
        assert_eq!(SimTime::from_micros(5) - SimTime::ZERO, SimDuration(5));
        assert_eq!(SimTime::MAX + SimDuration(1), SimTime::MAX);
        assert_eq!(format!("{:?}", SimTime::from_secs(1)), "SimTime(1000000)");
    }

    #[test]
    fn periods_are_half_open() {
        let minute = SimDuration::from_secs(60);
        assert_eq!(SimTime::from_micros(59_999_999).period_index(minute), 0);
        assert_eq!(SimTime::from_secs(60).period_index(minute), 1);
    }
}
