//! Ticks of numbers: 1, 2, 5 steps, and readable labels with their units.

/// What the numbers of an axis are.
#[derive(Clone, PartialEq, Eq, Debug)]
pub enum Unit {
    /// Things counted, or anything whose title says the unit: `1,200`, `1.2 M`.
    Count,
    /// Percent, 100 being the whole: `40 %`.
    Percent,
    /// Seconds: `10 ms`, `2 s`, `5 min`.
    Seconds,
    /// US dollars: `$1,200`.
    Usd,
}

/// The ticks of an axis, lowest first, and the range they span.
#[derive(Clone, PartialEq, Debug)]
pub struct Ticks {
    /// The value at the axis's start.
    pub low: f64,
    /// The value at the axis's end; always above `low`.
    pub high: f64,
    /// Positions with their labels; minor ticks have an empty one.
    pub ticks: Vec<(f64, String)>,
}

/// Values beyond this are drawn at it: past it, neighbouring ticks are no longer told apart.
pub const MAGNITUDE_MAX: f64 = 1e15;

/// Round ticks over `low..high`, about `count` of them; the range grows to whole steps.
pub fn linear(low: f64, high: f64, count: usize, unit: &Unit) -> Ticks {
    let low = if low.is_finite() {
        low.clamp(-MAGNITUDE_MAX, MAGNITUDE_MAX)
    } else {
        0.0
    };
    let high = if high.is_finite() {
        high.clamp(-MAGNITUDE_MAX, MAGNITUDE_MAX)
    } else {
        1.0
    };
    let smallest = low.abs().max(1e-9) * 1e-6;
    let high = if high - low <= smallest {
        low + low.abs().max(1.0)
    } else {
        high
    };
    let (scale, _) = scale_of(unit, low.abs().max(high.abs()));
    let step = round_step((high - low) / scale / count.max(1) as f64) * scale;
    let first = libm::floor(low / step + 1e-9) * step;
    let steps = (libm::ceil((high - first) / step - 1e-9) as usize).clamp(1, 100);
    let values: Vec<f64> = (0..=steps)
        .map(|index| first + step * index as f64)
        .collect();
    let high = first + step * steps as f64;
    let ticks = values
        .iter()
        .map(|value| (*value, label(*value, step, high, unit)));
    Ticks {
        low: first,
        high,
        ticks: ticks.collect(),
    }
}

/// The range of an axis of shares, never below nothing nor above the whole, if all `values` are
/// within; their intervals may not be.
pub fn within_shares((low, high): (f64, f64), values: &[f64], unit: &Unit) -> (f64, f64) {
    let finite = || values.iter().filter(|it| it.is_finite());
    let are_shares = finite().all(|it| (0.0..=100.0).contains(it));
    match *unit == Unit::Percent && are_shares && finite().next().is_some() {
        true => (low.clamp(0.0, 100.0), high.clamp(0.0, 100.0)),
        false => (low, high),
    }
}

/// Ticks of a logarithmic axis that covers `low..high`, both positive: decades are labelled, and 2
/// and 5 in between where there is room.
pub fn logarithmic(low: f64, high: f64, unit: &Unit) -> Ticks {
    let low = if low.is_finite() {
        low.clamp(1e-6, MAGNITUDE_MAX)
    } else {
        1e-3
    };
    let high = if high.is_finite() {
        high.clamp(low, MAGNITUDE_MAX)
    } else {
        low
    };
    let mut marks = Vec::new();
    for exponent in -7..=16 {
        let decade = libm::pow(10.0, f64::from(exponent));
        marks.extend([1.0, 2.0, 5.0].map(|digit| (digit * decade, digit == 1.0)));
    }
    let first = marks
        .iter()
        .rposition(|(mark, _)| *mark <= low * 1.000001)
        .unwrap_or(0);
    let above = |(mark, _): &(f64, bool)| high * 0.999999 <= *mark;
    let last = marks
        .iter()
        .position(above)
        .unwrap_or(marks.len() - 1)
        .max(first + 1);
    // An axis of a single step says little: at least one decade.
    let (first, last) = if last < first + 3 {
        (first.saturating_sub(1), last + 1)
    } else {
        (first, last)
    };
    let shown = &marks[first..=last.min(marks.len() - 1)];
    let dense = 12 < shown.len();
    let text = |mark: f64, decade: bool| match dense && !decade {
        true => String::new(),
        false => value(mark, unit),
    };
    Ticks {
        low: shown[0].0,
        high: shown[shown.len() - 1].0,
        ticks: shown
            .iter()
            .map(|(mark, decade)| (*mark, text(*mark, *decade)))
            .collect(),
    }
}

