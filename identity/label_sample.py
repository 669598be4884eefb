"""Which pairs to ask a person about: a sample from all that the hub compares or puts together, by strata of the weight.

The population is every pair that shares a blocking key or a customer, but for records that the hub has created itself:
they hold nothing that anybody could judge. It is cut by what the hub decided and how sure
it was, and each stratum gives the same number of pairs, so that what was linked, what waits for review and what was
rejected are all looked at, also the pairs within large clusters that no edge connects. Each pair stands for as many
pairs as its stratum has for each one judged. Matches that share no key at all are in no sample: they are too few among
too many.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace

import pyarrow as pa
from sqlalchemy import Connection

from hub import duck
from hub.bulk import read_arrow
from hub.errors import RejectedError
from hub.records import EntityType
from identity import candidates, crosswalk, glue, models_store
from identity.bars import Bars

Progress = Callable[[str], None]

STRATA = (
    "one customer, far above the link threshold",
    "one customer, above the link threshold",
    "one customer, just above the link threshold",
    "one customer by way of other records",
    "two customers, above the link threshold",
    "two customers, for review",
    "two customers, just below review",
    "two customers, below review",
    "two customers, far below review",
)
"""What the strata are, by number."""
UNKEPT = len(STRATA) - 1
"""The stratum of pairs without an edge in two customers: by far the most, and nearly all of them strangers."""

_FAR, _NEAR, _BELOW = 8.0, 3.0, 3.0  # bits above the link bar, and below the review bar
_EDGES = pa.schema([("record_l", pa.int64()), ("record_r", pa.int64()), ("match_weight", pa.float64())])


@dataclass(frozen=True)
class Drawn:
    """A sample: SAMPLE rows in the order to be asked, and the model whose work it measures."""

    rows: pa.Table
    model_version: int


def draw(conn: Connection, entity_type: EntityType, size: int, *, seed: int, progress: Progress) -> Drawn:
    """Draw about `size` pairs: record_l, record_r, stratum, stratum_pairs, together, match_weight, place.

    The same base and `seed` give the same sample. Raises RejectedError where nothing is resolved yet.
    """
    live = models_store.live(conn, entity_type)
    if live is None or live.bars is None:
        raise RejectedError(f"No {entity_type} records are resolved yet.", hint="Take records in first: hub sync")
    model = models_store.load(conn, entity_type, live.version)
    model = replace(model, junk=model.junk | glue.suppressed(conn, entity_type))
    edges = read_arrow(
        conn,
        "SELECT record_l, record_r, match_weight FROM identity.edge WHERE entity_type = %(type)s",
        _EDGES,
        {"type": entity_type},
    )
    blank = candidates.without_evidence(conn, entity_type)
    clusters = {r: name for r, name in crosswalk.clusters(conn, entity_type).items() if r not in blank}
    con = duck.connect()
    try:
        con.execute("CREATE TABLE candidate (record_l BIGINT, record_r BIGINT)")
        for pairs in candidates.among(candidates.read_keys(conn, entity_type, model.key_kinds), model):
            con.register("part", pairs)
            con.execute("INSERT INTO candidate SELECT record_l, record_r FROM part")
            con.unregister("part")
            progress(f"listing the pairs that share a key: {pairs.num_rows:,} more")
        con.register("edge", edges)
        con.register(
            "member",
            pa.table(
                {"record_id": pa.array(clusters.keys(), pa.int64()), "cluster": pa.array(clusters.values(), pa.int64())}
            ),
        )
        drawn = con.sql(_DRAW.format(stratum=_stratum(live.bars)), params=[seed, size])
        rows = drawn.to_arrow_table()
    finally:
        con.close()
    return Drawn(rows, live.version)


def _stratum(bars: Bars) -> str:
    return f"""CASE
        WHEN together AND match_weight >= {bars.link + _FAR!r} THEN 0
        WHEN together AND match_weight >= {bars.link + _NEAR!r} THEN 1
        WHEN together AND match_weight >= {bars.link!r} THEN 2
        WHEN together THEN 3
        WHEN match_weight >= {bars.link!r} THEN 4
        WHEN match_weight >= {bars.review!r} THEN 5
        WHEN match_weight >= {bars.review - _BELOW!r} THEN 6
        WHEN match_weight IS NOT NULL THEN 7
        ELSE {UNKEPT} END"""


# Equal shares; what a small stratum can't give goes to the others: a rank is taken while all up to it fit the size.
_DRAW = """
    WITH pair AS (
        SELECT record_l, record_r FROM candidate
        UNION
        SELECT l.record_id, r.record_id FROM member l
        JOIN member r ON l.cluster = r.cluster AND l.record_id < r.record_id
    ), judged AS (
        SELECT p.record_l, p.record_r, l.cluster = r.cluster AS together, e.match_weight
        FROM pair p JOIN member l ON l.record_id = p.record_l JOIN member r ON r.record_id = p.record_r
        LEFT JOIN edge e ON e.record_l = p.record_l AND e.record_r = p.record_r
    ), cut AS (SELECT *, {stratum} AS stratum FROM judged
    ), ranked AS (
        SELECT *, count(*) OVER (PARTITION BY stratum) AS stratum_pairs,
            row_number() OVER (PARTITION BY stratum ORDER BY hash(record_l, record_r, ?), record_l, record_r) AS rank
        FROM cut
    )
    SELECT record_l, record_r, stratum::INTEGER AS stratum, stratum_pairs::BIGINT AS stratum_pairs, together,
        match_weight, place::INTEGER AS place
    FROM (SELECT *, row_number() OVER (ORDER BY rank, stratum) AS place FROM ranked)
    WHERE place <= ? ORDER BY place"""
