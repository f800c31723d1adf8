//! Paths of the scenario: reading and setting by path, for `--set` and sweeps.
//!
//! `aws.services.api.desiredCount` and `aws.services[api].desiredCount` are the same. Entries of
//! lists go by AWS's name field ([`names`]) or by their index (`[0]`); a name with a dot stands in
//! brackets: `attributes[deregistration_delay.timeout_seconds]`. `timeline[+]` is one more entry of
//! a list, which may be the first.

use crate::scenario::diagnostic::{Diagnostic, Diagnostics, suggestion};
use crate::scenario::names::{self, NotFound};
use crate::scenario::node::{self, Key, Node, Value, quote};
use crate::scenario::source::{FileId, Position, Sources, Span};

/// The name of the pseudo-file of an assignment.
const SET: &str = "--set";
/// The step that is one more entry of a list.
const ONE_MORE: &str = "+";

/// A parsed path: one name a step.
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Debug)]
pub struct Path {
    steps: Vec<String>,
}

/// What is wrong with a path, and at which of its steps.
type Wrong = (usize, Box<Diagnostic>);

/// Where a step stands in the text of its path: its first character, and one past its last.
type StepPlace = (u32, u32);

/// A path and one more key; an empty key adds nothing.
pub fn join(path: &str, key: &str) -> String {
    if key.is_empty() {
        path.to_owned()
    } else if key.contains(['.', '[', ']']) {
        format!("{path}[{key}]")
    } else if path.is_empty() {
        key.to_owned()
    } else {
        format!("{path}.{key}")
    }
}

/// A step without the spaces and quotes around it.
fn bare(step: &str) -> String {
    let around = |letter: char| letter.is_whitespace() || matches!(letter, '"' | '\'');
    step.trim_matches(around).to_owned()
}

impl Path {
    /// Parses a path; the error says what is wrong with it.
    pub fn parse(text: &str) -> Result<Path, Box<Diagnostic>> {
        Path::parse_placed(text).map(|(path, _)| path)
    }

    /// Parses a path and says where each of its steps stands in the text.
    fn parse_placed(text: &str) -> Result<(Path, Vec<StepPlace>), Box<Diagnostic>> {
        let fail = |what: &str| {
            let message = format!("the path {} {what}", quote(text));
            let help = "write it like aws.services.api.desiredCount or aws.services[api].x";
            Err(Box::new(
                Diagnostic::error("invalid-path", message).help(help),
            ))
        };
        let (mut steps, mut places) = (Vec::new(), Vec::new());
        let mut rest = text.trim();
        let place_of = |step: &str| {
            // A step is a part of the text, so their addresses differ by its place in bytes.
            let before = &text[..step.as_ptr() as usize - text.as_ptr() as usize];
            let first = before.chars().count() as u32;
            (first, first + step.chars().count() as u32)
        };
        while !rest.is_empty() {
            if let Some(inside) = rest.strip_prefix('[') {
                let Some((name, after)) = inside.split_once(']') else {
                    return fail("has a bracket that is not closed");
                };
                steps.push(bare(name));
                places.push(place_of(name));
                rest = after;
            } else {
                let end = rest.find(['.', '[']).unwrap_or(rest.len());
                if rest[..end].contains(']') {
                    return fail("has a bracket that is not opened");
                }
                steps.push(bare(&rest[..end]));
                places.push(place_of(&rest[..end]));
                rest = &rest[end..];
            }
            if steps.last().is_some_and(String::is_empty) {
                return fail("has an empty step");
            }
            match rest.strip_prefix('.') {
                Some("") => return fail("ends with a dot"),
                Some(after) => rest = after,
                None if rest.is_empty() || rest.starts_with('[') => {}
                None => return fail("has letters between ] and the next dot"),
            }
        }
        if steps.is_empty() {
            fail("is empty")
        } else {
            Ok((Path { steps }, places))
        }
    }

    /// The names, one a step.
    pub fn steps(&self) -> &[String] {
        &self.steps
    }

    /// The first `count` steps as text.
    fn prefix(&self, count: usize) -> String {
        self.steps[..count]
            .iter()
            .fold(String::new(), |path, step| join(&path, step))
    }

    /// What is wrong at step `at`, where `known` would have been legal.
    fn nowhere(&self, at: usize, what: &str, known: &[&str]) -> Wrong {
        let message = format!(
            "the path {} leads nowhere: {what}",
            quote(&self.to_string())
        );
        let help = suggestion(&self.steps[at], known.iter().copied());
        let wrong = Diagnostic::error("no-such-path", message).maybe_help(help);
        (at, Box::new(wrong))
    }

