"""The vocabulary of customer attributes that every room shares; hub.yaml adds custom ones."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

from hub.records import ENTITY_TYPES, EntityType

Kind = Literal["text", "date", "number", "boolean", "email", "phone", "address", "identifier", "website"]

ADDRESS_PARTS = ("street", "house_number", "line2", "city", "postcode", "region", "country")
IDENTIFIER_PARTS = ("kind", "value", "country")
PARTS: dict[str, tuple[str, ...]] = {"address": ADDRESS_PARTS, "identifier": IDENTIFIER_PARTS}
"""Kind of attribute -> the parts that a value of it has; other kinds have none."""
IDENTIFIER_KINDS = ("vat", "tax", "national", "registration", "loyalty", "other")


@dataclass(frozen=True, slots=True)
class Attribute:
    """What an attribute holds.

    `multi`: a record may have several values. `derived`: made by standardising, for comparing alone; it is
    never mapped from a source and never survives into a golden record.
    """

    name: str
    kind: Kind = "text"
    multi: bool = False
    entity_types: tuple[EntityType, ...] = ENTITY_TYPES
    derived: bool = False


def _person(name: str, kind: Kind = "text", *, derived: bool = False) -> Attribute:
    return Attribute(name, kind, entity_types=("person",), derived=derived)


def _organisation(name: str, kind: Kind = "text", *, derived: bool = False) -> Attribute:
    return Attribute(name, kind, entity_types=("organisation",), derived=derived)


ATTRIBUTES: dict[str, Attribute] = {
    attribute.name: attribute
    for attribute in (
        _person("title"),
        _person("given_name"),
        _person("middle_name"),
        _person("family_name"),
        _person("name_suffix"),
        _person("full_name"),
        _person("gender"),
        _person("birth_date", "date"),
        _person("job_title"),
        _person("employer"),
        _person("organisation_id"),
        _person("given_name_root", derived=True),
        _organisation("organisation_name"),
        _organisation("legal_form"),
        _organisation("industry"),
        _organisation("contact_name"),
        _organisation("parent"),
        _organisation("organisation_core", derived=True),
        Attribute("language"),
        Attribute("email", "email", multi=True),
        Attribute("phone", "phone", multi=True),
        Attribute("address", "address", multi=True),
        Attribute("identifier", "identifier", multi=True),
        Attribute("website", "website", multi=True),
        # What the source says of its contact points: verified, undeliverable, since when.
        Attribute("contact_state", multi=True, derived=True),
    )
}
