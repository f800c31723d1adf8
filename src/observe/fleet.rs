//! The cluster's own instances over time, for charts: those that run by type and purchase, the
//! tasks that wait for one, and how long those that got one had waited. Memory is that of the
//! columns.

use crate::catalog::instances;
use crate::engine::{SimDuration, SimTime};
use crate::ids::{GroupId, InstanceTypeId};
use crate::observe::incidents::{self, Waiting};
use crate::observe::observation::{CapacityObservation, Observation};
use crate::observe::states::Layer;
use crate::policy::auto_scaling_group::Purchase;
use crate::scenario::plan::{GroupPlan, Plan};
use crate::world::instance::{GroupCounts, InstanceRecord, InstanceStep};

/// Instances of a run over time.
#[derive(Clone, Debug)]
pub struct Fleet {
    column: SimDuration,
    ended_at: SimTime,
    /// Those of each type and purchase that ever ran, by type, on demand first.
    kinds: Vec<(InstanceTypeId, Purchase, Layer)>,
    /// Of the groups that are machines of one's own, their type.
    own: Vec<Option<InstanceTypeId>>,
    /// The end of the run.
    horizon: SimTime,
    /// Machines of one's own that are down, by type.
    down: Vec<(InstanceTypeId, Layer)>,
    /// Tasks that wait, by group.
    waiting: Vec<Waiting>,
    /// Tasks that no instance takes and for which none will come, by service.
    unplaced: Vec<Waiting>,
    /// Tasks that were placed after a wait, by column.
    placed: Vec<Placed>,
}

/// Tasks that got their instance in a column.
#[derive(Clone, Copy, PartialEq, Debug, Default)]
struct Placed {
    tasks: u32,
    waited_us: u64,
    longest: SimDuration,
}

/// A kind of instance and how many of it ran, mean of each column.
#[derive(Clone, PartialEq, Debug)]
pub struct KindOverTime {
    /// The type's name.
    pub instance_type: &'static str,
    /// Whether these are Spot instances.
    pub is_spot: bool,
    /// Whether these are machines of one's own; those that are down do not count.
    pub is_own: bool,
    /// Mean number of each column.
    pub means: Vec<f64>,
}

impl Fleet {
    /// Nothing yet, columns for the plan's run.
    pub fn new(plan: &Plan) -> Self {
        Fleet {
            column: incidents::column(plan),
            ended_at: SimTime::ZERO,
            kinds: Vec::new(),
            own: plan.groups.iter().map(own_type).collect(),
            horizon: plan.horizon(),
            down: Vec::new(),
            waiting: vec![Waiting::default(); plan.groups.len()],
            unplaced: vec![Waiting::default(); plan.services.len()],
            placed: Vec::new(),
        }
    }

    /// Takes what happened.
    pub fn observe(&mut self, at: SimTime, what: &Observation<'_>) {
        let Observation::Capacity(what) = what else {
            return;
        };
        let column = || at.period_index(self.column) as usize;
        match what {
            CapacityObservation::Instance(record, InstanceStep::Gone) => self.gone(at, record),
            CapacityObservation::GroupCounts { group, counts } => {
                self.group_counts(at, *group, counts);
            }
            CapacityObservation::Unplaced { service, tasks } => {
                if !self.unplaced[service.index()].is(*tasks) {
                    self.unplaced[service.index()].set(column(), *tasks);
                }
            }
            CapacityObservation::MachineLost {
                group,
                is_failure: true,
                length,
            } => self.fails(at, *group, *length),
            CapacityObservation::TaskPlaced { waited, .. } => {
                let column = column();
                if self.placed.len() <= column {
                    self.placed.resize(column + 1, Placed::default());
                }
                let placed = &mut self.placed[column];
                placed.tasks = placed.tasks.saturating_add(1);
                placed.waited_us = placed.waited_us.saturating_add(waited.as_micros());
                placed.longest = placed.longest.max(*waited);
            }
            CapacityObservation::Instance(_, InstanceStep::Active | InstanceStep::Draining)
            | CapacityObservation::Reservation { .. }
            | CapacityObservation::GroupScaling { .. }
            | CapacityObservation::InstanceLaunchFailed { .. }
            | CapacityObservation::RebalanceRecommended { .. }
            | CapacityObservation::MachineLost {
                is_failure: false, ..
            }
            | CapacityObservation::RequestRefused { .. }
            | CapacityObservation::Asked { .. } => {}
        }
    }