    /// The value at the path.
    pub fn get<'a>(&self, root: &'a Node) -> Result<&'a Node, Box<Diagnostic>> {
        self.find(root).map_err(|(_, wrong)| wrong)
    }

    /// Where the path leads, the same for all its spellings: entries of lists by their index.
    /// Steps beyond what is there are as they are written.
    pub fn places(&self, root: &Node) -> Vec<String> {
        let mut node = Some(root);
        let place = |step: &String| {
            let (place, inner) = match node.map(|it| (&it.value, it)) {
                Some((Value::Sequence(items), _)) => match names::find_entry(items, step) {
                    Ok(index) => (format!("[{index}]"), items.get(index)),
                    Err(_) => (step.clone(), None),
                },
                Some((_, mapping)) => (step.clone(), mapping.get(step)),
                None => (step.clone(), None),
            };
            node = inner;
            place
        };
        self.steps.iter().map(place).collect()
    }

    fn find<'a>(&self, root: &'a Node) -> Result<&'a Node, Wrong> {
        let mut node = root;
        for (at, step) in self.steps.iter().enumerate() {
            node = match &node.value {
                Value::Mapping(entries) => match node.get(step) {
                    Some(child) => child,
                    None => return Err(self.no_key(at, entries)),
                },
                Value::Sequence(items) => &items[self.entry(at, items)?],
                Value::Scalar(_) => return Err(self.no_inside(at)),
            };
        }
        Ok(node)
    }

    /// Puts `value` at the path. Of mappings only the last key may be new, but for blocks that a
    /// scenario may leave out (`run`, `record`, all of `world`); entries of lists have to be there.
    /// Whether a new key is legal, the reader says later, at the value's own place.
    pub fn set(&self, root: &mut Node, value: Node) -> Result<(), Box<Diagnostic>> {
        let span = value.span;
        let set = self.set_with_keys(root, value, &|_| span);
        set.map_err(|(_, wrong)| wrong)
    }

    /// As [`Path::set`]; a new key of step `at` stands at `key(at)`.
    fn set_with_keys(
        &self,
        root: &mut Node,
        value: Node,
        key: &dyn Fn(usize) -> Span,
    ) -> Result<(), Wrong> {
        let mut node = root;
        let last = self.steps.len() - 1;
        for (at, step) in self.steps[..last].iter().enumerate() {
            if node.is_null() && self.may_add(at) {
                *node = Node::empty_mapping(value.span);
            }
            node = match &mut node.value {
                Value::Mapping(entries) => {
                    let index = match entries.iter().position(|(key, _)| key.text == *step) {
                        Some(index) => index,
                        None if self.may_add(at) || self.adds_to(at) => {
                            let (text, span) = (step.clone(), key(at));
                            let empty = match self.adds_to(at) {
                                true => Node::empty_sequence(value.span),
                                false => Node::empty_mapping(value.span),
                            };
                            entries.push((Key { text, span }, empty));
                            entries.len() - 1
                        }
                        None => return Err(self.no_key(at, entries)),
                    };
                    &mut entries[index].1
                }
                Value::Sequence(items) => {
                    let index = self.entry(at, items)?;
                    &mut items[index]
                }
                Value::Scalar(_) => return Err(self.no_inside(at)),
            };
        }
        if node.is_null() {
            *node = match last.checked_sub(1).is_some_and(|at| self.adds_to(at)) {
                true => Node::empty_sequence(value.span),
                false => Node::empty_mapping(value.span),
            };
        }
        let step = &self.steps[last];
        match &mut node.value {
            Value::Sequence(items) if step == ONE_MORE => items.push(value),
            Value::Mapping(entries) => {
                match entries.iter_mut().find(|(key, _)| key.text == *step) {
                    Some(entry) => entry.1 = value,
                    None => entries.push((
                        Key {
                            text: step.clone(),
                            span: key(last),
                        },
                        value,
                    )),
                }
            }
            Value::Sequence(items) => {
                let index = self.entry(last, items)?;
                items[index] = value;
            }
            Value::Scalar(_) => return Err(self.no_inside(last)),
        }
        Ok(())
    }

    /// Whether the block at step `at` may be left out of a scenario, so that it is added.
    fn may_add(&self, at: usize) -> bool {
        match at {
            0 => ["run", "record", "world"].contains(&&self.steps[0][..]),
            _ => self.steps[0] == "world",
        }
    }

    /// Whether step `at` is the list that the last step adds an entry to.
    fn adds_to(&self, at: usize) -> bool {
        at + 2 == self.steps.len() && self.steps[at + 1] == ONE_MORE
    }

    fn entry(&self, at: usize, items: &[Node]) -> Result<usize, Wrong> {
        names::find_entry(items, &self.steps[at]).map_err(|wrong| match wrong {
            NotFound::None(known) => {
                let known: Vec<&str> = known.iter().map(String::as_str).collect();
                let (list, step) = (self.prefix(at), quote(&self.steps[at]));
                self.nowhere(at, &format!("{list} has no entry {step}"), &known)
            }
            NotFound::Several(known) => {
                let (path, step) = (quote(&self.to_string()), quote(&self.steps[at]));
                let message = format!("the path {path} leads to several entries {step}");
                let help = format!("name one of them: {}", known.join(", "));
                let wrong = Diagnostic::error("ambiguous-path", message).help(help);
                (at, Box::new(wrong))
            }
        })
    }

    fn no_key(&self, at: usize, entries: &[(Key, Node)]) -> Wrong {
        let known: Vec<&str> = entries.iter().map(|(key, _)| key.text.as_str()).collect();
        let step = quote(&self.steps[at]);
        let what = match at {
            0 => format!("the scenario has no {step}"),
            _ => format!("{} has no {step}", self.prefix(at)),
        };
        self.nowhere(at, &what, &known)
    }

    fn no_inside(&self, at: usize) -> Wrong {
        self.nowhere(at, &format!("{} is a single value", self.prefix(at)), &[])
    }
}

