//! What CloudWatch prints as a trace: the JSON of `aws cloudwatch get-metric-data` and
//! `get-metric-statistics`, read to rows of times and values.
//!
//! Shapes (botocore 1.43, cloudwatch 2010-08-01): `MetricDataResults` with `Id`, `Label`,
//! `Timestamps`, `Values`, `StatusCode`, the newest first unless asked otherwise, where the CLI
//! lines up the pages, so that one metric may come in several pieces; and `Label` with
//! `Datapoints` in no order. Times are ISO 8601, or seconds since 1970. Several documents may
//! stand in one file.

mod shapes;

use std::io::Read;
use std::path::Path;

use super::error::{TraceError, TraceProblem};
use super::table::{clip, nearest};
use super::trace::{Rows, TraceOptions, TracePoint, too_few};
use super::value_unit::ValueUnit;
use shapes::{Datapoint, Document, Message};

/// Bytes a file of CloudWatch's may have: a year by the minute has a tenth of it.
pub const BYTES_MAX: u64 = 256 * 1024 * 1024;
/// The statistic that counts requests.
const STATISTIC: &str = "Sum";

/// A metric, all its pieces together.
#[derive(Default)]
struct Metric {
    id: Option<String>,
    label: Option<String>,
    /// Time, and value.
    points: Vec<(i64, f64)>,
    /// The status of its last piece, if it is not `Complete`.
    status: Option<String>,
    zoneless: bool,
}

/// Reads the rows of the metric that the options name, sorted by time.
pub(super) fn rows(input: impl Read, options: &TraceOptions) -> Result<Rows, TraceError> {
    let text = text(input, &options.path)?;
    let error = |problem| TraceError::new(&options.path, None, problem);
    let mut notes = Vec::new();
    let mut metrics: Vec<Metric> = Vec::new();
    let documents = serde_json::Deserializer::from_str(&text).into_iter::<Document>();
    for document in documents {
        let document = document.map_err(|fault| json_error(&options.path, &fault))?;
        add(document, options, (&mut metrics, &mut notes)).map_err(error)?;
    }
    let metric = chosen(&mut metrics, options.metric.as_deref()).map_err(error)?;
    let rows = sorted(metric, options, &mut notes).map_err(error)?;
    Ok(Rows {
        rows,
        lines: Vec::new(),
        is_calendar: true,
        zoneless: metric.zoneless,
        notes,
    })
}

/// The whole file, without a byte order mark.
fn text(input: impl Read, path: &Path) -> Result<String, TraceError> {
    let error = |problem| TraceError::new(path, None, problem);
    let mut bytes = Vec::new();
    let read = input.take(BYTES_MAX + 1).read_to_end(&mut bytes);
    read.map_err(|fault| error(TraceProblem::Unreadable(fault.kind().to_string())))?;
    if BYTES_MAX < bytes.len() as u64 {
        return Err(error(TraceProblem::JsonTooLarge));
    }
    if bytes.starts_with(&[0xEF, 0xBB, 0xBF]) {
        bytes.drain(..3);
    }
    String::from_utf8(bytes).map_err(|_| error(TraceProblem::NotUtf8))
}

/// What serde says, with its place taken from the text to where places stand.
fn json_error(path: &Path, fault: &serde_json::Error) -> TraceError {
    let (line, column) = (fault.line(), fault.column());
    let text = fault.to_string();
    let place = format!(" at line {line} column {column}");
    let reason = text.strip_suffix(&place).unwrap_or(&text).to_owned();
    let column = column as u64;
    TraceError::new(
        path,
        Some(line as u64),
        TraceProblem::BadJson { reason, column },
    )
}

