//! What a user gets wrong of containers that wait for each other, and that are started again.

use super::bad_input::refused;
use super::home::Home;

/// A service whose tasks have these containers and this work.
fn task(containers: &str, work: &str) -> String {
    format!(
        "\
fleetcast: 1
name: order
run: {{ duration: 1h }}
aws:
  cluster: {{ capacityProviders: [FARGATE] }}
  taskDefinitions:
    - family: web
      cpu: 256
      memory: 512
      containerDefinitions:
{containers}
  services:
    - {{ serviceName: web, taskDefinition: web, desiredCount: 2, launchType: FARGATE }}
world:
  work: {{ web: {{ {work} }} }}
"
    )
}

/// What `check` says of a scenario that may run.
fn checked(text: &str) -> String {
    let home = Home::new();
    home.write("shop.yaml", text);
    home.run_well(&["check", "shop.yaml"]).err
}

fn waits(on: &str, condition: &str) -> String {
    format!(
        "        - {{ name: app, dependsOn: [{{ containerName: {on}, condition: {condition} }}] }}"
    )
}

const INIT: &str = "        - { name: init, essential: false }";

#[test]
fn whom_nobody_knows_and_what_nobody_can_wait_for() {
    let rows = [
        ("unknown", format!("{INIT}\n{}", waits("inti", "SUCCESS"))),
        ("condition", format!("{INIT}\n{}", waits("init", "RUNNING"))),
        (
            "essential",
            format!("        - {{ name: db }}\n{}", waits("db", "COMPLETE")),
        ),
        (
            "unchecked",
            format!("        - {{ name: db }}\n{}", waits("db", "HEALTHY")),
        ),
        ("itself", waits("app", "START")),
        (
            "cycle",
            format!(
                "        - {{ name: a, dependsOn: [{{ containerName: b, condition: START }}] }}\n\
                         \x20       - {{ name: b, dependsOn: [{{ containerName: app, condition: START }}] }}\n{}",
                waits("a", "START")
            ),
        ),
        (
            "timeout",
            format!(
                "        - {{ name: init, essential: false, startTimeout: 180 }}\n{}",
                waits("init", "SUCCESS")
            ),
        ),
    ];
    for (name, containers) in rows {
        insta::assert_snapshot!(format!("order_{name}"), refused(&task(&containers, "")));
    }
}

#[test]
fn containers_of_the_world_that_are_not_there_or_end_their_task() {
    let containers = format!("{INIT}\n{}", waits("init", "SUCCESS"));
    let work = "containers: { intit: { duration: 5s }, app: { duration: 5s } }";
    insta::assert_snapshot!(refused(&task(&containers, work)));
}

#[test]
fn starts_that_never_come_and_timeouts_that_nobody_heeds_are_told() {
    let timed = "        - { name: init, essential: false, startTimeout: 30 }";
    let containers = format!("{timed}\n{}", waits("init", "SUCCESS"));
    let slow = "containers: { init: { duration: 40s } }";
    insta::assert_snapshot!("order_too_slow", checked(&task(&containers, slow)));
    let failing = "containers: { init: { exit: { codes: { 0: 10 %, 1: 90 % } } } }";
    insta::assert_snapshot!("order_failing", checked(&task(&containers, failing)));
    let app = waits("init", "SUCCESS").replace("name: app", "name: app, startTimeout: 60");
    let misplaced = checked(&task(&format!("{INIT}\n{app}"), ""));
    insta::assert_snapshot!("order_misplaced_timeout", misplaced);
}

fn policy(fields: &str) -> String {
    format!("        - {{ name: app, restartPolicy: {{ {fields} }} }}")
}

#[test]
fn restart_policies_beyond_their_bounds() {
    let codes: Vec<String> = (0..51).map(|code: u32| code.to_string()).collect();
    let rows = [
        ("period", policy("enabled: true, restartAttemptPeriod: 30")),
        ("switch", policy("restartAttemptPeriod: 60")),
        ("code", policy("enabled: true, ignoredExitCodes: [256]")),
        ("field", policy("enabled: true, ignoreExitCodes: [0]")),
    ];
    for (name, containers) in rows {
        insta::assert_snapshot!(format!("restart_{name}"), refused(&task(&containers, "")));
    }
    let many = policy(&format!(
        "enabled: true, ignoredExitCodes: [{}]",
        codes.join(", ")
    ));
    assert!(refused(&task(&many, "")).contains("51 exit codes are ignored, 50 may be"));
}

#[test]
fn a_policy_of_what_never_ends_and_a_job_that_never_does_are_told() {
    let side = "        - { name: app }\n        - { name: side, essential: false, restartPolicy: { enabled: true } }";
    insta::assert_snapshot!("restart_idle", checked(&task(side, "")));
    let job = task(&policy("enabled: true"), "duration: 1h").replace(
        "world:",
        "  runTasks: [{ name: job, taskDefinition: web, launchType: FARGATE }]\nworld:",
    );
    let job = format!("{job}  demand: {{ job: {{ arrivals: {{ rate: 1/h }} }} }}\n");
    insta::assert_snapshot!("restart_job", checked(&job));
}

#[test]
fn a_sidecar_that_no_container_is() {
    let containers = "        - { name: app }\n        - { name: adot, essential: false }";
    let said = |name: &str| {
        checked(&task(
            containers,
            &format!("cpu: 1ms, sidecars: {{ {name}: {{ cpu: 5ms }} }}"),
        ))
    };
    insta::assert_snapshot!(said("adott"));
    assert!(!said("adot").contains("adot"), "{}", said("adot"));
}
