//! What is fuzzed, as plain functions of bytes: cargo-fuzz calls them, and the main crate's tests run
//! them over the kept corpus. Each panics where a promise is broken.
//!
//! Nothing here reads the disk: the files that an input names are parts of the input.

use std::path::Path;

use fleetcast::demand::arrivals::{ArrivalOptions, ArrivalTrace};
use fleetcast::demand::calendar::RunCalendar;
use fleetcast::demand::place::Align;
use fleetcast::demand::trace::{Gaps, Trace, TraceOptions, TracePoint};
use fleetcast::demand::value_unit::ValueUnit;
use fleetcast::engine::SimDuration;
use fleetcast::scenario::files::Files;
use fleetcast::scenario::path as scenario_path;
use fleetcast::scenario::{Failure, LoadOptions, Loaded, load, load_text};

/// Starts a further file in an input of [`scenario`]: `%%% base.yaml`.
const NEXT_FILE: &str = "%%% ";

/// What an include is drawn into.
const AROUND_INCLUDE: &str = "\
fleetcast: 1
run: { duration: 1h }
aws: { include: [drawn.json] }
";

/// What paths are set on.
const UNDER_PATHS: &str = "\
fleetcast: 1
run: { duration: 1h }
aws:
  cluster: { clusterName: shop, capacityProviders: [FARGATE, FARGATE_SPOT] }
  taskDefinitions:
    - { family: api, revision: 1, cpu: 256, memory: 512, containerDefinitions: [{ name: app }] }
    - { family: api, revision: 2, cpu: 512, memory: 1024 }
  targetGroups:
    - TargetGroupName: api
      attributes: { deregistration_delay.timeout_seconds: 60 }
  services:
    - serviceName: api
      taskDefinition: api:1
      desiredCount: 2
      capacityProviderStrategy:
        - { capacityProvider: FARGATE, base: 1, weight: 1 }
        - { capacityProvider: FARGATE_SPOT, weight: 2 }
      loadBalancers: [{ targetGroupArn: api, containerName: app, containerPort: 80 }]
world:
  demand: { api: { rate: { sum: [{ constant: 5/s }, { spike: { at: 10m, for: 5m, times: 3 } }] } } }
  work: { api: { cpu: 10ms } }
";

/// The scenario loader over a text and the files that it draws in: base files, includes, traces.
///
/// The first file of the input is the scenario; a line `%%% name` starts each further one.
pub fn scenario(data: &[u8]) {
    let text = String::from_utf8_lossy(data);
    let mut files = vec![("scenario.yaml".to_owned(), String::new())];
    for line in text.split_inclusive('\n') {
        match line.strip_prefix(NEXT_FILE) {
            Some(name) => files.push((name.trim().to_owned(), String::new())),
            None => files.last_mut().expect("there is a first").1.push_str(line),
        }
    }
    load_files(files, &[]);
}

/// The loader over one include of AWS's JSON.
pub fn aws_include(data: &[u8]) {
    let files = [
        (
            "scenario.yaml".to_owned(),
            AROUND_INCLUDE.as_bytes().to_vec(),
        ),
        ("drawn.json".to_owned(), data.to_vec()),
    ];
    check(load_in_memory(files, &[]), &Files::default());
}

/// Lines of `path=value`, set one after another as `--set` does.
pub fn path(data: &[u8]) {
    let text = String::from_utf8_lossy(data);
    let assignments: Vec<(String, String)> = text
        .lines()
        .filter_map(|line| line.split_once('='))
        .map(|(path, value)| (path.to_owned(), value.to_owned()))
        .collect();
    for (path, _) in &assignments {
        if let Ok(parsed) = scenario_path::Path::parse(path) {
            let shown = parsed.to_string();
            let again = scenario_path::Path::parse(&shown);
            assert_eq!(Some(parsed), again.ok(), "{path:?} is shown as {shown:?}");
        }
    }
    load_files(
        [("scenario.yaml".to_owned(), UNDER_PATHS.to_owned())],
        &assignments,
    );
}

/// The readers of traces, CSV and CloudWatch's JSON; the first byte says how, the others are the file.
pub fn trace(data: &[u8]) {
    let Some((how, csv)) = data.split_first() else {
        return;
    };
    let time_unit = (how & 1 != 0).then(|| SimDuration::from_secs(1));
    let align = match how >> 1 & 3 {
        0 => Align::None,
        1 => Align::Start,
        2 => Align::TimeOfDay,
        _ => Align::Weekday,
    };
    let start = "2026-03-05T00:00:00Z".parse().expect("this is a timestamp");
    let zone = jiff::tz::TimeZone::UTC;
    let calendar = RunCalendar::new(start, zone);
    match how >> 6 {
        0 | 1 => trace_of_a_rate("trace.csv", csv, *how, (time_unit, align), &calendar),
        2 => trace_of_arrivals(csv, (time_unit, align), &calendar),
        _ => trace_of_a_rate("trace.json", csv, *how, (None, align), &calendar),
    }
}

