//! The results folder of a run: it can be written and read, holds what was played, and plays the
//! same run again.

use std::fs;
use std::path::Path;

use fleetcast::catalog::prices::CATALOG_DATE;
use fleetcast::experiment::run::play;
use fleetcast::report::results::{Manifest, Results, RunFolder, RunInputs, TraceCopy};
use fleetcast::scenario::{LoadOptions, load};
use serde_json::Value;

use super::{Run, limits};

/// Every so-manieth run draws its charts as well: they take as long as a hundred runs.
const CHARTS_EVERY: u64 = 25;

pub(super) fn check(run: &Run) {
    let home = tempfile::tempdir().unwrap();
    let place = home.path().join("run");
    let inputs = inputs(run);
    let folder = RunFolder::open(&place, &inputs.run_name(run.loaded.plan.run.seed)).unwrap();
    for trace in &inputs.traces {
        folder.copy(trace).unwrap();
    }
    let results = Results {
        plan: &run.loaded.plan,
        inputs: &inputs,
        played: &run.played,
        with_charts: run.loaded.plan.run.seed.is_multiple_of(CHARTS_EVERY),
    };
    results.write(folder).unwrap();
    check_files(&place);
    check_summary(&place, run);
    check_again(&place, run);
}

/// As `fleetcast run` makes them.
fn inputs(run: &Run) -> RunInputs {
    let traces = run.loaded.trace_files.iter();
    RunInputs {
        scenario_yaml: run.loaded.resolved.clone(),
        traces: traces
            .map(|file| TraceCopy {
                name: file.name_in_run.clone(),
                path: file.path.clone(),
                hash: file.hash,
            })
            .collect(),
        replication: 0,
        version: env!("CARGO_PKG_VERSION"),
        catalog_date: CATALOG_DATE,
    }
}

/// The manifest names every file with its hash; every table and line can be read.
fn check_files(place: &Path) {
    let manifest = fs::read(place.join("manifest.json")).unwrap();
    let manifest: Manifest = serde_json::from_slice(&manifest).unwrap();
    for file in &manifest.files {
        let bytes = fs::read(place.join(&file.name)).unwrap();
        if let Some(hash) = &file.blake3 {
            assert_eq!(
                *hash,
                blake3::hash(&bytes).to_hex().to_string(),
                "{}",
                file.name
            );
        }
        let is_trace = file.name.starts_with("traces/");
        if file.name.ends_with(".csv") && !is_trace {
            check_table(&file.name, &bytes);
        } else if file.name.ends_with(".ndjson") {
            let text = String::from_utf8(bytes).unwrap();
            for line in text.lines() {
                serde_json::from_str::<Value>(line).unwrap();
            }
        } else if file.name.ends_with(".svg") {
            let text = String::from_utf8(bytes).unwrap();
            assert!(!text.contains("NaN"), "{} holds NaN", file.name);
        }
    }
}

fn check_table(name: &str, bytes: &[u8]) {
    let mut reader = csv::Reader::from_reader(bytes);
    for row in reader.records() {
        // A row of another length than the header is an error of the reader.
        let row = row.unwrap();
        let wrong = row
            .iter()
            .find(|cell| ["NaN", "inf", "-inf"].contains(cell));
        assert_eq!(wrong, None, "in {name}: {row:?}");
    }
}

fn check_summary(place: &Path, run: &Run) {
    let read = |name: &str| fs::read(place.join(name)).unwrap();
    let summary: Value = serde_json::from_slice(&read("summary.json")).unwrap();
    let hash = format!("{:016x}", run.played.outcome.event_hash);
    assert_eq!(summary["event_hash"], hash.as_str());
    let costs = read("cost.csv");
    let mut reader = csv::Reader::from_reader(&costs[..]);
    let headers = reader.headers().unwrap().clone();
    let column = headers.iter().position(|name| name == "cost_usd").unwrap();
    let costs = reader
        .records()
        .map(|row| row.unwrap()[column].parse::<f64>().unwrap());
    let (total, sum) = (run.played.bill.total.usd(), costs.sum::<f64>());
    assert!(
        (total - sum).abs() <= 1e-6 + 1e-9 * total,
        "cost.csv: {sum} is not {total}"
    );
}

/// The kept scenario is the same run again, to the last number.
fn check_again(place: &Path, run: &Run) {
    let loaded = match load(&place.join("scenario.yaml"), &LoadOptions::default()) {
        Ok(loaded) => loaded,
        Err(failure) => {
            let said = failure.diagnostics.render(&failure.sources, false);
            panic!("the kept scenario is refused: {said}");
        }
    };
    let again = play(&loaded.plan, 0, &limits(&loaded.plan)).outcome;
    let once = &run.played.outcome;
    assert_eq!(once.event_hash, again.event_hash, "the same run again");
    let shown = |outcome: &fleetcast::simulation::outcome::RunOutcome| {
        format!("{:?}", outcome.observed.summary)
    };
    assert_eq!(shown(once), shown(&again), "the same summary again");
    assert_eq!(
        once.observed.usage, again.observed.usage,
        "the same usage again"
    );
}
