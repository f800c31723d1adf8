//! One self-contained HTML file of a finished run or sweep: the answer first, then what it is made
//! of, with charts that need no network.
//!
//! Text and tables are written here; figures are data (`figure`) that the page's script
//! (`assets/charts.js`) draws with a chart library that travels packed inside the page.

use serde_json::json;

mod answer;
mod assumptions;
mod behaviour;
mod capacity;
mod cost;
mod data;
mod deployments;
mod explained;
mod failures;
pub mod figure;
mod findings;
mod html;
mod lesson;
mod library;
mod lives;
mod most;
mod packing;
pub mod parts;
mod planned;
mod series;
mod service;
mod services;
mod skeleton;
mod sweep;
mod sweep_answer;
mod sweep_figures;
mod sweep_odds;
mod sweep_parameters;
mod sweep_regret;
mod sweep_sensitivity;
mod sweep_table;
mod timeline;
mod utilization;
mod zone;

pub use data::{PageError, RunData};
use figure::Figure;
use html::Html;
pub use lesson::lesson_page;
use skeleton::{Part, Skeleton};
pub use sweep::{SweepData, sweep_page};

/// Values of all series of a page together; more are thinned.
const VALUES_MAX: usize = 240_000;

/// The moving picture of a run, as a page takes it in: its script calls itself
/// `window.fleetcastReplay(element, data)`.
#[derive(Clone, Debug)]
pub struct ReplayPage<'a> {
    /// Its data as JSON.
    pub data: String,
    /// Its script.
    pub script: &'a str,
    /// Its style sheet.
    pub style: &'a str,
}

/// The page of a run, as HTML.
pub fn run_page(data: &RunData<'_>, replay: Option<&ReplayPage<'_>>) -> String {
    let mut body = Html::default();
    let mut figures: Vec<Figure> = Vec::new();
    answer::write(&data.summary, &mut body);
    let mut parts = vec![Part::new("answer", "Answer"), Part::new("cost", "Cost")];
    cost::write(data, &mut body, &mut figures);
    parts.push(Part::new("behaviour", "Behaviour"));
    let on_demand = behaviour::write(data, &mut body, &mut figures);
    if !data.plan.groups.is_empty() {
        parts.push(Part::new("capacity", "Instances"));
    }
    capacity::write(data, &mut body, &mut figures);
    parts.push(Part::new("timeline", "Time line"));
    timeline::write(data, &mut body, &mut figures);
    if replay.is_some() {
        parts.push(Part::new("replay", "Replay"));
        body.open_section("replay", "Replay");
        body.raw("<div id=\"replay-stage\"></div>\n")
            .close_section();
    }
    parts.push(Part::new("assumptions", "Assumptions"));
    assumptions::write(data, &mut body);
    // What is said above a figure is written before its series are thinned; a note is not.
    series::thin(&mut figures, VALUES_MAX);
    let manifest = &data.run.manifest;
    let skeleton = Skeleton {
        title: &manifest.scenario,
        kind: "Report of a run",
        facts: facts(data),
        parts,
        body,
        data: json!({
            "figures": figures,
            "others": on_demand.json(),
            "from": data.clock.from_ms,
            "to": data.clock.to_ms,
            "zone": data.zone().json(data.clock.from_ms, data.clock.to_ms),
        }),
        replay,
        footer: format!(
            "fleetcast {}, prices of {}, {} events, event hash {}",
            manifest.fleetcast, manifest.catalog_date, manifest.events, manifest.event_hash
        ),
    };
    skeleton.into_page()
}

/// What is said of a run below its name.
fn facts(data: &RunData<'_>) -> Vec<(&'static str, String)> {
    let manifest = &data.run.manifest;
    let zone = data.zone();
    let [from, to] = [data.clock.from_ms, data.clock.to_ms].map(|at| zone.minute(at));
    vec![
        ("Run", manifest.run.clone()),
        (
            "Seed",
            format!("{}, replication {}", manifest.seed, manifest.replication),
        ),
        ("Simulated", format!("{from} to {to} {}", zone.name())),
        ("Region", data.plan.region.clone()),
    ]
}
