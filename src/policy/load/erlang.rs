//! Erlang's formulas: what `c` parallel slots with exponential service do under Poisson arrivals.
//!
//! Everything goes through `1/B`, the inverse of the loss formula, which does not overflow in the
//! useful range: `C = 1 / (1/B · (1 − ρ) + ρ)`. Up to 64 slots by recursion; above by Temme's
//! uniform expansion of the Poisson distribution (DLMF 8.12), constant cost, real `c`.
//! Agreement of the two with the terminating series: 2e-8 at 65 slots, below 1e-9 from 256.

use std::f64::consts::PI;

use super::special::erfc_scaled;

/// Up to here the recursion, above the expansion.
const RECURSION_SLOTS: f64 = 64.0;

/// The inverse of Erlang's loss formula for `slots` (whole) at `offered` slot-services of work.
pub fn inverse_loss(slots: f64, offered: f64) -> f64 {
    if offered <= 0.0 {
        return f64::INFINITY;
    }
    if RECURSION_SLOTS < slots {
        return inverse_loss_expansion(slots, offered);
    }
    let mut inverse = 1.0;
    for k in 1..=slots as u32 {
        inverse = 1.0 + inverse * f64::from(k) / offered;
        if 1e290 < inverse {
            return f64::INFINITY;
        }
    }
    inverse
}

/// The share of requests that find all slots busy, Erlang C; `load` below 1.
pub fn delay_share(slots: f64, load: f64) -> f64 {
    delay_from_inverse_loss(inverse_loss(slots, load * slots), load)
}

/// Erlang C from the inverse of the loss formula.
pub fn delay_from_inverse_loss(inverse_loss: f64, load: f64) -> f64 {
    if inverse_loss.is_infinite() {
        0.0
    } else {
        1.0 / (inverse_loss * (1.0 - load) + load)
    }
}

/// Erlang C for a real number of slots: between whole ones geometric at equal load.
pub fn delay_share_real(slots: f64, load: f64) -> f64 {
    if RECURSION_SLOTS + 1.0 < slots {
        return delay_from_inverse_loss(inverse_loss_expansion(slots, load * slots), load);
    }
    let whole = libm::floor(slots).max(1.0);
    let rest = (slots - whole).max(0.0);
    let low = delay_share(whole, load);
    if rest < 1e-9 {
        return low;
    }
    let high = delay_share(whole + 1.0, load);
    if high <= 0.0 {
        return 0.0;
    }
    libm::exp(libm::log(low) * (1.0 - rest) + libm::log(high) * rest)
}

/// `1/B(c, a) = P(N <= c) / P(N = c)` for `N` Poisson(a): the common exponential factor cancels.
fn inverse_loss_expansion(slots: f64, offered: f64) -> f64 {
    let s = slots + 1.0;
    let mu = offered / s - 1.0;
    let half_eta2 = mu - libm::log1p(mu);
    let eta = libm::copysign(libm::sqrt(2.0 * half_eta2), mu);
    let (c0, c1) = if libm::fabs(eta) < 0.05 {
        (
            -1.0 / 3.0 + eta / 12.0 - eta * eta * 2.0 / 135.0,
            -1.0 / 540.0 - eta / 288.0 + eta * eta / 378.0,
        )
    } else {
        let (mu2, eta3) = (mu * mu, eta * eta * eta);
        (
            1.0 / mu - 1.0 / eta,
            1.0 / eta3 - 1.0 / (mu2 * mu) - 1.0 / mu2 - 1.0 / (12.0 * mu),
        )
    };
    let root = libm::sqrt(2.0 * PI * s);
    let below = 0.5 * erfc_scaled(eta * libm::sqrt(s / 2.0)) + (c0 + c1 / s) / root;
    // Stirling's series for the Poisson probability of exactly `slots`.
    let exactly = (s / offered) / (root * (1.0 + 1.0 / (12.0 * s) + 1.0 / (288.0 * s * s)));
    below / exactly
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The terminating series, the definition.
    fn inverse_loss_series(slots: u32, offered: f64) -> f64 {
        let (mut sum, mut term) = (1.0, 1.0);
        for k in (1..=slots).rev() {
            term *= f64::from(k) / offered;
            sum += term;
        }
        sum
    }

    #[test]
    fn textbook_values_of_erlang_c() {
        // M/M/1: C = ρ; M/M/2: C = 2ρ²/(1+ρ).
        assert!((delay_share(1.0, 0.7) - 0.7).abs() < 1e-12);
        assert!((delay_share(2.0, 0.5) - 2.0 * 0.25 / 1.5).abs() < 1e-12);
    }

    #[test]
    fn the_expansion_agrees_with_the_series() {
        for (slots, tolerance) in [(65, 1e-7), (100, 3e-8), (256, 1e-8), (10_000, 1e-8)] {
            for beta in [0.3, 1.0, 2.0, 4.0] {
                let slots_f = f64::from(slots);
                let offered = slots_f * (1.0 - beta / slots_f.sqrt());
                let exact = inverse_loss_series(slots, offered);
                let found = inverse_loss(slots_f, offered);
                assert!(
                    (found / exact - 1.0).abs() < tolerance,
                    "{slots} {beta}: {found} {exact}"
                );
            }
        }
    }

    #[test]
    fn overload_and_emptiness_have_values() {
        assert!(inverse_loss(8.0, 0.0).is_infinite());
        let loss = 1.0 / inverse_loss(1000.0, 2000.0);
        assert!((loss - 0.5).abs() < 2e-3, "{loss}");
        assert_eq!(delay_share(100_000.0, 0.1), 0.0);
    }

    #[test]
    fn a_real_number_of_slots_lies_between_the_whole_ones() {
        for slots in [1.5, 7.3, 64.5, 66.6] {
            let found = delay_share_real(slots, 0.8);
            assert!(found < delay_share(libm::floor(slots), 0.8));
            assert!(delay_share(libm::ceil(slots), 0.8) < found);
        }
    }
}
