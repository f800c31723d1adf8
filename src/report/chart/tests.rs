//! Charts as a whole: what they say, that they say it the same way twice, and that no input breaks
//! them.

use jiff::tz::TimeZone;
use proptest::prelude::*;

use super::*;
use crate::engine::SimDuration;
use crate::report::axis::Unit;

const WEEK: f64 = 604_800.0;

fn frame(title: &str, seconds: f64) -> ChartFrame {
    ChartFrame {
        title: title.to_owned(),
        subtitle: "web-api · run 3f9c21ab · seed 42".to_owned(),
        time: TimeFrame {
            start: "2026-03-04T23:00:00Z".parse().unwrap(),
            zone: TimeZone::get("Europe/Berlin").unwrap(),
            length: SimDuration::from_secs_f64(seconds),
        },
    }
}

/// A day's curve with noise, at a minute's resolution over a week.
fn wave(name: &str, mean: f64, swing: f64, noise: f64) -> Series {
    let mut state = 12_345_u64;
    let values: Vec<f64> = (0..10_080)
        .map(|minute| {
            state = state
                .wrapping_mul(6_364_136_223_846_793_005)
                .wrapping_add(1_442_695);
            let draw = (state >> 33) as f64 / f64::from(u32::MAX >> 1) - 0.5;
            let angle = f64::from(minute % 1_440) / 1_440.0 * std::f64::consts::TAU - 1.9;
            (mean + swing * libm::sin(angle) + noise * draw).max(0.0)
        })
        .collect();
    Series::evenly(name, 0.0, 60.0, &values)
}

fn mapped(series: &Series, name: &str, f: impl Fn(f64) -> f64) -> Series {
    Series::new(
        name,
        series
            .points
            .iter()
            .map(|(at, value)| (*at, f(*value)))
            .collect(),
    )
}

fn tasks() -> TasksChart {
    // Counts change when scaling acts, not every minute.
    let mut load = wave("", 22.0, 14.0, 2.0);
    load.points = load.points.into_iter().step_by(20).collect();
    let counts = |provider: &str, state, f: &dyn Fn(f64) -> f64| TaskCounts {
        provider: provider.to_owned(),
        state,
        points: mapped(&load, "", |value| f(value).round()).points,
    };
    TasksChart {
        frame: frame("Tasks by capacity provider and state", WEEK),
        counts: vec![
            counts("FARGATE", TaskState::Running, &|value| value * 0.3),
            counts("FARGATE", TaskState::Starting, &|value| {
                (value - 34.0).max(0.0)
            }),
            counts("FARGATE_SPOT", TaskState::Running, &|value| value * 0.7),
            counts("FARGATE_SPOT", TaskState::Starting, &|value| {
                (value - 30.0).max(0.0)
            }),
            counts("FARGATE_SPOT", TaskState::Stopping, &|value| {
                (10.0 - value).max(0.0)
            }),
        ],
        desired: Some(mapped(&load, "desired", |value| value.ceil())),
    }
}

fn capacity() -> CapacityChart {
    let mut offered = wave("offered", 900.0, 650.0, 160.0);
    for (at, value) in &mut offered.points {
        if (300_000.0..306_000.0).contains(at) {
            *value *= 2.2;
        }
    }
    let wanted = wave("", 900.0, 650.0, 40.0).points.into_iter().step_by(15);
    let wanted: Vec<_> = wanted
        .map(|(at, value)| (at, (value * 1.15 / 60.0).ceil()))
        .collect();
    let wanted = Series::new("tasks desired", wanted);
    let able = |value: f64| value.min(27.0);
    let failed = offered
        .points
        .iter()
        .map(|(at, value)| (*at, (value - 27.0 * 60.0).max(0.0)));
    CapacityChart {
        frame: frame("Demand against capacity", WEEK),
        capacity: mapped(&wanted, "can be served", |value| able(value) * 60.0),
        failed: Series::new("failed", failed.collect()),
        tasks_running: mapped(&wanted, "tasks running", able),
        tasks_desired: wanted,
        offered,
    }
}

