//! `targetGroups` of a demand: read with the service, as its metrics are of one of them each.

use crate::ids::ServiceId;
use crate::scenario::aws::Aws;
use crate::scenario::aws::group_parts::GroupParts;
use crate::scenario::reader::MapReader;

/// The field of each service that has one, before the block is read.
pub(in crate::scenario) fn group_parts<'a>(world: &mut MapReader<'a>) -> GroupParts<'a> {
    let mut parts = GroupParts::new();
    let block = world.field("demand").filter(|field| field.is_mapping());
    let Some(mut block) = block.and_then(|field| field.map()) else {
        return parts;
    };
    for (key, entry) in block.entries() {
        let map = Some(entry).filter(|entry| entry.is_mapping());
        let field = map.and_then(|entry| entry.map()?.field("targetGroups"));
        parts.extend(field.map(|field| (key.text.clone(), field)));
    }
    block.finish_open();
    parts
}

/// Only who is asked through a load balancer has target groups.
pub(super) fn check(map: &mut MapReader<'_>, service: Option<(&Aws<'_>, ServiceId)>) {
    let field = map.field("targetGroups");
    let service = service.map(|(aws, id)| &aws.services[id.index()]);
    if let (Some(field), Some(service)) = (field, service)
        && service.target_group.is_none()
    {
        let message = format!("{} has no target groups", service.name);
        let help = "leave it out, or give the service loadBalancers";
        let pending = field.error_at_key("invalid-value", message);
        pending.help(help).report();
    }
}
