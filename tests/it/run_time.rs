//! What is accepted and said, and what happens to a run from outside: a limit, Ctrl-C, a full disk,
//! a reader that goes away.

use std::process::{Child, Command, Stdio};

use super::bad_input::FINE;
use super::home::{Home, Said};

/// The notes of the manifest of a run of the small scenario, with `from` replaced by `to`.
fn notes(text: &str) -> Vec<String> {
    let home = Home::new();
    home.write("shop.yaml", text);
    notes_in(&home)
}

fn notes_in(home: &Home) -> Vec<String> {
    home.run_well(&["run", "shop.yaml", "--no-charts", "--quiet", "--out", "out"]);
    let manifest = home.json("out/manifest.json");
    let notes = manifest["notes"].as_array().unwrap().iter();
    notes
        .map(|note| note.as_str().unwrap().to_owned())
        .collect()
}

#[test]
fn a_byte_order_mark_and_windows_line_ends_are_accepted_and_said() {
    assert_eq!(notes(FINE), [""; 0]);
    let windows = format!("\u{feff}{}", FINE.replace('\n', "\r\n"));
    assert_eq!(
        notes(&windows),
        [
            "shop.yaml starts with a byte order mark, which is skipped",
            "the lines of shop.yaml end with CR LF, which is read like LF"
        ]
    );
}

#[test]
fn gaps_in_a_trace_are_filled_and_said() {
    let home = Home::new();
    let trace = "rate: { trace: load.csv, value: value, unit: requests/5min }";
    home.write("shop.yaml", &FINE.replace("rate: 10/s", trace));
    let row = |minute: u32| format!("2026-01-01T00:{minute:02}:00Z,3000\n");
    let minutes = [0, 5, 10, 25, 30, 35, 40, 45, 50, 55];
    let rows: String = minutes.into_iter().map(row).collect();
    home.write("load.csv", &format!("timestamp,value\n{rows}"));
    assert_eq!(
        notes_in(&home),
        ["load.csv: 2 missing steps of 5m (in 1 gap) were interpolated"]
    );
}

#[test]
fn a_service_that_nobody_asks_is_accepted_and_said() {
    let alone = FINE.replace(
        "  demand:\n    web:\n      rate: 10/s\n      timeout: 5s\n",
        "",
    );
    assert_eq!(
        notes(&alone),
        ["nobody asks service web: world.demand has no entry for it, so it has no load"]
    );
}

#[test]
fn the_same_run_again_replaces_its_folder_and_says_so() {
    let home = Home::new();
    home.write("shop.yaml", FINE);
    let run = ["run", "shop.yaml", "--no-charts"];
    let replaced = "the same run's earlier results were replaced";
    assert!(!home.run_well(&run).out.contains(replaced));
    let before = home.files("results");
    assert!(home.run_well(&run).out.contains(replaced));
    assert_eq!(home.files("results"), before);
    let json = home.run_well(&["run", "shop.yaml", "--no-charts", "--json"]);
    let json: serde_json::Value = serde_json::from_str(&json.out).unwrap();
    assert_eq!(json["replaced"], true);
}

#[test]
fn the_same_run_may_be_asked_for_twice() {
    let home = Home::new();
    let trace = "rate: { trace: load.csv, value: value, unit: requests/5min }";
    home.write("shop.yaml", &FINE.replace("rate: 10/s", trace));
    let rows = "timestamp,value\n2026-01-01T00:00:00Z,1\n2026-01-01T01:00:00Z,1\n";
    home.write("load.csv", rows);
    let run = home.run_well(&["run", "shop.yaml", "shop.yaml", "--no-charts", "--quiet"]);
    let folder = run.out.lines().next().unwrap();
    assert_eq!(run.out, format!("{folder}\n{folder}\n"));
    assert!(home.path(folder).join("traces/load.csv").is_file());
}

