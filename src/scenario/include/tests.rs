use std::fs;

use super::*;
use crate::scenario::merge::tests::flow;

/// Loads the first of some files; shows the tree, and the messages with the folder cut off.
fn check(files: &[(&str, &str)]) -> (String, String) {
    let folder = tempfile::tempdir().unwrap();
    for (name, text) in files {
        fs::write(folder.path().join(name), text).unwrap();
    }
    let (mut sources, mut diagnostics) = (Sources::new(), Diagnostics::new());
    let tree = load(
        &mut sources,
        &folder.path().join(files[0].0),
        &mut diagnostics,
    );
    let messages = diagnostics.render(&sources, false);
    let cut = format!("{}/", folder.path().display());
    (
        tree.map_or(String::new(), |tree| flow(&tree)),
        messages.replace(&cut, ""),
    )
}

const TASK: &str = r#"{ "taskDefinition": {
    "taskDefinitionArn": "arn:aws:ecs:us-east-1:012345678901:task-definition/api:7",
    "family": "api", "revision": 7, "cpu": "512", "status": "ACTIVE" },
    "tags": [{ "key": "team", "value": "shop" }] }"#;

#[test]
fn a_variant_is_its_difference_to_its_bases() {
    let (tree, messages) = check(&[
        ("v.yaml", "extends: [a.yaml, b.yaml]\nrun: { seed: 3 }\n"),
        ("a.yaml", "name: a\nrun: { seed: 1, duration: 1d }\n"),
        ("b.yaml", "extends: c.yaml\nname: b\n"),
        ("c.yaml", "name: c\nx: 1\n"),
    ]);
    assert_eq!(messages, "");
    assert_eq!(tree, "{name: b, run: {seed: 3, duration: 1d}, x: 1}");
}

