//! What tasks need to start: roles, secrets, keys, log groups, routes, addresses; all of it there,
//! or some of it not.

use super::generator::{Scene, ServiceFacts};

/// A subnet with few addresses, in the zone that every scenario uses.
pub(super) fn add_subnets(scene: &mut Scene) {
    let mut dice = scene.dice_of("subnets");
    if scene.subnets.is_empty() || !dice.percent(20) {
        return;
    }
    let size = dice.pick(&[
        "AvailableIpAddressCount: 0",
        "AvailableIpAddressCount: 2",
        "CidrBlock: 10.0.9.0/28",
    ]);
    let zone = format!("{}a", scene.region);
    let line = format!("- {{ SubnetId: small, AvailabilityZone: {zone}, {size} }}");
    scene.draft.add("aws.subnets", line);
    scene.subnets.push("small".to_owned());
}

/// A family that needs all of it, a service and a program of it.
pub(super) fn add(scene: &mut Scene) {
    let mut dice = scene.dice_of("boundary");
    if !dice.percent(15) {
        return;
    }
    stores(scene);
    roles(scene);
    routes(scene);
    let region = scene.region.clone();
    for _ in 0..dice.pick(&[1, 2]) {
        let image = dice.pick(&["111122223333.dkr.ecr.REGION.amazonaws.com/app:1", "app:1"]);
        let image = image.replace("REGION", &region);
        let secrets = dice.pick(&[
            "",
            ", secrets: [{ name: A, valueFrom: shop/db }]",
            ", secrets: [{ name: A, valueFrom: shop/db }, { name: B, valueFrom: /shop/token }]",
            ", secrets: [{ name: A, valueFrom: shop/none }]",
        ]);
        let logs = dice.pick(&[
            "",
            ", logConfiguration: { logDriver: awslogs, options: { awslogs-group: /ecs/app } }",
            ", logConfiguration: { logDriver: awslogs, options: { awslogs-group: /ecs/none, \
             awslogs-create-group: \"true\" } }",
            ", logConfiguration: { logDriver: fluentd }",
        ]);
        let line = format!(
            "- {{ family: guard, cpu: 256, memory: 512, executionRoleArn: exec, taskRoleArn: \
             exec, containerDefinitions: [{{ name: app, image: {image}, portMappings: [{{ \
             containerPort: 80 }}]{secrets}{logs} }}] }}"
        );
        scene.draft.add("aws.taskDefinitions", line);
    }
    let groups = match scene.draft.lines("aws.securityGroups").is_empty() {
        true => "",
        false => ", securityGroups: [sg]",
    };
    let subnet = match scene.subnets.as_slice() {
        [] => "somewhere".to_owned(),
        known => known[dice.between(0, known.len() as u64 - 1) as usize].clone(),
    };
    let public = dice.pick(&["ENABLED", "DISABLED"]);
    let network = format!(
        ", networkConfiguration: {{ awsvpcConfiguration: {{ subnets: [{subnet}]{groups}, \
         assignPublicIp: {public} }} }}"
    );
    let (count, breaker) = (
        dice.pick(&[0, 1, 4, 20]),
        dice.pick(&[
            "",
            ", deploymentConfiguration: { minimumHealthyPercent: 50, maximumPercent: 100, \
             deploymentCircuitBreaker: { enable: true, rollback: true } }",
        ]),
    );
    let line = format!(
        "- {{ serviceName: guarded, taskDefinition: \"guard:1\", desiredCount: {count}, \
         {}{network}{breaker} }}",
        scene.strategy()
    );
    scene.draft.add("aws.services", line);
    scene.services.push(ServiceFacts {
        name: "guarded".to_owned(),
        family: "guard".to_owned(),
        own_family: Some("guard"),
        moves: true,
        ..ServiceFacts::default()
    });
    if dice.percent(50) {
        let line = format!(
            "- {{ name: guardedjobs, taskDefinition: guard, count: {}, {}{network} }}",
            dice.pick(&[1, 5]),
            scene.strategy()
        );
        scene.draft.add("aws.runTasks", line);
        scene.programs.push("guardedjobs".to_owned());
    }
}

