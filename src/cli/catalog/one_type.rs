//! `fleetcast catalog ec2 m6i.large`: all that is known of one instance type.

use serde_json::{Value, json};

use super::ec2::{bucket, record};
use super::{described, digits, origin, price_record};
use crate::catalog::instances::memory::{UNREPORTED_MIB, UNREPORTED_PER_MILLE};
use crate::catalog::instances::prices::NoPrice;
use crate::catalog::instances::{InstanceType, LimitSource, advisor, burst, prices};
use crate::catalog::regions::Region;
use crate::cli::Console;
use crate::cli::exit::{Exit, Stop};
use crate::policy::spot::{HOURS_PER_MONTH, Preset, interruptions_per_slot_month};
use crate::report::table::{Align, Cell, Table, Tone};

/// The other reading of the advisor's share: instances that live a day.
const SHORT_LIFE_HOURS: f64 = 24.0;

pub(super) fn explain(
    known: &'static InstanceType,
    region: &Region,
    json: bool,
    console: &mut Console<'_>,
) -> Result<Exit, Stop> {
    if json {
        console.say(&format!("{:#}\n", whole_record(known, region)))?;
        return Ok(Exit::Done);
    }
    let colour = console.out_colour();
    let mut sources = vec![known.source, known.hardware.source];
    let mut facts = Table::new(&[("", Align::Left), ("", Align::Left), ("", Align::Left)]);
    heading(&mut facts, known.name);
    hardware(&mut facts, known);
    heading(&mut facts, "registered with ECS");
    registered(&mut facts, known, &mut sources);
    credits(&mut facts, known, &mut sources);
    heading(&mut facts, &format!("an hour in {}", region.name));
    costs(&mut facts, known, region);
    console.say(&facts.render(colour))?;
    let regions = prices::regions_of(known.id);
    if !regions.is_empty() {
        console.say("\n")?;
        console.say(&by_region(known, region).render(colour))?;
    }
    sources.extend(regions.iter().map(|(_, price)| price.source));
    sources.extend(
        regions
            .iter()
            .filter_map(|(name, _)| advisor::advice(known.id, name).map(|advice| advice.source)),
    );
    sources.sort_unstable();
    sources.dedup();
    console.say("\n")?;
    for (name, description) in described(sources) {
        console.say(&format!("{name}: {description}\n"))?;
    }
    Ok(Exit::Done)
}

fn heading(table: &mut Table, text: &str) {
    table.row([Cell::new(text, Tone::Strong)]);
}

fn line(table: &mut Table, name: &str, value: String, known_from: &str) {
    let name = format!("  {name}");
    let faint = Cell::new(known_from, Tone::Faint);
    table.row([name.into(), value.into(), faint]);
}

fn hardware(table: &mut Table, known: &InstanceType) {
    let (arch, source) = (known.architecture.name(), known.source);
    let more = known.hardware;
    let maker = more.cpu_maker.map_or("", |maker| maker.name());
    line(
        table,
        "processor",
        format!("{} vCPU, {arch}, {maker}", known.vcpus),
        source,
    );
    line(table, "memory", known.memory.to_string(), source);
    if let Some(it) = more.accelerator {
        let (maker, kind) = (it.maker.name(), it.kind.name());
        let text = format!("{it} ({maker}, {kind}), {} in all", it.memory);
        line(table, "accelerators", text, more.source);
    }
    let gbps = |mbps: u32| f64::from(mbps) / 1000.0;
    let network = format!("{} Gbit/s sustained", gbps(known.network_mbps));
    line(table, "network", network, source);
    match (known.ebs_baseline_mbps, known.ebs_max_mbps) {
        (None, None) => {}
        (Some(base), Some(max)) if base < max => {
            let text = format!("{} Gbit/s sustained, up to {}", gbps(base), gbps(max));
            line(table, "EBS", text, source);
        }
        (base, max) => {
            let text = base
                .or(max)
                .map_or(String::new(), |mbps| format!("{} Gbit/s", gbps(mbps)));
            line(table, "EBS", text, source);
        }
    }
    if let Some(disk) = more.disk {
        let text = format!("{} GB {}", more.storage_gb, disk.name());
        line(table, "local storage", text, more.source);
    }
    if let Some((enis, ipv4)) = known.max_enis.zip(known.ipv4_per_eni) {
        let text = format!("{enis} of {ipv4} IPv4 addresses each");
        line(table, "network interfaces", text, source);
    }
    if known.is_bare_metal {
        line(table, "bare metal", "yes".to_owned(), source);
    }
    let (generation, known_from) = match (known.is_previous_generation, known.is_generation_assumed)
    {
        (true, _) => ("previous", "describe-2025"),
        (false, false) => ("current", "describe-2025"),
        (false, true) => (
            "current",
            "ASSUMPTION: younger than the capture that says it",
        ),
    };
    line(table, "generation", generation.to_owned(), known_from);
}

