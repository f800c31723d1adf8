//! A made-up cluster of any size as a scenario's text: what `fleetcast generate` prints, to see how
//! a plan of such a size plays before one has it, and how time and memory grow with it.

use std::fmt::Write;

/// How large a generated cluster is.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Size {
    /// Services, each with target tracking, a day of its own and a deployment a day.
    pub services: u32,
    /// Tasks of all services together at their busiest; 0: those services ask for at least.
    pub tasks: u32,
    /// Container instances at most; 0: everything is on Fargate.
    pub instances: u32,
    /// Days that are played.
    pub days: u32,
    /// The seed of the scenario.
    pub seed: u64,
}

/// Container instances of a cluster at most (ECS service quotas, 2026-11; AWS does not raise it).
const INSTANCES_QUOTA: u32 = 5_000;
/// Services of a cluster at most (ECS service quotas; AWS raises it if asked).
const SERVICES_QUOTA: u32 = 5_000;
/// Tasks that a service may desire (ECS service quotas; AWS raises it if asked).
const TASKS_QUOTA: u32 = 5_000;

/// What of a size is beyond ECS's quotas, in words.
pub fn beyond_quotas(size: &Size) -> Vec<String> {
    let asked = "AWS raises it if asked";
    let quotas = [
        (
            size.services,
            SERVICES_QUOTA,
            "services in a cluster",
            asked,
        ),
        (
            size.instances,
            INSTANCES_QUOTA,
            "container instances in a cluster",
            "a fixed one",
        ),
        (busiest(size), TASKS_QUOTA, "tasks of one service", asked),
    ];
    let beyond = quotas.into_iter().filter(|(has, quota, ..)| quota < has);
    let words =
        beyond.map(|(has, quota, what, how)| format!("{has} {what}: the quota is {quota}, {how}"));
    words.collect()
}

/// Of a task: CPU units, and CPU time of a request in milliseconds.
const TASK_CPU: u32 = 512;
const REQUEST_MS: u32 = 20;
/// Requests a second of a task at its target of 50 %.
const RATE_PER_TASK: f64 = 0.5 * (TASK_CPU as f64 / 1024.0) * 1_000.0 / REQUEST_MS as f64;
/// Target groups that a load balancer takes (quota of Elastic Load Balancing, 2026-11).
const GROUPS_OF_BALANCER: u32 = 100;
/// The quiet hours' share of the busiest.
const LOW: f64 = 0.3;
const MINUTES_OF_DAY: u32 = 24 * 60;

/// The scenario's text.
pub fn text(size: &Size) -> String {
    let mut text = head(size);
    if 0 < size.instances {
        instances(&mut text, size.instances);
    }
    aws(&mut text, size);
    world(&mut text, size);
    timeline(&mut text, size);
    text
}

fn head(size: &Size) -> String {
    let Size {
        services,
        tasks,
        instances,
        days,
        seed,
    } = size;
    let provider = provider(size);
    let beyond: String = beyond_quotas(size)
        .iter()
        .map(|what| format!("# Beyond ECS's quotas: {what}.\n"))
        .collect();
    format!(
        "# Made up by fleetcast generate: {services} services, {tasks} tasks at their busiest, \
         {instances} instances at most, {days} days.
{beyond}fleetcast: 1
name: generated
run: {{ start: 2026-03-02T00:00:00Z, duration: {days}d, seed: {seed} }}
record: summary
aws:
  region: us-east-1
  cluster: {{ clusterName: fleet, capacityProviders: [{provider}] }}
"
    )
}

fn provider(size: &Size) -> &'static str {
    match size.instances {
        0 => "FARGATE",
        _ => "machines",
    }
}

