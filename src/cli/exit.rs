//! The exit codes, what a user does about each, and the words for a defect of ours.

use std::fmt;
use std::io;
use std::panic::PanicHookInfo;
use std::process::ExitCode;

/// How a command ended.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Debug)]
pub enum Exit {
    /// It did what was asked; a broken objective is a result.
    Done,
    /// Something that was to hold does not; what was computed is written.
    Broken,
    /// The user's mistake, said on stderr.
    Mistake,
    /// A defect of ours.
    Defect,
    /// A limit ended the run; what was played is written.
    Limit,
    /// Ctrl-C ended the run; what was played is written.
    Cancelled,
}

impl Exit {
    /// The process's exit code.
    pub fn code(self) -> u8 {
        match self {
            Exit::Done => 0,
            Exit::Broken => 1,
            Exit::Mistake => 2,
            Exit::Defect => 3,
            Exit::Limit => 4,
            Exit::Cancelled => 130,
        }
    }
}

impl From<Exit> for ExitCode {
    fn from(exit: Exit) -> ExitCode {
        ExitCode::from(exit.code())
    }
}

/// Why a command stopped before its end.
#[derive(Debug)]
pub enum Stop {
    /// The user's mistake, with its message.
    Mistake(String),
    /// The reader of our output went away: nothing to say, nobody to say it to.
    ClosedPipe,
    /// Our output can't be written for another reason.
    Output(io::Error),
}

impl From<io::Error> for Stop {
    fn from(error: io::Error) -> Self {
        match error.kind() {
            io::ErrorKind::BrokenPipe => Stop::ClosedPipe,
            _ => Stop::Output(error),
        }
    }
}

/// Replaces the panic's message by one that says whose fault it is and what to do.
pub fn report_panics() {
    std::panic::set_hook(Box::new(|panic| {
        // With stderr gone too there is nobody left to tell.
        let _ = io::Write::write_all(&mut io::stderr(), defect(panic).as_bytes());
    }));
}

fn defect(panic: &PanicHookInfo<'_>) -> String {
    let place = panic
        .location()
        .map_or_else(String::new, |place| format!(" at {place}"));
    format!(
        "error: this is a defect of fleetcast, not of your scenario\n  {}{place}\n  \
         please report it with these lines, the command and the scenario file with its traces \
         (fleetcast {}, {} {})\n",
        message(panic.payload()),
        env!("CARGO_PKG_VERSION"),
        std::env::consts::OS,
        std::env::consts::ARCH,
    )
}

fn message(payload: &(dyn std::any::Any + Send)) -> &str {
    let owned = payload.downcast_ref::<String>().map(String::as_str);
    owned
        .or_else(|| payload.downcast_ref::<&str>().copied())
        .unwrap_or("it gave no reason")
}

impl fmt::Display for Stop {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Stop::Mistake(message) => f.write_str(message),
            Stop::ClosedPipe => f.write_str("the output was closed"),
            Stop::Output(error) => write!(f, "can't write the output: {error}"),
        }
    }
}
