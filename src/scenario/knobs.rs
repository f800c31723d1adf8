//! What of a scenario a person may want to move while looking at what it does: counts, bounds,
//! weights, targets, the load, the Spot market; each with a path as `--set` takes it and a range.

use super::Loaded;
use super::names::labels;
use super::node::{Node, Value};
use super::path::join;
use super::plan::{Plan, ProviderKind};

/// Something that can be moved.
#[derive(Clone, PartialEq, Debug)]
pub struct Knob {
    /// Where it stands, as `--set` takes it.
    pub path: String,
    /// What it is about.
    pub about: KnobGroup,
    /// What it is called, its subject first: `api: weight of FARGATE_SPOT`.
    pub label: String,
    /// What it is at, and what it may be.
    pub setting: Setting,
}

/// What a knob is about, in the order in which they are shown.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Debug)]
pub enum KnobGroup {
    /// Who asks.
    Load,
    /// How many tasks, on which providers.
    Services,
    /// Service auto scaling.
    Scaling,
    /// Instances.
    Capacity,
    /// The Spot market.
    Spot,
}

/// What a knob is at, and what it may be.
#[derive(Clone, PartialEq, Debug)]
pub enum Setting {
    /// A number of a range.
    Number {
        /// What it is at.
        at: f64,
        /// The least that is offered; the scenario may say more or less.
        least: f64,
        /// The most that is offered.
        most: f64,
        /// From one to the next.
        step: f64,
    },
    /// One of several words.
    Choice {
        /// What it is at.
        at: String,
        /// All of them.
        of: &'static [&'static str],
    },
}

/// The readings of what AWS does not publish of Fargate Spot.
const FARGATE_PRESETS: &[&str] = &["optimistic", "default", "pessimistic"];
/// Those of Spot instances.
const EC2_PRESETS: &[&str] = &["optimistic", "default", "pessimistic", "scarce"];
/// What a knob is at whose field a scenario leaves out.
const SCALE: f64 = 1.0;

/// What numbers a field may be.
#[derive(Clone, Copy)]
enum Range {
    /// Whole numbers to three times what it is at, to ten at least.
    Count,
    /// A share, percent.
    Percent,
    /// From a tenth to four times what it is at.
    Around,
    /// A factor.
    Factor,
}

/// Fields that can be moved: their path, `*` for each entry; what they are called.
struct Rule {
    path: &'static [&'static str],
    about: KnobGroup,
    what: &'static str,
    range: Range,
    /// What it is at where the last key is left out; without, it is no knob then.
    default: Option<f64>,
}

const fn rule(
    path: &'static [&'static str],
    about: KnobGroup,
    what: &'static str,
    range: Range,
) -> Rule {
    Rule {
        path,
        about,
        what,
        range,
        default: None,
    }
}

