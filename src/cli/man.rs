//! `fleetcast man`: man pages of fleetcast and of each of its commands.

use std::fs;
use std::path::{Path, PathBuf};

use clap::{Args, Command};

use super::Console;
use super::exit::{Exit, Stop};

/// Print fleetcast's man page, or write those of all commands to a folder
#[derive(Debug, Args)]
#[command(after_help = "\
Examples:
  fleetcast man | man -l -
  fleetcast man --out ~/.local/share/man/man1       # then: man fleetcast-run")]
pub(super) struct ManArguments {
    /// Write fleetcast.1 and a page for each command to this folder
    #[arg(long, value_name = "DIR")]
    out: Option<PathBuf>,
}

pub(super) fn man(
    arguments: &ManArguments,
    mut command: Command,
    console: &mut Console<'_>,
) -> Result<Exit, Stop> {
    // Flags that all commands have are put into each of them.
    command.build();
    let Some(folder) = &arguments.out else {
        console.say(&String::from_utf8_lossy(&page(&command, "fleetcast")?))?;
        return Ok(Exit::Done);
    };
    fs::create_dir_all(folder).map_err(|error| cannot(folder, &error))?;
    write(folder, &command, "fleetcast")?;
    for of in command.get_subcommands() {
        write(folder, of, &format!("fleetcast-{}", of.get_name()))?;
    }
    console.say(&format!("{}\n", folder.display()))?;
    Ok(Exit::Done)
}

fn write(folder: &Path, command: &Command, name: &str) -> Result<(), Stop> {
    let path = folder.join(format!("{name}.1"));
    fs::write(&path, page(command, name)?).map_err(|error| cannot(&path, &error))
}

fn page(command: &Command, name: &str) -> Result<Vec<u8>, Stop> {
    let mut page = Vec::new();
    clap_mangen::Man::new(command.clone())
        .title(name)
        .render(&mut page)
        .map_err(|error| Stop::Mistake(error.to_string()))?;
    // What stands behind the options is examples first; the generator has no better word for it.
    let page = String::from_utf8_lossy(&page).replace(".SH EXTRA\n", ".SH EXAMPLES\n");
    Ok(page.into_bytes())
}

fn cannot(path: &Path, error: &std::io::Error) -> Stop {
    Stop::Mistake(format!("can't write {}: {error}", path.display()))
}
