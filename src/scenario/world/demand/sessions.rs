//! `sessions` of requests: what a sticky target group binds.

use crate::scenario::context::Context;
use crate::scenario::plan::SessionsPlan;
use crate::scenario::reader::MapReader;
use crate::scenario::values;

/// Reads the block; the defaults where the service's target group is sticky.
pub(super) fn sessions(
    cx: &Context<'_>,
    map: &mut MapReader<'_>,
    is_sticky: bool,
) -> Option<SessionsPlan> {
    let place = map.field("sessions");
    let mut block = place.as_ref().and_then(|field| field.map());
    let share = block.as_mut().and_then(|map| map.share("share"));
    let length = block.as_mut().and_then(|map| map.field("length"));
    let seconds = length.as_ref().and_then(|field| field.duration());
    if let (Some(field), Some(seconds)) = (&length, seconds)
        && seconds.is_zero()
    {
        let message = "sessions of no length bind nothing";
        field.error("out-of-range", message).report();
    }
    if let Some(block) = block {
        block.finish();
    }
    if !is_sticky {
        if let Some(field) = place {
            let message = "sessions are bound to no task: the service's target group is not sticky";
            let help = "attributes: { stickiness.enabled: true } of its target group";
            field.warning("no-effect", message).help(help).report();
        }
        return None;
    }
    let default_share = || {
        let text = cx.default_text("world.demand.*.sessions.share");
        values::share(text).expect("the table holds a share here")
    };
    Some(SessionsPlan {
        share: share.unwrap_or_else(default_share),
        length: seconds.unwrap_or_else(|| cx.default_duration("world.demand.*.sessions.length")),
    })
}
