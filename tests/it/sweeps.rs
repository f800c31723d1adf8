//! Sweeps that are killed and go on, that are played in slices, and what is wrong with either.

use std::fs;
use std::process::Stdio;
use std::time::Duration;

use super::home::{Home, Said};

/// A service half on Spot, six cells.
const SMALL: &str = "\
fleetcast: 1
run: { duration: 2d }
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
  - { metric: Cost, of: total, per: month, below: 40 USD }
sweep:
  replications: 200
  parameters:
    spot: { path: aws.services.web.capacityProviderStrategy.FARGATE_SPOT.weight, values: [0, 3] }
    tasks: { path: aws.services.web.desiredCount, range: { from: 2, to: 6, step: 2 } }
";

fn home() -> Home {
    let home = Home::new();
    home.write("small.yaml", SMALL);
    home
}

fn refused(home: &Home, arguments: &[&str], words: &str) -> Said {
    let said = home.run(arguments);
    assert_eq!(
        said.code,
        Some(2),
        "{arguments:?}: {} {}",
        said.out,
        said.err
    );
    assert!(said.err.contains(words), "{arguments:?}: {}", said.err);
    said
}

/// Killed without a word after some runs, gone on with: the bytes of a sweep that nobody killed. A
/// damaged line of the journal is said, and its run played again.
#[test]
fn a_killed_sweep_goes_on_and_ends_with_the_same_bytes() {
    let home = home();
    home.run_well(&["sweep", "small.yaml", "--out", "whole", "-q", "--no-charts"]);
    let mut sweep = home
        .command(&[
            "sweep",
            "small.yaml",
            "--out",
            "killed",
            "-q",
            "--no-charts",
        ])
        .stderr(Stdio::null())
        .spawn()
        .unwrap();
    let journal = home.path("killed.journal");
    let lines = || fs::read_to_string(&journal).map_or(0, |text| text.lines().count());
    // Two minutes at most, should it write none.
    for _ in 0..60_000 {
        if 50 <= lines() {
            break;
        }
        std::thread::sleep(Duration::from_millis(2));
    }
    sweep.kill().unwrap();
    sweep.wait().unwrap();
    assert!(!home.path("killed").exists(), "killed in time");
    let kept = lines();
    assert!(50 <= kept, "{kept} lines");
    let mut bytes = fs::read(&journal).unwrap();
    let middle = bytes.len() / 2;
    bytes[middle] ^= 1;
    fs::write(&journal, bytes).unwrap();
    let said = home.run_well(&[
        "sweep",
        "small.yaml",
        "--out",
        "killed",
        "--resume",
        "--no-charts",
    ]);
    assert!(
        said.err.contains("runs that were played before"),
        "{}",
        said.err
    );
    assert!(
        said.err.contains("1 lines of killed.journal are damaged"),
        "{}",
        said.err
    );
    assert!(
        home.files("killed") == home.files("whole"),
        "the bytes differ"
    );
    assert!(!journal.exists());
}

/// Of two sweeps into one folder the second is refused, with who is at it; a killed one holds
/// nothing.
#[test]
fn two_sweeps_do_not_mix_in_one_folder() {
    let home = home();
    let arguments = [
        "sweep",
        "small.yaml",
        "--out",
        "out",
        "-q",
        "--no-charts",
        "--replications",
        "100000",
    ];
    let mut first = home
        .command(&arguments)
        .stderr(Stdio::null())
        .spawn()
        .unwrap();
    let journal = home.path("out.journal");
    let lines = || fs::read_to_string(&journal).map_or(0, |text| text.lines().count());
    for _ in 0..60_000 {
        if 10 <= lines() {
            break;
        }
        std::thread::sleep(Duration::from_millis(2));
    }
    let words = format!("out is being written by process {}", first.id());
    refused(&home, &arguments, &words);
    // Another sweep does not get between either.
    let other = [&arguments[..], &["--seed", "7"]].concat();
    refused(&home, &other, &words);
    first.kill().unwrap();
    first.wait().unwrap();
    assert!(10 <= lines(), "the first one's journal is as it was");
    let few = [&arguments[..7], &["3"]].concat();
    home.run_well(&few);
    assert!(!home.path(".out.lock").exists());
}

