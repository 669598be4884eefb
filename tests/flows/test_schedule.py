"""`hub serve`: a schedule really fires, and the run leaves the same record as one by hand.

With some versions of Prefect and SQLAlchemy a served flow with a schedule never runs, and nothing says so.
"""

from __future__ import annotations

import os
import signal
import socket
import subprocess
import sys
import time
from pathlib import Path
from threading import Event

import pytest

from hub import runs
from hub.runs import Run
from hub.session import Hub, open_hub
from tests.flows.files import make_hub

_PATIENCE = 240  # seconds: two processes import Prefect on a busy machine


def _free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def _first_run(hub: Hub, served: subprocess.Popen[bytes]) -> Run:
    pause, deadline = Event(), time.monotonic() + _PATIENCE
    while time.monotonic() < deadline and served.poll() is None:
        with hub.engine.connect() as conn:
            found = [run for run in runs.latest(conn, 10) if run.status != "running"]
        if found:
            return found[-1]
        pause.wait(0.5)
    raise AssertionError(f"no scheduled run within {_PATIENCE} s (server's exit code: {served.poll()})")


@pytest.mark.timeout(_PATIENCE + 60)
def test_a_schedule_fires(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    for name in [name for name in os.environ if name.startswith(("PREFECT_", "HUB_"))]:
        monkeypatch.delenv(name)
    settings = make_hub(tmp_path)
    with open_hub(settings) as hub:
        served = subprocess.Popen(
            [sys.executable, "-c", "from apps.cli import main; main()", "serve",
             "-s", str(settings), "--port", str(_free_port()), "--every", "5"],
            stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL, start_new_session=True,
        )  # fmt: skip
        try:
            run = _first_run(hub, served)
        finally:
            os.killpg(served.pid, signal.SIGINT)
            try:
                served.wait(30)
            except subprocess.TimeoutExpired:
                os.killpg(served.pid, signal.SIGKILL)
                served.wait()
    assert (run.command, run.trigger.split(":")[0], run.status) == ("sync", "prefect", "completed")
    assert run.summary["systems"]["shop"]["stored"] == 6
