"""Carrying words out, several at once, beside the requests that brought them.

Ten words one after the other would be ten settlements, each with its fixed cost, and the tenth would wait for nine.
Here one thread settles, and takes along all that has come in while it was at the last ones. Who brought a word waits a
while for it and then goes on; it follows in a moment, or with the next sync should the process end.
"""

from __future__ import annotations

import logging
import threading
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from weakref import WeakKeyDictionary

from sqlalchemy import Engine

from hub.errors import HubError, RetryableError, UnforeseenError

_log = logging.getLogger("hub.deciding")


@dataclass
class Job:
    """What follows from one word: its records, and those that only it has marked, at their revisions."""

    records: Sequence[int]
    marked: dict[int, int]
    done: threading.Event = field(default_factory=threading.Event)
    fault: HubError | None = None


Settle = Callable[[Sequence[Job]], None]
"""Settles jobs in one transaction, all or none; raises HubError."""


class Follower:
    """The one thread of a process that carries words out on a database."""

    def __init__(self) -> None:
        self._thread = ThreadPoolExecutor(1, thread_name_prefix="following")
        self._lock = threading.Lock()
        self._waiting: list[Job] = []

    def carry_out(self, job: Job, settle: Settle, *, patience: float) -> None:
        """Have a job done.

        Raises what kept it from being done, or RetryableError after `patience` (seconds): it follows then.
        """
        with self._lock:
            self._waiting.append(job)
        self._thread.submit(self._take, settle)
        if not job.done.wait(patience):
            raise RetryableError("The hub is settling others just now.", hint="This one follows in a moment.")
        if job.fault is not None:
            raise job.fault

    def _take(self, settle: Settle) -> None:
        """Settle all that waits: together, or each by itself where that can't be."""
        with self._lock:
            jobs, self._waiting = self._waiting, []
        if not jobs:
            return
        try:
            fault = _tried(jobs, settle)
            for job in jobs:
                job.fault = _tried([job], settle) if fault and len(jobs) > 1 else fault
        finally:
            for job in jobs:
                job.done.set()


def _tried(jobs: Sequence[Job], settle: Settle) -> HubError | None:
    try:
        settle(jobs)
    except HubError as error:
        return error
    except Exception as error:
        # What was said is kept, and its records are pending: a run meets the same fault.
        _log.error("carrying out what was decided: %s", UnforeseenError(error))
        return RetryableError("It could not be carried out just now.", hint="The next sync does it.")
    return None


_FOLLOWERS: WeakKeyDictionary[Engine, Follower] = WeakKeyDictionary()
_MAKING = threading.Lock()


def follower_of(engine: Engine) -> Follower:
    """The follower on a database, the same for all threads of the process."""
    with _MAKING:
        return _FOLLOWERS.setdefault(engine, Follower())
