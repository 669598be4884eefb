"""The sandbox's memory: one SQLite file, so that a killed sandbox comes back as it was.

Each object of each system has one table of the same shape. ``body`` is the record in the system's own words, as JSON;
the columns beside it are what paging and change feeds need. ``lookup`` maps natural keys (an e-mail, an external id)
to records. Everything that happens in one request is one transaction; the server opens it.
"""

import json
import sqlite3
import time
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

Body = dict[str, Any]
Keys = Mapping[str, Sequence[str]]

TABLES: dict[str, tuple[str, str]] = {
    "sap_partner": ("sap", "A_BusinessPartner"),
    "sap_order": ("sap", "A_SalesOrder"),
    "sap_invoice": ("sap", "A_BillingDocument"),
    "hubspot_contact": ("hubspot", "contacts"),
    "hubspot_company": ("hubspot", "companies"),
    "hubspot_event": ("hubspot", "events"),
    "zendesk_user": ("zendesk", "users"),
    "zendesk_organization": ("zendesk", "organizations"),
    "zendesk_ticket": ("zendesk", "tickets"),
}
"""Each table with the system and the object it holds, by their own names."""

CUSTOMER_TABLES = ("sap_partner", "hubspot_contact", "hubspot_company", "zendesk_user", "zendesk_organization")

_COLUMNS = "id, created, updated, rev, deleted, parent, entity, body"

_SMALL_TABLES = """
CREATE TABLE IF NOT EXISTS meta (name TEXT PRIMARY KEY, value TEXT NOT NULL) WITHOUT ROWID;
CREATE TABLE IF NOT EXISTS lookup (tbl TEXT, kind TEXT, value TEXT, id INTEGER,
    PRIMARY KEY (tbl, kind, value, id)) WITHOUT ROWID;
CREATE TABLE IF NOT EXISTS job (id TEXT PRIMARY KEY, started INTEGER NOT NULL, polls INTEGER NOT NULL,
    body TEXT NOT NULL) WITHOUT ROWID;
CREATE TABLE IF NOT EXISTS property (object TEXT, name TEXT, body TEXT NOT NULL,
    PRIMARY KEY (object, name)) WITHOUT ROWID;
"""


@dataclass(slots=True)
class Record:
    """One record of one system. Times are milliseconds since 1970; ``deleted`` is when it was deleted or archived.

    ``parent`` is the customer an activity belongs to; ``entity`` is the true customer, or None where it is not known.
    """

    table: str
    id: int
    created: int
    updated: int
    rev: int
    deleted: int | None
    parent: int | None
    entity: str | None
    body: Body


def create_tables(connection: sqlite3.Connection) -> None:
    """Create every table, without the indexes (they are faster made after the rows are in)."""
    connection.executescript(_SMALL_TABLES)
    for table in TABLES:
        connection.execute(
            f"CREATE TABLE IF NOT EXISTS {table} (id INTEGER PRIMARY KEY, created INTEGER NOT NULL,"
            " updated INTEGER NOT NULL, rev INTEGER NOT NULL, deleted INTEGER, parent INTEGER, entity TEXT,"
            " body TEXT NOT NULL)"
        )


def create_indexes(connection: sqlite3.Connection) -> None:
    """Create the indexes of every table."""
    for table in TABLES:
        connection.execute(f"CREATE INDEX IF NOT EXISTS {table}_updated ON {table} (updated, rev, id)")
        connection.execute(f"CREATE INDEX IF NOT EXISTS {table}_parent ON {table} (parent)")
    connection.execute("CREATE INDEX IF NOT EXISTS lookup_id ON lookup (tbl, id)")


def _record(table: str, row: tuple[Any, ...]) -> Record:
    number, created, updated, rev, deleted, parent, entity, body = row
    return Record(table, number, created, updated, rev, deleted, parent, entity, json.loads(body))


