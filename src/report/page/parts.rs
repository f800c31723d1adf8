//! What other pages than reports are made of, too.

pub use super::html::{escaped, json_in_script};
pub use super::library::packed as packed_library;

use super::skeleton;

/// The style sheet.
pub const STYLE: &str = skeleton::STYLE;
/// What figures are shown as tables with: it defines `window.fleetcastTables`.
pub const TABLES: &str = skeleton::TABLES;
/// The time that all charts show: it defines `window.fleetcastRange`.
pub const RANGE: &str = skeleton::RANGE;
/// The buttons that move it.
pub const TIME_TOOLS: &str = skeleton::TIME_TOOLS;

/// The script that draws figures: it defines `window.fleetcastCharts`, and touches no page.
pub fn charts() -> &'static str {
    skeleton::charts()
}
