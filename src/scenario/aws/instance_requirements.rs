//! `InstanceRequirements`: the instance types of the catalogue that a group may launch, by what
//! they are instead of by name.
//!
//! Source: EC2 Auto Scaling API reference, InstanceRequirements (2026-11). Price protection is
//! kept as AWS's defaults have it, on the catalogue's prices.

use std::ops::RangeInclusive;

use crate::catalog::instances::{Architecture, InstanceType, all, prices};
use crate::catalog::regions::Region;
use crate::ids::InstanceTypeId;
use crate::policy::managed_instances::VCPU_WEIGHT;
use crate::scenario::context::{Context, not_built};
use crate::scenario::reader::Field;

pub(super) use super::requirements_spelling::Spelling;

/// Whether types of a kind may be chosen: `included`, `excluded`, `required`.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Kind {
    Included,
    Excluded,
    Required,
}

impl Kind {
    fn admits(self, is_one: bool) -> bool {
        match self {
            Kind::Included => true,
            Kind::Excluded => !is_one,
            Kind::Required => is_one,
        }
    }
}

const KINDS: [(&str, Kind); 3] = [
    ("included", Kind::Included),
    ("excluded", Kind::Excluded),
    ("required", Kind::Required),
];

/// Who makes a type's processor.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Manufacturer {
    Intel,
    Amd,
    Aws,
    Apple,
}

const MANUFACTURERS: [(&str, Manufacturer); 4] = [
    ("intel", Manufacturer::Intel),
    ("amd", Manufacturer::Amd),
    ("amazon-web-services", Manufacturer::Aws),
    ("apple", Manufacturer::Apple),
];

/// What is asked of a type.
#[derive(Clone)]
pub(super) struct Requirements {
    vcpus: RangeInclusive<u32>,
    memory_mib: RangeInclusive<u32>,
    gpus: RangeInclusive<u32>,
    manufacturers: Vec<Manufacturer>,
    /// Patterns: `m5.*`, `c5*.*`.
    allowed: Vec<String>,
    excluded: Vec<String>,
    current: bool,
    previous: bool,
    bare_metal: Kind,
    burstable: Kind,
    /// Percent above the cheapest on demand.
    on_demand_over: u32,
    /// Percent above the cheapest on Spot.
    spot_over: u32,
}

/// By what a type's price is held against the cheapest.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) enum Per {
    /// Each instance.
    Instance,
    /// What it has for tasks, a vCPU counting as much as 9 GiB: so sizes and families compare
    /// (ASSUMPTION of Managed Instances: AWS names the protection alone, and launches larger
    /// instances for many tasks).
    Capacity,
}

/// Reads the block, spelt as one API does.
pub(super) fn read_requirements(
    cx: &Context<'_>,
    field: &Field<'_>,
    spelling: &Spelling,
) -> Option<Requirements> {
    let mut map = field.map()?;
    let [whole, vcpus, memory, gpus] = spelling.shapes;
    let range_of = |field: Field<'_>, shape| range(&field, (shape, spelling.bounds));
    let vcpus = map.required(spelling.vcpus).map(|it| range_of(it, vcpus));
    let memory = map.required(spelling.memory).map(|it| range_of(it, memory));
    let gpus = map.field(spelling.gpus).map(|it| range_of(it, gpus));
    let makers = map.list(spelling.makers);
    let allowed = map.field(spelling.allowed);
    let excluded = map.field(spelling.excluded);
    let generations = map.list(spelling.generations);
    let path = |key: &str| format!("{}.{key}", spelling.path);
    let mut kind = |key: &'static str| {
        let chosen = map.choice(key, &KINDS);
        chosen.unwrap_or_else(|| {
            cx.default_text(&path(key));
            Kind::Excluded
        })
    };
    let bare_metal = kind(spelling.bare_metal);
    let burstable = kind(spelling.burstable);
    let mut percent = |key: &'static str| {
        let given = map.u32(key, 0..=999_999);
        given.unwrap_or_else(|| cx.default_u32(&path(key)))
    };
    let on_demand_over = percent(spelling.on_demand_over);
    let spot_over = percent(spelling.spot_over);
    let not_built_here = spelling.not_built.iter();
    let refused = not_built_here.filter_map(|key| map.field(key));
    refused.for_each(|field| not_built(&field));
    map.finish_aws(whole);
    if let (Some(_), Some(excluded)) = (&allowed, &excluded) {
        let message = format!(
            "{} and {} exclude one another",
            spelling.allowed, spelling.excluded
        );
        excluded.error("invalid-value", message).report();
    }
    let has = |word: &str| {
        generations.is_empty() || generations.iter().any(|field| field.str() == Some(word))
    };
    for field in &generations {
        let _ = field.choice(&[("current", ()), ("previous", ())]);
    }
    Some(Requirements {
        vcpus: vcpus??,
        memory_mib: memory??,
        gpus: gpus.map_or(Some(0..=u32::MAX), |found| found)?,
        manufacturers: makers
            .iter()
            .filter_map(|field| field.choice(&MANUFACTURERS))
            .collect(),
        allowed: patterns(allowed),
        excluded: patterns(excluded),
        current: has("current"),
        previous: has("previous"),
        bare_metal,
        burstable,
        on_demand_over,
        spot_over,
    })
}

