//! A run as a moving picture shows it: which tasks stood where and in which state, which instances
//! there were, what services wanted and had. Values with times in whole seconds, no words.
//!
//! Made from what the sinks kept of a run that was played with a trail. Instants are rounded up to
//! whole seconds: at a whole second a state is entered here exactly if it was in the run.

mod series;
mod spot;

use std::borrow::Cow;
use std::collections::BTreeMap;

use crate::catalog::instances;
use crate::engine::SimTime;
use crate::ids::{InstanceId, JobSourceId, ProviderId, ServiceId};
use crate::observe::Observed;
use crate::observe::tasks::status_changes;
use crate::observe::trail::Trail;
use crate::policy::life_cycle::TaskStatus;
use crate::scenario::plan::{Caller, Plan};
use crate::world::task::TaskRecord;

pub use crate::world::instance::InstanceRecord;
pub use crate::world::task::Owner;
pub use series::{CountsAt, LoadAt, OwnerSeries};
pub use spot::SpotState;

/// Microseconds of a second.
const SECOND_US: u64 = 1_000_000;
/// States of Spot pools at most.
const SPOT_STATES_MAX: usize = 5_000;

/// How much of a run a picture holds at most.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct PictureLimits {
    /// Tasks, over the whole run.
    pub tasks: usize,
    /// Instances, over the whole run.
    pub instances: usize,
    /// Points of all series together.
    pub points: usize,
}

/// A run as a picture.
#[derive(Clone, Debug)]
pub struct Picture<'r> {
    places: Places,
    /// The last second that was played.
    pub ended_s: u32,
    /// Who has tasks: the services, then all that calls RunTask; of a trail that leaves services
    /// out these together last.
    pub owners: Vec<PictureOwner<'r>>,
    /// The tasks that are shown, by creation.
    pub tasks: Vec<PictureTask<'r>>,
    /// How many tasks there were.
    pub tasks_total: usize,
    /// The instances that are shown, by id.
    pub instances: Vec<&'r InstanceRecord>,
    /// How many instances there were.
    pub instances_total: usize,
    /// What each owner wanted and had: of all tasks, those that are not shown included.
    pub series: Vec<OwnerSeries>,
    /// What Spot offered by zone.
    pub spot: Vec<SpotState>,
    /// How many such states there were.
    pub spot_total: usize,
}

/// What kind of owner.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum OwnerKind {
    /// A service.
    Service,
    /// A schedule of EventBridge Scheduler.
    Schedule,
    /// A rule of EventBridge.
    Rule,
    /// A program that calls RunTask.
    Program,
}

/// Who has tasks.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct PictureOwner<'r> {
    /// Its name.
    pub name: Cow<'r, str>,
    /// What it is.
    pub kind: OwnerKind,
}

/// The positions of owners among those of a picture.
#[derive(Clone, Debug)]
struct Places {
    /// Of each service.
    services: Vec<u32>,
    /// Of the first that calls RunTask.
    jobs: u32,
    /// How many there are.
    count: usize,
}

/// A task of the picture.
#[derive(Clone, Debug)]
pub struct PictureTask<'r> {
    /// Its position among the trail's tasks.
    pub position: usize,
    /// What is known of it.
    pub record: &'r TaskRecord,
    /// Its owner, by position.
    pub owner: u32,
    /// Its provider.
    pub provider: ProviderId,
    /// Its instance, by position among those that are shown.
    pub instance: Option<u32>,
    /// When it got its instance, seconds; `None`: it never did, or needs none.
    pub placed_s: Option<u32>,
    /// Its states with the seconds at which they were entered, in order.
    pub states: Vec<(TaskStatus, u32)>,
}

/// The first whole second at or after an instant.
pub fn second_of(at: SimTime) -> u32 {
    u32::try_from(at.as_micros().div_ceil(SECOND_US)).unwrap_or(u32::MAX)
}

