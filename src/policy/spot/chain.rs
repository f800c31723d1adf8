//! From a level to rates: the exact 16-state Markov chain of one pool, and a bisection on its rate of stresses.
//!
//! The states are {calm, tight, empty (short), empty (long)} × family shock off or on × zone shock off or on. The
//! daily cycle is left out: its mean is 1, and simulation shows that it does not shift the level.

use thiserror::Error;

use super::Place;
use super::parameters::{HOURS_PER_MONTH, Level, ParameterProblem, SHORT_SHARE, SpotParameters};

/// What drives the pools of one parameter set.
#[derive(Clone, Copy, PartialEq, Debug)]
pub struct Rates {
    /// Stresses an hour that a pool meets: its own, its family's and its zone's together.
    pub stress_per_hour: f64,
    /// Interruptions an hour that hit one running task or instance alone.
    pub isolated_per_hour: f64,
    /// The chance that a shortage also reclaims: the parameter, or what a given share of time without launches
    /// leaves for it.
    pub reclaims_per_shortage: f64,
}

/// Where one pool is in the long run.
#[derive(Clone, Copy, PartialEq, Debug)]
pub struct StationaryLaw {
    /// Probability of (place, pressed by a family shock, pressed by a zone shock), by [`StationaryLaw::share`].
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

/// What a parameter set means, in figures a user can judge.
#[derive(Clone, Copy, PartialEq, Debug)]
pub struct Facts {
    /// Interruptions a month of one task or instance kept running.
    pub interruptions_per_slot_month: f64,
    /// The share of distinct instances interrupted in a month, under the parameters' lifetime.
    pub monthly_share: f64,
    /// Stresses a month that a pool meets.
    pub stresses_per_month: f64,
    /// Shortages a month of a pool.
    pub shortages_per_month: f64,
    /// Shortages that follow from one stress.
    pub shortages_per_stress: f64,
    /// The share of time in which a pool grants no launch.
    pub share_empty: f64,
    /// The share of time in which a pool grants some launches.
    pub share_tight: f64,
}

/// Why no rates give the wanted level.
#[derive(Clone, PartialEq, Debug, Error)]
pub enum CalibrationError {
    /// The parameters themselves are wrong.
    #[error("{}", list(.0))]
    Parameters(Vec<ParameterProblem>),
    /// Even constant stress interrupts too little.
    #[error(
        "{wanted_per_month:.2} interruptions a slot-month can't be reached, at most {most_per_month:.2}: raise \
         reclaims_per_shortage or reclaim_all, or shorten empty_hours"
    )]
    Unreachable {
        /// What the level asks for, without those that come alone.
        wanted_per_month: f64,
        /// The most that these parameters give.
        most_per_month: f64,
    },
    /// Even constant stress leaves more time with launches.
    #[error("share_empty {wanted} can't be reached, at most {most:.3}: lengthen empty_hours")]
    EmptyShareUnreachable {
        /// The share of time without launches that was given.
        wanted: f64,
        /// The most that these parameters give.
        most: f64,
    },
    /// So few shortages can't hold so many interruptions.
    #[error(
        "share_empty {share_empty} leaves so few shortages that {needed:.2} reclaims would have to come with \
         each, at most 1 can: raise share_empty, raise reclaim_all, shorten empty_hours or lower the level"
    )]
    TooFewShortages {
        /// The share of time without launches that was given.
        share_empty: f64,
        /// Reclaims a shortage that the level needs.
        needed: f64,
    },
}

/// The rates under which a pool shows the level its parameters state.
///
/// With severity mean E, κ reclaims a shortage, R shortages an hour and π the share of time empty, one running
/// task or instance is reclaimed κ E R / (1 − π κ E) times an hour; bisection on the stresses makes that the
/// wanted rate. Worked example: preset default in the bucket 5-10 % gives 0.123 stresses a month.
///
/// # Errors
/// If the parameters are wrong, or no rate of stresses gives the level.
pub fn calibrate(parameters: &SpotParameters) -> Result<Rates, CalibrationError> {
    let problems = parameters.problems();
    if !problems.is_empty() {
        return Err(CalibrationError::Parameters(problems));
    }
    let kappa = parameters.reclaims_per_shortage;
    let per_hour = match parameters.level {
        Level::Stress {
            stress_per_hour,
            isolated_per_hour,
        } => {
            return Ok(Rates {
                stress_per_hour,
                isolated_per_hour,
                reclaims_per_shortage: kappa,
            });
        }
        Level::InterruptionsPerSlotMonth(count) => count / HOURS_PER_MONTH,
        Level::MonthlyShare(share) => rate_of_share(share, parameters.lifetime_hours),
    };
    let isolated_per_hour = per_hour * parameters.isolated_share;
    let wanted = per_hour - isolated_per_hour;
    if let Some(share_empty) = parameters.share_empty {
        return from_share_empty(parameters, share_empty, wanted, isolated_per_hour);
    }
    if wanted <= 0.0 {
        return Ok(Rates {
            stress_per_hour: 0.0,
            isolated_per_hour,
            reclaims_per_shortage: kappa,
        });
    }
    let reclaims =
        |stress| reclaimed_per_hour(parameters, kappa, &stationary_law(parameters, stress));
    let most = reclaims(STRESS_PER_HOUR_MOST);
    if most < wanted {
        return Err(CalibrationError::Unreachable {
            wanted_per_month: wanted * HOURS_PER_MONTH,
            most_per_month: most * HOURS_PER_MONTH,
        });
    }
    Ok(Rates {
        stress_per_hour: bisect(wanted, reclaims),
        isolated_per_hour,
        reclaims_per_shortage: kappa,
    })
}

