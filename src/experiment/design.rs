//! The points of a sweep: which values of its parameters are tried together.
//!
//! Sources: Latin hypercubes: McKay, Beckman and Conover 1979 (Technometrics 21). Sobol sequences
//! with Owen's scrambling: Owen 1998 (Journal of Complexity 14); by the crate `sobol_burley`
//! (Burley 2020, Journal of Computer Graphics Techniques 9).

use std::collections::BTreeMap;

use super::layout::{self, Layout};
use crate::engine::random::{NameHash, Purpose, Stream, Streams};
use crate::scenario::sweep::{Design, SweepParameter, SweepPlan, SweepValue};

/// What the draws of a design are for.
const DESIGN: Purpose = Purpose::new("sweep design");

/// Points of a sweep.
#[derive(Clone, PartialEq, Debug)]
pub struct Points {
    /// One value a parameter each, in the parameters' order; no two are the same.
    pub points: Vec<Vec<SweepValue>>,
    /// The index of the point that others are compared with.
    pub baseline: usize,
    /// Draws that fell onto a point that was there already.
    pub repeated: usize,
    /// What the points are to each other, in a design about assumptions.
    pub layout: Option<Layout>,
}

/// How many points a sweep asks for at most, without laying them out.
pub fn count(sweep: &SweepPlan) -> u64 {
    let values = || sweep.parameters.iter().map(|it| it.values.len() as u64);
    match sweep.design {
        Design::Grid => values().fold(1, u64::saturating_mul),
        Design::OneAtATime => 1 + values().map(|count| count.saturating_sub(1)).sum::<u64>(),
        Design::Tornado => 1 + 2 * layout::moved(&sweep.parameters).len() as u64,
        Design::SobolIndices(rows) => {
            1 + u64::from(rows) * (layout::moved(&sweep.parameters).len() as u64 + 2)
        }
        Design::Random(points) | Design::Sobol(points) | Design::LatinHypercube(points) => {
            u64::from(points)
        }
    }
}

/// Lays out the points of a sweep. Those that are drawn depend on `seed` and on the parameters'
/// names, not on their order. A baseline that is none of the points comes before them.
pub fn points(sweep: &SweepPlan, seed: u64) -> Points {
    let parameters = &sweep.parameters;
    let drawn = match sweep.design {
        Design::Grid => combinations(parameters),
        Design::OneAtATime => one_at_a_time(parameters, centre(sweep)),
        Design::Random(count) => by_parameter(parameters, count, |parameter, _| {
            let mut stream = stream(seed, parameter);
            (0..count).map(|_| stream.uniform()).collect()
        }),
        Design::LatinHypercube(count) => by_parameter(parameters, count, |parameter, _| {
            latin(&mut stream(seed, parameter), count)
        }),
        Design::Sobol(count) => by_parameter(parameters, count, |_, dimension| {
            (0..count)
                .map(|index| sobol(seed, index, dimension))
                .collect()
        }),
        Design::Tornado => layout::tornado(parameters, &centre(sweep)),
        Design::SobolIndices(rows) => {
            let uniform = |index, dimension| sobol(seed, index, dimension);
            layout::index_rows(parameters, &centre(sweep), (rows, uniform))
        }
    };
    let (found, places) = distinct(drawn, sweep.baseline.as_deref());
    Points {
        layout: layout::of(sweep.design, parameters, &places),
        ..found
    }
}

/// A coordinate of a point of the scrambled sequence, between 0 and 1.
fn sobol(seed: u64, index: u32, dimension: u32) -> f64 {
    let scramble = Streams::new(seed, 0)
        .stream(DESIGN, NameHash::of("sobol"), 0)
        .bits();
    f64::from(sobol_burley::sample(index, dimension, scramble as u32))
}

/// Every combination; the last parameter changes fastest.
pub fn combinations(parameters: &[SweepParameter]) -> Vec<Vec<SweepValue>> {
    let mut points = vec![Vec::new()];
    for parameter in parameters {
        let with = |point: &Vec<SweepValue>, value: &SweepValue| {
            let mut point = point.clone();
            point.push(value.clone());
            point
        };
        points = points
            .iter()
            .flat_map(|point| parameter.values.iter().map(move |value| with(point, value)))
            .collect();
    }
    points
}

