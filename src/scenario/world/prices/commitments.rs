//! `world.prices.commitments`: Savings Plans and Reserved Instances, money owed for every hour.

use crate::catalog::instances::{family, get};
use crate::catalog::prices::{Commitment, Covers, PriceBook, Saving};
use crate::scenario::context::{Context, unknown_name};
use crate::scenario::reader::{Field, MapReader};
use crate::units::PicoUsd;

use super::price;

/// The most commitments of a scenario.
const COMMITMENTS_MAX: usize = 100;

#[derive(Clone, Copy)]
enum Plan {
    Compute,
    Ec2Instance,
    Reserved,
}

const PLANS: [(&str, Plan); 3] = [
    ("compute", Plan::Compute),
    ("ec2Instance", Plan::Ec2Instance),
    ("reserved", Plan::Reserved),
];

/// What a commitment may say, whatever its plan.
const OF_ANY_PLAN: [&str; 6] = [
    "family",
    "commitment",
    "savings",
    "instanceType",
    "count",
    "price",
];

/// Reads the list into the price book.
pub(super) fn read(cx: &Context<'_>, book: &mut PriceBook, field: &Field<'_>) {
    let items = field.list().unwrap_or_default();
    if COMMITMENTS_MAX < items.len() {
        let message = format!(
            "{} entries are too many, at most {COMMITMENTS_MAX} are read",
            items.len()
        );
        field.error("too-many", message).report();
        return;
    }
    for mut map in items.iter().filter_map(Field::map) {
        let plan = map.required("plan").and_then(|field| field.choice(&PLANS));
        let commitment = match plan {
            Some(Plan::Compute) => savings_plan(cx, &mut map, "compute", Covers::Compute),
            Some(Plan::Ec2Instance) => {
                let family = map.required("family");
                let known = family.as_ref().and_then(|field| known_family(cx, field));
                // What stands beside a wrong family is read all the same.
                let name = known.clone().unwrap_or_default();
                let plan = savings_plan(cx, &mut map, &name, Covers::Family(name.clone()));
                plan.filter(|_| known.is_some())
            }
            Some(Plan::Reserved) => reserved(cx, book, &mut map),
            None => {
                for key in OF_ANY_PLAN {
                    map.field(key);
                }
                None
            }
        };
        map.finish();
        if let Some(commitment) = commitment {
            book.add_commitment(commitment);
        }
    }
}

fn savings_plan(
    cx: &Context<'_>,
    map: &mut MapReader<'_>,
    name: &str,
    covers: Covers,
) -> Option<Commitment> {
    let per_hour = map
        .required("commitment")
        .and_then(|field| per_hour(&field));
    let savings = map
        .required("savings")
        .and_then(|field| savings(cx, &field));
    Some(Commitment {
        name: name.to_owned(),
        covers,
        per_hour: per_hour?,
        savings: savings?,
        rate: None,
    })
}

/// `4.00 USD/h`.
fn per_hour(field: &Field<'_>) -> Option<PicoUsd> {
    let rate = field.money_rate()?;
    let usd = rate.usd_per_hour();
    if !(0.0..=1e9).contains(&usd) {
        let message = format!("{usd} USD an hour is no commitment");
        field.error("out-of-range", message).report();
        return None;
    }
    Some(PicoUsd::from_usd(usd))
}

/// `27 %`, or `{ fargate: 20 %, ec2: 30 %, m6i: 35 %, m6i.large: 36 % }`: types first, then
/// families, then the kinds.
fn savings(cx: &Context<'_>, field: &Field<'_>) -> Option<Vec<(Saving, u32)>> {
    let ppm = |share: f64| (share * 1e6).round() as u32;
    if !field.is_mapping() {
        return Some(vec![(Saving::All, ppm(saved(field)?))]);
    }
    let mut map = field.map()?;
    let mut found = Vec::new();
    for (key, field) in map.entries() {
        let name = key.text.as_str();
        let of = match name {
            "fargate" => Some(Saving::Fargate),
            "ec2" => Some(Saving::Ec2),
            _ => match cx.instance_type(name) {
                Ok(id) => Some(Saving::Type(id)),
                Err(_) => known_family_name(cx, name).then(|| Saving::Family(name.to_owned())),
            },
        };
        match (of, saved(&field)) {
            (Some(of), Some(share)) => found.push((of, ppm(share))),
            (None, _) => {
                let what = "instance type or family";
                unknown_name(&field, what, name, ["fargate", "ec2"]);
            }
            (Some(_), None) => {}
        }
    }
    map.finish();
    found.sort_by_key(|(of, _)| match of {
        Saving::Type(_) => 0,
        Saving::Family(_) => 1,
        Saving::Fargate | Saving::Ec2 => 2,
        Saving::All => 3,
    });
    Some(found)
}

/// A share that a plan takes off: something is left to pay, or its commitment would cover
/// everything.
fn saved(field: &Field<'_>) -> Option<f64> {
    let share = field.share()?;
    if 1.0 <= share {
        let message = "savings of 100 % leave nothing to pay";
        let help = "AWS's plans save 72 % at most";
        field.error("out-of-range", message).help(help).report();
        return None;
    }
    Some(share)
}

fn known_family_name(cx: &Context<'_>, name: &str) -> bool {
    !family(name).is_empty() || cx.has_own_family(name)
}

fn known_family(cx: &Context<'_>, field: &Field<'_>) -> Option<String> {
    let name = field.str()?;
    if known_family_name(cx, name) {
        return Some(name.to_owned());
    }
    let all = crate::catalog::instances::all().iter();
    unknown_name(field, "instance family", name, all.map(|it| it.family()));
    None
}

/// `{ plan: reserved, instanceType: m6i.large, count: 4, price: 0.06 USD }`.
fn reserved(cx: &Context<'_>, book: &PriceBook, map: &mut MapReader<'_>) -> Option<Commitment> {
    let id = map
        .required("instanceType")
        .and_then(|field| cx.type_named(&field));
    let count = map
        .required("count")
        .and_then(|field| field.u32(1..=1_000_000));
    let rate = map
        .required("price")
        .and_then(|field| price("instance-hour", &field));
    let (id, count, usd) = (id?, count?, rate?);
    let on_demand = book.undiscounted(id).1.amount.usd();
    let saved = if 0.0 < on_demand {
        1.0 - usd / on_demand
    } else {
        0.0
    };
    Some(Commitment {
        name: format!("{count} reserved {}", get(id).name),
        covers: Covers::Type(id),
        per_hour: PicoUsd::from_usd(usd * f64::from(count)),
        savings: vec![(Saving::All, (saved.clamp(0.0, 1.0) * 1e6).round() as u32)],
        rate: Some(PicoUsd::from_usd(usd)),
    })
}
