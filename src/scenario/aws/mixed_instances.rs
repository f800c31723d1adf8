//! What a group launches: a launch template by itself, or a mixed instances policy over it.

use crate::catalog::instances::{Architecture, get};
use crate::ids::InstanceTypeId;
use crate::policy::auto_scaling_group::Distribution;
use crate::policy::instance_requirements::{Buys, Per, Requirements};
use crate::scenario::context::{Context, bounded, refuse_not_built};
use crate::scenario::plan::{OnDemandAllocation, SpotAllocation};
use crate::scenario::reader::{Field, MapReader};

use super::auto_scaling_group::Around;
use super::group_types::Launched;
use super::instance_requirements::{Market, Spelling, choose, read_requirements};
use super::instances_distribution::{bought, path};
use super::launch_template::{LaunchTemplate, Sizes};

/// The most overrides of a group that are read; AWS's own limit is 40 (EC2 Auto Scaling API,
/// LaunchTemplate, 2026-11).
const OVERRIDES_MAX: usize = 400;

/// What a group launches and how it buys.
pub(super) struct Mixed<'a, 't> {
    pub(super) template: &'t LaunchTemplate,
    /// In the order of the overrides, each once.
    pub(super) types: Vec<Launched<'a>>,
    pub(super) distribution: Distribution,
    pub(super) on_demand_allocation: OnDemandAllocation,
    pub(super) spot_allocation: SpotAllocation,
    /// `SpotMaxPrice`, micro-USD an hour.
    pub(super) spot_max_micro_usd: Option<u64>,
}

impl Mixed<'_, '_> {
    /// Whether it ever buys Spot.
    pub(super) fn buys_spot(&self) -> bool {
        buys(&self.distribution).spot
    }
}

/// How a group with this distribution ever buys.
fn buys(distribution: &Distribution) -> Buys {
    Buys {
        on_demand: 0 < distribution.on_demand_base || 0 < distribution.on_demand_percent,
        spot: distribution.on_demand_percent < 100,
    }
}

