//! What a user gets wrong about roles, secrets and subnets: what AWS would refuse is refused, what it
//! would accept and fail with later is warned of.

use super::bad_input::refused;
use super::home::Home;

/// A scenario whose tasks have all that they need to start.
const FINE: &str = "\
fleetcast: 1
name: shop
run: { duration: 1h }
aws:
  cluster: { capacityProviders: [FARGATE] }
  subnets: [{ SubnetId: subnet-a, AvailabilityZone: us-east-1a, CidrBlock: 10.0.0.0/24 }]
  securityGroups: [{ GroupId: sg-web, IpPermissionsEgress: [{ IpProtocol: tcp, FromPort: 443, ToPort: 443 }] }]
  routeTables: [{ RouteTableId: rtb-1, Associations: [{ SubnetId: subnet-a }], Routes: [{ DestinationCidrBlock: 0.0.0.0/0, NatGatewayId: nat-a }] }]
  natGateways: [{ NatGatewayId: nat-a }]
  secrets: [{ Name: shop/db, KmsKeyId: key-1 }]
  parameters: [{ Name: /shop/token, Type: SecureString }]
  keys: [{ KeyId: key-1, KeyState: Enabled }]
  logGroups: [{ logGroupName: /ecs/web }]
  roles:
    - RoleName: web-execution
      AttachedManagedPolicies: [{ PolicyName: AmazonECSTaskExecutionRolePolicy }]
      RolePolicyList:
        - PolicyName: secrets
          PolicyDocument:
            Version: \"2012-10-17\"
            Statement: { Effect: Allow, Action: [\"secretsmanager:*\", \"ssm:*\", \"kms:Decrypt\"], Resource: \"*\" }
  taskDefinitions:
    - family: web
      cpu: 256
      memory: 512
      executionRoleArn: web-execution
      containerDefinitions:
        - name: web
          image: 123456789012.dkr.ecr.us-east-1.amazonaws.com/web:1
          secrets: [{ name: DB, valueFrom: shop/db }, { name: TOKEN, valueFrom: /shop/token }]
          logConfiguration: { logDriver: awslogs, options: { awslogs-group: /ecs/web } }
  services:
    - serviceName: web
      taskDefinition: web
      desiredCount: 2
      launchType: FARGATE
      networkConfiguration: { awsvpcConfiguration: { subnets: [subnet-a], securityGroups: [sg-web] } }
world: { demand: { web: { rate: 10/s } } }
";

fn with(from: &str, to: &str) -> String {
    assert!(FINE.contains(from), "{from}");
    FINE.replacen(from, to, 1)
}

fn refused_with(from: &str, to: &str) -> String {
    refused(&with(from, to))
}

/// What `check` says of a scenario that may run.
fn checked(text: &str) -> String {
    let home = Home::new();
    home.write("shop.yaml", text);
    let said = home.run(&["check", "shop.yaml"]);
    assert_eq!(said.code, Some(0), "{}\n{}", said.out, said.err);
    said.err
}

fn checked_with(from: &str, to: &str) -> String {
    checked(&with(from, to))
}

#[test]
fn what_is_all_there_is_not_warned_of() {
    assert_eq!(checked(FINE), "");
}

#[test]
fn a_block_that_cannot_be_a_subnet_s() {
    insta::assert_snapshot!(refused_with("10.0.0.0/24", "10.0.0.0/30"));
}

#[test]
fn a_security_group_that_is_not_there() {
    insta::assert_snapshot!(refused_with(
        "securityGroups: [sg-web]",
        "securityGroups: [sg-wbe]"
    ));
}

#[test]
fn a_nat_gateway_that_is_not_there() {
    insta::assert_snapshot!(refused_with(
        "NatGatewayId: nat-a }] }]",
        "NatGatewayId: nat-b }] }]"
    ));
}

#[test]
fn a_statement_without_an_action() {
    let action = "Action: [\"secretsmanager:*\", \"ssm:*\", \"kms:Decrypt\"], ";
    insta::assert_snapshot!(refused_with(action, ""));
}

#[test]
fn an_effect_that_iam_does_not_have() {
    insta::assert_snapshot!(refused_with("Effect: Allow", "Effect: Alow"));
}

#[test]
fn a_policy_document_as_a_text() {
    let home = "Version: \"2012-10-17\"\n            Statement: {";
    assert!(FINE.contains(home));
    let text = FINE.replace("PolicyDocument:\n", "PolicyDocument: \"all\"\n");
    let start = text.find("            Version").unwrap();
    let end = text.find("  taskDefinitions").unwrap();
    insta::assert_snapshot!(refused(&format!("{}{}", &text[..start], &text[end..])));
}

#[test]
fn a_second_role_of_a_name() {
    insta::assert_snapshot!(refused_with(
        "  roles:\n",
        "  roles:\n    - RoleName: web-execution\n"
    ));
}

#[test]
fn secrets_without_an_execution_role() {
    insta::assert_snapshot!(refused_with("      executionRoleArn: web-execution\n", ""));
}

#[test]
fn a_state_that_keys_do_not_have() {
    insta::assert_snapshot!(refused_with("KeyState: Enabled", "KeyState: enabled"));
}

#[test]
fn a_log_driver_that_ecs_does_not_have() {
    insta::assert_snapshot!(refused_with("logDriver: awslogs", "logDriver: awslog"));
}

#[test]
fn a_role_that_is_not_there() {
    insta::assert_snapshot!(checked_with(
        "executionRoleArn: web-execution",
        "executionRoleArn: web-exection"
    ));
}

#[test]
fn a_role_that_tasks_may_not_assume() {
    let trust = "RoleName: web-execution\n      AssumeRolePolicyDocument: { Statement: [{ Effect: Allow, Action: \"sts:AssumeRole\", Principal: { Service: ec2.amazonaws.com } }] }\n";
    insta::assert_snapshot!(checked_with("RoleName: web-execution\n", trust));
}

#[test]
fn permissions_that_a_role_lacks() {
    insta::assert_snapshot!(checked_with("\"secretsmanager:*\", \"ssm:*\", ", ""));
}

#[test]
fn a_policy_whose_text_nobody_knows() {
    insta::assert_snapshot!(checked_with(
        "AmazonECSTaskExecutionRolePolicy",
        "AmazonECSTaskExecutionPolicy"
    ));
}

#[test]
fn a_secret_that_is_not_there() {
    insta::assert_snapshot!(checked_with(
        "valueFrom: /shop/token",
        "valueFrom: /shop/tokne"
    ));
}

#[test]
fn a_key_that_is_not_enabled() {
    insta::assert_snapshot!(checked_with(
        "KeyState: Enabled",
        "KeyState: PendingDeletion"
    ));
}

#[test]
fn a_log_group_that_is_not_there() {
    insta::assert_snapshot!(checked_with(
        "awslogs-group: /ecs/web",
        "awslogs-group: /ecs/wbe"
    ));
}

#[test]
fn a_subnet_that_reaches_nothing() {
    insta::assert_snapshot!(checked_with(
        "NatGatewayId: nat-a }] }]",
        "GatewayId: igw-1 }] }]"
    ));
}

#[test]
fn a_security_group_that_lets_nothing_out() {
    insta::assert_snapshot!(checked_with(
        "FromPort: 443, ToPort: 443",
        "FromPort: 80, ToPort: 80"
    ));
}

#[test]
fn more_tasks_than_addresses() {
    let many = with("desiredCount: 2", "desiredCount: 8");
    insta::assert_snapshot!(checked(&many.replace("10.0.0.0/24", "10.0.0.0/28")));
}

#[test]
fn a_maximum_of_scaling_beyond_the_addresses() {
    let scaled = |max: u32, desired: u32| {
        let target = format!("ResourceId: service/default/web, MinCapacity: 2, MaxCapacity: {max}");
        let policy = "PolicyName: cpu, PolicyType: TargetTrackingScaling, ResourceId: \
                      service/default/web, TargetTrackingScalingPolicyConfiguration: { TargetValue: \
                      50, PredefinedMetricSpecification: { PredefinedMetricType: \
                      ECSServiceAverageCPUUtilization } }";
        let more = format!(
            "  scalableTargets: [{{ {target} }}]\n  scalingPolicies: [{{ {policy} }}]\nworld:"
        );
        let text = with("world:", &more).replace("10.0.0.0/24", "10.0.0.0/28");
        let desired = format!("desiredCount: {desired}");
        let said = checked(&text.replace("desiredCount: 2", &desired));
        let lines = said.lines().filter(|line| line.contains("few-addresses"));
        lines.map(str::to_owned).collect::<Vec<String>>()
    };
    assert_eq!(
        scaled(12, 2),
        [
            "warning[few-addresses]: the subnets of web have 11 addresses, and it may scale out to 12 \
             tasks in aws.scalableTargets.web.MaxCapacity"
        ]
    );
    assert!(scaled(11, 2).is_empty());
    // By schedule alone they are asked for at the least.
    let action = "{ ResourceId: service/default/web, ScheduledActionName: day, Schedule: \"cron(30 0 \
                  * * ? *)\", ScalableTargetAction: { MinCapacity: 20, MaxCapacity: 20 } }";
    let more = format!(
        "  scalableTargets: [{{ ResourceId: service/default/web, MinCapacity: 2, MaxCapacity: 20 }}]\n  \
         scheduledActions: [{action}]\nworld:"
    );
    let text = with("world:", &more).replace("10.0.0.0/24", "10.0.0.0/28");
    assert!(checked(&text).contains("it may scale out to 20 tasks"));
    let text = text.replace("MinCapacity: 20,", "MinCapacity: 11,");
    assert!(!checked(&text).contains("it may scale out"));
    // Said of the service already.
    let [of_service] = scaled(12, 8).try_into().expect("one warning");
    assert!(of_service.contains("aws.services.web"), "{of_service}");
}

#[test]
fn a_load_balancer_that_the_tasks_keep_out() {
    let inbound = "IpPermissions: [{ IpProtocol: tcp, FromPort: 80, ToPort: 80, UserIdGroupPairs: \
                   [{ GroupId: sg-lb }] }], IpPermissionsEgress:";
    let text = with("IpPermissionsEgress:", inbound);
    let balanced = "      launchType: FARGATE\n      loadBalancers: [{ targetGroupArn: web, \
                    containerName: web, containerPort: 8080 }]\n";
    let text = text.replace("      launchType: FARGATE\n", balanced);
    let balancer = "  loadBalancers: [{ LoadBalancerName: lb, SecurityGroups: [sg-lb] }]\n  \
                    targetGroups: [{ TargetGroupName: web, LoadBalancerArns: [lb] }]\n  services:\n";
    let text = text.replace("  services:\n", balancer);
    insta::assert_snapshot!(checked(&text));
    let open = text.replace("FromPort: 80, ToPort: 80", "FromPort: 8080, ToPort: 8080");
    assert!(!checked(&open).contains("no-way-in"));
}

#[test]
fn what_the_aws_cli_prints_of_roles_and_secrets_can_be_included() {
    let home = Home::new();
    let role = r#"{ "UserDetailList": [], "IsTruncated": false, "RoleDetailList": [{ "Path": "/", "RoleName": "web-execution",
        "RoleId": "AROA", "Arn": "arn:aws:iam::123456789012:role/web-execution", "Tags": [],
        "AssumeRolePolicyDocument": { "Version": "2012-10-17", "Statement": [{ "Effect": "Allow",
            "Principal": { "Service": "ecs-tasks.amazonaws.com" }, "Action": "sts:AssumeRole" }] },
        "RolePolicyList": [], "AttachedManagedPolicies": [{ "PolicyName": "AmazonECSTaskExecutionRolePolicy",
            "PolicyArn": "arn:aws:iam::aws:policy/service-role/AmazonECSTaskExecutionRolePolicy" }] }] }"#;
    home.write("roles.json", role);
    let secrets = r#"{ "SecretList": [{ "ARN": "arn:aws:secretsmanager:us-east-1:123456789012:secret:shop/db-AbCdEf",
        "Name": "shop/db", "KmsKeyId": "1234abcd", "SecretVersionsToStages": {} }] }"#;
    home.write("secrets.json", secrets);
    let key = r#"{ "KeyMetadata": { "KeyId": "1234abcd", "Arn": "arn:aws:kms:us-east-1:123456789012:key/1234abcd",
        "Enabled": true, "KeyState": "Enabled", "KeyManager": "CUSTOMER" } }"#;
    home.write("key.json", key);
    let start = FINE.find("  secrets: [").unwrap();
    let end = FINE.find("  taskDefinitions").unwrap();
    let included = "  include: [roles.json, secrets.json, key.json]\n";
    let text = format!("{}{included}{}", &FINE[..start], &FINE[end..]);
    home.write("shop.yaml", &text);
    let said = home.run(&["check", "shop.yaml"]);
    assert_eq!(said.code, Some(0), "{}", said.err);
    for missing in [
        "secretsmanager:GetSecretValue",
        "kms:Decrypt",
        "ssm:GetParameters",
    ] {
        let warned = format!("the role web-execution does not allow {missing}");
        assert!(said.err.contains(&warned), "{}", said.err);
    }
    assert!(!said.err.contains("ecr:"), "{}", said.err);
}