fn utilization() -> UtilizationChart {
    let service = |name: &str, shift: f64, target| ServiceUtilization {
        service: name.to_owned(),
        cpu_percent: wave("", 48.0 + shift, 14.0, 14.0).points,
        memory_percent: wave("", 30.0 + shift, 4.0, 2.0).points,
        cpu_target_percent: target,
        memory_target_percent: None,
    };
    UtilizationChart {
        frame: frame("CPU and memory utilization", WEEK),
        services: vec![
            service("api", 6.0, Some(60.0)),
            service("worker", -22.0, Some(35.0)),
        ],
    }
}

fn latency() -> LatencyChart {
    let base = wave("p50", 0.030, 0.012, 0.004);
    let tail = |name, factor: f64, power: f64| {
        mapped(&base, name, |value| {
            factor * value * libm::pow(value / 0.03, power)
        })
    };
    LatencyChart {
        frame: frame("Response time", WEEK),
        percentiles: vec![
            base.clone(),
            tail("p90", 2.6, 0.6),
            tail("p95", 4.0, 1.2),
            tail("p99", 9.0, 2.4),
        ],
        objective: Some(("p95 objective".to_owned(), 0.3)),
    }
}

fn cost(seconds: f64) -> CostChart {
    let item = |name: &str, mean: f64| CostItem {
        name: name.to_owned(),
        usd: wave("", mean / 60.0, mean / 120.0, 0.0).points,
    };
    CostChart {
        frame: frame("Cost", seconds),
        items: vec![
            item("Fargate vCPU", 0.60),
            item("Fargate memory", 0.21),
            item("Fargate Spot vCPU", 0.33),
            item("Load balancer", 0.04),
            item("NAT gateway", 0.09),
        ],
    }
}

fn interruptions() -> InterruptionsChart {
    let some = |name: &str, every: f64, offset: f64| {
        let at = |index: u32| offset + f64::from(index * index % 97) * every;
        Series::new(
            name,
            (0..30)
                .map(|index| (at(index), 1.0 + f64::from(index % 3)))
                .collect(),
        )
    };
    let strip = |zone: &str, shift: f64| RegimeStrip {
        zone: zone.to_owned(),
        spans: vec![
            (0.0, 150_000.0 + shift, Regime::Plenty),
            (150_000.0 + shift, 210_000.0 + shift, Regime::Tight),
            (210_000.0 + shift, 240_000.0, Regime::Out),
            (240_000.0, WEEK, Regime::Plenty),
        ],
    };
    let mut waiting = vec![
        (0.0, 0.0),
        (210_000.0, 6.0),
        (225_000.0, 11.0),
        (240_000.0, 0.0),
    ];
    waiting.push((WEEK, 0.0));
    InterruptionsChart {
        frame: frame("Spot interruptions", WEEK),
        interrupted: vec![
            some("us-east-1a", 6_000.0, 900.0),
            some("us-east-1b", 5_000.0, 4_000.0),
        ],
        refused: Series::new(
            "launches refused",
            (0..60)
                .map(|index| (205_000.0 + f64::from(index) * 600.0, 2.0))
                .collect(),
        ),
        waiting: Series::new("tasks waiting", waiting),
        regimes: vec![
            strip("us-east-1a", 0.0),
            strip("us-east-1b", 14_000.0),
            strip("us-east-1c", -30_000.0),
        ],
    }
}

fn instances() -> InstancesChart {
    let mut load = wave("", 14.0, 9.0, 1.0);
    load.points = load.points.into_iter().step_by(30).collect();
    let kind = |instance_type: &str, is_spot, share: f64| InstanceCounts {
        instance_type: instance_type.to_owned(),
        is_spot,
        is_own: false,
        points: mapped(&load, "", |value| (share * value).round()).points,
    };
    InstancesChart {
        frame: frame("Running instances by type and purchase option", WEEK),
        kinds: vec![
            kind("m6i.large", false, 0.3),
            kind("m6i.large", true, 0.4),
            kind("m6i.xlarge", false, 0.1),
            kind("m6i.xlarge", true, 0.2),
        ],
        desired: Some(mapped(&load, "desired by the groups", |value| {
            value.ceil() + 1.0
        })),
    }
}