fn registered(table: &mut Table, known: &InstanceType, sources: &mut Vec<&'static str>) {
    line(
        table,
        "CPU",
        format!("{} units", known.cpu().0),
        "1,024 a vCPU",
    );
    let memory = known.registered_memory();
    let rule = format!(
        "ASSUMPTION: nominal less {UNREPORTED_MIB} MiB and {} %, at most 10 %",
        f64::from(UNREPORTED_PER_MILLE) / 10.0
    );
    sources.push(memory.measured.unwrap_or("karpenter-memory"));
    let measured = memory.measured.map(|source| format!("measured: {source}"));
    let text = format!("{} MiB, less ECS_RESERVED_MEMORY", memory.memory.0);
    line(table, "memory", text, &measured.unwrap_or(rule));
    let limits = known.task_enis;
    let known_from = match limits.source {
        LimitSource::Documented => "documented: ecs-docs-2023",
        LimitSource::Derived => "derived from EC2's limits of interfaces",
        LimitSource::Said => "said by the scenario",
    };
    sources.push(limits.source.source());
    match limits.plain {
        None => line(table, "awsvpc tasks", "not known".to_owned(), ""),
        Some(tasks) => line(table, "awsvpc tasks", tasks.to_string(), known_from),
    }
    match limits.trunked {
        Some(tasks) => line(table, "  with trunking", tasks.to_string(), known_from),
        None if limits.is_trunking_refused => {
            sources.push(LimitSource::Documented.source());
            line(
                table,
                "  with trunking",
                "not supported".to_owned(),
                "ecs-docs-2023",
            );
        }
        None => line(
            table,
            "  with trunking",
            "not supported".to_owned(),
            known.source,
        ),
    }
}

fn credits(table: &mut Table, known: &InstanceType, sources: &mut Vec<&'static str>) {
    let Some(burst) = known.burst() else { return };
    sources.extend([burst::CREDITS_SOURCE, burst::SURCHARGE_SOURCE]);
    heading(table, "CPU credits");
    let baseline = f64::from(burst.baseline_per_mille) / 10.0;
    let baseline = format!("{baseline} % of each vCPU");
    line(table, "baseline", baseline, burst::CREDITS_SOURCE);
    let (earned, held) = (burst.credits_per_hour, burst.credits_max);
    let mut earns = format!("{earned} credits an hour, holds {held}");
    if 0 < burst.launch_credits {
        earns.push_str(&format!(", {} at launch", burst.launch_credits));
    }
    line(table, "earns", earns, burst::CREDITS_SOURCE);
    let mode = match burst.is_unlimited_by_default {
        true => "unlimited",
        false => "standard",
    };
    line(
        table,
        "mode by default",
        mode.to_owned(),
        burst::CREDITS_SOURCE,
    );
    let usd = burst.surplus_usd_per_vcpu_hour.usd();
    let surplus = format!("${usd} a vCPU-hour beyond, Linux");
    line(table, "unlimited", surplus, burst::SURCHARGE_SOURCE);
}

