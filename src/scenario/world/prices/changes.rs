//! Prices that change in the run: `world.prices.changes`, and `priceChange` of the timeline.

use crate::catalog::instances::get;
use crate::catalog::item::Item;
use crate::catalog::prices::{ChangeTo, PriceBook, PriceChange, PriceOf};
use crate::engine::SimTime;
use crate::ids::InstanceTypeId;
use crate::scenario::arn::arn_name;
use crate::scenario::aws::Aws;
use crate::scenario::context::{Context, unknown_name};
use crate::scenario::plan::{ProviderKind, RunPlan};
use crate::scenario::reader::{Field, MapReader};
use crate::scenario::run::{moment, never_happens};
use crate::scenario::values;
use crate::units::PicoUsd;

use super::names::{Priced, instance_type, priced};

/// The most instants at which prices change.
const INSTANTS_MAX: usize = 200;
/// The largest change: to eleven times the price.
const PERCENT_MAX: f64 = 1_000.0;
const WHOLE_PPM: f64 = 1e6;

/// Changes that hold from one instant on.
#[derive(Clone, PartialEq, Eq, Debug)]
pub(in crate::scenario) struct Dated {
    pub(in crate::scenario) at: SimTime,
    pub(in crate::scenario) changes: Vec<PriceChange>,
}

