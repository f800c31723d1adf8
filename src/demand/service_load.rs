//! The load of one service in the fluid model: advanced only when something changes, closed minute
//! by minute.
//!
//! Between two changes of the rate or of the tasks a service settles; from then on all its minutes
//! are alike, and are closed together, at the cost of one. Behind round robin tasks that start or
//! stop while requests queue have a state of their own (`demand::cohorts`).

mod ahead;
mod audit;
mod calls;
mod copying;
mod distrust;
mod drain;
mod in_flight;
mod spec;
mod steady;
mod stretch;

use std::sync::Arc;

use ahead::Ahead;
pub use calls::Served;
use copying::Copying;
use drain::Closings;
use in_flight::InFlight;
pub use spec::LoadSpec;
use steady::Steady;

use crate::demand::cohorts::{Cohorts, Division, Queued};
use crate::demand::known::{KnownBound, KnownClients, KnownLaw, KnownQuantiles, KnownTarget};
use crate::demand::open_period::OpenPeriod;
use crate::demand::period::{PERIOD, ServicePeriod};
use crate::demand::responses::Responses;
use crate::demand::tables::SharedCurves;
use crate::engine::SimTime;
use crate::policy::load::{Curve, Distrust, FluidQueue, Histogram, ResponseTable, Routing};

/// The load of one service.
#[derive(Clone, Debug)]
pub struct ServiceLoad {
    spec: LoadSpec,
    curves: SharedCurves,
    curve: Option<Arc<Curve>>,
    table: Arc<ResponseTable>,
    first: Queued,
    cohorts: Cohorts,
    /// Requests that will fail when the tasks they are at are killed.
    closings: Closings,
    rate_per_s: f64,
    attempts_mean: f64,
    in_flight: InFlight,
    busy_slots: f64,
    /// Into how many pieces the last stretch fell.
    pieces: u32,
    running: u32,
    serving: u32,
    updated: SimTime,
    is_settled: bool,
    steady: Option<Steady>,
    ahead: Ahead,
    open: OpenPeriod,
    responses: Responses,
    target: KnownTarget,
    bound: KnownBound,
    law: KnownLaw,
    clients: KnownClients,
    quantiles: KnownQuantiles,
    distrust_s: [f64; Distrust::ALL.len()],
    copying: Copying,
    /// Since when the rate and the tasks are as they are; `None`: since before the run.
    changed: Option<SimTime>,
    /// The share of requests whose work alone outlasts a time-out, in every try.
    hopeless: f64,
    /// The share of the last stretch's tries that failed.
    failed_share: f64,
    /// Where a stretch that is only foreseen is counted.
    foreseen: Option<Box<OpenPeriod>>,
}

/// The highest load that a steady run begins with; the queue of a higher one takes hours to settle.
pub const STEADY_LOAD_MAX: f64 = 0.95;
/// Rounds of finding how many further tries a settled service gets, at most.
const SETTLING_ROUNDS: u32 = 16;
/// Minutes that are over: `count` alike, the first of them with this index.
pub type Closed<'a> = (u64, u64, &'a ServicePeriod);

impl ServiceLoad {
    /// A service that nobody asks of yet.
    pub fn new(spec: LoadSpec) -> Self {
        let mut copying = Copying::default();
        let spec = copying.follow(spec);
        ServiceLoad {
            spec,
            copying,
            changed: None,
            hopeless: spec.hopeless_share(),
            curves: SharedCurves::of(spec.reached_by(), spec.shape),
            curve: None,
            table: ResponseTable::shared(spec.shape.cv),
            first: Queued::default(),
            cohorts: Cohorts::default(),
            closings: Closings::default(),
            rate_per_s: 0.0,
            attempts_mean: 1.0,
            in_flight: InFlight::BEFORE,
            busy_slots: 0.0,
            pieces: 0,
            running: 0,
            serving: 0,
            updated: SimTime::ZERO,
            is_settled: false,
            steady: None,
            ahead: Ahead::default(),
            open: OpenPeriod::default(),
            responses: Responses::default(),
            target: KnownTarget::default(),
            bound: KnownBound::default(),
            law: KnownLaw::default(),
            clients: KnownClients::default(),
            quantiles: KnownQuantiles::default(),
            distrust_s: [0.0; Distrust::ALL.len()],
            failed_share: 0.0,
            foreseen: None,
        }
    }