/// The baseline, or the first value of each.
fn centre(sweep: &SweepPlan) -> Vec<SweepValue> {
    let first = |parameter: &SweepParameter| parameter.values[0].clone();
    let firsts = || sweep.parameters.iter().map(first).collect();
    sweep.baseline.clone().unwrap_or_else(firsts)
}

/// The baseline, and around it each other value of each parameter.
fn one_at_a_time(parameters: &[SweepParameter], centre: Vec<SweepValue>) -> Vec<Vec<SweepValue>> {
    let mut points: Vec<Vec<SweepValue>> = vec![centre.clone()];
    for (index, parameter) in parameters.iter().enumerate() {
        for value in &parameter.values {
            let mut point = centre.clone();
            point[index] = value.clone();
            points.push(point);
        }
    }
    // Each parameter brings the centre once more.
    let is_centre = |point: &Vec<SweepValue>| labels(point) == labels(&centre);
    let mut met = false;
    points.retain(|point| !is_centre(point) || !std::mem::replace(&mut met, true));
    points
}

/// Points from draws of each parameter: `draws` gives a parameter's, by its dimension.
fn by_parameter(
    parameters: &[SweepParameter],
    count: u32,
    draws: impl Fn(&SweepParameter, u32) -> Vec<f64>,
) -> Vec<Vec<SweepValue>> {
    let mut points = vec![Vec::new(); count as usize];
    for (dimension, parameter) in (0..).zip(parameters) {
        for (point, uniform) in points.iter_mut().zip(draws(parameter, dimension)) {
            point.push(parameter.drawn(uniform));
        }
    }
    points
}

/// One draw in each of `count` strata, in random order.
fn latin(stream: &mut Stream, count: u32) -> Vec<f64> {
    let mut strata: Vec<u32> = (0..count).collect();
    // Fisher and Yates, from the end on.
    for last in (1..strata.len()).rev() {
        let other = libm::floor(stream.uniform() * (last + 1) as f64) as usize;
        strata.swap(last, other.min(last));
    }
    let within = |stratum: u32| (f64::from(stratum) + stream.uniform()) / f64::from(count);
    strata.into_iter().map(within).collect()
}

fn stream(seed: u64, parameter: &SweepParameter) -> Stream {
    Streams::new(seed, 0).stream(DESIGN, NameHash::of(&parameter.name), 0)
}

fn labels(point: &[SweepValue]) -> Vec<&str> {
    point.iter().map(|value| value.label.as_str()).collect()
}

/// The points without repetitions, the baseline among them, and where each of `drawn` is.
fn distinct(drawn: Vec<Vec<SweepValue>>, baseline: Option<&[SweepValue]>) -> (Points, Vec<usize>) {
    let owned = |point: &[SweepValue]| -> Vec<String> {
        point.iter().map(|value| value.label.clone()).collect()
    };
    let mut seen: BTreeMap<Vec<String>, usize> = BTreeMap::new();
    let (mut points, mut places): (Vec<Vec<SweepValue>>, Vec<usize>) = Default::default();
    for point in drawn {
        let place = *seen.entry(owned(&point)).or_insert(points.len());
        places.push(place);
        if place == points.len() {
            points.push(point);
        }
    }
    let repeated = places.len() - points.len();
    let place = match baseline {
        None => 0,
        Some(baseline) => seen.get(&owned(baseline)).copied().unwrap_or_else(|| {
            points.insert(0, baseline.to_vec());
            places.iter_mut().for_each(|place| *place += 1);
            0
        }),
    };
    let found = Points {
        points,
        baseline: place,
        repeated,
        layout: None,
    };
    (found, places)
}

#[cfg(test)]
mod tests {
    use super::layout::LaidOut;
    use super::*;
    use crate::scenario::{LoadOptions, load_text};

    fn sweep(block: &str) -> SweepPlan {
        let text = format!(
            "fleetcast: 1\nrun: {{ duration: 1d }}\naws: {{}}\nworld: {{ latencies: {{ default: {{ \
             pull: {{ base: 1s }} }} }} }}\nsweep: {{ {block} }}\n"
        );
        let loaded = load_text("a", &text, &LoadOptions::default());
        loaded.unwrap().sweep.unwrap()
    }

