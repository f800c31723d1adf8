//! Amazon Resource Names: where AWS wants an ARN a name will do, so an ARN is cut down to its name.

/// The name inside an ARN; a text that is no ARN is a name already.
///
/// ```
/// use fleetcast::scenario::arn::arn_name;
/// assert_eq!(arn_name("arn:aws:ecs:us-east-1:012345678901:service/shop/api"), "api");
/// assert_eq!(arn_name("arn:aws:ecs:us-east-1:012345678901:task-definition/api:7"), "api:7");
/// assert_eq!(arn_name("api"), "api");
/// ```
pub fn arn_name(text: &str) -> &str {
    let mut parts = text.splitn(6, ':');
    let Some(resource) = parts.nth(5).filter(|_| text.starts_with("arn:")) else {
        return text;
    };
    // arn:aws:autoscaling:…:autoScalingGroup:<uuid>:autoScalingGroupName/<name>
    if let Some((_, name)) = resource.split_once("autoScalingGroupName/") {
        return name.split(':').next().unwrap_or(name);
    }
    // An alarm's own name may have slashes: Application Auto Scaling's have.
    if let Some(name) = resource.strip_prefix("alarm:") {
        return name;
    }
    let mut segments = resource.split('/');
    let kind = segments.next().unwrap_or(resource);
    match kind {
        // targetgroup/<name>/<id>
        "targetgroup" => segments.next().unwrap_or(resource),
        // loadbalancer/app/<name>/<id>, loadbalancer/net/…; a classic one is loadbalancer/<name>.
        "loadbalancer" => match (segments.next(), segments.next()) {
            (Some(_), Some(name)) => name,
            (Some(name), None) => name,
            (None, _) => resource,
        },
        _ if resource.contains('/') => resource.rsplit('/').next().unwrap_or(resource),
        // SQS and SNS have nothing but the name.
        _ => resource,
    }
}

/// The name of a Lambda function, which its ARN has between `function:` and an alias or version.
///
/// ```
/// use fleetcast::scenario::arn::function_name;
/// let arn = "arn:aws:lambda:us-east-1:012345678901:function:smoke-test";
/// assert_eq!(function_name(arn), "smoke-test");
/// assert_eq!(function_name(&format!("{arn}:live")), "smoke-test");
/// assert_eq!(function_name("smoke-test"), "smoke-test");
/// ```
pub fn function_name(target: &str) -> &str {
    match target.split_once(":function:") {
        Some((_, name)) => name.split(':').next().unwrap_or(name),
        None => arn_name(target),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_arn_is_cut_down_to_the_name_of_its_resource() {
        // The ARNs of the examples in AWS's API models (botocore 1.44.5), names shortened.
        let rows = [
            ("arn:aws:ecs:us-east-1:012345678901:service/api", "api"),
            (
                "arn:aws-cn:ecs:cn-north-1:012345678901:cluster/shop",
                "shop",
            ),
            (
                "arn:aws:ecs:us-east-1:012345678901:capacity-provider/cp-1",
                "cp-1",
            ),
            (
                "arn:aws:elasticloadbalancing:us-east-1:012345678901:targetgroup/web/73e2d6bc24d8",
                "web",
            ),
            (
                "arn:aws:elasticloadbalancing:us-east-1:012345678901:loadbalancer/app/front/50dc6",
                "front",
            ),
            (
                "arn:aws:autoscaling:us-east-1:012345678901:autoScalingGroup:be0b-11:\
                 autoScalingGroupName/ecs-asg",
                "ecs-asg",
            ),
            ("arn:aws:sqs:us-east-1:012345678901:jobs", "jobs"),
            (
                "arn:aws:cloudwatch:us-east-1:012345678901:alarm:high-cpu",
                "high-cpu",
            ),
            (
                "arn:aws:cloudwatch:us-east-1:012345678901:alarm:TargetTracking-service/shop/api-High",
                "TargetTracking-service/shop/api-High",
            ),
            (
                "arn:aws:autoscaling:us-east-1:012345678901:scalingPolicy:6d8972f3:\
                 resource/ecs/service/shop/api:policyName/cpu",
                "cpu",
            ),
            ("service/shop/api", "service/shop/api"),
            ("", ""),
            ("arn:", "arn:"),
        ];
        for (arn, name) in rows {
            assert_eq!(arn_name(arn), name, "{arn}");
        }
    }
}
