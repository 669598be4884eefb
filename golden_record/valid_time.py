"""What was true in the world at a moment, as far as the hub knows: golden values over what records say of that time.

A content of a record holds in the world from its system's own time of change on (where the system gives none, from when
the hub learnt it), until a later one does. Of contents that both speak of a moment the one learnt last counts: it
corrects the other. A value that stayed when the record changed has its own, earlier time. The same rules choose among
these contributions as choose the golden values of today.
"""

# ruff: noqa: S608 - statements are put together of texts of this package alone
from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any
from uuid import UUID

import pyarrow as pa
import sqlalchemy as sa
from sqlalchemy import Connection

from golden_record.contributions import MEMBERS
from golden_record.origins import AttributeOrigins, origins_from_json
from golden_record.survivorship import survive
from golden_record.unit import Policy
from hub.duck import connect
from hub.records import Attributes, RecordKey, attributes_from_json, canonical_json
from identity import past_crosswalk

# Times travel as whole microseconds, as in golden_record.members.
_MICROSECONDS = "(extract(epoch FROM {}) * 1000000)::bigint"

_MEMBER = f"""
    SELECT x.customer_id, s.record_id, s.system, s.object, s.source_id, s.first_seen_at
    FROM ({past_crosswalk.rows("x.customer_id = :id")}) x JOIN identity.source_record s USING (record_id)"""

# Each content of a record, as it was known by :then, with the time from which it holds.
_CONTENT = """
    SELECT c.*, coalesce(c.modified_at, c.changed_at) AS true_from FROM (
        SELECT p.entity_type, p.attributes, p.modified_at, p.attribute_times, p.valid_from AS changed_at
        FROM identity.past_record p WHERE p.record_id = m.record_id AND p.valid_from <= :then
        UNION ALL
        SELECT s.entity_type, s.attributes, s.modified_at, s.attribute_times, s.changed_at
        FROM identity.source_record s
        WHERE s.record_id = m.record_id AND s.changed_at <= :then AND s.deleted_at IS NULL) c"""

# The content of the moment; where none is known, the first one: of that only what is older may count (is_later).
_SAID = f"""
    (SELECT c.entity_type, c.attributes, c.modified_at, c.attribute_times, c.changed_at, false AS is_later
     FROM ({_CONTENT}) c WHERE c.true_from <= :valid ORDER BY c.changed_at DESC LIMIT 1)
    UNION ALL
    (SELECT c.entity_type, c.attributes, c.modified_at, c.attribute_times, c.changed_at, true
     FROM ({_CONTENT}) c WHERE NOT EXISTS (SELECT FROM ({_CONTENT}) e WHERE e.true_from <= :valid)
     ORDER BY c.changed_at LIMIT 1)"""

_PIN = """
    p.kind <> 'revoke' AND p.entered_at <= :then AND p.entered_at <= :valid
    AND NOT EXISTS (SELECT FROM golden.pin e WHERE e.revokes = p.pin_id AND e.entered_at <= :then)
    AND (p.lifetime <> 'source' OR p.source_value IS NOT DISTINCT FROM w.attributes -> p.attribute)"""

_ROWS = f"""
    WITH m AS MATERIALIZED ({_MEMBER}), w AS MATERIALIZED (
        SELECT m.*, w.* FROM m CROSS JOIN LATERAL ({_SAID}) w)
    SELECT w.entity_type, w.system, w.object, w.source_id, w.attributes, {_MICROSECONDS.format("w.modified_at")}
               AS modified_at, {_MICROSECONDS.format("w.changed_at")} AS changed_at,
           {_MICROSECONDS.format("w.first_seen_at")} AS arrived_at, w.attribute_times, NULL AS role, w.is_later
    FROM w
    UNION ALL
    SELECT w.entity_type, 'steward', p.kind, p.pin_id::text,
           jsonb_build_object(p.attribute, jsonb_build_array(p.value)), t.at, t.at, t.at, NULL, p.kind, false
    FROM w JOIN golden.pin p ON p.record_id = w.record_id
    CROSS JOIN LATERAL (SELECT {_MICROSECONDS.format("p.entered_at")} AS at) t
    WHERE {_PIN}"""


@dataclass(frozen=True, slots=True)
class TrueThen:
    """Golden values of a moment in the world; `silent` are the members that say nothing of that time."""

    attributes: Attributes
    origins: dict[str, AttributeOrigins]
    silent: tuple[RecordKey, ...]


def true_at(conn: Connection, policy: Policy, customer_id: UUID, valid: datetime, then: datetime) -> TrueThen:
    """Choose the golden values that hold at `valid` by what was known `then`, over the records of the customer then.

    The rules are those of `policy`. Deleted records are no members; what changed before the hub kept contents is not
    known.
    """
    found = conn.execute(sa.text(_ROWS), {"id": customer_id, "valid": valid, "then": then}).mappings().all()
    rows, silent = [], []
    for row in found:
        attributes = _held(dict(row), valid)
        if row["is_later"] and not attributes:
            silent.append(RecordKey(row["system"], row["object"], row["source_id"]))
            continue
        times = row["attribute_times"] and canonical_json(row["attribute_times"])
        rows.append({**row, "customer_id": str(customer_id), "attributes": canonical_json(attributes)}
                    | {"attribute_times": times})  # fmt: skip
    table = pa.Table.from_pylist([{name: row.get(name) for name in MEMBERS.names} for row in rows], MEMBERS)
    with connect() as duck:
        golden = survive(duck, table, policy).to_pylist()
    if not golden:
        return TrueThen({}, {}, tuple(sorted(silent)))
    chosen = attributes_from_json(json.loads(golden[0]["attributes"]))
    return TrueThen(chosen, origins_from_json(json.loads(golden[0]["origins"]), chosen), tuple(sorted(silent)))


def _held(row: Mapping[str, Any], valid: datetime) -> dict[str, Any]:
    """What a content says of the moment: contact points by the times that their source gives, and of a later content
    what had been so before.
    """
    times = row["attribute_times"] or {}
    states = [state["value"] for state in row["attributes"].get("contact_state", ())]
    held: dict[str, Any] = {}
    for name, values in row["attributes"].items():
        older = not row["is_later"] or (name in times and times[name] <= valid.timestamp() * 1_000_000)
        of = {canonical_json(state["point"]): state for state in states if state.get("attribute") == name}
        kept = [v for v in values if _is_held(of.get(canonical_json(v["standard"]), {}), valid, otherwise=older)]
        if kept and name != "contact_state":
            held[name] = kept
    return held


def _is_held(state: Mapping[str, Any], valid: datetime, *, otherwise: bool) -> bool:
    since, until = (_moment(state.get(name)) for name in ("since", "until"))
    if until is not None and until <= valid:
        return False
    return otherwise if since is None else since <= valid


def _moment(said: str | None) -> datetime | None:
    found = datetime.fromisoformat(said) if said else None
    return found.replace(tzinfo=UTC) if found and found.tzinfo is None else found
