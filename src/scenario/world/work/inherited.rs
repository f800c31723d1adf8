//! What the code of a revision costs: its entry, else its family's, `default`'s or the table's.

use crate::engine::SimDuration;
use crate::policy::daemon_load::BesideWork;
use crate::scenario::context::Context;
use crate::scenario::plan::{UnhealthyPlan, WorkPlan};
use crate::scenario::values;

use super::from::{Cpu, Measured};
use super::{MIB, Revision, Work, sidecars, vcpus};

/// The entries that a revision inherits from, the nearest first.
pub(super) struct Inherited<'a> {
    pub(super) cx: &'a Context<'a>,
    pub(super) of: Revision<'a>,
    pub(super) entries: Vec<&'a Work<'a>>,
}

impl<'a> Inherited<'a> {
    fn find<T>(&self, of: impl Fn(&Work<'a>) -> Option<T>) -> Option<T> {
        self.entries.iter().find_map(|work| of(work))
    }

    fn length(&self, of: impl Fn(&Work<'a>) -> Option<SimDuration>, path: &str) -> SimDuration {
        self.find(of)
            .unwrap_or_else(|| self.cx.default_duration(path))
    }

    fn bytes(&self, of: impl Fn(&Work<'a>) -> Option<u64>, path: &str) -> f64 {
        let given = self.find(of).map(|bytes| bytes as f64);
        given.unwrap_or_else(|| self.cx.default_bytes(path))
    }

    fn unhealthy(&self) -> Option<UnhealthyPlan> {
        let share = self.find(|work| work.health_fails)?;
        let after = self.find(|work| work.health_fails_after);
        (0.0 < share).then(|| UnhealthyPlan {
            share,
            after: after.unwrap_or(SimDuration::ZERO),
        })
    }

    /// What tasks whose checks fail answer with a 5xx; the default is of those that have some.
    fn errors_unhealthy(&self) -> f64 {
        let given = self.find(|work| work.health_errors);
        given.unwrap_or_else(|| match self.unhealthy() {
            None => 1.0,
            Some(_) => {
                let text = self.cx.default_text("world.work.*.health.errors");
                values::share(text).expect("the table holds a share here")
            }
        })
    }

    /// What the code of the revision costs, every default applied.
    pub(super) fn plan(&self) -> WorkPlan {
        let cx = self.cx;
        let share = |of: fn(&Work<'a>) -> Option<f64>, path: &str| {
            self.find(of).unwrap_or_else(|| {
                values::share(cx.default_text(path)).expect("the table holds a share here")
            })
        };
        let idle_vcpus = self.find(|work| work.idle_vcpus).unwrap_or_else(|| {
            vcpus(cx.default_text("world.work.*.idle")).expect("the table holds vCPUs here")
        });
        let beside = sidecars::together(&self.find(|work| work.sidecars.clone()));
        let idle_vcpus = idle_vcpus + beside.idle_vcpus;
        let measured = Measured {
            cx,
            of: self.of,
            idle_vcpus,
        };
        let cpu = self.find(|work| work.cpu.clone());
        // What CloudWatch shows is the whole task's.
        let is_shown = matches!(cpu, Some(Cpu::Shown(_)));
        let of_sidecars = if is_shown { 0.0 } else { beside.cpu_s };
        let cpu_s = measured.cpu_s(cpu) + of_sidecars;
        WorkPlan {
            cpu_s,
            beside: self.find(|work| work.beside).filter(BesideWork::is_any),
            wait_s: measured.wait_s(self.find(|work| work.wait.clone()), cpu_s),
            cv: self
                .find(|work| work.cv)
                .unwrap_or_else(|| cx.default_f64("world.work.*.cv")),
            slots: self
                .find(|work| work.slots)
                .unwrap_or_else(|| cx.default_u32("world.work.*.slots")),
            queue: self.find(|work| work.queue).or_else(|| {
                cx.default_text("world.work.*.queue");
                None
            }),
            errors: share(|work| work.errors, "world.work.*.errors"),
            memory_base_mib: self.bytes(|work| work.memory_base, "world.work.*.memory.base") / MIB
                + beside.memory_mib,
            memory_per_request_mib: self.bytes(
                |work| work.memory_per_request,
                "world.work.*.memory.perRequest",
            ) / MIB,
            memory_growth: self
                .find(|work| work.memory_growth)
                .and_then(|it| it.plan(cx)),
            idle_vcpus,
            logged_elsewhere: [0.0; 2],
            log_bytes_per_request: self
                .bytes(|work| work.log_per_request, "world.work.*.logs.perRequest"),
            log_bytes_per_second: self
                .bytes(|work| work.log_per_second, "world.work.*.logs.perSecond"),
            custom_metrics: self.find(|work| work.custom_metrics).unwrap_or(0),
            cross_zone_bytes_per_request: self
                .bytes(|work| work.cross_zone, "world.work.*.crossZone"),
            image_mib: self.bytes(|work| work.image, "world.work.*.image") / MIB,
            start: self.length(|work| work.start, "world.work.*.start"),
            duration: self.find(|work| work.duration),
            exit_codes: self
                .find(|work| work.exit_codes.clone())
                .unwrap_or(vec![(0, 1.0)]),
            mttf: self.find(|work| work.mttf),
            crash_after: self.find(|work| work.crash_after),
            unhealthy: self.unhealthy(),
            errors_unhealthy: self.errors_unhealthy(),
            start_failures: self.find(|work| work.start_failures).unwrap_or(0.0),
            stops_in: self.length(|work| work.stops_in, "world.work.*.stopsIn"),
            checkpoint_every: self.find(|work| work.checkpoint_every),
        }
    }
}
