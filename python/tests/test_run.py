"""Runs: results, tables without copying, messages, Ctrl-C."""

from __future__ import annotations

import json
import os
import pickle
import signal
import subprocess
import sys
import threading
import time
from pathlib import Path

import polars as pl
import pyarrow as pa
import pytest

import fleetcast
from conftest import ROOT, SCENARIOS, SWEEP, files

HELLO = SCENARIOS / "hello-fargate.yaml"
SHORT = {"run.duration": "2h"}
#: Longer than anybody would wait.
LONG = {"run.duration": "365d", "record.metrics": "none", "run.fidelity": "requests"}
#: Instances, alarms and a service behind a balancer, for a short while.
FULL = SCENARIOS / "ec2-autoscaling.yaml"


@pytest.fixture(scope="module")
def hello() -> fleetcast.Run:
    return fleetcast.run(HELLO, set=SHORT)


def test_a_scenario_is_a_path_a_text_or_a_mapping(hello: fleetcast.Run) -> None:
    text = HELLO.read_text()
    by_text = fleetcast.run(text, set=SHORT)
    assert by_text.summary["event_hash"] == hello.summary["event_hash"]
    task = {"family": "hello", "cpu": "256", "memory": "512", "requiresCompatibilities": ["FARGATE"]}
    service = {"serviceName": "hello", "taskDefinition": "hello", "desiredCount": 3, "launchType": "FARGATE"}
    mapping = {"fleetcast": 1, "run": {}, "aws": {"taskDefinitions": [task], "services": [service]}}
    assert fleetcast.run(mapping, set=SHORT).cost_month_usd == hello.cost_month_usd
    assert hello.summary["scenario"] == "hello-fargate"
    assert hello.cost_month_usd == pytest.approx(27.03, abs=0.01)
    assert "hello-fargate" in repr(hello)


def test_values_are_set_as_the_command_line_sets_them(hello: fleetcast.Run) -> None:
    more = fleetcast.run(HELLO, set=SHORT | {"aws.services.hello.desiredCount": 6})
    assert more.cost_month_usd == pytest.approx(2 * hello.cost_month_usd)
    other = fleetcast.run(HELLO, set=SHORT, seed=7, replication=3)
    assert (other.summary["seed"], other.summary["replication"]) == (7, 3)


@pytest.mark.parametrize("column", ["Average", "p99", "timestamp", "metric"])
def test_pyarrow_and_polars_take_the_buffers_as_they_are(hello: fleetcast.Run, column: str) -> None:
    table = hello.metrics
    assert table is not None
    address = table.buffer_address(column)
    assert address != 0
    arrow = pa.table(table)[column].chunk(0)
    assert arrow.buffers()[1].address == address
    if column != "metric":
        chunks = pa.chunked_array(pl.DataFrame(table)[column].to_arrow())
        assert chunks.chunk(0).buffers()[1].address == address
    # Handed over again it is the same memory still.
    assert pa.table(table)[column].chunk(0).buffers()[1].address == address


def test_texts_are_not_copied_either(hello: fleetcast.Run) -> None:
    table = hello.tasks
    assert table is not None
    arrow = pa.table(table)["taskArn"].chunk(0)
    assert arrow.buffers()[2].address == table.buffer_address("taskArn")


def test_a_table_outlives_its_run() -> None:
    frame = pl.DataFrame(fleetcast.run(HELLO, set=SHORT).metrics)
    assert frame["Average"].is_not_null().any()
    assert frame.height == len(frame["timestamp"].to_list())


@pytest.mark.parametrize("scenario", [HELLO, FULL, SCENARIOS / "deployment-alarm.yaml"], ids=lambda it: it.stem)
def test_tables_hold_what_the_files_hold(scenario: Path, tmp_path: Path) -> None:
    run = fleetcast.run(scenario, set=SHORT, out=tmp_path / "run")
    assert run.path == tmp_path / "run"
    for name in ["metrics", "tasks", "instances", "alarms", "usage", "cost"]:
        table = getattr(run, name)
        file = tmp_path / "run" / f"{name}.csv"
        assert (table is not None) == file.exists(), name
        if table is None:
            continue
        ours = pl.DataFrame(table)
        theirs = pl.read_csv(file, schema_overrides=[pl.String] * ours.width)
        assert theirs.columns == ours.columns, name
        assert theirs.height == ours.height, name
        for column, kind in ours.schema.items():
            text = theirs[column]
            if kind == pl.Float64:
                same = text.cast(pl.Float64).cast(pl.Float32).equals(ours[column].cast(pl.Float32), null_equal=True)
            elif kind == pl.Int64:
                same = text.cast(pl.Int64).equals(ours[column], null_equal=True)
            elif isinstance(kind, pl.Datetime):
                same = text.str.to_datetime(time_unit="us", time_zone="UTC").equals(ours[column], null_equal=True)
            else:
                same = text.equals(ours[column].cast(pl.String), null_equal=True)
            assert same, f"{name}.{column}"


