//! Why no instance takes a task, in the API's words.

use super::{Need, Port, Ports};
use crate::policy::life_cycle::Shortage;

/// What an instance lacks for a task.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Debug)]
pub enum Lacking {
    /// `RESOURCE:CPU`, units short.
    Cpu(u32),
    /// `RESOURCE:MEMORY`, MiB short.
    Memory(u32),
    /// `RESOURCE:GPU`, GPUs short.
    Gpu(u32),
    /// `RESOURCE:ENI`, network interfaces short.
    Eni(u32),
    /// `RESOURCE:PORTS`: this one is taken.
    Port(Port),
    /// `AGENT`: its agent is not connected.
    Agent,
    /// `LOCATION`: it stands in a zone that the task's subnets do not reach.
    Location,
    /// `ATTRIBUTE`: a capability, such as the architecture, that it does not have.
    Attribute,
    /// A constraint about what lasts (its type, its zone, its attributes) that it does not meet.
    MemberOf,
    /// It has a task beside which this one may not stand (`distinctInstance`).
    Distinct,
    /// A constraint about its tasks, its agent, its id or its age that it does not
    /// meet now.
    Constraint,
}

impl Lacking {
    const fn kind(self) -> Shortage {
        match self {
            Lacking::Cpu(_) => Shortage::Cpu,
            Lacking::Memory(_) => Shortage::Memory,
            Lacking::Gpu(_) => Shortage::Gpu,
            Lacking::Eni(_) => Shortage::Eni,
            _ => Shortage::Other,
        }
    }

    /// The `reason` of a `failures` entry (DG-failures; those of constraints as RunTask words
    /// them).
    pub const fn reason(self) -> &'static str {
        match self {
            Lacking::Cpu(_) => Shortage::Cpu.reason(),
            Lacking::Memory(_) => Shortage::Memory.reason(),
            Lacking::Gpu(_) => Shortage::Gpu.reason(),
            Lacking::Eni(_) => Shortage::Eni.reason(),
            Lacking::Port(_) => "RESOURCE:PORTS",
            Lacking::Agent => "AGENT",
            Lacking::Location => "LOCATION",
            Lacking::Attribute => "ATTRIBUTE",
            Lacking::MemberOf | Lacking::Constraint => "MemberOf placement constraint unsatisfied",
            Lacking::Distinct => "DistinctInstance placement constraint unsatisfied",
        }
    }
}

/// What the nearest of some rooms lacks for a task first: the one with the fewest shortages of what
/// is added up; `None`: there is no room at all.
pub fn nearest_shortage(need: &Need, rooms: impl Iterator<Item = Need>) -> Option<Shortage> {
    let none = Ports::default();
    let short = |room: Need| {
        let mut all = shortages(need, &none, &room, &none);
        (all.next(), all.count())
    };
    let nearest = rooms
        .map(short)
        .min_by_key(|(first, more)| first.map(|_| *more));
    nearest.map(|(first, _)| first.map_or(Shortage::Other, Lacking::kind))
}

/// Why the nearest of all instances does not take a task.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Missing {
    /// The position of the instance among the candidates.
    pub instance: usize,
    /// What it lacks first.
    pub lacking: Lacking,
    /// In how many ways it falls short.
    pub count: u32,
}

/// All that a room lacks for a task, in the order of the steps of placement: CPU, memory, GPU, ENI,
/// ports.
pub(super) fn shortages(
    need: &Need,
    ports: &Ports,
    free: &Need,
    taken: &Ports,
) -> impl Iterator<Item = Lacking> {
    let short = |need: u32, free: u32| need.checked_sub(free).filter(|it| 0 < *it);
    [
        short(need.cpu, free.cpu).map(Lacking::Cpu),
        short(need.memory, free.memory).map(Lacking::Memory),
        short(need.gpus, free.gpus).map(Lacking::Gpu),
        short(need.enis, free.enis).map(Lacking::Eni),
        ports.clash(taken).map(Lacking::Port),
    ]
    .into_iter()
    .flatten()
}
