//! Deployments that can never move at the time when the timeline starts them, or for what it has
//! made of the cluster by then.

use super::rollouts::{FARGATE, INSTANCES, stuck};

/// Its host port is of Docker's choice: each instance takes four of web:1.
pub(super) const DYNAMIC: (&str, &str) = ("hostPort: 80", "hostPort: 0");

/// The part of a service's text with its count, and so many in its place.
pub(super) fn count(new: &str) -> (&str, &str) {
    ("desiredCount: 2", new)
}

pub(super) fn with(text: &str, more: &str) -> String {
    format!("{text}{more}\n")
}

#[track_caller]
pub(super) fn one(told: &[String], begins: &str, says: &str) {
    let [only] = told else {
        panic!("{told:?}");
    };
    assert!(only.starts_with(begins) && only.contains(says), "{only}");
}

#[test]
fn a_larger_revision_may_find_no_place_beside_the_one_that_runs() {
    let second = "  services:\n";
    let larger = "    - { family: web, requiresCompatibilities: [EC2], networkMode: bridge, \
                  containerDefinitions: [{ name: web, cpu: 1536, memory: 512 }] }\n  services:\n";
    let text = with(
        INSTANCES,
        "timeline: [{ at: 1h, deploy: { service: web, taskDefinition: \"web:2\" } }]",
    );
    let first = ("taskDefinition: web\n", "taskDefinition: \"web:1\"\n");
    let of = |desired| stuck(&text, &[DYNAMIC, first, (second, larger), count(desired)]);
    // One instance with one task of web:1 has room for web:2, the other one takes four.
    assert_eq!(of("desiredCount: 5"), [""; 0]);
    one(
        &of("desiredCount: 6"),
        "warning timeline[0].deploy.taskDefinition: by then, a deployment of web can start no task",
        "take 8 tasks of web:1, and none of web:2 beside them",
    );
}

#[test]
fn a_second_set_of_tasks_needs_its_place() {
    let of = |desired| {
        let shifted = format!(
            "{desired}\n      deploymentConfiguration: {{ strategy: BLUE_GREEN, \
             bakeTimeInMinutes: 5 }}"
        );
        stuck(INSTANCES, &[DYNAMIC, count(&shifted)])
    };
    assert_eq!(of("desiredCount: 4"), [""; 0]);
    one(
        &of("desiredCount: 5"),
        "warning aws.services.web.taskDefinition: as it stands, a deployment of web has no room \
         for its 5 new tasks beside the 5 that run",
        "take 8 tasks of web:1 (raise MaxSize)",
    );
    // Of Fargate by its quota: 9 of 1 vCPU beside 9.
    let shifted = (
        "{ minimumHealthyPercent: 100, maximumPercent: 200 }",
        "{ strategy: BLUE_GREEN, bakeTimeInMinutes: 5 }",
    );
    let quota = ("fargateOnDemandVcpus: 10", "fargateOnDemandVcpus: 18");
    assert_eq!(stuck(FARGATE, &[shifted, quota]), [""; 0]);
    let less = ("fargateOnDemandVcpus: 10", "fargateOnDemandVcpus: 17");
    one(
        &stuck(FARGATE, &[shifted, less]),
        "warning aws.services.web.taskDefinition: as it stands, a deployment of web has no room",
        "9 tasks of 1 vCPU leave no room for as many again within 17 vCPUs",
    );
}

#[test]
fn a_share_of_a_daemons_instances_is_rounded_up() {
    let of = |percent| {
        let daemon = format!(
            "schedulingStrategy: DAEMON\n      launchType: EC2\n      deploymentConfiguration: {{ \
             minimumHealthyPercent: {percent} }}"
        );
        let strategy = (
            "\n      capacityProviderStrategy: [{ capacityProvider: machines, weight: 1 }]",
            "",
        );
        stuck(INSTANCES, &[strategy, count(&daemon)])
    };
    assert_eq!(of(50), [""; 0]);
    let told = "warning aws.services.web.taskDefinition: as it stands, a deployment of web can \
                stop no task: minimumHealthyPercent 51 of 2 instances, rounded up, keeps all of \
                them healthy (minimumHealthyPercent 50 stops first)";
    assert_eq!(of(51), [told]);
}

