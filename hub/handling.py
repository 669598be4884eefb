"""What people do with items of the queue: claim, assign, set a day, put off, note. Every statement over task_handling.

Handling never opens or closes an item: its evidence does. Should the same evidence come up again, so does what was
noted. A claim is a courtesy with an end, not a lock: whoever decides first has decided.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Any

import sqlalchemy as sa
from sqlalchemy import Connection
from sqlalchemy.dialects.postgresql import insert

from hub import audit
from hub.errors import RejectedError
from hub.handling_tables import task_handling

CLAIM = timedelta(minutes=20)
"""How long a claim lasts, unless it is renewed: somebody called away doesn't keep an item from the others."""

_LONGEST = 2_000


@dataclass(frozen=True, slots=True)
class Handling:
    """How an item is handled now; an expired claim is none, and neither is a deferral that is over."""

    task_key: str
    assigned_to: str | None = None
    claimed_by: str | None = None
    claimed_until: datetime | None = None
    due_on: date | None = None
    deferred_until: datetime | None = None
    note: str | None = None
    changed_by: str | None = None
    changed_at: datetime | None = None


def of(conn: Connection, keys: Sequence[str]) -> dict[str, Handling]:
    """Give the handling of these items; those that nobody has touched have none."""
    t = task_handling.c
    now = sa.func.clock_timestamp()
    claimed = t.claimed_until > now
    rows = conn.execute(
        sa.select(
            t.task_key,
            t.assigned_to,
            sa.case((claimed, t.claimed_by)).label("claimed_by"),
            sa.case((claimed, t.claimed_until)).label("claimed_until"),
            t.due_on,
            sa.case((t.deferred_until > now, t.deferred_until)).label("deferred_until"),
            t.note,
            t.changed_by,
            t.changed_at,
        ).where(t.task_key == sa.any_(sa.cast(list(keys), sa.ARRAY(sa.Text))))
    )
    return {row.task_key: Handling(*row) for row in rows}


def claim(conn: Connection, key: str, *, by: str, take: bool = False, lasts: timedelta = CLAIM) -> Handling:
    """Say that one is at an item; again to renew it. `take` takes it over from whoever has claimed it.

    Raises RejectedError where somebody else has, by name and time.
    """
    until = sa.func.clock_timestamp() + lasts
    statement = insert(task_handling).values(task_key=key, claimed_by=by, claimed_until=until, changed_by=by)
    free = sa.or_(
        task_handling.c.claimed_until.is_(None),
        task_handling.c.claimed_until <= sa.func.clock_timestamp(),
        task_handling.c.claimed_by == by,
    )
    taken = conn.execute(
        statement.on_conflict_do_update(
            index_elements=["task_key"],
            set_={
                "claimed_by": by,
                "claimed_until": until,
                "changed_by": by,
                "changed_at": sa.func.clock_timestamp(),
            },
            where=sa.true() if take else free,
        ).returning(task_handling.c.task_key)
    ).one_or_none()
    now = of(conn, [key])[key]
    if taken is None:
        raise RejectedError(
            f"{now.claimed_by} is at this item until {now.claimed_until:%H:%M} UTC.",
            hint="Wait, ask, or take it over.",
        )
    _audit(conn, "claim", [key], by)
    return now


def release(conn: Connection, key: str, *, by: str) -> bool:
    """End one's own claim; False where there is none."""
    ended = conn.execute(
        sa.update(task_handling)
        .where(task_handling.c.task_key == key, task_handling.c.claimed_by == by)
        .values(claimed_by=None, claimed_until=None, changed_by=by, changed_at=sa.func.clock_timestamp())
    ).rowcount
    if ended:
        _audit(conn, "release", [key], by)
    return bool(ended)


def assign(conn: Connection, keys: Sequence[str], to: str | None, *, by: str) -> None:
    """Give items to a person, or to nobody (None)."""
    _put(conn, "assign", keys, by, assigned_to=_fit(to, "A name"))


def due(conn: Connection, keys: Sequence[str], on: date | None, *, by: str) -> None:
    """Say by which day items shall be done (None: no day)."""
    _put(conn, "due", keys, by, due_on=on)


def defer(conn: Connection, keys: Sequence[str], until: datetime | None, *, by: str) -> None:
    """Take items out of the queue until a moment (aware; None: not any more). Raises RejectedError for a past one."""
    if until is not None and until <= conn.execute(sa.select(sa.func.clock_timestamp())).scalar_one():
        raise RejectedError("That day is past.", hint="Put it off until a later one.")
    _put(conn, "defer", keys, by, deferred_until=until)


def note(conn: Connection, key: str, text: str | None, *, by: str) -> None:
    """Keep a note with an item for whoever comes to it next (None or empty: none)."""
    _put(conn, "note", [key], by, reason=text or "", note=_fit(text, "A note"))


def people(conn: Connection) -> list[str]:
    """Give everybody to whom an item is assigned."""
    t = task_handling.c
    return list(
        conn.scalars(sa.select(t.assigned_to).where(t.assigned_to.is_not(None)).distinct().order_by("assigned_to"))
    )


def _fit(text: str | None, what: str) -> str | None:
    text = (text or "").strip()
    if len(text) > _LONGEST or "\0" in text:
        raise RejectedError(f"{what} may have {_LONGEST:,} characters, and no NUL.")
    return text or None


def _put(conn: Connection, action: str, keys: Sequence[str], by: str, *, reason: str = "", **values: Any) -> None:
    if not keys:
        return
    values = {**values, "changed_by": by}
    statement = insert(task_handling)
    rows = [{"task_key": key, **values} for key in dict.fromkeys(keys)]
    conn.execute(
        statement.on_conflict_do_update(
            index_elements=["task_key"],
            set_={**{name: statement.excluded[name] for name in values}, "changed_at": sa.func.clock_timestamp()},
        ),
        rows,
    )
    _audit(conn, action, keys, by, reason=reason)


def _audit(conn: Connection, action: str, keys: Sequence[str], by: str, *, reason: str = "") -> None:
    audit.record(conn, who=by, what=f"queue.{action}", on=[f"task:{key}" for key in keys], reason=reason)
