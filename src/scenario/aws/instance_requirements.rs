//! `InstanceRequirements`: the instance types of the catalogue that a group may launch, by what
//! they are instead of by name. One reader for all three APIs, which spell the fields differently
//! ([`Spelling`]); what they mean is `policy::instance_requirements`.

use crate::catalog::instances::hardware::{
    ACCELERATOR_NAMES, AcceleratorKind, AcceleratorMaker, CpuMaker, Disk,
};
use crate::catalog::instances::{Architecture, InstanceType, all, prices};
use crate::catalog::regions::Region;
use crate::policy::instance_requirements::{
    Buys, Chosen, Kind, NoType, Offer, Per, Requirement, Requirement as R, Requirements, SpotLimit,
    Within,
};
use crate::scenario::context::{Context, bounded};
use crate::scenario::reader::{Field, MapReader};

use super::group_types::assumed_spot;
pub(super) use super::requirements_spelling::Spelling;

/// The most patterns of types (API InstanceRequirementsRequest, 2026-11).
const PATTERNS_MAX: usize = 400;
/// Price protection of so many percent is none (the same).
const PERCENT_MAX: u32 = 999_999;
/// How many types a message names.
const NAMED_MAX: usize = 4;

/// Reads the block, spelt as one API does.
pub(super) fn read_requirements(
    cx: &Context<'_>,
    field: &Field<'_>,
    spelling: &Spelling,
) -> Option<Requirements> {
    let map = field.map()?;
    let mut block = Block { cx, spelling, map };
    let whole = [
        R::VCpuCount,
        R::MemoryMiB,
        R::NetworkInterfaceCount,
        R::BaselineEbsBandwidthMbps,
        R::AcceleratorCount,
        R::AcceleratorTotalMemoryMiB,
    ];
    let whole = whole.map(|field| block.range(field));
    let broken = [
        R::MemoryGiBPerVCpu,
        R::TotalLocalStorageGB,
        R::NetworkBandwidthGbps,
    ];
    let broken = broken.map(|field| block.fractions(field));
    let (allowed, excluded) = block.patterns();
    let (current, previous) = block.generations();
    let names = ACCELERATOR_NAMES.map(|name| (name, name));
    let names = block.words(R::AcceleratorNames, &names);
    let asked = Requirements {
        allowed,
        excluded,
        cpu_makers: block.words(R::CpuManufacturers, &CpuMaker::WORDS),
        current,
        previous,
        bare_metal: block.kind(R::BareMetal),
        burstable: block.kind(R::BurstablePerformance),
        local_storage: block.kind(R::LocalStorage),
        disks: block.words(R::LocalStorageTypes, &Disk::WORDS),
        accelerator_kinds: block.words(R::AcceleratorTypes, &AcceleratorKind::WORDS),
        accelerator_makers: block.words(R::AcceleratorManufacturers, &AcceleratorMaker::WORDS),
        accelerator_names: names.into_iter().map(str::to_owned).collect(),
        must_hibernate: block.is_asked(R::RequireHibernateSupport),
        must_encrypt: spelling.has_encryption() && block.is_asked(R::RequireEncryptionInTransit),
        on_demand_over: block.percent(R::OnDemandMaxPricePercentageOverLowestPrice),
        spot: block.spot(),
        ..Requirements::default()
    };
    block.refuse_performance_factors();
    block.map.finish_aws(&spelling.block());
    let [
        vcpus,
        memory,
        interfaces,
        ebs,
        accelerators,
        accelerator_memory,
    ] = whole;
    let [memory_per_vcpu, storage, network] = broken;
    Some(Requirements {
        vcpus: vcpus?,
        memory_mib: memory?,
        memory_gib_per_vcpu: memory_per_vcpu?,
        storage_gb: storage?,
        network_interfaces: interfaces?,
        network_gbps: network?,
        ebs_mbps: ebs?,
        accelerators: accelerators?,
        accelerator_memory_mib: accelerator_memory?,
        ..asked
    })
}

