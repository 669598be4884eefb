"""Where two states of a hub part first, in words: the pair, its weights, levels and keys, and how it scores now.

Names records by their keys and never shows a value: what a reader needs beyond that, `hub explain` tells.
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping, Set
from itertools import chain
from typing import Any

import pyarrow as pa
import sqlalchemy as sa
from sqlalchemy import Connection

from hub.config import Config
from hub.errors import HubError
from hub.records import EntityType, RecordKey, canonical_json
from identity import explain, store
from identity.blocking import Value
from identity.explain_steps import NOTHING
from identity.keys import digest
from identity.rebuild import Rebuilt

Edge = dict[str, Any]
_END = (1 << 63, 0)


def lines(found: pa.Table) -> Iterator[tuple[Edge, str]]:
    """Give each edge (pairs.EDGE_SCHEMA) with a line that has all of it, floats to their last bit."""
    alike: dict[str, str] = {}
    for batch in found.to_batches(max_chunksize=50_000):
        for row in batch.to_pylist():
            comparison = row["comparison"]
            if comparison not in alike:
                alike[comparison] = canonical_json(json.loads(comparison))
            keys = ",".join(row["match_keys"])
            weight, probability = row["match_weight"].hex(), row["match_probability"].hex()
            left, right = row["record_l"], row["record_r"]
            yield row, f"{left} {right} {weight} {probability} {alike[comparison]} {keys}\n"


def first(conn: Connection, config: Config, entity_type: EntityType, live: Rebuilt, full: Rebuilt) -> str | None:
    """Say where the live state and a full run part first: by what is glue, then by edges, then by clusters."""
    if live.glue != full.glue:
        return _of_glue(conn, entity_type, live.glue, full.glue)
    end: tuple[Edge | None, str] = (None, "")
    ours, theirs = chain(lines(live.edges), [end]), chain(lines(full.edges), [end])
    for (mine, line), (other, other_line) in zip(ours, theirs, strict=False):
        if line != other_line:
            return _of_edges(conn, config, mine, other)
    for record in sorted(live.clusters.keys() | full.clusters.keys()):
        if live.clusters.get(record) != full.clusters.get(record):
            return _of_clusters(conn, config, record, live.clusters, full.clusters)
    return None


def _of_glue(conn: Connection, entity_type: EntityType, live: Set[Value], full: Set[Value]) -> str:
    kind, key = min(live ^ full)
    holder = conn.scalar(
        sa.text(f"""
            SELECT min(record_id) FROM identity.blocking_key JOIN identity.feature USING (record_id)
            WHERE {digest("kind", "key")} = {digest(":kind", ":key")} AND kind = :kind AND key = :key
              AND entity_type = :type"""),  # noqa: S608 - own words
        {"kind": kind, "key": key, "type": entity_type},
    )
    names = store.keys_of(conn, [holder] if holder else [])
    whose = f"of record {'/'.join(names[holder])}" if holder in names else "that no record has"
    where = "glue in the hub, but not" if (kind, key) in live else "not glue in the hub, but is"
    return f"the {kind} {whose} is {where} by the rule over the present {entity_type} records"


def _of_edges(conn: Connection, config: Config, mine: Edge | None, other: Edge | None) -> str:
    pairs = [(row["record_l"], row["record_r"]) if row else _END for row in (mine, other)]
    if pairs[0] < pairs[1]:
        other = None
    elif pairs[0] > pairs[1]:
        mine = None
    row = mine or other
    assert row is not None  # noqa: S101 - the lines differ, so one is there
    names = store.keys_of(conn, [row["record_l"], row["record_r"]])
    left, right = names[row["record_l"]], names[row["record_r"]]
    both = f"{'/'.join(left)} and {'/'.join(right)}"
    if mine and other:
        said = f"the edge of records {both} is not that of a full run: {'; '.join(_unlike(mine, other))}"
    elif mine:
        said = f"records {both} have an edge in the hub ({_edge(mine)}), but none in a full run"
    else:
        said = f"records {both} have no edge in the hub, but one in a full run ({_edge(row)})"
    return f"{said}. {_now(conn, config, left, right)}"


def _edge(row: Edge) -> str:
    return f"{row['match_weight']:+.2f} bits, found by {', '.join(row['match_keys'])}"


def _unlike(mine: Edge, other: Edge) -> Iterator[str]:
    if mine["match_weight"] != other["match_weight"]:
        # So many digits as a difference in the last bit of a double needs.
        yield f"it weighs {mine['match_weight']!r} bits, there {other['match_weight']!r}"
    elif mine["match_probability"] != other["match_probability"]:
        yield f"its probability is {mine['match_probability']!r}, there {other['match_probability']!r}"
    ours, theirs = json.loads(mine["comparison"]), json.loads(other["comparison"])
    for name in sorted(ours.keys() | theirs.keys()):
        if ours.get(name) != theirs.get(name):
            yield f"{name} is at level {_level(ours.get(name))}, there {_level(theirs.get(name))}"
    if mine["match_keys"] != other["match_keys"]:
        yield f"it was found by {', '.join(mine['match_keys'])}, there by {', '.join(other['match_keys'])}"


def _level(level: int | None) -> str:
    return "none" if level is None else f"{level} ({NOTHING})" if level == -1 else str(level)


def _now(conn: Connection, config: Config, left: RecordKey, right: RecordKey) -> str:
    """Say how the pair scores at this moment by what is stored, comparison by comparison."""
    try:
        told = explain.pair(conn, config, left, right)
    except HubError as error:
        return f"It can't be scored now: {error}"
    steps = [f"{s.comparison} {s.found} {s.weight + s.adjustment:+.2f}" for s in told.steps if s.found != NOTHING]
    # A kind once, however many of its keys they share.
    shared = dict.fromkeys(key.kind if key.status == "used" else f"{key.kind} ({key.status})" for key in told.shared)
    found = (
        f"Scored now they weigh {told.weight:+.2f} bits: prior {told.prior:+.2f}, {', '.join(steps)}; "
        f"they share {', '.join(shared) or 'no key'}"
    )
    notes = [f"a decision says {decision.kind}" for decision in told.decisions] + list(told.certain)
    if told.pending:
        notes.append("one of them is pending")
    return found + "".join(f"; {note}" for note in notes)


def _of_clusters(
    conn: Connection, config: Config, record: int, live: Mapping[int, int], full: Mapping[int, int]
) -> str:
    mine, other = live.get(record), full.get(record)
    names = store.keys_of(conn, [r for r in (record, mine, other) if r is not None])

    def company(name: int | None) -> str:
        if name is None:
            return "in no cluster"
        return "the first of its cluster" if name == record else f"with record {'/'.join(names[name])}"

    said = f"record {'/'.join(names[record])} is {company(mine)} in the hub, {company(other)} in a full run"
    partners = dict.fromkeys(r for r in (mine, other) if r not in (None, record))
    told = [_now(conn, config, names[record], names[r]) for r in partners if r is not None]
    return ". ".join([said, *told])
