//! How full each instance is at a moment, such as when there are most of them: for a picture of how
//! tasks are packed.

use crate::engine::SimTime;
use crate::observe::tasks::owner_name;
use crate::scenario::plan::Plan;
use crate::units::CpuUnits;
use crate::world::instance::InstanceRecord;
use crate::world::task::{Owner, TaskRecord};

/// Instances at most: of more every so-manieth is taken.
const INSTANCES_MAX: usize = 250;
/// Owners that are told apart, the largest; the others are one.
const OWNERS_MAX: usize = 7;

/// How full instances are at a moment.
#[derive(Clone, PartialEq, Debug)]
pub struct Packing {
    /// The moment.
    pub at: SimTime,
    /// How many there are.
    pub count: usize,
    /// Every how-manieth is here.
    pub every: usize,
    /// What each has for tasks, vCPU; the fullest first.
    pub capacities: Vec<f64>,
    /// By owner, the largest first: its name, and the vCPU that its tasks reserve of each.
    pub owners: Vec<(String, Vec<f64>)>,
}

impl Packing {
    /// Of all of a run's instances (by id) and tasks, in the middle of the longest stretch with the
    /// most registered instances; `None` where none was ever registered.
    pub fn of(plan: &Plan, instances: &[InstanceRecord], tasks: &[TaskRecord]) -> Option<Self> {
        let at = fullest_moment(instances)?;
        Some(Packing::at(plan, at, (instances, tasks)))
    }

    /// Of all of a run's instances (by id) and tasks, at a moment.
    pub fn at(
        plan: &Plan,
        at: SimTime,
        (instances, tasks): (&[InstanceRecord], &[TaskRecord]),
    ) -> Self {
        let packed = Packed::at(at, instances, tasks);
        let vcpus = |of: &&InstanceRecord| {
            let its_type = &plan.group(of.group).types[of.type_index as usize];
            f64::from(its_type.registered.cpu) / f64::from(CpuUnits::PER_VCPU)
        };
        let named = |(owner, values): (Option<Owner>, Vec<f64>)| {
            let name = owner.map_or("others", |owner| owner_name(plan, owner));
            (name.to_owned(), values)
        };
        Packing {
            at,
            count: packed.count,
            every: packed.every,
            capacities: packed.instances.iter().map(vcpus).collect(),
            owners: packed.owners.into_iter().map(named).collect(),
        }
    }
}

/// The tasks on each instance at a moment, by owner.
#[derive(Debug)]
struct Packed<'a> {
    /// How many instances there are, and every how-manieth is shown.
    count: usize,
    every: usize,
    /// Those shown, the fullest first.
    instances: Vec<&'a InstanceRecord>,
    /// By owner (`None`: all others), the largest first: vCPU on each of them.
    owners: Vec<(Option<Owner>, Vec<f64>)>,
}

impl<'a> Packed<'a> {
    fn at(moment: SimTime, instances: &'a [InstanceRecord], tasks: &[TaskRecord]) -> Self {
        let there = instances.iter().filter(|it| is_active(it, moment));
        let mut full: Vec<(f64, &InstanceRecord)> = there.map(|it| (0.0, it)).collect();
        let count = full.len();
        // Both lists are in the order of ids.
        let place = |full: &[(f64, &InstanceRecord)], task: &TaskRecord| {
            let id = task.instance?;
            full.binary_search_by_key(&id, |(_, it)| it.id).ok()
        };
        let present: Vec<&TaskRecord> = tasks.iter().filter(|it| is_there(it, moment)).collect();
        for task in &present {
            if let Some(at) = place(&full, task) {
                full[at].0 += f64::from(task.cpu.0);
            }
        }
        let by_id = full.clone();
        full.sort_by(|a, b| b.0.total_cmp(&a.0));
        let every = count.div_ceil(INSTANCES_MAX).max(1);
        let shown: Vec<&InstanceRecord> = full.iter().step_by(every).map(|it| it.1).collect();
        let mut position = vec![None; count];
        for (at, instance) in shown.iter().enumerate() {
            let index = by_id.binary_search_by_key(&instance.id, |(_, it)| it.id);
            position[index.expect("it is one of them")] = Some(at);
        }
        let mut owners: Vec<(Option<Owner>, Vec<f64>)> = Vec::new();
        for task in &present {
            let Some(at) = place(&by_id, task).and_then(|index| position[index]) else {
                continue;
            };
            let known = owners
                .iter()
                .position(|(owner, _)| *owner == Some(task.owner));
            let known = known.unwrap_or_else(|| {
                owners.push((Some(task.owner), vec![0.0; shown.len()]));
                owners.len() - 1
            });
            owners[known].1[at] += f64::from(task.cpu.0) / f64::from(CpuUnits::PER_VCPU);
        }
        Packed {
            count,
            every,
            instances: shown,
            owners: largest(owners),
        }
    }
}

