//! What happens to requests, in order of time.

use super::{Answer, Deadline, Fleet, Watch};
use crate::demand::requests::arena::Place;
use crate::demand::requests::calls::Origin;
use crate::demand::requests::server::{Passage, Standing};
use crate::policy::load::Routing;

/// What is next.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Next {
    Computed,
    Held,
    GivesUp,
    Closes,
    Reappears,
    Retry,
    Arrival,
    CallGivenUp,
}

impl Fleet {
    /// Plays on to `until_s`; after `most` events it stops where it is. True if it got there.
    pub fn advance(&mut self, until_s: f64, most: u64, watch: &mut impl Watch) -> bool {
        let last = self.handled.saturating_add(most);
        while self.handled < last {
            let (at_s, next) = self.next();
            if until_s <= at_s {
                self.now_s = self.now_s.max(until_s);
                return true;
            }
            // What was passed over in a quiet stretch is late, and has no effect any more.
            self.now_s = self.now_s.max(at_s);
            self.handle(next, watch);
        }
        false
    }

    #[inline]
    fn handle(&mut self, next: Next, watch: &mut impl Watch) {
        self.handled += 1;
        match next {
            Next::Arrival => self.on_arrival(watch),
            Next::Held => self.on_held(watch),
            Next::Computed => self.on_computed(watch),
            Next::GivesUp => self.on_gives_up(watch),
            Next::Retry => self.on_retry(watch),
            Next::Closes => self.on_closes(),
            Next::Reappears => self.on_reappears(),
            Next::CallGivenUp => self.on_call_given_up(watch),
        }
    }

    /// When its next event is.
    pub(in crate::demand::requests) fn next_s(&self) -> f64 {
        self.next().0
    }

    /// Plays its next event.
    pub(in crate::demand::requests) fn play_one(&mut self, watch: &mut impl Watch) {
        let (at_s, next) = self.next();
        self.now_s = self.now_s.max(at_s);
        self.handle(next, watch);
    }

    #[inline]
    fn next(&self) -> (f64, Next) {
        let mut first = (self.ready.next_s(), Next::Computed);
        let mut consider = |at_s: f64, what: Next| {
            if at_s < first.0 {
                first = (at_s, what);
            }
        };
        consider(self.holds.next_s(), Next::Held);
        if let Some(deadline) = self.deadlines.front() {
            consider(deadline.at_s, Next::GivesUp);
        }
        if let Some((at_s, _)) = self.closings.last() {
            consider(*at_s, Next::Closes);
        }
        if let Some(at_s) = self.messages.next_s() {
            consider(at_s, Next::Reappears);
        }
        if let Some(retry) = self.retries.front() {
            consider(retry.at_s, Next::Retry);
        }
        consider(self.next_arrival_s, Next::Arrival);
        if let Some(calling) = &self.calling {
            consider(calling.next_s(), Next::CallGivenUp);
        }
        first
    }

    fn on_arrival(&mut self, watch: &mut impl Watch) {
        let gap = self.gap();
        self.next_arrival_s = self.now_s + gap / self.rate_per_s;
        let draw = self.works.uniform();
        self.totals.first_tries += 1;
        self.arrive(draw, 0, watch);
    }

    fn on_retry(&mut self, watch: &mut impl Watch) {
        if let Some(retry) = self.retries.pop_front() {
            self.arrive(retry.draw, retry.earlier_tries, watch);
        }
    }

    #[inline]
    fn arrive(&mut self, draw: f64, earlier_tries: u32, watch: &mut impl Watch) {
        self.totals.arrived += 1;
        if self.clients.visibility_s.is_some() {
            self.count_in_system(1);
            self.join_queue(self.now_s, draw, 0);
            return;
        }
        let picked = self.pick();
        self.admit(picked, draw, (earlier_tries, Origin::USER), watch);
    }

