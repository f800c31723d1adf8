//! `aws.deploymentGroups`: CodeDeploy's deployments of services whose deploymentController is
//! CODE_DEPLOY.

use std::cell::RefCell;
use std::collections::{BTreeMap, BTreeSet};

use crate::engine::SimDuration;
use crate::ids::TargetGroupId;
use crate::policy::traffic_shift::{
    CODE_DEPLOY, CODE_DEPLOY_SCALE_UP, Shift, TERMINATION_WAIT_MAX_MINUTES,
};
use crate::scenario::arn::arn_name;
use crate::scenario::context::{
    Context, bounded, check_name, duplicate_name, not_built_value, unknown_name,
};
use crate::scenario::plan::{TargetGroupPlan, TrafficShiftPlan};
use crate::scenario::reader::{Field, MapReader};
use crate::scenario::world::hooks::Hooks;

use super::app_spec;

const GROUPS_MAX: usize = 10_000;
/// What the names of CodeDeploy's own configurations begin with; no other may.
const PREDEFINED: &str = "CodeDeployDefault.";

/// The deployment groups, by the service that each deploys.
#[derive(Default)]
pub(super) struct DeploymentGroups<'a> {
    by_service: BTreeMap<String, Group<'a>>,
    /// Whether one could not be read: it may be the one that a service misses.
    has_unread: bool,
    used: RefCell<BTreeSet<String>>,
}

/// A deployment group of a service.
pub(super) struct Group<'a> {
    pub(super) plan: TrafficShiftPlan,
    /// The pair of target groups, as written.
    pub(super) pair: Vec<Field<'a>>,
    pub(super) place: Field<'a>,
    /// The alarms that stop a deployment, and whether it is then rolled back.
    pub(super) alarms: (Vec<Field<'a>>, bool),
}

/// Reads the block.
pub(super) fn read<'a>(
    cx: &Context<'_>,
    aws: &mut MapReader<'a>,
    hooks: &Hooks<'_>,
) -> DeploymentGroups<'a> {
    let mut groups = DeploymentGroups::default();
    let mut names = BTreeSet::new();
    for field in bounded(aws, "deploymentGroups", GROUPS_MAX) {
        let Some((name, services, group)) = group(cx, &field, hooks) else {
            groups.has_unread = true;
            continue;
        };
        if !names.insert(name.clone()) {
            duplicate_name(&field, "deployment group", &name);
        }
        if let Some(second) = services.get(1) {
            let message = "a deployment group of CodeDeploy deploys one service of ECS";
            second.error("invalid-value", message).report();
        }
        let Some(service) = services.first() else {
            let message = "the deployment group names no service in ecsServices";
            field.error("missing-field", message).report();
            continue;
        };
        let named = service.map().and_then(|mut map| {
            let name = map.required("serviceName").and_then(|field| field.str());
            let _ = map.field("clusterName");
            map.finish_aws("codedeploy.ECSService");
            name
        });
        let Some(named) = named else { continue };
        if groups.by_service.contains_key(named) {
            duplicate_name(service, "deployment group of the service", named);
            continue;
        }
        groups.by_service.insert(named.to_owned(), group);
    }
    groups
}

type Read<'a> = (String, Vec<Field<'a>>, Group<'a>);

fn group<'a>(cx: &Context<'_>, field: &Field<'a>, hooks: &Hooks<'_>) -> Option<Read<'a>> {
    let mut map = field.map()?;
    let name = map.required("deploymentGroupName");
    let shift = shift(&mut map);
    let services = map.list("ecsServices");
    let bake = map.map("blueGreenDeploymentConfiguration").map(blue_green);
    let pair = map.map("loadBalancerInfo").map(pair).unwrap_or_default();
    let alarms = map.map("alarmConfiguration").map(alarms);
    let rollback = map.map("autoRollbackConfiguration").map(rollback);
    let revision = map.map("targetRevision");
    let hooks = revision.map(|map| app_spec::hooks(cx, map, hooks));
    for key in [
        "applicationName",
        "computePlatform",
        "deploymentStyle",
        "serviceRoleArn",
    ] {
        let _ = map.field(key);
    }
    map.finish_aws("codedeploy.DeploymentGroupInfo");
    let name_field = name?;
    let name = name_field.str()?;
    check_name(&name_field, name, 100);
    let (on_failure, on_alarm) = rollback.unwrap_or((false, false));
    let plan = TrafficShiftPlan {
        shift: shift?,
        bake: bake.unwrap_or(SimDuration::ZERO),
        scale_up: CODE_DEPLOY_SCALE_UP,
        rolls_back: on_failure,
        by_code_deploy: true,
        hooks: hooks.unwrap_or_default(),
    };
    let group = Group {
        plan,
        pair,
        place: field.clone(),
        alarms: (alarms.unwrap_or_default(), on_alarm),
    };
    Some((name.to_owned(), services, group))
}

