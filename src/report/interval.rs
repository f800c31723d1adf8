//! A mean with its interval, in the unit of what it is of.

use super::axis::Unit;
use super::wording;
use crate::experiment::statistics::MeanInterval;

/// Half of an interval of a share, in percent, that nobody needs to know: rounding, mostly.
const HALF_PERCENT_MIN: f64 = 1e-6;

/// The unit of a measure, by the ending of its name.
pub fn unit_of_measure(name: &str) -> Unit {
    let units = [
        ("_usd", Unit::Usd),
        ("_s", Unit::Seconds),
        ("_percent", Unit::Percent),
    ];
    let found = units.into_iter().find(|(ending, _)| name.ends_with(ending));
    found.map_or(Unit::Count, |it| it.1)
}

/// `$702.09 ± 0.42`: the mean and half of its interval, if there is one.
pub fn with_half(mean: String, half_width: Option<String>) -> String {
    match half_width {
        Some(half_width) => format!("{mean} ± {}", half_width.trim_start_matches('$')),
        None => mean,
    }
}

/// US dollars with half of their interval, with as many digits as small ones need.
pub fn usd(mean: f64, half_width: Option<f64>) -> String {
    let decimals = wording::usd_decimals(mean, half_width);
    let shown = |amount: f64| wording::usd_to(amount, decimals);
    with_half(shown(mean), half_width.map(shown))
}

/// An interval whose values are `scale` of the unit each.
pub fn shown(interval: &MeanInterval, unit: &Unit, scale: f64) -> String {
    let (mean, half) = (
        interval.mean * scale,
        interval.half_width.map(|it| it * scale),
    );
    in_unit(mean, half, unit)
}

/// A value with half of its interval, in the unit's words. Half of a share is not shown as nothing
/// where it is something, and the share has as many decimals as it.
pub fn in_unit(mean: f64, half_width: Option<f64>, unit: &Unit) -> String {
    // Amounts of a hundred thousand and more are in thousands.
    if *unit == Unit::Usd && mean.abs() < 1e5 {
        return usd(mean, half_width);
    }
    let is_crumb = |half: f64| *unit == Unit::Percent && half < HALF_PERCENT_MIN;
    let half = half_width.map(|half| if is_crumb(half) { 0.0 } else { half });
    let half = half.map(|half| wording::width(half, unit));
    match &half {
        Some(half) if *unit == Unit::Percent => {
            let of = |text: &str| {
                let figures = text.trim_end_matches(" %").split_once('.');
                figures.map_or(0, |(_, behind)| behind.len())
            };
            let shown = unit.show(mean);
            let decimals = of(&shown).max(of(half));
            let value = mean.abs();
            let sign = if shown.starts_with('−') { "−" } else { "" };
            with_half(format!("{sign}{value:.decimals$} %"), Some(half.clone()))
        }
        _ => with_half(unit.show(mean), half),
    }
}

/// The same of a difference, with its sign: `+$12.30 ± 0.20`.
pub fn difference(interval: &MeanInterval, unit: &Unit) -> String {
    let sign = if 0.0 < interval.mean { "+" } else { "" };
    format!("{sign}{}", shown(interval, unit, 1.0))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn half_of_an_interval_is_not_shown_as_nothing_where_it_is_something() {
        let of = |mean, half| {
            let interval = MeanInterval {
                count: 10,
                mean,
                half_width: Some(half),
            };
            shown(&interval, &Unit::Usd, 1.0)
        };
        assert_eq!(of(684.57, 0.51), "$684.57 ± 0.51");
        assert_eq!(of(0.071_23, 0.000_4), "$0.0712 ± 0.0004");
        assert_eq!(of(684.57, 0.0004), "$684.5700 ± 0.0004");
        assert_eq!(of(144.16, 0.0), "$144.16 ± 0.00");
        assert_eq!(of(250_000.0, 10.0), "$250 k ± 10.00");
        let share = |mean, half| in_unit(mean, Some(half), &Unit::Percent);
        assert_eq!(share(99.53, 0.04), "99.53 % ± 0.04 %");
        assert_eq!(share(99.5, 0.04), "99.50 % ± 0.04 %");
        assert_eq!(share(37.5, 0.0004), "37.5000 % ± 0.0004 %");
        assert_eq!(share(0.0, 0.0), "0 % ± 0 %");
        assert_eq!(share(-0.99, 0.1), "−0.99 % ± 0.1 %");
        assert_eq!(share(1e-7, 1e-15), "0 % ± 0 %");
        assert_eq!(share(0.181_917_83, 2e-8), "0.18 % ± 0 %");
        assert_eq!(in_unit(639.85, Some(0.0118), &Unit::Usd), "$639.85 ± 0.01");
    }
}
