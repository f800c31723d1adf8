//! The files of a run as bytes; nothing here touches the disk.

use serde::Serialize;

use super::{Results, WriteError, summary};
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
}

/// All files but the charts and the manifest.
pub fn files(results: &Results<'_>) -> Result<Vec<ResultFile>, WriteError> {
    let Results {
        plan,
        inputs,
        played,
        ..
    } = results;
    let names = PlanNames::of(plan);
    let scenario = inputs.scenario_yaml.clone().into_bytes();
    let mut files = vec![
        ResultFile::new("scenario.yaml", scenario),
        ResultFile::new("summary.json", json_bytes(&summary::summary(results))),
    ];
    for trace in &inputs.traces {
        files.push(ResultFile::new(trace.name.clone(), trace.bytes.clone()));
    }
    let mut table = |name: &'static str, write: &dyn Fn(&mut Vec<u8>) -> Result<(), String>| {
        let mut bytes = Vec::new();
        write(&mut bytes).map_err(|problem| WriteError::Table { name, problem })?;
        files.push(ResultFile::new(name, bytes));
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
    Ok(files)
}

fn text(error: impl ToString) -> String {
    error.to_string()
}

/// A record as JSON for people and programs: indented, with a line feed at its end.
pub fn json_bytes(record: &impl Serialize) -> Vec<u8> {
    let mut bytes = serde_json::to_vec_pretty(record).expect("records have text keys");
    bytes.push(b'\n');
    bytes
}
