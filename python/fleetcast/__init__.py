"""fleetcast for Python: rehearse an Amazon ECS cluster before it is paid for.

    import fleetcast
    import polars

    run = fleetcast.run("scenarios/web-api.yaml", set={"run.duration": "2d"})
    print(run.cost_month_usd)
    metrics = polars.DataFrame(run.metrics)

    sweep = fleetcast.sweep("scenarios/spot-weights.yaml", out="results/weights")
    print(polars.DataFrame(sweep.cells))

docs/python.md has the rest.
"""

from __future__ import annotations

import logging
import os
from pathlib import Path
from typing import TYPE_CHECKING

from fleetcast._errors import FleetcastError, ScenarioError
from fleetcast._native import SweepRunner, Table, __version__
from fleetcast._scenario import Changes, ScenarioLike, Source
from fleetcast.results import Run, Sweep

if TYPE_CHECKING:
    from distributed import Client

__all__ = ["FleetcastError", "Run", "ScenarioError", "Sweep", "Table", "__version__", "run", "sweep"]

_log = logging.getLogger("fleetcast")


def run(
    scenario: ScenarioLike,
    *,
    set: Changes | None = None,
    seed: int | None = None,
    replication: int = 0,
    strict_prices: bool = False,
    out: str | os.PathLike[str] | None = None,
    charts: bool = False,
) -> Run:
    """Plays a scenario once.

    Args:
        scenario: the path of a file, a text (YAML or JSON), or a mapping.
        set: values by their paths, as ``--set``: ``{"aws.services.api.desiredCount": 8}``.
        seed: another seed than the scenario's.
        replication: other draws of the same seed.
        strict_prices: refuse prices of another region where the scenario's has none on record.
        out: write the folder of ``fleetcast run --out`` there, the same bytes.
        charts: draw its charts too.

    Other threads of Python go on meanwhile; Ctrl-C ends it.

    Raises:
        ScenarioError: if the scenario can't be played.
        FleetcastError: if ``out`` can't be written.
    """
    loaded = Source.of(scenario, set, seed, strict_prices).load()
    played = Run(loaded.play(replication, out), loaded.notes, None)
    if out is not None:
        played.write(out, charts=charts)
    return played


def sweep(
    scenario: ScenarioLike,
    *,
    set: Changes | None = None,
    seed: int | None = None,
    replications: int | None = None,
    max_cells: int | None = None,
    strict_prices: bool = False,
    jobs: int | None = None,
    on: Client | None = None,
    unit_seconds: float = 120.0,
    out: str | os.PathLike[str] | None = None,
    resume: bool = False,
    charts: bool = False,
) -> Sweep:
    """Plays every cell of a scenario's sweep several times, here or on a Dask cluster.

    The result is the same in either way, to the byte: that of ``fleetcast sweep``.

    Args:
        scenario, set, seed, strict_prices: as for ``run``.
        replications: runs a cell, instead of what the scenario says.
        max_cells: allow so many cells, and values of a range.
        jobs: threads on this machine; without it one for each processor.
        on: a ``distributed.Client``: its workers play, which need this package in the same version.
        unit_seconds: how long a unit of work is to take on a worker.
        out: write the folder of ``fleetcast sweep --out`` there. Meanwhile each run that ended stands in a journal
            beside it.
        resume: go on with the runs of that journal, where an earlier sweep stopped.
        charts: draw its charts too.

    Ctrl-C ends it; what was played is in the journal.

    Raises:
        ScenarioError: if the scenario has no sweep, or one of its cells can't be played.
        FleetcastError: if ``out`` can't be written, or the workers fail again and again.
    """
    if resume and out is None:
        raise FleetcastError("resume goes on with the journal beside a folder: name that folder with out")
    if on is not None and jobs is not None:
        raise FleetcastError("jobs are threads of this machine, and on a cluster's workers play: leave one of them away")
    source = Source.of(scenario, set, seed, strict_prices)
    loaded = source.load(max_cells=max_cells)
    runner = SweepRunner(loaded, replications=replications, max_cells=max_cells)
    try:
        if out is not None:
            said = runner.begin(out, resume)
            if said:
                _log.warning(said.strip())
        effort = None
        if on is None:
            runner.play_here(jobs)
        else:
            from fleetcast._dask import Order, play

            effort = play(runner, Order.of(source, runner, replications, max_cells), on, unit_seconds)
        path = runner.finish(charts)
    except BaseException:
        runner.stop()
        raise
    return Sweep(runner, loaded.notes, None if path is None else Path(path), effort)
