//! `fleetcast catalog ec2`: instance types, filtered and sorted.

use std::cmp::Ordering;
use std::ops::RangeInclusive;

use clap::{Args, ValueEnum};
use serde_json::{Value, json};

use super::{RegionArgument, mistake, one_type, price_record, ranges};
use crate::catalog::instances::advisor::{self, Advice};
use crate::catalog::instances::hardware::{Accelerator, CpuMaker, Disk};
use crate::catalog::instances::{self, Architecture, InstanceType, find, get, prices};
use crate::catalog::prices::Price;
use crate::catalog::regions::Region;
use crate::cli::Console;
use crate::cli::exit::{Exit, Stop};
use crate::policy::spot::InterruptionBucket;
use crate::report::table::{Align, Table};

/// List EC2 instance types with a price in a region, or explain one
#[derive(Debug, Args)]
#[command(after_help = "\
Examples:
  fleetcast catalog ec2 m6i.large
  fleetcast catalog ec2 m6i --region eu-central-1
  fleetcast catalog ec2 --arch arm64 --vcpu 4..8 --memory 16GiB.. --sort price --limit 20
  fleetcast catalog ec2 --gpu --json
  fleetcast catalog ec2 --accelerator t4 --sort spot

Columns: registers is the memory that ECS can place tasks in; awsvpc the tasks of that network mode
without and with trunking; spot what the Spot Instance Advisor's savings come to; interrupted its
share of instances taken back in a month. Ranges include both ends.")]
pub(super) struct Ec2Arguments {
    /// An instance type to explain (m6i.large), or a family to list (m6i)
    #[arg(value_name = "TYPE")]
    name: Option<String>,
    #[command(flatten)]
    region: RegionArgument,
    #[command(flatten)]
    filter: Filter,
    /// Sort by this, cheapest or smallest first
    #[arg(long, value_enum, value_name = "BY")]
    sort: Option<Sort>,
    /// List so many at most
    #[arg(long, value_name = "COUNT")]
    limit: Option<usize>,
}

#[derive(Debug, Args)]
struct Filter {
    /// Only this architecture
    #[arg(long, value_enum, value_name = "ARCH")]
    arch: Option<Arch>,
    /// Only so many vCPUs: 4, 4..8, 4.., ..8
    #[arg(long, value_name = "RANGE", value_parser = ranges::counts)]
    vcpu: Option<RangeInclusive<u32>>,
    /// Only so much nominal memory: 16GiB, 4..16GiB, 16GiB..
    #[arg(long, value_name = "RANGE", value_parser = ranges::memories)]
    memory: Option<RangeInclusive<u32>>,
    /// Only types with GPUs
    #[arg(long)]
    gpu: bool,
    /// Only types with this accelerator: its name (a10g), kind (gpu, fpga, inference, media) or
    /// maker (nvidia)
    #[arg(long, value_name = "WORD", value_parser = accelerator)]
    accelerator: Option<String>,
    /// Only types with instance store volumes
    #[arg(long)]
    local_storage: bool,
    /// Only current generations
    #[arg(long)]
    current: bool,
    /// No bare metal
    #[arg(long)]
    no_metal: bool,
}

#[derive(Clone, Copy, PartialEq, Eq, Debug, ValueEnum)]
enum Arch {
    #[value(name = "x86_64")]
    X86_64,
    #[value(name = "arm64")]
    Arm64,
}

#[derive(Clone, Copy, PartialEq, Eq, Debug, ValueEnum)]
enum Sort {
    Name,
    Price,
    Spot,
    Vcpu,
    Memory,
}

/// A type that the region sells.
struct Offer {
    instance_type: &'static InstanceType,
    on_demand: Price,
    spot: Option<Price>,
    advice: Option<Advice>,
}

pub(super) fn ec2(
    arguments: &Ec2Arguments,
    json: bool,
    console: &mut Console<'_>,
) -> Result<Exit, Stop> {
    let region = arguments.region.find()?;
    let mut family = None;
    if let Some(name) = &arguments.name {
        match find(name) {
            Ok(id) if arguments.lists() => return Err(not_a_list(get(id))),
            Ok(id) => return one_type::explain(get(id), region, json, console),
            Err(_) if !instances::family(name).is_empty() => family = Some(name.as_str()),
            Err(unknown) => return Err(mistake(&unknown, unknown.help())),
        }
    }
    let mut offers = offers(region, |known| {
        family.is_none_or(|family| known.family() == family) && arguments.filter.lets(known)
    });
    let found = offers.len();
    let sort = arguments.sort.unwrap_or(Sort::Name);
    offers.sort_by(|a, b| sort.order(a, b));
    offers.truncate(arguments.limit.unwrap_or(found));
    if json {
        let records = offers
            .iter()
            .map(|offer| record(offer.instance_type, region));
        console.say(&format!("{:#}\n", Value::Array(records.collect())))?;
    } else if found == 0 {
        let region = region.name;
        console.warn(&format!("no type with a price in {region} is like that\n"))?;
    } else {
        console.say(&table(&offers).render(console.out_colour()))?;
        if console.is_watched() {
            console.warn(&footnote(&offers, found, region))?;
        }
    }
    Ok(Exit::Done)
}

