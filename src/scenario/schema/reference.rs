//! The reference of the format's fields: what each holds, its default with its source, an example;
//! for AWS's fields, what the simulation does with them. All of it from the tables that the reader
//! and its tests are held to.

mod markdown;
mod place;
mod text;
mod words;

use crate::catalog::names::nearest;
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

/// Every field of this name, wherever it stands, by path; those of a block that holds itself once.
pub fn named(name: &str) -> Vec<FieldEntry> {
    let mut found = Vec::new();
    walk(|place, of| found.extend((of == name).then(|| place.entry(of)).flatten()));
    found.sort_by(|a, b| a.path.cmp(&b.path));
    found.dedup_by(|a, b| a.path == b.path);
    found
}

/// The names of fields nearest to `wrong`, wherever they stand, nearest first, at most three.
pub fn named_nearly(wrong: &str) -> Vec<&'static str> {
    let mut names = Vec::new();
    walk(|_, of| names.push(of));
    names.sort_unstable();
    names.dedup();
    nearest(wrong, names)
}

/// Shows every name in every block; a block that holds itself is looked into once.
fn walk(mut see: impl FnMut(&Place, &'static str)) {
    let mut open = vec![(Place::root(), Vec::<&str>::new())];
    while let Some((place, above)) = open.pop() {
        for of in place.names() {
            // A sum holds rates, which may be sums.
            if above.contains(&of) {
                continue;
            }
            see(&place, of);
            let inner = place.inner(of).into_iter();
            let below = [&above[..], &[of]].concat();
            open.extend(inner.map(|inner| (inner.place, below.clone())));
        }
    }
}

/// What [`named`] says, as JSON; nothing where no field has this name.
pub fn named_json(name: &str) -> Option<serde_json::Value> {
    let found = named(name.trim());
    let fields: Vec<serde_json::Value> = found.iter().map(FieldEntry::as_json).collect();
    (!fields.is_empty()).then(|| serde_json::json!({ "field": null, "fields": fields }))
}

/// What [`find`] says, as JSON: `field` (null of the whole scenario) and `fields`.
///
/// # Errors
/// As of [`find`].
pub fn as_json(path: &str) -> Result<serde_json::Value, Box<Diagnostic>> {
    let Answer { field, fields } = find(path)?;
    let fields: Vec<serde_json::Value> = fields.iter().map(FieldEntry::as_json).collect();
    let field = field.as_ref().map(FieldEntry::as_json);
    Ok(serde_json::json!({ "field": field, "fields": fields }))
}

impl FieldEntry {
    fn as_json(&self) -> serde_json::Value {
        let default = self
            .default
            .map(|row| serde_json::json!({ "value": row.value, "source": row.source }));
        let standing = match self.standing {
            Standing::Required => "required",
            Standing::Optional => "optional",
            Standing::Checked => "checked",
            Standing::NoEffect => "noEffect",
            Standing::Later => "notBuiltYet",
        };
        serde_json::json!({
            "path": self.path,
            "name": self.name,
            "says": self.says,
            "holds": self.holds,
            "unit": self.unit,
            "default": default,
            "example": self.example,
            "standing": standing,
        })
    }
}

#[cfg(test)]
mod tests;
