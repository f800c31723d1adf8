//! Services that call one another: chains, fan-outs, and callees that fall behind.

use crate::validation::section::Section;
use crate::validation::{Effort, SectionSpec, Watch};

use super::grid::{Bounds, Grid};
use super::played::Cell;
use super::texts::{CHANGE_AT, Shop};

/// The section, before it is computed.
pub const SPEC: SectionSpec = SectionSpec {
    name: "calls",
    about: "services that call one another, settled and in change: fluid beside exact",
    steps: |effort| cells(effort).len() as u64,
    compute,
};

/// Bounds, set after a first run.
const SETTLED: Bounds = Bounds {
    utilization: 0.5,
    mean: 3.0,
    p95: 5.0,
    p99: 6.0,
    failed: 0.1,
    each_mean: 6.0,
};
const CHANGE: Bounds = Bounds {
    utilization: 1.0,
    mean: 5.0,
    p95: 8.0,
    p99: 10.0,
    failed: 0.5,
    each_mean: 6.0,
};

const ONE: &str = "{ service: one }";
const PATIENT: &str = "{ service: one, timeout: PATIENCE }";
const FAN: &str = "{ service: one, perRequest: 2 }, { service: two, perRequest: 0.5 }";
const TWO: &str = "{ service: two }";
const NOBODY: &str = "";

fn shop(calls: [&'static str; 2], tasks: [u32; 3], load: f64) -> Shop<'static> {
    // The last service of a chain, or the one that is called the most, has this load.
    let (last, each) = match calls {
        [_, TWO] => (tasks[2], 1.0),
        [FAN, _] => (tasks[1], 2.0),
        _ => (tasks[1], 1.0),
    };
    Shop {
        minutes: 11,
        tasks,
        work: [0.2, 1.0, 1.0],
        cv: 1.0,
        calls,
        rates: [load * f64::from(last) * super::texts::SLOTS / each; 2],
        second: 1.0,
        timeline: "",
    }
}

const PAIR: &[&str] = &["edge", "one"];
const ALL: &[&str] = &["edge", "one", "two"];

pub(super) fn cells(effort: &Effort) -> Vec<Cell> {
    let mut cells = Vec::new();
    settled(effort, &mut cells);
    changing(effort, &mut cells);
    cells
}

/// Nothing changes: the first table.
fn settled(effort: &Effort, cells: &mut Vec<Cell>) {
    let mut add = |kind: &str, what: String, shop: &Shop<'_>, services| {
        cells.push(Cell {
            table: 0,
            kind: kind.to_owned(),
            what,
            text: shop.text(effort),
            services,
            is_settled: true,
        });
    };
    for cv in [0.5, 1.0, 2.0] {
        for load in [0.5, 0.7, 0.85] {
            let what = || format!("load {load} of the last, CV {cv}");
            let of = |calls, tasks| Shop {
                cv,
                ..shop(calls, tasks, load)
            };
            add("one callee", what(), &of([ONE, NOBODY], [8, 4, 1]), PAIR);
            add(
                "a chain of three",
                what(),
                &of([ONE, TWO], [16, 12, 4]),
                ALL,
            );
            add(
                "fan-out: 2 calls, and ½",
                what(),
                &of([FAN, NOBODY], [12, 4, 2]),
                ALL,
            );
        }
    }
}

/// Callees grow, shrink, get slow: the second table.
fn changing(effort: &Effort, cells: &mut Vec<Cell>) {
    let mut add = |kind: &str, what: String, shop: &Shop<'_>, services| {
        cells.push(Cell {
            table: 1,
            kind: kind.to_owned(),
            what,
            text: shop.text(effort),
            services,
            is_settled: false,
        });
    };
    let resize = |tasks: u32| {
        format!("{{ at: {CHANGE_AT}, update: {{ service: one, desiredCount: {tasks} }} }}")
    };
    let deploy =
        format!("{{ at: {CHANGE_AT}, deploy: {{ service: one, taskDefinition: \"one:2\" }} }}");
    for cv in [0.5, 1.0, 2.0] {
        let what = || format!("CV {cv}");
        let path = |calls, tasks: [u32; 3], loads: [f64; 2], second, timeline| {
            let base = shop(calls, tasks, loads[0]);
            let rates = loads.map(|load| base.rates[0] * load / loads[0]);
            Shop {
                minutes: 16,
                cv,
                rates,
                second,
                timeline,
                ..base
            }
        };
        let (more, fewer) = (resize(8), resize(4));
        let one = [ONE, NOBODY];
        let it = path(one, [16, 4, 1], [0.6, 0.96], 1.0, &more);
        add("4 to 8 callees, demand × 1.6", what(), &it, PAIR);
        let it = path(one, [16, 8, 1], [0.4, 0.4], 1.0, &fewer);
        add("8 to 4 callees", what(), &it, PAIR);
        let it = path(one, [16, 4, 1], [0.5, 0.5], 1.6, &deploy);
        add(
            "a callee that gets slow: load 0.5 to 0.8",
            what(),
            &it,
            PAIR,
        );
        let it = path(one, [16, 4, 1], [0.7, 0.7], 1.8, &deploy);
        add(
            "a callee that falls behind: load 0.7 to 1.26",
            what(),
            &it,
            PAIR,
        );
        let it = path([PATIENT, NOBODY], [16, 4, 1], [0.7, 0.7], 1.8, &deploy);
        let kind = "a callee that falls behind, callers give up after 5 holding times";
        add(kind, what(), &it, PAIR);
    }
}

fn compute(effort: &Effort, watch: &Watch<'_>) -> Option<Section> {
    let grid = Grid {
        spec: &SPEC,
        title: "Fluid beside exact: services that call one another",
        intro: "`edge` does a fifth of a holding time itself and calls `one` (fan-out: twice, and \
                `two` for every other request; a chain: `one` calls `two`) while it holds its \
                slot; found by Service Connect. Changes begin in minute 5.",
        tables: &[("Calls, settled", SETTLED), ("Calls in change", CHANGE)],
        cells: cells(effort),
        notes: vec!["These bounds are ours, set after a first run.".to_owned()],
    };
    grid.section(effort, watch)
}
