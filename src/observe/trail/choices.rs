//! What was chosen: a provider for a task, a task to stop, a task to take back.

use super::{Pick, StopChosen, Trail};
use crate::engine::SimTime;
use crate::observe::inputs::DecisionInputs;

impl Trail {
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
