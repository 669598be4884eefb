"""From verdicts on candidates to golden records as they are stored: attributes, origins and a content hash."""

from __future__ import annotations

import pyarrow as pa
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

_JUDGED = """
    CREATE OR REPLACE TEMP TABLE judged AS
    SELECT c.cid, c.attribute, c.record, c.ordinal, c.value, c.standard, v.position, v.won, v.rule
    FROM contribution c JOIN verdict v USING (cid, unit, record, ordinal)
"""

_ATTRIBUTE = """
    CREATE OR REPLACE TEMP TABLE attribute AS
    SELECT cid, attribute,
        string_agg('{"value":' || value || ',"standard":' || coalesce(standard, 'null') || '}', ','
                   ORDER BY position) FILTER (won) AS entries,
        string_agg('{"record":' || record || ',"rule":"' || rule || '"}', ',' ORDER BY position) FILTER (won) AS won,
        string_agg('{"record":' || record || ',"rule":"' || rule || '","value":' || value || '}', ','
                   ORDER BY position, record, ordinal) FILTER (NOT won) AS lost
    FROM judged GROUP BY cid, attribute
"""

_GOLDEN = """
    WITH record AS (
        SELECT cid, any_value(customer_id) AS customer_id, any_value(entity_type) AS entity_type,
               string_agg(CAST(json_array(system, object, source_id) AS VARCHAR), ',' ORDER BY record) AS keys
        FROM member GROUP BY cid
    ), content AS (
        SELECT cid,
            string_agg('"' || attribute || '":[' || entries || ']', ',' ORDER BY attribute) AS entries,
            string_agg('"' || attribute || '":{"won":[' || coalesce(won, '') || '],"lost":[' || coalesce(lost, '')
                       || ']}', ',' ORDER BY attribute) AS origins
        FROM attribute GROUP BY cid
    )
    SELECT customer_id, entity_type,
        '{' || coalesce(entries, '') || '}' AS attributes,
        '{"records":[' || keys || '],"attributes":{' || coalesce(origins, '') || '}}' AS origins,
        sha256(entity_type || '{' || coalesce(entries, '') || '}') AS content_hash
    FROM record LEFT JOIN content USING (cid) ORDER BY cid
"""


def assemble(duck: DuckDBPyConnection) -> pa.Table:
    """Give GOLDEN from the tables `member`, `contribution` and `verdict`, in the order of customer ids."""
    duck.execute(_JUDGED).fetchall()
    duck.execute(_ATTRIBUTE).fetchall()
    return duck.sql(_GOLDEN).to_arrow_table().cast(GOLDEN)
