//! One broken scenario a message.

use super::*;

/// What loading says about a text: a line each, `severity path: message (help)`.
pub(super) fn said(text: &str) -> Vec<String> {
    let diagnostics = match load_text("a.yaml", text, &LoadOptions::default()) {
        Ok(loaded) => loaded.diagnostics,
        Err(failure) => failure.diagnostics,
    };
    let line = |item: &diagnostic::Diagnostic| {
        let severity = format!("{:?}", item.severity).to_lowercase();
        let help = item
            .help
            .as_ref()
            .map_or(String::new(), |help| format!(" ({help})"));
        format!("{severity} {}: {}{help}", item.path, item.message)
    };
    let items = diagnostics.sorted().into_iter();
    // The smallest scenario is a service that nobody asks.
    let items = items.filter(|item| item.code != "no-demand");
    items.map(line).collect()
}

/// Checks what is said about the smallest scenario with `from` replaced by `to`.
fn check(from: &str, to: &str, expected: &[&str]) {
    assert!(HELLO.contains(from), "{from}");
    assert_eq!(said(&HELLO.replace(from, to)), expected, "{from} -> {to}");
}

/// Checks what is said about the smallest scenario with more at its end.
fn check_more(more: &str, expected: &[&str]) {
    assert_eq!(said(&format!("{HELLO}{more}\n")), expected, "{more}");
}

#[test]
fn what_is_wrong_with_run_and_cluster() {
    check(
        "fleetcast: 1",
        "fleetcast: 2",
        &[
            "error fleetcast: found \"2\", expected 1 (1 is the version of the scenario format \
         that this release reads)",
        ],
    );
    check("fleetcast: 1\n", "", &["error : \"fleetcast\" is missing"]);
    check(
        "duration: 1h",
        "duration: 0s",
        &["error run.duration: a run of 0s is not between 1us and 10 years"],
    );
    check(
        "duration: 1h",
        "duration: 11 y",
        &[
            "error run.duration: \"11 y\" has the unit \"y\", which is no unit of time (units \
         of time are us, ms, s, m, h, d and w, as in 200ms or 1h 30m)",
        ],
    );
    check(
        "duration: 1h",
        "durations: 1h",
        &[
            "error run: \"duration\" is missing",
            "error run: unknown field \"durations\" (did you mean \"duration\"?)",
        ],
    );
    check(
        "duration: 1h",
        "duration: 1h, timeZone: Berlin",
        &["error run.timeZone: \"Berlin\" is no time zone (did you mean \"Europe/Berlin\"?)"],
    );
    check(
        "aws:",
        "whatIf: { spotFallback: { after: 1m }, repacking: { every: 1d } }\naws:",
        &[
            "warning whatIf: nothing of the scenario is bought on Spot: spotFallback has no effect",
            "warning whatIf.repacking: there is no Auto Scaling group: repacking has no effect",
        ],
    );
    check(
        "aws:",
        "aws:\n  region: us-east-9",
        &[
            "error aws.region: there is no region \"us-east-9\" (did you mean \"us-east-1\" or \
         \"us-east-2\"?)",
        ],
    );
    check(
        "aws:",
        "aws:\n  autoScalingGroups: [{ AutoScalingGroupName: a }]",
        &[
            "error aws.autoScalingGroups.a: \"MinSize\" is missing",
            "error aws.autoScalingGroups.a: \"MaxSize\" is missing",
            "error aws.autoScalingGroups.a: the group has no LaunchTemplate and no \
         MixedInstancesPolicy",
        ],
    );
    check(
        "aws:",
        "aws:\n  serivces: []",
        &["error aws: unknown field \"serivces\" (did you mean \"services\"?)"],
    );
    check(
        "aws:",
        "aws:\n  cluster: { capacityProviders: [FARGATE, my-asg] }",
        &[
            "error aws.cluster.capacityProviders[1]: there is no capacity provider \"my-asg\" \
         (known here: FARGATE_SPOT)",
        ],
    );
    check(
        "aws:",
        "aws:\n  cluster: { capacityProviders: [FARGATE_SPOT], tags: [] }",
        &[],
    );
}

