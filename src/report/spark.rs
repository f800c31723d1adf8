//! A series as one line of block characters, for terminals: `▁▂▄█▇▃▁`.

/// The values in at most `width` characters, from zero (or the least, if below) up to the greatest.
/// Where several values share a character it shows their greatest, so that a spike stays; a
/// character without a value is a space.
pub fn spark(values: &[f64], width: usize) -> String {
    spark_over(values, width.min(values.len()))
}

/// The same in exactly `width` characters, so that series of one time stand beneath each other:
/// where there are fewer values, each fills several characters.
pub fn spark_over(values: &[f64], width: usize) -> String {
    const BLOCKS: [char; 8] = ['▁', '▂', '▃', '▄', '▅', '▆', '▇', '█'];
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
    (0..width)
        .map(|column| {
            let from = column * values.len() / width;
            let to = ((column + 1) * values.len() / width).max(from + 1);
            let here = values.iter().take(to).skip(from);
            let finite = here.copied().filter(|value| value.is_finite());
            finite.reduce(f64::max).map_or(' ', level)
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
    fn a_series_fills_the_width_whatever_its_length() {
        assert_eq!(spark_over(&[1.0, 2.0], 6), "▅▅▅███");
        assert_eq!(spark_over(&[0.0, 7.0, 3.0, 1.0], 4), "▁█▄▂");
        assert_eq!(spark_over(&[0.0, 7.0, 3.0, 1.0], 2), "█▄");
    }

    #[test]
    fn a_constant_series_is_a_bar_and_one_of_nothing_a_line() {
        assert_eq!(spark_over(&[5.0; 9], 4), "████");
        assert_eq!(spark_over(&[0.0; 9], 4), "▁▁▁▁");
        assert_eq!(spark_over(&[-5.0; 9], 4), "▁▁▁▁");
    }

    #[test]
    fn one_point_fills_it_all() {
        assert_eq!(spark_over(&[3.0], 5), "█████");
        assert_eq!(spark(&[3.0], 5), "█");
    }

    #[test]
    fn a_gap_is_a_space_and_no_number_is_a_gap() {
        let values = [1.0, f64::NAN, f64::NAN, 4.0, f64::INFINITY, 2.0];
        assert_eq!(spark_over(&values, 6), "▃  █ ▅");
        assert_eq!(spark_over(&values, 3), "▃█▅", "a value beside a gap stays");
        assert_eq!(spark_over(&[f64::NAN; 3], 3), "   ");
        assert_eq!(spark_over(&[], 3), "   ");
        assert_eq!(spark_over(&[1.0], 0), "");
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
