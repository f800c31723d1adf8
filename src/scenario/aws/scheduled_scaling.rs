//! `aws.scheduledActions`: when the bounds of a service's scalable target change by themselves
//! (Application Auto Scaling, PutScheduledAction).

use std::collections::BTreeSet;

use jiff::Timestamp;
use jiff::tz::TimeZone;

use crate::engine::SimTime;
use crate::ids::{ScalableTargetId, ServiceId};
use crate::policy::schedule::ScheduleExpression;
use crate::policy::scheduled_scaling::{Bounds, BoundsUpdate};
use crate::scenario::context::{Context, bounded, duplicate_name};
use crate::scenario::plan::{RunPlan, ScheduledScalingPlan};
use crate::scenario::reader::{Field, MapReader};
use crate::scenario::run::time_zone;

use super::scaling::{Known, Scaling, resource};
use super::schedule_expression::{self, Seen, move_it};
use super::scheduled_action::{INSTANTS_MAX, Within, into_run};
use super::service::DESIRED_MAX;

const ACTIONS_MAX: usize = 10_000;

/// A scheduled action of a scalable target: where it stands, and when it happens.
pub(in crate::scenario) struct ScheduledScaling<'a> {
    pub(in crate::scenario) target: ScalableTargetId,
    /// Its index among the target's actions.
    pub(in crate::scenario) action: usize,
    /// Where it stands, for what can only be said when the run's length is known.
    pub(in crate::scenario) place: Field<'a>,
    schedule: ScheduleExpression,
    zone: TimeZone,
    within: Within,
}

/// An action as it is read.
struct Read<'a> {
    service: ServiceId,
    plan: ScheduledScalingPlan,
    schedule: ScheduleExpression,
    zone: TimeZone,
    within: Within,
    place: Field<'a>,
}

/// Reads `aws.scheduledActions`; the targets get their actions, in the order of names.
pub(super) fn read<'a>(
    cx: &Context<'_>,
    aws: &mut MapReader<'a>,
    known: Known<'_>,
    scaling: &mut Scaling<'_>,
) -> Vec<ScheduledScaling<'a>> {
    let mut read: Vec<Read<'a>> = Vec::new();
    let mut names: BTreeSet<(ServiceId, String)> = BTreeSet::new();
    for field in bounded(aws, "scheduledActions", ACTIONS_MAX) {
        let Some(action) = action(cx, &field, known) else {
            continue;
        };
        if !names.insert((action.service, action.plan.name.clone())) {
            let name = &action.plan.name;
            duplicate_name(&field, "scheduled action of this service", name);
        }
        read.push(action);
    }
    // The order of the file is of no matter, not at equal times either.
    read.sort_by(|a, b| (a.service, &a.plan.name).cmp(&(b.service, &b.plan.name)));
    let Scaling {
        targets, refused, ..
    } = scaling;
    let attached = read.into_iter().filter_map(|action| {
        let Some(index) = targets.iter().position(|it| it.service == action.service) else {
            if refused.contains(&action.service) {
                return None;
            }
            let message = "the action's ResourceId is no scalable target";
            let help = "add it to aws.scalableTargets with MinCapacity and MaxCapacity";
            let pending = action.place.error("unknown-name", message);
            pending.help(help).report();
            return None;
        };
        let scheduled = &mut targets[index].scheduled;
        scheduled.push(action.plan);
        Some(ScheduledScaling {
            target: ScalableTargetId::from_index(index),
            action: scheduled.len() - 1,
            place: action.place,
            schedule: action.schedule,
            zone: action.zone,
            within: action.within,
        })
    });
    attached.collect()
}

fn action<'a>(cx: &Context<'_>, field: &Field<'a>, known: Known<'_>) -> Option<Read<'a>> {
    let mut map = field.map()?;
    let service = resource(&mut map, known);
    let name = map
        .required("ScheduledActionName")
        .and_then(|field| field.str());
    let schedule_field = map.required("Schedule");
    let schedule = schedule_field
        .as_ref()
        .and_then(|field| schedule_expression::read_scaling(cx, field));
    let zone_field = map.field("Timezone");
    let start = map.field("StartTime");
    let end = map.field("EndTime");
    let within = Within::read((start.as_ref(), "StartTime"), (end.as_ref(), "EndTime"));
    let update = update(&mut map);
    map.finish_aws("application-autoscaling.ScheduledAction");
    let zone = match &zone_field {
        Some(field) => time_zone(field)?,
        None => {
            cx.default_text("aws.scheduledActions.*.Timezone");
            TimeZone::UTC
        }
    };
    let schedule = schedule?;
    if let (Some(field), ScheduleExpression::Rate { .. }) = (&zone_field, &schedule) {
        let message = "a rate counts 24-hour days in any time zone";
        field.warning("no-effect", message).report();
    }
    Some(Read {
        service: service?,
        plan: ScheduledScalingPlan {
            name: name?.to_owned(),
            update: update?,
        },
        schedule,
        zone,
        within,
        place: field.clone(),
    })
}

