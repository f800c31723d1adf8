//! What a user gets wrong of deployments that shift traffic.

use super::bad_input::refused;
use super::home::Home;

/// A service behind two target groups with this deploymentConfiguration.
fn shifting(configuration: &str) -> String {
    shop(
        configuration,
        "advancedConfiguration: { alternateTargetGroupArn: green }",
    )
}

fn shop(configuration: &str, advanced: &str) -> String {
    format!(
        "\
fleetcast: 1
name: shop
run: {{ duration: 1h }}
aws:
  cluster: {{ capacityProviders: [FARGATE] }}
  taskDefinitions:
    - {{ family: web, cpu: 256, memory: 512 }}
  targetGroups: [{{ TargetGroupName: blue }}, {{ TargetGroupName: green }}]
  services:
    - serviceName: web
      taskDefinition: web
      desiredCount: 2
      launchType: FARGATE
      loadBalancers:
        - {{ targetGroupArn: blue, containerName: web, {advanced} }}
      deploymentConfiguration:
        {configuration}
world:
  demand: {{ web: {{ rate: 10/s, timeout: 5s }} }}
  work: {{ web: {{ cpu: 10ms }} }}
"
    )
}

#[test]
fn a_canary_of_nothing_or_of_everything() {
    for (name, percent) in [("0", "0"), ("100", "100.0")] {
        let text =
            format!("{{ strategy: CANARY, canaryConfiguration: {{ canaryPercent: {percent} }} }}");
        insta::assert_snapshot!(format!("canary_of_{name}"), refused(&shifting(&text)));
    }
}

#[test]
fn a_step_that_is_too_small_or_too_fine() {
    for (name, percent) in [("small", "2"), ("fine", "12.34")] {
        let text =
            format!("{{ strategy: LINEAR, linearConfiguration: {{ stepPercent: {percent} }} }}");
        insta::assert_snapshot!(format!("step_too_{name}"), refused(&shifting(&text)));
    }
}

#[test]
fn blue_green_without_a_bake_time() {
    insta::assert_snapshot!(refused(&shifting("{ strategy: BLUE_GREEN }")));
}

#[test]
fn a_second_target_group_that_is_missing_unknown_or_the_first() {
    let of = "{ strategy: BLUE_GREEN, bakeTimeInMinutes: 5 }";
    let unknown = "advancedConfiguration: { alternateTargetGroupArn: gren }";
    let same = "advancedConfiguration: { alternateTargetGroupArn: blue }";
    insta::assert_snapshot!("no_second_group", refused(&shop(of, "containerPort: 80")));
    insta::assert_snapshot!("unknown_second_group", refused(&shop(of, unknown)));
    insta::assert_snapshot!("first_group_twice", refused(&shop(of, same)));
}

#[test]
fn traffic_to_shift_without_a_target_group() {
    for strategy in ["BLUE_GREEN", "CANARY"] {
        let text = shifting(&format!("{{ strategy: {strategy}, bakeTimeInMinutes: 5 }}"));
        let (before, rest) = text.split_once("      loadBalancers:").unwrap();
        let (_, after) = rest.split_once("      deploymentConfiguration").unwrap();
        let text = format!("{before}      deploymentConfiguration{after}");
        insta::assert_snapshot!(format!("no_group_{strategy}"), refused(&text));
    }
}

#[test]
fn hooks_where_none_run_and_such_without_a_target() {
    let of = |hook: &str| {
        let hooks = format!("lifecycleHooks: [{hook}]");
        refused(&shifting(&format!("{{ strategy: CANARY, {hooks} }}")))
    };
    insta::assert_snapshot!(
        "hook_at_scale_up",
        of("{ hookTargetArn: test, lifecycleStages: [SCALE_UP] }")
    );
    insta::assert_snapshot!(
        "pause_at_a_shift",
        of("{ targetType: PAUSE, lifecycleStages: [PRODUCTION_TRAFFIC_SHIFT] }")
    );
    insta::assert_snapshot!(
        "hook_without_a_target",
        of("{ lifecycleStages: [POST_SCALE_UP] }")
    );
    insta::assert_snapshot!(
        "hook_timeout",
        of(
            "{ hookTargetArn: test, lifecycleStages: [POST_SCALE_UP], timeoutConfiguration: { timeoutInMinutes: 0 } }"
        )
    );
}

#[test]
fn what_a_hook_says_that_nobody_has() {
    let text = shifting(
        "{ strategy: CANARY, lifecycleHooks: [{ hookTargetArn: smoke-test, lifecycleStages: [POST_SCALE_UP] }] }",
    );
    insta::assert_snapshot!(refused(&format!(
        "{text}  hooks: {{ smoke-tset: {{ takes: 1m }} }}\n"
    )));
}

/// A service that CodeDeploy deploys, with these deployment groups.
fn by_code_deploy(groups: &str) -> String {
    let text = shop("{ minimumHealthyPercent: 100 }", "containerPort: 80");
    let text = text.replace(
        "      deploymentConfiguration:",
        "      deploymentController: { type: CODE_DEPLOY }\n      deploymentConfiguration:",
    );
    text.replace(
        "  services:\n",
        &format!("  deploymentGroups: {groups}\n  services:\n"),
    )
}

#[test]
fn deployment_groups_that_are_missing_or_not_codedeploys() {
    let group = "[{ deploymentGroupName: web, deploymentConfigName: NAME, ecsServices: [{ \
                 serviceName: SERVICE }], loadBalancerInfo: { targetGroupPairInfoList: [{ \
                 targetGroups: [{ name: blue }, { name: green }] }] } }]";
    let of = |name: &str, service: &str| {
        let name = format!("CodeDeployDefault.{name}");
        refused(&by_code_deploy(
            &group.replace("NAME", &name).replace("SERVICE", service),
        ))
    };
    insta::assert_snapshot!("no_deployment_group", refused(&by_code_deploy("[]")));
    insta::assert_snapshot!(
        "unknown_configuration",
        of("ECSCanary10Percent5Minuts", "web")
    );
    insta::assert_snapshot!("group_of_another_service", of("ECSAllAtOnce", "wep"));
}

