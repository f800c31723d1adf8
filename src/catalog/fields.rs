//! Which fields AWS has in each shape of its APIs, so that a misspelt field is told from one that
//! the simulation has no use for.
//!
//! The table `aws_fields.csv` is compiled from AWS's own API models by `tools/aws_fields.py`; its
//! first line says from which version, and when. A *block* is what a scenario may write in one
//! place: the union of the request and response shapes of [`BLOCKS`], or any single shape, as
//! `api.Shape` with botocore's names: `ecs.Service`, `ecs.ContainerDefinition`,
//! `elbv2.TargetGroup`.

use std::sync::OnceLock;

const TABLE: &str = include_str!("aws_fields.csv");

/// Blocks that are more than the shape of their name: a request, a response and the like are one
/// here.
pub const BLOCKS: [(&str, &[&str]); 29] = [
    (
        "application-autoscaling.ScalableTarget",
        &["RegisterScalableTargetRequest"],
    ),
    (
        "application-autoscaling.ScalingPolicy",
        &["PutScalingPolicyRequest"],
    ),
    (
        "application-autoscaling.ScheduledAction",
        &["PutScheduledActionRequest"],
    ),
    (
        "autoscaling.AutoScalingGroup",
        &["CreateAutoScalingGroupType"],
    ),
    ("autoscaling.LifecycleHook", &["PutLifecycleHookType"]),
    (
        "autoscaling.ScheduledUpdateGroupAction",
        &["PutScheduledUpdateGroupActionType"],
    ),
    ("autoscaling.WarmPoolConfiguration", &["PutWarmPoolType"]),
    (
        "cloudwatch.MetricAlarm",
        &["PutMetricAlarmInput", "CompositeAlarm"],
    ),
    (
        "ec2.LaunchTemplate",
        &["LaunchTemplateVersion", "CreateLaunchTemplateRequest"],
    ),
    ("ec2.OperatorResponse", &["OperatorRequest"]),
    (
        "ec2.ResponseLaunchTemplateData",
        &["RequestLaunchTemplateData"],
    ),
    ("ec2.SecurityGroup", &["CreateSecurityGroupRequest"]),
    ("ec2.Subnet", &["CreateSubnetRequest"]),
    ("ecs.CapacityProvider", &["CreateCapacityProviderRequest"]),
    ("ecs.Cluster", &["CreateClusterRequest"]),
    (
        "ecs.ClusterServiceConnectDefaults",
        &["ClusterServiceConnectDefaultsRequest"],
    ),
    (
        "ecs.ManagedInstancesProvider",
        &["CreateManagedInstancesProviderConfiguration"],
    ),
    (
        "ecs.Service",
        &["CreateServiceRequest", "UpdateServiceRequest"],
    ),
    ("ecs.TaskDefinition", &["RegisterTaskDefinitionRequest"]),
    ("ecs.TaskSet", &["CreateTaskSetRequest"]),
    ("elbv2.Listener", &["CreateListenerInput"]),
    ("elbv2.LoadBalancer", &["CreateLoadBalancerInput"]),
    ("elbv2.Rule", &["CreateRuleInput"]),
    ("elbv2.TargetGroup", &["CreateTargetGroupInput"]),
    ("events.Rule", &["PutRuleRequest"]),
    ("scheduler.CreateScheduleInput", &["GetScheduleOutput"]),
    (
        "servicediscovery.Namespace",
        &[
            "CreateHttpNamespaceRequest",
            "CreatePrivateDnsNamespaceRequest",
        ],
    ),
    (
        "servicediscovery.NamespaceProperties",
        &["PrivateDnsNamespaceProperties"],
    ),
    ("servicediscovery.Service", &["CreateServiceRequest"]),
];

/// One field of a shape.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct ApiField {
    /// The field's name as AWS spells it.
    pub name: &'static str,
    /// What it holds.
    pub kind: Kind,
}

/// What a field holds.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Kind {
    /// One value of a type such as `string` or `integer`.
    Scalar(&'static str),
    /// A structure: a block of the same API.
    Structure(&'static str),
    /// A list of structures.
    Structures(&'static str),
    /// A list of something else, a map, a list of lists.
    Other(&'static str),
}

#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
struct Row {
    api: &'static str,
    shape: &'static str,
    field: &'static str,
    kind: &'static str,
}

/// What a scenario may write in one place: the union of some shapes of one API.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Block {
    api: &'static str,
    shapes: Vec<&'static str>,
}

impl Block {
    /// The block of a name such as `ecs.Service`; nothing where AWS has no shape of that name.
    pub fn new(name: &str) -> Option<Block> {
        let (api, shape) = name.split_once('.')?;
        let first = rows(api, shape).first()?;
        let more = BLOCKS
            .iter()
            .find(|(known, _)| *known == name)
            .map_or(&[][..], |it| it.1);
        let shapes = std::iter::once(first.shape)
            .chain(more.iter().copied())
            .collect();
        Some(Block {
            api: first.api,
            shapes,
        })
    }

    /// The field, if AWS has it. O(log rows).
    pub fn field(&self, name: &str) -> Option<ApiField> {
        self.rows_of(name).next().map(|row| ApiField {
            name: row.field,
            kind: kind(row.kind),
        })
    }

    /// All names of fields, in alphabetical order.
    pub fn names(&self) -> Vec<&'static str> {
        let all = self.shapes.iter().flat_map(|shape| rows(self.api, shape));
        let mut names: Vec<&'static str> = all.map(|row| row.field).collect();
        names.sort_unstable();
        names.dedup();
        names
    }

    /// The block inside of a field that holds a structure or a list of them: where the request's
    /// structure differs from the response's, their union.
    pub fn inner(&self, name: &str) -> Option<Block> {
        let inner = self.rows_of(name).filter_map(|row| match kind(row.kind) {
            Kind::Structure(shape) | Kind::Structures(shape) => Some(shape),
            Kind::Scalar(_) | Kind::Other(_) => None,
        });
        let mut shapes: Vec<&'static str> = inner.collect();
        shapes.dedup();
        (!shapes.is_empty()).then_some(Block {
            api: self.api,
            shapes,
        })
    }

    fn rows_of(&self, name: &str) -> impl Iterator<Item = &'static Row> {
        self.shapes.iter().filter_map(move |shape| {
            let rows = rows(self.api, shape);
            let index = rows.binary_search_by(|row| row.field.cmp(name)).ok()?;
            Some(&rows[index])
        })
    }
}

