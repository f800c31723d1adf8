//! `advancedConfiguration` of a service's load balancer: the second target group, which deployments
//! that shift traffic use in turn with the first.

use crate::ids::TargetGroupId;
use crate::policy::traffic_shift::is_shifted;
use crate::scenario::arn::arn_name;
use crate::scenario::context::unknown_name;
use crate::scenario::plan::{TargetGroupPlan, TrafficShiftPlan};
use crate::scenario::reader::Field;

/// The block as read.
pub(super) struct Alternate<'a> {
    place: Field<'a>,
    group: Option<Field<'a>>,
}

/// Reads the block.
pub(super) fn read(place: Field<'_>) -> Option<Alternate<'_>> {
    let mut map = place.map()?;
    let group = map.field("alternateTargetGroupArn");
    // Which rule's weights are changed, and who may change them, is no matter of load.
    for key in ["productionListenerRule", "testListenerRule", "roleArn"] {
        let _ = map.field(key).and_then(|field| field.str());
    }
    map.finish_aws("ecs.AdvancedConfiguration");
    Some(Alternate { place, group })
}

/// What a service that shifts traffic, or does not, needs of its two target groups; the second one.
pub(super) fn check(
    (service, shift, service_connect): (&Field<'_>, Option<&TrafficShiftPlan>, bool),
    alternate: Option<&Alternate<'_>>,
    (group, groups): (Option<TargetGroupId>, &[TargetGroupPlan]),
) -> Option<TargetGroupId> {
    match (shift, group) {
        (None, _) => {
            let alternate = alternate?;
            let message = "a ROLLING service uses no second target group, until an update changes \
                           its strategy";
            let place = alternate.place.note("no-effect", message);
            place.help("strategy: CANARY, for one, does").report();
            second(service, Some(alternate), (group?, groups))
        }
        (Some(shift), None) => {
            if !is_shifted(shift.shift, service_connect) {
                without_group(service);
            }
            None
        }
        (Some(_), Some(group)) => second(service, alternate, (group, groups)),
    }
}

/// Nothing shifts the traffic of a service that LINEAR or CANARY would shift.
fn without_group(service: &Field<'_>) {
    let message = "a LINEAR or CANARY service needs somebody to shift its traffic: it has neither \
                   loadBalancers nor Service Connect";
    let help = "loadBalancers: [{ targetGroupArn: blue, advancedConfiguration: { \
                alternateTargetGroupArn: green, ... } }], or serviceConnectConfiguration: { \
                enabled: true }";
    let pending = service.error("missing-field", message);
    pending.help(help).report();
}

/// The second target group: there, another one, and alike.
fn second(
    service: &Field<'_>,
    alternate: Option<&Alternate<'_>>,
    (group, groups): (TargetGroupId, &[TargetGroupPlan]),
) -> Option<TargetGroupId> {
    let Some(field) = alternate.and_then(|alternate| alternate.group.as_ref()) else {
        let place = alternate.map_or(service, |alternate| &alternate.place);
        let message = "traffic is shifted to a second target group, and loadBalancers names none";
        let help = "advancedConfiguration: { alternateTargetGroupArn: green, ... }";
        place.error("missing-field", message).help(help).report();
        return None;
    };
    let name = field.str().map(arn_name)?;
    let first = &groups[group.index()];
    let Some(at) = groups.iter().position(|known| known.name == name) else {
        let known = groups.iter().map(|known| known.name.as_str());
        unknown_name(field, "target group", name, known);
        return None;
    };
    let second = &groups[at];
    if second.name == first.name {
        let message = format!("{name} is the service's first target group already");
        field.error("invalid-value", message).report();
        return None;
    }
    let alike = TargetGroupPlan {
        name: first.name.clone(),
        ..second.clone()
    };
    if alike != *first {
        let message = format!(
            "{name} is not like {}: the first one's settings are taken for both",
            first.name
        );
        let help = "write the same health checks, attributes and load balancer";
        field.warning("not-built-yet", message).help(help).report();
    }
    Some(TargetGroupId::from_index(at))
}
