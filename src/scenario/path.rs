//! Paths of the scenario: reading and setting by path, for `--set` and sweeps.
//!
//! `aws.services.api.desiredCount` and `aws.services[api].desiredCount` are the same. Entries of
//! lists go by AWS's name field ([`names`]) or by their index (`[0]`); a name with a dot stands in
//! brackets: `attributes[deregistration_delay.timeout_seconds]`.

use crate::scenario::diagnostic::{Diagnostic, Diagnostics, suggestion};
use crate::scenario::names::{self, NotFound};
use crate::scenario::node::{self, Key, Node, Value, quote};
use crate::scenario::source::{Position, Sources, Span};

/// A parsed path: one name a step.
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Debug)]
pub struct Path {
    steps: Vec<String>,
}

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
        let fail = |what: &str| {
            let message = format!("the path {} {what}", quote(text));
            let help = "write it like aws.services.api.desiredCount or aws.services[api].x";
            Err(Box::new(
                Diagnostic::error("invalid-path", message).help(help),
            ))
        };
        let mut steps = Vec::new();
        let mut rest = text.trim();
        while !rest.is_empty() {
            if let Some(inside) = rest.strip_prefix('[') {
                let Some((name, after)) = inside.split_once(']') else {
                    return fail("has a bracket that is not closed");
                };
                steps.push(bare(name));
                rest = after;
            } else {
                let end = rest.find(['.', '[']).unwrap_or(rest.len());
                if rest[..end].contains(']') {
                    return fail("has a bracket that is not opened");
                }
                steps.push(bare(&rest[..end]));
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
            Ok(Path { steps })
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
    fn nowhere(&self, at: usize, what: &str, known: &[&str]) -> Box<Diagnostic> {
        let message = format!(
            "the path {} leads nowhere: {what}",
            quote(&self.to_string())
        );
        let help = suggestion(&self.steps[at], known.iter().copied());
        Box::new(Diagnostic::error("no-such-path", message).maybe_help(help))
    }

    /// The value at the path.
    pub fn get<'a>(&self, root: &'a Node) -> Result<&'a Node, Box<Diagnostic>> {
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
                        None if self.may_add(at) => {
                            let (text, span) = (step.clone(), value.span);
                            entries.push((Key { text, span }, Node::empty_mapping(span)));
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
            *node = Node::empty_mapping(value.span);
        }
        let step = &self.steps[last];
        match &mut node.value {
            Value::Mapping(entries) => {
                match entries.iter_mut().find(|(key, _)| key.text == *step) {
                    Some(entry) => entry.1 = value,
                    None => entries.push((
                        Key {
                            text: step.clone(),
                            span: value.span,
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

    fn entry(&self, at: usize, items: &[Node]) -> Result<usize, Box<Diagnostic>> {
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
                Box::new(Diagnostic::error("ambiguous-path", message).help(help))
            }
        })
    }

    fn no_key(&self, at: usize, entries: &[(Key, Node)]) -> Box<Diagnostic> {
        let known: Vec<&str> = entries.iter().map(|(key, _)| key.text.as_str()).collect();
        let step = quote(&self.steps[at]);
        let what = match at {
            0 => format!("the scenario has no {step}"),
            _ => format!("{} has no {step}", self.prefix(at)),
        };
        self.nowhere(at, &what, &known)
    }

    fn no_inside(&self, at: usize) -> Box<Diagnostic> {
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
    let file = sources.add("--set", assignment);
    let whole = Span::of_line(file, assignment.lines().next().unwrap_or(""));
    let Some((path, text)) = assignment.split_once('=') else {
        let message = format!("{} has no =, path=value was expected", quote(assignment));
        diagnostics.push(Diagnostic::error("invalid-path", message).at(whole));
        return false;
    };
    let Some(mut value) = node::parse_text(text, file, diagnostics) else {
        return false;
    };
    let before = path.chars().count() as u32 + 1;
    node::visit_spans(&mut value, &mut |span| {
        for place in [&mut span.start, &mut span.end] {
            let shift = if place.line == 1 { before } else { 0 };
            *place = Position {
                line: place.line,
                column: place.column + shift,
            };
        }
    });
    match Path::parse(path).and_then(|path| path.set(root, value)) {
        Ok(()) => true,
        Err(wrong) => {
            diagnostics.push(wrong.at(whole));
            false
        }
    }
}

#[cfg(test)]
mod tests;
