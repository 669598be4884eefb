"""`hub sync` in a process of its own that can be killed; its imports are done when it starts."""

from __future__ import annotations

import multiprocessing
import os
import signal
import sys
import time
from collections.abc import Callable
from multiprocessing.context import ForkServerContext
from pathlib import Path

_PATIENCE = 60.0
_POLL = 0.002
_PRELOADED = ["apps.cli", "flows.sync", "hub.session", "dlt", "dlt.destinations", "psycopg2", "splink", "duckdb"]


def processes() -> ForkServerContext:
    """Give the context from which syncs are started."""
    context = multiprocessing.get_context("forkserver")
    context.set_forkserver_preload(_PRELOADED)
    return context


def run_hub(arguments: list[str], environment: dict[str, str], words: str) -> None:
    """Be the `hub` command: the body of the child. What it says goes to the file `words`."""
    os.environ.update(environment)
    said = os.open(words, os.O_WRONLY | os.O_CREAT | os.O_TRUNC)
    os.dup2(said, 1)
    os.dup2(said, 2)
    sys.argv = ["hub", *arguments]
    from apps.cli import main

    main()


class RunningSync:
    """A sync that is running. `words` holds what it has said so far."""

    def __init__(self, context: ForkServerContext, settings: Path, environment: dict[str, str], words: Path) -> None:
        self.words = words
        words.write_text("")
        arguments = (["sync", "-s", str(settings)], environment, str(words))
        self._process = context.Process(target=run_hub, args=arguments)
        self._process.start()

    def wait_for(self, what: str, happened: Callable[[], bool]) -> None:
        """Wait until something has happened; fails where the sync ends before, or hangs."""
        deadline = time.monotonic() + _PATIENCE
        while not happened():
            assert self._process.is_alive() or happened(), f"the sync ended before: {what}\n{self.words.read_text()}"
            assert time.monotonic() < deadline, f"in {_PATIENCE} s there was no: {what}\n{self.words.read_text()}"
            time.sleep(_POLL)

    def says(self, line: str) -> bool:
        """Tell whether a line has been said."""
        return line in self.words.read_text()

    @property
    def last_line(self) -> str:
        """What it said last."""
        return self.words.read_text().strip().rpartition("\n")[2].strip()

    def kill(self) -> bool:
        """Kill it as a power cut would; False where it had ended by itself."""
        assert self._process.pid is not None
        if self._process.is_alive():
            os.kill(self._process.pid, signal.SIGKILL)
        self._process.join()
        return self._process.exitcode == -signal.SIGKILL

    def end(self) -> None:
        """Wait for its good end."""
        self._process.join(_PATIENCE)
        assert self._process.exitcode == 0, self.words.read_text()
