//! The exact Markov chain of one pool and its long-run law.
//!
//! The states are {calm, tight, empty (short), empty (long)} × family shock off or on × zone shock
//! off or on: 16. The daily cycle is left out: its mean is 1, and simulation shows that it does not
//! shift the level.

use super::Place;
use super::parameters::{SHORT_SHARE, SpotParameters};

/// Where one pool is in the long run.
#[derive(Clone, Copy, PartialEq, Debug)]
pub struct StationaryLaw {
    /// Probability of (place, pressed by a family shock, pressed by a zone shock), by
    /// [`StationaryLaw::share`].
    probabilities: [f64; STATES],
    /// Entries into empty an hour.
    pub shortages_per_hour: f64,
    /// The share of time calm.
    pub share_calm: f64,
    /// The share of time tight.
    pub share_tight: f64,
    /// The share of time empty.
    pub share_empty: f64,
}

/// The long-run law of one pool that meets `stress_per_hour` stresses. Costs one 16 × 16
/// elimination.
pub fn stationary_law(parameters: &SpotParameters, stress_per_hour: f64) -> StationaryLaw {
    let mut probabilities = [0.0; STATES];
    if stress_per_hour <= 0.0 {
        probabilities[state(Place::Calm, false, false)] = 1.0;
    } else {
        probabilities = solve(balance(parameters, stress_per_hour));
    }
    let mut law = StationaryLaw {
        probabilities,
        shortages_per_hour: 0.0,
        share_calm: 0.0,
        share_tight: 0.0,
        share_empty: 0.0,
    };
    for (family, zone) in PRESSES {
        let tight = law.share(Place::Tight, family, zone);
        let fall = parameters.empty_chance_under(family || zone);
        law.shortages_per_hour += tight * fall / parameters.tight_hours;
        law.share_calm += law.share(Place::Calm, family, zone);
        law.share_tight += tight;
        law.share_empty +=
            law.share(Place::EmptyShort, family, zone) + law.share(Place::EmptyLong, family, zone);
    }
    law
}

impl StationaryLaw {
    /// The probability of a place together with these two shocks being on or off.
    pub fn share(&self, place: Place, family_shock: bool, zone_shock: bool) -> f64 {
        self.probabilities[state(place, family_shock, zone_shock)]
    }

    /// The place of a pool in its long run, given the shocks that lie on it, by a `uniform`.
    pub fn place_by(&self, family_shock: bool, zone_shock: bool, uniform: f64) -> Place {
        let share = |place| self.share(place, family_shock, zone_shock);
        let mut rest = uniform * Place::ALL.into_iter().map(share).sum::<f64>();
        for place in [Place::Tight, Place::EmptyShort, Place::EmptyLong] {
            if rest < share(place) {
                return place;
            }
            rest -= share(place);
        }
        Place::Calm
    }
}

const STATES: usize = 16;
const PRESSES: [(bool, bool); 4] = [(false, false), (false, true), (true, false), (true, true)];
type Matrix = [[f64; STATES]; STATES];

fn state(place: Place, family: bool, zone: bool) -> usize {
    place as usize * 4 + usize::from(family) * 2 + usize::from(zone)
}

/// The balance equations, a row a state: what flows in less what flows out is 0. The last row,
/// which follows from the others, is replaced by "the probabilities sum to 1".
fn balance(parameters: &SpotParameters, stress_per_hour: f64) -> Matrix {
    let mut rows = [[0.0; STATES]; STATES];
    let mut flow = |from: usize, to: usize, rate: f64| {
        rows[to][from] += rate;
        rows[from][from] -= rate;
    };
    let end = 1.0 / parameters.shock_hours;
    let family_start = stress_per_hour * parameters.family_share;
    let zone_start = stress_per_hour * parameters.zone_share;
    for (family, zone) in PRESSES {
        for place in Place::ALL {
            let from = state(place, family, zone);
            flow(
                from,
                state(place, !family, zone),
                if family { end } else { family_start },
            );
            flow(
                from,
                state(place, family, !zone),
                if zone { end } else { zone_start },
            );
        }
        let at = |place| state(place, family, zone);
        let pressed = family || zone;
        let join = if pressed {
            1.0 / parameters.join_hours
        } else {
            0.0
        };
        flow(
            at(Place::Calm),
            at(Place::Tight),
            stress_per_hour * parameters.own_share() + join,
        );
        let fall = parameters.empty_chance_under(pressed);
        for (place, long, chance) in [
            (Place::EmptyShort, false, SHORT_SHARE),
            (Place::EmptyLong, true, 1.0 - SHORT_SHARE),
        ] {
            flow(
                at(Place::Tight),
                at(place),
                fall * chance / parameters.tight_hours,
            );
            flow(
                at(place),
                at(Place::Tight),
                1.0 / parameters.empty_phase_hours(long),
            );
        }
        flow(
            at(Place::Tight),
            at(Place::Calm),
            (1.0 - fall) / parameters.tight_hours,
        );
    }
    rows[STATES - 1] = [1.0; STATES];
    rows
}

/// Solves `rows · x = (0, …, 0, 1)` by elimination with the largest pivot of each column.
fn solve(mut rows: Matrix) -> [f64; STATES] {
    let mut right = [0.0; STATES];
    right[STATES - 1] = 1.0;
    for column in 0..STATES {
        let mut pivot = column;
        for row in column + 1..STATES {
            if rows[pivot][column].abs() < rows[row][column].abs() {
                pivot = row;
            }
        }
        rows.swap(column, pivot);
        right.swap(column, pivot);
        let source = rows[column];
        for row in column + 1..STATES {
            let factor = rows[row][column] / source[column];
            if factor != 0.0 {
                for (target, value) in rows[row].iter_mut().zip(source).skip(column) {
                    *target -= factor * value;
                }
                right[row] -= factor * right[column];
            }
        }
    }
    let mut solution = [0.0; STATES];
    for row in (0..STATES).rev() {
        let known: f64 = (row + 1..STATES)
            .map(|at| rows[row][at] * solution[at])
            .sum();
        solution[row] = (right[row] - known) / rows[row][row];
    }
    solution
}