fn costs(table: &mut Table, known: &InstanceType, region: &Region) {
    match prices::on_demand(known.id, region) {
        Err(refusal @ NoPrice::Nowhere { .. }) => {
            let help = refusal.help().unwrap_or_default();
            let text = "no price is known in any region".to_owned();
            line(table, "on demand", text, &help);
        }
        // The table by region has the rest.
        Err(_) => line(table, "on demand", "no price is known here".to_owned(), ""),
        Ok(price) => {
            let month = price.amount.usd() * HOURS_PER_MONTH;
            let text = format!("{} (${month:.2} in {HOURS_PER_MONTH} h)", digits(&price));
            let mut known_from = origin(&price);
            if prices::is_probably_stale(known, &price) {
                known_from.push_str("; probably 6 to 10 % more by now");
            }
            line(table, "on demand", text, &known_from);
        }
    }
    let Some(advice) = advisor::advice(known.id, region.name) else {
        line(table, "spot", "the advisor has no line".to_owned(), "");
        return;
    };
    let known_from = format!("{}, {}", advice.date, advice.source);
    if let Some(price) = prices::spot(known.id, region.name) {
        let percent = advice.savings_percent;
        let text = format!("about {} (savings {percent} %)", digits(&price));
        line(table, "spot", text, &format!("derived; {known_from}"));
    }
    let bucket = bucket(advice.bucket);
    let text = format!("{} of instances a month", bucket.label());
    line(table, "  interrupted", text, &known_from);
    let Some(share) = Preset::Default.monthly_share(bucket) else {
        return;
    };
    let months = interruptions_per_slot_month(share, None);
    let day = interruptions_per_slot_month(share, Some(SHORT_LIFE_HOURS));
    line(
        table,
        "  that is",
        format!("{months:.3} a month of an instance kept running, or {day:.2}"),
        &format!(
            "{:.1} %, if AWS's instances live for months; or a day",
            share * 100.0
        ),
    );
}

fn by_region(known: &InstanceType, shown: &Region) -> Table {
    let mut table = Table::new(&[
        ("region", Align::Left),
        ("USD/h", Align::Right),
        ("as against here", Align::Right),
        ("spot", Align::Right),
        ("savings", Align::Right),
        ("interrupted", Align::Right),
        ("", Align::Left),
    ]);
    let here = prices::listed(known.id, shown.name);
    for (region, price) in prices::regions_of(known.id) {
        let against = here.map_or(String::new(), |here| {
            let change = price.amount.usd() / here.amount.usd() - 1.0;
            format!("{:+.1} %", change * 100.0)
        });
        let spot = prices::spot(known.id, region);
        let advice = advisor::advice(known.id, region);
        table.row([
            Cell::from(region),
            price.amount.usd().to_string().into(),
            against.into(),
            spot.map_or(String::new(), |spot| format!("{:.4}", spot.amount.usd()))
                .into(),
            advice
                .map_or(String::new(), |advice| {
                    format!("{} %", advice.savings_percent)
                })
                .into(),
            advice
                .map_or("", |advice| bucket(advice.bucket).label())
                .into(),
            Cell::new(origin(&price), Tone::Faint),
        ]);
    }
    table
}

fn whole_record(known: &InstanceType, region: &Region) -> Value {
    let mut whole = record(known, region);
    let burst = known.burst().map(|burst| {
        json!({
            "baselinePercent": f64::from(burst.baseline_per_mille) / 10.0,
            "creditsPerHour": burst.credits_per_hour,
            "creditsMax": burst.credits_max,
            "launchCredits": burst.launch_credits,
            "unlimitedByDefault": burst.is_unlimited_by_default,
            "surplusUsdPerVcpuHour": burst.surplus_usd_per_vcpu_hour.usd(),
            "source": burst::CREDITS_SOURCE,
            "surplusSource": burst::SURCHARGE_SOURCE,
        })
    });
    whole["cpuCredits"] = json!(burst);
    let regions = prices::regions_of(known.id)
        .into_iter()
        .map(|(name, price)| {
            let advice = advisor::advice(known.id, name);
            json!({
                "region": name,
                "onDemand": price_record(&price),
                "spot": prices::spot(known.id, name).as_ref().map(price_record),
                "spotSavingsPercent": advice.map(|advice| advice.savings_percent),
                "spotInterrupted": advice.map(|advice| bucket(advice.bucket).label()),
            })
        });
    whole["regions"] = Value::Array(regions.collect());
    whole
}
