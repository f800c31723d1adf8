//! Calls between services: a request that calls holds its slot until it has its answers, and a
//! request that was called for is answered to its caller.

use super::{Fleet, Watch};
use crate::demand::requests::arena::{NOBODY, Place};
use crate::demand::requests::calls::{CallWork, Calling, Known, Origin, Sent};
use crate::demand::requests::server::{RequestWork, ServerId, Standing};
use crate::engine::random::{NameHash, Purpose, Streams};
use crate::policy::calls::{CONNECT_S, answered};
use crate::policy::load::Routing;

const CHANCES: Purpose = Purpose::new("calls of requests");
const CHOICES: Purpose = Purpose::new("addresses of tasks");

/// What became of a call when it arrived.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(in crate::demand::requests) enum Arrived {
    /// It is this request, of this generation.
    As(u32, u32),
    /// It has an answer already: there is no task, or no place.
    Refused,
    /// Nobody is at the address any more.
    NobodyThere,
}

impl Fleet {
    /// The service calls others, or is called, as the one at this place of a group.
    pub fn connect(&mut self, me: u32, (streams, name): (Streams, NameHash)) {
        let chances = streams.stream(CHANCES, name, 0);
        let choices = streams.stream(CHOICES, name, 0);
        self.calling = Some(Box::new(Calling::new(me, chances, choices)));
    }

    /// A task joins whose requests make these calls.
    pub fn join_calling(&mut self, work: &RequestWork, calls: &[CallWork]) -> ServerId {
        self.join_as(work, calls)
    }

    pub(in crate::demand::requests) fn take_sent(&mut self) -> Option<Sent> {
        self.calling.as_mut()?.outbox.pop_front()
    }

    /// Time passes to `now_s` without an event.
    pub(in crate::demand::requests) fn reach(&mut self, now_s: f64) {
        self.now_s = self.now_s.max(now_s);
    }

    /// The first of a request's calls from `from` on that is made, and how often.
    fn calls_from(&mut self, task: u32, from: u32) -> Option<(u32, u32)> {
        let class = self.servers[task as usize].class as usize;
        let calls = &self.classes[class].calls;
        let calling = self.calling.as_mut()?;
        for (at, call) in calls.iter().enumerate().skip(from as usize) {
            let whole = libm::floor(call.terms.per_request);
            let part = call.terms.per_request - whole;
            let more = 0.0 < part && calling.chances.uniform() < part;
            let count = whole as u32 + u32::from(more);
            if 0 < count {
                return Some((at as u32, count));
            }
        }
        None
    }

    /// A request has done its own work: it begins to call, if it has whom to.
    pub(super) fn begins_to_call(&mut self, id: u32) -> bool {
        let task = self.arena.get(id).server;
        let class = self.servers[task as usize].class as usize;
        if self.classes[class].calls.is_empty() {
            return false;
        }
        let Some(first) = self.calls_from(task, 0) else {
            return false;
        };
        let Some(calling) = self.calling.as_mut() else {
            return false;
        };
        let open = calling.open(id, first);
        let request = self.arena.get_mut(id);
        request.place = Place::Calling;
        request.open = open;
        self.send_call(open);
        true
    }

    /// A try of a request's present call.
    fn send_call(&mut self, open: u32) {
        let now_s = self.now_s;
        let Some(calling) = self.calling.as_mut() else {
            return;
        };
        let state = &mut calling.opens[open as usize];
        state.turn = state.turn.wrapping_add(1);
        state.tries += 1;
        state.waits_for = None;
        let (turn, request, at) = (state.turn, state.request, state.call as usize);
        let task = self.arena.get(request).server;
        let server = &self.servers[task as usize];
        let call = self.classes[server.class as usize].calls[at];
        if let Some(timeout_s) = call.terms.timeout_s {
            calling.wait_for(timeout_s, now_s, (open, turn));
        }
        let origin = Origin {
            caller: calling.me,
            open,
            turn,
        };
        calling.outbox.push_back(Sent::Call {
            callee: call.callee,
            origin,
            task: (task, server.life),
            ttl_s: call.ttl_s,
        });
    }