/// The block as it is read.
struct Block<'c, 's, 'a> {
    cx: &'c Context<'c>,
    spelling: &'s Spelling,
    map: MapReader<'a>,
}

impl<'a> Block<'_, '_, 'a> {
    fn field(&mut self, field: Requirement) -> Option<Field<'a>> {
        self.map.field(self.spelling.key(field))
    }

    /// A range of whole numbers; none if it is wrong, which is reported.
    fn range(&mut self, field: Requirement) -> Option<Within> {
        let most = 0..=u32::MAX;
        self.ends(field, |it| Some(f64::from(it.u32(most.clone())?)))
    }

    /// A range of numbers.
    fn fractions(&mut self, field: Requirement) -> Option<Within> {
        self.ends(field, |it| it.f64(0.0..=f64::MAX))
    }

    fn ends(
        &mut self,
        field: Requirement,
        read: impl Fn(&Field<'_>) -> Option<f64>,
    ) -> Option<Within> {
        let place = match field {
            R::VCpuCount | R::MemoryMiB => self.map.required(self.spelling.key(field)),
            _ => self.field(field),
        };
        let Some(place) = place else {
            return Some(Within::ANY);
        };
        let mut map = place.map()?;
        let [least, most] = self.spelling.ends();
        let ends = [least, most].map(|key| map.field(key).map(|end| read(&end)));
        map.finish_aws(&self.spelling.block_of(field));
        let [min, max] = ends;
        let min = min.unwrap_or(Some(Within::ANY.min))?;
        let max = max.unwrap_or(Some(Within::ANY.max))?;
        if max < min {
            let message = format!("{least} {min} is more than {most} {max}");
            place.error("out-of-range", message).report();
            return None;
        }
        Some(Within { min, max })
    }

    fn words<T: Copy>(&mut self, field: Requirement, table: &[(&str, T)]) -> Vec<T> {
        let items = self.map.list(self.spelling.key(field));
        items.iter().filter_map(|it| it.choice(table)).collect()
    }

    /// Whether current and previous generations count.
    fn generations(&mut self) -> (bool, bool) {
        let words = [("current", true), ("previous", false)];
        let said = self.words(R::InstanceGenerations, &words);
        let has = |current: bool| said.is_empty() || said.contains(&current);
        (has(true), has(false))
    }

    fn kind(&mut self, field: Requirement) -> Kind {
        let given = self.field(field).and_then(|it| it.choice(&Kind::WORDS));
        given.unwrap_or_else(|| {
            let word = self.cx.default_text(&self.spelling.path(field));
            let row = Kind::WORDS.iter().find(|(known, _)| *known == word);
            row.expect("the table holds one of the words here").1
        })
    }

    fn is_asked(&mut self, field: Requirement) -> bool {
        self.field(field).and_then(|it| it.bool()).unwrap_or(false)
    }

    fn patterns(&mut self) -> (Vec<String>, Vec<String>) {
        let [allowed, excluded] = [R::AllowedInstanceTypes, R::ExcludedInstanceTypes];
        let (allowed, excluded) = (self.spelling.key(allowed), self.spelling.key(excluded));
        let only = bounded(&mut self.map, allowed, PATTERNS_MAX);
        let mut but = bounded(&mut self.map, excluded, PATTERNS_MAX);
        if let (Some(_), Some(place)) = (only.first(), but.first()) {
            let message = format!("{allowed} and {excluded} exclude one another");
            place.error("invalid-value", message).report();
            // Both together may leave out every type, which is no further mistake.
            but.clear();
        }
        let texts = |items: Vec<Field<'_>>| {
            let texts = items.iter().filter_map(Field::str);
            texts.map(str::to_owned).collect()
        };
        (texts(only), texts(but))
    }

    fn percent(&mut self, field: Requirement) -> u32 {
        let given = self.field(field).and_then(|it| it.u32(0..=PERCENT_MAX));
        given.unwrap_or_else(|| self.cx.default_u32(&self.spelling.path(field)))
    }

    /// How dear Spot may be, which is said in one of two ways.
    fn spot(&mut self) -> SpotLimit {
        let over = R::SpotMaxPricePercentageOverLowestPrice;
        let of = R::MaxSpotPriceAsPercentageOfOptimalOnDemandPrice;
        let Some(place) = self.field(of) else {
            return SpotLimit::OverLowest(self.percent(over));
        };
        if self.field(over).is_some() {
            let (over, of) = (self.spelling.key(over), self.spelling.key(of));
            let message = format!("{over} and {of} exclude one another");
            place.error("invalid-value", message).report();
        }
        SpotLimit::OfOnDemand(place.u32(0..=PERCENT_MAX).unwrap_or(PERCENT_MAX))
    }

    fn refuse_performance_factors(&mut self) {
        if !self.spelling.has_performance_factors() {
            return;
        }
        if let Some(field) = self.map.field("BaselinePerformanceFactors") {
            let message = "BaselinePerformanceFactors is not simulated: AWS does not publish how \
                           fast the processors of its families are";
            let help = "name the families that are fast enough in AllowedInstanceTypes";
            field.error("not-built-yet", message).help(help).report();
        }
    }
}