/// A type's facts, with its prices in a region.
pub(super) fn record(known: &InstanceType, region: &Region) -> Value {
    let registered = known.registered_memory();
    let advice = advisor::advice(known.id, region.name);
    json!({
        "name": known.name,
        "vcpu": known.vcpus,
        "memoryMiB": known.memory.0,
        "registeredMemoryMiB": registered.memory.0,
        "registeredMemoryMeasured": registered.measured,
        "arch": known.architecture.name(),
        "gpus": known.gpus,
        "gpuMemoryMiB": known.gpu_memory.0,
        "maxEnis": known.max_enis,
        "ipv4PerEni": known.ipv4_per_eni,
        "awsvpcTasks": known.task_enis.plain,
        "awsvpcTasksTrunked": known.task_enis.trunked,
        "awsvpcTasksSource": known.task_enis.source.source(),
        "networkMbps": known.network_mbps,
        "ebsBaselineMbps": known.ebs_baseline_mbps,
        "ebsMaxMbps": known.ebs_max_mbps,
        "nvmeGB": known.nvme_gb,
        "localStorageGB": known.hardware.storage_gb,
        "localStorageType": known.hardware.disk.map(Disk::name),
        "cpuManufacturer": known.hardware.cpu_maker.map(CpuMaker::name),
        "accelerators": known.hardware.accelerator.as_ref().map(accelerator_record),
        "hibernates": known.hardware.can_hibernate,
        "hardwareSource": known.hardware.source,
        "bareMetal": known.is_bare_metal,
        "burstable": known.is_burstable,
        "previousGeneration": known.is_previous_generation,
        "source": known.source,
        "region": region.name,
        "onDemand": prices::listed(known.id, region.name).as_ref().map(price_record),
        "spot": prices::spot(known.id, region.name).as_ref().map(price_record),
        "spotSavingsPercent": advice.map(|advice| advice.savings_percent),
        "spotInterrupted": advice.map(|advice| bucket(advice.bucket).label()),
    })
}

fn accelerator_record(it: &Accelerator) -> Value {
    json!({
        "count": it.count,
        "name": it.name,
        "manufacturer": it.maker.name(),
        "type": it.kind.name(),
        "totalMemoryMiB": it.memory.0,
    })
}

/// A word that some accelerator of the catalogue has.
fn accelerator(word: &str) -> Result<String, String> {
    let all = instances::all().iter();
    let words = all.filter_map(|it| it.hardware.accelerator.map(|it| accelerator_words(&it)));
    let mut words: Vec<&str> = words.flatten().collect();
    words.sort_unstable();
    words.dedup();
    match words.contains(&word) {
        true => Ok(word.to_owned()),
        false => Err(format!("known here: {}", words.join(", "))),
    }
}

fn accelerator_words(it: &Accelerator) -> [&'static str; 3] {
    [it.name, it.kind.name(), it.maker.name()]
}

/// The advisor's bucket as the spot model knows it.
pub(super) fn bucket(index: u8) -> InterruptionBucket {
    InterruptionBucket::ALL[usize::from(index)]
}

impl Ec2Arguments {
    /// Whether something is asked for that only a list has.
    fn lists(&self) -> bool {
        let Filter {
            arch,
            vcpu,
            memory,
            gpu,
            accelerator,
            local_storage,
            current,
            no_metal,
        } = &self.filter;
        let by_number = vcpu.is_some() || memory.is_some();
        let by_kind = arch.is_some() || accelerator.is_some();
        let by_kind = by_kind || *gpu || *local_storage || *current || *no_metal;
        by_number || by_kind || self.sort.is_some() || self.limit.is_some()
    }
}

fn not_a_list(known: &InstanceType) -> Stop {
    let message = format!(
        "{} is one type, there is nothing to filter or sort",
        known.name
    );
    let family = known.family();
    let help = format!("leave the options out, or name its family: fleetcast catalog ec2 {family}");
    mistake(&message, Some(help))
}

