//! Deployments that can never move for what becomes of their instances, and such that move for it.

use super::later_rollouts::{DYNAMIC, count, moves, one, with};
use super::rollouts::{INSTANCES, stuck};

/// A DAEMON service whose share of two instances, rounded up, is both.
fn daemon(percent: u32) -> [(&'static str, String); 2] {
    let to = format!(
        "schedulingStrategy: DAEMON\n      launchType: EC2\n      deploymentConfiguration: {{ \
         minimumHealthyPercent: {percent} }}"
    );
    let strategy = "\n      capacityProviderStrategy: [{ capacityProvider: machines, weight: 1 }]";
    [(strategy, String::new()), ("desiredCount: 2", to)]
}

fn told(timeline: &str, percent: u32, replaced: &[(&str, &str)]) -> Vec<String> {
    let daemon = daemon(percent);
    let parts = daemon.iter().map(|(from, to)| (*from, to.as_str()));
    let parts: Vec<(&str, &str)> = parts.chain(replaced.iter().copied()).collect();
    stuck(&with(INSTANCES, timeline), &parts)
}

/// A second revision like the first one, so many instances, and traffic that goes over at once.
fn shifted(instances: u32, port: &str, constraint: &str) -> Vec<String> {
    let second = format!(
        "    - family: web\n      requiresCompatibilities: [EC2]\n      networkMode: bridge\n      \
         containerDefinitions: [{{ name: web, cpu: 256, memory: 512, portMappings: [{{ \
         containerPort: 80, hostPort: {port} }}] }}]\n  services:\n"
    );
    let size = format!("MaxSize: {instances}");
    let shift = format!(
        "desiredCount: 2\n      deploymentConfiguration: {{ strategy: BLUE_GREEN, \
         bakeTimeInMinutes: 5 }}{constraint}"
    );
    let parts = [
        ("  services:\n", second.as_str()),
        ("taskDefinition: web\n", "taskDefinition: \"web:1\"\n"),
        (
            "hostPort: 80 }",
            if port == "80" {
                "hostPort: 80 }"
            } else {
                "hostPort: 0 }"
            },
        ),
        ("MaxSize: 2", size.as_str()),
        ("desiredCount: 2", shift.as_str()),
    ];
    let deploy = "timeline: [{ at: 1h, deploy: { service: web, taskDefinition: \"web:2\" } }]";
    stuck(&with(INSTANCES, deploy), &parts)
}

#[test]
fn tasks_that_share_no_instance_need_one_each_in_both_colours() {
    let alone = "\n      placementConstraints: [{ type: distinctInstance }]";
    for (port, constraint) in [("80", ""), ("0", alone)] {
        one(
            &shifted(3, port, constraint),
            "warning timeline[0].deploy.taskDefinition: by then, a deployment of web has no room \
             for its 2 new tasks beside the 2 that run",
            "the 3 instances that there may be take 3 tasks of web:1",
        );
        assert_eq!(shifted(4, port, constraint), [""; 0]);
    }
    assert_eq!(shifted(2, "0", ""), [""; 0]);
}

#[test]
fn percentages_of_a_daemon_that_come_later_count() {
    let of = |block: &str| {
        let timeline = format!(
            "timeline: [{{ at: 1h, update: {{ service: web, deploymentConfiguration: {block} }} \
             }}, {{ at: 2h, deploy: {{ service: web }} }}]"
        );
        told(&timeline, 50, &[])
    };
    one(
        &of("{ minimumHealthyPercent: 100 }"),
        "warning timeline[1].deploy: by then, a deployment of web can stop no task",
        "minimumHealthyPercent 100 keeps all of them healthy",
    );
    // At one instant, and of as many instances as there may be.
    let at_once = "timeline: [{ at: 1h, update: { service: web, deploymentConfiguration: { \
                   minimumHealthyPercent: 100 } } }, { at: 1h, deploy: { service: web } }]";
    let some = ("MaxSize: 2", "MaxSize: 9");
    one(
        &told(at_once, 50, &[some]),
        "warning timeline[1].deploy: by then, a deployment of web can stop no task",
        "keeps all of them healthy",
    );
    // Of both together that is said where they are.
    assert_eq!(
        of("{ minimumHealthyPercent: 100, maximumPercent: 100 }"),
        [""; 0]
    );
    assert_eq!(of("{ minimumHealthyPercent: 40 }"), [""; 0]);
}

#[test]
fn a_deployment_that_is_repeated_is_looked_at_each_time() {
    let timeline = "timeline: [{ at: 1h, deploy: { service: web }, every: 2h }, { at: 4h, update: \
                    { service: web, desiredCount: 8 } }]";
    let text = with(INSTANCES, timeline);
    one(
        &stuck(&text, &[DYNAMIC]),
        "warning timeline[0].deploy: by then, a deployment of web can start no task",
        "the 2 instances that there may be take 8 tasks of web:1",
    );
    let six = ("desiredCount: 8", "desiredCount: 6");
    moves(&text, &[DYNAMIC, six]);
}

#[test]
fn a_daemon_is_replaced_with_its_instances() {
    let of = |entries: &str| {
        let timeline = format!("timeline: [{entries}{{ at: 1h, deploy: {{ service: web }} }}]");
        told(&timeline, 51, &[])
    };
    one(
        &of(""),
        "warning timeline[0].deploy: by then, a deployment of web can stop no task",
        "minimumHealthyPercent 51 of 2 instances",
    );
    for entry in [
        "{ at: 30m, drain: { AutoScalingGroupName: machines, count: 2 } }, ",
        "{ at: 2h, instanceRefresh: { AutoScalingGroupName: machines } }, ",
        "{ at: 2h, outage: { availabilityZone: us-east-1a, for: 1h } }, ",
    ] {
        assert_eq!(of(entry), [""; 0], "{entry}");
    }
    // A drain of another zone's instances, that none of its own are in, changes nothing.
    let elsewhere = "{ at: 2h, outage: { availabilityZone: us-east-1b, for: 1h } }, ";
    assert_eq!(of(elsewhere).len(), 1);
}

#[test]
fn a_group_that_grows_later_lets_a_deployment_move() {
    let unscaled = ("status: ENABLED", "status: DISABLED");
    let sizes = (
        "MinSize: 2\n      MaxSize: 2",
        "MinSize: 1\n      MaxSize: 5\n      DesiredCapacity: 2",
    );
    let of = |desired: u32| {
        let timeline = format!(
            "timeline: [{{ at: 1h, deploy: {{ service: web }} }}, {{ at: 2h, setDesiredCapacity: \
             {{ AutoScalingGroupName: machines, DesiredCapacity: {desired} }} }}]"
        );
        let full = [DYNAMIC, sizes, count("desiredCount: 8"), unscaled];
        let tasks = stuck(&with(INSTANCES, &timeline), &full);
        (tasks.len(), told(&timeline, 51, &[sizes, unscaled]).len())
    };
    // One instance fewer leaves a DAEMON's share of one, all of it, and a service no room.
    assert_eq!(of(1), (1, 0));
    assert_eq!(of(2), (1, 1));
    assert_eq!(of(3), (0, 0));
    // A thirteenth task waits for a place: it is the new deployment's, when a third instance comes.
    let grows = "timeline: [{ at: 1h, deploy: { service: web } }, { at: 2h, setDesiredCapacity: { \
                AutoScalingGroupName: machines, DesiredCapacity: 3 } }]";
    let many = count("desiredCount: 13");
    moves(&with(INSTANCES, grows), &[DYNAMIC, sizes, many, unscaled]);
}

/// Of tasks for which there is no place fewer run, and leave room.
#[test]
fn a_place_that_no_task_has_yet_is_one() {
    let second = "    - family: web\n      requiresCompatibilities: [EC2]\n      networkMode: \
                  bridge\n      containerDefinitions: [{ name: web, cpu: 512, memory: 512, \
                  portMappings: [{ containerPort: 80, hostPort: 81 }] }]\n  services:\n";
    let deploy = "timeline: [{ at: 1h, deploy: { service: web, taskDefinition: \"web:2\" } }]";
    let first = ("taskDefinition: web\n", "taskDefinition: \"web:1\"\n");
    let text = with(INSTANCES, deploy);
    moves(
        &text,
        &[("  services:\n", second), first, count("desiredCount: 3")],
    );
}

#[test]
fn new_instances_bring_new_tasks() {
    let of = |entry: &str| {
        let timeline = format!("timeline: [{{ at: 1h, deploy: {{ service: web }} }}, {entry}]");
        stuck(&with(INSTANCES, &timeline), &[]).len()
    };
    let drain = "{ at: 2h, drain: { AutoScalingGroupName: machines, count: 1 } }";
    assert_eq!(of(drain), 1);
    let refresh = "{ at: 2h, instanceRefresh: { AutoScalingGroupName: machines } }";
    let outage = "{ at: 2h, outage: { availabilityZone: us-east-1a, for: 1h } }";
    assert_eq!((of(refresh), of(outage)), (0, 0));
}

/// The last of several calls at one instant decides; such that deploy nothing hide nothing.
#[test]
fn calls_at_one_instant_are_one() {
    let of = |entries: &str| {
        stuck(
            &with(INSTANCES, &format!("timeline: [{entries}]")),
            &[DYNAMIC],
        )
    };
    let idle = "{ at: 30m, update: { service: web, desiredCount: 2 } }";
    let grown = "{ at: 40m, update: { service: web, desiredCount: 8 } }";
    let deploy = "{ at: 1h, deploy: { service: web } }";
    one(
        &of(&format!("{idle}, {idle}, {grown}, {deploy}")),
        "warning timeline[3].deploy: by then, a deployment of web can start no task",
        "take 8 tasks of web:1",
    );
    let fewer = "{ at: 1h, update: { service: web, desiredCount: 7 } }";
    assert_eq!(of(&format!("{grown}, {deploy}, {fewer}")), [""; 0]);
    one(
        &of(&format!("{grown}, {deploy}, {deploy}")),
        "warning timeline[2].deploy: by then, a deployment of web can start no task",
        "take 8 tasks of web:1",
    );
}

/// Tasks of which two have a place: which of both revisions run then is not known.
#[test]
fn after_a_deployment_that_may_not_end_nothing_is_said() {
    let second = "    - family: web\n      requiresCompatibilities: [EC2]\n      networkMode: \
                  bridge\n      containerDefinitions: [{ name: web, cpu: 1536, memory: 512 }]\n  \
                  services:\n";
    let timeline = "timeline: [{ at: 1h, deploy: { service: web, taskDefinition: \"web:2\" } }, { \
                    at: 2h, deploy: { service: web, taskDefinition: \"web:1\" } }]";
    let first = ("taskDefinition: web\n", "taskDefinition: \"web:1\"\n");
    let five = count("desiredCount: 5");
    let text = with(INSTANCES, timeline);
    moves(&text, &[DYNAMIC, ("  services:\n", second), first, five]);
}
