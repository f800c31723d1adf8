//! `fleetcast schema`: the JSON Schema of scenario files, for editors.

use clap::Args;

use super::Console;
use super::exit::{Exit, Stop};
use crate::scenario::schema::json_schema;

/// Print the JSON Schema of scenario files, for completion and checks in editors
#[derive(Debug, Args)]
#[command(after_help = "\
Examples:
  fleetcast schema > fleetcast.schema.json
  fleetcast schema | jq '.\"$defs\".scenario.properties | keys'

Then let the first line of a scenario be this comment, and an editor with a YAML language server
(VS Code with the YAML extension, Neovim, Helix, Zed) completes and checks its fields:

  # yaml-language-server: $schema=./fleetcast.schema.json

The path is taken from the scenario's own folder.")]
pub(super) struct SchemaArguments {}

pub(super) fn schema(_: &SchemaArguments, console: &mut Console<'_>) -> Result<Exit, Stop> {
    console.say(&format!("{:#}\n", json_schema()))?;
    Ok(Exit::Done)
}