#[test]
fn what_is_wrong_with_task_definitions() {
    check(
        "memory: 512",
        "memory: 3000",
        &[
            "error aws.taskDefinitions.web.cpu: a Fargate task of 256 CPU units has 512 to 2048 \
         MiB of memory in steps, not 3000 (the nearest is cpu 512, memory 3072)",
        ],
    );
    check(
        "memory: 512",
        "memory: 512, requiresCompatibilities: [EC2]",
        &[
            "error aws.services.web.taskDefinition: the strategy goes to Fargate, and \
         requiresCompatibilities of web:1 has no FARGATE (add FARGATE there, or change the strategy)",
        ],
    );
    check(
        "memory: 512",
        "memory: 512, networkMode: bridge",
        &[
            "error aws.taskDefinitions.web.networkMode: found bridge, expected awsvpc, the only \
         network mode on Fargate",
        ],
    );
    check(
        "memory: 512",
        "memory: 512, ephemeralStorage: { sizeInGiB: 500 }",
        &[
            "error aws.taskDefinitions.web.ephemeralStorage.sizeInGiB: 500 GiB of ephemeral \
         storage are not between 21 and 200 (leave ephemeralStorage out for the 20 GiB that \
         every task has)",
        ],
    );
    check(
        "memory: 512",
        "memory: 512, containerDefinitions: [{ name: a, essential: false }]",
        &[
            "error aws.taskDefinitions.web.containerDefinitions.a: no container is essential, a \
         task needs one that is",
        ],
    );
    check(
        "memory: 512",
        "memory: 512, containerDefinitions: [{ name: a, cpu: 300 }]",
        &[
            "error aws.taskDefinitions.web.containerDefinitions.a: the containers ask for 300 CPU \
         units, their task has 256",
        ],
    );
    check(
        "memory: 512",
        "memory: 512, runtimePlatform: { operatingSystemFamily: WINDOWS_SERVER_2022_CORE }",
        &[
            "error aws.taskDefinitions.web.cpu: a Windows task on Fargate has 1024 to 4096 CPU \
         units, not 256 (the nearest is cpu 1024, memory 2048)",
        ],
    );
    check(
        "family: web, cpu: 256",
        "family: web",
        &["error aws.taskDefinitions.web: \"cpu\" is missing"],
    );
    check(
        "memory: 512 }",
        "memory: 512, volumes: [], tags: [] }\n    - { family: web, revision: 1, cpu: 256, \
         memory: 512 }",
        &["error aws.taskDefinitions.web:1: a second task definition \"web:1\" stands here"],
    );
    check(
        "taskDefinition: web",
        "taskDefinition: wep",
        &[
            "error aws.services.web.taskDefinition: there is no task definition \"wep\" (did you \
         mean \"web\"?)",
        ],
    );
    check(
        "taskDefinition: web",
        "taskDefinition: \"web:4\"",
        &[
            "error aws.services.web.taskDefinition: there is no task definition \"web:4\" (did \
         you mean \"web:1\"?)",
        ],
    );
}

