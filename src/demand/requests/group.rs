//! Services that call one another, request by request: one order of time for all their requests.

use std::collections::VecDeque;

use super::calls::Sent;
use super::fleet::Arrived;
use super::load::{Minute, RequestLoad};
use crate::demand::parts::together;
use crate::demand::period::{PERIOD, ServicePeriod};
use crate::demand::service_load::Closed;
use crate::engine::random::{NameHash, Purpose, Stream, Streams};
use crate::engine::{SimDuration, SimTime};

/// Draws of which target group of a service a call goes to.
const SIDES: Purpose = Purpose::new("sides of calls");

/// A service with two target groups, each with tasks and requests of its own.
#[derive(Clone, Copy, PartialEq, Debug)]
pub struct Split {
    /// The place of the service in its group.
    pub place: u32,
    /// Where the requests of its alternate target group stand: after those of all services.
    pub alternate: u32,
    /// The part of what the service is asked that these are.
    pub part: f64,
}

/// What the services of a group share: who is next, and what goes between them.
#[derive(Clone, Debug, Default)]
pub struct RequestGroup {
    /// When each one's next event is, seconds.
    nexts: Vec<f64>,
    sent: VecDeque<Sent>,
    splits: Vec<Split>,
    draws: Option<Stream>,
    /// The minutes of all of them; reused.
    minutes: Vec<ServicePeriod>,
}

impl RequestGroup {
    /// Calls to services whose traffic is shifted draw from this name's stream.
    pub fn draw_sides(&mut self, (streams, name): (Streams, NameHash)) {
        self.draws = Some(streams.stream(SIDES, name, 0));
    }

    /// These of its services have two target groups, from now on.
    pub fn set_splits(&mut self, splits: Vec<Split>) {
        self.splits = splits;
    }

    /// Where a call to the service at this place goes: to either target group by its part.
    fn side_of(&mut self, place: u32) -> u32 {
        let split = self.splits.iter().find(|split| split.place == place);
        let Some(split) = split.filter(|split| 0.0 < split.part) else {
            return place;
        };
        let goes_over = match &mut self.draws {
            Some(draws) if split.part < 1.0 => draws.uniform() < split.part,
            _ => true,
        };
        if goes_over { split.alternate } else { place }
    }

