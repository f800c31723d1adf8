//! Scenarios of several files.

use std::fs;

use super::*;

#[test]
fn extends_includes_and_set_make_one_plan() {
    let folder = tempfile::tempdir().unwrap();
    let write = |name: &str, text: &str| fs::write(folder.path().join(name), text).unwrap();
    // As `aws ecs describe-task-definition` prints it, shortened.
    let described = r#"{ "taskDefinition": {
        "taskDefinitionArn": "arn:aws:ecs:us-east-1:012345678901:task-definition/web:3",
        "containerDefinitions": [{ "name": "app", "image": "web:3", "cpu": 0, "essential": true,
            "portMappings": [{ "containerPort": 80, "hostPort": 80, "protocol": "tcp" }],
            "environment": [], "mountPoints": [], "volumesFrom": [] }],
        "family": "web", "networkMode": "awsvpc", "revision": 3, "volumes": [], "status": "ACTIVE",
        "requiresAttributes": [{ "name": "ecs.capability.task-eni" }], "placementConstraints": [],
        "compatibilities": ["EC2", "FARGATE"], "requiresCompatibilities": ["FARGATE"],
        "cpu": "512", "memory": "1024", "registeredAt": "2026-01-02T03:04:05.678000+00:00" },
        "tags": [] }"#;
    write("web.json", described);
    write(
        "base.yaml",
        "fleetcast: 1\nrun: { duration: 1h, start: 2026-03-05T00:00:00Z }\naws:\n  include: web.json\n  services:\n    \
         - { serviceName: web, taskDefinition: \"web:3\", desiredCount: 2, launchType: FARGATE }\n",
    );
    write(
        "my variant.yaml",
        "extends: base.yaml\nrun: { duration: 2h }\n",
    );
    let options = LoadOptions {
        set: vec![("aws.services.web.desiredCount".into(), "5".into())],
        ..LoadOptions::default()
    };
    let loaded = load(&folder.path().join("my variant.yaml"), &options).unwrap();
    let plan = loaded.plan;
    assert_eq!(plan.name, "my-variant");
    assert_eq!(plan.run.duration, SimDuration::from_secs(7_200));
    assert_eq!(plan.services[0].desired_count, 5);
    assert_eq!(plan.task_definitions[0].name(), "web:3");
    assert_eq!(plan.task_definitions[0].cpu.0, 512);
    let notes: Vec<&str> = plan
        .notes
        .iter()
        .map(String::as_str)
        .filter(|note| note.contains("effect"))
        .collect();
    assert_eq!(
        notes,
        [
            "no effect here: compatibilities, registeredAt, requiresAttributes, status, \
             taskDefinitionArn (TaskDefinition)",
        ]
    );
}

#[test]
fn a_trace_is_read_once_for_all_cells() {
    let folder = tempfile::tempdir().unwrap();
    week_of_rows(folder.path());
    let options = LoadOptions {
        base: folder.path().to_path_buf(),
        ..LoadOptions::default()
    };
    let first = loaded_with(DESIGN, &options);
    fs::remove_file(folder.path().join("elb.csv")).unwrap();
    let again = LoadOptions {
        set: vec![("aws.services.api.desiredCount".into(), "9".into())],
        ..options
    };
    let cell = load_tree(&first.tree, &first.sources, "a", &again).unwrap();
    assert_eq!(cell.plan.services[0].desired_count, 9);
    assert_eq!(cell.trace_files, first.trace_files);
}

#[test]
fn a_trace_s_fault_is_shown_at_its_field_with_the_line_of_the_csv() {
    let folder = tempfile::tempdir().unwrap();
    fs::write(
        folder.path().join("elb.csv"),
        "timestamp,value\n2026-03-05T00:00:00Z,1\n2026-03-05T00:05:00Z,x\n",
    )
    .unwrap();
    let options = LoadOptions {
        base: folder.path().to_path_buf(),
        ..LoadOptions::default()
    };
    let failure = load_text("a.yaml", DESIGN, &options).unwrap_err();
    let items = failure.diagnostics.items();
    let wrong = items
        .iter()
        .find(|item| item.code == "invalid-trace")
        .unwrap();
    assert_eq!(wrong.path, "world.demand.api.rate.trace");
    let message = wrong.message.rsplit_once("elb.csv").unwrap().1;
    assert_eq!(message, ":3: `x` in column `value` is no number");
}
