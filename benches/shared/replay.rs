//! A million tasks that come and go on two thousand hosts, by best fit on memory (ties by free CPU,
//! then by the lowest id): once by the index of the simulator, once by a table made for nothing
//! else. Both must place every task alike.

use std::collections::VecDeque;

use fleetcast::engine::queue::Queue;
use fleetcast::engine::{SimDuration, SimTime};
use fleetcast::ids::InstanceId;
use fleetcast::policy::placement::{Binpack, Need, PlacementRule, Ports};
use fleetcast::world::placement::{ClassId, Hosting, PlacementIndex, Question};
use rand_xoshiro::Xoshiro256PlusPlus;
use rand_xoshiro::rand_core::{Rng, SeedableRng};

use super::Checksum;

/// CPU units of a host.
const CPU: u32 = 16_384;
/// MiB of a host.
const MEMORY: u32 = 65_536;
/// Best fit on memory, ties by free CPU.
const RULES: [PlacementRule; 2] = [
    PlacementRule::Binpack(Binpack::Memory),
    PlacementRule::Binpack(Binpack::Cpu),
];

/// A task of the trace.
#[derive(Clone, Copy, PartialEq, Debug)]
pub struct Task {
    at: SimTime,
    stays: SimDuration,
    /// What it needs of its host.
    pub need: Need,
}

/// Tasks by a Poisson process of 100 in three seconds; CPU of 256, 512, 1,024 or 2,048 units,
/// memory of 512, 1,024, 2,048 or 4,096 MiB, lognormal stays of mean 600 s (sigma 1), both times in
/// whole microseconds.
pub fn tasks(count: usize) -> Vec<Task> {
    let mut draws = Xoshiro256PlusPlus::seed_from_u64(7);
    let mut at = 0.0;
    let mut task = || {
        let mut uniform = || ((draws.next_u64() >> 11) + 1) as f64 / (1u64 << 53) as f64;
        at += -libm::log(uniform()) * 0.03;
        let radius = libm::sqrt(-2.0 * libm::log(uniform()));
        let normal = radius * libm::cos(std::f64::consts::TAU * uniform());
        let stays = libm::exp(libm::log(600.0) - 0.5 + normal);
        let micros = |seconds: f64| libm::round(seconds * 1e6) as u64;
        let mut power = |least: u32| least << (draws.next_u64() >> 62);
        Task {
            at: SimTime::from_micros(micros(at)),
            stays: SimDuration::from_micros(micros(stays)),
            need: Need {
                cpu: power(256),
                memory: power(512),
                ..Need::default()
            },
        }
    };
    (0..count).map(|_| task()).collect()
}

/// Who knows what is free where.
pub trait Hosts {
    /// The host that a task is placed on, if one has room.
    fn place(&mut self, need: &Need) -> Option<u32>;
    /// A task leaves its host.
    fn leave(&mut self, host: u32, need: &Need);
}

/// The simulator's index.
pub struct Indexed {
    index: PlacementIndex,
    classes: Vec<ClassId>,
    hosting: Hosting,
    none: Ports,
}

impl Indexed {
    /// So many empty hosts with this much each.
    pub fn new(hosts: u32, free: Need) -> Self {
        let mut index = PlacementIndex::new([&RULES[..]].into_iter());
        let class = index.add_class(0, Vec::new());
        for host in 0..hosts {
            index.register(InstanceId(host), class, free, Ports::default());
            index.open(InstanceId(host));
        }
        Indexed {
            index,
            classes: vec![class],
            hosting: Hosting::new(1, &[]),
            none: Ports::default(),
        }
    }

    /// The hosts of the trace.
    pub fn of_trace(hosts: u32) -> Self {
        let free = Need {
            cpu: CPU,
            memory: MEMORY,
            ..Need::default()
        };
        Indexed::new(hosts, free)
    }
}

impl Hosts for Indexed {
    fn place(&mut self, need: &Need) -> Option<u32> {
        let question = Question {
            live: None,
            need,
            ports: &self.none,
            classes: &self.classes,
            rules: &RULES,
            is_alone: false,
            hosting: &self.hosting,
        };
        let found = self.index.find(&question, || 0.0)?;
        self.index.take(found, need, &self.none);
        Some(found.0)
    }

    fn leave(&mut self, host: u32, need: &Need) {
        self.index.give(InstanceId(host), need, &self.none);
    }
}