    /// A try is at the task that was picked, or is refused.
    #[inline]
    pub(super) fn admit(
        &mut self,
        picked: Option<u32>,
        draw: f64,
        (earlier_tries, origin): (u32, Origin),
        watch: &mut impl Watch,
    ) -> Option<u32> {
        let Some(task) = picked else {
            self.refuse(draw, (earlier_tries, origin), watch);
            return None;
        };
        let server = &mut self.servers[task as usize];
        let work = &self.classes[server.class as usize].work;
        let has_slot = server.in_slots < work.slots;
        let pooled = self.routing == Routing::Pooled;
        let queued = if pooled {
            self.common.length
        } else {
            server.line.length
        };
        let places = if pooled {
            work.places.saturating_mul(self.serving)
        } else {
            work.places
        };
        if !has_slot && places <= queued {
            self.totals.turned_away += 1;
            self.refuse(draw, (earlier_tries, origin), watch);
            return None;
        }
        let id = self.arena.insert(self.now_s, draw, earlier_tries);
        if !origin.is_user() {
            self.arena.get_mut(id).origin = origin;
        } else if self.clients.timeout_s.is_finite() {
            if self.deadlines_max <= self.deadlines.len() {
                self.forget_deadlines();
            }
            self.deadlines.push_back(Deadline {
                at_s: self.now_s + self.clients.timeout_s,
                request: id,
                generation: self.arena.get(id).generation,
            });
        }
        self.count_in_system(1);
        if has_slot {
            self.start(task, id);
            self.relevel(task);
        } else if pooled {
            self.count_queued();
            self.common.push(&mut self.arena, id);
        } else {
            self.arena.get_mut(id).server = task;
            self.servers[task as usize].line.push(&mut self.arena, id);
            self.relevel(task);
        }
        Some(id)
    }

    /// The balancer's choice.
    #[inline]
    pub(super) fn pick(&mut self) -> Option<u32> {
        if !self.uneven.spread.is_even()
            && let Some(task) = self.pick_unevenly()
        {
            return Some(task);
        }
        self.pick_next()
    }

    /// The balancer's choice among tasks that are alike.
    #[inline]
    pub(super) fn pick_next(&mut self) -> Option<u32> {
        match self.routing {
            Routing::Random => {
                let at = (self.ties.uniform() * self.ring.len() as f64) as usize;
                self.ring.get(at).copied()
            }
            Routing::RoundRobin => {
                let task = *self.ring.get(self.turn)?;
                self.turn += 1;
                if self.turn == self.ring.len() {
                    self.turn = 0;
                }
                Some(task)
            }
            Routing::LeastOutstanding | Routing::Pooled => self.levels.fewest(&mut self.ties),
        }
    }

    /// A request gets a slot.
    #[inline]
    pub(super) fn start(&mut self, task: u32, id: u32) {
        let now_s = self.now_s;
        self.note_received(id);
        let server = &mut self.servers[task as usize];
        server.in_slots += 1;
        let class = &mut self.classes[server.class as usize];
        if server.standing == Standing::Serving {
            class.change_busy(now_s, 1);
        }
        let request = self.arena.get_mut(id);
        let work = class.work.law.quantile(request.draw);
        request.work = work;
        request.started_s = now_s;
        request.server = task;
        match class.passage {
            Passage::Alone { holding_s, .. } => {
                request.place = Place::Holding;
                self.holds.push(now_s + work * holding_s, id);
            }
            Passage::Shared { cpu_s, .. } => {
                request.place = Place::Computing;
                server.cpu.push(now_s, work * cpu_s, id);
                self.ready.set(task, server.cpu.next_s());
            }
        }
    }

    /// The number at a task has changed.
    #[inline]
    pub(super) fn relevel(&mut self, task: u32) {
        let server = &self.servers[task as usize];
        if server.standing != Standing::Serving {
            return;
        }
        match self.routing {
            Routing::RoundRobin | Routing::Random => {}
            Routing::LeastOutstanding => self.levels.shift(task, server.outstanding()),
            Routing::Pooled => self.levels.shift(task, server.in_slots),
        }
    }

    fn on_held(&mut self, watch: &mut impl Watch) {
        let Some(id) = self.holds.pop() else {
            return;
        };
        if self.arena.get(id).place == Place::Dead {
            self.arena.remove(id);
        } else {
            self.finish(id, watch);
        }
    }

    fn on_computed(&mut self, watch: &mut impl Watch) {
        let task = self.ready.first();
        let server = &mut self.servers[task as usize];
        let Some(id) = server.cpu.pop(self.now_s) else {
            return;
        };
        self.ready.set(task, server.cpu.next_s());
        match self.classes[server.class as usize].passage {
            Passage::Shared { wait_s, .. } if 0.0 < wait_s => {
                let request = self.arena.get_mut(id);
                request.place = Place::Holding;
                self.holds.push(self.now_s + request.work * wait_s, id);
            }
            Passage::Shared { .. } | Passage::Alone { .. } => self.finish(id, watch),
        }
    }

    /// A request has done its own work: it is answered, unless it calls others first.
    #[inline]
    fn finish(&mut self, id: u32, watch: &mut impl Watch) {
        if self.calling.is_none() || !self.begins_to_call(id) {
            self.complete(id, false, watch);
        }
    }

