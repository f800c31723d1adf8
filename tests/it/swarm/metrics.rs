//! Metrics of 20 s, and target tracking of metrics that are no predefined ones.

use super::generator::{Scene, ServiceFacts};

/// Gives some services metrics of 20 s.
pub(super) fn add(scene: &mut Scene) {
    for at in 0..scene.services.len() {
        let name = scene.services[at].name.clone();
        let mut dice = scene.dice_of(&format!("metrics of {name}"));
        if !dice.percent(8) {
            continue;
        }
        let fine: &[&'static str] = match dice.between(0, 2) {
            0 => &["CPUUtilization"],
            1 => &["MemoryUtilization"],
            _ => &["CPUUtilization", "MemoryUtilization"],
        };
        let begin = format!("- {{ serviceName: {name}, ");
        let monitored = format!(
            "{begin}monitoring: {{ metricConfigurations: [{{ metricNames: [{}], resolutionSeconds: \
             20 }}] }}, ",
            fine.join(", ")
        );
        scene.draft = scene.draft.map(|block, line| match block {
            "aws.services" => line.replacen(&begin, &monitored, 1),
            _ => line.to_owned(),
        });
        scene.services[at].fine = fine.to_vec();
    }
}

/// A policy that tracks a queue's backlog, by itself or by task, or a service's own metric as one
/// of its own; `None`: none of them.
pub(super) fn policy(scene: &Scene, facts: &ServiceFacts) -> Option<String> {
    let name = &facts.name;
    let mut dice = scene.dice_of(&format!("custom metric of {name}"));
    let target = dice.pick(&["0.001", "1", "40", "100000"]);
    let metric = |namespace: &str, metric: &str, dimension: &str| {
        format!("Namespace: {namespace}, MetricName: {metric}, Dimensions: [{dimension}]")
    };
    let of_service = format!("{{ Name: ServiceName, Value: {name} }}");
    let custom = match &facts.queue {
        Some(queue) if dice.percent(80) => {
            let visible = metric(
                "AWS/SQS",
                "ApproximateNumberOfMessagesVisible",
                &format!("{{ Name: QueueName, Value: {queue} }}"),
            );
            let running = metric("ECS/ContainerInsights", "RunningTaskCount", &of_service);
            match dice.percent(30) {
                true => format!("{visible}, Statistic: Average"),
                false => {
                    let words = dice.pick(&["m1 / m2", "m1 / (m2 + 1)", "100 * m1 - m2"]);
                    let source = |id: &str, metric: &str| {
                        format!(
                            "{{ Id: {id}, MetricStat: {{ Metric: {{ {metric} }}, Stat: Average }}, \
                             ReturnData: false }}"
                        )
                    };
                    format!(
                        "Metrics: [{}, {}, {{ Id: e1, Expression: {words} }}]",
                        source("m1", &visible),
                        source("m2", &running)
                    )
                }
            }
        }
        None if dice.percent(10) => {
            let own = metric("AWS/ECS", "CPUUtilization", &of_service);
            format!("{own}, Statistic: Average")
        }
        _ => return None,
    };
    Some(format!(
        "- {{ ResourceId: service/default/{name}, PolicyName: own, PolicyType: \
         TargetTrackingScaling, TargetTrackingScalingPolicyConfiguration: {{ TargetValue: {target}, \
         CustomizedMetricSpecification: {{ {custom} }} }} }}"
    ))
}