#[test]
fn what_is_wrong_with_services() {
    check(
        ", launchType: FARGATE",
        "",
        &[
            "error aws.services.web: no capacityProviderStrategy, and the cluster has no default \
         one: AWS takes the launch type EC2, and there are no instances (add launchType: \
         FARGATE, or a capacityProviderStrategy)",
        ],
    );
    check(
        "launchType: FARGATE",
        "launchType: EC2",
        &[
            "error aws.services.web.launchType: the launch type EC2 needs instances, and the \
             scenario has no Auto Scaling group (add aws.autoScalingGroups, or take FARGATE)",
        ],
    );
    check(
        "launchType: FARGATE",
        "capacityProviderStrategy: [{ capacityProvider: FARGATE, base: 1 }, { \
         capacityProvider: FARGATE_SPOT, base: 1, weight: 1 }]",
        &[
            "error aws.services.web.capacityProviderStrategy.FARGATE_SPOT: only one provider of a \
         strategy may have a base, FARGATE has one",
        ],
    );
    check(
        "launchType: FARGATE",
        "capacityProviderStrategy: [{ capacityProvider: FARGATE }, { capacityProvider: \
         FARGATE_SPOT }]",
        &[
            "error aws.services.web.capacityProviderStrategy: all weights are 0: at least one \
         provider needs a weight of 1 or more",
        ],
    );
    check(
        "launchType: FARGATE",
        "capacityProviderStrategy: [{ capacityProvider: FARGATE_SPOTS, weight: 1 }]",
        &[
            "error aws.services.web.capacityProviderStrategy.FARGATE_SPOTS.capacityProvider: \
         there is no capacity provider \"FARGATE_SPOTS\" (did you mean \"FARGATE_SPOT\"?)",
        ],
    );
    check(
        "launchType: FARGATE",
        "capacityProviderStrategy: [{ capacityProvider: FARGATE, weight: 1001 }]",
        &["error aws.services.web.capacityProviderStrategy.FARGATE: weight 1001 is more than 1000"],
    );
    check(
        "launchType: FARGATE",
        "launchType: FARGATE, schedulingStrategy: DAEMON",
        &[
            "note aws.services.web.desiredCount: a DAEMON service has no count of its own: a \
             task runs on each instance",
            "error aws.services.web.launchType: a DAEMON service runs on instances, and Fargate \
             has none (write launchType: EC2, or take schedulingStrategy: REPLICA)",
        ],
    );
    check(
        "launchType: FARGATE",
        "launchType: FARGATE, deploymentConfiguration: { strategy: BLUE_GREEN }",
        &[
            "error aws.services.web.deploymentConfiguration.strategy: BLUE_GREEN needs \
             bakeTimeInMinutes: how long both revisions run when the new one has all traffic \
             (bakeTimeInMinutes: 5)",
        ],
    );
    check(
        "launchType: FARGATE",
        "launchType: FARGATE, deploymentConfiguration: { deploymentCircuitBreaker: { enable: \
         true, rollback: true, thresholdConfiguration: { type: PERCENT, value: 0 } } }",
        &[
            "error aws.services.web.deploymentConfiguration.deploymentCircuitBreaker.\
         thresholdConfiguration.type: \"PERCENT\" is not one of the values here (known here: \
         BOUNDED_PERCENT, UNBOUNDED_PERCENT, COUNT)",
            "error aws.services.web.deploymentConfiguration.deploymentCircuitBreaker.\
         thresholdConfiguration.value: 0 is not a whole number between 1 and 100",
        ],
    );
    check(
        "launchType: FARGATE",
        "launchType: FARGATE, deploymentConfiguration: { alarms: { enable: true, alarmNames: \
         [errors] } }",
        &[
            "error aws.services.web.deploymentConfiguration.alarms.alarmNames[0]: there is no alarm \
         \"errors\"",
        ],
    );
    check(
        "launchType: FARGATE",
        "launchType: FARGATE, deploymentConfiguration: { alarms: { enable: true } }",
        &[
            "warning aws.services.web.deploymentConfiguration.alarms: no alarmNames: nothing is \
         watched (name alarms of aws.alarms)",
        ],
    );
    check(
        "launchType: FARGATE",
        "launchType: FARGATE, deploymentConfiguration: { minimumHealthyPercent: 90, \
         maximumPercent: 80 }",
        &[
            "error aws.services.web.deploymentConfiguration.maximumPercent: maximumPercent 80 is \
         less than minimumHealthyPercent 90: more tasks would have to be healthy than may be there \
         (write 100 or more (200 is the default), or less minimumHealthyPercent)",
        ],
    );
    check(
        "launchType: FARGATE",
        "launchType: FARGATE, deploymentConfiguration: { maximumPercent: 125 }",
        &[
            "warning aws.services.web.deploymentConfiguration.maximumPercent: with 2 tasks \
         minimumHealthyPercent 100 keeps 2 healthy and maximumPercent 125 allows 2: a deployment can \
         neither start a task nor stop one (minimumHealthyPercent 50 stops first, maximumPercent 150 \
         starts first)",
        ],
    );
    check(
        "launchType: FARGATE",
        "launchType: FARGATE, deploymentConfiguration: { minimumHealthyPercent: 100, \
         maximumPercent: 100 }",
        &[
            "warning aws.services.web.deploymentConfiguration.maximumPercent: with \
         minimumHealthyPercent 100 and maximumPercent 100 no deployment gets ahead: no task may stop \
         before another is healthy, and none may start beside those that run (minimumHealthyPercent \
         50 stops first, maximumPercent 150 starts first)",
        ],
    );
    check(
        "launchType: FARGATE",
        "launchType: FARGATE, loadBalancers: [{ targetGroupArn: web, containerName: web, \
         containerPort: 80 }]",
        &[
            "error aws.services.web.loadBalancers[0].targetGroupArn: there is no target group \
         \"web\"",
        ],
    );
    check(
        "launchType: FARGATE",
        "launchType: FARGATE, tags: [{ key: a, value: b }], availabilityZoneRebalancing: \
         ENABLED",
        &["note : no effect here: tags (Service)"],
    );
    let attribute = "target_group_health.unhealthy_state_routing.minimum_healthy_targets.count";
    check(
        "  services:",
        &format!(
            "  targetGroups: [{{ TargetGroupName: t, attributes: {{ {attribute}: 2 }} }}]\n  services:"
        ),
        &[&format!(
            "note aws.targetGroups.t.attributes[{attribute}]: no effect here: {attribute}; \
             UNHEALTHY targets are asked while no target is healthy, not sooner"
        )],
    );
    check(
        "launchType: FARGATE",
        "launchType: FARGATE, networkConfiguration: { awsvpcConfiguration: { subnets: \
         [subnet-2], assignPublicIp: YES } }",
        &[
            "error aws.services.web.networkConfiguration.awsvpcConfiguration.assignPublicIp: \
         \"YES\" is not one of the values here (known here: ENABLED, DISABLED)",
        ],
    );
}

