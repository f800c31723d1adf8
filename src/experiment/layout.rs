//! Points of the designs that ask which assumption matters, and what they are to each other.
//!
//! Sources: the matrices A, B and A_B of Sobol indices: Saltelli et al. 2010 (Computer Physics
//! Communications 181), section 4.

use crate::scenario::sweep::{Design, Role, SweepParameter, SweepValue};

/// What the points of such a design are to each other, by their indices.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Layout {
    /// The parameters that are moved, by their indices; the others stay at the baseline.
    pub moved: Vec<usize>,
    /// The points.
    pub points: LaidOut,
}

/// The points of a design, with one entry for each parameter that is moved.
#[derive(Clone, PartialEq, Eq, Debug)]
pub enum LaidOut {
    /// A tornado's: each parameter's low and high end, with the rest at the baseline.
    Tornado(Vec<[usize; 2]>),
    /// The rows of the matrices.
    Indices(Vec<IndexRow>),
}

/// A row of the matrices.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct IndexRow {
    /// The point of A.
    pub a: usize,
    /// The point of B.
    pub b: usize,
    /// For each parameter the point of A with that parameter's value of B.
    pub mixed: Vec<usize>,
}

/// The parameters that such a design moves: the assumptions, as choices are no unknowns; all where
/// there are choices only.
pub(super) fn moved(parameters: &[SweepParameter]) -> Vec<usize> {
    let all = || parameters.iter().enumerate();
    let assumed = all().filter(|it| it.1.role() == Role::Assumption);
    let assumed: Vec<usize> = assumed.map(|it| it.0).collect();
    match assumed.is_empty() {
        true => all().map(|it| it.0).collect(),
        false => assumed,
    }
}

/// The baseline, then each moved parameter's low and high end around it.
pub(super) fn tornado(
    parameters: &[SweepParameter],
    baseline: &[SweepValue],
) -> Vec<Vec<SweepValue>> {
    let mut points = vec![baseline.to_vec()];
    for index in moved(parameters) {
        for end in parameters[index].ends() {
            let mut point = baseline.to_vec();
            point[index] = end;
            points.push(point);
        }
    }
    points
}

/// For each row the points of A, of B, and those between them; `uniform` gives a coordinate of a
/// point of twice as many dimensions as parameters are moved: A's come first, then B's.
pub(super) fn index_rows(
    parameters: &[SweepParameter],
    baseline: &[SweepValue],
    (rows, uniform): (u32, impl Fn(u32, u32) -> f64),
) -> Vec<Vec<SweepValue>> {
    let moved = moved(parameters);
    let count = moved.len() as u32;
    let mut points = Vec::new();
    for row in 0..rows {
        let half = |from: u32| -> Vec<SweepValue> {
            let mut point = baseline.to_vec();
            for (dimension, index) in (from..).zip(&moved) {
                point[*index] = parameters[*index].drawn(uniform(row, dimension));
            }
            point
        };
        let (a, b) = (half(0), half(count));
        points.extend([a.clone(), b.clone()]);
        for index in &moved {
            let mut mixed = a.clone();
            mixed[*index] = b[*index].clone();
            points.push(mixed);
        }
    }
    points
}

/// The layout of points that were laid out in the order of the functions above and now stand at
/// `places`; `None` of other designs.
pub(super) fn of(
    design: Design,
    parameters: &[SweepParameter],
    places: &[usize],
) -> Option<Layout> {
    let moved = moved(parameters);
    let points = match design {
        Design::Tornado => LaidOut::Tornado(places[1..].as_chunks::<2>().0.to_vec()),
        Design::SobolIndices(_) => {
            let row = |row: &[usize]| IndexRow {
                a: row[0],
                b: row[1],
                mixed: row[2..].to_vec(),
            };
            LaidOut::Indices(places.chunks_exact(moved.len() + 2).map(row).collect())
        }
        Design::Grid
        | Design::OneAtATime
        | Design::Random(_)
        | Design::Sobol(_)
        | Design::LatinHypercube(_) => return None,
    };
    Some(Layout { moved, points })
}
