//! The lives of tasks and instances (`tasks.csv`, `instances.csv`), and how many of them there
//! were over time.

use std::collections::BTreeMap;

use jiff::Timestamp;

use super::figure::Places;

/// A task's life: instants are milliseconds since 1970, `None` if they did not come.
#[derive(Clone, PartialEq, Debug, Default)]
pub struct TaskLife {
    /// `service:web`, `family:import`.
    pub group: String,
    /// The deployment, or who called RunTask.
    pub started_by: String,
    /// The revision, as `web:3`.
    pub revision: String,
    /// The capacity provider or launch type.
    pub provider: String,
    /// The container instance; empty on Fargate.
    pub instance: String,
    /// CPU units.
    pub cpu: f64,
    /// Why it stopped; empty if it did not.
    pub stop_code: String,
    /// `createdAt`
    pub created: Option<i64>,
    /// `startedAt`
    pub started: Option<i64>,
    /// `stoppingAt`
    pub stopping: Option<i64>,
    /// `stoppedAt`
    pub stopped: Option<i64>,
}

/// An instance's life.
#[derive(Clone, PartialEq, Debug, Default)]
pub struct InstanceLife {
    /// Its id in ECS.
    pub arn: String,
    /// Its Auto Scaling group; empty for Managed Instances.
    pub group: String,
    /// Its type.
    pub instance_type: String,
    /// `on-demand`, `spot` or `external`.
    pub purchase: String,
    /// CPU units that it registers.
    pub cpu: f64,
    /// Paid from here.
    pub running: Option<i64>,
    /// ACTIVE from here.
    pub registered: Option<i64>,
    /// Until here.
    pub terminated: Option<i64>,
    /// What ended it; empty if nothing did.
    pub cause: String,
}

/// A row of a CSV file by its columns' names.
pub struct Row<'a> {
    columns: &'a BTreeMap<String, usize>,
    record: &'a csv::StringRecord,
}

impl Row<'_> {
    /// A cell; empty if there is no such column.
    pub fn text(&self, column: &str) -> &str {
        let place = self.columns.get(column);
        place.and_then(|it| self.record.get(*it)).unwrap_or("")
    }

    /// A number; 0 if it is none.
    pub fn number(&self, column: &str) -> f64 {
        self.text(column).parse().unwrap_or(0.0)
    }

    /// An instant, milliseconds since 1970.
    pub fn instant(&self, column: &str) -> Option<i64> {
        let at: Timestamp = self.text(column).parse().ok()?;
        Some(at.as_millisecond())
    }
}