#[test]
fn what_ended_early_does_not_replace_what_was_played_whole() {
    let home = Home::new();
    home.write("shop.yaml", FINE);
    let begin = "run.begin=empty";
    let run = [
        "run",
        "shop.yaml",
        "--no-charts",
        "--out",
        "out",
        "--set",
        begin,
    ];
    let cut = [&run[..], &["--max-events", "0"]].concat();
    let incomplete = |said: Said| {
        assert_eq!(said.code, Some(4), "{}", said.err);
        said.out
    };
    let said = incomplete(home.run(&cut));
    assert!(said.contains("Results: out\n"), "{said}");
    assert_eq!(home.json("out/manifest.json")["complete"], false);
    // What was played whole takes the place of what ended early, and not the other way round.
    home.run_well(&run);
    let whole = home.files("out");
    assert_eq!(home.json("out/manifest.json")["complete"], true);
    for _ in 0..2 {
        let said = incomplete(home.run(&cut));
        assert!(said.contains("Results: out-incomplete"), "{said}");
        assert!(
            said.contains("the complete results in out stay as they are"),
            "{said}"
        );
        assert_eq!(home.files("out"), whole);
        let manifest = home.json("out-incomplete/manifest.json");
        assert_eq!(manifest["complete"], false);
    }
    let json = incomplete(home.run(&[&cut[..], &["--json"]].concat()));
    let json: serde_json::Value = serde_json::from_str(&json).unwrap();
    assert_eq!(
        (&json["results"], &json["kept"]),
        (&"out-incomplete".into(), &"out".into())
    );
    assert_eq!(
        home.names(""),
        home.names("")
            .into_iter()
            .filter(|it| !it.starts_with('.'))
            .collect::<Vec<_>>()
    );
    assert!(home.run_well(&run).out.contains("replaced"));
    assert_eq!(home.files("out"), whole);
}

#[test]
fn a_table_of_gigabytes_is_said_beforehand() {
    let home = Home::new();
    home.write("shop.yaml", &FINE.replace("1h", "3650d"));
    insta::assert_snapshot!(home.run_well(&["check", "shop.yaml"]).err);
    let hourly = ["check", "shop.yaml", "--set", "record.metrics=1h"];
    assert_eq!(home.run_well(&hourly).err, "");
}

#[test]
fn a_limit_ends_a_run_with_what_it_had() {
    let home = Home::new();
    home.write("shop.yaml", FINE);
    for (limit, reason) in [("--max-events", "events"), ("--max-tasks", "tasks")] {
        let said = home.run(&[
            "run",
            "shop.yaml",
            "--no-charts",
            "--out",
            "out",
            "--set",
            "run.begin=empty",
            limit,
            "1",
        ]);
        assert_eq!(said.code, Some(4), "{}", said.err);
        let manifest = home.json("out/manifest.json");
        assert_eq!(manifest["complete"], false);
        let because = manifest["ended_because"].as_str().unwrap();
        assert!(because.contains(reason), "{because}");
        assert!(said.out.contains(because), "{}", said.out);
        assert!(home.path("out/cost.csv").is_file());
    }
}

#[test]
fn more_requests_at_once_than_the_limit_end_a_run_with_what_it_had() {
    let home = Home::new();
    // Two tasks of a quarter of a vCPU answer 50 a second; the rest waits, and nobody gives up.
    let text = FINE
        .replace("duration: 1h", "duration: 1h, fidelity: requests")
        .replace("rate: 10/s\n      timeout: 5s", "rate: 150/s");
    home.write("shop.yaml", &text);
    let run = [
        "run",
        "shop.yaml",
        "--no-charts",
        "--out",
        "out",
        "--max-requests",
        "1000",
    ];
    let said = home.run(&run);
    assert_eq!(said.code, Some(4), "{}", said.err);
    let manifest = home.json("out/manifest.json");
    assert_eq!(manifest["complete"], false);
    let because = manifest["ended_because"].as_str().unwrap();
    assert_eq!(because, "the limit of requests at once was reached");
    assert!(said.out.contains(because), "{}", said.out);
    // A hundred a second more than are answered: ten seconds, seen at the end of the minute.
    let played: f64 = manifest["played_s"].as_str().unwrap().parse().unwrap();
    assert!(played <= 60.0, "{played}");
    let waiting = home
        .table("out/metrics.csv")
        .only(&[("metric", "RequestCount")]);
    let requests: f64 = waiting.numbers("Sum").iter().sum();
    assert!((1_000.0..4_000.0).contains(&requests), "{requests}");
    assert!(home.path("out/cost.csv").is_file());
    let told = home.run_well(&["explain", "out", "--service", "web"]);
    assert_eq!(told.err, "", "it plays the same way");
}