    /// Tells the minutes of each service, those of its two target groups together.
    fn tell(&self, (first, count): (u64, u64), closed: &mut dyn FnMut(usize, Closed<'_>)) {
        let services = self.minutes.len() - self.splits.len();
        for (at, minute) in self.minutes.iter().enumerate().take(services) {
            let split = self.splits.iter().find(|split| split.place as usize == at);
            match split.and_then(|split| self.minutes.get(split.alternate as usize)) {
                Some(alternate) => closed(at, (first, count, &together(minute, alternate))),
                None => closed(at, (first, count, minute)),
            }
        }
    }

    /// Moves all of them on to `now`, as [`RequestLoad::advance_to`] does one; `closed` hears of
    /// minutes with the place of the service.
    pub fn advance_to(
        &mut self,
        loads: &mut [&mut RequestLoad],
        (now, most): (SimTime, u64),
        closed: &mut dyn FnMut(usize, Closed<'_>),
    ) -> bool {
        let mut left = most;
        let Some(mut updated) = loads.first().map(|load| load.updated()) else {
            return true;
        };
        while updated < now {
            let index = updated.period_index(PERIOD);
            let start = SimTime::from_micros(index * PERIOD.as_micros());
            let whole = now.since(updated).as_micros() / PERIOD.as_micros();
            let is_quiet = loads.iter().all(|load| load.steady().is_some());
            if is_quiet && updated == start && 0 < whole {
                updated += SimDuration::from_micros(PERIOD.as_micros() * whole);
                self.minutes.clear();
                let quiet = loads.iter_mut().filter_map(|load| load.pass_quiet(updated));
                self.minutes.extend(quiet);
                self.tell((index, whole), closed);
                continue;
            }
            let end = (start + PERIOD).min(now);
            let Some(played) = self.play(loads, end.as_secs_f64(), left) else {
                return false;
            };
            left -= played;
            for load in loads.iter_mut() {
                load.reached(end);
            }
            updated = end;
            if end == start + PERIOD {
                self.minutes.clear();
                self.minutes
                    .extend(loads.iter_mut().map(|load| load.close()));
                self.tell((index, 1), closed);
                // One that rests may be called by another that does not.
                if loads.iter().any(|load| load.steady().is_none()) {
                    loads.iter_mut().for_each(|load| load.wake());
                }
            }
        }
        true
    }

    /// Plays on to `until_s`; how many events that took, `None` if `most` were not enough.
    fn play(&mut self, loads: &mut [&mut RequestLoad], until_s: f64, most: u64) -> Option<u64> {
        self.nexts.clear();
        self.nexts
            .extend(loads.iter().map(|load| load.fleet.next_s()));
        // What was sent when tasks were killed between two of these.
        for at in 0..loads.len() {
            self.deliver(loads, at);
        }
        for played in 0..most {
            let (at, next_s) = first(&self.nexts);
            if until_s <= next_s {
                loads.iter_mut().for_each(|load| load.fleet.reach(until_s));
                return Some(played);
            }
            let load = &mut *loads[at];
            load.fleet.play_one(&mut load.minute.answers);
            self.deliver(loads, at);
        }
        None
    }

    /// What the service at `from` has sent arrives, with all that follows at the same instant.
    fn deliver(&mut self, loads: &mut [&mut RequestLoad], from: usize) {
        let now_s = loads[from].fleet.now_s();
        self.collect(loads, from);
        while let Some(sent) = self.sent.pop_front() {
            let at = match sent {
                Sent::Call {
                    callee,
                    origin,
                    task,
                    ttl_s,
                } => {
                    let callee = self.side_of(callee);
                    let load = &mut *loads[callee as usize];
                    load.fleet.reach(now_s);
                    let answers = &mut load.minute.answers;
                    let arrived: Arrived = load.fleet.called(origin, (task, ttl_s), answers);
                    let caller = origin.caller as usize;
                    loads[caller].fleet.reach(now_s);
                    loads[caller].fleet.call_arrived(origin, (callee, arrived));
                    self.nexts[caller] = loads[caller].fleet.next_s();
                    callee as usize
                }
                Sent::Over { origin, failed } => {
                    let load = &mut *loads[origin.caller as usize];
                    load.fleet.reach(now_s);
                    let answers = &mut load.minute.answers;
                    load.fleet.call_over(origin, failed, answers);
                    origin.caller as usize
                }
                Sent::GivenUp { callee, request } => {
                    let load = &mut *loads[callee as usize];
                    load.fleet.reach(now_s);
                    let answers = &mut load.minute.answers;
                    load.fleet.caller_left(request, answers);
                    callee as usize
                }
            };
            self.collect(loads, at);
        }
    }

    fn collect(&mut self, loads: &mut [&mut RequestLoad], at: usize) {
        let fleet = &mut loads[at].fleet;
        while let Some(sent) = fleet.take_sent() {
            self.sent.push_back(sent);
        }
        self.nexts[at] = fleet.next_s();
    }

    /// Begins in the middle of requests: plays the present rates for a while before the start, at
    /// most so much of them that nobody is overloaded.
    pub fn settle(&mut self, loads: &mut [&mut RequestLoad], (length_s, share): (f64, f64)) {
        for load in loads.iter_mut() {
            load.begin_warm_up(length_s, share);
        }
        let _ = self.play(loads, 0.0, u64::MAX);
        for load in loads.iter_mut() {
            load.end_warm_up();
        }
    }
}

/// One of a group.
impl RequestLoad {
    /// Something may come that it does not foresee: it is not steady.
    pub fn wake(&mut self) {
        self.steady = None;
    }

    /// Whether it was played to this instant.
    pub fn is_at(&self, now: SimTime) -> bool {
        self.updated == now
    }

    /// The instant it was played to.
    pub(super) fn updated(&self) -> SimTime {
        self.updated
    }

    /// It was played to `end` with others.
    pub(super) fn reached(&mut self, end: SimTime) {
        self.count_seconds(end.since(self.updated).as_secs_f64());
        self.updated = end;
    }

    /// Passes over minutes in which nobody asks: what each of them saw.
    pub(super) fn pass_quiet(&mut self, until: SimTime) -> Option<ServicePeriod> {
        let period = self.steady?;
        self.updated = until;
        self.fleet.skip_to(until.as_secs_f64());
        Some(period)
    }

    /// The service calls others, or is called, as the one at this place of a group.
    pub fn connect(&mut self, me: u32, draws: (Streams, NameHash)) {
        self.fleet.connect(me, draws);
    }

    /// Sets the clock back, with this share of the rate.
    pub(super) fn begin_warm_up(&mut self, length_s: f64, share: f64) {
        self.fleet.rewind(length_s);
        self.fleet.set_rate(share * self.rate_per_s);
    }

    /// What the warm-up has counted does not count.
    pub(super) fn end_warm_up(&mut self) {
        self.fleet.set_rate(self.rate_per_s);
        self.minute = Minute::since(self.fleet.totals(), self.fleet.areas());
    }
}

/// The first of those that are next, by time and then by place.
fn first(nexts: &[f64]) -> (usize, f64) {
    let mut first = (0, f64::INFINITY);
    for (at, next_s) in nexts.iter().enumerate() {
        if *next_s < first.1 {
            first = (at, *next_s);
        }
    }
    first
}
