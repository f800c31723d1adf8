//! The page of a run and of a sweep: what it holds, what it refuses, what it never does.

use std::fs;
use std::io::Read;
use std::path::Path;

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use flate2::read::GzDecoder;
use fleetcast::catalog::item::Item;
use fleetcast::report::wording::item;

use super::home::Home;
use super::source;

const SHOP: &str = "\
fleetcast: 1
name: shop
run: { duration: 6h, start: 2026-03-05T00:00:00Z }
aws:
  taskDefinitions:
    - { family: web, cpu: 256, memory: 512, requiresCompatibilities: [FARGATE] }
  services: [{ serviceName: web, taskDefinition: web, desiredCount: 4, launchType: FARGATE }]
world:
  demand: { web: { rate: 40/s } }
  work: { web: { cpu: 10ms } }
objectives:
  - { metric: Cost, of: total, per: month, below: 40 USD }
timeline:
  - { at: 2h, deploy: { service: web, forceNewDeployment: true } }
";

const SWEEP: &str = "
sweep:
  replications: 3
  baseline: { tasks: 4 }
  parameters:
    tasks: { path: aws.services.web.desiredCount, values: [2, 4, 8] }
";

fn home() -> Home {
    let home = Home::new();
    home.write("shop.yaml", SHOP);
    home.run_well(&["run", "shop.yaml", "--out", "run", "-q", "--no-charts"]);
    home
}

fn page(path: &Path) -> String {
    fs::read_to_string(path).unwrap()
}

/// The figures of a page, as the JSON that it holds packed.
fn data(page: &str) -> String {
    let (_, packed) = page.split_once("id=\"data\">").unwrap();
    let (packed, _) = packed.split_once("</script>").unwrap();
    let bytes = STANDARD.decode(packed).unwrap();
    let mut text = String::new();
    GzDecoder::new(&bytes[..])
        .read_to_string(&mut text)
        .unwrap();
    text
}

/// What a reader sees first of each part: headings, sentences, the places of charts, tables' heads
/// and first rows.
fn outline(page: &str) -> String {
    let (_, body) = page.split_once("<body>").unwrap();
    let (body, _) = body.split_once("<script").unwrap();
    let mut rows = 0;
    let mut kept = Vec::new();
    for line in body.lines() {
        let is_row = line.starts_with("<tr>");
        rows = if is_row { rows + 1 } else { 0 };
        let is_seen = [
            "<h",
            "<p",
            "<li",
            "<section",
            "<figure",
            "<figcaption",
            "<caption",
            "<thead",
            "<dl",
            "<div data-fact",
        ];
        if (is_row && rows <= 2) || is_seen.iter().any(|start| line.starts_with(start)) {
            kept.push(line);
        }
    }
    kept.join("\n")
}

#[test]
fn a_run_tells_its_answer_first() {
    let home = home();
    let said = home.run_well(&["report", "run"]);
    assert!(
        said.out.starts_with("Report: run/report.html ("),
        "{}",
        said.out
    );
    let page = page(&home.path("run/report.html"));
    insta::assert_snapshot!(outline(&page));
    assert!(
        !page.contains("http://") || !page.contains("src=\"http"),
        "it loads something"
    );
    // The same run has the same page, byte for byte.
    home.run_well(&["report", "run", "--out", "again.html"]);
    assert!(page == self::page(&home.path("again.html")));
}

#[test]
fn a_sweep_tells_its_answer_first() {
    let home = Home::new();
    home.write("shop.yaml", &format!("{SHOP}{SWEEP}"));
    home.run_well(&["sweep", "shop.yaml", "--out", "sweep", "-q", "--no-charts"]);
    home.run_well(&["report", "sweep", "--out", "sweep.html"]);
    assert!(!home.path("sweep/report.html").exists());
    insta::assert_snapshot!(outline(&page(&home.path("sweep.html"))));
}

#[test]
fn a_run_that_is_played_again_keeps_its_page() {
    let home = home();
    home.run_well(&["report", "run"]);
    home.run_well(&["run", "shop.yaml", "--out", "run", "-q", "--no-charts"]);
    assert!(home.path("run/report.html").exists());
    // The page tells of charts or not the same; other files make another manifest.
    home.run_well(&["run", "shop.yaml", "--out", "run", "-q"]);
    assert!(!home.path("run/report.html").exists());
}

#[test]
fn what_is_not_as_it_was_written_is_refused_and_nothing_is_written() {
    let home = home();
    home.write("sweep.yaml", &format!("{SHOP}{SWEEP}"));
    home.run_well(&["sweep", "sweep.yaml", "--out", "sweep", "-q", "--no-charts"]);
    let refused = |arguments: &[&str], words: &str| {
        let said = home.run(arguments);
        assert_eq!(said.code, Some(2), "{arguments:?}: {}", said.out);
        assert!(said.err.contains(words), "{arguments:?}: {}", said.err);
        assert!(!home.path("out.html").exists());
    };
    refused(&["report", "rnu", "--out", "out.html"], "no run is at rnu");
    refused(
        &["report", "shop.yaml", "--out", "out.html"],
        "is a file; name the run's folder",
    );
    refused(
        &["report", "run", "--out", "sweep"],
        "can't write sweep: it is a folder; name a file",
    );
    refused(
        &["report", "run", "--out", "no/such/out.html"],
        "can't write no/such/out.html",
    );
    let edit = |path: &str, from: &str, to: &str| {
        let text = page(&home.path(path));
        assert!(text.contains(from), "{path} has {from}");
        fs::write(home.path(path), text.replacen(from, to, 1)).unwrap();
        text
    };
    let restore = |path: &str, text: String| fs::write(home.path(path), text).unwrap();
    for (folder, file, from) in [
        ("run", "summary.json", "web"),
        ("run", "metrics.csv", "CPUUtilization"),
        ("run", "cost.csv", "fargate"),
        ("sweep", "cells.json", "tasks"),
    ] {
        let path = format!("{folder}/{file}");
        let text = edit(&path, from, "edited");
        refused(
            &["report", folder, "--out", "out.html"],
            &format!("{file} (it was changed)"),
        );
        fs::remove_file(home.path(&path)).unwrap();
        refused(
            &["report", folder, "--out", "out.html"],
            &format!("{file} (it is gone)"),
        );
        restore(&path, text);
    }
    for folder in ["run", "sweep"] {
        let path = format!("{folder}/manifest.json");
        let text = edit(&path, "\"format\": 1", "\"format\": 7");
        refused(&["report", folder, "--out", "out.html"], "has format 7");
        restore(&path, text);
        let text = edit(&path, "\"files\"", "\"flies\"");
        refused(&["report", folder, "--out", "out.html"], "can't read");
        restore(&path, text);
        home.run_well(&["report", folder]);
        fs::remove_file(home.path(&path)).unwrap();
        refused(&["report", folder, "--out", "out.html"], "manifest.json");
    }
}

