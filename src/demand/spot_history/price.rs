//! Prices of Spot pools over time, from a CSV file of changes or the JSON of the AWS CLI.

use std::collections::BTreeMap;
use std::io::Read;
use std::path::Path;

use csv::ByteRecord;
use serde::Deserialize;

use super::pool_words;
use crate::demand::error::{TraceError, TraceProblem};
use crate::demand::table::{Column, Table, TimeColumn, open};

const TIME: [&str; 2] = ["timestamp", "Timestamp"];
const TYPE: [&str; 2] = ["instance_type", "InstanceType"];
const ZONE: [&str; 2] = ["zone", "AvailabilityZone"];
const PRICE: [&str; 3] = ["usd_per_hour", "price", "SpotPrice"];
/// The most that an hour may cost: a limit against slips.
const USD_MAX: f64 = 10_000.0;
/// The most bytes of a file of the AWS CLI's.
const JSON_BYTES_MAX: u64 = 256 * 1024 * 1024;
/// What is run here; prices of other products are left out.
const LINUX: &str = "Linux/UNIX";

/// Prices of pools over time.
#[derive(Clone, PartialEq, Debug, Default)]
pub struct PriceHistory {
    /// By type, then zone.
    pub pools: Vec<PoolPrices>,
    /// What was left out, a sentence each.
    pub notes: Vec<String>,
}

/// The prices of one pool, or of a type in all zones that have none of their own.
#[derive(Clone, PartialEq, Debug)]
pub struct PoolPrices {
    /// The instance type.
    pub instance_type: String,
    /// The zone, if the file names one.
    pub zone: Option<String>,
    /// In order of time.
    pub changes: Vec<PriceChange>,
}

/// From `at` on an hour costs so much.
#[derive(Clone, Copy, PartialEq, Debug)]
pub struct PriceChange {
    /// Microseconds since 1970.
    pub at: i64,
    /// Micro-USD an hour.
    pub micro_usd: u64,
}

type Pools = BTreeMap<(String, Option<String>), Vec<(PriceChange, u64)>>;

impl PriceHistory {
    /// Reads a file; its name says whether it is JSON.
    ///
    /// # Errors
    /// With the file, the line and what is wrong.
    pub fn read(path: &Path) -> Result<Self, TraceError> {
        Self::from_reader(open(path)?, path)
    }

    /// The same from its bytes.
    ///
    /// # Errors
    /// As [`PriceHistory::read`].
    pub fn from_reader<R: Read>(input: R, path: &Path) -> Result<Self, TraceError> {
        let is_json = path
            .extension()
            .is_some_and(|extension| extension == "json");
        let (pools, notes) = match is_json {
            true => of_json(input, path)?,
            false => (of_csv(input, path)?, Vec::new()),
        };
        if pools.is_empty() {
            return Err(TraceError::new(path, None, TraceProblem::NoRows));
        }
        let settled = pools
            .into_iter()
            .map(|(pool, changes)| settle(path, pool, changes));
        let pools = settled.collect::<Result<Vec<PoolPrices>, TraceError>>()?;
        Ok(PriceHistory { pools, notes })
    }

    /// The prices of a type in a zone: its own, else those of rows without a zone.
    pub fn pool(&self, instance_type: &str, zone: &str) -> Option<&PoolPrices> {
        let of = |wanted: Option<&str>| {
            let is_it = |pool: &&PoolPrices| {
                pool.instance_type == instance_type && pool.zone.as_deref() == wanted
            };
            self.pools.iter().find(is_it)
        };
        of(Some(zone)).or_else(|| of(None))
    }

    /// The first instant that anything is known of.
    pub fn first(&self) -> i64 {
        let firsts = self.pools.iter().map(|pool| pool.changes[0].at);
        firsts.min().unwrap_or(0)
    }
}

/// Changes in order of time, each instant once; the CLI prints the newest first.
fn settle(
    path: &Path,
    (instance_type, zone): (String, Option<String>),
    mut changes: Vec<(PriceChange, u64)>,
) -> Result<PoolPrices, TraceError> {
    changes.sort_by_key(|(change, line)| (change.at, *line));
    for pair in changes.windows(2) {
        let ((one, _), (other, line)) = (pair[0], pair[1]);
        if one.at == other.at && one.micro_usd != other.micro_usd {
            let name = pool_words(&instance_type, zone.as_deref());
            let problem = TraceProblem::SpotHistory {
                reason: format!("{name} has two prices at one time"),
                help: "name the zone of each row, or keep one of the two",
            };
            return Err(TraceError::new(path, Some(line), problem));
        }
    }
    changes.dedup_by_key(|(change, _)| change.at);
    Ok(PoolPrices {
        instance_type,
        zone,
        changes: changes.into_iter().map(|(change, _)| change).collect(),
    })
}

