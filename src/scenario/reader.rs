//! The toolkit that turns a tree into values: every getter reports what is wrong and goes on, so
//! that all problems of a file are found in one reading.
//!
//! A [`MapReader`] remembers which keys were asked for; [`MapReader::finish`] reports the others as
//! unknown, with the nearest of those that were asked for. Under `aws:`, [`MapReader::finish_aws`]
//! asks [`crate::catalog::fields`] first: what AWS has and nobody asked for is noted as without
//! effect. Getters return `None` both for "not there" (or null) and for "wrong, and said so".
//!
//! ```
//! use fleetcast::scenario::node;
//! use fleetcast::scenario::reader::Reader;
//! use fleetcast::scenario::source::Sources;
//!
//! let mut sources = Sources::new();
//! let file = sources.add("a.yaml", "api: { cpu: 30ms, slots: 16, slats: 3, mode: fast }");
//! let mut diagnostics = Default::default();
//! let root = node::parse(&sources, file, &mut diagnostics).unwrap();
//!
//! let reader = Reader::new();
//! let mut work = reader.map(&root, "world.work").unwrap();   // a mapping with any keys
//! for (key, entry) in work.entries() {                       // key.text, key.span; entry: Field
//!     let Some(mut map) = entry.map() else { continue };     // "a mapping was expected" if not
//!     let cpu = map.duration("cpu");                         // Option<SimDuration>
//!     let slots = map.u32("slots", 1..=10_000).unwrap_or(16);
//!     let wait = map.required("wait").and_then(|field| field.duration());
//!     let mode = map.choice("mode", &[("fast", 1), ("slow", 2)]);
//!     for item in map.list("containers") {                   // Vec<Field>; also .maps(..)
//!         item.error("too-many", "one container at most").report();
//!     }
//!     map.finish();                                          // reports "slats"
//! }
//! let (diagnostics, ignored) = reader.into_parts();
//! let messages: Vec<&str> = diagnostics.items().iter().map(|it| it.message.as_str()).collect();
//! assert_eq!(messages, ["\"wait\" is missing", "unknown field \"slats\""]);
//! assert_eq!(diagnostics.items()[1].help.as_deref(), Some("did you mean \"slots\"?"));
//! # assert!(ignored.is_empty());
//! ```

mod field;
mod map;

use std::cell::RefCell;

use crate::scenario::diagnostic::{Diagnostic, Diagnostics, Missing, Severity};
use crate::scenario::node::Node;
use crate::scenario::source::Span;

pub use field::Field;
pub use map::MapReader;

/// A field of AWS's that was given and that the simulation has no use for.
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Debug)]
pub struct Ignored {
    /// AWS's shape, such as `ecs.Service`.
    pub shape: String,
    /// The field's name.
    pub field: String,
    /// Where it stands in the scenario.
    pub path: String,
    /// Where it stands in its file.
    pub span: Span,
}

/// Collects what a reading finds: diagnostics and fields without effect.
#[derive(Debug, Default)]
pub struct Reader {
    diagnostics: RefCell<Diagnostics>,
    ignored: RefCell<Vec<Ignored>>,
}

/// A diagnostic that knows its place and is to be reported or given a help first.
#[must_use = "call report(), or the user never sees it"]
pub struct Pending<'a> {
    reader: &'a Reader,
    diagnostic: Diagnostic,
}

impl Pending<'_> {
    /// Adds what to do about it.
    pub fn help(mut self, help: impl Into<String>) -> Self {
        self.diagnostic = self.diagnostic.help(help);
        self
    }

    /// Adds what to do about it, if there is something.
    pub fn maybe_help(mut self, help: Option<String>) -> Self {
        self.diagnostic = self.diagnostic.maybe_help(help);
        self
    }

    /// Adds what it says is not there, so that it is left out where that was read and refused.
    pub fn misses(mut self, blocks: &'static [&'static str], name: Option<&str>) -> Self {
        let name = name.map(str::to_owned);
        self.diagnostic.missing = Some(Missing { blocks, name });
        self
    }

    /// Hands it in.
    pub fn report(self) {
        self.reader.push(self.diagnostic);
    }
}

impl Reader {
    /// Nothing found yet.
    pub fn new() -> Self {
        Self::default()
    }

    /// A reader of a mapping at a path; reports if the node is something else.
    pub fn map<'a>(&'a self, node: &'a Node, path: &str) -> Option<MapReader<'a>> {
        self.field(node, path).map()
    }

    /// A value at a path.
    pub fn field<'a>(&'a self, node: &'a Node, path: &str) -> Field<'a> {
        Field::new(self, node, path.to_owned())
    }

    /// Adds a diagnostic.
    pub fn push(&self, diagnostic: Diagnostic) {
        self.diagnostics.borrow_mut().push(diagnostic);
    }

    /// Whether further errors are counted only.
    fn is_full(&self) -> bool {
        self.diagnostics.borrow().is_full()
    }

    /// Whether an error was found so far.
    pub fn has_errors(&self) -> bool {
        self.diagnostics.borrow().has_errors()
    }

    /// All that was found: the diagnostics, and AWS's fields without effect in order of finding.
    pub fn into_parts(self) -> (Diagnostics, Vec<Ignored>) {
        (self.diagnostics.into_inner(), self.ignored.into_inner())
    }

    fn ignore(&self, ignored: Ignored) {
        self.ignored.borrow_mut().push(ignored);
    }

    fn pending(&self, severity: Severity, place: (Span, &str), what: Problem) -> Pending<'_> {
        let diagnostic = Diagnostic::new(severity, what.code, what.message);
        Pending {
            reader: self,
            diagnostic: diagnostic.at(place.0).path(place.1),
        }
    }
}

/// A code and a message.
struct Problem {
    code: &'static str,
    message: String,
}

#[cfg(test)]
mod tests;
