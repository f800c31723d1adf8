//! Fargate's legal task sizes, platforms and limits (API reference, RegisterTaskDefinition;
//! developer guide 2023).

use thiserror::Error;

use crate::units::{CpuUnits, MiB};

/// What a Fargate task runs on: AWS's `operatingSystemFamily` and `cpuArchitecture` as far as
/// prices differ.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Debug)]
pub enum FargatePlatform {
    /// Linux, `X86_64`.
    LinuxX86,
    /// Linux, `ARM64`.
    LinuxArm,
    /// Any Windows, `X86_64`; there is no Fargate Spot for it.
    Windows,
}

/// Ephemeral storage that every task has and nobody pays for (API reference, EphemeralStorage).
pub const EPHEMERAL_GIB_INCLUDED: u32 = 20;
/// The least ephemeral storage that may be asked for.
pub const EPHEMERAL_GIB_MIN: u32 = 21;
/// The most ephemeral storage that may be asked for.
pub const EPHEMERAL_GIB_MAX: u32 = 200;

const GIB: u32 = 1024;

/// One row of the table of task sizes: a CPU size and the memory that goes with it.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct SizeRow {
    /// The task's CPU.
    pub cpu: CpuUnits,
    /// The least memory.
    pub memory_min: MiB,
    /// The most memory.
    pub memory_max: MiB,
    /// Memory goes up in steps of this from the least (0.25 vCPU: doubles instead, see
    /// [`SizeRow::memories`]).
    pub memory_step: MiB,
    /// The oldest Linux platform version that has it, if not every one does.
    pub minimum_platform_version: Option<&'static str>,
}

/// The legal task sizes (API reference, RegisterTaskDefinition), by CPU.
pub const SIZES: [SizeRow; 7] = [
    row(256, GIB / 2, 2 * GIB, GIB, None),
    row(512, GIB, 4 * GIB, GIB, None),
    row(1024, 2 * GIB, 8 * GIB, GIB, None),
    row(2048, 4 * GIB, 16 * GIB, GIB, None),
    row(4096, 8 * GIB, 30 * GIB, GIB, None),
    row(8192, 16 * GIB, 60 * GIB, 4 * GIB, Some("1.4.0")),
    row(16384, 32 * GIB, 120 * GIB, 8 * GIB, Some("1.4.0")),
];

/// The least CPU of a Windows task (API reference, RegisterTaskDefinition).
pub const WINDOWS_CPU_MIN: CpuUnits = CpuUnits(1024);
/// The most CPU of a Windows task: the two largest sizes are said to need a Linux platform.
pub const WINDOWS_CPU_MAX: CpuUnits = CpuUnits(4096);

/// A task's size.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Debug)]
pub struct TaskSize {
    /// The task's CPU.
    pub cpu: CpuUnits,
    /// The task's memory.
    pub memory: MiB,
}

/// Why Fargate refuses a size.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Error)]
pub enum SizeRefusal {
    /// No row of the table has this CPU.
    #[error("Fargate has no tasks of {} CPU units: 256, 512, 1024, 2048, 4096, 8192 or 16384",
        .0.0)]
    Cpu(CpuUnits),
    /// The CPU is legal, the memory does not go with it.
    #[error("a Fargate task of {} CPU units has {} to {} MiB of memory in steps, not {}",
        row.cpu.0, row.memory_min.0, row.memory_max.0, memory.0)]
    Memory {
        /// The row of the CPU.
        row: SizeRow,
        /// The memory asked for.
        memory: MiB,
    },
    /// The size is for Linux only.
    #[error("a Windows task on Fargate has 1024 to 4096 CPU units, not {}", .0.0)]
    Windows(CpuUnits),
}

