"""Where the next extract of an object begins: cursors and files seen. Moved only after the rows are landed."""

from __future__ import annotations

from collections.abc import Sequence

import sqlalchemy as sa
from sqlalchemy import Connection
from sqlalchemy.dialects.postgresql import insert

from sources.page import SeenFile
from sources.tables import file_seen, watermark


def cursor_of(conn: Connection, system: str, name: str) -> str | None:
    """Give the cursor of an object, None before its first extract."""
    query = sa.select(watermark.c.cursor).where(watermark.c.system == system, watermark.c.object == name)
    return conn.scalar(query)


def files_of(conn: Connection, system: str, name: str) -> list[SeenFile]:
    """Give the files landed for an object, each as it was last."""
    query = sa.select(file_seen.c.name, file_seen.c.content_hash, file_seen.c.size).where(
        file_seen.c.system == system, file_seen.c.object == name
    )
    return [SeenFile(*row) for row in conn.execute(query)]


def move(
    conn: Connection,
    system: str,
    name: str,
    cursor: str | None,
    files: Sequence[SeenFile] = (),
    *,
    all_files: bool = False,
) -> None:
    """Remember how far an object has been read; a cursor of None leaves the old one.

    `all_files`: the files given are all there are now; others are forgotten.
    """
    if all_files:
        gone = file_seen.c.name.not_in([file.name for file in files])
        conn.execute(sa.delete(file_seen).where(file_seen.c.system == system, file_seen.c.object == name, gone))
    if cursor is not None:
        moved = insert(watermark).values(system=system, object=name, cursor=cursor)
        conn.execute(
            moved.on_conflict_do_update(
                index_elements=["system", "object"],
                set_={"cursor": moved.excluded.cursor, "moved_at": sa.func.now()},
            )
        )
    for file in files:
        seen = insert(file_seen).values(system=system, object=name, **file._asdict())
        conn.execute(
            seen.on_conflict_do_update(
                index_elements=["system", "object", "name"],
                set_={
                    "content_hash": seen.excluded.content_hash,
                    "size": seen.excluded.size,
                    "seen_at": sa.func.now(),
                },
            )
        )


def forget(conn: Connection, system: str) -> None:
    """Let the next extract of a system ask for everything again."""
    conn.execute(sa.delete(watermark).where(watermark.c.system == system))
    conn.execute(sa.delete(file_seen).where(file_seen.c.system == system))
