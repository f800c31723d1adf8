//! The parser's events to a tree, within limits.

use std::collections::BTreeMap;

use saphyr_parser::{Event, Parser, ScalarStyle, ScanError, Span as Marks, Tag};

use super::{DEPTH_MAX, Key, NODES_MAX, Node, Scalar, Style, Value, quote};
use super::{bytes, escapes};
use crate::scenario::diagnostic::{Diagnostic, Diagnostics};
use crate::scenario::source::{FileId, Position, Span};

/// An unfinished list or mapping; a mapping holds its key while it waits for the value.
struct Open {
    node: Node,
    key: Option<Key>,
    anchor: usize,
}

struct Builder<'a> {
    file: FileId,
    diagnostics: &'a mut Diagnostics,
    open: Vec<Open>,
    root: Option<Node>,
    documents: usize,
    nodes: usize,
    /// Anchored trees with their number of nodes.
    anchors: BTreeMap<usize, (Node, usize)>,
    text: &'a str,
    /// One past the text's last character.
    end: Position,
}

/// How many lines the scanner looks ahead for the end of a scalar before a tab stops it, at most:
/// only empty lines may stand between.
const TAB_LINES_MAX: usize = 100;

/// The end of parsing; its reason is a diagnostic already.
struct Stop;

pub(super) fn parse(
    (text, name): (&str, &str),
    file: FileId,
    diagnostics: &mut Diagnostics,
) -> Option<Node> {
    let body = text.strip_prefix('\u{feff}').unwrap_or(text);
    let body = escapes::join_surrogates(body);
    bytes::note((text, name), file, diagnostics);
    let mut builder = Builder {
        file,
        diagnostics,
        open: Vec::new(),
        root: None,
        documents: 0,
        nodes: 0,
        anchors: BTreeMap::new(),
        text: &body,
        end: end_of(&body),
    };
    for event in Parser::new_from_str(&body) {
        let step = match event {
            Ok((event, marks)) => builder.take(event, marks),
            Err(error) => builder.refuse_syntax(&error),
        };
        if step.is_err() {
            return None;
        }
    }
    let root = builder.root.take();
    if root.is_none() {
        let span = Span::of_line(file, "");
        let message = "the file is empty, a mapping was expected";
        diagnostics.push(Diagnostic::error("empty-file", message).at(span));
    }
    root
}

/// What to do about the scanner's message; those that are not here say it themselves.
fn syntax_help(info: &str) -> Option<String> {
    let is_about = |word: &str| info.contains(word);
    let help = if is_about("found a tab") || is_about("tabs disallowed") {
        "indent with spaces: YAML allows no tabs there"
    } else if is_about("block collection") || is_about("block mapping") || is_about("indent") {
        "lines of one mapping or list start at one column"
    } else if is_about("flow mapping") || is_about("flow sequence") {
        "close each { with } and each [ with ], and separate what stands in them by commas"
    } else if is_about("quoted scalar") {
        "close the quotes"
    } else if is_about("unprintable") {
        "is this a text file? take the control character out"
    } else {
        return None;
    };
    Some(help.to_owned())
}

/// One past the last character of a text, on its last line that has one.
fn end_of(text: &str) -> Position {
    let text = text.trim_end();
    let last = text.rsplit('\n').next().unwrap_or(text);
    Position {
        line: text.matches('\n').count() as u32 + 1,
        column: last.chars().count() as u32 + 1,
    }
}

fn position(marker: &saphyr_parser::Marker) -> Position {
    Position {
        line: marker.line().max(1) as u32,
        column: marker.col() as u32 + 1,
    }
}

