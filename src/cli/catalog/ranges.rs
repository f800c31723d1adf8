//! Ranges on the command line: `4..8`, `16GiB..`, `..2`; both ends belong to them.

use std::ops::RangeInclusive;

/// Units of memory and their MiB.
const UNITS: [(&str, f64); 3] = [("TiB", 1_048_576.0), ("GiB", 1_024.0), ("MiB", 1.0)];

/// Reads a range of whole numbers.
pub(super) fn counts(text: &str) -> Result<RangeInclusive<u32>, String> {
    let wrong = || "expected a number or range such as 4, 4..8, 4.. or ..8".to_owned();
    let number = |text: &str| text.trim().parse::<u32>().map_err(|_| wrong());
    let (low, high) = ends(text).ok_or_else(wrong)?;
    let low = low.map_or(Ok(0), number)?;
    let high = high.map_or(Ok(u32::MAX), number)?;
    in_order(low, high)
}

/// Reads a range of memory, in MiB.
pub(super) fn memories(text: &str) -> Result<RangeInclusive<u32>, String> {
    let wrong = || "expected memory such as 16GiB, 4..16GiB, 512MiB.. or ..2TiB".to_owned();
    let (low, high) = ends(text).ok_or_else(wrong)?;
    let unit = |text: Option<&str>| {
        let text = text?.trim();
        UNITS.into_iter().find(|(unit, _)| text.ends_with(unit))
    };
    // The low end may borrow the unit of the high one: 4..16GiB.
    let high_unit = unit(high);
    let low_unit = unit(low).or(high_unit);
    let mib = |text: &str, unit: Option<(&str, f64)>| {
        let (name, factor) = unit?;
        let number = text.trim();
        let number = number.strip_suffix(name).unwrap_or(number).trim();
        let mib = number.parse::<f64>().ok()? * factor;
        (0.0..=f64::from(u32::MAX)).contains(&mib).then_some(mib)
    };
    let low = low.map_or(Some(0.0), |text| mib(text, low_unit));
    let high = high.map_or(Some(f64::from(u32::MAX)), |text| mib(text, high_unit));
    let (low, high) = low.zip(high).ok_or_else(wrong)?;
    in_order(low.ceil() as u32, high.floor() as u32)
}

/// What stands at either end; nothing where it is open. One figure is both ends.
fn ends(text: &str) -> Option<(Option<&str>, Option<&str>)> {
    let given = |text: &'_ str| !text.trim().is_empty();
    match text.split_once("..") {
        Some((low, high)) if given(low) || given(high) => Some((
            Some(low).filter(|low| given(low)),
            Some(high).filter(|high| given(high)),
        )),
        None if given(text) => Some((Some(text), Some(text))),
        _ => None,
    }
}

fn in_order(low: u32, high: u32) -> Result<RangeInclusive<u32>, String> {
    match low <= high {
        true => Ok(low..=high),
        false => Err("the range ends before it begins".to_owned()),
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn ranges_have_two_ends_one_or_a_single_figure() {
        assert_eq!(counts("4..8"), Ok(4..=8));
        assert_eq!(counts("4.."), Ok(4..=u32::MAX));
        assert_eq!(counts("..8"), Ok(0..=8));
        assert_eq!(counts("4"), Ok(4..=4));
        assert_eq!(memories("4..16GiB"), Ok(4096..=16384));
        assert_eq!(memories("512MiB..1 GiB"), Ok(512..=1024));
        assert_eq!(memories("0.5GiB"), Ok(512..=512));
        assert_eq!(memories("1TiB.."), Ok(1_048_576..=u32::MAX));
    }

    #[test]
    fn what_is_no_range_is_refused() {
        for text in [
            "",
            "..",
            "a",
            "4...8",
            "-1",
            "4.5",
            "1..2..3",
            "99999999999",
        ] {
            assert!(counts(text).is_err(), "{text}");
        }
        for text in [
            "", "..", "16", "16GB", "GiB", "-1GiB", "1e300GiB", "NaNGiB", "16GiB..4",
        ] {
            assert!(memories(text).is_err(), "{text}");
        }
        assert_eq!(
            counts("8..4"),
            Err("the range ends before it begins".to_owned())
        );
    }

    proptest! {
        #[test]
        fn any_text_is_read_or_refused(text in "\\PC{0,16}|[0-9.]{0,12}(GiB|MiB)?") {
            let _ = (counts(&text), memories(&text));
        }
    }
}