    /// The rate of first tries, from now on; the load must have been advanced to now.
    pub fn set_rate(&mut self, rate_per_s: f64) {
        if rate_per_s != self.rate_per_s {
            self.rate_per_s = rate_per_s;
            self.changed = Some(self.updated);
            self.unsettle();
            self.recount_copies();
        }
    }

    /// The tasks that run and those that answer, from now on; the load must have been advanced to
    /// now.
    pub fn set_tasks(&mut self, running: u32, serving: u32) {
        if (running, serving) != (self.running, self.serving) {
            if serving != self.serving {
                self.split(serving);
                self.curve = self.curves.curve(serving);
                self.changed = Some(self.updated);
                if self.serving == 0 {
                    // Whoever found nobody until now says nothing of those who come from now on.
                    self.attempts_mean = 1.0;
                }
            }
            (self.running, self.serving) = (running, serving);
            self.unsettle();
            self.tell_anomalous();
            self.recount_copies();
        }
    }

    /// Tasks with queues of their own come or go while some of them are long.
    fn split(&mut self, serving: u32) {
        let has_own = self.spec.routing != Routing::Pooled && 0 < serving;
        let slots = self.curve.as_ref().map(|curve| curve.slots());
        let is_uneven = !self.spec.spread.is_even() && self.serving < serving;
        match slots.filter(|_| has_own) {
            Some(slots) if is_uneven || self.cohorts.is_split(&self.first.queue, slots) => {
                let division = self.division(self.updated.as_secs_f64());
                let change = (self.serving, serving);
                self.cohorts.change(&mut self.first, change, &division);
                self.closings.keep_nothing();
            }
            Some(_) => {
                self.cohorts.killed = 0.0;
                let more = serving.saturating_sub(self.serving);
                if 0 < more {
                    self.closings.came(self.updated, more);
                }
            }
            None => {
                self.cohorts.killed = 0.0;
                self.cohorts.begin();
            }
        }
    }

    /// How the balancer divides requests at an instant.
    fn division(&self, now_s: f64) -> Division {
        Division {
            routing: self.spec.routing,
            spread: self.spec.spread,
            now_s,
        }
    }

    /// What the code of its tasks costs, from now on (a new revision).
    pub fn set_spec(&mut self, spec: LoadSpec) {
        let spec = self.copying.follow(spec);
        if spec != self.spec {
            self.take_spec(spec);
            self.tell_anomalous();
        }
        self.recount_copies();
    }

    fn take_spec(&mut self, spec: LoadSpec) {
        self.curves = SharedCurves::of(spec.reached_by(), spec.shape);
        self.curve = self.curves.curve(self.serving);
        self.table = ResponseTable::shared(spec.shape.cv);
        self.hopeless = spec.hopeless_share();
        self.spec = spec;
        self.target = KnownTarget::default();
        self.bound = KnownBound::default();
        self.law = KnownLaw::default();
        self.clients = KnownClients::default();
        self.unsettle();
    }

    /// The share of its tasks that are anomalous is the spec's.
    fn tell_anomalous(&mut self) {
        if 0 < self.serving {
            self.cohorts
                .set_anomalous(&mut self.first, self.spec.anomalous);
        }
    }

    /// A task was killed with the requests it worked on: that share of those in flight fails.
    pub fn lose_share(&mut self, share: f64) {
        if self.spec.visibility_s.is_some() {
            // Messages are back in the queue (at once: ASSUMPTION).
            return;
        }
        let lost = self.cohorts.lose_share(&mut self.first.queue, share);
        self.open.elb_5xx += lost;
        self.open.elb_502 += lost;
        if self.spec.retry_attempts == 0 {
            // Else the further try finds another task.
            self.open.failed += self.in_flight.first_tries(lost);
        }
        self.unsettle();
    }