fn placement() -> PlacementChart {
    let mut load = wave("", 0.0, 12.0, 6.0);
    load.points = load.points.into_iter().step_by(15).collect();
    let waited = |name: &str, times: f64| {
        let mut waited = mapped(&load, name, |value| times * value);
        waited.points.retain(|(_, value)| 1.0 < *value);
        waited
    };
    PlacementChart {
        frame: frame("Tasks that wait for an instance", WEEK),
        waiting: vec![
            mapped(&load, "waiting for web", f64::round),
            mapped(&load, "waiting for batch", |value| (value / 2.0).round()),
        ],
        waited_mean: waited("waited, mean", 12.0),
        waited_most: waited("waited, longest", 22.0),
    }
}

fn packing() -> PackingChart {
    let count = 24;
    let of = |f: &dyn Fn(usize) -> f64| (0..count).map(f).collect::<Vec<f64>>();
    PackingChart {
        title: "How full the instances are when there are most of them".to_owned(),
        subtitle: "web-api · run 3f9c21ab · seed 42 · Thu 5 Mar 12:30 · 24 instances".to_owned(),
        capacities: of(&|index| if index % 3 == 0 { 4.0 } else { 2.0 }),
        owners: vec![
            ("api".to_owned(), of(&|index| 1.6 - 0.05 * index as f64)),
            (
                "worker".to_owned(),
                of(&|index| if index < 14 { 0.25 } else { 0.0 }),
            ),
        ],
    }
}

fn sweep() -> SweepChart {
    let estimate = |mean: f64, spread: f64| Estimate {
        mean,
        low: mean - spread,
        high: mean + spread,
    };
    let mut points = Vec::new();
    for (size, cpu) in ["0.25", "0.5", "1", "2"].into_iter().enumerate() {
        for spot in [0, 50, 70, 100] {
            let size = size as f64;
            let latency = 0.42 / (1.0 + size * 0.8) + f64::from(spot) * 0.0006;
            let usd = 420.0 + size * 160.0 - f64::from(spot) * 2.2 - size * f64::from(spot) * 0.6;
            points.push(SweepPoint {
                label: format!("{cpu} vCPU, {spot} % spot"),
                x: estimate(latency, 0.006 + f64::from(spot) * 0.0001),
                y: estimate(usd, 4.0 + f64::from(spot) * 0.12),
                passes: latency <= 0.3,
                mark: [Mark::Full, Mark::Ring, Mark::Small][size as usize % 3],
            });
        }
    }
    SweepChart {
        title: "Cost against response time".to_owned(),
        subtitle: "web-api · sweep 77aa01 · 16 cells × 20 replications".to_owned(),
        x_title: "p95 response time".to_owned(),
        x_unit: Unit::Seconds,
        y_title: "Cost per month (US dollars)".to_owned(),
        y_unit: Unit::Usd,
        bound: Some(("objective: p95 ≤ 300 ms".to_owned(), 0.3)),
        points,
        has_front: true,
    }
}

fn tornado() -> TornadoChart {
    let estimate = |mean: f64| Estimate {
        mean,
        low: mean - 6.0,
        high: mean + 6.0,
    };
    let row = |name: &str, low: (&str, f64), high: (&str, f64)| TornadoRow {
        name: name.to_owned(),
        ends: [low, high].map(|(label, at)| Some((label.to_owned(), estimate(at)))),
    };
    TornadoChart {
        title: "What moves the cost of a month".to_owned(),
        subtitle: "web-api · sweep 77aa01 · 4 assumptions × 10 replications".to_owned(),
        x_title: "Cost per month (US dollars)".to_owned(),
        x_unit: Unit::Usd,
        start: ("baseline: $812.40".to_owned(), 812.4),
        bound: Some(("objective".to_owned(), 1_000.0)),
        sides: ["at the low end".to_owned(), "at the high end".to_owned()],
        rows: vec![
            row("requestCpu", ("20ms", 590.0), ("60ms", 1_240.0)),
            row("traffic", ("100", 700.0), ("400", 950.0)),
            row("lifetime (both dearer)", ("1d", 880.0), ("30d", 840.0)),
            TornadoRow {
                name: "only one end".to_owned(),
                ends: [None, Some(("40 %".to_owned(), estimate(800.0)))],
            },
        ],
    }
}

