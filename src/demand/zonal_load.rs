//! The load of a service whose balancer stays in its zones (cross-zone load balancing is off): each
//! zone's node has a share of the clients and asks the tasks of its own zone only. Each zone is a
//! load of its own; their minutes are put together where they are closed.

use crate::demand::load::{Leaving, Load};
use crate::demand::parts::{ClosedRuns, next_closed, served_together, together};
use crate::demand::period::ServicePeriod;
use crate::demand::requests::CallWork;
use crate::demand::service_load::{Closed, LoadSpec, Served};
use crate::demand::split_load::Side;
use crate::engine::{SimDuration, SimTime};
use crate::ids::{TaskId, ZoneId};
use crate::policy::balancing::{Node, shares_of_nodes};
use crate::policy::load::{Distrust, Histogram};

/// The load of one zone.
#[derive(Clone, Debug)]
struct Zone {
    load: Load,
    /// Whether the balancer has a node there.
    has_node: bool,
    /// Whether the zone itself is there: not in an outage.
    is_up: bool,
    /// RUNNING tasks, and those of them that answer.
    running: u32,
    serving: u32,
    /// Its share of the clients.
    share: f64,
}

/// The load of all zones.
#[derive(Clone, Debug)]
pub struct ZonalLoad {
    zones: Vec<Zone>,
    /// By zone.
    closed: Vec<ClosedRuns>,
    /// Whether clients go to nodes of zones without any task too, where they find nobody.
    asks_empty: bool,
    rate_per_s: f64,
    steady: Option<ServicePeriod>,
    responses: Histogram,
    distrust_s: [f64; Distrust::ALL.len()],
}

impl ZonalLoad {
    /// Loads that nobody asks of yet, by zone, each with whether the balancer has a node there.
    /// `asks_empty`: an Application Load Balancer's clients, who are sent to zones without tasks
    /// too.
    pub fn new(zones: impl Iterator<Item = (Load, bool)>, asks_empty: bool) -> Self {
        let zones: Vec<Zone> = zones
            .map(|(load, has_node)| Zone {
                load,
                has_node,
                is_up: true,
                running: 0,
                serving: 0,
                share: 0.0,
            })
            .collect();
        ZonalLoad {
            closed: vec![ClosedRuns::new(); zones.len()],
            zones,
            asks_empty,
            rate_per_s: 0.0,
            steady: None,
            responses: Histogram::default(),
            distrust_s: [0.0; Distrust::ALL.len()],
        }
    }

    /// The rate of first tries, from now on; the load must have been advanced to now.
    pub fn set_rate(&mut self, rate_per_s: f64) {
        self.rate_per_s = rate_per_s;
        self.steady = None;
        for zone in &mut self.zones {
            zone.load.set_rate(rate_per_s * zone.share);
        }
    }

    /// The RUNNING tasks of each zone, and whether the zone is up, from now on; who answers is
    /// known already.
    pub fn set_running(&mut self, zones: impl Iterator<Item = (u32, bool)>) {
        self.steady = None;
        for (zone, (running, is_up)) in self.zones.iter_mut().zip(zones) {
            (zone.running, zone.is_up) = (running, is_up);
            zone.load.set_tasks(Side::First, running, zone.serving);
        }
        let nodes = self.zones.iter().map(|zone| Node {
            exists: zone.has_node && zone.is_up,
            tasks: zone.running,
            healthy: zone.serving,
        });
        let shares: Vec<f64> = shares_of_nodes(nodes, self.asks_empty).collect();
        for (zone, share) in self.zones.iter_mut().zip(shares) {
            zone.share = share;
        }
        self.set_rate(self.rate_per_s);
    }

    /// What the code of its tasks costs, from now on.
    pub fn set_spec(&mut self, spec: LoadSpec) {
        self.steady = None;
        for zone in &mut self.zones {
            zone.load.set_spec(Side::First, spec);
        }
    }

    fn zone(&mut self, zone: ZoneId) -> Option<&mut Zone> {
        self.steady = None;
        self.zones.get_mut(zone.index())
    }

    /// A task of a zone answers from now on.
    pub fn join(&mut self, zone: ZoneId, task: TaskId, of_requests: (&LoadSpec, &[CallWork])) {
        let place = (Side::First, zone);
        if let Some(zone) = self.zone(zone) {
            zone.serving += 1;
            zone.load.join(place, task, of_requests);
        }
    }

    /// A task of a zone answers no longer.
    pub fn leave(&mut self, zone: ZoneId, task: TaskId, leaving: Leaving) {
        let place = (Side::First, zone);
        if let Some(zone) = self.zone(zone) {
            zone.load.leave(place, task, leaving, zone.serving);
            zone.serving -= 1;
        }
    }

    /// Nothing arrives any more, and the last tasks finish what is at them.
    pub(super) fn finish_all(&mut self) {
        self.zones.iter_mut().for_each(|it| it.load.finish_all());
    }

    /// Starts in the middle of the present rate, as if it had been so for long.
    pub fn settle(&mut self) {
        self.steady = None;
        self.zones.iter_mut().for_each(|it| it.load.settle());
    }

