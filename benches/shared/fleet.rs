//! A scenario of many services with target tracking, whose demand changes every five minutes.

use std::fmt::Write;

/// The scenario's text: `services` services on Fargate for `days` days. Each has a day and 3 % of
/// noise, 2 to 40 tasks, its CPU tracked to 50 %; requests share their task's CPU.
pub fn scenario(services: usize, days: u32) -> String {
    let mut text = format!(
        "fleetcast: 1
name: fleet
run: {{ start: 2026-03-02T00:00:00Z, duration: {days}d, timeZone: Europe/Berlin, seed: 1 }}
record: summary
aws:
  region: us-east-1
  cluster: {{ clusterName: fleet, capacityProviders: [FARGATE] }}
"
    );
    let mut section = |head: &str, entry: &dyn Fn(usize) -> String| {
        text.push_str(head);
        for index in 0..services {
            writeln!(text, "    {}", entry(index)).expect("a string takes everything");
        }
    };
    section("  taskDefinitions:\n", &|i| {
        format!(
            "- {{ family: s{i}, cpu: \"512\", memory: \"1024\", networkMode: awsvpc, \
             requiresCompatibilities: [FARGATE], containerDefinitions: \
             [{{ name: app, image: \"s:1\", portMappings: [{{ containerPort: 80 }}] }}] }}"
        )
    });
    section("  targetGroups:\n", &|i| {
        format!(
            "- {{ TargetGroupName: s{i}, Protocol: HTTP, attributes: {{ \
             load_balancing.algorithm.type: least_outstanding_requests, \
             deregistration_delay.timeout_seconds: 60 }} }}"
        )
    });
    section("  services:\n", &|i| {
        format!(
            "- {{ serviceName: s{i}, taskDefinition: s{i}, desiredCount: 4, \
             capacityProviderStrategy: [{{ capacityProvider: FARGATE, weight: 1 }}], \
             loadBalancers: [{{ targetGroupArn: s{i}, containerName: app, containerPort: 80 }}] }}"
        )
    });
    section("  scalableTargets:\n", &|i| {
        format!(
            "- {{ ResourceId: service/fleet/s{i}, ScalableDimension: \
             \"ecs:service:DesiredCount\", MinCapacity: 2, MaxCapacity: 40 }}"
        )
    });
    section("  scalingPolicies:\n", &|i| {
        format!(
            "- {{ ResourceId: service/fleet/s{i}, ScalableDimension: \
             \"ecs:service:DesiredCount\", PolicyName: cpu, PolicyType: TargetTrackingScaling, \
             TargetTrackingScalingPolicyConfiguration: {{ TargetValue: 50, \
             PredefinedMetricSpecification: {{ PredefinedMetricType: \
             ECSServiceAverageCPUUtilization }} }} }}"
        )
    });
    section("world:\n  demand:\n", &|i| {
        let (low, high, peak) = ((60 + i * 37 % 100) / 4, 60 + i * 37 % 100, 8 + i % 12);
        format!(
            "s{i}: {{ timeout: 10s, rate: {{ sum: [ {{ daily: {{ low: {low}/s, high: {high}/s, \
             peak: \"{peak:02}:00\", every: 5min }} }}, {{ noise: {{ cv: 0.03, every: 5min }} }} \
             ] }} }}"
        )
    });
    section("  work:\n", &|i| {
        let (cpu, wait, cv) = (
            20 + i % 5 * 5,
            30 + i % 4 * 10,
            ["1", "1.2", "0.8", "1.5"][i % 4],
        );
        format!(
            "s{i}: {{ cpu: {cpu}ms, wait: {wait}ms, cv: {cv}, slots: 16, \
             memory: {{ base: 200MiB, perRequest: 1MiB }} }}"
        )
    });
    text
}
