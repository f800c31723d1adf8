//! `launchType`: where tasks go that no capacity provider is asked for.

use crate::policy::strategy::Strategy;
use crate::scenario::plan::ProviderKind;
use crate::scenario::reader::{Field, MapReader};

use super::cluster::Providers;
use super::compatibility::Host;

/// `launchType`.
const LAUNCH_TYPES: [(&str, ProviderKind); 3] = [
    ("FARGATE", ProviderKind::Fargate),
    ("EC2", ProviderKind::Ec2),
    ("EXTERNAL", ProviderKind::External),
];

impl Providers {
    /// Where a strategy's tasks run.
    pub(super) fn host(&self, strategy: &Strategy) -> Host {
        let items = strategy.items().iter();
        let mut kinds = items.map(|item| self.known[item.provider.index()].kind);
        match self.is_of_groups(strategy) {
            false => Host::Fargate,
            true if kinds.any(|kind| kind == ProviderKind::External) => Host::External,
            true => Host::Instances,
        }
    }

    /// Whether a strategy's tasks run on machines of one's own.
    pub(super) fn is_external(&self, strategy: Option<&Strategy>) -> bool {
        strategy.is_some_and(|strategy| self.host(strategy) == Host::External)
    }

    /// The strategy of a launch type.
    pub(super) fn launch_type(&mut self, field: &Field<'_>) -> Option<Strategy> {
        let kind = field.choice(&LAUNCH_TYPES)?;
        let lacks = match kind {
            ProviderKind::Ec2 if !self.has_groups => (
                "the launch type EC2 needs instances, and the scenario has no Auto Scaling group",
                "add aws.autoScalingGroups, or take FARGATE",
            ),
            ProviderKind::External if !self.has_external => (
                "the launch type EXTERNAL needs machines of your own, and the scenario has none",
                "add aws.externalInstances, or take FARGATE",
            ),
            kind => return Some(Strategy::only(self.of_launch_type(kind))),
        };
        let (message, help) = lacks;
        let wrong = field.error("invalid-strategy", message);
        wrong.help(help).report();
        None
    }

    /// The strategy of a DAEMON service: its launch type, EC2 where it names none.
    pub(super) fn of_daemon(&mut self, map: &mut MapReader<'_>) -> Option<Strategy> {
        match map.has("launchType") {
            true => self.of_call(map),
            false if self.has_groups => {
                Some(Strategy::only(self.of_launch_type(ProviderKind::Ec2)))
            }
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
