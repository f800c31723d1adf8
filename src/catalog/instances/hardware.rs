//! What EC2 says of a type's hardware beside its size: who makes the processor, instance store
//! volumes, accelerators, hibernation. InstanceRequirements choose by it.
//!
//! The table (`ec2_hardware.csv`) is made by `tools/instance_hardware.py` of two captures of
//! DescribeInstanceTypes: one of October 2026, and one of March 2025 for 20 types that EC2 withdrew
//! since.
//!
//! ```
//! use fleetcast::catalog::instances::{find, get};
//!
//! let g5 = get(find("g5.12xlarge").unwrap()).hardware;
//! assert_eq!(g5.accelerator.unwrap().to_string(), "4 a10g");
//! assert_eq!(g5.cpu_maker.unwrap().name(), "amd");
//! assert_eq!(g5.storage_gb, 3800);
//! ```

use std::fmt;
use std::sync::OnceLock;

use crate::units::MiB;

/// The short name of the source of the newer capture.
pub const SOURCE: &str = "describe-2026";
/// The same of the older.
pub const OLDER_SOURCE: &str = "describe-2025-03";

const TABLE: &str = include_str!("../ec2_hardware.csv");
/// What a table that a test has read through is held to.
const TESTED: &str = "a test reads every row of the table";

/// What a type is made of.
#[derive(Clone, Copy, PartialEq, Debug)]
pub struct Hardware {
    /// Who makes its processor; not known of a scenario's own types.
    pub cpu_maker: Option<CpuMaker>,
    /// All its instance store volumes, in GB.
    pub storage_gb: u32,
    /// What those volumes are, if there are any.
    pub disk: Option<Disk>,
    /// GPUs and the like, if there are any.
    pub accelerator: Option<Accelerator>,
    /// Whether an On-Demand Instance of it can hibernate.
    pub can_hibernate: bool,
    /// Whether it encrypts what goes to other instances.
    pub encrypts_in_transit: bool,
    /// The short name of the source.
    pub source: &'static str,
}

/// The accelerators of a type, which are all of one kind.
#[derive(Clone, Copy, PartialEq, Debug)]
pub struct Accelerator {
    /// How many; 0 where it is a part of one (g6f, gr6f), as EC2 counts those.
    pub count: u32,
    /// Who makes it.
    pub maker: AcceleratorMaker,
    /// What it is for.
    pub kind: AcceleratorKind,
    /// Its name as InstanceRequirements spell it, or would: they have no word for the newest.
    pub name: &'static str,
    /// The memory of all together.
    pub memory: MiB,
}

/// Who makes a processor.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum CpuMaker {
    /// `intel`.
    Intel,
    /// `amd`.
    Amd,
    /// `amazon-web-services`.
    Aws,
    /// `apple`.
    Apple,
}

/// What an instance store volume is.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Disk {
    /// `hdd`.
    Hdd,
    /// `ssd`.
    Ssd,
}

/// Who makes an accelerator.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum AcceleratorMaker {
    /// `amazon-web-services`.
    Aws,
    /// `amd`.
    Amd,
    /// `nvidia`.
    Nvidia,
    /// `xilinx`.
    Xilinx,
    /// `habana`.
    Habana,
    /// Of dl2q; InstanceRequirements have no word for it.
    Qualcomm,
}

/// What an accelerator is for. Trainium, of which EC2 does not say it, is taken as inference
/// (ASSUMPTION).
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum AcceleratorKind {
    /// `gpu`.
    Gpu,
    /// `fpga`.
    Fpga,
    /// `inference`.
    Inference,
    /// `media`.
    Media,
}

impl CpuMaker {
    /// AWS's words (EC2 API reference, InstanceRequirementsRequest, 2026-11).
    pub const WORDS: [(&'static str, CpuMaker); 4] = [
        ("intel", CpuMaker::Intel),
        ("amd", CpuMaker::Amd),
        ("amazon-web-services", CpuMaker::Aws),
        ("apple", CpuMaker::Apple),
    ];

    /// AWS's word.
    pub fn name(self) -> &'static str {
        word(&Self::WORDS, self)
    }
}