impl Builder<'_> {
    fn span(&self, marks: Marks) -> Span {
        Span {
            file: self.file,
            start: position(&marks.start),
            end: position(&marks.end),
        }
    }

    fn refuse(
        &mut self,
        code: &'static str,
        message: impl Into<String>,
        span: Span,
        help: Option<String>,
    ) -> Result<(), Stop> {
        self.diagnostics
            .push(Diagnostic::error(code, message).at(span).maybe_help(help));
        Err(Stop)
    }

    fn refuse_syntax(&mut self, error: &ScanError) -> Result<(), Stop> {
        let mut place = position(error.marker());
        if error.info().contains("found a tab") {
            place = self.tab_from(place);
        }
        let end = self.end;
        // An error at the end of the text is one of its last line.
        if end.line < place.line {
            place = end;
        }
        let span = Span {
            file: self.file,
            start: place,
            end: place,
        };
        // The scanner has a limit of its own, met first where brackets open one after another.
        if error.info() == "recursion limit exceeded" {
            return self.refuse_depth(span, "");
        }
        let message = error.info().trim_end_matches('.').to_owned();
        self.refuse("syntax", message, span, syntax_help(error.info()))
    }

    /// The scanner notices a tab when what stands before it ends; the tab itself indents a line
    /// from there on.
    fn tab_from(&self, place: Position) -> Position {
        let lines = self.text.lines().enumerate().skip(place.line as usize - 1);
        let is_indent = |letter: char| letter == ' ' || letter == '\t';
        for (index, line) in lines.take(TAB_LINES_MAX) {
            let indent = &line[..line.len() - line.trim_start_matches(is_indent).len()];
            if let Some(column) = indent.find('\t') {
                return Position {
                    line: index as u32 + 1,
                    column: column as u32 + 1,
                };
            }
        }
        place
    }

    fn refuse_depth(&mut self, span: Span, how: &str) -> Result<(), Stop> {
        let message = format!("nested deeper than {DEPTH_MAX} levels{how}");
        self.refuse("too-deep", message, span, None)
    }

    fn take(&mut self, event: Event<'_>, marks: Marks) -> Result<(), Stop> {
        let span = self.span(marks);
        match event {
            Event::Nothing | Event::StreamStart | Event::StreamEnd | Event::DocumentEnd => Ok(()),
            Event::DocumentStart(_) => self.start_document(span),
            Event::Alias(anchor) => self.repeat(anchor, span),
            Event::Scalar(text, style, anchor, tag) => {
                self.check_tag(tag.as_deref(), span)?;
                let style = match style {
                    ScalarStyle::Plain => Style::Plain,
                    _ => Style::Quoted,
                };
                let scalar = Scalar {
                    text: text.into_owned(),
                    style,
                };
                let node = Node {
                    value: Value::Scalar(scalar),
                    span,
                };
                self.count(1, span)?;
                self.complete(node, anchor, 1)
            }
            Event::SequenceStart(anchor, tag) => {
                self.check_tag(tag.as_deref(), span)?;
                self.start(Value::Sequence(Vec::new()), anchor, span)
            }
            Event::MappingStart(anchor, tag) => {
                self.check_tag(tag.as_deref(), span)?;
                self.start(Value::Mapping(Vec::new()), anchor, span)
            }
            Event::SequenceEnd | Event::MappingEnd => self.end(span),
        }
    }

    fn check_tag(&mut self, tag: Option<&Tag>, span: Span) -> Result<(), Stop> {
        let Some(tag) = tag.filter(|tag| !tag.is_yaml_core_schema()) else {
            return Ok(());
        };
        // CloudFormation's `!Ref` and `!Sub` would otherwise pass as plain text.
        let message = format!("the tag {} means nothing here", quote(&format!("{tag}")));
        let help = Some("write the value itself".to_owned());
        self.refuse("yaml-tag", message, span, help)
    }

    fn start_document(&mut self, span: Span) -> Result<(), Stop> {
        self.documents += 1;
        if 1 < self.documents {
            let help = Some("put the second one into a file of its own".to_owned());
            return self.refuse("two-documents", "a second document starts here", span, help);
        }
        Ok(())
    }

    fn count(&mut self, nodes: usize, span: Span) -> Result<(), Stop> {
        self.nodes += nodes;
        if NODES_MAX < self.nodes {
            let message = format!("more than {NODES_MAX} keys and values, aliases repeated");
            return self.refuse("too-many-values", message, span, None);
        }
        Ok(())
    }

    fn start(&mut self, value: Value, anchor: usize, span: Span) -> Result<(), Stop> {
        self.count(1, span)?;
        if DEPTH_MAX <= self.open.len() {
            return self.refuse_depth(span, "");
        }
        if self.awaits_key() {
            return self.refuse("key-not-text", "a key has to be text", span, None);
        }
        self.open.push(Open {
            node: Node { value, span },
            key: None,
            anchor,
        });
        Ok(())
    }

    fn end(&mut self, span: Span) -> Result<(), Stop> {
        let open = self.open.pop().expect("the parser pairs starts and ends");
        let mut node = open.node;
        if let Value::Mapping(entries) = &mut node.value {
            let keys = self.open.iter().filter_map(|open| open.key.as_ref());
            let path = keys
                .map(|key| key.text.as_str())
                .collect::<Vec<_>>()
                .join(".");
            refuse_duplicates(entries, &path, self.diagnostics);
        }
        // A block mapping ends where the next token starts; its last value ends sooner.
        node.span.end = match last_end(&node) {
            Some(last) if span.start == span.end => last,
            _ => span.end,
        };
        let size = if open.anchor == 0 {
            0
        } else {
            tree_size(&node)
        };
        self.complete(node, open.anchor, size)
    }

    fn awaits_key(&self) -> bool {
        let top = self.open.last();
        top.is_some_and(|top| matches!(top.node.value, Value::Mapping(_)) && top.key.is_none())
    }

    fn repeat(&mut self, anchor: usize, span: Span) -> Result<(), Stop> {
        let Some((node, size)) = self.anchors.get(&anchor) else {
            let message = "the alias stands inside of what it repeats";
            return self.refuse("alias-cycle", message, span, None);
        };
        let (node, size) = (node.clone(), *size);
        self.count(size, span)?;
        if DEPTH_MAX < self.open.len() + tree_depth(&node) {
            return self.refuse_depth(span, ", aliases repeated");
        }
        self.complete(node, 0, size)
    }

    fn complete(&mut self, node: Node, anchor: usize, size: usize) -> Result<(), Stop> {
        if anchor != 0 {
            // What anchors keep is a copy: it counts, or nested anchors would cost depth x nodes.
            self.count(size, node.span)?;
            self.anchors.insert(anchor, (node.clone(), size));
        }
        let Some(top) = self.open.last_mut() else {
            self.root = Some(node);
            return Ok(());
        };
        match (&mut top.node.value, top.key.take()) {
            (Value::Sequence(items), _) => items.push(node),
            (Value::Mapping(entries), Some(key)) => entries.push((key, node)),
            (Value::Mapping(_), None) => return self.set_key(node),
            (Value::Scalar(_), _) => unreachable!("only lists and mappings are opened"),
        }
        Ok(())
    }

    fn set_key(&mut self, node: Node) -> Result<(), Stop> {
        let span = node.span;
        let Value::Scalar(scalar) = node.value else {
            return self.refuse("key-not-text", "a key has to be text", span, None);
        };
        if scalar.text == "<<" && scalar.style == Style::Plain {
            let help = Some("write the keys out, or use extends".to_owned());
            return self.refuse("merge-key", "YAML 1.2 has no merge key <<", span, help);
        }
        let top = self.open.last_mut().expect("a key has a mapping around it");
        top.key = Some(Key {
            text: scalar.text,
            span,
        });
        Ok(())
    }
}