/// A scenario that takes seconds: ten years whose demand changes every minute.
fn long() -> String {
    let noise = "rate: { sum: [{ constant: 10/s }, { noise: { cv: 0.3, every: 1m } }] }";
    let long = FINE.replace("rate: 10/s", noise).replace("1h", "3650d");
    format!("{long}record: summary\n")
}

/// A long run to `out` that is playing.
#[cfg(unix)]
fn playing(home: &Home) -> Child {
    home.write("shop.yaml", &long());
    let mut run = home.command(&["run", "shop.yaml", "--no-charts", "--out", "out"]);
    let run = run.stdout(Stdio::piped()).stderr(Stdio::piped());
    let run = run.spawn().unwrap();
    let name = format!(".out.partial-{}", run.id());
    while !home.path(&name).is_dir() {
        std::thread::yield_now();
    }
    run
}

#[cfg(unix)]
fn kill(run: &Child, signals: &[&str]) {
    let kill = |signal: &&str| format!("kill -{signal} {}", run.id());
    let script: Vec<String> = signals.iter().map(kill).collect();
    let killed = Command::new("sh").args(["-c", &script.join("; ")]).output();
    // It may be gone before the second one.
    killed.unwrap();
}

/// The files beside the scenario whose names begin with a dot.
#[cfg(unix)]
fn hidden(home: &Home) -> Vec<String> {
    let entries = std::fs::read_dir(home.path("")).unwrap();
    let names = entries.map(|entry| entry.unwrap().file_name().into_string().unwrap());
    names.filter(|name| name.starts_with('.')).collect()
}

#[cfg(unix)]
#[test]
fn sigterm_ends_a_run_like_ctrl_c() {
    let home = Home::new();
    let run = playing(&home);
    kill(&run, &["TERM"]);
    let ended = run.wait_with_output().unwrap();
    assert_eq!(ended.status.code(), Some(130));
    let manifest = home.json("out/manifest.json");
    assert_eq!(manifest["complete"], false);
    assert_eq!(
        manifest["ended_because"],
        "it was interrupted (Ctrl-C or SIGTERM)"
    );
    assert_eq!(hidden(&home), [""; 0]);
}

#[cfg(unix)]
#[test]
fn a_second_ctrl_c_leaves_nothing_behind() {
    for signals in [
        ["INT", "INT"],
        ["INT", "TERM"],
        ["TERM", "INT"],
        ["TERM", "TERM"],
    ] {
        let home = Home::new();
        let run = playing(&home);
        kill(&run, &signals);
        let ended = run.wait_with_output().unwrap();
        assert_eq!(ended.status.code(), Some(130), "{signals:?}");
        assert_eq!(hidden(&home), [""; 0], "{signals:?}");
    }
}

#[cfg(unix)]
#[test]
fn what_a_killed_run_left_is_removed_by_the_next_one_and_no_other() {
    let home = Home::new();
    let run = playing(&home);
    let alive = playing(&home);
    kill(&run, &["KILL"]);
    run.wait_with_output().unwrap();
    let mine = home.path(&format!(".out.partial-{}", alive.id()));
    assert_eq!(hidden(&home).len(), 2, "both are there");
    // Somebody's own, whatever its name.
    home.write(".out.partial-notes/mine.txt", "");
    home.write("shop.yaml", FINE);
    home.run_well(&["run", "shop.yaml", "--no-charts", "--out", "out"]);
    assert!(mine.is_dir(), "who plays still keeps its folder");
    assert_eq!(hidden(&home).len(), 2);
    kill(&alive, &["KILL"]);
    alive.wait_with_output().unwrap();
    home.run_well(&["run", "shop.yaml", "--no-charts", "--out", "out"]);
    assert_eq!(hidden(&home), [".out.partial-notes"]);
}

