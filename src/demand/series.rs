//! A rate over the run as steps: what a trace becomes once it has its place in the run.

use std::sync::Arc;

use crate::engine::{SimDuration, SimTime};

/// A piecewise constant rate: each step holds from its start to the next one's, half-open. Shared,
/// so that cursors and replications copy no rows.
#[derive(Clone, PartialEq, Debug)]
pub struct StepSeries {
    steps: Arc<[RateStep]>,
    repeat: Option<SimDuration>,
}

/// One step of a [`StepSeries`].
#[derive(Clone, Copy, PartialEq, Debug)]
pub struct RateStep {
    /// From when on.
    pub start: SimTime,
    /// The rate per second.
    pub rate_per_second: f64,
}

/// A place in a [`StepSeries`]; moves forward only, allocates nothing.
#[derive(Clone, Debug)]
pub struct SeriesCursor {
    series: StepSeries,
    index: usize,
    cycle: u64,
}

impl StepSeries {
    /// Whether it is always 0.
    pub fn is_silent(&self) -> bool {
        self.steps.iter().all(|step| step.rate_per_second == 0.0)
    }

    /// Whether it is the same all along.
    pub fn is_constant(&self) -> bool {
        let first = self.steps[0].rate_per_second;
        self.steps.iter().all(|step| step.rate_per_second == first)
    }

    /// Its highest rate, per second.
    pub fn most(&self) -> f64 {
        let rates = self.steps.iter().map(|step| step.rate_per_second);
        rates.fold(0.0, f64::max)
    }

    /// The series of these steps, the last one lasting for ever, or all of them again every
    /// `repeat`.
    ///
    /// # Panics
    /// If there is no step, the first does not start the run, the steps are not sorted, a rate is
    /// negative or not finite, or a step starts at or after `repeat`: the reader of traces makes
    /// none of these.
    pub fn new(steps: Vec<RateStep>, repeat: Option<SimDuration>) -> Self {
        let first = steps.first().expect("a series has a step");
        assert_eq!(
            first.start,
            SimTime::ZERO,
            "a series covers the run from its start"
        );
        for pair in steps.windows(2) {
            assert!(
                pair[0].start < pair[1].start,
                "steps are sorted by their start"
            );
        }
        for step in &steps {
            let rate = step.rate_per_second;
            assert!(
                rate.is_finite() && 0.0 <= rate,
                "a rate is finite and not negative"
            );
        }
        if let (Some(period), Some(last)) = (repeat, steps.last()) {
            assert!(
                last.start.as_micros() < period.as_micros(),
                "steps lie within their period"
            );
        }
        StepSeries {
            steps: steps.into(),
            repeat,
        }
    }

    /// The steps of the run, or of one period.
    pub fn steps(&self) -> &[RateStep] {
        &self.steps
    }

    /// The period after which the steps start over.
    pub fn repeat(&self) -> Option<SimDuration> {
        self.repeat
    }

    /// A cursor at the start of the run.
    pub fn cursor(&self) -> SeriesCursor {
        SeriesCursor {
            series: self.clone(),
            index: 0,
            cycle: 0,
        }
    }
}

impl SeriesCursor {
    /// The rate of the step it stands on.
    pub fn rate_per_second(&self) -> f64 {
        self.series.steps[self.index].rate_per_second
    }

    /// When the next step starts; [`SimTime::MAX`] if none does.
    pub fn next_start(&self) -> SimTime {
        let (index, cycle) = self.next_place();
        let Some(step) = self.series.steps.get(index) else {
            return SimTime::MAX;
        };
        let period = self.series.repeat.unwrap_or_default().as_micros();
        let base = period.saturating_mul(cycle);
        SimTime::from_micros(base.saturating_add(step.start.as_micros()))
    }

    /// Moves to the next step, if there is one.
    pub fn advance(&mut self) {
        let (index, cycle) = self.next_place();
        if index < self.series.steps.len() {
            (self.index, self.cycle) = (index, cycle);
        }
    }

    fn next_place(&self) -> (usize, u64) {
        match (self.index + 1, self.series.repeat) {
            (index, Some(_)) if self.series.steps.len() <= index => (0, self.cycle + 1),
            (index, _) => (index, self.cycle),
        }
    }
}
