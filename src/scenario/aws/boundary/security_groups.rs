//! `aws.securityGroups`: what they let out of tasks, and in from their load balancers.

use crate::scenario::arn::arn_name;
use crate::scenario::context::{bounded, unknown_name};
use crate::scenario::reader::{Field, MapReader};

use super::ENTRIES_MAX;

/// What a task's start calls is HTTPS.
const HTTPS: u32 = 443;

/// The groups; without the block, everything is let through.
#[derive(Default)]
pub(in crate::scenario::aws) struct SecurityGroups {
    all: Option<Vec<SecurityGroup>>,
}

struct SecurityGroup {
    id: String,
    /// Whether it lets HTTPS out.
    lets_out: bool,
    /// What it lets in; `None`: nobody says.
    inbound: Option<Vec<Rule>>,
}

/// A rule for TCP.
struct Rule {
    from: u32,
    to: u32,
    /// The groups that it is for.
    groups: Vec<String>,
    /// Whether it is for addresses: those of a load balancer may be among them.
    is_for_addresses: bool,
}

impl SecurityGroups {
    pub(super) fn read(aws: &mut MapReader<'_>) -> Self {
        let all = aws.field("securityGroups").map(|_| {
            let fields = bounded(aws, "securityGroups", ENTRIES_MAX).into_iter();
            let groups = fields.filter_map(|field| security_group(field.map()?));
            groups.collect()
        });
        SecurityGroups { all }
    }

    /// Whether one of them lets no start out.
    pub(super) fn keep_something_in(&self) -> bool {
        self.all.iter().flatten().any(|group| !group.lets_out)
    }

    /// Whether security groups let a start's calls out; reports one that is not there.
    pub(in crate::scenario::aws) fn lets_out(&self, named: &[Field<'_>]) -> bool {
        let Some(groups) = &self.all else {
            return true;
        };
        let mut lets = named.is_empty();
        for field in named {
            let Some(id) = field.str().map(arn_name) else {
                continue;
            };
            match groups.iter().find(|group| group.id == id) {
                Some(group) => lets |= group.lets_out,
                None => {
                    let known = groups.iter().map(|group| group.id.as_str());
                    unknown_name(field, "security group", id, known);
                    lets = true;
                }
            }
        }
        lets
    }

    /// Whether tasks in these groups hear a load balancer in those on a port. Groups that nobody
    /// names, or whose rules nobody gives, let it in.
    pub(in crate::scenario::aws) fn lets_in(
        &self,
        named: &[String],
        (balancer, port): (&[String], u32),
    ) -> bool {
        let Some(groups) = self.all.as_ref().filter(|_| !named.is_empty()) else {
            return true;
        };
        named.iter().any(|id| {
            let group = groups.iter().find(|group| group.id == *id);
            let Some(rules) = group.and_then(|group| group.inbound.as_ref()) else {
                return true;
            };
            rules.iter().any(|rule| {
                let of_balancer = rule.groups.iter().any(|group| balancer.contains(group));
                let is_its = rule.is_for_addresses || of_balancer || balancer.is_empty();
                is_its && rule.from <= port && port <= rule.to
            })
        })
    }
}

fn security_group(mut map: MapReader<'_>) -> Option<SecurityGroup> {
    let (id, name) = (map.str("GroupId"), map.str("GroupName"));
    let egress = map.field("IpPermissionsEgress").map(|it| rules(&it));
    let inbound = map.field("IpPermissions").map(|it| rules(&it));
    map.finish_aws("ec2.SecurityGroup");
    let is_https = |rule: &Rule| rule.from <= HTTPS && HTTPS <= rule.to;
    Some(SecurityGroup {
        id: id.or(name)?.to_owned(),
        // AWS adds a rule that lets everything out.
        lets_out: egress.is_none_or(|rules| rules.iter().any(is_https)),
        inbound,
    })
}

/// The rules of a list that are for TCP.
fn rules(field: &Field<'_>) -> Vec<Rule> {
    let fields = field.list().unwrap_or_default().into_iter();
    fields.filter_map(|field| rule(field.map()?)).collect()
}

fn rule(mut map: MapReader<'_>) -> Option<Rule> {
    let protocol = map.str("IpProtocol");
    let mut port = |name| map.field(name).and_then(|port| port.u32(0..=65_535));
    let (from, to) = (port("FromPort"), port("ToPort"));
    let mut groups = Vec::new();
    for mut pair in map.maps("UserIdGroupPairs") {
        groups.extend(pair.str("GroupId").map(str::to_owned));
        pair.finish_aws("ec2.UserIdGroupPair");
    }
    let lists = ["IpRanges", "Ipv6Ranges", "PrefixListIds"];
    let is_for_addresses = lists.map(|name| !map.list(name).is_empty()).contains(&true);
    map.finish_aws("ec2.IpPermission");
    let (from, to) = match protocol {
        Some("-1") => (0, 65_535),
        Some("tcp" | "6") => (from.unwrap_or(0), to.unwrap_or(65_535)),
        _ => return None,
    };
    Some(Rule {
        from,
        to,
        groups,
        is_for_addresses,
    })
}
