//! What moves a measure most: a tornado, or shares of its variance.

use serde_json::Value;

use super::figure::{Axis, Figure, InRow, Ink, Line, Panel, Style, Unit};
use super::sweep::{Shown, SweepData, name};
use super::sweep_figures::axis;

/// A chart of each measure: two values of each parameter in a row, the most important first.
struct OfParameters<'a> {
    id: String,
    title: String,
    says: String,
    x: Axis,
    style: Style,
    /// What the two values are.
    sides: [&'a str; 2],
    /// One of them.
    value: &'a dyn Fn(&Value, usize) -> InRow,
}

impl OfParameters<'_> {
    fn figure(self, parameters: &[Value]) -> Figure {
        let line = |side: usize| {
            let values = parameters.iter().map(|it| (self.value)(it, side));
            let ink = Ink::Nth(side);
            Line::in_rows(self.sides[side], self.style, ink, values.collect())
        };
        Figure {
            panels: vec![Panel::new("", Unit::Rows, vec![line(0), line(1)])],
            id: self.id,
            title: self.title,
            says: self.says,
            note: String::new(),
            x: self.x,
        }
    }
}

/// A chart of each measure that varies.
pub fn figures(data: &SweepData<'_>) -> Vec<Figure> {
    let sensitivity = &data.cells["sensitivity"];
    let is_tornado = sensitivity["design"] == "tornado";
    let figure = |shown: &Shown| {
        let found = &sensitivity["measures"][&shown.name];
        let parameters = found["parameters"].as_array()?;
        if parameters.is_empty() {
            return None;
        }
        Some(match is_tornado {
            true => tornado(shown, found, parameters),
            false => indices(shown, parameters),
        })
    };
    data.shown().iter().filter_map(figure).collect()
}

fn parameter_of(parameter: &Value) -> &str {
    parameter["parameter"].as_str().unwrap_or("")
}

fn tornado(shown: &Shown, found: &Value, parameters: &[Value]) -> Figure {
    let baseline = shown.interval(&found["baseline"]).unwrap_or((0.0, 0.0));
    let value = |parameter: &Value, side: usize| {
        let end = &parameter[["low", "high"][side]];
        let difference = shown.interval(&end["difference_to_baseline"]);
        let (mean, half) = difference.unwrap_or((0.0, 0.0));
        let (row, value) = (parameter_of(parameter), end["value"].as_str().unwrap_or(""));
        let sign = if 0.0 < mean { "+" } else { "" };
        InRow {
            row: row.to_owned(),
            value: [mean, baseline.0, f64::NAN],
            word: format!("{row} = {value}: {sign}{}", shown.show((mean, half))),
        }
    };
    let width = parameters[0]["width"].as_f64().unwrap_or(0.0);
    OfParameters {
        id: format!("tornado-{}", shown.name.replace('_', "-")),
        title: format!("What moves it most: {}", shown.title),
        says: format!(
            "The baseline is {}; {} moves it most, by {} over its range.",
            shown.show(baseline),
            parameter_of(&parameters[0]),
            shown.unit.show(width * shown.scale)
        ),
        x: axis(shown),
        style: Style::Across,
        sides: ["at its low value", "at its high value"],
        value: &value,
    }
    .figure(parameters)
}

fn indices(shown: &Shown, parameters: &[Value]) -> Figure {
    let sides = ["by itself", "in total"];
    let part = |parameter: &Value, side: usize| {
        let index = &parameter[["first_order", "total"][side]];
        ["value", "low", "high"].map(|it| 100.0 * index[it].as_f64().unwrap_or(f64::NAN))
    };
    let value = |parameter: &Value, side: usize| {
        let [value, low, high] = part(parameter, side);
        let (row, word) = (parameter_of(parameter), sides[side]);
        InRow {
            row: row.to_owned(),
            value: [value, low, high],
            word: format!("{row} {word}: {value:.1} % ({low:.1} to {high:.1})"),
        }
    };
    OfParameters {
        id: format!("indices-{}", shown.name.replace('_', "-")),
        title: format!("Shares of the variance: {}", shown.title),
        says: format!(
            "{} moves it most: {:.0} % of its variance with all it does together with others.",
            parameter_of(&parameters[0]),
            part(&parameters[0], 1)[0]
        ),
        x: Axis::Number {
            title: "percent of the variance".to_owned(),
            unit: Unit::Percent,
            log: false,
        },
        style: Style::Points,
        sides,
        value: &value,
    }
    .figure(parameters)
}

/// The ends of ranges at which a cell breaks an objective that the baseline keeps, in a sentence.
pub fn flips(data: &SweepData<'_>) -> Option<String> {
    let baseline = &data.all().get(data.labels.baseline)?;
    if baseline["keeps_all_objectives"] != true {
        return None;
    }
    let measures = data.cells["sensitivity"]["measures"].as_object()?;
    let parameters = measures
        .values()
        .find_map(|it| it["parameters"].as_array())?;
    let mut ends = Vec::new();
    for parameter in parameters {
        for end in [&parameter["low"], &parameter["high"]] {
            if end["keeps_all_objectives"] == false {
                let value = end["value"].as_str().unwrap_or("");
                ends.push(format!("{} = {value}", parameter_of(parameter)));
            }
        }
    }
    (!ends.is_empty()).then(|| {
        format!(
            "The baseline, {}, keeps the objectives; they break at {}.",
            name(baseline),
            ends.join(", ")
        )
    })
}
