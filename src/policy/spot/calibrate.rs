//! From a level to rates: a bisection on the stresses an hour, with the chain of one pool as the
//! exact answer to what they bring about.

use thiserror::Error;

use super::chain::{StationaryLaw, stationary_law};
use super::parameters::{HOURS_PER_MONTH, Level, ParameterProblem, SpotParameters};

/// What drives the pools of one parameter set.
#[derive(Clone, Copy, PartialEq, Debug)]
pub struct Rates {
    /// Stresses an hour that a pool meets: its own, its family's and its zone's together.
    pub stress_per_hour: f64,
    /// Interruptions an hour that hit one running task or instance alone.
    pub isolated_per_hour: f64,
    /// The chance that a shortage also reclaims: the parameter, or what a given share of time
    /// without launches leaves for it.
    pub reclaims_per_shortage: f64,
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
        "{wanted_per_month:.2} interruptions a slot-month can't be reached, at most \
         {most_per_month:.2}: raise reclaims_per_shortage or reclaim_all, or shorten empty_hours"
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
        "share_empty {share_empty} leaves so few shortages that {needed:.2} reclaims would have to \
         come with each, at most 1 can: raise share_empty, raise reclaim_all, shorten empty_hours \
         or lower the level"
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
/// With severity mean E, κ reclaims a shortage, R shortages an hour and π the share of time empty,
/// one running task or instance is reclaimed κ E R / (1 − π κ E) times an hour; bisection on the
/// stresses makes that the wanted rate. Worked example: preset default in the bucket 5-10 % gives
/// 0.123 stresses a month.
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

/// Past this the pool is under stress without a break, and more changes nothing.
const STRESS_PER_HOUR_MOST: f64 = 5.0;
/// Enough halvings to leave nothing of the interval but rounding.
const HALVINGS: u32 = 60;

/// Interruptions a month of an instance kept running that show as this share of the distinct
/// instances of a month, if owners end theirs after `lifetime_hours` and start anew (never: none).
pub fn interruptions_per_slot_month(share: f64, lifetime_hours: Option<f64>) -> f64 {
    rate_of_share(share, lifetime_hours) * HOURS_PER_MONTH
}

/// Interruptions an hour of a running instance that show as this share of the distinct instances of
/// a month.
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

fn list(problems: &[ParameterProblem]) -> String {
    let texts: Vec<String> = problems.iter().map(ParameterProblem::to_string).collect();
    texts.join("; ")
}

#[cfg(test)]
mod tests;
