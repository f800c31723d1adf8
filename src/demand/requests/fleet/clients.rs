//! What clients do: they hear that a try failed, try again, and give up waiting.

use super::{DEADLINES_KEPT, Fleet, Retry, Watch};
use crate::demand::requests::arena::{Place, Request};
use crate::demand::requests::calls::Origin;
use crate::policy::load::Routing;

impl Fleet {
    /// The balancer answers itself.
    pub(super) fn refuse(
        &mut self,
        draw: f64,
        (earlier_tries, origin): (u32, Origin),
        watch: &mut impl Watch,
    ) {
        self.totals.elb_5xx += 1;
        watch.lost(self.now_s);
        match origin.is_user() {
            true => self.try_again(draw, earlier_tries),
            false => self.reply(origin, true),
        }
    }

    /// A try has failed, and whoever made it hears of it.
    pub(super) fn tell_failed(&mut self, request: &Request) {
        match request.origin.is_user() {
            true => self.try_again(request.draw, request.earlier_tries),
            false => self.reply(request.origin, true),
        }
    }

    /// A try has failed: its client tries again, or the user's request has failed.
    pub(super) fn try_again(&mut self, draw: f64, earlier_tries: u32) {
        if earlier_tries < self.clients.retry_attempts {
            self.retries.push_back(Retry {
                at_s: self.now_s + self.clients.backoff_s,
                draw,
                earlier_tries: earlier_tries + 1,
            });
        } else {
            self.totals.failed += 1;
        }
    }

    /// Throws away the deadlines of requests that are over, so that a long time-out is no memory of
    /// all that came within it. Half of them or more go, or the next look is at twice as many.
    #[cold]
    pub(super) fn forget_deadlines(&mut self) {
        let arena = &self.arena;
        self.deadlines.retain(|deadline| {
            let request = arena.get(deadline.request);
            request.generation == deadline.generation && !request.is_abandoned
        });
        self.deadlines_max = (2 * self.deadlines.len()).max(DEADLINES_KEPT);
    }

    /// The client that has waited longest for its answer gives up, unless it has got it.
    pub(super) fn on_gives_up(&mut self, watch: &mut impl Watch) {
        let Some(deadline) = self.deadlines.pop_front() else {
            return;
        };
        let id = deadline.request;
        let request = *self.arena.get(id);
        if request.generation != deadline.generation || request.is_abandoned {
            return;
        }
        self.client_left(id, watch);
        self.try_again(request.draw, request.earlier_tries);
    }

    /// Whoever made a try waits for it no longer.
    pub(super) fn client_left(&mut self, id: u32, watch: &mut impl Watch) {
        let request = *self.arena.get(id);
        self.totals.timed_out += 1;
        if request.place == Place::Queued && self.clients.leaves_queue {
            self.totals.gave_up_queued += 1;
            watch.lost(request.arrived_s);
            if self.routing == Routing::Pooled {
                self.count_queued();
                self.common.remove(&mut self.arena, id);
            } else {
                let line = &mut self.servers[request.server as usize].line;
                line.remove(&mut self.arena, id);
                self.relevel(request.server);
            }
            self.count_in_system(-1);
            self.arena.remove(id);
        } else {
            self.arena.get_mut(id).is_abandoned = true;
        }
        if !request.origin.is_user() {
            self.totals.failed += 1;
        }
    }
}
