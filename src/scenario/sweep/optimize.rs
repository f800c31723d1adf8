//! `optimize:`: which of a sweep's cells is wanted, and how surely.

use super::super::context::Context;
use super::super::reader::MapReader;
use super::super::source::Span;
use super::super::values;
use super::design::{Precision, precision};

/// What is to be least, among the cells of a sweep that keep all objectives.
#[derive(Clone, PartialEq, Debug)]
pub struct OptimizePlan {
    /// The measure, a column of `runs.csv`.
    pub minimize: String,
    /// Differences below it are no matter.
    pub indifference: Precision,
    /// The probability of selecting the best, 0 to 1.
    pub confidence: f64,
    /// Runs at most.
    pub runs: u64,
    /// Where the measure stands in the file, if it does.
    pub place: Option<Span>,
}

/// Reads the block; what it leaves out is the default, and so is all of it where it is missing.
pub(in crate::scenario) fn read(
    cx: &Context<'_>,
    root: &mut MapReader<'_>,
) -> Option<OptimizePlan> {
    let field = root.field("optimize")?;
    let mut map = field.map()?;
    let minimize = map.field("minimize");
    let indifference = map.field("indifference");
    let indifference = indifference.and_then(|field| field.value("a width", precision));
    let sure = map.field("confidence");
    let confidence = sure.as_ref().and_then(|field| field.share());
    let runs = map.u64("runs", 1..=1_000_000_000);
    map.finish();
    if let (Some(field), Some(share)) = (&sure, confidence)
        && !(0.5..1.0).contains(&share)
    {
        let message = "a confidence is from 50 % to below 100 %";
        let help = "write it like 95 %";
        field.error("invalid-value", message).help(help).report();
    }
    let usual = OptimizePlan::usual(|path| cx.default_text(path));
    Some(OptimizePlan {
        place: minimize.as_ref().map(|field| field.span()),
        minimize: minimize
            .and_then(|field| field.str())
            .map_or(usual.minimize, str::to_owned),
        indifference: indifference.unwrap_or(usual.indifference),
        confidence: confidence.unwrap_or(usual.confidence),
        runs: runs.unwrap_or(usual.runs),
    })
}

impl OptimizePlan {
    /// What applies where a scenario says nothing, `default` being the value of a path's default.
    pub(in crate::scenario) fn usual(default: impl Fn(&str) -> &'static str) -> Self {
        let one_percent = Precision::Relative(0.01);
        OptimizePlan {
            minimize: default("optimize.minimize").to_owned(),
            indifference: precision(default("optimize.indifference")).unwrap_or(one_percent),
            confidence: values::share(default("optimize.confidence")).unwrap_or(0.95),
            runs: default("optimize.runs").parse().unwrap_or(10_000),
            place: None,
        }
    }
}

impl Default for OptimizePlan {
    fn default() -> Self {
        OptimizePlan::usual(super::super::defaults::text)
    }
}
