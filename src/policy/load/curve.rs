//! The settled relation of one number of tasks, tabulated: worked out once, read at every change.
//! A run asks for many curves and for the lower loads of each, so the nodes are worked out in
//! parts, from the lowest load up to the one asked for.
//!
//! 96 nodes at `1 − ρ = 10^(−5i/94)`, so the node of a load is found by one logarithm. Between
//! nodes the response time `T = S + W` is a straight line in the number in system `n`, and so is
//! `S`; the throughput is `n/T`. That is exact for M/M/1, for processor sharing and for a
//! backlog, and a load can be turned into its `n` without iteration: both readings agree.

use std::sync::{Arc, OnceLock};

use super::distrust::Distrust;
use super::exp::ln_fast;
use super::sharing::{Task, WorkShape};
use super::stationary::{Point, Pool, Routing};

/// Number of nodes.
const NODES: usize = 96;
/// Nodes that are worked out together, a power of two; the first have all loads up to 0.86.
const PART: usize = 16;
const PARTS: usize = NODES / PART;
/// `1 − ρ` of the last node.
const LAST_IDLE: f64 = 1e-5;
/// Natural logarithm of the ratio of neighbouring `1 − ρ`: ln(10^5)/94.
const LN_RATIO: f64 = 11.512_925_464_970_229 / (NODES - 2) as f64;
/// From here a load has no settled state.
pub(super) const LOAD_SETTLED_MAX: f64 = 0.99999;
/// Below this CV requests that share a CPU and then wait run in convoys.
const CV_CONVOY: f64 = 0.25;
/// Slopes are at least this, in requests per second over the capacity.
const SLOPE_MIN: f64 = 1e-12;

/// Throughput, busy slots, queue and wait by number in system, for one number of tasks.
#[derive(Clone, Debug)]
pub struct Curve {
    pool: Pool,
    slots: f64,
    capacity_per_s: f64,
    parts: [OnceLock<Box<Part>>; PARTS],
}

/// Some neighbouring nodes.
#[derive(Clone, Debug)]
struct Part {
    /// The last one is the next part's first; of the last part, its last.
    nodes: [Node; PART + 1],
    /// Their numbers in system, side by side for the search.
    numbers: [f64; PART],
}

/// A point, and what the lines to the next one need.
#[derive(Clone, Copy, Debug, Default)]
struct Node {
    at: Point,
    /// How the response time rises per request in system, seconds.
    rise: f64,
    /// What the response time would be at no request in system, seconds.
    intercept: f64,
    /// One over the distance to the next node, in requests and in load.
    per_n: f64,
    per_load: f64,
}

/// A settled state read from a curve.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Reading {
    /// Mean number in system.
    pub n: f64,
    /// Requests served per second.
    pub throughput_per_s: f64,
    /// Mean slot-holding time, seconds.
    pub holding_s: f64,
    /// Mean wait over all requests, seconds.
    pub wait_s: f64,
    /// The share of requests that wait.
    pub wait_share: f64,
    /// Squared CV of the wait of those who wait.
    pub kappa: f64,
    /// Squared CV of how much sharing the CPU slows a request down.
    pub slowing: f64,
    /// How the throughput rises with the number in system, per second.
    pub slope_per_s: f64,
}

impl Curve {
    /// An empty table: all nodes take 5 to 40 µs if requests only wait, more with CPU.
    pub fn new(routing: Routing, tasks: u32, task: &Arc<Task>) -> Self {
        let pool = Pool::new(routing, tasks, Arc::clone(task));
        Curve {
            slots: pool.slots(),
            capacity_per_s: pool.capacity_per_s(),
            pool,
            parts: [const { OnceLock::new() }; PARTS],
        }
    }

    #[inline]
    fn part(&self, index: usize) -> &Part {
        self.parts[index].get_or_init(|| Box::new(self.work_out(index)))
    }

    #[cold]
    fn work_out(&self, part: usize) -> Part {
        let mut points = [Point::default(); PART + 1];
        points[0] = match part.checked_sub(1) {
            Some(before) => self.part(before).nodes[PART].at,
            None => Point {
                holding_s: self.pool.task.holding_alone_s,
                kappa: self.pool.stationary(1e-3).kappa,
                ..Point::default()
            },
        };
        for at in 1..=PART {
            let (node, before) = (part * PART + at, points[at - 1]);
            points[at] = before;
            if node < NODES {
                let idle = libm::exp(-LN_RATIO * node as f64).max(LAST_IDLE);
                let point = self.pool.stationary(1.0 - idle);
                let n = point.n.max(before.n * (1.0 + 1e-12));
                points[at] = Point { n, ..point };
            }
        }
        Part {
            nodes: std::array::from_fn(|i| Node::joined(&points[i], &points[(i + 1).min(PART)])),
            numbers: std::array::from_fn(|i| points[i].n),
        }
    }

