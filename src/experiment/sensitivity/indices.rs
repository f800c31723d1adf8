//! Sobol indices: how much of the variance of an answer each assumption makes, alone and with the
//! others.
//!
//! Sources: the first order by Saltelli et al. 2010 (Computer Physics Communications 181), table 2,
//! estimator (b); the total by Jansen 1999 (Computer Physics Communications 117), there estimator
//! (f). Intervals: the percentile bootstrap over rows (Archer, Saltelli and Sobol 1997, Journal of
//! Statistical Computation and Simulation 58).

use serde::Serialize;

use crate::engine::random::Stream;
use crate::experiment::statistics::CONFIDENCE;

/// How often rows are drawn again for an interval.
const RESAMPLES: usize = 1_000;

/// The answers at a row of the matrices.
#[derive(Clone, PartialEq, Debug)]
pub struct IndexAnswers {
    /// At the point of A.
    pub a: f64,
    /// At the point of B.
    pub b: f64,
    /// For each parameter, at the point of A with that parameter's value of B.
    pub mixed: Vec<f64>,
}

/// An index, a share of the variance, with its 95 % interval.
#[derive(Clone, Copy, PartialEq, Debug, Serialize)]
pub struct IndexEstimate {
    /// The estimate; of a true 0 it may be a little below.
    pub value: f64,
    /// The interval's lower end.
    pub low: f64,
    /// The interval's upper end.
    pub high: f64,
}

/// What the rows say.
#[derive(Clone, PartialEq, Debug, Serialize)]
pub struct SobolIndices {
    /// Rows that had all their answers.
    pub rows: usize,
    /// The mean answer over the parameters' ranges.
    pub mean: f64,
    /// The standard deviation of the answer over the parameters' ranges.
    pub deviation: f64,
    /// Of each parameter: the share of the variance that would go if it alone were known.
    pub first_order: Vec<IndexEstimate>,
    /// Of each parameter: the share of the variance that would be left if all others were known.
    pub total: Vec<IndexEstimate>,
}

/// A row's parts of the sums, for each parameter.
struct Terms {
    /// Both points' answers less the mean, and their squares.
    sum: f64,
    squares: f64,
    first: Vec<f64>,
    total: Vec<f64>,
}

/// The first orders and the totals of a resample.
type Orders = (Vec<f64>, Vec<f64>);

/// The indices of `rows`; `None` below two rows, and where the answers do not vary. `stream` draws
/// the resamples of the intervals.
pub fn sobol_indices(rows: &[IndexAnswers], stream: &mut Stream) -> Option<SobolIndices> {
    let parameters = rows.first().filter(|_| 2 <= rows.len())?.mixed.len();
    let mean = rows.iter().map(|row| row.a + row.b).sum::<f64>() / (2.0 * rows.len() as f64);
    let terms: Vec<Terms> = rows.iter().map(|row| terms(row, mean)).collect();
    let every: Vec<usize> = (0..rows.len()).collect();
    let (variance, first, total) = shares(&terms, &every, parameters)?;
    let mut drawn: Vec<Orders> = Vec::with_capacity(RESAMPLES);
    for _ in 0..RESAMPLES {
        let pick = |_| {
            let index = libm::floor(stream.uniform() * rows.len() as f64) as usize;
            index.min(rows.len() - 1)
        };
        let picked: Vec<usize> = (0..rows.len()).map(pick).collect();
        if let Some((_, first, total)) = shares(&terms, &picked, parameters) {
            drawn.push((first, total));
        }
    }
    let estimate = |value: f64, of: &dyn Fn(&Orders) -> f64| {
        let (low, high) = middle(drawn.iter().map(of).collect());
        IndexEstimate { value, low, high }
    };
    let of_first = |index: usize| estimate(first[index], &move |it| it.0[index]);
    let of_total = |index: usize| estimate(total[index], &move |it| it.1[index]);
    Some(SobolIndices {
        rows: rows.len(),
        mean,
        deviation: libm::sqrt(variance),
        first_order: (0..parameters).map(of_first).collect(),
        total: (0..parameters).map(of_total).collect(),
    })
}

