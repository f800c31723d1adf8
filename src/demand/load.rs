//! The load of a service in either fidelity: the fluid model, or request by request. Both close
//! the same minutes; the simulation does not know which it has.

use crate::demand::period::ServicePeriod;
use crate::demand::requests::{CallWork, RequestLoad};
use crate::demand::service_load::{Closed, LoadSpec, Served, ServiceLoad};
use crate::demand::split_load::{Side, SplitLoad};
use crate::demand::zonal_load::ZonalLoad;
use crate::engine::random::{NameHash, Streams};
use crate::engine::{SimDuration, SimTime};
use crate::ids::{TaskId, ZoneId};
use crate::policy::load::{Distrust, Histogram};

/// How load is modelled.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Fidelity {
    /// As a fluid: `policy::load`.
    Fluid,
    /// Request by request: `demand::requests`.
    Requests,
}

/// The load of one service.
#[derive(Clone, Debug)]
pub enum Load {
    /// As a fluid.
    Fluid(Box<ServiceLoad>),
    /// Request by request.
    Requests(Box<RequestLoad>),
    /// In two target groups, each in the fidelity of the run.
    Split(Box<SplitLoad>),
    /// In zones that the balancer keeps apart, each in the fidelity of the run.
    Zonal(Box<ZonalLoad>),
}

/// A task that leaves the balancer's choice.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Leaving {
    /// It works on the requests it has until it is killed at this instant.
    Drains(SimTime),
    /// It is killed with the requests that are at it.
    Killed,
}

/// No seconds of distrust: what the exact model says is what it simulates.
static NO_DISTRUST: [f64; Distrust::ALL.len()] = [0.0; Distrust::ALL.len()];

impl Load {
    /// A service that nobody asks of yet, with the draws of `name`.
    pub fn new(fidelity: Fidelity, spec: LoadSpec, streams: Streams, name: NameHash) -> Self {
        match fidelity {
            Fidelity::Fluid => Load::Fluid(Box::new(ServiceLoad::new(spec))),
            Fidelity::Requests => Load::Requests(Box::new(RequestLoad::new(spec, streams, name))),
        }
    }

    /// The rate of first tries, from now on; the load must have been advanced to now.
    pub fn set_rate(&mut self, rate_per_s: f64) {
        match self {
            Load::Fluid(load) => load.set_rate(rate_per_s),
            Load::Requests(load) => load.set_rate(rate_per_s),
            Load::Split(load) => load.set_rate(rate_per_s),
            Load::Zonal(load) => load.set_rate(rate_per_s),
        }
    }

    /// The tasks that run and those that answer, from now on; the load must have been advanced to
    /// now. (The exact model knows by name who answers: [`Load::join`], [`Load::leave`].) A load
    /// that is not split has one side.
    pub fn set_tasks(&mut self, side: Side, running: u32, serving: u32) {
        match self {
            Load::Fluid(load) => load.set_tasks(running, serving),
            Load::Requests(load) => load.set_running(running),
            Load::Split(load) => load.set_tasks(side, running, serving),
            // It is told by zone: [`Load::set_running_by_zone`].
            Load::Zonal(_) => {}
        }
    }

    /// What the code of its tasks costs, from now on (a new revision).
    pub fn set_spec(&mut self, side: Side, spec: LoadSpec) {
        match self {
            Load::Fluid(load) => load.set_spec(spec),
            Load::Requests(load) => load.set_spec(spec),
            Load::Split(load) => load.set_spec(side, spec),
            Load::Zonal(load) => load.set_spec(spec),
        }
    }

    /// The RUNNING tasks of each zone, and whether it is up, from now on, where the balancer keeps
    /// zones apart.
    pub fn set_running_by_zone(&mut self, side: Side, zones: impl Iterator<Item = (u32, bool)>) {
        match self {
            Load::Split(load) => load.set_running_by_zone(side, zones),
            Load::Zonal(load) => load.set_running(zones),
            Load::Fluid(_) | Load::Requests(_) => {}
        }
    }

    /// Whether the balancer keeps zones apart.
    pub fn is_zonal(&self) -> bool {
        match self {
            Load::Zonal(_) => true,
            Load::Split(load) => load.is_zonal(),
            Load::Fluid(_) | Load::Requests(_) => false,
        }
    }

