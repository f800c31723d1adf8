//! A grid whose cells come one after another, as a search proposes them.

use std::ops::Range;

use rayon::prelude::*;

use super::Growing;
use crate::experiment::cell::{
    Grid, GridError, convert, converted, nothing_varied, pasts_of, without_sweep,
};
use crate::experiment::measure::{Measure, measures};
use crate::experiment::optimize::{Bench, Played};
use crate::experiment::sweep::{Conduct, RunRow};
use crate::experiment::varied::Varied;
use crate::scenario::node::Node;
use crate::scenario::plan::ObjectivePlan;
use crate::scenario::sweep::{Replications, SweepParameter, SweepValue};
use crate::scenario::{LoadOptions, Loaded};

/// The cells that were proposed so far, and who plays them.
pub(super) struct Grown<'a> {
    loaded: &'a Loaded,
    tree: Node,
    options: &'a LoadOptions,
    parameters: &'a [SweepParameter],
    grid: Grid,
    conduct: &'a Conduct<'a>,
    time_used: Option<&'a dyn Fn() -> f64>,
    /// How many points were no legal scenarios, and the first of them with its reason.
    illegal: (usize, Option<String>),
}

impl<'a> Grown<'a> {
    /// A grid of the first points; what runs are measured by is what theirs have.
    pub(super) fn new(
        (loaded, options): (&'a Loaded, &'a LoadOptions),
        points: Vec<Vec<SweepValue>>,
        (conduct, time_used): (&'a Conduct<'a>, Option<&'a dyn Fn() -> f64>),
    ) -> Result<Self, GridError> {
        let sweep = loaded.sweep.as_ref().ok_or(GridError::NoSweep)?;
        if sweep.parameters.is_empty() {
            let failure = Box::new(nothing_varied(loaded, sweep.place));
            return Err(GridError::Empty { failure });
        }
        let parameters = sweep.parameters.as_slice();
        let made = || converted(loaded, options, (parameters, points));
        let (cells, trace_files) = conduct.pool.install(made)?;
        let grid = Grid {
            parameters: parameters.iter().map(|it| it.name.clone()).collect(),
            baseline: 0,
            pasts: pasts_of(&cells),
            measures: measures(cells.iter().map(|cell| &cell.plan)),
            cells,
            replications: Replications::fixed(super::RUNGS[0]),
            notes: Vec::new(),
            trace_files,
            varied: Varied::default(),
            warm_up: None,
        };
        Ok(Grown {
            tree: without_sweep(loaded),
            loaded,
            options,
            parameters,
            grid,
            conduct,
            time_used,
            illegal: (0, None),
        })
    }

    /// The cells that were proposed.
    pub(super) fn into_grid(self) -> Grid {
        self.grid
    }

    fn played(&self) -> Played<'_> {
        Played {
            grid: &self.grid,
            conduct: self.conduct,
            time_used: self.time_used,
        }
    }
}

impl Bench for Grown<'_> {
    fn play(&self, cells: &[usize], replications: Range<u32>) -> Vec<RunRow> {
        self.played().play(cells, replications)
    }

    fn objectives(&self, cell: usize) -> &[ObjectivePlan] {
        &self.grid.cells[cell].plan.objectives
    }

    fn measures(&self) -> &[Measure] {
        &self.grid.measures
    }

    fn time_used(&self) -> f64 {
        self.played().time_used()
    }

    fn is_cancelled(&self) -> bool {
        self.played().is_cancelled()
    }
}

impl Growing for Grown<'_> {
    fn add(&mut self, points: &[Vec<SweepValue>]) -> Vec<bool> {
        let of = |point: &Vec<SweepValue>| {
            let scenario = (self.loaded, &self.tree);
            convert(scenario, self.options, (self.parameters, point))
        };
        let made = || points.par_iter().map(of).collect::<Vec<_>>();
        let made = self.conduct.pool.install(made);
        let mut legal = Vec::with_capacity(points.len());
        for cell in made {
            legal.push(cell.is_ok());
            match cell {
                Ok((cell, traces)) => {
                    self.grid.cells.push(cell);
                    for trace in traces {
                        if !self.grid.trace_files.contains(&trace) {
                            self.grid.trace_files.push(trace);
                        }
                    }
                }
                Err(broken) => {
                    self.illegal.0 += 1;
                    let first = || {
                        let problem = broken.failure.diagnostics.items().iter().next();
                        let why = problem.map_or("", |it| it.message.as_str());
                        format!("{}: {why}", broken.name)
                    };
                    self.illegal.1.get_or_insert_with(first);
                }
            }
        }
        self.grid.pasts = pasts_of(&self.grid.cells);
        legal
    }

    fn notes(&self) -> Vec<String> {
        let (count, first) = &self.illegal;
        let said = |first: &String| {
            format!("{count} of the points proposed can't be run and were left out, like {first}")
        };
        first.iter().map(said).collect()
    }
}