/// Adds a document's points to the metrics they belong to.
fn add(
    document: Document,
    options: &TraceOptions,
    (metrics, notes): (&mut Vec<Metric>, &mut Vec<String>),
) -> Result<(), TraceProblem> {
    if document.next_token.is_some() {
        notes.push("CloudWatch has more: NextToken says that pages are missing".to_owned());
    }
    let mut messages = document.messages;
    for result in document.metric_data_results {
        if options.value.is_some() {
            let text = "`value` is for get-metric-statistics: get-metric-data has one value a time";
            return Err(TraceProblem::Option(text.into()));
        }
        let metric = of(metrics, result.id, result.label);
        messages.extend(result.messages);
        let (times, values) = (result.timestamps.len(), result.values.len());
        if times != values {
            let metric = metric.name();
            return Err(TraceProblem::Lengths {
                metric,
                times,
                values,
            });
        }
        metric.zoneless |= result.timestamps.iter().any(|at| at.zoneless);
        let times = result.timestamps.iter().map(|at| at.micros);
        metric.points.extend(times.zip(result.values));
        metric.status = result.status_code.filter(|status| status != "Complete");
    }
    if let Some(datapoints) = document.datapoints {
        let metric = of(metrics, None, document.label);
        for point in &datapoints {
            metric.zoneless |= point.timestamp.zoneless;
            let value = counted(point, options, metric)?;
            metric.points.push((point.timestamp.micros, value));
        }
    }
    let said = |message: Message| format!("CloudWatch says {}: {}", message.code, message.value);
    notes.extend(messages.into_iter().map(said));
    Ok(())
}

/// The metric of this name, new or known.
fn of(metrics: &mut Vec<Metric>, id: Option<String>, label: Option<String>) -> &mut Metric {
    let is_it = |metric: &Metric| match (&metric.id, &id) {
        (Some(known), Some(id)) => known == id,
        (known, id) => known.is_none() && id.is_none() && metric.label == label,
    };
    let index = metrics.iter().position(is_it).unwrap_or_else(|| {
        metrics.push(Metric {
            id,
            label,
            ..Metric::default()
        });
        metrics.len() - 1
    });
    &mut metrics[index]
}

/// The statistic of a data point that counts its requests.
fn counted(
    point: &Datapoint,
    options: &TraceOptions,
    metric: &Metric,
) -> Result<f64, TraceProblem> {
    let unit = point.unit.as_deref();
    match (unit, options.unit) {
        (None | Some("Count" | "None"), _) | (Some("Count/Second"), ValueUnit::Per(_)) => {}
        (Some("Count/Second"), ValueUnit::PerStep) => {
            let text = format!(
                "{} is in Count/Second: write `unit: requests/s`",
                metric.name()
            );
            return Err(TraceProblem::Option(text));
        }
        (Some(unit), _) => {
            return Err(TraceProblem::NoCount {
                metric: metric.name(),
                unit: unit.to_owned(),
            });
        }
    }
    let all = [
        ("Sum", point.sum),
        ("Average", point.average),
        ("SampleCount", point.sample_count),
        ("Minimum", point.minimum),
        ("Maximum", point.maximum),
    ];
    let wanted = options.value.as_deref().unwrap_or(STATISTIC);
    let extended = point.extended_statistics.iter().flatten();
    let extended = extended.map(|(name, value)| (name.as_str(), Some(*value)));
    let given = all.into_iter().chain(extended);
    let given: Vec<(&str, f64)> = given
        .filter_map(|(name, value)| Some((name, value?)))
        .collect();
    let found = given.iter().find(|(name, _)| *name == wanted);
    found.map(|(_, value)| *value).ok_or_else(|| {
        let has: Vec<&str> = given.iter().map(|(name, _)| *name).collect();
        TraceProblem::NoStatistic {
            metric: metric.name(),
            has: listed(&has),
            wanted: wanted.to_owned(),
        }
    })
}

/// The only metric, or the one whose id, else whose label, is `wanted`.
fn chosen<'m>(
    metrics: &'m mut [Metric],
    wanted: Option<&str>,
) -> Result<&'m mut Metric, TraceProblem> {
    let which = |what: String, near: Option<&str>| {
        let ids = metrics.iter().filter_map(|metric| metric.id.as_deref());
        let labels = metrics.iter().filter_map(|metric| metric.label.as_deref());
        let nearest = near.and_then(|wanted| nearest(wanted, ids.chain(labels)));
        let names: Vec<String> = metrics.iter().map(Metric::name).collect();
        let names: Vec<&str> = names.iter().map(String::as_str).collect();
        let metrics = listed(&names);
        TraceProblem::WhichMetric {
            what,
            metrics,
            nearest,
        }
    };
    if metrics.is_empty() {
        return Err(TraceProblem::NoMetric);
    }
    let index = match wanted {
        None if metrics.len() == 1 => 0,
        None => return Err(which("several metrics, and none is chosen".into(), None)),
        Some(wanted) => {
            let by_id = |metric: &Metric| metric.id.as_deref() == Some(wanted);
            let is_labelled = |metric: &&Metric| metric.label.as_deref() == Some(wanted);
            if metrics.iter().filter(is_labelled).count() > 1 && !metrics.iter().any(by_id) {
                return Err(which(
                    format!("several metrics are labelled `{wanted}`"),
                    None,
                ));
            }
            let by_label = |metric: &Metric| metric.label.as_deref() == Some(wanted);
            let found = metrics.iter().position(by_id);
            match found.or_else(|| metrics.iter().position(by_label)) {
                Some(index) => index,
                None => {
                    return Err(which(
                        format!("there is no metric `{wanted}`"),
                        Some(wanted),
                    ));
                }
            }
        }
    };
    Ok(&mut metrics[index])
}

