//! `manifest.json`: what a run was made from, how far it went, what was assumed, and which files
//! it left.

use std::path::PathBuf;

use serde::{Deserialize, Serialize};

use super::{Results, summary};
use crate::engine::SimDuration;
use crate::scenario::plan::AppliedDefault;

/// The version of the results folder: a change that breaks a reader of any of its files raises it.
pub const FORMAT_VERSION: u32 = 1;

/// Letters of a run's name.
const RUN_LETTERS: usize = 12;

/// What a run is made from, beside the plan: enough to play it again.
#[derive(Clone, Debug)]
pub struct RunInputs {
    /// The scenario with everything merged and every value set, as YAML; it names its traces as
    /// `traces/…`.
    pub scenario_yaml: String,
    /// The traces that it names.
    pub traces: Vec<TraceCopy>,
    /// Which of the replications.
    pub replication: u64,
    /// The version of the program.
    pub version: &'static str,
    /// The date of the catalogue of prices and sizes.
    pub catalog_date: &'static str,
}

/// A trace that a run's folder keeps a copy of; it is not held in memory.
#[derive(Clone, Debug)]
pub struct TraceCopy {
    /// Its path in the run's folder: `traces/name.csv`.
    pub name: String,
    /// Where it was read.
    pub path: PathBuf,
    /// The hash of what was read.
    pub hash: blake3::Hash,
}

/// The content of `manifest.json`.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize)]
pub struct Manifest {
    /// [`FORMAT_VERSION`].
    pub format: u32,
    /// The run's name: a hash of its inputs.
    pub run: String,
    /// The scenario's name.
    pub scenario: String,
    /// The program's version.
    pub fleetcast: String,
    /// The date of the catalogue of prices and sizes.
    pub catalog_date: String,
    /// The seed of all random streams.
    pub seed: u64,
    /// Which of the replications.
    pub replication: u64,
    /// The run's start, ISO 8601.
    pub start: String,
    /// Simulated time that was asked for, seconds (to the microsecond).
    pub duration_s: String,
    /// The instant that was reached, seconds after the start.
    pub played_s: String,
    /// Whether the run went to its end.
    pub complete: bool,
    /// Why it did not; `null` if it did.
    pub ended_because: Option<String>,
    /// Events played.
    pub events: u64,
    /// The hash of the sequence of events: equal for runs that went the same way.
    pub event_hash: String,
    /// BLAKE3 hashes of what was read.
    pub inputs: Vec<FileHash>,
    /// Every default that applied.
    pub defaults: Vec<DefaultRecord>,
    /// What is worth knowing about the input: ignored fields, filled gaps of traces.
    pub notes: Vec<String>,
    /// What is worth knowing about the numbers: models outside of their validated range, assumed
    /// markets and prices.
    pub caveats: Vec<String>,
    /// All files of the folder but this one, sorted by name.
    pub files: Vec<FileHash>,
}

/// A file and its BLAKE3 hash.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize)]
pub struct FileHash {
    /// Its path in the folder, with `/`.
    pub name: String,
    /// 64 hexadecimal digits; `null` for pictures, whose bytes are outside the promise.
    pub blake3: Option<String>,
}

/// A default that applied.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize)]
pub struct DefaultRecord {
    /// Where a value would stand in the scenario.
    pub path: String,
    /// The value that was taken.
    pub value: String,
    /// Why this one.
    pub source: String,
}

impl RunInputs {
    /// The run's name: the beginning of a hash over all that decides its result.
    pub fn run_name(&self, seed: u64) -> String {
        let mut hasher = blake3::Hasher::new();
        let mut part = |bytes: &[u8]| {
            // With its length, so that no two lists of parts run together.
            hasher.update(&(bytes.len() as u64).to_le_bytes());
            hasher.update(bytes);
        };
        part(self.scenario_yaml.as_bytes());
        for trace in &self.traces {
            part(trace.name.as_bytes());
            part(trace.hash.as_bytes());
        }
        part(&seed.to_le_bytes());
        part(&self.replication.to_le_bytes());
        part(self.version.as_bytes());
        hasher.finalize().to_hex()[..RUN_LETTERS].to_owned()
    }