#[test]
fn a_group_that_nothing_scales_has_what_it_is_set_to() {
    let sizes = ("MaxSize: 2", "MaxSize: 5\n      DesiredCapacity: 2");
    let unscaled = ("status: ENABLED", "status: DISABLED");
    let full = [DYNAMIC, sizes, count("desiredCount: 8"), unscaled];
    one(
        &stuck(INSTANCES, &full),
        "warning aws.services.web.taskDefinition: as it stands",
        "the 2 instances that there are take 8 tasks of web:1",
    );
    assert_eq!(stuck(INSTANCES, &full[..3]), [""; 0]);
    // A third one is there when it matters.
    let resize = "{ at: 30m, setDesiredCapacity: { AutoScalingGroupName: machines, \
                  DesiredCapacity: 3 } }";
    let then = format!("timeline: [{resize}, {{ at: 1h, deploy: {{ service: web }} }}]");
    assert_eq!(stuck(&with(INSTANCES, &then), &full), [""; 0]);
}

#[test]
fn only_the_zones_of_a_service_count() {
    let group = (
        "MaxSize: 2\n      AvailabilityZones: [us-east-1a]",
        "MaxSize: 4\n      DesiredCapacity: 4\n      AvailabilityZones: [us-east-1a, us-east-1b]",
    );
    let eight = [DYNAMIC, group, count("desiredCount: 8")];
    assert_eq!(stuck(INSTANCES, &eight), [""; 0]);
    let zone = (
        "weight: 1 }]\n",
        "weight: 1 }]\n      placementConstraints: [{ type: memberOf, expression: \
         \"attribute:ecs.availability-zone == us-east-1a\" }]\n",
    );
    let mut in_one = eight.to_vec();
    in_one.push(zone);
    one(
        &stuck(INSTANCES, &in_one),
        "warning aws.services.web.taskDefinition: as it stands, a deployment of web can start",
        "the 2 instances that there may be take 8 tasks of web:1",
    );
}

#[test]
fn a_start_without_room_matters_to_nobody_who_makes_some_first() {
    let ten = ("desiredCount: 9", "desiredCount: 10");
    let text = with(
        FARGATE,
        "timeline: [{ at: 30m, update: { service: web, desiredCount: 5 } }, { at: 1h, deploy: { \
         service: web } }]",
    );
    assert_eq!(stuck(&text, &[ten]), [""; 0]);
    let only = with(FARGATE, "timeline: [{ at: 1h, deploy: { service: web } }]");
    one(
        &stuck(&only, &[ten]),
        "warning timeline[0].deploy: by then, a deployment of web can start no task",
        "10 tasks of 1 vCPU leave no room for another",
    );
}

#[test]
fn percentages_that_come_later_are_looked_at() {
    let text = with(
        FARGATE,
        "timeline: [{ at: 1h, update: { service: web, deploymentConfiguration: { \
         minimumHealthyPercent: 95, maximumPercent: 105 } } }]",
    );
    one(
        &stuck(&text, &[]),
        "warning timeline[0].update.deploymentConfiguration: with 9 tasks a deployment of web can \
         neither start a task nor stop one",
        "minimumHealthyPercent 95 keeps 9 healthy and maximumPercent 105 allows 9",
    );
}

#[test]
fn a_scheduled_action_brings_a_count_too() {
    let scaled = |action: &str| {
        with(
            FARGATE,
            &format!(
                "  scalableTargets: [{{ ResourceId: service/default/web, MinCapacity: 9, \
                 MaxCapacity: 20 }}]\n  scheduledActions: [{{ ResourceId: service/default/web, \
                 ScheduledActionName: night, Schedule: \"at(1970-01-01T05:00:00)\", \
                 ScalableTargetAction: {action} }}]"
            ),
        )
    };
    let run = (
        "run: { duration: 1d }",
        "run: { start: 1970-01-01T00:00:00Z, duration: 1d }",
    );
    let narrow = (
        "minimumHealthyPercent: 100, maximumPercent: 200",
        "minimumHealthyPercent: 80, maximumPercent: 109",
    );
    let raised = ("fargateOnDemandVcpus: 10", "fargateOnDemandVcpus: raised");
    let of = |action| stuck(&scaled(action), &[run, narrow, raised]);
    assert_eq!(of("{ MinCapacity: 5, MaxCapacity: 5 }"), [""; 0]);
    let told = of("{ MinCapacity: 4, MaxCapacity: 4 }");
    one(
        &told,
        "warning aws.scheduledActions",
        "with 4 tasks a deployment of web can neither start a task nor stop one",
    );
}

