//! Which part of a service's requests comes by which of its target groups:
//! `world.demand.<service>.targetGroups`.

use std::collections::BTreeMap;

use crate::ids::TargetGroupId;
use crate::scenario::context::{Context, unknown_name};
use crate::scenario::plan::TargetGroupPlan;
use crate::scenario::reader::Field;

/// How far from 100 % parts may be together: what is written in tenths of a percent.
const ROUNDING: f64 = 0.002;

/// The field of each service that has one.
pub(in crate::scenario) type GroupParts<'a> = BTreeMap<String, Field<'a>>;

/// The part of each of a service's target groups, in their order; none, where it has one only.
pub(super) fn read(
    cx: &Context<'_>,
    (service, field): (&str, Option<&Field<'_>>),
    (own, all): (&[TargetGroupId], &[TargetGroupPlan]),
) -> Vec<f64> {
    let names: Vec<&str> = own.iter().map(|id| all[id.index()].name.as_str()).collect();
    let Some(field) = field else {
        if let [first, _, ..] = names[..] {
            cx.assume(
                format!("world.demand.{service}.targetGroups"),
                format!("{first}: 100 %"),
                "ASSUMPTION: without a word all requests come by the first of loadBalancers",
            );
        }
        return Vec::new();
    };
    let mut parts = vec![0.0; own.len()];
    let Some(mut map) = field.map() else {
        return parts;
    };
    let mut is_whole = true;
    for (key, part) in map.entries() {
        let Some(at) = names.iter().position(|name| *name == key.text) else {
            let what = "target group of the service";
            unknown_name(&part, what, &key.text, names.iter().copied());
            is_whole = false;
            continue;
        };
        parts[at] = part.share().unwrap_or(0.0);
    }
    map.finish();
    let sum: f64 = parts.iter().sum();
    if is_whole && ROUNDING < (sum - 1.0).abs() {
        let message = format!(
            "the parts are {:.1} % together: every request comes by one of the target groups",
            sum * 100.0
        );
        let help = match names[..] {
            [only] => format!("{only} is the only one: leave targetGroups out"),
            _ => "write shares that are 100 % together".to_owned(),
        };
        field.error("out-of-range", message).help(help).report();
    }
    parts
}
