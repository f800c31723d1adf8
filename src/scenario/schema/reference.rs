//! The reference of the format's fields: what each holds, its default with its source, an example;
//! for AWS's fields, what the simulation does with them. All of it from the tables that the reader
//! and its tests are held to.

mod markdown;
mod text;
mod words;

use super::aws_reads::{AwsReads, reads};
use super::examples::example;
use super::table::{BESIDE_AWS, BLOCKS, Block, Kind};
use crate::catalog::fields;
use crate::scenario::defaults::DefaultRow;
use crate::scenario::defaults::neutral;
use crate::scenario::diagnostic::Diagnostic;
use crate::scenario::diagnostic::suggestion;
use crate::scenario::node::quote;
use crate::scenario::path::{Path, join};

pub use markdown::page;
pub use text::explain;
use words::{holds, holds_aws};

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

/// A block of fields and where it stands.
#[derive(Clone, Debug)]
enum Place {
    Ours {
        block: &'static Block,
        path: String,
    },
    Aws {
        fields: fields::Block,
        shape: String,
        path: String,
    },
}

/// A block that a field leads to; of a collection, each entry is one.
struct Inner {
    place: Place,
    is_collection: bool,
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

/// Paths of the table of defaults, as results list them, that are shorter than where the field
/// stands.
const SHORT: [(&str, &str); 5] = [
    (
        "aws.cluster.settings.containerInsights",
        "aws.cluster.settings",
    ),
    (
        "aws.targetGroups.*.attributes.deregistration_delay.timeout_seconds",
        "aws.targetGroups.*.attributes[deregistration_delay.timeout_seconds]",
    ),
    (
        "aws.targetGroups.*.attributes.load_balancing.algorithm.type",
        "aws.targetGroups.*.attributes[load_balancing.algorithm.type]",
    ),
    (
        "aws.scalingPolicies.*.ScaleOutCooldown",
        "aws.scalingPolicies.*.TargetTrackingScalingPolicyConfiguration.ScaleOutCooldown",
    ),
    (
        "aws.scalingPolicies.*.ScaleInCooldown",
        "aws.scalingPolicies.*.TargetTrackingScalingPolicyConfiguration.ScaleInCooldown",
    ),
];

fn block(name: &str) -> Option<&'static Block> {
    BLOCKS.iter().find(|block| block.name == name)
}

impl Place {
    fn root() -> Place {
        Place::Ours {
            block: &BLOCKS[0],
            path: String::new(),
        }
    }

    fn path(&self) -> &str {
        match self {
            Place::Ours { path, .. } | Place::Aws { path, .. } => path,
        }
    }

    /// The names of its fields.
    fn names(&self) -> Vec<&'static str> {
        match self {
            Place::Ours { block, .. } => block.fields.iter().map(|row| row.name).collect(),
            Place::Aws { fields, shape, .. } => {
                let mut names = fields.names();
                names.extend(beside(shape).map(|(name, _)| name));
                names.sort_unstable();
                names.dedup();
                names
            }
        }
    }

    /// All of its fields.
    fn entries(&self) -> Vec<FieldEntry> {
        let names = self.names().into_iter();
        names.filter_map(|name| self.entry(name)).collect()
    }

    /// One of its fields.
    fn entry(&self, name: &str) -> Option<FieldEntry> {
        let path = join(self.path(), name);
        match self {
            Place::Ours { block, .. } => {
                let row = block.fields.iter().find(|row| row.name == name)?;
                let standing = match row.kind {
                    Kind::Later => Standing::Later,
                    _ if block.required.contains(&row.name) => Standing::Required,
                    _ => Standing::Optional,
                };
                Some(FieldEntry {
                    name: row.name,
                    says: row.doc,
                    holds: holds(row.kind),
                    default: default_of(&path),
                    example: example(block.name, row.name),
                    standing,
                    path,
                })
            }
            Place::Aws { fields, shape, .. } => {
                let row = reads(shape);
                let ours = beside(shape).find(|(known, _)| *known == name);
                let aws = fields.field(name);
                let effect = row.and_then(|row| effect(row, name));
                let is_checked = row.is_some_and(|row| row.checks.contains(&name));
                let standing = match (effect, ours) {
                    (Some(_), _) | (_, Some(_)) => Standing::Optional,
                    (None, None) if is_checked => Standing::Checked,
                    (None, None) => Standing::NoEffect,
                };
                let holds = match (aws, ours) {
                    (Some(field), _) => holds_aws(field.kind),
                    (None, Some((_, kind))) => holds(kind),
                    (None, None) => return None,
                };
                Some(FieldEntry {
                    name: aws.map(|field| field.name).or(ours.map(|ours| ours.0))?,
                    says: effect.unwrap_or_default(),
                    holds,
                    default: default_of(&path),
                    example: None,
                    standing,
                    path,
                })
            }
        }
    }

    /// The blocks that one of its fields leads to.
    fn inner(&self, name: &str) -> Vec<Inner> {
        let path = join(self.path(), name);
        match self {
            Place::Ours { block, .. } => {
                let row = block.fields.iter().find(|row| row.name == name);
                row.map(|row| inner(row.kind, &path)).unwrap_or_default()
            }
            Place::Aws { fields, shape, .. } => {
                if let Some((_, kind)) = beside(shape).find(|(known, _)| *known == name) {
                    return inner(kind, &path);
                }
                aws_inner(fields, shape, (name, &path))
                    .into_iter()
                    .collect()
            }
        }
    }

    fn find(&self, whole: &Path, steps: &[String]) -> Result<Answer, Box<Diagnostic>> {
        let (name, rest) = steps.split_first().expect("a path has a step here");
        let Some(entry) = self.entry(name) else {
            return self.any(whole, steps).ok_or_else(|| self.miss(whole, name));
        };
        let mut fields = Vec::new();
        let mut missed = None;
        for inner in self.inner(name) {
            let place = &inner.place;
            let rest = match rest.split_first() {
                Some((step, after)) if inner.is_collection && place.entry(step).is_none() => {
                    // A name of the user's, or an index; at the end it may be a slip for a field.
                    if after.is_empty() && place.is_slip(step) {
                        return Err(place.miss(whole, step));
                    }
                    after
                }
                _ => rest,
            };
            if rest.is_empty() {
                fields.extend(place.entries());
                continue;
            }
            match place.find(whole, rest) {
                Ok(found) => return Ok(found),
                Err(miss) => missed = missed.or(Some(miss)),
            }
        }
        match missed {
            Some(miss) => Err(miss),
            // Values by names of the user's, and values alone: there is nothing inside of them.
            None => Ok(Answer {
                field: Some(entry),
                fields,
            }),
        }
    }

    /// What `*` leads to in a block of the format's own names, such as those of the providers: the
    /// first that leads on.
    fn any(&self, whole: &Path, steps: &[String]) -> Option<Answer> {
        let (_, rest) = steps
            .split_first()
            .filter(|(name, rest)| *name == "*" && !rest.is_empty())?;
        let mut inners = self.names().into_iter().flat_map(|name| self.inner(name));
        inners.find_map(|inner| inner.place.find(whole, rest).ok())
    }

    fn is_slip(&self, step: &str) -> bool {
        suggestion(step, self.names()).is_some_and(|help| help.starts_with("did you mean"))
    }

    fn miss(&self, whole: &Path, name: &str) -> Box<Diagnostic> {
        let here = match self.path() {
            "" => "a scenario",
            path => path,
        };
        let (whole, field) = (quote(&whole.to_string()), quote(name));
        let message = format!("the path {whole} leads nowhere: {here} has no field {field}");
        let help = suggestion(name, self.names());
        Box::new(Diagnostic::error("no-such-path", message).maybe_help(help))
    }
}