#[test]
fn what_is_wrong_with_balancing_and_scaling() {
    check(
        "services:",
        "services:\n    - { serviceName: web, taskDefinition: web, launchType: FARGATE }",
        &["error aws.services.web: a second service \"web\" stands here"],
    );
    check(
        "services:",
        "loadBalancers: [{ LoadBalancerName: a, Type: gateway }]\n  services:",
        &[
            "error aws.loadBalancers.a.Type: \"gateway\" is not simulated yet (write another \
         value, or wait for the release that has it)",
        ],
    );
    check(
        "services:",
        "targetGroups: [{ TargetGroupName: a, HealthCheckIntervalSeconds: 10, \
         HealthCheckTimeoutSeconds: 10 }]\n  services:",
        &[
            "error aws.targetGroups.a.HealthCheckTimeoutSeconds: a time-out of 10 s is not shorter \
             than the 10 s between two checks (write a shorter time-out, or a longer \
             HealthCheckIntervalSeconds)",
        ],
    );
    check(
        "services:",
        "targetGroups: [{ TargetGroupName: a, Protocol: GENEVE }]\n  services:",
        &[
            "error aws.targetGroups.a.Protocol: \"GENEVE\" is not simulated yet (write another \
         value, or wait for the release that has it)",
        ],
    );
    check(
        "services:",
        "scalableTargets: [{ ResourceId: service/shop/web, MinCapacity: 1, MaxCapacity: 2 \
         }]\n  services:",
        &[
            "error aws.scalableTargets.web.ResourceId: the scenario's cluster is \"default\", not \
         \"shop\" (write service/default/web)",
        ],
    );
    check(
        "services:",
        "scalableTargets: [{ ResourceId: service/default/web, MinCapacity: 3, MaxCapacity: 2 \
         }]\n  services:",
        &["error aws.scalableTargets.web.MaxCapacity: MaxCapacity 2 is less than MinCapacity 3"],
    );
    check(
        "services:",
        "scalingPolicies: [{ ResourceId: service/default/web, PolicyName: a, PolicyType: \
         PredictiveScaling }]\n  services:",
        &["error aws.scalingPolicies.a: \"PredictiveScalingPolicyConfiguration\" is missing"],
    );
    check(
        "services:",
        "scalableTargets: [{ ResourceId: service/default/web, MinCapacity: 1, MaxCapacity: 2 \
         }]\n  scalingPolicies: [{ ResourceId: service/default/web, PolicyName: a, PolicyType: \
         TargetTrackingScaling, TargetTrackingScalingPolicyConfiguration: { TargetValue: 50, \
         PredefinedMetricSpecification: { PredefinedMetricType: ALBRequestCountPerTarget } } \
         }]\n  services:",
        &["error \
         aws.scalingPolicies.a.TargetTrackingScalingPolicyConfiguration.PredefinedMetricSpecification.PredefinedMetricType: \
         the service has no target group, so nothing counts its requests (give the service \
         loadBalancers, or track another metric)"],
    );
    check(
        "services:",
        "subnets: [{ SubnetId: subnet-1, AvailabilityZone: us-west-2a }]\n  services:",
        &[
            "error aws.subnets.subnet-1.AvailabilityZone: \"us-west-2a\" is no zone of us-east-1 \
         (zones go like us-east-1a)",
        ],
    );
}

