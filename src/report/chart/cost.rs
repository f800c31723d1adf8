//! What does it cost, when, and for what?

use crate::report::axis::Unit;
use crate::report::palette;

use super::figure::{Figure, Panel, Vertical, binned, stacked_bars};
use super::series::Point;
use super::{Chart, ChartFrame};

/// Cost by item, stacked, per hour or day of the zone's clock, with the total.
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

/// Up to this length bars are hours; beyond, days.
const HOURLY_MAX_SECONDS: f64 = 48.0 * 3_600.0;

impl Chart for CostChart {
    fn figure(&self) -> Figure {
        let length = self.frame.time.seconds();
        let hourly = length <= HOURLY_MAX_SECONDS;
        let edges = if hourly {
            hours(length)
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
        let title = if hourly {
            "Cost an hour (US dollars)"
        } else {
            "Cost a day (US dollars)"
        };
        let panel = Panel::new(title, Vertical::counting(Unit::Usd), layers);
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

/// Midnights within the frame, with its start and end; in long frames, every so many of them.
fn days(frame: &ChartFrame, length: f64) -> Vec<f64> {
    let within = |second: &f64| 0.0 < *second && *second < length;
    let midnights: Vec<f64> = frame.time.midnights().into_iter().filter(within).collect();
    let every = midnights.len() / 400 + 1;
    let mut edges = vec![0.0];
    edges.extend(midnights.into_iter().step_by(every));
    edges.push(length);
    edges
}
