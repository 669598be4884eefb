"""The change feed: every difference of golden records in the order of commits, from a cursor that a reader keeps.

A cursor names the last change that its reader has seen, with a witness of it. Changes are numbered under the master
lock (`golden_record.outbox`), so none is skipped and none comes out of order; and since none is ever changed, a
witness that still fits says that all before it is as it was. Where it does not, the database has been restored to an
earlier moment and gone another way since: the reader must begin anew.
"""

from __future__ import annotations

import base64
import binascii
import hashlib
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

import sqlalchemy as sa
from sqlalchemy import Connection

from golden_record import outbox
from golden_record.outbox import Change, Kind
from golden_record.tables import change
from hub.errors import RejectedError

CHANNEL = "golden_change"
"""Where PostgreSQL calls when changes were committed (a trigger of the table); a call is a hint, never the news."""

KINDS: tuple[Kind, ...] = ("created", "updated", "merged", "split", "retired")
"""The kinds that the feed tells; a customer that was but touched has the values that it had."""

MOST = 1_000
"""Changes that one page has at most."""

_BEGINNING = 0
_WITNESS = 12  # bytes


class RestoredError(RejectedError):
    """The database is not the one that this cursor comes from, or was restored to a moment before it."""


@dataclass(frozen=True, slots=True)
class Page:
    """Changes, oldest first; `cursor` stands behind the last of them; `more`: there are further ones already."""

    changes: tuple[Change, ...]
    cursor: str
    more: bool


def page(conn: Connection, cursor: str | None, *, limit: int = 100) -> Page:
    """Give the changes behind a cursor; None: from the first one on.

    Raises RejectedError for a cursor that no page gave, RestoredError where what it saw is not there any more.
    """
    seen = _BEGINNING if cursor is None else place_of(conn, cursor)
    changes, place, end = after(conn, seen, max(1, min(limit, MOST)))
    return Page(tuple(changes), cursor_at(conn, place), more=place < end)


def newest(conn: Connection) -> str:
    """Give the cursor behind the last change that there is now."""
    return cursor_at(conn, outbox.last_seq(conn))


def after(conn: Connection, seen: int, limit: int) -> tuple[list[Change], int, int]:
    """Give what the feed tells behind the number `seen`, the number up to which that is all, and that of the end."""
    # The end is read first: what is committed between the two statements is for the next page.
    end = max(outbox.last_seq(conn), seen)
    found = [one for one in outbox.after(conn, seen, limit, kinds=KINDS) if one.seq <= end]
    return found, found[-1].seq if len(found) == limit else end, end


def cursor_at(conn: Connection, seq: int) -> str:
    """Give the cursor behind the change of this number."""
    return _cursor(seq, _witness(conn, seq) or "")


def cursor_behind(one: Change) -> str:
    """Give the cursor behind a change."""
    return _cursor(one.seq, _digest(one.customer_id, one.version, one.kind, one.at))


def _cursor(seq: int, witness: str) -> str:
    return base64.urlsafe_b64encode(f"1.{seq}.{witness}".encode()).decode().rstrip("=")


def place_of(conn: Connection, cursor: str) -> int:
    """Give the number of the last change that a cursor has seen (0: none); raises as `page` does."""
    try:
        said = base64.b64decode(cursor + "=" * (-len(cursor) % 4), altchars=b"-_", validate=True).decode("ascii")
        version, number, witness = said.split(".")
        if version != "1" or not number.isdigit() or len(number) > 18:
            raise ValueError
    except (ValueError, binascii.Error):
        raise RejectedError(
            "This is no cursor of the change feed.", hint="Take the one that the last page gave.", field="cursor"
        ) from None
    seq = int(number)
    if seq != _BEGINNING and (witness == "" or _witness(conn, seq) != witness):
        raise RestoredError(
            "The change that this cursor has seen is not there: the database was restored to an earlier moment.",
            hint="Read all customers anew (export), and the feed from then on.",
            field="cursor",
        )
    return seq


def _witness(conn: Connection, seq: int) -> str | None:
    row = conn.execute(
        sa.select(change.c.customer_id, change.c.version, change.c.kind, change.c.at).where(change.c.seq == seq)
    ).one_or_none()
    return None if row is None else _digest(*row)


def _digest(customer_id: UUID, version: int, kind: str, at: datetime) -> str:
    said = f"{customer_id}|{version}|{kind}|{at.isoformat()}"
    return hashlib.blake2b(said.encode(), digest_size=_WITNESS).hexdigest()
