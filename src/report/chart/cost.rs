//! What does it cost, when, and for what?

use crate::report::axis::Unit;
use crate::report::palette;

use super::figure::{Figure, Panel, Vertical, binned, stacked_bars};
use super::series::Point;
use super::{Chart, ChartFrame};

/// Cost by item, stacked, per hour of the run or day of the zone's clock, with the totals.
#[derive(Clone, Debug)]
pub struct CostChart {
    /// Heading and time.
    pub frame: ChartFrame,
    /// The items of the bill, the lowest of the stack first.
    pub items: Vec<CostItem>,
}

/// One item of the bill.
#[derive(Clone, Debug, Default)]
pub struct CostItem {
    /// Its name: `Fargate vCPU`, `NAT gateway`.
    pub name: String,
    /// Seconds since the chart's start with the US dollars that fell due then.
    pub usd: Vec<Point>,
}

/// More bars than this are thinner than their gaps.
const BARS_MAX: usize = 400;

/// Up to this length bars are hours; beyond, days.
const HOURLY_MAX_SECONDS: f64 = 48.0 * 3_600.0;

impl Chart for CostChart {
    fn figure(&self) -> Figure {
        let length = self.frame.time.seconds();
        let hourly = length <= HOURLY_MAX_SECONDS;
        let (edges, title) = if hourly {
            (hours(length), "Cost per hour (US dollars)".to_owned())
        } else {
            days(&self.frame, length)
        };
        let values: Vec<Vec<f64>> = self
            .items
            .iter()
            .map(|item| binned(&item.usd, &edges))
            .collect();
        let total: f64 = values.iter().flatten().sum();
        let names: Vec<_> = self
            .items
            .iter()
            .enumerate()
            .map(|(index, item)| {
                // Past the eighth item the colours start over, paler.
                let colour = palette::colour(index).lighter(0.35 * (index / 8) as f64);
                let spent: f64 = values[index].iter().sum();
                (format!("{}  {}", item.name, Unit::Usd.show(spent)), colour)
            })
            .collect();
        let layers = stacked_bars(&names, &edges, &values);
        let panel = Panel::new(&title, Vertical::counting(Unit::Usd), layers);
        let mut figure = Figure::over_time(&self.frame, vec![panel]);
        figure.note = Some(format!("total {}", Unit::Usd.show(total)));
        figure
    }
}

fn hours(length: f64) -> Vec<f64> {
    let count = libm::ceil(length / 3_600.0) as usize;
    let mut edges: Vec<f64> = (0..count).map(|hour| hour as f64 * 3_600.0).collect();
    edges.push(length);
    edges
}

/// Midnights within the frame, with its start and end, and what the bars between them are; in long
/// frames, every so many midnights.
fn days(frame: &ChartFrame, length: f64) -> (Vec<f64>, String) {
    let within = |second: &f64| 0.0 < *second && *second < length;
    let midnights: Vec<f64> = frame.time.midnights().into_iter().filter(within).collect();
    let every = midnights.len() / BARS_MAX + 1;
    let title = match every {
        1 => "Cost per day (US dollars)".to_owned(),
        _ => format!("Cost per {every} days (US dollars)"),
    };
    let mut edges = vec![0.0];
    edges.extend(midnights.into_iter().skip(every - 1).step_by(every));
    edges.push(length);
    (edges, title)
}
