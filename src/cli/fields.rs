//! `fleetcast fields`: the reference of the scenario's fields, one at a time or as a page.

use clap::Args;

use super::Console;
use super::exit::{Exit, Stop};
use crate::scenario::diagnostic::Diagnostic;
use crate::scenario::schema::reference::{explain, page};

/// Explain the fields of a scenario: what each holds, its default and why, an example
#[derive(Debug, Args)]
#[command(after_help = "\
Examples:
  fleetcast fields                          the blocks of a scenario
  fleetcast fields world.work.cpu           one field
  fleetcast fields aws.services             what of a service has an effect
  fleetcast fields --markdown > docs/fields.md

Names of yours may be there (world.work.api.cpu) or be left out (world.work.cpu).")]
pub(super) struct FieldsArguments {
    /// A field or block, such as world.work.cpu; the whole scenario by default
    #[arg(value_name = "PATH", default_value = "", hide_default_value = true)]
    path: String,

    /// Print the page of all fields, as in docs/fields.md
    #[arg(long, conflicts_with = "path")]
    markdown: bool,
}

pub(super) fn fields(arguments: &FieldsArguments, console: &mut Console<'_>) -> Result<Exit, Stop> {
    let text = match arguments.markdown {
        true => page(),
        false => explain(&arguments.path).map_err(|wrong| mistake(&wrong))?,
    };
    console.say(&text)?;
    Ok(Exit::Done)
}

fn mistake(wrong: &Diagnostic) -> Stop {
    let help = wrong.help.as_deref();
    let help = help.map_or(String::new(), |help| format!("\n  help: {help}"));
    Stop::Mistake(format!("{}{help}", wrong.message))
}
