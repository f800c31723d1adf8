//! A parameter's range: between two ends of one unit, in even steps or by even factors.

use super::super::reader::Field;
use super::super::source::Span;
use super::super::values;
use super::{SweepValue, VALUES_MAX};

/// Values between two ends.
#[derive(Clone, PartialEq, Debug)]
pub struct ValueRange {
    from: f64,
    to: f64,
    /// What stands before and behind the number in the file: `$` … ` %`.
    unit: Unit,
    /// Whether factors are even instead of steps.
    is_log: bool,
    /// Values lie on `from` + whole multiples of it.
    step: Option<f64>,
    place: Span,
}

/// What an amount is written with beside its number.
#[derive(Clone, PartialEq, Eq, Debug)]
struct Unit {
    before: String,
    behind: String,
}

impl ValueRange {
    /// The value at `share` of the way from one end to the other, 0 to 1.
    pub fn at(&self, share: f64) -> SweepValue {
        let (from, to) = (self.from, self.to);
        let between = match self.is_log {
            true => from * libm::pow(to / from, share),
            false => from + (to - from) * share,
        };
        let value = match self.step {
            Some(step) => {
                let most = libm::floor((to - from) / step + 1e-9);
                from + step * libm::round((between - from) / step).clamp(0.0, most)
            }
            None => between,
        };
        let text = format!("{}{}{}", self.unit.before, shown(value), self.unit.behind);
        SweepValue {
            settings: vec![text.clone()],
            label: text,
            place: self.place,
        }
    }

    /// How many values it has where they lie in steps; `None`: it is continuous.
    pub fn steps(&self) -> Option<usize> {
        let step = self.step.filter(|_| !self.is_log)?;
        Some(libm::floor((self.to - self.from) / step + 1e-9) as usize + 1)
    }

    /// The value for `uniform`, a draw between 0 and 1: each step of a stepped range is as likely
    /// as the next, its ends too.
    pub fn drawn(&self, uniform: f64) -> SweepValue {
        let Some(step) = self.step.filter(|_| !self.is_log) else {
            return self.at(uniform);
        };
        let most = libm::floor((self.to - self.from) / step + 1e-9);
        let index = libm::floor(uniform * (most + 1.0)).min(most);
        self.at(index * step / (self.to - self.from))
    }
}

/// A number with six digits at most, without trailing zeros: what a person would write.
fn shown(value: f64) -> String {
    let digits = 6 - 1 - libm::floor(libm::log10(value.abs().max(1e-12))) as i32;
    let scale = libm::pow(10.0, f64::from(digits.clamp(0, 12)));
    format!("{}", libm::round(value * scale) / scale)
}

/// Reads `range` or `logRange` of a parameter; the values of a grid with it.
pub(super) fn read(
    (plain, log): (Option<Field<'_>>, Option<Field<'_>>),
    values_max: Option<u64>,
) -> Option<(ValueRange, Vec<SweepValue>)> {
    if let (Some(_), Some(second)) = (&plain, &log) {
        let message = "a parameter has either range or logRange";
        second.error_at_key("two-ranges", message).report();
        return None;
    }
    let is_log = log.is_some();
    let field = plain.or(log)?;
    let mut block = field.map()?;
    let (from, to) = (block.required("from"), block.required("to"));
    let step = block.field("step");
    let count = block.u32("count", 2..=VALUES_MAX as u32);
    block.finish();
    let (from, to) = (from?, to?);
    let (low, high) = (amount(&from)?, amount(&to)?);
    let step = match &step {
        Some(step) => Some(checked_step(step, &low, is_log)?),
        None => None,
    };
    if low.1 != high.1 {
        let message = "the two ends of a range are in different units";
        let help = format!("write both like {}", from.str()?);
        to.error("invalid-value", message).help(help).report();
        return None;
    }
    if high.0 <= low.0 || (is_log && low.0 <= 0.0) {
        let message = match high.0 <= low.0 {
            true => "a range ends above where it begins",
            false => "a logRange begins above 0: factors lead nowhere from there",
        };
        to.error("invalid-value", message).report();
        return None;
    }
    let range = ValueRange {
        from: low.0,
        to: high.0,
        unit: low.1,
        is_log,
        step,
        place: field.span(),
    };
    let values = grid(&field, &range, (count, values_max))?;
    Some((range, values))
}

