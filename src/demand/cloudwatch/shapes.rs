//! The documents as CloudWatch writes them; what is not read is passed over.

use std::collections::BTreeMap;
use std::fmt;

use serde::Deserialize;
use serde::de::{Deserializer, Error, IgnoredAny, Visitor};

use crate::demand::table::clip;
use crate::demand::timestamp::{instant, missing_date};

/// The last second of the year 9999: a number beyond it is no time in seconds.
const EPOCH_SECONDS_MAX: f64 = 253_402_300_799.0;

#[derive(Default, Deserialize)]
#[serde(default, rename_all = "PascalCase")]
pub(super) struct Document {
    pub(super) metric_data_results: Vec<DataResult>,
    pub(super) messages: Vec<Message>,
    pub(super) next_token: Option<IgnoredAny>,
    pub(super) label: Option<String>,
    pub(super) datapoints: Option<Vec<Datapoint>>,
}

#[derive(Default, Deserialize)]
#[serde(default, rename_all = "PascalCase")]
pub(super) struct DataResult {
    pub(super) id: Option<String>,
    pub(super) label: Option<String>,
    pub(super) timestamps: Vec<Instant>,
    pub(super) values: Vec<f64>,
    pub(super) status_code: Option<String>,
    pub(super) messages: Vec<Message>,
}

#[derive(Default, Deserialize)]
#[serde(default, rename_all = "PascalCase")]
pub(super) struct Message {
    pub(super) code: String,
    pub(super) value: String,
}

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
pub(super) struct Datapoint {
    pub(super) timestamp: Instant,
    pub(super) sum: Option<f64>,
    pub(super) average: Option<f64>,
    pub(super) sample_count: Option<f64>,
    pub(super) minimum: Option<f64>,
    pub(super) maximum: Option<f64>,
    pub(super) unit: Option<String>,
    pub(super) extended_statistics: Option<BTreeMap<String, f64>>,
}

/// A time in microseconds since 1970.
pub(super) struct Instant {
    pub(super) micros: i64,
    pub(super) zoneless: bool,
}

impl<'de> Deserialize<'de> for Instant {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_any(InstantVisitor)
    }
}

struct InstantVisitor;

impl Visitor<'_> for InstantVisitor {
    type Value = Instant;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a time as ISO 8601 or in seconds since 1970")
    }

    fn visit_str<E: Error>(self, text: &str) -> Result<Instant, E> {
        match instant(text) {
            Some((micros, zoneless)) => Ok(Instant { micros, zoneless }),
            None => Err(E::custom(match missing_date(text) {
                Some(date) => format!("the date {date} does not exist"),
                None => format!("`{}` is no time", clip(text)),
            })),
        }
    }

    fn visit_f64<E: Error>(self, seconds: f64) -> Result<Instant, E> {
        if !(0.0..=EPOCH_SECONDS_MAX).contains(&seconds) {
            let text = format!("{seconds} is no time in seconds since 1970");
            return Err(E::custom(text));
        }
        let micros = (seconds * 1e6).round() as i64;
        Ok(Instant {
            micros,
            zoneless: false,
        })
    }

    fn visit_u64<E: Error>(self, seconds: u64) -> Result<Instant, E> {
        self.visit_f64(seconds as f64)
    }

    fn visit_i64<E: Error>(self, seconds: i64) -> Result<Instant, E> {
        self.visit_f64(seconds as f64)
    }
}
