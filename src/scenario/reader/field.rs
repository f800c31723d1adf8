//! One value with its path, and the typed questions to ask of it.

use std::ops::RangeInclusive;

use jiff::Timestamp;

use super::{MapReader, Pending, Problem, Reader};
use crate::engine::time::SimDuration;
use crate::scenario::arn::arn_name;
use crate::scenario::diagnostic::{Diagnostic, Severity, suggestion};
use crate::scenario::names::labels;
use crate::scenario::node::{Key, Node, Value};
use crate::scenario::path::join;
use crate::scenario::source::Span;
use crate::scenario::values::{self, MoneyRate, Rate, RateUnit, TimeOfDay, ValueError};
use crate::units::{CpuUnits, MiB, MicroUsd};

/// A value of the scenario with its path. Every question that the value does not answer is
/// reported.
#[derive(Clone, Debug)]
pub struct Field<'a> {
    reader: &'a Reader,
    node: &'a Node,
    path: String,
    /// Where its key stands, if that is a word of the user's.
    key: Option<Span>,
}

impl<'a> Field<'a> {
    pub(super) fn new(reader: &'a Reader, node: &'a Node, path: String) -> Self {
        Field {
            reader,
            node,
            path,
            key: None,
        }
    }

    /// The same, under a key of the user's that stands here.
    pub(super) fn under(self, key: Span) -> Self {
        Field {
            key: Some(key),
            ..self
        }
    }

