//! `sweep:`: which parameters are varied, and how often each cell is run.

use super::context::{Context, bounded, duplicate_name};
use super::node::Node;
use super::path::Path;
use super::reader::{Field, MapReader};
use super::resolved::one_line;
use super::source::Span;

mod baseline;
pub mod design;
pub mod optimize;
mod probabilities;
pub mod range;
mod warm_up;

pub use design::{Design, Precision, Replications, Until};
pub use optimize::{OptimizePlan, SearchPlan};
pub use range::ValueRange;
pub use warm_up::{PilotMetric, WarmUpPlan};

const PARAMETERS_MAX: usize = 32;
const VALUES_MAX: usize = 10_000;
/// A sweep as a scenario asks for it.
#[derive(Clone, PartialEq, Debug)]
pub struct SweepPlan {
    /// How its points are laid out.
    pub design: Design,
    /// Runs a cell.
    pub replications: Replications,
    /// What is varied.
    pub parameters: Vec<SweepParameter>,
    /// The value of each parameter in the cell that others are compared with.
    pub baseline: Option<Vec<SweepValue>>,
    /// Where it stands in the file.
    pub place: Span,
    /// How the warm-up of its runs is found; `None`: `run` says it.
    pub warm_up: Option<WarmUpPlan>,
    /// Which of its cells is wanted.
    pub optimize: Option<OptimizePlan>,
}

/// One parameter of a sweep.
#[derive(Clone, PartialEq, Debug)]
pub struct SweepParameter {
    /// Its name, a column of the results.
    pub name: String,
    /// The paths that move together.
    pub paths: Vec<String>,
    /// Where they stand in the file.
    pub places: Vec<Span>,
    /// Its values; of a range those of a grid.
    pub values: Vec<SweepValue>,
    /// The range that they are of.
    pub range: Option<ValueRange>,
    /// How likely each of the values is; they add up to 1.
    pub probabilities: Option<Vec<f64>>,
}

/// Whose a parameter is.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Role {
    /// The user decides it.
    Choice,
    /// The user has to live with it.
    Assumption,
}

/// One value of a parameter.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct SweepValue {
    /// How tables show it.
    pub label: String,
    /// What is set at each path, as YAML on one line; one for all of them where it stands alone,
    /// none where the scenario stays as it is.
    pub settings: Vec<String>,
    /// Where it stands in the file.
    pub place: Span,
}

impl SweepParameter {
    /// Paths and values to set for a value of it, as [`super::LoadOptions::set`] wants them.
    pub fn set(&self, value: &SweepValue) -> Vec<(String, String)> {
        let settings = value.settings.iter().cycle().cloned();
        self.paths.iter().cloned().zip(settings).collect()
    }

    /// The value for `uniform`, a draw between 0 and 1.
    pub fn drawn(&self, uniform: f64) -> SweepValue {
        let count = self.values.len();
        let index = match (&self.range, &self.probabilities) {
            (Some(range), _) => return range.drawn(uniform),
            (None, Some(probabilities)) => probabilities::drawn(probabilities, uniform),
            (None, None) => libm::floor(uniform * count as f64) as usize,
        };
        self.values[index.min(count - 1)].clone()
    }

    /// Its two ends: the ends of its range, or the first and the last of its values.
    pub fn ends(&self) -> [SweepValue; 2] {
        match &self.range {
            Some(range) => [range.at(0.0), range.at(1.0)],
            None => [0, self.values.len() - 1].map(|index| self.values[index].clone()),
        }
    }

    /// Whose it is: what moves anything of `aws` or `whatIf` is a choice.
    pub fn role(&self) -> Role {
        let is_choice = |path: &String| {
            let root = path.trim_start().split(['.', '[']).next();
            matches!(root, Some("aws" | "whatIf"))
        };
        match self.paths.iter().any(is_choice) {
            true => Role::Choice,
            false => Role::Assumption,
        }
    }
}

/// Reads the block; paths are checked against the tree.
pub(super) fn read(cx: &Context<'_>, root: &mut MapReader<'_>, tree: &Node) -> Option<SweepPlan> {
    let (optimize, search) = optimize::read(cx, root).unzip();
    let field = root.field("sweep")?;
    let place = field.span();
    let mut map = field.map()?;
    let design = design::design(cx, &mut map);
    if let (Some(search), false) = (search.flatten(), design == Design::Grid) {
        let message = "a search proposes its own points, so that the sweep's design is not played";
        let help = "leave sweep.design out, or optimize.search to play the design's points";
        search
            .error_at_key("invalid-value", message)
            .help(help)
            .report();
    }
    let replications = design::replications(cx, &mut map);
    let warm_up = warm_up::read(cx, &mut map);
    let mut parameters: Vec<SweepParameter> = Vec::new();
    let block = map.field("parameters");
    if let Some(mut entries) = block.as_ref().and_then(|field| field.map()) {
        for (key, field) in entries.entries() {
            let Some(parameter) = parameter(cx, (&field, &key.text), tree) else {
                continue;
            };
            if PARAMETERS_MAX <= parameters.len() {
                let message = format!("a sweep has at most {PARAMETERS_MAX} parameters");
                field.error("too-many", message).report();
                break;
            }
            say_if_taken(&field, &parameter, (&parameters, tree));
            probabilities::say_if_unused(&field, &parameter, design);
            parameters.push(parameter);
        }
        entries.finish();
    }
    let chosen = map.field("baseline");
    let baseline = baseline::read(chosen.as_ref(), &parameters, (design, tree));
    map.finish();
    Some(SweepPlan {
        design,
        replications,
        parameters,
        baseline,
        place,
        warm_up,
        optimize,
    })
}

