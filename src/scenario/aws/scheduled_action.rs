//! `aws.scheduledUpdateGroupActions`: when an Auto Scaling group's bounds and size change by
//! themselves.

use std::collections::BTreeSet;

use jiff::tz::TimeZone;
use jiff::{Timestamp, ToSpan};

use crate::engine::SimTime;
use crate::ids::GroupId;
use crate::policy::auto_scaling_group::SizeUpdate;
use crate::policy::cron::Cron;
use crate::scenario::arn::arn_name;
use crate::scenario::context::{Context, bounded, duplicate_name, unknown_name};
use crate::scenario::plan::RunPlan;
use crate::scenario::reader::{Field, MapReader};
use crate::scenario::run::time_zone;

use super::auto_scaling_group::{Groups, INSTANCES_MAX};
use super::schedule_expression::move_it;

const ACTIONS_MAX: usize = 1_000;
/// The most instants of one action.
pub(in crate::scenario) const INSTANTS_MAX: usize = 100_000;

/// A scheduled action of a group.
pub(in crate::scenario) struct ScheduledAction<'a> {
    name: String,
    pub(in crate::scenario) group: GroupId,
    pub(in crate::scenario) update: SizeUpdate,
    /// Where it stands, for what can only be said when the run's length is known.
    pub(in crate::scenario) place: Field<'a>,
    within: Within,
    recurrence: Option<(Cron, TimeZone)>,
}

/// From when until when an action happens: `StartTime`, and `EndTime`, at which it no longer does.
#[derive(Clone, Copy)]
pub(super) struct Within {
    pub(super) start: Option<Timestamp>,
    pub(super) end: Option<Timestamp>,
}

impl Within {
    /// Reads both, by the names that they have there; reports an end that is not after the start.
    pub(super) fn read(
        (start, start_name): (Option<&Field<'_>>, &str),
        (end, end_name): (Option<&Field<'_>>, &str),
    ) -> Self {
        let from = start.and_then(Field::instant);
        let mut until = end.and_then(Field::instant);
        if let (Some(end), Some(start), Some(at)) = (end, from, until)
            && at <= start
        {
            let message = format!("{end_name} is not after {start_name}");
            end.error("out-of-range", message).report();
            // One message is enough.
            until = None;
        }
        Within {
            start: from,
            end: until,
        }
    }

    /// Whether its end is still to come.
    pub(super) fn holds(&self, at: Timestamp) -> bool {
        self.end.is_none_or(|end| at < end)
    }
}

/// An instant as a time of the run; none outside of it.
pub(super) fn into_run(run: &RunPlan, at: Timestamp) -> Option<SimTime> {
    let end = i64::try_from(run.duration.as_micros()).unwrap_or(i64::MAX);
    let micros = at.duration_since(run.start).as_micros();
    let micros = i64::try_from(micros).ok().filter(|micros| *micros < end)?;
    Some(SimTime::from_micros(u64::try_from(micros).ok()?))
}

/// Reads `aws.scheduledUpdateGroupActions`.
pub(super) fn read<'a>(
    cx: &Context<'_>,
    aws: &mut MapReader<'a>,
    groups: &Groups,
) -> Vec<ScheduledAction<'a>> {
    let mut actions: Vec<ScheduledAction<'a>> = Vec::new();
    let mut known: BTreeSet<(GroupId, String)> = BTreeSet::new();
    for field in bounded(aws, "scheduledUpdateGroupActions", ACTIONS_MAX) {
        let Some(action) = action(cx, &field, groups) else {
            continue;
        };
        if !known.insert((action.group, action.name.clone())) {
            duplicate_name(&field, "scheduled action of this group", &action.name);
        }
        actions.push(action);
    }
    // The order of the file is of no matter, not at equal times either.
    actions.sort_by(|a, b| (a.group, &a.name).cmp(&(b.group, &b.name)));
    actions
}

fn action<'a>(cx: &Context<'_>, field: &Field<'a>, groups: &Groups) -> Option<ScheduledAction<'a>> {
    let mut map = field.map()?;
    let name = map.required("ScheduledActionName");
    let group = map.required("AutoScalingGroupName");
    let times = Times::read(cx, &mut map);
    let mut sizes = |key| map.u32(key, 0..=INSTANCES_MAX);
    let update = SizeUpdate {
        min: sizes("MinSize"),
        max: sizes("MaxSize"),
        desired: sizes("DesiredCapacity"),
    };
    let has_sizes = ["MinSize", "MaxSize", "DesiredCapacity"];
    let has_sizes = has_sizes.iter().any(|key| map.has(key));
    map.finish_aws("autoscaling.ScheduledUpdateGroupAction");
    check_sizes(field, has_sizes, &update);
    let times = times?;
    times.check(field);
    let group_field = group?;
    let group_name = arn_name(group_field.str()?);
    let known = groups.plans.iter().position(|it| it.name == group_name);
    if known.is_none() && !groups.refused.contains(group_name) {
        let known = groups.plans.iter().map(|it| it.name.as_str());
        unknown_name(&group_field, "Auto Scaling group", group_name, known);
    }
    let name = name?;
    Some(ScheduledAction {
        name: name.str()?.to_owned(),
        group: GroupId::from_index(known?),
        update,
        place: field.clone(),
        within: times.within,
        recurrence: times.recurrence,
    })
}