    /// The hashes of the scenario and its traces.
    pub fn hashes(&self) -> Vec<FileHash> {
        let scenario = FileHash::of("scenario.yaml", self.scenario_yaml.as_bytes());
        std::iter::once(scenario)
            .chain(self.trace_hashes())
            .collect()
    }

    /// The hashes of the traces.
    pub fn trace_hashes(&self) -> impl Iterator<Item = FileHash> {
        let traces = self.traces.iter();
        traces.map(|trace| FileHash::new(&trace.name, trace.hash))
    }
}

impl FileHash {
    /// The hash of a file's bytes.
    pub fn of(name: &str, bytes: &[u8]) -> Self {
        FileHash::new(name, blake3::hash(bytes))
    }

    /// A file of this hash; pictures of pixels have none, they are outside of the promise of the
    /// same bytes.
    pub fn new(name: &str, hash: blake3::Hash) -> Self {
        let is_promised = !name.ends_with(".png");
        FileHash {
            name: name.to_owned(),
            blake3: is_promised.then(|| hash.to_hex().to_string()),
        }
    }
}

/// The manifest of a run that left `files`.
pub fn manifest(results: &Results<'_>, files: Vec<FileHash>) -> Manifest {
    let Results {
        plan,
        inputs,
        played,
        ..
    } = results;
    let outcome = &played.outcome;
    let default = |applied: &AppliedDefault| DefaultRecord {
        path: applied.path.clone(),
        value: applied.value.clone(),
        source: applied.source.clone(),
    };
    let played_for = SimDuration::from_micros(outcome.stopped_at.as_micros());
    Manifest {
        format: FORMAT_VERSION,
        run: results.run_name(),
        scenario: plan.name.clone(),
        fleetcast: inputs.version.to_owned(),
        catalog_date: inputs.catalog_date.to_owned(),
        seed: plan.run.seed,
        replication: inputs.replication,
        start: outcome.observed.summary.start.clone(),
        duration_s: seconds_text(plan.run.duration),
        played_s: seconds_text(played_for),
        complete: played.is_complete(),
        ended_because: played.ended_because().map(str::to_owned),
        events: outcome.events,
        event_hash: summary::event_hash(outcome.event_hash),
        inputs: inputs.hashes(),
        defaults: plan.assumptions.iter().map(default).collect(),
        notes: plan.notes.clone(),
        caveats: played.caveats.clone(),
        files,
    }
}

/// Seconds as an exact decimal number.
fn seconds_text(duration: SimDuration) -> String {
    let micros = duration.as_micros();
    let text = format!("{}.{:06}", micros / 1_000_000, micros % 1_000_000);
    text.trim_end_matches('0').trim_end_matches('.').to_owned()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn inputs() -> RunInputs {
        RunInputs {
            scenario_yaml: "fleetcast: 1\n".to_owned(),
            traces: vec![TraceCopy {
                name: "traces/a.csv".to_owned(),
                path: PathBuf::from("a.csv"),
                hash: blake3::hash(b"1,2"),
            }],
            replication: 0,
            version: "0.1.0",
            catalog_date: "2026-11-22",
        }
    }

    #[test]
    fn whatever_decides_a_result_decides_the_runs_name() {
        let name = inputs().run_name(42);
        assert_eq!(name.len(), RUN_LETTERS);
        assert_eq!(name, inputs().run_name(42));
        let mut others = vec![inputs().run_name(43)];
        let mut changed = |change: fn(&mut RunInputs)| {
            let mut inputs = inputs();
            change(&mut inputs);
            others.push(inputs.run_name(42));
        };
        changed(|inputs| inputs.scenario_yaml.push('#'));
        changed(|inputs| inputs.traces[0].hash = blake3::hash(b"1,23"));
        changed(|inputs| inputs.traces.clear());
        changed(|inputs| inputs.replication = 1);
        changed(|inputs| inputs.version = "0.1.1");
        others.push(name);
        let count = others.len();
        others.sort();
        others.dedup();
        assert_eq!(others.len(), count);
    }
}
