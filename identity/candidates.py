"""Which pairs of records are compared: those that share a blocking key that the model uses.

Invariant: a pair's candidacy depends on the keys of its two records, the model and the values suppressed as glue alone,
so the pairs of a full run are those of any sequence of increments.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator

import pyarrow as pa
import pyarrow.compute as pc
from sqlalchemy import Connection

from hub import duck
from hub.bulk import read_arrow, read_ids
from identity import store
from identity.blocking import Value
from identity.features import ARROW_SCHEMA, LIST_COLUMNS, TEXT_COLUMNS
from identity.keys import digest
from identity.model import Model
from identity.pairs import PAIRS_SCHEMA
from identity.staging import stage, stage_values

KEYS_SCHEMA = pa.schema([("record_id", pa.int64()), ("kind", pa.string()), ("key", pa.string())])
_KEYS_OF_RECORD = pa.schema([("record_id", pa.int64()), ("kinds", pa.string()), ("keys", pa.string())])
_APART = "\x1f"  # keys are made of standardised values, which hold no control characters

_KEY_CHUNK = 50_000  # record ids whose keys are read at a time: a record has some twenty
_ROUND_CHUNK = 20_000  # records of an increment whose pairs are held at a time
_PAIR_CHUNK = 4_000_000  # pairs of a full run that are scored at a time

_TOUCHING = f"""
    SELECT least(p.record_id, o.record_id) AS record_l, greatest(p.record_id, o.record_id) AS record_r,
           array_agg(DISTINCT k.kind COLLATE "C" ORDER BY k.kind COLLATE "C") AS match_keys
    FROM chunk_record p
    -- OFFSET 0 keeps each step a look-up by index, whatever the planner thinks of the sizes.
    CROSS JOIN LATERAL (SELECT kind, key FROM identity.blocking_key
                        WHERE record_id = p.record_id AND kind = ANY(%(kinds)s) OFFSET 0) k
    CROSS JOIN LATERAL (SELECT record_id FROM identity.blocking_key
                        WHERE {digest("kind", "key")} = {digest("k.kind", "k.key")}
                          AND kind = k.kind AND key = k.key AND record_id <> p.record_id OFFSET 0) o
    CROSS JOIN LATERAL (SELECT FROM identity.feature
                        WHERE record_id = o.record_id AND entity_type = %(type)s OFFSET 0) f
    WHERE NOT EXISTS (SELECT FROM identity.model_junk j
                      WHERE j.entity_type = %(type)s AND j.version = %(version)s AND j.kind = k.kind AND j.key = k.key)
      AND NOT EXISTS (SELECT FROM glue_key g WHERE g.kind = k.kind AND g.key = k.key)
      -- Of two records of the round, the lower one brings the pair.
      AND NOT EXISTS (SELECT FROM round_live r WHERE r.record_id = o.record_id AND o.record_id < p.record_id)
    GROUP BY p.record_id, o.record_id"""  # noqa: S608 - own words


# A record that the hub created is nothing but its own words until somebody edits it there. It is no evidence of how
# matches fare in this base: taken for one of a customer's records, it would be a match that nothing can find.
_BLANK = " AND ".join(
    [
        *(f"f.{name} IS NULL" for name in TEXT_COLUMNS),
        *(f"coalesce(cardinality(f.{name}), 0) = 0" for name in LIST_COLUMNS),
        "coalesce(f.extra, '{}') = '{}'",
    ]
)
EVIDENCE = f"""
    NOT ({_BLANK} AND (EXISTS (SELECT FROM identity.known_link k WHERE k.record_l = f.record_id)
                       OR EXISTS (SELECT FROM identity.known_link k WHERE k.record_r = f.record_id)))"""  # noqa: S608 - own words
"""The condition on `identity.feature f` by which a record is one to learn from."""


def read_evidence(conn: Connection, entity_type: str) -> pa.Table:
    """Read the features of all records of a type that there is something to learn from."""
    return _read(conn, entity_type, f"WHERE {EVIDENCE} AND")


def without_evidence(conn: Connection, entity_type: str) -> set[int]:
    """Give the records of a type that the hub has created and nobody has edited since."""
    blank = f"SELECT record_id FROM identity.feature f WHERE NOT ({EVIDENCE}) AND entity_type = %(type)s"  # noqa: S608 - own words
    return set(read_ids(conn, blank, {"type": entity_type}).to_pylist())


def read_features(conn: Connection, entity_type: str, *, staged: str | None = None) -> pa.Table:
    """Read the features of all records of a type, or of those in the temporary table `staged` (record_id)."""
    return _read(conn, entity_type, f"JOIN {staged} USING (record_id) WHERE" if staged else "WHERE")


def _read(conn: Connection, entity_type: str, restrict: str) -> pa.Table:
    columns = ", ".join(f"f.{name}" if name != "record_id" else name for name in ARROW_SCHEMA.names)
    return read_arrow(
        conn,
        f"SELECT {columns} FROM identity.feature f {restrict} entity_type = %(type)s",  # noqa: S608 - own words
        ARROW_SCHEMA,
        {"type": entity_type},
    )


def read_keys(conn: Connection, entity_type: str, kinds: tuple[str, ...] | None = None) -> Iterator[pa.Table]:
    """Read the blocking keys (KEYS_SCHEMA) of all records of a type, a part at a time; `kinds` None: of every kind."""
    for start in range(0, store.about_how_many(conn) + 1, _KEY_CHUNK):
        # A row a record, not one a key: COPY hands rows to Python one by one, and that is what costs.
        found = read_arrow(
            conn,
            # The type is asked for before the keys are gathered: a join with the gathered ones, of tables that were
            # filled just now and that the planner takes for empty, would gather all of them anew for each record.
            """SELECT record_id, string_agg(kind, %(apart)s) AS kinds, string_agg(key, %(apart)s) AS keys
               FROM identity.blocking_key k
               WHERE (%(kinds)s::text[] IS NULL OR kind = ANY(%(kinds)s))
                 AND record_id >= %(start)s AND record_id < %(end)s
                 -- The range once more, or the planner may read all features for each part.
                 AND EXISTS (SELECT FROM identity.feature f WHERE f.record_id = k.record_id AND entity_type = %(type)s
                               AND f.record_id >= %(start)s AND f.record_id < %(end)s)
               GROUP BY record_id""",
            _KEYS_OF_RECORD,
            {
                "type": entity_type,
                "kinds": list(kinds) if kinds is not None else None,
                "start": start,
                "end": start + _KEY_CHUNK,
                "apart": _APART,
            },
        )
        kinds_of, keys_of = (pc.split_pattern(found[name], _APART) for name in ("kinds", "keys"))
        places = pc.list_parent_indices(keys_of)
        columns = [found["record_id"].take(places), pc.list_flatten(kinds_of), pc.list_flatten(keys_of)]
        yield pa.table(columns, schema=KEYS_SCHEMA)


def touching(
    conn: Connection, model: Model, records: pa.Array, suppressed: Iterable[Value] = ()
) -> Iterator[tuple[pa.Table, pa.Table]]:
    """Give the pairs that touch the given live records, with the features they need, a part at a time.

    `model` is a saved one; the `suppressed` keys bring no pair, beside those that it froze as junk. Each pair comes
    once (PAIRS_SCHEMA). The cost follows the number of records given: keys are looked up by index, and the rest of the
    base is not read.
    """
    stage(conn, "round_live", "record_id bigint PRIMARY KEY", pa.table({"record_id": records}))
    stage_values(conn, "glue_key", suppressed)
    for start in range(0, len(records), _ROUND_CHUNK):
        part = pa.table({"record_id": records.slice(start, _ROUND_CHUNK)})
        stage(conn, "chunk_record", "record_id bigint PRIMARY KEY", part)
        pairs = read_arrow(
            conn,
            _TOUCHING,
            PAIRS_SCHEMA,
            {"kinds": list(model.key_kinds), "type": model.entity_type, "version": model.version},
        )
        ends = pa.chunked_array([*pairs["record_l"].chunks, *pairs["record_r"].chunks], pa.int64()).unique()
        stage(conn, "paired_record", "record_id bigint PRIMARY KEY", pa.table({"record_id": ends}))
        yield pairs, read_features(conn, model.entity_type, staged="paired_record")


def among(keys: Iterable[pa.Table], model: Model) -> Iterator[pa.Table]:
    """Give all pairs of a base from its keys (KEYS_SCHEMA, in parts), a part at a time, each once (PAIRS_SCHEMA)."""
    con = duck.connect()
    try:
        con.register(
            "junk",
            pa.table(
                {
                    "kind": pa.array([kind for kind, _ in model.junk], pa.string()),
                    "key": pa.array([key for _, key in model.junk], pa.string()),
                }
            ),
        )
        # A kind goes by its place among the names in order: a byte, where its name takes sixteen.
        names = sorted(model.key_kinds)
        con.execute("CREATE TABLE all_keys (record_id BIGINT, kind UTINYINT, key VARCHAR)")
        for part in keys:
            con.register("some_keys", part)
            con.execute(
                """
                INSERT INTO all_keys SELECT record_id, list_position(?, kind), key
                FROM some_keys k ANTI JOIN junk j ON j.kind = k.kind AND j.key = k.key WHERE list_contains(?, kind)
                """,
                [names, names],
            )
            con.unregister("some_keys")
        # Joining numbers of groups, of keys that more than one record holds, is far cheaper than joining all the texts.
        con.execute(
            """
            CREATE TABLE used AS
            WITH shared AS (
                SELECT kind, key, row_number() OVER () AS place FROM all_keys GROUP BY kind, key HAVING count(*) > 1
            )
            SELECT record_id, kind, place FROM all_keys JOIN shared USING (kind, key)
            """
        )
        con.execute("DROP TABLE all_keys")
        con.execute(
            """
            CREATE TABLE pair AS
            SELECT record_l, record_r, list_transform(kinds, lambda kind: ?[kind]) AS match_keys FROM (
                SELECT l.record_id AS record_l, r.record_id AS record_r, list(DISTINCT l.kind ORDER BY l.kind) AS kinds
                FROM used l JOIN used r ON l.place = r.place AND l.record_id < r.record_id
                GROUP BY l.record_id, r.record_id)
            """,
            [names],
        )
        con.execute("DROP TABLE used")
        total = con.sql("SELECT count(*) FROM pair").fetchall()[0][0]
        for start in range(0, total, _PAIR_CHUNK):
            part = con.sql(
                "SELECT * FROM pair WHERE rowid >= ? AND rowid < ?", params=[start, start + _PAIR_CHUNK]
            ).to_arrow_table()
            yield part.cast(PAIRS_SCHEMA)
    finally:
        con.close()


def full(conn: Connection, model: Model) -> Iterator[tuple[pa.Table, pa.Table]]:
    """Give all pairs of the base with the features they need, a part at a time."""
    features = read_features(conn, model.entity_type)
    for pairs in among(read_keys(conn, model.entity_type, model.key_kinds), model):
        yield pairs, features
