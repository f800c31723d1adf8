use super::*;
use crate::scenario::diagnostic::Diagnostics;
use crate::scenario::node;
use crate::scenario::source::Sources;

fn items(text: &str) -> Vec<Node> {
    let mut sources = Sources::new();
    let file = sources.add("s.yaml", text);
    let root = node::parse(&sources, file, &mut Diagnostics::new()).unwrap();
    root.as_sequence().unwrap().to_vec()
}

fn fulls(text: &str) -> Vec<String> {
    let names = entry_names(&items(text));
    names
        .into_iter()
        .map(|names| names.map_or("-".to_owned(), |names| names.full))
        .collect()
}

#[test]
fn a_schedule_goes_by_its_name_and_by_its_group_s() {
    let schedules = items(
        "[{ Name: a, GroupName: default, FlexibleTimeWindow: { Mode: \"OFF\" } }, { Name: b, \
         GroupName: nights, FlexibleTimeWindow: { Mode: \"OFF\" } }]",
    );
    assert_eq!(find_entry(&schedules, "a"), Ok(0));
    assert_eq!(find_entry(&schedules, "b"), Ok(1));
    assert_eq!(find_entry(&schedules, "nights/b"), Ok(1));
    assert!(find_entry(&schedules, "default").is_err());
}

#[test]
fn entries_go_by_awss_name_field() {
    assert_eq!(
        fulls("[{serviceName: a}, {cpu: 1}, {name: c}]"),
        ["a", "-", "c"]
    );
    assert_eq!(fulls("[{TargetGroupName: t, Port: 80, Name: x}]"), ["t"]);
    assert_eq!(
        fulls("[{ResourceId: service/shop/api, ScalableDimension: 'ecs:service:DesiredCount'}]"),
        ["service/shop/api:ecs:service:DesiredCount"]
    );
    let policies = "[{ResourceId: service/s/a, PolicyName: cpu}]";
    assert_eq!(fulls(policies), ["service/s/a/cpu"]);
}

#[test]
fn families_without_a_revision_are_numbered_in_order() {
    let list = "[{family: a}, {family: a}, {family: b}, {family: a, revision: 7}, {family: a}]";
    assert_eq!(fulls(list), ["a:1", "a:2", "b:1", "a:7", "a:8"]);
    let list = items(list);
    assert_eq!(find_entry(&list, "b"), Ok(2));
    assert_eq!(find_entry(&list, "a:7"), Ok(3));
    let four = ["a:1", "a:2", "a:7", "a:8"].map(str::to_owned).to_vec();
    assert_eq!(find_entry(&list, "a"), Err(NotFound::Several(four)));
}

#[test]
fn a_short_name_is_good_as_long_as_it_is_the_only_one() {
    let list = items(
        "[{ResourceId: service/s/a, PolicyName: cpu}, {ResourceId: service/s/b, PolicyName: cpu},\
          {ResourceId: service/s/b, PolicyName: memory}]",
    );
    assert_eq!(find_entry(&list, "memory"), Ok(2));
    assert_eq!(find_entry(&list, "service/s/b/cpu"), Ok(1));
    assert!(matches!(
        find_entry(&list, "cpu"),
        Err(NotFound::Several(_))
    ));
    let labels: Vec<String> = labels(&list).into_iter().flatten().collect();
    assert_eq!(labels, ["service/s/a/cpu", "service/s/b/cpu", "memory"]);
}

#[test]
fn an_index_leads_to_an_entry_without_a_name() {
    assert_eq!(find_entry(&items("[{cpu: 1}, {cpu: 2}]"), "1"), Ok(1));
    assert_eq!(find_entry(&items("[{name: '1'}, {name: '0'}]"), "1"), Ok(0));
    let none = NotFound::None(vec!["[0]".to_owned()]);
    assert_eq!(find_entry(&items("[{cpu: 1}]"), "1"), Err(none));
}
