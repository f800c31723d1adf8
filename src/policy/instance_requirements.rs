//! `InstanceRequirements`: which instance types a group may launch, by what they are instead of by
//! name.
//!
//! Sources: EC2 API reference, InstanceRequirementsRequest, and EC2 Auto Scaling's and ECS's of the
//! same fields (API-ir, 2026-11); where they say less than EC2's, EC2's counts.

use crate::catalog::instances::InstanceType;
use crate::catalog::instances::hardware::{
    AcceleratorKind, AcceleratorMaker, CpuMaker, Disk, Hardware,
};

mod protection;

pub use protection::{Buys, Chosen, NoType, Offer, Per};

/// A field of InstanceRequirements, in the order in which types are held to them.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Debug)]
pub enum Requirement {
    /// Types by name or pattern, no others.
    AllowedInstanceTypes,
    /// All types but these.
    ExcludedInstanceTypes,
    /// vCPUs.
    VCpuCount,
    /// Nominal memory.
    MemoryMiB,
    /// Memory for each vCPU.
    MemoryGiBPerVCpu,
    /// Who makes the processor.
    CpuManufacturers,
    /// Current or previous generation.
    InstanceGenerations,
    /// Whether types without a hypervisor count.
    BareMetal,
    /// Whether types with CPU credits count.
    BurstablePerformance,
    /// Whether types with instance store volumes count.
    LocalStorage,
    /// What those volumes are.
    LocalStorageTypes,
    /// How large those volumes are together.
    TotalLocalStorageGB,
    /// Network interfaces.
    NetworkInterfaceCount,
    /// Network bandwidth.
    NetworkBandwidthGbps,
    /// Bandwidth to EBS.
    BaselineEbsBandwidthMbps,
    /// GPUs and the like.
    AcceleratorCount,
    /// What those are for.
    AcceleratorTypes,
    /// Who makes those.
    AcceleratorManufacturers,
    /// What those are called.
    AcceleratorNames,
    /// Their memory together.
    AcceleratorTotalMemoryMiB,
    /// Hibernation.
    RequireHibernateSupport,
    /// Encryption of what goes to other instances; EC2's API alone has it.
    RequireEncryptionInTransit,
    /// Price protection on demand.
    OnDemandMaxPricePercentageOverLowestPrice,
    /// Price protection on Spot, by the lowest Spot price.
    SpotMaxPricePercentageOverLowestPrice,
    /// Price protection on Spot, by the lowest price on demand.
    MaxSpotPriceAsPercentageOfOptimalOnDemandPrice,
}

/// A range that has both its ends.
#[derive(Clone, Copy, PartialEq, Debug)]
pub struct Within {
    /// The least.
    pub min: f64,
    /// The most.
    pub max: f64,
}

/// Whether types of a kind may be chosen.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Kind {
    /// They may: `included`.
    Included,
    /// They may not: `excluded`.
    Excluded,
    /// Only they may: `required`.
    Required,
}

/// How dear a Spot pool may be, percent.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum SpotLimit {
    /// So much above the lowest Spot price.
    OverLowest(u32),
    /// So much of the lowest price on demand.
    OfOnDemand(u32),
}

/// What is asked of a type. Empty lists ask for nothing.
#[derive(Clone, PartialEq, Debug)]
pub struct Requirements {
    /// Patterns such as `m5.*`, `c5*.*`, `*3*`.
    pub allowed: Vec<String>,
    /// The same.
    pub excluded: Vec<String>,
    /// vCPUs.
    pub vcpus: Within,
    /// Nominal memory, MiB.
    pub memory_mib: Within,
    /// The same in GiB for each vCPU.
    pub memory_gib_per_vcpu: Within,
    /// Makers of processors.
    pub cpu_makers: Vec<CpuMaker>,
    /// Whether current generations count.
    pub current: bool,
    /// Whether previous generations count.
    pub previous: bool,
    /// Types without a hypervisor.
    pub bare_metal: Kind,
    /// Types with CPU credits.
    pub burstable: Kind,
    /// Types with instance store volumes.
    pub local_storage: Kind,
    /// What such volumes are.
    pub disks: Vec<Disk>,
    /// All of them together, GB.
    pub storage_gb: Within,
    /// Network interfaces.
    pub network_interfaces: Within,
    /// Sustained network bandwidth, Gbit/s.
    pub network_gbps: Within,
    /// Sustained bandwidth to EBS, Mbit/s.
    pub ebs_mbps: Within,
    /// Accelerators.
    pub accelerators: Within,
    /// What they are for.
    pub accelerator_kinds: Vec<AcceleratorKind>,
    /// Who makes them.
    pub accelerator_makers: Vec<AcceleratorMaker>,
    /// Their names.
    pub accelerator_names: Vec<String>,
    /// Their memory together, MiB.
    pub accelerator_memory_mib: Within,
    /// Only types that can hibernate.
    pub must_hibernate: bool,
    /// Only types that encrypt what goes to other instances.
    pub must_encrypt: bool,
    /// Percent above the lowest price on demand.
    pub on_demand_over: u32,
    /// How dear Spot may be.
    pub spot: SpotLimit,
}