fn trace_of_a_rate(
    name: &str,
    file: &[u8],
    how: u8,
    (time_unit, align): (Option<SimDuration>, Align),
    calendar: &RunCalendar,
) {
    let unit = ValueUnit::parse("requests/5min").expect("this is a unit");
    let offset = |seconds| time_unit.map(|_| TracePoint::Offset(SimDuration::from_secs(seconds)));
    let gaps = [Gaps::Interpolate, Gaps::Hold, Gaps::Zero, Gaps::Error];
    let options = TraceOptions {
        time_unit,
        align,
        gaps: gaps[usize::from(how >> 3 & 3)],
        repeat: how & 0x20 != 0,
        resample: (how & 0x40 != 0).then(|| SimDuration::from_secs(900)),
        from: offset(10).filter(|_| how & 0x60 == 0x60),
        ..TraceOptions::new(name, unit)
    };
    let Ok(trace) = Trace::from_reader(file, &options).inspect_err(said) else {
        return;
    };
    let facts = &trace.facts;
    assert!(facts.total.is_finite() && 0.0 <= facts.total, "{facts:?}");
    let Ok(placed) = trace
        .place(&options, calendar, SimDuration::from_secs(7 * 86_400))
        .inspect_err(said)
    else {
        return;
    };
    let steps = placed.series.steps();
    assert!(steps.windows(2).all(|pair| pair[0].start < pair[1].start));
    let is_rate = |rate: f64| rate.is_finite() && 0.0 <= rate;
    assert!(steps.iter().all(|step| is_rate(step.rate_per_second)));
}

fn trace_of_arrivals(
    csv: &[u8],
    (time_unit, align): (Option<SimDuration>, Align),
    calendar: &RunCalendar,
) {
    let options = ArrivalOptions {
        time_unit,
        align,
        work: Some(("work".to_owned(), SimDuration::from_secs(1))),
        ..ArrivalOptions::new("trace.csv")
    };
    let read = ArrivalTrace::from_reader(csv, &options, calendar).inspect_err(said);
    if let Ok(trace) = read {
        let arrivals = trace.arrivals();
        assert!(arrivals.windows(2).all(|pair| pair[0].at <= pair[1].at));
    }
}

fn said(wrong: &fleetcast::demand::error::TraceError) {
    assert!(!wrong.to_string().is_empty());
    let _ = wrong.help();
}

fn load_files(files: impl IntoIterator<Item = (String, String)>, set: &[(String, String)]) {
    let files: Vec<_> = files
        .into_iter()
        .map(|(name, text)| (name, text.into_bytes()))
        .collect();
    let memory = Files::in_memory(files.clone());
    check(load_in_memory(files, set), &memory);
}

fn load_in_memory(
    files: impl IntoIterator<Item = (String, Vec<u8>)>,
    set: &[(String, String)],
) -> Result<Loaded, Failure> {
    let options = LoadOptions {
        files: Files::in_memory(files),
        set: set.to_vec(),
        ..LoadOptions::default()
    };
    load(Path::new("scenario.yaml"), &options)
}

/// What is promised of every load: a failure has an error in words; what loads, loads again from
/// what its run's folder would hold, to the same.
fn check(result: Result<Loaded, Failure>, files: &Files) {
    match result {
        Err(failure) => {
            let text = failure.diagnostics.render(&failure.sources, false);
            assert!(failure.diagnostics.has_errors(), "{text}");
            let is_defect = failure
                .diagnostics
                .items()
                .iter()
                .any(|it| it.code == "defect");
            assert!(!is_defect, "{text}");
        }
        Ok(loaded) => {
            let _ = loaded.diagnostics.render(&loaded.sources, false);
            load_again(&loaded, files);
        }
    }
}

fn load_again(loaded: &Loaded, files: &Files) {
    let copies = loaded.trace_files.iter().map(|file| {
        let bytes = files
            .in_memory_bytes(&file.path)
            .expect("these are in memory");
        (
            file.name_in_run.clone(),
            bytes.expect("it was read").to_vec(),
        )
    });
    let options = LoadOptions {
        files: Files::in_memory(copies.collect::<Vec<_>>()),
        ..LoadOptions::default()
    };
    match load_text("scenario.yaml", &loaded.resolved, &options) {
        Ok(again) => assert_eq!(again.resolved, loaded.resolved),
        Err(failure) => panic!(
            "the resolved scenario is refused:\n{}\n{}",
            loaded.resolved,
            failure.diagnostics.render(&failure.sources, false)
        ),
    }
}
