"""Fields: the mapping from attributes to columns, as hub.yaml declares it, made of columns with roles."""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass
from typing import Any

from hub.attributes import ADDRESS_PARTS
from sources.propose import shapes
from sources.propose.assign import Assigned


@dataclass(frozen=True)
class Field:
    """One attribute's mapping, and the reasons of its columns."""

    attribute: str
    mapping: Any
    reason: str


_SINGLE = (
    "title", "given_name", "middle_name", "family_name", "name_suffix", "full_name", "organisation_name", "legal_form",
    "industry", "contact_name", "gender", "birth_date", "job_title", "employer", "language",
)  # fmt: skip


def make(found: list[Assigned], occurring: tuple[str, ...]) -> list[Field]:
    """Make the mapping, names first, for the entity types that occur."""
    by_role: dict[str, list[Assigned]] = defaultdict(list)
    for one in found:
        by_role[one.role].append(one)
    fields = [field for name in _SINGLE if by_role[name] and (field := _single(name, by_role, occurring)) is not None]
    if born := _birth_date_of_parts(by_role):
        fields.append(born)
    if occurring == ("organisation",):
        fields = _with_contact(fields, by_role)
    phones = [*sorted(by_role["phone"], key=lambda one: one.column.place), *by_role["phone.fax"]]
    for name, ones in (("email", by_role["email"]), ("phone", phones), ("website", by_role["website"])):
        if ones:
            columns = [one.column.name for one in ones]
            fields.append(Field(name, columns[0] if len(columns) == 1 else columns, _because(ones)))
    fields += [field for field in (_address(found), _identifiers(found)) if field]
    return fields


def _because(ones: list[Assigned]) -> str:
    reasons = list(dict.fromkeys(one.reason for one in ones))
    if len(reasons) == 1:
        return reasons[0]
    return "; ".join(f"{one.column.name}: {one.reason}" for one in ones)


def _single(name: str, by_role: dict[str, list[Assigned]], occurring: tuple[str, ...]) -> Field | None:
    one = by_role[name][0]
    ones = [one]
    if name == "family_name":
        ones = [*by_role["family_name.before"], one, *by_role["family_name.after"]]
    if name == "organisation_name":
        ones = [one, *by_role["organisation_name.more"]]
    columns = [each.column.name for each in ones]
    attribute = name
    if name == "organisation_name" and occurring == ("person",):
        attribute = "employer"
        if by_role["employer"]:
            return None
    if name == "birth_date" and (order := shapes.date_order(one.column)):
        told = "day" if order.startswith("%d") else "month"
        reason = f"{one.reason}; {told} first, for some values leave no other reading"
        return Field(name, {"column": columns[0], "format": order}, reason)
    return Field(attribute, columns[0] if len(columns) == 1 else columns, _because(ones))


def _birth_date_of_parts(by_role: dict[str, list[Assigned]]) -> Field | None:
    """Put a birth date together that stands in three columns."""
    ones = [one for part in ("year", "month", "day") for one in by_role[f"birth_date.{part}"][:1]]
    if by_role["birth_date"] or len(ones) < 3:
        return None
    columns = [one.column.name for one in ones]
    return Field("birth_date", {"column": columns, "format": "%Y %m %d"}, "year, month and day in columns of their own")


def _with_contact(fields: list[Field], by_role: dict[str, list[Assigned]]) -> list[Field]:
    """Make the persons' names in a file of organisations their contact."""
    people = [by_role[name][0] for name in ("given_name", "family_name") if by_role[name]] or by_role["full_name"][:1]
    personal = {
        "title",
        "given_name",
        "middle_name",
        "family_name",
        "name_suffix",
        "full_name",
        "gender",
        "birth_date",
        "job_title",
        "employer",
    }
    kept = [field for field in fields if field.attribute not in personal]
    if people and not by_role["contact_name"]:
        columns = [one.column.name for one in people]
        kept.append(Field("contact_name", columns if len(columns) > 1 else columns[0], "the person to speak to"))
    return kept


def _address(found: list[Assigned]) -> Field | None:
    """Put the parts of each address together: by words such as billing, or by numbers where whole addresses repeat."""
    parts = [one for one in found if one.role.startswith("address.")]
    if not parts:
        return None
    cities = [one for one in parts if one.role in ("address.city", "address.postcode")]
    numbered = len({one.ordinal for one in cities if one.role == "address.city"}) > 1 or (
        len({one.ordinal for one in cities if one.role == "address.postcode"}) > 1
    )
    groups: dict[tuple[str, int], list[Assigned]] = defaultdict(list)
    for one in parts:
        groups[one.group, one.ordinal if numbered else 0].append(one)
    named = [key for key in groups if key != ("", 0)]
    if len(named) == 1 and not _repeats(groups[named[0]], groups.get(("", 0), [])):
        groups = defaultdict(list, {("", 0): parts})
    addresses, reasons = [], []
    for ones in groups.values():
        if {one.role for one in ones} <= {"address.country", "address.line2"} and len(groups) > 1:
            continue
        addresses.append(_parts(ones))
        reasons += ones
    if not addresses:
        return None
    return Field("address", addresses[0] if len(addresses) == 1 else addresses, _because(reasons))


def _repeats(ones: list[Assigned], others: list[Assigned]) -> bool:
    return bool({one.role for one in ones} & {one.role for one in others} - {"address.line2"})


def _parts(ones: list[Assigned]) -> dict[str, Any]:
    columns: dict[str, list[str]] = defaultdict(list)
    for one in sorted(ones, key=lambda one: one.column.place):
        part = one.role.removeprefix("address.")
        if part not in ("line2", "house_number") and columns[part]:
            part = "line2"  # "address" and "address_1": the first is the street
        columns[part].append(one.column.name)
    return {part: names[0] if len(names) == 1 else names for part in ADDRESS_PARTS if (names := columns[part])}


def _identifiers(found: list[Assigned]) -> Field | None:
    ones = [one for one in found if one.role.startswith("identifier.")]
    if not ones:
        return None
    mapping = [{"kind": one.role.removeprefix("identifier."), "value": one.column.name} for one in ones]
    return Field("identifier", mapping[0] if len(mapping) == 1 else mapping, _because(ones))
