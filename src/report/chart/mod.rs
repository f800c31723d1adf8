//! One chart a file, drawn by plotters as SVG and PNG.
//!
//! A chart is plain input; it becomes a figure (panels with layers), the figure a scene (shapes in
//! pixels), the scene the bytes of a picture. Nothing here writes a file or knows of a simulation.

use crate::report::axis::TimeFrame;

mod capacity;
mod columns;
mod cost;
mod curve;
mod estimates;
mod figure;
mod heat_map;
mod instances;
mod interruptions;
mod labels;
mod latency;
mod layout;
mod legend;
mod lines;
mod paint;
mod panel;
mod png;
mod rows;
mod scene;
mod series;
mod sweep;
mod tasks;
mod text;
mod tiles;
mod tornado;
mod utilization;

pub use capacity::CapacityChart;
pub use cost::{CostChart, CostItem};
pub use curve::{Curve, CurveChart, CurvePanel};
pub use heat_map::{HeatMap, HeatTile};
pub use instances::{InstanceCounts, InstancesChart, PackingChart, PlacementChart};
pub use interruptions::{InterruptionsChart, Regime, RegimeStrip};
pub use latency::LatencyChart;
pub use lines::{Line, LineStyle, LinesChart};
pub use series::Series;
pub use sweep::{Estimate, Mark, SweepChart, SweepPoint};
pub use tasks::{TaskCounts, TaskState, TasksChart};
pub use tornado::{TornadoChart, TornadoRow};
pub use utilization::{ServiceUtilization, UtilizationChart};

use figure::Figure;

/// Width of a chart in logical pixels; a PNG has [`PNG_SCALE`] times as many.
pub const WIDTH: f64 = 1200.0;
/// Height of a chart in logical pixels; a PNG has [`PNG_SCALE`] times as many.
pub const HEIGHT: f64 = 600.0;
/// Pixels of a PNG to one logical pixel.
pub const PNG_SCALE: u32 = 2;

/// What every chart over time says above its plot, and the time that it shows.
#[derive(Clone, Debug)]
pub struct ChartFrame {
    /// What the chart shows, as a heading.
    pub title: String,
    /// The scenario and the run.
    pub subtitle: String,
    /// The stretch of time and the zone of its clock.
    pub time: TimeFrame,
}

/// Why a chart could not be drawn; a defect of ours, since any input is drawn as well as it can be.
#[derive(Debug, thiserror::Error)]
pub enum ChartError {
    /// The drawing library refused a shape.
    #[error("can't draw the chart: {0}")]
    Drawing(String),
    /// The font that charts carry with them could not be read.
    #[error("can't read the embedded font")]
    Font,
}

/// A chart that can be drawn; see [`svg`] and [`png`].
pub trait Chart {
    /// The chart as panels and layers.
    #[doc(hidden)]
    fn figure(&self) -> Figure;
}

/// The chart as an SVG document; the same chart gives the same bytes on every machine.
pub fn svg(chart: &dyn Chart) -> Result<String, ChartError> {
    paint::svg(&layout::scene(&chart.figure())?)
}

/// The chart as the bytes of a PNG file of 2,400 by 1,200 pixels.
pub fn png(chart: &dyn Chart) -> Result<Vec<u8>, ChartError> {
    paint::png(&layout::scene(&chart.figure())?)
}

#[cfg(test)]
mod tests;
