//! Dated facts of AWS: regions, prices, Fargate sizes, API field names; each row with its date and
//! source.

pub mod fargate;
pub mod fields;
pub mod item;
pub mod prices;
pub mod regions;