fn of_csv<R: Read>(input: R, path: &Path) -> Result<Pools, TraceError> {
    let mut table = Table::new(path, input)?;
    let kind = table.column(&TYPE)?;
    let zone = table.column(&ZONE).ok();
    let price = table.column(&PRICE)?;
    let mut time = TimeColumn::new(table.column(&TIME)?, None);
    let mut pools = Pools::new();
    let mut record = ByteRecord::new();
    while let Some(line) = table.next_row(&mut record)? {
        let row = csv_row((&kind, zone.as_ref(), &price), &mut time, &record);
        let (pool, change) = row.map_err(|problem| table.error(Some(line), problem))?;
        pools.entry(pool).or_default().push((change, line));
    }
    Ok(pools)
}

type Row = ((String, Option<String>), PriceChange);

fn csv_row(
    (kind, zone, price): (&Column, Option<&Column>, &Column),
    time: &mut TimeColumn,
    record: &ByteRecord,
) -> Result<Row, TraceProblem> {
    let at = time.micros(record)?;
    let usd = price.number(record)?;
    let micro_usd = micro_usd(usd).map_err(|fault| price.out_of_range(record, fault))?;
    let zone = zone.map(|zone| zone.text(record)).transpose()?;
    let pool = (kind.text(record)?.to_owned(), zone.map(str::to_owned));
    Ok((pool, PriceChange { at, micro_usd }))
}

fn micro_usd(usd: f64) -> Result<u64, &'static str> {
    if usd < 0.0 {
        return Err("negative");
    }
    let micro = (usd * 1e6).round();
    match micro {
        micro if micro < 1.0 => Err("no price: AWS gives no capacity away"),
        _ if USD_MAX < usd => Err("too large"),
        _ => Ok(micro as u64),
    }
}

/// What `aws ec2 describe-spot-price-history` prints.
#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
struct Printed {
    spot_price_history: Vec<Entry>,
}

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
struct Entry {
    availability_zone: Option<String>,
    instance_type: String,
    product_description: Option<String>,
    spot_price: String,
    timestamp: String,
}

fn of_json<R: Read>(input: R, path: &Path) -> Result<(Pools, Vec<String>), TraceError> {
    let error = |line, problem| TraceError::new(path, line, problem);
    let mut text = String::new();
    let read = input.take(JSON_BYTES_MAX + 1).read_to_string(&mut text);
    read.map_err(|_| error(None, TraceProblem::NotUtf8))?;
    if JSON_BYTES_MAX < text.len() as u64 {
        return Err(error(None, TraceProblem::TooLarge(text.len() as u64)));
    }
    let printed: Printed =
        serde_json::from_str(text.trim_start_matches('\u{feff}')).map_err(|wrong| {
            let reason = format!("column {}: {wrong}", wrong.column());
            error(Some(wrong.line() as u64), spot_json(reason))
        })?;
    let mut pools = Pools::new();
    let mut others = 0;
    let mut lines = price_lines(&text);
    for (index, entry) in printed.spot_price_history.into_iter().enumerate() {
        let line = lines.next().unwrap_or(1);
        let product = entry.product_description.as_deref();
        if product.is_some_and(|product| !product.starts_with(LINUX)) {
            others += 1;
            continue;
        }
        let change = entry_change(&entry).map_err(|reason| {
            let reason = format!("entry {} of SpotPriceHistory: {reason}", index + 1);
            error(Some(line), spot_json(reason))
        })?;
        let pool = (entry.instance_type, entry.availability_zone);
        pools.entry(pool).or_default().push((change, line));
    }
    let note = format!("{others} prices of other products than {LINUX} are left out");
    Ok((pools, if others == 0 { Vec::new() } else { vec![note] }))
}

fn spot_json(reason: String) -> TraceProblem {
    TraceProblem::SpotHistory {
        reason,
        help: "give what `aws ec2 describe-spot-price-history --output json` prints",
    }
}

