//! Bounds of a share that hold however often one looks on the way, and whenever one stops.
//!
//! A bound for a number of runs that was set before (Clopper and Pearson) is passed by chance the
//! more often the more often one looks, until it always is. What is asked here instead is how much
//! likelier the runs are under larger shares than under the one in question, on average over these:
//! that passes 1/α with a probability of α at most, over all looks together.
//!
//! Sources: Ville 1939; mixtures of likelihood ratios: Robbins 1970 (Annals of Mathematical
//! Statistics 41); as confidence sequences: Howard, Ramdas, McAuliffe and Sekhon 2021 (Annals of
//! Statistics 49).

use super::student::incomplete_beta;

/// The weight of shares is that of Beta(½, ½), cut to the side that is asked about: it has much of
/// its weight near 1, so that what always holds is soon sure.
const WEIGHT: f64 = 0.5;
/// Halvings of a bound: the same steps, and bits, on every machine.
const HALVINGS: usize = 32;

/// Whether one may be `confidence` sure that a probability met `held` times of `judged` is at least
/// `share`, at every look that there was or will be taken together.
pub fn is_surely_at_least((held, judged): (usize, usize), share: f64, confidence: f64) -> bool {
    assert!(held <= judged, "no more can hold than were judged");
    match share {
        _ if share <= 0.0 => true,
        _ if 1.0 <= share || held == 0 => false,
        _ => -libm::log(1.0 - confidence) <= log_evidence((held, judged), share),
    }
}

/// The largest share of which [`is_surely_at_least`] says so.
pub fn share_at_least_at_any_look(held: usize, judged: usize, confidence: f64) -> f64 {
    if held == 0 {
        return 0.0;
    }
    let (mut low, mut high) = (0.0, held as f64 / judged as f64);
    for _ in 0..HALVINGS {
        let middle = low + (high - low) / 2.0;
        match is_surely_at_least((held, judged), middle, confidence) {
            true => low = middle,
            false => high = middle,
        }
    }
    low
}

/// The logarithm of how many times likelier the runs are, on average over the shares above `share`
/// by their weights, than under `share` itself, which is above 0 and below 1.
fn log_evidence((held, judged): (usize, usize), share: f64) -> f64 {
    let (held, missed) = (held as f64, (judged - held) as f64);
    let log_beta = |a: f64, b: f64| libm::lgamma(a) + libm::lgamma(b) - libm::lgamma(a + b);
    // Over shares above: ∫ q^(a − 1) (1 − q)^(b − 1) dq = B(a, b) I_(1 − share)(b, a), which is
    // 2 arcsin √(1 − share) of the weights alone.
    let (a, b) = (held + WEIGHT, missed + WEIGHT);
    let above = log_beta(a, b) + libm::log(incomplete_beta(b, a, 1.0 - share, share));
    let mixture = above - libm::log(2.0 * libm::asin(libm::sqrt(1.0 - share)));
    mixture - held * libm::log(share) - missed * libm::log1p(-share)
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Of n that all held: ∫ q^(n − ½) (1 − q)^(−½) dq from 0.95 on, over the same without qⁿ, over
    /// 0.95ⁿ. By Simpson's rule with q = 1 − t².
    #[test]
    fn the_evidence_is_the_integral() {
        let mean = |n: i32| {
            let top = 0.05_f64.sqrt();
            let density = |t: f64, n: i32| (1.0 - t * t).powi(n) / (1.0 - t * t).sqrt();
            let simpson = |n: i32| {
                let steps = 2_000;
                let at = |step: i32| density(top * f64::from(step) / f64::from(steps), n);
                let weight = |step: i32| match step {
                    0 => 1.0,
                    _ if step == steps => 1.0,
                    _ if step % 2 == 1 => 4.0,
                    _ => 2.0,
                };
                (0..=steps).map(|step| weight(step) * at(step)).sum::<f64>()
            };
            simpson(n) / simpson(0) / 0.95_f64.powi(n)
        };
        for n in [1, 10, 59, 100, 300] {
            let found = libm::exp(log_evidence((n as usize, n as usize), 0.95));
            let expected = mean(n);
            assert!(
                (found / expected - 1.0).abs() < 1e-8,
                "{n}: {found} {expected}"
            );
        }
        let fewest = (1..200).find(|n| is_surely_at_least((*n, *n), 0.95, 0.95));
        let fewest = fewest.unwrap() as i32;
        assert!(20.0 <= mean(fewest) && mean(fewest - 1) < 20.0, "{fewest}");
    }

    #[test]
    fn a_bound_is_the_largest_share_that_is_sure() {
        for (held, judged) in [(10, 10), (57, 60), (300, 1_000), (1, 10), (99_000, 100_000)] {
            let bound = share_at_least_at_any_look(held, judged, 0.95);
            assert!(is_surely_at_least((held, judged), bound, 0.95));
            assert!(!is_surely_at_least((held, judged), bound + 1e-8, 0.95));
            assert!(bound < held as f64 / judged as f64);
            let once = super::super::share_at_least(held, judged, 0.95);
            assert!(
                bound < once,
                "looking often costs something: {bound} {once}"
            );
        }
        assert_eq!(share_at_least_at_any_look(0, 10, 0.95), 0.0);
        assert!(!is_surely_at_least((10, 10), 1.0, 0.95));
        assert!(is_surely_at_least((0, 10), 0.0, 0.95));
    }
}
