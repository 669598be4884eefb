"""The database session: one metadata, one engine, and the only commit in the code base.

Nothing below an entry point commits; leaving `transaction` by an error rolls everything back.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

import sqlalchemy as sa
from sqlalchemy import Connection, Engine, MetaData

from hub.errors import RetryableError

LANDING = "landing"
IDENTITY = "identity"
GOLDEN = "golden"
OPS = "ops"
SCHEMAS = (LANDING, IDENTITY, GOLDEN, OPS)

metadata = MetaData(
    naming_convention={
        "ix": "ix_%(table_name)s_%(column_0_N_name)s",
        "uq": "uq_%(table_name)s_%(column_0_N_name)s",
        "ck": "ck_%(table_name)s_%(constraint_name)s",
        "fk": "fk_%(table_name)s_%(column_0_N_name)s_%(referred_table_name)s",
        "pk": "pk_%(table_name)s",
    }
)

# Any fixed number serves, as long as it is the hub's own: it names the lock over crosswalk and golden records.
MASTER_LOCK = 0x637573746F6D6572


_KEPT = 12


def make_engine(url: str) -> Engine:
    """Connect lazily to `url` (postgresql+psycopg); times are read and written in UTC.

    A connection that was opened is kept, up to as many as a server's requests and what runs beside them use at once:
    a new one has to plan every statement anew.
    """
    return sa.create_engine(
        url,
        pool_size=_KEPT,
        pool_pre_ping=True,
        connect_args={"options": "-c timezone=UTC", "application_name": "customer-hub", "connect_timeout": 10},
        # A failing statement's parameters are customers' data: they don't belong into an error text.
        hide_parameters=True,
    )


_LAST = "hub.last"


@contextmanager
def transaction(engine: Engine) -> Iterator[Connection]:
    """Open a connection and a transaction; commit at the end, roll back on any error."""
    with engine.begin() as conn:
        conn.info.pop(_LAST, None)  # the connection is a pooled one, and what failed last time is not to be done now
        yield conn
        for act, items in conn.info.pop(_LAST, {}).items():
            act(conn, items)


def at_the_end(conn: Connection, act: Callable[[Connection, list[Any]], None], item: object) -> None:
    """Have `act` done once, with all items given for it, just before this transaction commits, if it does.

    For what takes a lock that everybody needs: so it is held for a moment, and always taken after the others.
    """
    conn.info.setdefault(_LAST, {}).setdefault(act, []).append(item)


@contextmanager
def taken_back(conn: Connection) -> Iterator[None]:
    """Try something out: in the end all of it is rolled back, and what was noted for the end is forgotten."""
    noted = {act: list(items) for act, items in conn.info.get(_LAST, {}).items()}
    nested = conn.begin_nested()
    try:
        yield
    finally:
        conn.info[_LAST] = noted
        nested.rollback()


@contextmanager
def snapshot(engine: Engine) -> Iterator[Connection]:
    """Open a transaction that sees one moment of the database throughout (REPEATABLE READ)."""
    with engine.connect().execution_options(isolation_level="REPEATABLE READ") as conn, conn.begin():
        yield conn


def master_lock(conn: Connection) -> None:
    """Wait for the one lock under which clusters, crosswalk and golden records change; released at commit."""
    conn.execute(sa.select(sa.func.pg_advisory_xact_lock(MASTER_LOCK)))


@contextmanager
def only_one(engine: Engine, name: str) -> Iterator[None]:
    """Hold the named job for this process; it frees itself when the process dies.

    Raises RetryableError where another process holds it.
    """
    with engine.connect().execution_options(isolation_level="AUTOCOMMIT") as conn:
        key = sa.func.hashtextextended(name, MASTER_LOCK)
        if not conn.scalar(sa.select(sa.func.pg_try_advisory_lock(key))):
            raise RetryableError(
                f"Another process is running '{name}' on this hub.", hint="Wait for it to end, then run again."
            )
        try:
            yield
        finally:
            conn.execute(sa.select(sa.func.pg_advisory_unlock(key)))
