//! What callers know of the tasks that they find by Cloud Map, in the fluid model: how many are new
//! to them, and how many are gone. (Request by request each calling task has its own addresses.)

use crate::engine::queue::Queue;
use crate::engine::{SimDuration, SimTime};
use crate::ids::ServiceId;
use crate::scenario::plan::Fidelity;
use crate::simulation::Simulation;
use crate::simulation::event::Event;

impl Simulation<'_> {
    /// A task answers from now on: those who find it by Cloud Map learn it when the answer that
    /// they have is over, half a TTL on average.
    pub(in crate::simulation) fn address_gained(
        &mut self,
        service: ServiceId,
        queue: &mut Queue<Event>,
    ) {
        let (now, is_fluid) = (self.now, self.plan.run.fidelity == Fidelity::Fluid);
        let Some(member) = self.world.calls.member_mut(service) else {
            return;
        };
        if let Some(ttl) = member.ttl.filter(|_| member.by_addresses && is_fluid)
            && SimTime::ZERO < now
        {
            let at = now.saturating_add(half(ttl));
            member.unseen.push_back(at);
            self.schedule_addresses(service, at, queue);
        }
    }

    /// A task answers no longer from `ended` on: as long as callers have its address, they try it.
    pub(in crate::simulation) fn address_lost(
        &mut self,
        service: ServiceId,
        ended: SimTime,
        queue: &mut Queue<Event>,
    ) {
        let (now, is_fluid) = (self.now, self.plan.run.fidelity == Fidelity::Fluid);
        let Some(member) = self.world.calls.member_mut(service) else {
            return;
        };
        let Some(ttl) = member.ttl.filter(|_| is_fluid) else {
            return;
        };
        let until = now.saturating_add(half(ttl));
        let ended = ended.max(now);
        if ended < until {
            member.ghosts.push_back((ended, until));
            if now < ended {
                self.schedule_addresses(service, ended, queue);
            }
            self.schedule_addresses(service, until, queue);
        }
    }

    fn schedule_addresses(&self, service: ServiceId, at: SimTime, queue: &mut Queue<Event>) {
        if at < self.plan.horizon() {
            queue.schedule_at(at, Event::AddressesSeen { service });
        }
    }

    /// Callers learn which tasks have come or are gone.
    pub(in crate::simulation) fn on_addresses_seen(
        &mut self,
        service: ServiceId,
        queue: &mut Queue<Event>,
    ) {
        let now = self.now;
        self.catch_up(service);
        if let Some(member) = self.world.calls.member_mut(service) {
            while member.unseen.front().is_some_and(|at| *at <= now) {
                member.unseen.pop_front();
            }
            while member
                .ghosts
                .front()
                .is_some_and(|(_, until)| *until <= now)
            {
                member.ghosts.pop_front();
            }
        }
        self.calls_changed(service, queue);
    }
}

fn half(length: SimDuration) -> SimDuration {
    SimDuration::from_micros(length.as_micros() / 2)
}
