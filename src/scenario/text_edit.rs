//! A value changed in a scenario's own text: everything else of it, comments and all, stays as it
//! was written.
//!
//! The edited text is read again and held to what `--set` would have made of the tree, so that no
//! edit can say anything else than what was played.

use super::diagnostic::Diagnostics;
use super::differences::differences;
use super::node::{Node, Value, parse};
use super::path::{Path, assign};
use super::source::{FileId, Position, Sources, Span};

/// A text with values changed in it.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Edited {
    /// The text.
    pub text: String,
    /// Where in it a value stands that was changed, in the order of the text.
    pub changed: Vec<Place>,
    /// The paths that it can't be changed at: what stands there comes from another file, or is
    /// more than one value.
    pub left: Vec<String>,
}

/// A stretch of a text on one line; lines and columns counted from 1, columns in characters.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Debug)]
pub struct Place {
    /// Its line.
    pub line: u32,
    /// Its first character.
    pub from: u32,
    /// One past its last character.
    pub to: u32,
}

/// Changes `text`, a scenario, as `--set` would with these paths and values, one after another.
pub fn edit(text: &str, assignments: &[(String, String)]) -> Edited {
    let mut edited = text.to_owned();
    let (mut paths, mut left): (Vec<&str>, Vec<String>) = (Vec::new(), Vec::new());
    for (path, value) in assignments {
        match edit_one(&edited, path, value) {
            Some(text) => {
                edited = text;
                paths.push(path);
            }
            None => left.push(path.clone()),
        }
    }
    let after = read(&edited).filter(|_| !paths.is_empty());
    let place = |path: &&str| place_of(&after.as_ref()?.tree, path);
    let mut changed: Vec<Place> = paths.iter().filter_map(place).collect();
    changed.sort();
    changed.dedup();
    Edited {
        text: edited,
        changed,
        left,
    }
}

/// A text's tree.
struct Read {
    tree: Node,
    sources: Sources,
    file: FileId,
}

fn read(text: &str) -> Option<Read> {
    let (mut sources, mut wrong) = (Sources::new(), Diagnostics::new());
    let file = sources.add("", text);
    let tree = parse(&sources, file, &mut wrong)?;
    (!wrong.has_errors()).then_some(Read {
        tree,
        sources,
        file,
    })
}

fn place_of(tree: &Node, path: &str) -> Option<Place> {
    let Span { start, end, .. } = Path::parse(path).ok()?.get(tree).ok()?.span;
    (start.line == end.line).then_some(Place {
        line: start.line,
        from: start.column,
        to: end.column,
    })
}

fn edit_one(text: &str, path: &str, value: &str) -> Option<String> {
    if value.contains(['\n', '\r']) || value.trim().is_empty() {
        return None;
    }
    let mut before = read(text)?;
    let parsed = Path::parse(path).ok()?;
    let edited = match parsed.get(&before.tree) {
        Ok(there) => replaced(text, there, value)?,
        Err(_) => added(text, &before.tree, parsed.steps(), value)?,
    };
    let mut wrong = Diagnostics::new();
    let assignment = format!("{path}={value}");
    assign(
        &mut before.tree,
        &mut before.sources,
        &assignment,
        &mut wrong,
    );
    let after = read(&edited)?;
    debug_assert_eq!(before.file, after.file);
    let is_meant = !wrong.has_errors() && differences(&before.tree, &after.tree).is_empty();
    is_meant.then_some(edited)
}

/// The text with another value in the place of a single one.
fn replaced(text: &str, there: &Node, value: &str) -> Option<String> {
    if !matches!(there.value, Value::Scalar(_)) || there.span.start.line != there.span.end.line {
        return None;
    }
    let (from, to) = (
        offset(text, there.span.start)?,
        offset(text, there.span.end)?,
    );
    let value = match text[from..].starts_with('"') {
        true => in_quotes(value),
        false => value.to_owned(),
    };
    // After `key:` without a value comes no space.
    let space = match from == to && text[..from].ends_with(':') {
        true => " ",
        false => "",
    };
    Some(format!("{}{space}{value}{}", &text[..from], &text[to..]))
}

