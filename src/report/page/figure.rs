//! A chart as data: what `charts.js` draws, and what its table and its files are made of.

use serde::ser::SerializeSeq;
use serde::{Serialize, Serializer};

use super::html::Html;

/// A chart: panels below each other over one axis.
#[derive(Clone, PartialEq, Debug, Serialize)]
pub struct Figure {
    /// Its id, once in a page: letters, digits and hyphens.
    pub id: String,
    /// What it shows.
    pub title: String,
    /// What is seen in it, in a sentence with figures: for who can't see it.
    pub says: String,
    /// What is to be known of how it is drawn; empty if nothing is.
    pub note: String,
    /// The axis across.
    pub x: Axis,
    /// The panels, the topmost first.
    pub panels: Vec<Panel>,
}

/// The axis that all panels of a figure share.
#[derive(Clone, PartialEq, Debug, Serialize)]
#[serde(tag = "kind", rename_all = "lowercase")]
pub enum Axis {
    /// Time; all such axes of a page move together.
    Time,
    /// Numbers.
    Number {
        /// What they are.
        title: String,
        /// Their unit.
        unit: Unit,
        /// Whether it is logarithmic.
        log: bool,
    },
    /// Columns side by side.
    Columns {
        /// What they are.
        title: String,
        /// Their names, from left to right.
        names: Vec<String>,
    },
}

impl From<&crate::report::axis::Unit> for Unit {
    fn from(unit: &crate::report::axis::Unit) -> Self {
        use crate::report::axis::Unit as Known;
        match unit {
            Known::Count => Unit::Count,
            Known::Percent => Unit::Percent,
            Known::Seconds => Unit::Seconds,
            Known::Usd => Unit::Usd,
        }
    }
}

/// What values are.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Serialize)]
#[serde(rename_all = "lowercase")]
pub enum Unit {
    /// Things counted.
    Count,
    /// Percent, 100 being the whole.
    Percent,
    /// Seconds.
    Seconds,
    /// US dollars.
    Usd,
    /// Nothing that is shown: rows have names instead.
    Rows,
}

/// One panel.
#[derive(Clone, PartialEq, Debug, Serialize)]
pub struct Panel {
    /// What its values are.
    pub title: String,
    /// Their unit.
    pub unit: Unit,
    /// Whether its axis is logarithmic.
    pub log: bool,
    /// Whether its axis need not begin at zero.
    pub fits: bool,
    /// What is drawn in it, in this order.
    pub lines: Vec<Line>,
}

/// How a line is drawn.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Serialize)]
#[serde(rename_all = "lowercase")]
pub enum Style {
    /// A line.
    Line,
    /// A dashed line: a target, a bound, a wish.
    Dashed,
    /// An area on top of the areas before it.
    Area,
    /// Bars on top of the bars before them.
    Bars,
    /// Points with their intervals.
    Points,
    /// A span of time in a row.
    Spans,
    /// A sideways bar in a row.
    Across,
    /// A tile in a row and a column, the darker the greater its value.
    Tiles,
}

/// Which colour of the palette.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Ink {
    /// The so-manieth.
    Nth(usize),
    /// What went wrong.
    Failure,
    /// A limit or an objective.
    Limit,
}

/// A series.
#[derive(Clone, PartialEq, Debug, Serialize)]
pub struct Line {
    /// Its name.
    pub name: String,
    /// How it is drawn.
    pub style: Style,
    /// Its colour.
    pub ink: Ink,
    /// Where.
    pub x: Places,
    /// The values; one that is no number is a gap.
    pub y: Numbers,
    /// The lower ends of intervals, or where spans and sideways bars begin; empty without.
    pub low: Numbers,
    /// The upper ends.
    pub high: Numbers,
    /// The left ends of intervals across; empty without.
    pub left: Numbers,
    /// The right ends.
    pub right: Numbers,
    /// A word at each; empty without.
    pub words: Vec<String>,
    /// The column of each, by its place on the axis; empty but where that has columns.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub columns: Vec<usize>,
}

/// A value in a row, with its interval and its words.
#[derive(Clone, PartialEq, Debug)]
pub struct InRow {
    /// The row's name.
    pub row: String,
    /// The value, the lower and the upper end of its interval.
    pub value: [f64; 3],
    /// What it is, for who points at it.
    pub word: String,
}

