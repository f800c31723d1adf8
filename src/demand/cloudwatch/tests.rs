use super::super::error::TraceError;
use super::super::trace::{Gaps, Trace, TraceOptions, TracePoint};
use super::super::value_unit::ValueUnit;
use crate::engine::SimDuration;
use proptest::prelude::*;

fn options() -> TraceOptions {
    TraceOptions::new("r.json", ValueUnit::PerStep)
}

fn read_with(text: &str, options: &TraceOptions) -> Result<Trace, TraceError> {
    Trace::from_reader(text.as_bytes(), options)
}

/// Seconds from the first step, and rates.
fn steps(text: &str, options: &TraceOptions) -> Vec<(i64, f64)> {
    let trace = match read_with(text, options) {
        Ok(trace) => trace,
        Err(wrong) => panic!("{wrong}\n{}", wrong.help()),
    };
    let first = trace.steps[0].0;
    let step = |step: &(i64, f64)| ((step.0 - first) / 1_000_000, step.1);
    trace.steps.iter().map(step).collect()
}

fn message(text: &str, options: &TraceOptions) -> String {
    let wrong = read_with(text, options).unwrap_err();
    format!("{wrong}\nhelp: {}", wrong.help())
}

/// As the CLI prints it: the newest first.
const DATA: &str = r#"{
    "MetricDataResults": [
        {
            "Id": "m1",
            "Label": "RequestCount",
            "Timestamps": [
                "2026-03-05T00:10:00+00:00",
                "2026-03-05T00:05:00+00:00",
                "2026-03-05T00:00:00+00:00"
            ],
            "Values": [ 900.0, 600.0, 300 ],
            "StatusCode": "Complete"
        }
    ],
    "Messages": []
}
"#;

const RATES: [(i64, f64); 3] = [(0, 1.0), (300, 2.0), (600, 3.0)];

#[test]
fn what_get_metric_data_prints_is_a_trace_of_requests_per_period() {
    assert_eq!(steps(DATA, &options()), RATES);
    let trace = read_with(DATA, &options()).unwrap();
    assert_eq!(trace.facts.step, SimDuration::from_secs(300));
    assert_eq!(trace.facts.first.to_string(), "2026-03-05T00:00:00Z");
    assert_eq!(trace.facts.total, 1_800.0);
    assert_eq!(trace.facts.notes, [""; 0]);
}

#[test]
fn times_may_be_seconds_since_1970_and_the_metric_may_be_named() {
    // 2026-03-05T00:00:00Z.
    let epoch = DATA
        .replace("\"2026-03-05T00:10:00+00:00\"", "1772669400")
        .replace("\"2026-03-05T00:05:00+00:00\"", "1772669100.0")
        .replace("\"2026-03-05T00:00:00+00:00\"", "1.7726688e9");
    for name in [None, Some("m1"), Some("RequestCount")] {
        let options = TraceOptions {
            metric: name.map(str::to_owned),
            ..options()
        };
        assert_eq!(steps(&epoch, &options), RATES);
    }
    let bom = format!("\u{feff}{}", DATA.replace('\n', "\r\n"));
    assert_eq!(steps(&bom, &options()), RATES);
}

#[test]
fn get_metric_statistics_in_its_disorder_is_the_same_trace() {
    let text = r#"{"Label": "RequestCount", "Datapoints": [
        {"Timestamp": "2026-03-05T00:05:00Z", "Sum": 600.0, "Average": 1.0, "Unit": "Count"},
        {"Timestamp": "2026-03-05T00:00:00Z", "Sum": 300.0, "Average": 1.0, "Unit": "Count"},
        {"Timestamp": "2026-03-05T00:10:00Z", "Sum": 900.0, "Average": 1.0, "Unit": "Count"}]}"#;
    assert_eq!(steps(text, &options()), RATES);
    let average = TraceOptions {
        value: Some("Average".to_owned()),
        ..options()
    };
    assert_eq!(steps(text, &average)[2].1, 1.0 / 300.0);
    let no_sum = text.replace("Sum", "Maximum");
    assert_eq!(
        message(&no_sum, &options()),
        "r.json: the data points of RequestCount have Average, Maximum, and no Sum\nhelp: ask for \
         `--statistics Sum`, or name another one with `value:`"
    );
    let seconds = text.replace("Count\"}", "Seconds\"}");
    assert_eq!(
        message(&seconds, &options()),
        "r.json: RequestCount is in Seconds, requests are counted\nhelp: take RequestCount with the \
         statistic Sum"
    );
    let per_second = text.replace("Count\"}", "Count/Second\"}");
    assert_eq!(
        message(&per_second, &options()),
        "r.json: RequestCount is in Count/Second: write `unit: requests/s`\nhelp: "
    );
    let unit = ValueUnit::parse("requests/s").unwrap();
    let options = TraceOptions::new("r.json", unit);
    assert_eq!(steps(&per_second, &options)[0].1, 300.0);
}

