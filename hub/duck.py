"""DuckDB as the calculator: a connection in memory with its limits set. It holds no state."""

from __future__ import annotations

import os
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from functools import cache
from pathlib import Path

import duckdb


def connect(*, memory_limit: str = "", threads: int = 0) -> duckdb.DuckDBPyConnection:
    """Open an in-memory DuckDB that spills to disk above its limit instead of taking the machine down.

    By default it takes half of the memory (at most 8 GiB) and all processors that this process may use; where many
    processes share a machine (the tasks of a cluster), HUB_DUCKDB_MEMORY and HUB_DUCKDB_THREADS say each one's part.
    """
    memory_limit = memory_limit or os.environ.get("HUB_DUCKDB_MEMORY", "")
    threads = threads or int(os.environ.get("HUB_DUCKDB_THREADS", "0"))
    half = os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES") // 2
    connection = duckdb.connect(
        config={
            "memory_limit": memory_limit or f"{min(half, 8 << 30) >> 20}MiB",
            "threads": threads or _processors(),
            "temp_directory": str(Path(tempfile.gettempdir()) / f"customer-hub-duckdb-{os.getpid()}"),
        }
    )
    return _silent(connection)


@contextmanager
def lent() -> Iterator[duckdb.DuckDBPyConnection]:
    """Lend a connection to the one DuckDB of this process, with temporary tables of its own; for any thread.

    For what is computed again and again: to open a DuckDB takes longer than to compute a few customers.
    """
    connection = _silent(_of_process(os.getpid()).cursor())
    try:
        yield connection
    finally:
        connection.close()


@cache
def _of_process(_: int) -> duckdb.DuckDBPyConnection:
    return connect()


def _silent(connection: duckdb.DuckDBPyConnection) -> duckdb.DuckDBPyConnection:
    # Progress would go to standard output, which belongs to a command's result.
    connection.execute("SET enable_progress_bar = false").fetchall()
    return connection


def _processors() -> int:
    """Give the number of processors that this process may use."""
    return len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1
