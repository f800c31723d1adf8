#!/usr/bin/env python3
"""Compile gathered facts about EC2 instance types into the three tables that the catalog embeds.

Usage: instance_tables.py TYPES PRICES SPOT SPOT_SOURCE SPOT_DATE OUTPUT_DIR

TYPES, PRICES and SPOT are CSV files as gathered, with the columns read below: one row a type; one row a (region, type)
with an on-demand price (Linux, shared tenancy); one row a (region, operating system, type) of the Spot Instance
Advisor. SPOT_SOURCE and SPOT_DATE say where and when the latter was taken. OUTPUT_DIR gets ec2_types.csv,
ec2_prices.csv and ec2_spot.csv, sorted by name, so that a refreshed gathering is a readable diff. What the sources'
short names stand for is kept by hand in sources.csv.
"""

import csv
import pathlib
import re
import sys

# Amazon ECS developer guide, "Elastic network interface trunking" (container-instance-eni.md, June 2023): families and
# types that do not support ECS's trunking, though EC2 could attach branch interfaces to many of them. The guide's own
# tables list 15 of these types all the same; its sentence is taken, for a plan that counts on ten tasks where two start
# is the worse mistake.
UNSUPPORTED_FAMILIES = set(
    "c5n d3 d3en g3 g3s g4dn i3 i3en inf1 m5dn m5n m5zn mac1 r5b r5n r5dn u-12tb1 u-6tb1 u-9tb1 z1d".split()
)
UNSUPPORTED_TYPES = set(
    "a1.metal c5.metal c5a.8xlarge c5ad.8xlarge c5d.metal m5.metal p3dn.24xlarge r5.metal r5.8xlarge r5d.metal".split()
)

TYPE_COLUMNS = [
    "name", "vcpu", "memory_mib", "arch", "gpus", "gpu_memory_mib", "enis", "ipv4_per_eni", "tasks", "trunked_tasks",
    "network_mbps", "ebs_baseline_mbps", "ebs_max_mbps", "nvme_gb", "flags",
]
# The letters of `flags`, in the order in which they are written.
FLAGS = {
    "bare_metal": "m",
    "burstable": "b",
    "previous_generation": "p",
    "generation_assumed": "g",
    "limits_documented": "d",
    "trunking_refused": "u",
    "from_capture": "c",
}


def read(path):
    with open(path, newline="") as file:
        return list(csv.DictReader(file))


def write(path, rows):
    with path.open("w", newline="") as file:
        csv.writer(file, lineterminator="\n").writerows(rows)
    print(f"{path.name}: {len(rows)} lines, {path.stat().st_size} bytes")


def thousandths(text):
    """`4.687` -> 4687, exactly."""
    whole, _, part = text.partition(".")
    if not re.fullmatch(r"\d{1,3}|", part.rstrip("0")):
        sys.exit(f"{text} has more than three decimals")
    return int(whole) * 1000 + int(part.rstrip("0").ljust(3, "0"))


def type_row(row):
    name = row["instance_type"]
    plain, trunked = row["ecs_doc_2023_task_limit_no_trunking"], row["ecs_doc_2023_task_limit_with_trunking"]
    documented = plain != ""
    if not documented:
        plain, trunked = row["ecs_awsvpc_task_limit_no_trunking"], row["ecs_awsvpc_task_limit_with_trunking"]
    refused = name.split(".")[0] in UNSUPPORTED_FAMILIES or name in UNSUPPORTED_TYPES
    facts = {
        "bare_metal": row["bare_metal"] == "true",
        "burstable": row["burstable"] == "true",
        "previous_generation": row["current_generation"] == "false",
        "generation_assumed": row["current_generation_source"].startswith("assumed"),
        "limits_documented": documented,
        "trunking_refused": refused,
        "from_capture": row["spec_source"].startswith("describe"),
    }
    return [
        name,
        row["vcpu"],
        row["memory_mib"],
        {"x86_64": "x", "arm64": "a"}[row["arch"]],
        "" if row["gpu_count"] == "0" else row["gpu_count"],
        "" if row["gpu_memory_mib_per_gpu"] == "0" else row["gpu_memory_mib_per_gpu"],
        row["max_enis"],
        row["ipv4_per_eni"],
        plain,
        "" if refused else trunked,
        thousandths(row["network_gbps_baseline"]),
        row["ebs_mbps_baseline"],
        row["ebs_mbps_max"],
        row["local_nvme_gb"],
        "".join(letter for fact, letter in FLAGS.items() if facts[fact]),
    ]


def by_region(rows, cell):
    """One line a type, one column a region."""
    regions = sorted({row["region"] for row in rows})
    cells = {}
    for row in rows:
        cells.setdefault(row["instance_type"], {})[row["region"]] = cell(row)
    lines = [[name] + [cells[name].get(region, "") for region in regions] for name in sorted(cells)]
    return regions, lines


def one_each(rows, column, regions):
    """The one value that `column` has in each region."""
    values = {region: {row[column] for row in rows if row["region"] == region} for region in regions}
    for region, found in values.items():
        if len(found) != 1:
            sys.exit(f"{region} has more than one {column}: {found}")
    return [values[region].pop() for region in regions]


def main():
    if len(sys.argv) != 7:
        sys.exit(__doc__)
    types, prices, spot = map(read, sys.argv[1:4])
    spot_source, spot_date, output = sys.argv[4], sys.argv[5], pathlib.Path(sys.argv[6])
    names = {row["instance_type"] for row in types}

    write(output / "ec2_types.csv", [TYPE_COLUMNS] + sorted(map(type_row, types)))

    # Types without specifications (long retired ones) are of no use to a simulation.
    prices = [row for row in prices if row["instance_type"] in names]
    regions, lines = by_region(prices, lambda row: row["usd_per_hour"])
    dates, sources = one_each(prices, "price_date", regions), one_each(prices, "source", regions)
    heads = [["date"] + dates, ["source"] + sources]
    write(output / "ec2_prices.csv", [["name"] + regions] + heads + lines)

    # 487: bucket 4, savings of 87 %. 0-6: bucket 0, six per cent dearer than on demand.
    spot = [row for row in spot if row["os"] == "linux" and row["instance_type"] in names]
    regions, lines = by_region(spot, lambda row: row["interruption_bucket"] + row["savings_percent"])
    heads = [["date"] + [spot_date] * len(regions), ["source"] + [spot_source] * len(regions)]
    write(output / "ec2_spot.csv", [["name"] + regions] + heads + lines)


if __name__ == "__main__":
    main()
