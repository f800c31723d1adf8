//! The folder of an answer: `savings_plan.json`, `curve.csv`, the chart, the scenario and the
//! manifest.

use std::io::Write;

use serde_json::{Value, json};

use super::SavingsPlanResults;
use crate::experiment::commitment::CommitmentPoint;
use crate::report::axis::Unit;
use crate::report::chart::{Curve, CurveChart, CurvePanel, Estimate};
use crate::report::results::files::json_bytes;
use crate::report::results::folder::MANIFEST;
use crate::report::results::{FORMAT_VERSION, FileHash, Placed, RunFolder, WriteError};
use crate::report::sweep_charts::{drawn, estimate};
use crate::report::sweep_runs::number;

const COLUMNS: [&str; 7] = [
    "commitment_usd_per_hour",
    "cost_month_usd_mean",
    "cost_month_usd_half_width",
    "saving_month_usd_mean",
    "saving_month_usd_half_width",
    "utilization",
    "coverage",
];
/// Points of the chart's duration curve.
const DURATION_POINTS: usize = 200;

impl SavingsPlanResults<'_> {
    /// Writes all files into `folder`, which has the traces already, and puts it in its place.
    ///
    /// # Errors
    /// If the folder can't be written.
    pub fn write(&self, folder: RunFolder) -> Result<Placed, WriteError> {
        let mut written = vec![
            folder.write("scenario.yaml", self.inputs.scenario_yaml.as_bytes())?,
            folder.write("savings_plan.json", &json_bytes(&self.json()))?,
            folder.write_with("curve.csv", |out| {
                self.write_curve(out).map_err(|error| error.to_string())
            })?,
        ];
        if self.with_charts {
            let charts = [("commitment".to_owned(), Box::new(self.chart()) as _)];
            for file in drawn(&charts)? {
                written.push(folder.write(&file.name, &file.bytes)?);
            }
        }
        written.extend(self.inputs.trace_hashes());
        written.sort_by(|a, b| a.name.cmp(&b.name));
        folder.write(MANIFEST, &json_bytes(&self.manifest(&written)))?;
        Ok(folder.put_in_place(&self.name(), self.is_complete())?)
    }

    fn write_curve(&self, out: &mut dyn Write) -> csv::Result<()> {
        let mut writer = csv::Writer::from_writer(out);
        writer.write_record(COLUMNS)?;
        for point in &self.answer.curve {
            let (month, saving) = (&point.month_usd, &point.saving_usd);
            let record = [
                Some(point.per_hour_usd / self.answer.paid_share),
                Some(month.mean),
                month.half_width,
                Some(saving.mean),
                saving.half_width,
                point.utilization,
                point.coverage,
            ];
            writer.write_record(record.map(number))?;
        }
        Ok(writer.flush()?)
    }

    fn manifest(&self, files: &[FileHash]) -> Value {
        json!({
            "format": FORMAT_VERSION,
            "run": self.name(),
            "kind": "savings-plan",
            "scenario": self.plan.name,
            "fleetcast": self.inputs.version,
            "catalog_date": self.inputs.catalog_date,
            "seed": self.plan.run.seed,
            "replications": self.replications,
            "complete": self.is_complete(),
            "inputs": self.inputs.hashes(),
            "notes": self.plan.notes,
            "files": files,
        })
    }

    /// What a month saves, and below it how often use is above the commitment.
    fn chart(&self) -> CurveChart {
        let answer = self.answer;
        let at = |point: &CommitmentPoint| point.per_hour_usd / answer.paid_share;
        let saving = Curve {
            name: "mean with its 95 % interval".to_owned(),
            points: (answer.curve.iter())
                .map(|point| (at(point), estimate(point.saving_usd)))
                .collect(),
            broken: Vec::new(),
            has_dots: false,
        };
        let savings = self.savings();
        let wanted = match &savings[..] {
            [(_, percent)] => {
                let enough = 100.0 - percent;
                let name = format!("enough to commit more: 1 − {percent} % of hours");
                Some((name, enough))
            }
            _ => None,
        };
        CurveChart {
            title: format!("What a commitment saves: {}", self.kind()),
            subtitle: format!(
                "{}, {} replications, seed {}",
                self.plan.name,
                self.uses.runs().len(),
                self.plan.run.seed
            ),
            x_title: "commitment (US dollars an hour)".to_owned(),
            x_unit: Unit::Usd,
            is_logarithmic: false,
            bound: Some((
                format!("least expected cost: {:.3} USD/h", answer.to_buy_usd()),
                answer.to_buy_usd(),
            )),
            panels: vec![
                CurvePanel {
                    title: "Saving per month against on demand (US dollars)".to_owned(),
                    unit: Unit::Usd,
                    level: None,
                    curves: vec![saving],
                },
                CurvePanel {
                    title: "Hours that use more than the commitment".to_owned(),
                    unit: Unit::Percent,
                    level: wanted,
                    curves: vec![self.duration_curve()],
                },
            ],
        }
    }

    /// The share of hours above each commitment.
    fn duration_curve(&self) -> Curve {
        let mut levels = self.uses.levels();
        levels.sort_by(|a, b| a.0.total_cmp(&b.0));
        let whole: f64 = levels.iter().map(|it| it.1).sum();
        let busiest = levels.last().map_or(0.0, |it| it.0);
        let mut above = whole;
        let mut next = 0;
        let point = |step: usize| {
            let at = busiest * step as f64 / DURATION_POINTS as f64;
            while next < levels.len() && levels[next].0 <= at {
                above -= levels[next].1;
                next += 1;
            }
            let share = 100.0 * (above / whole).clamp(0.0, 1.0);
            (at / self.answer.paid_share, Estimate::exact(share))
        };
        Curve {
            name: "hours above it".to_owned(),
            points: (0..=DURATION_POINTS).map(point).collect(),
            broken: Vec::new(),
            has_dots: false,
        }
    }
}
