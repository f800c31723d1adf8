use proptest::prelude::*;

use super::*;
use crate::scenario::diagnostic::Diagnostics;
use crate::scenario::node;
use crate::scenario::source::Sources;

fn tree(text: &str) -> Node {
    let mut sources = Sources::new();
    let file = sources.add("s.yaml", text);
    node::parse(&sources, file, &mut Diagnostics::new()).unwrap()
}

/// The tree in one line of flow style.
pub(in crate::scenario) fn flow(node: &Node) -> String {
    match &node.value {
        Value::Scalar(scalar) => scalar.text.clone(),
        Value::Sequence(items) => {
            format!(
                "[{}]",
                items.iter().map(flow).collect::<Vec<_>>().join(", ")
            )
        }
        Value::Mapping(entries) => {
            let entries = entries
                .iter()
                .map(|(key, value)| format!("{}: {}", key.text, flow(value)));
            format!("{{{}}}", entries.collect::<Vec<_>>().join(", "))
        }
    }
}

fn check(base: &str, over: &str, expected: &str) {
    assert_eq!(flow(&merge(tree(base), tree(over))), flow(&tree(expected)));
}

#[test]
fn mappings_merge_by_key_and_values_are_replaced() {
    check(
        "{run: {seed: 1, duration: 7d}, name: a}",
        "{run: {seed: 2}, world: {x: 1}}",
        "{run: {seed: 2, duration: 7d}, name: a, world: {x: 1}}",
    );
}

#[test]
fn a_null_takes_a_key_away() {
    check(
        "{run: {seed: 1, duration: 7d}}",
        "{run: {seed: ~}}",
        "{run: {duration: 7d}}",
    );
}

#[test]
fn aws_lists_merge_by_name() {
    check(
        "{aws: {services: [{serviceName: a, desiredCount: 1, x: 1}, {serviceName: b}]}}",
        "{aws: {services: [{serviceName: c}, {serviceName: a, desiredCount: 5}]}}",
        "{aws: {services: [{serviceName: a, desiredCount: 5, x: 1}, {serviceName: b}, {serviceName: c}]}}",
    );
    check(
        "{aws: {taskDefinitions: [{family: a, containerDefinitions: [{name: x, cpu: 1, image: i}]}]}}",
        "{aws: {taskDefinitions: [{family: a, containerDefinitions: [{name: x, cpu: 2}]}]}}",
        "{aws: {taskDefinitions: [{family: a, containerDefinitions: [{name: x, cpu: 2, image: i}]}]}}",
    );
}

#[test]
fn a_family_without_revision_merges_into_the_only_one_there_is() {
    check(
        "{aws: {taskDefinitions: [{family: a, revision: 7, cpu: 1}]}}",
        "{aws: {taskDefinitions: [{family: a, cpu: 2}]}}",
        "{aws: {taskDefinitions: [{family: a, revision: 7, cpu: 2}]}}",
    );
    check(
        "{aws: {taskDefinitions: [{family: a, cpu: 1}]}}",
        "{aws: {taskDefinitions: [{family: a, cpu: 2}, {family: a, cpu: 3}]}}",
        "{aws: {taskDefinitions: [{family: a, cpu: 2}, {family: a, cpu: 3}]}}",
    );
}

#[test]
fn strategies_and_lists_without_names_are_replaced_whole() {
    let strategy = |entries: &str| {
        format!(
            "{{aws: {{services: [{{serviceName: a, capacityProviderStrategy: [{entries}]}}]}}}}"
        )
    };
    let spot = strategy("{capacityProvider: FARGATE_SPOT, weight: 1}");
    check(
        &strategy("{capacityProvider: FARGATE, weight: 3}"),
        &spot,
        &spot,
    );
    check(
        "{aws: {subnets: [a, b]}}",
        "{aws: {subnets: [c]}}",
        "{aws: {subnets: [c]}}",
    );
    check(
        "{timeline: [{name: a, x: 1}]}",
        "{timeline: [{name: a}]}",
        "{timeline: [{name: a}]}",
    );
}

#[test]
fn a_name_that_stands_twice_in_a_variant_stays_twice() {
    check(
        "{aws: {services: [{serviceName: a, x: 0}]}}",
        "{aws: {services: [{serviceName: a, x: 1}, {serviceName: a, x: 2}]}}",
        "{aws: {services: [{serviceName: a, x: 1}, {serviceName: a, x: 2}]}}",
    );
}

/// Small trees of the keys that merging looks at.
fn any_tree() -> impl Strategy<Value = String> {
    let leaf = prop_oneof![
        Just("1".to_owned()),
        Just("~".to_owned()),
        Just("a".to_owned())
    ];
    leaf.prop_recursive(4, 24, 3, |inner| {
        let key = prop::sample::select(vec![
            "aws",
            "services",
            "serviceName",
            "family",
            "revision",
            "name",
            "ResourceId",
        ]);
        prop_oneof![
            prop::collection::vec(inner.clone(), 0..3)
                .prop_map(|items| format!("[{}]", items.join(", "))),
            prop::collection::btree_map(key, inner, 0..4).prop_map(|entries| {
                let entries = entries.iter().map(|(key, value)| format!("{key}: {value}"));
                format!("{{{}}}", entries.collect::<Vec<_>>().join(", "))
            }),
        ]
    })
}

proptest! {
    #[test]
    fn an_empty_variant_changes_nothing_and_an_empty_base_adds_nothing(text in any_tree()) {
        let some = tree(&format!("{{aws: {{services: {text}}}}}"));
        let none = tree("{}");
        prop_assert_eq!(flow(&merge(some.clone(), none.clone())), flow(&some));
        prop_assert_eq!(flow(&merge(none, some.clone())), flow(&some));
    }

    #[test]
    fn merging_never_panics(
        base in any_tree(), over in any_tree()
    ) {
        let base = tree(&format!("{{aws: {{services: {base}}}}}"));
        let over = tree(&format!("{{aws: {{services: {over}}}}}"));
        let once = merge(base, over.clone());
        let _ = overlaps(&once, &over);
        let _ = merge(once, over);
    }
}
