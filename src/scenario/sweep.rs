//! `sweep:`: which parameters are varied, and how often each cell is run.

use super::context::{Context, bounded, duplicate_name};
use super::node::Node;
use super::path::Path;
use super::reader::{Field, MapReader};
use super::resolved::one_line;
use super::source::Span;

const PARAMETERS_MAX: usize = 32;
const VALUES_MAX: usize = 10_000;
/// The most cells of a grid.
const CELLS_MAX: u64 = 1_000_000;

/// The grid of a sweep.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct SweepPlan {
    /// Runs a cell.
    pub replications: u32,
    /// What is varied; the grid is the product of their values.
    pub parameters: Vec<SweepParameter>,
    /// The label of each parameter in the cell that others are compared with.
    pub baseline: Option<Vec<String>>,
    /// Where it stands in the file.
    pub place: Span,
}

/// One parameter of a sweep.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct SweepParameter {
    /// Its name, a column of the results.
    pub name: String,
    /// The paths that move together.
    pub paths: Vec<String>,
    /// Where they stand in the file.
    pub places: Vec<Span>,
    /// Its values.
    pub values: Vec<SweepValue>,
}

/// One value of a parameter.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct SweepValue {
    /// How tables show it.
    pub label: String,
    /// What is set at each path, as YAML on one line.
    pub settings: Vec<String>,
    /// Where it stands in the file.
    pub place: Span,
}

impl SweepParameter {
    /// Paths and values to set for the value of this index, as [`super::LoadOptions::set`] wants
    /// them.
    pub fn set(&self, value: usize) -> Vec<(String, String)> {
        let settings = &self.values[value].settings;
        self.paths
            .iter()
            .cloned()
            .zip(settings.iter().cloned())
            .collect()
    }
}

/// Reads the block; paths are checked against the tree.
pub(super) fn read(cx: &Context<'_>, root: &mut MapReader<'_>, tree: &Node) -> Option<SweepPlan> {
    let field = root.field("sweep")?;
    let place = field.span();
    let mut map = field.map()?;
    let replications = map.u32("replications", 1..=10_000);
    let mut parameters: Vec<SweepParameter> = Vec::new();
    let block = map.field("parameters");
    if let Some(mut entries) = block.as_ref().and_then(|field| field.map()) {
        for (key, field) in entries.entries() {
            let Some(parameter) = parameter(&field, &key.text, tree) else {
                continue;
            };
            if PARAMETERS_MAX <= parameters.len() {
                let message = format!("a sweep has at most {PARAMETERS_MAX} parameters");
                field.error("too-many", message).report();
                break;
            }
            say_if_taken(&field, &parameter, &parameters);
            parameters.push(parameter);
        }
        entries.finish();
    }
    let cells = parameters.iter().map(|it| it.values.len() as u64);
    let cells = cells.fold(1_u64, u64::saturating_mul);
    if CELLS_MAX < cells {
        let message = format!("the grid has {cells} cells, at most {CELLS_MAX} are run");
        map.error("too-many", message).report();
    }
    let baseline = map
        .field("baseline")
        .and_then(|field| baseline(&field, &parameters));
    map.finish();
    Some(SweepPlan {
        replications: replications.unwrap_or_else(|| cx.default_u32("sweep.replications")),
        parameters,
        baseline,
        place,
    })
}

/// Two parameters of one path: the later one would undo the other.
fn say_if_taken(field: &Field<'_>, parameter: &SweepParameter, before: &[SweepParameter]) {
    for path in &parameter.paths {
        let taken = before.iter().find(|it| it.paths.contains(path));
        if let Some(taken) = taken {
            let message = format!("the parameter {} sets {path} already", taken.name);
            let help = "one parameter a path: put all its values into one list";
            field.error("duplicate-path", message).help(help).report();
        }
    }
}

