//! A run that goes on from an instant in other ways.

use super::home::Home;

/// A service on half Spot under load, scaled on its CPU, for half a day.
const SHOP: &str = "\
fleetcast: 1
name: shop
run: { duration: 12h, start: 2026-03-05T00:00:00Z }
aws:
  taskDefinitions:
    - { family: web, cpu: 256, memory: 512, requiresCompatibilities: [FARGATE] }
  services:
    - serviceName: web
      taskDefinition: web
      desiredCount: 4
      capacityProviderStrategy:
        - { capacityProvider: FARGATE, weight: 1 }
        - { capacityProvider: FARGATE_SPOT, weight: 1 }
  scalableTargets:
    - { ResourceId: service/default/web, ScalableDimension: \"ecs:service:DesiredCount\", MinCapacity: 2, MaxCapacity: 20 }
world:
  demand: { web: { rate: 40/s } }
  work: { web: { cpu: 10ms } }
objectives:
  - { metric: FailedRequests, service: web, below: 1 % }
";

fn home() -> Home {
    let home = Home::new();
    home.write("shop.yaml", SHOP);
    home.run_well(&["run", "shop.yaml", "--out", "before", "-q", "--no-charts"]);
    home
}

fn fork(home: &Home, arguments: &[&str]) -> super::home::Said {
    let all = [&["fork", "before", "--at", "3h"], arguments].concat();
    home.run_well(&all)
}

fn refused(home: &Home, arguments: &[&str], words: &str) {
    let all = [&["fork", "before"], arguments].concat();
    let said = home.run(&all);
    assert_eq!(
        said.code,
        Some(2),
        "{arguments:?}: {}{}",
        said.out,
        said.err
    );
    assert!(said.err.contains(words), "{arguments:?}: {}", said.err);
    assert!(!home.path("after").exists(), "nothing is written");
}

/// The future is the run of the scenario that it leaves, and its figures are those from there on.
#[test]
fn a_future_is_a_run_of_its_own() {
    let home = home();
    let set = [
        "--set",
        "aws.services.web.desiredCount=8",
        "--out",
        "after",
        "--no-charts",
    ];
    let said = fork(&home, &[&set[..], &["--json"]].concat());
    let told: serde_json::Value = serde_json::from_str(&said.out).unwrap();
    let futures = told["futures"].as_array().unwrap();
    let hash = |folder: &str| home.json(&format!("{folder}/manifest.json"))["event_hash"].clone();
    assert_eq!(futures[0]["event_hash"], hash("before"));
    assert_eq!(futures[1]["event_hash"], hash("after/changed"));
    assert_ne!(futures[0]["event_hash"], futures[1]["event_hash"]);
    assert_eq!(futures[1]["same_past"], true);
    // Four tasks of a quarter vCPU more for nine of the twelve hours.
    let hours = |index: usize| {
        let rest = &futures[index]["from_there_on"];
        rest["task_hours"].as_f64().unwrap()
    };
    assert!((hours(0) - 36.0).abs() < 0.2, "{}", hours(0));
    assert!((hours(1) - 72.0).abs() < 0.2, "{}", hours(1));
    home.run_well(&[
        "run",
        "after/changed/scenario.yaml",
        "--out",
        "again",
        "-q",
        "--no-charts",
    ]);
    assert_eq!(hash("again"), hash("after/changed"));
}

#[test]
fn each_future_has_its_own_changes() {
    let home = home();
    let said = fork(
        &home,
        &[
            "--future",
            "more",
            "--set",
            "aws.scalableTargets.web.MinCapacity=9",
            "--future",
            "spot",
            "--set",
            "aws.services.web.capacityProviderStrategy.FARGATE.weight=0",
            "--do",
            "deploy: { service: web }",
            "--future",
            "none",
            "--do",
            "{ update: { service: web, desiredCount: 0 } }",
            "--no-results",
        ],
    );
    insta::assert_snapshot!(said.out);
}

#[test]
fn what_cannot_be_changed_in_mid_run_is_refused() {
    let home = home();
    let at = ["--at", "3h", "--out", "after"];
    let with = |more: &[&'static str]| [&at[..], more].concat();
    refused(&home, &with(&[]), "nothing is to be different");
    refused(
        &home,
        &with(&["--set", "world.work.web.cpu=20ms"]),
        "\"world.work.web.cpu\" is no value that can be changed while the cluster runs",
    );
    refused(
        &home,
        &with(&["--set", "aws.services.wed.desiredCount=2"]),
        "did you mean \"web\"?",
    );
    refused(
        &home,
        &with(&["--set", "aws.services.web.desiredCount=many"]),
        "desiredCount",
    );
    refused(
        &home,
        &with(&["--do", "outrage: {}"]),
        "unknown field \"outrage\"",
    );
    // What is wrong is shown as it was written, though an entry of the timeline is made of it.
    for (doing, place) in [
        ("outrage: {}", "--do:1:1\n 1 | outrage: {}\n"),
        (
            "{ outage: { availabilityZone: us-east-1a, fro: 1h } }",
            "--do:1:43\n 1 | { outage: { availabilityZone: us-east-1a, fro: 1h } }\n",
        ),
        (
            "deploy: {\n  service: wed }",
            "--do:2:12\n 2 |   service: wed }\n",
        ),
    ] {
        let said = home.run(&[&["fork", "before"], &with(&["--do", doing])[..]].concat());
        assert!(said.err.contains(place), "{}", said.err);
        let internal = ["timeline[", "at: 108"];
        assert!(
            !internal.iter().any(|it| said.err.contains(it)),
            "{}",
            said.err
        );
    }
    let many = [
        &["fork", "before"],
        &with(&["--set", "aws.services.web.desiredCount=many"])[..],
    ];
    let said = home.run(&many.concat());
    assert!(
        said.err
            .contains("1 | aws.services.web.desiredCount=many\n")
            && !said.err.contains("update:"),
        "{}",
        said.err
    );
    let set = "aws.services.web.desiredCount=2";
    let twice = ["--future", "a", "--set", set, "--future", "a", "--set", set];
    refused(&home, &with(&twice), "two futures are named \"a\"");
    refused(
        &home,
        &with(&["--future", "../a", "--set", set]),
        "no slashes",
    );
    let late = [
        "--at",
        "12h",
        "--set",
        "aws.services.web.desiredCount=2",
        "--out",
        "after",
    ];
    refused(&home, &late, "nothing comes after it");
    let early = [
        "--at",
        "0s",
        "--set",
        "aws.services.web.desiredCount=2",
        "--out",
        "after",
    ];
    refused(&home, &early, "there is no past yet");
}
