//! The folder of one slice of a sweep: its runs, and what it needs to be joined with the others.

use std::fs;
use std::path::{Path, PathBuf};

use serde_json::{Value, json};
use thiserror::Error;

use super::results::files::json_bytes;
use super::results::folder::MANIFEST;
use super::results::{FORMAT_VERSION, Placed, RunFolder, RunInputs, WriteError};
use super::sweep_row;
use crate::experiment::cell::Grid;
use crate::experiment::sweep::{RunRow, Shard, SweepRuns};
use crate::scenario::plan::Plan;

/// The file of a slice's runs, one line each.
const RUNS: &str = "runs.ndjson";
/// What a slice's manifest says it is.
const KIND: &str = "sweep-shard";

/// A played slice.
#[derive(Clone, Copy, Debug)]
pub struct ShardResults<'a> {
    /// The name of the whole sweep.
    pub sweep: &'a str,
    /// The slice's own name.
    pub name: &'a str,
    /// Which slice it is.
    pub shard: Shard,
    /// The scenario outside of the grid.
    pub plan: &'a Plan,
    /// What it was made from.
    pub inputs: &'a RunInputs,
    /// The cells.
    pub grid: &'a Grid,
    /// The slice's runs.
    pub runs: &'a SweepRuns,
}

impl ShardResults<'_> {
    /// Writes the folder, which has the traces already, and puts it in its place.
    ///
    /// # Errors
    /// If the folder can't be written.
    pub fn write(&self, folder: RunFolder) -> Result<Placed, WriteError> {
        let lines: String = self.runs.rows.iter().map(sweep_row::line).collect();
        let mut files = vec![
            folder.write("scenario.yaml", self.inputs.scenario_yaml.as_bytes())?,
            folder.write(RUNS, lines.as_bytes())?,
        ];
        files.extend(self.inputs.trace_hashes());
        files.sort_by(|a, b| a.name.cmp(&b.name));
        let manifest = json!({
            "format": FORMAT_VERSION,
            "run": self.name,
            "kind": KIND,
            "sweep": self.sweep,
            "shard": self.shard.index,
            "shards": self.shard.count,
            "scenario": self.plan.name,
            "fleetcast": self.inputs.version,
            "catalog_date": self.inputs.catalog_date,
            "seed": self.plan.run.seed,
            "seed_is_default": self.plan.assumptions.iter().any(|it| it.path == "run.seed"),
            "cells": self.grid.cells.len(),
            "measures": self.runs.measures.len(),
            "replications": self.grid.replications.at_least,
            "runs_played": self.runs.rows.len(),
            "complete": self.runs.complete,
            "inputs": self.inputs.hashes(),
            "files": files,
        });
        folder.write(MANIFEST, &json_bytes(&manifest))?;
        Ok(folder.put_in_place(self.name, self.runs.complete)?)
    }

    /// What the command says of it.
    pub fn text(&self, placed: &Placed, is_quiet: bool) -> String {
        let path = placed.path.display();
        if is_quiet {
            return format!("{path}\n");
        }
        let Shard { index, count } = self.shard;
        let (played, asked) = (self.runs.rows.len(), self.runs.asked);
        format!(
            "{}: slice {index} of {count} of {}, {played} of {asked} runs played\n\
             results: {path}{}\njoin all slices with: fleetcast merge DIR…\n",
            self.plan.name,
            self.sweep,
            placed.note()
        )
    }
}

/// A slice as its folder holds it.
#[derive(Clone, PartialEq, Debug)]
pub struct PlayedShard {
    /// The folder.
    pub path: PathBuf,
    /// The name of the whole sweep.
    pub sweep: String,
    /// Which slice it is.
    pub shard: Shard,
    /// The version of fleetcast that played it.
    pub version: String,
    /// The sweep's seed.
    pub seed: u64,
    /// Whether nobody chose it, which the results say.
    pub seed_is_default: bool,
    /// Runs a cell.
    pub replications: u32,
    /// The runs.
    pub rows: Vec<RunRow>,
}