/// Whether the table has the block at all; a block that it has not is a defect of ours.
pub fn has_block(block: &str) -> bool {
    Block::new(block).is_some()
}

/// The field of a block (such as `ecs.Service`), if AWS has it.
pub fn field(block: &str, name: &str) -> Option<ApiField> {
    Block::new(block)?.field(name)
}

/// All names of fields of a block, in alphabetical order.
pub fn names(block: &str) -> Vec<&'static str> {
    Block::new(block)
        .map(|block| block.names())
        .unwrap_or_default()
}

/// The version and date of the table, for the catalogue's list of sources.
pub fn source() -> &'static str {
    TABLE
        .lines()
        .next()
        .map_or("", |line| line.trim_start_matches("# "))
}

fn table() -> &'static [Row] {
    static ROWS: OnceLock<Vec<Row>> = OnceLock::new();
    ROWS.get_or_init(|| {
        let lines = TABLE.lines().filter(|line| !line.starts_with('#'));
        let mut rows: Vec<Row> = lines.filter_map(row).collect();
        // The file is sorted already; sorting again makes a hand-edited row harmless.
        rows.sort_unstable();
        rows
    })
}

fn row(line: &'static str) -> Option<Row> {
    let mut cells = line.split(',');
    let (api, shape) = (cells.next()?, cells.next()?);
    Some(Row {
        api,
        shape,
        field: cells.next()?,
        kind: cells.next()?,
    })
}

fn rows(api: &str, shape: &str) -> &'static [Row] {
    let table = table();
    let from = table.partition_point(|row| (row.api, row.shape) < (api, shape));
    let count = table[from..].partition_point(|row| (row.api, row.shape) == (api, shape));
    &table[from..from + count]
}

fn kind(text: &'static str) -> Kind {
    let inner = text
        .strip_prefix('[')
        .and_then(|rest| rest.strip_suffix(']'));
    // Shapes have capital initials, types have not.
    let is_shape = |name: &str| name.starts_with(|first: char| first.is_ascii_uppercase());
    match inner {
        Some(inner) if is_shape(inner) => Kind::Structures(inner),
        Some(_) => Kind::Other(text),
        None if is_shape(text) => Kind::Structure(text),
        None if text.starts_with('{') => Kind::Other(text),
        None => Kind::Scalar(text),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn requests_and_responses_are_one_block() {
        // runningCount is in responses only, clientToken in requests only.
        assert!(field("ecs.Service", "runningCount").is_some());
        assert!(field("ecs.Service", "clientToken").is_some());
        assert!(field("ecs.Service", "forceNewDeployment").is_some());
        assert!(field("ecs.Service", "desiredCout").is_none());
        assert!(field("ecs.TaskDefinition", "tags").is_some());
    }

    #[test]
    fn case_counts() {
        assert!(field("application-autoscaling.ScalableTarget", "MinCapacity").is_some());
        assert!(field("application-autoscaling.ScalableTarget", "minCapacity").is_none());
    }

    #[test]
    fn kinds_lead_to_nested_shapes() {
        let containers = field("ecs.TaskDefinition", "containerDefinitions").unwrap();
        assert_eq!(containers.kind, Kind::Structures("ContainerDefinition"));
        assert!(field("ecs.ContainerDefinition", "logConfiguration").is_some());
        let network = field("ecs.Service", "networkConfiguration").unwrap();
        assert_eq!(network.kind, Kind::Structure("NetworkConfiguration"));
        let count = field("ecs.Service", "desiredCount").unwrap();
        assert_eq!(count.kind, Kind::Scalar("integer"));
    }

    #[test]
    fn inner_blocks_are_unions_too() {
        let template = Block::new("ec2.LaunchTemplate").unwrap();
        let data = template.inner("LaunchTemplateData").unwrap();
        let options = data.inner("MetadataOptions").unwrap();
        // State is in responses only.
        assert!(options.field("State").is_some() && options.field("HttpTokens").is_some());
        assert_eq!(options.inner("HttpTokens"), None);
        assert_eq!(options.shapes.len(), 2);
    }

    #[test]
    fn every_block_and_every_shape_it_names_is_in_the_table() {
        for (block, more) in BLOCKS {
            let api = block.split_once('.').unwrap().0;
            assert!(has_block(block), "{block}");
            for shape in more {
                assert!(!rows(api, shape).is_empty(), "{api}.{shape}");
            }
        }
        assert!(!has_block("ecs.NoSuchShape"));
    }

    #[test]
    fn the_file_is_sorted_and_whole() {
        let lines = TABLE.lines().filter(|line| !line.starts_with('#'));
        let rows: Vec<Row> = lines.map(|line| row(line).expect(line)).collect();
        assert!(rows.is_sorted());
        assert!(source().starts_with("botocore 1."), "{}", source());
    }
}
