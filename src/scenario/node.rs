//! YAML text (JSON is YAML) to a tree whose every part knows its place.
//!
//! YAML 1.2 core schema: `yes`, `on` and `OFF` are text, and so is every scalar until somebody asks
//! for a number: digits never lose their leading zeros. Knows nothing of scenarios.

mod build;
mod bytes;
mod escapes;

use crate::scenario::diagnostic::Diagnostics;
use crate::scenario::source::{FileId, Sources, Span};

/// The deepest nesting that is read.
pub const DEPTH_MAX: usize = 64;
/// The most nodes a file may have, those that aliases repeat counted each time.
pub const NODES_MAX: usize = 2_000_000;

/// A value of the tree and where it stands.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Node {
    /// What it is.
    pub value: Value,
    /// Where it stands; in an include or a base file, there.
    pub span: Span,
}

/// What a node is.
#[derive(Clone, PartialEq, Eq, Debug)]
pub enum Value {
    /// A word, a number, `true`, nothing at all.
    Scalar(Scalar),
    /// A list.
    Sequence(Vec<Node>),
    /// Keys and values in the order of the file; no key twice.
    Mapping(Vec<(Key, Node)>),
}

/// A scalar as it was written.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Scalar {
    /// Its text, quotes and escapes resolved.
    pub text: String,
    /// Whether it was quoted: `"null"` is text, `null` is nothing.
    pub style: Style,
}

/// How a scalar was written.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Style {
    /// Without quotes.
    Plain,
    /// In quotes, or as a block (`|`, `>`).
    Quoted,
}

/// A key of a mapping.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Key {
    /// Its text.
    pub text: String,
    /// Where it stands.
    pub span: Span,
}

/// Parses one file of `sources`; what is wrong goes to `diagnostics`. The tree comes back if there
/// is one to go on with, even where it has a duplicate key.
pub fn parse(sources: &Sources, file: FileId, diagnostics: &mut Diagnostics) -> Option<Node> {
    build::parse((sources.text(file), sources.name(file)), file, diagnostics)
}

/// Parses a text that stands for a value in `file`, such as that of `--set`; an empty one is null.
pub fn parse_text(text: &str, file: FileId, diagnostics: &mut Diagnostics) -> Option<Node> {
    if text.trim().is_empty() {
        return Some(Node::plain("", Span::of_line(file, "")));
    }
    build::parse((text, ""), file, diagnostics)
}

/// Calls `change` with every span of the tree.
pub fn visit_spans(node: &mut Node, change: &mut impl FnMut(&mut Span)) {
    change(&mut node.span);
    match &mut node.value {
        Value::Scalar(_) => {}
        Value::Sequence(items) => items.iter_mut().for_each(|item| visit_spans(item, change)),
        Value::Mapping(entries) => {
            for (key, value) in entries {
                change(&mut key.span);
                visit_spans(value, change);
            }
        }
    }
}

impl Node {
    /// A plain scalar, as if written at `span`.
    pub fn plain(text: impl Into<String>, span: Span) -> Node {
        let scalar = Scalar {
            text: text.into(),
            style: Style::Plain,
        };
        Node {
            value: Value::Scalar(scalar),
            span,
        }
    }

    /// An empty mapping.
    pub fn empty_mapping(span: Span) -> Node {
        Node {
            value: Value::Mapping(Vec::new()),
            span,
        }
    }

    /// An empty list.
    pub fn empty_sequence(span: Span) -> Node {
        Node {
            value: Value::Sequence(Vec::new()),
            span,
        }
    }

    /// The value under `key`, if this is a mapping that has it.
    pub fn get(&self, key: &str) -> Option<&Node> {
        self.as_mapping()?
            .iter()
            .find(|(known, _)| known.text == key)
            .map(|(_, node)| node)
    }

    /// The value under `key`, to be changed.
    pub fn get_mut(&mut self, key: &str) -> Option<&mut Node> {
        let Value::Mapping(entries) = &mut self.value else {
            return None;
        };
        entries
            .iter_mut()
            .find(|(known, _)| known.text == key)
            .map(|(_, node)| node)
    }

    /// The text, if this is a scalar.
    pub fn as_text(&self) -> Option<&str> {
        match &self.value {
            Value::Scalar(scalar) => Some(&scalar.text),
            Value::Sequence(_) | Value::Mapping(_) => None,
        }
    }

    /// The items, if this is a list.
    pub fn as_sequence(&self) -> Option<&[Node]> {
        match &self.value {
            Value::Sequence(items) => Some(items),
            Value::Scalar(_) | Value::Mapping(_) => None,
        }
    }

    /// The entries, if this is a mapping.
    pub fn as_mapping(&self) -> Option<&[(Key, Node)]> {
        match &self.value {
            Value::Mapping(entries) => Some(entries),
            Value::Scalar(_) | Value::Sequence(_) => None,
        }
    }

    /// Whether this is nothing: an empty value, `~` or `null` without quotes.
    pub fn is_null(&self) -> bool {
        match &self.value {
            Value::Scalar(Scalar {
                text,
                style: Style::Plain,
            }) => {
                matches!(text.as_str(), "" | "~" | "null" | "Null" | "NULL")
            }
            Value::Scalar(_) | Value::Sequence(_) | Value::Mapping(_) => false,
        }
    }

    /// The tree as JSON, to be written with a result. A plain scalar that JSON would write
    /// otherwise (`012`, `1.50`) becomes a string, which every reader takes for the same value.
    pub fn to_json(&self) -> serde_json::Value {
        match &self.value {
            Value::Scalar(scalar) => scalar_json(self, scalar),
            Value::Sequence(items) => items.iter().map(Node::to_json).collect(),
            Value::Mapping(entries) => {
                let entries = entries
                    .iter()
                    .map(|(key, value)| (key.text.clone(), value.to_json()));
                serde_json::Value::Object(entries.collect())
            }
        }
    }

    /// What this is, for messages: `a list`, `"12x"`, `nothing`.
    pub fn describe(&self) -> String {
        match &self.value {
            Value::Scalar(_) if self.is_null() => "nothing".to_owned(),
            Value::Scalar(scalar) => quote(&scalar.text),
            Value::Sequence(_) => "a list".to_owned(),
            Value::Mapping(_) => "a mapping".to_owned(),
        }
    }
}

fn scalar_json(node: &Node, scalar: &Scalar) -> serde_json::Value {
    let text = scalar.text.as_str();
    let number = text
        .parse::<i64>()
        .ok()
        .filter(|number| number.to_string() == text);
    match (scalar.style, text, number) {
        _ if node.is_null() => serde_json::Value::Null,
        (Style::Plain, "true", _) => true.into(),
        (Style::Plain, "false", _) => false.into(),
        (Style::Plain, _, Some(number)) => number.into(),
        _ => text.into(),
    }
}

/// A text in quotes for messages, cut where it is long.
pub fn quote(text: &str) -> String {
    const SHOWN: usize = 60;
    match text.char_indices().nth(SHOWN) {
        None => format!("\"{text}\""),
        Some((cut, _)) => format!("\"{}…\"", &text[..cut]),
    }
}

#[cfg(test)]
mod tests;
