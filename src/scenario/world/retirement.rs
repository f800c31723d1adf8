//! `world.fargateRetirement`: how often AWS retires the platform revision under Fargate's tasks.

use crate::engine::SimDuration;
use crate::scenario::context::Context;
use crate::scenario::reader::Field;

/// The shortest mean time between two: a limit against slips.
const EVERY_MIN: SimDuration = SimDuration::from_secs(60);

/// `none`, or `{ every: 20d }`.
pub(super) fn read(cx: &Context<'_>, field: Option<Field<'_>>) -> Option<SimDuration> {
    let Some(field) = field else {
        cx.default_text("world.fargateRetirement");
        return None;
    };
    if field.node().as_text() == Some("none") {
        return None;
    }
    let mut map = field.map()?;
    let every = map.required("every");
    map.finish();
    let field = every?;
    let every = field.duration()?;
    if every < EVERY_MIN {
        let message = format!("{every} is shorter than {EVERY_MIN}");
        field.error("out-of-range", message).report();
    }
    Some(every)
}