/// A page with these results.
fn page(results: &[&str]) -> String {
    format!(r#"{{"MetricDataResults":[{}]}}"#, results.join(","))
}

fn result(id: &str, times: &str, values: &str, more: &str) -> String {
    format!(r#"{{"Id":"{id}","Label":"L{id}","Timestamps":[{times}],"Values":[{values}]{more}}}"#)
}

#[test]
fn pages_of_one_metric_are_put_together_wherever_they_stand() {
    let partial = r#","StatusCode":"PartialData""#;
    let new = result("a", "300,240", "5,4", partial);
    let other = result("b", "0", "-7", "");
    let old = result("a", "240,180,120", "4,3,2", r#","StatusCode":"Complete""#);
    let wanted = TraceOptions {
        metric: Some("a".to_owned()),
        unit: ValueUnit::parse("requests/s").unwrap(),
        ..options()
    };
    let expected = [(0, 2.0), (60, 3.0), (120, 4.0), (180, 5.0)];
    let one_document = page(&[&new, &other, &old]);
    let two_documents = format!("{}\n{}", page(&[&new]), page(&[&other, &old]));
    for text in [one_document, two_documents] {
        assert_eq!(steps(&text, &wanted), expected);
        assert_eq!(read_with(&text, &wanted).unwrap().facts.notes, [""; 0]);
    }
}

#[test]
fn what_cloudwatch_holds_back_is_noted() {
    let partial = result("a", "60,0", "2,1", r#","StatusCode":"PartialData""#);
    let text = format!(
        r#"{{"MetricDataResults":[{partial}],"NextToken":"x",
            "Messages":[{{"Code":"ArithmeticError","Value":"one"}}]}}"#
    );
    assert_eq!(
        read_with(&text, &options()).unwrap().facts.notes,
        [
            "CloudWatch has more: NextToken says that pages are missing",
            "CloudWatch says ArithmeticError: one",
            "a (La) is PartialData: CloudWatch did not return all of its data points",
        ]
    );
}

#[test]
fn what_counts_no_requests_of_the_service_is_noted() {
    for (label, said) in [
        ("ProcessedBytes", "Bytes in its name is none"),
        (
            "RequestCountPerTarget",
            "PerTarget in its name is one of each target alone",
        ),
        ("TargetResponseTime", "ResponseTime in its name is none"),
    ] {
        let text = DATA.replace("RequestCount", label);
        let notes = read_with(&text, &options()).unwrap().facts.notes;
        assert!(notes[0].contains(said), "{notes:?}");
    }
}

#[test]
fn one_point_has_no_step() {
    let one = page(&[&result("a", "0", "60", "")]);
    assert_eq!(
        message(&one, &options()),
        "r.json: a (La) has one data point, which has no step: at least two are needed\nhelp: ask \
         for a longer time, or say how long a point counts with `period: 5m`"
    );
}

#[test]
fn gaps_are_filled_as_in_csv_and_the_note_says_what_they_may_be() {
    let text = page(&[&result("a", "240,60,0", "5,2,1", "")]);
    let unit = ValueUnit::parse("requests/s").unwrap();
    let gaps = |gaps| TraceOptions {
        gaps,
        unit,
        ..options()
    };
    let filled = [(0, 1.0), (60, 2.0), (120, 3.0), (180, 4.0), (240, 5.0)];
    // Distances are 60 and 180; the lower median is 60.
    assert_eq!(steps(&text, &gaps(Gaps::Interpolate)), filled);
    let zero = [(0, 1.0), (60, 2.0), (120, 0.0), (240, 5.0)];
    assert_eq!(steps(&text, &gaps(Gaps::Zero)), zero);
    assert_eq!(
        read_with(&text, &options()).unwrap().facts.notes,
        [
            "2 missing steps of 1m (in 1 gap) were interpolated",
            "CloudWatch has no data point for a period without requests: `gaps: zero` reads the \
             missing ones so"
        ]
    );
    assert_eq!(
        message(&text, &gaps(Gaps::Error)),
        "r.json: 2 steps of 1m are missing after 1970-01-01T00:01:00Z\nhelp: fill it in the file, \
         or set `gaps: interpolate`, `hold` or `zero`"
    );
}

#[test]
fn a_period_says_what_distances_do_not() {
    let sparse = page(&[&result("a", "600,300,0", "60,60,60", "")]);
    let period = |seconds| TraceOptions {
        period: Some(SimDuration::from_secs(seconds)),
        gaps: Gaps::Zero,
        ..options()
    };
    let minutes = [(0, 1.0), (60, 0.0), (300, 1.0), (360, 0.0), (600, 1.0)];
    assert_eq!(steps(&sparse, &period(60)), minutes);
    let one = page(&[&result("a", "0", "60", "")]);
    assert_eq!(steps(&one, &period(60)), [(0, 1.0)]);
    assert_eq!(
        message(&sparse, &period(3_600)),
        "r.json: 1970-01-01T00:05:00Z follows within 5m, less than the period of 1h\nhelp: leave \
         `period` out: it is found by the distances, or write the one that was asked for"
    );
}

#[test]
fn a_window_is_taken_by_instants() {
    let options = TraceOptions {
        from: Some(TracePoint::Instant("2026-03-05T00:05:00Z".parse().unwrap())),
        ..options()
    };
    assert_eq!(steps(DATA, &options), [(0, 2.0), (300, 3.0)]);
}

#[test]
fn each_fault_is_named_with_its_place_and_a_remedy() {
    let two = page(&[
        &result("m1", "60,0", "1,1", ""),
        &result("m2", "0", "1", ""),
    ]);
    let twins = two.replace("Lm2", "Lm1");
    let cases: [(&str, &str, &str); 14] = [
        (
            "{",
            "",
            "r.json:1:1: EOF while parsing an object\nhelp: give what",
        ),
        (
            "",
            "",
            "r.json: no metric is in it\nhelp: give at least one query",
        ),
        (
            "{\"Datapoints\": [\n {}]}",
            "",
            "r.json:2:3: missing field `Timestamp`",
        ),
        (
            &DATA.replace("2026-03-05T00:05:00+00:00", "yesterday"),
            "",
            "r.json:8:27: `yesterday` is no time",
        ),
        (
            &DATA.replace("2026-03-05T00:05", "2026-02-30T00:05"),
            "",
            "r.json:8:43: the date 2026-02-30 does not exist",
        ),
        (
            &DATA.replace("\"2026-03-05T00:05:00+00:00\"", "1772669100000"),
            "",
            "r.json:8:29: 1772669100000 is no time in seconds since 1970",
        ),
        (
            &DATA.replace("600.0", "\"many\""),
            "",
            "r.json:11:37: invalid type: string \"many\", expected f64",
        ),
        (
            &DATA.replace("600.0,", ""),
            "",
            "r.json: m1 (RequestCount) has 3 timestamps and 2 values",
        ),
        (
            &DATA.replace("600.0", "-6"),
            "",
            "r.json: -6 at 2026-03-05T00:05:00Z in column `m1 (RequestCount)` is negative",
        ),
        (
            &DATA.replace("00:05:00", "00:00:00"),
            "",
            "r.json: 2026-03-05T00:00:00Z stands twice: a step has one value",
        ),
        (
            &page(&[&result("a", "", "", "")]),
            "",
            "r.json: a (La) has no data points\nhelp: look at its dimensions",
        ),
        (
            &page(&[&result("a", "", "", ",\"StatusCode\":\"Forbidden\"")]),
            "",
            "r.json: a (La) was not given: CloudWatch answered Forbidden",
        ),
        (
            &two,
            "",
            "r.json: several metrics, and none is chosen: the file has m1 (Lm1), m2 (Lm2)\nhelp: \
             name one by its Id",
        ),
        (
            &twins,
            "Lm1",
            "r.json: several metrics are labelled `Lm1`: the file has m1 (Lm1), m2 (Lm1)",
        ),
    ];
    for (text, metric, expected) in cases {
        let options = TraceOptions {
            metric: (!metric.is_empty()).then(|| metric.to_owned()),
            ..options()
        };
        let message = message(text, &options);
        assert!(
            message.starts_with(expected),
            "got:\n{message}\nexpected:\n{expected}"
        );
    }
}

#[test]
fn a_name_near_to_one_that_is_there_is_proposed() {
    let options = TraceOptions {
        metric: Some("RequestCuont".to_owned()),
        ..options()
    };
    assert_eq!(
        message(DATA, &options),
        "r.json: there is no metric `RequestCuont`: the file has m1 (RequestCount)\nhelp: did you \
         mean `RequestCount`?"
    );
}

#[test]
fn options_of_the_other_kind_of_file_are_refused() {
    let time = TraceOptions {
        time: Some("t".to_owned()),
        ..options()
    };
    assert_eq!(
        message(DATA, &time),
        "r.json: `time` is for CSV files, not for CloudWatch's JSON\nhelp: "
    );
    let value = TraceOptions {
        value: Some("Sum".to_owned()),
        ..options()
    };
    assert!(message(DATA, &value).starts_with("r.json: `value` is for get-metric-statistics"));
    let metric = TraceOptions {
        metric: Some("m1".to_owned()),
        ..TraceOptions::new("r.csv", ValueUnit::PerStep)
    };
    assert!(message(DATA, &metric).starts_with("r.csv: `metric` is for CloudWatch's JSON"));
}

proptest! {
    #[test]
    fn no_bytes_make_the_reader_panic(bytes in proptest::collection::vec(any::<u8>(), 0..300)) {
        let _ = Trace::from_reader(&bytes[..], &options());
    }

    #[test]
    fn no_near_json_makes_the_reader_panic(
        times in "(-?[0-9]{1,11}(\\.5)?,){0,5}[0-9]{1,9}",
        values in "(-?[0-9]{1,3},){0,5}[0-9]e[0-9]{1,3}",
    ) {
        let text = page(&[&result("a", &times, &values, "")]);
        if let Ok(trace) = read_with(&text, &options()) {
            prop_assert!(trace.steps.windows(2).all(|pair| pair[0].0 < pair[1].0));
            prop_assert!(trace.steps.iter().all(|step| 0.0 <= step.1 && step.1.is_finite()));
        }
    }
}
