//! The command line: one file a command, thin.

use std::ffi::OsString;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::process::ExitCode;

use clap::{CommandFactory, Parser, Subcommand};

mod again;
mod catalog;
mod check;
mod compare;
mod completions;
mod console;
mod cron;
mod diff;
mod exit;
mod explain;
mod fields;
mod fork;
mod generate;
mod interrupt;
mod learn;
mod man;
mod merge;
mod moment;
mod optimize;
mod progress;
mod report;
mod run;
mod run_folder;
mod savings_plan;
mod scenario_file;
mod schema;
mod serve;
mod spot;
mod sweep;
mod sweep_play;
mod test;
mod validate;

pub use console::Console;
pub use exit::{Exit, Stop};
// What another front end of the library (`python/`) shares with these commands.
pub use scenario_file::{inputs, open_folder, open_sweep_folder};
pub use sweep::say_broken;
pub use sweep_play::begin_journal;

/// Rehearse an Amazon ECS cluster before it is paid for: what it costs, how it behaves, and why.
#[derive(Debug, Parser)]
#[command(
    name = "fleetcast",
    version,
    max_term_width = 100,
    arg_required_else_help = true
)]
#[command(after_help = "\
Examples:
  fleetcast run scenarios/web-api.yaml
  fleetcast sweep scenarios/spot-weights.yaml
  fleetcast compare scenarios/which-load-balancing.yaml scenarios/web-api.yaml
  fleetcast optimize scenarios/cheapest-safe.yaml
  fleetcast test scenarios/web-api.yaml --junit junit.xml
  fleetcast savings-plan scenarios/savings-plan.yaml
  fleetcast spot scenarios/ec2-spot-mixed.yaml
  fleetcast explain web-api --service api
  fleetcast fork web-api --at 3d --set aws.services.api.desiredCount=30
  fleetcast learn 1
  fleetcast diff results/web-api/e2693ae89eb1 results/web-api/e2bdc84fbb9d
  fleetcast report web-api
  fleetcast serve scenarios/web-api.yaml
  fleetcast check scenarios/*.yaml
  fleetcast fields world.work.cpu
  fleetcast catalog ec2 m6i.large
  fleetcast cron 'cron(0 10 * * ? *)'
  fleetcast generate --services 50 --tasks 1000 > made-up.yaml
  fleetcast schema > fleetcast.schema.json
  fleetcast validate --quick
  fleetcast completions bash
  fleetcast man | man -l -

Exit codes: 0 done (a broken objective is a result), 1 an objective of test or a bound of validate
is broken, or no cell of optimize keeps the objectives, 2 your mistake, 3 a defect of fleetcast,
4 a limit ended the run, 130 Ctrl-C ended it (what was played is written).")]
struct Arguments {
    #[command(subcommand)]
    command: Command,
}

#[derive(Debug, Subcommand)]
enum Command {
    Run(run::RunArguments),
    Sweep(sweep::SweepArguments),
    Merge(merge::MergeArguments),
    Compare(compare::CompareArguments),
    Optimize(optimize::OptimizeArguments),
    Test(test::TestArguments),
    SavingsPlan(savings_plan::SavingsPlanArguments),
    Spot(spot::SpotArguments),
    Explain(explain::ExplainArguments),
    Fork(fork::ForkArguments),
    Learn(learn::LearnArguments),
    Diff(diff::DiffArguments),
    Report(report::ReportArguments),
    Serve(serve::ServeArguments),
    Check(check::CheckArguments),
    Fields(fields::FieldsArguments),
    Catalog(catalog::CatalogArguments),
    Cron(cron::CronArguments),
    Generate(generate::GenerateArguments),
    Schema(schema::SchemaArguments),
    Validate(validate::ValidateArguments),
    Completions(completions::CompletionsArguments),
    Man(man::ManArguments),
}

/// Runs the command that the process's arguments name.
pub fn main() -> ExitCode {
    exit::report_panics();
    let mut console = Console::of_process();
    // The hook has said what there is to say.
    let exit = catch_unwind(AssertUnwindSafe(|| {
        run_command(std::env::args_os(), &mut console)
    }));
    exit.unwrap_or(Exit::Defect).into()
}

/// Runs the command that `arguments` name (the first is the program) on `console`.
pub fn run_command<I, T>(arguments: I, console: &mut Console<'_>) -> Exit
where
    I: IntoIterator<Item = T>,
    T: Into<OsString> + Clone,
{
    let done = match Arguments::try_parse_from(arguments) {
        Ok(Arguments { command }) => match command {
            Command::Run(arguments) => run::run(&arguments, console),
            Command::Spot(arguments) => spot::spot(&arguments, console),
            Command::Sweep(arguments) => sweep::sweep(&arguments, console),
            Command::Merge(arguments) => merge::merge(&arguments, console),
            Command::Compare(arguments) => compare::compare(&arguments, console),
            Command::Optimize(arguments) => optimize::optimize(&arguments, console),
            Command::Test(arguments) => test::test(&arguments, console),
            Command::SavingsPlan(arguments) => savings_plan::savings_plan(&arguments, console),
            Command::Explain(arguments) => explain::explain(&arguments, console),
            Command::Fork(arguments) => fork::fork(&arguments, console),
            Command::Learn(arguments) => learn::learn(&arguments, console),
            Command::Diff(arguments) => diff::diff(&arguments, console),
            Command::Report(arguments) => report::report(&arguments, console),
            Command::Serve(arguments) => serve::serve(&arguments, console),
            Command::Check(arguments) => check::check(&arguments, console),
            Command::Fields(arguments) => fields::fields(&arguments, console),
            Command::Catalog(arguments) => catalog::catalog(&arguments, console),
            Command::Cron(arguments) => cron::cron(&arguments, console),
            Command::Generate(arguments) => generate::generate(&arguments, console),
            Command::Schema(arguments) => schema::schema(&arguments, console),
            Command::Validate(arguments) => validate::validate(&arguments, console),
            Command::Completions(arguments) => {
                completions::completions(&arguments, Arguments::command(), console)
            }
            Command::Man(arguments) => man::man(&arguments, Arguments::command(), console),
        },
        Err(refusal) => answer(&refusal, console),
    };
    match done {
        Ok(exit) => exit,
        Err(Stop::ClosedPipe) => Exit::Done,
        Err(stop @ (Stop::Mistake(_) | Stop::Output(_))) => {
            // With stderr gone too there is nobody left to tell.
            let _ = console.complain(&stop.to_string());
            Exit::Mistake
        }
    }
}

/// Help and version go to stdout, what is wrong with the arguments to stderr.
fn answer(refusal: &clap::Error, console: &mut Console<'_>) -> Result<Exit, Stop> {
    let text = refusal.render();
    if refusal.use_stderr() {
        let text = console.err_text(text.to_string(), text.ansi().to_string());
        console.warn(&text)?;
        Ok(Exit::Mistake)
    } else {
        let text = console.out_text(text.to_string(), text.ansi().to_string());
        console.say(&text)?;
        Ok(Exit::Done)
    }
}

#[cfg(test)]
mod instances_tests;
#[cfg(test)]
mod spot_tests;
#[cfg(test)]
mod tests;
