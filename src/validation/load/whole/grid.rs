//! A section of such comparisons: its tables, its cells, its bounds.

use rayon::prelude::*;

use crate::validation::section::{Column, Section, Table, Tally, Verdict};
use crate::validation::{Effort, SectionSpec, Watch};

use super::super::errors::{Errors, INTERVALS, in_points, of_hundred};
use super::super::pair::{self, Off, Pair};
use super::played::{Both, Cell, compared};

/// Plays of each scenario request by request.
const REPLICATIONS: [u32; 2] = [12, 3];

/// The bounds of a table, of minutes that no run distrusts; means of the errors' sizes, but for the
/// last.
#[derive(Clone, Copy, Debug)]
pub(super) struct Bounds {
    /// Points.
    pub(super) utilization: f64,
    /// %
    pub(super) mean: f64,
    /// %
    pub(super) p95: f64,
    /// %
    pub(super) p99: f64,
    /// Points.
    pub(super) failed: f64,
    /// The mean response of each settled service, %.
    pub(super) each_mean: f64,
}

/// A section as it is asked for.
pub(super) struct Grid<'g> {
    pub(super) spec: &'g SectionSpec,
    pub(super) title: &'g str,
    pub(super) intro: &'g str,
    /// Captions and bounds.
    pub(super) tables: &'g [(&'g str, Bounds)],
    pub(super) cells: Vec<Cell>,
    pub(super) notes: Vec<String>,
}

/// What is added up over minutes.
#[derive(Clone, Debug, Default)]
struct Sums {
    utilization: Errors,
    mean: Errors,
    p95: Errors,
    p99: Errors,
    failed: Errors,
}

impl Sums {
    fn add(&mut self, draw: usize, both: &Both) {
        let add = |errors: &mut Errors, figure: fn(&Pair) -> Off| {
            let batches: Vec<f64> = both.batches.iter().map(|it| figure(it).error).collect();
            errors.add_drawn(figure(&both.pair), draw, &batches);
        };
        add(&mut self.utilization, Pair::utilization);
        add(&mut self.mean, Pair::mean);
        add(&mut self.p95, Pair::p95);
        add(&mut self.p99, Pair::p99);
        add(&mut self.failed, Pair::failed);
    }

    fn all(&self) -> [&Errors; 5] {
        [
            &self.utilization,
            &self.mean,
            &self.p95,
            &self.p99,
            &self.failed,
        ]
    }
}

const WORDS: &str = "Cells are **mean / 95th percentile / worst** of the errors' sizes, over the \
     minutes of a service in change, or over settled services (one figure each, of all their \
     minutes). Distrusted are those of which a run says itself that the fluid model is out of its \
     validated range. Every minute but the first is compared; an exact figure is the mean of that \
     minute's over replications, as CloudWatch would show it. Utilization is the share of slots \
     that are taken, failed are the requests that are answered with a 5xx or given up in a minute, \
     over those that come in it. Percentiles are of bins of 2.5 % in both fidelities.";