#[test]
fn a_cycle_is_refused_with_its_chain() {
    let (_, messages) = check(&[
        ("a.yaml", "extends: b.yaml\n"),
        ("b.yaml", "x: 1\nextends: [./c.yaml]\n"),
        ("c.yaml", "extends: ./b.yaml\n"),
    ]);
    insta::assert_snapshot!(messages, @r"
    error[extends-cycle]: the file extends itself: b.yaml extends ./c.yaml extends ./b.yaml in extends
      --> ./c.yaml:1:10
     1 | extends: ./b.yaml
       |          ^^^^^^^^
      help: a base knows nothing of its variants: take extends out of one of them
    ");
}

#[test]
fn a_missing_base_points_at_the_line_that_names_it() {
    let (_, messages) = check(&[("a.yaml", "name: x\nextends: no.yaml\n")]);
    insta::assert_snapshot!(messages, @r"
    error[unreadable-file]: can't read no.yaml: no such file in extends
      --> a.yaml:2:10
     2 | extends: no.yaml
       |          ^^^^^^^
    ");
}

#[test]
fn what_the_aws_cli_prints_becomes_blocks() {
    let (tree, messages) = check(&[
        (
            "a.yaml",
            "aws: { region: us-east-1, include: [t.json, s.json, c.json, r.json] }\n",
        ),
        ("t.json", TASK),
        (
            "s.json",
            r#"{"services": [{"serviceName": "api"}, {"serviceName": "b"}], "failures": []}"#,
        ),
        (
            "c.json",
            r#"{"clusters": [{"clusterName": "shop"}], "failures": []}"#,
        ),
        (
            "r.json",
            r#"[{"family": "etl", "containerDefinitions": [{"name": "x"}]}]"#,
        ),
    ]);
    assert_eq!(messages, "");
    assert_eq!(
        tree,
        "{aws: {taskDefinitions: [\
         {taskDefinitionArn: arn:aws:ecs:us-east-1:012345678901:task-definition/api:7, \
         family: api, revision: 7, cpu: 512, status: ACTIVE, tags: [{key: team, value: shop}]}, \
         {family: etl, containerDefinitions: [{name: x}]}], \
         services: [{serviceName: api}, {serviceName: b}], cluster: {clusterName: shop}, \
         region: us-east-1}}"
    );
}

#[test]
fn inline_wins_over_an_include_and_it_is_said_once() {
    let (tree, messages) = check(&[
        (
            "a.yaml",
            "aws:\n  include: t.json\n  taskDefinitions:\n    - { family: api, cpu: \"1024\" }\n",
        ),
        ("t.json", TASK),
    ]);
    assert!(
        tree.contains("family: api, revision: 7, cpu: 1024, status: ACTIVE"),
        "{tree}"
    );
    insta::assert_snapshot!(messages, @r#"
    note[include-overlap]: "taskDefinitions.api" stands here and in an include: what stands here wins in aws.taskDefinitions
      --> a.yaml:4:7
     4 |     - { family: api, cpu: "1024" }
       |       ^^^^^^^^^^^^^^^^^^^^^^^^^^^^
    "#);
}

#[test]
fn what_is_not_of_the_aws_cli_or_not_whole_is_said() {
    let codes = |text: &str| {
        let (_, messages) = check(&[("a.yaml", "aws: { include: [x.json] }"), ("x.json", text)]);
        let lines = messages.lines().filter(|line| line.contains("]: "));
        lines
            .map(|line| line.split(']').next().unwrap().to_owned())
            .collect::<Vec<_>>()
    };
    assert_eq!(codes(r#"{"tasks": []}"#), ["error[unknown-include"]);
    assert_eq!(codes("[]"), ["note[include-empty"]);
    assert_eq!(codes(r#"{"services": []}"#), ["note[include-empty"]);
    assert_eq!(codes("[3]"), ["error[unknown-include"]);
    assert_eq!(
        codes(r#"{"services": [], "nextToken": "x"}"#),
        ["warning[include-page"]
    );
    let failed = r#"{"services": [], "failures": [{"reason": "MISSING"}]}"#;
    assert_eq!(codes(failed), ["warning[include-failures"]);
    let two = r#"{"clusters": [{"clusterName": "a"}, {"clusterName": "b"}]}"#;
    assert_eq!(codes(two), ["error[two-clusters"]);
}

#[test]
fn what_is_misspelt_in_an_include_is_said_at_its_place() {
    let said = |text: &str| check(&[("a.yaml", "aws: { include: [x.json] }"), ("x.json", text)]).1;
    let beside = said(r#"{"servces": [{"serviceName": "x"}], "services": [], "failures": []}"#);
    insta::assert_snapshot!(beside, @r#"
    error[unknown-field]: unknown field "servces" in aws.include
      --> x.json:1:2
     1 | {"servces": [{"serviceName": "x"}], "services": [], "failures": []}
       |  ^^^^^^^^^
      help: did you mean "services" or "service"?
    "#);
    assert_eq!(
        said(r#"{"servces": []}"#).lines().next(),
        beside.lines().next()
    );
    insta::assert_snapshot!(said(r#"{"include": ["x.json"], "services": []}"#), @r#"
    error[unknown-field]: unknown field "include" in aws.include
      --> x.json:1:2
     1 | {"include": ["x.json"], "services": []}
       |  ^^^^^^^^^
      help: a file that is included includes no others: name them all in the scenario's aws.include
    "#);
    insta::assert_snapshot!(said(r#"{"services": {"serviceName": "x"}}"#), @r#"
    error[wrong-type]: found a mapping, expected a list in aws.include.services
      --> x.json:1:14
     1 | {"services": {"serviceName": "x"}}
       |              ^^^^^^^^^^^^^^^^^^^^
    "#);
}

#[test]
fn bases_that_double_at_each_level_end_at_the_limit() {
    let names: Vec<String> = (0..20).map(|level| format!("{level}.yaml")).collect();
    let text = |level: usize| format!("extends: [{0}.yaml, {0}.yaml]\n", level + 1);
    let texts: Vec<String> = (0..19).map(text).chain(["x: 1\n".to_owned()]).collect();
    let files: Vec<(&str, &str)> = names
        .iter()
        .zip(&texts)
        .map(|(name, text)| (name.as_str(), text.as_str()))
        .collect();
    let (_, messages) = check(&files);
    assert_eq!(messages.matches("error").count(), 1, "{messages}");
    assert!(messages.contains("the scenario draws in more than 256 files"));
}
