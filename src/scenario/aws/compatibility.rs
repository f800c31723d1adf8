//! Where a task definition may run: what it says of itself, and what Fargate refuses.

use std::cell::Cell;

use crate::catalog::fargate::{FargatePlatform, TaskSize, check_size, nearest_legal};
use crate::engine::SimDuration;
use crate::policy::fargate::STOP_TIMEOUT_MAX_S;
use crate::scenario::context::Context;
use crate::scenario::diagnostic::Diagnostic;
use crate::scenario::plan::NetworkMode;
use crate::scenario::reader::{Field, MapReader};

use super::container::Container;

/// What a definition says of itself, and what is wrong with it on Fargate: said once, when it is
/// known to go there.
pub(super) struct Compatibility {
    said: Option<Compatibilities>,
    problems: Vec<Diagnostic>,
    is_told: Cell<bool>,
}

impl Compatibility {
    pub(super) fn new(said: Option<Compatibilities>, problems: Vec<Diagnostic>) -> Self {
        Compatibility {
            said,
            problems,
            is_told: Cell::new(false),
        }
    }

    /// Says what is wrong with it on Fargate, if it was not said.
    pub(super) fn refuse_fargate(&self, cx: &Context<'_>) {
        if !self.is_told.replace(true) {
            self.problems
                .iter()
                .for_each(|it| cx.reader.push(it.clone()));
        }
    }

    /// Checks that a service or program that names it at `field` may run it where its strategy
    /// goes.
    pub(super) fn check(&self, cx: &Context<'_>, (field, name): (&Field<'_>, &str), host: Host) {
        let is_said = |said: Compatibilities| match host {
            Host::Fargate => said.fargate,
            Host::Instances => said.ec2,
            Host::External => said.external,
            Host::Managed => said.managed,
        };
        if !self.said.is_none_or(is_said) {
            let (wanted, goes) = match host {
                Host::Fargate => ("FARGATE", "to Fargate"),
                Host::Instances => ("EC2", "to instances"),
                Host::External => ("EXTERNAL", "to EXTERNAL instances"),
                Host::Managed => ("MANAGED_INSTANCES", "to Managed Instances"),
            };
            let message = format!(
                "the strategy goes {goes}, and requiresCompatibilities of {name} has no {wanted}"
            );
            let help = format!("add {wanted} there, or change the strategy");
            field.error("incompatible", message).help(help).report();
        } else if host == Host::Fargate {
            self.refuse_fargate(cx);
        }
    }
}

/// Where tasks run.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(in crate::scenario) enum Host {
    /// On Fargate.
    Fargate,
    /// On instances of Auto Scaling groups.
    Instances,
    /// On machines of one's own.
    External,
    /// On ECS Managed Instances.
    Managed,
}

/// `requiresCompatibilities`, where it says something.
#[derive(Clone, Copy)]
pub(super) struct Compatibilities {
    pub(super) fargate: bool,
    pub(super) ec2: bool,
    pub(super) external: bool,
    pub(super) managed: bool,
}

/// Reads `requiresCompatibilities`.
pub(super) fn compatibilities(map: &mut MapReader<'_>) -> Option<Compatibilities> {
    let field = map.field("requiresCompatibilities")?;
    let items = field.list().unwrap_or_default();
    let words: Vec<&str> = items.iter().filter_map(Field::str).collect();
    if words.is_empty() {
        return None;
    }
    let said = Compatibilities {
        fargate: words.contains(&"FARGATE"),
        ec2: words.contains(&"EC2"),
        external: words.contains(&"EXTERNAL"),
        managed: words.contains(&"MANAGED_INSTANCES"),
    };
    if !said.fargate && !said.ec2 && !said.external && !said.managed {
        let message = format!("tasks of {} are not simulated yet", words.join(", "));
        let help = "FARGATE, EC2, EXTERNAL and MANAGED_INSTANCES are";
        field.error("not-built-yet", message).help(help).report();
    }
    Some(said)
}

/// `networkMode`, and where it stands if it does.
pub(super) struct Network<'a> {
    pub(super) mode: NetworkMode,
    field: Option<Field<'a>>,
}

const MODES: [(&str, NetworkMode); 4] = [
    ("awsvpc", NetworkMode::Awsvpc),
    ("bridge", NetworkMode::Bridge),
    ("host", NetworkMode::Host),
    ("none", NetworkMode::None),
];

/// Reads `networkMode`; none for Fargate's own, where it is left out there. What runs on Managed
/// Instances alone has awsvpc then (ASSUMPTION: they have no bridge, which is the default else).
pub(super) fn network<'a>(
    cx: &Context<'_>,
    map: &mut MapReader<'a>,
    (on_fargate, said): (bool, Option<Compatibilities>),
) -> Option<Network<'a>> {
    let Some(field) = map.field("networkMode") else {
        if on_fargate {
            return None;
        }
        cx.default_text("aws.taskDefinitions.*.networkMode");
        let only_managed = said.is_some_and(|it| it.managed && !it.ec2 && !it.external);
        let (mode, field) = match only_managed {
            true => (NetworkMode::Awsvpc, None),
            false => (NetworkMode::Bridge, None),
        };
        return Some(Network { mode, field });
    };
    let mode = match on_fargate {
        // Whatever else stands there is refused as no mode of Fargate's.
        true => {
            let known = MODES.iter().find(|(word, _)| field.str() == Some(word));
            known.map_or(NetworkMode::None, |(_, mode)| *mode)
        }
        false => field.choice(&MODES)?,
    };
    let field = Some(field);
    Some(Network { mode, field })
}

/// What Fargate looks at.
pub(super) struct Shape<'s, 'a> {
    pub(super) size: TaskSize,
    pub(super) platform: FargatePlatform,
    pub(super) containers: &'s [Container<'a>],
    pub(super) network: Option<&'s Network<'a>>,
}

impl Shape<'_, '_> {
    /// What of it Fargate refuses; `place` is that of its size.
    pub(super) fn problems(&self, place: &Field<'_>) -> Vec<Diagnostic> {
        let at = |field: &Field<'_>, code: &'static str, message: String| {
            Diagnostic::error(code, message)
                .at(field.span())
                .path(field.path())
        };
        let mut problems = Vec::new();
        let platform = self.platform;
        if let Err(refusal) = check_size(self.size, platform) {
            let nearest = nearest_legal(self.size, platform);
            let (cpu, memory) = (nearest.cpu.0, nearest.memory.0);
            let help = format!("the nearest is cpu {cpu}, memory {memory}");
            problems.push(at(place, "invalid-size", refusal.to_string()).help(help));
        }
        let field = self.network.and_then(|network| network.field.as_ref());
        if let Some(field) = field
            && let Some(mode) = field.node().as_text()
            && mode != "awsvpc"
        {
            let message =
                format!("found {mode}, expected awsvpc, the only network mode on Fargate");
            problems.push(at(field, "invalid-value", message));
        }
        for container in self.containers {
            let stop = container.plan.stop_timeout;
            if SimDuration::from_secs(STOP_TIMEOUT_MAX_S) < stop {
                let message = format!(
                    "a stopTimeout of {stop} is more than Fargate's {STOP_TIMEOUT_MAX_S} s"
                );
                problems.push(at(&container.field, "out-of-range", message));
            }
            if 0 < container.gpus {
                let message = "Fargate has no GPUs, AWS refuses them there".to_owned();
                problems.push(at(&container.field, "invalid-value", message));
            }
        }
        problems
    }
}