fn last_end(node: &Node) -> Option<Position> {
    match &node.value {
        Value::Scalar(_) => None,
        Value::Sequence(items) => items.last().map(|item| item.span.end),
        Value::Mapping(entries) => entries.last().map(|(_, value)| value.span.end),
    }
}

fn tree_size(node: &Node) -> usize {
    1 + children(node).map(tree_size).sum::<usize>()
}

fn tree_depth(node: &Node) -> usize {
    match &node.value {
        Value::Scalar(_) => 0,
        Value::Sequence(_) | Value::Mapping(_) => {
            1 + children(node).map(tree_depth).max().unwrap_or(0)
        }
    }
}

fn children(node: &Node) -> Box<dyn Iterator<Item = &Node> + '_> {
    match &node.value {
        Value::Scalar(_) => Box::new(std::iter::empty()),
        Value::Sequence(items) => Box::new(items.iter()),
        Value::Mapping(entries) => Box::new(entries.iter().map(|(_, value)| value)),
    }
}

/// Reports every key that stands twice in a mapping, with both places, and keeps the first.
fn refuse_duplicates(entries: &mut Vec<(Key, Node)>, path: &str, diagnostics: &mut Diagnostics) {
    let mut seen: BTreeMap<String, u32> = BTreeMap::new();
    entries.retain(|(key, _)| {
        let Some(line) = seen.get(&key.text) else {
            seen.insert(key.text.clone(), key.span.start.line);
            return true;
        };
        let message = format!(
            "the key {} stands here and in line {line}",
            quote(&key.text)
        );
        let duplicate = Diagnostic::error("duplicate-key", message)
            .at(key.span)
            .path(path);
        diagnostics.push(duplicate.help("keep one of the two"));
        false
    });
}
