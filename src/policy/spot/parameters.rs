//! The numbers of the spot model, each with its ground, and what is wrong with a set of them.
//!
//! *Measured* means computed from the public availability traces skypilot-org/spot-traces (2022 to
//! 2023: p3, p2 and r5.16xlarge on AWS, all scarce types), read 2026-11-22. *ASSUMPTION* means that
//! no evidence was found.

use thiserror::Error;

/// Hours of the month that AWS's monthly shares are read over (365 days / 12).
pub const HOURS_PER_MONTH: f64 = 730.0;

/// The Spot Instance Advisor's bucket "frequency of interruption" of an instance type in a Region.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Debug)]
pub enum InterruptionBucket {
    /// `<5%`.
    Under5,
    /// `5-10%`.
    From5To10,
    /// `10-15%`.
    From10To15,
    /// `15-20%`.
    From15To20,
    /// `>20%`.
    Over20,
}

/// How the level of interruptions is given.
#[derive(Clone, Copy, PartialEq, Debug)]
pub enum Level {
    /// F: instances interrupted in a month, as a share of the distinct instances that ran in it.
    /// This is how we read the advisor; AWS doesn't state its denominator (ASSUMPTION).
    MonthlyShare(f64),
    /// The user's own record: interruptions a month of one instance or task kept running.
    InterruptionsPerSlotMonth(f64),
    /// Stresses and lone interruptions themselves, for a fit to traces.
    Stress {
        /// Stresses an hour that a pool meets, of its own, its family and its zone together.
        stress_per_hour: f64,
        /// Interruptions an hour that hit one running instance alone.
        isolated_per_hour: f64,
    },
}

/// One pool's behaviour. Fields are open so that a loader can override any;
/// [`SpotParameters::problems`] says what cannot be.
#[derive(Clone, Copy, PartialEq, Debug)]
pub struct SpotParameters {
    /// How often interruptions come.
    pub level: Level,
    /// Mean life, in hours, of instances that their owners end themselves, behind the advisor's
    /// statistic; none for instances that only AWS ends. It alone decides how a monthly share is
    /// read: 24 against none is a factor of 31 in the rate. ASSUMPTION, and the largest uncertainty
    /// of the model.
    pub lifetime_hours: Option<f64>,
    /// The chance that a reclaim takes all that runs in the pool; otherwise its share is uniform.
    /// Measured: 0.53 with 16 nodes, 0.23 with 4.
    pub reclaim_all: f64,
    /// The chance that a shortage also reclaims what runs. ASSUMPTION.
    pub reclaims_per_shortage: f64,
    /// The share of time without launches, where known: stresses then follow from it, and how many
    /// of the shortages reclaim follows from the level ([`SpotParameters::reclaims_per_shortage`]
    /// is not read).
    pub share_empty: Option<f64>,
    /// The share of interruptions that come alone (host faults and the rest). Source: over 92 % of
    /// 2,635 interruptions came with another of their pool within 3 minutes (arXiv 2604.16457,
    /// April 2026).
    pub isolated_share: f64,
    /// Mean stay in tight, in hours. Measured: short up-phases of 16 to 71 minutes.
    pub tight_hours: f64,
    /// The chance that a tight pool empties instead of recovering, without a shared stress.
    /// Measured: weight of the short phase 0.63 to 0.88, which includes `hold`.
    pub empty_chance: f64,
    /// Mean length of a shortage in hours: three of four are short, the fourth nine times as long.
    /// Measured: 0.39 h for r5.16xlarge, 1.4 to 2.6 h for GPU types; between them for common types
    /// (ASSUMPTION).
    pub empty_hours: f64,
    /// The chance that a tight pool grants a launch. ASSUMPTION.
    pub tight_grant: f64,
    /// The share of stresses that hit a family in the whole Region. Fitted to the correlation
    /// between zones.
    pub family_share: f64,
    /// The share of stresses that hit all families of a zone. Measured correlation near 0; small,
    /// ASSUMPTION.
    pub zone_share: f64,
    /// Mean length in hours of a stress that pools share. ASSUMPTION, fitted for `scarce`.
    pub shock_hours: f64,
    /// Mean time in hours until a shared stress makes a calm pool tight. ASSUMPTION, fitted for
    /// `scarce`.
    pub join_hours: f64,
    /// The share of recoveries that fail while a shared stress lasts. ASSUMPTION, fitted for
    /// `scarce`.
    pub hold: f64,
    /// Amplitude of the daily cycle of stresses. Measured: 0.2 to 0.6.
    pub daily_amplitude: f64,
    /// The local hour at which stresses are most frequent. ASSUMPTION: the traces give no clock
    /// time.
    pub peak_hour_local: f64,
    /// Mean time in seconds from a reclaim to each notice. ASSUMPTION, but well under the traces'
    /// 5-minute step.
    pub notice_spread_seconds: f64,
    /// The chance that a running EC2 instance gets a rebalance recommendation when its pool becomes
    /// tight; 0 for Fargate Spot, which has none. ASSUMPTION: AWS publishes no rate.
    pub rebalance_share: f64,
    /// The share of EC2 interruptions whose two-minute notice never comes (AWS: "best effort").
    /// ASSUMPTION.
    pub notice_missing_share: f64,
    /// The chance that EC2 sees a pool's regime rightly when it launches by an allocation strategy;
    /// else it takes it for calm. ASSUMPTION.
    pub signal: f64,
    /// The error of what EC2 knows of a pool's stresses over the long run: standard deviation of
    /// their natural logarithm. ASSUMPTION; the effect of allocation strategies rests on it.
    pub depth_noise: f64,
}

