//! The series of `metrics.csv`, read back by period, and how a long one is made short enough.

use std::collections::BTreeMap;
use std::io::Read;

use jiff::Timestamp;

use super::figure::{Figure, Line, Numbers, Places, Style};

/// A series' values of one statistic, a number a period; gaps are no numbers.
pub type Values = Vec<f64>;

/// Every series of a run.
#[derive(Clone, Default, Debug)]
pub struct Metrics {
    /// The start of the first period, milliseconds since 1970.
    pub from_ms: i64,
    /// A period, milliseconds.
    pub period_ms: f64,
    /// How many periods there are.
    pub periods: usize,
    /// Where each is, by metric and dimensions.
    places: BTreeMap<String, BTreeMap<String, usize>>,
    series: Vec<Columns>,
}

/// The statistics of a series; empty where it has none.
#[derive(Clone, Default, Debug)]
struct Columns([Vec<f32>; COLUMNS.len()]);

/// A statistic of `metrics.csv`.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Statistic {
    /// `Sum`
    Sum,
    /// `Average`
    Average,
    /// `Maximum`
    Maximum,
    /// `p50`
    P50,
    /// `p90`
    P90,
    /// `p95`
    P95,
    /// `p99`
    P99,
}

const COLUMNS: [&str; 7] = ["Sum", "Average", "Maximum", "p50", "p90", "p95", "p99"];

impl Metrics {
    /// Reads `metrics.csv` of a run that starts at `from_ms` and has `periods` periods.
    ///
    /// # Errors
    /// If it is no such file, with the row.
    pub fn read(
        text: impl Read,
        from_ms: i64,
        period_ms: f64,
        periods: usize,
    ) -> Result<Metrics, String> {
        let mut metrics = Metrics {
            from_ms,
            period_ms,
            periods,
            ..Metrics::default()
        };
        let mut reader = csv::Reader::from_reader(text);
        let heads = reader.headers().map_err(|error| error.to_string())?;
        let place = |name: &str| {
            let found = heads.iter().position(|head| head == name);
            found.ok_or_else(|| format!("it has no column {name}"))
        };
        let [time, metric, dimensions] = ["timestamp", "metric", "dimensions"].map(place);
        let (time, metric, dimensions) = (time?, metric?, dimensions?);
        let mut columns = [0; COLUMNS.len()];
        for (column, name) in columns.iter_mut().zip(COLUMNS) {
            *column = place(name)?;
        }
        let mut record = csv::StringRecord::new();
        let mut row = 1_u64;
        while reader
            .read_record(&mut record)
            .map_err(|it| it.to_string())?
        {
            row += 1;
            let at: Timestamp = record[time]
                .parse()
                .map_err(|_| format!("row {row}: {:?} is no instant", &record[time]))?;
            let period = (at.as_millisecond() - from_ms) as f64 / period_ms;
            if period < 0.0 || periods as f64 <= period {
                continue;
            }
            let its = metrics.columns_of(&record[metric], &record[dimensions]);
            for (values, column) in its.0.iter_mut().zip(columns) {
                if let Ok(value) = record[column].parse() {
                    if values.is_empty() {
                        values.resize(periods, f32::NAN);
                    }
                    values[period as usize] = value;
                }
            }
        }
        Ok(metrics)
    }

    /// The columns of a series: a name is kept once, as a file has a row for each period.
    fn columns_of(&mut self, metric: &str, dimensions: &str) -> &mut Columns {
        let known = self.places.get(metric).and_then(|of| of.get(dimensions));
        let place = known.copied().unwrap_or_else(|| {
            let place = self.series.len();
            let of_metric = self.places.entry(metric.to_owned()).or_default();
            of_metric.insert(dimensions.to_owned(), place);
            self.series.push(Columns::default());
            place
        });
        &mut self.series[place]
    }

    /// A statistic of a metric with these dimensions; `None` if the run has none of it.
    pub fn values(&self, metric: &str, dimensions: &str, which: Statistic) -> Option<Values> {
        let place = *self.places.get(metric)?.get(dimensions)?;
        let values = &self.series[place].0[which as usize];
        let values: Values = values.iter().map(|value| f64::from(*value)).collect();
        (!values.is_empty()).then_some(values)
    }

    /// Where a value a period stands.
    pub fn places(&self) -> Places {
        Places::Even {
            from: self.from_ms,
            step: self.period_ms,
        }
    }
}

/// Gaps as zeros: a period without a count has none.
pub fn or_zero(values: Values) -> Values {
    let filled = values.into_iter().map(|value| match value.is_nan() {
        true => 0.0,
        false => value,
    });
    filled.collect()
}

/// Makes the series of a page's figures short enough that all have `budget` values at most
/// together: the longest first. Says so at each figure that lost some.
pub fn thin(figures: &mut [Figure], budget: usize) {
    let lengths: Vec<usize> = figures
        .iter()
        .flat_map(|figure| &figure.panels)
        .flat_map(|panel| &panel.lines)
        .filter(|line| matches!(line.x, Places::Even { .. }))
        .map(|line| line.y.0.len())
        .collect();
    let Some(most) = allowed(&lengths, budget) else {
        return;
    };
    for figure in figures {
        let lines = figure.panels.iter_mut().flat_map(|panel| &mut panel.lines);
        let widest = lines.filter_map(|line| thin_line(line, most)).max();
        if let Some(width) = widest {
            let note = format!(
                "Drawn from stretches of up to {width} values: of lines the least and the greatest \
                 of each, of areas the mean."
            );
            figure.note = [figure.note.as_str(), &note].join(" ").trim().to_owned();
        }
    }
}