impl std::fmt::Display for Path {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(&self.prefix(self.steps.len()))
    }
}

/// Carries out a `--set path=value`; the value is YAML. Errors, now and of the reader later, point
/// at a pseudo-file named `--set`. Says whether it was carried out.
pub fn assign(
    root: &mut Node,
    sources: &mut Sources,
    assignment: &str,
    diagnostics: &mut Diagnostics,
) -> bool {
    let file = sources.add(SET, assignment);
    let part = |from: u32, to: u32| Span {
        file,
        start: Position {
            line: 1,
            column: from + 1,
        },
        end: Position {
            line: 1,
            column: to + 1,
        },
    };
    let Some((path, text)) = assignment.split_once('=') else {
        let whole = Span::of_line(file, assignment.lines().next().unwrap_or(""));
        let message = format!("{} has no =, path=value was expected", quote(assignment));
        diagnostics.push(Diagnostic::error("invalid-path", message).at(whole));
        return false;
    };
    let letters = path.chars().count() as u32;
    let Some(value) = parse_value(text, (file, letters + 1), diagnostics) else {
        return false;
    };
    let set = match Path::parse_placed(path) {
        Ok((path, places)) => path
            .set_with_keys(root, value, &|at| part(places[at].0, places[at].1))
            .map_err(|(at, wrong)| wrong.at(part(places[at].0, places[at].1))),
        Err(wrong) => Err(wrong.at(part(0, letters))),
    };
    set.map_err(|wrong| diagnostics.push(wrong)).is_ok()
}

/// Sorts the keys that assignments added, those of their pseudo-files, behind the others of their
/// mapping: assignments of different things are one scenario in whatever order they stand.
pub fn settle(root: &mut Node, sources: &Sources) {
    match &mut root.value {
        Value::Scalar(_) => {}
        Value::Sequence(items) => items.iter_mut().for_each(|item| settle(item, sources)),
        Value::Mapping(entries) => {
            for (_, node) in entries.iter_mut() {
                settle(node, sources);
            }
            entries.sort_by(|(a, _), (b, _)| {
                let added = |key: &Key| sources.name(key.span.file) == SET;
                match (added(a), added(b)) {
                    (true, true) => a.text.cmp(&b.text),
                    (a, b) => a.cmp(&b),
                }
            });
        }
    }
}

/// The value of an assignment, its places and those of its errors counted from the assignment's
/// begin, `before` characters ahead of the value.
fn parse_value(
    text: &str,
    (file, before): (FileId, u32),
    diagnostics: &mut Diagnostics,
) -> Option<Node> {
    let shift = |span: &mut Span| {
        for place in [&mut span.start, &mut span.end] {
            if place.line == 1 {
                place.column += before;
            }
        }
    };
    let mut found = Diagnostics::new();
    let mut value = node::parse_text(text, file, &mut found);
    for item in found.items() {
        let mut item = item.clone();
        item.span.iter_mut().for_each(shift);
        diagnostics.push(item);
    }
    if let Some(value) = &mut value {
        node::visit_spans(value, &mut |span| shift(span));
    }
    value
}

#[cfg(test)]
mod tests;
