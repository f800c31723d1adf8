//! `fleetcast catalog fargate`: task sizes and what they cost.

use clap::Args;
use serde_json::{Value, json};

use super::{RegionArgument, basis, described, digits, origin, price_record};
use crate::catalog::fargate::{FargatePlatform, SIZES, SizeRow};
use crate::catalog::item::Item;
use crate::catalog::prices::PriceBook;
use crate::cli::Console;
use crate::cli::exit::Stop;
use crate::report::table::{Align, Cell, Table, Tone};
use crate::report::wording;
use crate::units::MiB;

/// Show Fargate's task sizes and their prices in a region
#[derive(Debug, Args)]
#[command(after_help = "\
Examples:
  fleetcast catalog fargate
  fleetcast catalog fargate --region ap-southeast-1 --json

The prices of a size are those of its least and its most memory, Linux, per hour and task. Windows
tasks pay the licence on top, and have 1 to 4 vCPUs.")]
pub(super) struct FargateArguments {
    #[command(flatten)]
    region: RegionArgument,
}

/// Who sells a size: the items of a vCPU and a GB.
const OFFERS: [(&str, Item, Item); 4] = [
    ("x86_64", Item::FargateVcpuHourX86, Item::FargateGbHourX86),
    ("arm64", Item::FargateVcpuHourArm, Item::FargateGbHourArm),
    (
        "Spot x86_64",
        Item::FargateSpotVcpuHourX86,
        Item::FargateSpotGbHourX86,
    ),
    (
        "Spot arm64",
        Item::FargateSpotVcpuHourArm,
        Item::FargateSpotGbHourArm,
    ),
];

pub(super) fn fargate(
    arguments: &FargateArguments,
    json: bool,
    console: &mut Console<'_>,
) -> Result<(), Stop> {
    let region = arguments.region.find()?;
    let (book, _) = PriceBook::for_region(region.name);
    if json {
        console.say(&format!("{:#}\n", whole_record(&book)))?;
        return Ok(());
    }
    let colour = console.out_colour();
    console.say(&sizes(&book).render(colour))?;
    console.say(&format!("\nPrices in {}\n", region.name))?;
    console.say(&prices(&book).render(colour))?;
    let mut sources: Vec<&str> = items().map(|item| book.price(item).source).collect();
    sources.sort_unstable();
    sources.dedup();
    console.say("\n")?;
    for (name, description) in described(sources) {
        console.say(&format!("{name}: {description}\n"))?;
    }
    Ok(())
}

fn items() -> impl Iterator<Item = Item> {
    let all = Item::ALL.iter().copied();
    all.filter(|item| item.name().starts_with("fargate_"))
}

fn sizes(book: &PriceBook) -> Table {
    let mut table = Table::new(&[
        ("vCPU", Align::Right),
        ("memory in GiB", Align::Left),
        (OFFERS[0].0, Align::Left),
        (OFFERS[1].0, Align::Left),
        (OFFERS[2].0, Align::Left),
        (OFFERS[3].0, Align::Left),
    ]);
    for row in &SIZES {
        let mut cells = vec![row.cpu.vcpus().to_string(), memories(row)];
        let range = |(_, vcpu, gb): &(&str, Item, Item)| {
            let usd = |memory| hour(book, row, memory, *vcpu, *gb);
            format!("${:.4} to {:.4}", usd(row.memory_min), usd(row.memory_max))
        };
        cells.extend(OFFERS.iter().map(range));
        table.row(cells);
    }
    table
}

/// USD an hour of a task.
fn hour(book: &PriceBook, row: &SizeRow, memory: MiB, vcpu: Item, gb: Item) -> f64 {
    let usd = |item| book.price(item).amount.usd();
    usd(vcpu) * row.cpu.vcpus() + usd(gb) * memory.gib()
}

/// `0.5, 1, 2` or `8 to 30 by 1`.
fn memories(row: &SizeRow) -> String {
    let all: Vec<f64> = row.memories().map(MiB::gib).collect();
    match all.as_slice() {
        [first, .., last] if 4 < all.len() => {
            format!("{first} to {last} by {}", row.memory_step.gib())
        }
        all => all
            .iter()
            .map(f64::to_string)
            .collect::<Vec<_>>()
            .join(", "),
    }
}

fn prices(book: &PriceBook) -> Table {
    let mut table = Table::new(&[
        ("item", Align::Left),
        ("USD", Align::Left),
        ("each", Align::Left),
        ("known as", Align::Left),
        ("", Align::Left),
    ]);
    for item in items() {
        let price = book.price(item);
        table.row([
            Cell::from(wording::item(item.name()).into_owned()),
            digits(price).into(),
            item.unit().into(),
            basis(price).into(),
            Cell::new(origin(price), Tone::Faint),
        ]);
    }
    table
}

fn whole_record(book: &PriceBook) -> Value {
    let size = |row: &SizeRow| {
        let platforms = FargatePlatform::ALL.into_iter();
        let platforms = platforms.filter(|platform| row.runs_on(*platform));
        json!({
            "cpu": row.cpu.0,
            "memoryMiB": row.memories().map(|memory| memory.0).collect::<Vec<_>>(),
            "platforms": platforms.map(FargatePlatform::name).collect::<Vec<_>>(),
            "minimumPlatformVersion": row.minimum_platform_version,
        })
    };
    let price = |item: Item| {
        let mut record = price_record(book.price(item));
        record["item"] = item.name().into();
        record["unit"] = item.unit().into();
        record
    };
    json!({
        "region": book.region(),
        "sizes": SIZES.iter().map(size).collect::<Vec<_>>(),
        "prices": items().map(price).collect::<Vec<_>>(),
    })
}
