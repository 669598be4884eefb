"""Any SQL database as a system: tables or queries, read in the order of their keys in one snapshot.

A column of changes is not safe by itself: a long transaction commits rows that carry an earlier time. So each extract
begins an hour before the last change seen, and a full delivery compares all keys and, from time to time, all rows.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from datetime import date, datetime, timedelta
from typing import Any

import pyarrow as pa
import sqlalchemy as sa
from sqlalchemy import Connection, Engine

from hub.errors import RetryableError, SettingsError
from hub.feed import Column, Feed
from hub.section import did_you_mean
from sources.declared import key_columns, mapped_columns
from sources.mapping import KEY_SEPARATOR
from sources.page import DELIVERED, Page, Request, Source, line_id
from sources.progress import Progress

CHUNK = 20_000
OVERLAP = timedelta(hours=1)
_SNAPSHOT = {"postgresql": "REPEATABLE READ", "mysql": "REPEATABLE READ", "mariadb": "REPEATABLE READ"}


def read(request: Request) -> Iterator[Page]:
    """Give all rows, or those changed since the last extract and every key."""
    progress, entry = Progress.of(request), request.entry
    with _database(request) as engine, _snapshot(engine) as conn:
        rows = _relation(conn, request)
        changed = _changed_column(rows, entry)
        whole = changed is None or not progress.position or progress.whole_due(request)
        condition = None if whole or changed is None else changed >= _start(progress.position or "")
        latest = _latest(conn, rows, changed)
        count = 0
        for page in _pages(conn, rows, entry, condition):
            count += page.num_rows
            yield Page(page)
        if not whole and entry.delivery == "full" and request.system.compare_keys:
            for keys in _keys(conn, rows, entry):
                yield Page(keys=keys)
    complete = entry.delivery == "full" and (whole or request.system.compare_keys)
    cursor = (
        progress.moved(latest or progress.position or "", count if whole else None) if changed is not None else None
    )
    yield Page(complete=complete, cursor=cursor)


SOURCE = Source("sql", read)


@contextmanager
def _database(request: Request) -> Iterator[Engine]:
    """Open the database; its errors are told without statements or values."""
    name = request.system_name
    try:
        engine = sa.create_engine(request.system.url.get_secret_value() if request.system.url else "")
    except (sa.exc.ArgumentError, ImportError):
        raise SettingsError(
            f"The url of systems.{name} is no address of a database, or its driver isn't installed.",
            hint="Write it as SQLAlchemy does, such as postgresql+psycopg://user:password@host/database.",
        ) from None
    try:
        yield engine
    except sa.exc.OperationalError:
        raise RetryableError(
            f"The database of {name} can't be reached or broke off.", hint="Check its url and that it runs; run again."
        ) from None
    except sa.exc.DBAPIError as error:
        raise SettingsError(
            f"The database of {name} refused to read {request.name} ({type(error.orig).__name__}).",
            hint="Check the table or query, and that the user may read it.",
        ) from None
    finally:
        engine.dispose()


@contextmanager
def _snapshot(engine: Engine) -> Iterator[Connection]:
    """Read one moment of the database throughout, where it can be asked for."""
    level = _SNAPSHOT.get(engine.dialect.name)
    with engine.connect() as plain:
        yield plain.execution_options(isolation_level=level) if level else plain


def _relation(conn: Connection, request: Request) -> sa.FromClause:
    """Give the table or query with its columns. Raises SettingsError where a mapped column isn't one of them."""
    entry = request.entry
    if entry.query is not None:
        query = entry.query.strip().rstrip(";").replace(":", "\\:")  # a colon is theirs, no parameter of ours
        names = list(conn.execute(sa.text(f"SELECT * FROM ({query}) q WHERE 1 = 0")).keys())  # noqa: S608 - their SQL
        relation: sa.FromClause = sa.text(query).columns(*(sa.column(name) for name in names)).subquery("q")
    else:
        schema, _, table = (entry.table or "").rpartition(".")
        try:
            described = sa.inspect(conn).get_columns(table, schema=schema or None)
        except sa.exc.NoSuchTableError:
            raise SettingsError(
                f"The database of {request.system_name} has no table {entry.table}.", hint="Correct it in hub.yaml."
            ) from None
        columns = (sa.column(column["name"], column["type"]) for column in described)
        relation = sa.table(table, *columns, schema=schema or None)
    there = relation.c.keys()
    for column in mapped_columns(entry):
        if column not in there and column.partition(".")[0] not in there:
            raise SettingsError(
                f"{request.system_name}.{request.name} has no column '{column}'{did_you_mean(column, there)}.",
                hint=f"It has: {', '.join(there)}.",
            )
    return relation


