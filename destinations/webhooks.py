"""Webhooks: the apps that are told of changes, how far each has been told, and when it is to be tried again.

Invariant: a webhook's place moves on only when a message was taken. A message that was tried keeps its id and its
content until then (`sending`), so that a receiver may leave out what it has had. Who is being called is claimed for a
while: several processes may call at once, and one that dies holds nobody up for long.
"""

from __future__ import annotations

import base64
import secrets
import uuid
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Literal
from uuid import UUID

import sqlalchemy as sa
from sqlalchemy import Connection

from destinations.webhook_tables import webhook
from hub.errors import RejectedError

State = Literal["active", "paused", "parked"]

_CLAIM_SECONDS = 60
_FIRST_WAIT, _LONGEST_WAIT = 5, 3_600  # seconds between tries: doubled each time
_NOW = sa.func.clock_timestamp()


@dataclass(frozen=True, slots=True)
class Webhook:
    """A subscription. `kinds` are those of changes that it wants (none named: all of the feed).

    `seen`: the number of the last change it was told of; `attempts` in vain since; `said` what went wrong then.
    parked: it failed for too long, and waits for a person.
    """

    webhook_id: UUID
    url: str
    kinds: tuple[str, ...]
    made_by: str
    made_at: datetime
    state: State
    seen: int
    sending: int | None
    attempts: int
    due_at: datetime
    delivered_at: datetime | None
    said: str | None


@dataclass(frozen=True, slots=True)
class Claimed:
    """A webhook that this process alone may call for a minute."""

    webhook: Webhook
    secret: str
    claim: UUID


def add(conn: Connection, url: str, kinds: Sequence[str], *, by: str, seen: int) -> tuple[Webhook, str]:
    """Subscribe an address (checked by the caller) to what comes after `seen`; gives it with its signing secret.

    The secret is 256 random bits as standardwebhooks writes them; it is shown this once.
    """
    secret = "whsec_" + base64.b64encode(secrets.token_bytes(32)).decode()
    row = {"url": url, "secret": secret, "kinds": sorted(set(kinds)), "made_by": by, "seen": seen}
    made = conn.execute(sa.insert(webhook).values(row).returning(webhook)).one()
    return _webhook(made), secret


def listing(conn: Connection) -> list[Webhook]:
    """All webhooks, oldest first."""
    return [_webhook(row) for row in conn.execute(sa.select(webhook).order_by(webhook.c.made_at, webhook.c.webhook_id))]


def get(conn: Connection, webhook_id: UUID) -> Webhook | None:
    """Give one webhook; None if there is none of this id."""
    row = conn.execute(sa.select(webhook).where(webhook.c.webhook_id == webhook_id)).one_or_none()
    return None if row is None else _webhook(row)


def remove(conn: Connection, webhook_id: UUID) -> bool:
    """Take a webhook out; says whether it was there."""
    return bool(conn.execute(sa.delete(webhook).where(webhook.c.webhook_id == webhook_id)).rowcount)


def set_state(conn: Connection, webhook_id: UUID, state: Literal["active", "paused"]) -> Webhook:
    """Pause a webhook, or let it go on where it stopped, at once. Raises RejectedError where there is none."""
    row = conn.execute(
        sa.update(webhook)
        .where(webhook.c.webhook_id == webhook_id)
        .values(state=state, attempts=0, due_at=_NOW, claim=None)
        .returning(webhook)
    ).one_or_none()
    if row is None:
        raise RejectedError("There is no such webhook.")
    return _webhook(row)


def claim(conn: Connection, last: int) -> Claimed | None:
    """Claim the webhook that is longest due and has not been told of the change `last` yet; None: none is due."""
    chosen = (
        sa.select(webhook.c.webhook_id)
        .where(webhook.c.state == "active", webhook.c.due_at <= _NOW, webhook.c.seen < last)
        .order_by(webhook.c.due_at)
        .limit(1)
        .with_for_update(skip_locked=True)
    )
    row = conn.execute(
        sa.update(webhook)
        .where(webhook.c.webhook_id.in_(chosen))
        .values(claim=uuid.uuid4(), due_at=_later(_CLAIM_SECONDS))
        .returning(webhook)
    ).one_or_none()
    return None if row is None else Claimed(_webhook(row), row.secret, row.claim)


def begin(conn: Connection, claimed: Claimed, sending: int) -> None:
    """Note, before the first try, up to which change the message goes."""
    conn.execute(_mine(claimed).values(sending=sending))


def taken(conn: Connection, claimed: Claimed, seen: int) -> None:
    """Note that the message was taken, or that there was nothing to tell up to `seen`; more may follow at once."""
    conn.execute(
        _mine(claimed).values(
            seen=seen, sending=None, attempts=0, due_at=_NOW, claim=None, delivered_at=_NOW, said=None
        )
    )


def failed(conn: Connection, claimed: Claimed, said: str, *, give_up_hours: float, retry_after: float | None) -> State:
    """Note that the message was not taken, and when to try again; a webhook that fails for too long is parked."""
    attempts = claimed.webhook.attempts + 1
    wait = max(min(_FIRST_WAIT * 2 ** min(attempts - 1, 20), _LONGEST_WAIT), min(retry_after or 0, 24 * 3600))
    state: State = "parked" if _waited(attempts) > give_up_hours * 3600 else "active"
    conn.execute(
        _mine(claimed).values(attempts=attempts, due_at=_later(wait), claim=None, said=said[:500], state=state)
    )
    return state


def park(conn: Connection, claimed: Claimed, said: str) -> None:
    """Try no more until somebody says so."""
    values = {"attempts": claimed.webhook.attempts + 1, "claim": None, "said": said[:500], "state": "parked"}
    conn.execute(_mine(claimed).values(values))


def counts(conn: Connection) -> dict[str, int]:
    """How many webhooks there are in each state."""
    query = sa.select(webhook.c.state, sa.func.count()).group_by(webhook.c.state)
    return {row.state: row[1] for row in conn.execute(query)}


def _mine(claimed: Claimed) -> sa.Update:
    return sa.update(webhook).where(
        webhook.c.webhook_id == claimed.webhook.webhook_id, webhook.c.claim == claimed.claim
    )


def _later(seconds: float) -> Any:
    return _NOW + sa.func.make_interval(0, 0, 0, 0, 0, 0, seconds)


def _waited(attempts: int) -> float:
    """The seconds that so many waits make up."""
    return float(sum(min(_FIRST_WAIT * 2 ** min(i, 20), _LONGEST_WAIT) for i in range(attempts)))


def _webhook(row: Any) -> Webhook:
    return Webhook(
        row.webhook_id,
        row.url,
        tuple(row.kinds),
        row.made_by,
        row.made_at,
        row.state,
        row.seen,
        row.sending,
        row.attempts,
        row.due_at,
        row.delivered_at,
        row.said,
    )
