//! A statement about a run: a figure, a comparison and what it is compared with.

use super::{Literal, Measure, Value};
use crate::scenario::source::Span;

/// A statement, and where it stands.
#[derive(Clone, Debug)]
pub struct Fact {
    /// The figure, in its author's words or as written.
    pub label: String,
    /// The figure.
    pub measure: Measure,
    /// How it compares.
    pub comparison: Comparison,
    /// With what.
    pub written: Literal,
    /// Where.
    pub span: Span,
}

/// How a figure compares with another.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Comparison {
    /// The same, to the digits that are written.
    Is,
    /// Less.
    Less,
    /// Less, or the same.
    AtMost,
    /// More.
    More,
    /// More, or the same.
    AtLeast,
}

/// Those of two letters first: `<` begins `<=`.
const SIGNS: [(&str, Comparison); 5] = [
    ("<=", Comparison::AtMost),
    (">=", Comparison::AtLeast),
    ("=", Comparison::Is),
    ("<", Comparison::Less),
    (">", Comparison::More),
];

impl Comparison {
    /// Its sign.
    pub fn sign(self) -> &'static str {
        let found = SIGNS.iter().find(|(_, comparison)| *comparison == self);
        found.map_or("=", |(sign, _)| sign)
    }
}

/// What a figure is called, and the figure: `imports: tasks of import`; without such words it is
/// called as it is written.
pub(super) fn named(text: &str) -> (&str, &str) {
    let text = text.trim();
    match text.split_once(": ") {
        Some((words, figure)) if !words.trim().is_empty() => (words.trim(), figure.trim()),
        _ => (text, text),
    }
}

impl Fact {
    /// Reads `provider of task 5 of api = FARGATE_SPOT`.
    ///
    /// # Errors
    /// With what is wrong with it.
    pub fn read(text: &str, span: Span) -> Result<Fact, String> {
        let found = SIGNS.iter().find_map(|(sign, comparison)| {
            let (label, written) = text.split_once(&format!(" {sign} "))?;
            Some((label.trim(), *comparison, written))
        });
        let (label, comparison, written) = found.ok_or_else(|| {
            format!(
                "{:?} states nothing of the run: write a figure, a sign and a value, like \
                 `provider of task 5 of api = FARGATE_SPOT` or `cost per month < 100 USD`",
                text.trim()
            )
        })?;
        let written = Literal::read(written);
        if comparison != Comparison::Is && written.number.is_none() {
            return Err(format!(
                "{:?} is no number to be compared with",
                written.text
            ));
        }
        let (label, figure) = named(label);
        Ok(Fact {
            label: label.to_owned(),
            measure: Measure::read(figure)?,
            comparison,
            written,
            span,
        })
    }

    /// Whether it holds of the figure's value.
    pub fn holds(&self, value: &Value) -> bool {
        let numbers = value.number().zip(self.written.number);
        match (self.comparison, numbers) {
            (Comparison::Is, _) => value.is(&self.written),
            (_, None) => false,
            (Comparison::Less, Some((value, other))) => value < other,
            (Comparison::AtMost, Some((value, other))) => value <= other,
            (Comparison::More, Some((value, other))) => other < value,
            (Comparison::AtLeast, Some((value, other))) => other <= value,
        }
    }
}
