//! How the page writes its numbers: rounded to what they are worth, the same everywhere.

use crate::experiment::statistics::MeanInterval;

/// A number to three significant digits, without an exponent: `0.0123`, `4.57`, `363`.
pub fn significant(value: f64) -> String {
    let size = value.abs();
    let decimals = match size {
        _ if !value.is_finite() => return "–".to_owned(),
        _ if size == 0.0 => 0,
        _ if 99.95 <= size => 0,
        _ if 9.995 <= size => 1,
        _ if 0.995 <= size => 2,
        _ => (2 - libm::floor(libm::log10(size)) as i64).clamp(2, 9) as usize,
    };
    unsigned_zero(format!("{value:.decimals$}"))
}

/// A number with so many decimals.
pub fn fixed(value: f64, decimals: usize) -> String {
    if !value.is_finite() {
        return "–".to_owned();
    }
    unsigned_zero(format!("{value:.decimals$}"))
}

/// A difference in percent, with its sign: `+4.2 %`, `−0.3 %`, `0.0 %`.
pub fn percent(value: f64) -> String {
    let text = fixed(value, 1);
    match text.strip_prefix('-') {
        Some(digits) => format!("−{digits} %"),
        None if value <= 0.0 || text == "0.0" || !value.is_finite() => format!("{text} %"),
        None => format!("+{text} %"),
    }
}

/// A mean and the half-width of its interval: `19.6 ± 0.4`.
pub fn interval(interval: &MeanInterval, decimals: usize) -> String {
    let mean = fixed(interval.mean, decimals);
    match interval.half_width {
        Some(half_width) => format!("{mean} ± {}", fixed(half_width, decimals)),
        None => mean,
    }
}

/// What rounds to nothing has no sign.
fn unsigned_zero(text: String) -> String {
    match text.strip_prefix('-') {
        Some(digits) if digits.chars().all(|it| matches!(it, '0' | '.')) => digits.to_owned(),
        Some(_) | None => text,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_are_rounded_to_what_they_are_worth() {
        let table = [
            (0.0, "0"),
            (0.001_234_5, "0.00123"),
            (0.123_45, "0.123"),
            (1.234_5, "1.23"),
            (99.96, "100"),
            (-12.345, "-12.3"),
            (363.4, "363"),
            (f64::NAN, "–"),
        ];
        for (value, expected) in table {
            assert_eq!(significant(value), expected, "{value}");
        }
        assert_eq!(
            [4.16, -0.34, -0.01, 0.0].map(percent),
            ["+4.2 %", "−0.3 %", "0.0 %", "0.0 %"]
        );
    }

    #[test]
    fn a_single_value_has_no_interval() {
        let mut of = MeanInterval {
            count: 1,
            mean: 19.46,
            half_width: None,
        };
        assert_eq!(interval(&of, 1), "19.5");
        of.half_width = Some(0.44);
        assert_eq!(interval(&of, 1), "19.5 ± 0.4");
    }
}
