"""Temporary tables: how sets travel from the calculator into the statements of a transaction."""

from __future__ import annotations

from collections.abc import Iterable

import pyarrow as pa
import sqlalchemy as sa
from sqlalchemy import Connection

from hub.bulk import write_arrow

BY_INDEX = "OFFSET 0"
"""Ends a LATERAL subquery of a few rows by index: the planner may not join it with all of a large table instead."""


def stage(conn: Connection, name: str, columns: str, rows: pa.Table | None = None) -> None:
    """Make the temporary table `name` anew (gone at the end of the transaction), fill it and tell the planner its size.

    `name` and `columns` are the code's own words, never data.
    """
    # One message to the server, not two: an increment stages some forty tables, most of them tiny.
    conn.exec_driver_sql(
        f"DROP TABLE IF EXISTS pg_temp.{name}; CREATE TEMPORARY TABLE {name} ({columns}) ON COMMIT DROP"
    )
    if rows is not None:
        write_arrow(conn, name, rows)
        conn.execute(sa.text(f"ANALYZE {name}"))


def stage_query(conn: Connection, name: str, query: str, **parameters: object) -> int:
    """Make the temporary table `name` anew from a query; gives its number of rows."""
    conn.execute(sa.text(f"DROP TABLE IF EXISTS pg_temp.{name}"))
    count = conn.execute(sa.text(f"CREATE TEMPORARY TABLE {name} ON COMMIT DROP AS {query}"), parameters).rowcount
    conn.execute(sa.text(f"ANALYZE {name}"))
    return count


def stage_values(conn: Connection, name: str, values: Iterable[tuple[str, str]]) -> None:
    """Make the temporary table `name` (kind, key) anew with these values, none of them twice."""
    listed = sorted(values)
    kinds, keys = ([value[i] for value in listed] for i in range(2))
    rows = pa.table({"kind": pa.array(kinds, pa.string()), "key": pa.array(keys, pa.string())})
    stage(conn, name, "kind text, key text", rows)