const STRATEGY: &str = "capacityProviderStrategy";
const RULES: [Rule; 13] = [
    Rule {
        default: Some(SCALE),
        ..rule(
            &["world", "demand", "*", "scale"],
            KnobGroup::Load,
            "load, times",
            Range::Factor,
        )
    },
    rule(
        &["aws", "services", "*", "desiredCount"],
        KnobGroup::Services,
        "desired count",
        Range::Count,
    ),
    Rule {
        default: Some(0.0),
        ..rule(
            &["aws", "services", "*", STRATEGY, "*", "base"],
            KnobGroup::Services,
            "base of",
            Range::Count,
        )
    },
    rule(
        &["aws", "services", "*", STRATEGY, "*", "weight"],
        KnobGroup::Services,
        "weight of",
        Range::Count,
    ),
    rule(
        &[
            "aws",
            "cluster",
            "defaultCapacityProviderStrategy",
            "*",
            "base",
        ],
        KnobGroup::Services,
        "base of",
        Range::Count,
    ),
    rule(
        &[
            "aws",
            "cluster",
            "defaultCapacityProviderStrategy",
            "*",
            "weight",
        ],
        KnobGroup::Services,
        "weight of",
        Range::Count,
    ),
    rule(
        &["aws", "scalableTargets", "*", "MinCapacity"],
        KnobGroup::Scaling,
        "least tasks",
        Range::Count,
    ),
    rule(
        &["aws", "scalableTargets", "*", "MaxCapacity"],
        KnobGroup::Scaling,
        "most tasks",
        Range::Count,
    ),
    rule(
        &[
            "aws",
            "scalingPolicies",
            "*",
            "TargetTrackingScalingPolicyConfiguration",
            "TargetValue",
        ],
        KnobGroup::Scaling,
        "target",
        Range::Around,
    ),
    rule(
        &["aws", "autoScalingGroups", "*", "MinSize"],
        KnobGroup::Capacity,
        "least instances",
        Range::Count,
    ),
    rule(
        &["aws", "autoScalingGroups", "*", "DesiredCapacity"],
        KnobGroup::Capacity,
        "instances at first",
        Range::Count,
    ),
    rule(
        &["aws", "autoScalingGroups", "*", "MaxSize"],
        KnobGroup::Capacity,
        "most instances",
        Range::Count,
    ),
    rule(
        &[
            "aws",
            "capacityProviders",
            "*",
            "autoScalingGroupProvider",
            "managedScaling",
            "targetCapacity",
        ],
        KnobGroup::Capacity,
        "target capacity, percent",
        Range::Percent,
    ),
];

/// Everything of a scenario that can be moved, by what it is about, then in the order of the file.
pub fn knobs(loaded: &Loaded) -> Vec<Knob> {
    let mut found = Vec::new();
    for rule in &RULES {
        walk(
            &loaded.tree,
            (rule, rule.path),
            "",
            &mut Vec::new(),
            &mut found,
        );
    }
    // Programs that are called have no factor.
    let services = &loaded.plan.services;
    let is_asked = |knob: &Knob| services.iter().any(|it| knob.path == scale_of(&it.name));
    found.retain(|knob| knob.about != KnobGroup::Load || is_asked(knob));
    found.extend(spot(&loaded.tree, &loaded.plan));
    found.sort_by_key(|knob| knob.about);
    found
}

fn scale_of(service: &str) -> String {
    join(&join("world.demand", service), "scale")
}

fn walk(
    node: &Node,
    (rule, steps): (&Rule, &[&str]),
    path: &str,
    names: &mut Vec<String>,
    found: &mut Vec<Knob>,
) {
    let Some((step, rest)) = steps.split_first() else {
        let at = node.as_text().and_then(|text| text.trim().parse().ok());
        found.extend(at.and_then(|at| knob(rule, path, names, at)));
        return;
    };
    if *step == "*" {
        for (name, inner) in entries(node) {
            names.push(name.clone());
            walk(inner, (rule, rest), &join(path, &name), names, found);
            names.pop();
        }
        return;
    }
    let path = join(path, step);
    match node.get(step) {
        Some(inner) => walk(inner, (rule, rest), &path, names, found),
        None if rest.is_empty() && matches!(node.value, Value::Mapping(_)) => {
            let left_out = rule.default;
            found.extend(left_out.and_then(|at| knob(rule, &path, names, at)));
        }
        None => {}
    }
}

/// The entries of a mapping or of a list, by name.
fn entries(node: &Node) -> Vec<(String, &Node)> {
    match &node.value {
        Value::Mapping(entries) => entries
            .iter()
            .map(|(key, inner)| (key.text.clone(), inner))
            .collect(),
        Value::Sequence(items) => {
            let named = labels(items).into_iter().zip(items).enumerate();
            named
                .map(|(at, (name, item))| (name.unwrap_or(at.to_string()), item))
                .collect()
        }
        Value::Scalar(_) => Vec::new(),
    }
}

