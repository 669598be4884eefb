"""How customers and records are called on a page: by a name of their own, else by what else is known of them."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from uuid import UUID

from sqlalchemy import Connection

from golden_record import read
from hub.access import AccessConfig
from hub.errors import RejectedError
from hub.masking import masked
from hub.records import Part, RecordKey, Value

_WHOLE = ("organisation_name", "full_name")
_PARTS = ("given_name", "family_name")
_ELSE = ("email", "phone")


def name_of(attributes: Mapping[str, Sequence[Value]]) -> str:
    """Give the name that attributes (as their reader may see them) give; "" where they have none."""
    for name in _WHOLE:
        if text := _first(attributes, name):
            return text
    if text := " ".join(found for name in _PARTS if (found := _first(attributes, name))):
        return text
    return next((text for name in _ELSE if (text := _first(attributes, name))), "")


def names_of(
    conn: Connection, customers: Sequence[UUID], roles: frozenset[str], access: AccessConfig
) -> dict[UUID, str]:
    """Give the names of customers by their golden records, as somebody with these roles may see them."""
    found = read.values(conn, sorted(set(customers)))
    return {one: name_of(masked(attributes, roles, access)) for one, attributes in found.items()}


def key_text(key: RecordKey) -> str:
    """Name a record in a form or an address."""
    return "|".join(key)


def key_named(text: str) -> RecordKey:
    """Read such a name. Raises RejectedError where it is none."""
    parts = text.split("|", 2)
    if len(parts) != 3 or not all(parts) or "\0" in text:
        raise RejectedError("That names no record.", hint="Go back and choose the records again.")
    return RecordKey(*parts)


def _first(attributes: Mapping[str, Sequence[Value]], name: str) -> str:
    values = attributes.get(name)
    part: Part | None = values[0].value if values else None
    return part if isinstance(part, str) else ""
