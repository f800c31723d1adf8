//! The charts of the cluster's own instances; a run without Auto Scaling groups has none.

use super::points::{evenly, sum_of_levels};
use super::{NamedChart, View};
use crate::catalog::instances;
use crate::engine::SimTime;
use crate::observe::tasks::owner_name;
use crate::policy::auto_scaling_group::Purchase;
use crate::report::chart::{InstanceCounts, InstancesChart, PackingChart, PlacementChart, Series};
use crate::units::CpuUnits;
use crate::world::instance::InstanceRecord;
use crate::world::task::{Owner, TaskRecord};

/// Bars of the chart of packing at most: of more instances every so-manieth is drawn.
const BARS_MAX: usize = 250;
/// Owners with a colour of their own in it; the others share one.
const OWNERS_MAX: usize = 7;

pub(super) fn charts(view: &View<'_>) -> Vec<NamedChart> {
    if view.results.plan.groups.is_empty() {
        return Vec::new();
    }
    let mut charts: Vec<NamedChart> = vec![
        ("instances".to_owned(), Box::new(view.instances())),
        ("waiting-tasks".to_owned(), Box::new(view.placement())),
    ];
    if let Some(packing) = view.packing() {
        charts.push(("packing".to_owned(), Box::new(packing)));
    }
    charts
}

impl View<'_> {
    fn instances(&self) -> InstancesChart {
        let fleet = &self.results.played.outcome.observed.fleet;
        let column_s = fleet.column().as_secs_f64();
        let kinds = fleet.running().into_iter().map(|kind| InstanceCounts {
            instance_type: instances::get(kind.instance_type).name.to_owned(),
            is_spot: kind.purchase == Purchase::Spot,
            points: evenly(column_s, &kind.means),
        });
        let desired = self.metrics().map(|store| {
            let points = sum_of_levels(store.period, &store.capacity.groups, 0);
            Series::new("desired by the groups", points)
        });
        InstancesChart {
            frame: self.frame("Running instances by type and purchase option"),
            kinds: kinds.collect(),
            desired,
        }
    }

    fn placement(&self) -> PlacementChart {
        let fleet = &self.results.played.outcome.observed.fleet;
        let column_s = fleet.column().as_secs_f64();
        let groups = self.results.plan.groups.iter().enumerate();
        let waiting = groups.map(|(index, group)| {
            let name = format!("waiting for {}", group.name);
            Series::new(name, evenly(column_s, &fleet.waiting(index)))
        });
        let waits = fleet.waits();
        let mean = waits.iter().map(|(at, mean, _)| (*at, *mean));
        let most = waits.iter().map(|(at, _, most)| (*at, *most));
        PlacementChart {
            frame: self.frame("Tasks that wait for an instance"),
            waiting: waiting.collect(),
            waited_mean: Series::new("waited, mean", mean.collect()),
            waited_most: Series::new("waited, longest", most.collect()),
        }
    }

    /// How full the instances were when there were most; needs recorded tasks.
    fn packing(&self) -> Option<PackingChart> {
        let plan = self.results.plan;
        let observed = &self.results.played.outcome.observed;
        let moment = fullest_moment(&observed.instances)?;
        let packing = Packing::at(moment, &observed.instances, &observed.tasks);
        let vcpus = |id: &InstanceRecord| {
            let its_type = &plan.group(id.group).types[id.type_index as usize];
            f64::from(its_type.registered.cpu) / f64::from(CpuUnits::PER_VCPU)
        };
        let owners = packing.owners.iter().map(|(owner, values)| {
            let name = owner.map_or("others", |owner| owner_name(plan, owner));
            (name.to_owned(), values.clone())
        });
        let frame = self.frame("");
        let clock = plan.run.start + jiff::SignedDuration::from_micros(moment.as_micros() as i64);
        let clock = clock.to_zoned(plan.run.time_zone.clone());
        let every = match packing.every {
            1 => String::new(),
            every => format!(", one of {every} shown"),
        };
        let count = packing.count;
        Some(PackingChart {
            title: "How full the instances are when there are most of them".to_owned(),
            subtitle: format!(
                "{} · {} · {count} instances{every}",
                frame.subtitle,
                clock.strftime("%a %-d %b %H:%M"),
            ),
            capacities: packing.instances.iter().map(|it| vcpus(it)).collect(),
            owners: owners.collect(),
        })
    }
}

/// The tasks on each instance at a moment, by owner.
#[derive(Debug)]
struct Packing<'a> {
    /// How many instances there are, and every how-manieth is shown.
    count: usize,
    every: usize,
    /// Those shown, the fullest first.
    instances: Vec<&'a InstanceRecord>,
    /// By owner (`None`: all others), the largest first: vCPU on each of them.
    owners: Vec<(Option<Owner>, Vec<f64>)>,
}

impl<'a> Packing<'a> {
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
        let every = count.div_ceil(BARS_MAX).max(1);
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
        Packing {
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
        let packing = Packing::at(SimTime::from_secs(500), &instances, &tasks);
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
