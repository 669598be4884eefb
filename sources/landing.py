"""Landing: ask a system for what it has, compare with what was landed, and load what differs.

Nothing is committed by the hub here but by dlt: `land` reads and loads, and the caller then moves the watermarks by
`settle` in a transaction of its own. A process killed in between extracts the same rows again, finds them landed, and
goes on.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

from sqlalchemy import Connection, Engine

from hub import duck
from hub.config import Config
from hub.db import only_one
from hub.feed import Feed
from sources import landing_table, loader, watermark
from sources.gathering import Gathered, gather
from sources.page import FeedKind, Request, SeenFile, line_id
from sources.registry import effective, source_of

_HELD_SHARE = 5  # a run that misses more than one of five known rows is held, not read as deletions


@dataclass(frozen=True, slots=True)
class LandedObject:
    """What came of one object.

    `read` = `landed` + `unchanged` + `repeated` (read twice in this extract, the later one counts); `deleted` keys
    vanished and `held` ones would have been deleted had they not been too many.
    """

    name: str
    read: int = 0
    landed: int = 0
    unchanged: int = 0
    repeated: int = 0
    deleted: int = 0
    held: int = 0
    cursor: str | None = None
    files: tuple[SeenFile, ...] = ()
    complete: bool = False


@dataclass(frozen=True, slots=True)
class Landed:
    """What came of landing a system; `load_id` None: nothing had changed."""

    system: str
    objects: tuple[LandedObject, ...]
    load_id: str | None = None


def land(
    engine: Engine,
    config: Config,
    system: str,
    home: Path,
    *,
    feed: FeedKind = "records",
    force_deletions: bool = False,
) -> Landed:
    """Land what is new in a system. `force_deletions` lets a run delete more than a fifth of the known rows.

    Raises RetryableError where the system or another run is busy, SettingsError where it refuses us.
    """
    folder = home / "dlt"
    loader.prepare_dlt(folder)
    with only_one(engine, f"landing of {system}"), duck.connect() as calculator:
        objects: list[LandedObject] = []
        tables: dict[str, loader.NewRows] = {}
        for name, entry in effective(config, system, feed).items():
            request = _request(engine, config, system, name, entry)
            gathered = gather(source_of(config, system).read(request), calculator, name)
            landed = _compare(engine, system, gathered, force_deletions=force_deletions)
            objects.append(landed)
            if gathered.has_changes:
                table = landing_table.table_name(system, name)
                tables[table] = loader.NewRows(gathered.changes(datetime.now(UTC)), first=not _there(engine, table))
        load_id = loader.load(engine, folder, system, tables, feed) if tables else None
    return Landed(system, tuple(objects), load_id)


def settle(conn: Connection, landed: Landed) -> None:
    """Move the watermarks behind what was landed; where deletions are held they stay, so that all is compared again."""
    for entry in landed.objects:
        landing_table.index(conn, landing_table.table_name(landed.system, entry.name))
        if not entry.held:
            whole = entry.complete and bool(entry.files)
            watermark.move(conn, landed.system, entry.name, entry.cursor, entry.files, all_files=whole)


def _there(engine: Engine, table: str) -> bool:
    with engine.connect() as conn:
        return landing_table.exists(conn, table)


def _request(engine: Engine, config: Config, system: str, name: str, entry: Feed) -> Request:
    with engine.connect() as conn:
        return Request(
            system_name=system,
            system=config.systems[system],
            name=name,
            entry=entry,
            cursor=watermark.cursor_of(conn, system, name),
            seen=watermark.files_of(conn, system, name),
            folder=config.folder,
        )


def _compare(engine: Engine, system: str, gathered: Gathered, *, force_deletions: bool) -> LandedObject:
    """Keep of what was gathered what differs from landing, and add what vanished."""
    table = landing_table.table_name(system, gathered.name)
    deleted = held = 0
    landed = gathered.rows
    with engine.connect() as conn:  # reads alone: its temporary table is rolled back
        if landing_table.exists(conn, table):
            landing_table.stage(conn, gathered.hashes())
            landed = gathered.keep(landing_table.changed_ids(conn, table))
            if gathered.complete:
                landing_table.stage_keys(conn, gathered.keys())
                gone = landing_table.vanished(conn, table)
                deleted, held = gathered.add_deletions(
                    gone, landing_table.live_keys(conn, table), _HELD_SHARE, force_deletions
                )
            else:
                for file in gathered.files:
                    gathered.add_settled_places(landing_table.vanished(conn, table, line_id(file.name)))
    return LandedObject(
        name=gathered.name,
        read=gathered.read,
        landed=landed,
        unchanged=gathered.rows - landed,
        repeated=gathered.read - gathered.rows,
        deleted=deleted,
        held=held,
        cursor=gathered.cursor,
        files=tuple(gathered.files),
        complete=gathered.complete,
    )
