"""Standing decisions as pairs to learn from, beside labels.

A decision is no random sample: stewards are asked about pairs that the model finds hard. So none of them enters a
figure (precision, recall, how many match) unless its pair was drawn into a sample by chance; it only says of its own
pairs what they are. Decisions over records that have changed since say nothing, for they were about other values.
"""

from __future__ import annotations

from itertools import combinations, product

import sqlalchemy as sa
from sqlalchemy import Connection

from hub.records import EntityType
from identity.decision_log import STANDS

DecidedPair = tuple[int, int, bool, float]
"""Two records, lowest first, whether they are one customer, and the pairs that this one counts for."""

_MOST_RECORDS = 20  # of a side: a bulk decision over more says the same thing many times


def decided_pairs(conn: Connection, entity_type: EntityType) -> list[DecidedPair]:
    """Give the pairs of live records that standing decisions speak of, each once, in the order of records.

    A decision counts for as many pairs as it has records beyond the first (of the larger side, where it parts two), for
    the others follow. Of a pair that several decisions speak of, the last word is kept.
    """
    rows = conn.execute(
        sa.text(f"""
            SELECT d.decision_id, d.kind, array_agg(m.record_id ORDER BY m.record_id) FILTER (WHERE m.side = 'left'),
                array_agg(m.record_id ORDER BY m.record_id) FILTER (WHERE m.side = 'right')
            FROM identity.decision d JOIN identity.decision_record m USING (decision_id)
            JOIN identity.source_record r USING (record_id)
            WHERE d.kind IN ('same', 'different') AND {STANDS} AND r.entity_type = :type
                AND r.deleted_at IS NULL AND r.content_hash = m.content_hash
            GROUP BY d.decision_id, d.kind ORDER BY d.decision_id"""),  # noqa: S608 - own words; values are bound
        {"type": entity_type},
    )
    found: dict[tuple[int, int], tuple[bool, float]] = {}
    for _, kind, left, right in rows:
        lefts, rights = (left or [])[:_MOST_RECORDS], (right or [])[:_MOST_RECORDS]
        same = kind == "same"
        group = sorted({*lefts, *rights})
        pairs = list(combinations(group, 2)) if same else [(min(p), max(p)) for p in product(lefts, rights)]
        counts = len(group) - 1 if same else max(len(lefts), len(rights))
        for pair in pairs:
            found[pair] = (same, counts / len(pairs))
    return [(*pair, same, n) for pair, (same, n) in sorted(found.items())]
