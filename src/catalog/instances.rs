//! EC2 instance types: what each is and what ECS sees of it. [`prices`] has what it costs,
//! [`advisor`] what the Spot Instance Advisor says of it, [`burst`] the CPU credits of the T
//! families, [`hardware`] what InstanceRequirements ask of it beside its size.
//!
//! The tables beside this file (`ec2_*.csv`) are made by `tools/instance_tables.py` and
//! `tools/instance_hardware.py`; `sources.csv` says what their source names stand for
//! ([`source_description`]). Each is read once, when it is first asked for. A simulation keeps an
//! [`InstanceTypeId`], never a name.
//!
//! ```
//! use fleetcast::catalog::instances::{EniTrunking, find, get};
//!
//! let c5_large = get(find("c5.large").unwrap());
//! assert_eq!(c5_large.vcpus, 2);
//! assert_eq!(c5_large.awsvpc_tasks(EniTrunking::Off), Some(2));
//! assert_eq!(c5_large.awsvpc_tasks(EniTrunking::On), Some(10));
//! let wrong = find("c5.lagre").unwrap_err();
//! assert_eq!(wrong.to_string(), "there is no instance type \"c5.lagre\"");
//! assert_eq!(wrong.help().unwrap(), "did you mean \"c5.large\"?");
//! ```
//!
//! [`source_description`]: crate::catalog::prices::source_description

use std::sync::OnceLock;

use crate::ids::InstanceTypeId;
use crate::units::{CpuUnits, MiB};

pub mod advisor;
pub mod burst;
pub mod hardware;
pub mod memory;
pub mod own;
pub mod prices;
mod table;
mod unknown;

pub use unknown::{UnknownInstanceType, nearest};

/// Where EC2's own facts of a type come from, if not from a capture of DescribeInstanceTypes.
const SPECIFICATION_SOURCE: &str = "karpenter";
/// The source of the types that [`SPECIFICATION_SOURCE`] lacks.
const CAPTURE_SOURCE: &str = "describe-2025";

/// An EC2 instance type. Figures are EC2's defaults, for the whole instance where nothing else is
/// said.
#[derive(Clone, Copy, PartialEq, Debug)]
pub struct InstanceType {
    /// Its place in the catalog, or what stands for a type of a scenario's own ([`own`]).
    pub id: InstanceTypeId,
    /// AWS's name: `m6i.large`.
    pub name: &'static str,
    /// vCPUs.
    pub vcpus: u32,
    /// The nominal memory; less is registered with ECS ([`InstanceType::registered_memory`]).
    pub memory: MiB,
    /// The processor's architecture.
    pub architecture: Architecture,
    /// Whole GPUs. None for the types with a fraction of one (g6f, gr6f), as EC2 counts them.
    pub gpus: u32,
    /// The memory of one GPU, or of the fraction.
    pub gpu_memory: MiB,
    /// Network interfaces over all network cards.
    pub max_enis: Option<u32>,
    /// IPv4 addresses of one interface.
    pub ipv4_per_eni: Option<u32>,
    /// How many tasks of network mode awsvpc it holds.
    pub task_enis: TaskEnis,
    /// Network bandwidth that it sustains, in Mbit/s.
    pub network_mbps: u32,
    /// Bandwidth to EBS that it sustains, in Mbit/s; none where EC2 sets none apart for EBS.
    pub ebs_baseline_mbps: Option<u32>,
    /// The most bandwidth to EBS, for bursts, in Mbit/s, where known.
    pub ebs_max_mbps: Option<u32>,
    /// Local NVMe storage in GB.
    pub nvme_gb: u32,
    /// Its processor's maker, instance store volumes and accelerators.
    pub hardware: hardware::Hardware,
    /// Without a hypervisor.
    pub is_bare_metal: bool,
    /// Of a family with CPU credits ([`burst`]).
    pub is_burstable: bool,
    /// AWS calls it a previous generation.
    pub is_previous_generation: bool,
    /// That it is a current generation is an ASSUMPTION: its family is younger than the capture of
    /// DescribeInstanceTypes of March 2025.
    pub is_generation_assumed: bool,
    /// The short name of the source of these facts.
    pub source: &'static str,
}

/// The architecture, named as in ECS's attribute `ecs.cpu-architecture`.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Debug)]
pub enum Architecture {
    /// `x86_64`.
    X86_64,
    /// `arm64`.
    Arm64,
}

