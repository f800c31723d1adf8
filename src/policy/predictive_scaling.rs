//! Predictive scaling of a service: what the hours so far foretell of the next ones, and the
//! capacity that is started before them.
//!
//! Sources: Application Auto Scaling user guide, "predictive scaling" (AAS); API
//! PredictiveScalingPolicyConfiguration, 2026-11.

use crate::engine::time::SimDuration;

/// Hours of data before the first forecast (AAS, how predictive scaling works).
pub const HISTORY_LEAST: usize = 24;
/// Hours that a forecast looks back (AAS: up to 14 days).
pub const HISTORY_MOST: usize = 14 * 24;
/// Hours between two forecasts (AAS).
pub const REFRESH: usize = 6;
/// Hours that a forecast reaches (AAS).
pub const REACH: usize = 48;
/// `SchedulingBufferTime` by default (API).
pub const BUFFER: SimDuration = SimDuration::from_secs(300);
/// Hours of a day and of a week.
const DAY: usize = 24;
const WEEK: usize = 7 * DAY;

/// `MaxCapacityBreachBehavior`.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Default)]
pub enum Breach {
    /// `HonorMaxCapacity`, the default.
    #[default]
    Honor,
    /// `IncreaseMaxCapacity`, to the forecast and this many percent more.
    Increase {
        /// `MaxCapacityBuffer`, percent.
        buffer: u32,
    },
}

/// The load of hour `hour`, foretold from those of the hours before `history.len()`, oldest first;
/// nothing of hours that are too few, past, or out of reach.
///
/// ASSUMPTION: AWS says nothing of its model but what it looks at. Ours takes the mean of the same
/// hour of the days so far; once a whole week is known, of the same hour on the same weekday.
#[must_use]
pub fn forecast(history: &[f64], hour: usize) -> Option<f64> {
    let known = history.len();
    if known < HISTORY_LEAST || hour < known || known + REACH <= hour {
        return None;
    }
    let values: Vec<f64> = alike(known, hour).map(|at| history[at]).collect();
    (!values.is_empty()).then(|| values.iter().sum::<f64>() / values.len() as f64)
}

/// The hours of `known` ones that hour `hour` is taken to be like, the newest first.
///
/// ASSUMPTION: see [`forecast`].
pub fn alike(known: usize, hour: usize) -> impl Iterator<Item = usize> {
    let period = if WEEK <= known { WEEK } else { DAY };
    let oldest = known.saturating_sub(HISTORY_MOST);
    let back = (1..).map(move |back| hour.checked_sub(back * period));
    let back = back.map_while(move |at| at.filter(|at| oldest <= *at));
    back.filter(move |at| *at < known)
}

/// The tasks that a load takes: as many as bring the metric to its target.
///
/// Source: AAS: the forecast load over the target value, a whole number of tasks.
#[must_use]
pub fn capacity(load: f64, target: f64) -> u32 {
    let tasks = libm::ceil(load / target - 1e-9);
    // What is beyond any bound stays so.
    tasks.clamp(0.0, f64::from(u32::MAX)) as u32
}

/// The maximum that holds beside a forecast.
///
/// Source: API PredictiveScalingPolicyConfiguration: of 50 tasks foretold, at most 40 and a buffer
/// of 10 % the maximum is 55.
#[must_use]
pub fn effective_max(forecast: u32, max: u32, breach: Breach) -> u32 {
    match breach {
        Breach::Honor => max,
        Breach::Increase { .. } if forecast <= max => max,
        Breach::Increase { buffer } => {
            let more = (u64::from(forecast) * u64::from(100 + buffer)).div_ceil(100);
            u32::try_from(more).unwrap_or(u32::MAX)
        }
    }
}

/// What comes of a forecast.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum PredictedOutcome {
    /// The mode is `ForecastOnly`.
    ForecastOnly,
    /// As many as are there, or fewer: it never scales in.
    Enough,
    /// More are started.
    Raised,
    /// More are foretold than the maximum.
    AtMaximum {
        /// The maximum.
        max: u32,
    },
}

/// What a forecast makes of the desired count.
///
/// Source: AAS: predictive scaling only scales out.
#[must_use]
pub fn predicted(desired: u32, forecast: u32, max: u32, acts: bool) -> (u32, PredictedOutcome) {
    if !acts {
        return (desired, PredictedOutcome::ForecastOnly);
    }
    let wanted = forecast.min(max);
    match desired < wanted {
        true => (wanted, PredictedOutcome::Raised),
        false if max < forecast => (desired, PredictedOutcome::AtMaximum { max }),
        false => (desired, PredictedOutcome::Enough),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn svc_e13_a_buffer_of_ten_percent_on_fifty_tasks_is_55() {
        // SVC-E13, API PredictiveScalingPolicyConfiguration.
        let more = Breach::Increase { buffer: 10 };
        assert_eq!(effective_max(50, 40, more), 55);
        assert_eq!(effective_max(50, 40, Breach::Honor), 40);
        assert_eq!(effective_max(30, 40, more), 40);
    }

    #[test]
    fn a_forecast_needs_a_day_and_takes_the_same_hours() {
        let mut history: Vec<f64> = (0..23).map(f64::from).collect();
        assert_eq!(forecast(&history, 24), None);
        history.push(23.0);
        // The next day is like the first.
        assert_eq!(forecast(&history, 24), Some(0.0));
        assert_eq!(forecast(&history, 47), Some(23.0));
        // The day after that as well; beyond 48 hours nothing is said.
        assert_eq!(forecast(&history, 71), Some(23.0));
        assert_eq!(forecast(&history, 72), None);
        assert_eq!(forecast(&history, 23), None, "it is past");
        // Two days: their mean.
        history.extend((0..24).map(|hour| f64::from(hour) + 10.0));
        assert_eq!(forecast(&history, 48), Some(5.0));
    }

    #[test]
    fn a_week_tells_weekdays_apart_and_nothing_older_than_two_is_looked_at() {
        let of = |day: usize| if day % 7 < 5 { 100.0 } else { 20.0 };
        let days = |count: usize| -> Vec<f64> { (0..24 * count).map(|at| of(at / 24)).collect() };
        // Before a week is over, Saturday looks like the mean of the days so far.
        assert_eq!(forecast(&days(5), 24 * 5), Some(100.0));
        assert_eq!(forecast(&days(7), 24 * 7), Some(100.0));
        assert_eq!(forecast(&days(12), 24 * 12 + 3), Some(20.0));
        // Three weeks ago it was 500 all day long.
        let mut old = vec![500.0; 24 * 7];
        old.extend(days(14));
        assert_eq!(forecast(&old, 24 * 21 + 3), Some(100.0));
    }

    #[test]
    fn a_forecast_only_scales_out() {
        assert_eq!(capacity(4_500.0, 1_000.0), 5);
        assert_eq!(capacity(3_000.0, 1_000.0), 3);
        assert_eq!(capacity(0.0, 1_000.0), 0);
        assert_eq!(predicted(4, 9, 20, true), (9, PredictedOutcome::Raised));
        assert_eq!(predicted(9, 4, 20, true), (9, PredictedOutcome::Enough));
        let at_most = PredictedOutcome::AtMaximum { max: 20 };
        assert_eq!(predicted(20, 30, 20, true), (20, at_most));
        let only = PredictedOutcome::ForecastOnly;
        assert_eq!(predicted(4, 9, 20, false), (4, only));
    }
}