/// Where types are chosen and how they are bought.
pub(super) struct Market {
    pub(super) region: &'static Region,
    /// Of the image, if the requirements do not say it.
    pub(super) architecture: Architecture,
    pub(super) per: Per,
    pub(super) buys: Buys,
}

/// The types that meet the requirements, the cheapest on demand first; none if there is none, which
/// is reported at `place`.
pub(super) fn choose(
    cx: &Context<'_>,
    asked: &Requirements,
    (spelling, place): (&Spelling, &Field<'_>),
    market: &Market,
) -> Option<Vec<Chosen>> {
    let region = market.region.name;
    let offer = |it: &'static InstanceType| {
        let on_demand = prices::listed(it.id, region)?.amount;
        let spot = prices::spot(it.id, region).map(|price| price.amount);
        Some(Offer {
            it,
            on_demand,
            spot: spot.unwrap_or_else(|| assumed_spot(on_demand)),
        })
    };
    let offers: Vec<Offer> = all().iter().filter_map(offer).collect();
    let meets = offers.iter().filter(|it| asked.refusal(it.it).is_none());
    let mut found: Vec<Architecture> = meets.map(|it| it.it.architecture).collect();
    found.dedup();
    let architecture = match found.as_slice() {
        [only] => *only,
        _ => {
            let [path, source] = spelling.architecture;
            let name = market.architecture.name().to_owned();
            cx.assume(path.to_owned(), name, source);
            market.architecture
        }
    };
    let of_image = offers
        .iter()
        .filter(|it| it.it.architecture == architecture);
    let of_image: Vec<Offer> = of_image.copied().collect();
    match asked.choose(&of_image, (market.per, market.buys)) {
        Ok(chosen) => Some(chosen),
        Err(none) => {
            report_none(&none, (spelling, place), (architecture, region));
            None
        }
    }
}

fn report_none(
    none: &NoType,
    (spelling, place): (&Spelling, &Field<'_>),
    (architecture, region): (Architecture, &str),
) {
    let (count, key) = (none.types.len(), spelling.key(none.by));
    let mut names = none.types[..count.min(NAMED_MAX)].join(", ");
    if NAMED_MAX < count {
        names.push_str(", …");
    }
    let arch = architecture.name();
    let message = format!(
        "no {arch} instance type with a price in {region} meets these requirements: {key} leaves \
         out the last {count} ({names})"
    );
    let is_price = R::OnDemandMaxPricePercentageOverLowestPrice <= none.by;
    let help = match is_price {
        true => format!("raise {key}; {PERCENT_MAX} leaves out none"),
        false => format!(
            "change {key}, or what comes before it; fleetcast catalog ec2 --region {region} lists \
             the types"
        ),
    };
    let wrong = place.error("no-instance-type", message);
    wrong.help(help).report();
}