#[test]
fn a_changed_scenario_is_not_gone_on_with() {
    let home = home();
    home.write("r.journal", "no journal\n");
    let sweep = ["sweep", "small.yaml", "--out", "r", "--resume"];
    refused(&home, &sweep, "r.journal is no journal");
    // A journal of another sweep.
    let name = "{\"journal\":1,\"sweep\":\"sweep-0\",\"fleetcast\":\"0.1.0\",\"measures\":1}";
    let hash = blake3::hash(name.as_bytes()).to_hex();
    home.write("s.journal", &format!("{name}\t{}\n", &hash[..16]));
    let sweep = ["sweep", "small.yaml", "--out", "s", "--resume"];
    refused(
        &home,
        &sweep,
        "s.journal is of sweep-0 by fleetcast 0.1.0, this is sweep-",
    );
    // Without --resume it begins anew and keeps the old one.
    let anew = ["sweep", "small.yaml", "--out", "s", "--replications", "1"];
    let said = home.run_well(&anew);
    assert!(
        said.err.contains("they are kept in s.journal-old"),
        "{}",
        said.err
    );
}

#[test]
fn slices_are_joined_to_the_bytes_of_the_whole() {
    let home = home();
    let with = |more: &[&str]| {
        let all = [&["sweep", "small.yaml", "--replications", "10", "-q"], more].concat();
        home.run_well(&all);
    };
    with(&["--out", "whole"]);
    for slice in ["1/3", "2/3", "3/3"] {
        with(&["--shard", slice, "--out", &slice[..1]]);
    }
    home.run_well(&["merge", "1", "2", "3", "--out", "joined", "-q"]);
    assert!(
        home.files("joined") == home.files("whole"),
        "the bytes differ"
    );
    refused(&home, &["merge", "1", "3"], "slices 2 of 3 are missing");
    refused(
        &home,
        &["merge", "1", "2", "2"],
        "2 and 2 overlap: both hold",
    );
    refused(
        &home,
        &["merge", "1", "whole"],
        "its manifest is of something else",
    );
    refused(
        &home,
        &["merge", "nowhere"],
        "nowhere is no slice of a sweep",
    );
    with(&["--shard", "3/3", "--seed", "5", "--out", "other"]);
    refused(
        &home,
        &["merge", "1", "2", "other"],
        "their seeds are 42 and 5",
    );
    // In any of the slices, though the first one's scenario is what all are joined with.
    for slice in ["1", "3"] {
        let scenario = home.path(&format!("{slice}/scenario.yaml"));
        let text = fs::read_to_string(&scenario).unwrap();
        fs::write(&scenario, text.replacen("pessimistic", "default", 1)).unwrap();
        let words = format!("{slice}/scenario.yaml is not what the slice was played with");
        refused(&home, &["merge", "1", "2", "3"], &words);
        fs::write(&scenario, text).unwrap();
    }
    let runs = home.path("2/runs.ndjson");
    let text = fs::read_to_string(&runs).unwrap();
    fs::write(&runs, text.replacen("\"cell\":1", "\"cell\":2", 1)).unwrap();
    refused(&home, &["merge", "1", "2", "3"], "is damaged in line");
}

