//! Every file in `scenarios/` loads, plays, and says what it said before. After a change that is
//! meant to move results, `INSTA_UPDATE=always cargo test` rewrites the goldens; review their diff.

use std::fmt::Write;
use std::fs;
use std::path::{Path, PathBuf};

use fleetcast::experiment::run::{PlayedRun, play};
use fleetcast::observe::summary::{JobSourceSummary, ServiceSummary};
use fleetcast::scenario::diagnostic::Severity;
use fleetcast::scenario::plan::Plan;
use fleetcast::scenario::{LoadOptions, Loaded, load};
use fleetcast::simulation::outcome::RunLimits;

use super::home::{Home, root};

/// The scenario files with their names, sorted.
pub fn files() -> Vec<(String, PathBuf)> {
    let entries = fs::read_dir(root().join("scenarios")).unwrap();
    let paths = entries.map(|entry| entry.unwrap().path());
    let mut files: Vec<(String, PathBuf)> = paths
        .filter(|path| {
            path.extension()
                .is_some_and(|end| end == "yaml" || end == "json")
        })
        .map(|path| {
            (
                path.file_stem().unwrap().to_string_lossy().into_owned(),
                path,
            )
        })
        .collect();
    files.sort();
    assert!(3 < files.len(), "the scenarios are there");
    files
}

/// The lessons' scenarios with their folders' names, `lessons/06-weights`, sorted.
pub fn lessons() -> Vec<(String, PathBuf)> {
    let entries = fs::read_dir(root().join("scenarios/lessons")).unwrap();
    let mut lessons: Vec<(String, PathBuf)> = entries
        .map(|entry| entry.unwrap().path())
        .map(|path| {
            let name = path.file_name().unwrap().to_string_lossy().into_owned();
            (format!("lessons/{name}"), path.join("scenario.yaml"))
        })
        .collect();
    lessons.sort();
    lessons
}

/// Loads a scenario, which is to be legal and without warnings.
pub fn loaded(path: &Path, set: &[(String, String)]) -> Loaded {
    let options = LoadOptions {
        set: set.to_vec(),
        ..LoadOptions::default()
    };
    let loaded = match load(path, &options) {
        Ok(loaded) => loaded,
        Err(failure) => panic!("{}", failure.diagnostics.render(&failure.sources, false)),
    };
    let warnings = loaded.diagnostics.count(Severity::Warning);
    let said = loaded.diagnostics.render(&loaded.sources, false);
    // What they teach is what the warning says.
    let teach = ["missing-role.yaml", "13-roles/scenario.yaml"];
    let is_about_warning = teach.iter().any(|end| path.ends_with(end)) && set.is_empty();
    let expected = usize::from(is_about_warning);
    assert_eq!(warnings, expected, "{}: {said}", path.display());
    loaded
}

#[test]
fn every_scenario_plays_as_it_did() {
    for (name, path) in files() {
        let plan = loaded(&path, &[]).plan;
        assert_eq!(plan.name, name, "a scenario is named as its file");
        let run = play(&plan, 0, &RunLimits::default());
        assert!(run.is_complete(), "{name}");
        let golden = golden(&plan, &run);
        assert!(golden.lines().count() < 50, "a golden fits a screen");
        insta::assert_snapshot!(name, golden);
    }
}

fn golden(plan: &Plan, run: &PlayedRun) -> String {
    let outcome = &run.outcome;
    let observed = &outcome.observed;
    let mut text = String::new();
    let hash = outcome.event_hash;
    let tasks = observed.summary.total.tasks.started;
    writeln!(text, "event hash {hash:016x}, {} events", outcome.events).unwrap();
    writeln!(
        text,
        "tasks {}, started in the run {tasks}",
        observed.tasks.len()
    )
    .unwrap();
    let (total, month) = (run.bill.total.usd(), run.bill.total_month.usd());
    writeln!(text, "cost {total:.6} USD, a month {month:.6} USD").unwrap();
    for line in run.bill.by_item() {
        writeln!(text, "  {}: {:.6}", line.name, line.cost.usd()).unwrap();
    }
    for provider in &observed.summary.providers {
        let (name, hours, gone) = (&provider.name, provider.task_hours, provider.interruptions);
        writeln!(text, "{name}: {hours:.6} task hours, {gone} interruptions").unwrap();
    }
    for service in &observed.summary.services {
        write_service(&mut text, service);
    }
    for source in &observed.summary.job_sources {
        write_jobs(&mut text, source);
    }
    for objective in &run.objectives {
        let word = match objective.held {
            Some(true) => "held",
            Some(false) => "BROKEN",
            None => "nothing to judge",
        };
        let value = objective
            .value
            .map_or("-".to_owned(), |value| format!("{value:.6}"));
        writeln!(
            text,
            "{word}: {}: {value} {}",
            objective.text, objective.unit
        )
        .unwrap();
    }
    writeln!(
        text,
        "defaults {}, notes {}",
        plan.assumptions.len(),
        plan.notes.len()
    )
    .unwrap();
    text
}