    /// The pool the curve describes.
    pub fn pool(&self) -> &Pool {
        &self.pool
    }

    /// All slots of all tasks.
    pub fn slots(&self) -> f64 {
        self.slots
    }

    /// Requests per second the tasks can serve at most.
    pub fn capacity_per_s(&self) -> f64 {
        self.capacity_per_s
    }

    /// Arrivals per second as a share of capacity.
    pub fn load(&self, rate_per_s: f64) -> f64 {
        rate_per_s / self.capacity_per_s
    }

    /// The settled state at a load below 1.
    #[inline]
    pub fn at_load(&self, load: f64) -> Reading {
        let i = ((ln_fast(1.0 - load) * (-1.0 / LN_RATIO)) as usize).min(NODES - 2);
        let nodes = &self.part(i / PART).nodes;
        let (a, b) = (&nodes[i % PART], &nodes[i % PART + 1].at);
        let throughput = load * self.capacity_per_s;
        let n = throughput * a.intercept / (1.0 - throughput * a.rise);
        self.between(a, b, n.clamp(a.at.n, b.n.max(a.at.n)))
    }

    /// The settled state that a rate leads to; `None`: its queue grows without end, or nearly so.
    #[inline]
    pub fn settled(&self, rate_per_s: f64) -> Option<Reading> {
        let load = self.load(rate_per_s);
        (load < LOAD_SETTLED_MAX).then(|| self.at_load(load))
    }

    /// The settled state with `n` in system, at whatever load that needs.
    #[inline]
    pub fn at_number(&self, n: f64) -> Reading {
        let mut parts = (0..PARTS).map(|index| self.part(index));
        let Some(part) = parts.find(|part| n < part.nodes[PART].at.n) else {
            return self.beyond(n);
        };
        let (mut i, mut step) = (0, PART / 2);
        while 0 < step {
            i += if part.numbers[(i + step) % PART] <= n {
                step
            } else {
                0
            };
            step /= 2;
        }
        self.between(&part.nodes[i], &part.nodes[i + 1].at, n)
    }

    /// The throughput with exactly `n` in system, without any fluctuation.
    #[inline]
    pub fn level_throughput_per_s(&self, n: f64) -> f64 {
        if self.slots <= n {
            return self.capacity_per_s;
        }
        let tasks = f64::from(self.pool.tasks);
        tasks * self.pool.task.throughput_per_s(n / tasks)
    }

    /// What of the shape and the load lies outside the validated range; `target` is what
    /// [`Curve::settled`] says of the rate.
    pub fn distrust(&self, rate_per_s: f64, target: &Option<Reading>) -> Distrust {
        let (load, task) = (self.load(rate_per_s), &self.pool.task);
        let cv = task.shape.cv;
        let few = self.pool.queues().0 < 16.0;
        let slots = task.slots();
        let apart = self.pool.routing == Routing::LeastOutstanding && 1 < self.pool.tasks;
        let crowded = slots < 16.0 && 4.0 <= cv || slots < 2.0 && 2.0 <= cv;
        let shared = |load: f64| {
            let holding_s = match target {
                Some(target) => target.holding_s,
                None if load < 1.0 => self.at_load(load).holding_s,
                None => f64::INFINITY,
            };
            1.01 * task.holding_alone_s < holding_s
        };
        let drifts = self.pool.routing == Routing::RoundRobin && 1 < self.pool.tasks && 0.7 < load;
        let sharing = (drifts || cv < CV_CONVOY)
            && 1.01 * task.holding_alone_s < task.holding_full_s
            && shared(load);
        Distrust::FEW_SLOTS.when(few && 1.0 < cv || apart && crowded)
            | Distrust::HIGH_LOAD.when(few && 0.95 < load && load < 1.05)
            | Distrust::HIGH_VARIATION.when(4.0 < cv)
            | Distrust::PROCESSOR_SHARING.when(sharing)
    }

