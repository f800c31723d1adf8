//! A figure of a run, and one that somebody wrote.

use std::fmt;

use serde::Serialize;

/// A figure of a run.
#[derive(Clone, PartialEq, Debug, Serialize)]
#[serde(untagged)]
pub enum Value {
    /// Things, counted.
    Count(u64),
    /// Seconds.
    Seconds(f64),
    /// US dollars.
    Usd(f64),
    /// Another number.
    Number(f64),
    /// A name or a word.
    Text(String),
}

/// A figure as somebody wrote it: `8`, `12.4s`, `$30`, `FARGATE_SPOT`.
#[derive(Clone, PartialEq, Debug)]
pub struct Literal {
    /// What was written.
    pub text: String,
    /// The number, seconds where it has a unit of time.
    pub number: Option<f64>,
    /// Half of one in its last digit: what it was rounded by at most.
    pub half_digit: f64,
}

/// Seconds of each unit of time that may be written, longest name first where one ends another.
const UNITS: [(&str, f64); 8] = [
    ("seconds", 1.0),
    ("minutes", 60.0),
    ("hours", 3_600.0),
    ("min", 60.0),
    ("ms", 0.001),
    ("m", 60.0),
    ("h", 3_600.0),
    ("s", 1.0),
];
/// How far from a measured figure a learner's guess may be.
const NEAR: f64 = 0.1;

impl Literal {
    /// Reads what was written.
    pub fn read(text: &str) -> Literal {
        let text = text.trim().trim_matches(['"', '`']).trim();
        let lower = text.to_ascii_lowercase();
        let bare = lower.trim_start_matches('$').trim_end_matches('%');
        let bare = bare.trim_end_matches("usd").trim();
        let unit = UNITS.iter().find_map(|(unit, seconds)| {
            let digits = bare.strip_suffix(unit)?.trim_end();
            Some((digits.parse::<f64>().ok()?, digits, *seconds))
        });
        let plain = || {
            let digits = bare.replace(',', "");
            let number = digits.parse::<f64>().ok()?;
            Some((number, bare, 1.0))
        };
        let found = unit
            .or_else(plain)
            .filter(|(number, ..)| number.is_finite());
        let half_digit = found.map_or(0.0, |(_, digits, scale)| {
            let decimals = digits.split_once('.').map_or(0, |(_, after)| after.len());
            0.5 * scale * libm::pow(10.0, -(decimals as f64))
        });
        Literal {
            text: text.to_owned(),
            number: found.map(|(number, _, scale)| number * scale),
            half_digit,
        }
    }
}

impl Value {
    /// The number, if it is one.
    pub fn number(&self) -> Option<f64> {
        match self {
            Value::Count(count) => Some(*count as f64),
            Value::Seconds(number) | Value::Usd(number) | Value::Number(number) => Some(*number),
            Value::Text(_) => None,
        }
    }

    /// Whether it is what was written, to the digits that were.
    pub fn is(&self, written: &Literal) -> bool {
        match (self.number(), written.number) {
            (Some(number), Some(written_number)) => {
                // A hair more, for what is exactly between two digits.
                (number - written_number).abs() <= written.half_digit * (1.0 + 1e-9)
            }
            (None, _) => self.to_string().eq_ignore_ascii_case(&written.text),
            (Some(_), None) => false,
        }
    }

    /// Whether a guess is as good as it: a count has to be right, what is measured nearly.
    pub fn is_guessed_by(&self, guess: &Literal) -> bool {
        match (self, self.number(), guess.number) {
            (Value::Seconds(_) | Value::Usd(_) | Value::Number(_), Some(number), Some(guessed)) => {
                (number - guessed).abs() <= NEAR * number.abs() || self.is(guess)
            }
            _ => self.is(guess),
        }
    }
}

impl fmt::Display for Value {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Value::Count(count) => write!(f, "{count}"),
            Value::Seconds(seconds) => match seconds.abs() {
                long if 7_200.0 <= long => write!(f, "{:.1} h", seconds / 3_600.0),
                long if 120.0 <= long => write!(f, "{:.1} min", seconds / 60.0),
                long if 1.0 <= long || *seconds == 0.0 => write!(f, "{seconds:.1} s"),
                _ => write!(f, "{:.0} ms", seconds * 1_000.0),
            },
            Value::Usd(usd) => write!(f, "${usd:.2}"),
            Value::Number(number) => write!(f, "{}", (number * 1_000.0).round() / 1_000.0),
            Value::Text(text) => f.write_str(text),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_was_written_is_right_to_its_digits() {
        let is = |value: Value, written: &str| value.is(&Literal::read(written));
        assert!(is(Value::Seconds(19.52), "19.5s"));
        assert!(is(Value::Seconds(19.52), "20 s"));
        assert!(!is(Value::Seconds(19.52), "19.4s"));
        assert!(is(Value::Seconds(300.0), "5m"));
        assert!(is(Value::Seconds(5_400.0), "1.5 hours"));
        assert!(is(Value::Count(8), "8"));
        assert!(!is(Value::Count(8), "9"));
        assert!(is(Value::Usd(1_234.5), "$1,234.50"));
        assert!(is(Value::Usd(12.0), "12 USD"));
        assert!(is(Value::Number(35.0), "35 %"));
        assert!(is(Value::Text("FARGATE".to_owned()), "fargate"));
        assert!(!is(Value::Text("FARGATE".to_owned()), "FARGATE_SPOT"));
        assert!(!is(Value::Count(8), "eight"));
        assert!(!is(Value::Count(8), "NaN"));
    }

    #[test]
    fn a_guess_of_a_count_has_to_be_right_and_of_a_measured_figure_near() {
        let guessed = |value: Value, guess: &str| value.is_guessed_by(&Literal::read(guess));
        assert!(guessed(Value::Seconds(20.0), "21s"));
        assert!(guessed(Value::Seconds(20.0), "19"));
        assert!(!guessed(Value::Seconds(20.0), "25s"));
        assert!(!guessed(Value::Count(20), "21"));
        assert!(guessed(Value::Usd(101.3), "100"));
    }
}
