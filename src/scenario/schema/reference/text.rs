//! The reference of one field as text for a terminal.

use std::fmt::Write;

use super::{Answer, FieldEntry, Standing, find};
use crate::scenario::diagnostic::Diagnostic;

/// Columns of a terminal.
const WIDTH: usize = 100;

/// What `fleetcast fields PATH` prints: the field, and what may stand in it.
///
/// # Errors
/// As [`find`].
pub fn explain(path: &str) -> Result<String, Box<Diagnostic>> {
    let Answer { field, fields } = find(path)?;
    let mut text = String::new();
    if let Some(field) = &field {
        one(&mut text, field);
    }
    if !fields.is_empty() {
        if field.is_some() {
            text.push('\n');
        }
        list(&mut text, &fields);
    }
    Ok(text)
}

fn one(text: &mut String, field: &FieldEntry) {
    let mut line = |label: &str, value: &str| {
        writeln!(text, "  {label:8}  {value}").expect("a string takes any text");
    };
    let standing = standing(field.standing);
    if !field.says.is_empty() {
        line("says", field.says);
    }
    line("holds", &plain(&field.holds));
    if let Some(unit) = field.unit {
        line("unit", unit);
    }
    match (field.default, field.standing) {
        (Some(default), _) => {
            line("default", default.value);
            line("because", default.source);
        }
        (None, Standing::Optional) => line("default", "none"),
        (None, _) => line("is", standing),
    }
    if let Some(example) = field.example {
        line("example", example);
    }
    text.insert_str(0, &format!("{}\n", field.path));
}

/// The fields that count, one a line; the others by name.
fn list(text: &mut String, fields: &[FieldEntry]) {
    let counts =
        |field: &&FieldEntry| matches!(field.standing, Standing::Required | Standing::Optional);
    let shown: Vec<&FieldEntry> = fields.iter().filter(counts).collect();
    let width = shown
        .iter()
        .map(|field| field.name.len())
        .max()
        .unwrap_or(0);
    for field in shown {
        let default = match (field.standing, field.default) {
            (Standing::Required, _) => " (required)".to_owned(),
            (_, Some(default)) => format!(" (default {})", default.value),
            (_, None) => String::new(),
        };
        let says = match field.says {
            "" => plain(&field.holds),
            says => says.to_owned(),
        };
        writeln!(text, "  {:width$}  {says}{default}", field.name)
            .expect("a string takes any text");
    }
    for (standing, what) in [
        (Standing::Checked, "only looked at"),
        (Standing::NoEffect, "accepted without effect"),
        (Standing::Later, "not simulated yet"),
    ] {
        let of = fields.iter().filter(|field| field.standing == standing);
        let names: Vec<&str> = of.map(|field| field.name).collect();
        if !names.is_empty() {
            text.push('\n');
            wrapped(text, &format!("{what}: {}", names.join(", ")));
        }
    }
}

/// A paragraph, two columns in.
fn wrapped(text: &mut String, words: &str) {
    let mut column = 0;
    for word in words.split(' ') {
        if column == 0 || WIDTH <= column + word.len() {
            text.push_str(if column == 0 { "  " } else { "\n    " });
            column = 4;
        } else {
            text.push(' ');
        }
        text.push_str(word);
        column += word.len() + 1;
    }
    text.push('\n');
}

fn standing(standing: Standing) -> &'static str {
    match standing {
        Standing::Required => "required",
        Standing::Optional => "optional",
        Standing::Checked => {
            "a field of AWS's that is only looked at: it changes nothing, or is refused where it \
             asks for what is not simulated"
        }
        Standing::NoEffect => "a field of AWS's, accepted without effect",
        Standing::Later => "known to the format, refused: not simulated yet",
    }
}

/// Without the marks of Markdown.
fn plain(text: &str) -> String {
    text.replace(['`', '[', ']'], "")
}