impl Kind {
    /// AWS's words.
    pub const WORDS: [(&'static str, Kind); 3] = [
        ("included", Kind::Included),
        ("excluded", Kind::Excluded),
        ("required", Kind::Required),
    ];

    fn admits(self, is_one: bool) -> bool {
        match self {
            Kind::Included => true,
            Kind::Excluded => !is_one,
            Kind::Required => is_one,
        }
    }
}

impl Within {
    /// No limits.
    pub const ANY: Within = Within {
        min: 0.0,
        max: f64::INFINITY,
    };

    fn has(self, value: f64) -> bool {
        self.min <= value && value <= self.max
    }
}

impl Default for Requirements {
    /// What nothing is said of (API-ir): no bare metal, no burstable types, price protection of
    /// 20 % on demand and 100 % on Spot.
    fn default() -> Self {
        Requirements {
            allowed: Vec::new(),
            excluded: Vec::new(),
            vcpus: Within::ANY,
            memory_mib: Within::ANY,
            memory_gib_per_vcpu: Within::ANY,
            cpu_makers: Vec::new(),
            current: true,
            previous: true,
            bare_metal: Kind::Excluded,
            burstable: Kind::Excluded,
            local_storage: Kind::Included,
            disks: Vec::new(),
            storage_gb: Within::ANY,
            network_interfaces: Within::ANY,
            network_gbps: Within::ANY,
            ebs_mbps: Within::ANY,
            accelerators: Within::ANY,
            accelerator_kinds: Vec::new(),
            accelerator_makers: Vec::new(),
            accelerator_names: Vec::new(),
            accelerator_memory_mib: Within::ANY,
            must_hibernate: false,
            must_encrypt: false,
            on_demand_over: 20,
            spot: SpotLimit::OverLowest(100),
        }
    }
}

impl Requirements {
    /// What Managed Instances ask for where nothing is said: general-purpose types, which are those
    /// of the M families (ASSUMPTION), of the current generation, without accelerators.
    pub fn general_purpose() -> Self {
        Requirements {
            allowed: vec!["m*".to_owned()],
            previous: false,
            accelerators: Within { min: 0.0, max: 0.0 },
            ..Requirements::default()
        }
    }

    /// Whether the type's name is one of those that are allowed, if any are named.
    pub fn is_allowed(&self, it: &InstanceType) -> bool {
        self.allowed.is_empty() || self.allowed.iter().any(|pattern| fits(pattern, it.name))
    }

