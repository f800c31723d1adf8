//! The end of the warm-up: figures begin anew, what there is stays.
//!
//! Some is told at an end only: by tasks and instances when they are gone, and by the load model,
//! whose response times are those of the whole run. What they would have told at the warm-up's end
//! is asked of a copy of the run that ends there, and taken away at the real end.

use crate::engine::SimTime;
use crate::observe::tally::groups::GroupTally;
use crate::observe::tally::load::LoadTally;
use crate::observe::tally::{JobSourceTally, ProviderTally, ServiceTally, Tally};

impl Tally {
    /// A tally of `plan`'s run that takes what would be told at the warm-up's end `at`.
    pub(in crate::observe) fn of_end(mut self, at: SimTime) -> Self {
        self.from = at;
        self.groups.iter_mut().for_each(GroupTally::take_told);
        self
    }

    /// Measures from `at`, the start of a minute, on; `told` is what would have been told if the
    /// run had ended there.
    pub(in crate::observe) fn restart(&mut self, at: SimTime, told: Tally) {
        self.from = at;
        for service in &mut self.services {
            service.restart(at);
        }
        for source in &mut self.job_sources {
            let waiting = source.waiting;
            *source = JobSourceTally {
                waiting,
                waiting_max: waiting,
                ..JobSourceTally::default()
            };
        }
        self.providers.fill_with(ProviderTally::default);
        for (group, told) in self.groups.iter_mut().zip(&told.groups) {
            group.restart(at, told);
        }
        for zone in &mut self.spot_zones {
            zone.spent_us = [0; 3];
            (zone.since, zone.reclaims, zone.interruptions) = (at, 0, 0);
        }
        for alarm in &mut self.alarms {
            alarm.restart(at);
        }
        for objective in &mut self.objectives {
            objective.restart(at);
        }
        self.running.restart(at);
        self.instances.restart(at);
        self.told = Some(Box::new(told));
    }

    /// Takes away what was of the warm-up in what was told at the end.
    pub(super) fn deduct_told(&mut self) {
        let Some(told) = self.told.take() else {
            return;
        };
        for (service, told) in self.services.iter_mut().zip(&told.services) {
            service.tasks.deduct(&told.tasks);
            service.load.deduct_totals(&told.load);
        }
        for (source, told) in self.job_sources.iter_mut().zip(&told.job_sources) {
            source.tasks.deduct(&told.tasks);
        }
        for (provider, told) in self.providers.iter_mut().zip(&told.providers) {
            provider.running_us = provider.running_us.saturating_sub(told.running_us);
        }
        for (group, told) in self.groups.iter_mut().zip(&told.groups) {
            group.deduct(told);
        }
    }
}

impl ServiceTally {
    fn restart(&mut self, at: SimTime) {
        for count in [
            &mut self.desired,
            &mut self.running,
            &mut self.pending,
            &mut self.unplaced,
        ] {
            count.restart(at);
        }
        self.short_us = 0;
        self.short_since = self.short_since.map(|_| at);
        self.tasks = Default::default();
        self.load = LoadTally::default();
        (self.scale_outs, self.scale_ins) = (0, 0);
        self.deployments.restart();
    }
}
