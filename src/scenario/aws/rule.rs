//! `aws.rules` and `aws.ruleTargets`: EventBridge rules that run tasks by a schedule (API PutRule,
//! PutTargets).

use std::collections::BTreeMap;
use std::sync::Arc;

use jiff::tz::TimeZone;

use crate::demand::scheduled::ScheduleTimes;
use crate::engine::SimDuration;
use crate::policy::schedule::ScheduleExpression;
use crate::scenario::arn::arn_name;
use crate::scenario::context::{Context, bounded, check_name, duplicate_name, unknown_name};
use crate::scenario::plan::{ArrivalPlan, JobSourcePlan, RunPlan};
use crate::scenario::reader::{Field, MapReader};
use crate::scenario::world::Begun;

use super::Aws;
use super::event_target::{self, OF_RULE};
use super::run_task::{Call, enter};
use super::schedule_expression;

const RULES_MAX: usize = 10_000;
const TARGETS_MAX: usize = 10_000;
const STATES: [(&str, bool); 3] = [
    ("ENABLED", true),
    ("DISABLED", false),
    ("ENABLED_WITH_ALL_CLOUDTRAIL_MANAGEMENT_EVENTS", true),
];

/// When a rule runs: none, it was refused, is disabled, or waits for events.
struct Rule<'a> {
    place: Field<'a>,
    expression: Option<ScheduleExpression>,
    targets: usize,
}

/// Reads both lists.
pub(super) fn read(
    cx: &Context<'_>,
    map: &mut MapReader<'_>,
    (world, run): (&Begun<'_>, &RunPlan),
    aws: &mut Aws<'_>,
) {
    let mut rules: BTreeMap<String, Rule<'_>> = BTreeMap::new();
    for field in bounded(map, "rules", RULES_MAX) {
        let Some(map) = field.map() else { continue };
        let Some((name, rule)) = rule(cx, &field, map) else {
            continue;
        };
        if rules.contains_key(&name) {
            duplicate_name(&field, "rule", &name);
        }
        rules.insert(name, rule);
    }
    for field in bounded(map, "ruleTargets", TARGETS_MAX) {
        let Some(map) = field.map() else { continue };
        targets(cx, map, (world, run, &mut rules), aws);
    }
    for (name, rule) in rules.iter().filter(|(_, rule)| rule.targets == 0) {
        let message = format!("rule {name} has no target: it starts nothing");
        let help = "add one to aws.ruleTargets";
        let warning = rule.place.warning("no-effect", message);
        warning.help(help).report();
    }
}

fn rule<'a>(
    cx: &Context<'_>,
    field: &Field<'a>,
    mut map: MapReader<'a>,
) -> Option<(String, Rule<'a>)> {
    let name_field = map.required("Name");
    let expression_field = map.field("ScheduleExpression");
    let pattern = map.field("EventPattern");
    let state_field = map.field("State");
    let is_enabled = state_field
        .as_ref()
        .and_then(|it| it.choice(&STATES))
        .unwrap_or(true);
    map.finish_aws("events.Rule");
    let name_field = name_field?;
    let name = name_field.str()?;
    check_name(&name_field, name, 64);
    if let Some(pattern) = &pattern {
        let message = match expression_field {
            Some(_) => "nothing here sends events: the rule runs by its schedule alone",
            None => "nothing here sends events: the rule never runs",
        };
        pattern.warning("no-effect", message).report();
    } else if expression_field.is_none() {
        let message = "the rule has neither a ScheduleExpression nor an EventPattern";
        let help = "say when, like ScheduleExpression: rate(1 hour)";
        field.error("missing-field", message).help(help).report();
    }
    let expression = expression_field
        .as_ref()
        .and_then(|field| schedule_expression::read(cx, field));
    if let (Some(field), Some(ScheduleExpression::At(_))) = (&expression_field, &expression) {
        let message = "a rule has no at(…), AWS refuses it";
        let help = "aws.schedules (EventBridge Scheduler) has it";
        field.error("invalid-value", message).help(help).report();
    }
    if let (Some(state), false) = (&state_field, is_enabled) {
        let message = format!("rule {name} is DISABLED: it never runs");
        state.note("no-effect", message).report();
    }
    let rule = Rule {
        place: expression_field.unwrap_or_else(|| field.clone()),
        expression: expression.filter(|_| is_enabled),
        targets: 0,
    };
    Some((name.to_owned(), rule))
}

/// Reads the targets of one rule, in PutTargets' shape.
fn targets(
    cx: &Context<'_>,
    mut map: MapReader<'_>,
    (world, run, rules): (&Begun<'_>, &RunPlan, &mut BTreeMap<String, Rule<'_>>),
    aws: &mut Aws<'_>,
) {
    let rule_field = map.required("Rule");
    let targets = bounded(&mut map, "Targets", TARGETS_MAX);
    if targets.is_empty() {
        let message = "there are no Targets";
        map.error("missing-field", message).report();
    }
    map.finish_aws("events.PutTargetsRequest");
    let Some(rule_field) = rule_field else { return };
    let Some(rule_name) = rule_field.str().map(arn_name) else {
        return;
    };
    let Some(rule) = rules.get_mut(rule_name) else {
        let known = rules.keys().map(String::as_str);
        return unknown_name(&rule_field, "rule", rule_name, known);
    };
    rule.targets += targets.len();
    let is_only = targets.len() == 1;
    for (index, field) in targets.iter().enumerate() {
        let Some(mut map) = field.map() else { continue };
        let id = map.required("Id").and_then(|field| field.str());
        let Some(id) = id else { continue };
        let name = match is_only {
            true => rule_name.to_owned(),
            false => format!("{rule_name}/{id}"),
        };
        let who = Call {
            key: world.streams.key(&name),
            name: name.clone(),
            count_max: OF_RULE.count_max,
        };
        let punctuality = world.schedules.of(cx, rule_name);
        let plan = event_target::read(cx, map, (&OF_RULE, who, punctuality), aws);
        let plan = plan.map(|plan| of_rule(plan, rule, (punctuality.delay, run), index == 0));
        enter(aws, field, (&name, "target of a rule"), plan);
    }
}

/// The target's calls at the times of its rule, in UTC (EventBridge user guide, "scheduled rules").
fn of_rule(
    mut plan: JobSourcePlan,
    rule: &Rule<'_>,
    (delay, run): (crate::engine::distribution::Distribution, &RunPlan),
    is_first: bool,
) -> JobSourcePlan {
    let Some(expression) = rule.expression.clone() else {
        return plan;
    };
    let times = ScheduleTimes {
        expression,
        zone: TimeZone::UTC,
        begun: run.start,
        end: None,
        window: SimDuration::ZERO,
        delay,
    };
    if is_first {
        schedule_expression::note_unseen(&rule.place, &plan.name, &times, run);
    }
    plan.arrivals = Some(ArrivalPlan::Schedule(Arc::new(times)));
    plan
}
