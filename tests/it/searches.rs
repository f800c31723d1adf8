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
            format!("{FLEET}optimize: {{ search: {{ }}, minimize: cost_monts_usd }}\n"),
            &[],
            "what.yaml:23:36",
        ),
        (
            small("optimize: { minimize: cost_monts_usd }\n"),
            &[],
            "what.yaml:23:23",
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

const TWO: &str = "\
sweep:
  parameters:
    spot:
      path: aws.services.web.capacityProviderStrategy.FARGATE_SPOT.weight
      values: [0, 20]
    tasks: { path: aws.services.web.desiredCount, values: [4, 8] }
";

/// The scenario with two small parameters instead of its own.
fn small(more: &str) -> String {
    let before = FLEET.split("sweep:").next().unwrap_or_default();
    format!("{before}{TWO}{more}")
}

/// On demand nothing is ever taken back: of a least mean of 0 no share can be taken, and what never
/// varies is decided all the same, with a word of what that cannot see.
#[test]
fn a_least_of_nothing_is_selected() {
    let home = home();
    home.write(
        "least.yaml",
        &small("optimize: { minimize: interruptions }\n"),
    );
    let said = home.run_well(&["optimize", "least.yaml"]);
    for words in [
        "best: spot=0, tasks=4: interruptions 0 ± 0",
        "is better than all others by 0.1 or more, it is this one with a probability of 95.0 %",
        "1 cell was given up over a difference that was the same in all of 60 runs",
        "against best",
    ] {
        assert!(said.out.contains(words), "{words}: {}", said.out);
    }
    let said = home.run_well(&["optimize", "least.yaml", "--json", "-q"]);
    let found = json(&said);
    assert_eq!(found["indifference"], 0.1);
    assert_eq!(found["never_varied"]["runs"], 60);
    let spot = found["cells"].as_array().unwrap();
    let spot = spot.iter().find(|it| it["name"] == "spot=20, tasks=8");
    assert!(
        0.0 < spot.unwrap()["difference_to_best"]["mean"]
            .as_f64()
            .unwrap()
    );
}

/// Small costs and their differences are something.
#[test]
fn small_costs_keep_their_digits() {
    let home = home();
    let text = small("optimize: { minimize: cost_run_usd }\n").replace("1d }", "10m }");
    home.write("cheap.yaml", &text);
    let said = home.run_well(&["optimize", "cheap.yaml"]);
    assert!(!said.out.contains("by $0.00 or more"), "{}", said.out);
    assert!(said.out.contains("by $0.0000"), "{}", said.out);
}

/// Every broken objective of the nearest miss has its value and its bound.
#[test]
fn the_nearest_miss_says_all_that_is_broken() {
    let home = home();
    let objectives = "above: 3.5 }";
    let impossible = "above: 9 }\n  - { metric: Cost, of: total, per: month, below: 1 USD }";
    home.write("none.yaml", &small("").replace(objectives, impossible));
    let said = home.run(&["optimize", "none.yaml"]);
    assert_eq!(said.code, Some(1), "{} {}", said.out, said.err);
    let line = said
        .out
        .lines()
        .find(|it| it.starts_with("the nearest miss"));
    let line = line.unwrap_or_else(|| panic!("{}", said.out));
    assert!(
        line.contains("on average, above 9 wanted, held in 0 of 10 runs; [2] $"),
        "{line}"
    );
    assert!(
        line.contains("below $1.00 wanted, held in 0 of 10 runs"),
        "{line}"
    );
    let said = home.run(&["optimize", "none.yaml", "--json", "-q"]);
    let broken = &json(&said)["nearest_miss"]["broken"];
    assert_eq!(broken[0]["bound"], 9.0);
    assert_eq!(broken[1]["wanted"], "below");
}

/// A measure that no run has ends a sweep at its first look, and not for its width.
#[test]
fn an_interval_of_a_measure_that_no_run_has_is_said() {
    let home = home();
    let until = "sweep:\n  replications: { atMost: 30, until: { measure: response_p99_s, within: \
                 1 % } }\n";
    home.write("until.yaml", &small("").replace("sweep:\n", until));
    let said = home.run_well(&["sweep", "until.yaml", "--no-charts"]);
    assert!(
        said.out.contains("no run has a value of response_p99_s"),
        "{}",
        said.out
    );
    assert!(
        said.out.contains("it ended after 10 replications"),
        "{}",
        said.out
    );
    assert!(!said.out.contains("wider than asked"), "{}", said.out);
}

/// Cells beyond memory are refused whatever is allowed, and a range's values with the flag's name.
#[test]
fn more_cells_than_memory_holds_are_refused() {
    let home = home();
    let range = |to: &str| {
        let stepped = format!("range: {{ from: 1, to: {to}, step: 1 }}");
        FLEET
            .replace("range: { from: 1, to: 40, step: 1 }", &stepped)
            .replace("range: { from: 0, to: 20, step: 1 }", &stepped)
    };
    for (to, flags, words) in [
        ("20000", &[][..], "--max-cells 20000"),
        (
            "1000000000",
            &["--max-cells", "2000000000"],
            "about 200 GB of memory",
        ),
        (
            "9999",
            &["--max-cells", "2000000000"],
            "99980001 cells of this scenario take about",
        ),
        ("9999", &[], "at most 10000 are run"),
    ] {
        home.write("large.yaml", &range(to));
        let said = home.run(&[&["sweep", "large.yaml"], flags].concat());
        assert_eq!(said.code, Some(2), "{words}: {} {}", said.out, said.err);
        assert!(said.err.contains(words), "{words}: {}", said.err);
    }
}