    /// What a minute under the present rate is expected to see.
    pub fn expected_minute(&mut self) -> ServicePeriod {
        let minutes = self.zones.iter_mut().map(|it| it.load.expected_minute());
        sum(minutes).unwrap_or_default()
    }

    /// What other services would meet over the next `length`: of each zone by what reaches it.
    pub fn served_ahead(&mut self, length: SimDuration) -> Served {
        let zones = self.zones.iter_mut();
        let served = zones.map(|zone| zone.load.served_ahead(length));
        let together = served.reduce(|one, other| served_together(one, other, 0.5));
        together.unwrap_or_default()
    }

    /// Whether further time changes nothing.
    pub fn is_settled(&self) -> bool {
        self.zones.iter().all(|zone| zone.load.is_settled())
    }

    /// The value that every further minute will have.
    pub fn steady(&self) -> Option<&ServicePeriod> {
        self.steady.as_ref()
    }

    /// Finds whether every further minute is alike.
    pub fn look_ahead(&mut self) {
        let steady = self.zones.iter().map(|zone| zone.load.steady().copied());
        let steady: Option<Vec<ServicePeriod>> = steady.collect();
        self.steady = steady.and_then(|all| sum(all.into_iter()));
    }

    /// What the minute that is not over has seen so far.
    pub fn last_minute(&mut self) -> Option<(u64, ServicePeriod)> {
        let mut last: Option<(u64, ServicePeriod)> = None;
        for zone in &mut self.zones {
            last = match (last, zone.load.last_minute()) {
                (Some((index, one)), Some((_, other))) => Some((index, together(&one, &other))),
                (one, other) => one.or(other),
            };
        }
        last
    }

    /// CPU and memory of the minute that is not over, so far.
    pub fn used_so_far(&mut self) -> ServicePeriod {
        let parts = self.zones.iter_mut().map(|zone| zone.load.used_so_far());
        parts
            .reduce(|one, other| together(&one, &other))
            .unwrap_or_default()
    }

    /// Memory of a task and the mean in use by one, MiB, in the zone that is nearest to its limit.
    pub fn memory_mib(&self) -> (f64, f64) {
        let of = |zone: &Zone| {
            (
                zone.load.memory_limit_mib(),
                zone.load.memory_per_task_mib(),
            )
        };
        let used = |(limit, mean): &(f64, f64)| mean / limit.max(1e-9);
        let all = self.zones.iter().map(of);
        let nearest = all.max_by(|one, other| used(one).total_cmp(&used(other)));
        nearest.unwrap_or_default()
    }

    /// Whether a zone's tasks need more memory than they have.
    pub fn is_over_memory(&self, zone: ZoneId) -> bool {
        let zone = self.zones.get(zone.index());
        zone.is_some_and(|zone| 0 < zone.running && zone.load.is_over_memory(Side::First))
    }

    /// Response times of the whole run.
    pub fn responses(&mut self) -> &Histogram {
        self.responses = Histogram::default();
        for zone in &mut self.zones {
            self.responses.merge(zone.load.responses());
        }
        &self.responses
    }

    /// Seconds outside the validated range; a second in which several zones are counts once at
    /// most.
    pub fn distrust_s(&self) -> &[f64] {
        &self.distrust_s
    }

    /// Events of requests that were played.
    pub fn events(&self) -> u64 {
        self.zones.iter().map(|zone| zone.load.events()).sum()
    }

    /// Requests that are remembered one by one.
    pub fn at_once(&self) -> u64 {
        self.zones.iter().map(|zone| zone.load.at_once()).sum()
    }

    /// Moves on to `now`: see [`Load::advance_to`].
    pub fn advance_to(
        &mut self,
        now: SimTime,
        most: u64,
        mut closed: impl FnMut(Closed<'_>),
    ) -> bool {
        let mut reached = true;
        for (zone, runs) in self.zones.iter_mut().zip(&mut self.closed) {
            let keep = &mut |(first, count, period): Closed<'_>| {
                runs.push_back((first, count, *period));
            };
            reached &= zone.load.advance_boxed(now, most, keep);
        }
        while let Some((first, count, period)) = next_closed(&mut self.closed) {
            closed((first, count, &period));
        }
        for zone in &self.zones {
            for (seconds, of_zone) in self.distrust_s.iter_mut().zip(zone.load.distrust_s()) {
                *seconds = seconds.max(*of_zone);
            }
        }
        self.look_ahead();
        reached
    }

    /// Checks the zones against the service's tasks.
    ///
    /// # Panics
    /// If something does not hold: a defect of ours.
    pub fn audit(&self, (running, serving): (u32, u32), now: SimTime) {
        let sums = self.zones.iter().fold((0, 0), |sum, zone| {
            (sum.0 + zone.running, sum.1 + zone.serving)
        });
        assert_eq!(sums, (running, serving), "the zones have all tasks");
        for zone in &self.zones {
            let tasks = [(zone.running, zone.serving), (0, 0)];
            zone.load.audit(tasks, now);
        }
    }
}

/// What several zones saw of a minute.
fn sum(minutes: impl Iterator<Item = ServicePeriod>) -> Option<ServicePeriod> {
    minutes.reduce(|one, other| together(&one, &other))
}
