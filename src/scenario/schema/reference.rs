//! The reference of the format's fields: what each holds, its default with its source, an example;
//! for AWS's fields, what the simulation does with them. All of it from the tables that the reader
//! and its tests are held to.

mod markdown;
mod place;
mod text;
mod words;

use crate::scenario::defaults::DefaultRow;
use crate::scenario::diagnostic::Diagnostic;
use crate::scenario::path::Path;

pub use markdown::page;
use place::Place;
pub use text::explain;
use words::SHORT;

/// What the reference says of one field.
#[derive(Clone, Debug)]
pub struct FieldEntry {
    /// Where it stands, with `*` for names of the user's: `world.work.*.cpu`.
    pub path: String,
    /// Its name.
    pub name: &'static str,
    /// What it says.
    pub says: &'static str,
    /// What it holds, in words.
    pub holds: String,
    /// What is taken where it is left out, and why.
    pub default: Option<&'static DefaultRow>,
    /// What its number counts, where that is not part of the value.
    pub unit: Option<&'static str>,
    /// What could stand in its block.
    pub example: Option<&'static str>,
    /// Whether it counts.
    pub standing: Standing,
}

/// Whether a field counts.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Standing {
    /// It has to be there.
    Required,
    /// It may be left out.
    Optional,
    /// A field of AWS's that is only looked at: the run goes on without it, or refuses it.
    Checked,
    /// A field of AWS's without effect.
    NoEffect,
    /// Known to the format, refused as not simulated yet.
    Later,
}

/// An answer: the field that a path leads to, if it does not lead to the whole, and the fields in
/// it.
#[derive(Clone, Debug)]
pub struct Answer {
    /// The field.
    pub field: Option<FieldEntry>,
    /// What may stand in it.
    pub fields: Vec<FieldEntry>,
}

/// The field at a path; names of the user's may be there (`world.work.api.cpu`), stand as `*`, or
/// be left out (`world.work.cpu`). An empty path is the whole scenario.
///
/// # Errors
/// With the nearest name, if the path leads nowhere.
pub fn find(path: &str) -> Result<Answer, Box<Diagnostic>> {
    let root = Place::root();
    if path.trim().is_empty() {
        return Ok(Answer {
            field: None,
            fields: root.entries(),
        });
    }
    let full = SHORT.iter().find(|(short, _)| *short == path.trim());
    let path = Path::parse(full.map_or(path, |(_, full)| full))?;
    root.find(&path, path.steps())
}

#[cfg(test)]
mod tests;