def test_the_folder_has_the_bytes_of_the_command_line(tmp_path: Path) -> None:
    program = os.environ.get("FLEETCAST_PROGRAM")
    if program is None:
        pytest.skip("FLEETCAST_PROGRAM names no fleetcast to compare with")
    fleetcast.run(HELLO, set=SHORT, out=tmp_path / "ours")
    command = [program, "run", str(HELLO), "--set", "run.duration=2h", "--no-charts", "-q", "--out", "theirs"]
    subprocess.run(command, cwd=tmp_path, check=True, stdout=subprocess.DEVNULL)
    assert files(tmp_path / "ours") == files(tmp_path / "theirs")
    with pytest.raises(fleetcast.FleetcastError, match="it holds run"):
        fleetcast.run(HELLO, set=SHORT, seed=7, out=tmp_path / "ours")


def test_a_folder_that_cannot_be_written_is_said_before_the_run(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    began = time.monotonic()
    with pytest.raises(fleetcast.FleetcastError, match="is a file"):
        fleetcast.run(HELLO, set=LONG, out=tmp_path / "file")
    assert time.monotonic() - began < 5
    run = fleetcast.run(HELLO, set=SHORT)
    assert run.write(tmp_path / "later") == run.path == tmp_path / "later"
    assert sorted(it.name for it in tmp_path.iterdir()) == ["file", "later"]


def test_mistakes_have_their_place_and_a_remedy(tmp_path: Path) -> None:
    file = tmp_path / "wrong.yaml"
    file.write_text(HELLO.read_text().replace("desiredCount", "desiredCuont"))
    with pytest.raises(fleetcast.ScenarioError) as caught:
        fleetcast.run(file)
    error = caught.value
    assert (error.file, error.line, error.column) == (str(file), 9, 52)
    assert error.code == "unknown-field"
    assert "desiredCuont" in error.message
    assert error.help is not None and "desiredCount" in error.help
    assert f"{file}:9:52" in str(error)
    # On its way from a worker.
    again = pickle.loads(pickle.dumps(error))
    assert (again.line, str(again)) == (9, str(error))
    with pytest.raises(fleetcast.ScenarioError, match="no such file"):
        fleetcast.run(tmp_path / "absent.yaml")


def test_a_sweep_that_is_none_says_what_is_missing(tmp_path: Path) -> None:
    with pytest.raises(fleetcast.ScenarioError, match="the scenario has no sweep"):
        fleetcast.sweep(HELLO)
    broken = SWEEP.replace("[0, 1, 3]", "[0, -1, 3]")
    with pytest.raises(fleetcast.ScenarioError, match="spot=-1") as caught:
        fleetcast.sweep(broken)
    assert caught.value.line == 22
    with pytest.raises(fleetcast.FleetcastError, match="name that folder with out"):
        fleetcast.sweep(SWEEP, resume=True)


def test_other_threads_go_on_while_a_run_is_played() -> None:
    counted = 0
    done = threading.Event()

    def count() -> None:
        nonlocal counted
        while not done.is_set():
            counted += 1
            time.sleep(0.001)

    counter = threading.Thread(target=count)
    counter.start()
    began = time.monotonic()
    fleetcast.run(HELLO, set={"run.duration": "4h", "run.fidelity": "requests"})
    took = time.monotonic() - began
    done.set()
    counter.join()
    # With the interpreter's lock held it would count to one or two.
    assert 100 * took < counted, f"{counted} in {took:.2f} s"


def test_ctrl_c_ends_a_run() -> None:
    code = (
        "import fleetcast, sys\n"
        "print('begins', flush=True)\n"
        f"try: fleetcast.run({str(HELLO)!r}, set={LONG!r})\n"
        "except KeyboardInterrupt: print('interrupted', flush=True)\n"
    )
    environment = os.environ | {"PYTHONPATH": str(ROOT / "python")}
    process = subprocess.Popen([sys.executable, "-c", code], stdout=subprocess.PIPE, text=True, env=environment)
    assert process.stdout is not None
    try:
        assert process.stdout.readline() == "begins\n"
        time.sleep(0.5)
        assert process.poll() is None
        process.send_signal(signal.SIGINT)
        said, _ = process.communicate(timeout=30)
        assert said == "interrupted\n"
    finally:
        process.kill()
        process.wait()


def test_the_summary_is_plain_data(hello: fleetcast.Run) -> None:
    assert json.loads(json.dumps(hello.summary)) == hello.summary
