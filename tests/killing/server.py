"""A PostgreSQL server of one hub's own, to be killed together with the sync that uses it: what a power cut does."""

from __future__ import annotations

import contextlib
import os
import signal
import time
from pathlib import Path

_GONE = 15.0


def kill_server(root: Path) -> None:
    """Kill the embedded server in `root` and all its helpers, by their ids."""
    postmaster = int((root / "data" / "postmaster.pid").read_text().splitlines()[0])
    family = [postmaster, *_children(postmaster)]
    for pid in family:
        with contextlib.suppress(ProcessLookupError):
            os.kill(pid, signal.SIGKILL)
    deadline = time.monotonic() + _GONE
    while any(_is_alive(pid) for pid in family):
        assert time.monotonic() < deadline, "the killed server is still there"
        time.sleep(0.01)


def _children(parent: int) -> list[int]:
    found = []
    for entry in Path("/proc").iterdir():
        with contextlib.suppress(OSError, ValueError, IndexError):
            if int(_state(int(entry.name))[1]) == parent:
                found.append(int(entry.name))
    return found


def _is_alive(pid: int) -> bool:
    try:
        return _state(pid)[0] != "Z"
    except OSError:
        return False


def _state(pid: int) -> list[str]:
    return Path(f"/proc/{pid}/stat").read_text().rsplit(")", 1)[1].split()
