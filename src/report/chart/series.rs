//! Series of values over time, made fit for drawing: gaps, steps, stacks, and fewer points without
//! losing a spike.

use crate::report::axis::MAGNITUDE_MAX;

/// A point: seconds since the chart's start, and the value.
pub type Point = (f64, f64);

/// A named series of values over time. A value that is not finite is a gap.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Series {
    /// Its name in the legend.
    pub name: String,
    /// Seconds since the chart's start, ascending, with the value from then on.
    pub points: Vec<Point>,
}

/// Columns to which a long series is reduced; each keeps its least and its greatest value.
const COLUMNS_MAX: usize = 1_000;

/// Columns of a dense line, which is drawn as its mean within the band from least to greatest:
/// about two pixels each, the width at which a minute's noise over a week turns from a smear into a
/// curve.
const BAND_COLUMNS: usize = 540;

/// What a dense series does within one column.
#[derive(Clone, Copy, PartialEq, Debug)]
pub(super) struct Column {
    /// The middle of the column in seconds.
    pub at: f64,
    pub least: f64,
    pub mean: f64,
    pub greatest: f64,
}

impl Series {
    /// A series from its points.
    pub fn new(name: impl Into<String>, points: Vec<Point>) -> Self {
        Series {
            name: name.into(),
            points,
        }
    }

    /// A series of equally spaced values, the first at `start` seconds.
    pub fn evenly(name: impl Into<String>, start: f64, step: f64, values: &[f64]) -> Self {
        let at = |(index, value): (usize, &f64)| (start + step * index as f64, *value);
        Series::new(name, values.iter().enumerate().map(at).collect())
    }
}

/// The stretches between gaps, in order of time, with what is off the chart left out.
pub(super) fn runs(points: &[Point], length: f64) -> Vec<Vec<Point>> {
    let mut sorted: Vec<Point> = points
        .iter()
        .copied()
        .filter(|(at, _)| at.is_finite())
        .collect();
    sorted.sort_by(|a, b| a.0.total_cmp(&b.0));
    let mut runs = vec![Vec::new()];
    for (at, value) in sorted {
        if at < 0.0 || length < at {
            continue;
        }
        match value.is_finite() {
            true => runs
                .last_mut()
                .expect("there is a run from the start")
                .push((at, value.clamp(-MAGNITUDE_MAX, MAGNITUDE_MAX))),
            false => runs.push(Vec::new()),
        }
    }
    runs.retain(|run| !run.is_empty());
    runs
}

/// At most about two thousand points of a run: per column its first, least, greatest and last.
pub(super) fn reduced(run: &[Point], length: f64) -> Vec<Point> {
    if run.len() <= 2 * COLUMNS_MAX {
        return run.to_vec();
    }
    let column = |at: f64| (at / length * COLUMNS_MAX as f64) as usize;
    let mut out = Vec::new();
    for chunk in run.chunk_by(|a, b| column(a.0) == column(b.0)) {
        let by_value = |a: &&Point, b: &&Point| a.1.total_cmp(&b.1);
        let least = chunk.iter().min_by(by_value);
        let greatest = chunk.iter().max_by(by_value);
        let mut kept: Vec<Point> = [chunk.first(), least, greatest, chunk.last()]
            .into_iter()
            .flatten()
            .copied()
            .collect();
        kept.sort_by(|a, b| a.0.total_cmp(&b.0));
        kept.dedup();
        out.extend(kept);
    }
    out
}

/// Whether a run has too many points to be drawn one by one.
pub(super) fn is_dense(run: &[Point]) -> bool {
    3 * BAND_COLUMNS < run.len()
}

/// A dense run by columns.
pub(super) fn columns(run: &[Point], length: f64) -> Vec<Column> {
    let column = |at: f64| (at / length * BAND_COLUMNS as f64) as usize;
    let chunks = run.chunk_by(|a, b| column(a.0) == column(b.0));
    let values = |chunk: &[Point]| chunk.iter().map(|(_, value)| *value).collect::<Vec<_>>();
    chunks
        .map(|chunk| {
            let values = values(chunk);
            Column {
                at: (chunk[0].0 + chunk[chunk.len() - 1].0) / 2.0,
                least: values.iter().copied().fold(f64::INFINITY, f64::min),
                mean: values.iter().sum::<f64>() / values.len() as f64,
                greatest: values.iter().copied().fold(f64::NEG_INFINITY, f64::max),
            }
        })
        .collect()
}

