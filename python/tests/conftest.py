"""A real scheduler and real workers: processes of their own that speak TCP on loopback."""

from __future__ import annotations

import functools
import os
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path

import pytest
from distributed import Client

import fleetcast

ROOT = Path(__file__).resolve().parents[2]
SCENARIOS = ROOT / "scenarios"

#: A service half on Spot for a week: its runs differ by replication.
SWEEP = """\
fleetcast: 1
name: small
run: { duration: 7d }
aws:
  taskDefinitions:
    - { family: web, cpu: 256, memory: 512 }
  services:
    - serviceName: web
      taskDefinition: web
      desiredCount: 4
      capacityProviderStrategy:
        - { capacityProvider: FARGATE, weight: 1 }
        - { capacityProvider: FARGATE_SPOT, weight: 1 }
world:
  spot: { FARGATE_SPOT: { preset: pessimistic } }
objectives:
  - { metric: RunningTaskCount, service: web, stat: Minimum, above: 3 }
  - { metric: Cost, of: total, per: month, below: 30 USD }
sweep:
  replications: 5
  parameters:
    spot: { path: aws.services.web.capacityProviderStrategy.FARGATE_SPOT.weight, values: [0, 1, 3] }
    start: { path: world.work.web.start, values: [10s, 60s] }
"""

#: The same, request by request, so that a run takes its time.
BY_REQUEST = {"world.demand.web.rate": "60/s", "world.work.web.cpu": "5ms", "run.fidelity": "requests"}


@functools.cache
def paced(run_seconds: float) -> dict[str, str]:
    """What to set for runs of SWEEP that take about so long on this machine and with this build."""

    def took(minutes: int) -> float:
        began = time.monotonic()
        fleetcast.run(SWEEP, set=BY_REQUEST | {"run.duration": f"{minutes}m"})
        return time.monotonic() - began

    took(1)  # the first one reads the catalog
    minutes = max(1, round(20 * run_seconds / took(20)))
    return BY_REQUEST | {"run.duration": f"{minutes}m"}


class Cluster:
    """A scheduler, and workers of one thread each that nobody starts again."""

    def __init__(self, home: Path, settings: dict[str, str] | None = None) -> None:
        self.home = home
        #: Dask's settings, as environment variables.
        self.settings = settings or {}
        self.processes: list[subprocess.Popen[bytes]] = []
        self.workers: list[subprocess.Popen[bytes]] = []
        file = home / "scheduler.json"
        self._start(
            "scheduler", "--host", "127.0.0.1", "--port", "0", "--dashboard-address", "127.0.0.1:0",
            "--scheduler-file", str(file),
        )  # fmt: skip
        for _ in range(600):
            if file.exists() and file.read_text().endswith("}"):
                break
            time.sleep(0.05)
        self.client = Client(scheduler_file=str(file), timeout="2s")

    def _start(self, what: str, *arguments: str) -> subprocess.Popen[bytes]:
        log = open(self.home / f"{what}-{len(self.processes)}.log", "wb")
        command = [sys.executable, "-m", "dask", what, *arguments]
        paths = [str(ROOT / "python"), os.environ.get("PYTHONPATH", "")]
        environment = os.environ | self.settings | {"PYTHONPATH": os.pathsep.join(filter(None, paths))}
        with log:
            process = subprocess.Popen(command, stdout=log, stderr=log, cwd=self.home, env=environment)
        self.processes.append(process)
        return process

    def add_workers(self, count: int) -> None:
        for _ in range(count):
            worker = self._start(
                "worker", "--scheduler-file", str(self.home / "scheduler.json"), "--host", "127.0.0.1",
                "--no-nanny", "--nthreads", "1", "--no-dashboard", "--local-directory", str(self.home),
            )  # fmt: skip
            self.workers.append(worker)
        alive = sum(worker.poll() is None for worker in self.workers)
        self.client.wait_for_workers(alive, timeout=60)

    def close(self) -> None:
        self.client.close()
        for process in self.processes:
            process.kill()
            process.wait()


@pytest.fixture
def cluster(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Cluster]:
    """A cluster without workers yet; the fixture's parameter is its settings."""
    cluster = Cluster(tmp_path_factory.mktemp("dask"), getattr(request, "param", None))
    try:
        yield cluster
    finally:
        cluster.close()


def files(folder: Path) -> dict[str, bytes]:
    """All files below a folder, by their paths in it."""
    found = (path for path in folder.rglob("*") if path.is_file())
    return {str(path.relative_to(folder)): path.read_bytes() for path in found}
