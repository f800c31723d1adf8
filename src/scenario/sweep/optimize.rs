//! `optimize:`: which of a sweep's cells is wanted, and how surely.

use super::super::context::Context;
use super::super::reader::MapReader;
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
    let usual = |path| cx.default_text(path);
    let or_usual =
        |path: &'static str, read: Option<Precision>| read.or_else(|| precision(usual(path)).ok());
    let indifference = or_usual("optimize.indifference", indifference);
    let confidence = confidence.or_else(|| values::share(usual("optimize.confidence")).ok());
    let runs = runs.or_else(|| usual("optimize.runs").parse().ok());
    let named = minimize.and_then(|field| field.str());
    Some(OptimizePlan {
        minimize: named
            .unwrap_or_else(|| usual("optimize.minimize"))
            .to_owned(),
        indifference: indifference?,
        confidence: confidence?,
        runs: runs?,
    })
}

impl Default for OptimizePlan {
    fn default() -> Self {
        let text = super::super::defaults::text;
        let one_percent = Precision::Relative(0.01);
        OptimizePlan {
            minimize: text("optimize.minimize").to_owned(),
            indifference: precision(text("optimize.indifference")).unwrap_or(one_percent),
            confidence: values::share(text("optimize.confidence")).unwrap_or(0.95),
            runs: text("optimize.runs").parse().unwrap_or(10_000),
        }
    }
}