    /// What became of a try that was sent, at which place of the group.
    pub(in crate::demand::requests) fn call_arrived(
        &mut self,
        origin: Origin,
        (place, arrived): (u32, Arrived),
    ) {
        let now_s = self.now_s;
        let Some(calling) = self.calling.as_mut() else {
            return;
        };
        let at = (origin.open, origin.turn);
        let Some(open) = calling.live_turn(at.0, at.1) else {
            return;
        };
        match arrived {
            Arrived::As(id, generation) => {
                let open = &mut calling.opens[at.0 as usize];
                open.waits_for = Some((id, generation));
                open.waits_at = place;
            }
            Arrived::Refused => {}
            Arrived::NobodyThere => {
                let task = self.arena.get(open.request).server;
                let class = self.servers[task as usize].class as usize;
                let call = self.classes[class].calls[open.call as usize];
                if call.terms.timeout_s.is_none() {
                    calling.wait_for(CONNECT_S, now_s, at);
                }
            }
        }
    }

    /// A try is over: the next one, the next call, or the request's own answer.
    pub(in crate::demand::requests) fn call_over(
        &mut self,
        origin: Origin,
        failed: bool,
        watch: &mut impl Watch,
    ) {
        let Some(calling) = self.calling.as_mut() else {
            return;
        };
        let Some(open) = calling.live_turn(origin.open, origin.turn) else {
            return;
        };
        calling.opens[origin.open as usize].waits_for = None;
        let task = self.arena.get(open.request).server;
        let class = self.servers[task as usize].class as usize;
        let terms = self.classes[class].calls[open.call as usize].terms;
        if failed && open.tries <= terms.retries {
            return self.send_call(origin.open);
        }
        if failed && terms.is_vital {
            return self.stop_calling(origin.open, true, watch);
        }
        let next = match 1 < open.left {
            true => Some((open.call, open.left - 1)),
            false => self.calls_from(task, open.call + 1),
        };
        match (next, self.calling.as_mut()) {
            (Some((call, left)), Some(calling)) => {
                let state = &mut calling.opens[origin.open as usize];
                (state.call, state.left, state.tries) = (call, left, 0);
                self.send_call(origin.open);
            }
            _ => self.stop_calling(origin.open, false, watch),
        }
    }

    fn stop_calling(&mut self, open: u32, failed: bool, watch: &mut impl Watch) {
        let Some(calling) = self.calling.as_mut() else {
            return;
        };
        let request = calling.opens[open as usize].request;
        let _ = calling.close(open);
        self.arena.get_mut(request).open = NOBODY;
        self.complete(request, failed, watch);
    }

    /// A caller has waited long enough for the next of its tries.
    pub(super) fn on_call_given_up(&mut self, watch: &mut impl Watch) {
        let Some(calling) = self.calling.as_mut() else {
            return;
        };
        let Some((open, turn)) = calling.pop_end() else {
            return;
        };
        if calling.live_turn(open, turn).is_none() {
            return;
        }
        let caller = calling.me;
        self.give_up_call(open);
        self.call_over(Origin { caller, open, turn }, true, watch);
    }

    /// Whoever is asked need not answer any more.
    fn give_up_call(&mut self, open: u32) {
        let Some(calling) = self.calling.as_mut() else {
            return;
        };
        let state = &mut calling.opens[open as usize];
        let Some(request) = state.waits_for.take() else {
            return;
        };
        let callee = state.waits_at;
        calling.outbox.push_back(Sent::GivenUp { callee, request });
    }

