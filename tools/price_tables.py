#!/usr/bin/env python3
"""Compile gathered price lists into the two tables that the catalog embeds.

Usage: price_tables.py SOURCE_DIR OUTPUT_DIR

SOURCE_DIR holds fargate_prices.csv and other_prices.csv as gathered, with the columns read below. OUTPUT_DIR gets
files of the same names with one surest row for each (region, thing), sorted, so that a refreshed gathering is a
readable diff. Prices that no gathering has stand in prices_by_hand.csv beside this file, in the columns of the gathered
other_prices.csv, and go in with the others. What the `source` column's short names stand for is kept by hand in
sources.csv.
"""

import csv
import pathlib
import sys

# The words that gatherings use, and what the catalog calls them; surest first.
SURENESS = ["primary", "derived", "secondary", "tertiary", "unsourced"]
GATHERED = {"high": "primary", "medium": "secondary", "low": "tertiary"}
BY_HAND = pathlib.Path(__file__).with_name("prices_by_hand.csv")
PLATFORM = {
    ("LINUX", "X86_64"): "x86",
    ("LINUX", "ARM64"): "arm",
    ("WINDOWS", "X86_64"): "windows",
}


def sureness(text):
    """`high: AWS public price feed` -> `primary`; `secondary: ...` -> `secondary`."""
    word = text.replace(":", " ").split()[0]
    word = GATHERED.get(word, word)
    if word not in SURENESS:
        sys.exit(f"unknown sureness {text!r}")
    return word


def surest(rows, key):
    """One row for each key: the surest, and of equally sure ones the latest."""
    best = {}
    for row in rows:
        rank = (-SURENESS.index(row["sureness"]), row["date"])
        if key(row) not in best or best[key(row)][0] < rank:
            best[key(row)] = (rank, row)
    return [row for _, (_, row) in sorted(best.items())]


def fargate(source):
    for row in source:
        platform = PLATFORM.get((row["os"], row["arch"]))
        if platform is None:
            continue
        yield {
            "region": row["region"],
            "platform": platform,
            "capacity": row["capacity"],
            "usd_per_vcpu_hour": row["usd_per_vcpu_hour"],
            "usd_per_gb_hour": row["usd_per_gb_hour"],
            "licence_usd_per_vcpu_hour": row["os_licence_usd_per_vcpu_hour"],
            "ephemeral_usd_per_gb_hour": row["ephemeral_usd_per_gb_hour"],
            "date": row["price_date"],
            "source": row["source"],
            "sureness": sureness(row["sureness"]),
        }


def other(source):
    for row in source:
        date = row["price_date"]
        yield {
            "item": row["item"],
            "region": row["region"],
            "usd": row["usd"],
            "date": date if date and date != "undated" else "",
            "source": row["source"],
            "sureness": sureness(row["source_kind"]),
        }


def gathered(paths):
    for path in paths:
        with path.open(newline="") as file:
            yield from csv.DictReader(file)


def compile_table(source_paths, output_path, read, key):
    rows = surest(read(gathered(source_paths)), key)
    with output_path.open("w", newline="") as file:
        writer = csv.DictWriter(file, rows[0].keys(), lineterminator="\n")
        writer.writeheader()
        writer.writerows(rows)
    print(f"{output_path.name}: {len(rows)} rows")


def main():
    if len(sys.argv) != 3:
        sys.exit(__doc__)
    source, output = map(pathlib.Path, sys.argv[1:])
    compile_table(
        [source / "fargate_prices.csv"],
        output / "fargate_prices.csv",
        fargate,
        lambda row: (row["region"], row["platform"], row["capacity"]),
    )
    compile_table(
        [source / "other_prices.csv", BY_HAND],
        output / "other_prices.csv",
        other,
        lambda row: (row["item"], row["region"]),
    )


if __name__ == "__main__":
    main()
