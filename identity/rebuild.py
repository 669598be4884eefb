"""A full run over the present records, beside the live state: features, keys, pairs, edges and clusters from scratch.

It reads the source records, the live model with its bars, certain links and what stewards said; nothing that an
increment left behind.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field, replace
from typing import Any

import pyarrow as pa
import pyarrow.compute as pc
import sqlalchemy as sa
from sqlalchemy import Connection

from hub.bulk import read_arrow, rows_of
from hub.config import Config
from hub.records import ENTITY_TYPES, EntityType, RecordKey, SourceRecord, attributes_from_json
from identity import candidates, duplicate_free, feature_store, glue, glue_words, models_store, standing
from identity.bars import bars_for
from identity.blocking import GlueRule, Value
from identity.clustering import cluster
from identity.features import ARROW_SCHEMA, feature
from identity.pairs import EDGE_SCHEMA
from identity.scoring import score
from identity.staging import stage

_BATCH = 10_000
_PAIRS = pa.schema([("record_l", pa.int64()), ("record_r", pa.int64())])
_LINKS = """
    SELECT k.record_l, k.record_r FROM identity.known_link k
    JOIN identity.source_record l ON l.record_id = k.record_l AND l.deleted_at IS NULL
    JOIN identity.source_record r ON r.record_id = k.record_r AND r.deleted_at IS NULL
        AND r.entity_type = l.entity_type
    WHERE l.entity_type = %(type)s"""


@dataclass
class Rebuilt:
    """A full run of one entity type: edges (EDGE_SCHEMA, by records) and each record's cluster.

    `glue`: the values that the rule suppresses, before stewards' words.
    """

    edges: pa.Table
    clusters: dict[int, int]
    glue: frozenset[Value] = frozenset()


@dataclass
class _Base:
    features: list[pa.Table] = field(default_factory=list)
    keys: list[pa.Table] = field(default_factory=list)

    def add(self, features: pa.Table, keys: pa.Table, entity_type: str) -> None:
        """Add the rows of a batch that are of this type."""
        chosen = features.filter(pc.equal(features["entity_type"], entity_type))
        self.features.append(chosen)
        self.keys.append(keys.filter(pc.is_in(keys["record_id"], value_set=chosen["record_id"].unique())))


def rebuild(
    conn: Connection, config: Config, *, rule: GlueRule | None = None, progress: Callable[[str], None]
) -> tuple[dict[EntityType, Rebuilt], str | None]:
    """Rebuild all that the live models decide; writes nothing. `rule`: what glue is (None: the hub's own rule).

    Gives also the first record whose stored features or keys are not those that its attributes give, in words.
    """
    rule = glue_words.applied(conn, rule or GlueRule())
    bases: dict[str, _Base] = {entity_type: _Base() for entity_type in ENTITY_TYPES}
    difference: str | None = None
    done = 0
    for made, keys in _batches(conn, ENTITY_TYPES):
        features, key_rows = feature_store.feature_table(made), feature_store.key_table(made)
        difference = difference or _unlike_stored(conn, features, key_rows, keys)
        for entity_type, base in bases.items():
            base.add(features, key_rows, entity_type)
        done += len(made)
        progress(f"features made anew: {done:,} records")
    rebuilt = {}
    for entity_type in ENTITY_TYPES:
        progress(f"comparing all {entity_type} records")
        live = models_store.live(conn, entity_type)
        version = live.version if live else None
        rebuilt[entity_type] = _resolve(conn, config, entity_type, version, bases[entity_type], rule)
    return rebuilt, difference


def rebuild_with(
    conn: Connection,
    config: Config,
    entity_type: EntityType,
    versions: Sequence[int],
    *,
    progress: Callable[[str], None],
) -> dict[int, Rebuilt]:
    """Resolve the present records of a type with each of these saved models; writes nothing.

    Gives each model's edges and clusters by its version: what a full run would give if it were live.
    """
    rule = glue_words.applied(conn, GlueRule())
    base = _Base()
    done = 0
    for made, _ in _batches(conn, (entity_type,)):
        base.add(feature_store.feature_table(made), feature_store.key_table(made), entity_type)
        done += len(made)
        progress(f"features made anew: {done:,} {entity_type} records")
    rebuilt = {}
    for version in versions:
        progress(f"comparing all {entity_type} records with model {version}")
        rebuilt[version] = _resolve(conn, config, entity_type, version, base, rule)
    return rebuilt


def _batches(
    conn: Connection, entity_types: Sequence[str]
) -> Iterator[tuple[list[tuple[int, dict[str, Any]]], dict[int, RecordKey]]]:
    """Give the live records' features, made from their stored attributes, and their keys, a batch at a time."""
    last = 0
    while True:
        rows = conn.execute(
            sa.text("""
                SELECT record_id, system, object, source_id, entity_type, attributes FROM identity.source_record
                WHERE deleted_at IS NULL AND entity_type = ANY(:types) AND record_id > :last
                ORDER BY record_id LIMIT :batch"""),
            {"last": last, "batch": _BATCH, "types": list(entity_types)},
        ).all()
        if not rows:
            return
        last = rows[-1].record_id
        keys = {row.record_id: RecordKey(row.system, row.object, row.source_id) for row in rows}
        yield (
            [
                (
                    row.record_id,
                    feature(
                        SourceRecord(keys[row.record_id], row.entity_type, attributes_from_json(row.attributes), None)
                    ),
                )
                for row in rows
            ],
            keys,
        )


def _unlike_stored(conn: Connection, features: pa.Table, keys: pa.Table, names: dict[int, RecordKey]) -> str | None:
    stage(conn, "rebuilt_record", "record_id bigint PRIMARY KEY", features.select(["record_id"]))
    stored = pa.concat_tables([candidates.read_features(conn, t, staged="rebuilt_record") for t in ENTITY_TYPES])
    stored_keys = read_arrow(
        conn,
        "SELECT record_id, kind, key FROM identity.blocking_key JOIN rebuilt_record USING (record_id)",
        candidates.KEYS_SCHEMA,
    )
    for what, made, kept in (
        ("features", _by_record(features), _by_record(stored)),
        ("blocking keys", _by_record(keys), _by_record(stored_keys)),
    ):
        unlike = sorted(record for record in made.keys() | kept.keys() if made.get(record) != kept.get(record))
        if unlike:
            key = names[unlike[0]]
            return f"the {what} of record {'/'.join(key)} are not those that its attributes give"
    return None


def _by_record(rows: pa.Table) -> dict[int, list[str]]:
    """Give each record's rows in a form that can be compared; JSON columns by content, not by spelling."""
    found: dict[int, list[str]] = {}
    for row in rows.to_pylist():
        if "extra" in row:
            row["extra"] = json.loads(row["extra"] or "{}")
        found.setdefault(row["record_id"], []).append(repr(row))
    return {record: sorted(lines) for record, lines in found.items()}


def _resolve(
    conn: Connection, config: Config, entity_type: EntityType, version: int | None, base: _Base, rule: GlueRule
) -> Rebuilt:
    features = pa.concat_tables(base.features) if base.features else ARROW_SCHEMA.empty_table()
    records = features["record_id"].to_pylist()
    if version is None or not records:
        return Rebuilt(EDGE_SCHEMA.empty_table(), {record: record for record in records})
    model = models_store.load(conn, entity_type, version)
    bars = bars_for(config.matching_for(entity_type), model)
    found = glue.find(base.keys, entity_type, rule)
    model = replace(model, keep_weight=bars.keep, junk=model.junk | rule.in_force(found))
    parts = [score(features, pairs, model) for pairs in candidates.among(base.keys, model)]
    edges = pa.concat_tables([EDGE_SCHEMA.empty_table(), *parts]).sort_by(
        [("record_l", "ascending"), ("record_r", "ascending")]
    )
    links = read_arrow(conn, _LINKS, _PAIRS, {"type": entity_type})
    stage(conn, "rebuilt_record", "record_id bigint PRIMARY KEY", features.select(["record_id"]))
    clusters = cluster(
        records,
        list(rows_of(edges.select(["record_l", "record_r", "match_weight"]))),
        list(rows_of(links)),
        link_weight=bars.link,
        constraints=standing.constraints(conn, "rebuilt_record", duplicate_free.configured(config), reached=False),
    )
    return Rebuilt(edges, clusters, frozenset(found))
