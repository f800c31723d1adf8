//! The load of a service whose traffic a balancer divides between two target groups, each with its
//! own tasks: a blue/green deployment. Each side is a load of its own; the minutes of both are put
//! together where they are closed.

use crate::demand::load::{Leaving, Load};
use crate::demand::parts::{ClosedRuns, next_closed, served_together, together};
use crate::demand::period::ServicePeriod;
use crate::demand::requests::{CallWork, RequestLoad};
use crate::demand::service_load::{Closed, LoadSpec, Served};
use crate::engine::{SimDuration, SimTime};
use crate::ids::{TaskId, ZoneId};
use crate::policy::load::{Distrust, Histogram};

/// One of the two target groups.
#[derive(Clone, Copy, PartialEq, Eq, Default, Debug)]
pub enum Side {
    /// That of the service's creation.
    #[default]
    First,
    /// The alternate one.
    Alternate,
}

impl Side {
    /// Both.
    pub const BOTH: [Side; 2] = [Side::First, Side::Alternate];

    /// The other one.
    #[must_use]
    pub fn other(self) -> Side {
        match self {
            Side::First => Side::Alternate,
            Side::Alternate => Side::First,
        }
    }
}

/// The load of both sides.
#[derive(Clone, Debug)]
pub struct SplitLoad {
    sides: [Load; 2],
    /// Parts of the traffic, 1 together.
    parts: [f64; 2],
    rate_per_s: f64,
    /// Minutes that one side has closed and the other has not: the first of each run, how many.
    closed: [ClosedRuns; 2],
    /// What every further minute will have, once both have settled.
    steady: Option<ServicePeriod>,
    responses: Histogram,
    distrust_s: [f64; Distrust::ALL.len()],
}

impl SplitLoad {
    /// Two loads that nobody asks of yet; all traffic is the first one's.
    pub fn new(sides: [Load; 2]) -> Self {
        SplitLoad {
            sides,
            parts: [1.0, 0.0],
            rate_per_s: 0.0,
            closed: Default::default(),
            steady: None,
            responses: Histogram::default(),
            distrust_s: [0.0; Distrust::ALL.len()],
        }
    }

    fn side(&mut self, side: Side) -> &mut Load {
        self.steady = None;
        &mut self.sides[side as usize]
    }

    /// This side has so much of the traffic from now on, the other one the rest; the load must have
    /// been advanced to now.
    pub fn set_part(&mut self, side: Side, part: f64) {
        self.parts[side as usize] = part;
        self.parts[side.other() as usize] = 1.0 - part;
        self.set_rate(self.rate_per_s);
    }

    /// The part of the traffic that is a side's.
    pub fn part(&self, side: Side) -> f64 {
        self.parts[side as usize]
    }

    /// The rate of first tries, from now on; the load must have been advanced to now.
    pub fn set_rate(&mut self, rate_per_s: f64) {
        self.rate_per_s = rate_per_s;
        self.steady = None;
        for (load, part) in self.sides.iter_mut().zip(self.parts) {
            load.set_rate(rate_per_s * part);
        }
    }

    /// The tasks of a side that run and those that answer, from now on.
    pub fn set_tasks(&mut self, side: Side, running: u32, serving: u32) {
        let is_idle = self.parts[side as usize] <= 0.0;
        let load = self.side(side);
        if is_idle && serving == 0 {
            load.finish_all();
        }
        load.set_tasks(Side::First, running, serving);
    }

    /// What the code of a side's tasks costs, from now on.
    pub fn set_spec(&mut self, side: Side, spec: LoadSpec) {
        self.side(side).set_spec(Side::First, spec);
    }

    /// A task of a side and a zone answers from now on: see [`Load::join`].
    pub fn join(
        &mut self,
        (side, zone): (Side, ZoneId),
        task: TaskId,
        of_requests: (&LoadSpec, &[CallWork]),
    ) {
        self.side(side).join((Side::First, zone), task, of_requests);
    }

    /// One of `serving` tasks of a side answers no longer: see [`Load::leave`].
    pub fn leave(
        &mut self,
        (side, zone): (Side, ZoneId),
        task: TaskId,
        leaving: Leaving,
        serving: u32,
    ) {
        let place = (Side::First, zone);
        self.side(side).leave(place, task, leaving, serving);
    }

    /// The RUNNING tasks of a side in each zone, and whether it is up.
    pub fn set_running_by_zone(&mut self, side: Side, zones: impl Iterator<Item = (u32, bool)>) {
        if let Load::Zonal(load) = self.side(side) {
            load.set_running(zones);
        }
    }

    /// Whether each side is a fluid in one part.
    pub fn is_fluid(&self) -> bool {
        self.sides.iter().all(|side| matches!(side, Load::Fluid(_)))
    }

    /// Whether the balancer keeps zones apart.
    pub fn is_zonal(&self) -> bool {
        matches!(self.sides[0], Load::Zonal(_))
    }

    /// Whether a side's tasks in a zone need more memory than they have.
    pub fn is_over_memory_in(&self, side: Side, zone: ZoneId) -> bool {
        self.sides[side as usize].is_over_memory_in(Side::First, zone)
    }

