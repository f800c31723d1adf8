//! What balancers do besides: slow start, zones kept apart, connections, shifts, tasks that leave.

use crate::validation::section::Section;
use crate::validation::{Effort, SectionSpec, Watch};

use super::grid::{Bounds, Grid};
use super::played::Cell;
use super::sessions::{ALGORITHMS, resized};
use super::texts::{CHANGE_AT, Web};

/// The section, before it is computed.
pub const SPEC: SectionSpec = SectionSpec {
    name: "balancers",
    about: "slow start, zones kept apart, NLB, deregistration under load: fluid beside exact",
    steps: |effort| cells(effort).len() as u64,
    compute,
};

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
const ENDS: Bounds = Bounds {
    utilization: 1.0,
    mean: 5.0,
    p95: 6.0,
    p99: 8.0,
    failed: 0.1,
    each_mean: 6.0,
};

const NETWORK: &str = "Type: network, attributes: { load_balancing.cross_zone.enabled: true }";
const NETWORK_APART: &str = "Type: network";

/// A row of cells.
struct Row<'t> {
    table: usize,
    kind: String,
    web: Web<'t>,
}

impl Row<'_> {
    fn cell(self, what: String, effort: &Effort) -> Cell {
        Cell {
            table: self.table,
            kind: self.kind,
            what,
            text: self.web.text(effort),
            services: &["web"],
            is_settled: self.table == 0,
        }
    }
}

pub(super) fn cells(effort: &Effort) -> Vec<Cell> {
    let mut cells = settled(effort);
    cells.extend(slow_starts(effort));
    cells.extend(zones(effort));
    cells.extend(networks(effort));
    cells.extend(ends(effort));
    cells
}

fn apart(algorithm: &str) -> String {
    format!(
        "load_balancing.cross_zone.enabled: false, load_balancing.algorithm.type: {algorithm}, \
         deregistration_delay.timeout_seconds: 30"
    )
}

fn settled(effort: &Effort) -> Vec<Cell> {
    let base = || Web {
        minutes: 11,
        ..Web::default()
    };
    let mut cells = Vec::new();
    for (name, algorithm) in ALGORITHMS {
        for tasks in [3, 4, 5] {
            for fullest in [0.6, 0.85] {
                // A third of the demand is for the one or two tasks of a zone.
                let load = fullest * f64::from((tasks / 3) * 3) / f64::from(tasks);
                let attributes = apart(algorithm);
                let row = Row {
                    table: 0,
                    kind: format!("cross-zone off, {tasks} tasks in 3 zones, {name}"),
                    web: Web {
                        tasks,
                        loads: [load; 2],
                        attributes: &attributes,
                        ..base()
                    },
                };
                cells.push(row.cell(format!("fullest zone {fullest}"), effort));
            }
        }
    }
    for load in [0.5, 0.7, 0.85] {
        let row = Row {
            table: 0,
            kind: "weighted random".to_owned(),
            web: Web {
                loads: [load; 2],
                attributes: "load_balancing.algorithm.type: weighted_random",
                ..base()
            },
        };
        cells.push(row.cell(format!("load {load}"), effort));
    }
    for connections in ["0.02", "0.1", "1"] {
        for load in [0.5, 0.7, 0.85] {
            let demand = format!(", connections: {connections}, connectionLength: 60s");
            let row = Row {
                table: 0,
                kind: format!("network balancer, {connections} connections a request"),
                web: Web {
                    loads: [load; 2],
                    balancer: NETWORK,
                    group: "Protocol: TCP",
                    demand: &demand,
                    ..base()
                },
            };
            cells.push(row.cell(format!("load {load}"), effort));
        }
    }
    cells
}

fn slow_starts(effort: &Effort) -> Vec<Cell> {
    let mut cells = Vec::new();
    for seconds in [60, 300] {
        for (words, after) in [("× 1.4", 0.84), ("× 2", 1.2)] {
            for cv in [0.5, 1.0, 2.0] {
                let attributes = format!("slow_start.duration_seconds: {seconds}");
                let timeline = resized(8);
                let row = Row {
                    table: 1,
                    kind: format!("slow start of {seconds} s, 4 to 8 tasks, demand {words}"),
                    web: Web {
                        loads: [0.6, after],
                        cv,
                        attributes: &attributes,
                        timeline: &timeline,
                        ..Web::default()
                    },
                };
                cells.push(row.cell(format!("CV {cv}"), effort));
            }
        }
    }
    cells
}

