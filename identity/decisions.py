"""A steward's word on records: spoken, checked against what stands, and kept.

Invariants: what stands never contradicts itself; a row is never changed or removed; whoever changes what stands marks
the records pending in the same transaction, so that the next resolve settles it by the one road there is. Who speaks
waits for others who speak, not for a run that settles: a run that has not seen a word finds its records pending.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime

import pyarrow as pa
import sqlalchemy as sa
from sqlalchemy import Connection

from hub import audit
from hub.bulk import read_arrow, rows_of
from hub.db import MASTER_LOCK, master_lock
from hub.errors import RejectedError
from hub.records import RecordKey
from identity import pending, store
from identity.contradiction import Standing
from identity.decision_log import STANDS, Decision, Kind, get
from identity.decision_rows import Found, find_records, write

_KINDS = ("same", "different", "unsure")
_LONGEST = 2_000
_MANY = 500  # statements from which on their marks and a run that settles could each wait for the other


@dataclass(frozen=True)
class Statement:
    """What somebody says of records. `at` is None for now; an imported one brings its own time (aware)."""

    kind: Kind
    left: tuple[RecordKey, ...]
    right: tuple[RecordKey, ...]
    by: str
    reason: str
    at: datetime | None = None


@dataclass
class Spoken:
    """What became of statements, each by its place in the order given.

    `made`: number of the decision; `repeated`: number of the one that says the same already; `refused`: why.
    """

    made: dict[int, int] = field(default_factory=dict)
    repeated: dict[int, int] = field(default_factory=dict)
    refused: dict[int, str] = field(default_factory=dict)


def decide(
    conn: Connection,
    kind: Kind,
    left: Sequence[RecordKey],
    right: Sequence[RecordKey] = (),
    *,
    by: str,
    reason: str,
) -> Decision:
    """Say of records that they are the same customer, different ones (left from right), or that it can't be told.

    Saying what stands already gives the decision that does; where its records have changed since, it is said anew over
    what they hold now. Raises RejectedError for a contradiction, with the chain of decisions it contradicts.
    """
    spoken = decide_all(conn, [Statement(kind, tuple(left), tuple(right), by, reason)], anew=True)
    if 0 in spoken.refused:
        raise RejectedError(
            f"Refused: {spoken.refused[0]}.", hint="`hub decisions list` shows what stands; `revoke` ends it."
        )
    found = get(conn, (spoken.made | spoken.repeated)[0])
    assert found is not None  # noqa: S101 - it was written or found a moment ago
    return found


def decide_all(conn: Connection, statements: Sequence[Statement], *, anew: bool = False, trial: bool = False) -> Spoken:
    """Take statements in their order, each as a whole or not at all: a refused one doesn't stop the next.

    What stands already is not said twice; with `anew` it is where its records have changed since it was decided. A
    `trial`, which the caller takes back, keeps nobody from speaking meanwhile: it takes no lock and marks no record.
    """
    if not trial:
        if len(statements) > _MANY:
            master_lock(conn)
        lock(conn)
    found = find_records(conn, {key for s in statements for key in (*s.left, *s.right)})
    ledger = _Ledger(conn, [record.record_id for record in found.values()])
    spoken = Spoken()
    rows = []
    numbers = _numbers(conn, len(statements))
    for place, statement in enumerate(statements):
        refused = _unfit(statement, found)
        if refused:
            spoken.refused[place] = refused
            continue
        left, right = ([found[key].record_id for key in side] for side in (statement.left, statement.right))
        known = ledger.known(statement.kind, left, right)
        if known is not None and not (anew and ledger.changed(known)):
            spoken.repeated[place] = known
            continue
        chain = ledger.standing.against(statement.kind, left, right)
        if chain:
            names = store.keys_of(conn, {record for step in chain.steps for record in step[:2]})
            spoken.refused[place] = chain.words({record: "/".join(key) for record, key in names.items()})
            continue
        number = numbers[place]
        ledger.add(number, statement.kind, left, right, ends=known)
        rows.append((number, statement, known))
        spoken.made[place] = number
    write(conn, [_row(*row) for row in rows], found)
    for number, said, ended in rows:
        _audit(conn, said.by, f"decision.{said.kind}", number, (*said.left, *said.right), said.reason, ended)
    if not trial:
        pending.mark(conn, {found[key].record_id for _, s, _ in rows for key in (*s.left, *s.right)})
    return spoken


def revoke(conn: Connection, decision_id: int, *, by: str, reason: str) -> Decision:
    """End a decision; gives the row that ended it. Raises RejectedError where none of that number stands."""
    lock(conn)
    _check_speaker(by, reason)
    ended = get(conn, decision_id)
    if ended is None or ended.kind == "revoke" or ended.revoked_by is not None:
        why = (
            "no decision has this number"
            if ended is None or ended.kind == "revoke"
            else f"it was ended by #{ended.revoked_by}"
        )
        raise RejectedError(
            f"Decision #{decision_id} can't be revoked: {why}.", hint="`hub decisions list` shows what stands."
        )
    number = _numbers(conn, 1)[0]
    write(conn, [(number, "revoke", by, datetime.now(UTC), reason, decision_id, (), ())], {})
    records = conn.scalars(
        sa.text("SELECT record_id FROM identity.decision_record WHERE decision_id = :id"), {"id": decision_id}
    ).all()
    pending.mark(conn, records)
    _audit(conn, by, "decision.revoke", number, (*ended.left, *ended.right), reason, decision_id)
    found = get(conn, number)
    assert found is not None  # noqa: S101 - it was written a moment ago
    return found


def _audit(
    conn: Connection, by: str, what: str, number: int, keys: Iterable[RecordKey], reason: str, ended: int | None
) -> None:
    things = [f"decision:{number}", *([f"decision:{ended}"] if ended else []), *(f"record:{'/'.join(k)}" for k in keys)]
    audit.record(conn, who=by, what=what, on=things, reason=reason)


def lock(conn: Connection) -> None:
    """Wait for the lock under which decisions are made and ended; after the master lock, by whoever holds both."""
    conn.execute(sa.select(sa.func.pg_advisory_xact_lock(MASTER_LOCK + 2)))


class _Ledger:
    """What stands about some records and all that are the same as they, with what is being said now."""

    def __init__(self, conn: Connection, records: Sequence[int]) -> None:
        self.standing = Standing()
        self._changed: set[int] = set()
        self._known: dict[object, int] = {}
        sides: dict[int, tuple[str, list[int], list[int]]] = {}
        for number, kind, record, side, changed in _reached(conn, records):
            _, left, right = sides.setdefault(number, (kind, [], []))
            (left if side == "left" else right).append(record)
            if changed:
                self._changed.add(number)
        for number, (kind, left, right) in sorted(sides.items()):
            self.add(number, kind, left, right)

    def add(self, number: int, kind: str, left: Iterable[int], right: Iterable[int], ends: int | None = None) -> None:
        if ends is not None:
            self.standing.remove(ends)
        left, right = list(left), list(right)
        self.standing.add(number, kind, left, right)
        self._known[_content(kind, left, right)] = number

    def known(self, kind: str, left: Iterable[int], right: Iterable[int]) -> int | None:
        return self._known.get(_content(kind, left, right))

    def changed(self, number: int) -> bool:
        return number in self._changed


def _content(kind: str, left: Iterable[int], right: Iterable[int]) -> object:
    """What a decision says, whatever the order it is said in."""
    sides = (frozenset(left), frozenset(right))
    return (kind, frozenset(sides) if kind == "different" else sides[0] | sides[1])


_REACHED = pa.schema(
    [
        ("decision_id", pa.int64()),
        ("kind", pa.string()),
        ("record_id", pa.int64()),
        ("side", pa.string()),
        ("changed", pa.bool_()),
    ]
)


def _reached(conn: Connection, records: Sequence[int]) -> list[tuple[int, str, int, str, bool]]:
    """Give the standing decisions about the records and about all that are the same as they."""
    found = read_arrow(
        conn,
        f"""WITH RECURSIVE reach (record_id) AS (
                SELECT unnest(%(ids)s::bigint[])
                UNION
                SELECT o.record_id FROM reach r
                JOIN identity.decision_record m ON m.record_id = r.record_id
                JOIN identity.decision d ON d.decision_id = m.decision_id AND d.kind = 'same' AND {STANDS}
                JOIN identity.decision_record o ON o.decision_id = d.decision_id)
            SELECT d.decision_id, d.kind, m.record_id, m.side,
                   s.deleted_at IS NULL AND s.content_hash <> m.content_hash AS changed
            FROM identity.decision d JOIN identity.decision_record m USING (decision_id)
            JOIN identity.source_record s USING (record_id)
            WHERE {STANDS} AND d.decision_id IN (
                SELECT n.decision_id FROM identity.decision_record n JOIN reach USING (record_id))""",  # noqa: S608 - own words; values are bound
        _REACHED,
        {"ids": list(records)},
    )
    return list(rows_of(found))


def _unfit(statement: Statement, found: dict[RecordKey, Found]) -> str | None:
    """Say what is wrong with a statement by itself; None: nothing."""
    named = (*statement.left, *statement.right)
    unknown = [key for key in named if key not in found]
    types = {found[key].entity_type for key in named if key in found}
    if statement.kind not in _KINDS:
        return f"a decision says {', '.join(_KINDS)}, not {statement.kind!r}"
    if unknown:
        return f"the hub has no record {'/'.join(unknown[0])}"
    if len(set(named)) < len(named):
        return "a record is named twice"
    if statement.kind == "different" and not (statement.left and statement.right):
        return "`different` needs records on both sides"
    if len(named) < 2:
        return "a decision is about two records or more"
    if statement.kind == "same" and len(types) > 1:
        return "a person and an organisation are never one customer"
    return _unfit_words(statement.by, statement.reason)


def _unfit_words(by: str, reason: str) -> str | None:
    if not by.strip():
        return "it must say who decides"
    if not reason.strip():
        return "it must say why"
    if max(len(by), len(reason)) > _LONGEST or "\0" in by + reason:
        return f"name and reason may have {_LONGEST} characters, and no NUL"
    return None


def _check_speaker(by: str, reason: str) -> None:
    refused = _unfit_words(by, reason)
    if refused:
        raise RejectedError(f"Refused: {refused}.", hint="Give --reason, and --by where it isn't you.")


def _row(number: int, s: Statement, ends: int | None) -> tuple[object, ...]:
    return (number, s.kind, s.by, s.at or datetime.now(UTC), s.reason, ends, s.left, s.right)


def _numbers(conn: Connection, count: int) -> list[int]:
    """Draw numbers for decisions; those that aren't used leave gaps."""
    return list(
        conn.scalars(
            sa.text("""
                SELECT nextval(pg_get_serial_sequence('identity.decision', 'decision_id'))
                FROM generate_series(1, :count)"""),
            {"count": count},
        )
    )
