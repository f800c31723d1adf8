//! The settled service: number in system, share that waits and wait, at a load below 1.
//!
//! Unit of time of a wait: the slot-holding time when all slots are taken (`S`, a request only
//! waits while they are). `c` slots, load `ρ` as a share of capacity, work of variation `cs`,
//! arrivals of variation `ca² = 1` unless split. `C` is the delay share of the chain of
//! [`super::sharing`]: Erlang C if requests only wait.
//!
//! One queue in front of all slots:
//!
//! ```text
//! R1 = (1 + cs²)/2                               heavy traffic
//! R0 = c·∫ Fe(t)^c dt                            light traffic: least of c equilibrium residuals
//! η  = 0.11 + 0.68·cs²/(cs²+2.2) + 0.026·C·(cs²−1)⁺·(1−3/c)⁺    FITTED
//! ω  = C^(η·u)                                   (1 for c = 1)
//! W  = [R0 + (R1 − R0)·ω]·C/(c(1−ρ))             mean wait over all requests
//! p  = C·(1 + δ(1−C)(1−1/c)), δ = 0.125·(cs²−1)/(cs²+1)    share that waits, FITTED
//! A  = (4/3·(1+cs²) − 2)·(1−C)
//! s∞ = (cs²−1)/(2.2+0.9cs²) + (4/3·(1+cs²)−2)/(4(c−1))      FITTED
//! κ  = 1 + A (c = 1), 1 + 1/(1/A + 1/s∞) (c > 1)  squared CV of the wait of those who wait
//! ```
//!
//! The last part of η is ours: with the first two alone, as measured with the reference up to a CV
//! of 4, work of high variation behind many slots waits too long (MEASURED by Kiefer and
//! Wolfowitz's recursion with control variates, 4 to 64 slots at delay shares of 0.35 and 0.59:
//! mean response at a CV of 4 up to 6.7 % too long, at 6 up to 20 %; with it 1.3 and 4 %).
//!
//! `u` is the slot-holding time alone over the one with all slots taken: 1 if requests do not slow
//! each other. Where they do, fluctuations are slow against a request and the heavy-traffic factor
//! holds at once (DERIVED from limited processor sharing, whose queue is
//! `(1+cs²)/2·ρ^k/(1−ρ)`; with one slot it is Pollaczek-Khinchine either way).
//!
//! A queue per task behind round robin: gaps are Erlang-N, `ca² = 1/N`; the delay share is that of
//! `1/z` tasks (Hayward) with the peakedness `z = 1 + (ca²−1)·E[min(X, X')]`, where requests slow
//! each other down `(ca²+cs²)/(1+cs²)`, by `u` (DERIVED); the wait of those who wait shrinks by the
//! latter. Behind a random choice each task is a queue of its own under Poisson arrivals, `ca² = 1`
//! (exact: M/G/k each). A queue per task behind least outstanding requests: the means of the pool
//! plus a few per cent, but fewer wait and each longer.
//!
//! Where requests share a CPU, the slot-holding time lies between that of a task whose number in
//! slots never fluctuates and that under Poisson arrivals: behind round robin by how uneven
//! Erlang-N gaps leave it, behind least outstanding requests a little above the common chain
//! (both FITTED on the exact model, `demand::requests`). And a request's slowdown varies with the
//! number beside it. Its squared CV is taken as `(1−C)·d/(2−d)`, `d` the share of the holding
//! time that only fluctuations cause (DERIVED: exact for M/M/1 processor sharing, 0 for level
//! tasks, and 0 when all slots are taken), behind round robin nearer `d^0.8` (FITTED).

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex, PoisonError};

use super::sharing::Task;
use super::special::normal_cdf;

/// How requests reach the slots.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Routing {
    /// One queue in front of all slots of all tasks.
    Pooled,
    /// A queue per task; the balancer takes tasks in turn (`round_robin`).
    RoundRobin,
    /// A queue per task; the balancer takes the task with the fewest requests
    /// (`least_outstanding_requests`).
    LeastOutstanding,
    /// A queue per task; the balancer takes any task, each as likely (`weighted_random`, and the
    /// flow hash of a Network Load Balancer).
    Random,
}

