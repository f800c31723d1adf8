//! Dated facts of AWS: regions, prices, instance types, Fargate sizes, API field names; each row
//! with its date and source.

pub mod fargate;
pub mod fields;
pub mod instances;
pub mod item;
pub mod names;
pub mod prices;
pub mod regions;
pub mod savings_plans;