fn knob(rule: &Rule, path: &str, names: &[String], at: f64) -> Option<Knob> {
    if !at.is_finite() || at < 0.0 {
        return None;
    }
    let (least, most, step) = match rule.range {
        Range::Count => (0.0, (3.0 * at).ceil().max(10.0), 1.0),
        Range::Percent => (1.0, 100.0, 1.0),
        Range::Around if at <= 0.0 => return None,
        Range::Around => {
            // A step of at most a hundredth of it, as a round number.
            let step = libm::pow(10.0, libm::floor(libm::log10(at / 10.0)));
            (step, libm::ceil(4.0 * at / step) * step, step)
        }
        Range::Factor => (0.0, (4.0 * at).max(4.0), 0.05),
    };
    let label = match names {
        // Of the cluster's own strategy only the provider has a name.
        [of] if rule.path[1] == "cluster" => format!("cluster: {} {of}", rule.what),
        [name] => format!("{name}: {}", rule.what),
        [name, of] => format!("{name}: {} {of}", rule.what),
        _ => rule.what.to_owned(),
    };
    Some(Knob {
        path: path.to_owned(),
        about: rule.about,
        label,
        setting: Setting::Number {
            at,
            least: least.min(at),
            most: most.max(at),
            step,
        },
    })
}

/// The reading of the Spot market, of Fargate and of instances where the plan has such capacity.
fn spot(tree: &Node, plan: &Plan) -> Vec<Knob> {
    let fargate = plan
        .providers
        .iter()
        .any(|it| it.kind == ProviderKind::FargateSpot);
    let instances = plan.groups.iter().any(|it| it.buys_spot());
    let markets = [
        ("FARGATE_SPOT", fargate, FARGATE_PRESETS),
        ("EC2", instances, EC2_PRESETS),
    ];
    let of = |name: &str, presets: &'static [&'static str]| {
        let there = tree.get("world").and_then(|it| it.get("spot"));
        let said = |name: &str| {
            let preset = there?.get(name)?.get("preset")?;
            preset.as_text().map(str::to_owned)
        };
        let at = said(name).or_else(|| said("default"));
        Knob {
            path: format!("world.spot.{name}.preset"),
            about: KnobGroup::Spot,
            label: format!("{name}: Spot market"),
            setting: Setting::Choice {
                at: at.unwrap_or_else(|| "default".to_owned()),
                of: presets,
            },
        }
    };
    let there = markets.into_iter().filter(|(_, is_there, _)| *is_there);
    there.map(|(name, _, presets)| of(name, presets)).collect()
}

#[cfg(test)]
mod tests {
    use std::path::Path;

    use super::*;
    use crate::scenario::{LoadOptions, load};

    fn of(scenario: &str) -> Vec<Knob> {
        let path = Path::new("scenarios").join(scenario);
        knobs(&load(&path, &LoadOptions::default()).expect("it is shipped"))
    }

    fn told(knob: &Knob) -> String {
        match &knob.setting {
            Setting::Number {
                at,
                least,
                most,
                step,
            } => {
                format!("{} = {at} ({least} to {most} by {step})", knob.label)
            }
            Setting::Choice { at, of } => format!("{} = {at} of {}", knob.label, of.join(", ")),
        }
    }

    #[test]
    fn what_a_web_service_may_be_moved_by() {
        let told: Vec<String> = of("web-api.yaml").iter().map(told).collect();
        insta::assert_snapshot!(told.join("\n"));
    }

    #[test]
    fn every_knob_of_the_shipped_scenarios_can_be_set() {
        for entry in std::fs::read_dir("scenarios").unwrap() {
            let path = entry.unwrap().path();
            if path.extension().is_none_or(|it| it != "yaml") {
                continue;
            }
            let loaded = load(&path, &LoadOptions::default()).expect("it is shipped");
            let set = knobs(&loaded).into_iter().map(|knob| match knob.setting {
                Setting::Number { at, .. } => (knob.path, at.to_string()),
                Setting::Choice { at, .. } => (knob.path, at),
            });
            let options = LoadOptions {
                set: set.collect(),
                ..LoadOptions::default()
            };
            let again = load(&path, &options);
            assert!(
                again.is_ok(),
                "{}: {:?}",
                path.display(),
                again
                    .err()
                    .map(|it| { it.diagnostics.render(&it.sources, false) })
            );
        }
    }
}
