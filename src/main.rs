//! The `fleetcast` command: parse, run, exit code; everything else is in the library.

use std::process::ExitCode;

fn main() -> ExitCode {
    fleetcast::cli::main()
}
