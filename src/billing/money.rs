//! Exact arithmetic of a bill: products wider than 128 bits, one rounding, decimal text.

use super::HOURS_PER_MONTH;
use crate::engine::time::SimDuration;
use crate::units::{MicroUsd, PicoUsd};

const PICO_PER_MICRO: u128 = 1_000_000;

/// How a reported part scales to a month, as a fraction in lowest terms: `month / reported`.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(super) struct MonthScale {
    pub(super) month: u128,
    pub(super) reported: u128,
}

impl MonthScale {
    /// The scale of a reported part; one without length scales to nothing.
    pub(super) fn of(reported: SimDuration) -> Self {
        let month = u128::from(HOURS_PER_MONTH * 3_600) * 1_000_000;
        let reported = u128::from(reported.as_micros());
        if reported == 0 {
            let (month, reported) = (0, 1);
            return MonthScale { month, reported };
        }
        let divisor = greatest_common_divisor(month, reported);
        MonthScale {
            month: month / divisor,
            reported: reported / divisor,
        }
    }

    /// The same for what is billed by the hour begun: the part counted in full hours.
    pub(super) fn of_hours_begun(reported: SimDuration) -> Self {
        const HOUR: u64 = 3_600_000_000;
        let hours = reported.as_micros().div_ceil(HOUR);
        MonthScale::of(SimDuration::from_micros(hours.saturating_mul(HOUR)))
    }
}

/// The cost of `quantity` base units at `price` for each `base_units` of them.
pub(super) fn cost(quantity: u128, base_units: u128, price: PicoUsd) -> MicroUsd {
    let pico = u128::try_from(price.0).unwrap_or(0);
    micro_usd(mul_div(
        quantity,
        pico,
        base_units.saturating_mul(PICO_PER_MICRO),
    ))
}

/// The same of the quantity scaled to a month, rounded only here.
pub(super) fn cost_month(
    quantity: u128,
    base_units: u128,
    price: PicoUsd,
    scale: MonthScale,
) -> MicroUsd {
    let pico = u128::try_from(price.0).unwrap_or(0);
    let divisor = base_units
        .saturating_mul(PICO_PER_MICRO)
        .saturating_mul(scale.reported);
    micro_usd(mul_div(quantity.saturating_mul(scale.month), pico, divisor))
}

/// `a × b / c` to the nearest whole number, halves up; the product may be 256 bits wide, a result
/// over 128 bits stays at the largest number.
pub(super) fn mul_div(a: u128, b: u128, c: u128) -> u128 {
    assert!(0 < c, "a quantity is never shared among nobody");
    if let Some(product) = a.checked_mul(b) {
        let rest = product % c;
        return product / c + u128::from(c - rest <= rest);
    }
    let (high, low) = wide_product(a, b);
    if c <= high {
        return u128::MAX;
    }
    // Long division, a bit at a time; `rest` is below `c`, so doubling it may carry out of 128 bits
    // once.
    let (mut quotient, mut rest) = (0u128, high);
    for bit in (0..128).rev() {
        let carry = rest >> 127 == 1;
        rest = rest << 1 | (low >> bit & 1);
        quotient <<= 1;
        if carry || c <= rest {
            rest = rest.wrapping_sub(c);
            quotient |= 1;
        }
    }
    quotient.saturating_add(u128::from(c - rest <= rest))
}

/// `quantity / base_units` with nine decimals at most, for files.
pub(super) fn decimal(quantity: u128, base_units: u128) -> String {
    const DECIMALS: u128 = 1_000_000_000;
    let scaled = mul_div(quantity, DECIMALS, base_units);
    trimmed(format!("{}.{:09}", scaled / DECIMALS, scaled % DECIMALS))
}

/// An amount in dollars with all of its six decimals, for files.
pub(super) fn usd_text(amount: MicroUsd) -> String {
    let sign = if amount.0 < 0 { "-" } else { "" };
    let micros = amount.0.unsigned_abs();
    format!("{sign}{}.{:06}", micros / 1_000_000, micros % 1_000_000)
}

