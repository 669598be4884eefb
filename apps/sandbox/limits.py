"""Counting requests in a sliding window, as rate limits do."""

import time
from collections import deque
from dataclasses import dataclass

from apps.sandbox.settings import Limit


@dataclass(frozen=True)
class Allowance:
    """What is left of a limit after a request; ``wait`` is 0 or the seconds until the next request is allowed."""

    maximum: int
    remaining: int
    window: float
    wait: float


class Counters:
    """The requests of the last seconds, by limit."""

    def __init__(self) -> None:
        self._times: dict[str, deque[float]] = {}

    def take(self, name: str, limit: Limit) -> Allowance:
        """Count one request against a limit. A refused request does not count."""
        maximum, window = limit
        now = time.monotonic()
        times = self._times.setdefault(name, deque())
        while times and times[0] <= now - window:
            times.popleft()
        if len(times) >= maximum:
            return Allowance(maximum, 0, window, times[0] + window - now if times else window)
        times.append(now)
        return Allowance(maximum, maximum - len(times), window, 0.0)
