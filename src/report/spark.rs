//! A series as one line of block characters, for terminals: `▁▂▄█▇▃▁`.

/// The values in at most `width` characters, from zero (or the least, if below) up to the greatest.
/// Where several values share a character it shows their greatest, so that a spike stays; a
/// character without a value is a space.
pub fn spark(values: &[f64], width: usize) -> String {
    const BLOCKS: [char; 8] = ['▁', '▂', '▃', '▄', '▅', '▆', '▇', '█'];
    let columns = width.min(values.len());
    let finite = || values.iter().copied().filter(|value| value.is_finite());
    let least = finite().fold(0.0, f64::min);
    let greatest = finite().fold(0.0, f64::max);
    let level = |value: f64| {
        // Halved, since the span of two huge values is no finite number.
        let share = (value / 2.0 - least / 2.0) / (greatest / 2.0 - least / 2.0);
        // Anything above the least shows at least the second block: something is not nothing.
        let block = if 0.0 < share {
            (share * 7.0).round().max(1.0)
        } else {
            0.0
        };
        BLOCKS[(block as usize).min(7)]
    };
    (0..columns)
        .map(|column| {
            let from = column * values.len() / columns;
            let to = (column + 1) * values.len() / columns;
            let here = values[from..to]
                .iter()
                .copied()
                .filter(|value| value.is_finite());
            here.reduce(f64::max).map_or(' ', level)
        })
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_line_rises_with_its_values() {
        assert_eq!(
            spark(&[0.0, 1.0, 2.0, 3.0, 4.0, 5.0, 6.0, 7.0], 20),
            "▁▂▃▄▅▆▇█"
        );
        assert_eq!(spark(&[0.0, 0.001, 7.0], 20), "▁▂█");
    }

    #[test]
    fn a_spike_stays_when_values_share_a_character() {
        let mut values = vec![1.0; 1_000];
        values[537] = 100.0;
        assert_eq!(spark(&values, 10).matches('█').count(), 1);
    }

    #[test]
    fn strange_values_make_no_trouble() {
        assert_eq!(spark(&[], 10), "");
        assert_eq!(spark(&[1.0], 0), "");
        assert_eq!(spark(&[0.0, 0.0], 10), "▁▁");
        assert_eq!(spark(&[f64::NAN, 1.0, f64::INFINITY], 10), " █ ");
        assert_eq!(spark(&[f64::MIN, f64::MAX], 10), "▁█");
    }
}
