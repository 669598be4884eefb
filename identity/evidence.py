"""What somebody had before them when they decided: told apart from what is there now."""

from __future__ import annotations

import hashlib
from collections.abc import Collection

import sqlalchemy as sa
from sqlalchemy import Connection

from hub.records import RecordKey, canonical_json
from identity.decision_log import STANDS

_SEEN = f"""
    SELECT r.record_id, r.content_hash, r.deleted_at IS NULL AS live, x.customer_id::text AS customer_id,
           ARRAY(SELECT d.decision_id FROM identity.decision_record m JOIN identity.decision d USING (decision_id)
                 WHERE m.record_id = r.record_id AND {STANDS} ORDER BY 1) AS decisions,
           (SELECT h.hold_id FROM identity.hold_record h JOIN identity.hold o USING (hold_id)
            WHERE h.record_id = r.record_id AND h.open AND o.approved_at IS NULL) AS hold_id
    FROM unnest(CAST(:systems AS text[]), CAST(:objects AS text[]), CAST(:ids AS text[]))
        AS k (system, object, source_id)
    JOIN identity.source_record r USING (system, object, source_id)
    LEFT JOIN identity.crosswalk x ON x.record_id = r.record_id AND x.valid_to IS NULL
    ORDER BY r.record_id"""  # noqa: S608 - own words


def digest(conn: Connection, keys: Collection[RecordKey]) -> str:
    """Name what is there about these records: what they hold, whose they are, what is decided and held about them."""
    rows = conn.execute(
        sa.text(_SEEN),
        {
            "systems": [key.system for key in keys],
            "objects": [key.object for key in keys],
            "ids": [key.source_id for key in keys],
        },
    )
    return hashlib.sha256(canonical_json([list(row) for row in rows]).encode()).hexdigest()[:32]
