"""A cluster that goes away in the middle of a sweep."""

from __future__ import annotations

import threading
import time
from pathlib import Path

import pytest

import fleetcast
from conftest import SWEEP, Cluster, files, paced
from test_dask import RUN_SECONDS, lines_of


def test_a_scheduler_that_dies_leaves_the_journal_to_go_on_with(
    cluster: Cluster, tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    cluster.add_workers(1)
    change = paced(RUN_SECONDS) | {"sweep.replications": 3}

    def kill_the_scheduler() -> None:
        while lines_of(tmp_path / "out.journal") < 4:
            time.sleep(0.01)
        cluster.processes[0].kill()

    killer = threading.Thread(target=kill_the_scheduler, daemon=True)
    killer.start()
    with pytest.raises(fleetcast.FleetcastError, match="resume=True goes on with it"):
        fleetcast.sweep(SWEEP, set=change, on=cluster.client, unit_seconds=0.2, out=tmp_path / "out")
    killer.join(10)
    assert 4 <= lines_of(tmp_path / "out.journal") < 18
    fleetcast.sweep(SWEEP, set=change, out=tmp_path / "out", resume=True)
    assert "goes on after" in caplog.text
    fleetcast.sweep(SWEEP, set=change, out=tmp_path / "whole")
    assert files(tmp_path / "out") == files(tmp_path / "whole")
