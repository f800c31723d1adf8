//! `fleetcast fields`: the reference of the scenario's fields, one at a time or as a page.

use clap::Args;

use super::Console;
use super::exit::{Exit, Stop};
use crate::catalog::names::did_you_mean;
use crate::scenario::diagnostic::Diagnostic;
use crate::scenario::schema::reference::{as_json, explain, named, named_json, named_nearly, page};

/// Explain the fields of a scenario: what each holds, its default and why, an example
#[derive(Debug, Args)]
#[command(after_help = "\
Examples:
  fleetcast fields                          the blocks of a scenario
  fleetcast fields world.work.cpu           one field
  fleetcast fields cpu                      every field of this name
  fleetcast fields aws.services             what of a service has an effect
  fleetcast fields --markdown > docs/fields.md

Names of yours may be there (world.work.api.cpu) or be left out (world.work.cpu).")]
pub(super) struct FieldsArguments {
    /// A field or block, such as world.work.cpu; the whole scenario by default
    #[arg(value_name = "PATH", default_value = "", hide_default_value = true)]
    path: String,

    /// Print what is said as JSON
    #[arg(long, conflicts_with = "markdown")]
    json: bool,

    /// Print the page of all fields, as in docs/fields.md
    #[arg(long, conflicts_with = "path")]
    markdown: bool,
}

pub(super) fn fields(arguments: &FieldsArguments, console: &mut Console<'_>) -> Result<Exit, Stop> {
    let path = &arguments.path;
    let mistake = |wrong: &Diagnostic| mistake(path, wrong);
    let text = match (arguments.markdown, arguments.json) {
        (true, _) => page(),
        (false, true) => {
            let json = as_json(path).or_else(|wrong| named_json(path).ok_or(wrong));
            format!("{:#}\n", json.map_err(|wrong| mistake(&wrong))?)
        }
        (false, false) => match explain(path) {
            Ok(text) => text,
            Err(wrong) => everywhere(path).ok_or_else(|| mistake(&wrong))?,
        },
    };
    console.say(&text)?;
    Ok(Exit::Done)
}

/// Where a name stands that is no path: `cpu`.
fn everywhere(name: &str) -> Option<String> {
    let is_name = !name.contains(['.', '[']);
    let found = match is_name {
        true => named(name.trim()),
        false => Vec::new(),
    };
    if found.is_empty() {
        return None;
    }
    let width = found.iter().map(|it| it.path.len()).max().unwrap_or(0);
    let fields = if found.len() == 1 { "field" } else { "fields" };
    let mut text = format!("{} is the name of {} {fields}:\n", name.trim(), found.len());
    for it in &found {
        let says = if it.says.is_empty() {
            &it.holds
        } else {
            it.says
        };
        text.push_str(&format!("  {:width$}  {says}\n", it.path));
    }
    Some(text)
}

/// What is wrong with `path`. A lone name may be meant as a field of any block: the nearest of all.
fn mistake(path: &str, wrong: &Diagnostic) -> Stop {
    let anywhere = match path.contains(['.', '[']) {
        true => None,
        false => did_you_mean(&named_nearly(path.trim())),
    };
    let help = anywhere.or_else(|| wrong.help.clone());
    let help = help.map_or(String::new(), |help| format!("\n  help: {help}"));
    Stop::Mistake(format!("{}{help}", wrong.message))
}
