//! The folder of a run with instances, from hand-made observations to its files and its text.

use std::path::Path;

use crate::engine::{SimDuration, SimTime};
use crate::experiment::run::{PlayedRun, judge};
use crate::observe::Observer;
use crate::observe::fixture::{self, API, ON_WEB, WEB};
use crate::observe::observation::{CapacityObservation, Observation};
use crate::policy::auto_scaling_group::Purchase;
use crate::policy::managed_scaling::ScalingReason;
use crate::report::results::{FinishedRun, Results, RunFolder, RunInputs};
use crate::report::summary_text::SummaryText;
use crate::report::table::Colour;
use crate::scenario::plan::Plan;
use crate::simulation::outcome::{RunEnd, RunOutcome};
use crate::world::instance::{Amounts, GroupCounts, InstanceStep};
use crate::world::task::Owner;

/// Two instances for two hours and a Spot instance for one of them, with a task on each of the
/// first two and four that waited for a minute.
fn played(plan: &Plan) -> PlayedRun {
    let end = plan.horizon();
    let mut observer = Observer::new(plan);
    let capacity = |observer: &mut Observer, at: u64, what: CapacityObservation<'_>| {
        observer.observe(SimTime::from_secs(at), &Observation::Capacity(what));
    };
    for (at, active, waiting) in [(0, 0, 4), (60, 2, 0), (1_860, 3, 0), (5_460, 2, 0)] {
        let counts = GroupCounts {
            desired: active.max(2),
            active,
            on_demand: active.min(2),
            spot: active.saturating_sub(2),
            empty: active.saturating_sub(2),
            waiting,
            registered: Amounts {
                cpu: 2_048 * u64::from(active),
                memory: 7_680 * u64::from(active),
                gpus: 0,
            },
            reserved: Amounts {
                cpu: 512 * u64::from(active.min(2)),
                memory: 1_024 * u64::from(active.min(2)),
                gpus: 0,
            },
            ..GroupCounts::default()
        };
        let what = CapacityObservation::GroupCounts {
            group: WEB,
            counts: &counts,
        };
        capacity(&mut observer, at, what);
    }
    for (from, to, reason) in [
        (0, 2, ScalingReason::First),
        (2, 2, ScalingReason::AtTarget),
    ] {
        let what = CapacityObservation::GroupScaling {
            provider: ON_WEB,
            from,
            to,
            reason,
        };
        capacity(&mut observer, 60, what);
    }
    for waited in [40, 50, 60, 70] {
        let what = CapacityObservation::TaskPlaced {
            owner: Owner::Service(API),
            provider: ON_WEB,
            waited: SimDuration::from_secs(waited),
        };
        capacity(&mut observer, 60, what);
    }
    let on_demand = |id| fixture::instance(id, Purchase::OnDemand, 0, None);
    let mut spot = fixture::instance(2, Purchase::Spot, 1_800, Some(5_460));
    spot.empty = SimDuration::from_secs(3_630);
    let records = [on_demand(0), on_demand(1), spot];
    for record in &records {
        let what = CapacityObservation::Instance(record, InstanceStep::Active);
        capacity(&mut observer, 60, what);
    }
    for id in 0..2 {
        let task = fixture::placed_task(Owner::Service(API), id, 60, 7_190);
        observer.observe(end, &Observation::TaskGone(&task));
    }
    for record in &records {
        let what = CapacityObservation::Instance(record, InstanceStep::Gone);
        observer.observe(end, &Observation::Capacity(what));
    }
    judge(
        plan,
        RunOutcome {
            observed: observer.finish(plan, end),
            vcpus_max: vec![0; plan.providers.len()],
            event_hash: 1,
            events: 1,
            request_events: 0,
            pending_max: 1,
            stopped_at: end,
            end: RunEnd::Horizon,
        },
    )
}

