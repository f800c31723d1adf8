//! The security boundary: roles, secrets, keys, log groups, subnets and what they reach.

use super::{AwsReads, row};

/// Its shapes.
pub const TABLE: &[AwsReads] = &[
    row(
        "iam.RoleDetail",
        &[
            ("RoleName", "its name in executionRoleArn and taskRoleArn"),
            (
                "AssumeRolePolicyDocument",
                "whether ecs-tasks.amazonaws.com may assume it; without one it may",
            ),
            ("RolePolicyList", "its own policies"),
            (
                "AttachedManagedPolicies",
                "AWS's managed policies that starts of tasks need are known by name",
            ),
        ],
        &[],
    ),
    row(
        "iam.PolicyDetail",
        &[(
            "PolicyDocument",
            "its statements: Effect, Action or NotAction, Resource or NotResource",
        )],
        &["PolicyName"],
    ),
    row(
        "iam.AttachedPolicy",
        &[
            ("PolicyName", "which policy"),
            ("PolicyArn", "the same, by its ARN"),
        ],
        &[],
    ),
    row(
        "secretsmanager.SecretListEntry",
        &[
            ("Name", "its name in valueFrom"),
            ("ARN", "its name in policies; without one any account's"),
            ("KmsKeyId", "a key of yours, which its readers need too"),
        ],
        &[],
    ),
    row(
        "ssm.ParameterMetadata",
        &[
            ("Name", "its name in valueFrom"),
            ("ARN", "its name in policies; without one any account's"),
            ("Type", "SecureString is encrypted, others are not"),
            ("KeyId", "a key of yours, which its readers need too"),
        ],
        &[],
    ),
    row(
        "kms.KeyMetadata",
        &[
            ("KeyId", "its name in KmsKeyId"),
            ("KeyManager", "CUSTOMER: one of yours"),
            ("KeyState", "Enabled keys decrypt, others do not"),
        ],
        &[],
    ),
    row(
        "logs.LogGroup",
        &[("logGroupName", "its name in awslogs-group")],
        &[],
    ),
    row(
        "ec2.RouteTable",
        &[
            ("RouteTableId", "its name in RouteTableIds of endpoints"),
            ("Associations", "which subnets it is for"),
            ("Routes", "whether 0.0.0.0/0 leads somewhere"),
        ],
        &[],
    ),
    row(
        "ec2.RouteTableAssociation",
        &[
            ("SubnetId", "a subnet that it is for"),
            ("Main", "for subnets that no table names"),
        ],
        &[],
    ),
    row(
        "ec2.Route",
        &[
            ("DestinationCidrBlock", "0.0.0.0/0 is the one that counts"),
            (
                "GatewayId",
                "igw-…: to the internet for tasks with a public address; local: nowhere",
            ),
            ("NatGatewayId", "to the internet for all tasks"),
            ("State", "a blackhole leads nowhere"),
        ],
        &[],
    ),
    row(
        "ec2.NatGateway",
        &[
            ("NatGatewayId", "its name in routes"),
            ("State", "one that is available works, and is paid"),
        ],
        &[],
    ),
    row(
        "ec2.VpcEndpoint",
        &[
            ("ServiceName", "what tasks reach by it"),
            ("VpcEndpointType", "Interface or Gateway"),
            ("RouteTableIds", "of a gateway: whose subnets reach it"),
            ("SubnetIds", "of an interface: in how many zones it is paid"),
        ],
        &[],
    ),
    row(
        "ec2.SecurityGroup",
        &[
            ("GroupId", "its name in securityGroups"),
            ("GroupName", "the same, where it has no GroupId"),
            (
                "IpPermissionsEgress",
                "whether it lets HTTPS out; without them it lets everything",
            ),
            (
                "IpPermissions",
                "whether it lets the load balancer in; without them it does",
            ),
        ],
        &[],
    ),
    row(
        "ec2.IpPermission",
        &[
            ("IpProtocol", "-1 or tcp"),
            ("FromPort", "from which port"),
            ("ToPort", "to which port"),
            ("UserIdGroupPairs", "for which security groups"),
            (
                "IpRanges",
                "for addresses: a load balancer's may be among them",
            ),
            ("Ipv6Ranges", "the same"),
            ("PrefixListIds", "the same"),
        ],
        &[],
    ),
    row(
        "ec2.UserIdGroupPair",
        &[("GroupId", "a security group that may come in")],
        &[],
    ),
    row(
        "ecs.Secret",
        &[(
            "valueFrom",
            "a secret's or parameter's ARN or name, read at each start",
        )],
        &["name"],
    ),
    row(
        "ecs.ServiceRegistry",
        &[("registryArn", "a service of Cloud Map")],
        &[],
    ),
    row(
        "ecs.ServiceConnectConfiguration",
        &[("enabled", "whether its proxy runs beside each task")],
        &[],
    ),
    row(
        "ecs.RepositoryCredentials",
        &[(
            "credentialsParameter",
            "the secret that the pull of a private registry's image needs",
        )],
        &[],
    ),
    row(
        "ecs.LogConfiguration",
        &[
            ("logDriver", "awslogs calls CloudWatch Logs at each start"),
            (
                "options",
                "awslogs-group, awslogs-create-group: what has to be there",
            ),
            ("secretOptions", "secrets that the driver needs"),
        ],
        &[],
    ),
];
