//! A mean with its interval, in the unit of what it is of.

use super::axis::Unit;
use crate::experiment::statistics::MeanInterval;

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

/// An interval whose values are `scale` of the unit each.
pub fn shown(interval: &MeanInterval, unit: &Unit, scale: f64) -> String {
    let half = interval.half_width.map(|half| unit.show(half * scale));
    with_half(unit.show(interval.mean * scale), half)
}
