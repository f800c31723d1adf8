//! A mapping that remembers which of its keys were asked for.

use std::ops::RangeInclusive;

use super::{Field, Ignored, Pending, Problem, Reader};
use crate::catalog::fields::Block;
use crate::engine::time::SimDuration;
use crate::scenario::diagnostic::{Severity, suggestion};
use crate::scenario::node::{Key, Node, quote};
use crate::scenario::path::join;
use crate::scenario::source::Span;
use crate::units::MicroUsd;

/// Reads a mapping; ends with [`finish`](MapReader::finish), [`finish_aws`](MapReader::finish_aws)
/// or [`finish_open`](MapReader::finish_open).
#[derive(Debug)]
#[must_use = "finish it, or unknown fields go unnoticed"]
pub struct MapReader<'a> {
    reader: &'a Reader,
    entries: &'a [(Key, Node)],
    taken: Vec<bool>,
    known: Vec<&'static str>,
    /// How another API spells names that are asked for: ours, its.
    spelling: &'static [(&'static str, &'static str)],
    span: Span,
    path: String,
}

impl<'a> MapReader<'a> {
    pub(super) fn new(
        reader: &'a Reader,
        entries: &'a [(Key, Node)],
        (span, path): (Span, String),
    ) -> Self {
        MapReader {
            reader,
            entries,
            taken: vec![false; entries.len()],
            known: vec![],
            spelling: &[],
            span,
            path,
        }
    }

    /// Where the mapping stands.
    pub fn span(&self) -> Span {
        self.span
    }

    /// Its path, such as `aws.services.api`.
    pub fn path(&self) -> &str {
        &self.path
    }

    /// From here on names are asked for in one API's spelling and stand there in another's: pairs
    /// of the one and the other.
    pub fn spelled(mut self, names: &'static [(&'static str, &'static str)]) -> Self {
        self.spelling = names;
        self
    }