/// The most values of a range, whatever is allowed: some 2 GB of memory.
const VALUES_IN_MEMORY: u64 = 10_000_000;
/// What one of them takes.
const VALUE_BYTES: f64 = 200.0;

/// The values of a grid: every step, or `count` of them.
fn grid(
    field: &Field<'_>,
    range: &ValueRange,
    (count, values_max): (Option<u32>, Option<u64>),
) -> Option<Vec<SweepValue>> {
    let last = match (range.step, count) {
        (Some(_), Some(_)) => {
            let message = "a range has either step or count";
            field.error("invalid-value", message).report();
            return None;
        }
        (Some(step), None) => {
            let steps = libm::floor((range.to - range.from) / step + 1e-9);
            if let Some((message, help)) = too_many(steps + 1.0, values_max) {
                field.error("too-many", message).help(help).report();
                return None;
            }
            steps as usize
        }
        (None, count) => count.unwrap_or(COUNT) as usize - 1,
    };
    let share = |index: usize| match range.step {
        Some(step) => index as f64 * step / (range.to - range.from),
        None => index as f64 / last as f64,
    };
    Some((0..=last).map(|index| range.at(share(index))).collect())
}

/// Why a range has too many values, and what to do.
fn too_many(values: f64, values_max: Option<u64>) -> Option<(String, String)> {
    let most = values_max.unwrap_or(VALUES_MAX as u64);
    if (VALUES_IN_MEMORY as f64) < values {
        let gigabytes = values * VALUE_BYTES / 1e9;
        let message = format!(
            "the range has {values} values, which take about {gigabytes:.0} GB of memory; at most \
             {VALUES_IN_MEMORY} are laid out"
        );
        let help = "take a wider step, or a count";
        return Some((message, help.to_owned()));
    }
    ((most as f64) < values).then(|| {
        let message = format!("the range has {values} values, at most {most} are run");
        let help =
            format!("take a wider step, or allow them to sweep and optimize: --max-cells {values}");
        (message, help)
    })
}

/// Values of a range that says neither step nor count.
const COUNT: u32 = 5;

fn checked_step(field: &Field<'_>, from: &(f64, Unit), is_log: bool) -> Option<f64> {
    if is_log {
        let message = "a logRange has even factors and no step; give it a count";
        field.error("invalid-value", message).report();
        return None;
    }
    let (step, unit) = amount(field)?;
    let is_plain = unit.before.is_empty() && unit.behind.is_empty();
    if step <= 0.0 || !(is_plain || unit == from.1) {
        let message = "a step is a number above 0, in the unit of the range's ends";
        field.error("invalid-value", message).report();
        return None;
    }
    Some(step)
}

/// The number of an amount and what it is written with.
fn amount(field: &Field<'_>) -> Option<(f64, Unit)> {
    let text = field.str()?.trim();
    let begins = |letter: char| letter.is_ascii_digit() || letter == '-' || letter == '.';
    let start = text.find(begins).unwrap_or(text.len());
    let number = &text[start..];
    let end = number
        .char_indices()
        .find(|(at, letter)| {
            !(letter.is_ascii_digit() || *letter == '.' || (*at == 0 && *letter == '-'))
        })
        .map_or(number.len(), |(at, _)| at);
    let value = values::number(&number[..end]);
    match value {
        Ok(value)
            if start <= 1 && !number[end..].contains(|letter: char| letter.is_ascii_digit()) =>
        {
            let unit = Unit {
                before: text[..start].to_owned(),
                behind: number[end..].to_owned(),
            };
            Some((value, unit))
        }
        Ok(_) | Err(_) => {
            let message = format!("\"{text}\" is no end of a range");
            let help = "write one number, with its unit if it has one: 2, 40 %, 30ms, 5/s, 10 USD";
            field.error("invalid-value", message).help(help).report();
            None
        }
    }
}

#[cfg(test)]
mod tests {
    use crate::scenario::LoadOptions;
    use crate::scenario::load_text;

    fn values(parameter: &str) -> Result<Vec<String>, String> {
        let text = format!(
            "fleetcast: 1\nrun: {{ duration: 1d }}\naws: {{}}\nsweep: {{ parameters: {{ a: {{ path: \
             run.duration, {parameter} }} }} }}\n"
        );
        match load_text("a", &text, &LoadOptions::default()) {
            Ok(loaded) => {
                let parameter = loaded.sweep.unwrap().parameters.remove(0);
                Ok(parameter.values.into_iter().map(|it| it.label).collect())
            }
            Err(failure) => Err(failure.diagnostics.render(&failure.sources, false)),
        }
    }