/// What AWS refuses of the sizes whatever the group has.
fn check_sizes(field: &Field<'_>, has_sizes: bool, update: &SizeUpdate) {
    let SizeUpdate { min, max, desired } = *update;
    if !has_sizes {
        let message = "the action sets none of MinSize, MaxSize and DesiredCapacity";
        field.error("missing-field", message).report();
    }
    if let (Some(min), Some(max)) = (min, max)
        && max < min
    {
        let message = format!("MinSize {min} is more than MaxSize {max}");
        field.error("out-of-range", message).report();
    } else if let Some(desired) = desired
        && (min.is_some_and(|min| desired < min) || max.is_some_and(|max| max < desired))
    {
        let message = format!("DesiredCapacity {desired} is outside the action's own bounds");
        field.error("out-of-range", message).report();
    }
}

/// When an action happens, as it stands there.
struct Times {
    within: Within,
    recurrence: Option<(Cron, TimeZone)>,
    is_said: bool,
}

impl Times {
    fn read(cx: &Context<'_>, map: &mut MapReader<'_>) -> Option<Self> {
        let start = map.field("StartTime");
        // The older name of StartTime, which the CLI prints as well.
        let time = map.field("Time");
        let end = map.field("EndTime");
        let recurrence = map.field("Recurrence");
        let zone = map.field("TimeZone");
        let start_field = start.or(time);
        let start_name = if map.has("Time") { "Time" } else { "StartTime" };
        let within = Within::read(
            (start_field.as_ref(), start_name),
            (end.as_ref(), "EndTime"),
        );
        let is_said = start_field.is_some() || recurrence.is_some();
        if let (Some(zone), None) = (&zone, &recurrence) {
            let message = "TimeZone is that of a Recurrence, and there is none";
            zone.warning("no-effect", message).report();
        }
        let recurrence = match recurrence {
            None => None,
            Some(field) => Some((cron(&field)?, zone_of(cx, zone)?)),
        };
        Some(Times {
            within,
            recurrence,
            is_said,
        })
    }

    fn check(&self, place: &Field<'_>) {
        if !self.is_said {
            let message = "the action has neither a StartTime nor a Recurrence";
            let help = "say when, like Recurrence: \"0 7 * * MON-FRI\"";
            place.error("missing-field", message).help(help).report();
        }
    }
}

fn cron(field: &Field<'_>) -> Option<Cron> {
    match Cron::parse(field.str()?) {
        Ok(cron) => Some(cron),
        Err(wrong) => {
            let help = "write minute hour day month weekday, like \"0 7 * * MON-FRI\"";
            let pending = field.error("invalid-value", wrong.to_string());
            pending.help(help).report();
            None
        }
    }
}

fn zone_of(cx: &Context<'_>, field: Option<Field<'_>>) -> Option<TimeZone> {
    match field {
        Some(field) => time_zone(&field),
        None => {
            cx.default_text("aws.scheduledUpdateGroupActions.*.TimeZone");
            Some(TimeZone::UTC)
        }
    }
}

impl ScheduledAction<'_> {
    /// Says that no run will see it, where it says when it happens and none of that lies within
    /// the run.
    pub(in crate::scenario) fn note_unseen(&self, times: &[SimTime], run: &RunPlan) {
        let has_times = self.within.start.is_some() || self.recurrence.is_some();
        if !times.is_empty() || !has_times {
            return;
        }
        let message = "nothing of this lies within the run: it never happens";
        let pending = self.place.warning("never-happens", message);
        pending.help(move_it(run, "the action")).report();
    }

    /// When it happens within the run, one more than [`INSTANTS_MAX`] at the most: at its
    /// StartTime, and by its recurrence from then on until its EndTime (API,
    /// PutScheduledUpdateGroupAction). ASSUMPTION: a local time that clocks leave out when they go
    /// forward is taken at the same distance later, one that comes twice the first time.
    pub(in crate::scenario) fn times(&self, run: &RunPlan) -> Vec<SimTime> {
        let start = self.within.start;
        let into_run = |at| into_run(run, at);
        let mut found: Vec<SimTime> = start.and_then(into_run).into_iter().collect();
        let Some((cron, zone)) = &self.recurrence else {
            return found;
        };
        let from = start.map_or(run.start, |start| start.max(run.start));
        let mut local = zone.to_datetime(from);
        while found.len() <= INSTANTS_MAX
            && let Some(next) = cron.next(local)
            && let Ok(zoned) = zone.to_zoned(next)
        {
            let at = zoned.timestamp();
            // Between two readings of a clock that is put back the first counts alone.
            if from <= at {
                match into_run(at).filter(|_| self.within.holds(at)) {
                    Some(at) => found.push(at),
                    None => break,
                }
            }
            match next.checked_add(1.minute()) {
                Ok(next) => local = next,
                Err(_) => break,
            }
        }
        found.sort_unstable();
        found.dedup();
        found
    }
}