#[test]
fn what_is_wrong_with_demand() {
    check_more(
        "world: { demand: { wep: { rate: 20/s } } }",
        &["error world.demand.wep: there is no service or program \"wep\" (did you mean \"web\"?)"],
    );
    check_more(
        "world: { demand: { web: { rate: 20 } } }",
        &[
            "error world.demand.web.rate: \"20\" has no period, a rate needs one (write it with a \
         period, like 20/s, 800/min or 1500/5min)",
        ],
    );
    check_more(
        "world: { demand: { web: { rate: { noise: { cv: 0.1, every: 1m } } } } }",
        &[
            "error world.demand.web.rate: it acts on other rates and there is none: put it into a \
         `sum` with one (noise)",
        ],
    );
    check_more(
        "world: { demand: { web: { rate: { sum: [{ constant: 20/s }, { weekly: [1, 2] }] } } \
         } }",
        &[
            "error world.demand.web.rate.sum[1].weekly: found 2 factors, expected seven, Monday \
         first",
        ],
    );
    check_more(
        "world: { demand: { web: { rate: { daily: { low: 5/s, high: 1/s, peak: \"14:00\" } } \
         } } }",
        &["error world.demand.web.rate: `low` (5/s) is above `high` (1/s) (daily)"],
    );
    check_more(
        "world: { demand: { web: { rate: { trace: nowhere.csv, unit: requests/5min } } } }",
        &[
            "error world.demand.web.rate.trace: nowhere.csv: there is no such file (paths of \
         traces are relative to the scenario file that names them)",
        ],
    );
    check_more(
        "world: { demand: { web: { rate: 20/s, timeout: 10, conections: 1 } } }",
        &[
            "error world.demand.web.timeout: \"10\" has no unit, a duration needs one (write it \
         with units, like 200ms, 10s, 1h 30m or 7d)",
            "error world.demand.web: unknown field \"conections\" (did you mean \"connections\"?)",
        ],
    );
}

#[test]
fn what_is_wrong_with_work_and_latencies() {
    check_more(
        "world: { work: { web: { health: { fails: 10 % } } } }",
        &[
            "warning world.work.web: nothing checks the health of web: its services have no target \
         group, and its containers no healthCheck",
        ],
    );
    check_more(
        "world: { work: { web: { exit: { codes: { 0: 90 % } } } } }",
        &[
            "error world.work.web.exit.codes: the shares of the exit codes add up to 90 %, not \
         100 %",
        ],
    );
    check_more(
        "world: { work: { wep: { cpu: 1ms } } }",
        &["error world.work.wep: there is no task definition \"wep\" (did you mean \"web\"?)"],
    );
    check_more(
        "world: { work: { \"web:2\": { cpu: 1ms } } }",
        &["warning world.work.web:2: there is no task definition web:2, so this has no effect"],
    );
    check_more(
        "world: { latencies: { default: { eni: { distribution: lognormal, mean: 4s } } } }",
        &["error world.latencies.default.eni: \"cv\" is missing"],
    );
    check_more(
        "world: { latencies: { FARGAT: { eni: 4s } } }",
        &[
            "error world.latencies.FARGAT: there is no capacity provider \"FARGAT\" (did you mean \
         \"FARGATE\"?)",
        ],
    );
}