impl Filter {
    fn lets(&self, known: &InstanceType) -> bool {
        let within = |range: &Option<RangeInclusive<u32>>, value| {
            range.as_ref().is_none_or(|range| range.contains(&value))
        };
        self.arch
            .is_none_or(|arch| arch.architecture() == known.architecture)
            && within(&self.vcpu, known.vcpus)
            && within(&self.memory, known.memory.0)
            && !(self.gpu && known.gpu_memory.0 == 0)
            && self.accelerator.as_deref().is_none_or(|word| {
                let it = known.hardware.accelerator;
                it.is_some_and(|it| accelerator_words(&it).contains(&word))
            })
            && !(self.local_storage && known.hardware.disk.is_none())
            && !(self.current && known.is_previous_generation)
            && !(self.no_metal && known.is_bare_metal)
    }
}

impl Arch {
    fn architecture(self) -> Architecture {
        match self {
            Arch::X86_64 => Architecture::X86_64,
            Arch::Arm64 => Architecture::Arm64,
        }
    }
}

impl Sort {
    /// Equal ones stand as by name; without a Spot price comes last.
    fn order(self, a: &Offer, b: &Offer) -> Ordering {
        let spot = |offer: &Offer| offer.spot.map_or(i128::MAX, |price| price.amount.0);
        let (this, that) = (a.instance_type, b.instance_type);
        let first = match self {
            Sort::Name => Ordering::Equal,
            Sort::Price => a.on_demand.amount.cmp(&b.on_demand.amount),
            Sort::Spot => spot(a).cmp(&spot(b)),
            Sort::Vcpu => this.vcpus.cmp(&that.vcpus),
            Sort::Memory => this.memory.cmp(&that.memory),
        };
        first.then_with(|| this.by_size().cmp(&that.by_size()))
    }
}

impl Offer {
    /// The advisor's bucket.
    fn interrupted(&self) -> &'static str {
        self.advice
            .map_or("", |advice| bucket(advice.bucket).label())
    }
}

fn offers(region: &Region, wanted: impl Fn(&InstanceType) -> bool) -> Vec<Offer> {
    let offer = |instance_type: &'static InstanceType| {
        Some(Offer {
            instance_type,
            on_demand: prices::listed(instance_type.id, region.name)?,
            spot: prices::spot(instance_type.id, region.name),
            advice: advisor::advice(instance_type.id, region.name),
        })
    };
    let all = instances::all().iter().filter(|known| wanted(known));
    all.filter_map(offer).collect()
}

fn table(offers: &[Offer]) -> Table {
    let mut table = Table::new(&[
        ("type", Align::Left),
        ("vCPU", Align::Right),
        ("memory", Align::Right),
        ("registers", Align::Right),
        ("arch", Align::Left),
        ("accelerators", Align::Left),
        ("awsvpc", Align::Right),
        ("Gbit/s", Align::Right),
        ("USD/h", Align::Right),
        ("spot", Align::Right),
        ("interrupted", Align::Right),
    ]);
    for offer in offers {
        let known = offer.instance_type;
        let (price, spot) = (offer.on_demand, offer.spot);
        let usd = |price: Price| format!("{:.4}", price.amount.usd());
        table.row([
            known.name.to_owned(),
            known.vcpus.to_string(),
            known.memory.to_string(),
            format!("{} MiB", known.registered_memory().memory.0),
            known.architecture.name().to_owned(),
            accelerators(known),
            tasks(known),
            (f64::from(known.network_mbps) / 1000.0).to_string(),
            usd(price),
            spot.map_or(String::new(), usd),
            offer.interrupted().to_owned(),
        ]);
    }
    table
}

fn accelerators(known: &InstanceType) -> String {
    let it = known.hardware.accelerator;
    it.map_or(String::new(), |it| it.to_string())
}

/// `2/10`: without and with trunking.
fn tasks(known: &InstanceType) -> String {
    let limit = |tasks: Option<u32>| tasks.map_or("-".to_owned(), |tasks| tasks.to_string());
    let limits = known.task_enis;
    format!("{}/{}", limit(limits.plain), limit(limits.trunked))
}

fn footnote(offers: &[Offer], found: usize, region: &Region) -> String {
    let shown = match offers.len() {
        shown if shown < found => format!("{shown} of {found} types"),
        shown => format!("{shown} types"),
    };
    let price = offers.first().map(|offer| super::origin(&offer.on_demand));
    let spot = offers.iter().find_map(|offer| offer.spot);
    let spot = spot.map_or("none".to_owned(), |price| super::origin(&price));
    format!(
        "{shown} with a price in {}: Linux, on demand ({}); spot and interrupted: {spot}\n",
        region.name,
        price.unwrap_or_default(),
    )
}
