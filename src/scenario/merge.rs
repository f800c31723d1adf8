//! Deep merge: a variant is only its difference from its base.
//!
//! - Mappings merge by key; a null in the variant takes the base's key away.
//! - Lists under `aws:` whose entries all have one of AWS's names ([`names`]) merge by it: entries
//!   of the same name merge, new ones are appended. A task definition without `revision` merges
//!   into the family's only one.
//! - A capacity provider strategy is replaced whole: its weights mean something only together.
//! - Any other list, and any value, is replaced.

use crate::scenario::names::{self, EntryNames};
use crate::scenario::node::{Key, Node, Value};
use crate::scenario::source::Span;

/// `over` merged onto `base`, both whole scenarios.
pub fn merge(base: Node, over: Node) -> Node {
    merge_at(base, over, &mut Vec::new())
}

/// `over` merged onto `base`, which both stand under `aws:` at a key such as `services`.
pub fn merge_aws(base: Node, over: Node, key: &str) -> Node {
    merge_at(base, over, &mut vec!["aws".to_owned(), key.to_owned()])
}

/// The resources that stand both in `base` and in `over`, two values of one block under `aws:`, by
/// name, with their place in `over`; the block itself, with an empty name, where it is a single
/// resource.
pub fn overlaps(base: &Node, over: &Node) -> Vec<(String, Span)> {
    match (&base.value, &over.value) {
        (Value::Sequence(base), Value::Sequence(items)) => {
            let known = names::entry_names(base);
            let labels = names::labels(items).into_iter();
            let named = labels.zip(names::entry_names(items)).zip(items);
            let both = named.filter_map(|((label, name), item)| {
                partner(&known, &[], &name?, item)?;
                Some((label?, item.span))
            });
            both.collect()
        }
        (Value::Mapping(_), Value::Mapping(_)) => vec![(String::new(), over.span)],
        _ => Vec::new(),
    }
}

fn merge_at(base: Node, over: Node, path: &mut Vec<String>) -> Node {
    let span = over.span;
    match (base.value, over.value) {
        (Value::Mapping(base), Value::Mapping(over)) => Node {
            value: Value::Mapping(merge_mappings(base, over, path)),
            span,
        },
        (Value::Sequence(base), Value::Sequence(over)) if merges_by_name(&base, &over, path) => {
            Node {
                value: Value::Sequence(merge_lists(base, over, path)),
                span,
            }
        }
        (_, value) => Node { value, span },
    }
}

fn merge_mappings(
    mut base: Vec<(Key, Node)>,
    over: Vec<(Key, Node)>,
    path: &mut Vec<String>,
) -> Vec<(Key, Node)> {
    for (key, value) in over {
        let Some(index) = base.iter().position(|(known, _)| known.text == key.text) else {
            base.push((key, value));
            continue;
        };
        if value.is_null() {
            base.remove(index);
            continue;
        }
        let placeholder = Node::plain("", value.span);
        let old = std::mem::replace(&mut base[index].1, placeholder);
        path.push(key.text.clone());
        base[index] = (key, merge_at(old, value, path));
        path.pop();
    }
    base
}

fn merges_by_name(base: &[Node], over: &[Node], path: &[String]) -> bool {
    let strategy = path
        .last()
        .is_some_and(|key| key.ends_with("apacityProviderStrategy"));
    let named = |items: &[Node]| names::entry_names(items).iter().all(Option::is_some);
    path.first().is_some_and(|key| key == "aws") && !strategy && named(base) && named(over)
}

fn merge_lists(mut base: Vec<Node>, over: Vec<Node>, path: &mut Vec<String>) -> Vec<Node> {
    let known = names::entry_names(&base);
    let names = names::entry_names(&over);
    // One entry of the variant for one of the base: a name that stands twice in the variant stays
    // twice, for the checks to report.
    let mut merged = vec![false; base.len()];
    for (item, name) in over.into_iter().zip(names) {
        match name.and_then(|name| partner(&known, &merged, &name, &item)) {
            Some(index) => {
                merged[index] = true;
                let placeholder = Node::plain("", item.span);
                let old = std::mem::replace(&mut base[index], placeholder);
                base[index] = merge_at(old, item, path);
            }
            None => base.push(item),
        }
    }
    base
}

/// The entry of the base, by its names, that `item` is the difference to.
fn partner(
    known: &[Option<EntryNames>],
    merged: &[bool],
    name: &EntryNames,
    item: &Node,
) -> Option<usize> {
    let free = |index: &usize| !merged.get(*index).copied().unwrap_or(false);
    let is_family = item.get("family").is_some();
    if is_family && item.get("revision").is_none() {
        let same = |index: &usize| {
            known[*index]
                .as_ref()
                .is_some_and(|it| it.short == name.short)
        };
        let mut all = (0..known.len()).filter(same);
        if let (Some(only), None) = (all.next(), all.next()) {
            return Some(only).filter(free);
        }
    }
    let same = |index: &usize| {
        known[*index]
            .as_ref()
            .is_some_and(|it| it.full == name.full)
    };
    (0..known.len()).filter(free).find(same)
}

#[cfg(test)]
pub(in crate::scenario) mod tests;