/// Two measures over a parameter that goes up by factors, at three values of another.
fn curves() -> CurveChart {
    let curve = |cpu: usize, f: &dyn Fn(f64) -> f64| {
        let point = |value: f64| {
            let (mean, spread) = (f(value), 2.0 / (1.0 + value.abs()));
            let (low, high) = (mean - spread, mean + spread);
            (value, Estimate { mean, low, high })
        };
        Curve {
            name: format!("cpu={}", 256 << cpu),
            points: [1.0, 2.0, 4.0, 8.0, 16.0].map(point).to_vec(),
            broken: vec![0],
            has_dots: true,
        }
    };
    let panel = |title: &str, unit, f: &dyn Fn(usize, f64) -> f64| CurvePanel {
        title: title.to_owned(),
        unit,
        level: Some(("objective".to_owned(), 60.0)),
        curves: (0..3).map(|cpu| curve(cpu, &|at| f(cpu, at))).collect(),
    };
    CurveChart {
        title: "What tasks does".to_owned(),
        subtitle: "web-api, 15 cells of 20 replications, seed 42".to_owned(),
        x_title: "tasks".to_owned(),
        x_unit: Unit::Count,
        is_logarithmic: true,
        bound: Some(("least cost".to_owned(), 5.0)),
        panels: vec![
            panel("Cost per month (US dollars)", Unit::Usd, &|cpu, at| {
                20.0 + at * (3.0 + cpu as f64)
            }),
            panel("Minutes in which it held", Unit::Percent, &|cpu, at| {
                100.0 - 60.0 / at / (1.0 + cpu as f64)
            }),
        ],
    }
}

fn heat_map() -> HeatMap {
    let tile = |index: usize| HeatTile {
        column: index % 5,
        row: index / 5,
        mean: 400.0 + 97.3 * (index % 5) as f64 - 41.0 * (index / 5) as f64,
        half_width: Some(2.5),
        passes: 6 < index,
    };
    let names = |names: &[&str]| names.iter().map(|&name| name.to_owned()).collect();
    HeatMap {
        title: "Cost per month (US dollars) by target and cpu".to_owned(),
        subtitle: "web-api, 20 cells of 20 replications, seed 42".to_owned(),
        x_title: "target".to_owned(),
        columns: names(&["40", "50", "60", "70", "80"]),
        y_title: "cpu".to_owned(),
        rows: names(&["2 vCPU", "1 vCPU", "0.5 vCPU", "0.25 vCPU"]),
        measure: "Cost per month (US dollars)".to_owned(),
        unit: Unit::Usd,
        tiles: (0..19).map(tile).collect(),
    }
}

fn lines(seconds: f64, lines: Vec<Line>) -> LinesChart {
    LinesChart {
        frame: frame("Requests", seconds),
        y_title: "Requests per second".to_owned(),
        y_unit: Unit::Count,
        lines,
    }
}

/// Names that are too long, too many, and not all letters; values too large.
fn long_names() -> LinesChart {
    let name = |index: usize| match index {
        0 => "<script>alert('x')</script> & \"quotes\"".to_owned(),
        _ => format!("service-{index}-with-a-name-that-goes-on-and-on-and-on"),
    };
    let series = |index: usize| {
        let factor = 1e9 / (index + 1) as f64;
        mapped(&wave("", 3.0, 2.0, 0.0), &name(index), |value| {
            value * factor
        })
    };
    let line = |index| Line {
        series: series(index),
        style: LineStyle::Line,
    };
    let mut chart = lines(3_600.0, (0..9).map(line).collect());
    chart.frame.title = "A title that is much longer than it ought to be, ".repeat(5);
    chart
}