fn inputs() -> RunInputs {
    RunInputs {
        scenario_yaml: "fleetcast: 1\n".to_owned(),
        traces: Vec::new(),
        replication: 0,
        version: "0.1.0",
        catalog_date: "2026-11-22",
    }
}

/// The files of a run of `plan`, and what the terminal says.
fn written(plan: &Plan) -> (Vec<String>, String) {
    let (played, inputs) = (played(plan), inputs());
    let results = Results {
        plan,
        inputs: &inputs,
        played: &played,
        with_charts: true,
    };
    let home = tempfile::tempdir().unwrap();
    let folder = RunFolder::open(&home.path().join("run"), &results.run_name()).unwrap();
    let placed = results.write(folder).unwrap();
    let text = SummaryText {
        results: &results,
        placed: &placed,
        timing: None,
        inline: crate::report::summary_text::InlineCharts::Few,
    };
    let summary = std::fs::read(placed.path.join("summary.json")).unwrap();
    let summary: serde_json::Value = serde_json::from_slice(&summary).unwrap();
    let group = &summary["groups"][0];
    assert_eq!(group["launches"], 3);
    let provider = summary["cost"]["by_provider"].as_array().unwrap();
    let web = provider.iter().find(|it| it["name"] == "web").unwrap();
    assert_eq!(group["cost_usd"], web["usd"]);
    if let Some(shown) = std::env::var_os("FLEETCAST_CHARTS_DIR") {
        for chart in ["instances", "waiting-tasks", "packing"] {
            let from = placed.path.join(format!("charts/{chart}.png"));
            let to = Path::new(&shown).join(format!("run-{chart}.png"));
            let _ = std::fs::copy(from, to);
        }
        let _ = std::fs::write(
            Path::new(&shown).join("run.txt"),
            text.render(Colour::Plain),
        );
    }
    let manifest = FinishedRun::open(&placed.path).unwrap().manifest;
    let files = manifest.files.into_iter().map(|file| file.name).collect();
    (files, text.render(Colour::Plain))
}

#[test]
fn a_run_on_instances_leaves_its_files_and_says_what_they_cost() {
    let (files, text) = written(&fixture::plan_on_instances());
    for expected in [
        "instances.csv",
        "tasks.csv",
        "charts/instances.svg",
        "charts/waiting-tasks.png",
        "charts/packing.svg",
    ] {
        assert!(
            files.iter().any(|file| file == expected),
            "{expected}: {files:?}"
        );
    }
    for expected in [
        "m6i.large on demand",
        "m6i.large Spot",
        "EBS volumes",
        "unreserved",
        "instances that no task reserved",
        "instances without a task",
        "4 tasks for an instance; p50",
        "up to 4 tasks waited for one",
        "Spot instances cost the same all along the run",
    ] {
        let flat = text.split_whitespace().collect::<Vec<_>>().join(" ");
        assert!(flat.contains(expected), "{expected}:\n{text}");
    }
}

#[test]
fn packing_is_drawn_at_the_moments_that_are_chosen_as_well() {
    let mut plan = fixture::plan_on_instances();
    // Nothing is ACTIVE yet at the first of them.
    plan.record.packing = vec![SimTime::from_secs(1), SimTime::from_secs(120)];
    let (files, _) = written(&plan);
    let all = files
        .iter()
        .filter(|file| file.starts_with("charts/packing") && file.ends_with("svg"));
    let mut all: Vec<&str> = all.map(String::as_str).collect();
    all.sort_unstable();
    assert_eq!(all, ["charts/packing-2.svg", "charts/packing.svg"]);
}

#[test]
fn without_recorded_tasks_there_is_neither_a_row_an_instance_nor_a_packing() {
    let mut plan = fixture::plan_on_instances();
    plan.record.tasks = false;
    plan.record.events = false;
    let (files, _) = written(&plan);
    let has = |name: &str| files.iter().any(|file| file == name);
    assert!(!has("instances.csv") && !has("charts/packing.svg"));
    assert!(has("charts/instances.svg"));
}