impl Disk {
    /// AWS's words (EC2 API reference, InstanceRequirementsRequest, 2026-11).
    pub const WORDS: [(&'static str, Disk); 2] = [("hdd", Disk::Hdd), ("ssd", Disk::Ssd)];

    /// AWS's word.
    pub fn name(self) -> &'static str {
        word(&Self::WORDS, self)
    }
}

impl AcceleratorMaker {
    /// AWS's words (EC2 API reference, InstanceRequirementsRequest, 2026-11).
    pub const WORDS: [(&'static str, AcceleratorMaker); 5] = [
        ("amazon-web-services", AcceleratorMaker::Aws),
        ("amd", AcceleratorMaker::Amd),
        ("nvidia", AcceleratorMaker::Nvidia),
        ("xilinx", AcceleratorMaker::Xilinx),
        ("habana", AcceleratorMaker::Habana),
    ];

    /// AWS's word, or one like them.
    pub fn name(self) -> &'static str {
        match self {
            AcceleratorMaker::Qualcomm => "qualcomm",
            known => word(&Self::WORDS, known),
        }
    }
}

impl AcceleratorKind {
    /// AWS's words (EC2 API reference, InstanceRequirementsRequest, 2026-11).
    pub const WORDS: [(&'static str, AcceleratorKind); 4] = [
        ("gpu", AcceleratorKind::Gpu),
        ("fpga", AcceleratorKind::Fpga),
        ("inference", AcceleratorKind::Inference),
        ("media", AcceleratorKind::Media),
    ];

    /// AWS's word.
    pub fn name(self) -> &'static str {
        word(&Self::WORDS, self)
    }
}

/// AWS's names of accelerators, which are fewer than EC2 has (EC2 API reference,
/// InstanceRequirementsRequest, 2026-11).
pub const ACCELERATOR_NAMES: [&str; 19] = [
    "a100",
    "a10g",
    "gaudi-hl-205",
    "h100",
    "inferentia",
    "inferentia2",
    "k520",
    "k80",
    "l4",
    "l40s",
    "m60",
    "radeon-pro-v520",
    "t4",
    "t4g",
    "trainium",
    "trainium2",
    "u30",
    "v100",
    "vu9p",
];

fn word<T: PartialEq>(words: &[(&'static str, T)], of: T) -> &'static str {
    let found = words.iter().find(|(_, known)| *known == of);
    found.expect("every one has a word").0
}

impl fmt::Display for Accelerator {
    /// `4 a10g`, or `part l4`.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.count {
            0 => write!(f, "part {}", self.name),
            count => write!(f, "{count} {}", self.name),
        }
    }
}

/// The figures that fill what the table of types leaves open.
#[derive(Clone, Copy, Debug)]
pub(super) struct Row {
    pub(super) name: &'static str,
    pub(super) hardware: Hardware,
    pub(super) ebs_baseline_mbps: Option<u32>,
    pub(super) max_enis: u32,
}

/// All rows, in the order of the table of types.
pub(super) fn rows() -> &'static [Row] {
    static ROWS: OnceLock<Vec<Row>> = OnceLock::new();
    ROWS.get_or_init(|| TABLE.lines().skip(1).map(read).collect())
}

impl Hardware {
    /// Of which nothing is known.
    pub(super) const fn unknown(source: &'static str) -> Self {
        Hardware {
            cpu_maker: None,
            storage_gb: 0,
            disk: None,
            accelerator: None,
            can_hibernate: false,
            encrypts_in_transit: false,
            source,
        }
    }
}

fn read(line: &'static str) -> Row {
    let fields: Vec<&'static str> = line.split(',').collect();
    let [
        name,
        cpu,
        gb,
        disk,
        ebs,
        enis,
        count,
        maker,
        kind,
        model,
        memory,
        flags,
    ] = fields[..]
    else {
        panic!("{TESTED}");
    };
    let number = |text: &str| (!text.is_empty()).then(|| text.parse::<u32>().expect(TESTED));
    let accelerator = number(count).map(|count| Accelerator {
        count,
        maker: match maker {
            "n" => AcceleratorMaker::Nvidia,
            "m" => AcceleratorMaker::Amd,
            "w" => AcceleratorMaker::Aws,
            "x" => AcceleratorMaker::Xilinx,
            "h" => AcceleratorMaker::Habana,
            _ => AcceleratorMaker::Qualcomm,
        },
        kind: match kind {
            "g" => AcceleratorKind::Gpu,
            "f" => AcceleratorKind::Fpga,
            "i" => AcceleratorKind::Inference,
            _ => AcceleratorKind::Media,
        },
        name: model,
        memory: MiB(number(memory).expect(TESTED)),
    });
    let hardware = Hardware {
        cpu_maker: Some(match cpu {
            "i" => CpuMaker::Intel,
            "m" => CpuMaker::Amd,
            "w" => CpuMaker::Aws,
            _ => CpuMaker::Apple,
        }),
        storage_gb: number(gb).unwrap_or(0),
        disk: match disk {
            "s" => Some(Disk::Ssd),
            "h" => Some(Disk::Hdd),
            _ => None,
        },
        accelerator,
        can_hibernate: flags.contains('h'),
        encrypts_in_transit: flags.contains('e'),
        source: match flags.contains('o') {
            true => OLDER_SOURCE,
            false => SOURCE,
        },
    };
    Row {
        name,
        hardware,
        ebs_baseline_mbps: number(ebs),
        max_enis: number(enis).expect(TESTED),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::catalog::instances::{InstanceType, all, find, get};
    use crate::catalog::prices::source_description;

    fn known(name: &str) -> Hardware {
        get(find(name).unwrap()).hardware
    }

    #[test]
    fn every_type_has_its_row_and_the_captures_agree_with_the_table_of_types() {
        let header = "name,cpu,disk_gb,disk,ebs_baseline_mbps,enis,accelerators,accelerator_maker,\
                      accelerator_type,accelerator,accelerator_total_mib,flags";
        assert_eq!(TABLE.lines().next(), Some(header));
        assert_eq!(rows().len(), all().len());
        for (row, it) in rows().iter().zip(all()) {
            assert_eq!(row.name, it.name);
            let hardware = it.hardware;
            assert_eq!(hardware, row.hardware);
            assert_eq!(
                hardware.disk.is_some(),
                0 < hardware.storage_gb,
                "{}",
                it.name
            );
            assert!(
                it.nvme_gb == 0 || it.nvme_gb == hardware.storage_gb,
                "{}",
                it.name
            );
            assert_eq!(it.max_enis, Some(row.max_enis), "{}", it.name);
            assert!(source_description(hardware.source).is_some());
            let gpus = hardware
                .accelerator
                .filter(|it| it.kind == AcceleratorKind::Gpu);
            assert_eq!(gpus.map_or(0, |it| it.count), it.gpus, "{}", it.name);
            // EC2 rounds the memory of one.
            let each = it.gpu_memory.0 * it.gpus.max(1);
            let off = gpus.map_or(0, |it| it.memory.0).abs_diff(each);
            assert!(off <= each / 20, "{}: {off} of {each}", it.name);
        }
    }

    #[test]
    fn so_many_types_have_each_fact() {
        let count =
            |is_one: fn(&InstanceType) -> bool| all().iter().filter(|it| is_one(it)).count();
        let made = |maker| {
            all()
                .iter()
                .filter(|it| it.hardware.cpu_maker == Some(maker))
                .count()
        };
        assert_eq!(
            CpuMaker::WORDS.map(|(_, maker)| made(maker)),
            [754, 229, 396, 4]
        );
        assert_eq!(count(|it| it.hardware.disk == Some(Disk::Ssd)), 547);
        assert_eq!(count(|it| it.hardware.disk == Some(Disk::Hdd)), 27);
        assert_eq!(count(|it| it.hardware.accelerator.is_some()), 99);
        assert_eq!(count(|it| it.hardware.can_hibernate), 570);
        assert_eq!(count(|it| it.hardware.source == OLDER_SOURCE), 20);
        assert_eq!(count(|it| it.ebs_baseline_mbps.is_none()), 19);
    }

    /// EC2 user guide, accelerated computing and storage optimized instances.
    #[test]
    fn accelerators_and_disks_are_those_of_ec2() {
        let said = |name| known(name).accelerator.unwrap().to_string();
        assert_eq!(said("p4d.24xlarge"), "8 a100");
        assert_eq!(said("g4dn.xlarge"), "1 t4");
        assert_eq!(said("inf1.6xlarge"), "4 inferentia");
        assert_eq!(said("g6f.large"), "part l4");
        assert_eq!(
            known("trn1.2xlarge").accelerator.unwrap().memory,
            MiB(32_768)
        );
        assert_eq!(
            known("p3.2xlarge").accelerator.unwrap().maker,
            AcceleratorMaker::Nvidia
        );
        assert_eq!(known("d3.xlarge").disk, Some(Disk::Hdd));
        assert_eq!(
            (known("i3.large").storage_gb, known("i3.large").disk),
            (475, Some(Disk::Ssd))
        );
        assert_eq!(known("m5.large").storage_gb, 0);
        assert_eq!(known("mac1.metal").cpu_maker, Some(CpuMaker::Intel));
        assert_eq!(known("g5.xlarge").cpu_maker, Some(CpuMaker::Amd));
    }

    #[test]
    fn what_has_no_word_in_aws_is_named_all_the_same() {
        let has_word = |it: &Accelerator| ACCELERATOR_NAMES.contains(&it.name);
        let accelerators = all().iter().filter_map(|it| it.hardware.accelerator);
        let mut without: Vec<&str> = accelerators
            .filter(|it| !has_word(it))
            .map(|it| it.name)
            .collect();
        without.sort_unstable();
        without.dedup();
        let newest = ["b200", "b300", "h200", "qualcomm-ai100", "rtx-pro-4500"];
        assert_eq!(
            without,
            [&newest[..], &["rtx-pro-server-6000", "vu47p"]].concat()
        );
        let dl2q = known("dl2q.24xlarge").accelerator.unwrap();
        assert_eq!(dl2q.maker.name(), "qualcomm");
    }
}
