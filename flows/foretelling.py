"""What would follow from a word: golden records before and after, and the writes to systems, computed and taken back.

The very functions that carry a word out (`flows.deciding.follow`) run in a transaction that is rolled back, under the
lock, if it is free soon.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field

from sqlalchemy import Connection

from flows.deciding import follow, patient
from flows.plan import Writes, writes
from golden_record import read
from golden_record.read import GoldenRecord
from hub.db import master_lock, taken_back
from hub.errors import HubError, RejectedError
from hub.records import RecordKey
from hub.session import Hub
from identity import crosswalk, decisions, holds, store
from identity.decision_rows import find_records
from identity.decisions import Statement

_CASES = 10


@dataclass(frozen=True)
class Foretold:
    """What would follow. `held` says why a person would have to let it live first, `fault` why it can't be said at all.

    `before` and `after` are the golden records of the customers in question, the largest first.
    """

    before: tuple[GoldenRecord, ...] = ()
    after: tuple[GoldenRecord, ...] = ()
    writes: dict[str, Writes] = field(default_factory=dict)
    held: tuple[str, ...] = ()
    fault: str = ""

    @property
    def changes(self) -> bool:
        """Whether anything would be another."""
        return [(r.customer_id, r.content_hash) for r in self.before] != [
            (r.customer_id, r.content_hash) for r in self.after
        ]


def foretell(hub: Hub, statements: Sequence[Statement]) -> Foretold:
    """Say what would follow if these were said; writes nothing. Raises RetryableError while a run settles."""

    def say(conn: Connection) -> None:
        spoken = decisions.decide_all(conn, statements, anew=True, trial=True)
        if spoken.refused:
            raise RejectedError(f"It would be refused: {next(iter(spoken.refused.values()))}.")

    return _tried(hub, {key for s in statements for key in (*s.left, *s.right)}, say)


def _tried(hub: Hub, keys: set[RecordKey], say: Callable[[Connection], None]) -> Foretold:
    with patient(hub) as conn:
        master_lock(conn)
        records = [found.record_id for found in find_records(conn, keys).values()]
        before = _of(conn, records)
        known = set(holds.open_of(conn, records))
        try:
            with taken_back(conn):
                say(conn)
                touched = follow(conn, hub.config, records, {})
                after = _of(conn, records)
                after += read.customers(conn, sorted({*touched} - {record.customer_id for record in after}))
                new = [number for number in holds.open_of(conn, records) if number not in known]
                held = tuple(words for number in new for words in _held(conn, number))
                sent = writes(conn, hub, touched, lambda _: None, _CASES)
        except HubError as error:
            return Foretold(tuple(before), (), fault=str(error))
    shown = {record.customer_id for record in before}
    with patient(hub) as conn:
        before += read.customers(conn, sorted({record.customer_id for record in after} - shown))
    return Foretold(_sorted(before), _sorted(after), sent, held)


def _of(conn: Connection, records: Sequence[int]) -> list[GoldenRecord]:
    return read.customers(conn, sorted(crosswalk.owners(conn, records)))


def _sorted(records: Sequence[GoldenRecord]) -> tuple[GoldenRecord, ...]:
    return tuple(sorted(records, key=lambda record: (-len(record.members), record.customer_id)))


def _held(conn: Connection, number: int) -> list[str]:
    hold = holds.get(conn, number)
    if hold is None:
        return []
    names = store.keys_of(conn, [record for record, _, _ in holds.records_of(conn, number)])
    return [holds.wording(detail, names) for detail in hold.details]
