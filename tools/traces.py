#!/usr/bin/env python3
"""Makes the traces in scenarios/traces/ from a folder of public ones.

    tools/traces.py SOURCE_DIR

SOURCE_DIR holds nab_elb_request_count.csv, surf_week_2022_jobs.csv and
worldcup98_requests_1min_1998-06-28_to_07-01.csv, made from the sources that each trace's header
comment names. The output depends on these files alone: run again, it is the same to the byte.
"""

import csv
import json
import pathlib
import sys
from datetime import datetime, timedelta, timezone

OUT = pathlib.Path(__file__).resolve().parent.parent / "scenarios" / "traces"
ISO = "%Y-%m-%dT%H:%M:%SZ"


def rows(path):
    with open(path, newline="", encoding="utf-8") as file:
        yield from csv.DictReader(file)


def write(name, comments, header, lines):
    text = "".join(f"# {line}\n" for line in comments) + header + "\n"
    text += "".join(line + "\n" for line in lines)
    (OUT / name).write_text(text, encoding="utf-8", newline="\n")
    print(f"{name}: {text.count(chr(10)) - len(comments) - 1} rows, {len(text)} bytes")


def elb(source):
    """Two whole weeks of a real load balancer; missing steps stay missing."""
    table = [(row["timestamp"], row["value"]) for row in rows(source / "nab_elb_request_count.csv")]
    times = [datetime.strptime(time, ISO) for time, _ in table]
    step = timedelta(minutes=5)
    missing = sum((b - a) // step - 1 for a, b in zip(times, times[1:]))
    write(
        "elb-requests-5min.csv",
        [
            "Requests every 5 minutes at a real Elastic Load Balancer (unit: requests/5min).",
            "Source: Numenta Anomaly Benchmark (NAB), realAWSCloudwatch/elb_request_count_8c0756,",
            "MIT licence, commit ea702d75cc2258d9d7dd35ca8e5e2539d71f3140, 2014. Times are UTC.",
            f"{len(table)} rows; {missing} steps are missing in the source and are kept missing.",
        ],
        "timestamp,value",
        [f"{time},{value}" for time, value in table],
    )


def cloudwatch(source):
    """One day of the same balancer as `aws cloudwatch get-metric-data` prints it: the newest first."""
    day = [
        (row["timestamp"], float(row["value"]))
        for row in rows(source / "nab_elb_request_count.csv")
        if row["timestamp"].startswith("2014-04-16T")
    ]
    day.sort(reverse=True)
    result = {
        "Id": "requests",
        "Label": "RequestCount",
        "Timestamps": [time.replace("Z", "+00:00") for time, _ in day],
        "Values": [value for _, value in day],
        "StatusCode": "Complete",
    }
    text = json.dumps({"MetricDataResults": [result], "Messages": []}, indent=4) + "\n"
    (OUT / "elb-requests-cloudwatch.json").write_text(text, encoding="utf-8", newline="\n")
    print(f"elb-requests-cloudwatch.json: {len(day)} points, {len(text)} bytes")


def batch(source):
    """One week of batch jobs; cpu and memory are one constant in the source and left out."""
    jobs = [
        (round(float(row["submit_time_s"])), round(float(row["duration_s"])))
        for row in rows(source / "surf_week_2022_jobs.csv")
    ]
    jobs.sort(key=lambda job: job[0])
    write(
        "batch-jobs.csv",
        [
            "Jobs of the SURF cluster in the Netherlands over one week: seconds from",
            "2022-10-06T22:00:00Z (Friday, midnight in Amsterdam) and seconds of work.",
            "Source: OpenDC, opendc-experiments-base, workloadTraces/workloadScaling/surf_week,",
            "MIT licence, commit 691036deb92b9e236d1a33c6f3066f98a96ba0e6, 2022.",
            f"{len(jobs)} rows.",
        ],
        "submit_time_s,duration_s",
        [f"{submit},{duration}" for submit, duration in jobs],
    )


def worldcup(source):
    """Four busy days of the World Cup 1998 site, the minutes added up to 5 minutes."""
    sums = {}
    for row in rows(source / "worldcup98_requests_1min_1998-06-28_to_07-01.csv"):
        time = datetime.strptime(row["timestamp"], ISO).replace(tzinfo=timezone.utc)
        start = time - timedelta(minutes=time.minute % 5)
        sums[start] = sums.get(start, 0) + int(row["value"])
    write(
        "worldcup98-5min.csv",
        [
            "Requests every 5 minutes to the web site of the football World Cup 1998 (unit:",
            "requests/5min), Sunday 1998-06-28 to Wednesday 1998-07-01, its busiest days. Times are UTC.",
            "Source: the Internet Traffic Archive's WorldCup98 log (may be redistributed freely), as",
            "counted by nimamahmoudi/worldcup98-dataset, MIT licence, commit",
            "82460213f0d5a86fa57b6d4b0b5f260e606e713b; minutes added up to 5 minutes.",
            f"{len(sums)} rows.",
        ],
        "timestamp,value",
        [f"{time.strftime(ISO)},{count}" for time, count in sorted(sums.items())],
    )


def main():
    if len(sys.argv) != 2:
        sys.exit(__doc__)
    source = pathlib.Path(sys.argv[1])
    OUT.mkdir(parents=True, exist_ok=True)
    elb(source)
    cloudwatch(source)
    batch(source)
    worldcup(source)


if __name__ == "__main__":
    main()
