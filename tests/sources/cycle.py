"""One ingest as the flows do it, with a plain table in place of the identity room's: what the tests compare with."""

import json
from dataclasses import dataclass, field
from pathlib import Path

import sqlalchemy as sa
from sqlalchemy import Connection, Engine

from hub.config import Config
from hub.db import make_engine, transaction
from hub.records import RecordKey, SourceRecord
from sources import intake, landing
from sources.landing import Landed
from sources.quarantine import QuarantinedRow


@dataclass
class Ingested:
    """What came of one ingest."""

    landed: Landed
    rows_in: int = 0
    records: dict[tuple[str, str, str], SourceRecord] = field(default_factory=dict)
    quarantined: list[QuarantinedRow] = field(default_factory=list)
    deleted: list[RecordKey] = field(default_factory=list)

    def ids(self, name: str) -> set[str]:
        return {key[2] for key in self.records if key[1] == name}


def config_of(systems: dict[str, object], folder: Path, **more: object) -> Config:
    config = Config.model_validate({"systems": systems, **more})
    config._folder = folder
    return config


def ingest(engine: Engine, config: Config, system: str, home: Path, *, force: bool = False) -> Ingested:
    """Land, settle and take in; what is taken in stands in public.taken afterwards."""
    landed = landing.land(engine, config, system, home, force_deletions=force)
    with transaction(engine) as conn:
        landing.settle(conn, landed)
    return take_in(engine, config, system, landed)


def take_in(engine: Engine, config: Config, system: str, landed: Landed, *, replay: bool = False) -> Ingested:
    result = Ingested(landed)
    with transaction(engine) as conn:
        _make_store(conn)
        due = intake.pending(conn, config, system, replay=replay)
        for batch in intake.read(conn, config, due):
            _store(conn, batch.records, batch.deleted)
            intake.settle(conn, due, batch, None)
            assert batch.rows_in == len(batch.records) + len(batch.quarantined) + len(batch.deleted)
            result.rows_in += batch.rows_in
            result.records.update({tuple(record.key): record for record in batch.records})
            result.quarantined += batch.quarantined
            result.deleted += batch.deleted
        intake.mark(conn, due, None)
    return result


def taken(engine: Engine, name: str) -> dict[str, dict[str, object]]:
    """Give what stands in the store of an object: id -> attributes as the source has them."""
    with engine.connect() as conn:
        rows = conn.execute(sa.text("SELECT id, said FROM public.taken WHERE object = :name"), {"name": name})
        return dict(rows.tuples().all())


def _make_store(conn: Connection) -> None:
    conn.execute(
        sa.text(
            "CREATE TABLE IF NOT EXISTS public.taken"
            " (system text, object text, id text, said jsonb, PRIMARY KEY (system, object, id))"
        )
    )


def _store(conn: Connection, records: list[SourceRecord], deleted: list[RecordKey]) -> None:
    values = [
        {
            "system": record.key.system,
            "object": record.key.object,
            "id": record.key.source_id,
            "said": json.dumps({name: [v.value for v in values] for name, values in record.attributes.items()}),
        }
        for record in records
    ]
    if values:
        conn.execute(
            sa.text(
                "INSERT INTO public.taken VALUES (:system, :object, :id, cast(:said AS jsonb))"
                " ON CONFLICT (system, object, id) DO UPDATE SET said = excluded.said"
            ),
            values,
        )
    if deleted:
        conn.execute(
            sa.text("DELETE FROM public.taken WHERE system = :system AND object = :object AND id = :source_id"),
            [key._asdict() for key in deleted],
        )


def ingest_in_process(url: str, systems: dict[str, object], folder: str, home: str, system: str) -> None:
    """The same in a process of its own, to be killed."""
    engine = make_engine(url)
    ingest(engine, config_of(systems, Path(folder)), system, Path(home))