fn zones(effort: &Effort) -> Vec<Cell> {
    let mut cells = Vec::new();
    let outage =
        format!("{{ at: {CHANGE_AT}, outage: {{ availabilityZone: us-east-1c, for: 3m }} }}");
    for (name, algorithm) in ALGORITHMS {
        let grows = resized(4);
        let paths = [
            ("3 to 4 tasks", 3, [0.8, 0.8], &grows),
            (
                "a zone of 6 tasks fails for 3 minutes",
                6,
                [0.5, 0.5],
                &outage,
            ),
        ];
        for (words, tasks, loads, timeline) in paths {
            for cv in [0.5, 1.0, 2.0] {
                let attributes = apart(algorithm);
                let row = Row {
                    table: 1,
                    kind: format!("cross-zone off, {words}, {name}"),
                    web: Web {
                        tasks,
                        loads,
                        cv,
                        attributes: &attributes,
                        timeline,
                        ..Web::default()
                    },
                };
                cells.push(row.cell(format!("CV {cv}"), effort));
            }
        }
    }
    cells
}

fn networks(effort: &Effort) -> Vec<Cell> {
    let mut cells = Vec::new();
    let deploy =
        format!("{{ at: {CHANGE_AT}, deploy: {{ service: web, taskDefinition: \"web:2\" }} }}");
    let (grows, shrinks) = (resized(8), resized(4));
    let shift = "deploymentConfiguration: { strategy: BLUE_GREEN, bakeTimeInMinutes: 2 }";
    let shift = format!(", {shift}");
    let paths = [
        (
            "4 to 8 tasks, demand × 1.4",
            4,
            [0.6, 0.84],
            "",
            &grows,
            NETWORK,
        ),
        (
            "4 to 8 tasks, demand × 2",
            4,
            [0.6, 1.2],
            "",
            &grows,
            NETWORK,
        ),
        ("8 to 4 tasks", 8, [0.4, 0.4], "", &shrinks, NETWORK),
        (
            "6 to 4 tasks, zones apart",
            6,
            [0.4, 0.4],
            "",
            &shrinks,
            NETWORK_APART,
        ),
        (
            "blue/green, networkShift",
            4,
            [0.55, 0.55],
            &shift,
            &deploy,
            NETWORK,
        ),
    ];
    for (words, tasks, loads, service, timeline, balancer) in paths {
        for length in ["60s", "10m"] {
            let demand = format!(", connections: 0.02, connectionLength: {length}");
            let row = Row {
                table: 1,
                kind: format!("network balancer, {words}"),
                web: Web {
                    minutes: 22,
                    tasks,
                    loads,
                    balancer,
                    service,
                    group: "Protocol: TCP",
                    attributes: "deregistration_delay.timeout_seconds: 30",
                    demand: &demand,
                    second: 1.4,
                    timeline,
                    ..Web::default()
                },
            };
            cells.push(row.cell(format!("connections of {length}"), effort));
        }
    }
    cells
}

/// Tasks that leave with requests.
fn ends(effort: &Effort) -> Vec<Cell> {
    let mut cells = Vec::new();
    let deploy =
        format!("{{ at: {CHANGE_AT}, deploy: {{ service: web, taskDefinition: \"web:2\" }} }}");
    let shrinks = resized(4);
    for (name, algorithm) in ALGORITHMS {
        for (words, tasks, loads, timeline) in [
            ("a rolling deployment of 4 tasks", 4, [0.5, 0.8], &deploy),
            ("8 to 4 tasks", 8, [0.25, 0.4], &shrinks),
        ] {
            for (delay, cv) in [(0, 1.0), (2, 1.0), (2, 2.0)] {
                for load in loads {
                    let attributes = format!(
                        "load_balancing.algorithm.type: {algorithm}, \
                         deregistration_delay.timeout_seconds: {delay}"
                    );
                    let row = Row {
                        table: 2,
                        kind: format!("{words}, {delay} s to finish, {name}"),
                        web: Web {
                            minutes: 12,
                            tasks,
                            loads: [load; 2],
                            cv,
                            longer: effort.choose(10.0, 2.0),
                            attributes: &attributes,
                            timeline,
                            ..Web::default()
                        },
                    };
                    cells.push(row.cell(format!("load {load}, CV {cv}"), effort));
                }
            }
        }
    }
    cells
}

fn compute(effort: &Effort, watch: &Watch<'_>) -> Option<Section> {
    let grid = Grid {
        spec: &SPEC,
        title: "Fluid beside exact: what balancers do",
        intro: "Changes begin in minute 5.",
        tables: &[
            ("Balancers, settled", SETTLED),
            ("Balancers in change", CHANGE),
            ("Tasks that leave with requests", ENDS),
        ],
        cells: cells(effort),
        notes: vec!["These bounds are ours, set after a first run.".to_owned()],
    };
    grid.section(effort, watch)
}