/// Fields of ours in a shape of AWS's.
fn beside(shape: &str) -> impl Iterator<Item = (&'static str, Kind)> + '_ {
    let rows = BESIDE_AWS.iter().filter(move |row| row.0 == shape);
    rows.map(|row| (row.1, row.2))
}

fn effect(row: &AwsReads, name: &str) -> Option<&'static str> {
    let mut effects = row.effects.iter();
    effects
        .find(|(known, _)| *known == name)
        .map(|(_, effect)| *effect)
}

/// The default of the field at a path. The table's paths are shorter where a field may stand at
/// several places (a trace's options beside it or in a block) or deep inside of a shape of AWS's.
fn default_of(path: &str) -> Option<&'static DefaultRow> {
    if path == "aws.cluster.settings" {
        return neutral::find("aws.cluster.settings.containerInsights");
    }
    if path.starts_with("world.spot.") && path.contains(".advanced.") {
        return neutral::find("world.spot.*.advanced");
    }
    let plain = path
        .replace(".arrivals.rate.", ".rate.")
        .replace(".rate.trace.", ".rate.")
        .replace(".TargetTrackingScalingPolicyConfiguration.", ".");
    neutral::find(path).or_else(|| neutral::find(&plain))
}

fn inner(kind: Kind, path: &str) -> Vec<Inner> {
    let of = |name: &str, path: String, is_collection| {
        let place = |block| Place::Ours { block, path };
        block(name).map(|block| Inner {
            place: place(block),
            is_collection,
        })
    };
    let aws = |shape: &str, path: String, is_collection| {
        let fields = fields::Block::new(shape)?;
        let shape = shape.to_owned();
        Some(Inner {
            place: Place::Aws {
                fields,
                shape,
                path,
            },
            is_collection,
        })
    };
    let each = || format!("{path}.*");
    match kind {
        Kind::Block(name) => of(name, path.to_owned(), false).into_iter().collect(),
        Kind::Blocks(name) | Kind::ByName(name) => of(name, each(), true).into_iter().collect(),
        Kind::Aws(shape) => aws(shape, path.to_owned(), false).into_iter().collect(),
        Kind::AwsList(shape) => aws(shape, each(), true).into_iter().collect(),
        Kind::Or(first, second) => {
            let mut both = inner(*first, path);
            both.extend(inner(*second, path));
            both
        }
        Kind::Text
        | Kind::Integer { .. }
        | Kind::Number
        | Kind::Switch
        | Kind::Words(_)
        | Kind::Value(_)
        | Kind::TextOrTexts
        | Kind::Any
        | Kind::Later => Vec::new(),
    }
}

/// The block in a field of AWS's, if it holds one.
fn aws_inner(fields: &fields::Block, shape: &str, (name, path): (&str, &str)) -> Option<Inner> {
    let api = shape.split('.').next().unwrap_or_default();
    let (inner, is_collection) = match fields.field(name)?.kind {
        fields::Kind::Structure(inner) => (inner, false),
        fields::Kind::Structures(inner) => (inner, true),
        fields::Kind::Scalar(_) | fields::Kind::Other(_) => return None,
    };
    let path = match is_collection {
        true => format!("{path}.*"),
        false => path.to_owned(),
    };
    Some(Inner {
        place: Place::Aws {
            fields: fields.inner(name)?,
            shape: format!("{api}.{inner}"),
            path,
        },
        is_collection,
    })
}

#[cfg(test)]
mod tests;
