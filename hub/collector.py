"""Python's cycle collector, held back while many values are made that can't form cycles.

It looks through all young objects again and again as a batch of records grows: nearly half of the time of an intake,
for nothing, since reference counts free all of it.
"""

from __future__ import annotations

import gc
import threading
from collections.abc import Iterator
from contextlib import contextmanager

_lock = threading.Lock()
_blocks = 0  # that hold it at present, in all threads
_was_on = True


@contextmanager
def no_collecting() -> Iterator[None]:
    """Hold the collector back for the block; for one batch at a time, so that real cycles don't pile up.

    Blocks may overlap in several threads: the last one to end lets it go again.
    """
    global _blocks, _was_on
    with _lock:
        if not _blocks:
            _was_on = gc.isenabled()
            gc.disable()
        _blocks += 1
    try:
        yield
    finally:
        with _lock:
            _blocks -= 1
            if not _blocks and _was_on:
                gc.enable()