/// Why a set of parameters can't be; each names the field, the value found and the values allowed.
#[derive(Clone, Copy, PartialEq, Debug, Error)]
pub enum ParameterProblem {
    /// Not a share.
    #[error("{field} is {value}; a share lies from 0 to {most}")]
    NotAShare {
        /// The field.
        field: &'static str,
        /// What it holds.
        value: f64,
        /// The most it may hold.
        most: f64,
    },
    /// A share that must be above 0 and under 1.
    #[error("{field} is {value}; it must be above 0 and under 1")]
    NotInside {
        /// The field.
        field: &'static str,
        /// What it holds.
        value: f64,
    },
    /// A length or rate that is negative, zero where it may not be, or no number.
    #[error("{field} is {value}; it must be a number {}", least(*.zero_allowed))]
    NotALength {
        /// The field.
        field: &'static str,
        /// What it holds.
        value: f64,
        /// Whether 0 would do.
        zero_allowed: bool,
    },
    /// Family and zone stresses together exceed all stresses.
    #[error("family_share and zone_share add up to {sum}; at most 1 is possible")]
    SharesExceedOne {
        /// Their sum.
        sum: f64,
    },
    /// A share of time without launches beside stated stresses, which decide it already.
    #[error("share_empty needs a level by share or by interruptions, not by stresses")]
    EmptyShareWithStress,
    /// An hour outside the day.
    #[error("peak_hour_local is {value}; an hour of the day lies from 0 to under 24")]
    NotAnHour {
        /// What it holds.
        value: f64,
    },
}

impl InterruptionBucket {
    /// All buckets, the rarest interruptions first.
    pub const ALL: [InterruptionBucket; 5] = [
        InterruptionBucket::Under5,
        InterruptionBucket::From5To10,
        InterruptionBucket::From10To15,
        InterruptionBucket::From15To20,
        InterruptionBucket::Over20,
    ];

    /// The position from 0, as in the advisor's data file.
    pub const fn index(self) -> usize {
        self as usize
    }

    /// The advisor's label.
    pub const fn label(self) -> &'static str {
        ["<5%", "5-10%", "10-15%", "15-20%", ">20%"][self.index()]
    }

    /// The bucket with this label of the advisor.
    pub fn from_label(label: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|bucket| bucket.label() == label)
    }

    /// The monthly shares of the bucket: from, inclusive, to, exclusive.
    pub const fn edges(self) -> (f64, f64) {
        [
            (0.0, 0.05),
            (0.05, 0.10),
            (0.10, 0.15),
            (0.15, 0.20),
            (0.20, 1.0),
        ][self.index()]
    }

    /// Whether a monthly share lies in the bucket.
    pub fn contains(self, share: f64) -> bool {
        let (from, to) = self.edges();
        from <= share && share < to
    }
}

impl SpotParameters {
    /// Mean share of the pool that a reclaim takes.
    pub fn severity_mean(&self) -> f64 {
        self.reclaim_all + (1.0 - self.reclaim_all) / 2.0
    }

    /// Severity of a reclaim by two uniforms: whether it takes all, and else its share.
    pub fn severity(&self, uniform_all: f64, uniform_share: f64) -> f64 {
        if uniform_all < self.reclaim_all {
            1.0
        } else {
            uniform_share
        }
    }

    /// Mean length in hours of a short (`long` false) or a long shortage: `empty_hours` is their
    /// mean.
    pub fn empty_phase_hours(&self, long: bool) -> f64 {
        let short = self.empty_hours / 3.0;
        if long { LONG_TO_SHORT * short } else { short }
    }