/// The text with a key more in the deepest mapping of the path that there is.
fn added(text: &str, tree: &Node, steps: &[String], value: &str) -> Option<String> {
    let mut node = tree;
    let mut depth = 0;
    while let Some(next) = child(node, steps.get(depth)?) {
        (node, depth) = (next, depth + 1);
    }
    let Value::Mapping(entries) = &node.value else {
        return None;
    };
    let (key, inner) = steps[depth..].split_first()?;
    // JSON stays JSON.
    let is_quoted = match entries.first() {
        Some((first, _)) => text[offset(text, first.span.start)?..].starts_with('"'),
        None => false,
    };
    let (value, key_of): (String, fn(&str) -> String) = match is_quoted {
        true => (in_quotes(value), |key| format!("{key:?}")),
        false => (value.to_owned(), str::to_owned),
    };
    let inner = inner.iter().rev().fold(value, |value, step| {
        format!("{{ {}: {value} }}", key_of(step))
    });
    let entry = format!("{}: {inner}", key_of(key));
    let start = offset(text, node.span.start)?;
    if text[start..].starts_with('{') {
        let at = match entries.last() {
            Some((_, last)) => offset(text, end_of(last))?,
            None => start + 1,
        };
        let comma = match entries.is_empty() {
            true => " ",
            false => ", ",
        };
        let after = match entries.is_empty() && text[at..].starts_with('}') {
            true => " ",
            false => "",
        };
        return Some(format!(
            "{}{comma}{entry}{after}{}",
            &text[..at],
            &text[at..]
        ));
    }
    // A block: a line of its own behind the last entry, as far to the right as the first.
    let (first, _) = entries.first()?;
    let (_, last) = entries.last()?;
    let indent = " ".repeat(first.span.start.column as usize - 1);
    let at = offset(text, end_of(last))?;
    let line_end = text[at..].find('\n').map_or(text.len(), |more| at + more);
    Some(format!(
        "{}\n{indent}{entry}{}",
        text[..line_end].trim_end_matches('\r'),
        &text[line_end..]
    ))
}

/// A word in quotes; numbers and truths stay what they are.
fn in_quotes(value: &str) -> String {
    let is_bare = value.parse::<f64>().is_ok() || ["true", "false", "null"].contains(&value);
    match is_bare || value.starts_with(['"', '[', '{']) {
        true => value.to_owned(),
        false => format!("{value:?}"),
    }
}

fn child<'a>(node: &'a Node, step: &str) -> Option<&'a Node> {
    let path = Path::parse(&super::path::join("", step)).ok()?;
    path.get(node).ok()
}

/// One past the last character of a value, what is inside of it included.
fn end_of(node: &Node) -> Position {
    match &node.value {
        Value::Scalar(_) => node.span.end,
        Value::Sequence(items) => {
            let inner = items.iter().map(end_of).max();
            inner.map_or(node.span.end, |end| end.max(node.span.end))
        }
        Value::Mapping(entries) => {
            let inner = entries.iter().map(|(_, value)| end_of(value)).max();
            inner.map_or(node.span.end, |end| end.max(node.span.end))
        }
    }
}

