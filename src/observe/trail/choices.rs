//! What was chosen: a provider for a task, a task to stop, a task to take back; what scaled a
//! service, and how containers ended.

use std::collections::BTreeMap;

use super::{Foretold, Pick, Restarted, Scaled, StopChosen, Trail};
use crate::engine::SimTime;
use crate::observe::inputs::{CallAsked, DecisionInputs};
use crate::world::task::Owner;

impl Trail {
    /// When the jobs of an owner's tasks came in, by the tasks' ordinals.
    pub fn arrivals_of(&self, owner: Owner) -> BTreeMap<u64, SimTime> {
        let picks = self.picks.iter().filter(|it| it.owner == owner);
        let known = picks.filter_map(|it| Some((it.ordinal, it.job?.arrived)));
        known.collect()
    }

    /// A task of EventBridge's call was not started.
    pub(super) fn note_call(&mut self, at: SimTime, asked: CallAsked) {
        if self.follows(Owner::Job(asked.source)) {
            self.failed_calls.push((at, asked));
        }
    }

    pub(super) fn note_pick(&mut self, at: SimTime, inputs: &DecisionInputs<'_>) {
        let DecisionInputs::Pick {
            owner,
            ordinal,
            strategy,
            counts,
            reason,
            job,
        } = *inputs
        else {
            return;
        };
        let search = self.search.take();
        let zones = search
            .filter(|(of, ..)| *of == owner)
            .map(|(.., zones)| zones);
        self.picks.push(Pick {
            at,
            owner,
            ordinal,
            strategy: strategy.clone(),
            counts: counts.to_vec(),
            reason,
            zones,
            job,
        });
    }

    pub(super) fn note_reclaim(&mut self, at: SimTime, inputs: &DecisionInputs<'_>) {
        if let DecisionInputs::Reclaimed {
            owner,
            ordinal,
            severity,
            uniform,
        } = *inputs
        {
            self.reclaims.push((at, owner, ordinal, severity, uniform));
        }
    }

    /// How a container ended, or was started again.
    pub(super) fn note_container(&mut self, at: SimTime, inputs: &DecisionInputs<'_>) {
        match *inputs {
            DecisionInputs::ContainerEnded {
                owner,
                ordinal,
                end,
            } => self.ends.push((at, owner, ordinal, end)),
            DecisionInputs::Restarted {
                service,
                ordinal,
                ready,
                noticed,
            } => self.restarts.push(Restarted {
                at,
                owner: Owner::Service(service),
                ordinal,
                ready,
                noticed,
            }),
            _ => {}
        }
    }

    /// What scaled a target, or sets its bounds.
    pub(super) fn note_scaling(&mut self, at: SimTime, inputs: &DecisionInputs<'_>) {
        match *inputs {
            DecisionInputs::Predicted { target, .. }
            | DecisionInputs::Foretold { target, .. }
            | DecisionInputs::Scaled { target, .. }
                if !self.has_reasons_of_target(target) => {}
            DecisionInputs::Predicted { target, bounds } => {
                self.predicted.push((at, target, bounds));
            }
            DecisionInputs::Foretold {
                target,
                history,
                hour,
            } => {
                let foretold = Foretold::of(at, (target, hour), history);
                self.foretold.push(foretold);
            }
            DecisionInputs::Scaled {
                target,
                minute,
                input,
                signals,
                decision,
            } => {
                let scaled = Scaled::of((at, target, minute), input, signals, decision);
                self.scalings.push(scaled);
            }
            _ => {}
        }
    }

    pub(super) fn note_stop(&mut self, at: SimTime, inputs: &DecisionInputs<'_>) {
        let DecisionInputs::StopChosen {
            service,
            ordinal,
            strategy,
            counts,
            zones,
            by_zone,
            phase,
            among,
            because,
            how,
        } = *inputs
        else {
            return;
        };
        self.stops.push(StopChosen {
            at,
            service,
            ordinal,
            strategy: strategy.clone(),
            counts: counts.to_vec(),
            zones: zones.to_vec(),
            by_zone: by_zone.to_vec(),
            phase,
            among,
            because,
            how,
        });
    }
}
