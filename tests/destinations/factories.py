"""Short ways to make values, subjects and settings."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Literal
from uuid import UUID, uuid4

from destinations.operations import Subject
from hub.config import Owner
from hub.ground import Ground
from hub.records import ENTITY_TYPES, Attributes, EntityType, Part, RecordKey, Value

CONTACT = RecordKey("crm", "contacts", "1")


@dataclass(frozen=True)
class Settings:
    """A destination's declaration, as hub.yaml has it."""

    system: str = "crm"
    create: bool = False
    entity_types: tuple[EntityType, ...] = ENTITY_TYPES
    fields: Literal["all"] | list[str] = "all"
    purpose: str = "serving customers"
    legal_basis: str = "contract"
    max_changes: int | None = None
    write_key: bool = False
    owner: Owner = "hub"
    grounds: Mapping[str, Ground] = field(default_factory=dict)

    def ground_of(self, attribute: str) -> Ground:
        """The destination's ground unless the attribute has its own."""
        return self.grounds.get(attribute) or Ground.model_construct(
            purpose=self.purpose, legal_basis=self.legal_basis, channels=()
        )

    def owner_of(self, attribute: str) -> Owner:
        """One owner for all."""
        return self.owner


def value(said: Part, standard: Part | None = None) -> Value:
    """A value whose standard is the text in lower case unless given."""
    if standard is None:
        standard = said.lower() if isinstance(said, str) else {key: part.lower() for key, part in said.items()}
    return Value(said, standard)


def attributes(**said: Part | Value | list[Part | Value]) -> Attributes:
    """Attributes of plain texts, values, or lists of them."""
    result: Attributes = {}
    for name, given in said.items():
        values = given if isinstance(given, list) else [given]
        result[name] = [each if isinstance(each, Value) else value(each) for each in values]
    return result


def subject(
    golden: Attributes,
    current: Attributes | None = None,
    *,
    customer_id: UUID | None = None,
    version: int = 1,
    entity_type: EntityType = "person",
    target: RecordKey | None = CONTACT,
    **more: Any,
) -> Subject:
    """A subject with one target record."""
    return Subject(customer_id or uuid4(), version, entity_type, golden, target, current or {}, 1, **more)