/// A number of tasks of one shape behind one routing, with what depends on these alone.
#[derive(Clone, Debug)]
pub struct Pool {
    /// How requests reach the tasks.
    pub routing: Routing,
    /// The number of tasks.
    pub tasks: u32,
    /// The task.
    pub task: Arc<Task>,
    /// Squared CV of the gaps between a queue's arrivals.
    pub arrivals_cv2: f64,
    /// Squared CV of the work.
    pub work_cv2: f64,
    /// Slots behind one queue.
    queue_slots: f64,
    /// The power of C in ω as C goes to 0.
    eta: f64,
    /// By how much it grows with C.
    eta_growth: f64,
    /// δ of the share that waits.
    delta: f64,
    light: f64,
    light_task: f64,
    peakedness: f64,
}

/// The settled state at one load.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub struct Point {
    /// Throughput as a share of capacity.
    pub load: f64,
    /// Mean number in system.
    pub n: f64,
    /// Mean wait over all requests, seconds.
    pub wait_s: f64,
    /// Mean slot-holding time, seconds.
    pub holding_s: f64,
    /// The share of requests that wait.
    pub wait_share: f64,
    /// Squared CV of the wait of those who wait.
    pub kappa: f64,
    /// Squared CV of how much sharing the CPU slows a request down; 0 if nobody is slowed.
    pub slowing: f64,
}

impl Pool {
    /// Gathers the constants of a pool of at least one task.
    pub fn new(routing: Routing, tasks: u32, task: Arc<Task>) -> Self {
        let tasks = tasks.max(1);
        let cv = task.shape.cv;
        let cs2 = cv * cv;
        let in_turn = routing == Routing::RoundRobin;
        // Any task of many: what comes to one of them is as random as what comes to all.
        let per_task = in_turn || routing == Routing::Random;
        let arrivals_cv2 = if in_turn { 1.0 / f64::from(tasks) } else { 1.0 };
        // E[min(X, X')] is 1 for constant work and 2Φ(−s/√2) for lognormal work.
        let lesser = if cv <= 0.0 {
            1.0
        } else {
            2.0 * normal_cdf(-libm::sqrt(libm::log1p(cs2) / 2.0))
        };
        let slots = task.slots();
        let queue_slots = if per_task {
            slots
        } else {
            f64::from(tasks) * slots
        };
        let alone = task.holding_alone_s / task.holding_full_s;
        Pool {
            routing,
            tasks,
            arrivals_cv2,
            work_cv2: cs2,
            queue_slots,
            eta: (0.11 + 0.68 * cs2 / (cs2 + 2.2)) * alone,
            eta_growth: 0.026 * (cs2 - 1.0).max(0.0) * (1.0 - 3.0 / queue_slots).max(0.0) * alone,
            delta: 0.125 * (cs2 - 1.0) / (cs2 + 1.0),
            light: light_traffic(queue_slots, cv),
            light_task: light_traffic(slots, cv),
            peakedness: alone * (1.0 + (arrivals_cv2 - 1.0) * lesser)
                + (1.0 - alone) * (arrivals_cv2 + cs2) / (1.0 + cs2),
            task,
        }
    }

    /// All slots of all tasks.
    pub fn slots(&self) -> f64 {
        f64::from(self.tasks) * self.task.slots()
    }

    /// Requests per second with all slots taken.
    pub fn capacity_per_s(&self) -> f64 {
        f64::from(self.tasks) * self.task.capacity_per_s
    }

    /// Slots behind one queue, and how many such queues there are.
    pub fn queues(&self) -> (f64, f64) {
        (self.queue_slots, self.slots() / self.queue_slots)
    }

    /// Tasks behind one queue.
    pub fn tasks_per_queue(&self) -> f64 {
        self.queue_slots / self.task.slots()
    }

    /// The mean wait over that of exponential work, for a delay share.
    pub fn wait_ratio(&self, delay_share: f64) -> f64 {
        let heavy = (1.0 + self.work_cv2) / 2.0;
        let one_slot = self.queue_slots <= 1.0;
        let omega = if one_slot {
            1.0
        } else {
            libm::pow(delay_share, self.eta + self.eta_growth * delay_share)
        };
        self.light + (heavy - self.light) * omega
    }

    /// The share that finds all slots of its queue taken, from above load 0 to below 1.
    pub(super) fn delay_share(&self, load: f64) -> f64 {
        let in_turn = 1 < self.tasks && self.routing == Routing::RoundRobin;
        let tasks = if in_turn {
            1.0 / self.peakedness
        } else {
            self.tasks_per_queue()
        };
        self.task.delay_share(tasks, load)
    }

    fn share_waiting(&self, delay_share: f64) -> f64 {
        let several = 1.0 - 1.0 / self.queue_slots;
        (delay_share * (1.0 + self.delta * (1.0 - delay_share) * several)).min(1.0)
    }

