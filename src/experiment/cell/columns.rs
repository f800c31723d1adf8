//! The columns that a sweep's tables have beside those of its parameters: a parameter of the same
//! name would be a second one, and readers of tables find columns by their names.

use super::GridError;
use super::refused::unknown;
use crate::experiment::measure::Measure;
use crate::scenario::Loaded;
use crate::scenario::sweep::{SweepParameter, SweepPlan};

/// Columns of `runs.csv`, `cells.csv`, `fronts.csv` and `mixtures.csv`.
const FIXED: [&str; 9] = [
    "cell",
    "replication",
    "complete",
    "events",
    "event_hash",
    "runs",
    "objective",
    "standing",
    "dominated_by",
];
/// Columns of `regret.csv`, after those of the choice.
pub const OF_REGRET: [&str; 7] = [
    "mean",
    "mean_half_width",
    "p95",
    "largest",
    "largest_under",
    "broken_under",
    "is_least",
];
/// What follows a measure's name.
const OF_MEASURES: [&str; 7] = [
    "",
    "_mean",
    "_half_width",
    "_p95",
    "_difference",
    "_difference_half_width",
    "_difference_p_value_of_all_cells",
];
/// What follows `objective_<n>`.
const OF_OBJECTIVES: [&str; 6] = [
    "_held",
    "_held_runs",
    "_judged_runs",
    "_held_share",
    "_held_share_low",
    "_held_share_high",
];

/// Whether a table of a sweep with these measures has a column of this name.
pub fn is_column(name: &str, measures: &[Measure]) -> bool {
    let of_measure = |measure: &Measure| {
        let ending = name.strip_prefix(&measure.name);
        ending.is_some_and(|ending| OF_MEASURES.contains(&ending))
    };
    let of_objective = || {
        let rest = name.strip_prefix("objective_")?;
        let ending = rest.trim_start_matches(|it: char| it.is_ascii_digit());
        (ending.len() < rest.len()).then(|| OF_OBJECTIVES.contains(&ending))
    };
    FIXED.contains(&name)
        || OF_REGRET.contains(&name)
        || of_objective() == Some(true)
        || measures.iter().any(of_measure)
}

/// Whether each parameter's column is its own.
///
/// # Errors
/// With the first that is not, and a name that would be.
pub(super) fn check_names(
    loaded: &Loaded,
    sweep: &SweepPlan,
    measures: &[Measure],
) -> Result<(), GridError> {
    let mut parameters = sweep.parameters.iter();
    let Some(taken) = parameters.find(|it| is_column(&it.name, measures)) else {
        return Ok(());
    };
    let help = format!(
        "give it a name of its own, like {}",
        free_name(taken, sweep, measures)
    );
    let message = format!(
        "a parameter can't be named {}: the tables of results have a column of this name",
        taken.name
    );
    let path = format!("sweep.parameters.{}", taken.name);
    let place = taken.places.first().copied();
    Err(GridError::TakenName {
        name: taken.name.clone(),
        failure: Box::new(unknown(loaded, (message, &path, place), &help)),
        help,
    })
}

/// The end of its path, or its name with a word behind it.
fn free_name(taken: &SweepParameter, sweep: &SweepPlan, measures: &[Measure]) -> String {
    let end = taken.paths.first().and_then(|it| {
        let end = it.trim_end_matches(']').rsplit(['.', '[']).next();
        end.map(|it| it.trim().to_owned())
    });
    let is_free = |name: &String| {
        let is_another = sweep.parameters.iter().any(|it| it.name == *name);
        !name.is_empty() && !is_another && !is_column(name, measures)
    };
    let value = format!("{}Value", taken.name);
    end.into_iter().find(is_free).unwrap_or(value)
}
