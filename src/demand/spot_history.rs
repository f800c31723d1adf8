//! Histories of Spot pools from a user's files: how much capacity a pool had over time, and what an
//! hour of it cost.
//!
//! Capacity is a CSV of spans without gaps (columns as in the public traces of
//! skypilot-org/spot-traces once their run lengths are taken); prices are a CSV of changes, or what
//! `aws ec2 describe-spot-price-history --output json` prints.

mod capacity;
mod price;

pub use capacity::{CapacityHistory, CapacityOptions, CapacitySpan, PoolCapacity};
pub use price::{PoolPrices, PriceChange, PriceHistory};

use super::error::{TraceError, TraceProblem};

/// What a file of capacity looks like.
pub(crate) const CAPACITY_HELP: &str = "give it a row for each span of a pool, as in\n\
    start,end,instance_type,zone,available\n\
    2026-03-05T00:00:00Z,2026-03-05T06:00:00Z,m6i.large,us-east-1a,1";
/// What a file of prices looks like.
pub(crate) const PRICES_HELP: &str = "give it a row for each change, as in\n\
    timestamp,instance_type,zone,usd_per_hour\n\
    2026-03-05T00:00:00Z,m6i.large,us-east-1a,0.041\n\
    or what `aws ec2 describe-spot-price-history --output json` prints";

/// What is wrong with a file, where its columns are those of a Spot history, as `help` has them.
pub(crate) fn in_words_of(mut wrong: TraceError, help: &'static str) -> TraceError {
    let reason = match &wrong.problem {
        TraceProblem::Empty => "the file is empty".to_owned(),
        TraceProblem::NoRows | TraceProblem::OneRow => wrong.problem.to_string(),
        TraceProblem::MissingColumn {
            wanted,
            columns,
            nearest: None,
        } => match columns.chars().any(char::is_alphanumeric) {
            true => wrong.problem.to_string(),
            false => format!("there is no column {wanted}: the first row names none"),
        },
        _ => return wrong,
    };
    wrong.problem = TraceProblem::SpotHistory { reason, help };
    wrong
}

/// A pool's name in messages.
fn pool_words(instance_type: &str, zone: Option<&str>) -> String {
    match zone {
        Some(zone) => format!("{instance_type} in {zone}"),
        None => instance_type.to_owned(),
    }
}
