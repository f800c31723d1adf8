//! One broken scenario a message.

use super::*;

/// What loading says about a text: a line each, `severity path: message (help)`.
fn said(text: &str) -> Vec<String> {
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
    diagnostics.sorted().into_iter().map(line).collect()
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
fn probe() {
    let replaced = [
        ("fleetcast: 1", "fleetcast: 2"),
        ("fleetcast: 1\n", ""),
        ("duration: 1h", "duration: 0s"),
        ("duration: 1h", "duration: 11 y"),
        ("duration: 1h", "durations: 1h"),
        ("duration: 1h", "duration: 1h, timeZone: Berlin"),
        ("duration: 1h", "duration: 1h, fidelity: requests"),
        ("aws:", "whatIf: { spotFallback: { after: 1m } }\naws:"),
        ("aws:", "aws:\n  region: us-east-9"),
        (
            "aws:",
            "aws:\n  autoScalingGroups: [{ AutoScalingGroupName: a }]",
        ),
        ("aws:", "aws:\n  serivces: []"),
        (
            "aws:",
            "aws:\n  cluster: { capacityProviders: [FARGATE, my-asg] }",
        ),
        (
            "aws:",
            "aws:\n  cluster: { capacityProviders: [FARGATE_SPOT], tags: [] }",
        ),
        ("memory: 512", "memory: 3000"),
        ("memory: 512", "memory: 512, requiresCompatibilities: [EC2]"),
        ("memory: 512", "memory: 512, networkMode: bridge"),
        (
            "memory: 512",
            "memory: 512, ephemeralStorage: { sizeInGiB: 500 }",
        ),
        (
            "memory: 512",
            "memory: 512, containerDefinitions: [{ name: a, essential: false }]",
        ),
        (
            "memory: 512",
            "memory: 512, containerDefinitions: [{ name: a, cpu: 300 }]",
        ),
        (
            "memory: 512",
            "memory: 512, runtimePlatform: { operatingSystemFamily: WINDOWS_SERVER_2022_CORE }",
        ),
        ("family: web, cpu: 256", "family: web"),
        (
            "memory: 512 }",
            "memory: 512, volumes: [], tags: [] }\n    - { family: web, revision: 1, cpu: 256, memory: 512 }",
        ),
        ("taskDefinition: web", "taskDefinition: wep"),
        ("taskDefinition: web", "taskDefinition: \"web:4\""),
        (", launchType: FARGATE", ""),
        ("launchType: FARGATE", "launchType: EC2"),
        (
            "launchType: FARGATE",
            "capacityProviderStrategy: [{ capacityProvider: FARGATE, base: 1 }, { capacityProvider: FARGATE_SPOT, base: 1, weight: 1 }]",
        ),
        (
            "launchType: FARGATE",
            "capacityProviderStrategy: [{ capacityProvider: FARGATE }, { capacityProvider: FARGATE_SPOT }]",
        ),
        (
            "launchType: FARGATE",
            "capacityProviderStrategy: [{ capacityProvider: FARGATE_SPOTS, weight: 1 }]",
        ),
        (
            "launchType: FARGATE",
            "capacityProviderStrategy: [{ capacityProvider: FARGATE, weight: 1001 }]",
        ),
        (
            "launchType: FARGATE",
            "launchType: FARGATE, schedulingStrategy: DAEMON",
        ),
        (
            "launchType: FARGATE",
            "launchType: FARGATE, deploymentConfiguration: { strategy: BLUE_GREEN }",
        ),
        (
            "launchType: FARGATE",
            "launchType: FARGATE, deploymentConfiguration: { deploymentCircuitBreaker: { enable: true, rollback: true } }",
        ),
        (
            "launchType: FARGATE",
            "launchType: FARGATE, deploymentConfiguration: { minimumHealthyPercent: 100, maximumPercent: 100 }",
        ),
        (
            "launchType: FARGATE",
            "launchType: FARGATE, loadBalancers: [{ targetGroupArn: web, containerName: web, containerPort: 80 }]",
        ),
        (
            "launchType: FARGATE",
            "launchType: FARGATE, tags: [{ key: a, value: b }], availabilityZoneRebalancing: ENABLED",
        ),
        (
            "services:",
            "services:\n    - { serviceName: web, taskDefinition: web, launchType: FARGATE }",
        ),
        (
            "services:",
            "loadBalancers: [{ LoadBalancerName: a, Type: network }]\n  services:",
        ),
        (
            "services:",
            "targetGroups: [{ TargetGroupName: a, Protocol: TCP }]\n  services:",
        ),
        (
            "services:",
            "targetGroups: [{ TargetGroupName: a, attributes: { slow_start.duration_seconds: 30 } }]\n  services:",
        ),
        (
            "services:",
            "scalableTargets: [{ ResourceId: service/shop/web, MinCapacity: 1, MaxCapacity: 2 }]\n  services:",
        ),
        (
            "services:",
            "scalableTargets: [{ ResourceId: service/default/web, MinCapacity: 3, MaxCapacity: 2 }]\n  services:",
        ),
        (
            "services:",
            "scalingPolicies: [{ ResourceId: service/default/web, PolicyName: a, PolicyType: StepScaling }]\n  services:",
        ),
        (
            "services:",
            "scalableTargets: [{ ResourceId: service/default/web, MinCapacity: 1, MaxCapacity: 2 }]\n  scalingPolicies: [{ ResourceId: service/default/web, PolicyName: a, PolicyType: TargetTrackingScaling, TargetTrackingScalingPolicyConfiguration: { TargetValue: 50, PredefinedMetricSpecification: { PredefinedMetricType: ALBRequestCountPerTarget } } }]\n  services:",
        ),
        (
            "services:",
            "subnets: [{ SubnetId: subnet-1, AvailabilityZone: us-west-2a }]\n  services:",
        ),
        (
            "launchType: FARGATE",
            "launchType: FARGATE, networkConfiguration: { awsvpcConfiguration: { subnets: [subnet-2], assignPublicIp: YES } }",
        ),
    ];
    for (from, to) in replaced {
        println!("CASE1 {from:?}, {to:?}");
        for line in said(&HELLO.replace(from, to)) {
            println!("SAID {line}");
        }
    }
    let more = [
        "world: { demand: { wep: { rate: 20/s } } }",
        "world: { demand: { web: { rate: 20 } } }",
        "world: { demand: { web: { rate: { noise: { cv: 0.1, every: 1m } } } } }",
        "world: { demand: { web: { rate: { sum: [{ constant: 20/s }, { weekly: [1, 2] }] } } } }",
        "world: { demand: { web: { rate: { daily: { low: 5/s, high: 1/s, peak: \"14:00\" } } } } }",
        "world: { demand: { web: { rate: { trace: nowhere.csv, unit: requests/5min } } } }",
        "world: { demand: { web: { rate: 20/s, timeout: 10, conections: 1 } } }",
        "world: { work: { web: { cpu: { from: { cpuUtilization: 45 % } } } } }",
        "world: { work: { web: { exit: { codes: { 0: 90 % } } } } }",
        "world: { work: { wep: { cpu: 1ms } } }",
        "world: { work: { \"web:2\": { cpu: 1ms } } }",
        "world: { latencies: { default: { eni: { distribution: lognormal, mean: 4s } } } }",
        "world: { latencies: { FARGAT: { eni: 4s } } }",
        "world: { spot: { preset: scarce } }",
        "world: { spot: { frequency: 3 } }",
        "world: { spot: { advanced: { familyShare: 90 %, zoneShare: 20 % } } }",
        "world: { prices: { fargate_vcpu_hour: 0.04 USD } }",
        "world: { prices: { savingsPlan: { compute: 4.00 USD/h } } }",
        "world: { streams: { wep: api } }",
        "world: { failures: { instances: { mttf: 400d } } }",
        "timeline: [{ at: \"03:00\", deploy: { service: web } }]",
        "timeline: [{ at: 2h, deploy: { service: web } }]",
        "timeline: [{ at: 10m, outage: { availabilityZone: us-east-1a, for: 45m } }]",
        "timeline: [{ at: 10m, update: { service: wep, desiredCount: 3 } }]",
        "timeline: [{ at: 10m, run: { taskDefinition: web, launchType: FARGATE, count: 20000 } }]",
        "objectives: [{ metric: TargetResponseTimes, below: 1s }]",
        "objectives: [{ metric: TargetResponseTime, below: 1s, above: 2s }]",
        "objectives: [{ metric: Cost, of: total, per: month, below: 1200 }]",
        "objectives: [{ metric: TargetResponseTime, stat: q99, below: 1s, in: 99 % of hours }]",
        "sweep: { parameters: { a: { path: aws.services.wep.desiredCount, values: [1] } } }",
        "sweep: { parameters: { a: { path: aws.services.web.desiredCount, values: [1, 1] } } }",
        "record: { metrics: 90s }",
        "timeline: [{ at: 1m, update: { service: web, desiredCount: 4, propagateTags: SERVICE, enableX: 1 } }]",
    ];
    for more in more {
        println!("CASE2 {more:?}");
        for line in said(&format!("{HELLO}{more}\n")) {
            println!("SAID {line}");
        }
    }
    check("", "", &[]);
    check_more("", &[]);
}
