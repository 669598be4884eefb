"""Intake: rows newly landed become source records, activities or consents, quarantined rows, or deletions.

rows in = records + quarantined + deleted, for every batch. A load is taken in once; when the mapping changes, all
rows landed are taken in anew without asking the systems.

Rows are sorted out in a thread while the caller stores the batch before: PostgreSQL's half of the work and Python's go
on side by side. The thread never speaks to the database, and batches keep their order.
"""

from __future__ import annotations

import json
import uuid
from collections.abc import Callable, Iterable, Iterator, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import dataclass, field, replace
from functools import partial
from typing import Any, Generic, Protocol, TypeVar

import sqlalchemy as sa
from sqlalchemy import Connection
from sqlalchemy.dialects.postgresql import insert

from hub.activity import Activity
from hub.collector import no_collecting
from hub.config import Config
from hub.consent import Consent
from hub.records import RecordKey, SourceRecord
from sources import landing_table, quarantine
from sources.activity_mapping import ActivityMapper
from sources.consent_mapping import ConsentMapper
from sources.declared import fingerprint
from sources.landing_table import LandedRow
from sources.mapping import Mapper, RefusedRowError
from sources.page import FeedKind, Row, is_line_id
from sources.quarantine import REASONS, QuarantinedRow
from sources.registry import effective, effective_activities, effective_consents, effective_objects, source_of
from sources.tables import load, mapping


@dataclass(frozen=True, slots=True)
class Pending:
    """What an intake will read: `loads` not yet taken in, or every row landed (`replay`)."""

    system: str
    loads: tuple[str, ...]
    replay: bool
    fingerprint: str
    feed: FeedKind = "records"

    @property
    def mapping(self) -> str:
        """Under which name the fingerprint is kept; no system has a slash in its own."""
        return self.system if self.feed == "records" else f"{self.system}/{self.feed}"


_Made = TypeVar("_Made", SourceRecord, Activity, Consent)
_Read = TypeVar("_Read", SourceRecord, Activity, Consent, covariant=True)


@dataclass
class Batch(Generic[_Made]):
    """Some rows of one object, taken apart."""

    object: str
    rows_in: int = 0
    records: list[_Made] = field(default_factory=list)
    quarantined: list[QuarantinedRow] = field(default_factory=list)
    deleted: list[RecordKey] = field(default_factory=list)
    settled: list[str] = field(default_factory=list)  # ids of rows that are well or gone


class RowReader(Protocol[_Read]):
    """A mapping of rows, to records, activities or consents."""

    def key(self, row: Row) -> RecordKey:
        """Name what a row is about. Raises RefusedRowError."""

    def is_deleted(self, row: Row) -> bool:
        """Tell whether the row itself says that it is deleted."""

    def record(self, row: Row) -> _Read:
        """Make what the row holds. Raises RefusedRowError where there is none in it."""


def pending(
    conn: Connection, config: Config, system: str, *, feed: FeedKind = "records", replay: bool = False
) -> Pending:
    """Tell what is to be taken in; all rows again where `replay` asks for it or the mapping has changed."""
    known = set(conn.scalars(sa.select(load.c.load_id).where(load.c.system == system)))
    finished = landing_table.finished_loads(conn, system, feed)
    due = Pending(system, (), False, fingerprint(config, system, effective(config, system, feed)), feed)
    before = conn.scalar(sa.select(mapping.c.fingerprint).where(mapping.c.system == due.mapping))
    again = replay or (before is not None and before != due.fingerprint)
    new = tuple(load_id for load_id in finished if again or load_id not in known)
    return replace(due, loads=new, replay=again)


def read(conn: Connection, config: Config, due: Pending) -> Iterator[Batch[SourceRecord]]:
    """Give the records that are due, in batches of one object each. The caller stores one before it takes the next."""
    for name, entry in effective_objects(config, due.system).items():
        yield from _read(conn, config, due, name, Mapper(config, due.system, name, entry))


def read_activities(conn: Connection, config: Config, due: Pending) -> Iterator[Batch[Activity]]:
    """Give the activities that are due, as `read` gives records."""
    for name, entry in effective_activities(config, due.system).items():
        yield from _read(conn, config, due, name, ActivityMapper(due.system, name, entry))


