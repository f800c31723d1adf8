//! `aws.launchTemplates`: what an Auto Scaling group launches, and the ECS agent's settings there.

use std::collections::BTreeSet;

use crate::ids::InstanceTypeId;
use crate::policy::instance_requirements::Requirements;
use crate::scenario::context::{Context, bounded, check_name, not_built_value, unknown_name};
use crate::scenario::node::quote;
use crate::scenario::plan::{AgentPlan, VolumePlan};
use crate::scenario::reader::{Field, MapReader};

use super::agent::{self, Agent};
use super::instance_requirements::{Spelling, read_requirements};

const TEMPLATES_MAX: usize = 1_000;
/// The most volumes that an instance has here; EC2's own limits differ by type.
const VOLUMES_MAX: usize = 64;

/// A version of a launch template.
pub(super) struct LaunchTemplate {
    name: String,
    id: Option<String>,
    version: u64,
    is_default: bool,
    /// Which instance types it names or asks for.
    pub(super) sizes: Sizes,
    /// Whether it buys Spot by itself, without a mixed instances policy.
    pub(super) is_spot: bool,
    pub(super) volumes: Vec<VolumePlan>,
    /// The credits of burstable types, if said.
    pub(super) is_unlimited: Option<bool>,
    /// `ecsConfig`.
    pub(super) agent: Agent,
}

/// Which instance types a template has.
pub(super) enum Sizes {
    /// None: overrides have to say it.
    Unsaid,
    /// `InstanceType`.
    One(InstanceTypeId),
    /// `InstanceRequirements`.
    Required(Box<Requirements>),
}

/// All versions of all templates.
#[derive(Default)]
pub(super) struct LaunchTemplates {
    all: Vec<LaunchTemplate>,
    /// Templates of which a version was refused: who names them has done nothing wrong.
    refused: BTreeSet<String>,
}

/// Reads `aws.launchTemplates`.
pub(super) fn read(cx: &Context<'_>, aws: &mut MapReader<'_>) -> LaunchTemplates {
    let mut templates = LaunchTemplates::default();
    let cluster = aws.field("cluster");
    let cluster = cluster.and_then(|field| field.node().get("clusterName")?.as_text());
    for field in bounded(aws, "launchTemplates", TEMPLATES_MAX) {
        let name = field.node().get("LaunchTemplateName");
        let name = name.and_then(|node| node.as_text()).map(str::to_owned);
        let Some(template) = field.map().and_then(|map| template(cx, map, cluster)) else {
            templates.refused.extend(name);
            continue;
        };
        let same = |known: &&LaunchTemplate| {
            (known.name.as_str(), known.version) == (template.name.as_str(), template.version)
        };
        if templates.all.iter().any(|known| same(&known)) {
            let message = format!(
                "a second version {} of the launch template {} stands here",
                template.version,
                quote(&template.name)
            );
            field.error("duplicate-name", message).report();
        }
        templates.all.push(template);
    }
    templates
}

fn template(
    cx: &Context<'_>,
    mut map: MapReader<'_>,
    cluster: Option<&str>,
) -> Option<LaunchTemplate> {
    let name = map.required("LaunchTemplateName");
    let id = map.str("LaunchTemplateId").map(str::to_owned);
    let version = map.u64("VersionNumber", 1..=u64::from(u32::MAX));
    let is_default = map.bool("DefaultVersion").unwrap_or(false);
    let data = map.required("LaunchTemplateData");
    let config = map.field("ecsConfig");
    map.finish_aws("ec2.LaunchTemplate");
    let data = data.and_then(|field| read_data(cx, &field));
    let mut agent = agent::read(cx, config, cluster);
    let name_field = name?;
    let name = name_field.str()?;
    check_name(&name_field, name, 128);
    let data = data?;
    agent.plan.attributes.extend(data.image);
    Some(LaunchTemplate {
        name: name.to_owned(),
        id,
        version: version
            .unwrap_or_else(|| u64::from(cx.default_u32("aws.launchTemplates.*.VersionNumber"))),
        is_default,
        sizes: data.sizes,
        is_spot: data.is_spot,
        volumes: data.volumes,
        is_unlimited: data.is_unlimited,
        agent,
    })
}

struct Data {
    sizes: Sizes,
    is_spot: bool,
    volumes: Vec<VolumePlan>,
    is_unlimited: Option<bool>,
    /// The attribute that its image gives.
    image: Option<(String, String)>,
}

fn read_data(cx: &Context<'_>, field: &Field<'_>) -> Option<Data> {
    let mut map = field.map()?;
    let named = map.field("InstanceType");
    let asked = map.field("InstanceRequirements");
    let mappings = map.field("BlockDeviceMappings");
    let market = map.field("InstanceMarketOptions");
    let credits = map.map("CreditSpecification");
    // A parameter of Systems Manager stands for an image that nobody knows here.
    let image = map.str("ImageId").filter(|id| id.starts_with("ami-"));
    map.finish_aws("ec2.ResponseLaunchTemplateData");
    if let (Some(_), Some(asked)) = (&named, &asked) {
        let message = "InstanceType and InstanceRequirements exclude one another";
        asked.error("invalid-value", message).report();
    }
    Some(Data {
        // A wrong one is reported, and the template is no good.
        sizes: match (named, asked) {
            (Some(named), _) => Sizes::One(cx.type_named(&named)?),
            (None, Some(asked)) => {
                let asked = read_requirements(cx, &asked, &Spelling::EC2)?;
                Sizes::Required(Box::new(asked))
            }
            (None, None) => Sizes::Unsaid,
        },
        is_spot: market.is_some_and(|field| is_spot(&field)),
        volumes: volumes(cx, mappings),
        is_unlimited: credits.and_then(is_unlimited),
        image: image.map(|id| ("ecs.ami-id".to_owned(), id.to_owned())),
    })
}

