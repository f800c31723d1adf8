//! `world.instances.types`: instance types that the catalog lacks, usable wherever a type's name
//! stands.

use crate::catalog::instances::own::{OwnType, register};
use crate::catalog::instances::{Architecture, family, find};
use crate::scenario::context::Context;
use crate::scenario::node::quote;
use crate::scenario::reader::{Field, MapReader};
use crate::units::{MiB, PicoUsd};

use super::prices;

/// The most types of a scenario's own.
const TYPES_MAX: usize = 1_000;
/// The largest of each size: limits against slips.
const VCPUS_MAX: u32 = 100_000;
const MIB_MAX: u64 = 1 << 30;
const ENIS_MAX: u32 = 10_000;
const BYTES_PER_MIB: u64 = 1 << 20;
/// What stands under `world.spot` beside groups, families and types.
const RESERVED: [&str; 3] = ["EC2", "FARGATE_SPOT", "default"];

const ARCHITECTURES: [(&str, Architecture); 2] = [
    ("x86_64", Architecture::X86_64),
    ("arm64", Architecture::Arm64),
];

/// Reads the block; the context knows its types from then on.
pub(super) fn read(cx: &Context<'_>, field: &Field<'_>) {
    let Some(mut map) = field.map() else { return };
    let entries = map.entries();
    map.finish();
    if TYPES_MAX < entries.len() {
        let message = format!(
            "{} types are too many, at most {TYPES_MAX} are read",
            entries.len()
        );
        field.error("too-many", message).report();
        return;
    }
    for (key, field) in entries {
        let is_free = check_name(&field, &key.text);
        let said = field.map().and_then(|map| read_type(&key.text, map));
        match said.filter(|_| is_free) {
            Some(said) => cx.add_instance_type(register(said)),
            None if find(&key.text).is_err() => cx.refuse_instance_type(&key.text),
            None => {}
        }
    }
}

fn check_name(field: &Field<'_>, name: &str) -> bool {
    let fits = |letter: char| letter.is_ascii_alphanumeric() || "-_.".contains(letter);
    let parts = || name.split('.');
    let is_well_formed = name.len() <= 64
        && name.chars().all(fits)
        && parts().count() <= 2
        && parts().all(|part| !part.is_empty());
    let (message, help) = if !is_well_formed {
        let message = format!("{} is no name of an instance type", quote(name));
        (
            message,
            "write it as AWS does: letters, digits, - and _, family.size",
        )
    } else if find(name).is_ok() {
        let message = format!("{} is a type of EC2's", quote(name));
        (message, "use it as it is, or choose another name")
    } else if !family(name).is_empty() || RESERVED.contains(&name) {
        let message = format!("{} means something else already", quote(name));
        (message, "choose another name, like own.large")
    } else {
        return true;
    };
    let wrong = field.error_at_key("invalid-name", message);
    wrong.help(help).report();
    false
}

fn read_type(name: &str, mut map: MapReader<'_>) -> Option<OwnType> {
    let vcpus = map.required("vcpus");
    let vcpus = vcpus.and_then(|field| field.u32(1..=VCPUS_MAX));
    let memory = map.required("memory").and_then(|field| mib(&field));
    let registered_field = map.field("registeredMemory");
    let registered = registered_field.as_ref().and_then(mib);
    if let (Some(field), Some(registered), Some(memory)) = (&registered_field, registered, memory)
        && memory < registered
    {
        let message = format!(
            "{} MiB is more than the {} MiB of memory",
            registered.0, memory.0
        );
        field.error("out-of-range", message).report();
    }
    let architecture = map.choice("architecture", &ARCHITECTURES);
    let gpus = map.u32("gpus", 0..=1_000);
    let plain = map.u32("tasks", 0..=ENIS_MAX);
    let trunked = map.u32("trunkedTasks", 0..=ENIS_MAX);
    let on_demand = map.required("price").and_then(|field| hourly(&field));
    let spot = map.field("spotPrice").and_then(|field| hourly(&field));
    map.finish();
    Some(OwnType {
        name: name.to_owned(),
        vcpus: vcpus?,
        memory: memory?,
        registered,
        architecture: architecture.unwrap_or(Architecture::X86_64),
        gpus: gpus.unwrap_or(0),
        awsvpc_tasks: (plain.unwrap_or(0), trunked),
        on_demand: on_demand?,
        spot,
    })
}

fn hourly(field: &Field<'_>) -> Option<PicoUsd> {
    prices::price("instance-hour", field).map(PicoUsd::from_usd)
}

fn mib(field: &Field<'_>) -> Option<MiB> {
    let bytes = field.size()?;
    let whole = bytes / BYTES_PER_MIB;
    if bytes % BYTES_PER_MIB != 0 || !(1..=MIB_MAX).contains(&whole) {
        let message = format!("{bytes} bytes are not a whole number of MiB from 1 to {MIB_MAX}");
        field.error("out-of-range", message).report();
        return None;
    }
    u32::try_from(whole).ok().map(MiB)
}
