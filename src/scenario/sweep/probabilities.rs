//! How likely a parameter's values are: for what nobody chooses and plain runs hardly ever meet.

use super::super::context::unknown_name;
use super::super::reader::Field;
use super::{Design, SweepParameter, SweepValue};

/// Probabilities add up to 1 but for what decimals lose.
const CRUMBS: f64 = 1e-9;

/// `probabilities: { zoneLoss: 1 % }`, by the values as tables show them. One value may be left
/// out: it has what is left.
pub(super) fn read(field: &Field<'_>, values: &[SweepValue]) -> Option<Vec<f64>> {
    let mut map = field.map()?;
    let mut found: Vec<Option<f64>> = vec![None; values.len()];
    let mut is_whole = true;
    for (key, share) in map.entries() {
        match values.iter().position(|value| value.label == key.text) {
            Some(index) => {
                found[index] = share.share();
                is_whole &= found[index].is_some();
            }
            None => {
                let known = values.iter().map(|value| value.label.as_str());
                unknown_name(&share, "value", &key.text, known);
                is_whole = false;
            }
        }
    }
    map.finish();
    if !is_whole {
        return None;
    }
    let sum: f64 = found.iter().flatten().sum();
    let missing = found.iter().filter(|share| share.is_none()).count();
    let wrong = match missing {
        0 if CRUMBS < (sum - 1.0).abs() => true,
        1 => 1.0 + CRUMBS < sum,
        0 => false,
        _ => {
            let message = format!("{missing} values have no probability, one may be left out");
            let help = "the one that is left out has what the others leave of 100 %";
            field.error("invalid-value", message).help(help).report();
            return None;
        }
    };
    if wrong {
        let percent = (sum * 1e8).round() / 1e6;
        let message = format!("the probabilities add up to {percent} % instead of 100 %");
        field.error("invalid-value", message).report();
        return None;
    }
    let rest = (1.0 - sum).max(0.0);
    Some(found.into_iter().map(|it| it.unwrap_or(rest)).collect())
}

/// A range has no values of its own to be likely or not.
pub(super) fn say_of_range(field: &Field<'_>) {
    let message = "probabilities are of values; a range is met evenly";
    let help = "list values instead, or leave the probabilities out";
    field.error("invalid-value", message).help(help).report();
}

/// Designs that set values one at a time weigh nothing.
pub(super) fn say_if_unused(field: &Field<'_>, parameter: &SweepParameter, design: Design) {
    if parameter.probabilities.is_some() && matches!(design, Design::OneAtATime | Design::Tornado) {
        let message = "probabilities weigh the cells of a grid, and draws; this design has neither";
        let help = "take design: grid, or leave them out";
        field.error("unused-field", message).help(help).report();
    }
}

/// The index of the value that `uniform` falls to.
pub(super) fn drawn(probabilities: &[f64], uniform: f64) -> usize {
    let mut below = 0.0;
    let falls = |share: &f64| {
        below += share;
        uniform < below
    };
    let last = probabilities.len() - 1;
    probabilities.iter().position(falls).unwrap_or(last)
}