/// `CpuCredits`.
fn is_unlimited(mut map: MapReader<'_>) -> Option<bool> {
    let chosen = map.choice("CpuCredits", &[("unlimited", true), ("standard", false)]);
    map.finish_aws("ec2.CreditSpecification");
    chosen
}

fn is_spot(field: &Field<'_>) -> bool {
    let Some(mut map) = field.map() else {
        return false;
    };
    let kind = map.field("MarketType");
    map.finish_aws("ec2.LaunchTemplateInstanceMarketOptions");
    let Some(kind) = kind else { return false };
    let kinds = [("spot", true), ("capacity-block", false)];
    let chosen = kind.choice(&kinds);
    if chosen == Some(false) {
        not_built_value(&kind);
    }
    chosen == Some(true)
}

/// The EBS volumes; the ECS-optimized image's own where none are given.
fn volumes(cx: &Context<'_>, field: Option<Field<'_>>) -> Vec<VolumePlan> {
    const DEFAULT: &str =
        "aws.launchTemplates.*.LaunchTemplateData.BlockDeviceMappings.*.Ebs.VolumeSize";
    let Some(field) = field else {
        let gib = cx.default_u32(DEFAULT);
        return vec![VolumePlan { gib }];
    };
    let mut volumes = Vec::new();
    let items = field.list().unwrap_or_default();
    if VOLUMES_MAX < items.len() {
        let message = format!("{} volumes are too many, at most 64 are read", items.len());
        field.error("too-many", message).report();
        return volumes;
    }
    for mut map in items.iter().filter_map(Field::map) {
        let ebs = map.map("Ebs");
        map.finish_aws("ec2.LaunchTemplateBlockDeviceMapping");
        let Some(mut ebs) = ebs else { continue };
        let gib = ebs.u32("VolumeSize", 1..=65_536);
        if let Some(kind) = ebs.field("VolumeType")
            && let Some(word) = kind.str()
            && word != "gp3"
        {
            let message = format!("a {} volume is billed as gp3 here", quote(word));
            kind.warning("not-built-yet", message).report();
        }
        ebs.finish_aws("ec2.LaunchTemplateEbsBlockDevice");
        volumes.push(VolumePlan {
            gib: gib.unwrap_or_else(|| cx.default_u32(DEFAULT)),
        });
    }
    volumes
}

impl LaunchTemplates {
    /// The version that a `LaunchTemplateSpecification` names; reports if there is none.
    pub(super) fn resolve(&self, cx: &Context<'_>, field: &Field<'_>) -> Option<&LaunchTemplate> {
        let mut map = field.map()?;
        let name = map.field("LaunchTemplateName");
        let id = map.field("LaunchTemplateId");
        let version = map.field("Version");
        map.finish_aws("autoscaling.LaunchTemplateSpecification");
        let place = match name.or(id) {
            Some(place) => place,
            None => {
                let message = "a launch template is named by LaunchTemplateName";
                field.error("missing-field", message).report();
                return None;
            }
        };
        let wanted = place.str()?;
        let is_it = |it: &&LaunchTemplate| it.name == wanted || it.id.as_deref() == Some(wanted);
        let versions: Vec<&LaunchTemplate> = self.all.iter().filter(is_it).collect();
        if versions.is_empty() {
            if !self.refused.contains(wanted) {
                let known = self.all.iter().map(|known| known.name.as_str());
                unknown_name(&place, "launch template", wanted, known);
            }
            return None;
        }
        let by_number = |it: &&&LaunchTemplate| it.version;
        let text = match &version {
            Some(version) => version.str()?,
            None => cx.default_text("aws.autoScalingGroups.*.LaunchTemplate.Version"),
        };
        let found = match text {
            "$Latest" => versions.iter().max_by_key(by_number),
            "$Default" => {
                let default = versions.iter().find(|it| it.is_default);
                default.or_else(|| versions.iter().min_by_key(by_number))
            }
            number => versions.iter().find(|it| it.version.to_string() == number),
        };
        if let (None, Some(version)) = (found, &version) {
            if !self.refused.contains(wanted) {
                let numbers: Vec<String> =
                    versions.iter().map(|it| it.version.to_string()).collect();
                let what = format!("version of the launch template {wanted}");
                let known = numbers.iter().map(String::as_str);
                unknown_name(version, &what, text, known.chain(["$Latest", "$Default"]));
            }
            return None;
        }
        found.copied()
    }

    /// The custom attributes of all instances, by name.
    pub(super) fn attributes(&self) -> impl Iterator<Item = &str> {
        let agents = self.all.iter().map(|template| &template.agent.plan);
        agents.flat_map(|agent: &AgentPlan| agent.attributes.iter().map(|(name, _)| name.as_str()))
    }
}