    /// The last tasks are leaving, and finish what is at them: nothing of it is lost.
    pub fn finish_all(&mut self) {
        let _ = self.cohorts.lose_share(&mut self.first.queue, 1.0);
        self.unsettle();
    }

    /// Starts in the settled state under the present rate.
    pub fn settle(&mut self) {
        self.changed = None;
        for _ in 0..SETTLING_ROUNDS {
            let offered = self.offered();
            let Some(curve) = &self.curve else {
                return;
            };
            // Above its capacity a service has no steady state: it begins as just below it.
            let most = STEADY_LOAD_MAX * curve.capacity_per_s();
            self.first.queue = FluidQueue::settled_at(curve, offered.min(most));
            // What fails then is tried again, which is a part of what is offered.
            let tries = self.play_minute().2;
            if (tries - self.attempts_mean).abs() < 1e-9 {
                return;
            }
            self.attempts_mean = tries;
        }
    }

    /// What the minute that is not over has seen so far, at the end of the run: its index and it.
    pub fn last_minute(&mut self) -> Option<(u64, ServicePeriod)> {
        let index = self.updated.period_index(PERIOD);
        let has_begun = self.open.has_begun();
        has_begun.then(|| (index, self.open.period(&mut self.quantiles)))
    }

    /// CPU and memory of the minute that is not over, so far.
    pub fn used_so_far(&self) -> ServicePeriod {
        self.open.used()
    }

    /// Whether further time changes nothing until the rate or the tasks change.
    pub fn is_settled(&self) -> bool {
        self.is_settled
    }

    /// Memory of a task, MiB.
    pub fn memory_limit_mib(&self) -> f64 {
        self.spec.memory_limit_mib
    }

    /// Mean memory in use by a running task now, MiB.
    pub fn memory_per_task_mib(&self) -> f64 {
        let busy = self.busy_slots / f64::from(self.running.max(1));
        self.spec.memory_base_mib + self.spec.memory_per_request_mib * busy
    }

    /// Response times of the whole run; its last minute need not be a whole one.
    pub fn responses(&mut self) -> &Histogram {
        self.open.close(&mut self.responses, &mut self.quantiles);
        self.responses.histogram()
    }

    /// Seconds spent in each region outside the model's validated range, as in [`Distrust::ALL`].
    pub fn distrust_s(&self) -> &[f64] {
        &self.distrust_s
    }

    /// Moves on to `now`; `closed` hears of every minute that is over by then, like ones together.
    pub fn advance_to(&mut self, now: SimTime, mut closed: impl FnMut(Closed<'_>)) {
        while self.updated < now {
            self.close_connections();
            let index = self.updated.period_index(PERIOD);
            let start = SimTime::from_micros(index * PERIOD.as_micros());
            let whole = now.since(self.updated).as_micros() / PERIOD.as_micros();
            if self.updated == start && 0 < whole && self.steady.is_some() {
                if self.ahead.is_known {
                    self.arrive();
                    closed((index, 1, &self.ahead.period));
                } else {
                    self.repeat(index, whole, &mut closed);
                }
                continue;
            }
            if self.ahead.is_known {
                // Something happens in the middle of the minute.
                self.unsettle();
            }
            let end = (start + PERIOD).min(now).min(self.closings.next());
            self.segment(end.since(self.updated));
            self.updated = end;
            if end == start + PERIOD {
                let period = self.open.close(&mut self.responses, &mut self.quantiles);
                closed((index, 1, &period));
                self.foresee();
            }
        }
    }

    fn unsettle(&mut self) {
        self.is_settled = false;
        self.steady = None;
        self.ahead.is_known = false;
    }

    /// Requests a second that reach the balancer, further tries included.
    fn offered(&self) -> f64 {
        self.rate_per_s * self.attempts_mean
    }
}