fn range(
    field: &Field<'_>,
    (shape, [least, most]): (&str, [&'static str; 2]),
) -> Option<RangeInclusive<u32>> {
    let mut map = field.map()?;
    let min = map.u32(least, 0..=u32::MAX).unwrap_or(0);
    let max = map.u32(most, 0..=u32::MAX).unwrap_or(u32::MAX);
    map.finish_aws(shape);
    if max < min {
        let message = format!("{least} {min} is more than {most} {max}");
        field.error("out-of-range", message).report();
        return None;
    }
    Some(min..=max)
}

fn patterns(field: Option<Field<'_>>) -> Vec<String> {
    let items = field.and_then(|field| field.list()).unwrap_or_default();
    let texts = items.iter().filter_map(Field::str);
    texts.map(str::to_owned).collect()
}

impl Requirements {
    /// What Managed Instances ask for where nothing is said: general-purpose types, which are those
    /// of the M families (ASSUMPTION), of the current generation.
    pub(super) fn general_purpose() -> Self {
        Requirements {
            vcpus: 0..=u32::MAX,
            memory_mib: 0..=u32::MAX,
            gpus: 0..=0,
            manufacturers: Vec::new(),
            allowed: vec!["m*".to_owned()],
            excluded: Vec::new(),
            current: true,
            previous: false,
            bare_metal: Kind::Excluded,
            burstable: Kind::Excluded,
            on_demand_over: 20,
            spot_over: 100,
        }
    }

    /// The types that meet it and have a price in the region, the cheapest on demand first;
    /// `architecture` is that of the image.
    pub(super) fn types(
        &self,
        region: &Region,
        architecture: Architecture,
        (per, buys_spot): (Per, bool),
    ) -> Vec<InstanceTypeId> {
        let price = |it: &InstanceType| Some(prices::listed(it.id, region.name)?.amount.0);
        let spot = |it: &InstanceType| Some(prices::spot(it.id, region.name)?.amount.0);
        let mut found: Vec<(i128, Option<i128>, &InstanceType)> = all()
            .iter()
            .filter(|known| known.architecture == architecture && self.admits(known))
            .filter_map(|known| Some((price(known)?, spot(known), known)))
            .collect();
        found.sort_by_key(|(price, _, known)| (*price, known.name));
        // AWS takes the cheapest C, M or R type of the current generation as the measure.
        let is_measure = |known: &InstanceType| {
            known.name.starts_with(['c', 'm', 'r']) && !known.is_previous_generation
        };
        let each = |price: i128, known: &InstanceType| match per {
            Per::Instance => price,
            Per::Capacity => price * 1_024 / weight_of(known),
        };
        let measure = found.iter().filter(|(.., known)| is_measure(known));
        let dearest = measure.clone().map(|(price, _, it)| each(*price, it)).min();
        let dearest = dearest.map(|price| over(price, self.on_demand_over));
        let dearest_spot = measure.filter_map(|(_, spot, it)| Some(each((*spot)?, it)));
        let dearest_spot = dearest_spot.min().map(|price| over(price, self.spot_over));
        let is_fair = |price: i128, most: Option<i128>| most.is_none_or(|most| price <= most);
        found
            .into_iter()
            .filter(|(price, spot, it)| {
                let spot = spot.map(|spot| each(spot, it));
                is_fair(each(*price, it), dearest)
                    || buys_spot && spot.is_some_and(|spot| is_fair(spot, dearest_spot))
            })
            .map(|(.., known)| known.id)
            .collect()
    }

    /// The architecture that its fields say, if they do.
    pub(super) fn architecture(&self) -> Option<Architecture> {
        let arm = [Manufacturer::Aws, Manufacturer::Apple];
        let is_arm = |maker: &Manufacturer| arm.contains(maker);
        if !self.manufacturers.is_empty() {
            if self.manufacturers.iter().all(is_arm) {
                return Some(Architecture::Arm64);
            }
            return (!self.manufacturers.iter().any(is_arm)).then_some(Architecture::X86_64);
        }
        let allowed = all().iter().filter(|known| self.is_allowed(known));
        let mut found: Vec<Architecture> = allowed.map(|known| known.architecture).collect();
        found.dedup();
        match (self.allowed.is_empty(), found.as_slice()) {
            (false, [only]) => Some(*only),
            _ => None,
        }
    }

    fn admits(&self, it: &InstanceType) -> bool {
        let makers = &self.manufacturers;
        self.vcpus.contains(&it.vcpus)
            && self.memory_mib.contains(&it.memory.0)
            && self.gpus.contains(&it.gpus)
            && (makers.is_empty() || makers.contains(&manufacturer(it)))
            && self.is_allowed(it)
            && !self.excluded.iter().any(|pattern| fits(pattern, it.name))
            && (self.previous || !it.is_previous_generation)
            && (self.current || it.is_previous_generation)
            && self.bare_metal.admits(it.is_bare_metal)
            && self.burstable.admits(it.is_burstable)
    }

    fn is_allowed(&self, it: &InstanceType) -> bool {
        let allowed = &self.allowed;
        allowed.is_empty() || allowed.iter().any(|pattern| fits(pattern, it.name))
    }
}

/// vCPUs and memory as one number, in MiB.
fn weight_of(it: &InstanceType) -> i128 {
    let memory = i128::from(it.memory.0);
    (i128::from(VCPU_WEIGHT) * i128::from(it.cpu().0) + memory).max(1)
}

fn over(price: i128, percent: u32) -> i128 {
    price.saturating_mul(100 + i128::from(percent)) / 100
}

/// By the letters after the generation in EC2's names: `a` is AMD, else Intel; ARM is AWS's own but
/// for Macs.
fn manufacturer(it: &InstanceType) -> Manufacturer {
    let family = it.family();
    let letters = family.trim_start_matches(|letter: char| !letter.is_ascii_digit());
    match it.architecture {
        Architecture::Arm64 if family.starts_with("mac") => Manufacturer::Apple,
        Architecture::Arm64 => Manufacturer::Aws,
        Architecture::X86_64 if letters.contains('a') => Manufacturer::Amd,
        Architecture::X86_64 => Manufacturer::Intel,
    }
}

/// Whether a name fits a pattern in which `*` is any text.
fn fits(pattern: &str, name: &str) -> bool {
    let mut parts = pattern.split('*');
    let first = parts.next().unwrap_or_default();
    let Some(mut rest) = name.strip_prefix(first) else {
        return false;
    };
    let mut last = None;
    for part in parts {
        let Some(at) = rest.find(part) else {
            return false;
        };
        rest = &rest[at + part.len()..];
        last = Some(part);
    }
    match last {
        None => rest.is_empty(),
        Some(last) => name.ends_with(last) && name.len() >= first.len() + last.len(),
    }
}