/// Reads `LaunchTemplate` or `MixedInstancesPolicy`; one of the two is there.
pub(super) fn read<'a, 't>(
    cx: &Context<'_>,
    map: &mut MapReader<'a>,
    (around, max_size): (&Around<'t>, Option<u32>),
) -> Option<Mixed<'a, 't>> {
    let template = map.field("LaunchTemplate");
    let policy = map.field("MixedInstancesPolicy");
    match (template, policy) {
        (Some(_), Some(policy)) => {
            let message = "LaunchTemplate and MixedInstancesPolicy exclude one another";
            policy.error("invalid-value", message).report();
            None
        }
        (None, None) => {
            let message = "the group has no LaunchTemplate and no MixedInstancesPolicy";
            map.error("missing-field", message).report();
            None
        }
        (Some(template), None) => of_template(cx, &template, around),
        (None, Some(policy)) => of_policy(cx, &policy, (around, max_size)),
    }
}

/// A group that buys what its launch template says.
fn of_template<'a, 't>(
    cx: &Context<'_>,
    field: &Field<'a>,
    around: &Around<'t>,
) -> Option<Mixed<'a, 't>> {
    let template = around.templates.resolve(cx, field)?;
    let distribution = Distribution {
        on_demand_base: 0,
        on_demand_percent: if template.is_spot { 0 } else { 100 },
    };
    let mut types = Types::new(cx, around, buys(&distribution));
    types.add_template(template, field);
    Some(Mixed {
        template,
        on_demand_allocation: types.usual_allocation(),
        types: types.found()?,
        distribution,
        spot_allocation: SpotAllocation::LowestPrice { pools: 1 },
        spot_max_micro_usd: None,
    })
}

fn of_policy<'a, 't>(
    cx: &Context<'_>,
    field: &Field<'a>,
    (around, max_size): (&Around<'t>, Option<u32>),
) -> Option<Mixed<'a, 't>> {
    let mut policy = field.map()?;
    let launch = policy.required("LaunchTemplate");
    let distribution = policy.field("InstancesDistribution");
    policy.finish_aws("autoscaling.MixedInstancesPolicy");
    let bought = bought(cx, distribution, max_size);
    let launch_field = launch?;
    let mut launch = launch_field.map()?;
    let template = launch.required("LaunchTemplateSpecification");
    let overrides = bounded(&mut launch, "Overrides", OVERRIDES_MAX);
    launch.finish_aws("autoscaling.LaunchTemplate");
    let place = template?;
    let template = around.templates.resolve(cx, &place);
    let mut types = Types::new(cx, around, buys(&bought.distribution));
    types.template = template;
    for field in &overrides {
        types.add_override(field);
    }
    let template = template?;
    if template.is_spot {
        let message = "a launch template with InstanceMarketOptions is no good in a mixed \
                       instances policy, AWS refuses it";
        place.error("invalid-value", message).report();
    }
    if overrides.is_empty() {
        types.add_template(template, &place);
    }
    let usual_allocation = types.usual_allocation();
    Some(Mixed {
        template,
        types: types.found()?,
        distribution: bought.distribution,
        on_demand_allocation: bought.on_demand.unwrap_or_else(|| {
            cx.default_text(&path("OnDemandAllocationStrategy"));
            usual_allocation
        }),
        spot_allocation: bought.spot,
        spot_max_micro_usd: bought.spot_max_micro_usd,
    })
}

/// The types of a group, as they are found.
struct Types<'a, 'c, 't> {
    cx: &'c Context<'c>,
    around: &'c Around<'t>,
    buys: Buys,
    /// The group's launch template, where overrides may have others.
    template: Option<&'t LaunchTemplate>,
    found: Vec<Launched<'a>>,
    by_requirements: bool,
    /// Types that the group's own template launches, by architecture: its image has one.
    of_template: Vec<(Architecture, &'static str)>,
    is_wrong: bool,
}

impl<'a, 'c, 't> Types<'a, 'c, 't> {
    fn new(cx: &'c Context<'c>, around: &'c Around<'t>, buys: Buys) -> Self {
        Types {
            cx,
            around,
            buys,
            template: None,
            found: Vec::new(),
            by_requirements: false,
            of_template: Vec::new(),
            is_wrong: false,
        }
    }

    /// None if something is wrong, which is reported.
    fn found(self) -> Option<Vec<Launched<'a>>> {
        (!self.is_wrong && !self.found.is_empty()).then_some(self.found)
    }

    /// AWS's own default of allocation differs where requirements choose the types: there is no
    /// order.
    fn usual_allocation(&self) -> OnDemandAllocation {
        match self.by_requirements {
            true => OnDemandAllocation::LowestPrice,
            false => OnDemandAllocation::Prioritized,
        }
    }

    /// A type that is there twice may be bought in the ways of both.
    fn add(&mut self, id: InstanceTypeId, place: &Field<'a>, buys: Buys) {
        match self.found.iter_mut().find(|known| known.id == id) {
            Some(known) => {
                known.buys.on_demand |= buys.on_demand;
                known.buys.spot |= buys.spot;
            }
            None => self.found.push(Launched {
                id,
                place: place.clone(),
                buys,
            }),
        }
    }

    fn add_named(&mut self, id: InstanceTypeId, place: &Field<'a>) {
        let both = Buys {
            on_demand: true,
            spot: true,
        };
        self.add(id, place, both);
    }

    fn add_template(&mut self, template: &LaunchTemplate, place: &Field<'a>) {
        match &template.sizes {
            Sizes::One(id) => self.add_named(*id, place),
            Sizes::Required(asked) => self.add_all(asked, &Spelling::EC2, place),
            Sizes::Unsaid => {
                let message = "the launch template names no InstanceType";
                let help = "add one to its LaunchTemplateData, or InstanceRequirements, or \
                            Overrides to the group";
                place.error("missing-field", message).help(help).report();
                self.is_wrong = true;
            }
        }
    }

    fn add_override(&mut self, field: &Field<'a>) {
        let Some(mut map) = field.map() else {
            self.is_wrong = true;
            return;
        };
        let named = map.field("InstanceType");
        let requirements = map.field("InstanceRequirements");
        if let Some(weight) = map.field("WeightedCapacity")
            && weight.u32(1..=999).is_some()
        {
            let message = "ECS advises against weights in a capacity provider's group, and here \
                           every instance counts as 1";
            weight.warning("weighted-capacity", message).report();
        }
        let own = map.field("LaunchTemplateSpecification");
        let has_own = own.is_some();
        self.check_template(own);
        refuse_not_built(&mut map, &["ImageId"]);
        map.finish_aws("autoscaling.LaunchTemplateOverrides");
        match (named, requirements) {
            (Some(named), None) => match self.cx.type_named(&named) {
                Some(id) => {
                    self.check_named(id, &named, has_own);
                    self.add_named(id, &named);
                }
                None => self.is_wrong = true,
            },
            (None, Some(place)) => {
                match read_requirements(self.cx, &place, &Spelling::AUTO_SCALING) {
                    Some(asked) => self.add_all(&asked, &Spelling::AUTO_SCALING, &place),
                    None => self.is_wrong = true,
                }
            }
            (named, _) => {
                let message = match named {
                    Some(_) => "InstanceType and InstanceRequirements exclude one another",
                    None => "an override has an InstanceType or InstanceRequirements",
                };
                field.error("invalid-value", message).report();
                self.is_wrong = true;
            }
        }
    }

    /// Warns of a type that stands twice, and of one that the image of the others does not start.
    fn check_named(&mut self, id: InstanceTypeId, place: &Field<'a>, has_own: bool) {
        let it = get(id);
        if self.found.iter().any(|known| known.id == id) {
            let message = format!("{} stands in an override before: it counts once", it.name);
            place.warning("duplicate-name", message).report();
            return;
        }
        if has_own {
            return;
        }
        let mut others = self.of_template.iter();
        if let Some((other, name)) = others.find(|(other, _)| *other != it.architecture) {
            let message = format!(
                "{} is {} and {name} {}, and one template launches both: an image has one \
                 architecture, so that one of the two does not start on AWS",
                it.name,
                it.architecture.name(),
                other.name()
            );
            let help = "give one of them a LaunchTemplateSpecification of its own, or a group of \
                        each";
            place
                .warning("mixed-architectures", message)
                .help(help)
                .report();
        }
        self.of_template.push((it.architecture, it.name));
    }

    /// A type may be launched from a template of its own (another image, for another
    /// architecture): what is simulated of it has to be the same for all instances of the group.
    fn check_template(&mut self, field: Option<Field<'a>>) {
        let Some(field) = field else { return };
        let Some(own) = self.around.templates.resolve(self.cx, &field) else {
            self.is_wrong = true;
            return;
        };
        let is_alike = self.template.is_none_or(|of_group| {
            own.volumes == of_group.volumes && own.agent.is_as(&of_group.agent)
        });
        if !is_alike {
            let message = "a launch template of a type's own with other volumes or another \
                           ecsConfig than the group's is not simulated yet";
            let help = "make the two alike, or a group of each";
            field.error("not-built-yet", message).help(help).report();
        }
    }

    fn add_all(&mut self, asked: &Requirements, spelling: &Spelling, place: &Field<'a>) {
        self.by_requirements = true;
        let market = Market {
            region: self.around.region,
            architecture: self.around.architecture,
            per: Per::Instance,
            buys: self.buys,
        };
        match choose(self.cx, asked, (spelling, place), &market) {
            Some(chosen) => {
                for it in chosen {
                    self.add(it.id, place, it.buys);
                }
            }
            None => self.is_wrong = true,
        }
    }
}