fn instances(text: &mut String, most: u32) {
    let _ = write!(
        text,
        "  launchTemplates: [{{ LaunchTemplateName: ecs, LaunchTemplateData: {{ InstanceType: \
         m6i.4xlarge }}, ecsConfig: {{ ECS_CLUSTER: fleet, ECS_RESERVED_MEMORY: 256 }} }}]
  autoScalingGroups:
    - AutoScalingGroupName: machines
      MinSize: 0
      MaxSize: {most}
      AvailabilityZones: [us-east-1a, us-east-1b, us-east-1c]
      NewInstancesProtectedFromScaleIn: true
      LaunchTemplate: {{ LaunchTemplateName: ecs, Version: \"1\" }}
  capacityProviders:
    - name: machines
      autoScalingGroupProvider:
        autoScalingGroupArn: machines
        managedScaling: {{ status: ENABLED, targetCapacity: 100 }}
        managedTerminationProtection: ENABLED
"
    );
}

/// A line for each service under a heading.
fn section(text: &mut String, head: &str, services: u32, entry: impl Fn(u32) -> String) {
    text.push_str(head);
    for index in 0..services {
        text.push_str("    ");
        text.push_str(&entry(index));
        text.push('\n');
    }
}

fn aws(text: &mut String, size: &Size) {
    let (services, provider) = (size.services, provider(size));
    let (kind, mode, target, spread) = match size.instances {
        0 => ("FARGATE", "awsvpc", "ip", ""),
        _ => (
            "EC2",
            "bridge",
            "instance",
            ", placementStrategy: [{ type: spread, field: \"attribute:ecs.availability-zone\" }, \
             { type: binpack, field: memory }]",
        ),
    };
    section(text, "  taskDefinitions:\n", services, |at| {
        format!(
            "- {{ family: s{at}, cpu: \"{TASK_CPU}\", memory: \"1024\", networkMode: {mode}, \
             requiresCompatibilities: [{kind}], containerDefinitions: [{{ name: app, image: \
             \"s{at}:1\", portMappings: [{{ containerPort: 80 }}] }}] }}"
        )
    });
    let balancers = services.div_ceil(GROUPS_OF_BALANCER);
    section(text, "  loadBalancers:\n", balancers, |at| {
        format!("- {{ LoadBalancerName: lb{at}, Scheme: internal }}")
    });
    section(text, "  targetGroups:\n", services, |at| {
        let balancer = at / GROUPS_OF_BALANCER;
        format!(
            "- {{ TargetGroupName: s{at}, TargetType: {target}, LoadBalancerArns: [lb{balancer}], \
             attributes: {{ deregistration_delay.timeout_seconds: 60 }} }}"
        )
    });
    let least = least(size);
    section(text, "  services:\n", services, |at| {
        format!(
            "- {{ serviceName: s{at}, taskDefinition: s{at}, desiredCount: {least}, \
             capacityProviderStrategy: [{{ capacityProvider: {provider}, weight: 1 }}]{spread}, \
             loadBalancers: [{{ targetGroupArn: s{at}, containerName: app, containerPort: 80 }}] \
             }}"
        )
    });
    let most = 2 * busiest(size);
    section(text, "  scalableTargets:\n", services, |at| {
        format!(
            "- {{ ResourceId: service/fleet/s{at}, MinCapacity: {least}, MaxCapacity: {most} }}"
        )
    });
    section(text, "  scalingPolicies:\n", services, |at| {
        format!(
            "- {{ ResourceId: service/fleet/s{at}, PolicyName: cpu, PolicyType: \
             TargetTrackingScaling, TargetTrackingScalingPolicyConfiguration: {{ TargetValue: 50, \
             PredefinedMetricSpecification: {{ PredefinedMetricType: \
             ECSServiceAverageCPUUtilization }} }} }}"
        )
    });
}

/// Tasks of a service at its busiest, and at the least.
fn busiest(size: &Size) -> u32 {
    (size.tasks / size.services.max(1)).max(1)
}

fn least(size: &Size) -> u32 {
    ((f64::from(busiest(size)) * LOW) as u32).max(1)
}

fn world(text: &mut String, size: &Size) {
    let high = f64::from(busiest(size)) * RATE_PER_TASK;
    section(text, "world:\n  demand:\n", size.services, |at| {
        // Peaks lie between 9 and 17 o'clock, so that all services are busy together.
        let peak = 9 * 60 + at * 480 / size.services.max(1);
        let (hour, minute) = (peak / 60, peak % 60);
        format!(
            "s{at}: {{ timeout: 10s, rate: {{ daily: {{ low: {:.1}/s, high: {high:.1}/s, peak: \
             \"{hour:02}:{minute:02}\", every: 5min }} }} }}",
            LOW * high
        )
    });
    let _ = write!(
        text,
        "  work:
    default: {{ cpu: {REQUEST_MS}ms, wait: 30ms, cv: 1, slots: 16, memory: {{ base: 200MiB, \
         perRequest: 1MiB }} }}
"
    );
}

/// A deployment of each service once a day, evenly spread.
fn timeline(text: &mut String, size: &Size) {
    text.push_str("timeline:\n");
    for at in 0..size.services {
        let minute = u64::from(at) * u64::from(MINUTES_OF_DAY) / u64::from(size.services.max(1));
        let (hour, minute) = (minute / 60, minute % 60);
        let _ = writeln!(
            text,
            "  - {{ at: \"{hour:02}:{minute:02}\", every: 1d, deploy: {{ service: s{at} }} }}"
        );
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::scenario::{LoadOptions, load_text};

    #[test]
    fn what_is_beyond_a_quota_is_said() {
        let largest = Size {
            services: 5_000,
            tasks: 100_000,
            instances: 5_000,
            days: 1,
            seed: 1,
        };
        assert_eq!(beyond_quotas(&largest), [""; 0]);
        assert!(!text(&largest).contains("Beyond"));
        let larger = Size {
            services: 5_001,
            instances: 5_001,
            ..largest
        };
        let said = [
            "5001 services in a cluster: the quota is 5000, AWS raises it if asked",
            "5001 container instances in a cluster: the quota is 5000, a fixed one",
        ];
        assert_eq!(beyond_quotas(&larger), said);
        assert!(text(&larger).contains(said[1]));
        let one = Size {
            services: 1,
            tasks: 5_001,
            ..largest
        };
        let said = ["5001 tasks of one service: the quota is 5000, AWS raises it if asked"];
        assert_eq!(beyond_quotas(&one), said);
    }

    #[test]
    fn what_is_generated_loads_on_fargate_and_on_instances() {
        for instances in [0, 12] {
            let size = Size {
                services: 7,
                tasks: 140,
                instances,
                days: 2,
                seed: 1,
            };
            let loaded = load_text("generated.yaml", &text(&size), &LoadOptions::default());
            let loaded = loaded.unwrap_or_else(|failure| {
                panic!("{}", failure.diagnostics.render(&failure.sources, false))
            });
            assert_eq!(loaded.plan.services.len(), 7);
            assert_eq!(loaded.plan.timeline.len(), 14, "each a day");
            assert_eq!(loaded.plan.scalable_targets[3].max, 40);
        }
    }
}
