"""A sweep's runs on the workers of a Dask cluster.

The scheduler is handed units of work, each a stretch of runs that takes about ``unit_seconds``. A worker that dies takes
its units with it: they are played again elsewhere. Whoever asked takes each run once, whatever arrives how often, and
writes it to the journal as it arrives.
"""

from __future__ import annotations

import logging
import threading
import time
import uuid
from collections import deque
from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import Any, TypeAlias

from distributed import Client, Future, KilledWorker, WorkerPlugin, as_completed, get_worker

from fleetcast._errors import FleetcastError
from fleetcast._native import SweepRunner, __version__
from fleetcast._scenario import Source

_log = logging.getLogger("fleetcast")

#: A run: its cell's index and its replication.
RunKey: TypeAlias = tuple[int, int]

#: How often a unit is given out before the sweep is given up: a unit that kills its workers would kill all of them.
ATTEMPTS_MAX = 20
#: Units that each thread of the cluster has in hand or waiting, so that none waits for us.
UNITS_A_THREAD = 2
#: Seconds between two looks at how many threads the cluster has.
LOOK_EVERY = 1.0


@dataclass(frozen=True)
class Order:
    """A sweep as workers get it: all that it is made from, and the name that it has to come to."""

    source: Source
    replications: int | None
    max_cells: int | None
    files: tuple[tuple[str, bytes], ...]
    name: str
    version: str
    #: The warm-up that pilot runs found here, so that no worker plays them again.
    warm_up_s: float | None

    @classmethod
    def of(cls, source: Source, runner: SweepRunner, replications: int | None, max_cells: int | None) -> Order:
        files = tuple(runner.files())
        return cls(source, replications, max_cells, files, runner.name, __version__, runner.warm_up_s)

    def runner(self) -> SweepRunner:
        """The same sweep, made anew on a worker."""
        if self.version != __version__:
            raise FleetcastError(
                f"this worker has fleetcast {__version__}, the sweep is by {self.version}: "
                "install the same version on all workers"
            )
        loaded = self.source.load(self.files, max_cells=self.max_cells)
        runner = SweepRunner(
            loaded, replications=self.replications, max_cells=self.max_cells, warm_up_s=self.warm_up_s
        )
        if runner.name != self.name:
            raise FleetcastError(
                f"the sweep is {runner.name} on a worker and was {self.name} here: a trace was changed meanwhile"
            )
        return runner


@dataclass(frozen=True)
class Effort:
    """What a sweep took of a cluster."""

    #: Units that were handed out, those again included.
    units: int
    #: Units that were handed out again, after their worker had died or failed.
    again: int
    #: Seconds that workers were playing runs of units that arrived, over all threads.
    busy_seconds: float
    #: Seconds from the first unit to the last.
    seconds: float


class _Plugin(WorkerPlugin):
    """Brings an order to every worker, those that come later too."""

    def __init__(self, name: str, order: Order) -> None:
        self.name = name
        self._order = order
        self._lock: Any = None
        self._runner: SweepRunner | None = None

    def setup(self, worker: Any) -> None:
        self._lock = threading.Lock()

    def runner(self) -> SweepRunner:
        with self._lock:
            if self._runner is None:
                self._runner = self._order.runner()
            return self._runner


def _play_unit(plugin: str, runs: list[RunKey]) -> tuple[str, list[float]]:
    """On a worker: the runs' lines, and the seconds that each took."""
    mine = get_worker().plugins[plugin]
    assert isinstance(mine, _Plugin)
    return mine.runner().play(runs)


@dataclass
class _Pace:
    """How long a run takes, by cell."""

    seconds: dict[int, float] = field(default_factory=dict)
    counts: dict[int, int] = field(default_factory=dict)

    def learn(self, runs: Iterable[RunKey], seconds: Iterable[float]) -> None:
        for (cell, _), took in zip(runs, seconds, strict=True):
            self.seconds[cell] = self.seconds.get(cell, 0.0) + took
            self.counts[cell] = self.counts.get(cell, 0) + 1

    def is_known(self) -> bool:
        return bool(self.counts)

    def mean(self) -> float:
        """Seconds of a run, over all cells."""
        return sum(self.seconds.values()) / max(1, sum(self.counts.values()))

    def of(self, cell: int) -> float:
        """Seconds of a run of a cell; of one that is not known those of all."""
        return self.seconds[cell] / self.counts[cell] if cell in self.counts else self.mean()


class _Units:
    """Cuts the runs that are left into units."""

    def __init__(self, runs: Iterable[RunKey], pace: _Pace, unit_seconds: float) -> None:
        self.left = deque(runs)
        self._pace = pace
        self._unit_seconds = unit_seconds

    def next(self, threads: int) -> list[RunKey]:
        """The next unit; empty when none is left.

        Until a run's time is known a unit is one run. Towards the end units become smaller, so that the threads end
        together: none is longer than its share of half of what is left.
        """
        if not self.left:
            return []
        unit = [self.left.popleft()]
        if not self._pace.is_known():
            return unit
        share = self._pace.mean() * len(self.left) / (2 * threads)
        target = min(self._unit_seconds, share)
        seconds = self._pace.of(unit[0][0])
        while self.left and seconds + self._pace.of(self.left[0][0]) <= target:
            unit.append(self.left.popleft())
            seconds += self._pace.of(unit[-1][0])
        return unit