/// Reads a CSV file row by row.
///
/// # Errors
/// If it is no CSV file.
pub fn rows<T>(bytes: &[u8], read: impl Fn(&Row<'_>) -> T) -> Result<Vec<T>, String> {
    let mut reader = csv::Reader::from_reader(bytes);
    let heads = reader.headers().map_err(|error| error.to_string())?;
    let heads = heads.iter().enumerate();
    let columns: BTreeMap<String, usize> = heads.map(|(at, head)| (head.to_owned(), at)).collect();
    let mut record = csv::StringRecord::new();
    let mut all = Vec::new();
    while reader
        .read_record(&mut record)
        .map_err(|it| it.to_string())?
    {
        all.push(read(&Row {
            columns: &columns,
            record: &record,
        }));
    }
    Ok(all)
}

/// The tasks of `tasks.csv`.
///
/// # Errors
/// If it is no CSV file.
pub fn tasks(bytes: &[u8]) -> Result<Vec<TaskLife>, String> {
    rows(bytes, |row| {
        let provider = match row.text("capacityProviderName") {
            "" => row.text("launchType"),
            name => name,
        };
        let revision = row.text("taskDefinitionArn");
        TaskLife {
            group: row.text("group").to_owned(),
            started_by: row.text("startedBy").to_owned(),
            revision: revision.rsplit('/').next().unwrap_or(revision).to_owned(),
            provider: provider.to_owned(),
            instance: row.text("containerInstanceArn").to_owned(),
            cpu: row.number("cpu"),
            stop_code: row.text("stopCode").to_owned(),
            created: row.instant("createdAt"),
            started: row.instant("startedAt"),
            stopping: row.instant("stoppingAt"),
            stopped: row.instant("stoppedAt"),
        }
    })
}

/// The instances of `instances.csv`.
///
/// # Errors
/// If it is no CSV file.
pub fn instances(bytes: &[u8]) -> Result<Vec<InstanceLife>, String> {
    rows(bytes, |row| InstanceLife {
        arn: row.text("containerInstanceArn").to_owned(),
        group: row.text("autoScalingGroupName").to_owned(),
        instance_type: row.text("instanceType").to_owned(),
        purchase: row.text("purchaseOption").to_owned(),
        cpu: row.number("cpu"),
        running: row.instant("runningAt"),
        registered: row.instant("registeredAt"),
        terminated: row.instant("terminatedAt"),
        cause: row.text("terminationCause").to_owned(),
    })
}

/// Columns of time in which things are counted.
#[derive(Clone, Copy, PartialEq, Debug)]
pub struct Clock {
    /// The start of the run, milliseconds since 1970.
    pub from_ms: i64,
    /// Its end.
    pub to_ms: i64,
    /// The width of a column, milliseconds.
    pub column_ms: i64,
}

/// Columns that a chart of counts has at most.
const COLUMNS_MAX: i64 = 2_016;
/// Widths of columns, seconds.
const WIDTHS_S: [i64; 10] = [10, 60, 300, 600, 900, 1_800, 3_600, 7_200, 21_600, 86_400];

impl Clock {
    /// The columns of a run between these instants.
    pub fn of(from_ms: i64, to_ms: i64) -> Self {
        let length = (to_ms - from_ms).max(1);
        let fits = |width: &&i64| length <= **width * 1_000 * COLUMNS_MAX;
        let fallback = length / 1_000 / COLUMNS_MAX + 1;
        let width = WIDTHS_S.iter().find(fits).copied().unwrap_or(fallback);
        Clock {
            from_ms,
            to_ms,
            column_ms: width * 1_000,
        }
    }

    /// The same run in columns of another width.
    pub fn with_column_s(self, seconds: i64) -> Self {
        Clock {
            column_ms: seconds * 1_000,
            ..self
        }
    }

    /// How many columns there are.
    pub fn columns(&self) -> usize {
        let length = (self.to_ms - self.from_ms).max(1);
        usize::try_from((length + self.column_ms - 1) / self.column_ms).unwrap_or(1)
    }

    /// Where a value a column stands.
    pub fn places(&self) -> Places {
        Places::Even {
            from: self.from_ms,
            step: self.column_ms as f64,
        }
    }
}

/// A count over time, weighted within each column.
#[derive(Clone, Debug)]
pub struct Counted {
    clock: Clock,
    partly: Vec<f64>,
    changes: Vec<f64>,
}

impl Counted {
    /// Nothing yet.
    pub fn new(clock: Clock) -> Self {
        let columns = clock.columns();
        Counted {
            clock,
            partly: vec![0.0; columns],
            changes: vec![0.0; columns + 1],
        }
    }

    /// Adds `amount` from one instant to another; `None` is the end of the run.
    pub fn add(&mut self, from: Option<i64>, to: Option<i64>, amount: f64) {
        let Clock {
            from_ms,
            to_ms,
            column_ms,
        } = self.clock;
        let from = from.unwrap_or(to_ms).clamp(from_ms, to_ms);
        let to = to.unwrap_or(to_ms).clamp(from_ms, to_ms);
        if to <= from {
            return;
        }
        let last = self.partly.len() - 1;
        let column = |at: i64| (((at - from_ms) / column_ms) as usize).min(last);
        let (first, end) = (column(from), column(to));
        let share = |from: i64, to: i64| amount * (to - from) as f64 / column_ms as f64;
        if first == end {
            self.partly[first] += share(from, to);
            return;
        }
        let starts = |index: usize| from_ms + index as i64 * column_ms;
        self.partly[first] += share(from, starts(first + 1));
        self.partly[end] += share(starts(end), to);
        self.changes[first + 1] += amount;
        self.changes[end] -= amount;
    }

    /// The mean of each column.
    pub fn means(&self) -> Vec<f64> {
        let mut whole = 0.0;
        let clock = self.clock;
        let column = |(index, partly): (usize, &f64)| {
            whole += self.changes[index];
            // The last column may be shorter.
            let starts = clock.from_ms + index as i64 * clock.column_ms;
            let length = (clock.to_ms - starts).clamp(1, clock.column_ms);
            (whole + partly) * clock.column_ms as f64 / length as f64
        };
        self.partly.iter().enumerate().map(column).collect()
    }
}

/// The most lives at one instant; one without an end lasts.
pub fn most_at_once(lives: impl Iterator<Item = (i64, Option<i64>)>) -> usize {
    let mut changes: Vec<(i64, i8)> = Vec::new();
    for (from, to) in lives {
        let to = to.unwrap_or(i64::MAX);
        if from < to {
            // What ends at an instant is over when what begins there begins.
            changes.extend([(from, 1), (to, -1)]);
        }
    }
    changes.sort_unstable();
    let (mut now, mut most) = (0_i64, 0);
    for (_, change) in changes {
        now += i64::from(change);
        most = most.max(now);
    }
    usize::try_from(most).unwrap_or(0)
}

/// The most lives at one instant of each column; one without an end lasts.
pub fn most_in_each(clock: Clock, lives: impl Iterator<Item = (i64, Option<i64>)>) -> Vec<f64> {
    let mut changes: Vec<(i64, i64)> = Vec::new();
    for (from, to) in lives {
        let (from, to) = (from.max(clock.from_ms), to.unwrap_or(clock.to_ms));
        if from < to.min(clock.to_ms) {
            changes.extend([(from, 1), (to, -1)]);
        }
    }
    changes.sort_unstable();
    let mut changes = changes.into_iter().peekable();
    let mut now = 0_i64;
    let column = |index: usize| {
        let begin = clock.from_ms + index as i64 * clock.column_ms;
        while let Some((_, change)) = changes.next_if(|(at, _)| *at <= begin) {
            now += change;
        }
        let mut most = now;
        while let Some((_, change)) = changes.next_if(|(at, _)| *at < begin + clock.column_ms) {
            now += change;
            most = most.max(now);
        }
        most as f64
    };
    (0..clock.columns()).map(column).collect()
}

/// How often something happened in each column.
pub fn happened(clock: Clock, instants: impl Iterator<Item = i64>) -> Vec<f64> {
    let mut counts = vec![0.0; clock.columns()];
    for at in instants {
        if clock.from_ms <= at && at < clock.to_ms {
            let column = ((at - clock.from_ms) / clock.column_ms) as usize;
            if let Some(count) = counts.get_mut(column) {
                *count += 1.0;
            }
        }
    }
    counts
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_count_is_weighted_by_time() {
        let clock = Clock {
            from_ms: 0,
            to_ms: 35_000,
            column_ms: 10_000,
        };
        let mut counted = Counted::new(clock);
        counted.add(Some(5_000), Some(22_000), 1.0);
        counted.add(Some(1_000), Some(2_000), 2.0);
        counted.add(Some(30_000), None, 3.0);
        counted.add(Some(9_000), Some(9_000), 9.0);
        let means = counted.means();
        let expected = [0.7, 1.0, 0.2, 3.0];
        for (mean, expected) in means.iter().zip(expected) {
            assert!((mean - expected).abs() < 1e-9, "{means:?}");
        }
        let counts = happened(clock, [1, 9_999, 10_000, 34_999, 35_000].into_iter());
        assert_eq!(counts, [2.0, 1.0, 0.0, 1.0]);
    }

    #[test]
    fn what_ends_when_another_begins_is_not_counted_with_it() {
        let lives = [(0, Some(10)), (10, Some(20)), (12, None), (5, Some(5))];
        assert_eq!(most_at_once(lives.into_iter()), 2);
        assert_eq!(most_at_once([].into_iter()), 0);
    }

    #[test]
    fn a_column_keeps_the_most_that_lived_at_once_in_it() {
        let clock = Clock {
            from_ms: 0,
            to_ms: 40,
            column_ms: 10,
        };
        let lives = [
            (-5, Some(10)),
            (3, Some(4)),
            (10, Some(12)),
            (21, Some(35)),
            (22, None),
        ];
        assert_eq!(most_in_each(clock, lives.into_iter()), [2.0, 1.0, 2.0, 2.0]);
    }

    #[test]
    fn a_week_has_columns_of_five_minutes() {
        let clock = Clock::of(0, 604_800_000);
        assert_eq!((clock.column_ms, clock.columns()), (300_000, 2_016));
        assert_eq!(Clock::of(0, 3_600_000).column_ms, 10_000);
        let years = Clock::of(0, 20 * 365 * 86_400_000);
        assert!(years.columns() <= 2_016, "{years:?}");
    }

    #[test]
    fn lives_are_read_by_their_columns_names() {
        let text = "cpu,group,capacityProviderName,launchType,createdAt,startedAt,\
                    taskDefinitionArn\n\
                    256,service:a,,FARGATE,2026-03-05T00:00:01.5Z,,arn:x/web:3\n";
        let read = tasks(text.as_bytes()).unwrap();
        assert_eq!(read[0].provider, "FARGATE");
        assert_eq!(read[0].revision, "web:3");
        assert_eq!((read[0].cpu, read[0].started), (256.0, None));
        assert_eq!(read[0].created, Some(1_772_668_801_500));
    }
}