    /// A task answers from now on, its requests costing what `spec` says and making these `calls`.
    /// (The fluid model has them among what requests cost.) A load in one part asks neither for the
    /// side nor for the zone.
    pub fn join(
        &mut self,
        (side, zone): (Side, ZoneId),
        task: TaskId,
        (spec, calls): (&LoadSpec, &[CallWork]),
    ) {
        match self {
            Load::Fluid(_) => {}
            Load::Requests(load) => load.join(task, spec, calls),
            Load::Split(load) => load.join((side, zone), task, (spec, calls)),
            Load::Zonal(load) => load.join(zone, task, (spec, calls)),
        }
    }

    /// One of `serving` tasks answers no longer. In the fluid model slots that drain are gone at
    /// once; a killed task takes its share of the requests in flight with it, one that drains what
    /// it will not have answered when it is killed.
    pub fn leave(
        &mut self,
        (side, zone): (Side, ZoneId),
        task: TaskId,
        leaving: Leaving,
        serving: u32,
    ) {
        match (self, leaving) {
            (Load::Fluid(load), Leaving::Killed) => load.lose_share(1.0 / f64::from(serving)),
            (Load::Fluid(load), Leaving::Drains(killed)) => load.leave(killed, serving),
            (Load::Requests(load), Leaving::Killed) => load.kill(task),
            (Load::Requests(load), Leaving::Drains(killed)) => load.drain(task, killed),
            (Load::Split(load), leaving) => load.leave((side, zone), task, leaving, serving),
            (Load::Zonal(load), leaving) => load.leave(zone, task, leaving),
        }
    }

    /// Nothing arrives any more, and the last tasks finish what is at them. (In the exact model
    /// they do so one by one, as they drain.)
    pub(super) fn finish_all(&mut self) {
        match self {
            Load::Fluid(load) => load.finish_all(),
            Load::Zonal(load) => load.finish_all(),
            Load::Requests(_) | Load::Split(_) => {}
        }
    }

    /// Starts in the middle of the present rate, as if it had been so for long.
    pub fn settle(&mut self) {
        match self {
            Load::Fluid(load) => load.settle(),
            Load::Requests(load) => load.settle(),
            Load::Split(load) => load.settle(),
            Load::Zonal(load) => load.settle(),
        }
    }

    /// What a minute under the present rate is expected to see.
    pub fn expected_minute(&mut self) -> ServicePeriod {
        match self {
            Load::Fluid(load) => load.minute().0,
            Load::Requests(load) => load.expected_minute(),
            Load::Split(load) => load.expected_minute(),
            Load::Zonal(load) => load.expected_minute(),
        }
    }

    /// What other services would meet over the next `length`; the exact model foresees nothing.
    pub fn served_ahead(&mut self, length: SimDuration) -> Served {
        match self {
            Load::Fluid(load) => load.served_ahead(length),
            Load::Requests(_) => Served::default(),
            Load::Split(load) => load.served_ahead(length),
            Load::Zonal(load) => load.served_ahead(length),
        }
    }

    /// Whether further time changes nothing until the rate or the tasks change.
    pub fn is_settled(&self) -> bool {
        match self {
            Load::Fluid(load) => load.is_settled(),
            Load::Requests(load) => load.steady().is_some(),
            Load::Split(load) => load.is_settled(),
            Load::Zonal(load) => load.is_settled(),
        }
    }

    /// The value that every further minute will have, once the load has settled.
    pub fn steady(&self) -> Option<&ServicePeriod> {
        match self {
            Load::Fluid(load) => load.steady(),
            Load::Requests(load) => load.steady(),
            Load::Split(load) => load.steady(),
            Load::Zonal(load) => load.steady(),
        }
    }

    /// Something may come that this load does not foresee: requests of other services.
    pub fn wake(&mut self) {
        match self {
            Load::Requests(load) => load.wake(),
            Load::Fluid(_) | Load::Split(_) | Load::Zonal(_) => {}
        }
    }

    /// Works out the minute that begins now, if the load will settle in it; it must have been
    /// advanced to now.
    pub fn look_ahead(&mut self) {
        match self {
            Load::Fluid(load) => load.look_ahead(),
            Load::Requests(_) => {}
            Load::Split(load) => load.look_ahead(),
            Load::Zonal(load) => load.look_ahead(),
        }
    }

    /// The minute that begins now, if it is known already and unlike the steady ones after it.
    pub fn ahead(&self) -> Option<&ServicePeriod> {
        match self {
            Load::Fluid(load) => load.ahead(),
            Load::Requests(_) | Load::Split(_) | Load::Zonal(_) => None,
        }
    }

