//! `usage.csv`: one row an hour (or part of an hour, where a price changes within it) and key,
//! written and read back, so that a run can be priced again.

use std::collections::BTreeMap;
use std::io;

use jiff::{SignedDuration, Timestamp};
use thiserror::Error;

use super::{Meter, Owner, UsageClass, UsageKey, UsageTable};
use crate::engine::time::SimTime;
use crate::ids::{InstanceTypeId, JobSourceId, LoadBalancerId, ProviderId, ServiceId};

const HEADER: [&str; 8] = [
    "hour_start",
    "meter",
    "owner_kind",
    "owner",
    "provider",
    "class",
    "quantity",
    "unit",
];

/// What is handed on at once: hashes are made of many blocks together.
const BUFFER_BYTES: usize = 1 << 16;

/// The names of the plan's things, each by its id's index.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Names<'a> {
    /// Of services.
    pub services: &'a [String],
    /// Of programs that call RunTask.
    pub jobs: &'a [String],
    /// Of load balancers.
    pub load_balancers: &'a [String],
    /// Of capacity providers.
    pub providers: &'a [String],
    /// The run's own instance types; the catalog's are known.
    pub own_types: &'a [InstanceTypeId],
}

/// Why a usage file can't be written or read back.
#[derive(Debug, Error)]
pub enum UsageFileError {
    /// The file itself, or its CSV form.
    #[error("usage file: {0}")]
    Csv(#[from] ::csv::Error),
    /// The writer's last bytes.
    #[error("usage file: {0}")]
    Io(#[from] io::Error),
    /// A row that no run writes.
    #[error("usage file, row {row}: {problem}")]
    Row {
        /// The row, the first after the header being 1.
        row: u64,
        /// What is wrong with it.
        problem: String,
    },
}

impl<'a> Names<'a> {
    /// The kind and name of an owner, as `usage.csv` and `cost.csv` write them; the cluster has no
    /// name.
    pub fn owner(&self, owner: Owner) -> (&'static str, &'a str) {
        match owner {
            Owner::Service(id) => ("service", &self.services[id.index()]),
            Owner::Job(id) => ("job", &self.jobs[id.index()]),
            Owner::LoadBalancer(id) => ("load_balancer", &self.load_balancers[id.index()]),
            Owner::Cluster => ("cluster", ""),
        }
    }

    /// The name of a capacity provider, empty for none.
    pub fn provider(&self, provider: Option<ProviderId>) -> &'a str {
        provider.map_or("", |id| &self.providers[id.index()])
    }
}

/// The ids of a plan's things by their names.
struct Ids<'a> {
    services: BTreeMap<&'a str, u32>,
    jobs: BTreeMap<&'a str, u32>,
    load_balancers: BTreeMap<&'a str, u32>,
    providers: BTreeMap<&'a str, u32>,
    own_types: &'a [InstanceTypeId],
}

impl<'a> Ids<'a> {
    fn of(names: &Names<'a>) -> Self {
        Ids {
            services: places(names.services),
            jobs: places(names.jobs),
            load_balancers: places(names.load_balancers),
            providers: places(names.providers),
            own_types: names.own_types,
        }
    }

    fn owner(&self, kind: &str, name: &str) -> Option<Owner> {
        let id = |of: &BTreeMap<&str, u32>| of.get(name).copied();
        match kind {
            "service" => id(&self.services).map(|i| Owner::Service(ServiceId(i))),
            "job" => id(&self.jobs).map(|i| Owner::Job(JobSourceId(i))),
            "load_balancer" => {
                id(&self.load_balancers).map(|i| Owner::LoadBalancer(LoadBalancerId(i)))
            }
            "cluster" => Some(Owner::Cluster),
            _ => None,
        }
    }
}

/// The place of each name; of one that is there twice the first.
fn places(names: &[String]) -> BTreeMap<&str, u32> {
    let names = names.iter().map(String::as_str);
    names
        .zip(0..)
        .collect::<Vec<_>>()
        .into_iter()
        .rev()
        .collect()
}

