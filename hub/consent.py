"""A statement of consent in canonical form: what one system says that one of its customers allowed or withdrew."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from functools import cached_property
from typing import Literal

from hub.activity import Belonging
from hub.records import Part, RecordKey, canonical_json

ConsentStatus = Literal["granted", "withdrawn", "unknown"]
PointKind = Literal["email", "phone", "address"]
"""What a contact point is; also the name of the attribute that holds it."""

EVERY_PURPOSE = "every_purpose"
"""The purpose of a withdrawal from all of them (HubSpot: unsubscribed from all). A grant of it allows nothing."""

POINT_OF_CHANNEL: Mapping[str, PointKind] = {
    "email": "email",
    "phone": "phone",
    "sms": "phone",
    "messenger": "phone",
    "fax": "phone",
    "post": "address",
}
"""Channel -> the kind of contact point that it goes to."""


@dataclass(frozen=True)
class Consent:
    """One statement on one purpose and channel, with its evidence.

    `point` is an e-mail address or phone in comparable form; None: every contact point of the channel's kind that the
    source record itself has. `at` is when it was said, as far as the source tells; `ends_at` when a grant runs out.
    `how` (a form, a call), `wording` and `wording_version` are the evidence as the system has it.
    """

    key: RecordKey
    belongs: Belonging
    purpose: str
    channel: str
    status: ConsentStatus
    point: str | None = None
    at: datetime | None = None
    ends_at: datetime | None = None
    legal_basis: str | None = None
    how: str | None = None
    wording: str | None = None
    wording_version: str | None = None
    attributes: Mapping[str, str] = field(default_factory=dict)

    @property
    def point_kind(self) -> PointKind:
        """What kind of contact point the channel goes to."""
        return POINT_OF_CHANNEL[self.channel]

    @cached_property
    def content_hash(self) -> str:
        """SHA-256 over everything but the key: two versions with one hash say the same."""
        said = [
            *(self.belongs.system, self.belongs.object, self.belongs.source_id, self.belongs.email),
            *(self.purpose, self.channel, self.status, self.point),
            *(moment.isoformat() if moment else None for moment in (self.at, self.ends_at)),
            *(self.legal_basis, self.how, self.wording, self.wording_version, dict(self.attributes)),
        ]
        return hashlib.sha256(canonical_json(said).encode("utf-8", "surrogatepass")).hexdigest()


EffectiveState = Literal["granted", "withdrawn", "expired", "unknown"]


@dataclass(frozen=True, slots=True)
class EffectiveConsent:
    """What holds for one contact point of a customer, for one purpose and channel, over all its records.

    `point` as `point_text` gives it. `since` is when the deciding statement was said, `evidence` its key.
    """

    purpose: str
    channel: str
    point_kind: PointKind
    point: str
    state: EffectiveState
    since: datetime
    evidence: RecordKey


def point_text(standard: Part | None) -> str | None:
    """Give a contact point in comparable form as one text; None where it has no such form."""
    return canonical_json(standard) if isinstance(standard, dict) else standard
