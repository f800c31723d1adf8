//! Tasks that come and go.

use super::Fleet;
use crate::demand::requests::arena::{Line, NOBODY, Place};
use crate::demand::requests::calls::CallWork;
use crate::demand::requests::processor::Processor;
use crate::demand::requests::server::{Class, RequestWork, Server, ServerId, Standing};
use crate::policy::load::Routing;

impl Fleet {
    /// Requests in slots.
    pub fn slots_taken(&self) -> u64 {
        let taken = self.classes.iter().map(|class| u64::from(class.busy));
        taken.sum()
    }

    /// A task joins, empty.
    pub fn join(&mut self, work: &RequestWork) -> ServerId {
        self.join_as(work, &[])
    }

    /// The same, of a revision whose requests make calls.
    pub(super) fn join_as(&mut self, work: &RequestWork, calls: &[CallWork]) -> ServerId {
        let class = self.class(work, calls);
        let task = self.free_servers.pop().unwrap_or_else(|| {
            self.servers.push(Server {
                class,
                standing: Standing::Gone,
                in_slots: 0,
                line: Line::default(),
                cpu: Processor::default(),
                life: 0,
            });
            self.ready.grow(self.servers.len());
            self.servers.len() as u32 - 1
        });
        let server = &mut self.servers[task as usize];
        server.class = class;
        server.standing = Standing::Serving;
        server.life = server.life.wrapping_add(1);
        server.cpu.reset(work.vcpus, self.now_s);
        self.serving += 1;
        self.uneven.join(task, work.errors, self.now_s);
        match self.routing {
            // Its turn is the last of the present round.
            Routing::RoundRobin | Routing::Random => {
                self.ring.insert(self.turn, task);
                self.turn = (self.turn + 1) % self.ring.len();
            }
            Routing::LeastOutstanding | Routing::Pooled => self.levels.insert(task, 0),
        }
        self.fill(task);
        ServerId(task)
    }

    fn class(&mut self, work: &RequestWork, calls: &[CallWork]) -> u32 {
        let is_it = |class: &Class| class.work == *work && class.calls == calls;
        let known = self.classes.iter().position(is_it);
        let index = known.unwrap_or_else(|| {
            let class = Class::new(work.clone(), self.now_s);
            let calls = calls.to_vec();
            self.classes.push(Class { calls, ..class });
            self.classes.len() - 1
        });
        index as u32
    }

    /// A task gets no further requests, works on those it has, and is killed at `killed_s`.
    pub fn drain(&mut self, ServerId(task): ServerId, killed_s: f64) {
        self.retire(task);
        let later = self.closings.partition_point(|it| killed_s < it.0);
        self.closings.insert(later, (killed_s, task));
    }

    /// A task is killed: its requests fail.
    pub fn kill(&mut self, ServerId(task): ServerId) {
        self.retire(task);
        self.end(task);
    }

    /// Takes a task out of the balancer's choice and the sums over running tasks.
    fn retire(&mut self, task: u32) {
        let now_s = self.now_s;
        let server = &mut self.servers[task as usize];
        if server.standing != Standing::Serving {
            return;
        }
        server.standing = Standing::Draining;
        self.areas.cpu_s += server.cpu.used_s(now_s);
        self.classes[server.class as usize].change_busy(now_s, -(server.in_slots as i32));
        self.serving -= 1;
        self.uneven.leave(task, now_s);
        match self.routing {
            Routing::RoundRobin | Routing::Random => {
                if let Some(at) = self.ring.iter().position(|it| *it == task) {
                    self.ring.remove(at);
                    if at < self.turn {
                        self.turn -= 1;
                    }
                    if self.turn == self.ring.len() {
                        self.turn = 0;
                    }
                }
            }
            Routing::LeastOutstanding | Routing::Pooled => self.levels.remove(task),
        }
        while self.serving == 0
            && self.clients.visibility_s.is_none()
            && let Some(id) = self.next_common()
        {
            self.fail(id);
        }
    }

    /// A request ends without an answer of its task; a message comes back to its queue.
    fn fail(&mut self, id: u32) {
        let request = *self.arena.get(id);
        if let Some(visibility_s) = self.clients.visibility_s {
            self.drop_call(id);
            self.give_back(&request, visibility_s);
            self.let_go(id);
            return;
        }
        self.drop_call(id);
        self.count_in_system(-1);
        if request.is_abandoned {
            self.totals.dropped += 1;
        } else {
            self.totals.elb_5xx += 1;
            self.totals.lost += u64::from(request.server != NOBODY);
            self.tell_failed(&request);
        }
        self.let_go(id);
    }

    /// Forgets a request of a task that is gone.
    fn let_go(&mut self, id: u32) {
        let request = *self.arena.get(id);
        if request.place == Place::Holding {
            // Its end is in the heap: it is let go there.
            let request = self.arena.get_mut(id);
            request.place = Place::Dead;
            request.is_abandoned = true;
        } else {
            self.arena.remove(id);
        }
    }

    /// A task is gone with whatever is at it.
    pub(super) fn end(&mut self, task: u32) {
        let here: Vec<u32> = self.arena.at_server(task).collect();
        let server = &mut self.servers[task as usize];
        if server.standing == Standing::Gone {
            return;
        }
        server.standing = Standing::Gone;
        server.in_slots = 0;
        server.line = Line::default();
        server.cpu.reset(0.0, self.now_s);
        self.ready.set(task, f64::INFINITY);
        self.free_servers.push(task);
        self.closings.retain(|(_, closing)| *closing != task);
        for id in here {
            self.fail(id);
        }
    }
}