    /// Both sides, where each plays single requests: who plays them with others says when it has.
    pub fn requests_mut(&mut self) -> Option<[&mut RequestLoad; 2]> {
        match &mut self.sides {
            [Load::Requests(first), Load::Requests(second)] => Some([&mut **first, &mut **second]),
            _ => None,
        }
    }

    /// Whether both sides were played to this instant, request by request.
    pub fn is_at(&self, now: SimTime) -> bool {
        let is_at = |side: &Load| match side {
            Load::Requests(load) => load.is_at(now),
            Load::Fluid(_) | Load::Split(_) | Load::Zonal(_) => false,
        };
        self.sides.iter().all(is_at)
    }

    /// The sides were moved on by others.
    pub fn moved_on(&mut self) {
        let [first, second] = self.sides.each_ref().map(Load::distrust_s);
        for (at, seconds) in self.distrust_s.iter_mut().enumerate() {
            *seconds = first[at].max(second[at]);
        }
        self.look_ahead();
    }

    /// Starts in the middle of the present rate, as if it had been so for long.
    pub fn settle(&mut self) {
        self.steady = None;
        self.sides.iter_mut().for_each(Load::settle);
    }

    /// What a minute under the present rate is expected to see.
    pub fn expected_minute(&mut self) -> ServicePeriod {
        let [first, second] = &mut self.sides;
        together(&first.expected_minute(), &second.expected_minute())
    }

    /// What other services would meet over the next `length`: of either side by its part.
    pub fn served_ahead(&mut self, length: SimDuration) -> Served {
        let [first, second] = &mut self.sides;
        let (first, second) = (first.served_ahead(length), second.served_ahead(length));
        served_together(first, second, self.parts[0])
    }

    /// Whether further time changes nothing.
    pub fn is_settled(&self) -> bool {
        self.sides.iter().all(Load::is_settled)
    }

    /// The value that every further minute will have.
    pub fn steady(&self) -> Option<&ServicePeriod> {
        self.steady.as_ref()
    }

    /// Finds whether every further minute is alike.
    pub fn look_ahead(&mut self) {
        let [first, second] = &self.sides;
        self.steady = match (first.steady(), second.steady()) {
            (Some(first), Some(second)) => Some(together(first, second)),
            _ => None,
        };
    }

    /// What the minute that is not over has seen so far.
    pub fn last_minute(&mut self) -> Option<(u64, ServicePeriod)> {
        let [first, second] = &mut self.sides;
        match (first.last_minute(), second.last_minute()) {
            (Some((index, first)), Some((_, second))) => Some((index, together(&first, &second))),
            (one, other) => one.or(other),
        }
    }

    /// CPU and memory of the minute that is not over, so far.
    pub fn used_so_far(&mut self) -> ServicePeriod {
        let parts = self.sides.iter_mut().map(Load::used_so_far);
        parts
            .reduce(|one, other| together(&one, &other))
            .unwrap_or_default()
    }

    /// Memory of a task and the mean in use by one, MiB, on the side that is nearer to its limit.
    pub fn memory_mib(&self) -> (f64, f64) {
        let of = |load: &Load| (load.memory_limit_mib(), load.memory_per_task_mib());
        let [first, second] = self.sides.each_ref().map(of);
        // Used over limit, without a division by a limit of 0.
        if second.1 * first.0 <= first.1 * second.0 {
            first
        } else {
            second
        }
    }

    /// Whether a side's tasks need more memory than they have.
    pub fn is_over_memory(&self, side: Side) -> bool {
        self.sides[side as usize].is_over_memory(Side::First)
    }

    /// Response times of the whole run.
    pub fn responses(&mut self) -> &Histogram {
        let [first, second] = &mut self.sides;
        self.responses = first.responses().clone();
        self.responses.merge(second.responses());
        &self.responses
    }

    /// Seconds outside the validated range; a second in which both are counts once at most.
    pub fn distrust_s(&self) -> &[f64] {
        &self.distrust_s
    }

    /// Events of requests that were played.
    pub fn events(&self) -> u64 {
        self.sides.iter().map(Load::events).sum()
    }

    /// Requests that are remembered one by one.
    pub fn at_once(&self) -> u64 {
        self.sides.iter().map(Load::at_once).sum()
    }

    /// Moves on to `now`: see [`Load::advance_to`].
    pub fn advance_to(
        &mut self,
        now: SimTime,
        most: u64,
        mut closed: impl FnMut(Closed<'_>),
    ) -> bool {
        let mut reached = true;
        for (load, runs) in self.sides.iter_mut().zip(&mut self.closed) {
            let played = load.events();
            let keep = &mut |(first, count, period): Closed<'_>| {
                runs.push_back((first, count, *period));
            };
            reached &= load.advance_boxed(now, most, keep);
            debug_assert!(played <= load.events(), "events are counted up");
        }
        while let Some((first, count, period)) = next_closed(&mut self.closed) {
            closed((first, count, &period));
        }
        self.moved_on();
        reached
    }

    /// Checks both sides against their tasks.
    ///
    /// # Panics
    /// If something does not hold: a defect of ours.
    pub fn audit(&self, tasks: [(u32, u32); 2], now: SimTime) {
        for (load, tasks) in self.sides.iter().zip(tasks) {
            load.audit([tasks, (0, 0)], now);
        }
        let parts: f64 = self.parts.iter().sum();
        assert!((parts - 1.0).abs() < 1e-9, "all traffic goes somewhere");
    }
}
