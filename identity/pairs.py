"""Pairs of records: as found by blocking, and as scored. They load no engine, unlike `identity.scoring`."""

from __future__ import annotations

import pyarrow as pa

PAIRS_SCHEMA = pa.schema(
    [pa.field("record_l", pa.int64()), pa.field("record_r", pa.int64()), pa.field("match_keys", pa.list_(pa.string()))]
)
EDGE_SCHEMA = pa.schema(
    [
        pa.field("record_l", pa.int64()),
        pa.field("record_r", pa.int64()),
        pa.field("match_weight", pa.float64()),
        pa.field("match_probability", pa.float64()),
        pa.field("comparison", pa.string()),
        pa.field("match_keys", pa.list_(pa.string())),
    ]
)