    /// The tree below.
    pub fn node(&self) -> &'a Node {
        self.node
    }

    /// Where it stands.
    pub fn span(&self) -> Span {
        self.node.span
    }

    /// Its path, such as `aws.services.api.desiredCount`.
    pub fn path(&self) -> &str {
        &self.path
    }

    /// Whether it is a mapping, a list, or neither: for fields that may be written in two ways.
    pub fn is_mapping(&self) -> bool {
        self.node.as_mapping().is_some()
    }

    /// Whether it is a list.
    pub fn is_list(&self) -> bool {
        self.node.as_sequence().is_some()
    }

    /// An error at this place; `.help("…")` if there is one, then `.report()`.
    pub fn error(&self, code: &'static str, message: impl Into<String>) -> Pending<'a> {
        self.pending(Severity::Error, code, message.into())
    }

    /// An error at its key, if that is a word of the user's, else at its value.
    pub fn error_at_key(&self, code: &'static str, message: impl Into<String>) -> Pending<'a> {
        let place = (self.key.unwrap_or(self.node.span), self.path.as_str());
        let message = message.into();
        self.reader
            .pending(Severity::Error, place, Problem { code, message })
    }

    /// A warning at this place.
    pub fn warning(&self, code: &'static str, message: impl Into<String>) -> Pending<'a> {
        self.pending(Severity::Warning, code, message.into())
    }

    /// A note at this place.
    pub fn note(&self, code: &'static str, message: impl Into<String>) -> Pending<'a> {
        self.pending(Severity::Note, code, message.into())
    }

    /// Adds a diagnostic that has a place of its own, such as a character inside of it.
    pub(in crate::scenario) fn push(&self, diagnostic: Diagnostic) {
        self.reader.push(diagnostic);
    }

    /// Its text; numbers and `true` are text too, as written.
    pub fn str(&self) -> Option<&'a str> {
        self.scalar("text")
    }

    /// The name of an AWS resource, given as such or as an ARN.
    pub fn aws_name(&self) -> Option<&'a str> {
        self.scalar("a name or an ARN").map(arn_name)
    }

    /// A whole number within a range, plain or quoted.
    pub fn u64(&self, range: RangeInclusive<u64>) -> Option<u64> {
        let (min, max) = (*range.start(), *range.end());
        let digits = self.scalar("a whole number")?;
        let plain = digits.bytes().all(|byte| byte.is_ascii_digit());
        let value = digits.parse::<u64>().ok().filter(|_| plain);
        match value {
            Some(value) if range.contains(&value) => Some(value),
            _ if value.is_some() || values::number(digits).is_ok() => {
                let wanted = match max {
                    u64::MAX => format!("a whole number of at least {min}"),
                    _ => format!("a whole number between {min} and {max}"),
                };
                self.error("out-of-range", format!("{digits} is not {wanted}"))
                    .report();
                None
            }
            _ => self.expected("a whole number"),
        }
    }

    /// A whole number within a range, plain or quoted.
    pub fn u32(&self, range: RangeInclusive<u32>) -> Option<u32> {
        let value = self.u64(u64::from(*range.start())..=u64::from(*range.end()))?;
        u32::try_from(value).ok()
    }

    /// A number without a unit within a range.
    pub fn f64(&self, range: RangeInclusive<f64>) -> Option<f64> {
        let value = self.value("a number", values::number)?;
        if range.contains(&value) {
            return Some(value);
        }
        let (min, max) = (*range.start(), *range.end());
        // Written out, such a number is a line of zeros.
        let is_long = value != 0.0 && !(1e-9..1e15).contains(&value.abs());
        let shown = match is_long {
            true => format!("{value:e}"),
            false => value.to_string(),
        };
        let message = match max == f64::INFINITY || max == f64::MAX {
            true => format!("{shown} is less than {min}"),
            false => format!("{shown} is not between {min} and {max}"),
        };
        self.error("out-of-range", message).report();
        None
    }

    /// `true` or `false`; quoted too, as AWS's attributes are.
    pub fn bool(&self) -> Option<bool> {
        match self.node.as_text() {
            Some("true" | "True" | "TRUE") => Some(true),
            Some("false" | "False" | "FALSE") => Some(false),
            Some(_) | None => self.expected("true or false"),
        }
    }

    /// One of a table's words.
    pub fn choice<T: Copy>(&self, table: &[(&str, T)]) -> Option<T> {
        let word = self.scalar("a word")?;
        let found = table.iter().find(|(known, _)| *known == word);
        if found.is_none() {
            let message = format!("{} is not one of the values here", self.node.describe());
            let help = suggestion(word, table.iter().map(|(known, _)| *known));
            let words: Vec<&str> = table.iter().map(|(known, _)| *known).collect();
            let help = help.unwrap_or_else(|| format!("known here: {}", words.join(", ")));
            self.error("unknown-value", message).help(help).report();
        }
        found.map(|(_, value)| *value)
    }

    /// The items of a list.
    pub fn list(&self) -> Option<Vec<Field<'a>>> {
        let Value::Sequence(items) = &self.node.value else {
            return self.expected("a list");
        };
        let labels = labels(items).into_iter().enumerate();
        let fields = items.iter().zip(labels).map(|(node, (index, label))| {
            // List entries go by AWS's name field where they have one, else by their number.
            let path = match label {
                Some(label) => join(&self.path, &label),
                None => format!("{}[{index}]", self.path),
            };
            Field::new(self.reader, node, path)
        });
        Some(fields.collect())
    }

    /// A mapping's reader.
    pub fn map(&self) -> Option<MapReader<'a>> {
        let Value::Mapping(entries) = &self.node.value else {
            return self.expected("a mapping");
        };
        let entries: &'a [(Key, Node)] = entries;
        Some(MapReader::new(
            self.reader,
            entries,
            (self.node.span, self.path.clone()),
        ))
    }

    /// A duration with units: `10s`, `1h 30m`.
    pub fn duration(&self) -> Option<SimDuration> {
        self.value("a duration", values::duration)
    }

    /// A size in bytes with a unit: `220MiB`.
    pub fn size(&self) -> Option<u64> {
        self.value("a size", values::size)
    }

    /// A rate with a period: `800/min`.
    pub fn rate(&self) -> Option<Rate> {
        self.value("a rate", values::rate)
    }

    /// The unit of a rate: `requests/5min`.
    pub fn rate_unit(&self) -> Option<RateUnit> {
        self.value("the unit of a rate", values::rate_unit)
    }

    /// A share as a fraction of 1: `0.1 %`.
    pub fn share(&self) -> Option<f64> {
        self.value("a share", values::share)
    }

    /// A utilization as a fraction of 1: `45 %`, or above 100 %.
    pub fn utilization(&self) -> Option<f64> {
        self.value("a utilization", values::utilization)
    }

    /// An amount of money: `1200 USD`.
    pub fn money(&self) -> Option<MicroUsd> {
        self.value("an amount of money", values::money)
    }

    /// Money a period: `4.00 USD/h`.
    pub fn money_rate(&self) -> Option<MoneyRate> {
        self.value("an amount of money a period", values::money_rate)
    }

    /// A time of day: `14:00`.
    pub fn time_of_day(&self) -> Option<TimeOfDay> {
        self.value("a time of day", values::time_of_day)
    }

    /// An instant with its zone: `2026-03-05T00:00:00Z`.
    pub fn instant(&self) -> Option<Timestamp> {
        self.value("an instant", values::instant)
    }

    /// ECS's CPU: `256`, `"1 vCPU"`.
    pub fn aws_cpu(&self) -> Option<CpuUnits> {
        self.value("an amount of CPU", values::aws_cpu)
    }

    /// ECS's memory: `512`, `"2 GB"`.
    pub fn aws_memory(&self) -> Option<MiB> {
        self.value("an amount of memory", values::aws_memory)
    }

    /// A value by a parser of the caller's: its error is reported at this place.
    pub fn value<T>(
        &self,
        wanted: &str,
        parse: impl Fn(&str) -> Result<T, ValueError>,
    ) -> Option<T> {
        let text = self.scalar(wanted)?;
        match parse(text) {
            Ok(value) => Some(value),
            Err(wrong) => {
                self.error("invalid-value", wrong.message)
                    .maybe_help(wrong.help)
                    .report();
                None
            }
        }
    }

    fn scalar(&self, wanted: &str) -> Option<&'a str> {
        match self.node.as_text().filter(|_| !self.node.is_null()) {
            Some(text) => Some(text),
            None => self.expected(wanted),
        }
    }

    fn expected<T>(&self, wanted: &str) -> Option<T> {
        let message = format!("found {}, expected {wanted}", self.node.describe());
        self.error("wrong-type", message).report();
        None
    }

    fn pending(&self, severity: Severity, code: &'static str, message: String) -> Pending<'a> {
        self.reader.pending(
            severity,
            (self.node.span, &self.path),
            Problem { code, message },
        )
    }
}
