//! What a few replications say about all that could have been drawn: means, differences, ratios,
//! quantiles and shares with their intervals; several of them at once; how long to go on.
//!
//! What goes in are numbers of whole runs, one a replication: these are independent, while the
//! requests within a run are not.

mod mean;
mod quantile;
mod ratio;
mod sequential;
mod several;
mod share;
mod student;
mod warm_up;

pub use mean::{
    MeanInterval, PairedDifference, mean_interval, mean_interval_at, paired_difference,
};
pub use quantile::{QuantileInterval, quantile_interval, runs_for_quantile};
pub use ratio::pseudo_values;
pub use sequential::{is_surely_at_least, share_at_least_at_any_look};
pub use several::holm;
pub use share::{HeldShare, clopper_pearson, share_at_least, wilson};
pub use student::{incomplete_beta, student_t_quantile, student_t_tail};
pub use warm_up::{WarmUp, mser5};

/// The confidence of every interval: each interval by itself, not all of them at once.
pub const CONFIDENCE: f64 = 0.95;
