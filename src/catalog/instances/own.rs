//! Instance types of a scenario's own: hosts that EC2 does not sell, or not yet.
//!
//! They stand beside the catalog and not in it: [`all`](super::all), and with it `fleetcast
//! catalog` and AWS's requirements, knows AWS's types only. An id is made of what the type is, its
//! name included, so it is the same in every run, on every thread, in whatever order scenarios are
//! read; what is remembered here, for the life of the process, is only what an id stands for.

use std::collections::BTreeMap;
use std::sync::{PoisonError, RwLock};

use super::hardware::Hardware;
use super::{Architecture, InstanceType, LimitSource, TaskEnis};
use crate::catalog::prices::{Basis, Price, Sureness};
use crate::ids::InstanceTypeId;
use crate::units::{MiB, PicoUsd};

/// The short name of the source of these types' facts.
pub const SOURCE: &str = "scenario";
/// What tells their ids from places in the catalog.
const BEYOND_CATALOG: u32 = 1 << 31;

/// What a scenario says of a type.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct OwnType {
    /// Its name, which no type of the catalog has.
    pub name: String,
    /// vCPUs.
    pub vcpus: u32,
    /// The nominal memory.
    pub memory: MiB,
    /// What of it registers with ECS; by the rule of thumb if not said.
    pub registered: Option<MiB>,
    /// The processor's architecture.
    pub architecture: Architecture,
    /// GPUs.
    pub gpus: u32,
    /// Tasks of network mode awsvpc without trunking, and with it.
    pub awsvpc_tasks: (u32, Option<u32>),
    /// What an hour costs on demand.
    pub on_demand: PicoUsd,
    /// What an hour costs on Spot, if said.
    pub spot: Option<PicoUsd>,
}

/// A type that is remembered: what was said of it, and the same as the catalog says it of its own.
#[derive(Debug)]
struct Known {
    said: OwnType,
    told: InstanceType,
    charges: [String; 3],
}

static KNOWN: RwLock<BTreeMap<InstanceTypeId, &'static Known>> = RwLock::new(BTreeMap::new());

/// The id of a type.
pub fn register(said: OwnType) -> InstanceTypeId {
    let mut known = KNOWN.write().unwrap_or_else(PoisonError::into_inner);
    let mut id = id_of(&said);
    // Two types of one id: once in 2³¹ pairs.
    while known.get(&id).is_some_and(|other| other.said != said) {
        id = InstanceTypeId(id.0.wrapping_add(1) | BEYOND_CATALOG);
    }
    known
        .entry(id)
        .or_insert_with(|| Box::leak(Box::new(remembered(id, said))));
    id
}

/// Whether an id is that of such a type.
pub fn is_own(id: InstanceTypeId) -> bool {
    BEYOND_CATALOG <= id.0
}

/// The type as the catalog would have it.
///
/// # Panics
/// If nobody registered it.
pub(super) fn get(id: InstanceTypeId) -> &'static InstanceType {
    &known(id)
        .expect("ids of this kind are made by registering")
        .told
}

/// What it registers with ECS, if the scenario says so.
pub(super) fn registered(id: InstanceTypeId) -> Option<MiB> {
    known(id).and_then(|known| known.said.registered)
}

/// What an hour costs, on demand or on Spot.
pub(super) fn price(id: InstanceTypeId, is_spot: bool) -> Option<Price> {
    let said = &known(id)?.said;
    let amount = match is_spot {
        true => said.spot?,
        false => said.on_demand,
    };
    Some(Price {
        amount,
        date: "",
        source: SOURCE,
        sureness: Sureness::Scenario,
        basis: Basis::Scenario,
    })
}

/// What an hour of a type is called on a bill: on demand, on Spot, and its management by ECS.
pub fn names_of(name: &str) -> [String; 3] {
    let before = [
        "ec2_on_demand_hour",
        "ec2_spot_hour",
        "ecs_managed_instances_fee_hour",
    ];
    before.map(|what| format!("{what}_{name}"))
}

/// The same, of a type of one's own.
pub fn charge_names(id: InstanceTypeId) -> Option<&'static [String; 3]> {
    known(id).map(|known| &known.charges)
}

fn known(id: InstanceTypeId) -> Option<&'static Known> {
    let known = KNOWN.read().unwrap_or_else(PoisonError::into_inner);
    known.get(&id).copied()
}

fn id_of(said: &OwnType) -> InstanceTypeId {
    let hash = blake3::hash(format!("{said:?}").as_bytes());
    let [a, b, c, d, ..] = *hash.as_bytes();
    InstanceTypeId(u32::from_le_bytes([a, b, c, d]) | BEYOND_CATALOG)
}

fn remembered(id: InstanceTypeId, said: OwnType) -> Known {
    let (plain, trunked) = said.awsvpc_tasks;
    let told = InstanceType {
        id,
        name: Box::leak(said.name.clone().into_boxed_str()),
        vcpus: said.vcpus,
        memory: said.memory,
        architecture: said.architecture,
        gpus: said.gpus,
        gpu_memory: MiB(0),
        max_enis: Some(plain + 1),
        ipv4_per_eni: None,
        task_enis: TaskEnis {
            plain: Some(plain),
            trunked,
            source: LimitSource::Said,
            is_trunking_refused: trunked.is_none(),
        },
        network_mbps: 0,
        ebs_baseline_mbps: None,
        ebs_max_mbps: None,
        nvme_gb: 0,
        hardware: Hardware::unknown(SOURCE),
        is_bare_metal: false,
        is_burstable: false,
        is_previous_generation: false,
        is_generation_assumed: false,
        source: SOURCE,
    };
    let charges = names_of(&said.name);
    Known {
        said,
        told,
        charges,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::catalog::instances::{EniTrunking, all, get, prices};
    use crate::units::CpuUnits;

    fn host(name: &str, vcpus: u32) -> OwnType {
        OwnType {
            name: name.to_owned(),
            vcpus,
            memory: MiB(204_800),
            registered: Some(MiB(204_800)),
            architecture: Architecture::X86_64,
            gpus: 0,
            awsvpc_tasks: (14, None),
            on_demand: PicoUsd::from_usd(7.5),
            spot: None,
        }
    }

    #[test]
    fn a_type_of_ones_own_is_as_one_of_the_catalog() {
        let id = register(host("dslab.host", 144));
        let it = get(id);
        assert_eq!(
            (it.name, it.family(), it.size()),
            ("dslab.host", "dslab", "host")
        );
        assert_eq!(it.cpu(), CpuUnits(144 * 1024));
        assert_eq!(it.registered_memory().memory, MiB(204_800));
        assert_eq!(it.awsvpc_tasks(EniTrunking::On), Some(14));
        let price = prices::listed(id, "eu-central-1").unwrap();
        assert_eq!((price.amount.usd(), price.source), (7.5, "scenario"));
        assert_eq!(prices::spot(id, "eu-central-1"), None);
        assert!(all().iter().all(|known| known.name != "dslab.host"));
    }

    #[test]
    fn an_id_is_made_of_what_the_type_is() {
        let id = register(host("a.b", 4));
        assert_eq!(register(host("a.b", 4)), id);
        assert_ne!(register(host("a.b", 8)), id);
        assert_ne!(register(host("a.c", 4)), id);
        assert_eq!(get(id).vcpus, 4);
        assert!(is_own(id) && !is_own(all()[0].id));
    }
}
