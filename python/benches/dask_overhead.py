"""What a Dask cluster costs a sweep: how much of its time two workers are not playing.

    python benches/dask_overhead.py                 # units of 10 s, for two minutes
    python benches/dask_overhead.py 60 --minutes 5

Runs take about a second. Says the share of all of the workers' time in which they were not playing runs, the beginning
and the end of the sweep included, when a worker may have nothing to do.
"""

from __future__ import annotations

import argparse
import sys
import tempfile
from pathlib import Path

HERE = Path(__file__).resolve().parent
sys.path.insert(0, str(HERE.parent / "tests"))

import fleetcast  # noqa: E402
from conftest import SWEEP, Cluster, paced  # noqa: E402

WORKERS = 2
RUN_SECONDS = 0.7


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("unit_seconds", type=float, nargs="?", default=10.0)
    parser.add_argument("--minutes", type=float, default=2.0)
    asked = parser.parse_args()
    replications = max(1, round(asked.minutes * 60 * WORKERS / (6 * RUN_SECONDS)))
    with tempfile.TemporaryDirectory() as home:
        cluster = Cluster(Path(home))
        try:
            cluster.add_workers(WORKERS)
            change = paced(RUN_SECONDS) | {"sweep.replications": replications}
            sweep = fleetcast.sweep(
                SWEEP, set=change, on=cluster.client, unit_seconds=asked.unit_seconds, out=Path(home) / "out"
            )
        finally:
            cluster.close()
    effort = sweep.effort
    assert effort is not None
    idle = 1 - effort.busy_seconds / (WORKERS * effort.seconds)
    print(
        f"{len(sweep.runs)} runs in {effort.units} units of {asked.unit_seconds:.0f} s at most: "
        f"{effort.seconds:.1f} s, {100 * idle:.2f} % of {WORKERS} workers' time was no playing"
    )


if __name__ == "__main__":
    main()