/// Whether nothing is said of deployments of this text with these parts replaced.
#[track_caller]
pub(super) fn moves(text: &str, replaced: &[(&str, &str)]) {
    assert_eq!(stuck(text, replaced), [""; 0]);
}

/// What runs on other capacity leaves the new one its room.
#[test]
fn tasks_that_stand_elsewhere_take_no_room() {
    let to_fargate = with(
        FARGATE,
        "timeline: [{ at: 1h, deploy: { service: web, capacityProviderStrategy: [{ \
         capacityProvider: FARGATE_SPOT, weight: 1 }] } }]",
    );
    let quota = (
        "fargateOnDemandVcpus: 10",
        "fargateSpotVcpus: 9, fargateOnDemandVcpus: 9",
    );
    let own = "launchType: FARGATE";
    let provider = (
        own,
        "capacityProviderStrategy: [{ capacityProvider: FARGATE, weight: 1 }]",
    );
    moves(&to_fargate, &[quota, provider]);
    let forced = with(FARGATE, "timeline: [{ at: 1h, deploy: { service: web } }]");
    one(
        &stuck(&forced, &[quota, provider]),
        "warning timeline[0].deploy",
        "9 tasks of 1 vCPU leave no room for another",
    );
}

/// Tasks that the call itself asks for do not stand there yet.
#[test]
fn a_count_that_comes_with_a_deployment_is_not_there_yet() {
    let text = with(
        FARGATE,
        "timeline: [{ at: 1h, update: { service: web, desiredCount: 10, forceNewDeployment: true \
         } }]",
    );
    let none = ("desiredCount: 9\n", "desiredCount: 0\n");
    moves(&text, &[none]);
    let all = ("desiredCount: 9\n", "desiredCount: 10\n");
    one(
        &stuck(&text, &[all]),
        "warning timeline[0].update",
        "10 tasks of 1 vCPU leave no room for another",
    );
}

/// A revision that the service has already starts no deployment (API UpdateService).
#[test]
fn the_revision_that_runs_is_no_deployment() {
    let text = with(
        FARGATE,
        "timeline: [{ at: 1h, update: { service: web, taskDefinition: \"web:1\" } }]",
    );
    let ten = ("desiredCount: 9\n", "desiredCount: 10\n");
    one(
        &stuck(&text, &[ten]),
        "warning aws.services.web.taskDefinition: as it stands",
        "10 tasks of 1 vCPU leave no room for another",
    );
}

/// The second revision goes where the first one may not.
#[test]
fn a_revision_for_other_instances_has_their_room() {
    let group = (
        "AvailabilityZones: [us-east-1a]",
        "AvailabilityZones: [us-east-1a, us-east-1b]",
    );
    let of = |zone: &str| {
        format!(
            "    - {{ family: web, requiresCompatibilities: [EC2], networkMode: bridge, \
             placementConstraints: [{{ type: memberOf, expression: \
             \"attribute:ecs.availability-zone == {zone}\" }}], containerDefinitions: [{{ name: web, \
             cpu: 512, memory: 512 }}] }}\n"
        )
    };
    let (head, rest) = INSTANCES.split_once("    - family: web\n").unwrap();
    let (_, services) = rest.split_once("  services:\n").unwrap();
    let text = |second: &str| {
        with(
            &format!(
                "{head}{}{}  services:\n{services}",
                of("us-east-1a"),
                of(second)
            ),
            "timeline: [{ at: 1h, deploy: { service: web, taskDefinition: \"web:2\" } }]",
        )
    };
    let first = ("taskDefinition: web\n", "taskDefinition: \"web:1\"\n");
    let four = [group, first, count("desiredCount: 4")];
    moves(&text("us-east-1b"), &four);
    one(
        &stuck(&text("us-east-1a"), &four),
        "warning timeline[0].deploy.taskDefinition: by then",
        "the one instance that there may be takes 4 tasks of web:1",
    );
}

/// After a deployment that was stopped it is not known which revision runs.
#[test]
fn nothing_is_said_after_a_deployment_was_stopped() {
    let ten = ("desiredCount: 9\n", "desiredCount: 10\n");
    let stopped = with(
        FARGATE,
        "timeline: [{ at: 1h, stopServiceDeployment: { service: web } }, { at: 2h, deploy: { \
         service: web } }]",
    );
    moves(&stopped, &[ten]);
}
