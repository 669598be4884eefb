"""An activity in canonical form: what one system says that happened with one of its customers."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from decimal import Decimal
from functools import cached_property

from hub.records import RecordKey, canonical_json


@dataclass(frozen=True, slots=True)
class Belonging:
    """Which source record an activity belongs to: the one with this id, or those with this e-mail address."""

    system: str
    object: str
    source_id: str | None = None
    email: str | None = None


@dataclass(frozen=True)
class Activity:
    """An order, invoice, ticket, campaign mail, open, click or visit. `at` is aware, in UTC; `currency` is ISO 4217."""

    key: RecordKey
    belongs: Belonging
    kind: str
    at: datetime
    title: str | None = None
    amount: Decimal | None = None
    currency: str | None = None
    status: str | None = None
    attributes: Mapping[str, str] = field(default_factory=dict)

    @cached_property
    def content_hash(self) -> str:
        """SHA-256 over everything but the key: two versions with one hash say the same."""
        said = [
            *(self.belongs.system, self.belongs.object, self.belongs.source_id, self.belongs.email),
            *(self.kind, self.at.isoformat(), self.title, None if self.amount is None else str(self.amount)),
            *(self.currency, self.status, dict(self.attributes)),
        ]
        return hashlib.sha256(canonical_json(said).encode("utf-8", "surrogatepass")).hexdigest()
