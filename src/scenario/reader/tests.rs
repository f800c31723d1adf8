use super::*;
use crate::scenario::node;
use crate::scenario::source::Sources;

/// Reads a text with `read`, and shows what was found to be wrong, and ignored.
fn check(text: &str, read: impl Fn(MapReader<'_>)) -> (String, Vec<String>) {
    let (mut sources, mut diagnostics) = (Sources::new(), Diagnostics::new());
    let file = sources.add("s.yaml", text);
    let root = node::parse(&sources, file, &mut diagnostics).unwrap();
    let reader = Reader::new();
    if let Some(map) = reader.map(&root, "aws") {
        read(map);
    }
    let (diagnostics, ignored) = reader.into_parts();
    let ignored = ignored.into_iter().map(|it| it.path).collect();
    (diagnostics.render(&sources, false), ignored)
}

/// The message lines alone.
fn messages(text: &str, read: impl Fn(MapReader<'_>)) -> Vec<String> {
    let shown = check(text, read).0;
    shown
        .lines()
        .filter(|line| line.contains("]: "))
        .map(str::to_owned)
        .collect()
}

#[test]
fn a_field_of_awss_without_effect_is_noted_and_one_that_aws_has_not_is_an_error() {
    let text = "services:\n  - serviceName: api\n    desiredCout: 3\n    tags: [{key: a, value: b}]\n\
                \x20   runningCount: 2\n    enableEcsManagedTags: ~\n";
    let (shown, ignored) = check(text, |mut map| {
        for mut service in map.maps("services") {
            service.str("serviceName");
            service.finish_aws("ecs.Service");
        }
        map.finish();
    });
    insta::assert_snapshot!(shown, @r#"
    error[unknown-field]: unknown field "desiredCout" in aws.services.api
      --> s.yaml:3:5
     3 |     desiredCout: 3
       |     ^^^^^^^^^^^
      help: did you mean "desiredCount"?
    "#);
    assert_eq!(
        ignored,
        ["aws.services.api.tags", "aws.services.api.runningCount"]
    );
}

#[test]
fn a_field_that_aws_has_not_is_found_inside_of_what_has_no_effect() {
    let text = "logConfiguration: { logDriver: awslogs, optoins: {} }\n";
    let found = messages(text, |map| map.finish_aws("ecs.ContainerDefinition"));
    assert_eq!(
        found,
        ["error[unknown-field]: unknown field \"optoins\" in aws.logConfiguration"]
    );
}

#[test]
fn every_problem_of_a_mapping_is_found_in_one_reading() {
    let text = "{ a: x, b: 300, c: 10, d: maybe, e: quick, f: 1, g: [1], h: -1, i: 0.5 }";
    let found = messages(text, |mut map| {
        assert_eq!(map.u32("a", 0..=9), None);
        assert_eq!(map.u32("b", 0..=200), None);
        assert_eq!(map.duration("c"), None);
        assert_eq!(map.bool("d"), None);
        assert_eq!(map.choice("e", &[("fast", 1), ("slow", 2)]), None);
        assert!(map.list("f").is_empty());
        assert!(map.map("g").is_none());
        assert_eq!(map.u64("h", 1..=u64::MAX), None);
        assert_eq!(map.f64("i", 1.0..=2.0), None);
        assert!(map.required("j").is_none());
        map.finish();
    });
    assert_eq!(
        found,
        [
            "error[missing-field]: \"j\" is missing in aws",
            "error[wrong-type]: found \"x\", expected a whole number in aws.a",
            "error[out-of-range]: 300 is not a whole number between 0 and 200 in aws.b",
            "error[invalid-value]: \"10\" has no unit, a duration needs one in aws.c",
            "error[wrong-type]: found \"maybe\", expected true or false in aws.d",
            "error[unknown-value]: \"quick\" is not one of the values here in aws.e",
            "error[wrong-type]: found \"1\", expected a list in aws.f",
            "error[wrong-type]: found a list, expected a mapping in aws.g",
            "error[out-of-range]: -1 is not a whole number of at least 1 in aws.h",
            "error[out-of-range]: 0.5 is not between 1 and 2 in aws.i",
        ]
    );
}

#[test]
fn null_is_absent_and_quoted_numbers_are_numbers() {
    let found = messages("{ a: ~, b: \"256\", c: 'true', d: 012 }", |mut map| {
        assert_eq!(map.u32("a", 0..=9), None);
        assert_eq!(map.u32("b", 0..=999), Some(256));
        assert_eq!(map.bool("c"), Some(true));
        assert_eq!(map.str("d"), Some("012"));
        assert!(map.has("a") && !map.has("x"));
        map.finish();
    });
    assert_eq!(found, [""; 0]);
}

#[test]
fn keys_of_the_users_own_are_entries_and_carry_their_path() {
    messages("{ default: 1, \"api:2\": 2, a.b: 3 }", |mut map| {
        assert_eq!(map.u32("default", 0..=9), Some(1));
        let paths: Vec<String> = map
            .entries()
            .iter()
            .map(|(_, field)| field.path().to_owned())
            .collect();
        assert_eq!(paths, ["aws.api:2", "aws[a.b]"]);
        map.finish();
    });
}
