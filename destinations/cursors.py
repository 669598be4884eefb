"""How far each destination's planning has come: every statement over `ops.destination_cursor`."""

from __future__ import annotations

import sqlalchemy as sa
from sqlalchemy import Connection
from sqlalchemy.dialects.postgresql import insert

from destinations.tables import destination_cursor


def cursor(conn: Connection, destination: str, grounds: str) -> int:
    """Give the number of the last golden change planned for this destination on these grounds.

    0 before the first, and where the grounds have changed since: then what may be there has to be asked anew of all.
    """
    t = destination_cursor.c
    row = conn.execute(sa.select(t.seq, t.grounds).where(t.destination == destination)).one_or_none()
    return 0 if row is None or row.grounds not in (None, grounds) else int(row.seq)


def advance(conn: Connection, destination: str, seq: int, grounds: str) -> None:
    """Move the destination's cursor forward to `seq`, in the transaction that stores the plan; never back."""
    place = insert(destination_cursor).values(destination=destination, seq=seq, grounds=grounds)
    conn.execute(
        place.on_conflict_do_update(
            index_elements=["destination"],
            set_={"seq": place.excluded.seq, "grounds": grounds, "moved_at": sa.func.now()},
            where=sa.or_(
                destination_cursor.c.seq < place.excluded.seq, destination_cursor.c.grounds.is_distinct_from(grounds)
            ),
        )
    )