/// Answers are taken less their mean: the expectation is the same, the spread of the estimate less.
fn terms(row: &IndexAnswers, mean: f64) -> Terms {
    let (a, b) = (row.a - mean, row.b - mean);
    let moved = |mixed: &f64| mixed - row.a;
    Terms {
        sum: a + b,
        squares: a * a + b * b,
        first: row.mixed.iter().map(|mixed| b * moved(mixed)).collect(),
        total: row
            .mixed
            .iter()
            .map(|mixed| moved(mixed) * moved(mixed) / 2.0)
            .collect(),
    }
}

/// The variance, and each parameter's share of it alone and in total, over the rows `picked`.
fn shares(
    terms: &[Terms],
    picked: &[usize],
    parameters: usize,
) -> Option<(f64, Vec<f64>, Vec<f64>)> {
    let (mut sum, mut squares) = (0.0, 0.0);
    let (mut first, mut total) = (vec![0.0; parameters], vec![0.0; parameters]);
    for row in picked.iter().map(|index| &terms[*index]) {
        sum += row.sum;
        squares += row.squares;
        for index in 0..parameters {
            first[index] += row.first[index];
            total[index] += row.total[index];
        }
    }
    let (rows, points) = (picked.len() as f64, 2.0 * picked.len() as f64);
    let mean = sum / points;
    let variance = (squares - points * mean * mean) / (points - 1.0);
    // What is left of equal answers is what decimals lose.
    if variance <= 1e-24 * squares || variance <= 0.0 {
        return None;
    }
    let share = |sum: f64| sum / rows / variance;
    Some((
        variance,
        first.into_iter().map(share).collect(),
        total.into_iter().map(share).collect(),
    ))
}

