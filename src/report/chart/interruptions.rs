//! When did Spot take tasks away, when did it refuse new ones, and how did its zones fare then?

use crate::report::axis::Unit;
use crate::report::palette::{self, FAILURE, Rgb};

use super::figure::{Figure, Layer, Panel, Vertical, binned, stacked_bars};
use super::scene::Ink;
use super::series::{Point, Series};
use super::{Chart, ChartFrame};

/// Spot interruptions, refused launches and waiting tasks, over the regimes of the zones.
#[derive(Clone, Debug)]
pub struct InterruptionsChart {
    /// Heading and time.
    pub frame: ChartFrame,
    /// Per zone or provider: seconds since the chart's start with the tasks interrupted then.
    pub interrupted: Vec<Series>,
    /// Seconds since the chart's start with the launches refused then.
    pub refused: Series,
    /// The number of tasks that wait for capacity.
    pub waiting: Series,
    /// The capacity regimes of zones; may be empty.
    pub regimes: Vec<RegimeStrip>,
}

/// The regimes that one zone's Spot capacity went through.
#[derive(Clone, Debug, Default)]
pub struct RegimeStrip {
    /// The zone's name.
    pub zone: String,
    /// From when until when (seconds since the chart's start), in which regime.
    pub spans: Vec<(f64, f64, Regime)>,
}

/// How much Spot capacity a zone has.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Regime {
    /// Enough: few interruptions.
    Plenty,
    /// Little: more interruptions, some launches refused.
    Tight,
    /// None: launches are refused.
    Out,
}

impl Regime {
    const ALL: [Regime; 3] = [Regime::Plenty, Regime::Tight, Regime::Out];

    fn word(self) -> &'static str {
        match self {
            Regime::Plenty => "capacity: plenty",
            Regime::Tight => "capacity: tight",
            Regime::Out => "capacity: out",
        }
    }

    /// Lightness tells the regimes apart without their hues.
    fn colour(self) -> Rgb {
        match self {
            Regime::Plenty => Rgb(0xdf, 0xe6, 0xea),
            Regime::Tight => Rgb(0x87, 0x98, 0xa6),
            Regime::Out => Rgb(0x1f, 0x29, 0x33),
        }
    }
}

/// At most about this many bars across the chart.
const INTERVALS_MAX: f64 = 180.0;

impl Chart for InterruptionsChart {
    fn figure(&self) -> Figure {
        let length = self.frame.time.seconds();
        let interval = interval(length);
        let count = (libm::ceil(length / interval) as usize).clamp(1, 1_000);
        let mut edges: Vec<f64> = (0..count).map(|index| index as f64 * interval).collect();
        edges.push(length);
        let per = span_name(interval);
        let counting = || Vertical::counting(Unit::Count);
        let mut panels = vec![
            Panel::new(
                &format!("Tasks interrupted {per}"),
                counting(),
                self.bars(&edges),
            ),
            Panel::new(
                &format!("Launches refused {per}, and tasks waiting"),
                counting(),
                self.refusals(&edges, length),
            ),
        ];
        if !self.regimes.is_empty() {
            let rows = self
                .regimes
                .iter()
                .map(|strip| strip.zone.clone())
                .collect();
            let share = (0.16 * self.regimes.len() as f64).clamp(0.3, 0.9);
            let layers = self.strips(length);
            let title = "Spot capacity by zone";
            panels.push(Panel::new(title, Vertical::Rows(rows), layers).share(share));
        }
        Figure::over_time(&self.frame, panels)
    }
}

impl InterruptionsChart {
    fn bars(&self, edges: &[f64]) -> Vec<Layer> {
        let name = |(index, series): (usize, &Series)| {
            (
                format!("{} interrupted", series.name),
                palette::colour(index),
            )
        };
        let names: Vec<_> = self.interrupted.iter().enumerate().map(name).collect();
        let values: Vec<_> = self
            .interrupted
            .iter()
            .map(|series| binned(&series.points, edges))
            .collect();
        stacked_bars(&names, edges, &values)
    }

    fn refusals(&self, edges: &[f64], length: f64) -> Vec<Layer> {
        let names = [(self.refused.name.clone(), FAILURE.lighter(0.25))];
        let mut layers = stacked_bars(&names, edges, &[binned(&self.refused.points, edges)]);
        let ink = Ink::solid(palette::INK, 1.6);
        layers.push(Layer::steps(&self.waiting, length, ink));
        layers
    }

    fn strips(&self, length: f64) -> Vec<Layer> {
        let mut layers = Vec::new();
        // The legend reads filled layers from the last: plenty first.
        for regime in Regime::ALL.into_iter().rev() {
            for (row, strip) in self.regimes.iter().enumerate() {
                let on_chart = |(from, to, which): &(f64, f64, Regime)| -> Option<Point> {
                    let is_right = *which == regime && from < to && 0.0 <= *to && *from <= length;
                    is_right.then_some((from.max(0.0), to.min(length)))
                };
                let spans = strip.spans.iter().filter_map(on_chart).collect();
                layers.push(Layer::spans(regime.word(), regime.colour(), row, spans));
            }
        }
        layers
    }
}

/// The least round interval that leaves few enough bars.
fn interval(length: f64) -> f64 {
    const ROUND: [f64; 10] = [
        1.0, 10.0, 60.0, 300.0, 900.0, 3_600.0, 10_800.0, 21_600.0, 86_400.0, 604_800.0,
    ];
    let fits = |interval: &f64| length / interval <= INTERVALS_MAX;
    ROUND
        .into_iter()
        .find(fits)
        .unwrap_or(length / INTERVALS_MAX)
}

fn span_name(interval: f64) -> String {
    match interval {
        1.0 => "per second".to_owned(),
        60.0 => "per minute".to_owned(),
        3_600.0 => "per hour".to_owned(),
        86_400.0 => "per day".to_owned(),
        604_800.0 => "per week".to_owned(),
        _ if interval < 60.0 => format!("per {interval} seconds"),
        _ if interval < 3_600.0 => format!("per {} minutes", interval / 60.0),
        _ if interval < 86_400.0 => format!("per {} hours", interval / 3_600.0),
        _ => format!("per {:.0} days", interval / 86_400.0),
    }
}