#[test]
fn every_item_that_a_bill_may_name_has_words() {
    // Nothing that is played uses these.
    let unused = |name: &str| name.contains("eks") || name.contains("managed_instances_fee");
    for known in Item::ALL.iter().map(|it| it.name()) {
        assert!(unused(known) || !item(known).contains('_'), "{known}");
    }
    assert_eq!(item("of_tomorrow"), "of_tomorrow");
}

#[test]
fn a_page_of_results_of_another_version_says_so_where_it_is_asked_for() {
    let home = home();
    home.write("sweep.yaml", &format!("{SHOP}{SWEEP}"));
    home.run_well(&["sweep", "sweep.yaml", "--out", "sweep", "-q"]);
    assert_eq!(home.run_well(&["report", "run"]).err, "");
    let this = format!("\"fleetcast\": \"{}\"", env!("CARGO_PKG_VERSION"));
    let edit = |folder: &str, from: &str, to: &str| {
        let path = home.path(&format!("{folder}/manifest.json"));
        let text = page(&path);
        assert!(text.contains(from), "{text}");
        fs::write(path, text.replacen(from, to, 1)).unwrap();
    };
    for folder in ["run", "sweep"] {
        edit(folder, &this, "\"fleetcast\": \"0.0.9\"");
        let said = home.run_well(&["report", folder]).err;
        let starts = "warning: fleetcast 0.0.9 wrote these results, this is ";
        assert!(said.starts_with(starts), "{said}");
        assert!(!said.contains("another way"), "{said}");
    }
    // The hash begins with another digit than it did.
    let manifest = page(&home.path("run/manifest.json"));
    let (_, hash) = manifest.split_once("\"event_hash\": \"").unwrap();
    let other = if hash.starts_with('0') { "1" } else { "0" };
    let hash = &hash[..16];
    edit("run", hash, &format!("{other}{}", &hash[1..]));
    let said = home.run_well(&["report", "run"]).err;
    assert!(said.contains("plays the run another way"), "{said}");
    let said = home.run_well(&["report", "run", "--no-replay"]).err;
    assert!(!said.contains("another way"), "{said}");
}

#[test]
fn a_run_that_ended_early_says_so() {
    let home = Home::new();
    home.write("shop.yaml", SHOP);
    let said = home.run(&[
        "run",
        "shop.yaml",
        "--out",
        "run",
        "-q",
        "--max-events",
        "20",
    ]);
    assert_eq!(said.code, Some(4), "{}", said.err);
    home.run_well(&["report", "run"]);
    let page = page(&home.path("run/report.html"));
    assert!(page.contains("This run was not played to its end: the limit of events was reached."));
}

#[test]
fn a_page_of_a_scenario_without_series_and_tasks_is_whole() {
    let home = Home::new();
    let bare = format!("{SHOP}record: {{ metrics: none, tasks: none }}\n");
    home.write("shop.yaml", &bare);
    home.run_well(&["run", "shop.yaml", "--out", "run", "-q", "--no-charts"]);
    home.run_well(&["report", "run"]);
    let page = page(&home.path("run/report.html"));
    assert!(page.contains("This run kept no series"));
    assert!(
        page.contains("data-figure=\"cost-over-time\"") && !page.contains("data-figure=\"tasks\"")
    );
}

#[test]
fn a_week_of_a_web_service_is_a_page_of_less_than_5_mb() {
    let home = Home::new();
    let scenario = source::root().join("scenarios/web-api.yaml");
    let scenario = scenario.to_str().unwrap();
    home.run_well(&["run", scenario, "--out", "run", "-q", "--no-charts"]);
    home.run_well(&["report", "run"]);
    let page = page(&home.path("run/report.html"));
    assert!(page.len() < 5_000_000, "{} bytes", page.len());
    // All of it, not thinned: a minute a value.
    let data = data(&page);
    assert!(data.contains("\"step\":60000"));
    // The cost over time adds up to the bill.
    let data: serde_json::Value = serde_json::from_str(&data).unwrap();
    let lines = data["figures"][0]["panels"][0]["lines"]
        .as_array()
        .unwrap()
        .iter();
    let values = lines.flat_map(|line| line["y"].as_array().unwrap());
    let sum: f64 = values.map(|value| value.as_f64().unwrap()).sum();
    let summary = fs::read_to_string(home.path("run/summary.json")).unwrap();
    let summary: serde_json::Value = serde_json::from_str(&summary).unwrap();
    let total = summary["cost"]["total_usd"].as_f64().unwrap();
    assert!((sum / total - 1.0).abs() < 1e-4, "{sum} {total}");
}
