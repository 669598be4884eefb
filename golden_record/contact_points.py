"""The contact points of a customer: who says them, since when, whether they are verified, and whether they still work.

Derived when asked from what member records say (the attribute `contact_state`), from campaign mails that came back,
and from the consents: never stored, so it follows merges and splits by itself.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, Literal
from uuid import UUID

import sqlalchemy as sa
from sqlalchemy import Connection

from golden_record.as_of import as_of
from hub.consent import EffectiveConsent, point_text
from hub.records import Part, RecordKey

BOUNCED = "campaign_bounced"
ARRIVED = ("campaign_delivered", "campaign_opened", "campaign_clicked")


@dataclass(frozen=True)
class ContactPoint:
    """One e-mail address, phone or address of a customer.

    `said_by`: the records that hold it. `since`, `until`: the widest time that sources give. `verified_at` and
    `verified_by`: the latest verification, where a source says that there was one. `undeliverable_since`: when a source
    or a mail that came back said that nothing arrives (None: nobody did, or a later mail arrived).
    """

    kind: Literal["email", "phone", "address"]
    value: Part
    point: str | None
    said_by: tuple[RecordKey, ...]
    since: datetime | None = None
    until: datetime | None = None
    verified: bool = False
    verified_at: datetime | None = None
    verified_by: str | None = None
    undeliverable: bool = False
    undeliverable_since: datetime | None = None
    consents: tuple[EffectiveConsent, ...] = field(default=())


_SAID = """
    SELECT k.kind, s.system, s.object, s.source_id, v -> 'value' AS value, v -> 'standard' AS standard, w.state,
        coalesce(s.modified_at, s.changed_at) AS told_at
    FROM identity.crosswalk x JOIN identity.source_record s USING (record_id)
    CROSS JOIN (VALUES ('email', 1), ('phone', 2), ('address', 3)) k (kind, place)
    CROSS JOIN LATERAL jsonb_array_elements(s.attributes -> k.kind) WITH ORDINALITY v (v, n)
    LEFT JOIN LATERAL (
        SELECT c -> 'value' AS state FROM jsonb_array_elements(s.attributes -> 'contact_state') c
        WHERE c -> 'value' ->> 'attribute' = k.kind AND c -> 'value' -> 'point' = v -> 'standard' LIMIT 1) w ON true
    WHERE x.customer_id = :id AND x.valid_to IS NULL AND s.deleted_at IS NULL
    ORDER BY k.place, s.system, s.object, s.source_id, v.n"""

_MAILS = """
    SELECT record_email, max(at) FILTER (WHERE kind = :bounced) AS bounced, max(at) FILTER (WHERE kind = ANY(:arrived))
        AS arrived
    FROM golden.activity WHERE record_email = ANY(:emails) AND valid_to IS NULL AND record_email IS NOT NULL
    GROUP BY record_email"""


def of(
    conn: Connection, customer_id: UUID, consents: Sequence[EffectiveConsent] = (), *, then: datetime | None = None
) -> list[ContactPoint]:
    """Give the contact points of a current customer: e-mails, phones, addresses, each once, with their `consents`.

    `then`: by what was known at that moment, of whoever was a customer then.
    """
    said, came = (sa.text(as_of(query) if then else query) for query in (_SAID, _MAILS))
    known = {"then": then} if then else {}
    groups: dict[tuple[str, str], list[sa.Row[Any]]] = {}
    for row in conn.execute(said, {"id": customer_id, **known}):
        name = point_text(row.standard if row.standard is not None else row.value) or ""
        groups.setdefault((row.kind, name), []).append(row)
    emails = [name for kind, name in groups if kind == "email"]
    mails = {
        row.record_email: row
        for row in conn.execute(came, {"emails": emails, "bounced": BOUNCED, "arrived": list(ARRIVED), **known})
    }
    return [_point(kind, name, rows, mails.get(name), consents) for (kind, name), rows in groups.items()]


def _point(
    kind: Any, name: str, rows: Sequence[sa.Row[Any]], mail: sa.Row[Any] | None, consents: Sequence[EffectiveConsent]
) -> ContactPoint:
    states = [row.state or {} for row in rows]
    checked = [(_moment(s.get("verified_at")), s.get("verified_by")) for s in states if s.get("verified")]
    latest = max(checked, key=lambda one: (one[0] is not None, one[0] or datetime.min), default=(None, None))
    lost = [row.told_at for row, state in zip(rows, states, strict=True) if state.get("undeliverable")]
    if mail is not None and mail.bounced is not None and (mail.arrived is None or mail.arrived < mail.bounced):
        lost.append(mail.bounced)
    standard = rows[0].standard is not None
    return ContactPoint(
        kind=kind,
        value=rows[0].value,
        point=name if standard else None,
        said_by=tuple(dict.fromkeys(RecordKey(row.system, row.object, row.source_id) for row in rows)),
        since=min((m for s in states if (m := _moment(s.get("since")))), default=None),
        until=max((m for s in states if (m := _moment(s.get("until")))), default=None),
        verified=bool(checked),
        verified_at=latest[0],
        verified_by=latest[1],
        undeliverable=bool(lost),
        undeliverable_since=min(lost, default=None),
        consents=tuple(c for c in consents if standard and (c.point_kind, c.point) == (kind, name)),
    )


def _moment(said: str | None) -> datetime | None:
    return datetime.fromisoformat(said) if said else None
