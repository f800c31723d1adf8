//! Why the checks of a task's target failed, as AWS names it: the codes of DescribeTargetHealth in
//! `explain`.

use super::explain::explain_tasks;
use super::home::loaded;

/// What is said of the first target that is unhealthy.
fn reason(text: &str) -> String {
    let plan = loaded(text).plan;
    let mut found = None;
    explain_tasks(&plan, &mut |told| {
        let mut facts = told.facts.iter().filter(|it| it.contains("unhealthy from"));
        if let (None, Some(fact)) = (&found, facts.next()) {
            let after = fact.split("unhealthy from").nth(1).unwrap_or_default();
            let code = after.split(['(', ')']).nth(1).unwrap_or_default();
            found = Some(code.to_owned());
        }
    });
    found.expect("a target is unhealthy")
}

fn shop(work: &str, (balancer, group): (&str, &str), inbound: &str) -> String {
    format!(
        "\
fleetcast: 1
run: {{ start: 2026-03-27T00:00:00Z, duration: 1h, begin: empty }}
aws:
  cluster: {{ clusterName: shop, capacityProviders: [FARGATE] }}
  taskDefinitions: [{{ family: web, cpu: 256, memory: 512 }}]
  subnets: [{{ SubnetId: subnet-a, AvailabilityZone: us-east-1a, CidrBlock: 10.0.1.0/24 }}]
  routeTables: [{{ RouteTableId: r, Associations: [{{ Main: true }}], Routes: [{{ DestinationCidrBlock: 0.0.0.0/0, GatewayId: igw-a }}] }}]
  securityGroups:
    - {{ GroupId: sg-lb, IpPermissions: [], IpPermissionsEgress: [{{ IpProtocol: \"-1\", IpRanges: [{{ CidrIp: 0.0.0.0/0 }}] }}] }}
    - {{ GroupId: sg-web, IpPermissions: [{inbound}], IpPermissionsEgress: [{{ IpProtocol: \"-1\", IpRanges: [{{ CidrIp: 0.0.0.0/0 }}] }}] }}
  loadBalancers: [{{ LoadBalancerName: shop, {balancer}Scheme: internet-facing, SecurityGroups: [sg-lb] }}]
  targetGroups: [{{ TargetGroupName: web, {group}HealthCheckIntervalSeconds: 10, LoadBalancerArns: [shop] }}]
  services:
    - {{ serviceName: web, taskDefinition: web, desiredCount: 2, launchType: FARGATE, networkConfiguration: {{ awsvpcConfiguration: {{ subnets: [subnet-a], securityGroups: [sg-web], assignPublicIp: ENABLED }} }}, loadBalancers: [{{ targetGroupArn: web, containerName: web, containerPort: 80 }}] }}
world:
  demand: {{ web: {{ rate: 20/s }} }}
  work: {{ web: {{ cpu: 5ms{work} }} }}
"
    )
}

const APPLICATION: (&str, &str) = ("", "");
const NETWORK: (&str, &str) = ("Type: network, ", "Protocol: TCP, ");
const OPEN: &str =
    "{ IpProtocol: tcp, FromPort: 80, ToPort: 80, UserIdGroupPairs: [{ GroupId: sg-lb }] }";

#[test]
fn the_reason_of_a_failed_check_is_the_one_that_aws_gives() {
    let fails = ", health: { fails: 100 %, after: 5m }";
    for (work, balancer, inbound, code) in [
        (fails, APPLICATION, OPEN, "Target.ResponseCodeMismatch"),
        (fails, NETWORK, OPEN, "Target.FailedHealthChecks"),
        (
            ", start: 5m",
            APPLICATION,
            OPEN,
            "Target.FailedHealthChecks",
        ),
        ("", APPLICATION, "", "Target.Timeout"),
        ("", NETWORK, "", "Target.FailedHealthChecks"),
    ] {
        let text = shop(work, balancer, inbound);
        assert_eq!(reason(&text), code, "{text}");
    }
}

/// A code that is not up yet takes no connection, though its checks would fail later.
#[test]
fn what_starts_too_slowly_does_not_answer_wrongly() {
    let work = ", start: 5m, health: { fails: 100 %, after: 30m }";
    let text = shop(work, APPLICATION, OPEN);
    assert_eq!(reason(&text), "Target.FailedHealthChecks");
    let plan = loaded(&text).plan;
    let mut why = String::new();
    explain_tasks(&plan, &mut |told| {
        let stopped = told
            .findings
            .iter()
            .find(|it| it.question == "Why did it stop?");
        if let (true, Some(finding)) = (why.is_empty(), stopped) {
            why.clone_from(&finding.answer);
        }
    });
    assert!(
        why.contains("its code answers 5 min after its start"),
        "{why}"
    );
}
