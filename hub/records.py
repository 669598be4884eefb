"""A source record in canonical form: what one system says of one customer.

Every attribute is a list of values; each value keeps what the source said beside its comparable form.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from functools import cached_property
from typing import Any, Literal, NamedTuple

EntityType = Literal["person", "organisation"]
ENTITY_TYPES: tuple[EntityType, ...] = ("person", "organisation")

Part = str | dict[str, str]
"""A value: a text, or named parts (an address, an identifier)."""


class RecordKey(NamedTuple):
    """The lasting name of a source record."""

    system: str
    object: str
    source_id: str


@dataclass(frozen=True, slots=True)
class Value:
    """One value: as the source has it, and in comparable form (None: not fit for comparing)."""

    value: Part
    standard: Part | None


Attributes = dict[str, list[Value]]
"""Attribute name -> values, the source's primary first; an absent attribute has no entry."""


def attributes_to_json(attributes: Mapping[str, list[Value]]) -> dict[str, list[dict[str, Any]]]:
    """Give the JSON form that is stored: `{"email": [{"value": "A@b.c", "standard": "a@b.c"}]}`."""
    return {
        name: [{"value": v.value, "standard": v.standard} for v in values]
        for name, values in attributes.items()
        if values
    }


def attributes_from_json(stored: Mapping[str, list[dict[str, Any]]]) -> Attributes:
    """Read the stored JSON form back."""
    return {name: [Value(v["value"], v["standard"]) for v in values] for name, values in stored.items()}


def canonical_json(value: Any) -> str:
    """JSON with sorted keys and no spaces, so that equal content gives equal text."""
    return json.dumps(value, sort_keys=True, separators=(",", ":"), ensure_ascii=False)


@dataclass(frozen=True)
class SourceRecord:
    """One customer record as one system holds it.

    `modified_at` is the system's own time of the last change (aware, UTC), where it gives one.
    """

    key: RecordKey
    entity_type: EntityType
    attributes: Attributes
    modified_at: datetime | None = None

    @cached_property
    def content_hash(self) -> str:
        """SHA-256 over entity type and attributes; the time of change is left out, for it is no content."""
        text = canonical_json([self.entity_type, attributes_to_json(self.attributes)])
        return hashlib.sha256(text.encode("utf-8", "surrogatepass")).hexdigest()