    /// The first field that leaves a type out whatever it costs (API-ir). Network bandwidth is the
    /// sustained one. A type without bandwidth of its own for EBS has 0 of it, one without instance
    /// store volumes 0 GB.
    pub fn refusal(&self, it: &InstanceType) -> Option<Requirement> {
        use Requirement as R;
        let hardware = &it.hardware;
        let by_name = [
            (R::AllowedInstanceTypes, self.is_allowed(it)),
            (R::ExcludedInstanceTypes, {
                !self.excluded.iter().any(|pattern| fits(pattern, it.name))
            }),
        ];
        let (vcpus, memory) = (f64::from(it.vcpus), f64::from(it.memory.0));
        let by_size = [
            (R::VCpuCount, self.vcpus.has(vcpus)),
            (R::MemoryMiB, self.memory_mib.has(memory)),
            (R::MemoryGiBPerVCpu, {
                self.memory_gib_per_vcpu.has(memory / 1_024.0 / vcpus)
            }),
        ];
        let maker = hardware.cpu_maker;
        let by_kind = [
            (R::CpuManufacturers, {
                self.cpu_makers.is_empty() || maker.is_some_and(|it| self.cpu_makers.contains(&it))
            }),
            (R::InstanceGenerations, {
                match it.is_previous_generation {
                    true => self.previous,
                    false => self.current,
                }
            }),
            (R::BareMetal, self.bare_metal.admits(it.is_bare_metal)),
            (
                R::BurstablePerformance,
                self.burstable.admits(it.is_burstable),
            ),
        ];
        let network_gbps = f64::from(it.network_mbps) / 1_000.0;
        let ebs_mbps = f64::from(it.ebs_baseline_mbps.unwrap_or(0));
        let enis = f64::from(it.max_enis.unwrap_or(0));
        let by_wire = [
            (R::NetworkInterfaceCount, self.network_interfaces.has(enis)),
            (R::NetworkBandwidthGbps, self.network_gbps.has(network_gbps)),
            (R::BaselineEbsBandwidthMbps, self.ebs_mbps.has(ebs_mbps)),
        ];
        let by_skill = [
            (
                R::RequireHibernateSupport,
                !self.must_hibernate || hardware.can_hibernate,
            ),
            (
                R::RequireEncryptionInTransit,
                !self.must_encrypt || hardware.encrypts_in_transit,
            ),
        ];
        let all = by_name.into_iter().chain(by_size).chain(by_kind);
        let all = all.chain(self.by_storage(hardware)).chain(by_wire);
        let mut all = all.chain(self.by_accelerator(hardware)).chain(by_skill);
        all.find(|(_, is_met)| !is_met).map(|(field, _)| field)
    }

    /// What kind instance store volumes are is asked of types that have some (ASSUMPTION: both
    /// kinds are AWS's default, with which types without volumes are chosen).
    fn by_storage(&self, it: &Hardware) -> [(Requirement, bool); 3] {
        use Requirement as R;
        let is_asked_kind = |disk| self.disks.is_empty() || self.disks.contains(&disk);
        [
            (
                R::LocalStorage,
                self.local_storage.admits(it.disk.is_some()),
            ),
            (R::LocalStorageTypes, it.disk.is_none_or(is_asked_kind)),
            (
                R::TotalLocalStorageGB,
                self.storage_gb.has(f64::from(it.storage_gb)),
            ),
        ]
    }

    /// A kind, a maker or a name is met by types with accelerators only. A part of a GPU counts as
    /// EC2 counts it, none; a most of 0 leaves it out all the same (ASSUMPTION: AWS calls that the
    /// way to leave out what has accelerators).
    fn by_accelerator(&self, it: &Hardware) -> [(Requirement, bool); 5] {
        use Requirement as R;
        let it = it.accelerator;
        let count = it.map_or(0, |it| it.count);
        let memory = it.map_or(0, |it| it.memory.0);
        let is_part_of_none = count == 0 && it.is_some() && self.accelerators.max < 1.0;
        let names = &self.accelerator_names;
        [
            (R::AcceleratorCount, {
                self.accelerators.has(f64::from(count)) && !is_part_of_none
            }),
            (R::AcceleratorTypes, {
                let kinds = &self.accelerator_kinds;
                kinds.is_empty() || it.is_some_and(|it| kinds.contains(&it.kind))
            }),
            (R::AcceleratorManufacturers, {
                let makers = &self.accelerator_makers;
                makers.is_empty() || it.is_some_and(|it| makers.contains(&it.maker))
            }),
            (R::AcceleratorNames, {
                let is_named = |name: &str| names.iter().any(|asked| asked == name);
                names.is_empty() || it.is_some_and(|it| is_named(it.name))
            }),
            (
                R::AcceleratorTotalMemoryMiB,
                self.accelerator_memory_mib.has(f64::from(memory)),
            ),
        ]
    }
}

/// Whether a name fits a pattern in which `*` is any text.
pub fn fits(pattern: &str, name: &str) -> bool {
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

#[cfg(test)]
mod tests;
