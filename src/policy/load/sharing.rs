//! What a task gets done with `j` requests in its slots, and how many are in them.
//!
//! A request holds a slot for its `wait` (nobody slows it) plus its `cpu` on the task's CPU, which
//! all requests share evenly, each using at most one vCPU: with `m` of them computing, `min(m,
//! vcpus)` vCPU are at work. So a task with `j` requests in slots is a closed network of two
//! stations, insensitive to the law of the work, and its throughput `X(j)` follows exactly by mean
//! value analysis with a load-dependent station (DERIVED):
//!
//! ```text
//! P(0 | j) ∝ P(0 | j−1) · wait/j        P(m | j) ∝ P(m−1 | j−1) · cpu/min(m, vcpus)
//! X(j) = 1 / (sum of the right sides)
//! ```
//!
//! Towards its queue the task then acts like one server of rate `X(min(j, k))` (flow equivalence,
//! ASSUMPTION for the law of the fluctuations; exact for a single task without wait). With `cpu`
//! 0 this is `X(j) = j/wait`: plain parallel slots, Erlang's model.
//!
//! `N` tasks that the balancer keeps level are one chain over the total `J` with rates
//! `N·X(J/N)`, `X` linear between whole numbers (DERIVED): for one task that is the task's own
//! chain, for many the fluctuation per task vanishes, towards saturation all tasks pool.

use super::erlang;

/// The work of one request and the task it runs on.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct WorkShape {
    /// Seconds of CPU a request needs.
    pub cpu_s: f64,
    /// Seconds a request holds its slot without using CPU.
    pub wait_s: f64,
    /// The coefficient of variation of a request's work.
    pub cv: f64,
    /// Requests a task handles at once.
    pub slots: u32,
    /// The task's vCPU.
    pub vcpus: f64,
}

/// Work of nothing at all counts as this, in seconds: rates need a finite capacity.
const HOLDING_MIN_S: f64 = 1e-6;
/// The smallest CPU a task can have, in vCPU.
const VCPUS_MIN: f64 = 1e-3;

impl WorkShape {
    /// The shape with every number in its legal range.
    fn sane(mut self) -> Self {
        self.cpu_s = self.cpu_s.max(0.0);
        self.wait_s = self.wait_s.max(0.0);
        if self.cpu_s + self.wait_s < HOLDING_MIN_S {
            self.wait_s = HOLDING_MIN_S;
        }
        self.cv = self.cv.max(0.0);
        self.slots = self.slots.max(1);
        self.vcpus = self.vcpus.max(VCPUS_MIN);
        self
    }
}

/// The facts of one task that do not depend on how many there are.
#[derive(Clone, Debug)]
pub struct Task {
    /// The work, in its legal range.
    pub shape: WorkShape,
    /// Seconds a request holds its slot when it is alone.
    pub holding_alone_s: f64,
    /// Seconds a request holds its slot when all slots are taken.
    pub holding_full_s: f64,
    /// Requests per second with all slots taken: the task's capacity.
    pub capacity_per_s: f64,
    /// Requests per second with 0, 1, 2… in slots, until it stops rising (empty: pure wait).
    throughput_per_s: Vec<f64>,
}

/// A level group of tasks at one load.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Occupancy {
    /// One over the loss share of a group without queue places (the inverse of Erlang's B).
    pub inverse_loss: f64,
    /// Mean number of requests in slots, those of the whole group, with an endless queue.
    pub in_slots: f64,
}

impl Task {
    /// Works out the throughputs; time grows with slots × vcpus.
    pub fn new(shape: WorkShape) -> Self {
        let shape = shape.sane();
        let alone = shape.wait_s + shape.cpu_s / shape.vcpus.min(1.0);
        let slots = f64::from(shape.slots);
        let throughput_per_s = if shape.cpu_s == 0.0 {
            Vec::new()
        } else {
            closed_network_throughputs(&shape)
        };
        let capacity_per_s = throughput_per_s.last().copied().unwrap_or(slots / alone);
        Task {
            shape,
            holding_alone_s: alone,
            holding_full_s: if shape.cpu_s == 0.0 {
                alone
            } else {
                slots / capacity_per_s
            },
            capacity_per_s,
            throughput_per_s,
        }
    }

    /// The number of slots.
    pub fn slots(&self) -> f64 {
        f64::from(self.shape.slots)
    }

