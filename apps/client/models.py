"""What the API gives, typed. Fields that are added later are kept and do no harm."""

from __future__ import annotations

from datetime import datetime
from typing import Any
from uuid import UUID

from pydantic import BaseModel, ConfigDict

Part = str | dict[str, str]


class _Model(BaseModel):
    model_config = ConfigDict(extra="allow", frozen=True)


class Key(_Model):
    """The name of a source record."""

    system: str
    object: str
    source_id: str


class ValueOf(_Model):
    """A value as its source wrote it, and in comparable form."""

    value: Part
    standard: Part | None = None


class Customer(_Model):
    """A golden record."""

    customer_id: UUID
    entity_type: str
    version: int
    valid_from: datetime
    attributes: dict[str, list[ValueOf]]
    records: list[Key]
    computed: dict[str, Any] | None = None
    segments: list[str] | None = None
    unknown: dict[str, str] | None = None
    relations: list[dict[str, Any]] | None = None
    consents: list[dict[str, Any]] | None = None
    activities: list[dict[str, Any]] | None = None

    def first(self, attribute: str) -> Part | None:
        """The primary value of an attribute, if there is one."""
        values = self.attributes.get(attribute)
        return values[0].value if values else None


class Hit(_Model):
    """A customer that a search found."""

    score: float
    by: list[str]
    customer: Customer


class Candidate(_Model):
    """A record that matches; band `link`: a batch run would say that it is this customer."""

    record: Key
    customer_id: UUID | None
    weight: float
    probability: float
    band: str
    match_keys: list[str]
    steps: list[dict[str, Any]]


class Change(_Model):
    """What happened to a customer; `cursor` is where a reader that has done with it goes on."""

    cursor: str
    customer_id: UUID
    kind: str
    version: int
    attributes: list[str]
    survivor_id: UUID | None
    at: datetime


class Changes(_Model):
    """A page of the feed."""

    changes: list[Change]
    cursor: str
    more: bool
