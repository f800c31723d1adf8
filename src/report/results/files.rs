//! The files of a run: each written piece by piece.

use std::io::Write;

use serde::Serialize;

use super::manifest::FileHash;
use super::{Results, RunFolder, WriteError, summary};
use crate::billing::write_cost_csv;
use crate::experiment::run::PlanNames;
use crate::observe::{instances, tasks, usage};

/// A file that is small enough for memory, such as a picture.
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

/// Writes all files but the traces, the charts and the manifest; their hashes.
pub fn write(results: &Results<'_>, folder: &RunFolder) -> Result<Vec<FileHash>, WriteError> {
    let Results {
        plan,
        inputs,
        played,
        ..
    } = results;
    let names = PlanNames::of(plan);
    let summary = json_bytes(&summary::summary(results));
    let mut written = vec![
        folder.write("scenario.yaml", inputs.scenario_yaml.as_bytes())?,
        folder.write("summary.json", &summary)?,
    ];
    let mut table = |name: &str, fill: &dyn Fn(&mut dyn Write) -> Result<(), String>| {
        written.push(folder.write_with(name, |out| fill(out))?);
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
    if plan.record.tasks && !plan.groups.is_empty() {
        table("instances.csv", &|out| {
            instances::write_instances_csv(plan, &observed.instances, out).map_err(text)
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
    if let Some(alarms) = &observed.alarms {
        table("alarms.csv", &|out| {
            alarms.write_csv(plan, out).map_err(text)
        })?;
    }
    if let Some(deployments) = &observed.deployments {
        table("deployments.csv", &|out| {
            deployments.write_csv(plan, out).map_err(text)
        })?;
    }
    table("cost.csv", &|out| {
        write_cost_csv(&played.bill, out).map_err(text)
    })?;
    Ok(written)
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