const MEMORY_LEVELS: usize = (MEMORY / 512) as usize + 1;
const CPU_LEVELS: usize = (CPU / 256) as usize + 1;

/// Free memory in steps of 512 MiB by free CPU in steps of 256 units: a set of hosts a cell, and
/// which CPU levels of a memory level have any. Exact for multiples of these steps only.
pub struct Grid {
    free: Vec<(u32, u32)>,
    words: usize,
    cells: Vec<u64>,
    counts: Vec<u32>,
    levels: Vec<u128>,
}

impl Grid {
    /// So many empty hosts.
    pub fn new(hosts: u32) -> Self {
        let words = (hosts as usize).div_ceil(64);
        let mut grid = Grid {
            free: vec![(MEMORY, CPU); hosts as usize],
            words,
            cells: vec![0; MEMORY_LEVELS * CPU_LEVELS * words],
            counts: vec![0; MEMORY_LEVELS * CPU_LEVELS],
            levels: vec![0; MEMORY_LEVELS],
        };
        (0..hosts).for_each(|host| grid.put(host, (MEMORY, CPU)));
        grid
    }

    fn put(&mut self, host: u32, (memory, cpu): (u32, u32)) {
        let (memory_level, cpu_level) = ((memory / 512) as usize, (cpu / 256) as usize);
        let cell = memory_level * CPU_LEVELS + cpu_level;
        self.cells[cell * self.words + (host as usize >> 6)] |= 1 << (host & 63);
        self.counts[cell] += 1;
        self.levels[memory_level] |= 1 << cpu_level;
        self.free[host as usize] = (memory, cpu);
    }

    fn take_out(&mut self, host: u32) -> (u32, u32) {
        let (memory, cpu) = self.free[host as usize];
        let (memory_level, cpu_level) = ((memory / 512) as usize, (cpu / 256) as usize);
        let cell = memory_level * CPU_LEVELS + cpu_level;
        self.cells[cell * self.words + (host as usize >> 6)] &= !(1 << (host & 63));
        self.counts[cell] -= 1;
        if self.counts[cell] == 0 {
            self.levels[memory_level] &= !(1 << cpu_level);
        }
        (memory, cpu)
    }
}

impl Hosts for Grid {
    fn place(&mut self, need: &Need) -> Option<u32> {
        let wanted = u128::MAX << need.cpu.div_ceil(256);
        for memory_level in need.memory.div_ceil(512) as usize..MEMORY_LEVELS {
            let fitting = self.levels[memory_level] & wanted;
            if fitting == 0 {
                continue;
            }
            let cell = memory_level * CPU_LEVELS + fitting.trailing_zeros() as usize;
            let row = &self.cells[cell * self.words..(cell + 1) * self.words];
            let word = row.iter().position(|word| *word != 0)?;
            let host = (word * 64) as u32 + row[word].trailing_zeros();
            let (memory, cpu) = self.take_out(host);
            self.put(host, (memory - need.memory, cpu - need.cpu));
            return Some(host);
        }
        None
    }

    fn leave(&mut self, host: u32, need: &Need) {
        let (memory, cpu) = self.take_out(host);
        self.put(host, (memory + need.memory, cpu + need.cpu));
    }
}

#[derive(Clone, Copy)]
enum Event {
    Arrives(u32),
    Leaves { task: u32, host: u32 },
}

/// Plays the trace: the checksum of the hosts in the order of placement.
pub fn play(hosts: &mut impl Hosts, tasks: &[Task]) -> Checksum {
    let mut queue = Queue::new();
    let mut sum = Checksum::default();
    let mut waiting: VecDeque<u32> = VecDeque::new();
    queue.schedule_at(tasks[0].at, Event::Arrives(0));
    while let Some((now, event)) = queue.pop_until(SimTime::MAX) {
        match event {
            Event::Arrives(task) => {
                if let Some(next) = tasks.get(task as usize + 1) {
                    queue.schedule_at(next.at, Event::Arrives(task + 1));
                }
                waiting.push_back(task);
            }
            Event::Leaves { task, host } => {
                hosts.leave(host, &tasks[task as usize].need);
            }
        }
        while let Some(task) = waiting.front().copied() {
            let of = &tasks[task as usize];
            let Some(host) = hosts.place(&of.need) else {
                break;
            };
            waiting.pop_front();
            sum.add(u64::from(host));
            queue.schedule_at(now + of.stays, Event::Leaves { task, host });
        }
    }
    sum
}