/// The byte that a position is at.
fn offset(text: &str, position: Position) -> Option<usize> {
    let mut begin = 0;
    for _ in 1..position.line {
        begin += text[begin..].find('\n')? + 1;
    }
    let line = &text[begin..];
    let mut letters = line.char_indices();
    match letters.nth(position.column as usize - 1) {
        Some((at, _)) => Some(begin + at),
        None => (line.chars().count() + 1 == position.column as usize).then_some(text.len()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const TEXT: &str = "\
# Ours.
run: { duration: 1d } # a day
aws:
  services:
    - serviceName: api # the one
      desiredCount: 3 # three
      capacityProviderStrategy:
        - { capacityProvider: FARGATE, weight: 1 }
world:
  demand:
    api:
      rate: 10/s
    \"web é\": { rate: 5/s }
";

    fn edited(path: &str, value: &str) -> Edited {
        edit(TEXT, &[(path.to_owned(), value.to_owned())])
    }

    /// The lines that the text did not have.
    fn lines(edited: &Edited) -> Vec<&str> {
        let is_new = |line: &&str| TEXT.lines().all(|known| known != *line);
        edited.text.lines().filter(is_new).collect()
    }

    #[test]
    fn a_value_is_changed_where_it_stands() {
        let edited = edited("aws.services.api.desiredCount", "12");
        assert!(edited.text.contains("      desiredCount: 12 # three\n"));
        assert_eq!(edited.text.replace(": 12", ": 3"), TEXT);
        let place = Place {
            line: 6,
            from: 21,
            to: 23,
        };
        assert_eq!((edited.changed, edited.left), (vec![place], vec![]));
    }

    #[test]
    fn a_value_of_a_list_in_a_line_is_changed() {
        let path = "aws.services.api.capacityProviderStrategy.FARGATE.weight";
        let edited = edited(path, "4");
        assert!(edited.text.contains("FARGATE, weight: 4 }"));
    }

    #[test]
    fn what_is_not_there_is_added_behind_its_neighbours() {
        let path = "aws.services.api.capacityProviderStrategy.FARGATE.base";
        assert!(edited(path, "2").text.contains("weight: 1, base: 2 }\n"));
        let text = edited("world.demand.api.scale", "1.5").text;
        assert!(
            text.contains("      rate: 10/s\n      scale: 1.5\n"),
            "{text}"
        );
        let text = edited("world.demand[web é].scale", "2").text;
        let expected = "    \"web é\": { rate: 5/s, scale: 2 }\n";
        assert!(text.contains(expected), "{text}");
    }

    #[test]
    fn a_whole_block_is_added() {
        let text = edited("world.spot.FARGATE_SPOT.preset", "pessimistic").text;
        let expected = "{ rate: 5/s }\n  spot: { FARGATE_SPOT: { preset: pessimistic } }\n";
        assert!(text.ends_with(expected), "{text}");
    }

    #[test]
    fn what_the_text_does_not_have_is_left_to_set() {
        for path in [
            "aws.services.web.desiredCount",
            "aws.services",
            "timeline[0]",
        ] {
            let edited = edited(path, "2");
            assert_eq!(
                (edited.text.as_str(), edited.left),
                (TEXT, vec![path.to_owned()])
            );
        }
    }

    #[test]
    fn json_stays_json() {
        let text = "{\"world\": {\"demand\": {\"api\": {\"rate\": \"1/s\"}}}}";
        let set = [
            ("world.demand.api.rate", "2/s"),
            ("world.demand.api.scale", "1.5"),
            ("world.spot.EC2.preset", "scarce"),
        ];
        let set = set.map(|(path, value)| (path.to_owned(), value.to_owned()));
        let edited = edit(text, &set);
        let json: serde_json::Value = serde_json::from_str(&edited.text).expect(&edited.text);
        assert_eq!(json["world"]["demand"]["api"]["scale"], 1.5);
        assert_eq!(json["world"]["spot"]["EC2"]["preset"], "scarce");
    }

    #[test]
    fn changes_come_one_after_another() {
        let set = [
            ("world.demand.api.scale", "2"),
            ("world.demand.api.scale", "3"),
            ("run.duration", "2d"),
        ];
        let set = set.map(|(path, value)| (path.to_owned(), value.to_owned()));
        let edited = edit(TEXT, &set);
        assert_eq!(
            lines(&edited),
            ["run: { duration: 2d } # a day", "      scale: 3"]
        );
        assert_eq!(edited.changed.len(), 2);
    }

    #[test]
    fn windows_lines_and_a_missing_last_one_are_no_trouble() {
        let text = "world:\r\n  demand:\r\n    api:\r\n      rate: 1/s";
        let set = [("world.demand.api.scale".to_owned(), "2".to_owned())];
        let edited = edit(text, &set);
        assert!(
            edited.text.ends_with("rate: 1/s\n      scale: 2"),
            "{:?}",
            edited.text
        );
    }
}