/// `most` of `count` positions, in order, evenly spread: the same each time, and the fewer are part
/// of the more. All of them where there are no more.
pub fn spread_evenly(count: usize, most: usize) -> Vec<usize> {
    let mut chosen: Vec<usize> = in_even_order(count).take(most).collect();
    chosen.sort_unstable();
    chosen
}

/// All positions below `count` in an order whose every beginning is spread over them (van der
/// Corput's: the bits of a counter read backwards).
pub fn in_even_order(count: usize) -> impl Iterator<Item = usize> {
    let bits = usize::BITS - count.saturating_sub(1).leading_zeros();
    let shift = usize::BITS - bits.max(1);
    let all = 0..(1_usize << bits.min(usize::BITS - 1));
    all.map(move |position| position.reverse_bits() >> shift)
        .filter(move |position| *position < count)
}

impl<'r> Picture<'r> {
    /// The picture of a run that was played with `trail`; `observed` holds its instances where they
    /// were recorded.
    pub fn of(
        plan: &'r Plan,
        (observed, trail): (&'r Observed, &'r Trail),
        ended_at: SimTime,
        limits: PictureLimits,
    ) -> Self {
        let records = match observed.instances.is_empty() {
            true => &trail.instances,
            false => &observed.instances,
        };
        let shown = spread_evenly(records.len(), limits.instances);
        let shown: Vec<&InstanceRecord> = shown.into_iter().map(|at| &records[at]).collect();
        let places = shown.iter().enumerate();
        let places: BTreeMap<InstanceId, u32> = places.map(|(at, it)| (it.id, at as u32)).collect();
        let owners_at = Places::of(plan, trail);
        let tasks = tasks(&owners_at, trail, &places, limits.tasks);
        let (spot, spot_total) = spot::of(plan, trail, SPOT_STATES_MAX);
        Picture {
            ended_s: (ended_at.as_micros() / SECOND_US) as u32,
            owners: owners(plan, trail),
            tasks,
            tasks_total: trail.tasks.len(),
            instances: shown,
            instances_total: records.len(),
            series: series::of(&owners_at, trail, limits.points),
            spot,
            spot_total,
            places: owners_at,
        }
    }

    /// The position of an owner among the owners.
    pub fn position_of(&self, owner: Owner) -> u32 {
        self.places.at(owner)
    }

    /// Whether every task is shown.
    pub fn has_all_tasks(&self) -> bool {
        self.tasks.len() == self.tasks_total
    }
}

/// The name of an instance's type; of one of one's own machines what it is.
pub fn type_name(plan: &Plan, record: &InstanceRecord) -> &'static str {
    match plan.group(record.group).is_external() {
        true => "external",
        false => instances::get(record.instance_type).name,
    }
}

/// What can be said of a call of EventBridge: who called, when, how many tasks. Of tasks whose jobs
/// came in at one instant together; what has no target of EventBridge calls too often to be told.
pub fn calls(plan: &Plan, trail: &Trail) -> Vec<(JobSourceId, SimTime, u32)> {
    let mut arrivals: BTreeMap<(Owner, u64), SimTime> = BTreeMap::new();
    for pick in &trail.picks {
        if let Some(job) = &pick.job {
            arrivals.insert((pick.owner, pick.ordinal), job.arrived);
        }
    }
    let mut calls: BTreeMap<(SimTime, JobSourceId), u32> = BTreeMap::new();
    for task in &trail.tasks {
        let Owner::Job(source) = task.owner else {
            continue;
        };
        if plan.job_sources[source.index()].target.is_none() {
            continue;
        }
        let arrived = arrivals.get(&(task.owner, task.ordinal)).copied();
        let key = (arrived.unwrap_or(task.wanted_at), source);
        *calls.entry(key).or_default() += 1;
    }
    let calls = calls.into_iter();
    calls
        .map(|((at, source), tasks)| (source, at, tasks))
        .collect()
}

