//! How busy are the services' CPUs and memory, and do they keep to their targets?

use crate::report::axis::Unit;
use crate::report::palette;

use super::figure::{Figure, Layer, Panel, Vertical};
use super::scene::Ink;
use super::series::{Point, Series};
use super::{Chart, ChartFrame};

/// CPU and memory utilization of services over time.
#[derive(Clone, Debug)]
pub struct UtilizationChart {
    /// Heading and time.
    pub frame: ChartFrame,
    /// The services, in the order of their colours.
    pub services: Vec<ServiceUtilization>,
}

/// The utilization of one service, 100 being all that it reserved.
#[derive(Clone, Debug, Default)]
pub struct ServiceUtilization {
    /// The service's name.
    pub service: String,
    /// `CPUUtilization` in percent.
    pub cpu_percent: Vec<Point>,
    /// `MemoryUtilization` in percent.
    pub memory_percent: Vec<Point>,
    /// Target tracking's target for CPU in percent.
    pub cpu_target_percent: Option<f64>,
    /// Target tracking's target for memory in percent.
    pub memory_target_percent: Option<f64>,
}

impl Chart for UtilizationChart {
    fn figure(&self) -> Figure {
        let panel = |title, of: fn(&ServiceUtilization) -> (&Vec<Point>, Option<f64>)| {
            let vertical = Vertical::FromZero {
                unit: Unit::Percent,
                reach: 100.0,
            };
            Panel::new(title, vertical, self.layers(of))
        };
        let cpu = panel("CPU utilization (% of reserved)", |service| {
            (&service.cpu_percent, service.cpu_target_percent)
        });
        let memory = panel("Memory utilization (% of reserved)", |service| {
            (&service.memory_percent, service.memory_target_percent)
        });
        Figure::over_time(&self.frame, vec![cpu, memory])
    }
}

impl UtilizationChart {
    fn layers(&self, of: fn(&ServiceUtilization) -> (&Vec<Point>, Option<f64>)) -> Vec<Layer> {
        let length = self.frame.time.seconds();
        let mut layers = Vec::new();
        for (index, service) in self.services.iter().enumerate() {
            let (points, target) = of(service);
            let colour = palette::colour(index);
            let series = Series::new(service.service.clone(), points.clone());
            // Jagged lines are unreadable when dashed; the second round of colours gets dashes.
            let ink = Ink {
                colour,
                width: 1.6,
                dash: palette::dash(index / 8),
            };
            layers.push(Layer::line(&series, length, ink));
            if let Some(target) = target {
                let name = format!("{} target", service.service);
                layers.push(Layer::level(&name, target, colour.darker(0.25)));
            }
        }
        layers
    }
}