impl Grid<'_> {
    /// Plays all of it.
    pub(super) fn section(self, effort: &Effort, watch: &Watch<'_>) -> Option<Section> {
        let replications = effort.choose(REPLICATIONS[0], REPLICATIONS[1]);
        let all: Vec<Option<Vec<Vec<Both>>>> = self
            .cells
            .par_iter()
            .enumerate()
            .map(|(index, cell)| {
                let of = || compared(cell, (effort, watch), (index, replications));
                let services = (!watch.is_cancelled()).then(of).flatten();
                watch.step();
                services
            })
            .collect();
        let all: Vec<Vec<Vec<Both>>> = all.into_iter().collect::<Option<_>>()?;
        let holdings = effort.choose(300, 60);
        let intro = format!(
            "{} scenarios, each {replications} times request by request. {} A minute has \
             {holdings} slot-holding times of a lone request, tasks have 16 slots if nothing \
             else is said, work only waits (lognormal, CV 1 if nothing else is said), nobody \
             gives up if nothing else is said.",
            self.cells.len(),
            self.intro,
        );
        Some(Section {
            name: self.spec.name.to_owned(),
            title: self.title.to_owned(),
            intro: vec![intro, WORDS.to_owned(), INTERVALS.to_owned()],
            tables: self.tables(&all),
            cells: vec![self.singles(&all)],
            verdicts: self.verdicts(&all),
            notes: self.notes,
        })
    }

    /// The minutes of some cells, trusted or not.
    fn sums(
        &self,
        all: &[Vec<Vec<Both>>],
        is_distrusted: bool,
        wanted: impl Fn(&Cell) -> bool,
    ) -> Sums {
        let mut sums = Sums::default();
        for (index, (cell, services)) in self.cells.iter().zip(all).enumerate() {
            let minutes = services.iter().flatten();
            let minutes = minutes.filter(|it| wanted(cell) && it.is_distrusted == is_distrusted);
            minutes.for_each(|it| sums.add(index, it));
        }
        sums
    }

    fn tables(&self, all: &[Vec<Vec<Both>>]) -> Vec<Table> {
        let table = |(index, (caption, _)): (usize, &(&str, Bounds))| {
            let mut columns = vec![Column::text("what")];
            let figures = [
                "trusted",
                "utilization, points",
                "mean, %",
                "p95, %",
                "p99, %",
                "failed, points",
                "distrusted",
                "their mean, %",
                "p99, %",
                "failed, points",
            ];
            columns.extend(figures.map(Column::number));
            let mut table = Table::new(caption, columns);
            let mut kinds: Vec<&str> = Vec::new();
            for cell in self.cells.iter().filter(|cell| cell.table == index) {
                if !kinds.contains(&cell.kind.as_str()) {
                    kinds.push(&cell.kind);
                }
            }
            for kind in kinds {
                let here = |cell: &Cell| cell.table == index && cell.kind == kind;
                let [trusted, other] = [false, true].map(|which| self.sums(all, which, here));
                let mut row = vec![kind.to_owned(), trusted.mean.count().to_string()];
                row.extend(trusted.all().map(Errors::cell));
                row.push(other.mean.count().to_string());
                row.extend([&other.mean, &other.p99, &other.failed].map(Errors::cell));
                table.row(row);
            }
            table
        };
        self.tables.iter().enumerate().map(table).collect()
    }

    /// A row a service of a cell.
    fn singles(&self, all: &[Vec<Vec<Both>>]) -> Table {
        let mut columns = pair::columns(&["what", "of it", "service"], &["minutes", "distrusted"]);
        columns.truncate(10);
        let mut table = Table::new(
            &format!("{}: mean ± its chance / worst of the sizes", self.title),
            columns,
        );
        for (index, (cell, services)) in self.cells.iter().zip(all).enumerate() {
            for (name, minutes) in cell.services.iter().zip(services) {
                let mut sums = Sums::default();
                minutes.iter().for_each(|it| sums.add(index, it));
                let distrusted = minutes.iter().filter(|it| it.is_distrusted).count();
                let mut row = vec![
                    cell.kind.clone(),
                    cell.what.clone(),
                    (*name).to_owned(),
                    minutes.len().to_string(),
                    distrusted.to_string(),
                ];
                row.extend(sums.all().map(Errors::mean_and_worst));
                table.row(row);
            }
        }
        table
    }

    fn verdicts(&self, all: &[Vec<Vec<Both>>]) -> Vec<Verdict> {
        let mut verdicts = Vec::new();
        for (index, (caption, bounds)) in self.tables.iter().enumerate() {
            let here = self.sums(all, false, |cell| cell.table == index);
            let mut claim = |what: &str, errors: &Errors, bound: f64, is_share: bool| {
                let show = if is_share { in_points } else { of_hundred };
                let claim = format!("{caption}, trusted: {what}, mean error");
                let measured = errors.mean_within();
                verdicts.push(Verdict::at_most_within(&claim, measured, bound, show));
            };
            claim("utilization", &here.utilization, bounds.utilization, true);
            claim("mean response", &here.mean, bounds.mean, false);
            claim("p95", &here.p95, bounds.p95, false);
            claim("p99", &here.p99, bounds.p99, false);
            claim("failed share", &here.failed, bounds.failed, true);
            let mut each = Tally::default();
            for (cell, services) in self.cells.iter().zip(all) {
                let settled = services.iter().flatten();
                let settled = settled
                    .filter(|it| cell.table == index && cell.is_settled && !it.is_distrusted);
                for it in settled {
                    let off = it.pair.mean();
                    each.add(off.error, off.chance, bounds.each_mean);
                }
            }
            if 0 < each.within + each.undecided + each.beyond {
                let within = of_hundred(bounds.each_mean);
                let claim = format!("{caption}, trusted: mean response within {within}");
                verdicts.push(Verdict::each(&claim, &each, "%"));
            }
        }
        verdicts
    }
}
