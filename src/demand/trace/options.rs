//! What a scenario says about a trace, and whether it goes together.

use std::path::{Path, PathBuf};

use super::TracePoint;
use crate::demand::error::{TraceError, TraceProblem};
use crate::demand::place::Align;
use crate::demand::value_unit::ValueUnit;
use crate::engine::SimDuration;

/// How a trace is read and placed, as `world.demand.*.rate.trace` says it.
#[derive(Clone, PartialEq, Debug)]
pub struct TraceOptions {
    /// The file, resolved against the scenario's folder: CloudWatch's if it ends in `.json`, else
    /// CSV.
    pub path: PathBuf,
    /// The metric of a file of CloudWatch's, by its id or label; `None`: the only one.
    pub metric: Option<String>,
    /// The length of a step; `None`: the most usual distance between rows.
    pub period: Option<SimDuration>,
    /// The column of times; `None`: `timestamp`, else `time`.
    pub time: Option<String>,
    /// Times are numbers of this unit from the trace's zero; `None`: ISO 8601 timestamps, without
    /// zone UTC.
    pub time_unit: Option<SimDuration>,
    /// The column of values; `None`: `value`. In CloudWatch's statistics: which, `None`: `Sum`.
    pub value: Option<String>,
    /// What a value counts.
    pub unit: ValueUnit,
    /// What values are multiplied by.
    pub scale: f64,
    /// Where the trace lies in the run.
    pub align: Align,
    /// Whether the trace starts over when it ends.
    pub repeat: bool,
    /// Longer steps, each with the mean of what it covers.
    pub resample: Option<SimDuration>,
    /// How missing steps are filled.
    pub gaps: Gaps,
    /// The first instant taken.
    pub from: Option<TracePoint>,
    /// The first instant not taken any more.
    pub to: Option<TracePoint>,
}

/// How missing steps of a trace are filled.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Default)]
pub enum Gaps {
    /// On the straight line between the neighbours.
    #[default]
    Interpolate,
    /// With the last value before the gap.
    Hold,
    /// With no demand at all.
    Zero,
    /// Not: a gap is an error.
    Error,
}

impl TraceOptions {
    /// Options with everything at its default.
    pub fn new(path: impl Into<PathBuf>, unit: ValueUnit) -> Self {
        TraceOptions {
            path: path.into(),
            metric: None,
            period: None,
            time: None,
            time_unit: None,
            value: None,
            unit,
            scale: 1.0,
            align: Align::default(),
            repeat: false,
            resample: None,
            gaps: Gaps::default(),
            from: None,
            to: None,
        }
    }

    /// Whether the options go together.
    pub(super) fn check(&self) -> Result<(), TraceError> {
        let error = |text: String| {
            Err(TraceError::new(
                &self.path,
                None,
                TraceProblem::Option(text),
            ))
        };
        if !(self.scale.is_finite() && 0.0 <= self.scale) {
            return error(format!(
                "`scale` must be a number from 0, not {}",
                self.scale
            ));
        }
        if self.resample.is_some_and(SimDuration::is_zero) {
            return error("`resample` must be longer than 0s".into());
        }
        if self.period.is_some_and(SimDuration::is_zero) {
            return error("`period` must be longer than 0s".into());
        }
        let of_csv = [
            ("time", self.time.is_some()),
            ("timeUnit", self.time_unit.is_some()),
        ];
        match is_cloudwatch(&self.path) {
            true => {
                if let Some((name, _)) = of_csv.into_iter().find(|(_, is_given)| *is_given) {
                    return error(format!(
                        "`{name}` is for CSV files, not for CloudWatch's JSON"
                    ));
                }
            }
            false if self.metric.is_some() => {
                return error("`metric` is for CloudWatch's JSON, a CSV file has `value`".into());
            }
            false => {}
        }
        for (name, point) in [("from", self.from), ("to", self.to)] {
            match (point, self.time_unit) {
                (Some(TracePoint::Offset(_)), None) => {
                    return error(format!(
                        "`{name}` must be a timestamp: the trace has no timeUnit"
                    ));
                }
                (Some(TracePoint::Instant(_)), Some(_)) => {
                    return error(format!(
                        "`{name}` must be an offset: the trace has a timeUnit"
                    ));
                }
                _ => {}
            }
        }
        Ok(())
    }
}

/// Whether a file of this name is read as CloudWatch's JSON.
pub fn is_cloudwatch(path: &Path) -> bool {
    path.extension()
        .is_some_and(|extension| extension.eq_ignore_ascii_case("json"))
}