    const TWO: &str = "parameters: { a: { path: run.seed, values: [1, 2, 3] }, b: { path: \
                       run.duration, range: { from: 1d, to: 9d } } }";

    fn cells(block: &str) -> Vec<String> {
        let points = points(&sweep(block), 1);
        points
            .points
            .iter()
            .map(|point| labels(point).join(" "))
            .collect()
    }

    #[test]
    fn a_grid_has_every_combination_and_one_at_a_time_a_star() {
        assert_eq!(cells(TWO).len(), 15);
        assert_eq!(
            cells(TWO)[..6],
            ["1 1d", "1 3d", "1 5d", "1 7d", "1 9d", "2 1d"]
        );
        let star = cells(&format!("design: oneAtATime, {TWO}, baseline: {{ b: 5d }}"));
        assert_eq!(
            star,
            ["1 5d", "2 5d", "3 5d", "1 1d", "1 3d", "1 7d", "1 9d"]
        );
        let block = format!("design: oneAtATime, {TWO}");
        assert_eq!(count(&sweep(&block)), cells(&block).len() as u64);
    }

    /// A baseline between a range's values is a cell of its own, the first.
    #[test]
    fn a_baseline_beside_the_points_is_added() {
        let found = points(&sweep(&format!("{TWO}, baseline: {{ b: 36h }}")), 1);
        assert_eq!((found.points.len(), found.baseline), (16, 0));
        assert_eq!(labels(&found.points[0]), ["1", "36h"]);
        let found = points(&sweep(&format!("{TWO}, baseline: {{ a: 2, b: 3d }}")), 1);
        assert_eq!((found.points.len(), found.baseline), (15, 6));
    }

    /// Of a Latin hypercube of nine points over three values each value has exactly three, and of
    /// nine stretches of a range each has one.
    #[test]
    fn a_latin_hypercube_meets_every_stratum() {
        let block = format!("design: latinHypercube, points: 9, {TWO}");
        let found = points(&sweep(&block), 5);
        assert_eq!(found.points.len(), 9);
        for value in ["1", "2", "3"] {
            let count = found
                .points
                .iter()
                .filter(|it| it[0].label == value)
                .count();
            assert_eq!(count, 3);
        }
        let mut days: Vec<f64> = found
            .points
            .iter()
            .map(|it| it[1].label.trim_end_matches('d').parse().unwrap())
            .collect();
        days.sort_by(f64::total_cmp);
        for (stratum, day) in days.iter().enumerate() {
            let place = (day - 1.0) / 8.0 * 9.0;
            assert!(
                (stratum as f64..=stratum as f64 + 1.0).contains(&place),
                "{days:?}"
            );
        }
    }

    /// The discrepancy of 64 Sobol points is far below that of draws: each quarter of each quarter
    /// of the square holds exactly four of them.
    #[test]
    fn sobol_points_fill_the_square_evenly() {
        let block = "design: sobol, points: 64, parameters: { a: { path: run.seed, range: { from: \
                     0, to: 1 } }, b: { path: run.duration, range: { from: 0, to: 1 } } }";
        let found = points(&sweep(block), 7);
        let mut boxes = [0; 16];
        for point in &found.points {
            let at = |index: usize| {
                let value: f64 = point[index].label.parse().unwrap();
                (value * 4.0) as usize
            };
            boxes[at(0) * 4 + at(1)] += 1;
        }
        assert_eq!(boxes, [4; 16]);
    }

    /// The same seed draws the same points; a parameter's draws follow its name.
    #[test]
    fn drawn_points_depend_on_the_seed_and_on_names() {
        let block = format!("design: random, points: 20, {TWO}");
        assert_eq!(points(&sweep(&block), 3), points(&sweep(&block), 3));
        assert_ne!(cells(&block), {
            let found = points(&sweep(&block), 2);
            let names = found.points.iter().map(|point| labels(point).join(" "));
            names.collect::<Vec<_>>()
        });
        let swapped = "design: random, points: 20, parameters: { b: { path: run.duration, range: { \
                       from: 1d, to: 9d } }, a: { path: run.seed, values: [1, 2, 3] } }";
        let found = points(&sweep(swapped), 1);
        let names = found
            .points
            .iter()
            .map(|it| format!("{} {}", it[1].label, it[0].label));
        assert_eq!(names.collect::<Vec<_>>(), cells(&block));
    }

