//! What every part of the conversion shares: where to report, which defaults applied, which traces
//! were read.

use std::cell::RefCell;
use std::collections::BTreeSet;
use std::path::PathBuf;

use super::consequences;
use super::defaults;
use super::diagnostic::{Diagnostic, nearest, suggestion};
use super::load::{LoadOptions, TraceFile};
use super::node::{Value, quote};
use super::plan::AppliedDefault;
use super::reader::{Field, MapReader, Reader};
use super::source::{Sources, Span};
use super::values;
use crate::catalog::instances::{self, UnknownInstanceType};
use crate::engine::SimDuration;
use crate::engine::distribution::Distribution;
use crate::ids::InstanceTypeId;

/// The hands of the conversion, passed to each of its parts.
pub(super) struct Context<'a> {
    pub(super) reader: &'a Reader,
    pub(super) sources: &'a Sources,
    pub(super) options: &'a LoadOptions,
    /// Instance types of the scenario's own.
    types: RefCell<Vec<InstanceTypeId>>,
    /// The names of those that something is wrong with, which is reported.
    refused_types: RefCell<BTreeSet<String>>,
    log: RefCell<Log>,
}

/// What was taken down on the way.
#[derive(Default)]
pub(super) struct Log {
    applied: BTreeSet<usize>,
    assumptions: Vec<AppliedDefault>,
    pub(super) notes: Vec<String>,
    /// What is said of a scenario that may run; beside errors it would be in their way.
    pub(super) said: Vec<Diagnostic>,
    pub(super) traces: Vec<TraceFile>,
    /// Places of trace paths, and what stands there in the resolved scenario.
    pub(super) renamed: Vec<(Span, String)>,
}

impl<'a> Context<'a> {
    pub(super) fn new(reader: &'a Reader, sources: &'a Sources, options: &'a LoadOptions) -> Self {
        Context {
            reader,
            sources,
            options,
            types: RefCell::default(),
            refused_types: RefCell::default(),
            log: RefCell::new(Log::default()),
        }
    }

    pub(super) fn into_log(self) -> Log {
        self.log.into_inner()
    }

    /// Makes an instance type of the scenario's own known.
    pub(super) fn add_instance_type(&self, id: InstanceTypeId) {
        self.types.borrow_mut().push(id);
    }

    /// Remembers the name of an instance type that something is wrong with.
    pub(super) fn refuse_instance_type(&self, name: &str) {
        self.refused_types.borrow_mut().insert(name.to_owned());
    }

    /// Whether what is wrong with an instance type is reported where the type stands.
    pub(super) fn is_refused_type(&self, name: &str) -> bool {
        self.refused_types.borrow().contains(name)
    }

    /// The scenario's own instance types.
    pub(super) fn own_instance_types(&self) -> Vec<InstanceTypeId> {
        self.types.borrow().clone()
    }

    /// The instance type of this name, the scenario's own or the catalog's.
    pub(super) fn instance_type(&self, name: &str) -> Result<InstanceTypeId, UnknownInstanceType> {
        let types = self.types.borrow();
        let own = types.iter().find(|id| instances::get(**id).name == name);
        own.map_or_else(|| instances::find(name), |id| Ok(*id))
    }

    /// The instance type that a field names, of the catalogue or the scenario's own; reports a
    /// wrong name, unless it was refused where it is described.
    pub(super) fn type_named(&self, field: &Field<'_>) -> Option<InstanceTypeId> {
        let name = field.str()?;
        match self.instance_type(name) {
            Ok(id) => Some(id),
            Err(_) if self.is_refused_type(name) => None,
            Err(unknown) => {
                let wrong = field.error("unknown-name", unknown.to_string());
                wrong.maybe_help(self.instance_type_help(&unknown)).report();
                None
            }
        }
    }

    /// What may have been meant by a wrong name.
    pub(super) fn instance_type_help(&self, wrong: &UnknownInstanceType) -> Option<String> {
        let types = self.types.borrow();
        let own = types.iter().map(|id| instances::get(*id).name);
        suggestion(&wrong.name, own).or_else(|| wrong.help())
    }

    /// Whether an instance type of the scenario's own is of this family.
    pub(super) fn has_own_family(&self, name: &str) -> bool {
        let types = self.types.borrow();
        types.iter().any(|id| instances::get(*id).family() == name)
    }