    /// A group's counts have changed.
    pub(super) fn group_counts(&mut self, at: SimTime, group: GroupId, counts: &GroupCounts) {
        let waiting = &mut self.waiting[group.index()];
        if !waiting.is(counts.waiting) {
            waiting.set(at.period_index(self.column) as usize, counts.waiting);
        }
    }

    /// The same, closed where the run ended.
    #[must_use]
    pub fn finish(mut self, ended_at: SimTime) -> Self {
        self.ended_at = ended_at;
        let columns = ended_at.as_micros().div_ceil(self.column.as_micros()) as usize;
        for waiting in self.waiting.iter_mut().chain(&mut self.unplaced) {
            waiting.fill(columns);
        }
        self
    }

    /// The length of a column.
    pub fn column(&self) -> SimDuration {
        self.column
    }

    /// Instances that ran, by type and purchase.
    pub fn running(&self) -> Vec<KindOverTime> {
        let (column, ended) = (self.column.as_micros(), self.ended_at.as_micros());
        let kinds = self.kinds.iter();
        kinds
            .map(|(instance_type, purchase, layer)| KindOverTime {
                instance_type: instances::get(*instance_type).name,
                is_spot: *purchase == Purchase::Spot,
                is_own: self.own.contains(&Some(*instance_type)),
                means: match self.down.iter().find(|(of, _)| of == instance_type) {
                    Some((_, down)) => {
                        let down = down.means(column, ended);
                        let all = layer.means(column, ended).zip(down);
                        all.map(|(all, down)| (all - down).max(0.0)).collect()
                    }
                    None => layer.means(column, ended).collect(),
                },
            })
            .collect()
    }

    /// The most tasks of each column that waited at once for an instance of a group.
    pub fn waiting(&self, group: usize) -> Vec<f64> {
        columns_of(&self.waiting[group])
    }

    /// The most tasks of a service in each column that no instance took and for which none was to
    /// come; `None`: there never were any.
    pub fn unplaced(&self, service: usize) -> Option<Vec<f64>> {
        let columns = columns_of(&self.unplaced[service]);
        columns.iter().any(|most| 0.0 < *most).then_some(columns)
    }

    /// Of the tasks that were placed after a wait: when (the column's start, seconds), and how long
    /// they had waited, mean and longest, seconds.
    pub fn waits(&self) -> Vec<(f64, f64, f64)> {
        let column_s = self.column.as_secs_f64();
        let placed = self.placed.iter().enumerate();
        let some = placed.filter(|(_, placed)| 0 < placed.tasks);
        some.map(|(column, placed)| {
            let mean = placed.waited_us as f64 / 1e6 / f64::from(placed.tasks);
            (column as f64 * column_s, mean, placed.longest.as_secs_f64())
        })
        .collect()
    }

    /// A machine of one's own is down for so long.
    fn fails(&mut self, at: SimTime, group: GroupId, length: SimDuration) {
        let Some(own) = self.own[group.index()] else {
            return;
        };
        let known = self.down.iter().position(|(of, _)| *of == own);
        let place = known.unwrap_or_else(|| {
            self.down.push((own, Layer::default()));
            self.down.len() - 1
        });
        let until = (at + length).min(self.horizon);
        let column = self.column.as_micros();
        let layer = &mut self.down[place].1;
        layer.add(at.as_micros(), until.as_micros(), column);
    }

    fn gone(&mut self, at: SimTime, record: &InstanceRecord) {
        let end = record.times.terminated.unwrap_or(at).min(at);
        if record.times.running.is_none_or(|running| end <= running) {
            return;
        }
        let key = (record.instance_type, record.purchase == Purchase::Spot);
        let place = self
            .kinds
            .binary_search_by_key(&key, |kind| (kind.0, kind.1 == Purchase::Spot));
        let place = place.unwrap_or_else(|place| {
            let kind = (record.instance_type, record.purchase, Layer::default());
            self.kinds.insert(place, kind);
            place
        });
        let layer = &mut self.kinds[place].2;
        for (from, until) in record.paid(end) {
            layer.add(from.as_micros(), until.as_micros(), self.column.as_micros());
        }
    }
}