#[cfg(unix)]
#[test]
fn ctrl_c_ends_a_run_with_what_it_had() {
    let home = Home::new();
    let run = playing(&home);
    kill(&run, &["INT"]);
    let ended = run.wait_with_output().unwrap();
    let err = String::from_utf8(ended.stderr).unwrap();
    assert_eq!(ended.status.code(), Some(130), "{err}");
    let manifest = home.json("out/manifest.json");
    assert_eq!(manifest["complete"], false);
    assert_eq!(
        manifest["ended_because"],
        "it was interrupted (Ctrl-C or SIGTERM)"
    );
    let played: f64 = manifest["played_s"].as_str().unwrap().parse().unwrap();
    assert!(played < 3_650.0 * 86_400.0);
    for file in manifest["files"].as_array().unwrap() {
        let name = file["name"].as_str().unwrap();
        let bytes = std::fs::read(home.path("out").join(name)).unwrap();
        let hash = blake3::hash(&bytes).to_hex().to_string();
        assert_eq!(file["blake3"].as_str(), Some(&hash[..]), "{name}");
    }
    assert!(home.path("out/cost.csv").is_file());
}

#[test]
fn a_reader_that_goes_away_is_no_failure() {
    let home = Home::new();
    home.write("shop.yaml", FINE);
    for arguments in [
        &["run", "shop.yaml", "--no-charts"][..],
        &["check", "shop.yaml", "--json"],
        &["schema"],
        &["run", "--help"],
    ] {
        let mut command = home.command(arguments);
        let command = command.stdout(Stdio::piped()).stderr(Stdio::piped());
        let mut child = command.spawn().unwrap();
        drop(child.stdout.take());
        let ended = child.wait_with_output().unwrap();
        assert_eq!(
            String::from_utf8(ended.stderr).unwrap(),
            "",
            "{arguments:?}"
        );
        assert_eq!(ended.status.code(), Some(0), "{arguments:?}");
    }
    assert!(home.path("results/shop").is_dir());
}

#[test]
fn a_mistake_stays_one_when_nobody_reads_the_messages() {
    let home = Home::new();
    home.write("shop.yaml", &FINE.replace("desiredCount", "desiredCout"));
    let mut command = home.command(&["run", "shop.yaml"]);
    let command = command.stdout(Stdio::piped()).stderr(Stdio::piped());
    let mut child = command.spawn().unwrap();
    drop(child.stderr.take());
    assert_eq!(child.wait().unwrap().code(), Some(2));
}

#[cfg(target_os = "linux")]
#[test]
fn a_full_disk_under_the_output_is_said() {
    let home = Home::new();
    home.write("shop.yaml", FINE);
    let mut command = home.command(&["run", "shop.yaml", "--no-charts"]);
    let full = std::fs::File::options().write(true).open("/dev/full");
    let ended = command.stdout(full.unwrap()).output().unwrap();
    insta::assert_snapshot!(String::from_utf8(ended.stderr).unwrap());
    assert_eq!(ended.status.code(), Some(2));
    assert!(home.path("results/shop").is_dir(), "the results are there");
}

/// No file may grow beyond 4 KiB, as on a disk that is full by then.
#[cfg(unix)]
#[test]
fn a_full_disk_leaves_no_half_of_a_run() {
    let home = Home::new();
    home.write("shop.yaml", FINE);
    let on_a_full_disk = || {
        let script = "trap '' XFSZ; ulimit -f 8; exec \"$@\"";
        let program = env!("CARGO_BIN_EXE_fleetcast");
        let run = [
            "-c",
            script,
            "sh",
            program,
            "run",
            "shop.yaml",
            "--no-charts",
        ];
        let mut command = Command::new("sh");
        let ended = command
            .args(run)
            .current_dir(home.path(""))
            .output()
            .unwrap();
        assert_eq!(ended.status.code(), Some(2));
        let said = String::from_utf8(ended.stderr).unwrap();
        let run = run_in(&said);
        said.replace(&run, "[run]")
    };
    insta::assert_snapshot!(on_a_full_disk());
    assert!(!home.path("results").exists(), "nothing is left behind");
    home.run_well(&["run", "shop.yaml", "--no-charts"]);
    let before = home.files("results");
    insta::assert_snapshot!("full_disk_over_an_earlier_run", on_a_full_disk());
    assert_eq!(home.files("results"), before, "the earlier run is there");
}

/// The run's name in a message: twelve hexadecimal digits behind the scenario's.
pub fn run_in(said: &str) -> String {
    let (_, rest) = said.split_once("results/shop/").unwrap();
    rest.chars().take(12).collect()
}
