//! What Auto Scaling groups do by themselves and at the operator's word: what loads, and the message
//! of each thing that does not.

use super::instances::{MACHINES, said};
use super::*;
use crate::policy::auto_scaling_group::SizeUpdate;

/// The fields of a scheduled action, in the scenario of instances.
fn with_action(fields: &str) -> String {
    let action = format!(
        "  scheduledUpdateGroupActions:\n    - {{ ScheduledActionName: night, \
         AutoScalingGroupName: machines, {fields} }}\n  capacityProviders:\n"
    );
    MACHINES
        .replace("  capacityProviders:\n", &action)
        .replace("duration: 1h", "start: 2026-03-27T00:00:00Z, duration: 5d")
}

/// When the group is updated, hours from the start.
fn hours(fields: &str) -> Vec<f64> {
    let plan = loaded(&with_action(fields)).plan;
    let at = plan.timeline.iter().map(|entry| entry.at.as_micros());
    at.map(|micros| micros as f64 / 3.6e9).collect()
}

#[test]
fn a_scheduled_action_happens_by_the_clocks_of_its_zone() {
    let plan = loaded(&with_action("StartTime: 2026-03-27T06:00:00Z, MinSize: 4")).plan;
    let update = SizeUpdate {
        min: Some(4),
        ..SizeUpdate::default()
    };
    let entry = &plan.timeline[0];
    assert!(matches!(entry.action, TimelineAction::UpdateGroup { update: it, .. } if it == update));
    assert_eq!(entry.at, crate::engine::SimTime::from_secs(6 * 3_600));
    // Friday the 27th to Tuesday the 31st; on Sunday Berlin goes from UTC+1 to UTC+2.
    let daily = "Recurrence: \"0 7 * * *\", MinSize: 4";
    assert_eq!(hours(daily), [7.0, 31.0, 55.0, 79.0, 103.0]);
    let berlin = format!("TimeZone: Europe/Berlin, {daily}");
    assert_eq!(hours(&berlin), [6.0, 30.0, 53.0, 77.0, 101.0]);
    // 02:30 does not exist on Sunday: 03:30 summer time.
    let skipped = "TimeZone: Europe/Berlin, Recurrence: \"30 2 * * SUN\", MinSize: 4";
    assert_eq!(hours(skipped), [49.5]);
}

#[test]
fn a_recurrence_begins_and_ends_and_its_start_is_one_time_more() {
    let between = "StartTime: 2026-03-28T12:00:00Z, EndTime: 2026-03-30T07:00:00Z, Recurrence: \
                   \"0 7 * * *\", MaxSize: 9";
    assert_eq!(hours(between), [36.0, 55.0]);
}

#[test]
fn actions_of_two_groups_may_share_a_name_and_are_found_by_both() {
    let text = with_action("StartTime: 2026-03-27T06:00:00Z, MinSize: 4");
    let other = text.replace(
        "  scheduledUpdateGroupActions:\n",
        "  scheduledUpdateGroupActions:\n    - { ScheduledActionName: day, AutoScalingGroupName: \
         machines, StartTime: 2026-03-27T07:00:00Z, MinSize: 3 }\n",
    );
    let set = ["machines/night", "night"].map(|name| {
        let path = format!("aws.scheduledUpdateGroupActions[{name}].MinSize");
        let options = LoadOptions {
            set: vec![(path, "5".to_owned())],
            ..LoadOptions::default()
        };
        loaded_with(&other, &options).plan
    });
    for plan in set {
        assert!(matches!(
            plan.timeline[0].action,
            TimelineAction::UpdateGroup { update, .. } if update.min == Some(5)
        ));
    }
}

/// What is said of a scheduled action with these fields.
fn said_of_action(fields: &str) -> String {
    match load_text("a.yaml", &with_action(fields), &LoadOptions::default()) {
        Ok(loaded) => loaded.diagnostics.render(&loaded.sources, false),
        Err(failure) => failure.diagnostics.render(&failure.sources, false),
    }
}

macro_rules! golden_actions {
    ($($name:ident: $fields:expr,)*) => {
        $(#[test]
        fn $name() {
            insta::assert_snapshot!(said_of_action($fields));
        })*
    };
}

