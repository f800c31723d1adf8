//! `world.fileSystems`: what the EFS file systems store that task definitions mount.

use crate::scenario::aws::task_definition::TaskDefinitions;
use crate::scenario::diagnostic::suggestion;
use crate::scenario::plan::FileSystemPlan;
use crate::scenario::reader::{Field, MapReader};

const MIB: u64 = 1_048_576;

/// The entries as read.
#[derive(Default)]
pub(in crate::scenario) struct FileSystems<'a> {
    entries: Vec<(FileSystemPlan, Field<'a>)>,
}

/// Reads the block.
pub(super) fn read(map: Option<MapReader<'_>>) -> FileSystems<'_> {
    let mut all = FileSystems::default();
    let Some(mut map) = map else {
        return all;
    };
    for (key, field) in map.entries() {
        let Some(mut entry) = field.map() else {
            continue;
        };
        let stored = entry.required("stored").and_then(|field| field.size());
        entry.finish();
        if let Some(stored) = stored {
            let plan = FileSystemPlan {
                id: key.text.clone(),
                stored_mib: stored.div_ceil(MIB),
            };
            all.entries.push((plan, field));
        }
    }
    map.finish();
    all
}

impl FileSystems<'_> {
    /// Reports those that nobody mounts.
    pub(super) fn check_names(&self, definitions: &TaskDefinitions) {
        let mounted = || definitions.plans().iter().flat_map(|it| &it.mounts);
        for (plan, field) in &self.entries {
            if !mounted().any(|id| *id == plan.id) {
                let message = format!("no task definition mounts file system {}", plan.id);
                let nearest = suggestion(&plan.id, mounted().map(String::as_str));
                let warning = field.warning("unknown-name", message);
                warning.maybe_help(nearest).report();
            }
        }
    }

    /// The table of the plan.
    pub(in crate::scenario) fn plans(&self) -> Vec<FileSystemPlan> {
        self.entries.iter().map(|(plan, _)| plan.clone()).collect()
    }

    /// What is said of file systems whose size nobody tells.
    pub(in crate::scenario) fn notes(&self, definitions: &TaskDefinitions) -> Vec<String> {
        let mut told: Vec<String> = Vec::new();
        for id in definitions.plans().iter().flat_map(|it| &it.mounts) {
            let is_known = self.entries.iter().any(|(plan, _)| plan.id == *id);
            let note = match is_known {
                true => format!(
                    "of the EFS file system {id} what it stores is paid, its throughput is not: no \
                     price of that is known here"
                ),
                false => format!(
                    "the EFS file system {id} costs nothing here: world.fileSystems does not say \
                     what it stores"
                ),
            };
            if !told.contains(&note) {
                told.push(note);
            }
        }
        told
    }
}