#[test]
fn what_is_wrong_with_costs_from_a_dashboard() {
    let cpu = |from: &str, expected: &[&str]| {
        check_more(
            &format!("world: {{ work: {{ web: {{ cpu: {{ from: {{ {from} }} }} }} }} }}"),
            expected,
        );
    };
    cpu(
        "cpuUtilization: 45 %",
        &["error world.work.web.cpu.from: \"requestsPerTarget\" is missing"],
    );
    cpu(
        "cpuUtilization: 12000 %, requestPerTarget: 800/min",
        &[
            "error world.work.web.cpu.from: \"requestsPerTarget\" is missing",
            "error world.work.web.cpu.from.cpuUtilization: \"12000 %\" is more than 10000 % (write it \
         in per cent, like 0.1 % or 98%)",
            "error world.work.web.cpu.from: unknown field \"requestPerTarget\" (did you mean \
         \"requestsPerTarget\"?)",
        ],
    );
    cpu(
        "cpuUtilization: 0 %, requestsPerTarget: 0/min",
        &[
            "error world.work.web.cpu.from.cpuUtilization: a CPU utilization of 0 % says nothing \
         about the cost of a request",
            "error world.work.web.cpu.from.requestsPerTarget: without requests nothing follows \
         about the cost of one",
        ],
    );
    cpu(
        "cpuUtilization: 400 %, requestsPerTarget: 800/min",
        &[
            "warning world.work.web.cpu.from.cpuUtilization: a task on Fargate never uses more than its \
         CPU, one on instances may (this is read as so much more than the task definition's cpu)",
        ],
    );
    cpu(
        "cpuUtilization: 100 %, requestsPerTarget: 800/min",
        &[
            "warning world.work.web.cpu.from.cpuUtilization: at 100 % the CPU was full: the cost \
         that follows is the least it can be (take a time at which the CPU was not full)",
        ],
    );
    check_more(
        "world: { work: { web: { cpu: { form: 1 } } } }",
        &[
            "error world.work.web.cpu: \"from\" is missing",
            "error world.work.web.cpu: unknown field \"form\" (did you mean \"from\"?)",
        ],
    );
    check_more(
        "world: { work: { web: { idle: 0.2 vCPU, cpu: { from: { cpuUtilization: 45 %, \
         requestsPerTarget: 800/min } } } } }",
        &[
            "error world.work.web.cpu.from: 0.113 vCPU in use are no more than the 0.200 of an \
         idle task (check world.work's idle, and the size of the task (taskCpu))",
        ],
    );
    check_more(
        "world: { work: { web: { cpu: 20ms, wait: { from: { responseTime: 60ms } } } } }",
        &[
            "error world.work.web.wait.from.responseTime: a response after 60.0 ms is sooner than \
         the 80.0 ms that its CPU takes alone (cpu is 20.0 ms: look at both on tasks of one size, \
         at low load)",
        ],
    );
}

#[test]
fn a_size_set_from_outside_wants_the_measured_one() {
    let hello = HELLO.replace("memory: 512", "memory: 1024");
    let text = format!(
        "{hello}world: {{ work: {{ web: {{ cpu: {{ from: {{ cpuUtilization: 45 %, \
         requestsPerTarget: 800/min }} }} }} }} }}\n"
    );
    let options = LoadOptions {
        set: vec![("aws.taskDefinitions.web.cpu".to_owned(), "512".to_owned())],
        ..LoadOptions::default()
    };
    let failure = load_text("a.yaml", &text, &options).unwrap_err();
    let found = failure.diagnostics.items().last().unwrap();
    assert_eq!(
        found.message,
        "taskCpu is missing: the task's cpu is set from outside, so its size is no longer the one \
         that was measured"
    );
    let text = text.replace("800/min", "800/min, taskCpu: 256");
    let cpu_s = |text: &str| {
        loaded_with(text, &options).plan.task_definitions[0]
            .work
            .cpu_s
    };
    assert!((cpu_s(&text) - 0.45 * 0.25 * 60.0 / 800.0).abs() < 1e-12);
}

#[test]
fn what_is_wrong_with_spot_prices_and_streams() {
    check_more(
        "world: { spot: { preset: scarce } }",
        &[
            "error world.spot.preset: Fargate Spot has no preset scarce, which is fitted to GPU \
         types: use pessimistic",
        ],
    );
    check_more(
        "world: { spot: { frequency: 3 } }",
        &[
            "error world.spot.frequency: \"3\" has no per cent sign, a share needs one (write it \
         in per cent, like 0.1 % or 98%)",
        ],
    );
    check_more(
        "world: { spot: { advanced: { familyShare: 90 %, zoneShare: 20 % } } }",
        &["error world.spot: familyShare and zoneShare add up to 1.1; at most 1 is possible"],
    );
    check_more(
        "world: { prices: { fargate_vcpu_hour: 0.04 USD } }",
        &[
            "error world.prices.fargate_vcpu_hour: there is no price \"fargate_vcpu_hour\" (did \
         you mean \"fargate_vcpu_hour_arm\" or \"fargate_vcpu_hour_x86\"?)",
        ],
    );
    check_more(
        "world: { prices: { savingsPlan: { compute: 4.00 USD/h } } }",
        &[
            "error world.prices.savingsPlan: a Savings Plan stands among the commitments \
         (commitments: [{ plan: compute, commitment: 4.00 USD/h, savings: 27 % }])",
        ],
    );
    check_more(
        "world: { streams: { wep: api } }",
        &[
            "error world.streams.wep: there is no service, program, group or zone \"wep\" (did you mean \
         \"web\"?)",
        ],
    );
    check_more(
        "world: { failures: { instances: { mttf: 400d } } }",
        &[
            "error world.failures: world.failures is not simulated yet (world.instances has what \
             instances lack and lose: shortages and launchFailures of groups, failures and \
             disconnects of one's own machines)",
        ],
    );
}

