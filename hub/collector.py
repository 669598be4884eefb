"""Python's cycle collector, held back while many values are made that can't form cycles.

It looks through all young objects again and again as a batch of records grows: nearly half of the time of an intake,
for nothing, since reference counts free all of it.
"""

from __future__ import annotations

import gc
from collections.abc import Iterator
from contextlib import contextmanager


@contextmanager
def no_collecting() -> Iterator[None]:
    """Hold the collector back for the block; for one batch at a time, so that real cycles don't pile up."""
    if not gc.isenabled():
        yield
        return
    gc.disable()
    try:
        yield
    finally:
        gc.enable()
