//! Of which kinds are the cluster's own instances, what do tasks wait for them, and how full are
//! they?

use crate::report::axis::Unit;
use crate::report::palette::{self, INK, Rgb};

use super::figure::{Bar, Figure, Horizontal, Layer, Panel, Vertical, stack};
use super::scene::Ink;
use super::series::{Point, Series};
use super::{Chart, ChartFrame};

/// Instances by type and purchase option, stacked, over time.
#[derive(Clone, Debug)]
pub struct InstancesChart {
    /// Heading and time.
    pub frame: ChartFrame,
    /// The kinds, the lowest of the stack first.
    pub kinds: Vec<InstanceCounts>,
    /// The groups' desired capacity, as a dashed line.
    pub desired: Option<Series>,
}

/// The instances of one type that are bought in one way.
#[derive(Clone, Debug)]
pub struct InstanceCounts {
    /// The instance type.
    pub instance_type: String,
    /// Whether they are Spot instances.
    pub is_spot: bool,
    /// Whether they are machines of one's own, which nobody buys.
    pub is_own: bool,
    /// Seconds since the chart's start with the number from then on.
    pub points: Vec<Point>,
}

/// Tasks that wait for an instance or find none, and below it how long those that got one had
/// waited.
#[derive(Clone, Debug)]
pub struct PlacementChart {
    /// Heading and time.
    pub frame: ChartFrame,
    /// Tasks that wait, by group, and those that no instance takes, by service.
    pub waiting: Vec<Series>,
    /// Seconds that the tasks placed then had waited, mean.
    pub waited_mean: Series,
    /// Seconds that the one that waited longest had waited.
    pub waited_most: Series,
}

/// How full each instance is at one moment.
#[derive(Clone, Debug)]
pub struct PackingChart {
    /// What the chart shows, as a heading.
    pub title: String,
    /// The scenario, the run and the moment.
    pub subtitle: String,
    /// What each instance has, vCPU.
    pub capacities: Vec<f64>,
    /// By owner: its name, and the vCPU that its tasks reserve of each instance.
    pub owners: Vec<(String, Vec<f64>)>,
}

/// How far the colour of a type is mixed with white for its Spot instances.
const SPOT_PALENESS: f64 = 0.5;
/// The part of an instance's place that its bar takes.
const BAR_SHARE: f64 = 0.8;

impl Chart for InstancesChart {
    fn figure(&self) -> Figure {
        let length = self.frame.time.seconds();
        let mut types: Vec<&str> = Vec::new();
        for kind in &self.kinds {
            if !types.contains(&kind.instance_type.as_str()) {
                types.push(&kind.instance_type);
            }
        }
        let series = |kind: &InstanceCounts| {
            let how = match (kind.is_own, kind.is_spot) {
                (true, _) => "(EXTERNAL)",
                (false, true) => "Spot",
                (false, false) => "on demand",
            };
            Series::new(format!("{} {how}", kind.instance_type), kind.points.clone())
        };
        let series: Vec<Series> = self.kinds.iter().map(series).collect();
        let hue = |kind: &InstanceCounts| {
            let index = types.iter().position(|it| *it == kind.instance_type);
            let paleness = if kind.is_spot { SPOT_PALENESS } else { 0.0 };
            palette::colour(index.unwrap_or(0)).lighter(paleness)
        };
        let parts: Vec<_> = series
            .iter()
            .zip(&self.kinds)
            .map(|(series, kind)| (series, hue(kind)))
            .collect();
        let mut layers = stack(&parts, length);
        if let Some(desired) = &self.desired {
            let ink = Ink {
                colour: INK,
                width: 1.6,
                dash: palette::DASHED,
            };
            layers.push(Layer::steps(desired, length, ink));
        }
        let panel = Panel::new("Instances", Vertical::counting(Unit::Count), layers);
        Figure::over_time(&self.frame, vec![panel])
    }
}

impl Chart for PlacementChart {
    fn figure(&self) -> Figure {
        let length = self.frame.time.seconds();
        let parts: Vec<(&Series, Rgb)> = self
            .waiting
            .iter()
            .enumerate()
            .map(|(index, series)| (series, palette::colour(index).lighter(0.3)))
            .collect();
        let waits = vec![
            Layer::marks(&self.waited_most, length, Ink::solid(palette::FAILURE, 1.6)),
            Layer::marks(&self.waited_mean, length, Ink::solid(INK, 1.6)),
        ];
        let waiting = stack(&parts, length);
        Figure::over_time(
            &self.frame,
            vec![
                Panel::new("Tasks waiting", Vertical::counting(Unit::Count), waiting),
                Panel::new("Time to place", Vertical::counting(Unit::Seconds), waits),
            ],
        )
    }
}

impl Chart for PackingChart {
    fn figure(&self) -> Figure {
        let room = Rgb(0xdf, 0xe6, 0xea);
        let mut layers = vec![Layer::bars("not reserved", bars(&self.capacities), room)];
        let mut sums = vec![0.0; self.capacities.len()];
        let mut owned = Vec::new();
        for (index, (name, values)) in self.owners.iter().enumerate() {
            for (sum, value) in sums.iter_mut().zip(values) {
                *sum += value.max(0.0);
            }
            owned.push(Layer::bars(name, bars(&sums), palette::colour(index)));
        }
        // The topmost first, so that each lower one is painted over it.
        layers.extend(owned.into_iter().rev());
        let horizontal = Horizontal::Number {
            title: "Instances, the fullest first".to_owned(),
            unit: Unit::Count,
        };
        Figure {
            title: self.title.clone(),
            subtitle: self.subtitle.clone(),
            note: None,
            horizontal,
            panels: vec![Panel::new(
                "vCPU reserved",
                Vertical::counting(Unit::Count),
                layers,
            )],
        }
    }
}

/// A bar for each value, side by side around 1, 2, 3 …
fn bars(values: &[f64]) -> Vec<Bar> {
    let bar = |(index, value): (usize, &f64)| {
        let middle = (index + 1) as f64;
        Bar {
            from: middle - BAR_SHARE / 2.0,
            to: middle + BAR_SHARE / 2.0,
            value: *value,
        }
    };
    let bars = values.iter().enumerate().map(bar);
    bars.filter(|bar| bar.value.is_finite() && 0.0 < bar.value)
        .collect()
}
