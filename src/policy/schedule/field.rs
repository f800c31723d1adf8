//! One field of a cron expression: lists, ranges and steps.

use std::ops::Range;

use super::ScheduleError;
use crate::catalog::names::suggestion;

pub(super) const MONTHS: [&str; 12] = [
    "JAN", "FEB", "MAR", "APR", "MAY", "JUN", "JUL", "AUG", "SEP", "OCT", "NOV", "DEC",
];
pub(super) const WEEKDAYS: [&str; 7] = ["SUN", "MON", "TUE", "WED", "THU", "FRI", "SAT"];

/// A field of the six, in their order.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(super) struct FieldKind {
    pub(super) name: &'static str,
    pub(super) least: u16,
    pub(super) most: u16,
    names: &'static [&'static str],
    /// Whether a range may go over its end: `22-2` hours (EB).
    wraps: bool,
    /// What else may stand there.
    further: &'static str,
}

/// The fields in their order (EB, "cron expressions").
pub(super) const FIELDS: [FieldKind; 6] = [
    kind("minutes", (0, 59), &[], ""),
    kind("hours", (0, 23), &[], ""),
    kind("day-of-month", (1, 31), &[], ", ?, L, W"),
    kind("month", (1, 12), &MONTHS, ""),
    kind("day-of-week", (1, 7), &WEEKDAYS, ", ?, L, #"),
    kind("year", (1970, 2199), &[], ""),
];

/// What may stand before them (Application Auto Scaling).
pub(super) const SECONDS: FieldKind = kind("seconds", (0, 59), &[], "");

const fn kind(
    name: &'static str,
    (least, most): (u16, u16),
    names: &'static [&'static str],
    further: &'static str,
) -> FieldKind {
    FieldKind {
        name,
        least,
        most,
        names,
        // A year that comes after its successor is a slip.
        wraps: most < 1_000,
        further,
    }
}

/// A field as it stands in the expression.
#[derive(Clone, Copy, Debug)]
pub(super) struct Written<'t> {
    pub(super) kind: FieldKind,
    pub(super) text: &'t str,
    /// Where it begins.
    pub(super) start: usize,
}

impl<'t> Written<'t> {
    /// Where a part of the text stands in the expression.
    fn place(&self, part: &str) -> Range<usize> {
        let before = part.as_ptr() as usize - self.text.as_ptr() as usize;
        let start = self.start + before.min(self.text.len());
        start..start + part.len()
    }

    /// What is wrong with a part of it.
    pub(super) fn wrong(&self, part: &str, why: &str) -> ScheduleError {
        let FieldKind {
            name, least, most, ..
        } = self.kind;
        let letters = part.bytes().all(|it| it.is_ascii_alphabetic()) && !part.is_empty();
        let names = self.kind.names.iter().copied();
        let near = suggestion(part, names).filter(|_| letters);
        let help = near.unwrap_or_else(|| {
            let names = match self.kind.names {
                [first, .., last] => format!(" or {first} to {last}"),
                _ => String::new(),
            };
            let further = self.kind.further;
            format!(
                "{name}: {least} to {most}{names}, lists (,), ranges (-), steps (/), *{further}"
            )
        });
        let message = format!("the {name} field \"{part}\" {why}");
        ScheduleError::new(self.place(part), message, help)
    }

    /// The items of its list.
    pub(super) fn items(&self) -> impl Iterator<Item = &'t str> {
        self.text.split(',')
    }

    /// One value: a number or a name, whatever the letters' case.
    pub(super) fn value(&self, word: &str) -> Result<u16, ScheduleError> {
        let FieldKind { least, most, .. } = self.kind;
        let mut names = self.kind.names.iter();
        let named = names.position(|name| name.eq_ignore_ascii_case(word));
        let is_number = !word.is_empty() && word.bytes().all(|it| it.is_ascii_digit());
        let value = match named {
            Some(position) => Some(position as u16 + least),
            None if is_number => word.parse().ok(),
            None => None,
        };
        let Some(value) = value else {
            return Err(self.wrong(word, "can't be read"));
        };
        match (least..=most).contains(&value) {
            true => Ok(value),
            false => Err(self.wrong(word, "is out of range")),
        }
    }

    /// The values of one item of the list: `5`, `1-5`, `22-2`, `*`, `0/15`, `*/15`, `1-30/5`.
    pub(super) fn item(&self, item: &str, mut has: impl FnMut(u16)) -> Result<(), ScheduleError> {
        let FieldKind { least, most, .. } = self.kind;
        let (range, step) = match item.split_once('/') {
            Some((range, step)) => {
                let number = step.parse::<u16>().ok().filter(|it| 0 < *it);
                let digits = step.bytes().all(|it| it.is_ascii_digit());
                match number.filter(|_| digits) {
                    Some(number) => (range, Some(number)),
                    None => return Err(self.wrong(item, "has no positive step")),
                }
            }
            None => (item, None),
        };
        let (first, last) = match range.split_once('-') {
            _ if range == "*" => (least, most),
            Some((first, last)) => (self.value(first)?, self.value(last)?),
            None => {
                let only = self.value(range)?;
                (only, if step.is_some() { most } else { only })
            }
        };
        let size = most - least + 1;
        let length = match (first <= last, self.kind.wraps) {
            (true, _) => last - first,
            (false, true) => last + size - first,
            (false, false) => return Err(self.wrong(item, "ends before it begins")),
        };
        let mut passed = 0;
        while passed <= length {
            has(least + (first - least + passed) % size);
            passed = passed.saturating_add(step.unwrap_or(1));
        }
        Ok(())
    }
}
