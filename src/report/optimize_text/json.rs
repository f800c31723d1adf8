//! The cheapest cell that keeps all objectives, for programs.

use serde_json::{Value, json};

use super::Searched;
use crate::experiment::optimize::{Ended, Searching, Standing};

impl Searched<'_> {
    /// For programs.
    pub fn json(&self) -> Value {
        let cells = self.ranked().into_iter().map(|candidate| {
            let cell = &self.grid.cells[candidate.cell];
            let (standing, by, broken) = match candidate.standing {
                Standing::Left => ("left", None, None),
                Standing::Beaten(by) => ("beaten", Some(&self.grid.cells[by].name), None),
                Standing::Dropped => ("dropped", None, None),
                Standing::Breaks(index) => ("breaks", None, Some(index + 1)),
                Standing::Valueless => ("valueless", None, None),
            };
            json!({
                "cell": candidate.cell,
                "name": cell.name,
                "labels": cell.labels,
                "standing": standing,
                "beaten_by": by,
                "breaks_objective": broken,
                "value": candidate.value,
                "difference_to_best": self.above_best(candidate),
                "runs": candidate.runs(),
                "runs_before_selection": candidate.searched.len(),
                "miss": candidate.miss,
                "objectives": candidate.objectives,
            })
        });
        json!({
            "scenario": self.scenario,
            "seed": self.seed,
            "minimize": self.plan.minimize,
            "confidence": self.plan.confidence,
            "indifference": self.optimum.indifference,
            "parameters": self.grid.parameters,
            "best": self.optimum.best.map(|best| &self.grid.cells[best].name),
            "is_settled": self.optimum.is_settled,
            "ended_by": match self.optimum.ended {
                Ended::Settled => "settled",
                Ended::Runs => "runs",
                Ended::Time => "time",
                Ended::Cancelled => "cancelled",
            },
            "is_reproducible": self.is_reproducible(),
            "search": self.optimum.search.as_ref().map(search_json),
            "runs": self.optimum.runs,
            "runs_more": self.optimum.runs_more,
            "nearest_miss": self.nearest_miss(),
            "never_varied": self.optimum.still.map(|(cells, runs)| {
                json!({ "cells": cells, "runs": runs })
            }),
            "objectives": self.objectives(),
            "sentences": self.sentences(),
            "caveats": self.caveats().iter().map(|it| it.text).collect::<Vec<_>>(),
            "cells": cells.collect::<Vec<_>>(),
        })
    }
}

fn search_json(search: &Searching) -> Value {
    let rungs = search.rungs.iter();
    let rungs =
        rungs.map(|(replications, cells)| json!({ "replications": replications, "cells": cells }));
    json!({
        "proposed_by": "tree-structured Parzen estimator",
        "points_in_space": search.space,
        "rungs": rungs.collect::<Vec<_>>(),
        "finalists": search.finalists,
        "confidence_holds_among": "finalists",
        "notes": search.notes,
    })
}
