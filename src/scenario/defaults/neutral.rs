//! Defaults that assume nothing about the world or AWS, and where to look any default up.

use super::{DefaultRow, TABLE, row};

/// What a field that is left out stands for where nothing is assumed about the world or AWS: the
/// neutral value, or what the field is about does not happen. Not listed with results.
pub const NEUTRAL: &[DefaultRow] = &[
    row("name", "the file's name", "a run has to have one"),
    row("world.demand.*.scale", "1", "the rate as it stands"),
    row(
        "world.demand.*.concurrency",
        "no bound",
        "every call starts its task",
    ),
    row(
        "world.instances.types.*.architecture",
        "x86_64",
        "most of EC2's types are",
    ),
    row(
        "world.instances.types.*.registeredMemory",
        "0.968 of its memory less 150 MiB",
        "as EC2's own types where nobody measured",
    ),
    row("world.instances.types.*.gpus", "0", "none"),
    row(
        "world.instances.types.*.tasks",
        "0",
        "tasks of network mode awsvpc need a limit",
    ),
    row(
        "world.instances.types.*.trunkedTasks",
        "those without trunking",
        "no trunking",
    ),
    row(
        "world.instances.types.*.spotPrice",
        "on demand less 65 %",
        "the median of the Spot Instance Advisor's savings",
    ),
    row(
        "world.demand.*.rate.daily.every",
        "5m",
        "fine enough for a day's curve",
    ),
    row("world.demand.*.rate.step.from", "0/s", "nobody asks before"),
    row("world.demand.*.rate.ramp.from", "0/s", "nobody asks before"),
    row(
        "world.demand.*.rate.unit",
        "none; of CloudWatch's JSON requests",
        "a CSV file needs one",
    ),
    row(
        "world.demand.*.rate.metric",
        "the only one",
        "several need a choice",
    ),
    row(
        "world.demand.*.rate.period",
        "the most usual distance between rows",
        "measured on the trace",
    ),
    row(
        "world.demand.*.rate.time",
        "timestamp, else time",
        "the usual names",
    ),
    row(
        "world.demand.*.rate.timeUnit",
        "none: ISO 8601",
        "timestamps say their own",
    ),
    row(
        "world.demand.*.rate.value",
        "value; of get-metric-statistics Sum",
        "the usual names",
    ),
    row("world.demand.*.rate.scale", "1", "the trace as it stands"),
    row(
        "world.demand.*.rate.align",
        "start",
        "the first row is the run's start",
    ),
    row(
        "world.demand.*.rate.repeat",
        "false",
        "a trace that is over is over",
    ),
    row(
        "world.demand.*.rate.resample",
        "the trace's own steps",
        "the trace as it stands",
    ),
    row(
        "world.demand.*.rate.gaps",
        "interpolate",
        "between the rows on both sides; noted",
    ),
    row(
        "world.demand.*.rate.from",
        "the first row",
        "all of the trace",
    ),
    row("world.demand.*.rate.to", "the last row", "all of the trace"),
    row(
        "world.demand.*.arrivals.time",
        "timestamp, else time",
        "the usual names",
    ),
    row(
        "world.demand.*.arrivals.timeUnit",
        "none: ISO 8601",
        "timestamps say their own",
    ),
    row(
        "world.demand.*.arrivals.work",
        "world.work's duration",
        "of the program's task definition",
    ),
    row(
        "world.demand.*.arrivals.cpu",
        "the task definition's",
        "rows say nothing else",
    ),
    row(
        "world.demand.*.arrivals.memory",
        "the task definition's",
        "rows say nothing else",
    ),
    row("world.demand.*.arrivals.memoryUnit", "MiB", "ECS's unit"),
    row(
        "world.demand.*.arrivals.timeScale",
        "1",
        "the trace as it stands",
    ),
    row(
        "world.demand.*.arrivals.workScale",
        "1",
        "the trace as it stands",
    ),
    row(
        "world.demand.*.arrivals.align",
        "start",
        "the first row is the run's start",
    ),
    row(
        "world.work.*.cpu.from.taskCpu",
        "the task definition's cpu",
        "measured on such a task",
    ),
    row(
        "world.work.*.wait.from.taskCpu",
        "the task definition's cpu",
        "measured on such a task",
    ),
    row(
        "world.work.*.duration",
        "never ends",
        "a service's task runs on",
    ),
    row(
        "world.work.*.exit.codes",
        "{ 0: 100 % }",
        "who ends by himself ends well",
    ),
    row("world.work.*.crashes.mttf", "never", "no task crashes"),
    row("world.work.*.crashes.after", "never", "no task crashes"),
    row("world.work.*.health.fails", "0 %", "every check passes"),
    row(
        "world.work.*.health.after",
        "0s",
        "who fails never passes a check",
    ),
    row("world.work.*.startFailures", "0 %", "every task starts"),
    row("world.work.*.calls.*.perRequest", "1", "one call"),
    row(
        "world.work.*.sidecars.*.cpu",
        "0s",
        "it has no part in requests",
    ),
    row("world.work.*.sidecars.*.idle", "0 vCPU", "it only waits"),
    row("world.work.*.sidecars.*.memory", "0B", "it needs none"),
    row(
        "world.work.*.beside.cpu",
        "0s",
        "it has no part in their requests",
    ),
    row("world.work.*.beside.perLogMiB", "0s", "it reads no logs"),
    row(
        "world.work.*.beside.perTask",
        "0 vCPU",
        "it asks nobody for anything",
    ),
    row("world.work.*.customMetrics", "0", "the code sends none"),
    row(
        "world.work.*.onInterruption.checkpointEvery",
        "none",
        "all work is lost",
    ),
    row(
        "world.spot.*.frequency",
        "of the preset",
        "the preset's reading",
    ),
    row(
        "world.spot.*.interruptionsPerSlotMonth",
        "of the preset",
        "the preset's reading",
    ),
    row(
        "world.spot.*.lifetime",
        "of the preset",
        "the preset's reading",
    ),
    row(
        "world.spot.*.reclaimAll",
        "of the preset",
        "the preset's reading",
    ),
    row(
        "world.spot.*.advanced",
        "of the preset",
        "the preset's reading",
    ),
    row(
        "world.spot.EC2.frequency",
        "of the type in the Spot Instance Advisor",
        "AWS's own statistic",
    ),
    row(
        "world.spot.EC2.lifetime",
        "of the preset",
        "the preset's reading; listed with results",
    ),
    row(
        "world.prices",
        "AWS's prices on record",
        "cost.csv has each one's source",
    ),
    row(
        "timeline.*.run.count",
        "the program's count",
        "aws.runTasks says how many a call",
    ),
    row(
        "objectives.*.service",
        "all services",
        "the whole cluster is judged",
    ),
    row(
        "objectives.*.stat",
        "Average of times and shares of use, Sum of counts and costs",
        "the usual one",
    ),
    row("objectives.*.in", "the whole run", "one number is judged"),
    row("objectives.*.of", "total", "the only cost that is judged"),
    row("objectives.*.per", "run", "the bill as it stands"),
    row(
        "sweep.baseline",
        "the first values",
        "the cell that stands first",
    ),
];

/// The default of a field at a path such as `world.work.*.cpu`, from either table; a path of a
/// provider's own block (`world.latencies.FARGATE.eni`) finds the row for any (`*`).
pub fn find(path: &str) -> Option<&'static DefaultRow> {
    let plain = |path: &str| path.replace('[', ".").replace(']', "");
    let path = plain(path);
    let is_it = |row: &&DefaultRow| {
        let (row, steps) = (row.path.split('.'), path.split('.'));
        let all = |row: &[&str], steps: &[&str]| {
            let fits = |(row, step): (&&str, &&str)| *row == "*" || row == step;
            row.len() == steps.len() && row.iter().zip(steps).all(fits)
        };
        let (row, steps): (Vec<&str>, Vec<&str>) = (row.collect(), steps.collect());
        // `world.spot` has its fields in itself and under a provider's name.
        let named: Vec<&str> = row.iter().copied().filter(|step| *step != "*").collect();
        all(&row, &steps) || all(&named, &steps)
    };
    let exact = TABLE.iter().chain(NEUTRAL).find(|row| row.path == path);
    exact.or_else(|| TABLE.iter().chain(NEUTRAL).find(is_it))
}