/// The corners of a staircase: each value holds until the next, the last until `end`.
pub(super) fn stepped(run: &[Point], end: f64) -> Vec<Point> {
    let mut corners: Vec<Point> = Vec::with_capacity(run.len() * 2 + 1);
    for (at, value) in run {
        if let Some((_, before)) = corners.last().copied() {
            if before == *value {
                continue;
            }
            corners.push((*at, before));
        }
        corners.push((*at, *value));
    }
    if let Some((at, value)) = corners.last().copied()
        && at < end
    {
        corners.push((end, value));
    }
    corners
}

/// For each series the sum of itself and those before it, as staircases over the moments of all of
/// them. Before its first point and in its gaps a series counts nothing.
pub(super) fn stacked(series: &[&[Point]], length: f64) -> Vec<Vec<Point>> {
    let mut moments: Vec<(f64, usize, f64)> = Vec::new();
    for (index, points) in series.iter().enumerate() {
        for (at, value) in points
            .iter()
            .filter(|(at, _)| at.is_finite() && *at <= length)
        {
            let value = if value.is_finite() {
                value.clamp(0.0, MAGNITUDE_MAX)
            } else {
                0.0
            };
            moments.push((at.max(0.0), index, value));
        }
    }
    moments.sort_by(|a, b| a.0.total_cmp(&b.0));
    let mut now = vec![0.0; series.len()];
    let mut sums = vec![Vec::new(); series.len()];
    for instant in moments.chunk_by(|a, b| a.0 == b.0) {
        for (_, index, value) in instant {
            now[*index] = *value;
        }
        let mut sum = 0.0;
        for (index, value) in now.iter().enumerate() {
            sum += value;
            sums[index].push((instant[0].0, sum));
        }
    }
    sums
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_spike_of_one_second_survives_the_reduction() {
        let mut points: Vec<Point> = (0..600_000).map(|at| (f64::from(at), 1.0)).collect();
        points[123_456].1 = 99.0;
        points[400_001].1 = -5.0;
        let kept = reduced(&points, 600_000.0);
        assert!(kept.len() <= 4 * COLUMNS_MAX);
        assert!(kept.contains(&(123_456.0, 99.0)) && kept.contains(&(400_001.0, -5.0)));
        assert!(kept.is_sorted_by(|a, b| a.0 <= b.0));
    }

    #[test]
    fn a_spike_of_one_second_survives_in_the_band() {
        let mut points: Vec<Point> = (0..600_000).map(|at| (f64::from(at), 1.0)).collect();
        points[123_456].1 = 99.0;
        assert!(is_dense(&points));
        let columns = columns(&points, 600_000.0);
        assert!(columns.len() <= BAND_COLUMNS);
        assert_eq!(
            columns
                .iter()
                .filter(|column| column.greatest == 99.0)
                .count(),
            1
        );
        assert!(
            columns
                .iter()
                .all(|column| column.least == 1.0 && column.mean < 2.0)
        );
    }

    #[test]
    fn a_gap_parts_a_series() {
        let points = [
            (0.0, 1.0),
            (1.0, f64::NAN),
            (2.0, 3.0),
            (f64::INFINITY, 1.0),
            (9.0, 1.0),
        ];
        assert_eq!(runs(&points, 5.0), vec![vec![(0.0, 1.0)], vec![(2.0, 3.0)]]);
    }

    #[test]
    fn a_staircase_holds_each_value_until_the_next() {
        let run = [(0.0, 1.0), (2.0, 1.0), (3.0, 4.0)];
        assert_eq!(
            stepped(&run, 5.0),
            vec![(0.0, 1.0), (3.0, 1.0), (3.0, 4.0), (5.0, 4.0)]
        );
    }

    #[test]
    fn a_stack_counts_what_lies_below() {
        let (a, b): (&[Point], &[Point]) = (&[(0.0, 1.0), (2.0, 3.0)], &[(1.0, 5.0)]);
        let sums = stacked(&[a, b], 10.0);
        assert_eq!(sums[0], vec![(0.0, 1.0), (1.0, 1.0), (2.0, 3.0)]);
        assert_eq!(sums[1], vec![(0.0, 1.0), (1.0, 6.0), (2.0, 8.0)]);
    }
}
