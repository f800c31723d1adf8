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

/// A pool's name in messages.
fn pool_words(instance_type: &str, zone: Option<&str>) -> String {
    match zone {
        Some(zone) => format!("{instance_type} in {zone}"),
        None => instance_type.to_owned(),
    }
}
