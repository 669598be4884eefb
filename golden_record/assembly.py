"""From verdicts on candidates to golden records as they are stored: attributes, origins and a content hash.

The JSON is put together from sorted rows, run by run: aggregates with an order of their own take several times as long.
"""

from __future__ import annotations

import pyarrow as pa
import pyarrow.compute as pc
from duckdb import DuckDBPyConnection

GOLDEN = pa.schema(
    [
        ("customer_id", pa.string()),
        ("entity_type", pa.string()),
        ("attributes", pa.string()),
        ("origins", pa.string()),
        ("content_hash", pa.string()),
    ]
)
"""Golden records: attributes as in `hub.records`, primary value first; origins as `golden_record.origins` has them."""

# An origin is [number of the record, rule], and the value where it lost: a winner's is the golden one. Of a child made
# of several records' parts, the origins of those follow.
_JUDGED = """
    SELECT c.cid, c.attribute, v.won,
        CASE WHEN v.won THEN '{{"value":' || c.value || ',"standard":' || coalesce(c.standard, 'null') || '}}' END
            AS golden,
        '[' || c.record || ',"' || v.rule
            || CASE WHEN v.won THEN '"' {parts} || ']' ELSE '",' || c.value || ']' END AS origin
    FROM contribution c JOIN verdict v USING (cid, unit, record, ordinal) {join}
    ORDER BY c.cid, c.attribute, v.won DESC, v.position, c.record, c.ordinal
"""

_PARTS = "|| coalesce(',' || o.parts, '')"
_PARTS_JOIN = "LEFT JOIN part_origin o USING (cid, unit, record, ordinal)"

_KEYS = """
    SELECT cid, CAST(json_array(system, object, source_id) AS VARCHAR) AS text FROM member ORDER BY cid, record
"""

_KEPT = "SELECT cid, CAST(record AS VARCHAR) AS text FROM member WHERE role = 'kept' ORDER BY cid, record"

_GOLDEN = """
    SELECT m.customer_id, m.entity_type,
        '{{' || coalesce(v.text, '') || '}}' AS attributes,
        '{{"records":[' || k.text || ']' {kept} || ',"attributes":{{' || coalesce(o.text, '') || '}}}}' AS origins,
        sha256(m.entity_type || '{{' || coalesce(v.text, '') || '}}') AS content_hash
    FROM member m JOIN keys k USING (cid) LEFT JOIN "values" v USING (cid) LEFT JOIN origins o USING (cid) {join}
    WHERE m.record = 0 ORDER BY cid
"""


def assemble(duck: DuckDBPyConnection, *, parts: bool, kept: bool) -> pa.Table:
    """Give GOLDEN from the tables `member`, `contribution` and `verdict`, in the order of customer ids.

    `parts`: there is a table `part_origin`. `kept`: members may be records that their system has deleted.
    """
    judged = duck.sql(_JUDGED.format(parts=_PARTS if parts else "", join=_PARTS_JOIN if parts else "")).to_arrow_table()
    duck.register("values", _values(judged.filter(judged["won"])))
    duck.register("origins", _origins(judged))
    duck.register("keys", _joined(duck.sql(_KEYS).to_arrow_table(), ["cid"]))
    if kept:
        duck.register("kept", _joined(duck.sql(_KEPT).to_arrow_table(), ["cid"]))
    told = """|| coalesce(',"kept":[' || q.text || ']', '')""" if kept else ""
    golden = _GOLDEN.format(kept=told, join="LEFT JOIN kept q USING (cid)" if kept else "")
    return duck.sql(golden).to_arrow_table().cast(GOLDEN)


def _values(won: pa.Table) -> pa.Table:
    """By customer: `"email":[{...},{...}],"phone":[{...}]`."""
    lists = _joined(won.select(["cid", "attribute", "golden"]), ["cid", "attribute"])
    texts = _concat('"', lists["attribute"], '":[', lists["text"], "]")
    return _joined(pa.table({"cid": lists["cid"], "text": texts}), ["cid"])


def _origins(judged: pa.Table) -> pa.Table:
    """By customer: `"email":{"won":[[...]],"lost":[[...],[...]]}`, where an empty list is left out."""
    lists = _joined(judged.select(["cid", "attribute", "won", "origin"]), ["cid", "attribute", "won"])
    texts = _concat(pc.if_else(lists["won"], '"won":[', '"lost":['), lists["text"], "]")
    sides = pa.table({"cid": lists["cid"], "attribute": lists["attribute"], "text": texts})
    both = _joined(sides, ["cid", "attribute"])
    texts = _concat('"', both["attribute"], '":{', both["text"], "}")
    return _joined(pa.table({"cid": both["cid"], "text": texts}), ["cid"])


def _joined(rows: pa.Table, by: list[str]) -> pa.Table:
    """Join the last column's texts by commas over each run of rows with equal `by`; gives `by` and `text`."""
    rows = rows.combine_chunks()
    if rows.num_rows == 0:
        return rows.select(by).append_column("text", pa.array([], pa.string()))
    keys = [rows[name].chunk(0) for name in by]
    starts = pa.array([True])
    if rows.num_rows > 1:
        differs = [pc.not_equal(key.slice(1), key.slice(0, len(key) - 1)) for key in keys]
        changes = differs[0]
        for differing in differs[1:]:
            changes = pc.or_(changes, differing)
        starts = pa.concat_arrays([starts, changes])
    first = pc.indices_nonzero(starts).cast(pa.int32())
    offsets = pa.concat_arrays([first, pa.array([rows.num_rows], pa.int32())])
    runs = pa.ListArray.from_arrays(offsets, rows.column(rows.num_columns - 1).chunk(0))
    joined = pa.table({name: key.take(first) for name, key in zip(by, keys, strict=True)})
    return joined.append_column("text", pc.binary_join(runs, ","))


def _concat(*parts: pa.ChunkedArray | pa.Array | str) -> pa.ChunkedArray:
    return pc.binary_join_element_wise(*parts, "")
