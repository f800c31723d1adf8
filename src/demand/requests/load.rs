//! The load of one service, request by request, as the minutes that alarms, metrics and the bill
//! read.

use std::collections::BTreeMap;

use super::answers::Answers;
use super::calls::CallWork;
use super::fleet::{Areas, Clients, Fleet, Totals};
use super::law::WorkLaw;
use super::server::{RequestWork, ServerId};
use crate::demand::period::{PERIOD, QUANTILES, ServicePeriod};
use crate::demand::service_load::{Closed, LoadSpec, STEADY_LOAD_MAX, ServiceLoad};
use crate::engine::random::{NameHash, Streams};
use crate::engine::{SimDuration, SimTime};
use crate::ids::TaskId;
use crate::policy::load::{Histogram, Task};

/// A steady run's requests are played this many slot-holding times before its start, so that it
/// begins in the middle of them (ASSUMPTION: enough up to the load that a steady run begins with).
pub const WARM_UP_HOLDINGS: f64 = 200.0;
/// The warm-up plays at most about this many requests.
pub const WARM_UP_REQUESTS: f64 = 1e6;

/// The load of one service, request by request.
#[derive(Clone, Debug)]
pub struct RequestLoad {
    spec: LoadSpec,
    /// Requests a second that one task can answer at most.
    task_capacity_per_s: f64,
    pub(super) fleet: Fleet,
    servers: BTreeMap<TaskId, ServerId>,
    running: u32,
    pub(super) rate_per_s: f64,
    pub(super) updated: SimTime,
    pub(super) minute: Minute,
    pub(super) steady: Option<ServicePeriod>,
    responses: Histogram,
}

/// The sums of the minute that is not over.
#[derive(Clone, Debug, Default)]
pub(super) struct Minute {
    pub(super) answers: Answers,
    totals: Totals,
    areas: Areas,
    seconds: f64,
    running_s: f64,
    serving_s: f64,
    unhealthy_s: f64,
}

impl Minute {
    /// One that begins with these counted already.
    pub(super) fn since(totals: Totals, areas: Areas) -> Self {
        Minute {
            totals,
            areas,
            ..Minute::default()
        }
    }
}

/// What a request costs a task, as the fleet wants it.
fn request_work(spec: &LoadSpec) -> RequestWork {
    let shape = spec.shape;
    RequestWork {
        cpu_s: shape.cpu_s,
        wait_s: shape.wait_s,
        law: WorkLaw::lognormal(shape.cv),
        slots: shape.slots.max(1),
        vcpus: shape.vcpus,
        errors: spec.errors,
        places: spec.places,
    }
}

impl RequestLoad {
    /// A service that nobody asks of yet, with the draws of `name`.
    pub fn new(spec: LoadSpec, streams: Streams, name: NameHash) -> Self {
        let clients = Clients {
            timeout_s: spec.timeout_s.unwrap_or(f64::INFINITY),
            leaves_queue: spec.leaves_queue,
            retry_attempts: spec.retry_attempts,
            backoff_s: spec.backoff_s,
            visibility_s: spec.visibility_s,
        };
        RequestLoad {
            task_capacity_per_s: Task::new(spec.shape).capacity_per_s,
            fleet: Fleet::new(spec.routing, clients, (streams, name), 0.0).with_spread(spec.spread),
            spec,
            servers: BTreeMap::new(),
            running: 0,
            rate_per_s: 0.0,
            updated: SimTime::ZERO,
            minute: Minute::default(),
            steady: None,
            responses: Histogram::new(),
        }
    }

    /// The rate of first tries, from now on; the load must have been advanced to now.
    pub fn set_rate(&mut self, rate_per_s: f64) {
        self.rate_per_s = rate_per_s;
        self.fleet.set_rate(rate_per_s);
        self.steady = None;
    }

    /// The tasks that run, from now on; the load must have been advanced to now.
    pub fn set_running(&mut self, running: u32) {
        self.running = running;
        self.steady = None;
    }

    /// What the code of most of its tasks costs, for the figures of the whole service.
    pub fn set_spec(&mut self, spec: LoadSpec) {
        if spec != self.spec {
            self.task_capacity_per_s = Task::new(spec.shape).capacity_per_s;
            self.spec = spec;
            self.steady = None;
        }
    }

    /// A task answers from now on, its requests costing what `spec` says.
    pub fn join(&mut self, task: TaskId, spec: &LoadSpec, calls: &[CallWork]) {
        let server = self.fleet.join_calling(&request_work(spec), calls);
        self.servers.insert(task, server);
        self.steady = None;
    }

    /// A task gets no further requests; it works on those it has until it is killed.
    pub fn drain(&mut self, task: TaskId, killed: SimTime) {
        if let Some(server) = self.servers.remove(&task) {
            self.fleet.drain(server, killed.as_secs_f64());
            self.steady = None;
        }
    }

