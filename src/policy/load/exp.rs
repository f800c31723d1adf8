//! Exponentials and a logarithm for laws that are known to a few digits: no table, no branch, the
//! same bits everywhere, and a compiler can put them into vectors. `libm`'s are exact to the last
//! bit and take several times as long, one at a time.

/// 1.5 × 2^23: adding it leaves the nearest whole number in the lowest bits.
const ROUND_F32: f32 = 12_582_912.0;
/// 1.5 × 2^52.
const ROUND_F64: f64 = 6_755_399_441_055_744.0;

/// `exp(x)` to 3e-7, relative; from -87 to 88, ends held.
#[inline]
pub fn exp_fast_f32(x: f32) -> f32 {
    let x = x.clamp(-87.0, 88.0);
    let shifted = x * std::f32::consts::LOG2_E + ROUND_F32;
    let whole = shifted - ROUND_F32;
    // Cody and Waite: the product with the first part of ln 2 is exact.
    let rest = (x - whole * 0.693_359_4) - whole * -2.121_944_4e-4;
    // Taylor up to x^6; |rest| is at most ln(2)/2.
    let power = 1.0
        + rest
            * (1.0
                + rest
                    * (0.5
                        + rest
                            * (1.0 / 6.0
                                + rest
                                    * (1.0 / 24.0 + rest * (1.0 / 120.0 + rest * (1.0 / 720.0))))));
    f32::from_bits(power.to_bits().wrapping_add(shifted.to_bits() << 23))
}

/// `exp(x)` to 3e-11, relative; from -700 to 700, ends held.
#[inline]
pub fn exp_fast(x: f64) -> f64 {
    const INVERSE_FACTORIALS: [f64; 10] = [
        1.0,
        1.0,
        1.0 / 2.0,
        1.0 / 6.0,
        1.0 / 24.0,
        1.0 / 120.0,
        1.0 / 720.0,
        1.0 / 5_040.0,
        1.0 / 40_320.0,
        1.0 / 362_880.0,
    ];
    let x = x.clamp(-700.0, 700.0);
    let shifted = x * std::f64::consts::LOG2_E + ROUND_F64;
    let rest = x - (shifted - ROUND_F64) * std::f64::consts::LN_2;
    let sum = |power: f64, term: &f64| power * rest + term;
    let power = INVERSE_FACTORIALS.iter().rev().fold(0.0, sum);
    f64::from_bits(power.to_bits().wrapping_add(shifted.to_bits() << 52))
}

/// The natural logarithm to 2e-9, absolute and relative to 1 of what it is of; positive, normal
/// numbers only.
#[inline]
pub fn ln_fast(x: f64) -> f64 {
    // The mantissa from the root of one half to the root of two.
    const ROOT_HALF_BITS: u64 = std::f64::consts::FRAC_1_SQRT_2.to_bits();
    let above = x.to_bits().wrapping_sub(ROOT_HALF_BITS);
    let exponent = (above as i64) >> 52;
    let mantissa = f64::from_bits(x.to_bits().wrapping_sub((exponent as u64) << 52));
    let s = (mantissa - 1.0) / (mantissa + 1.0);
    let (s2, s4) = (s * s, s * s * s * s);
    // The series of 2 artanh(s).
    let series = (2.0 + s2 * (2.0 / 3.0))
        + s4 * ((0.4 + s2 * (2.0 / 7.0)) + s4 * (2.0 / 9.0 + s2 * (2.0 / 11.0)));
    exponent as f64 * std::f64::consts::LN_2 + s * series
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_fast_exponentials_agree_with_the_exact_ones() {
        for i in -700_000..700_000 {
            let x = f64::from(i) / 1_000.3;
            let exact = libm::exp(x);
            assert!((exp_fast(x) - exact).abs() <= 3e-11 * exact, "{x}");
            let x = x as f32 / 8.1;
            let exact = libm::exp(f64::from(x));
            let found = f64::from(exp_fast_f32(x));
            assert!((found - exact).abs() <= 3e-7 * exact, "{x}");
        }
    }

    #[test]
    fn the_fast_logarithm_agrees_with_the_exact_one() {
        for i in -700_000..700_000 {
            let x = libm::exp(f64::from(i) / 1_000.3);
            let exact = libm::log(x);
            assert!((ln_fast(x) - exact).abs() <= 2e-9, "{x}");
        }
        assert_eq!(ln_fast(1.0), 0.0);
        assert_eq!(ln_fast(2.0), std::f64::consts::LN_2);
    }

    #[test]
    fn the_ends_are_held() {
        assert_eq!(exp_fast(-1e9), exp_fast(-700.0));
        assert_eq!(exp_fast_f32(f32::NEG_INFINITY), exp_fast_f32(-87.0));
        assert_eq!(exp_fast_f32(0.0), 1.0);
        assert_eq!(exp_fast(0.0), 1.0);
    }
}
