"""dlt's loading of the benchmark's rows, beside plain COPY: the stage `load` of `benchmarks.hub_run`."""

from __future__ import annotations

import json
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pyarrow as pa
import sqlalchemy as sa

from benchmarks.measure import measured
from hub import duck
from hub.bulk import read_arrow, write_arrow
from hub.db import transaction
from hub.session import Hub
from sources import landing_table, loader
from sources.gathering import gather
from sources.page import Page, delivered

_DICTS, _API_PAGE = 100_000, 1_000
_LANDED = pa.schema(
    [
        ("id", pa.string()),
        ("payload", pa.string()),
        ("deleted", pa.bool_()),
        ("cursor", pa.string()),
        ("line", pa.int64()),
        ("problem", pa.string()),
        ("extracted_at", pa.timestamp("us", "UTC")),
    ]
)


def load(hub: Hub, folder: Path) -> None:
    """The landed rows once more: as Arrow by dlt into a new table and by plain COPY beside it, merged, and as dicts."""
    import_dlt(hub)
    with hub.engine.connect() as conn:
        rows = read_arrow(conn, f"SELECT * FROM landing.{landing_table.table_name('shop', 'customers')}", _LANDED)
    pages = rows.to_batches(100_000)
    dicts = [json.loads(payload) for payload in rows["payload"].slice(0, _DICTS).to_pylist()]
    with duck.connect() as calculator, measured(rows=rows.num_rows, dicts=len(dicts)) as clock:
        clock.part("dlt append")
        given = (pa.Table.from_batches([page]) for page in pages)
        loader.load(hub.engine, hub.home / "dlt", "bench", {"bench__rows": loader.NewRows(given, first=True)})
        clock.part("raw COPY")
        with transaction(hub.engine) as conn:
            conn.execute(sa.text("CREATE TABLE bench_raw (LIKE landing.bench__rows)"))
            for name in ("_dlt_load_id", "_dlt_id"):
                conn.execute(sa.text(f"ALTER TABLE bench_raw DROP COLUMN IF EXISTS {name}"))
            for page in pages:
                write_arrow(conn, "bench_raw", pa.Table.from_batches([page]))
        clock.part("dlt merge")
        given = (pa.Table.from_batches([page]) for page in pages)
        loader.load(hub.engine, hub.home / "dlt", "bench", {"bench__rows": loader.NewRows(given, first=False)})
        clock.part("dicts")
        gathered = gather(_as_api(dicts), calculator, "api")
        changes = gathered.changes(datetime.now(UTC))
        loader.load(hub.engine, hub.home / "dlt", "bench", {"bench__api": loader.NewRows(changes, first=True)})
        clock.part("")
    with transaction(hub.engine) as conn:
        conn.execute(sa.text("DROP TABLE bench_raw, landing.bench__rows, landing.bench__api"))


def _as_api(rows: list[dict[str, Any]]) -> Iterator[Page]:
    for first in range(0, len(rows), _API_PAGE):
        yield Page(delivered((row["id"], row, False) for row in rows[first : first + _API_PAGE]))


def import_dlt(hub: Hub) -> None:
    """Import dlt before the clock starts."""
    loader.prepare_dlt(hub.home / "dlt")
    import dlt.destinations  # noqa: F401 - two seconds that a process pays once
