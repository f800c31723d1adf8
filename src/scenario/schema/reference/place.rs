//! The blocks of the format and AWS's, where each stands, and how a path walks through them.

use super::words::{holds, holds_aws};
use super::{Answer, FieldEntry, Standing};
use crate::catalog::fields;
use crate::scenario::defaults::DefaultRow;
use crate::scenario::defaults::neutral;
use crate::scenario::diagnostic::{Diagnostic, suggestion};
use crate::scenario::node::quote;
use crate::scenario::path::{Path, join};
use crate::scenario::schema::aws_reads::{AwsReads, reads};
use crate::scenario::schema::examples::{example, of_aws};
use crate::scenario::schema::table::{BESIDE_AWS, BLOCKS, Block, Kind};

/// A block of fields and where it stands.
#[derive(Clone, Debug)]
pub(super) enum Place {
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
pub(super) struct Inner {
    /// The block.
    pub(super) place: Place,
    is_collection: bool,
}

pub(super) fn block(name: &str) -> Option<&'static Block> {
    BLOCKS.iter().find(|block| block.name == name)
}

impl Place {
    pub(super) fn root() -> Place {
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
    pub(super) fn names(&self) -> Vec<&'static str> {
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
    pub(super) fn entries(&self) -> Vec<FieldEntry> {
        let names = self.names().into_iter();
        names.filter_map(|name| self.entry(name)).collect()
    }

    /// One of its fields.
    pub(super) fn entry(&self, name: &str) -> Option<FieldEntry> {
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
                    unit: None,
                    example: example(block.name, row.name),
                    standing,
                    path,
                })
            }
            Place::Aws { fields, shape, .. } => {
                let row = reads(shape);
                let ours = beside(shape).find(|(known, _)| *known == name);
                let aws = fields.field(name);
                let shown = of_aws(shape, name);
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
                    unit: shown.and_then(|shown| shown.unit),
                    example: shown.map(|shown| shown.example),
                    standing,
                    path,
                })
            }
        }
    }

    /// The blocks that one of its fields leads to.
    pub(super) fn inner(&self, name: &str) -> Vec<Inner> {
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

    pub(super) fn find(&self, whole: &Path, steps: &[String]) -> Result<Answer, Box<Diagnostic>> {
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
    /// first that leads on. A name of the user's leads to what such names have.
    fn any(&self, whole: &Path, steps: &[String]) -> Option<Answer> {
        let (name, rest) = steps.split_first().filter(|(_, rest)| !rest.is_empty())?;
        let mut inners: Vec<Inner> = Vec::new();
        if name == "*" {
            inners.extend(self.names().into_iter().flat_map(|name| self.inner(name)));
        }
        if let Place::Ours { block, path } = self
            && let Some(kind) = block.any_key
        {
            inners.extend(inner(kind, &join(path, "*")));
        }
        let mut places = inners.iter().map(|inner| &inner.place);
        places.find_map(|place| place.find(whole, rest).ok())
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

pub(super) fn effect(row: &AwsReads, name: &str) -> Option<&'static str> {
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
    if path == "aws.queues.*.Attributes" || path == "aws.queues[*].Attributes" {
        return neutral::find("aws.queues.*.Attributes.VisibilityTimeout");
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

pub(super) fn inner(kind: Kind, path: &str) -> Vec<Inner> {
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