    /// The settled state at a load from above 0 to below 1.
    pub fn stationary(&self, load: f64) -> Point {
        let full_s = self.task.holding_full_s;
        let occupancy = self.task.occupancy(self.tasks_per_queue(), load);
        let delay = super::erlang::delay_from_inverse_loss(occupancy.inverse_loss, load);
        let mut wait_share = self.share_waiting(delay);
        let mut wait = self.wait_ratio(delay) * delay / (self.queue_slots * (1.0 - load));
        let excess = 4.0 / 3.0 * (1.0 + self.work_cv2) - 2.0;
        let mut kappa = self.wait_variation(self.queue_slots, excess * (1.0 - delay));
        let rate = load * self.capacity_per_s() / self.queues().1;
        let mut holding_s = occupancy.in_slots / rate;
        if 1 < self.tasks && self.routing == Routing::RoundRobin {
            let spread_delay = self.task.delay_share(1.0 / self.peakedness, load);
            let waiting_s = if 0.0 < wait_share {
                wait / wait_share
            } else {
                0.0
            };
            let (ca2, cs2) = (self.arrivals_cv2, self.work_cv2);
            let unlucky = self.share_waiting(spread_delay);
            wait = unlucky * waiting_s * (ca2 + cs2) / (1.0 + cs2);
            let smooth = 2.0 * self.task.shape.cv / (1.0 + cs2) / self.queue_slots;
            wait_share = unlucky * (1.0 - 0.7 * (1.0 - load) * (1.0 - ca2) * smooth);
            holding_s = self.spread_holding_s(load, spread_delay, holding_s);
        }
        if 1 < self.tasks && self.routing == Routing::LeastOutstanding {
            holding_s = self.levelled_holding_s(load, holding_s);
        }
        if 1 < self.tasks && self.routing == Routing::LeastOutstanding && 0.0 < delay {
            (wait, wait_share, kappa) = self.own_queues(load, wait, wait_share, kappa);
        }
        let wait_s = wait * full_s;
        Point {
            load,
            n: load * self.capacity_per_s() * (holding_s + wait_s),
            wait_s,
            holding_s,
            wait_share,
            kappa,
            slowing: self.slowing(load, holding_s) * (1.0 - delay),
        }
    }

    /// Seconds a request holds its slot if the number in each task never fluctuates.
    fn level_holding_s(&self, load: f64) -> f64 {
        let rate = load * self.task.capacity_per_s;
        self.task.level_for(rate) / rate
    }

    /// Squared CV of the slowdown, from the share `d` of the holding time that only fluctuations
    /// cause: `d/(2−d)` where the balancer evens them out or there is one task, `d^0.8` where it
    /// deals in turn and tasks drift apart (FITTED).
    fn slowing(&self, load: f64, holding_s: f64) -> f64 {
        if self.task.is_pure_wait() {
            return 0.0;
        }
        let fluctuating = (1.0 - self.level_holding_s(load) / holding_s).clamp(0.0, 1.0);
        let level = fluctuating / (2.0 - fluctuating);
        let adrift = libm::pow(fluctuating, 0.8);
        level + (adrift - level) * (1.0 - self.arrivals_cv2)
    }

    /// The share of CPU in the slot-holding time of a request that is alone.
    fn computing_share(&self) -> f64 {
        let shape = &self.task.shape;
        shape.cpu_s / shape.vcpus.min(1.0) / self.task.holding_alone_s
    }

    /// The slot-holding time behind least outstanding requests: level tasks but for what the
    /// balancer cannot even out, which is the more the fewer requests saturate a task. FITTED; with
    /// one task, and with CPU alone at one request a task, it is that of `own_queues`.
    fn levelled_holding_s(&self, load: f64, pooled_s: f64) -> f64 {
        if self.task.is_pure_wait() {
            return pooled_s;
        }
        let knee = self.task.capacity_per_s * self.task.holding_alone_s;
        let saturating = libm::pow(knee.clamp(1.0, self.task.slots()), 0.7);
        let computing = libm::pow(self.computing_share(), 4.0);
        let uneven = 0.3 * f64::from(self.tasks) * (1.0 - load) * computing / saturating;
        let level_s = self.level_holding_s(load);
        level_s + (1.0 + uneven) * (pooled_s - level_s)
    }

