//! The files of a run: small ones as bytes, tables row by row.

use serde::Serialize;

use super::folder::HashedFile;
use super::{FileHash, Results, RunFolder, WriteError, summary};
use crate::billing::write_cost_csv;
use crate::experiment::run::PlanNames;
use crate::observe::{tasks, usage};

/// A file of a run.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct ResultFile {
    /// Its path in the folder, with `/`.
    pub name: String,
    /// Its bytes.
    pub bytes: Vec<u8>,
}

impl ResultFile {
    /// A file of this name and content.
    pub fn new(name: impl Into<String>, bytes: Vec<u8>) -> Self {
        ResultFile {
            name: name.into(),
            bytes,
        }
    }

    /// Its entry in the manifest; without a hash for pictures, whose bytes are outside the promise.
    pub fn hash(&self) -> FileHash {
        match self.name.ends_with(".png") {
            true => FileHash {
                name: self.name.clone(),
                blake3: None,
            },
            false => FileHash::of(&self.name, &self.bytes),
        }
    }
}

/// What is written as a whole: the scenario, its traces and the summary.
pub fn files(results: &Results<'_>) -> Vec<ResultFile> {
    let scenario = results.inputs.scenario_yaml.clone().into_bytes();
    let mut files = vec![
        ResultFile::new("scenario.yaml", scenario),
        ResultFile::new("summary.json", json_bytes(&summary::summary(results))),
    ];
    for trace in &results.inputs.traces {
        files.push(ResultFile::new(trace.name.clone(), trace.bytes.clone()));
    }
    files
}

/// Writes the tables into `folder`, row by row: those of a long run are larger than all that the
/// run keeps in memory.
pub fn write_tables(
    results: &Results<'_>,
    folder: &RunFolder,
) -> Result<Vec<FileHash>, WriteError> {
    let Results { plan, played, .. } = results;
    let names = PlanNames::of(plan);
    let mut hashes = Vec::new();
    let mut table = |name: &'static str, content: &Content<'_>| {
        let written = folder.stream(name, content)?;
        hashes.push(written.map_err(|problem| WriteError::Table { name, problem })?);
        Ok::<(), WriteError>(())
    };
    let used = &played.outcome.observed.usage;
    table("usage.csv", &|out| {
        usage::write_csv(used, &names.names(), plan.run.start, out).map_err(text)
    })?;
    let observed = &played.outcome.observed;
    if let Some(metrics) = &observed.metrics {
        table("metrics.csv", &|out| {
            metrics.write_csv(plan, out).map_err(text)
        })?;
    }
    if plan.record.tasks {
        table("tasks.csv", &|out| {
            tasks::write_tasks_csv(plan, &observed.tasks, out).map_err(text)
        })?;
    }
    if let Some(events) = &observed.events {
        table("events.ndjson", &|out| {
            events
                .write_ndjson(plan, &observed.tasks, out)
                .map_err(text)
        })?;
    }
    if let Some(decisions) = &observed.decisions {
        table("decisions.ndjson", &|out| {
            decisions.write_ndjson(plan, out).map_err(text)
        })?;
    }
    table("cost.csv", &|out| {
        write_cost_csv(&played.bill, out).map_err(text)
    })?;
    Ok(hashes)
}

/// What writes a table.
type Content<'a> = dyn Fn(&mut HashedFile) -> Result<(), String> + 'a;

fn text(error: impl ToString) -> String {
    error.to_string()
}

/// A record as JSON for people and programs: indented, with a line feed at its end.
pub fn json_bytes(record: &impl Serialize) -> Vec<u8> {
    let mut bytes = serde_json::to_vec_pretty(record).expect("records have text keys");
    bytes.push(b'\n');
    bytes
}