    /// A request that calls ends with its task.
    pub(super) fn drop_call(&mut self, id: u32) {
        let open = self.arena.get(id).open;
        if open == NOBODY {
            return;
        }
        self.give_up_call(open);
        if let Some(calling) = self.calling.as_mut() {
            let _ = calling.close(open);
        }
        self.arena.get_mut(id).open = NOBODY;
    }
}

impl Fleet {
    /// A call arrives.
    pub(in crate::demand::requests) fn called(
        &mut self,
        origin: Origin,
        (task, ttl_s): ((u32, u32), Option<f64>),
        watch: &mut impl Watch,
    ) -> Arrived {
        let picked = match ttl_s {
            None => self.pick(),
            Some(ttl_s) => match self.pick_known((origin.caller, task), ttl_s) {
                Some(None) => return Arrived::NobodyThere,
                Some(picked) => picked,
                None => None,
            },
        };
        let draw = self.works.uniform();
        self.totals.first_tries += 1;
        self.totals.arrived += 1;
        match self.admit(picked, draw, (0, origin), watch) {
            Some(id) => Arrived::As(id, self.arena.get(id).generation),
            None => Arrived::Refused,
        }
    }

    /// The next of the tasks that a caller knows; `Some(None)`: it is gone; `None`: there is none.
    fn pick_known(
        &mut self,
        (caller, (task, life)): (u32, (u32, u32)),
        ttl_s: f64,
    ) -> Option<Option<u32>> {
        let now_s = self.now_s;
        let key = (caller, task);
        let calling = self.calling.as_ref()?;
        let known = calling.known.get(&key).copied();
        let is_valid = |known: &Known| now_s < known.until_s && known.life == life;
        let mut known = match known.filter(is_valid) {
            Some(known) => known,
            None => self.resolve(life, now_s + ttl_s)?,
        };
        let (server, life) = known.tasks[usize::from(known.next)];
        known.next = (known.next + 1) % known.count;
        self.calling.as_mut()?.known.insert(key, known);
        let at = &self.servers[server as usize];
        let is_there = at.life == life && at.standing != Standing::Gone;
        Some(is_there.then_some(server))
    }

    /// Cloud Map's answer: up to eight of the tasks that serve, each as likely.
    fn resolve(&mut self, life: u32, until_s: f64) -> Option<Known> {
        debug_assert_eq!(
            self.routing,
            Routing::RoundRobin,
            "who is found by Cloud Map has no load balancer"
        );
        let all = self.ring.len() as u32;
        let count = answered(all);
        let calling = self.calling.as_mut()?;
        let mut known = Known {
            until_s,
            life,
            count: count as u8,
            next: 0,
            tasks: Default::default(),
        };
        if count == 0 {
            return None;
        }
        // Floyd's sample, in the order in which it finds them.
        let mut chosen = [0u32; 8];
        for (at, most) in (all - count..all).enumerate() {
            let draw = (calling.choices.uniform() * f64::from(most + 1)) as u32;
            let draw = draw.min(most);
            let is_new = !chosen[..at].contains(&draw);
            chosen[at] = if is_new { draw } else { most };
            let server = self.ring[chosen[at] as usize];
            known.tasks[at] = (server, self.servers[server as usize].life);
        }
        known.next = ((calling.choices.uniform() * f64::from(count)) as u8).min(known.count - 1);
        Some(known)
    }

    /// The caller of a request waits no longer.
    pub(in crate::demand::requests) fn caller_left(
        &mut self,
        (id, generation): (u32, u32),
        watch: &mut impl Watch,
    ) {
        let request = *self.arena.get(id);
        if request.generation == generation && !request.is_abandoned {
            self.client_left(id, watch);
        }
    }

    /// Tells whoever waits for a request what became of it.
    pub(super) fn reply(&mut self, origin: Origin, failed: bool) {
        if failed {
            self.totals.failed += 1;
        }
        if let Some(calling) = self.calling.as_mut() {
            calling.outbox.push_back(Sent::Over { origin, failed });
        }
    }
}