/// `deploymentConfigName`: the predefined ones.
fn shift(map: &mut MapReader<'_>) -> Option<Shift> {
    let field = map.required("deploymentConfigName")?;
    let name = field.str()?;
    let found = CODE_DEPLOY.iter().find(|(known, _)| *known == name);
    let known = CODE_DEPLOY.iter().map(|(known, _)| *known);
    if found.is_none() && name.starts_with(PREDEFINED) {
        unknown_name(&field, "deployment configuration for ECS", name, known);
    } else if found.is_none() {
        let message = format!(
            "\"{name}\" is a deployment configuration of one's own (CreateDeploymentConfig): only \
             CodeDeploy's predefined ones are simulated yet"
        );
        let help = "write the nearest of these, such as CodeDeployDefault.ECSCanary10Percent5Minutes \
                    or ECSLinear10PercentEvery3Minutes; any percentage and interval there is with \
                    deploymentController ECS, by strategy CANARY (canaryPercent, \
                    canaryBakeTimeInMinutes) or LINEAR";
        field.error("not-built-yet", message).help(help).report();
    }
    found.map(|(_, shift)| *shift)
}

/// How long the old task set is kept when the new one has all traffic.
fn blue_green(mut map: MapReader<'_>) -> SimDuration {
    let end = map.map("terminateBlueInstancesOnDeploymentSuccess");
    let wait = end.and_then(|mut end| {
        if let Some(field) = end.field("action") {
            let kinds = [("TERMINATE", true), ("KEEP_ALIVE", false)];
            if field.choice(&kinds) == Some(false) {
                not_built_value(&field);
            }
        }
        let range = 0..=TERMINATION_WAIT_MAX_MINUTES;
        let wait = end.u64("terminationWaitTimeInMinutes", range);
        end.finish_aws("codedeploy.BlueInstanceTerminationOption");
        wait
    });
    if let Some(mut ready) = map.map("deploymentReadyOption") {
        if let Some(field) = ready.field("actionOnTimeout") {
            let kinds = [("CONTINUE_DEPLOYMENT", true), ("STOP_DEPLOYMENT", false)];
            if field.choice(&kinds) == Some(false) {
                not_built_value(&field);
            }
        }
        let _ = ready.field("waitTimeInMinutes");
        ready.finish_aws("codedeploy.DeploymentReadyOption");
    }
    let _ = map.field("greenFleetProvisioningOption");
    map.finish_aws("codedeploy.BlueGreenDeploymentConfiguration");
    SimDuration::from_secs(60 * wait.unwrap_or(0))
}

