//! The paths that a service in change is compared along: demand and tasks, minute by minute.

use crate::policy::load::Routing;

use super::service::Service;
use super::truth::Minute;

/// How demand and tasks change over 24 minutes, and what happens.
pub(super) const PATHS: [(&str, &str); 5] = [
    ("daily curve", "load 0.2 to 0.9 and back"),
    ("step", "load 0.6, 1.2 from minute 6 to 12, 0.6"),
    ("spike", "load 0.5, 3 in minute 6"),
    (
        "tasks arrive",
        "load 0.6 of half the tasks, 1.3 from minute 6, the other half from minute 9",
    ),
    (
        "tasks leave",
        "load 0.6, half the tasks leave in minute 6 and are back in minute 12",
    ),
];
/// Who has a queue.
pub(super) const ROUTINGS: [Routing; 3] = [
    Routing::RoundRobin,
    Routing::LeastOutstanding,
    Routing::Pooled,
];
/// Slot-holding times in a minute.
pub(super) const HOLDINGS: [f64; 3] = [300.0, 50.0, 5.0];
/// Tasks and slots a task; the first pair is combined with everything.
const SIZES: [[u32; 2]; 3] = [[8, 8], [4, 4], [16, 16]];

/// One comparison of 24 minutes.
#[derive(Clone, Copy, Debug)]
pub(super) struct Cell {
    pub(super) path: usize,
    pub(super) routing: Routing,
    pub(super) computing: f64,
    pub(super) cv: f64,
    pub(super) holdings: f64,
    pub(super) size: [u32; 2],
}

/// All comparisons.
pub(super) fn cells() -> Vec<Cell> {
    let mut cells = Vec::new();
    for path in 0..PATHS.len() {
        for routing in ROUTINGS {
            for computing in [0.0, 0.5] {
                for cv in [0.5, 1.0, 2.0] {
                    for holdings in HOLDINGS {
                        for size in SIZES {
                            let is_typical = cv == 1.0 && holdings == HOLDINGS[1];
                            let is_odd = size != SIZES[0] && !is_typical;
                            // No balancer gives tasks that share a CPU one queue.
                            let is_real = routing != Routing::Pooled || computing == 0.0;
                            if is_odd || !is_real {
                                continue;
                            }
                            cells.push(Cell {
                                path,
                                routing,
                                computing,
                                cv,
                                holdings,
                                size,
                            });
                        }
                    }
                }
            }
        }
    }
    cells
}

impl Cell {
    /// Whether a minute is long enough for the fluid model.
    pub(super) fn is_long(&self) -> bool {
        5.0 < self.holdings
    }

    /// The service that it is played with.
    pub(super) fn service(&self) -> Service {
        Service::new(
            self.routing,
            self.size,
            self.cv,
            [self.computing, 60.0 / self.holdings],
        )
    }

    /// The path.
    pub(super) fn minutes(&self, service: &Service) -> Vec<Minute> {
        let full_per_s = service.capacity_per_s(service.tasks);
        let (all, half) = (service.tasks, service.tasks / 2);
        let of = |load: f64, tasks: u32| Minute {
            rate_per_s: load * full_per_s,
            tasks,
        };
        let minute = |index: u32| match self.path {
            0 => {
                let turn = std::f64::consts::TAU * (f64::from(index) + 0.5) / 24.0;
                of(0.55 - 0.35 * libm::cos(turn), all)
            }
            1 => of(if (6..12).contains(&index) { 1.2 } else { 0.6 }, all),
            2 => of(if index == 6 { 3.0 } else { 0.5 }, all),
            3 => of(
                if index < 6 { 0.3 } else { 0.65 },
                if index < 9 { half } else { all },
            ),
            _ => of(0.6, if (6..12).contains(&index) { half } else { all }),
        };
        (0..24).map(minute).collect()
    }
}