fn owners<'r>(plan: &'r Plan, trail: &Trail) -> Vec<PictureOwner<'r>> {
    let services = shown(plan, trail).map(|service| PictureOwner {
        name: Cow::from(&plan.service(service).name),
        kind: OwnerKind::Service,
    });
    let jobs = plan.job_sources.iter().map(|source| PictureOwner {
        name: Cow::from(&source.name),
        kind: match source.target.as_ref().map(|target| target.caller) {
            None => OwnerKind::Program,
            Some(Caller::Rule) => OwnerKind::Rule,
            Some(Caller::Scheduler) => OwnerKind::Schedule,
        },
    });
    let others = trail.leaves_services_out().then(|| PictureOwner {
        name: Cow::from(match trail.others.services {
            1 => "1 other service".to_owned(),
            more => format!("{more} other services"),
        }),
        kind: OwnerKind::Service,
    });
    services.chain(jobs).chain(others).collect()
}

/// The services that have a place of their own.
fn shown(plan: &Plan, trail: &Trail) -> impl Iterator<Item = ServiceId> {
    let all = (0..plan.services.len()).map(ServiceId::from_index);
    all.filter(|service| trail.has_reasons_of(Owner::Service(*service)))
}

impl Places {
    fn of(plan: &Plan, trail: &Trail) -> Self {
        let jobs = shown(plan, trail).count() as u32;
        let others = jobs + plan.job_sources.len() as u32;
        let mut services = vec![others; plan.services.len()];
        for (place, service) in shown(plan, trail).enumerate() {
            services[service.index()] = place as u32;
        }
        Places {
            services,
            jobs,
            count: others as usize + usize::from(trail.leaves_services_out()),
        }
    }

    /// Of a service without a place of its own that of all such.
    fn at(&self, owner: Owner) -> u32 {
        match owner {
            Owner::Service(service) => self.services[service.index()],
            Owner::Job(source) => self.jobs + source.0,
        }
    }
}

/// The tasks to show, by creation: of more than `most` an even choice of those whose instance is
/// shown.
fn tasks<'r>(
    owners_at: &Places,
    trail: &'r Trail,
    places: &BTreeMap<InstanceId, u32>,
    most: usize,
) -> Vec<PictureTask<'r>> {
    let all = trail.tasks.iter().enumerate();
    let mut all: Vec<(usize, &TaskRecord)> = all
        .filter(|(_, task)| task.instance.is_none_or(|id| places.contains_key(&id)))
        .collect();
    all.sort_by_key(|(_, task)| (task.times.created, task.owner, task.ordinal));
    let shown = spread_evenly(all.len(), most).into_iter();
    let shown = shown.map(|at| {
        let (position, record) = all[at];
        PictureTask {
            position,
            record,
            owner: owners_at.at(record.owner),
            provider: record.provider,
            instance: record.instance.and_then(|id| places.get(&id).copied()),
            placed_s: record.times.placed.map(second_of),
            states: states(record),
        }
    });
    shown.collect()
}

fn states(record: &TaskRecord) -> Vec<(TaskStatus, u32)> {
    let changes = status_changes(&record.times);
    changes
        .map(|(status, at)| (status, second_of(at)))
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_even_order_has_every_position_once_and_each_beginning_is_spread() {
        for count in [0, 1, 2, 3, 7, 8, 9, 1_000] {
            let mut all: Vec<usize> = in_even_order(count).collect();
            all.sort_unstable();
            assert_eq!(all, (0..count).collect::<Vec<usize>>(), "{count}");
        }
        assert_eq!(spread_evenly(1_000, 4), [0, 256, 512, 768]);
        assert_eq!(spread_evenly(3, 10), [0, 1, 2]);
        let (few, more) = (spread_evenly(5_000, 100), spread_evenly(5_000, 400));
        assert!(few.iter().all(|at| more.contains(at)));
        // No stretch of the run is left out.
        let widest = more.windows(2).map(|pair| pair[1] - pair[0]).max();
        assert_eq!(widest, Some(16));
    }

    #[test]
    fn a_second_begins_with_its_instant() {
        for (micros, second) in [(0, 0), (1, 1), (999_999, 1), (1_000_000, 1), (1_000_001, 2)] {
            assert_eq!(second_of(SimTime::from_micros(micros)), second, "{micros}");
        }
    }
}
