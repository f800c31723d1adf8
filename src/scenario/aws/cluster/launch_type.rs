//! Whose instances a service or a call goes to: its own strategy, a launch type, or the cluster's
//! default.

use super::{Known, Providers};
use crate::ids::ProviderId;
use crate::policy::strategy::Strategy;
use crate::scenario::context::not_built_value;
use crate::scenario::plan::ProviderKind;
use crate::scenario::reader::MapReader;

/// `launchType`; none for what is not built.
const LAUNCH_TYPES: [(&str, Option<ProviderKind>); 3] = [
    ("FARGATE", Some(ProviderKind::Fargate)),
    ("EC2", Some(ProviderKind::Ec2)),
    ("EXTERNAL", None),
];

impl Providers {
    /// The strategy of a service or a RunTask call: its own, its launch type's, or the cluster's
    /// default.
    pub(in crate::scenario) fn of_call(&mut self, map: &mut MapReader<'_>) -> Option<Strategy> {
        let own = map.field("capacityProviderStrategy");
        let own = own.filter(|field| field.node().as_sequence() != Some(&[]));
        let launch_type = map.field("launchType");
        match (own, launch_type) {
            (Some(_), Some(field)) => {
                let message = "launchType and capacityProviderStrategy exclude one another";
                field
                    .error("invalid-strategy", message)
                    .help("remove one of them")
                    .report();
                None
            }
            (Some(own), None) => self.strategy(&own),
            (None, Some(field)) => match field.choice(&LAUNCH_TYPES)? {
                Some(ProviderKind::Ec2) if !self.has_groups => {
                    let message = "the launch type EC2 needs instances, and the scenario has \
                                       no Auto Scaling group";
                    let help = "add aws.autoScalingGroups, or take FARGATE";
                    let wrong = field.error("invalid-strategy", message);
                    wrong.help(help).report();
                    None
                }
                Some(kind) => Some(Strategy::only(self.of_launch_type(kind))),
                None => {
                    not_built_value(&field);
                    None
                }
            },
            (None, None) => {
                if let Some(default) = &self.default {
                    return Some(default.clone());
                }
                if !self.has_groups {
                    let message = "no capacityProviderStrategy, and the cluster has no default \
                                   one: AWS takes the launch type EC2, and there are no instances";
                    let help = "add launchType: FARGATE, or a capacityProviderStrategy";
                    map.error("invalid-strategy", message).help(help).report();
                    return None;
                }
                let message = "no capacityProviderStrategy, and the cluster has no default one: \
                               AWS takes the launch type EC2, whose tasks no group grows for";
                let help = "say launchType: EC2, or a capacityProviderStrategy";
                map.warning("launch-type", message).help(help).report();
                Some(Strategy::only(self.of_launch_type(ProviderKind::Ec2)))
            }
        }
    }

    /// The strategy of a DAEMON service: its launch type, EC2 where it names none.
    pub(in crate::scenario) fn of_daemon(&mut self, map: &mut MapReader<'_>) -> Option<Strategy> {
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

    /// The id of a launch type; it needs no association with the cluster.
    pub(in crate::scenario) fn of_launch_type(&mut self, kind: ProviderKind) -> ProviderId {
        let is_it = |known: &Known| known.kind == kind;
        let index = self.known.iter().position(is_it).unwrap_or_else(|| {
            self.known.push(Known::of_kind(kind));
            self.known.len() - 1
        });
        ProviderId::from_index(index)
    }
}