/// More services than a legend holds.
fn many() -> UtilizationChart {
    let service = |index: usize| ServiceUtilization {
        service: format!("service-number-{index}"),
        cpu_percent: wave("", 4.0 * index as f64, 3.0, 1.0).points,
        memory_percent: Vec::new(),
        cpu_target_percent: None,
        memory_target_percent: None,
    };
    UtilizationChart {
        frame: frame("Many services", WEEK),
        services: (0..60).map(service).collect(),
    }
}

/// One point, zeros only, gaps; a start that is no round instant.
fn edge() -> LinesChart {
    let line = |name: &str, points: &[(f64, f64)], style| Line {
        series: Series::new(name, points.to_vec()),
        style,
    };
    let gaps = [
        (0.0, 2.0),
        (900.0, 3.0),
        (1_000.0, f64::NAN),
        (2_000.0, 1.0),
        (2_400.0, 0.0),
    ];
    let all = vec![
        line("one point", &[(1_800.0, 1.0)], LineStyle::Line),
        line("zeros", &[(0.0, 0.0), (3_000.0, 0.0)], LineStyle::Step),
        line("with a gap", &gaps, LineStyle::Area),
        line("marks", &gaps, LineStyle::Marks),
    ];
    let mut chart = lines(3_000.0, all);
    chart.frame.time.start = "2026-03-05T22:37:11Z".parse().unwrap();
    chart
}

fn all() -> Vec<(&'static str, Box<dyn Chart>)> {
    let one = |style| Line {
        series: wave("offered", 120.0, 80.0, 10.0),
        style,
    };
    vec![
        ("tasks", Box::new(tasks())),
        ("capacity", Box::new(capacity())),
        ("utilization", Box::new(utilization())),
        ("latency", Box::new(latency())),
        ("cost-week", Box::new(cost(WEEK))),
        ("cost-day", Box::new(cost(86_400.0))),
        ("interruptions", Box::new(interruptions())),
        ("instances", Box::new(instances())),
        ("waiting-tasks", Box::new(placement())),
        ("packing", Box::new(packing())),
        ("sweep", Box::new(sweep())),
        ("curves", Box::new(curves())),
        ("heat-map", Box::new(heat_map())),
        ("tornado", Box::new(tornado())),
        (
            "lines",
            Box::new(lines(86_400.0, vec![one(LineStyle::Line)])),
        ),
        ("names", Box::new(long_names())),
        ("many", Box::new(many())),
        ("edge", Box::new(edge())),
        ("year", Box::new(cost(365.0 * 86_400.0))),
        ("empty", Box::new(lines(3_600.0, Vec::new()))),
    ]
}

#[test]
fn every_chart_draws_in_both_formats_and_the_same_way_twice() {
    // Set to look at the pictures.
    let folder = std::env::var_os("FLEETCAST_CHARTS_DIR").map(std::path::PathBuf::from);
    for (name, chart) in all() {
        let document = svg(chart.as_ref()).unwrap();
        assert_eq!(document, svg(chart.as_ref()).unwrap(), "{name}");
        assert!(document.ends_with("</svg>\n"), "{name}");
        assert!(
            document.len() < 1_500_000,
            "{name}: {} bytes",
            document.len()
        );
        if let Some(folder) = &folder {
            let picture = png(chart.as_ref()).unwrap();
            std::fs::write(folder.join(format!("{name}.svg")), document).unwrap();
            std::fs::write(folder.join(format!("{name}.png")), picture).unwrap();
        }
    }
    let picture = png(&lines(60.0, Vec::new())).unwrap();
    assert_eq!(
        picture[16..24],
        [0, 0, 9, 96, 0, 0, 4, 176],
        "2,400 by 1,200 pixels"
    );
}

fn texts(document: &str) -> Vec<&str> {
    let after = document.split("<text ").skip(1);
    after
        .filter_map(|rest| rest.split_once(">\n")?.1.split_once('\n'))
        .map(|(text, _)| text)
        .collect()
}

