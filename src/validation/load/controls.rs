//! Control variates: what is known of the draws, taken off what chance does to a figure.
//!
//! A replication's figures go with what it happened to draw: more arrivals, longer work, more of
//! the rare long works. The expectation of each of these is known. Regression on them gives the
//! figure of a replication that drew exactly what is expected. Sources: Lavenberg and Welch, A
//! perspective on the use of control variables to increase the efficiency of Monte Carlo
//! simulations, Management Science 27 (1981); Law, Simulation Modeling and Analysis, ch. 11.4. The
//! estimate is a weighted mean of the replications whose weights depend on the controls only, so
//! that it serves every figure, and the counts of a histogram too.

use crate::experiment::statistics::student_t_quantile;

/// How many controls there are at most.
pub(super) const CONTROLS: usize = 4;
/// Less than this is left of a control by rounding only: of its own size, and at all.
const FLAT: f64 = 1e-9;

/// What a replication drew, less its expectation; relative sizes.
pub(super) type Drawn = [f64; CONTROLS];

/// A control less what earlier ones say of it, over the replications.
#[derive(Clone, Debug)]
struct Direction {
    /// Its differences from their mean, scaled to length 1.
    differences: Vec<f64>,
    /// That mean, on the same scale.
    mean: f64,
}

/// The weight of each replication, and how sure a weighted mean is.
#[derive(Clone, Debug)]
pub(super) struct Weights {
    pub(super) weights: Vec<f64>,
    directions: Vec<Direction>,
}

impl Weights {
    /// Of replications that drew this.
    pub(super) fn new(drawn: &[Drawn]) -> Self {
        let mut directions: Vec<Direction> = Vec::new();
        for control in 0..CONTROLS {
            // Five replications for each slope, or it says more of chance than of the figure.
            if drawn.len() < 5 * (directions.len() + 1) {
                break;
            }
            let (mut rest, mut mean) = centered(drawn.iter().map(|it| it[control]));
            let size = length(&rest).max(mean.abs());
            for earlier in &directions {
                let along = dot(&rest, &earlier.differences);
                add(&mut rest, &earlier.differences, -along);
                mean -= along * earlier.mean;
            }
            let left = length(&rest);
            if FLAT * size.max(1.0) < left {
                rest.iter_mut().for_each(|it| *it /= left);
                directions.push(Direction {
                    differences: rest,
                    mean: mean / left,
                });
            }
        }
        let mut weights = vec![1.0 / drawn.len() as f64; drawn.len()];
        // The regression's value where every control is at its expectation.
        for Direction { differences, mean } in &directions {
            add(&mut weights, differences, -mean);
        }
        Weights {
            weights,
            directions,
        }
    }

    /// Half of the 99.9 % interval of the weighted mean of these values.
    pub(super) fn half_width(&self, values: &[f64]) -> f64 {
        let (mut rest, _) = centered(values.iter().copied());
        for Direction { differences, .. } in &self.directions {
            let along = dot(&rest, differences);
            add(&mut rest, differences, -along);
        }
        let used = 1 + self.directions.len();
        let Some(degrees) = values.len().checked_sub(used).filter(|it| 0 < *it) else {
            return f64::INFINITY;
        };
        let variance = dot(&rest, &rest) / degrees as f64;
        let of_mean = variance * dot(&self.weights, &self.weights);
        student_t_quantile(0.9995, degrees as f64) * libm::sqrt(of_mean)
    }
}

/// Values less their mean, and the mean.
fn centered(values: impl ExactSizeIterator<Item = f64> + Clone) -> (Vec<f64>, f64) {
    let mean = values.clone().sum::<f64>() / values.len().max(1) as f64;
    (values.map(|it| it - mean).collect(), mean)
}

fn dot(a: &[f64], b: &[f64]) -> f64 {
    a.iter().zip(b).map(|(a, b)| a * b).sum()
}

fn length(a: &[f64]) -> f64 {
    libm::sqrt(dot(a, a))
}

fn add(to: &mut [f64], what: &[f64], times: f64) {
    to.iter_mut()
        .zip(what)
        .for_each(|(to, what)| *to += times * what);
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_a_control_says_is_taken_off_and_a_flat_or_repeated_one_says_nothing() {
        // A figure that follows two controls: 7 where both are at their expectation.
        let drawn: Vec<Drawn> = (0..40)
            .map(|index| {
                let [a, b] = [f64::from(index % 7) - 2.0, f64::from(index % 5) - 1.0];
                [a, 3.0 * a, 0.0, b]
            })
            .collect();
        let values: Vec<f64> = drawn
            .iter()
            .enumerate()
            .map(|(index, it)| 7.0 + 2.0 * it[0] - it[3] + if index % 2 == 0 { 0.1 } else { -0.1 })
            .collect();
        let weights = Weights::new(&drawn);
        assert_eq!(weights.directions.len(), 2);
        assert!((weights.weights.iter().sum::<f64>() - 1.0).abs() < 1e-12);
        let mean = dot(&weights.weights, &values);
        let half = weights.half_width(&values);
        assert!((mean - 7.0).abs() < half && half < 0.1, "{mean} ± {half}");
        // Without controls: the mean, and Student's interval with 39 degrees.
        let plain = Weights::new(&[[0.0; CONTROLS]; 40]);
        let variance = values.iter().map(|it| it - dot(&plain.weights, &values));
        let variance = variance.map(|it| it * it).sum::<f64>() / 39.0;
        let expected = 3.558 * libm::sqrt(variance / 40.0);
        assert!((plain.half_width(&values) / expected - 1.0).abs() < 1e-3);
    }

    #[test]
    fn few_replications_use_few_controls() {
        let drawn: Vec<Drawn> = (0..9)
            .map(|index| [index, index * index, 1, 2].map(f64::from))
            .collect();
        assert_eq!(Weights::new(&drawn).directions.len(), 1);
        assert_eq!(Weights::new(&drawn[..1]).half_width(&[1.0]), f64::INFINITY);
    }
}