    /// True if requests only wait: the slots are independent, the model is Erlang's.
    pub fn is_pure_wait(&self) -> bool {
        self.throughput_per_s.is_empty()
    }

    /// Requests per second with exactly `in_slots` requests in slots; linear between whole ones.
    #[inline]
    pub fn throughput_per_s(&self, in_slots: f64) -> f64 {
        if self.is_pure_wait() {
            return in_slots.clamp(0.0, self.slots()) / self.holding_alone_s;
        }
        let i = in_slots as usize;
        match self.throughput_per_s.get(i..i + 2) {
            Some(cell) => cell[0] + (cell[1] - cell[0]) * (in_slots - i as f64).max(0.0),
            None => self.capacity_per_s,
        }
    }

    /// The smallest number in slots that reaches a throughput, if it never fluctuates.
    pub fn level_for(&self, throughput_per_s: f64) -> f64 {
        if self.is_pure_wait() {
            return (throughput_per_s * self.holding_alone_s).clamp(0.0, self.slots());
        }
        let table = &self.throughput_per_s;
        let above = table.partition_point(|x| *x < throughput_per_s);
        if above == 0 {
            return 0.0;
        }
        if above == table.len() {
            return (table.len() - 1) as f64;
        }
        let (low, high) = (table[above - 1], table[above]);
        (above - 1) as f64 + (throughput_per_s - low) / (high - low)
    }

    /// The chain of `copies` level tasks at `load` (share of their capacity; any load). A real
    /// number of copies is allowed: arrivals of another peakedness are such a group (Hayward).
    pub fn occupancy(&self, copies: f64, load: f64) -> Occupancy {
        let top = copies * self.slots();
        if load <= 0.0 {
            return Occupancy {
                inverse_loss: f64::INFINITY,
                in_slots: 0.0,
            };
        }
        if self.is_pure_wait() {
            let inverse_loss = erlang::inverse_loss(top, load * top);
            return Occupancy {
                inverse_loss,
                in_slots: top * load.min(1.0),
            };
        }
        Chain {
            task: self,
            copies,
            per_copy: 1.0 / copies,
            top,
            arrivals_per_s: load * copies * self.capacity_per_s,
        }
        .sum()
    }

    /// Erlang C of the chain: the share of requests that find all slots taken; `load` below 1.
    pub fn delay_share(&self, copies: f64, load: f64) -> f64 {
        if self.is_pure_wait() {
            erlang::delay_share_real(copies * self.slots(), load)
        } else {
            erlang::delay_from_inverse_loss(self.occupancy(copies, load).inverse_loss, load)
        }
    }
}

/// `X(0)`, `X(1)`… to the number of slots, or until the CPU is the bottleneck for good.
fn closed_network_throughputs(shape: &WorkShape) -> Vec<f64> {
    let slots = shape.slots as usize;
    let ceiling_per_s = shape.vcpus / shape.cpu_s;
    // The shares of 0, 1… computing, below the number that keeps every vCPU busy; and the rest.
    let sharing_from = (libm::ceil(shape.vcpus) as usize).clamp(1, slots);
    let mut below = vec![0.0; sharing_from];
    below[0] = 1.0;
    let mut sharing = 0.0;
    let mut throughputs = Vec::with_capacity(slots.min(4096) + 1);
    throughputs.push(0.0);
    for j in 1..=slots {
        sharing = (sharing + below[sharing_from - 1]) / ceiling_per_s;
        for m in (1..sharing_from).rev() {
            below[m] = below[m - 1] * shape.cpu_s / (m as f64).min(shape.vcpus);
        }
        below[0] = if j == 1 || 0.0 < below[0] {
            below[0] * shape.wait_s / j as f64
        } else {
            0.0
        };
        let throughput = 1.0 / (below.iter().sum::<f64>() + sharing);
        below.iter_mut().for_each(|share| *share *= throughput);
        sharing *= throughput;
        throughputs.push(throughput);
        if ceiling_per_s * (1.0 - 1e-12) <= throughput {
            break;
        }
    }
    throughputs
}

/// One sum over the states of a chain, relative to its likeliest state.
struct Chain<'a> {
    task: &'a Task,
    copies: f64,
    per_copy: f64,
    top: f64,
    arrivals_per_s: f64,
}

/// Terms below this share of the sum are left out.
const NEGLIGIBLE: f64 = 1e-12;
/// Blocks of states grow while the logarithm of the ratio of neighbours changes less than this
/// over a block, times its length.
const BLOCK_BEND: f64 = 0.05;

