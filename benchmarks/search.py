"""Search before create on the benchmark's base: `python -m benchmarks.search FOLDER`; one look-up at a time.

Each asks for a record that is in the base under another key, as a clerk who types in a known customer does.
"""

from __future__ import annotations

import argparse
import statistics
import time
from pathlib import Path

import sqlalchemy as sa

from benchmarks.measure import measured
from hub.records import RecordKey, SourceRecord, attributes_from_json
from hub.session import Hub, open_hub
from identity.lookup import Lookup

_LOOK_UPS = 300
_WARM = 10  # look-ups before the clock starts: a server's first request pays for the scorer, the others don't


def search(hub: Hub) -> None:
    """Look up records one at a time on one connection; milliseconds."""
    with hub.engine.connect() as conn:
        rows = conn.execute(
            sa.text("""SELECT entity_type, attributes FROM identity.source_record WHERE deleted_at IS NULL
                       ORDER BY md5(record_id::text) LIMIT :n"""),
            {"n": _LOOK_UPS + _WARM},
        ).all()
        records = [
            SourceRecord(RecordKey("", "", ""), row.entity_type, attributes_from_json(row.attributes)) for row in rows
        ]
        lookup = Lookup(hub.config)
        for record in records[:_WARM]:
            lookup.find(conn, record)
        with measured() as clock:
            times, found = [], 0
            for record in records[_WARM:]:
                start = time.perf_counter()
                found += len(lookup.find(conn, record))
                times.append(1000 * (time.perf_counter() - start))
            marks = statistics.quantiles(times, n=100)
            clock.facts |= {
                "p50_ms": round(marks[49], 2),
                "p95_ms": round(marks[94], 2),
                "p99_ms": round(marks[98], 2),
                "candidates": round(found / len(times), 1),
            }
        lookup.close()


def main(arguments: list[str] | None = None) -> None:
    """Run the stage."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("folder", type=Path)
    with open_hub(parser.parse_args(arguments).folder / "hub.yaml") as hub:
        search(hub)


if __name__ == "__main__":
    main()
