//! A scenario with one entry more in one of its lists, as a command asks for it.

use super::diagnostic::{Diagnostic, Diagnostics};
use super::node::{self, Node, Value};
use super::path::Path;
use super::{Failure, LoadOptions, Loaded, load_tree};

/// Loads a scenario once more with `entry`, YAML on one line, at the end of the list at `path`,
/// which may be missing. `options` are those that it was loaded with; messages point into a
/// pseudo-file called `said`.
///
/// # Errors
/// As [`super::load`].
pub fn with_entry(
    loaded: &Loaded,
    options: &LoadOptions,
    path: &str,
    (said, entry): (&str, &str),
) -> Result<Loaded, Failure> {
    let mut sources = loaded.sources.clone();
    let file = sources.add(said, entry);
    let mut diagnostics = Diagnostics::new();
    let mut tree = loaded.tree.clone();
    let parsed = node::parse_text(entry, file, &mut diagnostics);
    let place = Path::parse(path);
    let set = match (parsed, place) {
        (Some(entry), Ok(place)) => add(&mut tree, &place, entry),
        (_, Err(wrong)) => Err(wrong),
        (None, Ok(_)) => Ok(()),
    };
    if let Err(wrong) = set {
        diagnostics.push(*wrong);
    }
    if diagnostics.has_errors() {
        return Err(Failure {
            diagnostics,
            sources,
        });
    }
    // The tree has the command line's values in it already.
    let options = LoadOptions {
        set: Vec::new(),
        ..options.clone()
    };
    load_tree(&tree, &sources, &loaded.plan.name, &options)
}

fn add(tree: &mut Node, place: &Path, entry: Node) -> Result<(), Box<Diagnostic>> {
    let span = entry.span;
    let mut entries = match place.get(tree) {
        Ok(Node {
            value: Value::Sequence(entries),
            ..
        }) => entries.clone(),
        _ => Vec::new(),
    };
    entries.push(entry);
    let value = Value::Sequence(entries);
    place.set(tree, Node { value, span })
}