/// Why slices can't be joined.
#[derive(Debug, Error)]
pub enum ShardError {
    /// A folder is no slice of a sweep.
    #[error(
        "{} is no slice of a sweep ({problem}); make one with: fleetcast sweep FILE --shard I/N",
        .path.display()
    )]
    NoShard {
        /// The folder.
        path: PathBuf,
        /// What is missing.
        problem: String,
    },
    /// A slice was not played to its end, or its file is not whole.
    #[error("{} {problem}; play this slice again", .path.display())]
    NotWhole {
        /// The folder or the file.
        path: PathBuf,
        /// What is wrong.
        problem: String,
    },
    /// Two slices are not of the same sweep.
    #[error("{} and {} are not of the same sweep: {what}", .first.display(), .second.display())]
    Different {
        /// A slice.
        first: PathBuf,
        /// Another one.
        second: PathBuf,
        /// What sets them apart.
        what: String,
    },
    /// Two slices hold the same run.
    #[error(
        "{} and {} overlap: both hold replication {replication} of cell {cell}; name each slice \
         once",
        .first.display(),
        .second.display()
    )]
    Overlap {
        /// A slice.
        first: PathBuf,
        /// Another one.
        second: PathBuf,
        /// The cell of a run that both hold.
        cell: usize,
        /// Its replication.
        replication: u32,
    },
    /// Slices are missing.
    #[error("slices {missing} of {count} are missing; name all of them")]
    Missing {
        /// Their numbers.
        missing: String,
        /// How many there are.
        count: u32,
    },
}

/// Reads a slice's folder.
///
/// # Errors
/// If it is none, or not whole.
pub fn read(folder: &Path) -> Result<PlayedShard, ShardError> {
    let no_shard = |problem: &str| ShardError::NoShard {
        path: folder.to_owned(),
        problem: problem.to_owned(),
    };
    let bytes = fs::read(folder.join(MANIFEST))
        .map_err(|error| no_shard(&format!("{MANIFEST}: {}", error.kind())))?;
    let manifest: Value = serde_json::from_slice(&bytes)
        .map_err(|_| no_shard(&format!("its {MANIFEST} can't be read")))?;
    if manifest.get("kind").and_then(Value::as_str) != Some(KIND) {
        return Err(no_shard("its manifest is of something else"));
    }
    let damaged = || no_shard(&format!("its {MANIFEST} lacks a field"));
    let text = |name: &str| manifest.get(name)?.as_str().map(str::to_owned);
    let number = |name: &str| manifest.get(name)?.as_u64();
    let small = |name: &str| u32::try_from(number(name)?).ok();
    if manifest.get("complete").and_then(Value::as_bool) != Some(true) {
        return Err(ShardError::NotWhole {
            path: folder.to_owned(),
            problem: "was not played to its end".to_owned(),
        });
    }
    let measures = number("measures").ok_or_else(damaged)?;
    // A damaged line of the runs is said by its number, so that they are read first.
    let rows = read_rows(folder, measures as usize, number("runs_played"))?;
    check_files(folder, &manifest)?;
    Ok(PlayedShard {
        path: folder.to_owned(),
        sweep: text("sweep").ok_or_else(damaged)?,
        shard: Shard {
            index: small("shard").ok_or_else(damaged)?,
            count: small("shards").ok_or_else(damaged)?,
        },
        version: text("fleetcast").ok_or_else(damaged)?,
        seed: number("seed").ok_or_else(damaged)?,
        seed_is_default: manifest.get("seed_is_default").and_then(Value::as_bool) == Some(true),
        replications: small("replications").ok_or_else(damaged)?,
        rows,
    })
}

