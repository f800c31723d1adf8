//! What other pages than reports are made of, too.

pub use super::html::{escaped, json_in_script};
pub use super::library::packed as packed_library;

use super::skeleton;

/// The style sheet.
pub const STYLE: &str = skeleton::STYLE;
/// The script that draws figures: it defines `window.fleetcastCharts`, and touches no page.
pub const CHARTS: &str = skeleton::CHARTS;
