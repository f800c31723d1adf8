//! How much of a run's beginning is still about its beginning.
//!
//! Source: MSER-5: White 1997 (Simulation 69); White, Cobb and Spratt 2000 (Winter Simulation
//! Conference): batches of five, the cut that makes the marginal standard error least, at most
//! half of the series.

use serde::Serialize;

/// Values a batch.
const BATCH: usize = 5;

/// A cut of a series' beginning.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Serialize)]
pub struct WarmUp {
    /// Values that are left out, a multiple of five.
    pub values: usize,
    /// Whether the best cut is the largest that is allowed: the series is too short to tell.
    pub too_short: bool,
}

/// The cut of `values` by MSER-5; `None` for fewer than ten values, or where one is not finite.
pub fn mser5(values: &[f64]) -> Option<WarmUp> {
    let batches: Vec<f64> = values
        .chunks_exact(BATCH)
        .map(|batch| batch.iter().sum::<f64>() / BATCH as f64)
        .collect();
    if batches.len() < 2 || batches.iter().any(|batch| !batch.is_finite()) {
        return None;
    }
    let most = batches.len() / 2;
    // From the end on, so that each cut costs one step (Welford 1962).
    let (mut count, mut mean, mut squares) = (0.0, 0.0, 0.0);
    let mut best = (f64::INFINITY, 0);
    for (index, batch) in batches.iter().enumerate().rev() {
        count += 1.0;
        let off = batch - mean;
        mean += off / count;
        squares += off * (batch - mean);
        let error = squares / (count * count);
        // Of equal ones the shortest cut: the loop meets it last.
        if index <= most && error <= best.0 {
            best = (error, index);
        }
    }
    Some(WarmUp {
        values: best.1 * BATCH,
        too_short: best.1 == most,
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    /// 20 values at 10, then 80 that swing around 0: the beginning goes, and no more.
    #[test]
    fn a_beginning_that_is_off_is_cut() {
        let swing = |index: usize| if index.is_multiple_of(2) { 1.0 } else { -1.0 };
        let value = |index: usize| if index < 20 { 10.0 } else { swing(index) };
        let values: Vec<f64> = (0..100).map(value).collect();
        let found = mser5(&values).unwrap();
        assert_eq!((found.values, found.too_short), (20, false));
    }

    /// A series that only grows never settles: the cut is the largest, and that is said.
    #[test]
    fn a_trend_is_too_short_for_any_cut() {
        let values: Vec<f64> = (0..100).map(f64::from).collect();
        let found = mser5(&values).unwrap();
        assert_eq!((found.values, found.too_short), (50, true));
    }

    #[test]
    fn nothing_is_cut_of_a_series_that_is_the_same_all_along() {
        assert_eq!(mser5(&[3.0; 100]).map(|it| it.values), Some(0));
        assert_eq!(mser5(&[3.0; 9]), None);
        assert_eq!(mser5(&[f64::NAN; 50]), None);
    }
}
