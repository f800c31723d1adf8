//! Writes a page with nothing but the replay of a scenario, to look at it by itself:
//! `cargo run --release --example replay -- scenarios/web-api.yaml replay.html [key=value …]`.

use std::path::Path;
use std::time::Instant;
use std::{env, fs};

use fleetcast::experiment::run;
use fleetcast::observe::trail::Trail;
use fleetcast::report::replay::{self, PlayedAgain};
use fleetcast::scenario::{LoadOptions, load};
use fleetcast::simulation::outcome::RunLimits;

fn main() {
    let usage = "a scenario, a page to write, and key=value for --set";
    let mut arguments = env::args().skip(1);
    let scenario = arguments.next().expect(usage);
    let page = arguments.next().expect(usage);
    let set = arguments.map(|pair| {
        let (path, value) = pair.split_once('=').expect(usage);
        (path.to_owned(), value.to_owned())
    });
    let options = LoadOptions {
        set: set.collect(),
        ..LoadOptions::default()
    };
    let loaded = load(Path::new(&scenario), &options);
    let mut plan = loaded.expect("the scenario has no mistake").plan;
    plan.record = replay::record();
    let limits = RunLimits::default();
    let begun = now();
    let outcome = run::replay(&plan, 0, &limits, Trail::of(None));
    let played = begun.elapsed();
    let begun = now();
    let again = PlayedAgain {
        name: &plan.name,
        ended_at: outcome.stopped_at,
        is_reproduced: true,
        cut_from: None,
    };
    let json = replay::json(&plan, &outcome.observed, again);
    println!(
        "{} events played in {played:.1?}; {} bytes of JSON in {:.1?}",
        outcome.events,
        json.len(),
        begun.elapsed()
    );
    fs::write(&page, html(&json)).expect("the page can be written");
}

#[expect(
    clippy::disallowed_methods,
    reason = "how long it took is told, and decides nothing"
)]
fn now() -> Instant {
    Instant::now()
}

fn html(json: &str) -> String {
    format!(
        "<!doctype html>\n<html lang=\"en\">\n<meta charset=\"utf-8\">\n\
         <meta name=\"viewport\" content=\"width=device-width, initial-scale=1\">\n\
         <title>Replay</title>\n\
         <style>body {{ margin: 0; padding: 12px; font: 15px system-ui, sans-serif; }}\n\
         @media (prefers-color-scheme: dark) {{ body {{ background: #14171b; }} }}\n{}</style>\n\
         <div id=\"replay\"></div>\n\
         <script type=\"application/json\" id=\"replay-data\">{json}</script>\n\
         <script>{}\nwindow.fleetcastReplay(document.getElementById('replay'), \
         JSON.parse(document.getElementById('replay-data').textContent));</script>\n</html>\n",
        replay::style(),
        replay::SCRIPT
    )
}