    /// A task is killed with the requests that are at it.
    pub fn kill(&mut self, task: TaskId) {
        if let Some(server) = self.servers.remove(&task) {
            self.fleet.kill(server);
            self.steady = None;
        }
    }

    /// Begins in the middle of requests: plays the present rate for a while before the start.
    pub fn settle(&mut self) {
        let capacity = self.task_capacity_per_s * f64::from(self.fleet.serving());
        if self.rate_per_s <= 0.0 || capacity <= 0.0 {
            return;
        }
        // Further tries load it as well.
        let expected = self.expected_minute();
        let tries = if 0.0 < expected.first_tries {
            (expected.requests / expected.first_tries).max(1.0)
        } else {
            1.0
        };
        let rate_per_s = self.rate_per_s.min(STEADY_LOAD_MAX * capacity / tries);
        let holding_s = f64::from(self.spec.shape.slots) / self.task_capacity_per_s;
        let length_s = (WARM_UP_HOLDINGS * holding_s).min(WARM_UP_REQUESTS / rate_per_s);
        self.fleet.rewind(length_s);
        self.fleet.set_rate(rate_per_s);
        self.fleet.advance(0.0, u64::MAX, &mut Answers::default());
        self.fleet.set_rate(self.rate_per_s);
        self.minute.totals = self.fleet.totals();
        self.minute.areas = self.fleet.areas();
    }

    /// What a minute under the present rate is expected to see, by the fluid model: alarms of a
    /// steady run are primed with it.
    pub fn expected_minute(&self) -> ServicePeriod {
        let mut fluid = ServiceLoad::new(self.spec);
        fluid.set_rate(self.rate_per_s);
        fluid.set_tasks(self.running, self.fleet.serving());
        fluid.settle();
        fluid.minute().0
    }

    /// Tasks that answer.
    pub fn serving(&self) -> u32 {
        self.fleet.serving()
    }

    /// The value that every further minute will have, while nobody asks.
    pub fn steady(&self) -> Option<&ServicePeriod> {
        self.steady.as_ref().filter(|_| !self.spec.memory_grows)
    }

    /// Memory of a task, MiB.
    pub fn memory_limit_mib(&self) -> f64 {
        self.spec.memory_limit_mib
    }

    /// Mean memory in use by a running task since the minute began, MiB.
    pub fn memory_per_task_mib(&self) -> f64 {
        let busy = self.fleet.slots_taken() as f64 / f64::from(self.running.max(1));
        self.spec.memory_base_mib + self.spec.memory_per_request_mib * busy
    }

    /// Response times of the whole run.
    pub fn responses(&mut self) -> &Histogram {
        self.responses.merge(&self.minute.answers.histogram);
        self.minute.answers.clear();
        &self.responses
    }

    /// What the minute that is not over has seen so far, at the end of the run: its index and it.
    pub fn last_minute(&mut self) -> Option<(u64, ServicePeriod)> {
        let index = self.updated.period_index(PERIOD);
        // A run that was ended early may have stopped between two updates.
        self.count_seconds(self.fleet.now_s() - self.updated.as_secs_f64());
        (0.0 < self.minute.seconds).then(|| (index, self.period()))
    }

    /// Events of requests played so far.
    pub fn events(&self) -> u64 {
        self.fleet.handled()
    }

    /// Requests that are remembered at present (see [`Fleet::at_once`]).
    pub fn at_once(&self) -> u64 {
        self.fleet.at_once()
    }

    /// Recounts what is counted on the way (see [`Fleet::audit`]).
    pub fn audit(&self) {
        self.fleet.audit();
    }

