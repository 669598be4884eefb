"""Writes that may be asked for twice: the answer to a request with an Idempotency-Key is kept, and given again.

The claim, the write and the answer are one transaction. Of two requests at once the second waits for the first one's
end (the primary key makes it), and then gets its answer, or makes the write itself where the first one failed.
"""

from __future__ import annotations

import hashlib
from typing import Any

import sqlalchemy as sa
from sqlalchemy import Connection
from sqlalchemy.dialects.postgresql import JSONB
from sqlalchemy.dialects.postgresql import insert as upsert

from hub.db import OPS, metadata
from hub.errors import RejectedError

KEPT_HOURS = 48
"""For so long an answer is given again."""

_LONGEST = 200

idempotency = sa.Table(
    "idempotency",
    metadata,
    sa.Column("who", sa.Text, primary_key=True),
    sa.Column("key", sa.Text, primary_key=True),
    sa.Column("asked", sa.Text, nullable=False),
    sa.Column("answer", JSONB),
    sa.Column("at", sa.DateTime(timezone=True), nullable=False, server_default=sa.text("clock_timestamp()")),
    sa.Index(None, "at"),
    schema=OPS,
)


class RepeatedKeyError(RejectedError):
    """The key was used for another request."""


def claim(conn: Connection, who: str, key: str, request: bytes) -> dict[str, Any] | None:
    """Claim a key for a request (method, path and body); gives the answer of the first time, None if this is it.

    Raises RepeatedKeyError where the key came with another request, RejectedError for one that is no key.
    """
    if not 1 <= len(key) <= _LONGEST or not key.isascii() or not key.isprintable():
        raise RejectedError(f"An Idempotency-Key has 1 to {_LONGEST} printable ASCII characters.")
    # The request holds a customer's values: its digest is enough to know it again.
    asked = hashlib.sha256(request).hexdigest()
    old = sa.func.clock_timestamp() - sa.text(f"interval '{KEPT_HOURS} hours'")
    conn.execute(sa.delete(idempotency).where(idempotency.c.at < old))
    claimed = upsert(idempotency).values(who=who, key=key, asked=asked).on_conflict_do_nothing()
    if conn.scalar(claimed.returning(idempotency.c.key)) is not None:
        return None
    found = conn.execute(sa.select(idempotency).where(idempotency.c.who == who, idempotency.c.key == key)).one()
    if found.asked != asked:
        raise RepeatedKeyError(
            "This Idempotency-Key came with another request before.", hint="Take a new key for a new request."
        )
    answer: dict[str, Any] = found.answer
    return answer


def keep(conn: Connection, who: str, key: str, answer: dict[str, Any]) -> None:
    """Keep the answer to a claimed key; it names ids, never a customer's values."""
    conn.execute(sa.update(idempotency).where(idempotency.c.who == who, idempotency.c.key == key).values(answer=answer))
