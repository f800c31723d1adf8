//! `fleetcast savings-plan`: how many dollars an hour to commit to.

use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicBool, Ordering};

use clap::{Args, ValueEnum};
use indicatif::{ProgressBar, ProgressStyle};

use super::Console;
use super::exit::{Exit, Stop};
use super::interrupt;
use super::scenario_file::{self, Changes};
use crate::catalog::prices::{Commitment, Covers, PriceBook};
use crate::catalog::savings_plans::{self, Term};
use crate::experiment::commitment::{Answer, CommitmentUses, play_uses};
use crate::experiment::sweep::threads;
use crate::report::results::Placed;
use crate::report::savings_plan::{SavingsPlanResults, answer_name};
use crate::scenario::plan::Plan;
use crate::scenario::{Failure, LoadOptions, Loaded, load, with_entry};
use crate::simulation::outcome::RunLimits;
use crate::units::PicoUsd;

/// The folder of all results, below the present one.
const RESULTS: &str = "results";
/// Where a scenario has its commitments.
const COMMITMENTS: &str = "world.prices.commitments";
/// What messages about `--savings` point into.
const SAID: &str = "--savings";

/// Say how much of a Savings Plan to buy, in USD an hour, over the distribution of hourly use
#[derive(Debug, Args)]
#[command(after_help = "\
Examples:
  fleetcast savings-plan scenarios/savings-plan.yaml
  fleetcast savings-plan shop.yaml --replications 30 --set run.duration=28d
  fleetcast savings-plan shop.yaml --term 3y                     # three years instead of one
  fleetcast savings-plan shop.yaml --savings '{ fargate: 20 %, ec2: 27 % }'
  fleetcast savings-plan shop.yaml --family m6i --savings '40 %'    # an EC2 Instance Savings Plan
  fleetcast savings-plan shop.yaml --json | jq .commitment_usd_per_hour

A commitment is owed for every hour, used or not; use above it is on demand. Expected cost is least
where 1 - s of the hours use more than it, s being what the plan takes off on demand: at the s
quantile of hourly use over the whole run and all replications. Spot is covered by no plan.

A plan of the kind that stands in world.prices.commitments is asked about with its own savings, and
what the scenario commits to is compared with. Its other commitments stay as they are. Put into the
scenario, the commitment gives the bill that was foretold.")]
pub(super) struct SavingsPlanArguments {
    /// A scenario file (YAML or JSON)
    #[arg(value_name = "FILE")]
    file: PathBuf,
    /// Ask about an EC2 Instance Savings Plan for this family, not a Compute Savings Plan
    #[arg(long, value_name = "FAMILY")]
    family: Option<String>,
    /// What the plan takes off on demand: '20 %', or '{ fargate: 20 %, ec2: 27 %, m6i: 30 % }'
    #[arg(long, value_name = "SAVINGS", conflicts_with = "term")]
    savings: Option<String>,
    /// How long to commit for: a Compute Savings Plan without upfront payment takes 20 % off
    /// Fargate for one year, 45 % for three (ASSUMPTION: Vantage's figures)
    #[arg(long, value_enum, conflicts_with = "family")]
    term: Option<TermArgument>,
    /// Write to this folder instead of results/<scenario>/savings-plan-<hash>
    #[arg(long, value_name = "DIR")]
    out: Option<PathBuf>,
    #[command(flatten)]
    changes: Changes,
    /// Play the scenario this often
    #[arg(
        long,
        value_name = "NUMBER",
        default_value_t = 10,
        value_parser = clap::value_parser!(u32).range(1..=10_000)
    )]
    replications: u32,
    /// Threads at once; without it one for each processor
    #[arg(long, short, value_name = "NUMBER", value_parser = super::sweep::jobs_parser())]
    jobs: Option<u16>,
    /// Print savings_plan.json's content and the folder's path instead of the table
    #[arg(long)]
    json: bool,
    /// Print the folder's path only
    #[arg(long, short, conflicts_with = "json")]
    quiet: bool,
    /// Draw no chart
    #[arg(long)]
    no_charts: bool,
}