fn entry_change(entry: &Entry) -> Result<PriceChange, String> {
    let at: jiff::Timestamp = entry
        .timestamp
        .parse()
        .map_err(|_| format!("Timestamp \"{}\" is no time", entry.timestamp))?;
    let price = &entry.spot_price;
    let usd: f64 = price
        .parse()
        .ok()
        .filter(|usd: &f64| usd.is_finite())
        .ok_or_else(|| format!("SpotPrice \"{price}\" is no number"))?;
    let micro_usd = micro_usd(usd).map_err(|fault| format!("SpotPrice \"{price}\" is {fault}"))?;
    Ok(PriceChange {
        at: at.as_microsecond(),
        micro_usd,
    })
}

/// The lines where prices stand: each entry has one.
fn price_lines(text: &str) -> impl Iterator<Item = u64> + '_ {
    let lines = text.lines().zip(1..);
    lines.flat_map(|(line, number)| line.matches("\"SpotPrice\"").map(move |_| number))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(name: &str, text: &str) -> Result<PriceHistory, String> {
        let read = PriceHistory::from_reader(text.as_bytes(), Path::new(name));
        read.map_err(|wrong| wrong.to_string())
    }

    const PRINTED: &str = r#"{
    "SpotPriceHistory": [
        {
            "AvailabilityZone": "us-east-1a",
            "InstanceType": "m6i.large",
            "ProductDescription": "Linux/UNIX",
            "SpotPrice": "0.041200",
            "Timestamp": "2026-03-05T09:15:08+00:00"
        },
        {
            "AvailabilityZone": "us-east-1a",
            "InstanceType": "m6i.large",
            "ProductDescription": "Linux/UNIX",
            "SpotPrice": "0.039800",
            "Timestamp": "2026-03-04T21:00:12+00:00"
        },
        {
            "AvailabilityZone": "us-east-1a",
            "InstanceType": "m6i.large",
            "ProductDescription": "Windows",
            "SpotPrice": "0.120000",
            "Timestamp": "2026-03-04T21:00:12+00:00"
        }
    ]
}"#;

    /// The output that EC2's command reference shows.
    #[test]
    fn what_the_aws_cli_prints_is_read() {
        let history = read("spot.json", PRINTED).unwrap();
        let pool = history.pool("m6i.large", "us-east-1a").unwrap();
        let prices: Vec<u64> = pool.changes.iter().map(|change| change.micro_usd).collect();
        assert_eq!(prices, [39_800, 41_200]);
        assert_eq!(history.pool("m6i.large", "us-east-1b"), None);
        assert_eq!(history.notes.len(), 1);
    }

    #[test]
    fn rows_without_a_zone_are_those_of_all_zones() {
        let text = "timestamp,instance_type,usd_per_hour\n2025-11-30T10:01:12Z,t3.micro,0.0053\n\
                    2025-11-30T11:16:08Z,t3.micro,0.0055\n";
        let history = read("spot.csv", text).unwrap();
        let pool = history.pool("t3.micro", "eu-west-1a").unwrap();
        assert_eq!((pool.changes.len(), pool.changes[1].micro_usd), (2, 5_500));
    }

    #[test]
    fn what_is_wrong_is_said_with_its_line() {
        let wrong =
            |from: &str, to: &str| read("spot.json", &PRINTED.replacen(from, to, 1)).unwrap_err();
        assert_eq!(
            wrong("\"0.039800\"", "\"-0.039800\""),
            "spot.json:14: entry 2 of SpotPriceHistory: SpotPrice \"-0.039800\" is negative"
        );
        assert_eq!(
            wrong("0.041200", "0"),
            "spot.json:7: entry 1 of SpotPriceHistory: SpotPrice \"0\" is no price: AWS gives \
             no capacity away"
        );
        assert!(wrong("\"Timestamp\"", "\"Time\"").starts_with("spot.json:9: column"));
        let text = "timestamp,instance_type,price\n2025-11-30T10:01:12Z,t3.micro,-1\n";
        assert_eq!(
            read("spot.csv", text).unwrap_err(),
            "spot.csv:2: -1 in column `price` is negative"
        );
        let twice = "timestamp,instance_type,price\n2025-11-30T10:01:12Z,t3.micro,1\n\
                     2025-11-30T10:01:12Z,t3.micro,2\n";
        assert_eq!(
            read("spot.csv", twice).unwrap_err(),
            "spot.csv:3: t3.micro has two prices at one time"
        );
    }
}