/// Where the values of a line stand on its axis.
#[derive(Clone, PartialEq, Debug, Serialize)]
#[serde(rename_all = "lowercase")]
pub enum Places {
    /// Each so many milliseconds after the one before.
    Even {
        /// The first, milliseconds since 1970.
        from: i64,
        /// From one to the next, milliseconds.
        step: f64,
    },
    /// At these: milliseconds since 1970, or numbers.
    At(Numbers),
    /// At rows of these names.
    Rows(Vec<String>),
}

/// Numbers with as many digits as a chart can show.
#[derive(Clone, PartialEq, Default, Debug)]
pub struct Numbers(pub Vec<f64>);

impl Serialize for Numbers {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let mut list = serializer.serialize_seq(Some(self.0.len()))?;
        for number in &self.0 {
            // Instants keep all their digits.
            let digits = if 1e11 <= number.abs() { 14 } else { 5 };
            let rounded = rounded(*number, digits);
            match rounded {
                None => list.serialize_element(&())?,
                Some(whole) if whole == whole.trunc() && whole.abs() < 9e15 => {
                    list.serialize_element(&(whole as i64))?;
                }
                Some(other) => list.serialize_element(&other)?,
            }
        }
        list.end()
    }
}

impl Serialize for Ink {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        match self {
            Ink::Nth(index) => serializer.serialize_u64(*index as u64),
            Ink::Failure => serializer.serialize_str("failure"),
            Ink::Limit => serializer.serialize_str("limit"),
        }
    }
}

/// With so many digits that mean something.
fn rounded(number: f64, digits: usize) -> Option<f64> {
    match number.is_finite() {
        true => format!("{number:.*e}", digits - 1).parse().ok(),
        false => None,
    }
}

impl Line {
    /// A line of values.
    pub fn new(name: impl Into<String>, style: Style, ink: Ink, x: Places, y: Vec<f64>) -> Self {
        Line {
            name: name.into(),
            style,
            ink,
            x,
            y: Numbers(y),
            low: Numbers::default(),
            high: Numbers::default(),
            left: Numbers::default(),
            right: Numbers::default(),
            words: Vec::new(),
            columns: Vec::new(),
        }
    }

    /// Values in rows: points with their intervals, or sideways bars from the lower end on.
    pub fn in_rows(name: impl Into<String>, style: Style, ink: Ink, values: Vec<InRow>) -> Self {
        let each = |end: usize| values.iter().map(|it| it.value[end]).collect();
        let (y, low, high) = (each(0), Numbers(each(1)), Numbers(each(2)));
        let (rows, words) = values.into_iter().map(|it| (it.row, it.word)).unzip();
        Line {
            low,
            high,
            words,
            ..Line::new(name, style, ink, Places::Rows(rows), y)
        }
    }

    /// Whether there is anything to see.
    pub fn is_empty(&self) -> bool {
        self.y.0.iter().all(|value| !value.is_finite())
    }
}

impl Panel {
    /// A panel over these lines; those without a value are left out.
    pub fn new(title: impl Into<String>, unit: Unit, lines: Vec<Line>) -> Self {
        Panel {
            title: title.into(),
            unit,
            log: false,
            fits: false,
            lines: lines.into_iter().filter(|line| !line.is_empty()).collect(),
        }
    }
}

impl Figure {
    /// Whether there is anything to see.
    pub fn is_empty(&self) -> bool {
        self.panels.iter().all(|panel| panel.lines.is_empty())
    }

    /// Writes its place in the page: `charts.js` draws it there when it comes into sight.
    pub fn place(&self, html: &mut Html) {
        html.raw(&format!(
            "<figure class=\"chart\" id=\"figure-{0}\" data-figure=\"{0}\">\n<figcaption>",
            self.id
        ));
        html.line("h3", "", &self.title);
        html.line("p", "says", &self.says);
        if !self.note.is_empty() {
            html.line("p", "note", &self.note);
        }
        html.raw("</figcaption>\n</figure>\n");
    }
}

/// A name as part of an id.
pub fn slug(name: &str) -> String {
    let safe = |letter: char| match letter.is_ascii_alphanumeric() {
        true => letter.to_ascii_lowercase(),
        false => '-',
    };
    name.chars().take(40).map(safe).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_are_as_short_as_a_chart_can_show() {
        let numbers = Numbers(vec![
            1.0,
            0.1234567,
            f64::NAN,
            1_772_668_800_000.0,
            123456.7,
            -0.0,
        ]);
        let json = serde_json::to_string(&numbers).unwrap();
        assert_eq!(json, "[1,0.12346,null,1772668800000,123460,0]");
    }
}
