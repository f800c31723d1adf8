//! Metric math.

use proptest::prelude::*;

use super::*;

fn value(text: &str, values: &[Option<f64>]) -> Option<f64> {
    let ids = ["m1", "m2", "e_3"];
    let read = Expression::parse(text, &ids).unwrap();
    read.value(|index| values[index])
}

fn error(text: &str) -> String {
    Expression::parse(text, &["m1", "m2"])
        .unwrap_err()
        .to_string()
}

#[test]
fn backlog_per_task_is_what_aws_says() {
    // EC2 Auto Scaling user guide, as-using-sqs-queue: 1,500 messages, 10 instances, 150 each.
    let values = [Some(1_500.0), Some(10.0), None];
    assert_eq!(value("m1 / m2", &values), Some(150.0));
    assert_eq!(value("m1/m2", &values), Some(150.0));
}

#[test]
fn operators_bind_as_in_arithmetic() {
    let values = [Some(7.0), Some(2.0), Some(1.0)];
    assert_eq!(value("-m2 ^ 2 * 3", &values), Some(-12.0));
    assert_eq!(value("m2 ^ 3 ^ m2", &values), Some(512.0));
    assert_eq!(value("m1 - 2 > m2 * 2 AND m1 == 7", &values), Some(1.0));
    assert_eq!(value("m1 < 3 && m1 > 1 || e_3 != 0", &values), Some(1.0));
    assert_eq!(value("m1 - m2 - e_3", &values), Some(4.0));
    assert_eq!(value("m1 + m2 * 3", &values), Some(13.0));
    assert_eq!(value("(m1 + m2) * 3", &values), Some(27.0));
    assert_eq!(value("12 / m2 / 3", &values), Some(2.0));
    assert_eq!(value("-(m1 - 10) * -1.5", &values), Some(-4.5));
}

#[test]
fn a_missing_metric_and_a_division_by_0_give_no_data_point() {
    assert_eq!(value("m1 / m2", &[Some(3.0), None, None]), None);
    assert_eq!(value("m1 / 2", &[None, None, None]), None);
    assert_eq!(value("m1 / m2", &[Some(3.0), Some(0.0), None]), None);
    assert_eq!(value("m1 / m2", &[Some(0.0), Some(3.0), None]), Some(0.0));
    // Not even where dividing by what is infinite would make a number of it again.
    assert_eq!(value("3 / (m1 / m2)", &[Some(3.0), Some(0.0), None]), None);
    // What is not read need not be there.
    assert_eq!(value("m1 * 2", &[Some(3.0), None, None]), Some(6.0));
}

/// CloudWatch user guide, "Using metric math", FILL: `FILL(m1, 0)`.
#[test]
fn what_is_missing_is_filled_with_a_number() {
    let failures = "100 * FILL(m1, 0) / m2";
    let none = [None, Some(50.0), None];
    assert_eq!(value(failures, &none), Some(0.0));
    assert_eq!(value(failures, &[Some(5.0), Some(50.0), None]), Some(10.0));
    assert_eq!(value("FILL(m1 / e_3, -1.5)", &none), Some(-1.5));
    assert_eq!(value(failures, &[None, None, None]), None);
}

#[test]
fn mistakes_are_told_with_their_place() {
    assert_eq!(
        error("m1 / "),
        "a value is missing at its end (character 6)"
    );
    assert_eq!(error("m1 m2"), "\"m\" is not expected at character 4");
    assert_eq!(
        error("(m1 / m2"),
        "the parenthesis at character 1 is not closed"
    );
    assert_eq!(
        error("m1 / m3"),
        "no metric has the id \"m3\" (character 6)"
    );
    let function = "the function RATE at character 1 is not simulated yet";
    assert_eq!(error("RATE(m1)"), function);
    let past = "MAX at character 6 is of one metric over time, which is not simulated yet";
    assert_eq!(error("m1 / MAX(m1)"), past);
    assert_eq!(error("IF(m1)"), "\")\" is not expected at character 6");
    let unclosed = "the parenthesis at character 5 is not closed";
    assert_eq!(error("SUM([m1, m2"), unclosed);
    assert_eq!(error("[m1, m2]"), "\"[\" is not expected at character 1");
    assert_eq!(error("m1 = 3"), "\"=\" is not expected at character 4");
    let repeat = "the function FILL with REPEAT at character 10 is not simulated yet";
    assert_eq!(error("FILL(m1, REPEAT)"), repeat);
    assert_eq!(
        error("FILL(m1, 0"),
        "the parenthesis at character 5 is not closed"
    );
    assert_eq!(error("FILL(m1)"), "\")\" is not expected at character 8");
    assert_eq!(error("1.2.3"), "\"1.2.3\" at character 1 is no number");
    assert_eq!(
        error(&"(".repeat(40)),
        "it nests too deep, or a list is too long, at character 33"
    );
    let long = "1+".repeat(2_000);
    assert_eq!(
        error(&long),
        "an expression has 2048 characters at the most"
    );
}

/// The time series of the CloudWatch user guide, "Using metric math", by timestamp.
fn over(text: &str, series: [&[Option<f64>]; 3]) -> Vec<Option<f64>> {
    let length = series.iter().map(|it| it.len()).max().unwrap();
    let at = |time: usize| series.map(|it| it.get(time).copied().flatten());
    (0..length).map(|time| value(text, &at(time))).collect()
}