/// The target groups that take turns.
fn pair(mut map: MapReader<'_>) -> Vec<Field<'_>> {
    let pairs = map.list("targetGroupPairInfoList");
    map.finish_aws("codedeploy.LoadBalancerInfo");
    let Some(mut pair) = pairs.first().and_then(|field| field.map()) else {
        return Vec::new();
    };
    let groups = pair.list("targetGroups");
    for key in ["prodTrafficRoute", "testTrafficRoute"] {
        let _ = pair.field(key);
    }
    pair.finish_aws("codedeploy.TargetGroupPairInfo");
    let names = groups.iter().filter_map(|group| {
        let mut map = group.map()?;
        let name = map.required("name");
        map.finish_aws("codedeploy.TargetGroupInfo");
        name
    });
    names.collect()
}

fn alarms(mut map: MapReader<'_>) -> Vec<Field<'_>> {
    let enabled = map.bool("enabled").unwrap_or(false);
    let alarms = map.list("alarms");
    let _ = map.field("ignorePollAlarmFailure");
    map.finish_aws("codedeploy.AlarmConfiguration");
    let names = alarms.iter().filter_map(|alarm| {
        let mut map = alarm.map()?;
        let name = map.required("name");
        map.finish_aws("codedeploy.Alarm");
        name
    });
    let names: Vec<Field<'_>> = names.collect();
    if enabled { names } else { Vec::new() }
}

/// Whether a deployment that fails, and one that an alarm stops, is rolled back.
fn rollback(mut map: MapReader<'_>) -> (bool, bool) {
    let enabled = map.bool("enabled").unwrap_or(false);
    let events = map.list("events");
    map.finish_aws("codedeploy.AutoRollbackConfiguration");
    let kinds = [
        ("DEPLOYMENT_FAILURE", 0),
        ("DEPLOYMENT_STOP_ON_ALARM", 1),
        ("DEPLOYMENT_STOP_ON_REQUEST", 2),
    ];
    let events: Vec<i32> = events.iter().filter_map(|it| it.choice(&kinds)).collect();
    let has = |event| enabled && events.contains(&event);
    (has(0), has(1))
}

impl<'a> DeploymentGroups<'a> {
    /// The group that deploys a service whose controller is CODE_DEPLOY.
    pub(super) fn of(&self, place: &Field<'_>, service: &str) -> Option<&Group<'a>> {
        let found = self.by_service.get(service);
        if found.is_none() && !self.has_unread {
            let message = format!(
                "{service} is deployed by CodeDeploy, and no deployment group names it in \
                 ecsServices"
            );
            let help = "add one to aws.deploymentGroups";
            place.error("missing-field", message).help(help).report();
        }
        self.used.borrow_mut().insert(service.to_owned());
        found
    }

    /// Says which groups deploy nothing.
    pub(super) fn finish<'n>(&self, services: impl Iterator<Item = &'n str> + Clone) {
        for (service, group) in &self.by_service {
            if !services.clone().any(|known| known == service) {
                unknown_name(&group.place, "service", service, services.clone());
            } else if !self.used.borrow().contains(service) {
                let message = format!("{service} is deployed by ECS, not by CodeDeploy");
                let help = "deploymentController: { type: CODE_DEPLOY } on the service";
                let pending = group.place.warning("no-effect", message);
                pending.help(help).report();
            }
        }
    }
}

impl Group<'_> {
    /// The two target groups are there, and the service's own is one of them: the other one.
    pub(super) fn check_pair(
        &self,
        own: Option<&TargetGroupPlan>,
        groups: &[TargetGroupPlan],
    ) -> Option<TargetGroupId> {
        if self.pair.len() != 2 {
            let message = "traffic goes from one target group to a second: loadBalancerInfo names \
                           a pair of them";
            let help = "loadBalancerInfo: { targetGroupPairInfoList: [{ targetGroups: [{ name: \
                        blue }, { name: green }] }] }";
            self.place
                .error("missing-field", message)
                .help(help)
                .report();
            return None;
        }
        if own.is_some_and(|own| own.flows.is_some()) && self.plan.shift != Shift::AllAtOnce {
            let message = "behind a Network Load Balancer CodeDeploy shifts all traffic at once";
            let help = "deploymentConfigName: CodeDeployDefault.ECSAllAtOnce";
            self.place
                .error("invalid-value", message)
                .help(help)
                .report();
        }
        let names = self
            .pair
            .iter()
            .filter_map(|field| field.str().map(arn_name));
        let names: Vec<&str> = names.collect();
        for (field, name) in self.pair.iter().zip(&names) {
            if !groups.iter().any(|known| known.name == *name) {
                let known = groups.iter().map(|known| known.name.as_str());
                unknown_name(field, "target group", name, known);
            }
        }
        if let [first, second] = names[..]
            && first == second
        {
            let message = format!("{first} is in the pair twice");
            self.pair[1].error("invalid-value", message).report();
        }
        if let Some(own) = own
            && !names.contains(&own.name.as_str())
        {
            let message = format!("the service's target group {} is not in the pair", own.name);
            self.pair[0].error("invalid-value", message).report();
        }
        let other = |it: &TargetGroupPlan| {
            let is_own = own.is_some_and(|own| own.name == it.name);
            names.contains(&it.name.as_str()) && !is_own
        };
        groups.iter().position(other).map(TargetGroupId::from_index)
    }
}