#[test]
fn an_update_that_codedeploy_alone_may_make() {
    let groups = "[{ deploymentGroupName: web, deploymentConfigName: CodeDeployDefault.ECSAllAtOnce, \
                  ecsServices: [{ serviceName: web }], loadBalancerInfo: { targetGroupPairInfoList: \
                  [{ targetGroups: [{ name: blue }, { name: green }] }] } }]";
    for (key, is_refused) in [
        ("taskDefinition: web", true),
        ("forceNewDeployment: true", true),
        (
            "capacityProviderStrategy: [{ capacityProvider: FARGATE }]",
            true,
        ),
        ("desiredCount: 3", false),
        ("healthCheckGracePeriodSeconds: 30", false),
    ] {
        let timeline = format!("timeline: [{{ at: 10m, update: {{ service: web, {key} }} }}]\n");
        let home = Home::new();
        home.write("shop.yaml", &(by_code_deploy(groups) + &timeline));
        let said = home.run(&["check", "shop.yaml"]).err;
        let word = "web is deployed by CodeDeploy: UpdateService starts no deployment of it";
        assert_eq!(said.contains(word), is_refused, "{key}: {said}");
        assert!(is_refused || !said.contains("error"), "{key}: {said}");
    }
}

#[test]
fn an_app_spec_whose_hooks_are_none() {
    let of = |spec: &str| {
        refused(&by_code_deploy(&format!(
            "[{{ deploymentGroupName: web, deploymentConfigName: CodeDeployDefault.ECSAllAtOnce, \
             ecsServices: [{{ serviceName: web }}], targetRevision: {{ appSpecContent: {{ content: \
             {spec} }} }}, loadBalancerInfo: {{ targetGroupPairInfoList: [{{ targetGroups: [{{ \
             name: blue }}, {{ name: green }}] }}] }} }}]"
        )))
    };
    insta::assert_snapshot!(
        "app_spec_event",
        of("\"{ Hooks: [{ BeforeInstal: check }] }\"")
    );
    insta::assert_snapshot!(
        "app_spec_twice",
        of("{ Hooks: [{ AfterInstall: check }, { AfterInstall: probe }] }")
    );
    insta::assert_snapshot!("app_spec_unread", of("\"{ Hooks: [\""));
}

#[test]
fn a_strategy_that_is_mistyped_is_the_only_mistake() {
    let text = "{ strategy: CANRY, canaryConfiguration: { canaryPercent: 10 }, bakeTimeInMinutes: 5, \
                lifecycleHooks: [{ hookTargetArn: check, lifecycleStages: [POST_SCALE_UP] }] }";
    insta::assert_snapshot!(refused(&shifting(text)));
}

fn updated(update: &str) -> String {
    let text = shop(
        "{ minimumHealthyPercent: 100 }",
        "advancedConfiguration: {}",
    );
    let text = text.replace(", advancedConfiguration: {} }", " }");
    format!("{text}timeline:\n  - {{ at: 10m, update: {{ service: web, {update} }} }}\n")
}

#[test]
fn an_update_to_a_strategy_without_a_second_group_or_with_wrong_percentages() {
    let shifts = "deploymentConfiguration: { strategy: BLUE_GREEN, bakeTimeInMinutes: 5 }";
    insta::assert_snapshot!("update_without_a_second_group", refused(&updated(shifts)));
    let group = "loadBalancers: [{ targetGroupArn: blue, advancedConfiguration: { \
                 alternateTargetGroupArn: gren } }]";
    let wrong = format!("{shifts}, {group}");
    insta::assert_snapshot!("update_with_an_unknown_group", refused(&updated(&wrong)));
    let bounds = "deploymentConfiguration: { minimumHealthyPercent: 120, maximumPercent: 90 }";
    insta::assert_snapshot!("update_with_wrong_percentages", refused(&updated(bounds)));
}

#[test]
fn an_early_success_of_fewer_than_have_to_be_healthy() {
    let early = "earlySuccessCriteria: { enable: true, healthyPercent: 50 }";
    let text = format!("{{ minimumHealthyPercent: 75, {early} }}");
    insta::assert_snapshot!("early_success_of_too_few", refused(&shifting(&text)));
    let text = "{ earlySuccessCriteria: { enable: true } }";
    insta::assert_snapshot!("early_success_of_nothing_said", refused(&shifting(text)));
}

#[test]
fn a_stop_of_what_ecs_does_not_deploy() {
    let text = format!(
        "{}timeline:\n  - {{ at: 10m, stopServiceDeployment: {{ service: wbe, stopType: ROLBACK }} }}\n",
        shifting("{ minimumHealthyPercent: 100 }")
    );
    insta::assert_snapshot!(refused(&text));
}

#[test]
fn shares_beyond_what_there_is_are_told_their_range() {
    for (configuration, range) in [
        (
            "{ strategy: CANARY, canaryConfiguration: { canaryPercent: 101 } }",
            "0.1 to 99.9",
        ),
        (
            "{ strategy: CANARY, canaryConfiguration: { canaryPercent: -5 } }",
            "0.1 to 99.9",
        ),
        (
            "{ strategy: LINEAR, linearConfiguration: { stepPercent: 101 } }",
            "3 to 100",
        ),
    ] {
        let said = refused(&shifting(configuration));
        assert!(said.contains(&format!("help: write {range}")), "{said}");
    }
}
