"""What a measured process tells as a line of JSON: wall seconds, in all and by part, CPU seconds, peak memory."""

from __future__ import annotations

import json
import resource
import time
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any


class Clock:
    """A running measurement; `part` names what goes on from now on, so that its seconds are counted apart."""

    def __init__(self) -> None:
        self.facts: dict[str, Any] = {}
        self._cpu = _cpu()
        self._start = self._since = time.perf_counter()
        self._part = ""
        self._parts: dict[str, float] = {}

    def part(self, name: str) -> None:
        """End the running part and begin another."""
        now = time.perf_counter()
        if self._part:
            self._parts[self._part] = self._parts.get(self._part, 0.0) + now - self._since
        self._part, self._since = name, now

    def told(self, message: str) -> None:
        """Take a message of the hub's progress as the beginning of a part; numbers in it say how far, not what."""
        self.part(" ".join(word for word in message.rstrip(":").split() if not word[:1].isdigit()))

    def read(self) -> dict[str, Any]:
        """Give the measurement; peak memory is that of the whole process so far, its imports among it."""
        self.part("")
        return {
            "seconds": round(time.perf_counter() - self._start, 3),
            "cpu": round(_cpu() - self._cpu, 3),
            "peak_mib": round(resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024, 1),
            "parts": {name: round(seconds, 3) for name, seconds in self._parts.items()},
            **self.facts,
        }


@contextmanager
def measured(**facts: Any) -> Iterator[Clock]:
    """Measure the block and print what was found as the last line of standard output."""
    clock = Clock()
    clock.facts.update(facts)
    yield clock
    print(json.dumps(clock.read()), flush=True)


def _cpu() -> float:
    used = resource.getrusage(resource.RUSAGE_SELF)
    return used.ru_utime + used.ru_stime