def _changed_column(rows: sa.FromClause, entry: Feed) -> sa.ColumnElement[Any] | None:
    spec = entry.modified_at
    name = spec.column if isinstance(spec, Column) else spec
    return rows.c[name] if isinstance(name, str) else None


def _latest(conn: Connection, rows: sa.FromClause, changed: sa.ColumnElement[Any] | None) -> str | None:
    """Give the newest value of the column of changes, with its type, before anything is read."""
    if changed is None:
        return None
    value = conn.scalar(sa.select(sa.func.max(changed)).select_from(rows))
    match value:
        case None:
            return None
        case datetime():
            return f"time {value.isoformat()}"
        case int():
            return f"number {value}"
        case _:
            return f"text {value}"


def _start(position: str) -> Any:
    kind, _, value = position.partition(" ")
    match kind:
        case "time":
            return datetime.fromisoformat(value) - OVERLAP
        case "number":
            return int(value)
        case _:
            return value


def _pages(
    conn: Connection, rows: sa.FromClause, entry: Feed, condition: sa.ColumnElement[bool] | None
) -> Iterator[pa.Table]:
    keys = [rows.c[name] for name in key_columns(entry)]
    place = entry.table or "query"
    for chunk in _chunks(conn, sa.select(*rows.c), keys, condition):
        yield _delivered(chunk, [row._mapping for row in chunk], [key.name for key in keys], place)
    # Behind the last key there is nothing without one: such rows are read by themselves, for the quarantine.
    without = sa.or_(*(key.is_(None) for key in keys))
    missing = conn.execute(sa.select(*rows.c).where(without, *([condition] if condition is not None else []))).all()
    if missing:
        yield _delivered(missing, [row._mapping for row in missing], [key.name for key in keys], place)


def _keys(conn: Connection, rows: sa.FromClause, entry: Feed) -> Iterator[list[str]]:
    keys = [rows.c[name] for name in key_columns(entry)]
    for chunk in _chunks(conn, sa.select(*keys), keys, None):
        yield [row_id for row in chunk if (row_id := _row_id(row))]


def _chunks(
    conn: Connection, query: sa.Select[Any], keys: Sequence[Any], condition: sa.ColumnElement[bool] | None
) -> Iterator[Sequence[sa.Row[Any]]]:
    """Read by key, each chunk from behind the last one's end; nothing is counted, so nothing slides."""
    if condition is not None:
        query = query.where(condition)
    query = query.where(*(key.is_not(None) for key in keys)).order_by(*keys).limit(CHUNK)
    after: list[Any] | None = None
    while True:
        found = conn.execute(query if after is None else query.where(_behind(keys, after))).all()
        if found:
            yield found
            after = [found[-1]._mapping[key.name] for key in keys]
        if len(found) < CHUNK:
            return


def _behind(keys: Sequence[Any], after: Sequence[Any]) -> sa.ColumnElement[bool]:
    """Write (a, b) > (x, y) as every database knows it."""
    return sa.or_(*(sa.and_(*(keys[j] == after[j] for j in range(i)), keys[i] > after[i]) for i in range(len(keys))))


def _row_id(values: Sequence[Any]) -> str:
    parts = [str(value).strip() if value is not None else "" for value in values]
    return KEY_SEPARATOR.join(parts) if all(parts) else ""


def _delivered(chunk: Sequence[Any], mappings: Sequence[Any], keys: Sequence[str], place: str) -> pa.Table:
    payloads = [json.dumps(dict(row), ensure_ascii=False, separators=(",", ":"), default=_plain) for row in mappings]
    ids = [
        _row_id([row[name] for name in keys]) or line_id(place, hashlib.sha256(payload.encode()).hexdigest()[:16])
        for row, payload in zip(mappings, payloads, strict=True)
    ]
    empty = [None] * len(chunk)
    columns: dict[str, list[Any]] = {"id": ids, "payload": payloads, "deleted": [False] * len(chunk)}
    return pa.table([columns.get(name, empty) for name in DELIVERED.names], schema=DELIVERED)


def _plain(value: Any) -> Any:
    """Write what JSON has no type for: times as ISO, bytes as hexadecimal, exact numbers and the rest as text."""
    match value:
        case datetime() | date():
            return value.isoformat()
        case bytes() | memoryview():
            return bytes(value).hex()
        case _:
            return str(value)
