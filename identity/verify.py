"""`hub verify`: the promise that incremental equals full, checked on the live state."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from itertools import chain

import pyarrow as pa
from sqlalchemy import Connection

from hub.config import Config
from hub.records import ENTITY_TYPES, EntityType, canonical_json
from identity import crosswalk, edges, pending
from identity.rebuild import Rebuilt, rebuild


@dataclass(frozen=True)
class VerifyReport:
    """The live edges and clusters beside those of a full run over the same records.

    `pending` records have changed since they were resolved: where there are any, a difference may be theirs.
    """

    equal: bool
    records: int
    pending: int
    edges_live: int
    edges_full: int
    clusters_live: int
    clusters_full: int
    digest_live: str
    digest_full: str
    first_difference: str | None


def verify(conn: Connection, config: Config, *, progress: Callable[[str], None] | None = None) -> VerifyReport:
    """Rebuild everything from the stored records and compare; writes nothing that lasts.

    `conn` should see one moment throughout (`hub.db.snapshot`).
    """
    rebuilt, difference = rebuild(conn, config, progress=progress or (lambda _: None))
    live = {entity_type: _live(conn, entity_type) for entity_type in ENTITY_TYPES}
    for entity_type in ENTITY_TYPES:
        difference = difference or _first_difference(live[entity_type], rebuilt[entity_type])
    digests = [_digest(state) for state in (live, rebuilt)]
    return VerifyReport(
        equal=difference is None and digests[0] == digests[1],
        records=sum(len(state.clusters) for state in rebuilt.values()),
        pending=pending.count(conn),
        edges_live=sum(state.edges.num_rows for state in live.values()),
        edges_full=sum(state.edges.num_rows for state in rebuilt.values()),
        clusters_live=sum(len(set(state.clusters.values())) for state in live.values()),
        clusters_full=sum(len(set(state.clusters.values())) for state in rebuilt.values()),
        digest_live=digests[0],
        digest_full=digests[1],
        first_difference=difference,
    )


def _live(conn: Connection, entity_type: EntityType) -> Rebuilt:
    return Rebuilt(edges.read(conn, entity_type), crosswalk.clusters(conn, entity_type))


def _lines(found: pa.Table) -> Iterator[tuple[tuple[int, int], str]]:
    """Give each edge with a line that has all of it, floats to their last bit."""
    alike: dict[str, str] = {}
    for batch in found.to_batches(max_chunksize=50_000):
        for row in batch.to_pylist():
            comparison = row["comparison"]
            if comparison not in alike:
                alike[comparison] = canonical_json(json.loads(comparison))
            keys = ",".join(row["match_keys"])
            weight, probability = row["match_weight"].hex(), row["match_probability"].hex()
            pair = (row["record_l"], row["record_r"])
            yield pair, f"{pair[0]} {pair[1]} {weight} {probability} {alike[comparison]} {keys}\n"


def _digest(states: dict[EntityType, Rebuilt]) -> str:
    found = hashlib.sha256()
    for entity_type in ENTITY_TYPES:
        found.update(f"{entity_type}\n".encode())
        for _, line in _lines(states[entity_type].edges):
            found.update(line.encode())
        for record, name in sorted(states[entity_type].clusters.items()):
            found.update(f"{record} {name}\n".encode())
    return found.hexdigest()


def _first_difference(live: Rebuilt, full: Rebuilt) -> str | None:
    """Say in words where the two part first: by edges, then by clusters."""
    end = ((1 << 63, 0), "")
    ours, theirs = chain(_lines(live.edges), [end]), chain(_lines(full.edges), [end])
    for (pair, line), (other_pair, other_line) in zip(ours, theirs, strict=False):
        if pair < other_pair:
            return f"records {pair[0]} and {pair[1]} have an edge in the hub, but none in a full run"
        if pair > other_pair:
            return f"records {other_pair[0]} and {other_pair[1]} have no edge in the hub, but one in a full run"
        if line != other_line:
            return f"the edge {line.strip()} of the hub is {other_line.strip()} in a full run"
    for record in sorted(live.clusters.keys() | full.clusters.keys()):
        mine, other = live.clusters.get(record), full.clusters.get(record)
        if mine != other:
            return f"record {record} is {_company(record, mine)} in the hub, {_company(record, other)} in a full run"
    return None


def _company(record: int, name: int | None) -> str:
    if name is None:
        return "in no cluster"
    return "the first of its cluster" if name == record else f"with record {name}"