/// How long a plan is bought for.
#[derive(Clone, Copy, Debug, ValueEnum)]
enum TermArgument {
    #[value(name = "1y")]
    OneYear,
    #[value(name = "3y")]
    ThreeYears,
}

impl From<TermArgument> for Term {
    fn from(term: TermArgument) -> Term {
        match term {
            TermArgument::OneYear => Term::OneYear,
            TermArgument::ThreeYears => Term::ThreeYears,
        }
    }
}

/// A scenario with the plan that is asked about.
struct Asked {
    loaded: Loaded,
    /// Its place among the commitments, in the order of application.
    at: usize,
    /// Where its savings come from, if nobody said them.
    savings_source: Option<String>,
}

pub(super) fn savings_plan(
    arguments: &SavingsPlanArguments,
    console: &mut Console<'_>,
) -> Result<Exit, Stop> {
    let cancelled = interrupt::listen();
    let options = arguments.changes.options_at(&arguments.file);
    let loaded = match load(&arguments.file, &options) {
        Ok(loaded) => loaded,
        Err(failure) => return refuse(&failure, console),
    };
    let asked = match arguments.asked(loaded, &options)? {
        Ok(asked) => asked,
        Err(failure) => return refuse(&failure, console),
    };
    if !arguments.quiet {
        let coloured = console.err_is_coloured();
        console.warn(
            &asked
                .loaded
                .diagnostics
                .render(&asked.loaded.sources, coloured),
        )?;
    }
    let (text, complete) = answer(arguments, &asked, cancelled, console)?;
    console.say(&text)?;
    Ok(match complete {
        true => Exit::Done,
        false if cancelled.load(Ordering::Relaxed) => Exit::Cancelled,
        false => Exit::Limit,
    })
}

fn refuse(failure: &Failure, console: &mut Console<'_>) -> Result<Exit, Stop> {
    scenario_file::show_failure(failure, console)?;
    Ok(Exit::Mistake)
}

/// Plays, answers, and writes the folder; what the command prints, and whether all runs went to
/// their ends.
fn answer(
    arguments: &SavingsPlanArguments,
    asked: &Asked,
    cancelled: &'static AtomicBool,
    console: &mut Console<'_>,
) -> Result<(String, bool), Stop> {
    let (plan, at) = (&asked.loaded.plan, asked.at);
    let inputs = scenario_file::inputs(&asked.loaded, 0);
    let name = answer_name(plan, &inputs, (at, arguments.replications));
    let place = match &arguments.out {
        Some(out) => out.clone(),
        None => Path::new(RESULTS).join(&plan.name).join(&name),
    };
    let folder = scenario_file::open_folder(&place, &name, &inputs).map_err(mistake)?;
    let uses = play(arguments, (plan, at), cancelled, console)?;
    let now = plan
        .prices
        .commitment_per_hour(&plan.prices.commitments()[at]);
    let Some(answer) = Answer::of(&uses, paid_share(&plan.prices, at), now.usd()) else {
        return Err(mistake(
            "no run went to its end: there is nothing to answer from",
        ));
    };
    let results = SavingsPlanResults {
        plan,
        inputs: &inputs,
        at,
        replications: arguments.replications,
        uses: &uses,
        answer: &answer,
        savings_source: asked.savings_source.as_deref(),
        with_charts: !arguments.no_charts,
    };
    let placed = results.write(folder).map_err(mistake)?;
    let text = if arguments.json {
        json_text(&results, &placed)
    } else if arguments.quiet {
        format!("{}\n", placed.path.display())
    } else {
        results.render(&placed, console.out_colour())
    };
    Ok((text, results.is_complete()))
}

