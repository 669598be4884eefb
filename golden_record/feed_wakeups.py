"""Waking those who wait for changes: one connection a process listens for PostgreSQL's call.

A call is a hint: it is lost while nobody listens. So whoever waits also looks by himself every `LOOK` seconds.
"""

from __future__ import annotations

import contextlib
import threading
from collections.abc import Callable
from types import TracebackType

import psycopg
from sqlalchemy import Engine

from golden_record.feed import CHANNEL

LOOK = 5.0
"""Seconds after which whoever waits looks without a call."""

_RETRY = 1.0  # seconds until a lost connection is made anew


class Wakeups:
    """Calls its callbacks, from a thread of its own, whenever changes were committed. A context manager.

    `ready` is set while it listens.
    """

    def __init__(self, engine: Engine) -> None:
        self.ready = threading.Event()
        self._address = engine.url.set(drivername="postgresql").render_as_string(hide_password=False)
        self._callbacks: set[Callable[[], None]] = set()
        self._lock = threading.Lock()
        self._stop = threading.Event()
        self._thread = threading.Thread(target=self._listen, name="feed wake-ups", daemon=True)

    def __enter__(self) -> Wakeups:
        self._thread.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._stop.set()
        self._thread.join(LOOK)

    def add(self, callback: Callable[[], None]) -> Callable[[], None]:
        """Have `callback` called at each call of PostgreSQL; gives what ends that."""
        with self._lock:
            self._callbacks.add(callback)

        def remove() -> None:
            with self._lock:
                self._callbacks.discard(callback)

        return remove

    def _listen(self) -> None:
        while not self._stop.is_set():
            with contextlib.suppress(psycopg.Error), psycopg.connect(self._address, autocommit=True) as conn:
                conn.execute(f"LISTEN {CHANNEL}")
                self.ready.set()
                while not self._stop.is_set():
                    for _ in conn.notifies(timeout=_RETRY, stop_after=1):
                        self._call()
            self.ready.clear()
            self._stop.wait(_RETRY)

    def _call(self) -> None:
        with self._lock:
            callbacks = list(self._callbacks)
        for callback in callbacks:
            callback()