/// How many values a series may have; `None` if all may keep theirs.
fn allowed(lengths: &[usize], budget: usize) -> Option<usize> {
    if lengths.iter().sum::<usize>() <= budget {
        return None;
    }
    let mut sorted = lengths.to_vec();
    sorted.sort_unstable();
    let mut left = budget;
    for (index, length) in sorted.iter().enumerate() {
        let each = left / (sorted.len() - index);
        if each < *length {
            return Some(each.max(2));
        }
        left -= length;
    }
    None
}

/// Makes a line `most` values long at most; how many values became two (or one), if any did.
fn thin_line(line: &mut Line, most: usize) -> Option<usize> {
    let Places::Even { from, step } = line.x else {
        return None;
    };
    let values = &line.y.0;
    if values.len() <= most {
        return None;
    }
    let as_means = matches!(line.style, Style::Area | Style::Bars);
    let each = if as_means { 1 } else { 2 };
    let width = (values.len() * each).div_ceil(most).max(2);
    let thinned = values.chunks(width).flat_map(|chunk| match as_means {
        true => vec![mean(chunk)],
        false => ends(chunk).to_vec(),
    });
    line.y = Numbers(thinned.collect());
    line.x = Places::Even {
        from,
        step: step * width as f64 / each as f64,
    };
    Some(width)
}

fn mean(values: &[f64]) -> f64 {
    let finite = || values.iter().filter(|value| value.is_finite());
    match finite().count() {
        0 => f64::NAN,
        count => finite().sum::<f64>() / count as f64,
    }
}

/// The least and the greatest of some values, the earlier first.
fn ends(values: &[f64]) -> [f64; 2] {
    let mut finite = values.iter().enumerate().filter(|(_, it)| it.is_finite());
    let Some((at, first)) = finite.next() else {
        return [f64::NAN; 2];
    };
    let (mut least, mut greatest) = ((at, *first), (at, *first));
    for (at, value) in finite {
        if *value < least.1 {
            least = (at, *value);
        }
        if greatest.1 < *value {
            greatest = (at, *value);
        }
    }
    match least.0 <= greatest.0 {
        true => [least.1, greatest.1],
        false => [greatest.1, least.1],
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::report::page::figure::{Axis, Ink, Panel, Unit};

    const TEXT: &str = "\
timestamp,namespace,metric,dimensions,unit,SampleCount,Sum,Average,Minimum,Maximum,p50,p90,p95,p99
2026-03-05T00:00:00Z,n,RequestCount,A=b,Count,3,3,,,,,,,
2026-03-05T00:02:00Z,n,RequestCount,A=b,Count,5,5,,,,,,,
2026-03-05T00:02:00Z,n,TargetResponseTime,A=b,Seconds,5,,0.5,0.1,0.9,0.4,0.6,0.7,0.8
";

    fn figure(style: Style, values: Vec<f64>) -> Figure {
        let x = Places::Even {
            from: 0,
            step: 60e3,
        };
        let line = Line::new("l", style, Ink::Nth(0), x, values);
        Figure {
            id: "f".to_owned(),
            title: String::new(),
            says: String::new(),
            note: String::new(),
            x: Axis::Time,
            panels: vec![Panel::new("p", Unit::Count, vec![line])],
        }
    }

    #[test]
    fn series_come_back_by_period_with_their_gaps() {
        let from: Timestamp = "2026-03-05T00:00:00Z".parse().unwrap();
        let read = |text: &str| Metrics::read(text.as_bytes(), from.as_millisecond(), 60e3, 3);
        let metrics = read(TEXT).unwrap();
        let counts = metrics
            .values("RequestCount", "A=b", Statistic::Sum)
            .unwrap();
        assert_eq!(or_zero(counts), [3.0, 0.0, 5.0]);
        let p99 = metrics.values("TargetResponseTime", "A=b", Statistic::P99);
        let p99 = p99.unwrap();
        assert!(p99[0].is_nan() && (p99[2] - 0.8).abs() < 1e-6);
        assert_eq!(metrics.values("RequestCount", "A=c", Statistic::Sum), None);
        assert_eq!(metrics.values("RequestCount", "A=b", Statistic::P50), None);
        let broken = read(&TEXT.replace("2026-03-05T00:02:00Z", "soon")).unwrap_err();
        assert_eq!(broken, "row 3: \"soon\" is no instant");
        let cut = read("timestamp,metric\n").unwrap_err();
        assert_eq!(cut, "it has no column dimensions");
    }

    #[test]
    fn a_spike_outlives_thinning() {
        let mut values = vec![1.0; 10_000];
        values[7_777] = 99.0;
        values[5] = f64::NAN;
        let mut figures = [
            figure(Style::Line, values.clone()),
            figure(Style::Area, values),
        ];
        thin(&mut figures, 20_000);
        assert_eq!(figures[0].panels[0].lines[0].y.0.len(), 10_000);
        assert_eq!(figures[0].note, "");
        thin(&mut figures, 2_000);
        let line = &figures[0].panels[0].lines[0];
        assert_eq!(line.y.0.len(), 1_000);
        assert!(line.y.0.contains(&99.0) && line.y.0.contains(&1.0));
        assert_eq!(
            line.x,
            Places::Even {
                from: 0,
                step: 600e3
            }
        );
        assert!(
            figures[0]
                .note
                .starts_with("Drawn from stretches of up to 20 values")
        );
        let area = &figures[1].panels[0].lines[0];
        assert_eq!(area.y.0.len(), 1_000);
        assert!(area.y.0.iter().any(|value| (value - 10.8).abs() < 1e-9));
    }

    #[test]
    fn short_series_leave_their_room_to_long_ones() {
        assert_eq!(allowed(&[10, 10, 1_000], 2_000), None);
        assert_eq!(allowed(&[10, 10, 1_000], 520), Some(500));
        assert_eq!(allowed(&[100, 100], 100), Some(50));
    }
}
