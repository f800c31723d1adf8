"""Sweeps on a Dask cluster: workers that die, units, messages."""

from __future__ import annotations

import signal
import threading
import time
from pathlib import Path

import polars as pl
import pytest

import fleetcast
from conftest import SCENARIOS, SWEEP, Cluster, files, paced
from fleetcast._dask import _Pace, _Units

#: Long enough for a worker to be killed between them.
RUN_SECONDS = 0.15


def lines_of(journal: Path) -> int:
    return journal.read_bytes().count(b"\n") - 1 if journal.exists() else 0


def test_a_worker_that_is_killed_in_the_middle_loses_nothing(
    cluster: Cluster, tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    change = paced(RUN_SECONDS) | {"sweep.replications": 10}
    here = fleetcast.sweep(SWEEP, set=change, out=tmp_path / "here")
    asked = len(here.runs)
    cluster.add_workers(2)
    at_death: list[int] = []
    victim = cluster.workers[0]

    def kill_in_the_middle() -> None:
        while lines_of(tmp_path / "there.journal") < asked // 4:
            time.sleep(0.01)
        victim.send_signal(signal.SIGKILL)
        at_death.append(lines_of(tmp_path / "there.journal"))

    killer = threading.Thread(target=kill_in_the_middle, daemon=True)
    killer.start()
    began = time.monotonic()
    there = fleetcast.sweep(SWEEP, set=change, on=cluster.client, unit_seconds=1.0, out=tmp_path / "there")
    took = time.monotonic() - began
    killer.join(10)
    victim.wait(10)
    assert asked // 4 <= at_death[0] < asked, "killed in the middle, with results in the journal already"
    assert len(cluster.client.nthreads()) == 1
    assert there.complete and len(there.runs) == asked
    keys = pl.DataFrame(there.runs).select("cell", "replication")
    assert keys.is_unique().all()
    assert files(tmp_path / "there") == files(tmp_path / "here")
    assert not (tmp_path / "there.journal").exists()
    assert there.effort is not None and there.effort.busy_seconds < 2 * took
    print(f"{asked} runs in {took:.1f} s, one of two workers killed after {at_death[0]}: {there.effort}")


#: Dask gives a task up when the first worker that has it dies.
IMPATIENT = {"DASK_DISTRIBUTED__SCHEDULER__ALLOWED_FAILURES": "0"}


@pytest.mark.parametrize("cluster", [IMPATIENT], indirect=True)
def test_a_unit_that_dask_gives_up_is_given_out_again(
    cluster: Cluster, tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    change = paced(RUN_SECONDS) | {"sweep.replications": 3}
    here = fleetcast.sweep(SWEEP, set=change)
    cluster.add_workers(2)

    def kill_when_results_arrive() -> None:
        while lines_of(tmp_path / "there.journal") < 4:
            time.sleep(0.01)
        cluster.workers[0].kill()

    killer = threading.Thread(target=kill_when_results_arrive, daemon=True)
    killer.start()
    there = fleetcast.sweep(SWEEP, set=change, on=cluster.client, out=tmp_path / "there")
    killer.join(10)
    assert there.effort is not None and 1 <= there.effort.again
    assert "the workers that had it died" in caplog.text
    assert there.summary == here.summary


def test_traces_and_what_a_scenario_extends_go_to_the_workers(
    cluster: Cluster, caplog: pytest.LogCaptureFixture
) -> None:
    # The workers' working directory is another one, so that they find no file by themselves.
    change = {"run.duration": "2h", "sweep.replications": 2}
    here = fleetcast.sweep(SCENARIOS / "spot-weights.yaml", set=change)
    # A worker that comes later is used too, and knows the sweep.
    later = threading.Timer(1.0, cluster.add_workers, [1])
    later.start()
    there = fleetcast.sweep(SCENARIOS / "spot-weights.yaml", set=change, on=cluster.client)
    later.join()
    assert "the cluster has no workers" in caplog.text
    assert there.summary == here.summary
    assert pl.DataFrame(there.runs).equals(pl.DataFrame(here.runs), null_equal=True)


def test_what_is_wrong_is_said_before_and_by_workers(
    cluster: Cluster, monkeypatch: pytest.MonkeyPatch
) -> None:
    cluster.add_workers(1)
    with pytest.raises(fleetcast.FleetcastError, match="jobs are threads of this machine"):
        fleetcast.sweep(SWEEP, on=cluster.client, jobs=2)
    with pytest.raises(fleetcast.FleetcastError, match="unit_seconds"):
        fleetcast.sweep(SWEEP, on=cluster.client, unit_seconds=0)
    with monkeypatch.context() as patch:
        patch.setattr("fleetcast._dask.__version__", "0.0.9")
        with pytest.raises(fleetcast.FleetcastError, match="install the same version on all workers"):
            fleetcast.sweep(SWEEP, on=cluster.client)
    # The cluster is as it was: nothing of the sweep that failed is left in its way.
    assert fleetcast.sweep(SWEEP, on=cluster.client).complete


def test_units_are_as_long_as_asked_and_become_smaller_at_the_end() -> None:
    pace = _Pace()
    runs = [(run % 2, run // 2) for run in range(2_000)]
    units = _Units(runs, pace, unit_seconds=60.0)
    assert [len(units.next(threads=4)) for _ in range(3)] == [1, 1, 1], "nothing is known of their time yet"
    pace.learn([(0, 0), (1, 0)], [1.0, 3.0])
    lengths, taken = [], 3
    while unit := units.next(threads=4):
        assert unit == runs[taken : taken + len(unit)], "in order, each once"
        taken += len(unit)
        lengths.append(len(unit))
    assert taken == len(runs)
    assert lengths[0] == 30, "60 s of runs that take 2 s on average"
    assert lengths[-1] == 1
    assert all(later <= earlier + 1 for earlier, later in zip(lengths, lengths[1:], strict=False))