/// Whether Fargate runs tasks of this size on this platform.
///
/// ```
/// use fleetcast::catalog::fargate::{FargatePlatform, TaskSize, check_size};
/// use fleetcast::units::{CpuUnits, MiB};
///
/// let size = |cpu, memory| TaskSize { cpu: CpuUnits(cpu), memory: MiB(memory) };
/// assert!(check_size(size(512, 1024), FargatePlatform::LinuxX86).is_ok());
/// let refusal = check_size(size(512, 8192), FargatePlatform::LinuxX86).unwrap_err();
/// let text = "a Fargate task of 512 CPU units has 1024 to 4096 MiB of memory in steps, not 8192";
/// assert_eq!(refusal.to_string(), text);
/// ```
pub fn check_size(
    size: TaskSize,
    platform: FargatePlatform,
) -> Result<&'static SizeRow, SizeRefusal> {
    let row = SIZES
        .iter()
        .find(|row| row.cpu == size.cpu)
        .ok_or(SizeRefusal::Cpu(size.cpu))?;
    if !row.runs_on(platform) {
        return Err(SizeRefusal::Windows(size.cpu));
    }
    if row.memories().all(|memory| memory != size.memory) {
        let memory = size.memory;
        return Err(SizeRefusal::Memory { row: *row, memory });
    }
    Ok(row)
}

/// The smallest legal size that has at least what was asked for; the largest one if none has. For
/// messages ("did you mean"), so the CPU grows only as far as it must.
pub fn nearest_legal(asked: TaskSize, platform: FargatePlatform) -> TaskSize {
    let rows = SIZES.iter().filter(|row| row.runs_on(platform));
    let mut largest = asked;
    for row in rows {
        largest = TaskSize {
            cpu: row.cpu,
            memory: row.memory_max,
        };
        if asked.cpu <= row.cpu
            && let Some(memory) = row.memories().find(|memory| asked.memory <= *memory)
        {
            return TaskSize {
                cpu: row.cpu,
                memory,
            };
        }
    }
    largest
}

/// The smallest legal Linux size that has at least what is asked for; `None` if none has.
pub fn covering(asked: TaskSize) -> Option<TaskSize> {
    let size = nearest_legal(asked, FargatePlatform::LinuxX86);
    (asked.cpu <= size.cpu && asked.memory <= size.memory).then_some(size)
}

impl SizeRow {
    /// The memory sizes that go with this CPU, from the least.
    pub fn memories(&self) -> impl Iterator<Item = MiB> + use<> {
        let SizeRow {
            memory_min,
            memory_max,
            memory_step,
            ..
        } = *self;
        // 0.25 vCPU goes with 0.5, 1 and 2 GB: a half, then whole steps.
        let next = move |memory: &MiB| match MiB(memory.0 + memory_step.0.min(memory.0)) {
            memory if memory <= memory_max => Some(memory),
            _ => None,
        };
        std::iter::successors(Some(memory_min), next)
    }

    /// Whether this CPU size exists on `platform`.
    pub fn runs_on(&self, platform: FargatePlatform) -> bool {
        match platform {
            FargatePlatform::LinuxX86 | FargatePlatform::LinuxArm => true,
            FargatePlatform::Windows => WINDOWS_CPU_MIN <= self.cpu && self.cpu <= WINDOWS_CPU_MAX,
        }
    }
}

impl FargatePlatform {
    /// All platforms.
    pub const ALL: [FargatePlatform; 3] = [
        FargatePlatform::LinuxX86,
        FargatePlatform::LinuxArm,
        FargatePlatform::Windows,
    ];

    /// The name in meters and price items.
    pub const fn name(self) -> &'static str {
        match self {
            FargatePlatform::LinuxX86 => "x86",
            FargatePlatform::LinuxArm => "arm",
            FargatePlatform::Windows => "windows",
        }
    }

    /// The oldest platform version on which FARGATE_SPOT runs such tasks; `None`: never (no Windows
    /// on Spot). (API reference, CapacityProviderStrategyItem.)
    pub const fn minimum_spot_platform_version(self) -> Option<&'static str> {
        match self {
            FargatePlatform::LinuxX86 => Some("1.3.0"),
            FargatePlatform::LinuxArm => Some("1.4.0"),
            FargatePlatform::Windows => None,
        }
    }
}