/// One value for people, to about three digits, dollars to the cent: `1,234`, `37.5 %`, `250 ms`,
/// `$12.30`.
pub fn value(amount: f64, unit: &Unit) -> String {
    if !amount.is_finite() {
        return "–".to_owned();
    }
    let (scale, _) = scale_of(unit, amount.abs());
    let size = amount.abs() / scale;
    let step = match (unit, size) {
        // Bills are read to the cent as long as their axis would not be in thousands.
        (Unit::Usd, _) if scale == 1.0 => return usd(amount),
        (_, 100.0..) => 1.0,
        (_, 10.0..) => 0.1,
        _ => 0.01,
    };
    let rounded = (amount / scale / step).round() * step;
    let step = [1.0, 0.1, 0.01]
        .into_iter()
        .find(|step| is_whole(rounded / step))
        .unwrap_or(0.01);
    label(rounded * scale, step * scale, amount.abs(), unit)
}

impl Unit {
    /// One value for people; see the module's docs.
    pub fn show(&self, amount: f64) -> String {
        value(amount, self)
    }
}

fn usd(amount: f64) -> String {
    format!("{}${}", sign(amount), grouped(amount.abs(), 2))
}

fn sign(amount: f64) -> &'static str {
    if amount < 0.0 { "−" } else { "" }
}

/// The label of a tick: `step` decides the decimals, `axis_max` the prefix, so that an axis has one
/// of each.
fn label(amount: f64, step: f64, axis_max: f64, unit: &Unit) -> String {
    let (scale, suffix) = scale_of(unit, axis_max.abs());
    let scaled = amount.abs() / scale;
    if scaled < 1e-12 && (*unit == Unit::Seconds || *unit == Unit::Count) {
        return "0".to_owned();
    }
    let mut decimals = decimals_of(step / scale);
    if *unit == Unit::Usd && scale == 1.0 && 0 < decimals {
        decimals = decimals.max(2);
    }
    let prefix = if *unit == Unit::Usd { "$" } else { "" };
    let negative = if scaled < 1e-12 { "" } else { sign(amount) };
    format!("{negative}{prefix}{}{suffix}", grouped(scaled, decimals))
}

/// The prefix in which an axis up to `max` is labelled.
fn scale_of(unit: &Unit, max: f64) -> (f64, &'static str) {
    let table: &[(f64, f64, &str)] = match unit {
        Unit::Percent => &[(0.0, 1.0, " %")],
        Unit::Seconds => &[
            (0.0, 1e-6, " µs"),
            (1e-3, 1e-3, " ms"),
            (1.0, 1.0, " s"),
            (300.0, 60.0, " min"),
            (18_000.0, 3_600.0, " h"),
        ],
        Unit::Count | Unit::Usd => &[
            (0.0, 1.0, ""),
            (1e5, 1e3, " k"),
            (1e6, 1e6, " M"),
            (1e9, 1e9, " G"),
            (1e12, 1e12, " T"),
        ],
    };
    let fits = |(from, ..): &&(f64, f64, &str)| *from <= max * 1.000000001;
    let (_, scale, suffix) = table.iter().rev().find(fits).unwrap_or(&table[0]);
    (*scale, suffix)
}

/// The least of 1, 2, 5 times a power of ten that is at least `raw`.
fn round_step(raw: f64) -> f64 {
    let power = libm::pow(10.0, libm::floor(libm::log10(raw.max(1e-12))));
    let digit = [1.0, 2.0, 5.0]
        .into_iter()
        .find(|digit| raw <= digit * power * 1.000001);
    digit.unwrap_or(10.0) * power
}

fn is_whole(amount: f64) -> bool {
    (amount - amount.round()).abs() < 1e-6
}