/// Task ENIs: how many tasks of network mode awsvpc an instance holds.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct TaskEnis {
    /// Without trunking: a task an interface, but for the primary one.
    pub plain: Option<u32>,
    /// With the account setting `awsvpcTrunking`; none if the type does not support it.
    pub trunked: Option<u32>,
    /// Where the two come from.
    pub source: LimitSource,
    /// ECS's guide of June 2023 says that the type does not support trunking, although EC2 could
    /// attach branch interfaces to many such types. For 15 types (m5n and m5zn most of all) the
    /// guide's tables give a limit all the same; the stricter sentence counts here.
    pub is_trunking_refused: bool,
}

/// Where the limits of tasks come from.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum LimitSource {
    /// The tables of ECS's developer guide, June 2023.
    Documented,
    /// EC2's limits of interfaces: those less one (the primary) without trunking; with trunking
    /// branch interfaces and interfaces less two (the primary and the trunk). It gives the
    /// documented figure for 422 of the 432 types that can be compared.
    Derived,
    /// The scenario, of a type of its own.
    Said,
}

/// The account setting `awsvpcTrunking` when an instance was launched.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum EniTrunking {
    /// Not opted in.
    Off,
    /// Opted in. Types without support work as if it were off.
    On,
}

impl InstanceType {
    /// The family: `m6i` of `m6i.large`.
    pub fn family(&self) -> &'static str {
        self.name
            .split_once('.')
            .map_or(self.name, |(family, _)| family)
    }

    /// The size: `large` of `m6i.large`.
    pub fn size(&self) -> &'static str {
        self.name.split_once('.').map_or("", |(_, size)| size)
    }

    /// A key that sorts types as people list them: by family, the smaller sizes first, bare metal
    /// last.
    pub fn by_size(&self) -> (&'static str, bool, u32, MiB, &'static str) {
        let family = self.family();
        (
            family,
            self.is_bare_metal,
            self.vcpus,
            self.memory,
            self.name,
        )
    }

    /// What an instance registers with ECS: 1,024 units a vCPU (API reference,
    /// ContainerDefinition).
    pub fn cpu(&self) -> CpuUnits {
        CpuUnits(self.vcpus * CpuUnits::PER_VCPU)
    }

    /// How many tasks of network mode awsvpc an instance holds; none if nobody says.
    pub fn awsvpc_tasks(&self, trunking: EniTrunking) -> Option<u32> {
        match trunking {
            EniTrunking::Off => self.task_enis.plain,
            EniTrunking::On => self.task_enis.trunked.or(self.task_enis.plain),
        }
    }
}

impl Architecture {
    /// Both.
    pub const ALL: [Architecture; 2] = [Architecture::X86_64, Architecture::Arm64];

    /// The name in ECS and EC2.
    pub const fn name(self) -> &'static str {
        match self {
            Architecture::X86_64 => "x86_64",
            Architecture::Arm64 => "arm64",
        }
    }
}

impl LimitSource {
    /// The short name of its source.
    pub const fn source(self) -> &'static str {
        match self {
            LimitSource::Documented => "ecs-docs-2023",
            LimitSource::Derived => SPECIFICATION_SOURCE,
            LimitSource::Said => own::SOURCE,
        }
    }
}

/// All types, by name; an [`InstanceTypeId`] is the place in it.
pub fn all() -> &'static [InstanceType] {
    static TYPES: OnceLock<Vec<InstanceType>> = OnceLock::new();
    TYPES.get_or_init(table::read_types)
}

/// The type with this id, of the catalog or a scenario's own.
pub fn get(id: InstanceTypeId) -> &'static InstanceType {
    match own::is_own(id) {
        true => own::get(id),
        false => &all()[id.index()],
    }
}

/// The type of this name, spelt as AWS does; what may have been meant otherwise. Takes a binary
/// search.
pub fn find(name: &str) -> Result<InstanceTypeId, UnknownInstanceType> {
    all()
        .binary_search_by(|known| known.name.cmp(name))
        .map(InstanceTypeId::from_index)
        .map_err(|_| UnknownInstanceType::new(name))
}

/// The types of a family, smallest first; none if there is no such family.
pub fn family(name: &str) -> Vec<&'static InstanceType> {
    let mut sizes: Vec<&InstanceType> = all()
        .iter()
        .filter(|known| known.family() == name)
        .collect();
    sizes.sort_by_key(|known| known.by_size());
    sizes
}

#[cfg(test)]
mod tests;
