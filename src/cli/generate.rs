//! `fleetcast generate`: a made-up cluster of any size as a scenario.

use clap::Args;

use super::Console;
use super::exit::{Exit, Stop};
use crate::scenario::generate::{Size, beyond_quotas, text};

/// Print a made-up scenario of any size: to see how a cluster of that size plays
///
/// Services with target tracking on CPU behind load balancers, each with a busy time of day of its
/// own between 9 and 17 o'clock, demand that changes every 5 minutes and a deployment a day; on an
/// Auto Scaling group of m6i.4xlarge with managed scaling, or on Fargate. Chance changes nothing of
/// it: the same options print the same scenario.
#[derive(Debug, Args)]
#[command(after_help = "\
Examples:
  fleetcast generate --services 20 --tasks 400 > small.yaml
  fleetcast generate --services 5000 --instances 5000 --tasks 100000 --days 30 > largest.yaml
  fleetcast run largest.yaml --no-charts

The second is the largest cluster that AWS's quotas allow.")]
pub(super) struct GenerateArguments {
    /// Services
    #[arg(long, value_name = "N", default_value_t = 20,
          value_parser = clap::value_parser!(u32).range(1..=10_000))]
    services: u32,

    /// Tasks of all services together when all are at their busiest
    #[arg(long, value_name = "N", default_value_t = 400,
          value_parser = clap::value_parser!(u32).range(1..=1_000_000))]
    tasks: u32,

    /// Container instances at most; without any the tasks are on Fargate
    #[arg(long, value_name = "N", default_value_t = 0,
          value_parser = clap::value_parser!(u32).range(0..=100_000))]
    instances: u32,

    /// Days that are played
    #[arg(long, value_name = "N", default_value_t = 7,
          value_parser = clap::value_parser!(u32).range(1..=366))]
    days: u32,

    /// The seed of the scenario
    #[arg(
        long,
        value_name = "NUMBER",
        default_value_t = 1,
        allow_negative_numbers = true
    )]
    seed: u64,

    /// Also print what is beyond ECS's quotas
    #[arg(long)]
    beyond_quotas: bool,
}

pub(super) fn generate(
    arguments: &GenerateArguments,
    console: &mut Console<'_>,
) -> Result<Exit, Stop> {
    let size = Size {
        services: arguments.services,
        tasks: arguments.tasks,
        instances: arguments.instances,
        days: arguments.days,
        seed: arguments.seed,
    };
    let beyond = beyond_quotas(&size);
    if !beyond.is_empty() && !arguments.beyond_quotas {
        return Err(Stop::Mistake(format!(
            "ECS allows no such cluster\n  {}\n  help: make it smaller, or write --beyond-quotas",
            beyond.join("\n  ")
        )));
    }
    console.say(&text(&size))?;
    Ok(Exit::Done)
}
