//! `placementStrategy` and `placementConstraints`: where tasks go on container instances.

mod task_groups;
mod unused;

use std::cell::RefCell;
use std::collections::BTreeSet;

use crate::policy::cluster_query::{Expression, Subject};
use crate::policy::placement::{Binpack, PlacementRule, SERVICE_DEFAULT, Spread};
use crate::scenario::context::{Context, bounded};
use crate::scenario::diagnostic::{Diagnostic, suggestion};
use crate::scenario::node::quote;
use crate::scenario::plan::PlacementPlan;
use crate::scenario::reader::{Field, MapReader};
use crate::scenario::source::{Position, Span};
use unused::{note_field_of_random, note_placed_by_ecs, refuse_expression, warn_of_numbers};

/// The most constraints of a task (API RunTask, 2026-11).
const CONSTRAINTS_MAX: usize = 10;

/// The attributes that ECS gives every instance (ECS developer guide, "attributes"), but for the
/// ids of images, subnets and VPCs, which a scenario may leave out.
pub(super) const BUILT_IN: [&str; 5] = [
    "ecs.availability-zone",
    "ecs.cpu-architecture",
    "ecs.instance-type",
    "ecs.os-family",
    "ecs.os-type",
];
/// Those, with what says them: every instance has them on AWS.
const IDS: [(&str, &str); 3] = [
    (
        "ecs.ami-id",
        "give the launch template its ImageId (ami-...)",
    ),
    ("ecs.subnet-id", "give the groups VPCZoneIdentifier"),
    (
        "ecs.vpc-id",
        "give the groups VPCZoneIdentifier, and aws.subnets their VpcId",
    ),
];
pub(super) const ZONE: &str = "ecs.availability-zone";

/// Who places tasks, and where.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(in crate::scenario) enum Placer {
    /// Onto Fargate, which places by itself.
    Fargate,
    /// A service onto instances.
    Service,
    /// A RunTask call onto instances.
    RunTask,
    /// Onto Managed Instances, which ECS places by itself.
    Ecs,
    /// The strategy is wrong, so nobody knows.
    Unknown,
}

impl Placer {
    /// The rules by which tasks with this placement go: those of `placement`, but where ECS has its
    /// own and packs after it has spread.
    pub(super) fn rules(self, placement: &PlacementPlan) -> &[PlacementRule] {
        match self {
            Placer::Ecs => &SERVICE_DEFAULT,
            _ => &placement.rules,
        }
    }
}

/// What all strategies and constraints of a scenario share.
pub(in crate::scenario) struct Placements {
    /// Custom attributes of the instances.
    custom: BTreeSet<String>,
    /// Whether the version of all agents is given.
    has_agent_version: bool,
    /// What strategies spread over beyond the zone, each once.
    spread: RefCell<Vec<String>>,
    /// Questions about task groups, with what is said of each if no tasks have such a group.
    groups: RefCell<Vec<(Expression, Diagnostic)>>,
}

#[derive(Clone, Copy)]
enum Rule {
    Binpack,
    Spread,
    Random,
}

const RULES: [(&str, Rule); 3] = [
    ("binpack", Rule::Binpack),
    ("spread", Rule::Spread),
    ("random", Rule::Random),
];
const RESOURCES: [(&str, Binpack); 4] = [
    ("cpu", Binpack::Cpu),
    ("memory", Binpack::Memory),
    ("CPU", Binpack::Cpu),
    ("MEMORY", Binpack::Memory),
];