    /// The slot-holding time behind round robin: between a level task and one under Poisson
    /// arrivals, and the latter when all slots are taken anyway. FITTED on the exact model.
    fn spread_holding_s(&self, load: f64, delay_share: f64, poisson_s: f64) -> f64 {
        if self.task.is_pure_wait() {
            return poisson_s;
        }
        let level_s = self.level_holding_s(load);
        let (ca2, cs2) = (self.arrivals_cv2, self.work_cv2);
        let idle = 1.0 - load;
        let calm = (1.0 - ca2) / libm::pow(1.0 + cs2, 1.0 / 3.0);
        // Heavy traffic has (ca²+cs²)/(1+cs²); the lighter the load, the more even gaps help.
        let heavy = (ca2 + cs2) / (1.0 + cs2) * (1.0 - 1.03 * calm * idle);
        // While requests wait for something else the CPU's queue evens out further.
        let waiting = libm::pow(1.0 - self.computing_share(), 2.9);
        let spread = heavy - 1.77 * waiting * calm * libm::pow(idle, 0.58);
        let weight = spread + (1.0 - spread) * delay_share;
        level_s + weight * (poisson_s - level_s)
    }

    /// Least outstanding requests with a queue per task, from the pool's figures. FITTED.
    fn own_queues(&self, load: f64, wait: f64, wait_share: f64, kappa: f64) -> (f64, f64, f64) {
        let k = self.task.slots();
        let pooled = k * wait / wait_share.max(1e-300);
        let wait = wait * (1.0 + 0.3 * f64::from(self.tasks) * (1.0 - load) / libm::pow(k, 0.7));
        // A wait lasts until one of the task's own slots frees.
        let own = 0.9 * self.light_task.min(4.2);
        let sum = libm::pow(own, 1.6) + libm::pow(pooled, 1.6);
        let waiting = libm::pow(sum, 1.0 / 1.6) / k;
        let excess = 4.0 / 3.0 * (1.0 + self.work_cv2) - 2.0;
        let kappa_own = self.wait_variation(k, 0.7 * excess);
        let kappa = (own * kappa_own + pooled * kappa) / (own + pooled);
        (wait, (wait / waiting).min(wait_share).min(1.0), kappa)
    }

    /// κ behind `slots` slots with the single-slot excess `a`.
    fn wait_variation(&self, slots: f64, a: f64) -> f64 {
        if slots <= 1.0 {
            return 1.0 + a;
        }
        let cs2 = self.work_cv2;
        let excess = 4.0 / 3.0 * (1.0 + cs2) - 2.0;
        let many = (cs2 - 1.0) / (2.2 + 0.9 * cs2) + excess / (4.0 * (slots - 1.0));
        if libm::fabs(a) < 1e-9 || libm::fabs(many) < 1e-9 {
            1.0
        } else {
            1.0 + 1.0 / (1.0 / a + 1.0 / many)
        }
    }
}

/// `R0`: the wait over that of exponential work as the load goes to 0, for constant or lognormal
/// work: `c·E[min of c equilibrium residuals]` (Burman and Smith 1983). Cached in the process.
pub fn light_traffic(slots: f64, cv: f64) -> f64 {
    static CACHE: Mutex<BTreeMap<(u64, u64), f64>> = Mutex::new(BTreeMap::new());
    if cv <= 0.0 {
        return slots / (slots + 1.0);
    }
    let key = (slots.to_bits(), cv.to_bits());
    let known = CACHE
        .lock()
        .unwrap_or_else(PoisonError::into_inner)
        .get(&key)
        .copied();
    known.unwrap_or_else(|| {
        let ratio = light_traffic_integral(slots, cv);
        CACHE
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
            .insert(key, ratio);
        ratio
    })
}

/// Trapezoids in the logarithm of the time; 160 nodes give 1e-3.
fn light_traffic_integral(slots: f64, cv: f64) -> f64 {
    const NODES: u32 = 160;
    let s2 = libm::log1p(cv * cv);
    let s = libm::sqrt(s2);
    let low = -4.0 - libm::log(slots) - s2;
    let high = 1.0 + 4.0 * s + 1.5 * s2 / slots;
    let step = (high - low) / f64::from(NODES);
    let mut sum = libm::exp(low);
    for i in 0..=NODES {
        let y = low + step * f64::from(i);
        let t = libm::exp(y);
        let d = (s2 / 2.0 - y) / s;
        let residual = (normal_cdf(d) - t * normal_cdf(d - s)).max(0.0);
        let weight = if i == 0 || i == NODES { 0.5 } else { 1.0 };
        sum += weight * step * t * libm::pow(residual, slots);
    }
    slots * sum
}
