//! `fleetcast schema`: the JSON Schema of scenario files, for editors.

use clap::Args;

use super::Console;
use super::exit::{Exit, Stop};

/// Print the JSON Schema of scenario files, for completion and checks in editors
#[derive(Debug, Args)]
#[command(after_help = "\
Example:
  fleetcast schema > fleetcast.schema.json
  # then, as the first line of a scenario, for editors with a YAML language server:
  # yaml-language-server: $schema=fleetcast.schema.json")]
pub(super) struct SchemaArguments {}

pub(super) fn schema(_: &SchemaArguments, _console: &mut Console<'_>) -> Result<Exit, Stop> {
    Err(Stop::Mistake("this release has no schema yet".to_owned()))
}