/// The two values between which the middle 95 % of `values` lie.
fn middle(mut values: Vec<f64>) -> (f64, f64) {
    values.sort_by(f64::total_cmp);
    let at = |share: f64| {
        let index = libm::round(share * (values.len().max(1) - 1) as f64) as usize;
        values.get(index).copied().unwrap_or(f64::NAN)
    };
    let tail = (1.0 - CONFIDENCE) / 2.0;
    (at(tail), at(1.0 - tail))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::engine::random::{NameHash, Purpose, Streams};

    fn stream(ordinal: u64) -> Stream {
        let purpose = Purpose::new("test of indices");
        Streams::new(7, 0).stream(purpose, NameHash::of("rows"), ordinal)
    }

    /// Rows of `f` over the unit cube, of points that `uniform(row, dimension)` gives.
    fn rows(
        count: u32,
        parameters: usize,
        f: impl Fn(&[f64]) -> f64,
        mut uniform: impl FnMut(u32, u32) -> f64,
    ) -> Vec<IndexAnswers> {
        let mut row = |row: u32| {
            let all: Vec<f64> = (0..2 * parameters as u32)
                .map(|it| uniform(row, it))
                .collect();
            let (a, b) = all.split_at(parameters);
            let mixed = |index: usize| {
                let mut point = a.to_vec();
                point[index] = b[index];
                f(&point)
            };
            IndexAnswers {
                a: f(a),
                b: f(b),
                mixed: (0..parameters).map(mixed).collect(),
            }
        };
        (0..count).map(&mut row).collect()
    }

    fn sobol(row: u32, dimension: u32) -> f64 {
        f64::from(sobol_burley::sample(row, dimension, 3))
    }

    fn is_near(found: &[IndexEstimate], exact: &[f64], within: f64) {
        for (found, exact) in found.iter().zip(exact) {
            assert!(
                (found.value - exact).abs() < within,
                "{found:?}, {exact} in truth"
            );
            assert!(
                found.low <= *exact + within && *exact - within <= found.high,
                "{found:?}"
            );
        }
        assert_eq!(found.len(), exact.len());
    }

    /// Ishigami and Homma 1990 with a = 7, b = 0.1 over (-π, π)³: V₁ = (1 + bπ⁴/5)²/2, V₂ = a²/8,
    /// V₁₃ = b²π⁸(1/18 - 1/50), so that S = 0.3139, 0.4424, 0 and T = 0.5576, 0.4424, 0.2437.
    #[test]
    fn ishigamis_indices_are_the_exact_ones() {
        let pi = std::f64::consts::PI;
        let f = |x: &[f64]| {
            let at = |index: usize| pi * (2.0 * x[index] - 1.0);
            let second = libm::sin(at(1));
            libm::sin(at(0)) * (1.0 + 0.1 * libm::pow(at(2), 4.0)) + 7.0 * second * second
        };
        let found = sobol_indices(&rows(4_096, 3, f, sobol), &mut stream(0)).unwrap();
        is_near(&found.first_order, &[0.3139, 0.4424, 0.0], 0.01);
        is_near(&found.total, &[0.5576, 0.4424, 0.2437], 0.01);
        assert!((found.mean - 3.5).abs() < 0.02, "{found:?}");
        assert!(
            (found.deviation * found.deviation - 13.845).abs() < 0.3,
            "{found:?}"
        );
    }

    /// Sobol's g-function with a = 0, 1, 4.5, 9: Vᵢ = 1/(3(1 + aᵢ)²), V = Π(1 + Vᵢ) - 1,
    /// Sᵢ = Vᵢ/V, Tᵢ = Vᵢ Π(1 + Vⱼ)/(1 + Vᵢ)/V (Saltelli and Sobol 1995).
    #[test]
    fn the_indices_of_the_g_function_are_the_exact_ones() {
        let a = [0.0, 1.0, 4.5, 9.0];
        let f = |x: &[f64]| {
            let factor = |(x, a): (&f64, &f64)| ((4.0 * x - 2.0).abs() + a) / (1.0 + a);
            x.iter().zip(&a).map(factor).product::<f64>()
        };
        let parts: Vec<f64> = a
            .iter()
            .map(|a| 1.0 / (3.0 * (1.0 + a) * (1.0 + a)))
            .collect();
        let all: f64 = parts.iter().map(|part| 1.0 + part).product();
        let first: Vec<f64> = parts.iter().map(|part| part / (all - 1.0)).collect();
        let total: Vec<f64> = parts
            .iter()
            .map(|part| part * all / (1.0 + part) / (all - 1.0))
            .collect();
        let found = sobol_indices(&rows(4_096, 4, f, sobol), &mut stream(0)).unwrap();
        is_near(&found.first_order, &first, 0.01);
        is_near(&found.total, &total, 0.01);
    }

    /// Of a sum of independent uniform parts each index is the part's share of the variance; 300
    /// experiments of 64 drawn rows each. 95 % are 285; of bootstraps of so few rows the tests ask
    /// for 90 %, which is 270 with a binomial 99.9 % range of 16.
    #[test]
    fn intervals_hold_the_true_indices_about_as_often_as_they_say() {
        let f = |x: &[f64]| 3.0 * x[0] + 2.0 * x[1] + x[2];
        let exact = [9.0 / 14.0, 4.0 / 14.0, 1.0 / 14.0];
        let mut held = [[0; 3]; 2];
        for experiment in 0..300 {
            let mut draws = stream(1 + 2 * experiment);
            let rows = rows(64, 3, f, |_, _| draws.uniform());
            let found = sobol_indices(&rows, &mut stream(2 + 2 * experiment)).unwrap();
            for (kind, indices) in [&found.first_order, &found.total].into_iter().enumerate() {
                for (index, found) in indices.iter().enumerate() {
                    let is_held = found.low <= exact[index] && exact[index] <= found.high;
                    held[kind][index] += usize::from(is_held);
                }
            }
        }
        for count in held.into_iter().flatten() {
            assert!((254..=300).contains(&count), "{held:?} of 300");
        }
    }

    #[test]
    fn answers_that_do_not_vary_have_no_indices() {
        let same = rows(16, 2, |_| 0.1, sobol);
        assert_eq!(sobol_indices(&same, &mut stream(0)), None);
        assert_eq!(sobol_indices(&same[..1], &mut stream(0)), None);
        assert_eq!(sobol_indices(&[], &mut stream(0)), None);
    }

    #[test]
    fn the_same_rows_and_key_give_the_same_intervals() {
        let of = || sobol_indices(&rows(64, 2, |x| x[0] * x[1], sobol), &mut stream(5));
        assert_eq!(of(), of());
    }
}
