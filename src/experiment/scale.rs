//! The values of a sweep's parameter as numbers, for what is drawn against them.

use super::cell::Grid;
use crate::scenario::values;

/// From the least to the greatest at least so many times as much, for a logarithmic axis.
const LOG_SPAN: f64 = 7.5;
/// How far steps may be from all being the same factor.
const LOG_TOLERANCE: f64 = 1.25;

/// The cells of a sweep by what their parameters are.
#[derive(Clone, PartialEq, Eq, Default, Debug)]
pub struct CellLabels {
    /// The parameters' names.
    pub parameters: Vec<String>,
    /// Of each cell the value of each parameter, as the scenario says it.
    pub cells: Vec<Vec<String>>,
    /// The baseline's index.
    pub baseline: usize,
}

impl CellLabels {
    /// Those of a grid.
    pub fn of(grid: &Grid) -> Self {
        CellLabels {
            parameters: grid.parameters.clone(),
            cells: grid.cells.iter().map(|cell| cell.labels.clone()).collect(),
            baseline: grid.baseline,
        }
    }
}

/// What a parameter's numbers are.
#[derive(Clone, PartialEq, Eq, Debug)]
pub enum ScaleUnit {
    /// Numbers without a unit.
    Number,
    /// Percent, 100 being the whole.
    Percent,
    /// Seconds.
    Seconds,
    /// Numbers of another unit, the same for all values: `vCPU`, `USD`.
    Of(String),
}

/// A parameter whose values are all numbers of one unit.
#[derive(Clone, PartialEq, Debug)]
pub struct ParameterScale {
    /// Their unit.
    pub unit: ScaleUnit,
    /// The value of each cell, in the order of the cells.
    pub of_cells: Vec<f64>,
}

impl ParameterScale {
    /// The scale of the `parameter`th parameter; none if a value is no number, or the values have
    /// different units. Durations are of one: `200ms`, `1m`.
    pub fn of(labels: &CellLabels, parameter: usize) -> Option<Self> {
        let cells = &labels.cells;
        let labels = || cells.iter().map(|cell| cell[parameter].as_str());
        let all = |read: &dyn Fn(&str) -> Option<f64>| labels().map(read).collect();
        let as_number = |label: &str| values::number(label).ok();
        let as_percent = |label: &str| {
            let share = label
                .contains('%')
                .then(|| values::utilization(label).ok())??;
            Some(100.0 * share)
        };
        let as_seconds = |label: &str| Some(values::duration(label).ok()?.as_secs_f64());
        let of = |unit, of_cells| ParameterScale { unit, of_cells };
        if let Some(numbers) = all(&as_number) {
            return Some(of(ScaleUnit::Number, numbers));
        }
        if let Some(shares) = all(&as_percent) {
            return Some(of(ScaleUnit::Percent, shares));
        }
        if let Some(seconds) = all(&as_seconds) {
            return Some(of(ScaleUnit::Seconds, seconds));
        }
        let (_, unit) = with_unit(labels().next()?)?;
        let as_amount = |label: &str| {
            let (amount, its) = with_unit(label)?;
            (its == unit).then_some(amount)
        };
        Some(of(ScaleUnit::Of(unit.to_owned()), all(&as_amount)?))
    }

    /// Whether the values go up by about the same factor, over more than a few times the least:
    /// steps of equal width on a logarithmic axis.
    pub fn is_logarithmic(&self) -> bool {
        let mut values = self.of_cells.clone();
        values.sort_by(f64::total_cmp);
        values.dedup();
        let (Some(&least), Some(&greatest)) = (values.first(), values.last()) else {
            return false;
        };
        if values.len() < 3 || least <= 0.0 || greatest < LOG_SPAN * least {
            return false;
        }
        let steps = 1.0 / (values.len() - 1) as f64;
        let factor = libm::pow(greatest / least, steps);
        let is_even = |pair: &[f64]| {
            let off = pair[1] / pair[0] / factor;
            (1.0 / LOG_TOLERANCE..=LOG_TOLERANCE).contains(&off)
        };
        values.windows(2).all(is_even)
    }
}

/// `0.5 vCPU`: the amount and its unit.
fn with_unit(label: &str) -> Option<(f64, &str)> {
    let end = label.find(|letter: char| !letter.is_ascii_digit() && letter != '.')?;
    let amount = label[..end].parse().ok()?;
    Some((amount, label[end..].trim()))
}

