"""What the pages that decide share: a word is said, audited and carried out, its outcome told, the rest foretold."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from threading import BoundedSemaphore
from uuid import UUID

from fastapi import Request
from fastapi.responses import Response
from sqlalchemy import Connection

from apps.web.pages import fragment
from apps.web.principal import current_principal, hub_of
from flows import deciding, foretelling
from flows.foretelling import Foretold
from hub.config import Config
from hub.errors import HubError, RejectedError, RetryableError
from hub.masking import masked
from hub.records import Part, RecordKey
from identity import compared, decision_log, holds
from identity.decision_log import Decision
from identity.decisions import Statement


@dataclass(frozen=True, slots=True)
class Asked:
    """What the page showed when it was decided: the records, the digest of the evidence, and the last decision then."""

    records: tuple[RecordKey, ...]
    digest: str
    last: int


@dataclass(frozen=True)
class Outcome:
    """What became of a decision, as it is at this moment: told with the next page."""

    decision: Decision
    customers: tuple[UUID, ...]
    waits: bool
    held: tuple[int, ...]

    @property
    def undoes(self) -> bool:
        """Whether it ended another decision."""
        return self.decision.kind == "revoke"


def decide(request: Request, statements: Sequence[Statement], asked: Asked) -> int:
    """Say things, all or none, and carry them out; gives the number of the last decision, made now or before."""
    seen = [deciding.Seen(asked.records, asked.digest, asked.last)]
    made = deciding.decide(hub_of(request), statements, seen=seen)
    return [*made.repeated, *made.made][-1]


def decide_each(request: Request, statements: Sequence[Statement], asked: Sequence[Asked]) -> deciding.Outcome:
    """Say things, each by itself, and carry out those that are not refused."""
    seen = [deciding.Seen(one.records, one.digest, one.last) for one in asked]
    return deciding.decide(hub_of(request), statements, seen=seen, each=True)


def revoke(request: Request, number: int, reason: str) -> int:
    """End a decision; gives the number of the row that did."""
    by = current_principal(request).name
    made = deciding.revoke(hub_of(request), number, by=by, reason=reason)
    return made.made[0]


def outcome(conn: Connection, done: str) -> Outcome | None:
    """Say what became of a decision by its number; None where there is none."""
    if not done.isdecimal() or len(done) > 18:
        return None
    decision = decision_log.get(conn, int(done))
    if decision is None:
        return None
    about = decision
    if decision.kind == "revoke" and decision.revokes is not None:
        about = decision_log.get(conn, decision.revokes) or decision
    records = compared.records(conn, (*about.left, *about.right))
    return Outcome(
        decision=decision,
        customers=tuple(dict.fromkeys(record.customer_id for record in records if record.customer_id)),
        waits=any(record.waits for record in records),
        held=tuple(holds.open_of(conn, [record.record_id for record in records])),
    )


@dataclass(frozen=True, slots=True)
class Change:
    """A golden value before and after, for each customer in question; `changed`: they are not the same."""

    attribute: str
    before: tuple[tuple[Part, ...], ...]
    after: tuple[tuple[Part, ...], ...]
    changed: bool


_FORETELLING = BoundedSemaphore()
_TURN = 0.7  # seconds


@contextmanager
def _in_turn() -> Iterator[None]:
    """Let one preview at a time ask for the lock under which customers change: whoever has decided waits for one alone.

    Raises RetryableError where others are at it for long.
    """
    if not _FORETELLING.acquire(timeout=_TURN):
        raise RetryableError(
            "Others are being worked out just now.", hint="It is asked for again in a moment.", retry_after=2
        )
    try:
        yield
    finally:
        _FORETELLING.release()


def foretold(request: Request, statements: Sequence[Statement], again: tuple[str, str]) -> Response:
    """Show what would follow, as a part of a page; `again`: the field and value by which it was asked for."""
    hub, principal = hub_of(request), current_principal(request)
    would: Foretold | None = None
    fault, busy = "", False
    try:
        with _in_turn():
            would = foretelling.foretell(hub, statements)
        fault = would.fault
    except HubError as error:
        fault, busy = str(error), not isinstance(error, RejectedError)
    changes = _changes(would, hub.config, principal.roles) if would else []
    return fragment(request, "_preview.html", fault=fault, would=would, changes=changes, busy=busy, again=again)


def _changes(would: Foretold, config: Config, roles: frozenset[str]) -> list[Change]:
    before = [masked(record.attributes, roles, config.access) for record in would.before]
    after = [masked(record.attributes, roles, config.access) for record in would.after]
    vocabulary = config.vocabulary()
    names = [name for name in vocabulary if any(name in one for one in (*before, *after))]
    found = []
    for name in names:
        was = tuple(tuple(value.value for value in one.get(name, [])) for one in before)
        will = tuple(tuple(value.value for value in one.get(name, [])) for one in after)
        found.append(
            Change(name, was, will, changed={repr(one) for one in was if one} != {repr(one) for one in will if one})
        )
    return found
