//! What a sweep's cells say together: tornados, Sobol indices, regret, weights, fronts.

use std::fs;

use serde_json::Value;

use super::home::Home;

/// Two services of the same size, so that a month's cost is a price times how many tasks there are.
const TWO: &str = "\
fleetcast: 1
run: { duration: 1d }
aws:
  taskDefinitions: [{ family: web, cpu: 256, memory: 512 }]
  services:
    - { serviceName: web, taskDefinition: web, desiredCount: 3, launchType: FARGATE }
    - { serviceName: api, taskDefinition: web, desiredCount: 2, launchType: FARGATE }
objectives:
  - { metric: RunningTaskCount, service: web, stat: Average, above: 1.5 }
sweep:
  replications: 2
  parameters:
    web: { path: aws.services.web.desiredCount, range: { from: 1, to: 5, step: 1 } }
    api: { path: aws.services.api.desiredCount, range: { from: 1, to: 3, step: 1 } }
";

/// The folder `out` of a sweep of `text`, what it printed and `cells.json`.
fn swept(text: &str, extra: &[&str]) -> (Home, String, Value) {
    let home = Home::new();
    home.write("a.yaml", text);
    let mut arguments = vec!["sweep", "a.yaml", "--out", "out"];
    arguments.extend(extra);
    let said = home.run_well(&arguments).out;
    let cells = home.json("out/cells.json");
    (home, said, cells)
}

fn text(home: &Home, name: &str) -> String {
    fs::read_to_string(home.path(name)).unwrap()
}

/// A task more or less costs the same everywhere: four tasks between web's ends, two between api's,
/// around a baseline of what the file says.
#[test]
fn a_tornado_is_as_wide_as_the_tasks_between_its_ends() {
    let (home, said, cells) = swept(TWO, &["--set", "sweep.design=tornado"]);
    assert_eq!(cells["cells"].as_array().unwrap().len(), 5);
    assert_eq!(cells["baseline"], "web=3, api=2");
    let bars = &cells["sensitivity"]["measures"]["cost_month_usd"]["parameters"];
    let width = |bar: usize| bars[bar]["width"].as_f64().unwrap();
    assert_eq!(
        (&bars[0]["parameter"], &bars[1]["parameter"]),
        (&"web".into(), &"api".into())
    );
    assert!((width(0) - 2.0 * width(1)).abs() < 0.02, "{bars}");
    let low = &bars[0]["low"];
    assert_eq!(
        (&low["value"], &low["keeps_all_objectives"]),
        (&"1".into(), &false.into())
    );
    assert!(
        said.contains("breaks at an end: [1] at web=1 (0/2)"),
        "{said}"
    );
    let rows = text(&home, "out/sensitivity.csv");
    let first = rows
        .lines()
        .find(|line| line.starts_with("cost_month_usd,"))
        .unwrap();
    assert!(first.starts_with("cost_month_usd,web,3,1,5,"), "{rows}");
    for ending in ["svg", "png"] {
        for chart in [
            "cost-per-month",
            "1-runningtaskcount-of-web-average-above-1-5",
        ] {
            let path = home.path(&format!("out/charts/tornado-{chart}.{ending}"));
            assert!(path.is_file(), "{}", path.display());
        }
    }
}

/// Of a sum of two even counts the variances are 2 and 2/3 of a task's price squared: 75 and 25 %,
/// alone and with the other, as nothing but the sum matters.
#[test]
fn the_indices_of_a_sum_are_its_parts_of_the_variance() {
    let (home, said, cells) = swept(
        TWO,
        &[
            "--set",
            "sweep.design=sobolIndices",
            "--set",
            "sweep.points=256",
            "--replications",
            "1",
        ],
    );
    let found = &cells["sensitivity"]["measures"]["cost_month_usd"];
    assert_eq!(
        (&found["rows"], &found["rows_left_out"]),
        (&256.into(), &0.into())
    );
    for (place, name, share) in [(0, "web", 0.75), (1, "api", 0.25)] {
        let parameter = &found["parameters"][place];
        assert_eq!(parameter["parameter"], name);
        for kind in ["first_order", "total"] {
            let of = |what: &str| parameter[kind][what].as_f64().unwrap();
            assert!((of("value") - share).abs() < 0.05, "{parameter}");
            assert!(of("low") < share && share < of("high"), "{parameter}");
        }
    }
    assert!(said.contains("shares of the variance (95 %):"), "{said}");
    assert!(
        home.path("out/charts/sobol-indices-cost-per-month.svg")
            .is_file()
    );
    assert_eq!(cells["fronts"], Value::Array(Vec::new()));
}

