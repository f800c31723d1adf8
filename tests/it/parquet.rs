//! `runs.parquet`, read back: the same table as `runs.csv`, each column of its type.

use std::fs::{self, File};

use fleetcast::experiment::cell::{Asked, Grid, grid};
use fleetcast::experiment::run::RunEnd;
use fleetcast::experiment::sweep::{RunRow, SweepRuns};
use fleetcast::report::sweep_parquet;
use fleetcast::report::sweep_runs::RunsTable;
use fleetcast::scenario::{LoadOptions, load_text};
use parquet::basic::{LogicalType, Type as Physical};
use parquet::file::reader::{FileReader, SerializedFileReader};
use parquet::record::Field;

use super::home::Home;

/// Parameters of every type.
const MIXED: &str = "\
fleetcast: 1
run: { duration: 1h }
aws:
  taskDefinitions:
    - { family: web, cpu: 256, memory: 512 }
  services:
    - serviceName: web
      taskDefinition: web
      desiredCount: 2
      capacityProviderStrategy:
        - { capacityProvider: FARGATE, weight: 1 }
world:
  prices: { fargate_vcpu_hour_x86: 0.04 USD }
objectives:
  - { metric: RunningTaskCount, service: web, stat: Minimum, above: 1 }
  - { metric: FailedRequests, service: web, below: 1 % }
sweep:
  replications: 2
  parameters:
    tasks: { path: aws.services.web.desiredCount, values: [2, 3] }
    vcpu: { path: world.prices.fargate_vcpu_hour_x86, values: { 0.5: 0.05 USD, 1: 0.1 USD } }
    rebalanced: { path: aws.services.web.enableECSManagedTags, values: [false, true] }
    length: { path: run.duration, values: [1h] }
";

fn mixed() -> Grid {
    let options = LoadOptions::default();
    let loaded = load_text("mixed.yaml", MIXED, &options)
        .unwrap_or_else(|wrong| panic!("{}", wrong.diagnostics.render(&wrong.sources, false)));
    grid(&loaded, &options, Asked::default()).unwrap()
}

/// Runs that nobody played: values of all sorts, and none.
fn made_up(grid: &Grid, count: usize) -> SweepRuns {
    let row = |index: usize| RunRow {
        cell: index % grid.cells.len(),
        replication: (index / grid.cells.len()) as u32,
        values: (0..grid.measures.len())
            .map(|measure| (!(index + measure).is_multiple_of(5)).then(|| index as f64 / 7.0))
            .collect(),
        held: vec![None, Some(index.is_multiple_of(2))],
        events: index as u64,
        event_hash: u64::MAX - index as u64,
        end: match index % 3 {
            0 => RunEnd::EventLimit,
            _ => RunEnd::Horizon,
        },
        caveats: Vec::new(),
    };
    SweepRuns {
        measures: grid.measures.clone(),
        rows: (0..count).map(row).collect(),
        asked: count,
        complete: false,
    }
}

/// A field as `runs.csv` has it.
fn text(field: &Field) -> String {
    match field {
        Field::Null => String::new(),
        Field::Double(value) => value.to_string(),
        Field::Long(count) => count.to_string(),
        Field::Bool(flag) => flag.to_string(),
        Field::Str(text) => text.clone(),
        other => panic!("{other:?}"),
    }
}

/// Both files of a table: CSV's rows without its heading, and Parquet's bytes.
fn written(table: &RunsTable<'_>) -> (Vec<Vec<String>>, Vec<u8>) {
    let (mut csv, mut bytes) = (Vec::new(), Vec::new());
    table.write_csv(&mut csv).unwrap();
    sweep_parquet::write(table, &mut bytes).unwrap();
    let mut reader = csv::Reader::from_reader(&csv[..]);
    let records = reader.records().map(|record| record.unwrap());
    let rows = records.map(|record| record.iter().map(str::to_owned).collect());
    (rows.collect(), bytes)
}