/// What `parameters` and their `rates` mean for a user.
pub fn facts(parameters: &SpotParameters, rates: &Rates) -> Facts {
    let law = stationary_law(parameters, rates.stress_per_hour);
    let per_hour =
        rates.isolated_per_hour + reclaimed_per_hour(parameters, rates.reclaims_per_shortage, &law);
    Facts {
        interruptions_per_slot_month: per_hour * HOURS_PER_MONTH,
        monthly_share: share_of_rate(per_hour, parameters.lifetime_hours),
        stresses_per_month: rates.stress_per_hour * HOURS_PER_MONTH,
        shortages_per_month: law.shortages_per_hour * HOURS_PER_MONTH,
        shortages_per_stress: if 0.0 < rates.stress_per_hour {
            law.shortages_per_hour / rates.stress_per_hour
        } else {
            0.0
        },
        share_empty: law.share_empty,
        share_tight: law.share_tight,
    }
}

/// The long-run law of one pool that meets `stress_per_hour` stresses. Costs one 16 × 16 elimination.
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
/// Past this the pool is under stress without a break, and more changes nothing.
const STRESS_PER_HOUR_MOST: f64 = 5.0;
/// Enough halvings to leave nothing of the interval but rounding.
const HALVINGS: u32 = 60;

type Matrix = [[f64; STATES]; STATES];

fn state(place: Place, family: bool, zone: bool) -> usize {
    place as usize * 4 + usize::from(family) * 2 + usize::from(zone)
}

/// Interruptions an hour of a running instance that show as this share of the distinct instances of a month.
fn rate_of_share(share: f64, lifetime_hours: Option<f64>) -> f64 {
    share * (1.0 + ended_per_month(lifetime_hours)) / ((1.0 - share) * HOURS_PER_MONTH)
}

/// The inverse of [`rate_of_share`].
fn share_of_rate(per_hour: f64, lifetime_hours: Option<f64>) -> f64 {
    let count = per_hour * HOURS_PER_MONTH;
    count / (1.0 + count + ended_per_month(lifetime_hours))
}

/// Instances that a slot's owner ends and replaces in a month.
fn ended_per_month(lifetime_hours: Option<f64>) -> f64 {
    lifetime_hours.map_or(0.0, |hours| HOURS_PER_MONTH / hours)
}

fn reclaimed_per_hour(parameters: &SpotParameters, kappa: f64, law: &StationaryLaw) -> f64 {
    let hit = kappa * parameters.severity_mean();
    hit * law.shortages_per_hour / (1.0 - law.share_empty * hit)
}

fn from_share_empty(
    parameters: &SpotParameters,
    share_empty: f64,
    wanted: f64,
    isolated_per_hour: f64,
) -> Result<Rates, CalibrationError> {
    let share = |stress| stationary_law(parameters, stress).share_empty;
    let most = share(STRESS_PER_HOUR_MOST);
    if most < share_empty {
        return Err(CalibrationError::EmptyShareUnreachable {
            wanted: share_empty,
            most,
        });
    }
    let stress_per_hour = bisect(share_empty, share);
    let law = stationary_law(parameters, stress_per_hour);
    let needed =
        wanted / (parameters.severity_mean() * (law.shortages_per_hour + wanted * law.share_empty));
    if 1.0 < needed {
        return Err(CalibrationError::TooFewShortages {
            share_empty,
            needed,
        });
    }
    Ok(Rates {
        stress_per_hour,
        isolated_per_hour,
        reclaims_per_shortage: needed,
    })
}

/// The stress at which a rising `figure` reaches `wanted`.
fn bisect(wanted: f64, figure: impl Fn(f64) -> f64) -> f64 {
    let (mut low, mut high) = (0.0, STRESS_PER_HOUR_MOST);
    for _ in 0..HALVINGS {
        let middle = (low + high) / 2.0;
        if figure(middle) < wanted {
            low = middle;
        } else {
            high = middle;
        }
    }
    high
}

/// The balance equations, a row a state: what flows in less what flows out is 0. The last row, which follows from
/// the others, is replaced by "the probabilities sum to 1".
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

fn list(problems: &[ParameterProblem]) -> String {
    let texts: Vec<String> = problems.iter().map(ParameterProblem::to_string).collect();
    texts.join("; ")
}

#[cfg(test)]
mod tests;
