"""The statements over golden.consent: facts are added, never changed, and keyed to source records.

Whose consent a statement is, and what holds for a customer with several records, is asked when it is read (see
golden_record.effective_consents). A statement that its system has no longer gets a version of status unknown.
"""

# ruff: noqa: S608 - statements are put together of texts of this module alone
from __future__ import annotations

from collections.abc import Iterable, Sequence
from uuid import UUID

import pyarrow as pa
import sqlalchemy as sa
from sqlalchemy import Connection

from golden_record import consent_due
from hub.consent import Consent
from hub.records import RecordKey, canonical_json
from identity.staging import stage
from identity.store import SaveCounts

_SAID = (
    "system, object, source_id, record_system, record_object, record_source_id, record_email, purpose, channel,"
    " point_kind, point, status, at, ends_at, legal_basis, how, wording, wording_version, attributes, content_hash"
)
_TYPES = {"at": "timestamptz", "ends_at": "timestamptz", "attributes": "jsonb"}
_COLUMNS = ", ".join(f"{name.strip()} {_TYPES.get(name.strip(), 'text')}" for name in _SAID.split(","))
_KEY = "(c.system, c.object, c.source_id) = (i.system, i.object, i.source_id)"

GONE = "gone"
"""The content hash of a version that says: its system has the statement no longer."""

_CLOSE = f"""
    UPDATE golden.consent c SET valid_to = greatest(clock_timestamp(), c.valid_from) FROM incoming_consent i
    WHERE {_KEY} AND c.valid_to IS NULL AND c.content_hash <> i.content_hash"""

# What is not known after a withdrawal goes on being withdrawn: silence allows nothing. After the closing, an open
# version says the same.
_ADD = f"""
    WITH added AS (
        INSERT INTO golden.consent ({_SAID}, in_force, version, valid_from, run_id)
        SELECT {_SAID.replace("system,", "i.system,", 1)},
            CASE WHEN i.status = 'unknown' AND last.in_force = 'withdrawn' THEN 'withdrawn' ELSE i.status END,
            coalesce(last.number, 0) + 1, greatest(clock_timestamp(), last.since), :run_id
        FROM incoming_consent i LEFT JOIN LATERAL (
            SELECT c.version AS number, c.in_force, c.valid_from AS since FROM golden.consent c
            WHERE {_KEY} ORDER BY c.version DESC LIMIT 1) last ON true
        WHERE NOT EXISTS (SELECT FROM golden.consent c WHERE {_KEY} AND c.valid_to IS NULL) RETURNING *)
    INSERT INTO {consent_due.TOUCHED}
    SELECT record_system, record_object, record_source_id, record_email, point_kind, point FROM added"""
_TOUCH_CLOSED = f"""
    INSERT INTO {consent_due.TOUCHED}
    SELECT record_system, record_object, record_source_id, record_email, point_kind, point FROM golden.consent c
    WHERE EXISTS (SELECT FROM incoming_consent i WHERE {_KEY} AND c.content_hash <> i.content_hash)
        AND c.valid_to IS NULL"""

_GONE = f"""
    INSERT INTO incoming_consent ({_SAID})
    SELECT c.system, c.object, c.source_id, record_system, record_object, record_source_id, record_email, purpose,
        channel, point_kind, point, 'unknown', NULL, NULL, NULL, NULL, NULL, NULL, '{{}}', '{GONE}'
    FROM golden.consent c JOIN gone_consent i ON {_KEY} WHERE c.valid_to IS NULL AND c.content_hash <> '{GONE}'"""


def save(conn: Connection, consents: Iterable[Consent], *, run_id: UUID | None = None) -> SaveCounts:
    """Store statements that are new or say something else than before; of one given twice the later counts."""
    given = list(consents)
    latest = {consent.key: consent for consent in given}
    if not latest:
        return SaveCounts(0, 0, 0)
    stage(conn, "incoming_consent", _COLUMNS, _table(list(latest.values())))
    stored = _add(conn, run_id)
    return SaveCounts(stored, len(latest) - stored, len(given) - len(latest))


def delete(conn: Connection, keys: Iterable[RecordKey], *, run_id: UUID | None = None) -> int:
    """Note of statements that their systems have them no longer, or not readably; gives how many were there.

    A grant ends by that; a withdrawal stays in force.
    """
    gone = sorted(set(keys))
    if not gone:
        return 0
    columns = [pa.array(column, pa.string()) for column in zip(*gone, strict=True)]
    table = pa.table(columns, names=list(RecordKey._fields))
    stage(conn, "gone_consent", "system text, object text, source_id text", table)
    stage(conn, "incoming_consent", _COLUMNS)
    conn.execute(sa.text(_GONE))
    return _add(conn, run_id)


def _add(conn: Connection, run_id: UUID | None) -> int:
    consent_due.stage_touched(conn)
    conn.execute(sa.text(_TOUCH_CLOSED))
    conn.execute(sa.text(_CLOSE))
    stored = conn.execute(sa.text(_ADD), {"run_id": run_id}).rowcount
    if stored:
        consent_due.touch_owners(conn)
    return stored


def count(conn: Connection) -> int:
    """How many statements there are now."""
    query = f"SELECT count(*) FROM golden.consent WHERE valid_to IS NULL AND content_hash <> '{GONE}'"
    return conn.scalar(sa.text(query)) or 0


def _table(consents: Sequence[Consent]) -> pa.Table:
    rows = [
        {
            **consent.key._asdict(),
            "record_system": consent.belongs.system,
            "record_object": consent.belongs.object,
            "record_source_id": consent.belongs.source_id,
            "record_email": consent.belongs.email,
            "purpose": consent.purpose,
            "channel": consent.channel,
            "point_kind": consent.point_kind,
            "point": consent.point,
            "status": consent.status,
            "at": consent.at.isoformat() if consent.at else None,
            "ends_at": consent.ends_at.isoformat() if consent.ends_at else None,
            "legal_basis": consent.legal_basis,
            "how": consent.how,
            "wording": consent.wording,
            "wording_version": consent.wording_version,
            "attributes": canonical_json(dict(consent.attributes)),
            "content_hash": consent.content_hash,
        }
        for consent in consents
    ]
    return pa.Table.from_pylist(rows, pa.schema([(name.strip(), pa.string()) for name in _SAID.split(",")]))