fn json_text(results: &SavingsPlanResults<'_>, placed: &Placed) -> String {
    let mut record = results.json();
    record["results"] = placed.path.display().to_string().into();
    format!("{record:#}\n")
}

fn play(
    arguments: &SavingsPlanArguments,
    (plan, at): (&Plan, usize),
    cancelled: &'static AtomicBool,
    console: &Console<'_>,
) -> Result<CommitmentUses, Stop> {
    let bar = match !arguments.quiet && console.is_watched() {
        true => ProgressBar::new(arguments.replications.into()),
        false => ProgressBar::hidden(),
    };
    let template = "{bar:30} {pos}/{len} runs, {eta} left";
    if let Ok(style) = ProgressStyle::with_template(template) {
        bar.set_style(style);
    }
    let pool = threads(arguments.jobs.map(usize::from)).map_err(mistake)?;
    let limits = RunLimits {
        cancelled,
        ..RunLimits::default()
    };
    let replications = arguments.replications;
    let uses = play_uses(plan, (at, replications), (&pool, &limits), &|| bar.inc(1));
    bar.finish_and_clear();
    Ok(uses)
}

/// What is paid for each dollar of a commitment: below 1 with a negotiated discount.
fn paid_share(prices: &PriceBook, at: usize) -> f64 {
    let dollar = Commitment {
        per_hour: PicoUsd::from_usd(1.0),
        ..prices.commitments()[at].clone()
    };
    prices.commitment_per_hour(&dollar).usd()
}

impl SavingsPlanArguments {
    /// The scenario with the plan that is asked about, which is added where it has none.
    fn asked(&self, loaded: Loaded, options: &LoadOptions) -> Result<Result<Asked, Failure>, Stop> {
        let covers = match &self.family {
            Some(family) => Covers::Family(family.clone()),
            None => Covers::Compute,
        };
        let of_kind = |plan: &Plan| -> Vec<usize> {
            let all = plan.prices.commitments().iter().enumerate();
            all.filter(|(_, it)| it.covers == covers)
                .map(|it| it.0)
                .collect()
        };
        match of_kind(&loaded.plan)[..] {
            [] => {}
            [at] => {
                if self.savings.is_some() || self.term.is_some() {
                    return Err(mistake(format!(
                        "{COMMITMENTS} has this plan with its savings already; leave out \
                         --savings and --term, or change them there"
                    )));
                }
                return Ok(Ok(Asked {
                    loaded,
                    at,
                    savings_source: None,
                }));
            }
            _ => {
                return Err(mistake(format!(
                    "{COMMITMENTS} has several plans of this kind; make them one to ask about it"
                )));
            }
        }
        let term = self.term.map_or(Term::OneYear, Term::from);
        let (savings, savings_source) = match (&self.savings, &self.family) {
            (Some(savings), _) => (savings.clone(), None),
            (None, None) => (
                format!("{{ fargate: {} % }}", term.fargate_percent()),
                Some(format!("{}, {}", savings_plans::SOURCE, term.words())),
            ),
            (None, Some(family)) => {
                return Err(mistake(format!(
                    "what an EC2 Instance Savings Plan for {family} takes off on demand is not \
                     known here; say it with --savings, like --savings '40 %' (aws savingsplans \
                     describe-savings-plans-offering-rates has it)"
                )));
            }
        };
        let kind = match &self.family {
            Some(family) => format!("plan: ec2Instance, family: {family}"),
            None => "plan: compute".to_owned(),
        };
        let entry = format!("{{ {kind}, commitment: 0 USD/h, savings: {savings} }}");
        let added = with_entry(&loaded, options, COMMITMENTS, (SAID, &entry));
        Ok(added.map(|loaded| {
            let at = of_kind(&loaded.plan).first().copied().unwrap_or(0);
            Asked {
                loaded,
                at,
                savings_source,
            }
        }))
    }
}

fn mistake(error: impl ToString) -> Stop {
    Stop::Mistake(error.to_string())
}