/// The largest owners, the others as one.
fn largest(mut owners: Vec<(Option<Owner>, Vec<f64>)>) -> Vec<(Option<Owner>, Vec<f64>)> {
    let sum = |values: &[f64]| values.iter().sum::<f64>();
    owners.sort_by(|a, b| sum(&b.1).total_cmp(&sum(&a.1)).then(a.0.cmp(&b.0)));
    if OWNERS_MAX < owners.len() {
        let mut others = owners.split_off(OWNERS_MAX).into_iter();
        let mut all = others.next().map_or_else(Vec::new, |first| first.1);
        for (_, values) in others {
            all.iter_mut()
                .zip(values)
                .for_each(|(sum, value)| *sum += value);
        }
        owners.push((None, all));
    }
    owners
}

fn is_active(instance: &InstanceRecord, moment: SimTime) -> bool {
    let times = &instance.times;
    times.active.is_some_and(|active| active <= moment)
        && times.terminated.is_none_or(|ended| moment < ended)
}

fn is_there(task: &TaskRecord, moment: SimTime) -> bool {
    task.times.placed.is_some_and(|placed| placed <= moment)
        && task.times.stopping.is_none_or(|stopping| moment < stopping)
}

/// The middle of the longest stretch with the most registered instances; `None` without any.
fn fullest_moment(instances: &[InstanceRecord]) -> Option<SimTime> {
    let mut changes: Vec<(SimTime, i64)> = Vec::new();
    for times in instances.iter().map(|it| &it.times) {
        if let Some(active) = times.active {
            changes.push((active, 1));
            changes.extend(times.terminated.map(|ended| (ended.max(active), -1)));
        }
    }
    changes.sort();
    let mut count = 0;
    let mut best: Option<(i64, u64, SimTime)> = None;
    let last = changes.last()?.0;
    for (index, (at, change)) in changes.iter().enumerate() {
        count += change;
        let until = changes.get(index + 1).map_or(last, |next| next.0);
        let length = until.since(*at).as_micros();
        let middle = SimTime::from_micros(at.as_micros() + length / 2);
        if best.is_none_or(|(most, longest, _)| (most, longest) < (count, length)) {
            best = Some((count, length, middle));
        }
    }
    best.map(|(_, _, middle)| middle)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::ids::JobSourceId;
    use crate::observe::fixture::{self, API};
    use crate::policy::auto_scaling_group::Purchase;

    #[test]
    fn instances_are_looked_at_in_the_middle_of_their_longest_peak() {
        let on_demand =
            |id, launched, ended| fixture::instance(id, Purchase::OnDemand, launched, ended);
        // ACTIVE 60 s after the launch: two from 160 to 200 s, and from 400 to 600 s.
        let instances = [
            on_demand(0, 40, None),
            on_demand(1, 100, Some(200)),
            on_demand(2, 340, Some(600)),
        ];
        assert_eq!(fullest_moment(&instances), Some(SimTime::from_secs(500)));
        assert_eq!(fullest_moment(&[]), None);
    }

    #[test]
    fn a_bar_holds_the_tasks_that_are_there_by_owner() {
        let instances: Vec<_> = (0..3)
            .map(|id| fixture::instance(id, Purchase::OnDemand, 0, None))
            .collect();
        let (api, etl) = (Owner::Service(API), Owner::Job(JobSourceId(0)));
        let tasks = [
            fixture::placed_task(api, 1, 100, 900),
            fixture::placed_task(api, 1, 100, 900),
            fixture::placed_task(etl, 1, 100, 900),
            fixture::placed_task(etl, 2, 100, 900),
            fixture::placed_task(etl, 2, 600, 900),
            fixture::placed_task(etl, 0, 100, 400),
        ];
        let packing = Packed::at(SimTime::from_secs(500), &instances, &tasks);
        let shown: Vec<u32> = packing.instances.iter().map(|it| it.id.0).collect();
        assert_eq!((packing.count, &shown[..]), (3, &[1, 2, 0][..]));
        assert_eq!(
            packing.owners,
            [
                (Some(api), vec![1.0, 0.0, 0.0]),
                (Some(etl), vec![0.5, 0.5, 0.0])
            ]
        );
    }
}
