//! Deep merge: a variant is only its difference from its base.
//!
//! - Mappings merge by key; a null in the variant takes the base's key away.
//! - Lists under `aws:` whose entries all have one of AWS's names ([`names`]) merge by it: entries
//!   of the same name merge, new ones are appended. A task definition without `revision` merges
//!   into the family's only one.
//! - A capacity provider strategy is replaced whole: its weights mean something only together.
//! - Any other list, and any value, is replaced.

use std::collections::BTreeMap;

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
            let known = Known::of(names::entry_names(base));
            let labels = names::labels(items).into_iter();
            let named = labels.zip(names::entry_names(items)).zip(items);
            let both = named.filter_map(|((label, name), item)| {
                known.partner(&[], &name?, item)?;
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
    base: Vec<(Key, Node)>,
    over: Vec<(Key, Node)>,
    path: &mut Vec<String>,
) -> Vec<(Key, Node)> {
    // Generated files have thousands of keys; to search for each would take their square.
    let keys = base.iter().enumerate();
    let index: BTreeMap<String, usize> =
        keys.map(|(at, (key, _))| (key.text.clone(), at)).collect();
    let mut merged: Vec<Option<(Key, Node)>> = base.into_iter().map(Some).collect();
    for (key, value) in over {
        let Some(place) = index.get(&key.text).map(|at| &mut merged[*at]) else {
            merged.push(Some((key, value)));
            continue;
        };
        let Some((_, old)) = place.take().filter(|_| !value.is_null()) else {
            continue;
        };
        path.push(key.text.clone());
        *place = Some((key, merge_at(old, value, path)));
        path.pop();
    }
    merged.into_iter().flatten().collect()
}

fn merges_by_name(base: &[Node], over: &[Node], path: &[String]) -> bool {
    let strategy = path
        .last()
        .is_some_and(|key| key.ends_with("apacityProviderStrategy"));
    let named = |items: &[Node]| names::entry_names(items).iter().all(Option::is_some);
    path.first().is_some_and(|key| key == "aws") && !strategy && named(base) && named(over)
}

fn merge_lists(mut base: Vec<Node>, over: Vec<Node>, path: &mut Vec<String>) -> Vec<Node> {
    let known = Known::of(names::entry_names(&base));
    let names = names::entry_names(&over);
    // One entry of the variant for one of the base: a name that stands twice in the variant stays
    // twice, for the checks to report.
    let mut merged = vec![false; base.len()];
    for (item, name) in over.into_iter().zip(names) {
        match name.and_then(|name| known.partner(&merged, &name, &item)) {
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

/// The entries of a base list by their names.
struct Known {
    full: BTreeMap<String, Vec<usize>>,
    /// By the family of a task definition.
    family: BTreeMap<Vec<String>, Vec<usize>>,
}

impl Known {
    fn of(names: Vec<Option<EntryNames>>) -> Self {
        let mut known = Known {
            full: BTreeMap::new(),
            family: BTreeMap::new(),
        };
        for (index, name) in names.into_iter().enumerate() {
            let Some(name) = name else { continue };
            known.full.entry(name.full).or_default().push(index);
            known.family.entry(name.short).or_default().push(index);
        }
        known
    }

    /// The entry of the base that `item`, by its name, is the difference to.
    fn partner(&self, merged: &[bool], name: &EntryNames, item: &Node) -> Option<usize> {
        let is_free = |index: &usize| !merged.get(*index).copied().unwrap_or(false);
        let is_family = item.get("family").is_some();
        if is_family
            && item.get("revision").is_none()
            && let Some([only]) = self.family.get(&name.short).map(Vec::as_slice)
        {
            return Some(*only).filter(is_free);
        }
        let same = self.full.get(&name.full)?;
        same.iter().copied().find(is_free)
    }
}

#[cfg(test)]
pub(in crate::scenario) mod tests;
