//! The event hash of every run and cell of `scenarios/`, lessons among them, is the committed one, and a change of any is
//! stated in CHANGELOG.md: results never move silently.

use std::fmt::Write;
use std::fs;

use fleetcast::experiment::cell::{Asked, grid};
use fleetcast::experiment::run::play;
use fleetcast::scenario::{LoadOptions, load};
use fleetcast::simulation::outcome::RunLimits;
use rayon::prelude::*;

use super::home::root;
use super::scenarios::{files, lessons};

const TABLE: &str = "tests/it/event_hashes.txt";
/// Set: the table is written anew.
const UPDATE: &str = "FLEETCAST_UPDATE_HASHES";
const HEADING: &str = "### Results moved";

/// A row for each run and cell: `name: hash`.
fn table() -> String {
    let rows: Vec<String> = [files(), lessons()]
        .concat()
        .into_par_iter()
        .map(|(name, path)| {
            let options = LoadOptions {
                base: path.parent().unwrap().to_owned(),
                ..LoadOptions::default()
            };
            let loaded = load(&path, &options).unwrap();
            let hash = |plan| play(plan, 0, &RunLimits::default()).outcome.event_hash;
            let mut rows = format!("{name}: {:016x}\n", hash(&loaded.plan));
            if loaded.sweep.is_some() {
                for cell in &grid(&loaded, &options, Asked::default()).unwrap().cells {
                    let hash = hash(&cell.plan);
                    writeln!(rows, "{name}, {}: {hash:016x}", cell.name).unwrap();
                }
            }
            rows
        })
        .collect();
    rows.concat()
}

/// What CHANGELOG.md calls the table by: the beginning of its BLAKE3 hash.
fn short_hash(table: &str) -> String {
    blake3::hash(table.as_bytes()).to_hex()[..8].to_owned()
}

#[test]
fn the_event_hash_of_every_scenario_is_the_committed_one() {
    let path = root().join(TABLE);
    let found = table();
    if std::env::var_os(UPDATE).is_some() {
        fs::write(&path, &found).unwrap();
    }
    let committed = fs::read_to_string(&path).unwrap_or_default();
    assert_eq!(
        committed, found,
        "runs go another way than they did (left: {TABLE}, right: now). If that is not meant, it \
         is a defect. If it is, write the table anew with\n  {UPDATE}=1 cargo test --test it \
         event_hashes\nand state what moved, and why, in CHANGELOG.md under \"{HEADING}\""
    );
}

#[test]
fn a_change_of_the_event_hashes_is_stated_in_the_changelog() {
    let read = |name: &str| fs::read_to_string(root().join(name)).unwrap();
    let changelog = read("CHANGELOG.md");
    let stated = changelog.split_once(HEADING).map(|(_, after)| after);
    let stated = stated.map(|after| after.split("\n#").next().unwrap_or_default());
    let mark = format!("(event hashes {})", short_hash(&read(TABLE)));
    assert!(
        stated.unwrap_or_default().contains(&mark),
        "{TABLE} has changed: say in CHANGELOG.md under \"{HEADING}\" which results moved and why, \
         in a line that ends with {mark}. If rows came or went and none moved, put it in the place \
         of the newest line's mark"
    );
}
