"""Hubs on sandboxes at known beginnings, copied for each kill: a database from a template, a sandbox from its file."""

from __future__ import annotations

import os
import sqlite3
import time
import uuid
from collections.abc import Iterator
from contextlib import closing, contextmanager
from dataclasses import dataclass
from multiprocessing.context import ForkServerContext
from pathlib import Path

from flows import single
from flows.report import SyncReport
from flows.sync import sync
from hub.db import make_engine
from hub.errors import RetryableError
from hub.postgres import EmbeddedPostgres
from hub.session import Hub
from tests import databases
from tests.killing.child import RunningSync
from tests.killing.end_state import EndState, Key, end_state, records_in
from tests.killing.holding import Holder
from tests.killing.points import Point, Start
from tests.sandbox import SandboxProcess
from tests.story import hub_on, write_settings

CUSTOMERS = 60
_ROUNDS = 4
_LET_GO = 20.0  # seconds until the server has noticed that a killed process is gone


@dataclass
class Copy:
    """A hub and its systems, ours alone to wreck."""

    database: str
    url: str
    folder: Path
    settings: Path
    sandbox: SandboxProcess
    known: set[Key]

    @property
    def environment(self) -> dict[str, str]:
        """What the `hub` command is told of where things are."""
        return {
            "HUB_DATABASE_URL": self.url,
            "HUB_HOME": str(self.folder / "home"),
            "SANDBOX_URL": self.sandbox.url,
        }

    @contextmanager
    def hub(self) -> Iterator[Hub]:
        """Open the hub in this process."""
        before = {name: os.environ.get(name) for name in self.environment}
        os.environ.update(self.environment)
        try:
            with hub_on(self.sandbox, self.settings) as hub:
                yield hub
        finally:
            for name, value in before.items():
                os.environ.pop(name, None)
                if value is not None:
                    os.environ[name] = value

    def sync_to_the_end(self) -> tuple[list[SyncReport], EndState]:
        """Sync until there is nothing to do; gives what each sync said, and what there is then."""
        reports: list[SyncReport] = []
        with self.hub() as hub:
            while not (reports and reports[-1].nothing_to_do):
                assert len(reports) < _ROUNDS, "there is no end of work"
                reports.append(sync_once_free(hub))
            with hub.engine.connect() as conn:
                return reports, end_state(conn, self.sandbox, self.known)


def _creating(settings: Path) -> Path:
    """Let all destinations create records: what is created twice is the worst that a lost answer can do."""
    settings.write_text(settings.read_text(encoding="utf-8").replace("create: false", "create: true"), encoding="utf-8")
    return settings


def sync_once_free(hub: Hub) -> SyncReport:
    """Sync in this process, as soon as the server has let go of what a killed one held."""
    deadline = time.monotonic() + _LET_GO
    while True:
        try:
            return sync(hub)
        except RetryableError:
            if time.monotonic() > deadline:
                raise
            time.sleep(0.02)


def _copy_file(state: Path, to: Path) -> None:
    """Copy a sandbox's memory with what still stands in its log."""
    with closing(sqlite3.connect(state)) as source, closing(sqlite3.connect(to)) as target:
        source.backup(target)


class Scene:
    """The beginnings, made when they are first asked for, and copies of them."""

    def __init__(self, server: EmbeddedPostgres, template: str, folder: Path, processes: ForkServerContext) -> None:
        self._server = server
        self._empty = template
        self._folder = folder
        self._processes = processes
        self._made: dict[Start, tuple[str, Path, set[Key]]] = {}
        self._ends: dict[Start, EndState] = {}
        self.seconds = 0.0  # a whole run in a process of its own, from an empty hub

    def reference(self, start: Start) -> EndState:
        """What there is after a sync that nobody killed."""
        # Rows that are in and resolved are on the way of every sync: the end is that of one from nothing.
        start = "empty" if start == "resolved" else start
        if start not in self._ends:
            with self.copy(start) as copy:
                began = time.monotonic()
                self.run(copy).end()
                self.seconds = self.seconds or time.monotonic() - began
                self._ends[start] = copy.sync_to_the_end()[1]
                if start == "empty":
                    self._keep_changed(copy)
        return self._ends[start]

    @contextmanager
    def copy(self, start: Start) -> Iterator[Copy]:
        """Give a copy of a beginning for the length of a block."""
        database, state, known = self._beginning(start)
        folder = self._folder / uuid.uuid4().hex[:8]
        folder.mkdir()
        _copy_file(state, folder / "sandbox.sqlite")
        own = self._clone(database)
        sandbox = SandboxProcess(folder / "sandbox.sqlite", CUSTOMERS, seed=7)
        try:
            settings = _creating(write_settings(folder))
            yield Copy(own, self._server.url(own), folder, settings, sandbox, set(known))
        finally:
            sandbox.stop()
            databases.drop(self._server, own)

    def run(self, copy: Copy) -> RunningSync:
        """Start a sync in a process of its own."""
        return RunningSync(self._processes, copy.settings, copy.environment, copy.folder / "words.txt")

    def kill(self, copy: Copy, point: Point) -> str:
        """Run a sync and kill it at the point; gives the last line that it said."""
        if point.share:
            return self._kill_at_share(copy, point.share)
        database = make_engine(copy.url)
        holder = Holder(copy.sandbox, database, point)
        with holder.holding() as conn:
            running = self.run(copy)
            holder.wait(running, conn)
            assert running.kill(), "the sync was done before it could be killed"
        database.dispose()
        return running.last_line

    def _kill_at_share(self, copy: Copy, share: float) -> str:
        self.reference("empty")
        running = self.run(copy)
        due = time.monotonic() + share * self.seconds
        running.wait_for("its time", lambda: time.monotonic() >= due)
        assert running.kill(), "the sync was done before its time"
        return running.last_line

    def _beginning(self, start: Start) -> tuple[str, Path, set[Key]]:
        if start not in self._made:
            if start == "empty":
                self._make_empty()
            elif start == "resolved":
                self._keep_resolved()
            else:
                self.reference("empty")
        return self._made[start]

    def _make_empty(self) -> None:
        state = self._folder / "empty.sqlite"
        sandbox = SandboxProcess(state, CUSTOMERS, seed=7)
        sandbox.settings(sap_page_size=10, zendesk_job_polls=1)
        self._made["empty"] = (self._empty, state, set(records_in(sandbox)))
        sandbox.stop()

    def _keep_resolved(self) -> None:
        with self.copy("empty") as copy:
            with copy.hub() as hub:
                for system in hub.config.systems:
                    single.ingest(hub, system, progress=lambda _: None)
                single.resolve(hub, progress=lambda _: None)
            self._keep("resolved", copy)

    def _keep_changed(self, copy: Copy) -> None:
        copy.known |= set(records_in(copy.sandbox))
        copy.sandbox.mutate(fraction=0.2, seed=5)
        copy.known |= set(records_in(copy.sandbox))
        self._keep("changed", copy)

    def _keep(self, start: Start, copy: Copy) -> None:
        state = self._folder / f"{start}.sqlite"
        _copy_file(copy.sandbox.state, state)
        self._made[start] = (self._clone(copy.database), state, copy.known)

    def _clone(self, database: str) -> str:
        return databases.create(self._server, f"kill_{uuid.uuid4().hex}", database)
