//! What a service's load model is told of its work and its clients.

use crate::policy::balancing::{ANOMALOUS_SHARE, Spread, is_anomalous};
use crate::policy::load::{Routing, WorkShape};
use crate::policy::message_queue::longer;

use crate::demand::known::felt;

/// What a service's requests cost, and what its clients do.
#[derive(Clone, Copy, PartialEq, Debug)]
pub struct LoadSpec {
    /// What a request costs a task.
    pub shape: WorkShape,
    /// How requests find a task.
    pub routing: Routing,
    /// Which tasks get more of them than others.
    pub spread: Spread,
    /// Whether the tasks are UNHEALTHY, and asked all the same.
    pub is_open: bool,
    /// The share of the tasks that are anomalous, where the balancer mitigates: each gets a tenth
    /// of what one of the others does.
    pub anomalous: f64,
    /// Whether two revisions serve whose requests do not take equally long.
    pub revisions_differ: bool,
    /// Memory of a task, MiB.
    pub memory_mib: f64,
    /// The memory beyond which a task is killed, MiB; infinite: nothing limits it.
    pub memory_limit_mib: f64,
    /// Memory in use by an idle task, MiB.
    pub memory_base_mib: f64,
    /// Further memory per request in flight, MiB.
    pub memory_per_request_mib: f64,
    /// Whether its tasks keep memory: then no two of its minutes are alike.
    pub memory_grows: bool,
    /// vCPUs in use by an idle task.
    pub idle_vcpus: f64,
    /// Share of requests that a task answers with a 5xx, 0 to 1.
    pub errors: f64,
    /// After how many seconds a client, or the balancer before it, gives up; `None`: never.
    pub timeout_s: Option<f64>,
    /// Whether it is the balancer that does: its idle time-out is over first, and it answers 504.
    pub balancer_gives_up: bool,
    /// Whether a request then leaves the queue, if it still stands there.
    pub leaves_queue: bool,
    /// Tries after a first one that failed.
    pub retry_attempts: u32,
    /// Seconds between a failure and the next try; the fluid model tries again at once.
    pub backoff_s: f64,
    /// Requests that may queue at a task; further ones are turned away.
    pub places: u32,
    /// Of a service that pulls from a queue: how many seconds a message that is worked on stays
    /// hidden from other tasks. `None`: a service that is asked.
    pub visibility_s: Option<f64>,
    /// Whether it could not be worked out well what its requests' calls take.
    pub calls_are_unsure: bool,
    /// Whether a service that they call is outside of the model's validated range itself.
    pub callees_are_unsure: bool,
    /// How unevenly callers ask its tasks, by the addresses that they know; infinite where that is
    /// not known either.
    pub address_cv: f64,
    /// Whether anybody asks: else nobody wants to know what could be answered.
    pub is_asked: bool,
}

/// Revisions whose requests take less than this times as long as the other's are as one. With three
/// times, one of four tasks being the quick one, the mean was 27 % too short, p99 40 %.
const REVISIONS_ALIKE: f64 = 1.2;

/// Not all of the work is ever taken to outlast a time-out.
const HOPELESS_MAX: f64 = 0.999_999;

/// Between the shapes of two revisions so many steps are looked at.
const SHAPES: f64 = 20.0;

/// From these shares of requests on that sessions bind to their tasks, what comes to a task is more
/// at random than as the balancer's algorithm has it: in turn, or to the task with the fewest,
/// which evens out much with few requests. Measured: `docs/models.md`, sticky sessions.
const MOSTLY_BOUND: f64 = 0.5;
const MOSTLY_BOUND_LEVELLED: f64 = 0.9;

impl LoadSpec {
    /// Requests of this shape that come one way, of clients that wait as long as it takes: one in
    /// work has a MiB of its task's GiB, and nothing else is used, lost or kept.
    pub fn plain(shape: WorkShape, routing: Routing) -> Self {
        LoadSpec {
            shape,
            routing,
            spread: Spread::EVEN,
            is_open: false,
            anomalous: 0.0,
            revisions_differ: false,
            memory_mib: 1024.0,
            memory_limit_mib: f64::INFINITY,
            memory_base_mib: 0.0,
            memory_per_request_mib: 1.0,
            memory_grows: false,
            idle_vcpus: 0.0,
            errors: 0.0,
            timeout_s: None,
            balancer_gives_up: false,
            leaves_queue: true,
            retry_attempts: 0,
            backoff_s: 0.0,
            places: u32::MAX,
            visibility_s: None,
            calls_are_unsure: false,
            callees_are_unsure: false,
            address_cv: 0.0,
            is_asked: true,
        }
    }

