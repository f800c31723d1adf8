//! Sticky sessions: what is bound to a task finds it whatever the balancer would choose.

use crate::validation::section::Section;
use crate::validation::{Effort, SectionSpec, Watch};

use super::grid::{Bounds, Grid};
use super::played::Cell;
use super::texts::Web;

/// The section, before it is computed.
pub const SPEC: SectionSpec = SectionSpec {
    name: "sessions",
    about: "sticky sessions, settled and while tasks come and go: fluid beside exact",
    steps: |effort| cells(effort).len() as u64,
    compute,
};

const SHARES: [u32; 7] = [10, 25, 50, 75, 90, 95, 100];
/// What the page calls an algorithm, and AWS.
pub(super) const ALGORITHMS: [(&str, &str); 2] = [
    ("round robin", "round_robin"),
    ("least outstanding", "least_outstanding_requests"),
];
/// Bounds, set after a first run.
const SETTLED: Bounds = Bounds {
    utilization: 0.5,
    mean: 3.0,
    p95: 3.0,
    p99: 4.0,
    failed: 0.1,
    each_mean: 6.0,
};
const CHANGE: Bounds = Bounds {
    utilization: 1.0,
    mean: 5.0,
    p95: 6.0,
    p99: 8.0,
    failed: 0.1,
    each_mean: 6.0,
};

pub(super) fn cells(effort: &Effort) -> Vec<Cell> {
    let mut cells = Vec::new();
    for share in SHARES {
        for (name, algorithm) in ALGORITHMS {
            for (slots, load) in [(16, 0.6), (16, 0.85), (4, 0.6), (4, 0.85)] {
                let demand = format!(", sessions: {{ share: {share} %, length: 10m }}");
                let attributes = attributes(algorithm);
                let web = Web {
                    minutes: 11,
                    slots,
                    loads: [load; 2],
                    demand: &demand,
                    attributes: &attributes,
                    ..Web::default()
                };
                cells.push(Cell {
                    table: 0,
                    kind: format!("{share} %, {name}"),
                    what: format!("{slots} slots, load {load}"),
                    text: web.text(effort),
                    services: &["web"],
                    is_settled: true,
                });
            }
        }
    }
    for (path, tasks, loads, more) in [
        ("four tasks more, demand × 1.4", 4, [0.6, 0.84], 8),
        ("four tasks more, demand × 2", 4, [0.6, 1.2], 8),
        ("four of eight tasks leave", 8, [0.4, 0.4], 4),
    ] {
        for (name, algorithm) in ALGORITHMS {
            for share in [50, 90, 100] {
                for length in ["5m", "30m"] {
                    let demand = format!(", sessions: {{ share: {share} %, length: {length} }}");
                    let attributes = attributes(algorithm);
                    let timeline = resized(more);
                    let web = Web {
                        loads,
                        tasks,
                        demand: &demand,
                        attributes: &attributes,
                        timeline: &timeline,
                        ..Web::default()
                    };
                    cells.push(Cell {
                        table: 1,
                        kind: format!("{path}, {share} %, {name}"),
                        what: format!("sessions of {length}"),
                        text: web.text(effort),
                        services: &["web"],
                        is_settled: false,
                    });
                }
            }
        }
    }
    cells
}

fn attributes(algorithm: &str) -> String {
    format!(
        "stickiness.enabled: true, load_balancing.algorithm.type: {algorithm}, \
         deregistration_delay.timeout_seconds: 30"
    )
}

/// The timeline in which the service gets another number of tasks.
pub(super) fn resized(tasks: u32) -> String {
    let at = super::texts::CHANGE_AT;
    format!("{{ at: {at}, update: {{ service: web, desiredCount: {tasks} }} }}")
}

fn compute(effort: &Effort, watch: &Watch<'_>) -> Option<Section> {
    let grid = Grid {
        spec: &SPEC,
        title: "Fluid beside exact: sticky sessions",
        intro: "Some of the requests belong to sessions that a balancer binds to tasks. Settled: 4 \
                tasks of 16 and of 4 slots, sessions of 10 minutes, loads 0.6 and 0.85. In change: \
                from minute 5 on.",
        tables: &[
            ("Settled, by share that is bound", SETTLED),
            ("Sessions while tasks come and go", CHANGE),
        ],
        cells: cells(effort),
        notes: vec!["These bounds are ours, set after a first run.".to_owned()],
    };
    grid.section(effort, watch)
}
