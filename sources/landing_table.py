"""The statements over schema `landing`: rows as delivered, one table for each object of a system.

dlt alone writes there. A row counts as landed only if dlt recorded its load as finished: a killed load may leave
rows of its own behind, and they must be read as unknown.
"""

# ruff: noqa: S608 - names of tables are made of names that hub.config has checked
from __future__ import annotations

import hashlib
import re
from collections.abc import Iterator, Sequence
from typing import Any, NamedTuple

import pyarrow as pa
import sqlalchemy as sa
from sqlalchemy import Connection

from hub.bulk import read_arrow, write_arrow
from hub.db import LANDING
from sources.page import FeedKind

_SCHEMAS: dict[FeedKind, str] = {"records": "hub", "activities": "act", "consents": "con"}
_NAME_LIMIT = 50  # dlt adds endings, and PostgreSQL cuts names at 63
_CHUNK = 10_000
_FINISHED = f"EXISTS (SELECT 1 FROM {LANDING}._dlt_loads l WHERE l.load_id = t._dlt_load_id AND l.status = 0)"


class LandedRow(NamedTuple):
    """A row of landing."""

    row_id: str
    payload: str
    deleted: bool
    line: int | None
    problem: str | None


def table_name(system: str, name: str) -> str:
    """Name the landing table of an object; names that dlt or PostgreSQL would change get a digest."""
    name = name.lower()
    plain = f"{system}__{name}"
    parts_plain = all(re.fullmatch(r"[a-z0-9]+(_[a-z0-9]+)*", part) for part in (system, name))
    if parts_plain and len(plain) <= _NAME_LIMIT:
        return plain
    digest = hashlib.sha256(plain.encode()).hexdigest()[:10]
    return re.sub(r"_+", "_", plain[: _NAME_LIMIT - 12]).strip("_") + f"__{digest}"


def schema_name(system: str, feed: FeedKind = "records") -> str:
    """Name dlt's schema of a system's feed, by which its loads are found."""
    return f"{_SCHEMAS[feed]}_{system}"


def exists(conn: Connection, table: str) -> bool:
    """Tell whether anything was ever landed in `table`."""
    return conn.scalar(sa.text("SELECT to_regclass(:name) IS NOT NULL"), {"name": f'{LANDING}."{table}"'}) is True


def finished_loads(conn: Connection, system: str, feed: FeedKind = "records") -> list[str]:
    """Give the loads of a system's feed that ended well, oldest first."""
    if not exists(conn, "_dlt_loads"):
        return []
    query = sa.text(f"""
        SELECT load_id FROM {LANDING}._dlt_loads WHERE schema_name = :name AND status = 0 ORDER BY inserted_at, load_id
    """)
    return list(conn.scalars(query, {"name": schema_name(system, feed)}))


def index(conn: Connection, table: str) -> None:
    """Make the indexes by which a changed row is found among millions."""
    if exists(conn, table):
        conn.execute(sa.text(f'CREATE UNIQUE INDEX IF NOT EXISTS "uq_{table}" ON {LANDING}."{table}" (id)'))
        conn.execute(sa.text(f'CREATE INDEX IF NOT EXISTS "ix_{table}" ON {LANDING}."{table}" (_dlt_load_id, id)'))


def stage(conn: Connection, rows: pa.Table) -> None:
    """Put the ids of an extract beside landing, in a temporary table of this transaction: id, hash, deleted."""
    conn.execute(sa.text("CREATE TEMP TABLE delivered (id text, hash text, deleted boolean) ON COMMIT DROP"))
    write_arrow(conn, "delivered", rows)
    conn.execute(sa.text("ANALYZE delivered"))


def stage_keys(conn: Connection, ids: pa.Table) -> None:
    """Add ids that exist without their rows having been read."""
    write_arrow(conn, "delivered", ids)


def changed_ids(conn: Connection, table: str) -> pa.Table:
    """Give the staged ids whose row is new or differs from the one landed."""
    query = f"""
        SELECT d.id FROM delivered d LEFT JOIN {LANDING}."{table}" t ON t.id = d.id
        WHERE d.hash IS NOT NULL
            AND (t.id IS NULL OR md5(t.payload) <> d.hash OR t.deleted <> d.deleted OR NOT {_FINISHED})
    """
    return read_arrow(conn, query, pa.schema([("id", pa.string())]))


def vanished(conn: Connection, table: str, prefix: str = "") -> pa.Table:
    """Give the rows (id, payload, line) that are landed and live but not staged; only ids that begin with `prefix`."""
    query = f"""
        SELECT t.id, t.payload, t.line FROM {LANDING}."{table}" t
        WHERE starts_with(t.id, %(prefix)s) AND NOT (t.deleted AND {_FINISHED})
            AND NOT EXISTS (SELECT 1 FROM delivered d WHERE d.id = t.id)
    """
    schema = pa.schema([("id", pa.string()), ("payload", pa.string()), ("line", pa.int64())])
    return read_arrow(conn, query, schema, {"prefix": prefix})


def live_keys(conn: Connection, table: str) -> int:
    """Count the rows that have a key and are not deleted."""
    query = sa.text(f'SELECT count(*) FROM {LANDING}."{table}" WHERE NOT deleted AND NOT starts_with(id, :place)')
    return conn.scalar(query, {"place": "\x1f"}) or 0


def rows(
    conn: Connection, table: str, *, loads: Sequence[str] | None, ids: Sequence[str] | None = None
) -> Iterator[list[LandedRow]]:
    """Give the rows of `loads` (or those with `ids`, or all), in chunks, in the order of their ids.

    The place reached is kept as a key, not as an open cursor, so the caller may write in between.
    """
    conditions = [_FINISHED, "t.id > :after"]
    values: dict[str, Any] = {"size": _CHUNK}
    if loads is not None:
        conditions.append("t._dlt_load_id = ANY(:loads)")
        values["loads"] = list(loads)
    if ids is not None:
        conditions.append("t.id = ANY(:ids)")
        values["ids"] = list(ids)
    query = sa.text(
        f'SELECT t.id, t.payload, t.deleted, t.line, t.problem FROM {LANDING}."{table}" t '
        f"WHERE {' AND '.join(conditions)} ORDER BY t.id LIMIT :size"
    )
    after = ""
    while chunk := [LandedRow._make(row) for row in conn.execute(query, {**values, "after": after}).all()]:
        yield chunk
        after = chunk[-1].row_id
