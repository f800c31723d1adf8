#!/usr/bin/env python3
"""Compiles src/catalog/aws_fields.csv: which fields AWS has in each shape a scenario may use.

The source is botocore, where AWS publishes its API models. Only names are taken, no descriptions.

    pip download botocore --no-deps
    python3 tools/aws_fields.py botocore-*.whl > src/catalog/aws_fields.csv

Without an argument the installed botocore is read. Kind is a shape's name where it holds a structure,
else a type; [kind] is a list of them, {kind} a map of them.
"""

import csv
import datetime
import gzip
import io
import json
import pathlib
import re
import sys
import zipfile

# The shapes at the top of each block under aws:, in request and response form.
ROOTS = {
    "application-autoscaling": [
        "ScalableTarget", "RegisterScalableTargetRequest", "ScalingPolicy",
        "PutScalingPolicyRequest", "ScheduledAction", "PutScheduledActionRequest",
    ],
    "autoscaling": [
        "AutoScalingGroup", "CreateAutoScalingGroupType", "WarmPoolConfiguration",
        "PutWarmPoolType", "ScheduledUpdateGroupAction", "PutScheduledUpdateGroupActionType",
        "LifecycleHook", "PutLifecycleHookType",
    ],
    "cloudwatch": ["MetricAlarm", "PutMetricAlarmInput", "CompositeAlarm"],
    "codedeploy": ["DeploymentGroupInfo"],
    "ec2": [
        "Subnet", "CreateSubnetRequest", "SecurityGroup", "CreateSecurityGroupRequest",
        "LaunchTemplate", "LaunchTemplateVersion", "CreateLaunchTemplateRequest", "NatGateway",
        "RouteTable", "VpcEndpoint",
    ],
    "ecs": [
        "Cluster", "CreateClusterRequest", "CapacityProvider", "CreateCapacityProviderRequest",
        "TaskDefinition", "RegisterTaskDefinitionRequest", "Service", "CreateServiceRequest",
        "UpdateServiceRequest", "TaskSet", "CreateTaskSetRequest", "RunTaskRequest", "Setting",
        "ContainerInstance",
    ],
    "elbv2": [
        "LoadBalancer", "CreateLoadBalancerInput", "LoadBalancerAttribute", "Listener",
        "CreateListenerInput", "Rule", "CreateRuleInput", "TargetGroup", "CreateTargetGroupInput",
        "TargetGroupAttribute",
    ],
    "events": ["Rule", "PutRuleRequest", "Target", "PutTargetsRequest"],
    "iam": ["RoleDetail"],
    "kms": ["KeyMetadata"],
    "logs": ["LogGroup"],
    "scheduler": ["CreateScheduleInput", "GetScheduleOutput"],
    "servicediscovery": [
        "Namespace", "CreateHttpNamespaceRequest", "CreatePrivateDnsNamespaceRequest", "Service",
        "CreateServiceRequest",
    ],
    "secretsmanager": ["SecretListEntry"],
    "sqs": ["CreateQueueRequest"],
    "ssm": ["ParameterMetadata"],
}


class Wheel:
    """The models inside a botocore wheel."""

    def __init__(self, path):
        self.archive = zipfile.ZipFile(path)
        self.version = re.match(r"botocore-([^-]+)-", pathlib.Path(path).name).group(1)

    def names(self):
        return self.archive.namelist()

    def read(self, name):
        return self.archive.read(name)


class Installed:
    """The models of the installed botocore."""

    def __init__(self):
        import botocore

        self.version = botocore.__version__
        self.root = pathlib.Path(botocore.__file__).parent.parent

    def names(self):
        found = self.root.glob("botocore/data/*/*/service-2.json*")
        return [path.relative_to(self.root).as_posix() for path in found]

    def read(self, name):
        return (self.root / name).read_bytes()


def model(package, api):
    """The shapes of the newest model of an API."""
    prefix = f"botocore/data/{api}/"
    newest = max(
        name for name in package.names() if name.startswith(prefix) and "/service-2.json" in name
    )
    content = package.read(newest)
    return json.loads(gzip.decompress(content) if newest.endswith(".gz") else content)["shapes"]


def kind(shapes, name):
    shape = shapes[name]
    match shape["type"]:
        case "structure":
            return name
        case "list":
            return f"[{kind(shapes, shape['member']['shape'])}]"
        case "map":
            return "{" + kind(shapes, shape["value"]["shape"]) + "}"
        case other:
            return other


def rows(package):
    for api, roots in ROOTS.items():
        shapes = model(package, api)
        seen, ahead = set(), list(roots)
        while ahead:
            name = ahead.pop()
            if name in seen:
                continue
            seen.add(name)
            shape = shapes[name]
            for field, member in shape.get("members", {}).items():
                # EC2's answers spell some names otherwise than its requests; botocore and the AWS
                # CLI show the name used here.
                yield api, name, field, kind(shapes, member["shape"])
                ahead.append(member["shape"])
            ahead.extend(shape[inner]["shape"] for inner in ("member", "value") if inner in shape)


def main():
    package = Wheel(sys.argv[1]) if 1 < len(sys.argv) else Installed()
    text = io.StringIO()
    # ASCII order: the program looks rows up by binary search.
    table = sorted(set(rows(package)))
    csv.writer(text, lineterminator="\n").writerows(table)
    print(f"# botocore {package.version}, compiled {datetime.date.today()} by tools/aws_fields.py")
    print("# api,shape,field,kind")
    print(text.getvalue(), end="")


if __name__ == "__main__":
    main()