#[derive(Clone, Copy, Default)]
struct Sums {
    mass: f64,
    /// Sum of mass times distance from the start.
    moment: f64,
    end_weight: f64,
}

impl Chain<'_> {
    /// Requests served per second by all copies with this many in slots.
    fn rate(&self, number: f64) -> f64 {
        self.copies * self.task.throughput_per_s(number.max(0.0) * self.per_copy)
    }

    fn sum(&self) -> Occupancy {
        // States are top, top − 1, …: start at the last one whose service does not beat arrivals.
        let level = self.copies * self.task.level_for(self.arrivals_per_s / self.copies);
        let states_above = libm::ceil(self.top - level.min(self.top)).min(libm::floor(self.top));
        let start = self.top - states_above;
        let per_arrival = 1.0 / self.arrivals_per_s;
        let down = self.walk(libm::floor(start), |i| self.rate(start - i) * per_arrival);
        let up = self.walk(states_above, |i| {
            self.arrivals_per_s / self.rate(start + 1.0 + i)
        });
        let within = 1.0 + down.mass + up.mass;
        let inverse_loss = within / up.end_weight;
        // Beyond the top the queue falls by `load` a place; only its share matters here.
        let load = self.arrivals_per_s / self.rate(self.top);
        if 1.0 <= load {
            return Occupancy {
                inverse_loss,
                in_slots: self.top,
            };
        }
        let queued = up.end_weight * load / (1.0 - load);
        let first = within * start + up.moment - down.moment;
        Occupancy {
            inverse_loss,
            in_slots: (first + queued * self.top) / (within + queued),
        }
    }

    /// Adds up to `states` weights, each the one before times `ratio(i)`; blocks of growing size
    /// count as geometric, with a correction for the bend inside.
    fn walk(&self, states: f64, ratio: impl Fn(f64) -> f64) -> Sums {
        let mut sums = Sums {
            end_weight: 1.0,
            ..Sums::default()
        };
        let (mut at, mut doublings) = (0.0, 0u32);
        // The ratio at `at`; and at the state after it, if a block of two was too long.
        let (mut first, mut second) = (ratio(at), None);
        while at < states {
            let mut length = f64::from(1u32 << doublings);
            while states < at + length && 0 < doublings {
                doublings -= 1;
                length *= 0.5;
            }
            let (mut bend, mut middle) = (if 0.0 < first { 0.0 } else { 1.0 }, first);
            if 0 < doublings {
                let last = ratio(at + length - 1.0);
                bend = if 0.0 < last {
                    libm::fabs(first - last) / last
                } else {
                    1.0
                };
                if BLOCK_BEND < bend * length {
                    doublings -= 1;
                    second = (doublings == 0).then_some(last);
                    continue;
                }
                middle = ratio(at + 0.5 * (length - 1.0));
            }
            sums.add(at, (length, doublings), middle, bend);
            at += length;
            if middle < 1.0 && sums.end_weight < NEGLIGIBLE * (1.0 - middle) * (1.0 + sums.mass) {
                sums.end_weight = if at < states { 0.0 } else { sums.end_weight };
                break;
            }
            if bend * length * 4.0 < BLOCK_BEND && doublings < 30 {
                doublings += 1;
            }
            first = second.take().unwrap_or_else(|| ratio(at));
        }
        sums
    }
}

impl Sums {
    /// Adds a block of states after `at` whose ratio is `middle` in its middle.
    #[inline]
    fn add(&mut self, at: f64, (length, doublings): (f64, u32), middle: f64, bend: f64) {
        if doublings == 0 {
            self.end_weight *= middle;
            self.mass += self.end_weight;
            self.moment += self.end_weight * (at + 1.0);
            return;
        }
        let (mut mass, mut moment, mut power, mut terms) = (1.0, 0.0, middle, 1.0);
        for _ in 0..doublings {
            moment += power * (terms * mass + moment);
            mass *= 1.0 + power;
            power *= power;
            terms *= 2.0;
        }
        let bulge = 1.0 + bend * (length - 1.0 / length) * (1.0 / 12.0);
        let weight = self.end_weight * middle * bulge;
        self.mass += weight * mass;
        self.moment += weight * ((at + 1.0) * mass + moment);
        self.end_weight *= power;
    }
}