/// Writes the table of a run that starts at `start` in calendar time; its hour 0 starts where its
/// reported part does.
pub fn write_csv<W: io::Write>(
    table: &UsageTable,
    names: &Names<'_>,
    start: Timestamp,
    mut out: W,
) -> Result<(), UsageFileError> {
    let mut lines = line_of(HEADER)?;
    // Every key has the same hours again, every hour of a key the same words.
    let mut hours: Vec<String> = Vec::new();
    let mut of_key: Option<(UsageKey, Vec<u8>)> = None;
    for row in table.rows() {
        let words = match &of_key {
            Some((key, words)) if *key == row.key => words,
            Some(_) | None => &of_key.insert((row.key, words_of(row.key, names)?)).1,
        };
        while hours.len() <= row.part as usize {
            let starts_at = table.part_starts_at(hours.len() as u32);
            hours.push(start_text(start, starts_at.as_micros() / 1_000_000));
        }
        lines.extend_from_slice(hours[row.part as usize].as_bytes());
        lines.extend_from_slice(words);
        extend_decimal(&mut lines, row.quantity);
        lines.push(b',');
        lines.extend_from_slice(row.key.meter.unit().as_bytes());
        lines.push(b'\n');
        if BUFFER_BYTES <= lines.len() {
            out.write_all(&lines)?;
            lines.clear();
        }
    }
    out.write_all(&lines)?;
    out.flush()?;
    Ok(())
}

/// The digits of a quantity: formatting each by `write!` takes as long as all else in a row.
fn extend_decimal(line: &mut Vec<u8>, quantity: u128) {
    let Ok(mut left) = u64::try_from(quantity) else {
        line.extend_from_slice(quantity.to_string().as_bytes());
        return;
    };
    let mut digits = [b'0'; 20];
    let mut from = digits.len() - 1;
    digits[from] += (left % 10) as u8;
    while 10 <= left {
        left /= 10;
        from -= 1;
        digits[from] += (left % 10) as u8;
    }
    line.extend_from_slice(&digits[from..]);
}

/// What stands between a row's hour and its quantity, commas included.
fn words_of(key: UsageKey, names: &Names<'_>) -> Result<Vec<u8>, UsageFileError> {
    let (kind, owner) = names.owner(key.owner);
    let (meter, provider) = (key.meter.name(), names.provider(key.provider));
    let mut line = line_of(["", &meter, kind, owner, provider, key.class.name(), ""])?;
    line.pop();
    Ok(line)
}

/// A line of CSV, with quotes where they are needed.
fn line_of<const FIELDS: usize>(fields: [&str; FIELDS]) -> Result<Vec<u8>, UsageFileError> {
    let mut writer = ::csv::Writer::from_writer(Vec::new());
    writer.write_record(fields)?;
    writer
        .into_inner()
        .map_err(|error| error.into_error().into())
}

/// The instant so many seconds after `start`; empty past the year 9999.
fn start_text(start: Timestamp, seconds: u64) -> String {
    let hour = start.saturating_add(SignedDuration::from_secs(seconds as i64));
    hour.map_or_else(|_| String::new(), |time| time.to_string())
}

/// Reads a table back that was written of a run from `start` to `end`, whose reported part begins
/// at `from`, a whole second.
pub fn read_csv<R: io::Read>(
    input: R,
    names: &Names<'_>,
    (start, end): (Timestamp, Timestamp),
    from: SimTime,
) -> Result<UsageTable, UsageFileError> {
    let micros = end.duration_since(start).as_micros();
    let until = SimTime::from_micros(u64::try_from(micros).unwrap_or(0));
    let ids = Ids::of(names);
    let mut rows = Vec::new();
    let mut meters: BTreeMap<String, Meter> = Meter::all()
        .into_iter()
        .map(|meter| (meter.name(), meter))
        .collect();
    let mut reader = ::csv::Reader::from_reader(input);
    if reader.headers()? != HEADER.as_slice() {
        let problem = format!("the columns are not {}", HEADER.join(","));
        return Err(UsageFileError::Row { row: 0, problem });
    }
    for (index, record) in reader.records().enumerate() {
        let record = record?;
        let row = index as u64 + 1;
        let refuse = |problem| UsageFileError::Row { row, problem };
        let key = read_key(&record, &ids, &mut meters).map_err(refuse)?;
        let second = read_start(&record[0], start, end).map_err(refuse)?;
        let quantity = record[6]
            .parse()
            .map_err(|_| refuse(format!("{:?} is no quantity", &record[6])))?;
        rows.push((second, key, quantity));
    }
    // Whatever does not begin with an hour begins with a price.
    let mut table = UsageTable::new(from, until);
    let starts: Vec<SimTime> = rows.iter().map(|row| SimTime::from_secs(row.0)).collect();
    table.cut_at(&starts);
    let from = from.as_micros() / 1_000_000;
    for (second, key, quantity) in rows {
        let part = table.part_at(second.saturating_sub(from));
        table.add(part, key, quantity);
    }
    Ok(table)
}

