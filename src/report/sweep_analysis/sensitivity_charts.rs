//! Tornados, and bars of shares of the variance.

use super::sensitivity::{named, ranked};
use super::shown::{Shown, shown};
use crate::experiment::sensitivity::indices::IndexEstimate;
use crate::experiment::sensitivity::tornado::{Bar, End, Tornado};
use crate::experiment::sensitivity::{MeasureIndices, Sensitivity};
use crate::report::axis::Unit;
use crate::report::chart::{Chart, Estimate, TornadoChart, TornadoRow};
use crate::report::sweep_files::SweepResults;

/// A tornado, or bars of shares, of each measure worth a look.
pub(super) fn charts(results: &SweepResults<'_>) -> Vec<(String, Box<dyn Chart + Sync>)> {
    let Some(sensitivity) = &results.analysis.sensitivity else {
        return Vec::new();
    };
    let chart = |shown: Shown| {
        let (kind, chart) = match sensitivity {
            Sensitivity::Tornado(all) => (
                "tornado",
                tornado_chart(results, &shown, all[shown.measure].as_ref()?),
            ),
            Sensitivity::Indices(all) => (
                "sobol-indices",
                index_chart(results, &shown, all[shown.measure].as_ref()?),
            ),
        };
        let name = format!("{kind}-{}", shown.slug);
        Some((name, Box::new(chart) as Box<dyn Chart + Sync>))
    };
    shown(results).into_iter().filter_map(chart).collect()
}

fn subtitle(results: &SweepResults<'_>) -> String {
    let (plan, grid) = (results.plan, results.grid);
    format!(
        "{}, {} assumptions, {} cells of {} replications, seed {}",
        plan.name,
        grid.varied.layout.as_ref().map_or(0, |it| it.moved.len()),
        grid.cells.len(),
        grid.replications,
        plan.run.seed
    )
}

fn tornado_chart(results: &SweepResults<'_>, shown: &Shown, tornado: &Tornado) -> TornadoChart {
    let start = tornado.baseline.mean;
    let row = |bar: &Bar| {
        let named = named(results, bar.parameter);
        let end = |end: &End, label: &String| {
            let half = end.difference?.half_width.unwrap_or(0.0);
            let mean = start + end.moved();
            let at = [mean, mean - half, mean + half].map(|it| it * shown.scale());
            Some((label.clone(), estimate(at)))
        };
        TornadoRow {
            name: named.name.to_owned(),
            ends: [
                end(&bar.low, &named.ends[0]),
                end(&bar.high, &named.ends[1]),
            ],
        }
    };
    TornadoChart {
        title: format!("What moves it most: {}", shown.title),
        subtitle: subtitle(results),
        x_title: shown.title.clone(),
        x_unit: shown.unit(),
        start: (
            format!("baseline: {}", shown.value(start)),
            start * shown.scale(),
        ),
        bound: shown.bound.map(|bound| ("objective".to_owned(), bound)),
        sides: ["at the low end", "at the high end"].map(str::to_owned),
        rows: tornado.bars.iter().map(row).collect(),
    }
}

fn index_chart(results: &SweepResults<'_>, shown: &Shown, found: &MeasureIndices) -> TornadoChart {
    let end = |of: &IndexEstimate| {
        let at = [of.value, of.low, of.high].map(|it| 100.0 * it);
        Some((Unit::Percent.show(at[0]), estimate(at)))
    };
    let row = |place: usize| TornadoRow {
        name: named(results, found.moved[place]).name.to_owned(),
        ends: [
            end(&found.indices.total[place]),
            end(&found.indices.first_order[place]),
        ],
    };
    TornadoChart {
        title: format!("Shares of the variance: {}", shown.title),
        subtitle: subtitle(results),
        x_title: "Share of the variance".to_owned(),
        x_unit: Unit::Percent,
        start: ("none of it".to_owned(), 0.0),
        bound: None,
        sides: ["with the others (total)", "alone (first order)"].map(str::to_owned),
        rows: ranked(found).into_iter().map(row).collect(),
    }
}

fn estimate([mean, low, high]: [f64; 3]) -> Estimate {
    Estimate { mean, low, high }
}