/// Whether the slice's files are those that were written: what they were made from decides what the
/// runs mean, and a scenario that was edited since would be printed beside runs of another one.
fn check_files(folder: &Path, manifest: &Value) -> Result<(), ShardError> {
    let files = manifest.get("files").and_then(Value::as_array);
    for file in files.into_iter().flatten() {
        let text = |name: &str| file.get(name).and_then(Value::as_str);
        let (Some(name), Some(hash)) = (text("name"), text("blake3")) else {
            continue;
        };
        let path = folder.join(name);
        let not_whole = |problem: String| ShardError::NotWhole {
            path: path.clone(),
            problem,
        };
        let bytes = fs::read(&path)
            .map_err(|error| not_whole(format!("can't be read ({})", error.kind())))?;
        if blake3::hash(&bytes).to_hex().as_str() != hash {
            return Err(not_whole(format!(
                "is not what the slice was played with: its checksum is not the one in \
                 {MANIFEST}"
            )));
        }
    }
    Ok(())
}

fn read_rows(
    folder: &Path,
    measures: usize,
    expected: Option<u64>,
) -> Result<Vec<RunRow>, ShardError> {
    let path = folder.join(RUNS);
    let not_whole = |problem: String| ShardError::NotWhole {
        path: path.clone(),
        problem,
    };
    let text = fs::read_to_string(&path)
        .map_err(|error| not_whole(format!("can't be read ({})", error.kind())))?;
    let mut rows = Vec::new();
    for (line, number) in text.lines().zip(1..) {
        let row = sweep_row::row(line, measures);
        rows.push(row.ok_or_else(|| not_whole(format!("is damaged in line {number}")))?);
    }
    match expected {
        Some(count) if count == rows.len() as u64 => Ok(rows),
        _ => Err(not_whole(format!(
            "holds {} runs, which are not all",
            rows.len()
        ))),
    }
}

/// The runs of all slices, by cell and replication.
///
/// # Errors
/// If they are not all slices of one sweep, each once.
pub fn join(shards: &[PlayedShard]) -> Result<Vec<RunRow>, ShardError> {
    let Some(first) = shards.first() else {
        return Ok(Vec::new());
    };
    for other in &shards[1..] {
        let different = |what: String| ShardError::Different {
            first: first.path.clone(),
            second: other.path.clone(),
            what,
        };
        if first.version != other.version {
            let (a, b) = (&first.version, &other.version);
            return Err(different(format!(
                "fleetcast {a} played the one, {b} the other"
            )));
        }
        if first.seed != other.seed {
            let (a, b) = (first.seed, other.seed);
            return Err(different(format!("their seeds are {a} and {b}")));
        }
        if first.sweep != other.sweep || first.shard.count != other.shard.count {
            let name = |it: &PlayedShard| format!("{} in {} slices", it.sweep, it.shard.count);
            return Err(different(format!("{} and {}", name(first), name(other))));
        }
    }
    let mut rows: Vec<(&RunRow, &Path)> = shards
        .iter()
        .flat_map(|shard| shard.rows.iter().map(|row| (row, shard.path.as_path())))
        .collect();
    rows.sort_by_key(|(row, _)| (row.cell, row.replication));
    let same = |pair: &&[(&RunRow, &Path)]| {
        let key = |it: &(&RunRow, &Path)| (it.0.cell, it.0.replication);
        key(&pair[0]) == key(&pair[1])
    };
    if let Some([(row, first), (_, second)]) = rows.windows(2).find(same) {
        return Err(ShardError::Overlap {
            first: first.to_path_buf(),
            second: second.to_path_buf(),
            cell: row.cell,
            replication: row.replication,
        });
    }
    let is_there = |index: &u32| shards.iter().any(|it| it.shard.index == *index);
    let missing: Vec<String> = (1..=first.shard.count)
        .filter(|index| !is_there(index))
        .map(|index| index.to_string())
        .collect();
    if !missing.is_empty() {
        return Err(ShardError::Missing {
            missing: missing.join(", "),
            count: first.shard.count,
        });
    }
    Ok(rows.into_iter().map(|(row, _)| row.clone()).collect())
}