golden_actions! {
    a_scheduled_action_of_no_time: "MinSize: 3",
    a_scheduled_action_of_no_size: "StartTime: 2026-03-27T06:00:00Z",
    a_scheduled_action_whose_bounds_cross: "StartTime: 2026-03-27T06:00:00Z, MinSize: 3, MaxSize: 2",
    a_scheduled_action_outside_its_bounds:
        "StartTime: 2026-03-27T06:00:00Z, MinSize: 3, DesiredCapacity: 2",
    a_scheduled_action_that_ends_first:
        "StartTime: 2026-03-27T06:00:00Z, EndTime: 2026-03-27T05:00:00Z, MinSize: 3",
    a_scheduled_action_after_the_run: "StartTime: 2027-03-27T06:00:00Z, MinSize: 3",
    a_scheduled_action_before_the_run: "StartTime: 2025-03-27T06:00:00Z, MinSize: 3",
    a_recurrence_of_six_fields: "Recurrence: \"0 7 * * ? *\", MinSize: 3",
    a_recurrence_in_no_zone: "Recurrence: \"0 7 * * *\", TimeZone: Europe/Berln, MinSize: 3",
    a_recurrence_on_no_day: "Recurrence: \"0 7 30 2 *\", MinSize: 3",
    a_zone_without_recurrence:
        "StartTime: 2026-03-27T06:00:00Z, TimeZone: Europe/Berlin, MinSize: 3",
}

#[test]
fn a_scheduled_action_of_an_unknown_group() {
    let action = "  scheduledUpdateGroupActions:\n    - { ScheduledActionName: night, \
                  AutoScalingGroupName: machnies, Recurrence: \"0 7 * * *\", MinSize: 3 }\n  \
                  capacityProviders:\n";
    insta::assert_snapshot!(said("  capacityProviders:\n", action));
}

/// The scenario of instances on demand with a warm pool of these fields.
fn with_pool(fields: &str) -> String {
    let pool = format!("WarmPoolConfiguration: {{ {fields} }}\n      MinSize: 2");
    MACHINES
        .replace("MinSize: 2", &pool)
        .replace(
            "OnDemandPercentageAboveBaseCapacity: 50",
            "OnDemandBaseCapacity: 2",
        )
        .replace(
            "OnDemandBaseCapacity: 2, OnDemandBaseCapacity: 2",
            "OnDemandBaseCapacity: 2",
        )
        .replace(
            "ECS_RESERVED_MEMORY: 256,",
            "ECS_RESERVED_MEMORY: 256, ECS_WARM_POOLS_CHECK: true,",
        )
}

#[test]
fn a_warm_pool_loads_with_aws_s_defaults() {
    let loaded = loaded(&with_pool("MaxGroupPreparedCapacity: -1, Status: null"));
    let pool = loaded.plan.groups[0].warm_pool.as_ref().unwrap();
    assert_eq!((pool.min_size, pool.prepared), (0, None));
    assert_eq!(
        pool.state,
        crate::policy::auto_scaling_group::PoolState::Stopped
    );
    assert_eq!(pool.start.mean(), 30.0);
    let own = "world:\n  instances: { machines: { launch: { resume: 7s } } }\n";
    let text = with_pool("PoolState: Hibernated, MinSize: 3, MaxGroupPreparedCapacity: 12");
    let plan = super::loaded(&text.replace("world:\n", own)).plan;
    let pool = plan.groups[0].warm_pool.as_ref().unwrap();
    assert_eq!((pool.min_size, pool.prepared), (3, Some(12)));
    assert_eq!(pool.start.mean(), 7.0);
}

/// What is said of a warm pool.
fn said_of_pool(fields: &str) -> String {
    super::instances::said_of(&with_pool(fields))
}

#[test]
fn a_warm_pool_larger_than_its_group() {
    insta::assert_snapshot!(said_of_pool("MinSize: 31"));
}

#[test]
fn a_warm_pool_prepared_beyond_the_max_size() {
    insta::assert_snapshot!(said_of_pool("MaxGroupPreparedCapacity: 40"));
}

#[test]
fn a_warm_pool_prepared_below_its_own_minimum() {
    insta::assert_snapshot!(said_of_pool("MinSize: 5, MaxGroupPreparedCapacity: 4"));
}

#[test]
fn a_warm_pool_that_takes_instances_back() {
    insta::assert_snapshot!(said_of_pool(
        "InstanceReusePolicy: { ReuseOnScaleIn: true }"
    ));
}

#[test]
fn a_warm_pool_without_the_agent_s_check() {
    let text = with_pool("").replace(" ECS_WARM_POOLS_CHECK: true,", "");
    insta::assert_snapshot!(super::instances::said_of(&text));
}

