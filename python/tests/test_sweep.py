"""Sweeps on this machine: the command line's bytes, resumption, tables."""

from __future__ import annotations

import json
import os
import pickle
import signal
import subprocess
import threading
import time
from dataclasses import replace
from pathlib import Path

import polars as pl
import pytest

import fleetcast
from conftest import SCENARIOS, SWEEP, files
from fleetcast._dask import Order
from fleetcast._native import SweepRunner
from fleetcast._scenario import Source


def runner() -> SweepRunner:
    return SweepRunner(Source.of(SWEEP, None, None, False).load())


def test_tables_hold_what_the_files_hold(tmp_path: Path) -> None:
    sweep = fleetcast.sweep(SWEEP, jobs=2, out=tmp_path / "out")
    assert sweep.complete and sweep.path == tmp_path / "out"
    assert not (tmp_path / "out.journal").exists()
    for name, table in [("runs", sweep.runs), ("cells", sweep.cells)]:
        ours = pl.DataFrame(table)
        theirs = pl.read_csv(tmp_path / "out" / f"{name}.csv", schema_overrides=[pl.String] * ours.width)
        assert theirs.columns == ours.columns
        for column, kind in ours.schema.items():
            if kind == pl.Boolean:
                texts = ours[column].cast(pl.Int8).replace_strict({1: "true", 0: "false"}, return_dtype=pl.String)
                assert theirs[column].equals(texts, null_equal=True)
            elif kind.is_numeric():
                assert theirs[column].cast(kind).equals(ours[column], null_equal=True), column
            else:
                assert theirs[column].equals(ours[column].cast(pl.String), null_equal=True), column
    runs = pl.DataFrame(sweep.runs)
    assert runs.height == 6 * 5
    assert runs["spot"].unique().sort().to_list() == [0.0, 1.0, 3.0], "numbers are numbers"
    assert runs["start"].unique(maintain_order=True).to_list() == ["10s", "60s"], "and words are words"
    assert sweep.summary == json.loads((tmp_path / "out" / "cells.json").read_text())


def test_the_folder_has_the_bytes_of_the_command_line(tmp_path: Path) -> None:
    program = os.environ.get("FLEETCAST_PROGRAM")
    if program is None:
        pytest.skip("FLEETCAST_PROGRAM names no fleetcast to compare with")
    file = tmp_path / "small.yaml"
    file.write_text(SWEEP)
    fleetcast.sweep(file, out=tmp_path / "ours", charts=True)
    command = [program, "sweep", str(file), "-q", "--out", "theirs"]
    subprocess.run(command, cwd=tmp_path, check=True, stdout=subprocess.DEVNULL)
    assert files(tmp_path / "ours") == files(tmp_path / "theirs")


def test_a_run_that_arrives_twice_is_taken_once() -> None:
    ours, workers = runner(), runner()
    runs = ours.next_round()
    assert runs is not None and len(runs) == 30
    lines, seconds = workers.play(runs[:7])
    assert len(seconds) == 7
    assert (ours.take(lines), ours.take(lines)) == (7, 0)
    rest, _ = workers.play(runs[5:])
    assert ours.take(rest) == 23
    assert ours.next_round() is None
    assert ours.finish(False) is None and ours.complete
    assert ours.runs().num_rows == 30


def test_a_line_that_was_damaged_on_its_way_is_refused() -> None:
    ours = runner()
    runs = ours.next_round()
    assert runs is not None
    lines, _ = ours.play(runs[:1])
    with pytest.raises(fleetcast.FleetcastError, match="damaged"):
        ours.take(lines.replace('"cell":0', '"cell":1'))
    with pytest.raises(fleetcast.FleetcastError, match="no such cell"):
        ours.play([(99, 0)])


def test_a_run_with_two_results_is_a_broken_machine() -> None:
    ours = runner()
    runs = ours.next_round()
    assert runs is not None
    ours.take(ours.play(runs[:1])[0])
    other = SweepRunner(Source.of(SWEEP, None, 7, False).load())
    with pytest.raises(fleetcast.FleetcastError, match="played twice with two results"):
        ours.take(other.play(runs[:1])[0])


def test_a_sweep_goes_on_from_its_journal(tmp_path: Path, caplog: pytest.LogCaptureFixture) -> None:
    whole = fleetcast.sweep(SWEEP, out=tmp_path / "whole")
    begun = runner()
    begun.begin(tmp_path / "out", False)
    runs = begun.next_round()
    assert runs is not None
    begun.take(begun.play(runs[:11])[0])
    begun.stop()
    assert not (tmp_path / "out").exists()
    sweep = fleetcast.sweep(SWEEP, out=tmp_path / "out", resume=True)
    assert "goes on after 11 runs" in caplog.text
    assert sweep.name == whole.name
    assert files(tmp_path / "out") == files(tmp_path / "whole")


def test_rounds_go_on_until_intervals_are_narrow() -> None:
    until = "{ atLeast: 10, atMost: 60, until: { measure: tasks_mean, within: 0.02 % } }"
    text = SWEEP.replace("replications: 5", f"replications: {until}")
    here = fleetcast.sweep(text)
    assert 60 < len(here.runs) < 360
    ours = SweepRunner(Source.of(text, None, None, False).load())
    rounds = 0
    while (runs := ours.next_round()) is not None:
        rounds += 1
        # From the last to the first: whoever is done first has no say.
        ours.take(ours.play(runs[::-1])[0])
    assert 1 < rounds
    ours.finish(False)
    assert json.loads(ours.cells_json()) == here.summary


