"""The DuckDB that a process lends to all its threads."""

from __future__ import annotations

import threading

import duckdb
import pytest

from hub.duck import lent


def test_each_has_temporary_tables_of_its_own() -> None:
    with lent() as one, lent() as other:
        one.execute("CREATE TEMP TABLE mine AS SELECT 1 AS a")
        other.execute("CREATE TEMP TABLE mine AS SELECT 2 AS a")
        assert one.sql("SELECT a FROM mine").fetchall() == [(1,)]
        assert other.sql("SELECT a FROM mine").fetchall() == [(2,)]
    with lent() as third, pytest.raises(duckdb.CatalogException):
        third.sql("SELECT a FROM mine")


def test_threads_compute_beside_each_other() -> None:
    found: list[int] = []

    def compute(n: int) -> None:
        with lent() as duck:
            duck.execute("CREATE OR REPLACE TEMP TABLE numbers AS SELECT unnest(range(?)) AS n", [n])
            found.extend(row[0] for row in duck.sql("SELECT count(*) FROM numbers").fetchall())

    threads = [threading.Thread(target=compute, args=(n,)) for n in range(1, 9)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sorted(found) == list(range(1, 9))
