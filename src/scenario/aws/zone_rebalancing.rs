//! `availabilityZoneRebalancing` of a service, and what keeps it from that.

use crate::policy::placement::{PlacementRule, is_eligible_for_rebalancing};
use crate::scenario::context::Context;
use crate::scenario::plan::{PlacementPlan, TaskDefinitionPlan};
use crate::scenario::reader::{Field, MapReader};

use super::placement::ZONE;

/// Reads `availabilityZoneRebalancing`: none where it is off, the field where it is asked for, and
/// none of it where it is on by default (API CreateService).
pub(super) fn rebalancing<'a>(
    cx: &Context<'_>,
    map: &mut MapReader<'a>,
    (is_daemon, is_external): (bool, bool),
) -> Option<Option<Field<'a>>> {
    let field = map.field("availabilityZoneRebalancing");
    match field {
        Some(field) => {
            let is_on = field.choice(&[("ENABLED", true), ("DISABLED", false)])?;
            if is_on && is_daemon {
                let message = "a DAEMON service is not rebalanced: a task runs on each instance";
                field.error("invalid-value", message).report();
            }
            if is_on && is_external {
                let message = "a service on EXTERNAL instances is not rebalanced: they are in no \
                               Availability Zone";
                let help = "write DISABLED, or leave it out";
                field.error("invalid-value", message).help(help).report();
            }
            is_on.then_some(Some(field))
        }
        None if is_daemon || is_external => None,
        None => {
            cx.default_text("aws.services.*.availabilityZoneRebalancing");
            Some(None)
        }
    }
}

/// What keeps a service from being rebalanced.
pub(super) struct Bound<'a> {
    pub(super) placement: &'a PlacementPlan,
    /// The rules by which it is placed: those of `placement`, but on Managed Instances.
    pub(super) rules: &'a [PlacementRule],
    pub(super) definition: &'a TaskDefinitionPlan,
    pub(super) maximum_percent: u32,
}

impl Bound<'_> {
    /// Whether it may; reports at `field` if it may not and is asked for there.
    pub(super) fn may_rebalance(&self, field: Option<&Field<'_>>) -> bool {
        let (own, hosting) = (self.placement, &self.definition.hosting);
        let own = own.constraints.iter().chain(&own.live_constraints);
        let of_definition = hosting.constraints.iter().chain(&hosting.live_constraints);
        let mut all = own.chain(of_definition);
        let is_bound = all.any(|it| it.attributes().contains(&ZONE));
        let (rules, most) = (self.rules, self.maximum_percent);
        let may = is_eligible_for_rebalancing(rules, most, is_bound);
        if let Some(field) = field.filter(|_| !may) {
            let why = match most {
                100 => "maximumPercent is 100: a task is started before one is stopped",
                _ if is_bound => "a placement constraint binds it to zones",
                _ => "its first placement strategy is not to spread over zones",
            };
            let message = format!("AWS refuses availabilityZoneRebalancing here: {why}");
            let help = "write DISABLED, or change that";
            field.error("invalid-value", message).help(help).report();
        }
        may
    }
}
