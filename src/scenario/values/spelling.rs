//! How the number of an amount is written: digits with at most one point. Any other way to write
//! one (`10k`, `1,000`, `1_000`, `1e3`, `0x10`) is refused together with its plain form, because
//! read to its first odd letter it would be another number.

use super::ValueError;
use crate::scenario::node::quote;

/// Words for many, behind a number.
const MANY: [(&str, f64); 9] = [
    ("k", 1e3),
    ("K", 1e3),
    ("thousand", 1e3),
    ("M", 1e6),
    ("mio", 1e6),
    ("million", 1e6),
    ("G", 1e9),
    ("bn", 1e9),
    ("billion", 1e9),
];
/// What may stand between thousands somewhere in the world: the last ones are spaces.
const SEPARATORS: [char; 8] = [',', '_', '\'', '’', ' ', '\u{a0}', '\u{2009}', '\u{202f}'];
/// The largest number that is written out.
const WRITTEN_OUT_MAX: f64 = 1e15;

/// Splits `3.5 GiB` into the number and the trimmed rest; digits and one point only, so that
/// `inf` and signs are no numbers here, and what follows `1` in `1e3` is its unit.
pub(super) fn leading_number(text: &str) -> Option<(f64, &str)> {
    let end = text
        .find(|letter: char| !letter.is_ascii_digit() && letter != '.')
        .unwrap_or(text.len());
    let value = text[..end].parse::<f64>().ok()?;
    value.is_finite().then(|| (value, text[end..].trim()))
}

/// What `parse` makes of `text`; if it refuses it because its number is not written out, the error
/// says how it would be.
pub(super) fn written_out<T>(
    text: &str,
    parse: impl Fn(&str) -> Result<T, ValueError>,
) -> Result<T, ValueError> {
    let wrong = match parse(text) {
        Ok(value) => return Ok(value),
        Err(wrong) => wrong,
    };
    // `1e400`: what stands behind the digits is no unit.
    if power(text.trim()).is_some_and(|(value, _)| WRITTEN_OUT_MAX < value) {
        return Err(ValueError {
            message: format!("the number of {} is too large", quote(text)),
            ..wrong
        });
    }
    let plain = plain_form(text.trim()).filter(|plain| parse(plain).is_ok());
    Err(match plain {
        None => wrong,
        Some(plain) => ValueError::new(
            format!("the number of {} is not written out", quote(text)),
            format!("write digits with at most a point, without thousands or powers: {plain}"),
        ),
    })
}

/// The text with its number written out, where that is written in an odd but plain enough way.
fn plain_form(text: &str) -> Option<String> {
    let (value, rest) = hexadecimal(text)
        .or_else(|| power(text))
        .or_else(|| separated(text))
        .or_else(|| many(text))?;
    (value <= WRITTEN_OUT_MAX).then(|| format!("{value}{rest}"))
}

/// The digits at the begin of a text, and the rest; nothing without one.
fn digits(text: &str, is_digit: impl Fn(char) -> bool) -> Option<(&str, &str)> {
    let end = text.find(|letter| !is_digit(letter)).unwrap_or(text.len());
    (0 < end).then(|| text.split_at(end))
}

fn decimal(text: &str) -> Option<(&str, &str)> {
    digits(text, |letter| letter.is_ascii_digit())
}

/// `0x10`.
fn hexadecimal(text: &str) -> Option<(f64, &str)> {
    let (number, rest) = digits(text.strip_prefix("0x")?, |letter| {
        letter.is_ascii_hexdigit()
    })?;
    Some((u32::from_str_radix(number, 16).ok()?.into(), rest))
}

/// `1.5e3`, `1E-3`.
fn power(text: &str) -> Option<(f64, &str)> {
    let (_, after) = digits(text, |letter| letter.is_ascii_digit() || letter == '.')?;
    let exponent = after.strip_prefix(['e', 'E'])?;
    let (_, rest) = decimal(exponent.strip_prefix(['+', '-']).unwrap_or(exponent))?;
    let number = &text[..text.len() - rest.len()];
    let value = number.parse::<f64>().ok()?;
    // Too small a number would be shown as none.
    (value == 0.0 || 1e-9 < value).then_some((value, rest))
}

/// `1,000`, `1_000.5`, `1 000`; and `1,5`, whose comma is a point.
fn separated(text: &str) -> Option<(f64, &str)> {
    let (first, mut rest) = decimal(text)?;
    let separator = rest.chars().next().filter(|it| SEPARATORS.contains(it))?;
    let mut number = first.to_owned();
    let mut groups = 0;
    while let Some((group, after)) = rest.strip_prefix(separator).and_then(decimal) {
        if group.len() != 3 && (separator != ',' || 0 < groups || after.starts_with([',', '.'])) {
            return None;
        }
        if group.len() != 3 {
            return Some((format!("{number}.{group}").parse().ok()?, after));
        }
        number += group;
        groups += 1;
        rest = after;
    }
    let after = rest.strip_prefix('.').and_then(decimal);
    if let Some((fraction, after)) = after {
        number = format!("{number}.{fraction}");
        rest = after;
    }
    (0 < groups).then_some(())?;
    Some((number.parse().ok()?, rest))
}

/// `10k`, `1.5 M`, `2 million`.
fn many(text: &str) -> Option<(f64, &str)> {
    let (value, rest) = leading_number(text)?;
    let word_end = rest
        .find(|letter: char| !letter.is_alphabetic())
        .unwrap_or(rest.len());
    let (word, after) = rest.split_at(word_end);
    let (_, factor) = MANY.iter().find(|(known, _)| *known == word)?;
    // Ten and a thousandth thousands are a whole number of ones.
    let product = value * factor;
    let nearest = product.round();
    let is_rounding = (product - nearest).abs() <= 1e-9 * nearest;
    Some((if is_rounding { nearest } else { product }, after))
}