fn decimals_of(step: f64) -> usize {
    let shifted = |places: &usize| is_whole(step * libm::pow(10.0, *places as f64));
    (0..=6).find(shifted).unwrap_or(6)
}

/// `1,234.5`: thousands separated.
fn grouped(amount: f64, decimals: usize) -> String {
    let text = format!("{amount:.decimals$}");
    let (whole, rest) = text.split_at(text.find('.').unwrap_or(text.len()));
    let mut out = String::new();
    for (place, digit) in whole.chars().enumerate() {
        if 0 < place && (whole.len() - place).is_multiple_of(3) {
            out.push(',');
        }
        out.push(digit);
    }
    out + rest
}

#[cfg(test)]
mod tests {
    use super::*;

    fn labels(ticks: Ticks) -> String {
        let texts: Vec<String> = ticks.ticks.into_iter().map(|(_, text)| text).collect();
        texts.join(" | ")
    }

    #[test]
    fn shares_end_at_none_and_all() {
        let within = |range, values: &[f64]| within_shares(range, values, &Unit::Percent);
        assert_eq!(within((-0.5, 104.0), &[0.0, 100.0]), (0.0, 100.0));
        assert_eq!(within((96.0, 103.0), &[99.0, f64::NAN]), (96.0, 100.0));
        // CPU may be used beyond what is reserved.
        assert_eq!(within((-1.0, 160.0), &[150.0]), (-1.0, 160.0));
        assert_eq!(within_shares((-1.0, 2.0), &[1.0], &Unit::Usd), (-1.0, 2.0));
    }

    #[test]
    fn ticks_are_round_and_say_their_unit() {
        assert_eq!(
            labels(linear(0.0, 7.3, 4, &Unit::Count)),
            "0 | 2 | 4 | 6 | 8"
        );
        assert_eq!(
            labels(linear(0.0, 2300.0, 3, &Unit::Count)),
            "0 | 1,000 | 2,000 | 3,000"
        );
        assert_eq!(labels(linear(0.0, 1.2e6, 2, &Unit::Count)), "0 | 1 M | 2 M");
        assert_eq!(
            labels(linear(0.0, 0.8, 4, &Unit::Usd)),
            "$0.00 | $0.20 | $0.40 | $0.60 | $0.80"
        );
        assert_eq!(
            labels(linear(0.0, 0.2, 2, &Unit::Seconds)),
            "0 | 100 ms | 200 ms"
        );
        assert_eq!(
            labels(linear(0.0, 100.0, 2, &Unit::Percent)),
            "0 % | 50 % | 100 %"
        );
    }

    #[test]
    fn a_log_axis_labels_its_decades() {
        let ticks = logarithmic(0.0021, 0.7, &Unit::Seconds);
        assert_eq!(
            labels(ticks),
            "2 ms | 5 ms | 10 ms | 20 ms | 50 ms | 100 ms | 200 ms | 500 ms | 1 s"
        );
        let wide = logarithmic(0.001, 30.0, &Unit::Seconds);
        assert!(labels(wide).starts_with("1 ms |  |  | 10 ms |  |  | 100 ms"));
    }

    #[test]
    fn single_values_keep_three_digits() {
        assert_eq!(value(1234.0, &Unit::Count), "1,234");
        assert_eq!(value(0.2504, &Unit::Seconds), "250 ms");
        assert_eq!(value(37.46, &Unit::Percent), "37.5 %");
        assert_eq!(value(12.3, &Unit::Usd), "$12.30");
        assert_eq!(value(12_345.678, &Unit::Usd), "$12,345.68");
        assert_eq!(value(f64::NAN, &Unit::Usd), "–");
    }

    #[test]
    fn strange_ranges_still_have_ticks() {
        for (low, high) in [
            (0.0, 0.0),
            (5.0, 5.0),
            (f64::NAN, f64::INFINITY),
            (0.0, 1e300),
        ] {
            let ticks = linear(low, high, 5, &Unit::Count);
            assert!(
                ticks.low < ticks.high && 2 <= ticks.ticks.len(),
                "{low} {high} {ticks:?}"
            );
            let ticks = logarithmic(low, high, &Unit::Seconds);
            assert!(
                ticks.low < ticks.high && 2 <= ticks.ticks.len(),
                "{low} {high} {ticks:?}"
            );
        }
    }
}