fn read_key(
    record: &::csv::StringRecord,
    ids: &Ids<'_>,
    meters: &mut BTreeMap<String, Meter>,
) -> Result<UsageKey, String> {
    let meter = match meters.get(&record[1]) {
        Some(meter) => *meter,
        None => {
            let meter = Meter::of_instances(&record[1], ids.own_types)
                .ok_or_else(|| format!("there is no meter {:?}", &record[1]))?;
            meters.insert(record[1].to_owned(), meter);
            meter
        }
    };
    let owner = ids
        .owner(&record[2], &record[3])
        .ok_or_else(|| format!("the run has no {} {:?}", &record[2], &record[3]))?;
    let provider = match &record[4] {
        "" => None,
        name => {
            let id = ids.providers.get(name);
            let id = id.ok_or_else(|| format!("the run has no capacity provider {name:?}"))?;
            Some(ProviderId(*id))
        }
    };
    let class = UsageClass::ALL
        .into_iter()
        .find(|class| class.name() == &record[5])
        .ok_or_else(|| format!("there is no class {:?}", &record[5]))?;
    Ok(UsageKey {
        owner,
        provider,
        class,
        meter,
    })
}

/// Seconds from `start` on.
fn read_start(text: &str, start: Timestamp, end: Timestamp) -> Result<u64, String> {
    let problem = || format!("{text:?} is no hour of the reported part, {start} to {end}");
    let time: Timestamp = text.parse().map_err(|_| problem())?;
    if time < start || end <= time {
        return Err(problem());
    }
    u64::try_from(time.duration_since(start).as_secs()).map_err(|_| problem())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::catalog::fargate::FargatePlatform;
    use crate::observe::usage::InstanceKind;

    fn owned(names: &[&str]) -> Vec<String> {
        names.iter().map(|name| (*name).to_owned()).collect()
    }

    fn with_names(check: impl FnOnce(&Names<'_>)) {
        let (services, jobs) = (owned(&["api, the \"old\" one", "web"]), owned(&["web"]));
        let (load_balancers, providers) = (owned(&["lb"]), owned(&["FARGATE", "FARGATE_SPOT"]));
        check(&Names {
            services: &services,
            jobs: &jobs,
            load_balancers: &load_balancers,
            providers: &providers,
            own_types: &[],
        });
    }

    const START: &str = "2026-03-05T00:30:00Z";

    fn written(table: &UsageTable, names: &Names<'_>) -> String {
        let mut bytes = Vec::new();
        write_csv(table, names, START.parse().unwrap(), &mut bytes).unwrap();
        String::from_utf8(bytes).unwrap()
    }

    fn read(text: &str, names: &Names<'_>) -> Result<UsageTable, UsageFileError> {
        let end = "2026-03-06T00:30:00Z".parse().unwrap();
        let span = (START.parse().unwrap(), end);
        read_csv(text.as_bytes(), names, span, SimTime::ZERO)
    }

    #[test]
    fn quantities_of_every_length_are_written_in_full() {
        let u64s = [0, 9, 10, 99, 100, 12_345_678_901, u64::MAX - 1, u64::MAX];
        let more = [1 << 64, u128::MAX];
        for quantity in u64s.map(u128::from).into_iter().chain(more) {
            let mut line = Vec::new();
            extend_decimal(&mut line, quantity);
            assert_eq!(line, quantity.to_string().into_bytes());
        }
    }

    #[test]
    fn a_table_reads_back_as_it_was_written() {
        with_names(|names| {
            let mut table = UsageTable::new(SimTime::ZERO, SimTime::from_secs(86_400));
            let owners = [
                Owner::Service(ServiceId(0)),
                Owner::Service(ServiceId(1)),
                Owner::Job(JobSourceId(0)),
                Owner::LoadBalancer(LoadBalancerId(0)),
                Owner::Cluster,
            ];
            let kinds = |id| [InstanceKind::OnDemand(id), InstanceKind::Spot(id)];
            let of_types = crate::catalog::instances::family("m6i").into_iter();
            let of_types = of_types.flat_map(|it| kinds(it.id)).flat_map(|kind| {
                [
                    kind.time(),
                    Meter::InstanceCapacity(kind),
                    Meter::InstanceReserved(kind),
                    Meter::UnlimitedCpu(kind),
                    Meter::StandardCpu(kind),
                    match kind {
                        InstanceKind::Spot(id) => Meter::SpotSpend(id),
                        InstanceKind::OnDemand(_) => Meter::InstanceCapacity(kind),
                    },
                ]
            });
            for (index, meter) in Meter::all().into_iter().chain(of_types).enumerate() {
                let provider = [None, Some(ProviderId(0)), Some(ProviderId(1))][index % 3];
                let key = UsageKey::billed(meter, owners[index % 5], provider);
                let key = key.as_waste(UsageClass::ALL[index % UsageClass::ALL.len()]);
                table.add(index as u32 % 24, key, 7 + index as u128);
                table.add(0, key, 1);
            }
            let back = read(&written(&table, names), names).unwrap();
            assert_eq!(
                back.rows().collect::<Vec<_>>(),
                table.rows().collect::<Vec<_>>()
            );
            assert_eq!(back.reported(), table.reported());
        });
    }

    #[test]
    fn an_hour_in_which_a_price_changes_has_two_rows_and_reads_back() {
        with_names(|names| {
            let mut table = UsageTable::new(SimTime::ZERO, SimTime::from_secs(86_400));
            table.cut_at(&[SimTime::from_secs(5_400)]);
            let owner = Owner::Service(ServiceId(1));
            let key = UsageKey::billed(Meter::PublicIpv4, owner, Some(ProviderId(1)));
            table.add_seconds(key, SimTime::ZERO, 8_000, 1);
            let text = written(&table, names);
            let starts: Vec<&str> = text.lines().skip(1).map(|line| &line[11..19]).collect();
            assert_eq!(starts, ["00:30:00", "01:30:00", "02:00:00", "02:30:00"]);
            assert_eq!(read(&text, names).unwrap(), table);
        });
    }

    #[test]
    fn hours_begin_where_the_reported_part_does_and_read_back() {
        with_names(|names| {
            let (from, until) = (SimTime::from_secs(2_700), SimTime::from_secs(86_400));
            let mut table = UsageTable::new(from, until);
            table.cut_at(&[SimTime::from_secs(5_400)]);
            let owner = Owner::Service(ServiceId(1));
            let key = UsageKey::billed(Meter::PublicIpv4, owner, Some(ProviderId(1)));
            table.add_seconds(key, SimTime::ZERO, 8_000, 1);
            assert_eq!(table.total(key), 5_300);
            let text = written(&table, names);
            let starts: Vec<&str> = text.lines().skip(1).map(|line| &line[11..19]).collect();
            assert_eq!(starts, ["01:15:00", "02:00:00", "02:15:00"]);
            let end = "2026-03-06T00:30:00Z".parse().unwrap();
            let span = (START.parse().unwrap(), end);
            let back = read_csv(text.as_bytes(), names, span, from).unwrap();
            assert_eq!(back, table);
        });
    }

    #[test]
    fn a_row_says_its_hour_its_owner_and_its_unit() {
        with_names(|names| {
            let mut table = UsageTable::new(SimTime::ZERO, SimTime::from_secs(86_400));
            let meter = Meter::FargateSpotVcpu(FargatePlatform::LinuxArm);
            let owner = Owner::Service(ServiceId(1));
            table.add(2, UsageKey::billed(meter, owner, Some(ProviderId(1))), 512);
            let line = "2026-03-05T02:30:00Z,fargate_spot_vcpu_arm,service,web,FARGATE_SPOT,billed,\
                        512,CPU-unit-seconds";
            assert_eq!(written(&table, names).lines().nth(1), Some(line));
        });
    }

    #[test]
    fn a_broken_row_is_refused_with_its_number() {
        with_names(|names| {
            let row = |line: &str| {
                let text = format!("{}\n{line}\n", HEADER.join(","));
                read(&text, names).unwrap_err().to_string()
            };
            let at = "2026-03-05T00:30:00Z";
            assert_eq!(
                row(&format!("{at},cpu,service,web,,billed,1,s")),
                "usage file, row 1: there is no meter \"cpu\""
            );
            assert_eq!(
                row(&format!("{at},public_ipv4,service,shop,,billed,1,s")),
                "usage file, row 1: the run has no service \"shop\""
            );
            assert_eq!(
                row("2026-03-04T00:30:00Z,public_ipv4,service,web,,billed,1,s"),
                "usage file, row 1: \"2026-03-04T00:30:00Z\" is no hour of the reported part, \
                 2026-03-05T00:30:00Z to 2026-03-06T00:30:00Z"
            );
            assert_eq!(
                row(&format!("{at},public_ipv4,service,web,,billed,-1,s")),
                "usage file, row 1: \"-1\" is no quantity"
            );
            assert!(row(&format!("{at},public_ipv4")).starts_with("usage file: CSV error"));
        });
    }
}