    /// Around what the scenario says (a run of one day, the seed by default), each at its two ends;
    /// an end that is the baseline's value is no cell of its own.
    #[test]
    fn a_tornado_has_the_two_ends_of_each_around_the_scenario_as_it_stands() {
        let block = "design: tornado, parameters: { a: { path: run.seed, values: [1, 2, 3] }, b: { \
                     path: run.duration, range: { from: 1d, to: 9d } } }";
        let found = points(&sweep(block), 1);
        let names: Vec<String> = found.points.iter().map(|it| labels(it).join(" ")).collect();
        assert_eq!(names, ["default 1d", "1 1d", "3 1d", "default 9d"]);
        let layout = found.layout.unwrap();
        assert_eq!(layout.moved, [0, 1]);
        assert_eq!(layout.points, LaidOut::Tornado(vec![[1, 2], [0, 3]]));
        // Nothing is set for what the file leaves out.
        assert_eq!(found.points[0][0].settings, Vec::<String>::new());
        let named = format!("{block}, baseline: {{ a: 2 }}");
        let found = points(&sweep(&named), 1);
        assert_eq!(
            (labels(&found.points[0]), found.baseline),
            (vec!["2", "1d"], 0)
        );
    }

    /// A_B of each parameter has that value of B and all others of A, wherever the points went.
    #[test]
    fn rows_of_indices_swap_one_value_each() {
        let block = "design: sobolIndices, points: 16, parameters: { a: { path: run.seed, values: \
                     [1, 2] }, b: { path: run.duration, range: { from: 1d, to: 9d } }, c: { path: \
                     run.start, values: [x, y, z] } }";
        let found = points(&sweep(block), 1);
        let LaidOut::Indices(rows) = found.layout.unwrap().points else {
            panic!("another design");
        };
        assert_eq!(rows.len(), 16);
        assert_eq!(count(&sweep(block)), 16 * 5 + 1);
        // And the baseline, which is the scenario as it stands.
        assert_eq!(found.points.len() + found.repeated, 16 * 5 + 1);
        assert_eq!(labels(&found.points[0]), ["default", "1d", "default"]);
        for row in &rows {
            let (a, b) = (labels(&found.points[row.a]), labels(&found.points[row.b]));
            for (index, mixed) in row.mixed.iter().enumerate() {
                let mut expected = a.clone();
                expected[index] = b[index];
                assert_eq!(labels(&found.points[*mixed]), expected);
            }
        }
        let days = |row: &layout::IndexRow| labels(&found.points[row.a])[1].to_owned();
        let distinct: std::collections::BTreeSet<String> = rows.iter().map(days).collect();
        assert_eq!(distinct.len(), 16, "each row is a draw of its own");
    }

    /// What the user decides is no unknown: it stays where the baseline has it.
    #[test]
    fn choices_stay_at_the_baseline_beside_assumptions() {
        let block = "parameters: { a: { path: aws.region, values: [us-east-1, eu-west-1] }, b: { \
                     path: run.duration, range: { from: 1d, to: 9d } } }, baseline: { a: eu-west-1 }";
        // Of a single parameter A_B is B.
        for (design, cells) in [("tornado", 2), ("sobolIndices, points: 4", 9)] {
            let found = points(&sweep(&format!("design: {design}, {block}")), 1);
            assert_eq!(found.points.len(), cells);
            assert!(found.points.iter().all(|it| it[0].label == "eu-west-1"));
            assert_eq!(found.layout.unwrap().moved, [1]);
        }
    }

    /// A value of 75 % is three of four points of a Latin hypercube's strata.
    #[test]
    fn draws_follow_probabilities() {
        let block = "design: latinHypercube, points: 8, parameters: { a: { path: run.seed, values: \
                     [1, 2], probabilities: { 2: 75 % } }, b: { path: run.duration, range: { from: \
                     1d, to: 9d } } }";
        let found = points(&sweep(block), 3);
        let twos = found.points.iter().filter(|it| it[0].label == "2");
        assert_eq!(twos.count(), 6);
    }
}
