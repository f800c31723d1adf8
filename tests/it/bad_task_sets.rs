//! What a user gets wrong of task sets.

use super::bad_input::refused;

/// A service with this deploymentController, these task sets and this timeline.
fn shop(controller: &str, sets: &str, timeline: &str) -> String {
    format!(
        "\
fleetcast: 1
name: shop
run: {{ duration: 1h }}
aws:
  cluster: {{ capacityProviders: [FARGATE] }}
  taskDefinitions:
    - {{ family: web, cpu: 256, memory: 512 }}
  targetGroups: [{{ TargetGroupName: one }}, {{ TargetGroupName: two }}]
  services:
    - {{ serviceName: web, desiredCount: 2, deploymentController: {{ type: {controller} }} }}
  taskSets:
    {sets}
world:
  demand: {{ web: {{ rate: 10/s, timeout: 5s }} }}
  work: {{ web: {{ cpu: 10ms }} }}
timeline:
  {timeline}
"
    )
}

const BLUE: &str = "- { service: web, externalId: blue, taskDefinition: web, launchType: FARGATE, \
                    scale: { value: 100 } }";

fn external(timeline: &str) -> String {
    shop("EXTERNAL", BLUE, timeline)
}

#[test]
fn a_service_without_a_task_set_and_one_of_no_service() {
    let sets = BLUE.replace("service: web", "service: wbe");
    insta::assert_snapshot!(refused(&shop("EXTERNAL", &sets, "[]")));
}

#[test]
fn task_sets_of_a_service_that_ecs_deploys() {
    let own = "desiredCount: 2, taskDefinition: web, launchType: FARGATE";
    let text = shop("ECS", BLUE, "[]").replace("desiredCount: 2", own);
    insta::assert_snapshot!(refused(&text));
}

#[test]
fn a_service_that_has_what_its_task_sets_have() {
    let text = external("[]").replace("desiredCount: 2", "desiredCount: 2, taskDefinition: web");
    insta::assert_snapshot!(refused(&text));
}

#[test]
fn a_scale_of_more_than_all() {
    insta::assert_snapshot!(refused(&external("[]").replace("value: 100", "value: 120")));
}

#[test]
fn a_task_set_with_another_target_group() {
    let other = BLUE.replace(
        "externalId: blue",
        "externalId: green, loadBalancers: [{ targetGroupArn: two, containerName: web }]",
    );
    insta::assert_snapshot!(refused(&shop(
        "EXTERNAL",
        &format!("{BLUE}\n    {other}"),
        "[]"
    )));
}

#[test]
fn calls_for_task_sets_that_are_not_there_then() {
    let timeline = "\
- { at: 2m, updateTaskSet: { service: web, taskSet: green, scale: { value: 50 } } }
  - { at: 3m, createTaskSet: { service: web, externalId: green, taskDefinition: web, launchType: FARGATE } }
  - { at: 4m, createTaskSet: { service: web, externalId: green, taskDefinition: web, launchType: FARGATE } }
  - { at: 5m, every: 1m, updateTaskSet: { service: web, taskSet: gren, scale: { value: 50 } } }";
    insta::assert_snapshot!(refused(&external(timeline)));
}

#[test]
fn a_task_set_that_is_primary_or_has_tasks_is_not_deleted() {
    let timeline = "\
- { at: 1m, createTaskSet: { service: web, externalId: green, taskDefinition: web, launchType: FARGATE, scale: { value: 50 } } }
  - { at: 2m, deleteTaskSet: { service: web, taskSet: blue } }
  - { at: 3m, deleteTaskSet: { service: web, taskSet: green } }";
    insta::assert_snapshot!(refused(&external(timeline)));
}

#[test]
fn an_update_that_ecs_would_deploy() {
    let timeline = "\
- { at: 1m, deploy: { service: web } }
  - { at: 2m, update: { service: web, taskDefinition: web } }";
    insta::assert_snapshot!(refused(&external(timeline)));
}
