//! What to say of a commitment: how much, what it saves, and what others would.

use super::{CommitmentPoint, CommitmentUses};

/// What AWS's console takes a commitment in, USD an hour.
const STEP_USD: f64 = 0.001;
/// Points of the curve between nothing and the busiest hour.
const CURVE_STEPS: usize = 40;
/// Hours below which no week was seen, and with it no weekend.
pub const WEEK_HOURS: f64 = 168.0;

/// A commitment that stands for something.
#[derive(Clone, PartialEq, Debug)]
pub struct Mark {
    /// For what: `least cost`.
    pub name: &'static str,
    /// What it does.
    pub point: CommitmentPoint,
}

/// How much to commit to. Amounts are what is paid: a negotiated discount is taken off.
#[derive(Clone, PartialEq, Debug)]
pub struct Answer {
    /// The commitment of least expected cost.
    pub best: CommitmentPoint,
    /// The ends of the 95 % interval of the best commitment, USD an hour.
    pub interval: Option<(f64, f64)>,
    /// It and others to compare it with, going up.
    pub marks: Vec<Mark>,
    /// From nothing to the busiest hour.
    pub curve: Vec<CommitmentPoint>,
    /// What is paid for each dollar of a commitment: below 1 with a negotiated discount.
    pub paid_share: f64,
}

impl Answer {
    /// The answer to some uses, to the tenth of a cent that can be bought; `now_usd` is what is
    /// committed already, USD an hour. None without runs.
    pub fn of(uses: &CommitmentUses, paid_share: f64, now_usd: f64) -> Option<Self> {
        let least = uses.least_cost()?;
        let best = bought(uses, least.per_hour_usd, paid_share)?;
        let levels = uses.levels();
        let lowest = levels.iter().map(|it| it.0).fold(f64::INFINITY, f64::min);
        let busiest = levels.iter().map(|it| it.0).fold(0.0, f64::max);
        let length: f64 = levels.iter().map(|it| it.1).sum();
        let mean = levels.iter().map(|it| it.0 * it.1).sum::<f64>() / length;
        let mut marks = vec![
            ("nothing", 0.0),
            ("the least hour", lowest),
            ("the mean hour", mean),
            ("the busiest hour", busiest),
        ];
        if 0.0 < now_usd {
            marks.push(("as the scenario has it", now_usd));
        }
        let mark = |(name, at): (&'static str, f64)| {
            let point = uses.at(at)?;
            Some(Mark { name, point })
        };
        let mut marks: Vec<Mark> = marks.into_iter().filter_map(mark).collect();
        marks.push(Mark {
            name: "least expected cost",
            point: best,
        });
        marks.sort_by(|a, b| a.point.per_hour_usd.total_cmp(&b.point.per_hour_usd));
        let at = |step: usize| uses.at(busiest * step as f64 / CURVE_STEPS as f64);
        Some(Answer {
            best,
            interval: least.interval,
            marks,
            curve: (0..=CURVE_STEPS).filter_map(at).collect(),
            paid_share,
        })
    }

    /// The best commitment as it is bought and written into a scenario, USD an hour.
    pub fn to_buy_usd(&self) -> f64 {
        listed(self.best.per_hour_usd, self.paid_share)
    }
}

/// What is bought for so much paid, to the step.
fn listed(paid_usd: f64, paid_share: f64) -> f64 {
    (paid_usd / paid_share / STEP_USD).round() * STEP_USD
}

/// The cheaper of the two commitments next to `per_hour_usd` that can be bought.
fn bought(uses: &CommitmentUses, per_hour_usd: f64, paid_share: f64) -> Option<CommitmentPoint> {
    let steps = libm::floor(per_hour_usd / paid_share / STEP_USD + 1e-9);
    let (below, above) = (
        steps * STEP_USD * paid_share,
        (steps + 1.0) * STEP_USD * paid_share,
    );
    let (below, above) = (uses.at(below)?, uses.at(above)?);
    Some(match below.saving_usd.mean < above.saving_usd.mean {
        true => above,
        false => below,
    })
}
