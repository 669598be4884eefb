"""How far each destination's planning has come: every statement over `ops.destination_cursor`."""

from __future__ import annotations

import sqlalchemy as sa
from sqlalchemy import Connection
from sqlalchemy.dialects.postgresql import insert

from destinations.tables import destination_cursor


def cursor(conn: Connection, destination: str) -> int:
    """Give the number of the last golden change planned for this destination; 0 before the first."""
    place = sa.select(destination_cursor.c.seq).where(destination_cursor.c.destination == destination)
    return conn.scalar(place) or 0


def advance(conn: Connection, destination: str, seq: int) -> None:
    """Move the destination's cursor forward to `seq`, in the transaction that stores the plan; never back."""
    place = insert(destination_cursor).values(destination=destination, seq=seq)
    conn.execute(
        place.on_conflict_do_update(
            index_elements=["destination"],
            set_={"seq": place.excluded.seq, "moved_at": sa.func.now()},
            where=destination_cursor.c.seq < place.excluded.seq,
        )
    )
