//! Which cells of a sweep a chart over one parameter, or over two, shows.

use crate::experiment::scale::{CellLabels, ParameterScale, alike_but_for};

/// Curves of a chart: more can't be told apart, and that at the baseline is drawn alone.
const CURVES_MAX: usize = 6;
/// Values of a parameter: more tiles have no room for their numbers.
const VALUES_MAX: usize = 24;
/// Pairs of parameters, the first ones: four parameters have so many.
const PAIRS_MAX: usize = 6;

/// Cells along which nothing but one parameter changes.
#[derive(Clone, PartialEq, Debug)]
pub(super) struct Along {
    /// What the other parameters are.
    pub name: String,
    /// The cells, the parameter going up.
    pub cells: Vec<usize>,
}

/// The curves over a parameter: one for each combination of the other parameters' values, or that
/// of the baseline where they are too many.
pub(super) fn along(labels: &CellLabels, parameter: usize, scale: &ParameterScale) -> Vec<Along> {
    let mut lines = Vec::new();
    for (others, mut cells) in alike_but_for(labels, &[parameter]) {
        cells.sort_by(|a, b| scale.of_cells[*a].total_cmp(&scale.of_cells[*b]));
        cells.dedup_by_key(|cell| scale.of_cells[*cell].to_bits());
        if cells.len() < 2 {
            continue;
        }
        let names = labels.parameters.iter().enumerate();
        let names = names.filter(|(place, _)| *place != parameter);
        let named: Vec<String> = names
            .zip(&others)
            .map(|((_, name), label)| format!("{name}={label}"))
            .collect();
        lines.push(Along {
            name: match named.is_empty() {
                true => "mean with its 95 % interval".to_owned(),
                false => named.join(", "),
            },
            cells,
        });
    }
    if CURVES_MAX < lines.len() {
        lines.retain(|line| line.cells.contains(&labels.baseline));
    }
    lines
}

/// The cells of two parameters' values, with all others at the baseline.
#[derive(Clone, PartialEq, Debug)]
pub(super) struct Crossed<'a> {
    /// The parameters' names: side by side, and below one another.
    pub names: (&'a str, &'a str),
    /// The values of the first, from left to right.
    pub columns: Vec<&'a str>,
    /// Those of the second, from the top down.
    pub rows: Vec<&'a str>,
    /// Each cell with its column and its row.
    pub places: Vec<(usize, usize, usize)>,
}

impl<'a> Crossed<'a> {
    /// The first pairs of parameters of which all combinations were played.
    pub fn pairs(labels: &'a CellLabels) -> Vec<Self> {
        let count = labels.parameters.len();
        let pairs = (0..count).flat_map(|one| (one + 1..count).map(move |other| (one, other)));
        let crossed = pairs.filter_map(|pair| Crossed::of(labels, pair));
        crossed.take(PAIRS_MAX).collect()
    }

    /// A pair, if all combinations of at least two values each were played.
    fn of(labels: &'a CellLabels, (first, other): (usize, usize)) -> Option<Self> {
        let groups = alike_but_for(labels, &[first, other]);
        let at_baseline = |(_, cells): &(Vec<String>, Vec<usize>)| cells.contains(&labels.baseline);
        let (_, cells) = groups.into_iter().find(at_baseline)?;
        let columns = values(labels, first, &cells);
        let mut rows = values(labels, other, &cells);
        if ParameterScale::of(labels, other).is_some() {
            // As on any other axis numbers go up.
            rows.reverse();
        }
        let is_drawn = |values: &[&str]| (2..=VALUES_MAX).contains(&values.len());
        if !is_drawn(&columns) || !is_drawn(&rows) {
            return None;
        }
        let place = |cell: &usize| {
            let its = &labels.cells[*cell];
            let at = |values: &[&str], label: &String| values.iter().position(|it| it == label);
            Some((*cell, at(&columns, &its[first])?, at(&rows, &its[other])?))
        };
        let places: Vec<(usize, usize, usize)> = cells.iter().map(place).collect::<Option<_>>()?;
        let mut distinct: Vec<(usize, usize)> = places.iter().map(|it| (it.1, it.2)).collect();
        distinct.sort_unstable();
        distinct.dedup();
        (distinct.len() == columns.len() * rows.len()).then_some(Crossed {
            names: (&labels.parameters[first], &labels.parameters[other]),
            columns,
            rows,
            places,
        })
    }
}

/// A parameter's values among cells: numbers going up, others in the order of the file.
fn values<'a>(labels: &'a CellLabels, parameter: usize, cells: &[usize]) -> Vec<&'a str> {
    let mut ordered: Vec<usize> = cells.to_vec();
    if let Some(scale) = ParameterScale::of(labels, parameter) {
        ordered.sort_by(|a, b| scale.of_cells[*a].total_cmp(&scale.of_cells[*b]));
    }
    let mut values: Vec<&str> = Vec::new();
    for cell in ordered {
        let label = labels.cells[cell][parameter].as_str();
        if !values.contains(&label) {
            values.push(label);
        }
    }
    values
}

#[cfg(test)]
mod tests {
    use super::*;

    /// A grid of these values, the last parameter changing first.
    fn grid(parameters: &[(&str, &[&str])]) -> CellLabels {
        let mut cells: Vec<Vec<String>> = vec![Vec::new()];
        for (_, values) in parameters {
            let longer = |cell: &Vec<String>| -> Vec<Vec<String>> {
                let with = |value: &&str| [cell.clone(), vec![(*value).to_owned()]].concat();
                values.iter().map(with).collect()
            };
            cells = cells.iter().flat_map(longer).collect();
        }
        CellLabels {
            parameters: parameters.iter().map(|it| it.0.to_owned()).collect(),
            cells,
            baseline: 0,
        }
    }

    #[test]
    fn a_curve_goes_up_and_names_what_else_is_set() {
        let labels = grid(&[("count", &["4", "2", "3"]), ("cpu", &["256", "512"])]);
        let scale = ParameterScale::of(&labels, 0).unwrap();
        let lines = along(&labels, 0, &scale);
        assert_eq!(lines.len(), 2);
        assert_eq!(
            (lines[1].name.as_str(), &lines[1].cells[..]),
            ("cpu=512", &[3, 5, 1][..])
        );
        let many = grid(&[
            ("count", &["4", "2"]),
            ("other", &["a", "b", "c", "d", "e", "f", "g"]),
        ]);
        let scale = ParameterScale::of(&many, 0).unwrap();
        let lines = along(&many, 0, &scale);
        assert_eq!(lines.len(), 1);
        assert_eq!(lines[0].name, "other=a");
    }

    #[test]
    fn two_parameters_cross_where_all_their_pairs_were_played() {
        let labels = grid(&[("zone", &["b", "a"]), ("count", &["10", "9"])]);
        let crossed = Crossed::pairs(&labels);
        assert_eq!(crossed.len(), 1);
        assert_eq!(
            (&crossed[0].columns[..], &crossed[0].rows[..]),
            (&["b", "a"][..], &["10", "9"][..])
        );
        assert_eq!(
            crossed[0].places,
            [(0, 0, 0), (1, 0, 1), (2, 1, 0), (3, 1, 1)]
        );
        let mut gap = labels.clone();
        gap.cells.pop();
        assert!(Crossed::pairs(&gap).is_empty());
    }
}
