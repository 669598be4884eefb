"""The embedded server survives what happens to processes."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
from pathlib import Path

import psutil
import sqlalchemy as sa

from hub.db import make_engine
from hub.postgres import EmbeddedPostgres


def _count(server: EmbeddedPostgres) -> int:
    engine = make_engine(server.url())
    with engine.begin() as conn:
        conn.execute(sa.text("CREATE TABLE IF NOT EXISTS t (n int)"))
        conn.execute(sa.text("INSERT INTO t VALUES (1)"))
        rows = conn.scalar(sa.text("SELECT count(*) FROM t"))
    engine.dispose()
    return int(rows or 0)


def test_it_starts_stops_with_its_last_user_and_keeps_its_rows(tmp_path: Path) -> None:
    server = EmbeddedPostgres(tmp_path / "postgres")
    with server.running():
        with EmbeddedPostgres(tmp_path / "postgres").running() as second:
            assert _count(second) == 1
        assert server.ready(), "the first user is still there"
    assert not server.ready()
    with server.running():
        assert _count(server) == 2


def test_a_killed_server_comes_back_with_what_was_committed(tmp_path: Path) -> None:
    server = EmbeddedPostgres(tmp_path / "postgres")
    with server.running():
        assert _count(server) == 1
        pid = int((server.data / "postmaster.pid").read_text().splitlines()[0])
        family = [psutil.Process(pid), *psutil.Process(pid).children(recursive=True)]
        for process in family:
            process.kill()
        psutil.wait_procs(family, timeout=10)
        with EmbeddedPostgres(tmp_path / "postgres").running() as again:
            assert _count(again) == 2


def test_a_killed_user_leaves_a_server_that_the_next_one_attaches_to_and_stops(tmp_path: Path) -> None:
    root = tmp_path / "postgres"
    script = (
        "import sys, time; from pathlib import Path; from hub.postgres import EmbeddedPostgres\n"
        "with EmbeddedPostgres(Path(sys.argv[1])).running(): print('up', flush=True); sys.stdin.read()\n"
    )
    user = subprocess.Popen(
        [sys.executable, "-c", script, str(root)], stdout=subprocess.PIPE, stdin=subprocess.PIPE, text=True
    )
    assert user.stdout is not None
    assert user.stdout.readline().strip() == "up"
    os.kill(user.pid, signal.SIGKILL)
    user.wait()
    server = EmbeddedPostgres(root)
    assert server.ready(), "nobody was there to stop it"
    with server.running():
        assert _count(server) == 1
    assert not server.ready()


def test_a_long_path_gets_a_short_socket(tmp_path: Path) -> None:
    deep = tmp_path / ("a" * 60) / ("b" * 60) / "postgres"
    with EmbeddedPostgres(deep).running() as server:
        assert _count(server) == 1
