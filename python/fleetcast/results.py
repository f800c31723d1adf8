"""What a run and a sweep leave: numbers as dictionaries, tables as Arrow."""

from __future__ import annotations

import json
import os
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING, Any

from fleetcast._native import PlayedScenario, SweepRunner, Table

if TYPE_CHECKING:
    from fleetcast._dask import Effort


class Run:
    """A played run.

    Tables have the columns of the files of the same name (docs/results.md) and are made when first asked for: instants
    as UTC timestamps, empty values as nulls. ``polars.DataFrame(run.metrics)`` and ``pyarrow.table(run.metrics)`` take
    their buffers without copying.
    """

    def __init__(self, played: PlayedScenario, notes: str, path: Path | None) -> None:
        self._played = played
        #: Warnings and notes about the scenario, as text.
        self.notes = notes
        #: The folder that it was written to, if it was.
        self.path = path

    @cached_property
    def summary(self) -> dict[str, Any]:
        """The run in numbers: the content of ``summary.json``."""
        summary: dict[str, Any] = json.loads(self._played.summary_json())
        return summary

    @property
    def cost_month_usd(self) -> float:
        """What a month (730 h) of such runs costs, USD."""
        cost: float = self.summary["cost"]["total_usd_per_month"]
        return cost

    @cached_property
    def metrics(self) -> Table | None:
        """CloudWatch's series, a row a series and period; ``None`` with ``record: {metrics: none}``."""
        return self._played.table("metrics")

    @cached_property
    def tasks(self) -> Table | None:
        """A row a task; ``None`` with ``record: {tasks: none}``."""
        return self._played.table("tasks")

    @cached_property
    def instances(self) -> Table | None:
        """A row an instance; ``None`` without recorded tasks, or where the cluster has no instances."""
        return self._played.table("instances")

    @cached_property
    def alarms(self) -> Table | None:
        """A row a change of an alarm's state; ``None`` where the scenario has no ``aws.alarms``."""
        return self._played.table("alarms")

    @cached_property
    def usage(self) -> Table:
        """What was used, by hour."""
        return _there(self._played.table("usage"))

    @cached_property
    def cost(self) -> Table:
        """What it cost, by line of the bill, USD."""
        return _there(self._played.table("cost"))

    def write(self, out: str | os.PathLike[str], *, charts: bool = False) -> Path:
        """Writes the folder that ``fleetcast run --out`` writes, the same bytes; where it stands.

        Raises:
            FleetcastError: if it can't be written, or holds anything but this run.
        """
        self.path = Path(self._played.write(out, charts))
        return self.path

    def __repr__(self) -> str:
        return f"<fleetcast.Run of {self.summary['scenario']}: ${self.cost_month_usd:,.2f} a month>"


class Sweep:
    """A played sweep."""

    def __init__(self, runner: SweepRunner, notes: str, path: Path | None, effort: Effort | None) -> None:
        self._runner = runner
        #: What it took of a cluster; ``None`` of a sweep on this machine.
        self.effort = effort
        #: Warnings and notes about the scenario, as text.
        self.notes = notes
        #: The folder that it was written to, if it was.
        self.path = path

    @property
    def name(self) -> str:
        """``sweep-`` and a hash of all that decides its results."""
        return self._runner.name

    @property
    def complete(self) -> bool:
        """Whether all runs were played to their ends."""
        return self._runner.complete

    @cached_property
    def runs(self) -> Table:
        """A row a run, with the columns of ``runs.csv`` (docs/sweeps.md).

        A parameter is a column of numbers where all its values are.
        """
        return self._runner.runs()

    @cached_property
    def cells(self) -> Table:
        """A row a cell: means, intervals, differences to the baseline; the columns of ``cells.csv``."""
        return self._runner.cells()

    @cached_property
    def summary(self) -> dict[str, Any]:
        """The content of ``cells.json``."""
        summary: dict[str, Any] = json.loads(self._runner.cells_json())
        return summary

    def __repr__(self) -> str:
        scenario = self.summary["scenario"]
        return f"<fleetcast.Sweep of {scenario}: {len(self._runner.cell_names)} cells, {len(self.runs)} runs>"


def _there(table: Table | None) -> Table:
    assert table is not None, "every run has this table"
    return table