    /// The value of a default, noted as applied.
    pub(super) fn default_text(&self, path: &str) -> &'static str {
        let index = defaults::index_of(path);
        self.log.borrow_mut().applied.insert(index);
        defaults::TABLE[index].value
    }

    pub(super) fn default_duration(&self, path: &str) -> SimDuration {
        values::duration(self.default_text(path)).expect("the table holds a duration here")
    }

    pub(super) fn default_bytes(&self, path: &str) -> f64 {
        values::size(self.default_text(path)).expect("the table holds a size here") as f64
    }

    pub(super) fn default_f64(&self, path: &str) -> f64 {
        values::number(self.default_text(path)).expect("the table holds a number here")
    }

    pub(super) fn default_u32(&self, path: &str) -> u32 {
        let text = self.default_text(path);
        text.parse().expect("the table holds a whole number here")
    }

    /// A law written as `lognormal, mean 8s, cv 0.4`, in seconds.
    pub(super) fn default_law(&self, path: &str) -> Distribution {
        law_of_text(self.default_text(path)).expect("the table holds a law here")
    }

    /// An assumption that no row of the table has.
    pub(super) fn assume(&self, path: String, value: String, source: &str) {
        let source = source.to_owned();
        let applied = AppliedDefault {
            path,
            value,
            source,
        };
        let mut log = self.log.borrow_mut();
        if !log.assumptions.contains(&applied) {
            log.assumptions.push(applied);
        }
    }

    /// A sentence for the result's list of notes; each once.
    pub(super) fn note(&self, note: String) {
        let mut log = self.log.borrow_mut();
        if !log.notes.contains(&note) {
            log.notes.push(note);
        }
    }

    /// A sentence that is said at its place when the scenario is read, and stands in the result's
    /// list of notes too; each once.
    pub(super) fn say(&self, field: &Field<'_>, code: &'static str, sentence: String) {
        let note = Diagnostic::note(code, sentence);
        self.say_diagnostic(note.at(field.span()).path(field.path()));
    }

    /// As [`Context::say`], of what has no place of its own.
    pub(super) fn say_diagnostic(&self, note: Diagnostic) {
        let mut log = self.log.borrow_mut();
        if log.said.iter().all(|said| said.message != note.message) {
            log.said.push(note);
        }
    }

    /// Takes down a trace's file and where its path stands; says under which name a run's folder
    /// has it.
    pub(super) fn trace_file(&self, place: Span, path: PathBuf, hash: blake3::Hash) {
        let mut log = self.log.borrow_mut();
        let known = log.traces.iter().find(|trace| trace.path == path);
        let name = match known {
            Some(trace) => trace.name_in_run.clone(),
            None => {
                let name = free_name(&path, &log.traces);
                let name_in_run = name.clone();
                log.traces.push(TraceFile {
                    path,
                    hash,
                    name_in_run,
                });
                name
            }
        };
        log.renamed.push((place, name));
    }

    /// The path of a file named in a scenario: relative to the file where the name stands.
    pub(super) fn file_path(&self, field: &Field<'_>) -> Option<PathBuf> {
        let text = field.str()?;
        let home = self.sources.path(field.span().file);
        let base = match home {
            Some(file) => file.parent().map(PathBuf::from).unwrap_or_default(),
            None => self.options.base.clone(),
        };
        Some(base.join(text))
    }
}

impl Log {
    /// Takes back the defaults under any of these paths: nothing in the scenario asks for them.
    pub(super) fn forget(&mut self, paths: &[&str]) {
        let is_used = |index: &usize| {
            let path = defaults::TABLE[*index].path;
            paths.iter().all(|unused| !path.starts_with(unused))
        };
        self.applied.retain(is_used);
    }

    /// All defaults and assumptions that applied: those of the table first, in its order.
    pub(super) fn assumptions(&self) -> Vec<AppliedDefault> {
        let rows = self.applied.iter().map(|index| {
            let row = &defaults::TABLE[*index];
            AppliedDefault {
                path: row.path.to_owned(),
                value: row.value.to_owned(),
                source: row.source.to_owned(),
            }
        });
        rows.chain(self.assumptions.iter().cloned()).collect()
    }
}

/// `traces/name.csv`, or with a number where two files share a name.
fn free_name(path: &std::path::Path, taken: &[TraceFile]) -> String {
    let text = |part: Option<&std::ffi::OsStr>, otherwise: &str| {
        part.map_or(otherwise.to_owned(), |part| {
            part.to_string_lossy().into_owned()
        })
    };
    let stem = text(path.file_stem(), "trace");
    let extension = text(path.extension(), "csv");
    let names = std::iter::once(format!("traces/{stem}.{extension}"))
        .chain((2..).map(|number| format!("traces/{stem}-{number}.{extension}")));
    let mut free = names.filter(|name| taken.iter().all(|trace| trace.name_in_run != *name));
    free.next().expect("numbers do not run out")
}

fn law_of_text(text: &str) -> Option<Distribution> {
    let mut parts = text.split(", ");
    let family = parts.next()?;
    if family == "uniform" {
        let low = values::duration(parts.next()?.strip_prefix("low ")?).ok()?;
        let high = values::duration(parts.next()?.strip_prefix("high ")?).ok()?;
        return Distribution::uniform(low.as_secs_f64(), high.as_secs_f64()).ok();
    }
    let mean = parts.next()?.strip_prefix("mean ")?;
    let cv = parts.next()?.strip_prefix("cv ")?;
    let mean = values::duration(mean).ok()?.as_secs_f64();
    let cv: f64 = cv.parse().ok()?;
    match family {
        "constant" => Distribution::constant(mean).ok(),
        "lognormal" => Distribution::lognormal(mean, cv).ok(),
        _ => None,
    }
}