/// What is in the names of metrics that do not count a service's requests, and what they are.
const NO_COUNTS: [(&str, &str); 6] = [
    ("Utilization", NO_COUNT),
    ("ResponseTime", NO_COUNT),
    ("Latency", NO_COUNT),
    ("Percent", NO_COUNT),
    ("Bytes", NO_COUNT),
    (
        "PerTarget",
        "is one of each target alone: the service's is RequestCount",
    ),
];
const NO_COUNT: &str = "is none";

/// The points in the window by time, each time once.
fn sorted(
    metric: &mut Metric,
    options: &TraceOptions,
    notes: &mut Vec<String>,
) -> Result<Vec<(i64, f64)>, TraceProblem> {
    let name = metric.name();
    match &metric.status {
        Some(status) if metric.points.is_empty() => {
            let status = status.clone();
            let metric = name;
            return Err(TraceProblem::NotGiven { metric, status });
        }
        Some(status) => notes.push(format!(
            "{name} is {}: CloudWatch did not return all of its data points",
            clip(status)
        )),
        None => {}
    }
    if metric.points.is_empty() {
        return Err(TraceProblem::NoPoints(name));
    }
    if let Some((word, what)) = NO_COUNTS.iter().find(|(word, _)| name.contains(word)) {
        notes.push(format!(
            "{name} is read as a number of requests, and a metric with {word} in its name {what}"
        ));
    }
    let point = |micros| TracePoint::from_micros(micros, true).to_string();
    let points = &mut metric.points;
    points.sort_by(|a, b| a.0.cmp(&b.0).then(a.1.total_cmp(&b.1)));
    // Pages and ranges that overlap have a point twice; with another value it is another metric's.
    points.dedup();
    if let Some(pair) = points.windows(2).find(|pair| pair[0].0 == pair[1].0) {
        return Err(TraceProblem::Duplicate(point(pair[0].0)));
    }
    let span = points.first().zip(points.last());
    let span = span.map(|(first, last)| (first.0, last.0));
    let from = options.from.map_or(i64::MIN, TracePoint::micros);
    let to = options.to.map_or(i64::MAX, TracePoint::micros);
    points.retain(|(at, _)| (from..to).contains(at));
    if let Some((at, value)) = points.iter().find(|(_, value)| *value < 0.0) {
        return Err(TraceProblem::OutOfRange {
            column: name,
            text: format!("{value} at {}", point(*at)),
            fault: "negative",
        });
    }
    match too_few(span, points.len(), options.period, true) {
        Some(TraceProblem::OneRow) => Err(TraceProblem::OnePoint(name)),
        Some(problem) => Err(problem),
        None => Ok(std::mem::take(points)),
    }
}

impl Metric {
    /// `m1 (RequestCount)`.
    fn name(&self) -> String {
        match (&self.id, &self.label) {
            (Some(id), Some(label)) if id != label => format!("{} ({})", clip(id), clip(label)),
            (Some(name), _) | (None, Some(name)) => clip(name),
            (None, None) => "a metric without a name".to_owned(),
        }
    }
}

/// The first names of a list that may be long.
fn listed(names: &[&str]) -> String {
    const SHOWN: usize = 12;
    let mut text = names[..names.len().min(SHOWN)].join(", ");
    if SHOWN < names.len() {
        text.push_str(", …");
    }
    text
}

#[cfg(test)]
mod tests;