    /// What the minute that is not over has seen so far, at the end of the run: its index and it.
    pub fn last_minute(&mut self) -> Option<(u64, ServicePeriod)> {
        match self {
            Load::Fluid(load) => load.last_minute(),
            Load::Requests(load) => load.last_minute(),
            Load::Split(load) => load.last_minute(),
            Load::Zonal(load) => load.last_minute(),
        }
    }

    /// CPU and memory of the minute that is not over, so far.
    pub fn used_so_far(&mut self) -> ServicePeriod {
        match self {
            Load::Fluid(load) => load.used_so_far(),
            Load::Requests(load) => load.used_so_far(),
            Load::Split(load) => load.used_so_far(),
            Load::Zonal(load) => load.used_so_far(),
        }
    }

    /// A side has this part of the traffic from now on; the load must have been advanced to now.
    pub fn set_part(&mut self, side: Side, part: f64) {
        match self {
            Load::Split(load) => load.set_part(side, part),
            Load::Fluid(_) | Load::Requests(_) | Load::Zonal(_) => {}
        }
    }

    /// The part of the traffic that is a side's.
    pub fn part(&self, side: Side) -> f64 {
        match self {
            Load::Split(load) => load.part(side),
            Load::Fluid(_) | Load::Requests(_) | Load::Zonal(_) => match side {
                Side::First => 1.0,
                Side::Alternate => 0.0,
            },
        }
    }

    /// Response times of the whole run; its last minute need not be a whole one.
    pub fn responses(&mut self) -> &Histogram {
        match self {
            Load::Fluid(load) => load.responses(),
            Load::Requests(load) => load.responses(),
            Load::Split(load) => load.responses(),
            Load::Zonal(load) => load.responses(),
        }
    }

    /// Seconds spent in each region outside the fluid model's validated range, as in
    /// [`Distrust::ALL`].
    pub fn distrust_s(&self) -> &[f64] {
        match self {
            Load::Fluid(load) => load.distrust_s(),
            Load::Requests(_) => &NO_DISTRUST,
            Load::Split(load) => load.distrust_s(),
            Load::Zonal(load) => load.distrust_s(),
        }
    }

    /// Events of requests that were played; none in the fluid model.
    pub fn events(&self) -> u64 {
        match self {
            Load::Fluid(_) => 0,
            Load::Requests(load) => load.events(),
            Load::Split(load) => load.events(),
            Load::Zonal(load) => load.events(),
        }
    }

    /// Requests that are remembered one by one at present; none in the fluid model. An event of
    /// requests adds one at most.
    pub fn at_once(&self) -> u64 {
        match self {
            Load::Fluid(_) => 0,
            Load::Requests(load) => load.at_once(),
            Load::Split(load) => load.at_once(),
            Load::Zonal(load) => load.at_once(),
        }
    }

    /// Moves on to `now`; `closed` hears of every minute that is over by then, like ones together.
    /// True if it got there; else `most` events of requests were not enough.
    #[must_use = "a load that stopped half way ends the run"]
    pub fn advance_to(&mut self, now: SimTime, most: u64, closed: impl FnMut(Closed<'_>)) -> bool {
        match self {
            Load::Fluid(load) => {
                load.advance_to(now, closed);
                true
            }
            Load::Requests(load) => load.advance_to(now, most, closed),
            Load::Split(load) => load.advance_to(now, most, closed),
            Load::Zonal(load) => load.advance_to(now, most, closed),
        }
    }

    /// The same, for a load within a load.
    pub(super) fn advance_boxed(
        &mut self,
        now: SimTime,
        most: u64,
        closed: &mut dyn FnMut(Closed<'_>),
    ) -> bool {
        match self {
            Load::Fluid(load) => {
                load.advance_to(now, closed);
                true
            }
            Load::Requests(load) => load.advance_to(now, most, closed),
            Load::Zonal(load) => load.advance_to(now, most, &mut *closed),
            // There are two sides, not four.
            Load::Split(_) => true,
        }
    }

    /// Checks the load against the tasks of each side that run and those that answer at `now`, and
    /// recounts what is counted on the way.
    ///
    /// # Panics
    /// If something does not hold: a defect of ours.
    pub fn audit(&self, tasks: [(u32, u32); 2], now: SimTime) {
        match self {
            Load::Fluid(load) => load.audit(tasks[0], now),
            Load::Requests(load) => {
                assert_eq!(load.serving(), tasks[0].1, "the load model knows its tasks");
                load.audit();
            }
            Load::Split(load) => load.audit(tasks, now),
            Load::Zonal(load) => load.audit(tasks[0], now),
        }
    }
}
