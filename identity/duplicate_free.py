"""Sources that hold no customer twice, by hub.yaml: which of them are in force, and their records.

Invariant: the present clusters were made with the sources in the table; when hub.yaml names others, a round is due.
"""

from __future__ import annotations

from collections.abc import Set

import pyarrow as pa
import sqlalchemy as sa
from sqlalchemy import Connection

from hub.bulk import read_arrow, rows_of
from hub.config import Config

Sources = frozenset[tuple[str, str]]
"""(system, object); the empty system stands for every system that a `system_column` of the object names."""

_OF = "r.object = f.object AND f.system IN (r.system, '')"
_ALONE = pa.schema([("record_id", pa.int64()), ("source", pa.string())])


def configured(config: Config) -> Sources:
    """Give the sources that hub.yaml says are free of duplicates."""
    return frozenset(
        ("" if entry.system_column else system, name)
        for system, settings in config.systems.items()
        for name, entry in settings.objects.items()
        if entry.duplicate_free
    )


def in_force(conn: Connection) -> Sources:
    """Give the sources that the present clusters were made with."""
    rows = conn.execute(sa.text("SELECT system, object FROM identity.duplicate_free"))
    return frozenset((row.system, row.object) for row in rows)


def put_in_force(conn: Connection, sources: Sources) -> None:
    """Let clusters be made with these from now on; records of those that came or went are added to `start_record`."""
    moved = sources ^ in_force(conn)
    if not moved:
        return
    conn.execute(sa.text("DELETE FROM identity.duplicate_free"))
    if sources:
        conn.execute(
            sa.text("INSERT INTO identity.duplicate_free (system, object) VALUES (:system, :object)"),
            [{"system": system, "object": name} for system, name in sorted(sources)],
        )
    conn.execute(
        sa.text(f"""
            INSERT INTO start_record SELECT r.record_id
            FROM unnest(CAST(:systems AS text[]), CAST(:objects AS text[])) AS f (system, object)
            JOIN identity.source_record r ON {_OF}
            JOIN (SELECT record_id FROM identity.crosswalk WHERE valid_to IS NULL
                  UNION SELECT record_id FROM identity.hold_record WHERE open) x ON x.record_id = r.record_id"""),  # noqa: S608 - own words; values are bound
        {"systems": [system for system, _ in moved], "objects": [name for _, name in moved]},
    )


def alone(conn: Connection, staged: str, sources: Set[tuple[str, str]]) -> dict[int, str]:
    """Give record -> source for the records of the temporary table `staged` that come from one of the sources."""
    if not sources:
        return {}
    found = read_arrow(
        conn,
        f"""SELECT n.record_id, r.system || '/' || r.object AS source FROM {staged} n
            JOIN identity.source_record r USING (record_id)
            JOIN unnest(%(systems)s::text[], %(objects)s::text[]) AS f (system, object) ON {_OF}""",  # noqa: S608 - own words; values are bound
        _ALONE,
        {"systems": [system for system, _ in sources], "objects": [name for _, name in sources]},
    )
    return dict(rows_of(found))
