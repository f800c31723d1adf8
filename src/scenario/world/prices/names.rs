//! The names of prices: those of `cost.csv`, and what stands for several of them.

use crate::catalog::item::Item;
use crate::catalog::prices::Surcharge;
use crate::ids::InstanceTypeId;
use crate::scenario::context::{Context, unknown_name};
use crate::scenario::reader::Field;

/// What has a price.
#[derive(Clone, Copy, Debug)]
pub(super) enum Priced {
    /// An item of the price list.
    Item(Item),
    /// An hour of instances of a type; `None`: of all.
    Instances {
        id: Option<InstanceTypeId>,
        is_spot: bool,
    },
    /// What comes on top of it.
    Surcharge(Surcharge),
}

const ON_DEMAND: &str = "ec2_on_demand_hour";
const SPOT: &str = "ec2_spot_hour";
const FEE: &str = "ecs_managed_instances_fee_hour";
const CREDITS: &str = "ec2_cpu_credits_vcpu_hour";

impl Priced {
    /// The name of all of its kind, where it stands for more than one price.
    pub(super) fn name_of_all(self) -> Option<&'static str> {
        match self {
            Priced::Instances { id: None, is_spot } => Some(if is_spot { SPOT } else { ON_DEMAND }),
            Priced::Surcharge(Surcharge::ManagedFee(None)) => Some(FEE),
            Priced::Item(_) | Priced::Instances { .. } | Priced::Surcharge(_) => None,
        }
    }

    /// The type that it is of alone.
    pub(super) fn instance_type(self) -> Option<InstanceTypeId> {
        match self {
            Priced::Instances { id, .. } => id,
            Priced::Surcharge(Surcharge::ManagedFee(id)) => id,
            Priced::Item(_) | Priced::Surcharge(Surcharge::CpuCredits) => None,
        }
    }

    /// What one price buys.
    pub(super) const fn unit(self) -> &'static str {
        match self {
            Priced::Item(item) => item.unit(),
            Priced::Instances { .. } | Priced::Surcharge(Surcharge::ManagedFee(_)) => {
                "instance-hour"
            }
            Priced::Surcharge(Surcharge::CpuCredits) => "vCPU-hour",
        }
    }
}

/// What a key names; reports one that names nothing. `more` are further names that are known there.
pub(super) fn priced(
    cx: &Context<'_>,
    (name, field): (&str, &Field<'_>),
    more: &[&str],
) -> Option<Priced> {
    if let Some(item) = Item::from_name(name) {
        return Some(Priced::Item(item));
    }
    if name == CREDITS {
        return Some(Priced::Surcharge(Surcharge::CpuCredits));
    }
    let of_instances = |is_spot| move |id| Priced::Instances { id, is_spot };
    let of_fee = |id| Priced::Surcharge(Surcharge::ManagedFee(id));
    let found = of_type(cx, (name, field), ON_DEMAND, of_instances(false))
        .or_else(|| of_type(cx, (name, field), SPOT, of_instances(true)))
        .or_else(|| of_type(cx, (name, field), FEE, of_fee));
    if let Some(found) = found {
        return found;
    }
    if let Some((message, help)) = no_price(name) {
        let wrong = field.error_at_key("unknown-name", message);
        wrong.help(help).report();
        return None;
    }
    let names = Item::ALL.iter().map(|item| item.name());
    let more = more.iter().copied();
    let more = more.chain([ON_DEMAND, SPOT, FEE, CREDITS]);
    unknown_name(field, "price", name, names.chain(more));
    None
}

/// A name that begins with `what`, alone or with a type behind it; the inner `None` if the type was
/// reported.
fn of_type(
    cx: &Context<'_>,
    (name, field): (&str, &Field<'_>),
    what: &str,
    priced: impl Fn(Option<InstanceTypeId>) -> Priced,
) -> Option<Option<Priced>> {
    let rest = name.strip_prefix(what)?;
    if rest.is_empty() {
        return Some(Some(priced(None)));
    }
    let kind = rest.strip_prefix('_')?;
    Some(instance_type(cx, kind, field).map(|id| priced(Some(id))))
}

/// The type that (a part of) a key names; reports a wrong one, unless it was refused where it is
/// described.
pub(super) fn instance_type(
    cx: &Context<'_>,
    name: &str,
    field: &Field<'_>,
) -> Option<InstanceTypeId> {
    match cx.instance_type(name) {
        Ok(id) => Some(id),
        Err(_) if cx.is_refused_type(name) => None,
        Err(wrong) => {
            let error = field.error_at_key("unknown-name", wrong.to_string());
            error.maybe_help(cx.instance_type_help(&wrong)).report();
            None
        }
    }
}

/// What looks like a price and is none: what is wrong with it, and what to write.
fn no_price(name: &str) -> Option<(&'static str, &'static str)> {
    match name {
        "savingsPlan" => Some((
            "a Savings Plan stands among the commitments",
            "commitments: [{ plan: compute, commitment: 4.00 USD/h, savings: 27 % }]",
        )),
        "commitment_unused" => Some((
            "what of commitments was not used has no price of its own: a dollar of it is a dollar",
            "set what is committed: commitments: [{ plan: compute, commitment: 4.00 USD/h, \
             savings: 27 % }]",
        )),
        _ => None,
    }
}
