"""Holding a sync where it shall die: by an answer that comes late, by a table that someone has locked, by its words."""

from __future__ import annotations

import time
from collections.abc import Iterator
from contextlib import contextmanager

import sqlalchemy as sa
from sqlalchemy import Connection, Engine

from tests.killing.child import RunningSync
from tests.killing.points import Point
from tests.sandbox import SandboxProcess

_HELD = 4.0  # seconds for which an answer is held; the kill comes within milliseconds
_PASSED_ON = 1.0  # seconds for which it is held where a table is being locked meanwhile


class Holder:
    """What keeps one sync from going on."""

    def __init__(self, sandbox: SandboxProcess, database: Engine, point: Point) -> None:
        self._sandbox = sandbox
        self._database = database
        self._point = point
        if point.answer:
            sandbox.control("POST", "/faults", point.fault(_PASSED_ON if point.table else _HELD))

    @contextmanager
    def holding(self) -> Iterator[Connection]:
        """Keep a connection for locks; what it has locked is let go at the end of the block."""
        with self._database.connect() as conn:
            if self._point.table and not self._follows_something:
                self._lock(conn)
            yield conn
        self._sandbox.clear_faults()

    def wait(self, sync: RunningSync, conn: Connection) -> None:
        """Wait until the sync is at the point."""
        point = self._point
        if point.line:
            sync.wait_for(f"the line '{point.line}'", lambda: sync.says(point.line))
        if point.answer:
            sync.wait_for(f"the request {point.answer}", self._struck)
        if point.table:
            if self._follows_something:
                self._lock(conn)
            sync.wait_for(f"a wait for {point.table}", lambda: self._waits(conn))
        time.sleep(point.wait)  # the point itself lies so long after what was waited for

    @property
    def _follows_something(self) -> bool:
        return bool(self._point.line or self._point.answer)

    def _struck(self) -> bool:
        return any(fault["struck"] for fault in self._sandbox.control("GET", "/faults")["faults"])

    def _lock(self, conn: Connection) -> None:
        """Let all read the table and nobody write it."""
        conn.execute(sa.text(f"LOCK TABLE {self._point.table} IN SHARE MODE"))

    def _waits(self, conn: Connection) -> bool:
        waiting = """
            SELECT EXISTS (SELECT FROM pg_locks l JOIN pg_database d ON d.oid = l.database
                           WHERE d.datname = current_database() AND NOT l.granted AND l.locktype = 'relation')"""
        return bool(conn.scalar(sa.text(waiting)))
