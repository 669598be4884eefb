"""A steward's word and what follows from it: decided, resolved and refreshed, so that the new golden record shows.

A word is kept first, by itself, and waits for nobody but others who speak. Then, in a second transaction, its customers
are settled by the road of every change (`identity.at_once`, `golden_record.refresh`) if the lock is free soon and the
matter is small; else its records are pending and the run in hand, or the next one, does it. Either way nothing is lost.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Collection, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from datetime import datetime
from typing import TypeVar
from uuid import UUID

import sqlalchemy as sa
from sqlalchemy import Connection
from sqlalchemy.exc import DBAPIError

from flows.following import Job, follower_of
from golden_record import profiles
from golden_record.refresh import refresh
from hub.config import Config
from hub.db import master_lock, transaction
from hub.errors import HubError, RejectedError, RetryableError
from hub.records import RecordKey
from hub.session import Hub
from identity import at_once, decision_log, decisions, evidence, holds, pending
from identity.decision_log import Decision
from identity.decision_rows import find_records
from identity.decisions import Statement

_PATIENCE = 700
"""Milliseconds to wait for a lock: less than it takes PostgreSQL to look for a deadlock (a second), so that a run that
settles is never the one to give way. And, from when somebody speaks, for what follows."""

_TRIES = (0.125, 0.25, 0.5, 1, 1, 1)
"""How long, in parts of that patience, a word waits for a run or for what follows from the word before, until it is
refused. It gives way in between, soon at first, for others who speak wait behind it."""

_BOUND = 30_000
"""Milliseconds that what follows waits for a run that settles, before it is left to the next one."""

_BUSY = ("55P03", "57014", "40P01")  # lock not available, statement cancelled, deadlock


class OvertakenError(RejectedError):
    """What is there is not what was seen: somebody has decided, or a record has changed. `since` are the decisions."""

    def __init__(self, since: Sequence[Decision]) -> None:
        said = "; ".join(f"{d.by} said {d.kind} (#{d.decision_id}: {d.reason})" for d in since)
        super().__init__(
            f"Meanwhile {said}." if said else "Meanwhile these records, or whose they are, have changed.",
            hint="Nothing of yours was kept. Look again at what is there now, and decide anew if you must.",
        )
        self.since = tuple(since)


_Said = TypeVar("_Said")


@dataclass(frozen=True)
class Outcome:
    """What became of a word. `made` are the rows of the log, `repeated` those that said the same already.

    `later` says in words why it is not carried out yet ("": it is), `held` the numbers of the holds that keep some of
    it back, `refused` by place why a statement was not taken.
    """

    made: tuple[int, ...]
    repeated: tuple[int, ...] = ()
    refused: dict[int, str] = field(default_factory=dict)
    later: str = ""
    held: tuple[int, ...] = ()


@dataclass(frozen=True, slots=True)
class Seen:
    """What somebody had before them: `evidence.digest` of the records, and the last decision there was (0: none)."""

    records: tuple[RecordKey, ...]
    digest: str
    last_decision: int = 0


Heard = Callable[[Connection, Sequence[Decision]], None]
"""Is told what was written, in the transaction that writes it: for what is to be kept with it or not at all."""


def decide(
    hub: Hub,
    statements: Sequence[Statement],
    *,
    seen: Sequence[Seen] = (),
    each: bool = False,
    heard: Heard = lambda *_: None,
) -> Outcome:
    """Say things of records, all of them or none, and carry them out; with `each` those that are not refused.

    `seen`: what they were said in sight of; with `each`, one for each statement. Raises, without `each`, OvertakenError
    where something else is there now and RejectedError for a contradiction; and RetryableError where the records are
    just being settled.
    """
    begun = time.monotonic()
    keys = {key for statement in statements for key in (*statement.left, *statement.right)}

    def say(conn: Connection) -> tuple[list[int], dict[int, int], Outcome]:
        records = [found.record_id for found in find_records(conn, keys).values()]
        marked = pending.resolved(conn, records)
        decisions.lock(conn)
        overtaken = {place: error for place, one in enumerate(seen) if (error := _overtaken(conn, one))}
        if overtaken and not each:
            raise next(iter(overtaken.values()))
        fresh = [place for place in range(len(statements)) if place not in overtaken]
        spoken = decisions.decide_all(conn, [statements[place] for place in fresh], anew=True)
        if spoken.refused and not each:
            refusal = next(iter(spoken.refused.values()))
            raise RejectedError(f"Refused: {refusal}.", hint="End one of these decisions first.")
        heard(conn, [found for number in spoken.made.values() if (found := decision_log.get(conn, number))])
        refused = {fresh[place]: why for place, why in spoken.refused.items()}
        refused |= {place: error.message for place, error in overtaken.items()}
        return records, marked, Outcome(tuple(spoken.made.values()), tuple(spoken.repeated.values()), refused)

    records, marked, outcome = _giving_way(hub, say)
    return _followed(hub, records, marked, outcome, begun) if outcome.made else outcome


def _overtaken(conn: Connection, seen: Seen) -> OvertakenError | None:
    if evidence.digest(conn, seen.records) == seen.digest:
        return None
    about = decision_log.standing_of(conn, seen.records)
    return OvertakenError([decision for decision in about if decision.decision_id > seen.last_decision])


def revoke(hub: Hub, number: int, *, by: str, reason: str) -> Outcome:
    """End a decision, and let what is left take its course. Raises RejectedError where none of that number stands."""
    begun = time.monotonic()

    def end(conn: Connection) -> tuple[list[int], dict[int, int], Outcome]:
        ended = decision_log.get(conn, number)
        keys = (*ended.left, *ended.right) if ended else ()
        records = [found.record_id for found in find_records(conn, keys).values()]
        marked = pending.resolved(conn, records)
        row = decisions.revoke(conn, number, by=by, reason=reason)
        return records, marked, Outcome((row.decision_id,))

    return _followed(hub, *_giving_way(hub, end), begun)


def approve(hub: Hub, hold_id: int, *, by: str, reason: str) -> Outcome:
    """Let a held change live. Raises RejectedError where no such hold is open."""
    begun = time.monotonic()

    def let(conn: Connection) -> tuple[list[int], dict[int, int], Outcome]:
        records = [record for record, _, _ in holds.records_of(conn, hold_id)]
        marked = pending.resolved(conn, records)
        holds.approve(conn, hold_id, by=by, reason=reason)
        return records, marked, Outcome(())

    return _followed(hub, *_giving_way(hub, let), begun)


def _giving_way(hub: Hub, say: Callable[[Connection], _Said]) -> _Said:
    """Say something in a transaction of its own, and again where a run was at the records. Raises RetryableError."""
    for part in _TRIES[:-1]:
        try:
            with patient(hub, for_lock=int(part * _PATIENCE)) as conn:
                return say(conn)
        except RetryableError:
            continue
    with patient(hub) as conn:
        return say(conn)


def follow(conn: Connection, config: Config, records: Collection[int], marked: Mapping[int, int]) -> list[UUID]:
    """Settle what stands about the records and refresh the golden records; gives the customers that it touched.

    The caller holds the master lock.
    """
    at: datetime = conn.execute(sa.select(sa.func.clock_timestamp())).scalar_one()
    moves = at_once.settle(conn, config, records, marked, at=at)
    touched = [UUID(str(customer)) for customer in moves.touched["customer_id"].to_pylist()]
    if touched:
        refresh(conn, config, touched, run_id=None, at=at)
        if config.computed:
            profiles.touch(conn, touched)
    return touched


def _followed(hub: Hub, records: Sequence[int], marked: dict[int, int], outcome: Outcome, begun: float) -> Outcome:
    """Carry out what was said, if that can be done at once; `begun`: when it was spoken (`time.monotonic`)."""

    def settle(jobs: Sequence[Job]) -> None:
        # Whoever waits for the master lock alone stands in nobody's way.
        with patient(hub, for_lock=_BOUND) as conn:
            master_lock(conn)
            everything = {number: revision for job in jobs for number, revision in job.marked.items()}
            together = sorted({record for job in jobs for record in job.records})
            follow(conn, hub.config, together, everything)

    try:
        left = max(begun + _PATIENCE / 1000 - time.monotonic(), 0.0)
        follower_of(hub.engine).carry_out(Job(records, marked), settle, patience=left)
    except HubError as error:
        return replace(outcome, later=f"{error.message} {error.hint}".strip())
    with transaction(hub.engine) as conn:
        held = holds.open_of(conn, records)
    return replace(outcome, held=tuple(held))


@contextmanager
def patient(hub: Hub, *, for_lock: int = _PATIENCE) -> Iterator[Connection]:
    """Open a transaction that gives way where somebody else is at it so long (ms). Raises RetryableError then."""
    try:
        with transaction(hub.engine) as conn:
            conn.execute(sa.text(f"SET LOCAL lock_timeout = {for_lock}"))
            conn.execute(sa.text(f"SET LOCAL statement_timeout = {2 * _BOUND}"))
            yield conn
    except DBAPIError as error:
        if getattr(error.orig, "sqlstate", None) not in _BUSY:
            raise
        raise RetryableError(
            "A run is settling customers just now.", hint="It takes these up by itself.", retry_after=2
        ) from None