/// Reads `world.prices.changes`.
pub(super) fn read_dated(
    cx: &Context<'_>,
    field: &Field<'_>,
    (run, aws): (&RunPlan, &Aws<'_>),
) -> Vec<Dated> {
    let mut dated = Vec::new();
    for entry in field.list().into_iter().flatten() {
        let Some(mut map) = entry.map() else { continue };
        let at = map.required("at").and_then(|at| moment(&at, run));
        if at.is_some_and(|at| SimTime::ZERO + run.duration <= at) {
            let message = "this lies beyond the run's end and never happens";
            never_happens(&entry, message, run);
        }
        let changes = read(cx, map, aws);
        if let Some(at) = at {
            dated.push(Dated { at, changes });
        }
    }
    dated
}

/// Reads what changes to what: everything left in a mapping.
pub(in crate::scenario) fn read(
    cx: &Context<'_>,
    mut map: MapReader<'_>,
    aws: &Aws<'_>,
) -> Vec<PriceChange> {
    let mut changes = Vec::new();
    if let Some(to) = map.field("all").and_then(|field| share(&field)) {
        let of = PriceOf::All;
        changes.push(PriceChange { of, to });
    }
    if let Some(mut providers) = map.map("capacityProviders") {
        for (key, field) in providers.entries() {
            of_provider((&key.text, &field), aws, &mut changes);
        }
        providers.finish();
    }
    if let Some(mut types) = map.map("instanceTypes") {
        for (key, field) in types.entries() {
            if let (Some(id), Some(to)) = (instance_type(cx, &key.text, &field), share(&field)) {
                note_unused(id, &field, aws);
                changes.extend(both(id, to));
            }
        }
        types.finish();
    }
    for (key, field) in map.entries() {
        changes.extend(of_price((cx, aws), &key.text, &field));
    }
    if changes.is_empty() && !cx.reader.has_errors() {
        map.warning("no-effect", "this changes no price").report();
    }
    map.finish();
    changes
}

/// Enters the changes into a book, in the order of time; those of one instant in the order given.
pub(super) fn enter(field: Option<&Field<'_>>, book: &mut PriceBook, mut dated: Vec<Dated>) {
    dated.sort_by_key(|it| it.at);
    let instants = dated.chunk_by(|a, b| a.at == b.at).count();
    if INSTANTS_MAX < instants {
        let message =
            format!("prices change at {instants} instants, at most {INSTANTS_MAX} are billed");
        if let Some(field) = field {
            field.error("too-many", message).report();
        }
        return;
    }
    for of_instant in dated.chunk_by(|a, b| a.at == b.at) {
        let changes: Vec<PriceChange> = of_instant
            .iter()
            .flat_map(|it| it.changes.iter().copied())
            .collect();
        book.change_at(of_instant[0].at, &changes);
    }
}

/// A change by the name of a price, as in `cost.csv`.
fn of_price(
    (cx, aws): (&Context<'_>, &Aws<'_>),
    name: &str,
    field: &Field<'_>,
) -> Option<PriceChange> {
    let more = ["all", "capacityProviders", "instanceTypes"];
    let priced = priced(cx, (name, field), &more)?;
    if let Some(id) = priced.instance_type() {
        note_unused(id, field, aws);
    }
    let to = match priced.name_of_all() {
        Some(_) => share(field)?,
        None => change(priced.unit(), field)?,
    };
    let of = match priced {
        Priced::Item(item) => PriceOf::Item(item),
        Priced::Instances { id, is_spot } => PriceOf::Instances { id, is_spot },
        Priced::Surcharge(of) => PriceOf::Surcharge(of),
    };
    Some(PriceChange { of, to })
}

/// A change of what a capacity provider runs on: of Fargate's sizes, or of its group's types. A
/// type has one price, whoever runs it.
fn of_provider((name, field): (&str, &Field<'_>), aws: &Aws<'_>, changes: &mut Vec<PriceChange>) {
    let name = arn_name(name);
    let to = share(field);
    let Some(provider) = aws.providers.iter().find(|it| it.name == name) else {
        let known = aws.providers.iter().map(|it| it.name.as_str());
        unknown_name(field, "capacity provider of the scenario", name, known);
        return;
    };
    let Some(to) = to else { return };
    let items: &[Item] = match provider.kind {
        ProviderKind::Fargate => &OF_FARGATE,
        ProviderKind::FargateSpot => &OF_FARGATE_SPOT,
        ProviderKind::AutoScalingGroup(_)
        | ProviderKind::ManagedInstances(_)
        | ProviderKind::Ec2
        | ProviderKind::External => &[],
    };
    changes.extend(items.iter().map(|item| PriceChange {
        of: PriceOf::Item(*item),
        to,
    }));
    let Some(group) = provider.kind.group() else {
        return;
    };
    let group = &aws.groups[group.index()];
    if group.is_external() {
        let message = format!("machines of one's own have no price: {name} has none to change");
        field.warning("no-effect", message).report();
        return;
    }
    let mut types: Vec<_> = group.types.iter().map(|it| it.instance_type).collect();
    types.sort_unstable();
    types.dedup();
    changes.extend(types.into_iter().flat_map(|id| both(id, to)));
}

const OF_FARGATE: [Item; 7] = [
    Item::FargateVcpuHourX86,
    Item::FargateGbHourX86,
    Item::FargateVcpuHourArm,
    Item::FargateGbHourArm,
    Item::FargateVcpuHourWindows,
    Item::FargateGbHourWindows,
    Item::FargateWindowsLicenceVcpuHour,
];
const OF_FARGATE_SPOT: [Item; 4] = [
    Item::FargateSpotVcpuHourX86,
    Item::FargateSpotGbHourX86,
    Item::FargateSpotVcpuHourArm,
    Item::FargateSpotGbHourArm,
];

/// A change of a type's price, on demand and on Spot.
fn both(id: crate::ids::InstanceTypeId, to: ChangeTo) -> [PriceChange; 2] {
    [false, true].map(|is_spot| PriceChange {
        of: PriceOf::Instances {
            id: Some(id),
            is_spot,
        },
        to,
    })
}

/// Warns of a change of what nobody buys.
fn note_unused(id: InstanceTypeId, field: &Field<'_>, aws: &Aws<'_>) {
    let mut types = aws.groups.iter().flat_map(|group| &group.types);
    if !types.any(|known| known.instance_type == id) {
        let name = get(id).name;
        let message = format!("no effect here: no group launches {name}");
        field.warning("no-effect", message).report();
    }
}

/// `5 %` is 5 % more, `-10 %` less.
fn share(field: &Field<'_>) -> Option<ChangeTo> {
    field.value("a change of price", |text| by(text, None))
}

/// The same, or a price of one unit.
fn change(unit: &str, field: &Field<'_>) -> Option<ChangeTo> {
    field.value("a change of price", |text| by(text, Some(unit)))
}

fn by(text: &str, unit: Option<&str>) -> Result<ChangeTo, values::ValueError> {
    let wrong = |message: String| {
        let help = match unit {
            Some(unit) => {
                format!("write 5 % for more, -10 % for less, or US dollars a {unit} like 0.04 USD")
            }
            None => "write 5 % for more, -10 % for less".to_owned(),
        };
        Err(values::ValueError::new(message, help))
    };
    let trimmed = text.trim();
    let percent = trimmed.strip_suffix('%').map(values::number);
    let usd = trimmed.strip_suffix("USD").map(values::number);
    match (percent, usd) {
        (Some(Ok(percent)), _) if (-100.0..=PERCENT_MAX).contains(&percent) => {
            let ppm = WHOLE_PPM + (percent * WHOLE_PPM / 100.0).round();
            Ok(ChangeTo::Times { ppm: ppm as i128 })
        }
        (Some(Ok(_)), _) => wrong(format!(
            "\"{text}\" is no change between -100 % and {PERCENT_MAX} %"
        )),
        (_, Some(Ok(usd))) if unit.is_some() && (0.0..=1e6).contains(&usd) => {
            Ok(ChangeTo::Is(PicoUsd::from_usd(usd)))
        }
        _ => wrong(format!("\"{text}\" is no change of a price")),
    }
}