/// Whether a task may ask for so much ephemeral storage; the 20 GiB included need not be asked for.
pub const fn is_legal_ephemeral_gib(gib: u32) -> bool {
    EPHEMERAL_GIB_MIN <= gib && gib <= EPHEMERAL_GIB_MAX
}

/// The GiB of ephemeral storage that are paid for.
pub const fn paid_ephemeral_gib(gib: u32) -> u32 {
    gib.saturating_sub(EPHEMERAL_GIB_INCLUDED)
}

const fn row(
    cpu: u32,
    memory_min: u32,
    memory_max: u32,
    memory_step: u32,
    minimum_platform_version: Option<&'static str>,
) -> SizeRow {
    SizeRow {
        cpu: CpuUnits(cpu),
        memory_min: MiB(memory_min),
        memory_max: MiB(memory_max),
        memory_step: MiB(memory_step),
        minimum_platform_version,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn size(cpu: u32, memory: u32) -> TaskSize {
        TaskSize {
            cpu: CpuUnits(cpu),
            memory: MiB(memory),
        }
    }

    /// API RegisterTaskDefinition, in GiB.
    #[test]
    fn the_memories_of_each_cpu_are_those_of_the_api_reference() {
        let memories = |row: usize| -> Vec<f64> { SIZES[row].memories().map(MiB::gib).collect() };
        let steps = |from: u32, to: u32, step: usize| -> Vec<f64> {
            (from..=to).step_by(step).map(f64::from).collect()
        };
        assert_eq!(memories(0), [0.5, 1.0, 2.0]);
        assert_eq!(memories(1), steps(1, 4, 1));
        assert_eq!(memories(2), steps(2, 8, 1));
        assert_eq!(memories(3), steps(4, 16, 1));
        assert_eq!(memories(4), steps(8, 30, 1));
        assert_eq!(memories(5), steps(16, 60, 4));
        assert_eq!(memories(6), steps(32, 120, 8));
    }

    #[test]
    fn an_illegal_size_is_answered_with_the_nearest_larger_one() {
        let nearest = |asked| nearest_legal(asked, FargatePlatform::LinuxX86);
        assert_eq!(nearest(size(300, 700)), size(512, 1024));
        assert_eq!(nearest(size(256, 8192)), size(1024, 8192));
        assert_eq!(nearest(size(256, 1536)), size(256, 2048));
        assert_eq!(nearest(size(0, 0)), size(256, 512));
        assert_eq!(nearest(size(99_999, 1)), size(16384, 120 * 1024));
    }

    #[test]
    fn windows_has_one_to_four_vcpus_and_no_spot() {
        let windows = FargatePlatform::Windows;
        let refusal = |cpu, memory| check_size(size(cpu, memory), windows);
        assert_eq!(refusal(512, 1024), Err(SizeRefusal::Windows(CpuUnits(512))));
        assert_eq!(
            refusal(8192, 16384),
            Err(SizeRefusal::Windows(CpuUnits(8192)))
        );
        assert!(refusal(1024, 2048).is_ok());
        assert_eq!(nearest_legal(size(256, 512), windows), size(1024, 2048));
        assert_eq!(windows.minimum_spot_platform_version(), None);
    }

    #[test]
    fn the_nearest_legal_size_is_legal_and_a_legal_size_its_own_nearest() {
        for platform in FargatePlatform::ALL {
            for cpu in (0..20_000).step_by(128) {
                for memory in (0..130_000).step_by(512) {
                    let nearest = nearest_legal(size(cpu, memory), platform);
                    assert!(check_size(nearest, platform).is_ok());
                    let legal = check_size(size(cpu, memory), platform).is_ok();
                    assert_eq!(legal, nearest == size(cpu, memory));
                }
            }
        }
    }

    #[test]
    fn twenty_gib_of_ephemeral_storage_are_free() {
        assert!(!is_legal_ephemeral_gib(20));
        assert!(is_legal_ephemeral_gib(21) && is_legal_ephemeral_gib(200));
        assert!(!is_legal_ephemeral_gib(201));
        assert_eq!((paid_ephemeral_gib(20), paid_ephemeral_gib(50)), (0, 30));
    }
}