/// A price in dollars with as many decimals as it has, for files.
pub(super) fn price_text(price: PicoUsd) -> String {
    let pico = price.0.unsigned_abs();
    let unit = 1_000_000_000_000;
    trimmed(format!("{}.{:012}", pico / unit, pico % unit))
}

fn trimmed(text: String) -> String {
    text.trim_end_matches('0').trim_end_matches('.').to_owned()
}

fn micro_usd(micros: u128) -> MicroUsd {
    MicroUsd(i128::try_from(micros).unwrap_or(i128::MAX))
}

fn greatest_common_divisor(a: u128, b: u128) -> u128 {
    if b == 0 {
        a
    } else {
        greatest_common_divisor(b, a % b)
    }
}

/// The 256-bit product as its upper and lower 128 bits.
fn wide_product(a: u128, b: u128) -> (u128, u128) {
    const LOW: u128 = u64::MAX as u128;
    let (a1, a0, b1, b0) = (a >> 64, a & LOW, b >> 64, b & LOW);
    let (low, cross, cross2, high) = (a0 * b0, a1 * b0, a0 * b1, a1 * b1);
    let middle = (low >> 64) + (cross & LOW) + (cross2 & LOW);
    let high = high + (cross >> 64) + (cross2 >> 64) + (middle >> 64);
    (high, middle << 64 | (low & LOW))
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn wide_products_divide_exactly() {
        assert_eq!(mul_div(u128::MAX, u128::MAX, u128::MAX), u128::MAX);
        assert_eq!(mul_div(u128::MAX, 2, 4), 1 << 127);
        assert_eq!(mul_div(1 << 127, 6, 4), 3 << 126);
        assert_eq!(mul_div(u128::MAX, 3, 2), u128::MAX);
        assert_eq!(
            (mul_div(5, 1, 2), mul_div(7, 1, 5), mul_div(8, 1, 5)),
            (3, 1, 2)
        );
    }

    #[test]
    fn amounts_are_written_with_every_decimal_they_have() {
        assert_eq!(usd_text(MicroUsd(42_529_800)), "42.529800");
        assert_eq!(usd_text(MicroUsd(-1)), "-0.000001");
        assert_eq!(price_text(PicoUsd(4_445_000_000)), "0.004445");
        assert_eq!(decimal(5_400, 3_600), "1.5");
        assert_eq!(decimal(7_200, 3_600), "2");
    }

    #[test]
    fn a_week_scales_to_a_month_of_730_hours() {
        let scale = MonthScale::of(SimDuration::from_secs(168 * 3_600));
        assert_eq!((scale.month, scale.reported), (365, 84));
        let begun = MonthScale::of_hours_begun(SimDuration::from_secs(1_800));
        assert_eq!((begun.month, begun.reported), (730, 1));
    }

    proptest! {
        #[test]
        fn multiplying_and_dividing_by_the_same_changes_nothing(a: u128, b in 1..u128::MAX) {
            prop_assert_eq!(mul_div(a, b, b), a);
        }

        #[test]
        fn a_quotient_is_the_nearest(
            a in 0..u128::MAX >> 1, b in 0..u128::from(u64::MAX), c in 1..u128::MAX >> 1,
        ) {
            let quotient = mul_div(a, b, c);
            prop_assume!(quotient < u128::MAX);
            // |a b - quotient c| <= c / 2, in 256 bits.
            let (exact, found) = (wide_product(a, b), wide_product(quotient, c));
            let difference = wide_sub(exact.max(found), exact.min(found));
            prop_assert_eq!(difference.0, 0);
            prop_assert!(difference.1 <= c.div_ceil(2));
        }
    }

    fn wide_sub(a: (u128, u128), b: (u128, u128)) -> (u128, u128) {
        let (low, borrow) = a.1.overflowing_sub(b.1);
        (a.0 - b.0 - u128::from(borrow), low)
    }
}