/// A service of 3 or 6 tasks that may lose a zone: forced in a half of the runs, weighed with 2 %.
const ZONES: &str = "\
fleetcast: 1
run: { start: 2026-03-03T00:00:00Z, duration: 6h }
aws:
  region: eu-west-1
  subnets:
    - { SubnetId: a, AvailabilityZone: eu-west-1a }
    - { SubnetId: b, AvailabilityZone: eu-west-1b }
    - { SubnetId: c, AvailabilityZone: eu-west-1c }
  taskDefinitions: [{ family: web, cpu: 256, memory: 512 }]
  services: [{ serviceName: web, taskDefinition: web, desiredCount: 3, launchType: FARGATE }]
objectives:
  - { metric: RunningTaskCount, service: web, stat: Minimum, above: 2 }
sweep:
  replications: 10
  parameters:
    tasks: { path: aws.services.web.desiredCount, values: [3, 6] }
    zones:
      path: timeline
      values: { all: [], lost: [{ at: 1h, outage: { availabilityZone: eu-west-1b, for: 1h } }] }
      probabilities: { lost: 2 % }
";

fn number(value: &Value) -> f64 {
    value
        .as_f64()
        .unwrap_or_else(|| panic!("a number: {value}"))
}

/// Costs are 98 % of a quiet month and 2 % of one that lost a zone; of three tasks the objective
/// breaks whenever that happens, and only then.
#[test]
fn a_forced_event_counts_as_much_as_it_is_likely() {
    let (home, said, cells) = swept(ZONES, &["--no-charts"]);
    let cost =
        |cell: usize| number(&cells["cells"][cell]["measures"]["cost_month_usd"]["mean"]["mean"]);
    let mixture = |tasks: usize| &cells["mixtures"]["mixtures"][tasks];
    for tasks in [0, 1] {
        let expected = 0.98 * cost(2 * tasks) + 0.02 * cost(2 * tasks + 1);
        let found = number(&mixture(tasks)["means"]["cost_month_usd"]["mean"]);
        assert!((found - expected).abs() < 1e-9, "{found} {expected}");
    }
    let held = &mixture(0)["objectives_held"][0];
    assert!((number(&held["share"]) - 0.98).abs() < 1e-9, "{held}");
    // Ten of ten, and none of ten: 1 - 0.0125^(1/10) = 35.5 % each way, sure of both.
    let bound = 1.0 - libm::pow(0.0125, 0.1);
    assert!(
        (number(&held["low"]) - 0.98 * (1.0 - bound)).abs() < 1e-9,
        "{held}"
    );
    assert!(
        (number(&held["high"]) - (0.98 + 0.02 * bound)).abs() < 1e-9,
        "{held}"
    );
    assert_eq!(mixture(1)["objectives_held"][0]["share"], 1.0);
    // Three tasks are cheaper, and no answer where a zone is lost.
    let regret = &cells["regret"];
    assert_eq!(regret["choices"][0]["broken_under"][0], "zones=lost");
    assert_eq!(regret["least_mean"], "tasks=6");
    assert_eq!(regret["assumptions"][1]["probability"], 0.02);
    assert!(
        said.contains("held in 10 of 10 runs is no certainty"),
        "{said}"
    );
    insta::assert_snapshot!("analysis_of_zones", said);
    // The page's answer is the choice, not the cheapest of the worlds.
    home.run_well(&["report", "out"]);
    let page = text(&home, "out/report.html");
    assert!(
        page.contains("Whatever turns out to be true, tasks=6 is regretted least."),
        "{page:.3000}"
    );
    for file in ["mixtures.csv", "regret.csv"] {
        let rows = text(&home, &format!("out/{file}"));
        assert_eq!(rows.lines().count(), 3, "{rows}");
        assert!(rows.starts_with("tasks,"), "{rows}");
    }
}

/// The same sweep in two slices has the same analysis, byte for byte.
#[test]
fn slices_are_joined_to_the_same_analysis() {
    let (home, ..) = swept(ZONES, &["--no-charts"]);
    for shard in ["1/2", "2/2"] {
        let out = format!("slice-{}", &shard[..1]);
        home.run_well(&[
            "sweep",
            "a.yaml",
            "--shard",
            shard,
            "--out",
            &out,
            "--no-charts",
        ]);
    }
    home.run_well(&[
        "merge",
        "slice-1",
        "slice-2",
        "--out",
        "joined",
        "--no-charts",
    ]);
    for file in ["cells.json", "mixtures.csv", "regret.csv"] {
        let of = |folder: &str| text(&home, &format!("{folder}/{file}"));
        assert_eq!(of("out"), of("joined"), "{file}");
    }
}