const NONE: Option<f64> = None;

fn some<const N: usize>(values: [i32; N]) -> Vec<Option<f64>> {
    values.map(|it| Some(f64::from(it))).to_vec()
}

/// Its table of comparison and logical operators.
#[test]
fn comparisons_are_as_aws_prints_them() {
    let first = some([30, 20, 0, 0]);
    let second = [Some(20.0), NONE, Some(20.0), NONE];
    let series = [&first[..], &second, &[]];
    assert_eq!(over("(m1 < m2)", series), some([0, 0, 1, 0]));
    assert_eq!(over("(m1 >= 30)", series), some([1, 0, 0, 0]));
    assert_eq!(over("(m1 > 15 AND m2 > 15)", series), some([1, 0, 0, 0]));
    assert_eq!(over("(m1 > 15 OR m2 > 15)", series), some([1, 1, 1, 0]));
}

/// Its tables of IF.
#[test]
fn a_condition_chooses_as_aws_prints_it() {
    let condition = [Some(1.0), Some(1.0), Some(0.0), Some(0.0), NONE];
    let second = [Some(30.0), NONE, Some(0.0), Some(0.0), Some(30.0)];
    let third = [Some(0.0), Some(0.0), Some(20.0), NONE, Some(20.0)];
    let series = [&condition[..], &second, &third];
    let of = |values: [i32; 3]| [some(values), vec![NONE, NONE]].concat();
    assert_eq!(over("IF(m1, m2, e_3)", series), of([30, 0, 20]));
    assert_eq!(over("IF(m1, 5, e_3)", series), of([5, 5, 20]));
    let with_scalar = [some([30, 0, 5, 5]), vec![NONE]].concat();
    assert_eq!(over("IF(m1, m2, 5)", series), with_scalar);
    let without = [some([30, 0]), vec![NONE; 3]].concat();
    assert_eq!(over("IF(m1, m2)", series), without);
    // A number as the condition: the metric as it is.
    assert_eq!(over("IF(2, m2)", series), second);
    assert_eq!(over("IF(0, m2, e_3)", series), third);
    assert_eq!(over("IF(0, m2)", series), [NONE; 5]);
    // What it drops is missing to what stands around it.
    let around = [NONE, Some(600.0), NONE];
    assert_eq!(value("FILL(IF(m1 > 0, 5), 7)", &around), Some(7.0));
    assert_eq!(value("m2 + IF(m1, 5, 6)", &around), Some(600.0));
    assert_eq!(value("AVG([IF(m1 > 0, 1), m2])", &around), Some(300.0));
    // A negative value is true.
    let low = [Some(-1.0), NONE, NONE];
    assert_eq!(value("IF(m1 - 1 < 400, 10, 2)", &low), Some(10.0));
    assert_eq!(value("IF(m1, 10, 2)", &low), Some(10.0));
}

/// "Missing values in a time series are treated as 0": beside another metric's, not beside numbers.
#[test]
fn a_missing_data_point_is_0_beside_another_metric() {
    let one = [None, Some(4.0), None];
    assert_eq!(value("m1 + m2", &one), Some(4.0));
    assert_eq!(value("m1 / m2", &one), Some(0.0));
    assert_eq!(value("m2 / m1", &one), None);
    assert_eq!(value("m1 + 4", &one), None);
    assert_eq!(value("100 * m1 / m2", &one), Some(0.0));
    assert_eq!(value("m1 + e_3", &one), None);
}

#[test]
fn functions_of_data_points_and_of_lists() {
    let values = [Some(-2.5), Some(100.0), None];
    assert_eq!(value("ABS(m1)", &values), Some(2.5));
    assert_eq!(value("CEIL(m1) + FLOOR(m1)", &values), Some(-5.0));
    assert_eq!(value("LOG10(m2) + LOG(m2 / 100)", &values), Some(2.0));
    assert_eq!(value("LOG(m1)", &values), None);
    assert_eq!(value("MAX([m1, m2])", &values), Some(100.0));
    assert_eq!(value("MIN(METRICS())", &values), Some(-2.5));
    assert_eq!(value("SUM([m1, m2 / 2, e_3])", &values), Some(47.5));
    // "Missing values are treated as 0."
    assert_eq!(value("AVG(METRICS())", &values), Some(32.5));
    assert_eq!(value("SUM([e_3, e_3])", &values), None);
    assert_eq!(
        error("SUM(METRICS(\"m\"))"),
        "the function METRICS with a text at character 5 is not simulated yet"
    );
    assert_eq!(value("SUM(METRICS( ))", &values), Some(97.5));
    // So wide that no stack would hold it.
    let wide = format!("SUM([{}m1])", "m1, ".repeat(200));
    assert!(error(&wide).starts_with("it nests too deep, or a list is too long, at character"));
}

proptest! {
    /// Any text is read or refused, and what is read has a value or none.
    #[test]
    fn no_text_is_too_strange(text in "(FILL\\(|IF\\(|MAX\\(\\[| AND |==|[m12+*/^<(),\\] .\\-]){0,60}") {
        if let Ok(read) = Expression::parse(&text, &["m1", "m2"]) {
            let _ = read.value(|index| Some(index as f64));
        }
    }
}
