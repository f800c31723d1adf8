//! The charts of the cluster's own instances; a run without any has none.

use super::points::{evenly, sum_of_levels};
use super::{NamedChart, View};
use crate::observe::packing::Packing;
use crate::report::chart::{InstanceCounts, InstancesChart, PackingChart, PlacementChart, Series};

pub(super) fn charts(view: &View<'_>) -> Vec<NamedChart> {
    if view.results.plan.groups.is_empty() {
        return Vec::new();
    }
    let mut charts: Vec<NamedChart> = vec![
        ("instances".to_owned(), Box::new(view.instances())),
        ("waiting-tasks".to_owned(), Box::new(view.placement())),
    ];
    for (name, packing) in view.packings() {
        charts.push((name, Box::new(packing)));
    }
    charts
}

impl View<'_> {
    fn instances(&self) -> InstancesChart {
        let fleet = &self.results.played.outcome.observed.fleet;
        let column_s = fleet.column().as_secs_f64();
        let kinds = fleet.running().into_iter().map(|kind| InstanceCounts {
            instance_type: kind.instance_type.to_owned(),
            is_spot: kind.is_spot,
            is_own: kind.is_own,
            points: evenly(column_s, &kind.means),
        });
        // Machines of one's own are as many as they are: nobody desires another number.
        let groups = self.results.plan.groups.iter();
        let has_desired: Vec<bool> = groups.map(|group| !group.is_external()).collect();
        let store = self.metrics().filter(|_| has_desired.contains(&true));
        let desired = store.map(|store| {
            let groups = store.capacity.groups.iter().zip(&has_desired);
            let groups = groups.filter(|(_, has)| **has).map(|(levels, _)| levels);
            let points = sum_of_levels(store.period, groups, 0);
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
        let services = self.results.plan.services.iter().enumerate();
        let unplaced = services.filter_map(|(index, service)| {
            let name = format!("no instance takes {}", service.name);
            Some(Series::new(name, evenly(column_s, &fleet.unplaced(index)?)))
        });
        let waits = fleet.waits();
        let mean = waits.iter().map(|(at, mean, _)| (*at, *mean));
        let most = waits.iter().map(|(at, _, most)| (*at, *most));
        PlacementChart {
            frame: self.frame("Tasks that wait for an instance"),
            waiting: waiting.chain(unplaced).collect(),
            waited_mean: Series::new("waited, mean", mean.collect()),
            waited_most: Series::new("waited, longest", most.collect()),
        }
    }

    /// How full the instances were when there were most, and at the moments that the plan chooses,
    /// as far as the run came and instances were there; needs recorded tasks.
    fn packings(&self) -> Vec<(String, PackingChart)> {
        let plan = self.results.plan;
        let outcome = &self.results.played.outcome;
        let (instances, tasks) = (&outcome.observed.instances, &outcome.observed.tasks);
        let Some(peak) = Packing::of(plan, instances, tasks) else {
            return Vec::new();
        };
        let title = "How full the instances are when there are most of them";
        let peak = self
            .packing(title, peak)
            .map(|it| ("packing".to_owned(), it));
        let moments = plan.record.packing.iter().enumerate();
        let came_to = moments.filter(|(_, at)| **at <= outcome.stopped_at);
        let chosen = came_to.filter_map(|(index, at)| {
            let packing = Packing::at(plan, *at, (instances, tasks));
            let packing = (0 < packing.count).then_some(packing)?;
            let chart = self.packing("How full the instances are", packing)?;
            Some((format!("packing-{}", index + 1), chart))
        });
        peak.into_iter().chain(chosen).collect()
    }

    fn packing(&self, title: &str, packing: Packing) -> Option<PackingChart> {
        let plan = self.results.plan;
        let since_start = jiff::SignedDuration::from_micros(packing.at.as_micros() as i64);
        let clock = plan.run.start.saturating_add(since_start).ok()?;
        let clock = clock.to_zoned(plan.run.time_zone.clone());
        let every = match packing.every {
            1 => String::new(),
            every => format!(", one of {every} shown"),
        };
        Some(PackingChart {
            title: title.to_owned(),
            subtitle: format!(
                "{} · {} · {} instances{every}",
                self.frame("").subtitle,
                clock.strftime("%a %-d %b %H:%M"),
                packing.count,
            ),
            capacities: packing.capacities,
            owners: packing.owners,
        })
    }
}