#[test]
fn what_no_sweep_can_be_is_said() {
    let home = home();
    for (from, to, words) in [
        (
            "values: [0, 3]",
            "values: []",
            "\"values\" is missing or empty",
        ),
        ("step: 2", "step: 0.00001", "400001 values, at most 10000"),
        (
            "replications: 200",
            "replications: { until: { measure: cost_mont_usd, within: 1 % } }",
            "did you mean cost_month_usd",
        ),
        (
            "replications: 200",
            "replications: { until: { measure: cost_month_usd, within: 0 % } }",
            "no width above 0",
        ),
        (
            "replications: 200",
            "replications: { atLeast: 20, atMost: 12, until: { measure: cost_month_usd, within: 1 % } }",
            "at most 12 runs, but at least 20",
        ),
        (
            "replications: 200",
            "points: 8",
            "points are for a design that draws them",
        ),
        ("replications: 200", "design: sobl\n  points: 8", "sobol"),
        (
            "tasks: {",
            "other: { path: aws.services.web.desiredCont, range: { from: 1, to: 2 } }\n    tasks: {",
            "desiredCount",
        ),
    ] {
        home.write("wrong.yaml", &SMALL.replace(from, to));
        refused(&home, &["sweep", "wrong.yaml"], words);
    }
    let many = "range: { from: 1, to: 9000, step: 1 } }\n    b: { path: run.seed, range: { from: 1, to: 9000, step: 1 } }\n    x: {
      path: aws.services.web.maximumPercent, values: [200, 210, 220, 230, 240, 250, 260, 270, 280, 290, 300, 310, 320] }";
    home.write(
        "many.yaml",
        &SMALL.replace("range: { from: 2, to: 6, step: 2 } }", many),
    );
    let said = refused(
        &home,
        &["sweep", "many.yaml"],
        "the grid has 2106000000 cells",
    );
    assert!(said.err.contains("--max-cells 2106000000"), "{}", said.err);
    let until = SMALL.replace(
        "replications: 200",
        "replications: { until: { measure: cost_month_usd, within: 1 % } }",
    );
    home.write("until.yaml", &until);
    refused(
        &home,
        &["sweep", "until.yaml", "--shard", "1/2"],
        "a slice of a sweep knows its own runs only",
    );
    refused(
        &home,
        &["sweep", "small.yaml", "--shard", "3/2"],
        "expected I/N",
    );
}

/// Exit code 1 for a broken objective, the reports, and what the base said.
#[test]
fn objectives_are_tested_for_ci() {
    let home = home();
    let arguments = [
        "test",
        "small.yaml",
        "--junit",
        "j.xml",
        "--markdown",
        "m.md",
        "--json",
    ];
    let said = home.run_well(&arguments);
    home.write("base.json", &said.out);
    let junit = fs::read_to_string(home.path("j.xml")).unwrap();
    assert!(
        junit.contains("<testsuite name=\"small\" tests=\"1\" failures=\"0\">"),
        "{junit}"
    );
    home.write(
        "dear.yaml",
        &SMALL
            .replace("below: 40 USD", "below: 4 USD")
            .replace("fleetcast: 1", "fleetcast: 1\nname: small"),
    );
    let said = home.run(&[
        "test",
        "dear.yaml",
        "--base",
        "base.json",
        "--junit",
        "j.xml",
    ]);
    assert_eq!(said.code, Some(1), "{}", said.err);
    assert!(said.out.contains("1 of 1 objective broken"), "{}", said.out);
    assert!(said.out.contains("(the same)"), "{}", said.out);
    let junit = fs::read_to_string(home.path("j.xml")).unwrap();
    assert!(
        junit.contains("<failure message=\"broken: held in 0 of 10 runs"),
        "{junit}"
    );
    home.write(
        "none.yaml",
        &SMALL.replace(
            "objectives:\n  - { metric: Cost, of: total, per: month, below: 40 USD }\n",
            "",
        ),
    );
    refused(&home, &["test", "none.yaml"], "has no objectives");
    refused(
        &home,
        &["test", "small.yaml", "--base", "j.xml"],
        "can't take j.xml as a base",
    );
    home.write(
        "wrong.yaml",
        &SMALL.replace("metric: Cost,", "metric: Costs,"),
    );
    refused(&home, &["test", "wrong.yaml"], "Cost");
}

#[test]
fn scenarios_are_compared_under_the_same_draws() {
    let home = home();
    home.write(
        "spot.yaml",
        &SMALL.replace("FARGATE_SPOT, weight: 1", "FARGATE_SPOT, weight: 3"),
    );
    let said = home.run_well(&["compare", "small.yaml", "spot.yaml", "--replications", "10"]);
    assert!(
        said.out.contains("spot is ") && said.out.contains(" cheaper"),
        "{}",
        said.out
    );
    let said = home.run_well(&[
        "compare",
        "small.yaml",
        "small.yaml",
        "--replications",
        "10",
    ]);
    assert!(said.out.contains("no difference is sure"), "{}", said.out);
    // Tasks are started in one of the replications only: that is no comparison of ten.
    let words = "p95 wait for a task: 1 of 10 pairs with small.yaml (2) counted";
    assert!(said.out.contains(words), "{}", said.out);
    assert!(!said.out.contains("cost a month: "), "{}", said.out);
    refused(&home, &["compare", "small.yaml"], "2");
    refused(&home, &["compare", "small.yaml", "gone.yaml"], "gone.yaml");
}

