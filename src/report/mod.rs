//! What people look at: charts and terminal tables.

pub mod axis;
pub mod chart;
pub mod palette;
pub mod spark;
pub mod table;
