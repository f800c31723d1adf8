//! Reads the embedded tables of instance types, prices and Spot figures.

use super::{
    Architecture, CAPTURE_SOURCE, InstanceType, LimitSource, SPECIFICATION_SOURCE, TaskEnis, all,
    hardware,
};
use crate::ids::InstanceTypeId;
use crate::units::MiB;

const TYPES: &str = include_str!("../ec2_types.csv");

/// What a table that a test has read through is held to.
const TESTED: &str = "a test reads every row of the table";

/// The columns of [`TYPES`], as `tools/instance_tables.py` writes them.
#[cfg(test)]
pub(super) const COLUMNS: &str = "name,vcpu,memory_mib,arch,gpus,gpu_memory_mib,enis,ipv4_per_eni,\
                                  tasks,trunked_tasks,network_mbps,ebs_baseline_mbps,ebs_max_mbps,\
                                  nvme_gb,flags";

/// A table with a row a type and a column a region.
pub(super) struct ByRegion<T> {
    regions: Vec<&'static str>,
    dates: Vec<&'static str>,
    sources: Vec<&'static str>,
    /// By type, then by region.
    cells: Vec<Option<T>>,
}

/// One column of [`ByRegion`].
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(super) struct Column {
    index: usize,
    /// The region.
    pub(super) region: &'static str,
    /// The day or month of its figures.
    pub(super) date: &'static str,
    /// The short name of their source.
    pub(super) source: &'static str,
}

/// All types, sorted by name as in the table.
pub(super) fn read_types() -> Vec<InstanceType> {
    TYPES
        .lines()
        .skip(1)
        .enumerate()
        .map(|(index, line)| read_type(InstanceTypeId::from_index(index), line))
        .collect()
}

/// The header of the table of types.
#[cfg(test)]
pub(super) fn header() -> &'static str {
    TYPES.lines().next().unwrap_or("")
}

fn read_type(id: InstanceTypeId, line: &'static str) -> InstanceType {
    let mut fields = line.split(',');
    let mut field = || fields.next().expect(TESTED);
    let name = field();
    let mut number = || match field() {
        "" => None,
        text => Some(text.parse::<u32>().expect(TESTED)),
    };
    let (vcpus, memory) = (number().expect(TESTED), number().expect(TESTED));
    let architecture = match field() {
        "x" => Architecture::X86_64,
        _ => Architecture::Arm64,
    };
    let mut number = || match field() {
        "" => None,
        text => Some(text.parse::<u32>().expect(TESTED)),
    };
    let (gpus, gpu_memory) = (number().unwrap_or(0), number().unwrap_or(0));
    let (max_enis, ipv4_per_eni) = (number(), number());
    let (plain, trunked) = (number(), number());
    let network_mbps = number().expect(TESTED);
    let (ebs_baseline_mbps, ebs_max_mbps) = (number(), number());
    let nvme_gb = number().unwrap_or(0);
    let flags = field();
    let has = |letter: char| flags.contains(letter);
    let more = &hardware::rows()[id.index()];
    debug_assert_eq!(
        more.name, name,
        "the tables have the same types in the same order"
    );
    InstanceType {
        id,
        name,
        vcpus,
        memory: MiB(memory),
        architecture,
        gpus,
        gpu_memory: MiB(gpu_memory),
        max_enis: max_enis.or(Some(more.max_enis)),
        ipv4_per_eni,
        task_enis: TaskEnis {
            plain,
            trunked,
            source: match has('d') {
                true => LimitSource::Documented,
                false => LimitSource::Derived,
            },
            is_trunking_refused: has('u'),
        },
        network_mbps,
        ebs_baseline_mbps: ebs_baseline_mbps.or(more.ebs_baseline_mbps),
        ebs_max_mbps,
        nvme_gb,
        hardware: more.hardware,
        is_bare_metal: has('m'),
        is_burstable: has('b'),
        is_previous_generation: has('p'),
        is_generation_assumed: has('g'),
        source: match has('c') {
            true => CAPTURE_SOURCE,
            false => SPECIFICATION_SOURCE,
        },
    }
}

impl<T: Copy> ByRegion<T> {
    /// Reads a table whose first lines name regions, dates and sources; every further line is a
    /// type of the catalog.
    pub(super) fn read(text: &'static str, cell: fn(&'static str) -> Option<T>) -> Self {
        let mut lines = text.lines();
        let mut head =
            || -> Vec<&'static str> { lines.next().expect(TESTED).split(',').skip(1).collect() };
        let (regions, dates, sources) = (head(), head(), head());
        let mut cells = vec![None; all().len() * regions.len()];
        for line in lines {
            let (name, figures) = line.split_once(',').expect(TESTED);
            let row = super::find(name).expect(TESTED).index() * regions.len();
            for (slot, figure) in cells[row..].iter_mut().zip(figures.split(',')) {
                *slot = cell(figure);
            }
        }
        ByRegion {
            regions,
            dates,
            sources,
            cells,
        }
    }

    /// The column of a region.
    pub(super) fn column(&self, region: &str) -> Option<Column> {
        let index = self.regions.binary_search(&region).ok()?;
        Some(self.column_at(index))
    }

    /// All columns, by name.
    pub(super) fn columns(&self) -> impl Iterator<Item = Column> {
        (0..self.regions.len()).map(|index| self.column_at(index))
    }

    /// What the table says of a type in a region.
    pub(super) fn get(&self, id: InstanceTypeId, column: Column) -> Option<T> {
        // A type of a scenario's own stands in no table.
        let cell = id.index() * self.regions.len() + column.index;
        self.cells.get(cell).copied().flatten()
    }

    /// Filled cells, and columns.
    pub(super) fn counts(&self) -> (usize, usize) {
        let filled = self.cells.iter().flatten().count();
        (filled, self.regions.len())
    }

    fn column_at(&self, index: usize) -> Column {
        Column {
            index,
            region: self.regions[index],
            date: self.dates[index],
            source: self.sources[index],
        }
    }
}
