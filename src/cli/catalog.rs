//! `fleetcast catalog`: what the catalog knows of EC2 and Fargate, from whom and of when.

use clap::{Args, Subcommand};
use serde_json::{Value, json};

use super::Console;
use super::exit::{Exit, Stop};
use crate::catalog::instances::{self, Architecture, InstanceType, advisor};
use crate::catalog::prices::{
    Basis, CATALOG_DATE, Price, SPOT_PERCENT_OF_ON_DEMAND, source_description, sources,
};
use crate::catalog::regions::{REGIONS, Region};
use crate::catalog::{fargate, item::Item};

mod ec2;
#[path = "catalog/fargate.rs"]
mod fargate_topic;
mod one_type;
mod ranges;

/// Show what the catalog knows: EC2 instance types and Fargate sizes, their prices, and from whom
#[derive(Debug, Args)]
#[command(after_help = "\
Examples:
  fleetcast catalog                                       what there is, and its sources
  fleetcast catalog ec2 m6i.large                         all about a type
  fleetcast catalog ec2 m6i                               the sizes of a family
  fleetcast catalog ec2 --region eu-central-1 --arch arm64 --vcpu 4..8 --memory 16GiB.. \\
    --sort price --limit 20
  fleetcast catalog ec2 --gpu --json
  fleetcast catalog fargate --region eu-west-1")]
pub(super) struct CatalogArguments {
    #[command(subcommand)]
    topic: Option<Topic>,
    /// Print as JSON
    #[arg(long, global = true)]
    json: bool,
}

#[derive(Debug, Subcommand)]
enum Topic {
    Ec2(ec2::Ec2Arguments),
    Fargate(fargate_topic::FargateArguments),
}

/// The region of a price.
#[derive(Debug, Args)]
struct RegionArgument {
    /// The region of the prices
    #[arg(long, value_name = "REGION", default_value = "us-east-1")]
    region: String,
}

pub(super) fn catalog(
    arguments: &CatalogArguments,
    console: &mut Console<'_>,
) -> Result<Exit, Stop> {
    match &arguments.topic {
        Some(Topic::Ec2(ec2)) => return ec2::ec2(ec2, arguments.json, console),
        Some(Topic::Fargate(fargate)) => fargate_topic::fargate(fargate, arguments.json, console)?,
        None if arguments.json => console.say(&format!("{:#}\n", summary_record()))?,
        None => console.say(&summary())?,
    }
    Ok(Exit::Done)
}

impl RegionArgument {
    fn find(&self) -> Result<&'static Region, Stop> {
        Region::find(&self.region).map_err(|unknown| mistake(&unknown, Some(unknown.help())))
    }
}

/// A mistake with its remedy.
fn mistake(message: &dyn std::fmt::Display, help: Option<String>) -> Stop {
    let help = help.map_or(String::new(), |help| format!("\n  help: {help}"));
    Stop::Mistake(format!("{message}{help}"))
}

/// A price with all its digits.
fn digits(price: &Price) -> String {
    format!("${}", price.amount.usd())
}

/// `2026-07-20, karpenter`.
fn origin(price: &Price) -> String {
    match price.date {
        "" => price.source.to_owned(),
        date => format!("{date}, {}", price.source),
    }
}

/// How a price came to be the region's.
fn basis(price: &Price) -> String {
    match price.basis {
        Basis::OtherRegion(region) => format!("that of {region}"),
        Basis::ShareOfOnDemand => format!("{SPOT_PERCENT_OF_ON_DEMAND} % of on demand"),
        Basis::Listed | Basis::Scenario => price.sureness.name().to_owned(),
    }
}

fn price_record(price: &Price) -> Value {
    json!({
        "usd": price.amount.usd(),
        "date": price.date,
        "source": price.source,
        "sureness": price.sureness.name(),
        "basis": basis(price),
    })
}

/// The sources of these names, described.
fn described<'a>(names: impl IntoIterator<Item = &'a str>) -> Vec<(&'a str, String)> {
    let describe = |name| Some((name, source_description(name)?));
    names.into_iter().filter_map(describe).collect()
}

fn counted(is_one: impl Fn(&InstanceType) -> bool) -> usize {
    instances::all()
        .iter()
        .filter(|known| is_one(known))
        .count()
}

fn summary() -> String {
    let of = |architecture| counted(|known| known.architecture == architecture);
    let (prices, price_regions) = instances::prices::counts();
    let (lines, advisor_regions) = advisor::counts();
    let sizes: usize = fargate::SIZES
        .iter()
        .map(|row| row.memories().count())
        .sum();
    let mut text = format!(
        "\
The catalog of {CATALOG_DATE}: list prices in USD, {} regions.

EC2       {} instance types: {} x86_64, {} arm64; {} with GPUs, {} bare metal, {} burstable
          {} with accelerators of any kind, {} with local storage, {} that can hibernate
          {prices} on-demand prices in {price_regions} regions (Linux, shared tenancy)
          {lines} lines of the Spot Instance Advisor in {advisor_regions} regions
          fleetcast catalog ec2, fleetcast catalog ec2 m6i.large
Fargate   {sizes} task sizes, prices of all regions
          fleetcast catalog fargate
Other     {} priced items with Fargate's; cost.csv of a run has those that it used

Sources
",
        REGIONS.len(),
        instances::all().len(),
        of(Architecture::X86_64),
        of(Architecture::Arm64),
        counted(|known| 0 < known.gpus),
        counted(|known| known.is_bare_metal),
        counted(|known| known.is_burstable),
        counted(|known| known.hardware.accelerator.is_some()),
        counted(|known| known.hardware.disk.is_some()),
        counted(|known| known.hardware.can_hibernate),
        Item::ALL.len(),
    );
    for (name, description) in described(sources()) {
        text.push_str(&format!("  {name}: {description}\n"));
    }
    text
}

fn summary_record() -> Value {
    let (prices, price_regions) = instances::prices::counts();
    let (lines, advisor_regions) = advisor::counts();
    let sources: Vec<Value> = described(sources())
        .into_iter()
        .map(|(name, description)| json!({ "name": name, "where": description }))
        .collect();
    json!({
        "date": CATALOG_DATE,
        "regions": REGIONS.iter().map(|region| region.name).collect::<Vec<_>>(),
        "ec2": {
            "types": instances::all().len(),
            "onDemandPrices": prices,
            "onDemandRegions": price_regions,
            "spotAdvisorLines": lines,
            "spotAdvisorRegions": advisor_regions,
        },
        "items": Item::ALL.len(),
        "sources": sources,
    })
}