class State:
    """An open state file."""

    def __init__(self, path: Path) -> None:
        self._connection = sqlite3.connect(path, isolation_level=None)
        self._connection.execute("PRAGMA journal_mode = WAL")
        self._connection.execute("PRAGMA synchronous = NORMAL")
        create_tables(self._connection)
        create_indexes(self._connection)
        # The clock never runs backwards, so (updated, rev) orders every change after all earlier ones.
        self._last, self._rev = 0, 0
        for table in TABLES:
            row = self._one(f"SELECT updated, rev FROM {table} ORDER BY updated DESC, rev DESC, id DESC LIMIT 1")  # noqa: S608 - tables of our own
            if row is not None:
                self._last, self._rev = max(self._last, row[0]), max(self._rev, row[1])

    def close(self) -> None:
        """Close the file; what was committed is in it."""
        self._connection.close()

    @contextmanager
    def transaction(self) -> Iterator[None]:
        """Run a block in one transaction: all of it is kept, or nothing."""
        self._connection.execute("BEGIN IMMEDIATE")
        try:
            yield
        except BaseException:
            self._connection.execute("ROLLBACK")
            raise
        self._connection.execute("COMMIT")

    @contextmanager
    def savepoint(self) -> Iterator[None]:
        """Run a block inside the transaction; if it fails, it alone is undone."""
        self._connection.execute("SAVEPOINT part")
        try:
            yield
        except BaseException:
            self._connection.execute("ROLLBACK TO part")
            raise
        finally:
            self._connection.execute("RELEASE part")

    def _one(self, sql: str, parameters: Sequence[Any] = ()) -> Any:
        return self._connection.execute(sql, parameters).fetchone()

    # -- time and settings ---------------------------------------------------------------------------------------

    def now(self) -> int:
        """Return the sandbox's time in milliseconds: the real clock plus the offset set by hand, never going back."""
        offset = int(self.meta("clock_offset_ms", 0))
        self._last = max(self._last, time.time_ns() // 1_000_000 + offset)
        return self._last

    def meta(self, name: str, default: Any = None) -> Any:
        """Return a kept value, or the default."""
        row = self._one("SELECT value FROM meta WHERE name = ?", (name,))
        return default if row is None else json.loads(row[0])

    def set_meta(self, name: str, value: Any) -> None:
        """Keep a value."""
        self._connection.execute("INSERT OR REPLACE INTO meta VALUES (?, ?)", (name, json.dumps(value)))

    # -- records -------------------------------------------------------------------------------------------------

    def get(self, table: str, identifier: int, *, deleted: bool = False) -> Record | None:
        """Return one record, by default only if it is alive."""
        rows = self.select(table, "id = ?" if deleted else "id = ? AND deleted IS NULL", [identifier])
        return rows[0] if rows else None

    def select(
        self,
        table: str,
        where: str = "deleted IS NULL",
        parameters: Sequence[Any] = (),
        order: str = "id",
        limit: int = -1,
        offset: int = 0,
    ) -> list[Record]:
        """Return the records of a table that fulfil a condition. The condition's values are parameters."""
        sql = f"SELECT {_COLUMNS} FROM {table} WHERE {where} ORDER BY {order} LIMIT ? OFFSET ?"  # noqa: S608 - parts of our own; values are bound
        rows = self._connection.execute(sql, [*parameters, limit, offset])
        return [_record(table, row) for row in rows]

    def rows(self, sql: str, parameters: Sequence[Any] = ()) -> list[tuple[Any, ...]]:
        """Run a reading statement."""
        return self._connection.execute(sql, parameters).fetchall()

    def count(self, table: str, where: str = "deleted IS NULL", parameters: Sequence[Any] = ()) -> int:
        """Count the records that fulfil a condition."""
        return int(self._one(f"SELECT count(*) FROM {table} WHERE {where}", parameters)[0])  # noqa: S608 - parts of our own; values are bound

    def next_id(self, table: str) -> int:
        """Return the number that the next new record of a table gets."""
        return int(self._one(f"SELECT coalesce(max(id), 0) + 1 FROM {table}")[0])  # noqa: S608 - tables of our own

    def insert(
        self, table: str, body: Body, keys: Keys, *, entity: str | None = None, parent: int | None = None
    ) -> Record:
        """Store a new record under the next free number of its table."""
        now = self.now()
        self._rev += 1
        record = Record(table, self.next_id(table), now, now, self._rev, None, parent, entity, body)
        self._connection.execute(
            f"INSERT INTO {table} ({_COLUMNS}) VALUES (?, ?, ?, ?, ?, ?, ?, ?)",  # noqa: S608 - tables and columns of our own
            (record.id, now, now, self._rev, None, parent, entity, json.dumps(body)),
        )
        self._set_keys(table, record.id, keys)
        return record

    def save(self, record: Record, keys: Keys | None = None, *, touch: bool = True) -> None:
        """Store a changed record; ``touch`` moves its time of change. Natural keys stay unless given."""
        if touch:
            self._rev += 1
            record.updated, record.rev = self.now(), self._rev
        self._connection.execute(
            f"UPDATE {record.table} SET updated = ?, rev = ?, deleted = ?, parent = ?, entity = ?, body = ?"  # noqa: S608 - tables of our own
            " WHERE id = ?",
            (
                *(record.updated, record.rev, record.deleted, record.parent, record.entity),
                *(json.dumps(record.body), record.id),
            ),
        )
        if keys is not None:
            self._set_keys(record.table, record.id, keys)

    def delete(self, record: Record) -> None:
        """Mark a record as deleted or archived, and give its natural keys free."""
        record.deleted = self.now()
        self.save(record, {})

    def _set_keys(self, table: str, identifier: int, keys: Keys) -> None:
        self._connection.execute("DELETE FROM lookup WHERE tbl = ? AND id = ?", (table, identifier))
        self._connection.executemany(
            "INSERT OR IGNORE INTO lookup VALUES (?, ?, ?, ?)",
            [(table, kind, value, identifier) for kind, values in keys.items() for value in values],
        )

    def find(self, table: str, kind: str, value: str) -> int | None:
        """Return the lowest-numbered record that holds a natural key."""
        row = self._one("SELECT min(id) FROM lookup WHERE tbl = ? AND kind = ? AND value = ?", (table, kind, value))
        return None if row is None else row[0]

    # -- asynchronous jobs and property definitions ---------------------------------------------------------------

    def put_job(self, identifier: str, polls: int, body: Body) -> None:
        """Store a job and how often it was asked for."""
        started = self._one("SELECT started FROM job WHERE id = ?", (identifier,))
        self._connection.execute(
            "INSERT OR REPLACE INTO job VALUES (?, ?, ?, ?)",
            (identifier, started[0] if started else self.now(), polls, json.dumps(body)),
        )

    def job(self, identifier: str) -> tuple[int, Body] | None:
        """Return how often a job was asked for, and its content."""
        row = self._one("SELECT polls, body FROM job WHERE id = ?", (identifier,))
        return None if row is None else (row[0], json.loads(row[1]))

    def unfinished_jobs(self, polls: int, since: int) -> int:
        """Count the jobs asked for fewer than ``polls`` times and started after a moment."""
        return int(self._one("SELECT count(*) FROM job WHERE polls < ? AND started > ?", (polls, since))[0])

    def properties(self, object_type: str) -> dict[str, Body]:
        """Return the custom property definitions of a HubSpot object."""
        rows = self.rows("SELECT name, body FROM property WHERE object = ? ORDER BY name", (object_type,))
        return {name: json.loads(body) for name, body in rows}

    def put_property(self, object_type: str, name: str, body: Body) -> None:
        """Store a custom property definition."""
        self._connection.execute(
            "INSERT OR REPLACE INTO property VALUES (?, ?, ?)", (object_type, name, json.dumps(body))
        )
