//! The fuzzing targets over their kept corpora: what fuzzing once reached, stable Rust reaches in
//! every test run.

#[path = "../../fuzz/src/lib.rs"]
mod targets;

use std::fs;
use std::path::PathBuf;
use std::time::{Duration, Instant};

/// Inputs a corpus may have, and bytes each of them: the everyday tests run them all.
const INPUTS_MAX: usize = 300;
const INPUT_BYTES_MAX: usize = 32 * 1024;
/// The longest an input may take, as under cargo-fuzz.
const INPUT_TIME_MAX: Duration = Duration::from_secs(10);

#[allow(
    clippy::disallowed_methods,
    reason = "a bound on the time of a test; reaches no result"
)]
fn now() -> Instant {
    Instant::now()
}

/// Runs a target over its corpus, each input by itself, in order of name.
fn run(target: &str, function: fn(&[u8])) {
    let folder: PathBuf = [env!("CARGO_MANIFEST_DIR"), "fuzz", "corpus", target]
        .iter()
        .collect();
    let mut paths: Vec<PathBuf> = fs::read_dir(&folder)
        .unwrap()
        .map(|entry| entry.unwrap().path())
        .collect();
    paths.sort();
    assert!(10 < paths.len(), "{target} has a corpus");
    assert!(
        paths.len() <= INPUTS_MAX,
        "keep the corpus of {target} small"
    );
    for path in paths {
        let input = fs::read(&path).unwrap();
        assert!(input.len() <= INPUT_BYTES_MAX, "{}", path.display());
        // Shown if the input fails: a panic names no file.
        println!("{}", path.display());
        let begin = now();
        function(&input);
        assert!(begin.elapsed() < INPUT_TIME_MAX, "{}", path.display());
    }
}

#[test]
fn the_scenario_loader_keeps_its_promises_over_its_corpus() {
    run("scenario", targets::scenario);
}

#[test]
fn the_trace_readers_keep_their_promises_over_their_corpus() {
    run("trace", targets::trace);
}

#[test]
fn the_reader_of_aws_json_keeps_its_promises_over_its_corpus() {
    run("aws_include", targets::aws_include);
}

#[test]
fn paths_keep_their_promises_over_their_corpus() {
    run("path", targets::path);
}