    /// A request is answered, with an error if one of its calls `failed`; its slot takes the next
    /// one.
    #[inline]
    pub(super) fn complete(&mut self, id: u32, failed: bool, watch: &mut impl Watch) {
        let request = *self.arena.get(id);
        let task = request.server;
        let is_first = request.message == 0 || self.messages.finish(request.message);
        if is_first {
            watch.answered(&Answer {
                arrived_s: request.arrived_s,
                started_s: request.started_s,
                answered_s: self.now_s,
                is_late: request.is_abandoned,
            });
            self.totals.answered += 1;
        } else {
            self.totals.duplicates += 1;
        }
        self.count_in_system(-1);
        self.arena.remove(id);
        let server = &mut self.servers[task as usize];
        server.in_slots -= 1;
        let class = &mut self.classes[server.class as usize];
        if server.standing == Standing::Serving {
            class.change_busy(self.now_s, -1);
        }
        let errors = class.work.errors;
        let is_wrong = failed || 0.0 < errors && self.errors.uniform() < errors;
        if is_first && is_wrong {
            self.totals.target_5xx += 1;
            if !request.is_abandoned {
                self.tell_failed(&request);
            }
        } else if !request.origin.is_user() && !request.is_abandoned {
            self.reply(request.origin, false);
        }
        self.fill(task);
        self.relevel(task);
    }

    /// Free slots of a task take requests that queue for it.
    #[inline]
    pub(super) fn fill(&mut self, task: u32) {
        loop {
            let server = &mut self.servers[task as usize];
            let slots = self.classes[server.class as usize].work.slots;
            if slots <= server.in_slots {
                return;
            }
            let next = match self.routing {
                Routing::Pooled if server.standing == Standing::Serving => self.next_common(),
                Routing::Pooled => return,
                Routing::RoundRobin | Routing::LeastOutstanding | Routing::Random => {
                    server.line.pop(&mut self.arena)
                }
            };
            let Some(id) = next else {
                return;
            };
            self.start(task, id);
            if self.routing == Routing::Pooled {
                self.relevel(task);
            }
        }
    }

    fn on_closes(&mut self) {
        if let Some((_, task)) = self.closings.pop() {
            self.end(task);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::super::{Clients, DEADLINES_KEPT, Totals};
    use super::*;
    use crate::demand::requests::law::WorkLaw;
    use crate::demand::requests::server::RequestWork;
    use crate::engine::random::{NameHash, Streams};

    #[derive(Default)]
    struct Sum(f64);

    impl Watch for Sum {
        fn answered(&mut self, answer: &Answer) {
            self.0 += answer.answered_s - answer.arrived_s;
        }
    }

    /// Two tasks of ten slots of 10 ms, at a load of 0.95.
    fn fleet(timeout_s: f64) -> Fleet {
        let clients = Clients {
            timeout_s,
            ..Clients::default()
        };
        let key = (Streams::new(1, 0), NameHash::of("test"));
        let mut fleet = Fleet::new(Routing::RoundRobin, clients, key, 0.0);
        let work = RequestWork {
            cpu_s: 0.0,
            wait_s: 0.01,
            law: WorkLaw::lognormal(1.0),
            slots: 10,
            vcpus: 1.0,
            errors: 0.0,
            places: u32::MAX,
        };
        fleet.join(&work);
        fleet.join(&work);
        fleet.set_rate(1_900.0);
        fleet
    }

    #[test]
    fn deadlines_of_requests_that_are_over_are_not_kept() {
        let mut fleet = fleet(3_600.0);
        assert!(fleet.advance(100.0, u64::MAX, &mut Sum::default()));
        assert!(100_000 < fleet.totals().answered);
        let kept = fleet.deadlines.len();
        assert!(kept <= DEADLINES_KEPT, "{kept}");
    }

    #[test]
    fn throwing_deadlines_away_changes_nothing() {
        let play = |deadlines_max: usize| -> (Totals, u64) {
            let mut fleet = fleet(0.05);
            fleet.deadlines_max = deadlines_max;
            let mut sum = Sum::default();
            let mut at_s = 0.0;
            while at_s < 60.0 {
                at_s += 0.5;
                fleet.advance(at_s, u64::MAX, &mut sum);
                fleet.deadlines_max = deadlines_max;
            }
            (fleet.totals(), sum.0.to_bits())
        };
        let kept = play(usize::MAX);
        assert!(100 < kept.0.timed_out, "{kept:?}");
        assert_eq!(kept, play(16));
    }
}