def test_a_worker_needs_no_files(tmp_path: Path) -> None:
    for name, rate in [("calm", 5), ("busy", 50)]:
        rows = [f"2026-01-01T{hour:02}:00:00Z,{rate + hour}" for hour in range(24)]
        (tmp_path / f"{name}.csv").write_text("\n".join(["timestamp,value", *rows]))
    (tmp_path / "base.yaml").write_text(SWEEP[: SWEEP.index("sweep:")])
    file = tmp_path / "traces.yaml"
    file.write_text(
        "extends: base.yaml\n"
        "run: { start: 2026-01-01T00:00:00Z, duration: 12h }\n"
        "world:\n"
        "  work: { web: { cpu: 10ms } }\n"
        "  demand: { web: { rate: { trace: calm.csv, value: value, unit: requests/s } } }\n"
        "sweep:\n"
        "  replications: 2\n"
        "  parameters: { trace: { path: world.demand.web.rate.trace, values: [calm.csv, busy.csv] } }\n"
    )
    source = Source.of(file, None, None, False)
    ours = SweepRunner(source.load())
    order = Order.of(source, ours, None, None)
    runs = ours.next_round()
    assert runs is not None and len(runs) == 4
    here, _ = ours.play(runs)
    for path in tmp_path.iterdir():
        path.unlink()
    there, _ = pickle.loads(pickle.dumps(order)).runner().play(runs)
    assert there == here
    # A trace that was changed on its way makes another sweep.
    changed = [(name, data.replace(b",5\n", b",6\n")) for name, data in order.files]
    with pytest.raises(fleetcast.FleetcastError, match="a trace was changed meanwhile"):
        replace(order, files=tuple(changed)).runner()


def test_max_cells_allows_values_of_a_range_too() -> None:
    change = {
        "run.duration": "1h",
        "sweep.replications": 1,
        "sweep.design": "random",
        "sweep.points": 2,
        "sweep.parameters": {"n": {"path": "aws.services.web.desiredCount", "range": {"from": 1, "to": 12000, "step": 1}}},
    }
    with pytest.raises(fleetcast.ScenarioError, match="max-cells"):
        fleetcast.sweep(SWEEP, set=change)
    assert fleetcast.sweep(SWEEP, set=change, max_cells=12_000).complete


def test_a_warm_up_that_was_found_is_not_looked_for_again() -> None:
    source = Source.of(SCENARIOS / "settled-workers.yaml", {"run.duration": "1h"}, None, False)
    ours = SweepRunner(source.load())
    assert ours.warm_up_s is not None and 0 < ours.warm_up_s
    order = Order.of(source, ours, None, None)
    theirs = order.runner()
    assert (theirs.warm_up_s, theirs.name) == (ours.warm_up_s, ours.name)
    runs = [(0, 0), (1, 0)]
    assert theirs.play(runs)[0] == ours.play(runs)[0]
    # What the order says is taken: nobody plays pilots on a worker.
    told = replace(order, warm_up_s=120.0).runner()
    assert told.warm_up_s == 120.0 and told.play(runs)[0] != ours.play(runs)[0]


def test_pilot_runs_end_by_ctrl_c() -> None:
    # Days of single requests, of which no pilot ends soon.
    change = {"run.duration": "200d", "world.demand.resize.rate": "0.9/s"}
    source = Source.of(SCENARIOS / "settled-workers.yaml", change, None, False)
    threading.Timer(1.0, os.kill, [os.getpid(), signal.SIGINT]).start()
    began = time.monotonic()
    with pytest.raises(KeyboardInterrupt):
        SweepRunner(source.load())
    assert time.monotonic() - began < 20


def test_runs_of_one_past_have_the_lines_that_each_has_by_itself() -> None:
    change = {
        "sweep.parameters": {
            "then": {
                "path": "timeline",
                "values": {
                    "nothing": [],
                    "more": [{"at": "5d", "update": {"service": "web", "desiredCount": 8}}],
                    "less": [{"at": "6d", "update": {"service": "web", "desiredCount": 2}}],
                },
            }
        }
    }
    runner = SweepRunner(Source.of(SWEEP, change, None, False).load())
    runs = [(cell, replication) for replication in range(2) for cell in range(3)]
    lines, seconds = runner.play(runs)
    assert len(seconds) == len(runs)
    assert lines == "".join(runner.play([run])[0] for run in runs)


def test_two_sweeps_do_not_mix_in_one_folder(tmp_path: Path) -> None:
    ours, theirs = runner(), runner()
    ours.begin(tmp_path / "out", False)
    with pytest.raises(fleetcast.FleetcastError, match=f"is being written by process {os.getpid()}"):
        theirs.begin(tmp_path / "out", False)
    ours.stop()
    theirs.begin(tmp_path / "out", False)
    theirs.stop()
    assert not list(tmp_path.glob(".*"))
