//! What is written oddly: no number is read as another one, no name is guessed from far away, and
//! what has the same effect is the same run.

use fleetcast::scenario::{LoadOptions, load_text};

use super::bad_input::{FINE, refused, refused_in, refused_trace, refused_with};
use super::home::{Home, loaded};

/// The word of the loader on the small scenario with `from` replaced by `to`; none if it is fine.
fn word(from: &str, to: &str) -> Option<String> {
    assert!(FINE.contains(from), "{from}");
    let text = FINE.replace(from, to);
    let failure = load_text("shop.yaml", &text, &LoadOptions::default()).err()?;
    Some(failure.diagnostics.render(&failure.sources, false))
}

#[test]
fn a_rate_is_never_read_as_another_one() {
    let long = format!("{}/s", "9".repeat(400));
    let odd = [
        ("10k/s", "10000/s"),
        ("10K/s", "10000/s"),
        ("1.5M requests/s", "1500000 requests/s"),
        ("'1,000/s'", "1000/s"),
        ("1_000/s", "1000/s"),
        ("\"1'000/s\"", "1000/s"),
        ("1 000/s", "1000/s"),
        ("'1,5/s'", "1.5/s"),
        ("1e3/s", "1000/s"),
        ("2.5E-1/min", "0.25/min"),
        ("0x10/s", "16/s"),
        ("1e300/s", ""),
        ("10 foo/s", ""),
        ("10 USD/h", ""),
        ("10/h30m", ""),
        ("10/s/s", ""),
        (&long, ""),
    ];
    for (text, meant) in odd {
        let said = word("rate: 10/s", &format!("rate: {text}"));
        let said = said.unwrap_or_else(|| panic!("{text} is accepted"));
        assert!(said.contains("shop.yaml:18:13"), "{said}");
        assert!(said.contains("help: "), "{said}");
        assert!(said.contains(meant), "{text}: {said}");
    }
    let shown = "{ from: { cpuUtilization: 45 %, requestsPerTarget: 10k/s } }";
    assert!(word("cpu: 10ms", &format!("cpu: {shown}")).is_some());
    for fine in [
        "10/s",
        "0.5 jobs/s",
        "1 request/min",
        "1500/5min",
        "10 / 1.5 h",
        "10/.5s",
    ] {
        assert_eq!(word("rate: 10/s", &format!("rate: {fine}")), None);
    }
}

#[test]
fn what_a_rate_is_meant_to_be_is_said() {
    insta::assert_snapshot!("rate_in_thousands", refused_with("10/s", "10k/s"));
    insta::assert_snapshot!("rate_of_nothing_known", refused_with("10/s", "10 foo/s"));
}

#[test]
fn a_task_without_containers() {
    insta::assert_snapshot!(refused_with(
        "memory: 512",
        "memory: 512\n      containerDefinitions: []"
    ));
}

#[test]
fn the_measured_size_is_one_that_fargate_has() {
    let shown = "{ from: { cpuUtilization: 45 %, requestsPerTarget: 10/s, taskCpu: 300 } }";
    insta::assert_snapshot!(refused_with("10ms", shown));
}

#[test]
fn a_file_name_far_from_every_other_one_is_not_corrected() {
    let home = Home::new();
    for name in ["shop.yaml", "size.yaml", "a.yaml"] {
        home.write(name, FINE);
    }
    let said = refused_in(&home, &["run", "finne.yaml"]);
    assert!(!said.contains("did you mean"), "{said}");
    let said = refused_in(&home, &["run", "shpo.yaml"]);
    assert!(said.contains("did you mean \"shop.yaml\"?"), "{said}");
    let said = refused_in(&home, &["run", "shop.yml"]);
    assert!(said.contains("did you mean \"shop.yaml\"?"), "{said}");
}

#[test]
fn an_instant_at_the_end_of_the_calendar() {
    let start = |text: &str| refused_with("duration: 1h", &format!("duration: 1h, start: {text}"));
    insta::assert_snapshot!("too_late", start("9999-12-31T23:59:59Z"));
}

#[test]
fn a_row_that_is_cut_short() {
    insta::assert_snapshot!(
        "short_row",
        refused_trace("timestamp,value\n2026-01-01T00:00:00Z,1\n2026-01-01T00:05:00Z\n")
    );
}