impl Placements {
    /// For instances with these custom attributes.
    pub(super) fn new<'n>(custom: impl Iterator<Item = &'n str>, has_agent_version: bool) -> Self {
        Placements {
            custom: custom.map(str::to_owned).collect(),
            has_agent_version,
            spread: RefCell::new(Vec::new()),
            groups: RefCell::new(Vec::new()),
        }
    }

    /// The attributes that strategies spread over, in the order of their numbers.
    pub(in crate::scenario) fn spread_attributes(&self) -> Vec<String> {
        self.spread.borrow().clone()
    }

    /// Reads both fields of a service or a RunTask call.
    pub(in crate::scenario) fn read(
        &self,
        cx: &Context<'_>,
        map: &mut MapReader<'_>,
        placer: Placer,
    ) -> PlacementPlan {
        if matches!(placer, Placer::Fargate | Placer::Unknown) {
            for key in ["placementConstraints", "placementStrategy"] {
                let given = map.field(key).filter(|field| {
                    placer == Placer::Fargate && field.node().as_sequence() != Some(&[])
                });
                if let Some(field) = given {
                    let message = format!("{key} has no meaning on Fargate, AWS refuses it");
                    field.error("invalid-value", message).report();
                }
            }
            return PlacementPlan::default();
        }
        if placer == Placer::Ecs {
            note_placed_by_ecs(map);
        }
        let mut plan = PlacementPlan {
            rules: match placer {
                Placer::Ecs => vec![PlacementRule::Binpack(Binpack::Memory)],
                _ => self.rules(map),
            },
            ..PlacementPlan::default()
        };
        if plan.rules.is_empty() {
            let is_service = placer == Placer::Service;
            cx.default_text(match is_service {
                true => "aws.services.*.placementStrategy",
                false => "aws.runTasks.*.placementStrategy",
            });
            plan.rules = match is_service {
                true => SERVICE_DEFAULT.to_vec(),
                false => vec![PlacementRule::Random],
            };
        }
        for field in bounded(map, "placementConstraints", CONSTRAINTS_MAX) {
            let Some(mut constraint) = field.map() else {
                continue;
            };
            let kind = constraint.required("type");
            let expression = constraint.field("expression");
            constraint.finish_aws("ecs.PlacementConstraint");
            let kinds = [("distinctInstance", true), ("memberOf", false)];
            match kind.and_then(|kind| kind.choice(&kinds)) {
                Some(true) => {
                    refuse_expression(expression.as_ref());
                    plan.distinct_instance = true;
                }
                Some(false) => {
                    let (lasting, live) = self.member_of(cx, &field, expression);
                    plan.constraints.extend(lasting);
                    plan.live_constraints.extend(live);
                }
                None => {}
            }
        }
        plan
    }

    /// Reads `placementConstraints` of a task definition: `memberOf` only. Those that an instance's
    /// kind answers, and the others.
    pub(super) fn of_definition(
        &self,
        cx: &Context<'_>,
        map: &mut MapReader<'_>,
    ) -> (Vec<Expression>, Vec<Expression>) {
        let mut constraints = (Vec::new(), Vec::new());
        for field in bounded(map, "placementConstraints", CONSTRAINTS_MAX) {
            let Some(mut constraint) = field.map() else {
                continue;
            };
            let kind = constraint.required("type");
            let expression = constraint.field("expression");
            constraint.finish_aws("ecs.TaskDefinitionPlacementConstraint");
            if kind
                .and_then(|kind| kind.choice(&[("memberOf", ())]))
                .is_some()
            {
                let (lasting, live) = self.member_of(cx, &field, expression);
                constraints.0.extend(lasting);
                constraints.1.extend(live);
            }
        }
        constraints
    }

    fn rules(&self, map: &mut MapReader<'_>) -> Vec<PlacementRule> {
        let mut rules = Vec::new();
        for field in bounded(map, "placementStrategy", PlacementRule::COUNT_MAX) {
            let Some(mut rule) = field.map() else {
                continue;
            };
            let kind = rule.required("type");
            let of = rule.field("field");
            rule.finish_aws("ecs.PlacementStrategy");
            let Some(kind) = kind.and_then(|kind| kind.choice(&RULES)) else {
                continue;
            };
            let Some(of) = of else {
                match kind {
                    Rule::Random => rules.push(PlacementRule::Random),
                    Rule::Binpack | Rule::Spread => {
                        let message = "\"field\" is missing, only random does without";
                        field.error("missing-field", message).report();
                    }
                }
                continue;
            };
            rules.extend(match kind {
                Rule::Random => {
                    note_field_of_random(&of);
                    Some(PlacementRule::Random)
                }
                Rule::Binpack => of.choice(&RESOURCES).map(PlacementRule::Binpack),
                Rule::Spread => self.spread(&of).map(PlacementRule::Spread),
            });
        }
        rules
    }

    fn spread(&self, field: &Field<'_>) -> Option<Spread> {
        let text = field.str()?;
        if ["instanceId", "host"].contains(&text) {
            return Some(Spread::Instance);
        }
        let Some(name) = text.strip_prefix("attribute:") else {
            let message = format!("{} is nothing to spread over", quote(text));
            let known = ["instanceId", "host", "attribute:ecs.availability-zone"];
            let help = suggestion(text, known).unwrap_or_else(|| {
                "write instanceId, or attribute: and a name: attribute:ecs.availability-zone".into()
            });
            field.error("unknown-value", message).help(help).report();
            return None;
        };
        if let Some((message, help)) = self.nobody_has(name) {
            let wrong = field.error("unknown-name", message);
            wrong.maybe_help(help).report();
            return None;
        }
        if name == ZONE {
            return Some(Spread::Zone);
        }
        let mut spread = self.spread.borrow_mut();
        let known = spread.iter().position(|known| known == name);
        Some(Spread::Attribute(known.unwrap_or_else(|| {
            spread.push(name.to_owned());
            spread.len() - 1
        })))
    }

    /// A message and a help, if no instance has the attribute.
    fn nobody_has(&self, name: &str) -> Option<(String, Option<String>)> {
        let known = || {
            BUILT_IN
                .into_iter()
                .chain(self.custom.iter().map(String::as_str))
        };
        if known().any(|known| known == name) {
            return None;
        }
        if let Some((_, help)) = IDS.iter().find(|(known, _)| *known == name) {
            let message = format!("the scenario has no {name}: no instance can be told by it here");
            return Some((message, Some((*help).to_owned())));
        }
        let message = format!("no instance has an attribute {}", quote(name));
        Some((message, suggestion(name, known())))
    }

    /// The parts of an expression that an instance's kind answers, and the others.
    fn member_of(
        &self,
        cx: &Context<'_>,
        constraint: &Field<'_>,
        expression: Option<Field<'_>>,
    ) -> (Vec<Expression>, Vec<Expression>) {
        let expression = self.expression(cx, constraint, expression);
        if expression
            .as_ref()
            .is_some_and(|it| it.asks_for(&Subject::AgentVersion))
            && !self.has_agent_version
        {
            cx.default_text("world.instances.*.agentVersion");
        }
        let parts = expression.into_iter().flat_map(Expression::into_parts);
        parts.partition(Expression::is_lasting)
    }

    fn expression(
        &self,
        cx: &Context<'_>,
        constraint: &Field<'_>,
        expression: Option<Field<'_>>,
    ) -> Option<Expression> {
        let Some(field) = expression else {
            let message = "\"expression\" is missing, memberOf needs one";
            constraint.error("missing-field", message).report();
            return None;
        };
        let text = field.str()?;
        let expression = match Expression::parse(text) {
            Ok(expression) => expression,
            Err(wrong) => {
                let place = at_character(cx, &field, text, wrong.at);
                let diagnostic = Diagnostic::error("invalid-query", wrong.to_string());
                field.push(diagnostic.at(place).path(field.path()));
                return None;
            }
        };
        warn_of_numbers(&field, &expression);
        let mut is_known = true;
        for name in expression.attributes() {
            if let Some((message, help)) = self.nobody_has(name) {
                let is_id = IDS.iter().any(|(known, _)| *known == name);
                if !is_id && expression.asks_only_absence(name) {
                    let message = format!("{message}: that it has none is true everywhere");
                    let warning = field.warning("unknown-name", message);
                    warning.maybe_help(help).report();
                    continue;
                }
                let at = text.find(name).map(|at| text[..at].chars().count());
                let place = at_character(cx, &field, text, at.unwrap_or(0));
                let diagnostic = Diagnostic::error("unknown-name", message).maybe_help(help);
                field.push(diagnostic.at(place).path(field.path()));
                is_known = false;
            }
        }
        let asked = expression.group_tests().into_iter().map(|test| {
            let warning = task_groups::warning(&field, text);
            (test.clone(), warning)
        });
        self.groups.borrow_mut().extend(asked);
        is_known.then_some(expression)
    }
}

/// The place of a character of a scalar, if it stands in its line as it is; else all of it.
pub(super) fn at_character(cx: &Context<'_>, field: &Field<'_>, text: &str, at: usize) -> Span {
    let whole = field.span();
    if whole.start.line != whole.end.line {
        return whole;
    }
    let line = cx.sources.line(whole.file, whole.start.line);
    let skipped = whole.start.column.saturating_sub(1) as usize;
    let shown: String = line.chars().skip(skipped).collect();
    let quotes = match shown.strip_prefix(['"', '\'']) {
        Some(inside) if inside.starts_with(text) => 1,
        _ if shown.starts_with(text) => 0,
        _ => return whole,
    };
    let column = whole.start.column + quotes + at as u32;
    let place = |column| Position {
        line: whole.start.line,
        column,
    };
    Span {
        file: whole.file,
        start: place(column),
        end: place(column + 1),
    }
}