fn stores(scene: &mut Scene) {
    let mut dice = scene.dice_of("stores");
    if dice.percent(80) {
        let key = dice.pick(&["", ", KmsKeyId: key-1"]);
        let line = format!("- {{ Name: shop/db{key} }}");
        scene.draft.add("aws.secrets", line);
    }
    if dice.percent(60) {
        let line = "- { Name: /shop/token, Type: SecureString, KeyId: key-1 }";
        scene.draft.add("aws.parameters", line);
    }
    if dice.percent(50) {
        let state = dice.pick(&["Enabled", "Enabled", "Disabled"]);
        let line = format!("- {{ KeyId: key-1, KeyState: {state} }}");
        scene.draft.add("aws.keys", line);
    }
    if dice.percent(60) {
        scene
            .draft
            .add("aws.logGroups", "- { logGroupName: /ecs/app }");
    }
}

fn roles(scene: &mut Scene) {
    let mut dice = scene.dice_of("roles");
    if !dice.percent(80) {
        return;
    }
    let managed = dice.pick(&[
        "",
        ", AttachedManagedPolicies: [{ PolicyName: AmazonECSTaskExecutionRolePolicy }]",
        ", AttachedManagedPolicies: [{ PolicyName: AmazonECSTaskExecutionRolePolicy }]",
    ]);
    let statement = dice.pick(&[
        "Effect: Allow, Action: \"*\", Resource: \"*\"",
        "Effect: Allow, Action: [\"secretsmanager:*\", \"ssm:*\", \"kms:Decrypt\"], Resource: \"*\"",
        "Effect: Allow, Action: \"secretsmanager:GetSecretValue\", Resource: \
         \"arn:aws:secretsmanager:*:*:secret:shop/db-*\"",
        "Effect: Deny, Action: \"kms:*\", Resource: \"*\"",
    ]);
    let trust = match dice.percent(10) {
        true => {
            ", AssumeRolePolicyDocument: { Statement: [{ Effect: Allow, Principal: { Service: \
             ec2.amazonaws.com }, Action: \"sts:AssumeRole\" }] }"
        }
        false => "",
    };
    let policies = match dice.percent(80) {
        true => format!(
            ", RolePolicyList: [{{ PolicyName: own, PolicyDocument: {{ Version: \"2012-10-17\", \
             Statement: [{{ {statement} }}] }} }}]"
        ),
        false => String::new(),
    };
    let is_there = dice.percent(90);
    let line = format!("- {{ RoleName: exec{trust}{managed}{policies} }}");
    if is_there {
        scene.draft.add("aws.roles", line);
    }
    scene
        .draft
        .add("aws.roles", "- { RoleName: ecsInfrastructureRole }");
}

fn routes(scene: &mut Scene) {
    let mut dice = scene.dice_of("routes");
    if dice.percent(30) {
        let open = dice.pick(&[
            "",
            ", IpPermissionsEgress: [{ IpProtocol: \"-1\" }]",
            ", IpPermissionsEgress: [{ IpProtocol: tcp, FromPort: 443, ToPort: 443 }]",
            ", IpPermissionsEgress: []",
        ]);
        let line = format!("- {{ GroupId: sg, GroupName: sg{open} }}");
        scene.draft.add("aws.securityGroups", line);
    }
    if !dice.percent(50) {
        return;
    }
    let route = dice.pick(&[
        "{ DestinationCidrBlock: 0.0.0.0/0, NatGatewayId: nat-a }",
        "{ DestinationCidrBlock: 0.0.0.0/0, NatGatewayId: nat-a }",
        "{ DestinationCidrBlock: 0.0.0.0/0, GatewayId: igw-1 }",
        "",
    ]);
    if route.contains("nat-a") {
        scene
            .draft
            .add("aws.natGateways", "- { NatGatewayId: nat-a }");
    }
    let line =
        format!("- {{ RouteTableId: rtb, Associations: [{{ Main: true }}], Routes: [{route}] }}");
    scene.draft.add("aws.routeTables", line);
    for end in ["ecr.dkr", "ecr.api", "logs", "secretsmanager", "ssm", "s3"] {
        if !dice.percent(30) {
            continue;
        }
        let kind = match end {
            "s3" => "VpcEndpointType: Gateway, RouteTableIds: [rtb]",
            _ => "VpcEndpointType: Interface",
        };
        let line = format!(
            "- {{ {kind}, ServiceName: com.amazonaws.{}.{end} }}",
            scene.region
        );
        scene.draft.add("aws.vpcEndpoints", line);
    }
}