#[test]
fn a_chart_says_what_it_shows_in_which_unit_where_and_when() {
    let document = svg(&tasks()).unwrap();
    let texts = texts(&document);
    for expected in [
        "Tasks by capacity provider and state",
        "web-api · run 3f9c21ab · seed 42",
        "Tasks",
        "FARGATE running",
        "FARGATE starting",
        "FARGATE_SPOT running",
        "FARGATE_SPOT stopping",
        "desired",
        "Thu 5 Mar",
        "Thu 12 Mar",
        "time in Europe/Berlin, 2026",
    ] {
        assert!(
            texts.contains(&expected),
            "{expected} is not among {texts:?}"
        );
    }
    let legend: Vec<_> = texts
        .iter()
        .filter(|text| text.starts_with("FARGATE"))
        .collect();
    assert_eq!(
        *legend[0], "FARGATE running",
        "the legend starts at the bottom of the stack"
    );
}

#[test]
fn nothing_to_draw_is_said() {
    let document = svg(&lines(3_600.0, Vec::new())).unwrap();
    assert!(texts(&document).contains(&"no data"));
}

#[test]
fn a_legend_counts_the_names_that_it_leaves_out() {
    let document = svg(&many()).unwrap();
    let texts = texts(&document);
    let named = texts
        .iter()
        .filter(|text| text.starts_with("service-number-"))
        .count();
    assert!(
        texts.contains(&format!("and {} more", 60 - named).as_str()),
        "{named} named"
    );
}

#[test]
fn a_step_holds_until_the_gap_that_follows_it() {
    let points = vec![(0.0, 2.0), (10.0, f64::NAN), (20.0, 3.0)];
    let layer = figure::Layer::area(&Series::new("a", points), 60.0, crate::report::palette::INK);
    let figure::Form::Area(runs) = layer.form else {
        panic!()
    };
    assert_eq!(
        runs,
        vec![
            vec![(0.0, 2.0), (10.0, 2.0)],
            vec![(20.0, 3.0), (60.0, 3.0)]
        ]
    );
}

#[test]
fn hostile_names_stay_text() {
    let series = Series::new("<script>alert(\"x\")</script>&'\u{1}", vec![(0.0, 1.0)]);
    let mut chart = lines(
        60.0,
        vec![Line {
            series,
            style: LineStyle::Step,
        }],
    );
    chart.frame.title = "</title></svg><img src=x onerror=\"y\">".to_owned();
    let document = svg(&chart).unwrap();
    assert!(!document.contains("<script") && !document.contains("<img"));
    assert!(!document.contains('\u{1}'));
    assert_eq!(document.matches("</svg>").count(), 1);
    assert!(document.contains("&lt;script&gt;"));
}

#[test]
fn cost_is_summed_by_the_days_of_the_zone() {
    let usd = vec![
        (0.0, 1.0),
        (86_399.0, 2.0),
        (86_400.0, 4.0),
        (f64::NAN, 9.0),
        (3.0, f64::NAN),
    ];
    let item = CostItem {
        name: "Fargate".to_owned(),
        usd,
    };
    let chart = CostChart {
        frame: frame("Cost", 3.0 * 86_400.0),
        items: vec![item],
    };
    let figure = chart.figure();
    assert_eq!(figure.note.as_deref(), Some("total $7.00"));
    let figure::Form::Bars(bars) = &figure.panels[0].layers[0].form else {
        panic!()
    };
    let values: Vec<f64> = bars.iter().map(|bar| bar.value).collect();
    assert_eq!(values, vec![3.0, 4.0]);
}

fn number() -> impl Strategy<Value = f64> {
    let odd = [
        0.0,
        -0.0,
        -1.0,
        f64::NAN,
        f64::INFINITY,
        f64::NEG_INFINITY,
        1e300,
        1e-300,
        f64::MAX,
    ];
    prop_oneof![
        proptest::sample::select(odd.to_vec()),
        -10.0..1e6_f64,
        any::<f64>()
    ]
}

