//! What difference is no matter, also where a share of the least mean says nothing.

use crate::experiment::measure::{Measure, MeasureKind};
use crate::experiment::objective;
use crate::scenario::plan::ObjectivePlan;
use crate::scenario::sweep::Precision;

/// What is as good as nothing, by unit: of a least mean below the first number no share is taken,
/// and differences below the second are no matter then; docs/sweeps.md names them. ASSUMPTION:
/// below it nobody would act on a difference: a cent, a millisecond, a hundredth of a percent,
/// one task or interruption in ten runs.
pub const NOTHING: [(&str, f64, f64); 5] = [
    ("usd", 0.000_1, 0.01),
    ("seconds", 0.001, 0.001),
    ("percent", 0.01, 0.01),
    ("share", 0.000_1, 0.000_1),
    ("count", 1.0, 0.1),
];

/// The indifference in the measure's own unit, above 0, where the least of the means lies so far
/// from 0.
pub fn indifference(
    asked: Precision,
    least: f64,
    (measure, objectives): (&Measure, &[ObjectivePlan]),
) -> f64 {
    let unit = unit(measure, objectives);
    let named = NOTHING.iter().find(|it| it.0 == unit);
    let (nothing, width) = named.map_or((1.0, 0.1), |it| (it.1, it.2));
    match asked {
        Precision::Absolute(asked) => asked,
        Precision::Relative(_) if least.abs() < nothing => width,
        Precision::Relative(share) => share * least.abs(),
    }
}

/// A name of [`NOTHING`].
fn unit(measure: &Measure, objectives: &[ObjectivePlan]) -> &'static str {
    if let MeasureKind::Objective(index) = measure.kind
        && let Some(objective) = objectives.get(index)
    {
        return match objective::unit(objective) {
            "usd_per_month" => "usd",
            "tasks" => "count",
            other => other,
        };
    }
    let endings = [("_usd", "usd"), ("_s", "seconds"), ("_percent", "percent")];
    let found = endings.iter().find(|it| measure.name.ends_with(it.0));
    found.map_or("count", |it| it.1)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::scenario::plan::{Bound, ObjectiveMetric, Scope, Statistic};

    #[test]
    fn a_share_of_nothing_is_a_floor_of_the_unit() {
        let objective = ObjectivePlan {
            text: "few".to_owned(),
            metric: ObjectiveMetric::InterruptedTasks,
            service: None,
            statistic: Statistic::Average,
            bound: Bound::Below(1.0),
            scope: Scope::Run,
            completion: None,
            probability: None,
        };
        let objectives = [objective];
        for (name, kind, least, expected) in [
            ("cost_month_usd", MeasureKind::CostMonth, 0.0, 0.01),
            ("cost_run_usd", MeasureKind::CostRun, 0.004, 0.000_04),
            ("response_p99_s", MeasureKind::ResponseP99, 0.000_5, 0.001),
            ("failed_percent", MeasureKind::Failed, 0.0, 0.01),
            ("interruptions", MeasureKind::Interruptions, 0.0, 0.1),
            ("interruptions", MeasureKind::Interruptions, 0.3, 0.1),
            ("interruptions", MeasureKind::Interruptions, 20.0, 0.2),
            ("objective_1_value", MeasureKind::Objective(0), 0.0, 0.000_1),
        ] {
            let measure = Measure {
                name: name.to_owned(),
                kind,
                weight: None,
            };
            let of = |asked| indifference(asked, least, (&measure, &objectives));
            let found = of(Precision::Relative(0.01));
            assert!((found - expected).abs() < 1e-12, "{name}: {found}");
            assert_eq!(of(Precision::Absolute(3.0)), 3.0);
        }
    }
}
