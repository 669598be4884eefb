"""Placeholders on one record in twenty, and bridges between dense clusters: `python -m benchmarks.glue`.

Two hubs of the same persons resolve for the first time, one as they are, one with what clerks type where a customer
says nothing. Nobody may be merged for it, and the comparing may cost a tenth more at most. Then bridges and second tax
numbers come to that hub: what clustering does not keep apart itself must be held. See benchmarks/README.md.
"""

from __future__ import annotations

import argparse
import json
import os
import random
import sys
import tempfile
import time
from collections import Counter
from collections.abc import Iterable
from itertools import combinations
from pathlib import Path
from typing import Any

import sqlalchemy as sa

from benchmarks.customers import persons, save
from benchmarks.held import check as held_as_planted
from benchmarks.planted import DENSE, base, bridge, placeholders
from benchmarks.week import SETTINGS
from hub.db import make_engine, master_lock, snapshot, transaction
from hub.migrate import migrate
from hub.postgres import EmbeddedPostgres
from hub.session import Hub, open_hub
from identity import glue, glue_list, holds, resolver
from identity.placeholders import is_placeholder_email

_SETTINGS = SETTINGS + "release: {unique_identifiers: [tax]}\n"


def resolve(hub: Hub) -> dict[str, Any]:
    """Resolve what is pending; gives the seconds, the pairs compared and the holds."""
    start = time.perf_counter()
    with snapshot(hub.engine) as conn:
        scored = resolver.score(conn, hub.config)
    with transaction(hub.engine) as conn:
        master_lock(conn)
        settled = resolver.settle(conn, scored)
        held, listed = holds.count(conn), holds.listing(conn)
    found = {"seconds": round(time.perf_counter() - start, 1), "pairs": scored.pairs, "edges": settled.edges}
    return found | {"held": held, "held for": dict(Counter(reason for one in listed for reason in one.reasons))}


def customers(hub: Hub) -> dict[str, str]:
    """Give each record's customer."""
    with hub.engine.connect() as conn:
        rows = conn.execute(
            sa.text("""
                SELECT source_id, customer_id::text AS customer FROM identity.crosswalk
                JOIN identity.source_record USING (record_id) WHERE valid_to IS NULL""")
        )
        return {row.source_id: row.customer for row in rows}


def together(whose: dict[str, str], among: Iterable[str]) -> set[tuple[str, str]]:
    """Give the pairs of these records that are one customer."""
    found: dict[str, list[str]] = {}
    for source_id in sorted(among):
        if source_id in whose:
            found.setdefault(whose[source_id], []).append(source_id)
    return {pair for members in found.values() for pair in combinations(members, 2)}


def compare(folder: Path, rows: int, seed: int) -> bool:
    """Resolve both hubs; prints a line of JSON for each step and gives whether all of it is as it should be."""
    (folder / "hub.yaml").write_text(_SETTINGS)
    people, truth = persons(rows, seed)
    changed, holders = placeholders(people, random.Random(seed))
    with EmbeddedPostgres(folder / "postgres").running() as server:
        _copy(server, "clean", None)
        engine = make_engine(server.url("clean"))
        migrate(engine)
        save(engine, [*people.items(), *base().items()])
        engine.dispose()
        _copy(server, "planted", "clean")
        found, whose = {}, {}
        for name, more in (("clean", {}), ("planted", changed)):
            os.environ["HUB_DATABASE_URL"] = server.url(name)
            with open_hub(folder / "hub.yaml") as hub:
                save(hub.engine, more.items())
                found[name], whose[name] = resolve(hub), customers(hub)
                _say(name, found[name])
        with open_hub(folder / "hub.yaml") as hub:
            with hub.engine.connect() as conn:
                suppressed = {key for _, key in glue.suppressed(conn, "person")}
                listed = {one.key: one.records for one in glue_list.listing(conn) if one.suppressed}
            save(hub.engine, bridge().items())
            bridged = resolve(hub)
            after = customers(hub)
            _say("bridge", bridged)
            held = held_as_planted(hub, _say)
    wrong = {
        pair
        for members in holders.values()
        for pair in together(whose["planted"], members) - together(whose["clean"], members)
        if truth[pair[0]] != truth[pair[1]]
    }
    mixed = {after[f"ada{i}"] for i in range(DENSE)} & {after[f"otto{i}"] for i in range(DENSE)}
    known = {value for value in holders if "@" in value and is_placeholder_email(value)}
    keys = {value if "@" in value else "".join(filter(str.isdigit, value))[-9:] for value in holders.keys() - known}
    ratio = found["planted"]["pairs"] / found["clean"]["pairs"]
    _say("result", {
        "planted on": len(changed), "known": sorted(known),
        "suppressed": {key: listed[key] for key in sorted(keys & suppressed)},
        "not suppressed": sorted(keys - suppressed), "wrong merges": len(wrong),
        "pairs, by the clean run": round(ratio, 4), "merged by the bridge": bool(mixed), "held as they must be": held,
    })  # fmt: skip
    return held and not wrong and not mixed and not keys - suppressed and ratio <= 1.1


def _copy(server: EmbeddedPostgres, name: str, template: str | None) -> None:
    admin = sa.create_engine(server.url("postgres"), isolation_level="AUTOCOMMIT")
    with admin.connect() as conn:
        conn.exec_driver_sql(f'CREATE DATABASE "{name}"' + (f' TEMPLATE "{template}"' if template else ""))
    admin.dispose()


def _say(step: str, facts: dict[str, Any]) -> None:
    print(json.dumps({"step": step} | facts), flush=True)


def main() -> None:
    """Compare; the exit code says whether all is as it should be."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--rows", type=int, default=100_000)
    parser.add_argument("--seed", type=int, default=1)
    given = parser.parse_args()
    with tempfile.TemporaryDirectory(prefix="hub-glue-") as folder:
        fine = compare(Path(folder), given.rows, given.seed)
    sys.exit(0 if fine else 1)


if __name__ == "__main__":
    main()
