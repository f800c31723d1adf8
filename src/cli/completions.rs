//! `fleetcast completions`: what a shell needs to complete commands and flags.

use clap::{Args, Command};
use clap_complete::{Shell, generate};

use super::Console;
use super::exit::{Exit, Stop};

/// Print a script that lets a shell complete fleetcast's commands and flags
#[derive(Debug, Args)]
#[command(after_help = "\
Examples:
  fleetcast completions bash > ~/.local/share/bash-completion/completions/fleetcast
  fleetcast completions zsh > ~/.zfunc/_fleetcast        # with fpath+=~/.zfunc before compinit
  fleetcast completions fish > ~/.config/fish/completions/fleetcast.fish")]
pub(super) struct CompletionsArguments {
    /// The shell
    shell: Shell,
}

pub(super) fn completions(
    arguments: &CompletionsArguments,
    mut command: Command,
    console: &mut Console<'_>,
) -> Result<Exit, Stop> {
    let mut script = Vec::new();
    generate(arguments.shell, &mut command, "fleetcast", &mut script);
    console.say(&String::from_utf8_lossy(&script))?;
    Ok(Exit::Done)
}