/// The cheapest cell that keeps the objectives is found, and where none does that is said with the
/// nearest miss.
#[test]
fn the_cheapest_cell_that_keeps_the_objectives_is_selected() {
    let home = home();
    let wanted =
        "objectives:\n  - { metric: RunningTaskCount, service: web, stat: Average, above: 3.9 }\n";
    let objectives = "objectives:\n  - { metric: Cost, of: total, per: month, below: 40 USD }\n";
    home.write("best.yaml", &SMALL.replace(objectives, wanted));
    let said = home.run_well(&["optimize", "best.yaml"]);
    assert!(
        said.out.contains("best: spot=3, tasks=4: cost_month_usd"),
        "{}",
        said.out
    );
    assert!(
        said.out
            .contains("it is this one with a probability of 95.0 %"),
        "{}",
        said.out
    );
    home.write("none.yaml", &SMALL.replace("below: 40 USD", "below: 1 USD"));
    let said = home.run(&["optimize", "none.yaml"]);
    assert_eq!(said.code, Some(1), "{}", said.err);
    assert!(
        said.out.contains("no cell keeps all objectives"),
        "{}",
        said.out
    );
    assert!(
        said.out.contains("the nearest miss: spot=3, tasks=2"),
        "{}",
        said.out
    );
    home.write(
        "what.yaml",
        &format!("{SMALL}optimize: {{ minimize: cost_monts_usd }}\n"),
    );
    refused(
        &home,
        &["optimize", "what.yaml"],
        "did you mean cost_month_usd",
    );
}

/// Every column of a sweep's tables but those of parameters is known as one, so that no parameter
/// may have its name.
#[test]
fn no_table_has_a_column_that_a_parameter_could_be_named_like() {
    use fleetcast::experiment::cell::{is_column, measures};
    use fleetcast::scenario::{LoadOptions, load_text};
    let choice = "replications: 200\n  parameters:\n    \
                  tasks: { path: aws.services.web.desiredCount, values: [2, 4] }\n";
    let assumption = "    cpu: { path: world.spot.FARGATE_SPOT.preset, \
                      values: { calm: default, rough: pessimistic }, \
                      probabilities: { rough: 20 % } }\n";
    let begin = SMALL.find("replications: 200").unwrap();
    let text = format!("{}{choice}{assumption}", &SMALL[..begin]);
    let share = "objectives:\n  - { metric: InterruptedTasks, below: 50 % }\n";
    let text = text.replace("objectives:\n", share);
    let home = Home::new();
    home.write("small.yaml", &text);
    let sweep = ["sweep", "small.yaml", "--replications", "2", "-q"];
    home.run_well(&[&sweep[..], &["--out", "grid", "--no-charts"]].concat());
    let only = format!(
        "{}{choice}",
        &text[..text.find("replications: 200").unwrap()]
    );
    home.write("small.yaml", &only);
    home.run_well(&[&sweep[..], &["--out", "front", "--no-charts"]].concat());
    let plan = load_text("small.yaml", &text, &LoadOptions::default())
        .unwrap()
        .plan;
    let measures = measures(std::iter::once(&plan));
    let mut tables = Vec::new();
    for folder in ["grid", "front"] {
        for (name, bytes) in home.files(folder) {
            let Some(table) = name.strip_suffix(".csv") else {
                continue;
            };
            tables.push(table.to_owned());
            let text = String::from_utf8(bytes).unwrap();
            for column in text.lines().next().unwrap().split(',') {
                let is_known = ["tasks", "cpu"].contains(&column) || is_column(column, &measures);
                assert!(is_known, "{name}: {column}");
            }
        }
    }
    tables.sort();
    tables.dedup();
    assert_eq!(tables, ["cells", "fronts", "mixtures", "regret", "runs"]);
}
