//! What a user gets wrong of programs that come after others.

use super::bad_input::refused;
use super::home::Home;

/// Four programs, with this demand.
fn pipeline(demand: &str) -> String {
    format!(
        "\
fleetcast: 1
name: pipeline
run: {{ duration: 1d }}
aws:
  cluster: {{ capacityProviders: [FARGATE] }}
  taskDefinitions:
    - {{ family: step, cpu: 256, memory: 512 }}
    - {{ family: endless, cpu: 256, memory: 512 }}
  runTasks:
    - {{ name: extract, taskDefinition: step, launchType: FARGATE }}
    - {{ name: transform, taskDefinition: step, launchType: FARGATE, count: 10 }}
    - {{ name: load, taskDefinition: step, launchType: FARGATE }}
    - {{ name: watch, taskDefinition: endless, launchType: FARGATE }}
world:
  work: {{ step: {{ duration: 10m }} }}
  demand:
{demand}
"
    )
}

/// The same, of which the first calls each hour.
fn after_extract(demand: &str) -> String {
    pipeline(&format!(
        "    extract: {{ arrivals: {{ rate: 1/h }} }}\n{demand}"
    ))
}

#[test]
fn a_program_that_nobody_has() {
    insta::assert_snapshot!(refused(&after_extract(
        "    transform: { after: [extrcat] }"
    )));
}

#[test]
fn itself_and_twice() {
    insta::assert_snapshot!(refused(&after_extract(
        "    transform: { after: [transform] }\n    load: { after: [extract, extract] }"
    )));
}

#[test]
fn a_cycle_by_way_of_others() {
    insta::assert_snapshot!(refused(&pipeline(
        "    extract: { after: load }\n    transform: { after: extract }\n    \
         load: { after: [transform] }"
    )));
}

#[test]
fn both_after_and_arrivals_and_neither() {
    insta::assert_snapshot!(refused(&after_extract(
        "    transform: { after: extract, arrivals: { rate: 1/h } }\n    load: { concurrency: 3 }"
    )));
}

#[test]
fn after_nothing_and_no_name() {
    insta::assert_snapshot!(refused(&after_extract(
        "    transform: { after: [] }\n    load: { after: { extract: 1 } }"
    )));
}

/// What `check` says of a scenario that may run.
fn checked(text: &str) -> String {
    let home = Home::new();
    home.write("shop.yaml", text);
    home.run_well(&["check", "shop.yaml"]).err
}

#[test]
fn tasks_after_others_that_never_end() {
    let fine = after_extract("    transform: { after: extract }\n    load: { after: [transform] }");
    assert_eq!(checked(&fine), "");
    insta::assert_snapshot!(checked(&after_extract("    watch: { after: extract }")));
}