fn parameter(field: &Field<'_>, name: &str, tree: &Node) -> Option<SweepParameter> {
    let mut map = field.map()?;
    let mut fields: Vec<Field<'_>> = map.field("path").into_iter().collect();
    fields.extend(map.list("paths"));
    let values = values(&mut map);
    if fields.is_empty() {
        map.error("missing-field", "\"path\" is missing").report();
    }
    if values.is_empty() {
        map.error("missing-field", "\"values\" is missing or empty")
            .report();
    }
    map.finish();
    let paths: Vec<String> = fields
        .iter()
        .filter_map(|it| checked_path(it, tree))
        .collect();
    if paths.len() < fields.len() || paths.is_empty() || values.is_empty() {
        return None;
    }
    let mut read: Vec<SweepValue> = Vec::new();
    for (name, value) in &values {
        let settings = settings(value, paths.len())?;
        let label = name.map_or_else(|| one_line(value.node()), str::to_owned);
        if read.iter().any(|known| known.label == label) {
            duplicate_name(value, "value", &label);
        }
        let place = value.span();
        read.push(SweepValue {
            label,
            settings,
            place,
        });
    }
    Some(SweepParameter {
        name: name.to_owned(),
        paths,
        places: fields.iter().map(|field| field.span()).collect(),
        values: read,
    })
}

/// `values`: a list, or blocks by names of the user's, which tables then show instead.
fn values<'a>(map: &mut MapReader<'a>) -> Vec<(Option<&'a str>, Field<'a>)> {
    let named = map.field("values").filter(Field::is_mapping);
    let Some(mut named) = named.and_then(|field| field.map()) else {
        let listed = bounded(map, "values", VALUES_MAX);
        return listed.into_iter().map(|value| (None, value)).collect();
    };
    let entries = named.entries();
    let entries = entries.into_iter().take(VALUES_MAX);
    let entries = entries.map(|(key, value)| (Some(key.text.as_str()), value));
    let entries = entries.collect();
    named.finish();
    entries
}

/// A path that can be set: it leads somewhere, or to a new key of a mapping that is there.
fn checked_path(field: &Field<'_>, tree: &Node) -> Option<String> {
    let text = field.str()?;
    let tried = Path::parse(text).and_then(|path| {
        let is_own = text.split(['.', '[']).next() == Some("sweep");
        if is_own {
            let message = "a sweep can't vary itself";
            return Err(Box::new(super::diagnostic::Diagnostic::error(
                "invalid-path",
                message,
            )));
        }
        let mut copy = tree.clone();
        path.set(&mut copy, Node::plain("", field.span()))
    });
    match tried {
        Ok(()) => Some(text.to_owned()),
        Err(wrong) => {
            field
                .error(wrong.code, wrong.message.clone())
                .maybe_help(wrong.help.clone())
                .report();
            None
        }
    }
}

/// One value for all paths, or a list with one for each.
fn settings(value: &Field<'_>, paths: usize) -> Option<Vec<String>> {
    let whole = || vec![one_line(value.node()); paths];
    match value.node().as_sequence() {
        Some(items) if 1 < paths => {
            if items.len() == paths {
                return Some(items.iter().map(one_line).collect());
            }
            let message = format!(
                "found {} values, expected one for each of {paths} paths",
                items.len()
            );
            value.error("invalid-value", message).report();
            None
        }
        _ => Some(whole()),
    }
}

/// `baseline: { spotWeight: 0 }`; parameters left out are at their first value.
fn baseline(field: &Field<'_>, parameters: &[SweepParameter]) -> Option<Vec<String>> {
    let mut map = field.map()?;
    let mut labels: Vec<String> = parameters
        .iter()
        .map(|parameter| parameter.values[0].label.clone())
        .collect();
    for (key, value) in map.entries() {
        let Some(index) = parameters.iter().position(|it| it.name == key.text) else {
            let known = parameters.iter().map(|it| it.name.as_str());
            super::context::unknown_name(&value, "parameter", &key.text, known);
            continue;
        };
        let label = one_line(value.node());
        if parameters[index]
            .values
            .iter()
            .all(|known| known.label != label)
        {
            let known = parameters[index].values.iter().map(|it| it.label.as_str());
            super::context::unknown_name(&value, "value", &label, known);
        }
        labels[index] = label;
    }
    map.finish();
    Some(labels)
}