/// Two parameters that set one thing, or a part of it: the later one would undo the other.
fn say_if_taken(
    field: &Field<'_>,
    parameter: &SweepParameter,
    (before, tree): (&[SweepParameter], &Node),
) {
    let place = |path: &str| Path::parse(path).map(|path| path.places(tree));
    let meet = |one: &str, other: &str| match (place(one), place(other)) {
        (Ok(one), Ok(other)) => one.starts_with(&other) || other.starts_with(&one),
        _ => false,
    };
    for path in &parameter.paths {
        let taken = before.iter().find_map(|it| {
            let known = it.paths.iter().find(|known| meet(known, path))?;
            Some((&it.name, known))
        });
        if let Some((name, known)) = taken {
            let message = match known == path {
                true => format!("the parameter {name} sets {path} already"),
                false => format!(
                    "the parameter {name} sets {known}, which {path} is, holds or is part of"
                ),
            };
            let help = "one parameter a path: put all its values into one list";
            field.error("duplicate-path", message).help(help).report();
        }
    }
}

/// `path`, or `paths` that move together.
fn paths<'a>(map: &mut MapReader<'a>) -> Vec<Field<'a>> {
    let mut fields: Vec<Field<'a>> = map.field("path").into_iter().collect();
    let together = map.list("paths");
    if let (false, Some(second)) = (fields.is_empty(), together.first()) {
        let message = "a parameter has either path or paths";
        let help = "write all of them into paths";
        second.error("two-paths", message).help(help).report();
    }
    fields.extend(together);
    fields
}

/// Why a sweep can't vary a path, and what to do instead.
fn not_to_vary(text: &str) -> Option<(&'static str, &'static str)> {
    let path = Path::parse(text).ok()?;
    let steps: Vec<&str> = path.steps().iter().map(String::as_str).collect();
    match steps[..] {
        ["sweep", ..] => Some(("a sweep can't vary itself", "take another path")),
        ["objectives", ..] => Some((
            "a sweep judges all cells by the same objectives",
            "write each bound as an objective of its own",
        )),
        _ => None,
    }
}

fn parameter(
    cx: &Context<'_>,
    (field, name): (&Field<'_>, &str),
    tree: &Node,
) -> Option<SweepParameter> {
    let mut map = field.map()?;
    let fields = paths(&mut map);
    let values = values(&mut map);
    let probabilities = map.field("probabilities");
    let ranges = (map.field("range"), map.field("logRange"));
    if ranges.0.is_some() || ranges.1.is_some() {
        if let Some(probabilities) = &probabilities {
            probabilities::say_of_range(probabilities);
        }
        let read = range::read(ranges, cx.options.values_max);
        return ranged(map, (name, &fields, !values.is_empty()), (read, tree));
    }
    if fields.is_empty() {
        map.error("missing-field", "\"path\" is missing").report();
    }
    // One that is no list is said at its place already.
    let is_said = |it: Field<'_>| !it.is_list() && !it.is_mapping();
    if values.is_empty() && !map.field("values").is_some_and(is_said) {
        map.error(
            "missing-field",
            "\"values\" is missing or empty, and there is no range",
        )
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
        if read.iter().any(|known| is_same(&known.label, &label)) {
            duplicate_name(value, "value", &label);
        }
        let place = value.span();
        read.push(SweepValue {
            label,
            settings,
            place,
        });
    }
    let probabilities = probabilities.and_then(|it| probabilities::read(&it, &read));
    Some(SweepParameter {
        name: name.to_owned(),
        paths,
        places: fields.iter().map(|field| field.span()).collect(),
        values: read,
        range: None,
        probabilities,
    })
}

/// Whether two values are one: `50` and `50.0` are.
fn is_same(one: &str, other: &str) -> bool {
    match (one.parse::<f64>(), other.parse::<f64>()) {
        (Ok(one), Ok(other)) => one == other,
        _ => one == other,
    }
}

/// A parameter with a range instead of values.
fn ranged(
    map: MapReader<'_>,
    (name, fields, has_values): (&str, &[Field<'_>], bool),
    (read, tree): (Option<(ValueRange, Vec<SweepValue>)>, &Node),
) -> Option<SweepParameter> {
    if has_values {
        let message = "a parameter has either values or a range";
        map.error("two-ranges", message).report();
    }
    if fields.is_empty() {
        map.error("missing-field", "\"path\" is missing").report();
    }
    map.finish();
    let paths: Vec<String> = fields
        .iter()
        .filter_map(|it| checked_path(it, tree))
        .collect();
    let (range, values) = read?;
    (!paths.is_empty() && paths.len() == fields.len() && !has_values).then(|| SweepParameter {
        name: name.to_owned(),
        paths,
        places: fields.iter().map(|field| field.span()).collect(),
        values,
        range: Some(range),
        probabilities: None,
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
    if Path::parse(text).is_ok_and(|path| path.steps() == ["run", "seed"]) {
        let message =
            "cells of another seed meet other draws: what differs between them is chance too";
        let help = "replications play each cell under other draws, all cells under the same";
        field.warning("seed-varied", message).help(help).report();
    }
    let tried = Path::parse(text).and_then(|path| {
        if let Some((message, help)) = not_to_vary(text) {
            let wrong = super::diagnostic::Diagnostic::error("invalid-path", message);
            return Err(Box::new(wrong.help(help)));
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
