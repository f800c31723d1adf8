//! `launchType`: where tasks go that no capacity provider is asked for.

use crate::ids::ProviderId;
use crate::policy::strategy::Strategy;
use crate::scenario::node::Node;
use crate::scenario::plan::ProviderKind;
use crate::scenario::reader::{Field, MapReader};

use super::cluster::{Known, Providers};
use super::compatibility::Host;

/// `launchType`.
const LAUNCH_TYPES: [(&str, ProviderKind); 3] = [
    ("FARGATE", ProviderKind::Fargate),
    ("EC2", ProviderKind::Ec2),
    ("EXTERNAL", ProviderKind::External),
];

/// What says where tasks go, in the entries of one of `aws`'s lists.
fn callers<'a>(aws: &mut MapReader<'a>, list: &'static str) -> Vec<&'a Node> {
    let field = aws.field(list);
    let entries = field.and_then(|field| field.node().as_sequence());
    let entries = entries.unwrap_or_default().iter();
    let parameters = |target: &'a Node| target.get("EcsParameters");
    match list {
        "schedules" => entries
            .filter_map(|it| it.get("Target").and_then(parameters))
            .collect(),
        "ruleTargets" => entries
            .filter_map(|it| it.get("Targets")?.as_sequence())
            .flatten()
            .filter_map(parameters)
            .collect(),
        // A service with EXTERNAL has none of its own, and may list its task sets.
        "services" => entries
            .flat_map(|service| {
                let sets = service.get("taskSets").and_then(|it| it.as_sequence());
                let sets = sets.unwrap_or_default().iter();
                let controller = service.get("deploymentController");
                let kind = controller.and_then(|it| it.get("type")?.as_text());
                let own = (kind != Some("EXTERNAL")).then_some(service);
                own.into_iter().chain(sets)
            })
            .collect(),
        _ => entries.collect(),
    }
}

impl Providers {
    /// Enters the launch types that services and programs use, in an order of their own: that of
    /// the file is of no matter.
    pub(super) fn enter_launch_types(&mut self, aws: &mut MapReader<'_>) {
        let mut used = [false; LAUNCH_TYPES.len()];
        for [key, launch_type, strategy] in [
            ["services", "launchType", "capacityProviderStrategy"],
            ["taskSets", "launchType", "capacityProviderStrategy"],
            ["runTasks", "launchType", "capacityProviderStrategy"],
            ["schedules", "LaunchType", "CapacityProviderStrategy"],
            ["ruleTargets", "LaunchType", "CapacityProviderStrategy"],
        ] {
            for entry in callers(aws, key) {
                let own = entry.get(launch_type).and_then(|node| node.as_text());
                let strategy = entry.get(strategy);
                let has_strategy = strategy.is_some_and(|it| it.as_sequence() != Some(&[]));
                let is_daemon = entry.get("schedulingStrategy").and_then(|it| it.as_text());
                let is_default = self.default.is_some() && is_daemon != Some("DAEMON");
                let name = own.or((!has_strategy && !is_default).then_some("EC2"));
                for ((known, _), used) in LAUNCH_TYPES.iter().zip(&mut used) {
                    *used |= name == Some(*known);
                }
            }
        }
        for ((_, kind), used) in LAUNCH_TYPES.iter().zip(used) {
            let is_there = match kind {
                ProviderKind::Ec2 => self.has_groups,
                ProviderKind::External => self.has_external,
                _ => true,
            };
            if used && is_there {
                self.of_launch_type(*kind);
            }
        }
    }

    /// Where a strategy's tasks run.
    pub(super) fn host(&self, strategy: &Strategy) -> Host {
        let items = strategy.items().iter();
        let mut kinds = items.map(|item| self.known[item.provider.index()].kind);
        let hosted = kinds.find(|kind| kind.is_hosted());
        match hosted {
            None => Host::Fargate,
            Some(ProviderKind::External) => Host::External,
            Some(ProviderKind::ManagedInstances(_)) => Host::Managed,
            Some(_) => Host::Instances,
        }
    }

    /// What is behind a provider.
    pub(super) fn kind(&self, provider: ProviderId) -> ProviderKind {
        self.known[provider.index()].kind
    }

    /// Whether a strategy's tasks run on machines of one's own.
    pub(super) fn is_external(&self, strategy: Option<&Strategy>) -> bool {
        strategy.is_some_and(|strategy| self.host(strategy) == Host::External)
    }

    /// The id of a launch type; it needs no association with the cluster.
    pub(in crate::scenario) fn of_launch_type(&mut self, kind: ProviderKind) -> ProviderId {
        let is_it = |known: &Known| known.kind == kind;
        let index = self.known.iter().position(is_it).unwrap_or_else(|| {
            self.known.push(Known::of_kind(kind));
            self.known.len() - 1
        });
        ProviderId::from_index(index)
    }

    /// The strategy of a launch type.
    pub(super) fn launch_type(&mut self, field: &Field<'_>) -> Option<Strategy> {
        if field.str() == Some("MANAGED_INSTANCES") {
            let message = "Managed Instances are asked for by a capacityProviderStrategy only";
            let help = "name their capacity provider there, and remove launchType";
            let wrong = field.error("invalid-strategy", message);
            wrong.help(help).report();
            return None;
        }
        let kind = field.choice(&LAUNCH_TYPES)?;
        let lacks = match kind {
            ProviderKind::Ec2 if !self.has_groups => (
                "the launch type EC2 needs instances, and the scenario has no Auto Scaling group",
                "add aws.autoScalingGroups, or take FARGATE",
                &["autoScalingGroups"][..],
            ),
            ProviderKind::External if !self.has_external => (
                "the launch type EXTERNAL needs machines of your own, and the scenario has none",
                "add aws.externalInstances, or take FARGATE",
                &["externalInstances"][..],
            ),
            kind => return Some(Strategy::of_launch_type(self.of_launch_type(kind))),
        };
        let (message, help, blocks) = lacks;
        let wrong = field.error("invalid-strategy", message).help(help);
        wrong.misses(blocks, None).report();
        None
    }

    /// The strategy of a DAEMON service: its launch type, EC2 where it names none.
    pub(super) fn of_daemon(&mut self, map: &mut MapReader<'_>) -> Option<Strategy> {
        match map.has("launchType") {
            true => self.of_call(map),
            false if self.has_groups => Some(Strategy::of_launch_type(
                self.of_launch_type(ProviderKind::Ec2),
            )),
            false => {
                let message = "a DAEMON service needs instances, and the scenario has no Auto \
                               Scaling group";
                let help = "add aws.autoScalingGroups";
                map.error("invalid-strategy", message).help(help).report();
                None
            }
        }
    }
}