#[test]
fn a_byte_order_mark_and_windows_line_ends_of_a_trace_are_said() {
    let home = Home::new();
    let trace = "rate: { trace: load.csv, value: value, unit: requests/5min }";
    home.write("shop.yaml", &FINE.replace("rate: 10/s", trace));
    let rows = "timestamp,value\n2026-01-01T00:00:00Z,1\n2026-01-01T01:00:00Z,1\n";
    home.write(
        "load.csv",
        &format!("\u{feff}{}", rows.replace('\n', "\r\n")),
    );
    for command in [
        &["check", "shop.yaml"][..],
        &["run", "shop.yaml", "--no-charts"],
    ] {
        let said = home.run_well(command).err;
        for note in [
            "note[trace]: load.csv: it starts with a byte order mark, which is skipped",
            "note[trace]: load.csv: its lines end with CR LF, which is read like LF",
        ] {
            assert_eq!(said.matches(note).count(), 1, "{said}");
        }
    }
}

#[test]
fn what_is_accepted_is_said_in_words_by_every_command() {
    let said = |text: &str| {
        let home = Home::new();
        home.write("shop.yaml", text);
        let gaps = [0, 5, 20, 60].map(|minute: u32| {
            format!(
                "2026-01-01T{:02}:{:02}:00Z,3000\n",
                minute / 60,
                minute % 60
            )
        });
        home.write("load.csv", &format!("timestamp,value\n{}", gaps.concat()));
        let run = home.run_well(&["run", "shop.yaml", "--no-charts"]).err;
        assert_eq!(home.run_well(&["check", "shop.yaml"]).err, run);
        run
    };
    let trace = "rate: { trace: load.csv, value: value, unit: requests/5min }";
    insta::assert_snapshot!("gaps_said", said(&FINE.replace("rate: 10/s", trace)));
    let alone = FINE.replace(
        "  demand:\n    web:\n      rate: 10/s\n      timeout: 5s\n",
        "",
    );
    insta::assert_snapshot!("no_demand_said", said(&alone));
    insta::assert_snapshot!("demand_of_zero_said", said(&FINE.replace("10/s", "0/s")));
    assert_eq!(said(FINE), "");
}

#[test]
fn the_order_of_assignments_that_do_not_conflict_is_of_no_matter() {
    let home = Home::new();
    home.write("shop.yaml", FINE);
    let folder = |sets: &[&str]| {
        let mut arguments = vec!["run", "shop.yaml", "--no-charts", "-q"];
        sets.iter().for_each(|set| arguments.extend(["--set", set]));
        home.run_well(&arguments).out
    };
    let sets = [
        "world.latencies.image-pull=5s",
        "run.seed=7",
        "world.demand.web.retries={ backoff: 1s, attempts: 2 }",
        "run.begin=empty",
        "aws.services.web.desiredCount=3",
    ];
    let sets: Vec<&str> = sets
        .into_iter()
        .filter(|set| !set.contains("image"))
        .collect();
    let turned: Vec<&str> = sets.iter().rev().copied().collect();
    assert_eq!(folder(&sets), folder(&turned));
    let (one, other) = ("run.seed=1", "run.seed=2");
    assert_ne!(
        folder(&[one, other]),
        folder(&[other, one]),
        "the last one wins"
    );
}

#[test]
fn a_month_is_not_told_of_a_moment() {
    let home = Home::new();
    home.write("shop.yaml", &FINE.replace("duration: 1h", "duration: 1us"));
    let said = home
        .run_well(&["run", "shop.yaml", "--no-charts", "--out", "out"])
        .out;
    assert!(!said.contains("$36,"), "{said}");
    assert!(said.contains("shorter than 1 h"), "{said}");
    let summary = home.json("out/summary.json");
    let caveat = summary["caveats"][0].as_str().unwrap();
    assert!(caveat.contains("shorter than 1 h"), "{caveat}");
    home.write("shop.yaml", FINE);
    let said = home.run_well(&["run", "shop.yaml", "--no-charts"]).out;
    assert!(said.contains(" a month  ("), "{said}");
    assert!(!said.contains("shorter than 1 h"), "{said}");
}

#[test]
fn services_stand_by_the_names_of_their_streams() {
    let service = |name: &str| {
        format!("    - {{ serviceName: {name}, taskDefinition: web, launchType: FARGATE }}\n")
    };
    let more = FINE.replace("world:", &format!("{}{}world:", service("b"), service("a")));
    let names = |text: &str| -> Vec<String> {
        let services = loaded(text).plan.services;
        services.into_iter().map(|service| service.name).collect()
    };
    assert_eq!(names(&more), ["a", "b", "web"]);
    let renamed = more.replace("serviceName: a", "serviceName: zz");
    let pinned = renamed.replace("world:", "world:\n  streams: { zz: a }");
    assert_eq!(names(&pinned), ["zz", "b", "web"]);
    assert!(refused(&pinned.replace("{ zz: a }", "{ yy: a }")).contains("yy"));
}