    /// How requests reach the tasks' queues: what sessions are bound to is no choice of the
    /// balancer's.
    pub(super) fn reached_by(&self) -> Routing {
        let bound = self.spread.sticky_share;
        match self.routing {
            Routing::RoundRobin if MOSTLY_BOUND <= bound => Routing::Random,
            Routing::LeastOutstanding if MOSTLY_BOUND_LEVELLED <= bound => Routing::Random,
            routing => routing,
        }
    }

    /// What requests cost on so many tasks of one revision and on others': in the slots, laws and
    /// sizes of the first, which most tasks run, and in the means of all that are asked. Where the
    /// balancer mitigates anomalies, an anomalous revision's tasks get less of them.
    pub fn mixed((base, tasks): (LoadSpec, u32), others: &[(LoadSpec, u32)]) -> LoadSpec {
        let all = others.iter().fold(tasks, |sum, (_, tasks)| sum + tasks);
        let first = (base, tasks);
        let is_less = |spec: &LoadSpec, of: &dyn Fn(&LoadSpec) -> bool| {
            let peers = std::iter::once(&first).chain(others);
            let peers = peers.filter(|(spec, tasks)| 0 < *tasks && of(spec));
            let sums = peers.fold((0.0, 0.0), |sum, (spec, tasks)| {
                let tasks = f64::from(*tasks);
                (sum.0 + spec.errors * tasks, sum.1 + tasks)
            });
            let has_peers = base.spread.mitigates && 0.0 < sums.1;
            has_peers && is_anomalous(spec.errors, sums.0 / sums.1, all)
        };
        let is_less = |spec: &LoadSpec| is_less(spec, &|other| other.errors != spec.errors);
        let asked = |spec: &LoadSpec, tasks: u32| {
            f64::from(tasks) * if is_less(spec) { ANOMALOUS_SHARE } else { 1.0 }
        };
        let weighed = others
            .iter()
            .map(|(other, tasks)| (other, asked(other, *tasks)));
        let of_others: f64 = weighed.clone().map(|(_, weight)| weight).sum();
        let sum = asked(&base, tasks) + of_others;
        let mut mixed = base;
        for (other, weight) in weighed {
            mixed.mix(&base, other, weight / sum);
        }
        let anomalous = std::iter::once(&first).chain(others);
        let anomalous = anomalous.filter(|(spec, _)| is_less(spec));
        let anomalous: u32 = anomalous.map(|(_, tasks)| tasks).sum();
        mixed.anomalous = f64::from(anomalous) / f64::from(all.max(1));
        mixed.revisions_differ = others.iter().any(|(other, _)| base.differs(other));
        mixed
    }

    /// How long a request holds a slot of a task that has no other, mean, seconds.
    fn alone_s(&self) -> f64 {
        let shape = &self.shape;
        shape.cpu_s / shape.vcpus.clamp(1e-9, 1.0) + shape.wait_s
    }

    /// The share of requests that outlast a time-out by their work alone, if that is tried again:
    /// a further try is the same work.
    pub(super) fn hopeless_share(&self) -> f64 {
        let again = 0 < self.retry_attempts;
        let timeout_s = self.timeout_s.filter(|_| again);
        let [share, _] = timeout_s.map_or([0.0; 2], |timeout_s| {
            longer(self.alone_s(), self.shape.cv, timeout_s)
        });
        felt(share).min(HOPELESS_MAX)
    }

    /// Whether requests take longer on tasks of one than on tasks of the other, by more than means
    /// of the two can be trusted with.
    fn differs(&self, other: &LoadSpec) -> bool {
        let [one, two] = [self.alone_s(), other.alone_s()];
        REVISIONS_ALIKE * one.min(two) < one.max(two)
    }

    /// Takes `share` of `other`'s code into the means of `base`'s: what a request costs on tasks of
    /// two revisions. Slots, laws and sizes stay `base`'s.
    pub fn mix(&mut self, base: &LoadSpec, other: &LoadSpec, share: f64) {
        let part = |share: f64, of: fn(&LoadSpec) -> f64| share * (of(other) - of(base));
        // Nothing is added where they are alike, not even by rounding.
        let add = |mean: &mut f64, of| *mean += part(share, of);
        // A shape has tables of its own: few of them do.
        let coarse = (share * SHAPES).round() / SHAPES;
        self.shape.cpu_s += part(coarse, |spec| spec.shape.cpu_s);
        self.shape.wait_s += part(coarse, |spec| spec.shape.wait_s);
        self.memory_grows |= other.memory_grows;
        add(&mut self.errors, |spec| spec.errors);
        add(&mut self.idle_vcpus, |spec| spec.idle_vcpus);
        add(&mut self.memory_base_mib, |spec| spec.memory_base_mib);
        add(&mut self.memory_per_request_mib, |spec| {
            spec.memory_per_request_mib
        });
    }
}