fn write_service(text: &mut String, service: &ServiceSummary) {
    writeln!(text, "service {}", service.name).unwrap();
    let (mean, min, max) = (
        service.running_count.mean,
        service.running_count.min,
        service.running_count.max,
    );
    writeln!(text, "  running {mean:.6}, {min} to {max}").unwrap();
    let (out, back, done) = (
        service.scale_outs,
        service.scale_ins,
        service.deployments_completed,
    );
    writeln!(text, "  scaled out {out}, in {back}; deployments {done}").unwrap();
    if let Some(percent) = service.cpu.mean_percent {
        writeln!(text, "  cpu {percent:.6} %").unwrap();
    }
    let Some(load) = &service.load else { return };
    let (requests, failed) = (load.requests, load.failed_requests);
    writeln!(text, "  requests {requests:.3}, failed {failed:.3}").unwrap();
    let response = load.response;
    if let (Some(mean), Some(p50), Some(p99)) = (response.mean_s, response.p50_s, response.p99_s) {
        writeln!(
            text,
            "  response mean {mean:.6}, p50 {p50:.6}, p99 {p99:.6} s"
        )
        .unwrap();
    }
}

fn write_jobs(text: &mut String, source: &JobSourceSummary) {
    writeln!(text, "jobs {}", source.name).unwrap();
    let (well, failed, starts) = (source.succeeded, source.failed, source.starts);
    writeln!(text, "  succeeded {well}, failed {failed}, starts {starts}").unwrap();
    let (waiting, lost) = (source.waiting_max, source.tasks.lost_work_s);
    writeln!(text, "  waiting at most {waiting}, lost work {lost:.3} s").unwrap();
    if let (Some(mean), Some(max)) = (source.sojourn.mean_s, source.sojourn.max_s) {
        writeln!(text, "  sojourn mean {mean:.3}, at most {max:.3} s").unwrap();
    }
}

#[test]
fn every_lesson_s_scenario_is_small_and_named_as_its_folder() {
    for (name, path) in lessons() {
        let plan = loaded(&path, &[]).plan;
        assert_eq!(format!("lessons/{}", plan.name), name);
        let run = play(&plan, 0, &RunLimits::default());
        assert!(run.is_complete() && run.outcome.events < 10_000, "{name}");
    }
}

#[test]
fn every_sweep_compares_as_it_did() {
    let mut sweeps = 0;
    for (name, path) in files() {
        if loaded(&path, &[]).sweep.is_none() {
            continue;
        }
        sweeps += 1;
        let home = Home::new();
        let file = path.display().to_string();
        let said = home.run_well(&["sweep", &file, "--replications", "2", "--out", "out"]);
        let is_steady = |line: &&str| !line.starts_with("Played in") && !line.contains("out");
        let table: Vec<&str> = said.out.lines().filter(is_steady).collect();
        insta::assert_snapshot!(format!("{name}_sweep"), table.join("\n"));
        assert!(home.path("out/cells.csv").is_file());
    }
    assert!(0 < sweeps, "a scenario has a sweep");
}

/// The words of a file's comments.
fn comments(path: &Path) -> Vec<Vec<String>> {
    let text = fs::read_to_string(path).unwrap();
    let lines = text.lines().filter_map(|line| line.split_once('#'));
    lines
        .map(|(_, comment)| comment.split_whitespace().map(str::to_owned).collect())
        .collect()
}

#[test]
fn what_comments_propose_to_set_can_be_set_and_changes_something() {
    let mut proposed = 0;
    for (name, path) in files() {
        let read = |sets: &[(String, String)]| {
            let loaded = loaded(&path, sets);
            format!("{:?} {:?}", loaded.plan, loaded.sweep)
        };
        let plain = read(&[]);
        for words in comments(&path) {
            let sets: Vec<(String, String)> = words
                .windows(2)
                .filter(|pair| pair[0] == "--set")
                .map(|pair| {
                    let (at, value) = pair[1].split_once('=').expect("--set PATH=VALUE");
                    (at.to_owned(), value.to_owned())
                })
                .collect();
            if sets.is_empty() {
                continue;
            }
            proposed += 1;
            assert!(read(&sets) != plain, "{name}: {sets:?} changes nothing");
        }
    }
    assert!(3 < proposed, "comments propose things to try");
}

#[test]
fn the_commands_in_comments_are_commands_on_files_that_exist() {
    for (name, path) in files() {
        let commands = comments(&path);
        let commands = commands
            .iter()
            .filter(|words| words.first().is_some_and(|word| word == "fleetcast"));
        for words in commands.filter(|words| 1 < words.len()) {
            let home = Home::new();
            // `catalog ec2` has options of its own.
            let part = words
                .get(2)
                .filter(|word| words[1] == "catalog" && !word.starts_with('-'));
            let command = [Some(&words[1]), part].into_iter().flatten();
            let command: Vec<&str> = command.map(String::as_str).chain(["--help"]).collect();
            let said = home.run(&command);
            assert_eq!(said.code, Some(0), "{name}: {words:?}");
            for file in words[2..].iter().filter(|word| word.ends_with(".yaml")) {
                assert!(root().join(file).is_file(), "{name}: {file}");
            }
            let options = words[2..].iter().filter(|word| word.starts_with("--"));
            for option in options {
                assert!(said.out.contains(option.as_str()), "{name}: {option}");
            }
        }
    }
}

#[test]
fn every_scenario_is_fine_for_check() {
    let files = [files(), lessons()].concat();
    let mut arguments = vec!["check".to_owned()];
    arguments.extend(files.iter().map(|(_, path)| path.display().to_string()));
    let arguments: Vec<&str> = arguments.iter().map(String::as_str).collect();
    let said = Home::new().run_well(&arguments);
    assert_eq!(
        said.out.matches(": fine: ").count(),
        files.len(),
        "{}",
        said.out
    );
}
