//! `optimize` over more cells than are played: proposals, rungs, a selection, budgets.

use serde_json::Value;

use super::home::{Home, Said};

const FLEET: &str = "\
fleetcast: 1
run: { duration: 1d }
aws:
  taskDefinitions:
    - { family: web, cpu: 256, memory: 512 }
  services:
    - serviceName: web
      taskDefinition: web
      desiredCount: 4
      capacityProviderStrategy:
        - { capacityProvider: FARGATE, weight: 1 }
        - { capacityProvider: FARGATE_SPOT, weight: 1 }
world:
  spot: { FARGATE_SPOT: { preset: pessimistic } }
objectives:
  - { metric: RunningTaskCount, service: web, stat: Average, above: 3.5 }
sweep:
  parameters:
    spot:
      path: aws.services.web.capacityProviderStrategy.FARGATE_SPOT.weight
      range: { from: 0, to: 20, step: 1 }
    tasks: { path: aws.services.web.desiredCount, range: { from: 1, to: 40, step: 1 } }
";

fn home() -> Home {
    let home = Home::new();
    home.write("fleet.yaml", FLEET);
    home
}

fn json(said: &Said) -> Value {
    serde_json::from_str(&said.out).unwrap_or_else(|_| panic!("{} {}", said.out, said.err))
}

/// The bytes are the same on one thread and on three; the cheapest of 840 cells is found by 40.
#[test]
fn a_search_says_the_same_on_any_number_of_threads() {
    let home = home();
    let searched = |jobs: &str| {
        let arguments = ["optimize", "fleet.yaml", "--search", "40", "--json", "-q"];
        home.run_well(&[&arguments[..], &["--jobs", jobs]].concat())
    };
    let (one, three) = (searched("1"), searched("3"));
    assert_eq!(one.out, three.out);
    let found = json(&one);
    assert_eq!(found["search"]["points_in_space"], 840);
    assert_eq!(found["search"]["rungs"][0]["cells"], 40);
    assert_eq!(found["search"]["confidence_holds_among"], "finalists");
    assert_eq!(found["is_reproducible"], true);
    let best = found["best"].as_str().unwrap();
    assert!(best.ends_with("tasks=4"), "{best}");
}

/// Ten runs of each of 840 cells are more than 200 runs: a search keeps to them, and says so.
#[test]
fn cells_that_are_too_many_for_the_runs_are_searched() {
    let home = home();
    let said = home.run(&["optimize", "fleet.yaml", "--runs", "200"]);
    assert!(said.out.contains("searched of 840"), "{}", said.out);
    assert!(said.out.contains("finalists"), "{}", said.out);
    assert!(
        said.out.contains("200 runs are enough for 14 candidates"),
        "{}",
        said.out
    );
    let said = home.run(&["optimize", "fleet.yaml", "--runs", "200", "--json", "-q"]);
    assert!(json(&said)["runs"].as_u64().unwrap() <= 200);
}

/// A time that is over at once: nothing is sure, and that another machine may say another thing is
/// said.
#[test]
fn a_time_to_keep_ends_a_search() {
    let home = home();
    let said = home.run(&["optimize", "fleet.yaml", "--for", "1us", "--json", "-q"]);
    assert_eq!(said.code, Some(4), "{} {}", said.out, said.err);
    let found = json(&said);
    assert_eq!(found["ended_by"], "time");
    assert_eq!(found["is_reproducible"], false);
    home.write("timed.yaml", &format!("{FLEET}optimize: {{ time: 1us }}\n"));
    let said = home.run(&["optimize", "timed.yaml"]);
    assert_eq!(said.code, Some(4), "{} {}", said.out, said.err);
    assert!(said.out.contains("as the time was used up"), "{}", said.out);
    assert!(
        said.out.contains("how fast this machine is"),
        "{}",
        said.out
    );
}

#[test]
fn mistakes_of_a_search_are_said_at_their_place() {
    let home = home();
    let design = "sweep:\n  design: sobol\n";
    let drawn = FLEET.replace("sweep:\n", design);
    for (text, flags, words) in [
        (
            format!("{FLEET}optimize: {{ search: {{ candidates: 5 }} }}\n"),
            &[][..],
            "5 is not a whole number between 10 and 10000",
        ),
        (
            format!("{FLEET}optimize: {{ search: {{ candidate: 50 }} }}\n"),
            &[],
            "candidates",
        ),
        (
            format!("{FLEET}optimize: {{ time: 0s }}\n"),
            &[],
            "a search takes some time",
        ),
        (
            format!("{drawn}optimize: {{ search: {{ }} }}\n"),
            &[],
            "what.yaml:24:21",
        ),
        (drawn.clone(), &["--search", "50"], "leave sweep.design out"),
        (FLEET.to_owned(), &["--for", "10"], "has no unit"),
        (FLEET.to_owned(), &["--search", "3"], "10..=10000"),
        (
            format!("{FLEET}optimize: {{ search: {{ }}, minimize: cost_monts_usd }}\n"),
            &[],
            "did you mean cost_month_usd",
        ),
        (
            FLEET.replace(
                "range: { from: 0, to: 20, step: 1 }",
                "range: { from: 0.5, to: 20 }",
            ),
            &["--search", "20"],
            "cells can't be run; nothing was played",
        ),
    ] {
        home.write("what.yaml", &text);
        let said = home.run(&[&["optimize", "what.yaml"], flags].concat());
        assert_eq!(said.code, Some(2), "{words}: {} {}", said.out, said.err);
        assert!(said.err.contains(words), "{words}: {}", said.err);
    }
}
