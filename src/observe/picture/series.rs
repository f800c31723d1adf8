//! What each owner wanted and had over a run, and the load of services: a few points each.

use crate::demand::period::PERIOD;
use crate::observe::picture::{Places, SECOND_US, second_of};
use crate::observe::trail::Trail;
use crate::world::service::ServiceCounts;
use crate::world::task::{Owner, TaskTimes};

/// Points of one series at most: more than any screen has.
const POINTS_OF_ONE_MAX: usize = 8_000;

/// An owner's counts from a second on.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct CountsAt {
    /// From this second on.
    pub second: u32,
    /// Tasks that are wanted; of what calls RunTask those that are there.
    pub desired: u32,
    /// Tasks RUNNING.
    pub running: u32,
    /// Tasks on their way to RUNNING.
    pub pending: u32,
}

/// The load of a service from a second on.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct LoadAt {
    /// From this second on.
    pub second: u32,
    /// Requests a minute.
    pub requests: u32,
}

/// What an owner wanted and had.
#[derive(Clone, PartialEq, Eq, Debug, Default)]
pub struct OwnerSeries {
    /// Its counts: each point is exact at its second, and holds until the next unless points were
    /// left out.
    pub counts: Vec<CountsAt>,
    /// Its load, by minutes; of several together the highest.
    pub load: Vec<LoadAt>,
    /// Whether points were left out.
    pub is_thinned: bool,
}

/// The series of all owners, of at most `points` points together.
pub(super) fn of(owners_at: &Places, trail: &Trail, points: usize) -> Vec<OwnerSeries> {
    let mut all = vec![OwnerSeries::default(); owners_at.count];
    let at = |service| owners_at.at(Owner::Service(service)) as usize;
    for (when, service, counts) in &trail.counts {
        push(
            &mut all[at(*service)].counts,
            point(second_of(*when), counts),
        );
    }
    for (service, minutes) in &trail.minutes {
        let second = minutes.first * PERIOD.as_micros() / SECOND_US;
        let requests = minutes.period.requests.round() as u32;
        push_load(&mut all[at(*service)].load, (second as u32, requests));
    }
    if let Some(others) = all.last_mut().filter(|_| trail.leaves_services_out()) {
        for (second, counts) in &trail.others.counts {
            push(&mut others.counts, point(*second, counts));
        }
        for minute in trail.others.requests() {
            push_load(&mut others.load, minute);
        }
    }
    of_jobs(owners_at, trail, &mut all);
    let each = (points / (2 * all.len().max(1))).min(POINTS_OF_ONE_MAX);
    for series in &mut all {
        series.thin(each.max(2));
    }
    all
}

fn point(second: u32, counts: &ServiceCounts) -> CountsAt {
    CountsAt {
        second,
        desired: counts.desired,
        running: counts.running,
        pending: counts.pending,
    }
}

/// Adds a minute's load, if it differs from the one before.
fn push_load(load: &mut Vec<LoadAt>, (second, requests): (u32, u32)) {
    if load.last().is_none_or(|last| last.requests != requests) {
        load.push(LoadAt { second, requests });
    }
}

/// Adds a point; of one second the last counts.
fn push(counts: &mut Vec<CountsAt>, point: CountsAt) {
    match counts.last_mut() {
        Some(last) if last.second == point.second => *last = point,
        Some(last) if same(last, &point) => {}
        _ => counts.push(point),
    }
}

fn same(a: &CountsAt, b: &CountsAt) -> bool {
    (a.desired, a.running, a.pending) == (b.desired, b.running, b.pending)
}

/// Nobody counts the tasks of what calls RunTask as a service's are counted: their own timestamps
/// do.
fn of_jobs(owners_at: &Places, trail: &Trail, all: &mut [OwnerSeries]) {
    let mut changes: Vec<Vec<(u32, i32, i32)>> = vec![Vec::new(); all.len()];
    for task in &trail.tasks {
        if let Owner::Job(_) = task.owner {
            let owner = owners_at.at(task.owner) as usize;
            changes[owner].extend(steps(&task.times));
        }
    }
    for (series, mut changes) in all.iter_mut().zip(changes) {
        changes.sort_unstable();
        let (mut pending, mut running) = (0, 0);
        for (second, more_pending, more_running) in changes {
            pending += more_pending;
            running += more_running;
            let point = CountsAt {
                second,
                desired: (pending + running).max(0) as u32,
                running: running.max(0) as u32,
                pending: pending.max(0) as u32,
            };
            push(&mut series.counts, point);
        }
    }
}

/// A task's steps: when, what it adds to the pending ones, what to the running ones.
fn steps(times: &TaskTimes) -> impl Iterator<Item = (u32, i32, i32)> {
    let leaves = [times.stopping, times.execution_stopped, times.stopped];
    let leaves = leaves.into_iter().flatten().min();
    let started = times
        .started
        .filter(|at| leaves.is_none_or(|leaves| *at <= leaves));
    let is_running = started.is_some();
    [
        Some((times.created, 1, 0)),
        started.map(|at| (at, -1, 1)),
        leaves.map(|at| (at, -i32::from(!is_running), -i32::from(is_running))),
    ]
    .into_iter()
    .flatten()
    .map(|(at, pending, running)| (second_of(at), pending, running))
}

impl OwnerSeries {
    /// At most `most` points of each kind.
    fn thin(&mut self, most: usize) {
        self.is_thinned = most < self.counts.len() || most < self.load.len();
        // The last of each stretch, and the first of all: what is kept stays exact.
        let width = self.counts.len().div_ceil(most);
        if 1 < width {
            let last = self.counts.len() - 1;
            let is_kept = |at: usize| at == 0 || at == last || (at + 1).is_multiple_of(width);
            let mut at = 0;
            self.counts.retain(|_| {
                at += 1;
                is_kept(at - 1)
            });
        }
        let width = self.load.len().div_ceil(most);
        if 1 < width {
            let highest = |part: &[LoadAt]| LoadAt {
                second: part[0].second,
                requests: part.iter().map(|it| it.requests).max().unwrap_or(0),
            };
            self.load = self.load.chunks(width).map(highest).collect();
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn thinned_counts_stay_exact_and_load_keeps_its_peaks() {
        let point = |second: u32| CountsAt {
            second,
            desired: second,
            running: 0,
            pending: 0,
        };
        let load = |second: u32| LoadAt {
            second,
            requests: 10 * second,
        };
        let mut series = OwnerSeries {
            counts: (0..100).map(point).collect(),
            load: (0..100).map(load).collect(),
            is_thinned: false,
        };
        series.thin(10);
        assert!(series.is_thinned);
        assert_eq!((series.counts.len(), series.load.len()), (11, 10));
        assert!(series.counts.iter().all(|it| it.desired == it.second));
        let ends = [series.counts[0].second, series.counts[10].second];
        assert_eq!(ends, [0, 99]);
        assert_eq!(
            series.load[1],
            LoadAt {
                second: 10,
                requests: 190
            }
        );
    }
}