fn points() -> impl Strategy<Value = Vec<(f64, f64)>> {
    proptest::collection::vec((number(), number()), 0..12)
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(48))]

    #[test]
    fn no_input_breaks_a_chart_over_time(
        points in proptest::collection::vec(points(), 5),
        name in ".{0,60}",
        seconds in prop_oneof![Just(0.0), 0.0..1e7_f64, Just(1e12), Just(f64::INFINITY)],
    ) {
        let series = |index: usize| Series::new(name.clone(), points[index].clone());
        use LineStyle::{Area, Dashed, Line as Straight, Marks, Step};
        let styles = [Straight, Step, Area, Dashed, Marks];
        let all = styles
            .into_iter()
            .enumerate()
            .map(|(index, style)| Line { series: series(index), style });
        svg(&lines(seconds, all.collect())).unwrap();
        svg(&LatencyChart {
            frame: frame(&name, seconds),
            percentiles: vec![series(0), series(1)],
            objective: Some((name.clone(), points[2].first().map_or(f64::NAN, |point| point.1))),
        }).unwrap();
        svg(&CostChart {
            frame: frame(&name, seconds),
            items: vec![CostItem { name: name.clone(), usd: points[0].clone() }],
        }).unwrap();
        let spans = points[4].iter().map(|(from, to)| (*from, *to, Regime::Tight)).collect();
        svg(&InterruptionsChart {
            frame: frame(&name, seconds),
            interrupted: vec![series(0), series(1)],
            refused: series(2),
            waiting: series(3),
            regimes: vec![RegimeStrip { zone: name.clone(), spans }],
        }).unwrap();
    }

    #[test]
    fn no_input_breaks_a_sweep(
        values in proptest::collection::vec((number(), number(), number()), 0..20),
    ) {
        let mut chart = sweep();
        let point = |(a, b, c): &(f64, f64, f64)| SweepPoint {
            label: "x".repeat(30),
            x: Estimate { mean: *a, low: *b, high: *c },
            y: Estimate { mean: *b, low: *c, high: *a },
            passes: a < b,
            mark: if c < a { Mark::Full } else { Mark::Ring },
        };
        chart.points = values.iter().map(point).collect();
        chart.bound = values.first().map(|(a, ..)| ("bound".to_owned(), *a));
        svg(&chart).unwrap();
        let mut chart = tornado();
        let end = |(a, b, c): &(f64, f64, f64)| {
            let at = Estimate { mean: *a, low: *b, high: *c };
            (a < b).then(|| ("x".repeat(30), at))
        };
        let row = |pair: &[(f64, f64, f64)]| TornadoRow {
            name: "x".repeat(200),
            ends: [end(&pair[0]), end(&pair[pair.len() - 1])],
        };
        chart.rows = values.chunks(2).map(row).collect();
        chart.start.1 = values.first().map_or(0.0, |it| it.0);
        chart.bound = None;
        svg(&chart).unwrap();
    }

    #[test]
    fn no_input_breaks_a_curve_or_a_heat_map(
        values in proptest::collection::vec((number(), number(), number()), 0..20),
        is_logarithmic in any::<bool>(),
    ) {
        let mut chart = curves();
        let point = |(a, b, c): &(f64, f64, f64)| (*a, Estimate { mean: *b, low: *c, high: *a });
        chart.panels[0].curves[0].points = values.iter().map(point).collect();
        chart.panels[0].curves[1].points = Vec::new();
        chart.bound = values.first().map(|(a, ..)| ("bound".to_owned(), *a));
        chart.is_logarithmic = is_logarithmic;
        svg(&chart).unwrap();
        let mut map = heat_map();
        let tile = |(index, (mean, half, _)): (usize, &(f64, f64, f64))| HeatTile {
            column: index % 7,
            row: index,
            mean: *mean,
            half_width: Some(*half),
            passes: index.is_multiple_of(2),
        };
        map.tiles = values.iter().enumerate().map(tile).collect();
        svg(&map).unwrap();
    }
}