fn read(home: &Home, bytes: &[u8]) -> SerializedFileReader<File> {
    fs::write(home.path("runs.parquet"), bytes).unwrap();
    SerializedFileReader::new(File::open(home.path("runs.parquet")).unwrap()).unwrap()
}

/// More rows than a group has: every value as in CSV, over both groups, whoever writes it again.
#[test]
fn what_is_read_back_is_what_the_csv_file_says() {
    let (home, grid) = (Home::new(), mixed());
    let runs = made_up(&grid, 70_000);
    let table = RunsTable {
        grid: &grid,
        runs: &runs,
    };
    let (rows, bytes) = written(&table);
    assert!(bytes == written(&table).1, "the bytes differ");
    let reader = read(&home, &bytes);
    assert_eq!(reader.num_row_groups(), 2);
    let mut count = 0;
    for (found, expected) in reader.get_row_iter(None).unwrap().zip(&rows) {
        let found = found.unwrap();
        let found: Vec<String> = found.get_column_iter().map(|(_, it)| text(it)).collect();
        assert_eq!(found, *expected, "row {count}");
        count += 1;
    }
    assert_eq!(count, 70_000);
}

#[test]
fn every_column_has_its_type_and_a_name_of_its_own() {
    let (home, grid) = (Home::new(), mixed());
    let runs = made_up(&grid, 3);
    let table = RunsTable {
        grid: &grid,
        runs: &runs,
    };
    let reader = read(&home, &written(&table).1);
    let metadata = reader.metadata().file_metadata();
    let version = env!("CARGO_PKG_VERSION");
    let by = format!("fleetcast version {version}");
    assert_eq!(metadata.created_by(), Some(by.as_str()));
    let columns = metadata.schema_descr().columns();
    let of = |name: &str| {
        let column = columns.iter().find(|column| column.name() == name);
        let column = column.unwrap_or_else(|| panic!("no column {name}"));
        let is_text = column.logical_type_ref() == Some(&LogicalType::String);
        let is_optional = column.self_type().is_optional();
        (column.physical_type(), is_text, is_optional)
    };
    for (name, expected) in [
        ("cell", (Physical::INT64, false, false)),
        ("tasks", (Physical::INT64, false, false)),
        ("vcpu", (Physical::DOUBLE, false, false)),
        ("rebalanced", (Physical::BOOLEAN, false, false)),
        ("length", (Physical::BYTE_ARRAY, true, false)),
        ("replication", (Physical::INT64, false, false)),
        ("cost_month_usd", (Physical::DOUBLE, false, true)),
        ("objective_2_held", (Physical::BOOLEAN, false, true)),
        ("complete", (Physical::BOOLEAN, false, false)),
        ("events", (Physical::INT64, false, false)),
        ("event_hash", (Physical::BYTE_ARRAY, true, false)),
    ] {
        assert_eq!(of(name), expected, "{name}");
    }
    let mut names: Vec<&str> = columns.iter().map(|column| column.name()).collect();
    names.sort_unstable();
    names.dedup();
    assert_eq!(names.len(), columns.len());
}

/// A sweep leaves both files, and its manifest knows their hashes.
#[test]
fn a_sweep_leaves_its_runs_as_parquet_too() {
    let home = Home::new();
    home.write("mixed.yaml", MIXED);
    home.run_well(&["sweep", "mixed.yaml", "--out", "out", "--no-charts"]);
    let files = home.files("out");
    let reader = read(&home, &files["runs.parquet"]);
    assert_eq!(reader.metadata().file_metadata().num_rows(), 2 * 2 * 2 * 2);
    let manifest = home.json("out/manifest.json");
    let listed = manifest["files"].as_array().unwrap();
    let of = |name: &str| listed.iter().find(|it| it["name"] == name).unwrap();
    let hash = blake3::hash(&files["runs.parquet"]).to_hex().to_string();
    assert_eq!(of("runs.parquet")["blake3"], hash);
}