/// `ScalableTargetAction`.
fn update(map: &mut MapReader<'_>) -> Option<BoundsUpdate> {
    let place = map.required("ScalableTargetAction")?;
    let mut action = place.map()?;
    let min = action.u32("MinCapacity", 0..=DESIRED_MAX);
    let max_field = action.field("MaxCapacity");
    let max = max_field.as_ref().and_then(|it| it.u32(0..=DESIRED_MAX));
    action.finish_aws("application-autoscaling.ScalableTargetAction");
    match (min, max, max_field) {
        (None, None, None) => {
            let message = "the action sets neither MinCapacity nor MaxCapacity";
            let pending = place.error("missing-field", message);
            pending
                .help("write MinCapacity, MaxCapacity or both")
                .report();
            None
        }
        (Some(min), Some(max), Some(field)) if max < min => {
            let message = format!("MaxCapacity {max} is less than MinCapacity {min}");
            field.error("out-of-range", message).report();
            None
        }
        _ => Some(BoundsUpdate { min, max }),
    }
}

impl ScheduledScaling<'_> {
    /// When it happens within the run, one more than [`INSTANTS_MAX`] at the most: at its StartTime
    /// and then by its schedule until its EndTime; local times that clocks leave out do not happen,
    /// those that they show twice happen once (policy::schedule).
    ///
    /// ASSUMPTION: a rate without a StartTime begins with the run.
    pub(in crate::scenario) fn times(&self, run: &RunPlan) -> Vec<SimTime> {
        let begun = self.within.start.unwrap_or(run.start);
        let is_once = matches!(self.schedule, ScheduleExpression::At(_));
        let first = self.within.start.filter(|_| !is_once);
        let mut found: Vec<SimTime> = first.and_then(|at| into_run(run, at)).into_iter().collect();
        let mut from = begun.max(run.start);
        while found.len() <= INSTANTS_MAX
            && let Some(at) = self.schedule.next(begun, from, &self.zone)
            && let Some(into) = into_run(run, at).filter(|_| self.within.holds(at))
        {
            found.push(into);
            match at.checked_add(jiff::Span::new().microseconds(1)) {
                Ok(next) => from = next,
                Err(_) => break,
            }
        }
        found.sort_unstable();
        found.dedup();
        found
    }

    /// Says what of it no run will see: all of it, where it has no time within the run, or what the
    /// clocks leave out.
    pub(in crate::scenario) fn note_unseen(&self, times: &[SimTime], run: &RunPlan) {
        let seen = Seen {
            expression: &self.schedule,
            zone: &self.zone,
            begun: self.within.start,
            end: self.within.end,
        };
        if !times.is_empty() {
            return seen.note_skipped(&self.place, ("the action", "happen"), run);
        }
        let why = seen.why_never(run);
        let why = why.map_or_else(String::new, |why| format!(": {why}"));
        let message = format!("the action never happens within this run{why}");
        let help = move_it(run, "the action");
        let map = self.place.map();
        let schedule = map.and_then(|mut map| map.field("Schedule"));
        let place = schedule.as_ref().unwrap_or(&self.place);
        place.warning("never-happens", message).help(help).report();
    }

    /// Says that AWS refuses it at an instant, the bounds being what they then are.
    pub(in crate::scenario) fn warn_refused(&self, at: Timestamp, bounds: Bounds) {
        let Bounds { min, max } = bounds;
        let message = format!(
            "at {at} MinCapacity would be {min} and MaxCapacity {max}: AWS refuses the action"
        );
        let help = "let the action set both bounds";
        let pending = self.place.warning("refused-action", message);
        pending.help(help).report();
    }
}