/// The type of machines of one's own.
fn own_type(group: &GroupPlan) -> Option<InstanceTypeId> {
    let first = group.types.first().filter(|_| group.is_external());
    first.map(|known| known.instance_type)
}

fn columns_of(waiting: &Waiting) -> Vec<f64> {
    let most = waiting.most.iter();
    most.map(|most| f64::from(*most)).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::observe::fixture::{self, API, ON_WEB, WEB};
    use crate::world::task::Owner;

    #[test]
    fn kinds_waits_and_waiting_tasks_are_laid_over_the_columns() {
        let plan = fixture::plan_on_instances();
        let mut fleet = Fleet::new(&plan);
        let mut tell = |at: u64, what: CapacityObservation<'_>| {
            fleet.observe(SimTime::from_secs(at), &Observation::Capacity(what));
        };
        let counts = GroupCounts {
            waiting: 4,
            ..GroupCounts::default()
        };
        let none = GroupCounts::default();
        let set = |counts| CapacityObservation::GroupCounts { group: WEB, counts };
        let placed = |seconds| CapacityObservation::TaskPlaced {
            owner: Owner::Service(API),
            provider: ON_WEB,
            waited: SimDuration::from_secs(seconds),
        };
        tell(70, set(&counts));
        tell(130, placed(60));
        tell(140, placed(30));
        tell(140, set(&none));
        let unplaced = |tasks| CapacityObservation::Unplaced {
            service: API,
            tasks,
        };
        tell(70, unplaced(2));
        tell(170, unplaced(0));
        // Running from 60 to 150 s, and from 90 s on.
        let spot = fixture::instance(0, Purchase::Spot, 30, Some(150));
        let on_demand = fixture::instance(1, Purchase::OnDemand, 60, None);
        let gone = |record| CapacityObservation::Instance(record, InstanceStep::Gone);
        tell(150, gone(&spot));
        tell(240, gone(&on_demand));
        let fleet = fleet.finish(SimTime::from_secs(240));
        let running = fleet.running();
        let shown: Vec<_> = running
            .iter()
            .map(|kind| (kind.is_spot, &kind.means[..]))
            .collect();
        assert_eq!(
            shown,
            [
                (false, &[0.0, 0.5, 1.0, 1.0][..]),
                (true, &[0.0, 1.0, 0.5, 0.0][..]),
            ]
        );
        assert_eq!(fleet.waiting(0), [0.0, 4.0, 4.0, 0.0]);
        assert_eq!(fleet.unplaced(0), Some(vec![0.0, 2.0, 2.0, 0.0]));
        assert_eq!(fleet.waits(), [(120.0, 45.0, 60.0)]);
    }

    #[test]
    fn a_machine_of_ones_own_that_is_down_does_not_run() {
        let mut plan = fixture::plan_on_instances();
        plan.groups[0].external = Some(crate::scenario::plan::ExternalPlan {
            failures: None,
            disconnects: None,
        });
        let mut fleet = Fleet::new(&plan);
        let mut tell = |at: u64, what: CapacityObservation<'_>| {
            fleet.observe(SimTime::from_secs(at), &Observation::Capacity(what));
        };
        let lost = |is_failure, length| CapacityObservation::MachineLost {
            group: WEB,
            is_failure,
            length: SimDuration::from_secs(length),
        };
        // Down for 90 s; what is only out of reach works.
        tell(60, lost(true, 90));
        tell(180, lost(false, 30));
        let machine = fixture::instance(0, Purchase::OnDemand, 0, None);
        tell(
            240,
            CapacityObservation::Instance(&machine, InstanceStep::Gone),
        );
        let fleet = fleet.finish(SimTime::from_secs(240));
        let running = fleet.running();
        assert!(running[0].is_own);
        // It runs from 30 s on.
        assert_eq!(running[0].means, [0.5, 0.0, 0.5, 1.0]);
    }
}
