"""How canonical values are written out for systems: one place for dates, telephones, street lines and names."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping

from destinations.slots import Wire, plain, text
from hub.records import Attributes, Value

# Where the house number stands before the street's name; elsewhere in the world it follows.
_NUMBER_FIRST = frozenset({"US", "GB", "IE", "CA", "AU", "NZ", "FR", "LU", "IN", "ZA", "SG", "MY", "PH", "HK"})

_GENDERS = {"m": "male", "f": "female"}


def as_text(field: str) -> Callable[[Value], Wire]:
    """Write the value as the source has it."""
    return lambda value: {field: text(value.value)} if text(value.value) else {}


def as_email(field: str) -> Callable[[Value], Wire]:
    """Write an e-mail address in lower case."""
    return lambda value: {field: said} if "@" in (said := text(value.standard) or text(value.value)) else {}


def as_phone(field: str) -> Callable[[Value], Wire]:
    """Write a telephone in E.164; one whose country isn't known would be another number in another system."""
    return lambda value: {field: said} if (said := text(value.standard)).startswith("+") else {}


def same_phone(held: Value, wanted: Value) -> bool:
    """Tell whether two numbers are the same; one without its country by the digits that it has."""
    one, other = (text(value.standard) or text(value.value) for value in (held, wanted))
    if one.startswith("+") == other.startswith("+"):
        return one == other
    whole, local = (one, other) if one.startswith("+") else (other, one)
    digits = re.sub(r"\D", "", local).lstrip("0")
    return len(digits) >= 6 and whole.endswith(digits)


def iso_day(value: Value) -> str:
    """Give a date as yyyy-mm-dd, or nothing where no one day can be read."""
    said = text(value.standard) or text(value.value)
    return said if re.fullmatch(r"\d{4}-\d{2}-\d{2}", said) else ""


def gender_word(value: Value) -> str:
    """Give "male" or "female", or nothing: systems have no common word beyond these."""
    said = plain(value.standard or value.value)
    return _GENDERS.get(said[:1], "") if said in ("m", "f", "male", "female") else ""


def part(value: Value, name: str) -> str:
    """Give a part of an address or identifier as the source has it."""
    return value.value.get(name, "").strip() if isinstance(value.value, dict) else ""


def standard_part(value: Value, name: str) -> str:
    """Give a part in comparable form."""
    return value.standard.get(name, "") if isinstance(value.standard, dict) else ""


def country_of(value: Value) -> str:
    """Give an address's country: as the source has it, else as the hub knows it."""
    return part(value, "country") or standard_part(value, "country")


def street_line(value: Value) -> str:
    """Give street, house number and second line in one line, in the order of the address's country.

    A flat that is but a number gets a sign before it, or it would be read as the house's.
    """
    street, number = part(value, "street"), part(value, "house_number")
    first = standard_part(value, "country") in _NUMBER_FIRST
    line = " ".join(filter(None, (number, street) if first else (street, number)))
    unit = part(value, "line2")
    if re.fullmatch(r"\d+\s?\w?", unit):
        unit = f"# {unit}"
    return ", ".join(filter(None, (line, unit)))


def as_address(street: str, city: str, postcode: str, region: str, country: str) -> Callable[[Value], Wire]:
    """Write an address as a whole: a part that it doesn't have is emptied, or two addresses would be mixed."""

    def encode(value: Value) -> Wire:
        if not any(part(value, name) for name in ("street", "city", "postcode")):
            return {}
        return {
            street: street_line(value),
            city: part(value, "city"),
            postcode: part(value, "postcode"),
            region: part(value, "region"),
            country: country_of(value),
        }

    return encode


def as_kept(encode: Callable[[Value], Wire], fields: Mapping[str, str]) -> Callable[[Value], Value]:
    """Give a value of parts as the system will show it: `fields` names the field that each part is read from.

    Lines that are joined to be written come back joined, and would else be taken for someone's edit.
    """

    def kept(value: Value) -> Value:
        wire = encode(value)
        parts = {name: said for name, field in fields.items() if (said := str(wire.get(field) or "").strip())}
        return Value(parts, value.standard) if parts else value

    return kept


def whole_name(attributes: Attributes) -> list[Value]:
    """Compose a person's name from its parts; the name that the record has as a whole comes after it."""
    whole = attributes.get("full_name", [])
    if not attributes.get("given_name") or not attributes.get("family_name"):
        return whole
    parts = [attributes[name][0] for name in ("given_name", "middle_name", "family_name") if attributes.get(name)]
    standards = [text(value.standard) for value in parts]
    composed = Value(" ".join(text(value.value) for value in parts), " ".join(standards) if all(standards) else None)
    return [composed, *whole]


def same_given_name(held: Value, wanted: Value) -> bool:
    """Tell whether a first-name field says the given name, perhaps with middle names after it."""
    have, want = (str(plain(value.standard or value.value)).split() for value in (held, wanted))
    return have[: len(want)] == want
