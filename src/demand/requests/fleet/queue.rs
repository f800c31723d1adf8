//! The queue of a service that pulls: messages wait for tasks, not for a balancer's choice, and are
//! seen again when the visibility time-out of whoever received them is over.

use super::Fleet;
use crate::demand::requests::arena::Request;
use crate::demand::requests::messages::{Again, Returning, Timeout, is_in_work};

impl Fleet {
    /// A message is in the queue, unless a task has a slot for it. It is in the system already.
    pub(super) fn join_queue(&mut self, sent_s: f64, draw: f64, message: u64) {
        let id = self.arena.insert(sent_s, draw, 0);
        self.arena.get_mut(id).message = message;
        if let Some(task) = self.pick()
            && self.has_slot(task)
        {
            self.start(task, id);
            self.relevel(task);
        } else {
            self.count_queued();
            self.common.push(&mut self.arena, id);
        }
    }

    fn has_slot(&self, task: u32) -> bool {
        let server = &self.servers[task as usize];
        server.in_slots < self.classes[server.class as usize].work.slots
    }

    /// The next one of the one queue. Copies of messages that are done were deleted with them.
    #[inline]
    pub(super) fn next_common(&mut self) -> Option<u32> {
        loop {
            self.count_queued();
            let id = self.common.pop(&mut self.arena)?;
            let message = self.arena.get(id).message;
            if !self.messages.is_done(message) {
                return Some(id);
            }
            self.messages.drop_copy(message);
            self.totals.duplicates += 1;
            self.count_in_system(-1);
            self.arena.remove(id);
        }
    }

    /// A message gets a slot.
    #[inline]
    pub(super) fn note_received(&mut self, id: u32) {
        let Some(visibility_s) = self.clients.visibility_s else {
            return;
        };
        let request = self.arena.get(id);
        self.totals.received += 1;
        self.areas.waited_s += self.now_s - request.arrived_s;
        let timeout = Timeout {
            at_s: self.now_s + visibility_s,
            request: id,
            generation: request.generation,
        };
        self.messages.received(timeout, &self.arena);
    }

    /// A visibility time-out is over.
    pub(super) fn on_reappears(&mut self) {
        match self.messages.pop() {
            Some(Again::Back(back)) => self.join_queue(back.arrived_s, back.draw, 0),
            Some(Again::Copy(timeout)) if is_in_work(&self.arena, &timeout) => {
                let request = self.arena.get_mut(timeout.request);
                let Some(message) = self.messages.copy(request.message) else {
                    return;
                };
                request.message = message;
                let (sent_s, draw) = (request.arrived_s, request.draw);
                self.totals.copied += 1;
                self.count_in_system(1);
                self.join_queue(sent_s, draw, message);
            }
            Some(Again::Copy(_)) | None => {}
        }
    }

    /// The task of a message is gone: the queue has it again when its time-out is over.
    pub(super) fn give_back(&mut self, request: &Request, visibility_s: f64) {
        if self.messages.lose(request.message) {
            self.messages.give_back(Returning {
                at_s: self.now_s.max(request.started_s + visibility_s),
                arrived_s: request.arrived_s,
                draw: request.draw,
            });
        } else {
            self.totals.duplicates += 1;
            self.count_in_system(-1);
        }
    }
}