/// The cells that differ from one another in nothing but some parameters, by the labels of all
/// others; in the order of the first of each.
pub fn alike_but_for(all: &CellLabels, parameters: &[usize]) -> Vec<(Vec<String>, Vec<usize>)> {
    let mut groups: Vec<(Vec<String>, Vec<usize>)> = Vec::new();
    for (index, cell) in all.cells.iter().enumerate() {
        let labels = cell.iter().enumerate();
        let others = labels.filter(|(place, _)| !parameters.contains(place));
        let others: Vec<String> = others.map(|(_, label)| label.clone()).collect();
        match groups.iter_mut().find(|(known, _)| *known == others) {
            Some((_, cells)) => cells.push(index),
            None => groups.push((others, vec![index])),
        }
    }
    groups
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::experiment::cell::{Asked, grid};
    use crate::scenario::{LoadOptions, load_text};

    /// A sweep over these values of two paths.
    fn swept(target: &str, other: &str) -> CellLabels {
        let text = format!(
            "\
fleetcast: 1
run: {{ duration: 1d }}
aws:
  taskDefinitions: [{{ family: web, cpu: 256, memory: 512 }}]
  services: [{{ serviceName: web, taskDefinition: web, desiredCount: 2, launchType: FARGATE }}]
sweep: {{ parameters: {{ target: {{ {target} }}, other: {{ {other} }} }} }}
"
        );
        let options = LoadOptions::default();
        let loaded = load_text("a", &text, &options)
            .unwrap_or_else(|wrong| panic!("{}", wrong.diagnostics.render(&wrong.sources, false)));
        CellLabels::of(&grid(&loaded, &options, Asked::default()).unwrap())
    }

    fn scale(target: &str) -> Option<ParameterScale> {
        ParameterScale::of(&swept(target, "path: run.seed, values: [7]"), 0)
    }

    #[test]
    fn values_of_one_unit_are_numbers_and_others_are_not() {
        let run = |values: &str| scale(&format!("path: run.duration, values: {values}"));
        let seconds = run("[30m, 1h, 1d]").unwrap();
        assert_eq!(seconds.unit, ScaleUnit::Seconds);
        assert_eq!(seconds.of_cells, [1_800.0, 3_600.0, 86_400.0]);
        let price = "path: world.prices.fargate_vcpu_hour_x86";
        let money = scale(&format!("{price}, values: [0.04 USD, 0.05 USD]")).unwrap();
        assert_eq!(money.unit, ScaleUnit::Of("USD".to_owned()));
        assert_eq!(money.of_cells, [0.04, 0.05]);
        let discount = "path: world.prices.discount.all";
        let percent = scale(&format!("{discount}, values: [0 %, 12.5 %]")).unwrap();
        assert_eq!(
            (percent.unit, &percent.of_cells[..]),
            (ScaleUnit::Percent, &[0.0, 12.5][..])
        );
        let words = "path: run.timeZone, values: [UTC, Europe/Berlin]";
        assert_eq!(scale(words), None);
    }

    #[test]
    fn values_that_go_up_by_a_factor_have_a_logarithmic_axis() {
        let count = |values: &str| {
            let values = format!("path: aws.services.web.desiredCount, values: {values}");
            scale(&values).unwrap().is_logarithmic()
        };
        assert!(count("[1, 2, 4, 8]") && count("[1, 3, 10, 30, 100]"));
        assert!(!count("[1, 2, 3, 4, 5, 6, 7, 8]") && !count("[1, 2, 4]") && !count("[0, 1, 10]"));
    }

    #[test]
    fn cells_are_grouped_by_what_else_they_are() {
        let labels = swept(
            "path: aws.services.web.desiredCount, values: [1, 2, 3]",
            "path: run.seed, values: [7, 8]",
        );
        let groups = alike_but_for(&labels, &[0]);
        assert_eq!(groups[0], (vec!["7".to_owned()], vec![0, 2, 4]));
        assert_eq!(groups[1], (vec!["8".to_owned()], vec![1, 3, 5]));
        assert_eq!(
            alike_but_for(&labels, &[0, 1]),
            [(Vec::new(), (0..6).collect())]
        );
    }
}