    fn name_here<'n>(&self, name: &'n str) -> &'n str {
        let pair = self.spelling.iter().find(|(asked, _)| *asked == name);
        pair.map_or(name, |(_, here)| here)
    }

    /// The field, if it is there and not null.
    pub fn field(&mut self, name: &'static str) -> Option<Field<'a>> {
        let name = self.name_here(name);
        // Some are asked for twice, by those who look ahead.
        if !self.known.contains(&name) {
            self.known.push(name);
        }
        let index = self.entries.iter().position(|(key, _)| key.text == name)?;
        self.taken[index] = true;
        let node = &self.entries[index].1;
        (!node.is_null()).then(|| Field::new(self.reader, node, join(&self.path, name)))
    }

    /// The field; reports it as missing if it is not there.
    pub fn required(&mut self, name: &'static str) -> Option<Field<'a>> {
        let field = self.field(name);
        if field.is_none() {
            self.error("missing-field", format!("{} is missing", quote(name)))
                .report();
        }
        field
    }

    /// Whether the field is there, null or not; does not count as asking for it.
    pub fn has(&self, name: &str) -> bool {
        let name = self.name_here(name);
        self.entries.iter().any(|(key, _)| key.text == name)
    }

    /// The names of all its entries.
    pub fn names(&self) -> Vec<&'a str> {
        let names = self.entries.iter().map(|(key, _)| key.text.as_str());
        names.collect()
    }

    /// The texts under `key` of the entries of a list that `is_meant` holds for, sound entries or
    /// not: who names one that was refused has done nothing wrong.
    pub fn names_in(
        &mut self,
        list: &'static str,
        key: &str,
        is_meant: impl Fn(&Node) -> bool,
    ) -> Vec<String> {
        let all = self.field(list);
        let all = all.and_then(|field| field.node().as_sequence());
        let meant = all.unwrap_or_default().iter().filter(|it| is_meant(it));
        let names = meant.filter_map(|it| it.get(key)?.as_text());
        names.map(str::to_owned).collect()
    }

    /// The entry under a name of the user's, if it was not asked for: one that is `known`, or a
    /// mapping; what else stands under an unknown name is an unknown field.
    pub fn named(&mut self, name: &str, known: bool) -> Option<Field<'a>> {
        let free = |(at, (key, _)): &(usize, &(Key, Node))| key.text == name && !self.taken[*at];
        let (index, (key, node)) = self.entries.iter().enumerate().find(free)?;
        if !known && node.as_mapping().is_none() {
            return None;
        }
        self.taken[index] = true;
        let path = join(&self.path, name);
        Some(Field::new(self.reader, node, path).under(key.span))
    }

    /// All entries that were not asked for yet, for mappings with keys of the user's.
    pub fn entries(&mut self) -> Vec<(&'a Key, Field<'a>)> {
        let (reader, path) = (self.reader, &self.path);
        let free = self
            .entries
            .iter()
            .zip(&mut self.taken)
            .filter(|(_, taken)| !**taken);
        let entry = |((key, node), taken): (&'a (Key, Node), &mut bool)| {
            *taken = true;
            (
                key,
                Field::new(reader, node, join(path, &key.text)).under(key.span),
            )
        };
        free.map(entry).collect()
    }

    /// Text; numbers are text too, as written.
    pub fn str(&mut self, name: &'static str) -> Option<&'a str> {
        self.field(name)?.str()
    }

    /// The name of an AWS resource, given as such or as an ARN.
    pub fn aws_name(&mut self, name: &'static str) -> Option<&'a str> {
        self.field(name)?.aws_name()
    }

    /// A whole number within a range.
    pub fn u64(&mut self, name: &'static str, range: RangeInclusive<u64>) -> Option<u64> {
        self.field(name)?.u64(range)
    }

    /// A whole number within a range.
    pub fn u32(&mut self, name: &'static str, range: RangeInclusive<u32>) -> Option<u32> {
        self.field(name)?.u32(range)
    }

    /// A number without a unit within a range.
    pub fn f64(&mut self, name: &'static str, range: RangeInclusive<f64>) -> Option<f64> {
        self.field(name)?.f64(range)
    }

    /// `true` or `false`.
    pub fn bool(&mut self, name: &'static str) -> Option<bool> {
        self.field(name)?.bool()
    }

    /// One of a table's words.
    pub fn choice<T: Copy>(&mut self, name: &'static str, table: &[(&str, T)]) -> Option<T> {
        self.field(name)?.choice(table)
    }

    /// A duration with units.
    pub fn duration(&mut self, name: &'static str) -> Option<SimDuration> {
        self.field(name)?.duration()
    }

    /// A size in bytes with a unit.
    pub fn size(&mut self, name: &'static str) -> Option<u64> {
        self.field(name)?.size()
    }

    /// A share as a fraction of 1.
    pub fn share(&mut self, name: &'static str) -> Option<f64> {
        self.field(name)?.share()
    }

    /// An amount of money.
    pub fn money(&mut self, name: &'static str) -> Option<MicroUsd> {
        self.field(name)?.money()
    }

    /// The items of a list; none if it is not there.
    pub fn list(&mut self, name: &'static str) -> Vec<Field<'a>> {
        self.field(name)
            .and_then(|field| field.list())
            .unwrap_or_default()
    }

    /// A mapping's reader.
    pub fn map(&mut self, name: &'static str) -> Option<MapReader<'a>> {
        self.field(name)?.map()
    }

    /// The readers of a list of mappings; items that are none are reported and left out.
    pub fn maps(&mut self, name: &'static str) -> Vec<MapReader<'a>> {
        self.list(name)
            .into_iter()
            .filter_map(|item| item.map())
            .collect()
    }

    /// An error at the mapping's place.
    pub fn error(&self, code: &'static str, message: impl Into<String>) -> Pending<'a> {
        self.pending(
            Severity::Error,
            self.span,
            Problem {
                code,
                message: message.into(),
            },
        )
    }

    /// A warning at the mapping's place.
    pub fn warning(&self, code: &'static str, message: impl Into<String>) -> Pending<'a> {
        self.pending(
            Severity::Warning,
            self.span,
            Problem {
                code,
                message: message.into(),
            },
        )
    }

    /// Reports every key that nobody asked for.
    pub fn finish(self) {
        for (key, _) in self.rest() {
            self.unknown(key, &self.known);
        }
    }

    /// Reports every key that neither was asked for nor is a field of AWS's `block` (such as
    /// `ecs.Service`, see [`Block`]); the others of AWS's are noted as without effect.
    pub fn finish_aws(self, block: &str) {
        let aws = Block::new(block);
        debug_assert!(aws.is_some(), "{block} is no block of catalog::fields");
        for (key, node) in self.rest() {
            let Some(aws) = aws.as_ref().filter(|_| !node.is_null()) else {
                continue;
            };
            if aws.field(&key.text).is_none() {
                let mut known = match self.reader.is_full() {
                    true => Vec::new(),
                    false => aws.names(),
                };
                known.extend(&self.known);
                known.sort_unstable();
                known.dedup();
                self.unknown(key, &known);
                continue;
            }
            let path = join(&self.path, &key.text);
            check_unread(
                &Field::new(self.reader, node, path.clone()),
                aws.inner(&key.text),
            );
            // What is empty has no effect at AWS either.
            if node.as_sequence() == Some(&[]) || node.as_mapping() == Some(&[]) {
                continue;
            }
            let (shape, field) = (block.to_owned(), key.text.clone());
            self.reader.ignore(Ignored {
                shape,
                field,
                path,
                span: key.span,
            });
        }
    }

    /// Leaves keys that nobody asked for alone: the caller read them by other means.
    pub fn finish_open(self) {}

    fn rest(&self) -> impl Iterator<Item = &'a (Key, Node)> {
        let free = self
            .entries
            .iter()
            .zip(&self.taken)
            .filter(|(_, taken)| !**taken);
        free.map(|(entry, _)| entry)
    }

    fn unknown(&self, key: &Key, known: &[&str]) {
        let message = format!("unknown field {}", quote(&key.text));
        let problem = Problem {
            code: "unknown-field",
            message,
        };
        let is_it = |told: &&(&str, &str, &str)| (told.0, told.1) == (&self.path, &key.text);
        let told = TOLD.iter().find(is_it).map(|told| told.2.to_owned());
        let help = match self.reader.is_full() {
            true => None,
            false => told.or_else(|| suggestion(&key.text, known.iter().copied())),
        };
        self.pending(Severity::Error, key.span, problem)
            .maybe_help(help)
            .report();
    }

    fn pending(&self, severity: Severity, span: Span, problem: Problem) -> Pending<'a> {
        self.reader.pending(severity, (span, &self.path), problem)
    }
}

/// Fields that are not there, by the path of their mapping, and what to write instead.
const TOLD: [(&str, &str, &str); 1] = [(
    "aws",
    "clusters",
    "one scenario has one cluster: write cluster: { clusterName: … }, and a scenario file for each \
     further one",
)];

/// A field without effect is checked all the same: a name that AWS does not have inside of it is an
/// error as well, as deep as AWS's shapes go.
fn check_unread(field: &Field<'_>, block: Option<Block>) {
    let Some(block) = block else { return };
    let items = if field.is_list() {
        field.list().unwrap_or_default()
    } else {
        vec![field.clone()]
    };
    for map in items.iter().filter_map(Field::map) {
        for (key, node) in map.rest() {
            match block.field(&key.text) {
                Some(_) if node.is_null() => {}
                Some(_) => {
                    let inner = Field::new(map.reader, node, join(&map.path, &key.text));
                    check_unread(&inner, block.inner(&key.text));
                }
                None => map.unknown(key, &block.names()),
            }
        }
    }
}
