//! `fleetcast serve`: a page on which a scenario is moved and watched.

use std::path::PathBuf;

use clap::Args;

use super::Console;
use super::exit::{Exit, Stop};
use super::interrupt;
use super::scenario_file::Changes;
use crate::scenario::diagnostic::Diagnostics;
use crate::scenario::source::Sources;
use crate::serve::{Server, Session};

/// Open a page on which the scenario's counts, weights, targets and load are moved and watched
#[derive(Debug, Args)]
#[command(after_help = "\
Examples:
  fleetcast serve scenarios/web-api.yaml
  fleetcast serve scenarios/web-api.yaml --port 8300
  fleetcast serve scenarios/web-api.yaml --set run.duration=2d

The page is for browsers of this machine (127.0.0.1) that have the address with its token. What was
moved stands marked in the scenario's text, to be copied or saved to the file. Ctrl-C ends it.")]
pub(super) struct ServeArguments {
    /// A scenario file (YAML or JSON)
    file: PathBuf,
    /// The port to listen on, instead of a free one
    #[arg(
        long,
        value_name = "NUMBER",
        default_value_t = 0,
        hide_default_value = true
    )]
    port: u16,
    #[command(flatten)]
    changes: Changes,
    /// Print the address only
    #[arg(short, long)]
    quiet: bool,
}

pub(super) fn serve(arguments: &ServeArguments, console: &mut Console<'_>) -> Result<Exit, Stop> {
    let session = match Session::open(&arguments.file, arguments.changes.options()) {
        Ok(session) => session,
        Err(wrong) => {
            let mut found = Diagnostics::new();
            found.push(*wrong);
            console.warn(&found.render(&Sources::new(), console.err_is_coloured()))?;
            return Ok(Exit::Mistake);
        }
    };
    let server =
        Server::bind(session, arguments.port).map_err(|error| Stop::Mistake(error.to_string()))?;
    console.say(&match arguments.quiet {
        true => format!("{}\n", server.url()),
        false => format!(
            "{} is at {}\nOpen it in a browser of this machine; Ctrl-C ends it.\n",
            arguments.file.display(),
            server.url()
        ),
    })?;
    // What is being played is of no use to anybody, and nothing is half written.
    let leave = || std::process::exit(i32::from(Exit::Done.code()));
    server.run(interrupt::listen(), leave);
    Ok(Exit::Done)
}