const SIZE: &str = "      cpu: 256\n      memory: 512\n";

fn on_windows(platform: &str) -> String {
    let text = with(
        SIZE,
        "      cpu: 1024\n      memory: 2048\n      runtimePlatform: { PLATFORM }\n",
    );
    text.replace("PLATFORM", platform)
}

#[test]
fn an_operating_system_that_ecs_does_not_have() {
    let text = on_windows("operatingSystemFamily: WINDOWS_SERVER_2022_COR");
    insta::assert_snapshot!(refused(&text));
}

#[test]
fn windows_on_arm() {
    let text =
        on_windows("cpuArchitecture: ARM64, operatingSystemFamily: WINDOWS_SERVER_2022_CORE");
    insta::assert_snapshot!(refused(&text));
}

#[test]
fn windows_on_fargate_spot() {
    let text = on_windows("operatingSystemFamily: WINDOWS_SERVER_2022_CORE");
    assert_eq!(checked(&text), "");
    let text = text.replace("[FARGATE] }", "[FARGATE, FARGATE_SPOT] }");
    let spot = "capacityProviderStrategy: [{ capacityProvider: FARGATE_SPOT, weight: 1 }]";
    insta::assert_snapshot!(refused(&text.replace("launchType: FARGATE", spot)));
}

#[test]
fn a_service_registry_without_its_service() {
    let registry = "launchType: FARGATE\n      serviceRegistries: [{ port: 80 }]";
    insta::assert_snapshot!(refused_with("launchType: FARGATE", registry));
}

#[test]
fn custom_metrics_with_a_unit() {
    let metrics = "world: { work: { web: { customMetrics: 25/min } }, demand:";
    insta::assert_snapshot!(refused_with("world: { demand:", metrics));
}

#[test]
fn a_deadline_for_what_is_not_reached_without_a_unit() {
    let deadline = "world: { latencies: { default: { unreachable: 180 } }, demand:";
    insta::assert_snapshot!(refused_with("world: { demand:", deadline));
}