    /// As [`Curve::distrust`], for a rate that holds for `dt_s` seconds only.
    pub fn distrust_within(
        &self,
        rate_per_s: f64,
        dt_s: f64,
        target: &Option<Reading>,
    ) -> Distrust {
        self.distrust(rate_per_s, target) | self.distrust_of_interval(dt_s)
    }

    /// What of it is owed to how short the rate holds.
    pub fn distrust_of_interval(&self, dt_s: f64) -> Distrust {
        Distrust::SHORT_INTERVAL.when(dt_s < 10.0 * self.pool.task.holding_alone_s)
    }

    #[inline]
    fn between(&self, node: &Node, b: &Point, n: f64) -> Reading {
        let a = &node.at;
        let t = (n - a.n) * node.per_n;
        let holding_s = a.holding_s + (b.holding_s - a.holding_s) * t;
        let wait_s = a.wait_s + (b.wait_s - a.wait_s) * t;
        let response_s = holding_s + wait_s;
        let per_response = 1.0 / response_s;
        let throughput_per_s = n * per_response;
        // What the wait looks like follows the load rather than the number.
        let by_load = (self.load(throughput_per_s) - a.load) * node.per_load;
        Reading {
            n,
            throughput_per_s,
            holding_s,
            wait_s,
            wait_share: a.wait_share + (b.wait_share - a.wait_share) * by_load,
            kappa: a.kappa + (b.kappa - a.kappa) * by_load,
            slowing: a.slowing + (b.slowing - a.slowing) * by_load,
            slope_per_s: (node.intercept * per_response * per_response)
                .max(SLOPE_MIN * self.capacity_per_s),
        }
    }

    /// Beyond the last node the idle share falls as one over the queue.
    fn beyond(&self, n: f64) -> Reading {
        let last = &self.part(PARTS - 1).nodes[PART].at;
        let queue = (last.load * self.capacity_per_s * last.wait_s).max(1e-9);
        let share = queue / (queue + n - last.n);
        let throughput_per_s = self.capacity_per_s * (1.0 - (1.0 - last.load) * share);
        let full_s = self.pool.task.holding_full_s;
        let holding_s = full_s + (last.holding_s - full_s) * share;
        Reading {
            n,
            throughput_per_s,
            holding_s,
            wait_s: (n / throughput_per_s - holding_s).max(0.0),
            wait_share: 1.0 + (last.wait_share - 1.0) * share,
            kappa: 1.0 + (last.kappa - 1.0) * share,
            slowing: last.slowing * share,
            slope_per_s: (self.capacity_per_s * (1.0 - last.load) * share * share / queue)
                .max(SLOPE_MIN * self.capacity_per_s),
        }
    }
}

impl Node {
    /// A point with the lines to the next one.
    fn joined(a: &Point, b: &Point) -> Self {
        let per = |from: f64, to: f64| if from < to { 1.0 / (to - from) } else { 0.0 };
        let (per_n, per_load) = (per(a.n, b.n), per(a.load, b.load));
        let rise = (b.holding_s + b.wait_s - a.holding_s - a.wait_s) * per_n;
        Node {
            at: *a,
            rise,
            intercept: a.holding_s + a.wait_s - rise * a.n,
            per_n,
            per_load,
        }
    }
}

/// The curves of one work shape behind one routing, by number of tasks, built when first needed.
#[derive(Clone, Debug)]
pub struct CurveCache {
    routing: Routing,
    task: Arc<Task>,
    by_tasks: Vec<Option<Arc<Curve>>>,
}

impl CurveCache {
    /// An empty cache; works out the task's throughputs.
    pub fn new(routing: Routing, shape: WorkShape) -> Self {
        CurveCache {
            routing,
            task: Arc::new(Task::new(shape)),
            by_tasks: Vec::new(),
        }
    }

    /// The task of the cache's shape.
    pub fn task(&self) -> &Arc<Task> {
        &self.task
    }

    /// The curve of a number of tasks; none without tasks.
    pub fn curve(&mut self, tasks: u32) -> Option<&Arc<Curve>> {
        let i = (tasks as usize).checked_sub(1)?;
        if self.by_tasks.len() <= i {
            self.by_tasks.resize(i + 1, None);
        }
        let (routing, task) = (self.routing, &self.task);
        let slot = &mut self.by_tasks[i];
        Some(slot.get_or_insert_with(|| Arc::new(Curve::new(routing, tasks, task))))
    }
}
