//! Prices applied to usage: the bill, and what of it was wasted.
//!
//! Everything is integer until it is shown: base units of the meters, 10⁻¹² dollars of the prices,
//! and one rounding to the millionth of a dollar for each line. A bill needs a usage table, a price
//! book and names, no plan and no run, so that a finished run can be priced again from its
//! `usage.csv`.

use crate::engine::SimDuration;

mod bill;
mod burst;
mod charge;
mod commitments;
mod eligible;
mod eras;
mod files;
mod hourly;
mod lcu;
mod moment;
mod money;
mod split;
mod subtotals;
mod tiers;
mod waste;

pub use bill::{Bill, BillLine, UNRESERVED, bill};
pub use charge::Charge;
pub use commitments::CommitmentUse;
pub use eligible::{EligibleHour, EligibleUse, eligible_hours};
pub use files::{CostSummary, ItemSummary, PriceChangeSummary, SubtotalSummary, write_cost_csv};
pub use hourly::{HourlyCost, hourly};
pub use subtotals::Subtotal;
pub use tiers::{ANYWHERE_HOUR, FreeAmount};
pub use waste::{WasteSubtotal, sidecars_by_owner, waste_by_class, waste_by_owner};

/// Hours of a month: AWS's own figure for monthly estimates (AWS Pricing Calculator, 8,760 / 12).
pub const HOURS_PER_MONTH: u64 = 730;
/// The shortest run whose cost of a month is told without a caveat. ASSUMPTION: a shorter one is
/// mostly its start and its end, and what is charged at least (Fargate: a minute a task).
pub const MONTH_TELLING: SimDuration = SimDuration::from_secs(3_600);

/// Bytes of a GB on a bill. ASSUMPTION: 2³⁰, as AWS defines it for S3; the pages of load balancers,
/// logs and data transfer do not say.
pub const BYTES_PER_GB: u128 = 1 << 30;
