//! `aws.schedules`: EventBridge Scheduler's schedules that run tasks (API CreateSchedule).

use std::sync::Arc;

use jiff::tz::TimeZone;

use crate::demand::scheduled::ScheduleTimes;
use crate::engine::SimDuration;
use crate::scenario::context::{Context, bounded, check_name};
use crate::scenario::plan::{ArrivalPlan, JobSourcePlan, RunPlan};
use crate::scenario::reader::{Field, MapReader};
use crate::scenario::run::time_zone;
use crate::scenario::world::Begun;

use super::Aws;
use super::event_target::{self, OF_SCHEDULE};
use super::run_task::{Call, enter};
use super::schedule_expression;
use super::scheduled_action::Within;

const SCHEDULES_MAX: usize = 10_000;
/// API FlexibleTimeWindow.
const WINDOW_MAX_MINUTES: u32 = 1_440;
const MODES: [(&str, bool); 2] = [("OFF", false), ("FLEXIBLE", true)];
const STATES: [(&str, bool); 2] = [("ENABLED", true), ("DISABLED", false)];

/// Reads `aws.schedules`.
pub(super) fn read(
    cx: &Context<'_>,
    map: &mut MapReader<'_>,
    (world, run): (&Begun<'_>, &RunPlan),
    aws: &mut Aws<'_>,
) {
    for field in bounded(map, "schedules", SCHEDULES_MAX) {
        let Some(map) = field.map() else { continue };
        let name = name_of(&field);
        let plan = schedule(cx, map, (&name, world, run), aws);
        enter(aws, &field, (&name, "schedule"), plan);
    }
}

/// The name in results: with its group's, where that is not the default one.
fn name_of(schedule: &Field<'_>) -> String {
    let text = |key| schedule.node().get(key).and_then(|it| it.as_text());
    let name = text("Name").unwrap_or_default();
    match text("GroupName") {
        Some(group) if group != "default" => format!("{group}/{name}"),
        _ => name.to_owned(),
    }
}

fn schedule(
    cx: &Context<'_>,
    mut map: MapReader<'_>,
    (name, world, run): (&str, &Begun<'_>, &RunPlan),
    aws: &mut Aws<'_>,
) -> Option<JobSourcePlan> {
    if let Some(field) = map.required("Name") {
        check_name(&field, field.str().unwrap_or_default(), 64);
    }
    let _ = map.field("GroupName");
    let expression_field = map.required("ScheduleExpression");
    let expression = expression_field
        .as_ref()
        .and_then(|field| schedule_expression::read(cx, field));
    let zone = match map.field("ScheduleExpressionTimezone") {
        Some(field) => time_zone(&field),
        None => {
            cx.default_text("aws.schedules.*.ScheduleExpressionTimezone");
            Some(TimeZone::UTC)
        }
    };
    let (start_field, end_field) = (map.field("StartDate"), map.field("EndDate"));
    let start = (start_field.as_ref(), "StartDate");
    let Within { start: begun, end } = Within::read(start, (end_field.as_ref(), "EndDate"));
    let window = window(&mut map);
    let state_field = map.field("State");
    let is_enabled = state_field.as_ref().and_then(|it| it.choice(&STATES));
    let who = Call {
        name: name.to_owned(),
        key: world.streams.key(name),
        count_max: OF_SCHEDULE.count_max,
    };
    let punctuality = world.schedules.of(cx, name);
    let target = map.required("Target").and_then(|field| field.map());
    let plan =
        target.and_then(|map| event_target::read(cx, map, (&OF_SCHEDULE, who, punctuality), aws));
    map.finish_aws("scheduler.CreateScheduleInput");
    let (mut plan, expression_field) = (plan?, expression_field?);
    let times = ScheduleTimes {
        expression: expression?,
        zone: zone?,
        begun: begun.unwrap_or(run.start),
        end,
        window: window?,
        delay: punctuality.delay,
    };
    let is_enabled = is_enabled.unwrap_or(true);
    match (&state_field, is_enabled) {
        (Some(state), false) => {
            let message = format!("{name} is DISABLED: it never runs");
            state.note("no-effect", message).report();
        }
        _ => schedule_expression::note_unseen(&expression_field, name, &times, run),
    }
    plan.arrivals = is_enabled.then(|| ArrivalPlan::Schedule(Arc::new(times)));
    Some(plan)
}

/// `FlexibleTimeWindow`; zero: off.
fn window(schedule: &mut MapReader<'_>) -> Option<SimDuration> {
    let mut map = schedule.required("FlexibleTimeWindow")?.map()?;
    let is_flexible = map.required("Mode").and_then(|it| it.choice(&MODES));
    let minutes = map.field("MaximumWindowInMinutes");
    let window = match (is_flexible, &minutes) {
        (Some(true), Some(field)) => {
            let minutes = field.u32(1..=WINDOW_MAX_MINUTES);
            minutes.map(|it| SimDuration::from_secs(u64::from(it) * 60))
        }
        (Some(true), None) => {
            let message = "a FLEXIBLE window has no MaximumWindowInMinutes";
            let help = "write 1 to 1440 minutes";
            map.error("missing-field", message).help(help).report();
            None
        }
        (Some(false), Some(field)) => {
            let message = "MaximumWindowInMinutes goes with the mode FLEXIBLE, AWS refuses it";
            let help = "write Mode: FLEXIBLE, or remove it";
            field.error("invalid-value", message).help(help).report();
            None
        }
        (Some(false), None) => Some(SimDuration::ZERO),
        (None, _) => None,
    };
    map.finish_aws("scheduler.FlexibleTimeWindow");
    window
}