class _Cluster:
    """What the sweep asks of a client."""

    def __init__(self, client: Client, order: Order) -> None:
        self.client = client
        # Of this sweep alone: another one of the same scenario may be under way on the same cluster.
        self.plugin = f"fleetcast-{order.name}-{uuid.uuid4().hex[:8]}"
        self._threads = 0
        self._is_said = False
        self._looked = -LOOK_EVERY
        self.units = 0
        client.register_plugin(_Plugin(self.plugin, order))

    def threads(self) -> int:
        now = time.monotonic()
        if LOOK_EVERY <= now - self._looked:
            self._threads = sum(self.client.nthreads().values())
            self._looked = now
            if self._threads == 0 and not self._is_said:
                _log.warning("the cluster has no workers; the sweep waits for some")
                self._is_said = True
        return max(1, self._threads)

    def submit(self, runs: list[RunKey]) -> Future[Any]:
        self.units += 1
        key = f"{self.plugin}-unit-{self.units}"
        return self.client.submit(_play_unit, self.plugin, runs, key=key, pure=False)

    def close(self) -> None:
        if self.client.status == "running":
            self.client.unregister_worker_plugin(self.plugin)

    def cancel(self, futures: Iterable[Future[Any]]) -> None:
        if self.client.status == "running":
            self.client.cancel(list(futures))


def play(runner: SweepRunner, order: Order, client: Client, unit_seconds: float) -> Effort:
    """Plays all that is left of a sweep on a cluster; what arrives is taken as it arrives.

    Raises:
        FleetcastError: if a unit fails again and again, or the cluster is gone.
    """
    if not 0 < unit_seconds:
        raise FleetcastError("unit_seconds has to be more than 0; units of a minute or more cost least")
    if client.asynchronous:
        raise FleetcastError("the client is asynchronous; sweep waits for its runs: use a plain distributed.Client")
    cluster = _Cluster(client, order)
    pace = _Pace()
    again = 0
    began = time.monotonic()
    try:
        while (runs := runner.next_round()) is not None:
            again += _play_round(runner, cluster, _Units(runs, pace, unit_seconds), pace)
    except FleetcastError:
        raise
    except Exception as error:
        if client.status == "running":
            raise
        raise FleetcastError(
            f"the cluster's scheduler is gone ({error}); what was played is in the journal, if there is one (out), and "
            "resume=True goes on with it"
        ) from error
    finally:
        cluster.close()
    busy = sum(pace.seconds.values())
    return Effort(cluster.units, again, busy, time.monotonic() - began)


def _play_round(runner: SweepRunner, cluster: _Cluster, units: _Units, pace: _Pace) -> int:
    """Plays a round; how many units were given out again."""
    again = 0
    in_hand: dict[Future[Any], tuple[list[RunKey], int]] = {}
    arriving = as_completed()

    def give(runs: list[RunKey], attempt: int) -> None:
        future = cluster.submit(runs)
        in_hand[future] = (runs, attempt)
        arriving.add(future)

    def fill() -> None:
        threads = cluster.threads()
        while len(in_hand) < UNITS_A_THREAD * threads and (unit := units.next(threads)):
            give(unit, 1)

    fill()
    try:
        while in_hand:
            future = next(arriving)
            runs, attempt = in_hand.pop(future)
            problem = _take(runner, future, runs, pace)
            if problem is not None:
                if ATTEMPTS_MAX <= attempt:
                    raise FleetcastError(
                        f"a unit of {len(runs)} runs failed {attempt} times, at last with: {problem}; what was played "
                        "is in the journal, if there is one (out), and resume=True goes on with it"
                    )
                _log.warning("a unit of %d runs is given out again: %s", len(runs), problem)
                again += 1
                give(runs, attempt + 1)
            future.release()
            fill()
    finally:
        cluster.cancel(in_hand)
    return again


def _take(runner: SweepRunner, future: Future[Any], runs: list[RunKey], pace: _Pace) -> str | None:
    """Takes a unit that ended; what went wrong with it, if it is to be played again."""
    if future.status == "finished":
        lines, seconds = future.result()
        if len(seconds) != len(runs):
            return f"its worker played {len(seconds)} of them"
        runner.take(lines)
        pace.learn(runs, seconds)
        return None
    if future.status in ("cancelled", "lost"):
        return f"it was {future.status}"
    error = future.exception()
    if isinstance(error, KilledWorker):
        return "the workers that had it died"
    if isinstance(error, (OSError, MemoryError)):
        return f"{type(error).__name__}: {error}"
    # A mistake, or a defect: it would be the same on every worker.
    raise error