    #[test]
    fn a_range_has_even_steps_and_a_log_range_even_factors() {
        for (parameter, expected) in [
            (
                "range: { from: 2d, to: 10d }",
                vec!["2d", "4d", "6d", "8d", "10d"],
            ),
            ("range: { from: 1, to: 2, count: 3 }", vec!["1", "1.5", "2"]),
            (
                "range: { from: 10 %, to: 35 %, step: 10 % }",
                vec!["10 %", "20 %", "30 %"],
            ),
            (
                "range: { from: 0.1, to: 0.5, step: 0.1 }",
                vec!["0.1", "0.2", "0.3", "0.4", "0.5"],
            ),
            ("range: { from: $1, to: $2, count: 2 }", vec!["$1", "$2"]),
            ("range: { from: -5, to: 5, count: 3 }", vec!["-5", "0", "5"]),
            (
                "logRange: { from: 1ms, to: 1000ms, count: 4 }",
                vec!["1ms", "10ms", "100ms", "1000ms"],
            ),
            (
                "logRange: { from: 1, to: 3, count: 3 }",
                vec!["1", "1.73205", "3"],
            ),
        ] {
            assert_eq!(values(parameter).unwrap(), expected, "{parameter}");
        }
    }

    #[test]
    fn a_range_that_is_none_says_why() {
        for (parameter, words) in [
            ("range: { from: 2s, to: 1min }", "different units"),
            ("range: { from: 5, to: 5 }", "ends above where it begins"),
            ("logRange: { from: 0, to: 5 }", "begins above 0"),
            ("logRange: { from: 1, to: 5, step: 1 }", "no step"),
            (
                "range: { from: 1, to: 5, step: 1, count: 2 }",
                "either step or count",
            ),
            ("range: { from: 1, to: 5, step: 0 }", "above 0"),
            ("range: { from: a, to: 5 }", "no end of a range"),
            ("range: { from: 1h 30m, to: 5h }", "no end of a range"),
            (
                "range: { from: 0, to: 1, step: 0.00001 }",
                "100001 values, at most 10000",
            ),
            (
                "range: { from: 1, to: 20000, step: 1 }",
                "--max-cells 20000",
            ),
            (
                "range: { from: 1, to: 1000000000, step: 1 }",
                "1000000000 values, which take about 200 GB",
            ),
            (
                "range: { from: 1, to: 5 }, values: [3]",
                "either values or a range",
            ),
        ] {
            let said = values(parameter).unwrap_err();
            assert!(said.contains(words), "{parameter}: {said}");
        }
    }

    /// As many as were allowed are laid out, and not one more.
    #[test]
    fn a_range_has_as_many_values_as_are_allowed() {
        let text = "fleetcast: 1\nrun: { duration: 1d }\naws: {}\nsweep: { parameters: { a: { path: \
                    run.seed, range: { from: 1, to: 20000, step: 1 } } } }\n";
        let of = |values_max| {
            let options = LoadOptions {
                values_max,
                ..LoadOptions::default()
            };
            let loaded = load_text("a", text, &options).ok()?;
            Some(loaded.sweep?.parameters.remove(0).values.len())
        };
        assert_eq!((of(None), of(Some(19_999))), (None, None));
        assert_eq!(of(Some(20_000)), Some(20_000));
    }

    #[test]
    fn each_step_is_drawn_as_often_as_the_next() {
        let text = "fleetcast: 1\nrun: { duration: 1d }\naws: {}\nsweep: { parameters: { a: { path: \
                    run.seed, range: { from: 2, to: 4, step: 1 } } } }\n";
        let loaded = load_text("a", text, &LoadOptions::default()).unwrap();
        let range = loaded.sweep.unwrap().parameters.remove(0).range.unwrap();
        let drawn: Vec<String> = [0.0, 0.3, 0.34, 0.66, 0.67, 0.999]
            .map(|u| range.drawn(u).label)
            .to_vec();
        assert_eq!(drawn, ["2", "2", "3", "3", "4", "4"]);
    }
}
