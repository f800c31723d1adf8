//! What two scenarios say differently, by path.

use super::names::labels;
use super::node::{Node, Value};
use super::path::join;
use super::resolved::one_line;

/// A value that two scenarios do not have alike.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Difference {
    /// Where it stands, as `--set` takes it.
    pub path: String,
    /// What the first says; `None`: nothing.
    pub before: Option<String>,
    /// What the second says; `None`: nothing.
    pub after: Option<String>,
}

/// All differences, in the order of the first scenario. Entries of lists are the same where AWS's
/// name of them is; of lists without names, where their places are.
pub fn differences(before: &Node, after: &Node) -> Vec<Difference> {
    let mut found = Vec::new();
    walk("", [Some(before), Some(after)], &mut found);
    found
}

fn walk(path: &str, both: [Option<&Node>; 2], found: &mut Vec<Difference>) {
    let [before, after] = both;
    if let (Some(one), Some(other)) = (before, after)
        && let Some([one, other]) = inside(one, other)
    {
        let of =
            |all: &[(String, &Node)], name: &str| all.iter().position(|(known, _)| known == name);
        for (name, node) in &one {
            let there = of(&other, name).map(|at| other[at].1);
            walk(&join(path, name), [Some(*node), there], found);
        }
        for (name, node) in other.iter().filter(|(name, _)| of(&one, name).is_none()) {
            walk(&join(path, name), [None, Some(*node)], found);
        }
        return;
    }
    let [before, after] = both.map(|node| node.map(one_line));
    if before != after {
        found.push(Difference {
            path: path.to_owned(),
            before,
            after,
        });
    }
}

/// What stands inside of one node and of another of its kind, by name.
fn inside<'a>(one: &'a Node, other: &'a Node) -> Option<[Vec<(String, &'a Node)>; 2]> {
    match (&one.value, &other.value) {
        (Value::Mapping(one), Value::Mapping(other)) => {
            let named = |entries: &'a [(super::node::Key, Node)]| {
                let entry = |(key, node): &'a (super::node::Key, Node)| (key.text.clone(), node);
                entries.iter().map(entry).collect()
            };
            Some([named(one), named(other)])
        }
        (Value::Sequence(one), Value::Sequence(other)) => {
            let names = [one, other].map(|items| distinct(items));
            let [Some(first), Some(second)] = names else {
                // Entries without names of their own are a whole: a change of one may move all.
                return None;
            };
            let named =
                |names: Vec<String>, items: &'a [Node]| names.into_iter().zip(items).collect();
            Some([named(first, one), named(second, other)])
        }
        _ => None,
    }
}

/// The names of a list's entries, if each has one of its own.
fn distinct(items: &[Node]) -> Option<Vec<String>> {
    let names: Vec<String> = labels(items).into_iter().collect::<Option<_>>()?;
    let mut sorted = names.clone();
    sorted.sort();
    sorted
        .windows(2)
        .all(|pair| pair[0] != pair[1])
        .then_some(names)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::scenario::diagnostic::Diagnostics;
    use crate::scenario::node::parse;
    use crate::scenario::source::Sources;

    fn tree(text: &str) -> Node {
        let (mut sources, mut wrong) = (Sources::new(), Diagnostics::new());
        let file = sources.add("s.yaml", text);
        parse(&sources, file, &mut wrong).unwrap()
    }

    fn told(before: &str, after: &str) -> Vec<String> {
        let told = |it: &Difference| {
            let [before, after] = [&it.before, &it.after].map(|it| it.as_deref().unwrap_or("–"));
            format!("{}: {before} → {after}", it.path)
        };
        differences(&tree(before), &tree(after))
            .iter()
            .map(told)
            .collect()
    }

    #[test]
    fn entries_of_lists_are_told_by_their_names() {
        let before =
            "{ aws: { services: [{ serviceName: api, desiredCount: 2 }, { serviceName: web }] } }";
        let after = "{ aws: { services: [{ serviceName: web, launchType: FARGATE }, { serviceName: api, \
                     desiredCount: 3 }] }, run: { duration: 2d } }";
        assert_eq!(
            told(before, after),
            [
                "aws.services.api.desiredCount: 2 → 3",
                "aws.services.web.launchType: – → FARGATE",
                "run: – → {\"duration\":\"2d\"}",
            ]
        );
        assert!(told(before, before).is_empty());
    }

    #[test]
    fn a_list_without_names_is_a_whole() {
        let told = told(
            "{ timeline: [{ at: 1h }, { at: 2h }] }",
            "{ timeline: [{ at: 2h }] }",
        );
        assert_eq!(
            told,
            ["timeline: [{\"at\":\"1h\"},{\"at\":\"2h\"}] → [{\"at\":\"2h\"}]"]
        );
    }
}
