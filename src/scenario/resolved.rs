//! The merged scenario as one JSON text (which is YAML too): what a run's folder keeps to be played
//! again.

use std::collections::BTreeMap;

use serde_json::{Map, Value as Json};

use super::node::{Node, Style, Value};
use super::plan::Plan;
use super::source::Span;

/// The tree as JSON; scalars at the places of `names` are replaced by their names, and name and
/// seed are written out.
pub(super) fn text(tree: &Node, names: &BTreeMap<Span, String>, plan: &Plan) -> String {
    let mut json = value(tree, names);
    if let Json::Object(entries) = &mut json {
        entries.insert("name".to_owned(), Json::from(plan.name.clone()));
        if let Some(Json::Object(run)) = entries.get_mut("run") {
            run.insert("seed".to_owned(), Json::from(plan.run.seed));
        }
    }
    let mut text = serde_json::to_string_pretty(&json).expect("a tree of text is always JSON");
    text.push('\n');
    text
}

/// A node as flow YAML on one line, for the values of a sweep.
pub(super) fn one_line(node: &Node) -> String {
    match node.as_text() {
        Some(text) => text.to_owned(),
        None => value(node, &BTreeMap::new()).to_string(),
    }
}

fn value(node: &Node, names: &BTreeMap<Span, String>) -> Json {
    match &node.value {
        Value::Scalar(scalar) => match names.get(&node.span) {
            Some(name) => Json::from(name.clone()),
            None if node.is_null() => Json::Null,
            None if scalar.style == Style::Plain => plain(&scalar.text),
            None => Json::from(scalar.text.clone()),
        },
        Value::Sequence(items) => items.iter().map(|item| value(item, names)).collect(),
        Value::Mapping(entries) => {
            let entry =
                |(key, node): &(super::node::Key, Node)| (key.text.clone(), value(node, names));
            Json::Object(entries.iter().map(entry).collect::<Map<_, _>>())
        }
    }
}

/// Numbers that JSON writes with the same letters are numbers; anything else stays text.
fn plain(text: &str) -> Json {
    let is_same = |json: &Json| {
        let written = json.to_string();
        (json.is_number() || json.is_boolean()) && written == text
    };
    match serde_json::from_str::<Json>(text) {
        Ok(json) if is_same(&json) => json,
        Ok(_) | Err(_) => Json::from(text),
    }
}