    /// The chance that a tight pool empties; `pressed` while a shared stress lies on it.
    pub fn empty_chance_under(&self, pressed: bool) -> f64 {
        let held = if pressed { self.hold } else { 0.0 };
        self.empty_chance + (1.0 - self.empty_chance) * held
    }

    /// The share of stresses that are the pool's own.
    pub fn own_share(&self) -> f64 {
        (1.0 - self.family_share - self.zone_share).max(0.0)
    }

    /// Everything that is wrong with the values, in the order of the fields; empty if nothing is.
    pub fn problems(&self) -> Vec<ParameterProblem> {
        let mut problems = self.level_problems();
        for (field, value) in self.shares() {
            let most = if field == "daily_amplitude" {
                0.99
            } else {
                1.0
            };
            if !(0.0..=most).contains(&value) {
                problems.push(ParameterProblem::NotAShare { field, value, most });
            }
        }
        for (field, value, zero_allowed) in self.lengths() {
            if !is_length(value, zero_allowed) {
                problems.push(ParameterProblem::NotALength {
                    field,
                    value,
                    zero_allowed,
                });
            }
        }
        let sum = self.family_share + self.zone_share;
        // A margin for sums like 0.9 + 0.1 in binary.
        if 1.0 + 1e-9 < sum {
            problems.push(ParameterProblem::SharesExceedOne { sum });
        }
        if !(0.0..24.0).contains(&self.peak_hour_local) {
            problems.push(ParameterProblem::NotAnHour {
                value: self.peak_hour_local,
            });
        }
        problems
    }

    fn level_problems(&self) -> Vec<ParameterProblem> {
        let mut problems = Vec::new();
        let mut need_length = |field, value| {
            if !is_length(value, true) {
                problems.push(ParameterProblem::NotALength {
                    field,
                    value,
                    zero_allowed: true,
                });
            }
        };
        match self.level {
            Level::MonthlyShare(share) => {
                if !(0.0..1.0).contains(&share) {
                    problems.push(ParameterProblem::NotAShare {
                        field: "frequency",
                        value: share,
                        most: 0.999,
                    });
                }
            }
            Level::InterruptionsPerSlotMonth(count) => {
                need_length("interruptions_per_slot_month", count);
            }
            Level::Stress {
                stress_per_hour,
                isolated_per_hour,
            } => {
                need_length("stress_per_hour", stress_per_hour);
                need_length("isolated_per_hour", isolated_per_hour);
                if self.share_empty.is_some() {
                    problems.push(ParameterProblem::EmptyShareWithStress);
                }
            }
        }
        if let Some(value) = self.share_empty
            && !(0.0 < value && value < 1.0)
        {
            problems.push(ParameterProblem::NotInside {
                field: "share_empty",
                value,
            });
        }
        problems
    }

    fn shares(&self) -> [(&'static str, f64); 12] {
        [
            ("reclaim_all", self.reclaim_all),
            ("reclaims_per_shortage", self.reclaims_per_shortage),
            ("isolated_share", self.isolated_share),
            ("empty_chance", self.empty_chance),
            ("tight_grant", self.tight_grant),
            ("family_share", self.family_share),
            ("zone_share", self.zone_share),
            ("hold", self.hold),
            ("daily_amplitude", self.daily_amplitude),
            ("rebalance_share", self.rebalance_share),
            ("notice_missing_share", self.notice_missing_share),
            ("signal", self.signal),
        ]
    }

    fn lengths(&self) -> [(&'static str, f64, bool); 7] {
        [
            (
                "lifetime_hours",
                self.lifetime_hours.unwrap_or(HOURS_PER_MONTH),
                false,
            ),
            ("tight_hours", self.tight_hours, false),
            ("empty_hours", self.empty_hours, false),
            ("shock_hours", self.shock_hours, false),
            ("join_hours", self.join_hours, false),
            ("notice_spread_seconds", self.notice_spread_seconds, true),
            ("depth_noise", self.depth_noise, true),
        ]
    }
}

/// The share of shortages that are short.
pub(super) const SHORT_SHARE: f64 = 0.75;
/// How many times a short shortage's mean a long one lasts.
const LONG_TO_SHORT: f64 = 9.0;

fn least(zero_allowed: bool) -> &'static str {
    if zero_allowed {
        "of 0 or more"
    } else {
        "above 0"
    }
}

fn is_length(value: f64, zero_allowed: bool) -> bool {
    value.is_finite() && (0.0 < value || (zero_allowed && value == 0.0))
}