/// Refuses what the format has and this release does not simulate.
pub(super) fn not_built(field: &Field<'_>) {
    let message = format!("{} is not simulated yet", field.path());
    let help = "remove it, or wait for the release that has it";
    field.error("not-built-yet", message).help(help).report();
}

/// Refuses what a word means that this release does not simulate.
pub(super) fn not_built_value(field: &Field<'_>) {
    let message = format!("{} is not simulated yet", field.node().describe());
    let help = "write another value, or wait for the release that has it";
    field.error("not-built-yet", message).help(help).report();
}

/// Refuses each of the keys that is there and not empty.
pub(super) fn refuse_not_built(map: &mut MapReader<'_>, keys: &[&'static str]) {
    for key in keys {
        if let Some(field) = map.field(key).filter(|field| !is_empty(field)) {
            not_built(&field);
        }
    }
}

/// The same as a warning, for what shows only when something else fails.
pub(super) fn warn_not_built(field: &Field<'_>, what: &str) {
    let message = format!("{what} is not simulated yet");
    field.warning("not-built-yet", message).report();
}

pub(super) fn is_empty(field: &Field<'_>) -> bool {
    match &field.node().value {
        Value::Sequence(items) => items.is_empty(),
        Value::Mapping(entries) => entries.is_empty(),
        Value::Scalar(_) => false,
    }
}

/// The items of a list; more than `max` is an error.
pub(super) fn bounded<'a>(
    map: &mut MapReader<'a>,
    key: &'static str,
    max: usize,
) -> Vec<Field<'a>> {
    let Some(field) = map.field(key) else {
        return Vec::new();
    };
    let items = field.list().unwrap_or_default();
    if max < items.len() {
        let message = format!(
            "{} entries are too many, at most {max} are read",
            items.len()
        );
        field.error("too-many", message).report();
    }
    // Those that are read are there: nobody is told that they are missing.
    items.into_iter().take(max).collect()
}

/// Reports a name that nothing has, with the nearest that something has.
pub(super) fn unknown_name<'n>(
    field: &Field<'_>,
    what: &str,
    name: &str,
    known: impl IntoIterator<Item = &'n str>,
) {
    let known: Vec<&str> = known.into_iter().collect();
    let message = format!("there is no {what} {}", quote(name));
    // Where the name is the key, what is wrong is not the value under it.
    let pending = match field.node().as_text() == Some(name) {
        true => field.error("unknown-name", message),
        false => field.error_at_key("unknown-name", message),
    };
    let text = field.node().as_text();
    let from_aws = text.is_some_and(|text| text.starts_with("arn:"));
    let help =
        match printed_by(what).filter(|_| from_aws && nearest(name, known.clone()).is_empty()) {
            Some(command) => Some(format!("include what {command} prints as well")),
            None => suggestion(name, known),
        };
    let pending = pending.maybe_help(help);
    match consequences::blocks_of(what) {
        [] => pending.report(),
        blocks => pending.misses(blocks, Some(name)).report(),
    }
}

/// The command of the AWS CLI that prints things of this kind, for who included a file that names
/// one by its ARN.
fn printed_by(what: &str) -> Option<&'static str> {
    Some(match what {
        "load balancer" => "aws elbv2 describe-load-balancers",
        "target group" => "aws elbv2 describe-target-groups",
        "task definition" => "aws ecs describe-task-definition",
        "service" => "aws ecs describe-services",
        "capacity provider" => "aws ecs describe-capacity-providers",
        _ => return None,
    })
}

/// Reports a second thing of one name.
pub(super) fn duplicate_name(field: &Field<'_>, what: &str, name: &str) {
    let message = format!("a second {what} {} stands here", quote(name));
    field.error("duplicate-name", message).report();
}

/// Whether a name is good for paths, files and messages; reports if not.
pub(super) fn check_name(field: &Field<'_>, name: &str, max: usize) -> bool {
    let fits = |letter: char| letter.is_ascii_alphanumeric() || letter == '-' || letter == '_';
    let good = !name.is_empty() && name.len() <= max && name.chars().all(fits);
    if !good {
        let message = format!("{} is no name here", quote(name));
        let help = format!("write letters, digits, - and _, at most {max} of them");
        field.error("invalid-name", message).help(help).report();
    }
    good
}

/// A diagnostic of a whole file, without a field.
pub(super) fn global(reader: &Reader, code: &'static str, message: String) {
    reader.push(Diagnostic::error(code, message));
}
