//! How long did requests take: the usual one and the unlucky ones, against the objective?

use crate::report::axis::Unit;
use crate::report::palette::{self, FAILURE, Rgb};

use super::figure::{Figure, Layer, Panel, Vertical};
use super::scene::Ink;
use super::series::Series;
use super::{Chart, ChartFrame};

/// Percentiles of response time over time, on a logarithmic axis.
#[derive(Clone, Debug)]
pub struct LatencyChart {
    /// Heading and time.
    pub frame: ChartFrame,
    /// One series a percentile in seconds, the lowest first: `p50`, `p90`, `p95`, `p99`.
    pub percentiles: Vec<Series>,
    /// What the objective is called and its bound in seconds: `p95 objective`.
    pub objective: Option<(String, f64)>,
}

/// Okabe and Ito's colours for percentiles, calm to alarming.
const ORDER: [usize; 5] = [5, 0, 2, 1, 3];

impl Chart for LatencyChart {
    fn figure(&self) -> Figure {
        let length = self.frame.time.seconds();
        let ink = |index: usize| {
            let colour: Rgb = palette::colour(ORDER[index % ORDER.len()]);
            let dash = palette::dash(index / ORDER.len());
            Ink {
                colour,
                width: 1.6,
                dash,
            }
        };
        // The highest percentile is the most jagged: it goes below the calmer ones.
        let lines = self.percentiles.iter().enumerate().rev();
        let mut layers: Vec<Layer> = lines
            .map(|(index, series)| Layer::line(series, length, ink(index)))
            .collect();
        if let Some((name, bound)) = &self.objective {
            let name = format!("{name}: {}", Unit::Seconds.show(*bound));
            layers.push(Layer::level(&name, *bound, FAILURE));
        }
        let vertical = Vertical::Log {
            unit: Unit::Seconds,
        };
        let panel = Panel::new("Response time (logarithmic)", vertical, layers);
        Figure::over_time(&self.frame, vec![panel])
    }
}
