//! The requests that are not over, in an arena with a free list, and lines of them.

use super::calls::Origin;

/// No request.
pub(super) const NOBODY: u32 = u32::MAX;

/// Where a request is.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(super) enum Place {
    /// Not in the system.
    Nowhere,
    /// In a queue.
    Queued,
    /// In a slot, computing.
    Computing,
    /// In a slot, waiting for something that is not the task's CPU.
    Holding,
    /// In a slot, waiting for services that it calls.
    Calling,
    /// In a slot of a task that was killed: its end is dropped.
    Dead,
}

/// One try of a request.
#[derive(Clone, Copy, Debug)]
pub(super) struct Request {
    /// When this try reached the balancer, seconds.
    pub(super) arrived_s: f64,
    /// When it got its slot, seconds.
    pub(super) started_s: f64,
    /// The uniform draw that its work follows from; a further try costs the same.
    pub(super) draw: f64,
    /// Its work over the mean, from its start on.
    pub(super) work: f64,
    /// The task that it is at.
    pub(super) server: u32,
    /// Its neighbours in line.
    before: u32,
    after: u32,
    /// Tells a request from the next one in the same place of the arena.
    pub(super) generation: u32,
    /// Tries before this one.
    pub(super) earlier_tries: u32,
    /// Where it is.
    pub(super) place: Place,
    /// The client has given up; the task does not know.
    pub(super) is_abandoned: bool,
    /// Its message, if that has several copies; 0: it is the only one.
    pub(super) message: u64,
    /// Who waits for its answer.
    pub(super) origin: Origin,
    /// Its place among those that call; [`NOBODY`]: it does not.
    pub(super) open: u32,
}

/// The requests that are not over.
#[derive(Clone, Debug, Default)]
pub(super) struct Arena {
    requests: Vec<Request>,
    free: Vec<u32>,
}

impl Arena {
    /// A new request, nowhere yet.
    #[inline]
    pub(super) fn insert(&mut self, arrived_s: f64, draw: f64, earlier_tries: u32) -> u32 {
        let fresh = Request {
            arrived_s,
            started_s: arrived_s,
            draw,
            work: 0.0,
            server: NOBODY,
            before: NOBODY,
            after: NOBODY,
            generation: 0,
            earlier_tries,
            place: Place::Nowhere,
            is_abandoned: false,
            message: 0,
            origin: Origin::USER,
            open: NOBODY,
        };
        match self.free.pop() {
            Some(id) => {
                let slot = &mut self.requests[id as usize];
                let generation = slot.generation;
                *slot = Request {
                    generation,
                    ..fresh
                };
                id
            }
            None => {
                let id = self.requests.len() as u32;
                self.requests.push(fresh);
                id
            }
        }
    }

    /// Ends a request.
    #[inline]
    pub(super) fn remove(&mut self, id: u32) {
        let request = &mut self.requests[id as usize];
        request.place = Place::Nowhere;
        request.generation = request.generation.wrapping_add(1);
        self.free.push(id);
    }

    /// How many requests are not over.
    pub(super) fn live(&self) -> usize {
        self.requests.len() - self.free.len()
    }

    /// How many hold their slot while they call: a scan.
    pub(super) fn calling(&self) -> usize {
        let calls = |request: &&Request| request.place == Place::Calling;
        self.requests.iter().filter(calls).count()
    }

    #[inline]
    pub(super) fn get(&self, id: u32) -> &Request {
        &self.requests[id as usize]
    }

    #[inline]
    pub(super) fn get_mut(&mut self, id: u32) -> &mut Request {
        &mut self.requests[id as usize]
    }

    /// The requests at a task, by place in the arena: a scan, for tasks that are killed.
    pub(super) fn at_server(&self, server: u32) -> impl Iterator<Item = u32> + '_ {
        let here = move |request: &&Request| request.server == server;
        let live = |request: &Request| !matches!(request.place, Place::Nowhere | Place::Dead);
        (0u32..)
            .zip(&self.requests)
            .filter(move |(_, request)| here(request) && live(request))
            .map(|(id, _)| id)
    }
}

/// A queue, first come first served; anyone may leave it.
#[derive(Clone, Copy, Debug)]
pub(super) struct Line {
    first: u32,
    last: u32,
    /// How many stand in it.
    pub(super) length: u32,
}

impl Default for Line {
    fn default() -> Self {
        Line {
            first: NOBODY,
            last: NOBODY,
            length: 0,
        }
    }
}

impl Line {
    /// A request queues.
    pub(super) fn push(&mut self, arena: &mut Arena, id: u32) {
        let request = arena.get_mut(id);
        (request.before, request.after) = (self.last, NOBODY);
        request.place = Place::Queued;
        match self.last {
            NOBODY => self.first = id,
            last => arena.get_mut(last).after = id,
        }
        self.last = id;
        self.length += 1;
    }

    /// The first one leaves.
    pub(super) fn pop(&mut self, arena: &mut Arena) -> Option<u32> {
        let id = self.first;
        (id != NOBODY).then(|| {
            self.remove(arena, id);
            id
        })
    }

    /// Who stands first.
    pub(super) fn first(&self) -> Option<u32> {
        (self.first != NOBODY).then_some(self.first)
    }

    /// Someone leaves, from wherever it stands.
    pub(super) fn remove(&mut self, arena: &mut Arena, id: u32) {
        let Request { before, after, .. } = *arena.get(id);
        match before {
            NOBODY => self.first = after,
            before => arena.get_mut(before).after = after,
        }
        match after {
            NOBODY => self.last = before,
            after => arena.get_mut(after).before = before,
        }
        self.length -= 1;
    }
}
