//! `optimize:`: which of a sweep's cells is wanted, and how surely.

use super::super::context::Context;
use super::super::reader::{Field, MapReader};
use super::super::source::Span;
use super::super::values;
use super::design::{Precision, precision};
use crate::engine::time::SimDuration;

/// The fewest candidates of a search: fewer teach it nothing.
pub const CANDIDATES_MIN: u32 = 10;
/// The most candidates of a search.
pub const CANDIDATES_MAX: u32 = 10_000;

/// What is to be least, among the cells of a sweep that keep all objectives.
#[derive(Clone, PartialEq, Debug)]
pub struct OptimizePlan {
    /// The measure, a column of `runs.csv`.
    pub minimize: String,
    /// Where it stands in the file, if it does.
    pub place: Option<Span>,
    /// Differences below it are no matter.
    pub indifference: Precision,
    /// The probability of selecting the best, 0 to 1.
    pub confidence: f64,
    /// Runs at most.
    pub runs: u64,
    /// Time at most, by the clock on the wall.
    pub time: Option<SimDuration>,
    /// How the best is searched for where not every cell is played.
    pub search: Option<SearchPlan>,
}

/// A search that plays some points of the space only.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct SearchPlan {
    /// Points that are played at most.
    pub candidates: u32,
}

/// Reads the block; what it leaves out is the default, and so is all of it where it is missing. The
/// field is that of `search`.
pub(in crate::scenario) fn read<'a>(
    cx: &Context<'_>,
    root: &mut MapReader<'a>,
) -> Option<(OptimizePlan, Option<Field<'a>>)> {
    let field = root.field("optimize")?;
    let mut map = field.map()?;
    let minimize = map.field("minimize");
    let indifference = map.field("indifference");
    let indifference = indifference.and_then(|field| field.value("a width", precision));
    let sure = map.field("confidence");
    let confidence = sure.as_ref().and_then(|field| field.share());
    let runs = map.u64("runs", 1..=1_000_000_000);
    let time = map.field("time").and_then(|field| time(&field));
    let searched = map.field("search");
    let search = searched.as_ref().and_then(search);
    map.finish();
    if let (Some(field), Some(share)) = (&sure, confidence)
        && !(0.5..1.0).contains(&share)
    {
        let message = "a confidence is from 50 % to below 100 %";
        let help = "write it like 95 %";
        field.error("invalid-value", message).help(help).report();
    }
    let usual = |path| cx.default_text(path);
    let or_usual =
        |path: &'static str, read: Option<Precision>| read.or_else(|| precision(usual(path)).ok());
    let indifference = or_usual("optimize.indifference", indifference);
    let confidence = confidence.or_else(|| values::share(usual("optimize.confidence")).ok());
    let runs = runs.or_else(|| usual("optimize.runs").parse().ok());
    let named = minimize.as_ref().and_then(|field| field.str());
    let plan = OptimizePlan {
        place: minimize.as_ref().map(Field::span),
        minimize: named
            .unwrap_or_else(|| usual("optimize.minimize"))
            .to_owned(),
        indifference: indifference?,
        confidence: confidence?,
        runs: runs?,
        time,
        search,
    };
    Some((plan, searched))
}

fn time(field: &Field<'_>) -> Option<SimDuration> {
    let time = field.duration()?;
    if time == SimDuration::ZERO {
        let message = "a search takes some time";
        let help = "write how long it may take, like 10 min, or leave time out";
        field.error("invalid-value", message).help(help).report();
        return None;
    }
    Some(time)
}

fn search(field: &Field<'_>) -> Option<SearchPlan> {
    let mut map = field.map()?;
    let candidates = map.u32("candidates", CANDIDATES_MIN..=CANDIDATES_MAX);
    map.finish();
    let usual = SearchPlan::default();
    Some(SearchPlan {
        candidates: candidates.unwrap_or(usual.candidates),
    })
}

impl Default for SearchPlan {
    fn default() -> Self {
        let text = super::super::defaults::text;
        SearchPlan {
            candidates: text("optimize.search.candidates").parse().unwrap_or(200),
        }
    }
}

impl Default for OptimizePlan {
    fn default() -> Self {
        let text = super::super::defaults::text;
        let one_percent = Precision::Relative(0.01);
        OptimizePlan {
            minimize: text("optimize.minimize").to_owned(),
            place: None,
            indifference: precision(text("optimize.indifference")).unwrap_or(one_percent),
            confidence: values::share(text("optimize.confidence")).unwrap_or(0.95),
            runs: text("optimize.runs").parse().unwrap_or(10_000),
            time: None,
            search: None,
        }
    }
}