    /// Moves on to `now`; `closed` hears of every minute that is over by then, like ones together.
    /// After `most` events of requests it stops where it is; true if it got there.
    pub fn advance_to(
        &mut self,
        now: SimTime,
        most: u64,
        mut closed: impl FnMut(Closed<'_>),
    ) -> bool {
        let last = self.fleet.handled().saturating_add(most);
        while self.updated < now {
            let index = self.updated.period_index(PERIOD);
            let start = SimTime::from_micros(index * PERIOD.as_micros());
            let whole = now.since(self.updated).as_micros() / PERIOD.as_micros();
            if let Some(period) = &self.steady
                && self.updated == start
                && 0 < whole
            {
                closed((index, whole, period));
                self.updated += SimDuration::from_micros(PERIOD.as_micros() * whole);
                self.fleet.skip_to(self.updated.as_secs_f64());
                continue;
            }
            let end = (start + PERIOD).min(now);
            if !self.play_to(end, last - self.fleet.handled()) {
                return false;
            }
            if end == start + PERIOD {
                let period = self.close();
                closed((index, 1, &period));
            }
        }
        true
    }

    fn play_to(&mut self, end: SimTime, most: u64) -> bool {
        let dt_s = end.since(self.updated).as_secs_f64();
        let reached = self
            .fleet
            .advance(end.as_secs_f64(), most, &mut self.minute.answers);
        if reached {
            self.count_seconds(dt_s);
            self.updated = end;
        }
        reached
    }

    /// So many seconds of the minute have passed with the present tasks.
    pub(super) fn count_seconds(&mut self, dt_s: f64) {
        let dt_s = dt_s.max(0.0);
        self.minute.seconds += dt_s;
        self.minute.running_s += f64::from(self.running) * dt_s;
        self.minute.serving_s += f64::from(self.fleet.serving()) * dt_s;
        if self.spec.is_open {
            self.minute.unhealthy_s += f64::from(self.fleet.serving()) * dt_s;
        }
    }

    /// Ends the minute and opens the next one.
    pub(super) fn close(&mut self) -> ServicePeriod {
        let period = self.period();
        self.responses.merge(&self.minute.answers.histogram);
        let mut answers = std::mem::take(&mut self.minute.answers);
        answers.clear();
        self.minute = Minute {
            answers,
            totals: self.fleet.totals(),
            areas: self.fleet.areas(),
            ..Minute::default()
        };
        // A minute in which nobody asked, and nobody will.
        let quiet = self.fleet.is_idle() && period.requests == 0.0 && period.in_flight == 0.0;
        let whole = PERIOD.as_secs_f64();
        let is_typical = period.serving == f64::from(self.fleet.serving())
            && period.cpu_reserved == f64::from(self.running) * self.spec.shape.vcpus * whole;
        self.steady = (quiet && is_typical).then_some(period);
        period
    }

    /// How long the messages at the head of the queue had waited: those that were received, or, if
    /// none was, the one that still stands there (in the middle of the time).
    fn oldest_s(&self, (totals, areas): (Totals, Areas), seconds: f64) -> f64 {
        if self.spec.visibility_s.is_none() {
            return 0.0;
        }
        let received = totals.received - self.minute.totals.received;
        if 0 < received {
            return (areas.waited_s - self.minute.areas.waited_s) / received as f64;
        }
        let age_s = self.fleet.head_age_s().unwrap_or(0.0);
        (age_s - 0.5 * seconds).max(0.5 * age_s)
    }

    /// What the open minute has seen so far.
    fn period(&mut self) -> ServicePeriod {
        let used = self.used_so_far();
        let (totals, areas) = (self.fleet.totals(), self.fleet.areas());
        let (spec, minute) = (&self.spec, &self.minute);
        let seconds = minute.seconds.max(1e-6);
        let since = |now: u64, then: u64| (now - then) as f64;
        let (before, histogram) = (&minute.totals, &minute.answers.histogram);
        let given_up = since(totals.timed_out, before.timed_out);
        let (timed_out, elb_504) = match spec.balancer_gives_up {
            true => (0.0, given_up),
            false => (given_up, 0.0),
        };
        ServicePeriod {
            requests: since(totals.arrived, before.arrived),
            first_tries: since(totals.first_tries, before.first_tries),
            target_5xx: since(totals.target_5xx, before.target_5xx),
            elb_5xx: since(totals.elb_5xx, before.elb_5xx) + elb_504,
            elb_502: since(totals.lost, before.lost),
            elb_504,
            timed_out,
            failed: since(totals.failed, before.failed),
            in_flight: (areas.in_system_s - minute.areas.in_system_s) / seconds,
            queued: (areas.queued_s - minute.areas.queued_s) / seconds,
            received: since(totals.received, before.received),
            oldest_s: self.oldest_s((totals, areas), seconds),
            running: minute.running_s / seconds,
            serving: minute.serving_s / seconds,
            open: minute.unhealthy_s / seconds,
            capacity: minute.serving_s * self.task_capacity_per_s / seconds,
            response_mean: histogram.mean_s().unwrap_or(0.0),
            response_quantiles: QUANTILES.map(|q| minute.answers.quantile_s(q)),
            distrust_s: 0.0,
            ..used
        }
    }

    /// CPU and memory of the minute that is not over, so far.
    pub fn used_so_far(&mut self) -> ServicePeriod {
        let (areas, spec, minute) = (self.fleet.areas(), &self.spec, &self.minute);
        let cpu_reserved = minute.running_s * spec.shape.vcpus;
        let memory_reserved = minute.running_s * spec.memory_mib;
        let cpu_used = areas.cpu_s - minute.areas.cpu_s + spec.idle_vcpus * minute.running_s;
        let memory_used = spec.memory_base_mib * minute.running_s
            + spec.memory_per_request_mib * (areas.busy_s - minute.areas.busy_s);
        ServicePeriod {
            cpu_used: cpu_used.min(cpu_reserved),
            cpu_reserved,
            memory_used: memory_used.min(memory_reserved),
            memory_reserved,
            ..ServicePeriod::default()
        }
    }
}