#[test]
fn what_is_wrong_with_timeline_objectives_sweep_and_record() {
    check_more(
        "timeline: [{ at: \"03:00\", deploy: { service: web } }]",
        &[
            "error timeline[0].at: a time of day alone names no day (add every: 1d, or write an \
         offset like 2d 14h, or an instant)",
        ],
    );
    check_more(
        "timeline: [{ at: 2h, deploy: { service: web } }]",
        &[
            "warning timeline[0]: this lies beyond the run's end and never happens (the run \
             lasts 1h: let it be longer, or this earlier)",
        ],
    );
    check_more(
        "timeline: [{ at: 10m, priceChange: { all: 5, fargate_vcpu_hour: 1 %, \
         capacityProviders: { FARGATE_SPOTS: 2 % }, instanceTypes: { m6i.larg: 2 USD } } }]",
        &[
            "error timeline[0].priceChange.all: \"5\" is no change of a price (write 5 % for \
             more, -10 % for less)",
            "error timeline[0].priceChange.fargate_vcpu_hour: there is no price \
             \"fargate_vcpu_hour\" (did you mean \"fargate_vcpu_hour_arm\" or \
             \"fargate_vcpu_hour_x86\"?)",
            "error timeline[0].priceChange.capacityProviders.FARGATE_SPOTS: there is no capacity \
             provider of the scenario \"FARGATE_SPOTS\" (did you mean \"FARGATE_SPOT\"?)",
            "error timeline[0].priceChange.instanceTypes[m6i.larg]: there is no instance type \
             \"m6i.larg\" (did you mean \"m6i.large\"?)",
            "error timeline[0].priceChange.instanceTypes[m6i.larg]: \"2 USD\" is no change of a \
             price (write 5 % for more, -10 % for less)",
        ],
    );
    check_more(
        "timeline: [{ at: 10m, outage: { availabilityZone: us-east-1q, for: 45m } }]",
        &[
            "error timeline[0].outage.availabilityZone: there is no Availability Zone of the \
         scenario \"us-east-1q\" (did you mean \"us-east-1a\", \"us-east-1b\" or \"us-east-1c\"?)",
        ],
    );
    check_more(
        "timeline: [{ at: 10m, drought: { capacityProvider: FARGATE, for: 0s } }]",
        &[
            "error timeline[0].drought.capacityProvider: there is no capacity provider with Spot \
         \"FARGATE\" (known here: FARGATE_SPOT)",
            "error timeline[0].drought.for: it lasts no time",
        ],
    );
    check_more(
        "timeline: [{ at: 10m, instanceRefresh: { AutoScalingGroupName: machines } }]",
        &[
            "error timeline[0].instanceRefresh.AutoScalingGroupName: there is no Auto Scaling \
         group \"machines\"",
        ],
    );
    check_more(
        "timeline: [{ at: 10m, update: { service: wep, desiredCount: 3 } }]",
        &["error timeline[0].update.service: there is no service \"wep\" (did you mean \"web\"?)"],
    );
    check_more(
        "timeline: [{ at: 10m, run: { taskDefinition: web, launchType: FARGATE, count: 20000 \
         } }]",
        &["error timeline[0].run.count: 20000 is not a whole number between 1 and 10000"],
    );
    check_more(
        "objectives: [{ metric: TargetResponseTimes, below: 1s }]",
        &[
            "error objectives[0].metric: \"TargetResponseTimes\" is not one of the values here \
         (did you mean \"TargetResponseTime\"?)",
        ],
    );
    check_more(
        "objectives: [{ metric: TargetResponseTime, below: 1s, above: 2s }]",
        &["error objectives[0]: an objective has either below or above"],
    );
    check_more(
        "objectives: [{ metric: Cost, of: total, per: month, below: 1200 }]",
        &[
            "error objectives[0].below: \"1200\" has no currency, an amount of money needs one \
         (write it in US dollars, like 1200 USD)",
        ],
    );
    check_more(
        "objectives: [{ metric: TargetResponseTime, stat: q99, below: 1s, in: 99 % of hours }]",
        &[
            "error objectives[0].stat: \"q99\" is no statistic (write Average, Minimum, Maximum, \
         Sum, or a percentile like p99 or p99.9)",
            "error objectives[0].in: \"99 % of hours\" is no share of minutes above 0 (write it \
         like 99.9 % of minutes)",
        ],
    );
    check_more(
        "objectives: [{ metric: Interruptions, stat: p99, below: 3, in: 99 % of minutes }]",
        &[
            "error objectives[0].stat: Interruptions has no such statistic (leave out stat: it is \
         one number)",
            "error objectives[0].in: Interruptions is of the whole run, not of minutes (leave out \
         in; of several runs, probability says in how many it holds)",
        ],
    );
    check_more(
        "objectives: [{ metric: RunningTaskCount, stat: p99, above: 1, probability: 0 % }]",
        &[
            "error objectives[0].stat: RunningTaskCount has no such statistic (write Average, \
         Minimum or Maximum; response times and delays have percentiles too)",
            "error objectives[0].probability: what holds with a probability of 0 always holds \
         (write a share above 0, like 95 %)",
        ],
    );
    check_more(
        "sweep: { parameters: { a: { path: aws.services.wep.desiredCount, values: [1] } } }",
        &[
            "error sweep.parameters.a.path: the path \"aws.services.wep.desiredCount\" leads \
         nowhere: aws.services has no entry \"wep\" (did you mean \"web\"?)",
        ],
    );
    check_more(
        "sweep: { parameters: { a: { path: aws.services.web.desiredCount, values: [1, 1] } } }",
        &["error sweep.parameters.a.values[1]: a second value \"1\" stands here"],
    );
    check_more(
        "sweep: { parameters: { a: { path: aws.services.web.desiredCount, values: [1, 1.0] }, b: { \
         path: objectives, values: [[]] } } }",
        &[
            "error sweep.parameters.a.values[1]: a second value \"1.0\" stands here",
            "error sweep.parameters.b.path: a sweep judges all cells by the same objectives (write \
         each bound as an objective of its own)",
        ],
    );
    check_more(
        "sweep: { parameters: { a: { path: aws.services.web.desiredCount, values: [1, 2] }, b: { \
         path: \"aws.services[0].desiredCount\", values: [3, 4] }, c: { path: aws.services.web, \
         values: [x] } } }",
        &[
            "error sweep.parameters.b: the parameter a sets aws.services.web.desiredCount, which \
         aws.services[0].desiredCount is, holds or is part of (one parameter a path: put all its values \
         into one list)",
            "error sweep.parameters.c: the parameter a sets aws.services.web.desiredCount, which \
         aws.services.web is, holds or is part of (one parameter a path: put all its values into one list)",
        ],
    );
    check_more(
        "record: { metrics: 90s }",
        &["error record.metrics: 1m 30s is no multiple of 60s, the period of ECS's metrics"],
    );
    check_more(
        "timeline: [{ at: 1m, update: { service: web, desiredCount: 4, propagateTags: \
         SERVICE, enableX: 1 } }]",
        &[
            "note : no effect here: propagateTags (UpdateServiceRequest)",
            "error timeline[0].update: unknown field \"enableX\"",
        ],
    );
}

/// AWS KMS pricing: a key that waits for its deletion costs nothing; one that is disabled does.
#[test]
fn keys_that_wait_for_their_deletion_are_not_paid() {
    let billed = |keys: &str| {
        let text = HELLO.replace("  services:", &format!("  keys: [{keys}]\n  services:"));
        loaded(&text).plan.boundary.billed.keys
    };
    let disabled = "{ KeyId: a }, { KeyId: b, KeyState: Disabled }";
    assert_eq!(billed(disabled), 2);
    let leaving = "{ KeyId: c, KeyState: PendingDeletion }, { KeyId: d, KeyManager: AWS }";
    assert_eq!(billed(&format!("{disabled}, {leaving}")), 2);
}