#[test]
fn a_warm_pool_of_spot_instances() {
    insta::assert_snapshot!(said(
        "MinSize: 2",
        "WarmPoolConfiguration: {}\n      MinSize: 2"
    ));
}

#[test]
fn az_rebalance_may_be_suspended_and_nothing_else() {
    let with = |process: &str| {
        let list = format!("SuspendedProcesses: [{{ ProcessName: {process} }}]\n      MinSize: 2");
        MACHINES.replace("MinSize: 2", &list)
    };
    assert!(loaded(MACHINES).plan.groups[0].balances_zones);
    assert!(!loaded(&with("AZRebalance")).plan.groups[0].balances_zones);
    insta::assert_snapshot!(super::instances::said_of(&with("Terminate")));
}

/// What is said of a timeline.
fn said_of_timeline(entries: &str) -> String {
    super::instances::said_of(&format!("{MACHINES}timeline:\n{entries}"))
}

#[test]
fn an_instance_refresh_at_the_instant_of_another() {
    let refresh = "instanceRefresh: { AutoScalingGroupName: machines }";
    let text = format!("  - {{ at: 10m, {refresh} }}\n  - {{ at: 600s, {refresh} }}\n");
    insta::assert_snapshot!(said_of_timeline(&text));
    let text = format!("  - {{ at: 10m, {refresh} }}\n  - {{ at: 20m, {refresh} }}\n");
    let plan = loaded(&format!("{MACHINES}timeline:\n{text}")).plan;
    assert_eq!(plan.timeline.len(), 2);
}

#[test]
fn a_drain_of_an_unknown_group() {
    let text = "  - { at: 10m, drain: { AutoScalingGroupName: machnies } }\n";
    insta::assert_snapshot!(said_of_timeline(text));
}

#[test]
fn a_drain_of_no_instances() {
    let text = "  - { at: 10m, drain: { AutoScalingGroupName: machines, count: 0 } }\n";
    insta::assert_snapshot!(said_of_timeline(text));
}

#[test]
fn agents_of_nobody() {
    let text = "  - { at: 10m, agentDisconnect: { for: 1m } }\n";
    insta::assert_snapshot!(said_of_timeline(text));
}

/// The scenario of instances with a second launch template for the second type.
fn with_own_template(config: &str) -> String {
    let template = format!(
        "    - {{ LaunchTemplateName: own, LaunchTemplateData: {{ InstanceType: m6i.large }}, \
         ecsConfig: {{ {config} }} }}\n  autoScalingGroups:\n"
    );
    let own =
        "{ InstanceType: m6i.xlarge, LaunchTemplateSpecification: { LaunchTemplateName: own } }";
    MACHINES
        .replace("  autoScalingGroups:\n", &template)
        .replace("{ InstanceType: m6i.xlarge }", own)
}

#[test]
fn a_type_may_have_a_launch_template_of_its_own_that_is_alike() {
    let alike = "ECS_RESERVED_MEMORY: 256, ECS_INSTANCE_ATTRIBUTES: { stack: prod }";
    assert_eq!(
        loaded(&with_own_template(alike)).plan.groups[0].types.len(),
        2
    );
    let other = super::instances::said_of(&with_own_template("ECS_RESERVED_MEMORY: 512"));
    insta::assert_snapshot!(other);
}

#[test]
fn a_maximum_spot_price_is_read_in_dollars() {
    let with = |price: &str| {
        let base = "OnDemandBaseCapacity: 2";
        MACHINES.replace(base, &format!("SpotMaxPrice: {price}, {base}"))
    };
    let max = |price: &str| loaded(&with(price)).plan.groups[0].spot_max_micro_usd;
    assert_eq!((max("\"0.05\""), max("\"\"")), (Some(50_000), None));
    insta::assert_snapshot!(super::instances::said_of(&with("-1")));
}

#[test]
fn a_termination_policy_of_launch_configurations_chooses_nothing() {
    let policies =
        "TerminationPolicies: [OldestLaunchConfiguration, OldestInstance]\n      MinSize: 2";
    let text = MACHINES.replace("MinSize: 2", policies);
    let policy = crate::policy::auto_scaling_group::TerminationPolicy::OldestInstance;
    assert_eq!(loaded(&text).plan.groups[0].termination_policies, [policy]);
    insta::assert_snapshot!(super::instances::said_of(&text));
}