def read_consents(conn: Connection, config: Config, due: Pending) -> Iterator[Batch[Consent]]:
    """Give the statements of consent that are due, as `read` gives records."""
    for name, entry in effective_consents(config, due.system).items():
        yield from _read(conn, config, due, name, ConsentMapper(config, due.system, name, entry))


def _read(
    conn: Connection, config: Config, due: Pending, name: str, mapper: RowReader[_Made]
) -> Iterator[Batch[_Made]]:
    table = landing_table.table_name(due.system, name)
    if landing_table.exists(conn, table):
        prepare = source_of(config, due.system).prepare
        for chunks in _due_rows(conn, due, name, table):
            yield from _ahead(chunks, partial(_sort_out, name, mapper, prepare))


def settle(conn: Connection, due: Pending, batch: Batch[Any], run_id: uuid.UUID | None) -> None:
    """Store a batch's quarantined rows, and end the entries of rows that are well again or gone."""
    quarantine.put(conn, due.system, batch.quarantined, run_id)
    if quarantine.any_open(conn, due.system):
        quarantine.resolve(conn, due.system, batch.object, batch.settled)


def mark(conn: Connection, due: Pending, run_id: uuid.UUID | None) -> None:
    """Record that everything due was taken in, in the transaction that stored it."""
    if due.loads:
        values = [{"system": due.system, "load_id": load_id, "run_id": run_id} for load_id in due.loads]
        conn.execute(insert(load).on_conflict_do_nothing(), values)
    told = insert(mapping).values(system=due.mapping, fingerprint=due.fingerprint)
    conn.execute(
        told.on_conflict_do_update(
            index_elements=["system"],
            set_={"fingerprint": told.excluded.fingerprint, "applied_at": sa.func.now()},
            where=mapping.c.fingerprint != told.excluded.fingerprint,
        )
    )


def _due_rows(conn: Connection, due: Pending, name: str, table: str) -> Iterator[Iterator[list[LandedRow]]]:
    """Give the readings to be done; the second is asked for when all of the first is stored."""
    if due.replay:
        yield landing_table.rows(conn, table, loads=None)
        return
    if due.loads:
        yield landing_table.rows(conn, table, loads=due.loads)
    asked = quarantine.requeued(conn, due.system, name)
    if asked:
        yield landing_table.rows(conn, table, loads=None, ids=asked)


def _ahead(
    chunks: Iterable[Sequence[LandedRow]], make: Callable[[Sequence[LandedRow]], Batch[_Made]]
) -> Iterator[Batch[_Made]]:
    """Make a batch of each chunk, one ahead of the batch that the caller holds."""
    worker = ThreadPoolExecutor(1, "sort-out")
    try:
        waiting: Future[Batch[_Made]] | None = None
        for rows in chunks:
            following = worker.submit(make, rows)
            if waiting is not None:
                yield waiting.result()
            waiting = following
        if waiting is not None:
            yield waiting.result()
    finally:
        worker.shutdown(cancel_futures=True)


def _sort_out(
    name: str, mapper: RowReader[_Made], prepare: Callable[[str, Row], Row], rows: Sequence[LandedRow]
) -> Batch[_Made]:
    batch = Batch[_Made](name)
    with no_collecting():
        _sort_rows(rows, batch, mapper, prepare)
    return batch


def _sort_rows(
    rows: Sequence[LandedRow], batch: Batch[_Made], mapper: RowReader[_Made], prepare: Callable[[str, Row], Row]
) -> None:
    name = batch.object
    for landed in rows:
        if is_line_id(landed.row_id) and landed.deleted:  # a place in a file that is mended: nobody's record
            batch.settled.append(landed.row_id)
            continue
        batch.rows_in += 1
        if landed.problem:
            batch.quarantined.append(_refused(name, landed, landed.problem, REASONS[landed.problem], None))
            continue
        row = prepare(name, json.loads(landed.payload))
        try:
            if landed.deleted or mapper.is_deleted(row):
                batch.deleted.append(mapper.key(row))
            else:
                batch.records.append(mapper.record(row))
            batch.settled.append(landed.row_id)
        except RefusedRowError as error:
            batch.quarantined.append(_refused(name, landed, error.code, error.message, error.field))


def _refused(name: str, landed: LandedRow, code: str, reason: str, place: str | None) -> QuarantinedRow:
    source_id = None if is_line_id(landed.row_id) else landed.row_id
    return QuarantinedRow(name, landed.row_id, source_id, landed.line, landed.payload, place, code, reason)
