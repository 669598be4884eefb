"""The hub's stages on generated persons, one a process: `python -m benchmarks.hub_run STAGE FOLDER`.

The database is that of HUB_DATABASE_URL. Stages follow each other in the order in which `benchmarks.run` calls them;
each is the hub's own function, not a copy of it.
"""

from __future__ import annotations

import argparse
import shutil
import statistics
import time
from pathlib import Path
from uuid import UUID

import pyarrow.parquet as pq
import sqlalchemy as sa

from benchmarks.export import export
from benchmarks.loading import import_dlt, load
from benchmarks.measure import Clock, measured
from benchmarks.quality import quality
from destinations import cursors
from flows import publishing, stages
from golden_record import outbox
from golden_record.read import customer
from golden_record.refresh import refresh
from hub import runs
from hub.db import master_lock, snapshot, transaction
from hub.session import Hub, open_hub
from identity import pending, resolver
from sources import landing

_LOOK_UPS = 300
_SETTINGS = """\
systems:
  shop:
    kind: files
    objects:
      customers:
        path: deliveries/*.csv
        delivery: delta
        entity_type: person
        id: id
        modified_at: changed
        country: US
        fields:
          given_name: first
          family_name: last
          birth_date: born
          email: email
          phone: phone
          address: {street: street, postcode: zip, city: city}
  crm: {kind: hubspot, url: "http://127.0.0.1:9", token: none}
destinations:
  crm: {system: crm, purpose: Address customers by their right name, legal_basis: contract, create: true}
"""


def prepare(folder: Path) -> None:
    """Write hub.yaml and bring the database to the present schema."""
    (folder / "hub.yaml").write_text(_SETTINGS)
    with open_hub(folder / "hub.yaml"), measured():
        pass


def land(hub: Hub, folder: Path) -> None:
    """File -> landing: read, compare with what was landed, load by dlt, index."""
    import_dlt(hub)
    with measured() as clock:
        clock.part("read, compare and load")
        landed = landing.land(hub.engine, hub.config, "shop", hub.home)
        clock.part("index and watermark")
        with transaction(hub.engine) as conn:
            landing.settle(conn, landed)
        clock.facts["rows"] = sum(entry.landed for entry in landed.objects)


def take_in(hub: Hub, folder: Path) -> None:
    """Landing -> source records: map, standardise, store with features and keys (a look at the file comes first)."""
    with measured() as clock:
        report = stages.ingest(hub, "shop", _run(hub), lambda _: None)
        clock.facts |= {"rows": report.stored, "quarantined": report.quarantined}


def first(hub: Hub, folder: Path) -> None:
    """Resolve all for the first time: train, candidates, score, cluster, crosswalk."""
    with measured() as clock:
        _resolve(hub, folder, clock)


def frozen(hub: Hub, folder: Path) -> None:
    """Resolve all again with the model as it is, as after a moved bar; marking the records is not counted."""
    with transaction(hub.engine) as conn:
        pending.mark_all(conn, "person")
    with measured() as clock:
        _resolve(hub, folder, clock)


def golden(hub: Hub, folder: Path) -> None:
    """Make the golden records of all customers for the first time."""
    touched = [UUID(text) for text in pq.read_table(folder / "touched.parquet")["customer_id"].to_pylist()]
    with measured() as clock, transaction(hub.engine) as conn:
        master_lock(conn)
        clock.facts["created"] = refresh(conn, hub.config, touched, run_id=_run(hub)).created


def increment(hub: Hub, folder: Path) -> None:
    """Changed rows arrive: load, store, score, recluster, golden records, plan. Imports are done before."""
    import_dlt(hub)
    shutil.copy(folder / "changes.csv", folder / "deliveries" / "second.csv")
    with transaction(hub.engine) as conn:
        cursors.advance(conn, "crm", outbox.last_seq(conn), publishing.grounds(hub, "crm"))
    # Autovacuum would do this within minutes of the full runs; the day's changes come later than that.
    with hub.engine.connect().execution_options(isolation_level="AUTOCOMMIT") as conn:
        conn.execute(sa.text("VACUUM (ANALYZE)"))
    run_id = _run(hub)
    with measured() as clock:
        clock.part("load and store")
        report = stages.ingest(hub, "shop", run_id, lambda _: None)
        done = stages.master(hub, run_id, clock.told)
        clock.part("plan")
        planned = stages.preview(hub, "crm")
        clock.facts |= {"stored": report.stored, "pairs": done.pairs, "planned": len(planned)}


def look_up(hub: Hub, folder: Path) -> None:
    """Read golden records by id, one at a time on one connection; milliseconds."""
    with hub.engine.connect() as conn:
        ids = conn.scalars(
            sa.text("SELECT customer_id FROM identity.customer WHERE status = 'current' ORDER BY md5(customer_id::text)"
                    " LIMIT :n"), {"n": _LOOK_UPS}
        ).all()  # fmt: skip
        with measured() as clock:
            times = []
            for customer_id in ids:
                start = time.perf_counter()
                customer(conn, customer_id)
                times.append(1000 * (time.perf_counter() - start))
            clock.facts |= {"p50_ms": statistics.median(times), "p95_ms": statistics.quantiles(times, n=20)[-1]}


def _resolve(hub: Hub, folder: Path, clock: Clock) -> None:
    run_id = _run(hub)
    clock.part("look for pending records")
    with snapshot(hub.engine) as conn:
        scored = resolver.score(conn, hub.config, progress=clock.told)
    clock.part("settle: edges, clusters, crosswalk")
    with transaction(hub.engine) as conn:
        master_lock(conn)
        settled = resolver.settle(conn, scored, run_id=run_id)
    clock.part("")
    clock.facts |= {"pairs": scored.pairs, "edges": settled.edges, "events": settled.events}
    pq.write_table(settled.touched, folder / "touched.parquet")


def _run(hub: Hub) -> UUID:
    with transaction(hub.engine) as conn:
        return runs.start(conn, "sync", "command")


_ALONE = {"prepare": prepare, "quality": quality}
_STAGES = {f.__name__: f for f in (land, load, take_in, first, frozen, golden, increment, look_up, export)}


def main(arguments: list[str] | None = None) -> None:
    """Run one stage."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("stage", choices=[*_ALONE, *_STAGES])
    parser.add_argument("folder", type=Path)
    given = parser.parse_args(arguments)
    if given.stage in _ALONE:
        _ALONE[given.stage](given.folder)
        return
    with open_hub(given.folder / "hub.yaml") as hub:
        _STAGES[given.stage](hub, given.folder)


if __name__ == "__main__":
    main()
