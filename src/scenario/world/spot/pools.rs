//! The Spot pools of instances: how those of each type of each group behave.
//!
//! Later blocks win: those of all Spot, `EC2`, a group's, a family's, a type's.

use std::collections::BTreeMap;

use crate::catalog::instances::{InstanceType, advisor, all, family, get};
use crate::policy::spot::{InterruptionBucket, Level, Preset, SpotParameters, calibrate};
use crate::scenario::aws::Aws;
use crate::scenario::context::{Context, unknown_name};
use crate::scenario::plan::{GroupPlan, PoolBehaviour, RunPlan};
use crate::scenario::reader::{Field, MapReader};

use super::history::{self, Around, History};
use super::layer::{Layer, camel_case, preset};

/// What a type's bucket is taken to be where the advisor says nothing of it.
const ASSUMED: InterruptionBucket = InterruptionBucket::From5To10;

/// Names in `world.spot` that are no group, family or type.
const FIELDS: [&str; 12] = [
    "default",
    "FARGATE_SPOT",
    "preset",
    "frequency",
    "interruptionsPerSlotMonth",
    "lifetime",
    "reclaimAll",
    "otherZones",
    "retry",
    "advanced",
    "trace",
    "prices",
];

/// The blocks of instances, by `EC2`, a group, a family or a type.
pub(super) type Layers<'a> = BTreeMap<String, (Layer<'a>, History<'a>, Field<'a>)>;

/// Reads the blocks of instances out of `world.spot`.
pub(super) fn read<'a>(
    cx: &Context<'_>,
    map: &mut MapReader<'a>,
    groups: &[GroupPlan],
) -> Layers<'a> {
    let mut layers = Layers::new();
    for key in map.names() {
        let is_known = key == "EC2"
            || groups.iter().any(|group| group.name == key)
            || cx.instance_type(key).is_ok()
            || cx.has_own_family(key)
            || cx.is_refused_type(key)
            || !family(key).is_empty();
        if FIELDS.contains(&key) {
            continue;
        }
        let Some(field) = map.named(key, is_known) else {
            continue;
        };
        if !is_known {
            let groups = groups.iter().map(|group| group.name.as_str());
            let own = cx.own_instance_types();
            let own = own.iter().map(|id| get(*id));
            let types = all().iter().chain(own);
            let types = types.flat_map(|it| [it.name, it.family()]);
            let known = groups.chain(types).chain(["EC2"]).chain(FIELDS);
            let what = "Auto Scaling group, instance type or family";
            unknown_name(&field, what, key, known);
            continue;
        }
        let is_used = key == "EC2" || groups.iter().any(|group| has(group, key));
        if !is_used {
            cx.say(
                &field,
                "no-effect",
                format!("no effect here: no group launches {key}"),
            );
        }
        let Some(mut inner) = field.map() else {
            continue;
        };
        let layer = Layer::read(&mut inner);
        let (trace, prices) = (inner.field("trace"), inner.field("prices"));
        let history = History::read(cx, trace, prices);
        inner.finish();
        layers.insert(key.to_owned(), (layer, history, field));
    }
    layers
}

fn has(group: &GroupPlan, key: &str) -> bool {
    let is_it = |it: &InstanceType| it.name == key || it.family() == key;
    let mut types = group.types.iter();
    group.name == key || types.any(|known| is_it(get(known.instance_type)))
}

/// Gives every type of a group that buys Spot its behaviour; `shared` are the blocks of all Spot.
pub(super) fn settle(
    cx: &Context<'_>,
    block: Option<&Field<'_>>,
    (shared, layers): (&[&Layer<'_>], &Layers<'_>),
    (run, aws): (&RunPlan, &mut Aws),
) {
    let region = aws.region.name;
    let zones = &aws.zones;
    let around = Around { cx, run, zones };
    for group in &mut aws.groups {
        if group.distribution.on_demand_percent == 100 {
            continue;
        }
        for known in &mut group.types {
            let it = get(known.instance_type);
            let names = ["EC2", &group.name, it.family(), it.name];
            let own = names.iter().filter_map(|name| layers.get(*name));
            let mut levels = own.clone().filter_map(|(layer, ..)| layer.level.as_ref());
            let mut blocks = own.clone().map(|(.., field)| field);
            let place = levels.next_back().or_else(|| blocks.next_back()).or(block);
            let histories: Vec<&History<'_>> = own.clone().map(|(_, it, _)| it).collect();
            known.pools = history::pools(around, (it, &group.zones), &histories);
            let own = own.map(|(layer, ..)| layer);
            let each: Vec<&Layer<'_>> = shared.iter().copied().chain(own).collect();
            let parameters = parameters(cx, it, (&each, region));
            match (calibrate(&parameters), place) {
                (Ok(rates), _) => known.spot = Some(PoolBehaviour { parameters, rates }),
                (Err(wrong), Some(place)) => {
                    let message = camel_case(&wrong.to_string());
                    let message = format!("{message} (Spot pools of {})", it.name);
                    place.error("invalid-spot", message).report();
                }
                (Err(_), None) => {}
            }
        }
    }
}

fn parameters(
    cx: &Context<'_>,
    it: &InstanceType,
    (layers, region): (&[&Layer<'_>], &str),
) -> SpotParameters {
    let preset = preset(layers, || {
        cx.default_text("world.spot.EC2.preset");
        Preset::Default
    });
    let is_level_given = layers.iter().any(|layer| layer.has_level());
    let reads_bucket = !is_level_given && preset != Preset::Scarce;
    let bucket = match advisor::advice(it.id, region) {
        Some(advice) => {
            let bucket = InterruptionBucket::ALL[usize::from(advice.bucket.min(4))];
            if reads_bucket {
                let source = format!("AWS: Spot Instance Advisor, {}, {region}", advice.date);
                assume_bucket(cx, it, bucket, &source);
            }
            bucket
        }
        None => {
            if reads_bucket {
                let source =
                    format!("ASSUMPTION: the Spot Instance Advisor says nothing of it in {region}");
                assume_bucket(cx, it, ASSUMED, &source);
            }
            ASSUMED
        }
    };
    let mut parameters = SpotParameters::ec2(preset, bucket);
    for layer in layers {
        layer.apply(preset, &mut parameters);
    }
    let is_share = matches!(parameters.level, Level::MonthlyShare(_));
    if is_share && !layers.iter().any(|layer| layer.has_lifetime()) {
        assume_reading(cx, &parameters);
    }
    parameters
}

fn assume_bucket(cx: &Context<'_>, it: &InstanceType, bucket: InterruptionBucket, source: &str) {
    let path = format!("world.spot[{}].frequency", it.name);
    cx.assume(path, bucket.label().to_owned(), source);
}

/// The largest uncertainty of all: named with every result that rests on it.
fn assume_reading(cx: &Context<'_>, parameters: &SpotParameters) {
    let path = "world.spot.EC2.lifetime".to_owned();
    let (value, source) = match parameters.lifetime_hours {
        None => (
            "none".to_owned(),
            "ASSUMPTION: how the advisor's monthly share is read, of instances that only AWS ends; \
             lifetime: 24h reads it 31 times as high",
        ),
        Some(hours) => (
            format!("{hours}h"),
            "ASSUMPTION: how the advisor's monthly share is read, of instances that their owners \
             end after this long; lifetime: none reads it far lower",
        ),
    };
    cx.assume(path, value, source);
}
