//! The times of a page: in the zone that the scenario names. The reader may change to UTC.

use jiff::Timestamp;
use jiff::tz::TimeZone;
use serde_json::{Value, json};

use crate::scenario::plan::Plan;

/// Whose clocks a page's times are read off.
#[derive(Clone, Debug)]
pub struct PageZone(TimeZone);

impl PageZone {
    /// That of a scenario.
    pub fn of(plan: &Plan) -> Self {
        PageZone(plan.run.time_zone.clone())
    }

    /// Its name.
    pub fn name(&self) -> &str {
        self.0.iana_name().unwrap_or("UTC")
    }

    /// `2026-03-05 01:00`, of milliseconds since 1970.
    pub fn minute(&self, at_ms: i64) -> String {
        self.shown(at_ms, "%Y-%m-%d %H:%M")
    }

    /// `2026-03-05 01:00:00`
    pub fn second(&self, at_ms: i64) -> String {
        self.shown(at_ms, "%Y-%m-%d %H:%M:%S")
    }

    fn shown(&self, at_ms: i64, format: &str) -> String {
        let at = Timestamp::from_millisecond(at_ms);
        at.map_or(String::new(), |at| {
            at.to_zoned(self.0.clone()).strftime(format).to_string()
        })
    }

    /// What the page's script knows of it: from when on clocks are how far ahead of UTC,
    /// milliseconds.
    pub fn json(&self, from_ms: i64, to_ms: i64) -> Value {
        let Ok(from) = Timestamp::from_millisecond(from_ms) else {
            return Value::Null;
        };
        let ahead = |seconds: i32| 1_000 * i64::from(seconds);
        let changes = self.0.following(from).map(|change| {
            let offset = ahead(change.offset().seconds());
            [change.timestamp().as_millisecond(), offset]
        });
        let changes = changes.take_while(|[at, _]| *at <= to_ms);
        let first = [from_ms, ahead(self.0.to_offset(from).seconds())];
        let offsets: Vec<[i64; 2]> = std::iter::once(first).chain(changes).collect();
        json!({ "name": self.name(), "offsets": offsets })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn clocks_that_change_are_told_to_the_script() {
        let zone = PageZone(TimeZone::get("Europe/Berlin").unwrap());
        let ms = |text: &str| text.parse::<Timestamp>().unwrap().as_millisecond();
        let [from, change, to] = [
            "2026-03-28T00:00:00Z",
            "2026-03-29T01:00:00Z",
            "2026-04-04T00:00:00Z",
        ]
        .map(ms);
        assert_eq!(zone.minute(from), "2026-03-28 01:00");
        assert_eq!(zone.second(to), "2026-04-04 02:00:00");
        let told = zone.json(from, to);
        assert_eq!(
            told,
            json!({ "name": "Europe/Berlin", "offsets": [[from, 3_600_000], [change, 7_200_000]] })
        );
        let utc = PageZone(TimeZone::UTC).json(from, to);
        assert_eq!(utc, json!({ "name": "UTC", "offsets": [[from, 0]] }));
    }
}
