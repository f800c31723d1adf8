use proptest::prelude::*;

use super::*;
use crate::scenario::merge::tests::flow;

const SCENARIO: &str = "
aws:
  services:
    - serviceName: api
      desiredCount: 2
      capacityProviderStrategy: [{ capacityProvider: FARGATE_SPOT, weight: 1 }]
  targetGroups: [{ TargetGroupName: web, attributes: { deregistration_delay.timeout_seconds: 60 } }]
world:
";

/// The tree after a `--set`, or the message.
fn set(assignment: &str) -> Result<Node, String> {
    let (mut sources, mut diagnostics) = (Sources::new(), Diagnostics::new());
    let file = sources.add("s.yaml", SCENARIO);
    let mut root = node::parse(&sources, file, &mut diagnostics).unwrap();
    match assign(&mut root, &mut sources, assignment, &mut diagnostics) {
        true => Ok(root),
        false => Err(diagnostics.render(&sources, false)),
    }
}

fn get(root: &Node, path: &str) -> String {
    flow(Path::parse(path).unwrap().get(root).unwrap())
}

#[test]
fn dots_and_brackets_are_the_same_path() {
    let weight = "aws.services.api.capacityProviderStrategy.FARGATE_SPOT.weight";
    let brackets = "aws[services][api].capacityProviderStrategy[FARGATE_SPOT][weight]";
    assert_eq!(Path::parse(weight).unwrap(), Path::parse(brackets).unwrap());
    let root = set(&format!("{brackets}=4")).unwrap();
    assert_eq!(get(&root, weight), "4");
    assert_eq!(get(&root, "aws.services[0].desiredCount"), "2");
    let delay = "aws.targetGroups.web.attributes[deregistration_delay.timeout_seconds]";
    assert_eq!(get(&set(&format!("{delay}=5")).unwrap(), delay), "5");
    assert_eq!(Path::parse(delay).unwrap().to_string(), delay);
}

#[test]
fn a_value_is_yaml_and_may_be_new_where_its_parent_exists() {
    let root = set("world.spot={ preset: [a, b] }").unwrap();
    assert_eq!(get(&root, "world"), "{spot: {preset: [a, b]}}");
    let root = set("name=").unwrap();
    assert!(root.get("name").unwrap().is_null());
}

#[test]
fn blocks_that_a_scenario_may_leave_out_are_added() {
    let root = set("record.metrics=none").unwrap();
    assert_eq!(get(&root, "record.metrics"), "none");
    let root = set("world.spot.FARGATE_SPOT.preset=pessimistic").unwrap();
    assert_eq!(get(&root, "world.spot.FARGATE_SPOT.preset"), "pessimistic");
    assert!(set("aws.cluster.clusterName=shop").is_err());
}

#[test]
fn a_path_that_leads_nowhere_names_the_nearest() {
    insta::assert_snapshot!(set("aws.services.apx.desiredCount=3").unwrap_err(), @r#"
    error[no-such-path]: the path "aws.services.apx.desiredCount" leads nowhere: aws.services has no entry "apx"
      --> --set:1:14
     1 | aws.services.apx.desiredCount=3
       |              ^^^
      help: did you mean "api"?
    "#);
    let message = |text| set(text).unwrap_err().lines().next().unwrap().to_owned();
    assert_eq!(
        message("awz.services=3"),
        "error[no-such-path]: the path \"awz.services\" leads nowhere: the scenario has no \"awz\""
    );
    assert_eq!(
        message("aws.services.api.desiredCount.x=3"),
        "error[no-such-path]: the path \"aws.services.api.desiredCount.x\" leads nowhere: \
         aws.services.api.desiredCount is a single value"
    );
}

#[test]
fn what_is_no_path_is_refused() {
    for text in ["", "a..b", "a.", "a[b", "a[]", "a[b]c", ".a", "[", "]."] {
        assert_eq!(
            Path::parse(text).map_err(|wrong| wrong.code),
            Err("invalid-path"),
            "{text}"
        );
    }
    assert!(
        set("no assignment")
            .unwrap_err()
            .contains("has no =, path=value was expected")
    );
}

#[test]
fn a_set_value_stands_in_the_set_not_in_the_file() {
    let (mut sources, mut diagnostics) = (Sources::new(), Diagnostics::new());
    let file = sources.add("s.yaml", SCENARIO);
    let mut root = node::parse(&sources, file, &mut diagnostics).unwrap();
    assign(
        &mut root,
        &mut sources,
        "aws.services.api.desiredCount=many",
        &mut diagnostics,
    );
    let path = Path::parse("aws.services.api.desiredCount").unwrap();
    let reader = crate::scenario::reader::Reader::new();
    reader
        .field(path.get(&root).unwrap(), "aws.services.api.desiredCount")
        .u32(0..=9);
    insta::assert_snapshot!(reader.into_parts().0.render(&sources, false), @r#"
    error[wrong-type]: found "many", expected a whole number in aws.services.api.desiredCount
      --> --set:1:31
     1 | aws.services.api.desiredCount=many
       |                               ^^^^
    "#);
}

proptest! {
    #[test]
    fn no_path_panics_and_a_path_reads_back_as_it_is_shown(text in r"[a-c.\[\] 0'é=:]{0,16}") {
        if let Ok(path) = Path::parse(&text) {
            prop_assert_eq!(Path::parse(&path.to_string()), Ok(path));
        }
        let _ = set(&text);
    }
}

#[test]
fn one_more_entry_of_a_list_is_a_plus() {
    let root = set("timeline[+]={ at: 1h }").unwrap();
    assert_eq!(
        get(&root, "timeline[0].at"),
        "1h",
        "the first one makes the list"
    );
    let root = set("aws.services[+]={ serviceName: web }").unwrap();
    assert_eq!(get(&root, "aws.services.web.serviceName"), "web");
    assert_eq!(get(&root, "aws.services.api.desiredCount"), "2");
    // Nothing is inside an entry that is not there yet.
    let wrong = set("aws.services[+].desiredCount=2").unwrap_err();
    assert!(wrong.contains("aws.services has no entry"), "{wrong}");
}
