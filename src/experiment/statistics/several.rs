//! Several statements at once: with twenty cells compared at 95 %, one is found better by chance.
//!
//! Source: Holm 1979 (Scandinavian Journal of Statistics 6). It keeps the probability that any of
//! the statements is wrong, whatever depends on what.

/// Holm's adjusted p-values: a statement holds at a family-wise level where its value is at most
/// that. In the order given; `None` (nothing to state) is left out of the family.
pub fn holm(p_values: &[Option<f64>]) -> Vec<Option<f64>> {
    let mut order: Vec<(f64, usize)> = p_values
        .iter()
        .enumerate()
        .filter_map(|(index, p)| Some((p.as_ref().copied()?, index)))
        .collect();
    order.sort_by(|a, b| a.0.total_cmp(&b.0).then(a.1.cmp(&b.1)));
    let mut adjusted = vec![None; p_values.len()];
    let mut largest = 0.0_f64;
    for (place, &(p, index)) in order.iter().enumerate() {
        let factor = (order.len() - place) as f64;
        largest = largest.max((factor * p).min(1.0));
        adjusted[index] = Some(largest);
    }
    adjusted
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The example of R's p.adjust: 0.01, 0.04, 0.03 give 0.03, 0.06, 0.06.
    #[test]
    fn holms_values_are_those_of_the_example() {
        let found = holm(&[Some(0.01), None, Some(0.04), Some(0.03)]);
        let expected = [Some(0.03), None, Some(0.06), Some(0.06)];
        for (found, expected) in found.iter().zip(expected) {
            match (found, expected) {
                (Some(a), Some(b)) => assert!((a - b).abs() < 1e-12, "{a} {b}"),
                (a, b) => assert_eq!(*a, b),
            }
        }
        assert_eq!(holm(&[]), []);
        assert_eq!(holm(&[Some(0.9), Some(0.8)]), [Some(1.0), Some(1.0)]);
    }
}
