//! From a trace's rows to its steps: the usual step, gaps filled and counted, longer steps.

use super::error::{TraceError, TraceProblem};
use super::table::ROWS_MAX;
use super::trace::{Gaps, Rows, Trace, TraceFacts, TraceOptions, TracePoint};
use crate::engine::SimDuration;

/// The lower median of the distances between rows: the usual one, unless most rows are irregular.
pub(super) fn usual_step(rows: &[(i64, f64)]) -> SimDuration {
    let mut distances: Vec<i64> = rows.windows(2).map(|pair| pair[1].0 - pair[0].0).collect();
    let middle = (distances.len() - 1) / 2;
    let (_, median, _) = distances.select_nth_unstable(middle);
    SimDuration::from_micros(median.unsigned_abs())
}

/// Steps of rates out of rows of values, gaps filled and counted.
pub(super) fn fill(
    rows: &Rows,
    step: SimDuration,
    options: &TraceOptions,
    facts: &mut TraceFacts,
) -> Result<Trace, TraceError> {
    let error = |problem| Err(TraceError::new(&options.path, None, problem));
    let step_micros = i64::try_from(step.as_micros()).unwrap_or(i64::MAX);
    let mut steps: Vec<(i64, f64)> = Vec::with_capacity(rows.rows.len());
    for (index, &(start, value)) in rows.rows.iter().enumerate() {
        let rate = options.unit.per_second(value, step) * options.scale;
        if !rate.is_finite() {
            let text = format!("`scale` makes {value} too large a rate");
            return error(TraceProblem::Option(text));
        }
        steps.push((start, rate));
        let Some(&(next, next_value)) = rows.rows.get(index + 1) else {
            break;
        };
        let distance = next - start;
        let missing = (distance + step_micros / 2) / step_micros - 1;
        if distance != (missing + 1) * step_micros {
            facts.rows_irregular += 1;
        }
        if missing < 1 {
            continue;
        }
        facts.gaps += 1;
        facts.steps_missing += missing.unsigned_abs();
        match options.gaps {
            Gaps::Hold => {}
            Gaps::Zero => steps.push((start + step_micros, 0.0)),
            Gaps::Error => {
                let problem = TraceProblem::Gap {
                    missing: missing.unsigned_abs(),
                    step: step.to_string(),
                    after: TracePoint::from_micros(start, rows.is_calendar).to_string(),
                };
                let line = rows.lines.get(index + 1).copied();
                return Err(TraceError::new(&options.path, line, problem));
            }
            Gaps::Interpolate => {
                if ROWS_MAX < steps.len() + usize::try_from(missing).unwrap_or(usize::MAX) {
                    return error(TraceProblem::TooMany {
                        what: "steps after its gaps are filled",
                    });
                }
                let next_rate = options.unit.per_second(next_value, step) * options.scale;
                let slope = (next_rate - rate) / (missing + 1) as f64;
                steps.extend(
                    (1..=missing).map(|k| (start + k * step_micros, rate + slope * k as f64)),
                );
            }
        }
    }
    let end = rows.rows[rows.rows.len() - 1].0 + step_micros;
    Ok(Trace {
        facts: facts.clone(),
        steps,
        end,
    })
}

impl Trace {
    /// Whether so short steps are few enough: a gap that is held may last for thousands of years.
    pub(super) fn can_resample(&self, length: SimDuration) -> bool {
        let span = self.end.saturating_sub(self.steps[0].0).unsigned_abs();
        span / length.as_micros().max(1) <= ROWS_MAX as u64
    }

    /// Steps with the mean rate of each stretch of this length from the first row on.
    pub(super) fn resample(&mut self, length: SimDuration) {
        let length = i64::try_from(length.as_micros()).unwrap_or(i64::MAX);
        let mut coarse = Vec::new();
        let mut index = 0;
        let mut start = self.steps[0].0;
        while start < self.end {
            let end = start.saturating_add(length).min(self.end);
            let mut requests = 0.0;
            while index < self.steps.len() {
                let step_end = self.step_end(index);
                let covered = step_end.min(end) - self.steps[index].0.max(start);
                requests += self.steps[index].1 * covered as f64;
                if end < step_end {
                    break;
                }
                index += 1;
            }
            coarse.push((start, requests / (end - start) as f64));
            start = end;
        }
        self.steps = coarse;
    }

    fn step_end(&self, index: usize) -> i64 {
        self.steps.get(index + 1).map_or(self.end, |next| next.0)
    }

    /// Requests in the whole trace.
    pub(super) fn integral(&self) -> f64 {
        let requests_micros = |index: usize| {
            self.steps[index].1 * (self.step_end(index) - self.steps[index].0) as f64
        };
        (0..self.steps.len()).map(requests_micros).sum::<f64>() / 1e6
    }
}
