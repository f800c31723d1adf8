//! The cell that others are compared with.

use super::super::context::unknown_name;
use super::super::node::Node;
use super::super::path::Path;
use super::super::reader::Field;
use super::super::resolved::one_line;
use super::{Design, SweepParameter, SweepValue};

/// How a value is shown that the scenario leaves to its default.
const DEFAULT: &str = "default";
/// How a block of the scenario is shown.
const BLOCK: &str = "as written";

/// `baseline: { spotWeight: 0 }`. Parameters left out are at their first value; of a design
/// about assumptions they are as the scenario has them.
pub(super) fn read(
    field: Option<&Field<'_>>,
    parameters: &[SweepParameter],
    (design, tree): (Design, &Node),
) -> Option<Vec<SweepValue>> {
    let is_around_it = matches!(design, Design::Tornado | Design::SobolIndices(_));
    let usual = |parameter: &SweepParameter| match is_around_it {
        true => as_it_stands(parameter, tree),
        false => parameter.values[0].clone(),
    };
    let chosen: Vec<SweepValue> = parameters.iter().map(usual).collect();
    match field {
        Some(field) => named(field, parameters, chosen),
        None => is_around_it.then_some(chosen),
    }
}

/// The baseline with the values that `field` names.
fn named(
    field: &Field<'_>,
    parameters: &[SweepParameter],
    mut chosen: Vec<SweepValue>,
) -> Option<Vec<SweepValue>> {
    let mut map = field.map()?;
    for (key, value) in map.entries() {
        let Some(index) = parameters.iter().position(|it| it.name == key.text) else {
            let known = parameters.iter().map(|it| it.name.as_str());
            unknown_name(&value, "parameter", &key.text, known);
            continue;
        };
        let (parameter, label) = (&parameters[index], one_line(value.node()));
        match parameter.values.iter().find(|known| known.label == label) {
            Some(known) => chosen[index] = known.clone(),
            // Any value may stand beside a range: what is there today lies where it lies.
            None if parameter.range.is_some() => {
                chosen[index] = SweepValue {
                    settings: vec![label.clone()],
                    label,
                    place: value.span(),
                };
            }
            None => {
                let known = parameter.values.iter().map(|it| it.label.as_str());
                unknown_name(&value, "value", &label, known);
            }
        }
    }
    map.finish();
    Some(chosen)
}

/// The value that the scenario has without the sweep. Nothing is set for it: what was read from a
/// file stays as it was read.
fn as_it_stands(parameter: &SweepParameter, tree: &Node) -> SweepValue {
    let node = |path: &String| Path::parse(path).ok()?.get(tree).ok();
    let found: Option<Vec<&Node>> = parameter.paths.iter().map(node).collect();
    let place = parameter.values[0].place;
    let Some(found) = found else {
        return SweepValue {
            label: DEFAULT.to_owned(),
            settings: Vec::new(),
            place,
        };
    };
    let settings: Vec<String> = found.iter().map(|node| one_line(node)).collect();
    let same = |value: &&SweepValue| value.settings == settings;
    // One of the values: the same cell, whatever it is called.
    if let Some(known) = parameter.values.iter().find(same) {
        return known.clone();
    }
    let is_one = settings.windows(2).all(|pair| pair[0] == pair[1]);
    let label = match (found[0].as_text(), is_one) {
        (Some(text), true) => text.to_owned(),
        _ => BLOCK.to_owned(),
    };
    SweepValue {
        label,
        settings: Vec::new(),
        place,
    }
}
