//! What comes again and again: `none`, or how often and for how long.

use crate::engine::SimDuration;
use crate::scenario::plan::{RecurringPlan, ShortagePlan};
use crate::scenario::reader::Field;

/// The shortest time between tries: a limit against slips.
pub(super) const RETRY_MIN: SimDuration = SimDuration::from_secs(1);

/// On-demand capacity that runs short, or `none`.
pub(super) fn shortages(field: &Field<'_>) -> Option<Option<ShortagePlan>> {
    let read = recurring(field)?;
    let shortage = |read: RecurringPlan| ShortagePlan {
        every: read.every,
        lasts: read.lasts,
    };
    Some(read.map(shortage))
}

/// `none`, or `{ every: 7d, lasts: 30m }`.
pub(super) fn recurring(field: &Field<'_>) -> Option<Option<RecurringPlan>> {
    if field.node().as_text() == Some("none") {
        return Some(None);
    }
    let mut map = field.map()?;
    let every = map.required("every").and_then(|field| positive(&field));
    let lasts = map.required("lasts").and_then(|field| positive(&field));
    map.finish();
    Some(Some(RecurringPlan {
        every: every?,
        lasts: lasts?,
    }))
}

fn positive(field: &Field<'_>) -> Option<SimDuration> {
    let length = field.duration()?;
    if length < RETRY_MIN {
        let message = format!("{length} is shorter than {RETRY_MIN}");
        field.error("out-of-range", message).report();
    }
    Some(length)
}
