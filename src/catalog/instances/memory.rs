//! How much memory an instance registers with ECS.
//!
//! The agent registers what the operating system reports, which is less than the nominal size,
//! minus `ECS_RESERVED_MEMORY` (API reference, ContainerDefinition; developer guide 2023, memory
//! management). It changes by a few MiB between AMI releases.

use super::{InstanceType, own};
use crate::units::MiB;

/// Measured on Linux: type, MiB, source.
const MEASURED: [(&str, u32, &str); 3] = [
    // 8,373,026,816 bytes; Windows registers 8,191 MiB.
    ("m4.large", 7985, "ecs-docs-2023"),
    // 15,042 to 15,043 MiB, by AMI.
    ("c4.2xlarge", 15042, "ecs-agent-399"),
    ("inf1.xlarge", 7679, "ecs-agent-3331"),
];

/// ASSUMPTION, for types without a measurement: the operating system reports
/// [`UNREPORTED_MIB`] and [`UNREPORTED_PER_MILLE`] of the nominal memory less, but never lacks more
/// than [`UNREPORTED_PER_MILLE_MAX`] of it.
///
/// Fitted by eye to what EKS nodes of 37 types lack (source `karpenter-memory`): for 2 to 1,536
/// GiB it differs from them by at most 3.8 % of the nominal size, by less than 2 % but for three
/// types, and by less than 1 % for most of the newer ones. Of 8 GiB it registers 95 %.
pub const UNREPORTED_MIB: u32 = 150;
/// See [`UNREPORTED_MIB`].
pub const UNREPORTED_PER_MILLE: u32 = 32;
/// See [`UNREPORTED_MIB`]; it counts below 2 GiB.
pub const UNREPORTED_PER_MILLE_MAX: u32 = 100;

/// What an instance registers, and how that is known.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct RegisteredMemory {
    /// Linux, with `ECS_RESERVED_MEMORY` at its default of 0.
    pub memory: MiB,
    /// The short name of the measurement's source; none for the rule of thumb.
    pub measured: Option<&'static str>,
}

impl InstanceType {
    /// What an instance of this type registers with ECS on Linux.
    pub fn registered_memory(&self) -> RegisteredMemory {
        if let Some(memory) = own::registered(self.id) {
            let measured = Some(own::SOURCE);
            return RegisteredMemory { memory, measured };
        }
        let measured = MEASURED.iter().find(|(name, _, _)| *name == self.name);
        match measured {
            Some((_, mib, source)) => RegisteredMemory {
                memory: MiB(*mib),
                measured: Some(source),
            },
            None => RegisteredMemory {
                memory: rule_of_thumb(self.memory),
                measured: None,
            },
        }
    }
}

/// What remains with the agent's setting `ECS_RESERVED_MEMORY`.
pub const fn after_reserved(registered: MiB, ecs_reserved_memory: MiB) -> MiB {
    MiB(registered.0.saturating_sub(ecs_reserved_memory.0))
}

/// What an instance of this nominal size registers where nobody measured: see [`UNREPORTED_MIB`].
pub const fn rule_of_thumb(nominal: MiB) -> MiB {
    let share = per_mille(nominal, UNREPORTED_PER_MILLE) + UNREPORTED_MIB;
    let most = per_mille(nominal, UNREPORTED_PER_MILLE_MAX);
    let unreported = if share < most { share } else { most };
    MiB(nominal.0 - unreported)
}

const fn per_mille(memory: MiB, share: u32) -> u32 {
    (memory.0 as u64 * share as u64 / 1000) as u32
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::catalog::instances::{all, find, get};
    use crate::catalog::prices::source_description;

    fn registered(name: &str) -> MiB {
        get(find(name).unwrap()).registered_memory().memory
    }

    /// CAP-E26; ECS developer guide, memory management: m4.large on Linux.
    #[test]
    fn an_m4_large_has_no_room_for_a_task_of_its_nominal_memory() {
        let m4_large = get(find("m4.large").unwrap());
        assert_eq!(m4_large.memory, MiB(8192));
        assert_eq!(registered("m4.large"), MiB(7985));
        assert!(registered("m4.large") < MiB(8192));
    }

    /// CAP-E27: ECS_RESERVED_MEMORY=256; ECS developer guide, memory management.
    #[test]
    fn reserved_memory_is_not_registered() {
        assert_eq!(after_reserved(registered("m4.large"), MiB(256)), MiB(7729));
        assert_eq!(after_reserved(MiB(100), MiB(256)), MiB(0));
    }

    #[test]
    fn measurements_name_known_types_and_sources() {
        for (name, mib, source) in MEASURED {
            let found = get(find(name).unwrap());
            assert!(mib < found.memory.0, "{name}");
            assert!(source_description(source).is_some(), "{source}");
        }
    }

    /// EKS nodes (`karpenter-memory`): 95 to 96 % of 8 GiB on Nitro types.
    #[test]
    fn of_8_gib_95_percent_are_registered() {
        assert_eq!(rule_of_thumb(MiB(8192)), MiB(7780));
        assert_eq!(rule_of_thumb(MiB(512)), MiB(461));
        assert_eq!(rule_of_thumb(MiB(0)), MiB(0));
        for known in all() {
            let share = f64::from(rule_of_thumb(known.memory).0) / f64::from(known.memory.0);
            assert!((0.9..0.97).contains(&share), "{} {share}", known.name);
        }
    }

    /// MiB that EKS nodes lack (karpenter, zz_generated.memory_overhead.go, 2023).
    #[test]
    fn the_rule_of_thumb_is_near_what_nodes_of_eks_report() {
        let lacking = [
            ("a1.medium", 241),
            ("c3.large", 127),
            ("c4.8xlarge", 1112),
            ("c5.large", 405),
            ("c5.24xlarge", 7501),
            ("c5a.large", 253),
            ("c6g.medium", 209),
            ("c6g.16xlarge", 4558),
            ("c6i.large", 273),
            ("c6i.32xlarge", 8313),
            ("d2.xlarge", 662),
            ("g4dn.xlarge", 700),
            ("g5.48xlarge", 20552),
            ("i3.16xlarge", 7961),
            ("i4i.32xlarge", 32697),
            ("m4.large", 266),
            ("m4.10xlarge", 2712),
            ("m5.large", 559),
            ("m5.xlarge", 868),
            ("m5.24xlarge", 10573),
            ("m5a.24xlarge", 13094),
            ("m6a.48xlarge", 28648),
            ("m6g.large", 452),
            ("m6i.large", 405),
            ("m6i.4xlarge", 2270),
            ("m7a.medium", 311),
            ("m7g.large", 420),
            ("m7i.48xlarge", 24616),
            ("p3.2xlarge", 1198),
            ("r4.16xlarge", 7961),
            ("r5.large", 699),
            ("r5.24xlarge", 20749),
            ("r6a.48xlarge", 57072),
            ("r6g.16xlarge", 14585),
            ("t3.micro", 104),
            ("t3.small", 131),
            ("t3.medium", 253),
        ];
        assert_eq!(lacking.len(), 37);
        let mut beyond_2_percent = 0;
        for (name, mib) in lacking {
            let nominal = get(find(name).unwrap()).memory;
            let off = f64::from(rule_of_thumb(nominal).0) - f64::from(nominal.0 - mib);
            let off = off.abs() / f64::from(nominal.0);
            assert!(off < 0.039, "{name} {off}");
            beyond_2_percent += usize::from(0.02 < off);
        }
        assert_eq!(beyond_2_percent, 3);
    }
}
