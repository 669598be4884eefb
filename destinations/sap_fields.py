"""The places of an SAP business partner that the hub writes, and their forms. Pure.

A slot's values sit in different entities: the partner itself, its standard address, the default e-mail and telephone
below that, and its tax numbers.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Any, Literal

import phonenumbers

from destinations.forms import (
    as_email,
    as_kept,
    as_phone,
    as_text,
    gender_word,
    iso_day,
    part,
    same_phone,
    standard_part,
)
from destinations.slots import PERSON, Slot, Wire, text
from hub.records import EntityType, Value

Place = Literal["partner", "address", "email", "phone", "tax", "identification"]

PLACES: dict[str, Place] = {
    "address": "address",
    "email": "email",
    "phone": "phone",
    "tax": "tax",
    "registration": "identification",
}
"""Slots that don't sit in the partner itself."""

REGISTRATION_TYPE = "BUP002"
"""SAP's own identification type for a number in the commercial register."""

NAME_LINE = 40
NEARLY_FULL = 30
"""Characters of a line of a name from which the next line goes on with it."""
_UNIT = 10
_REGION = 3
_TELLING = ("StreetName", "CityName", "PostalCode")


def _birth_date(value: Value) -> Wire:
    day = iso_day(value)
    if not day:
        return {}
    moment = datetime.fromisoformat(day).replace(tzinfo=UTC)
    return {"BirthDate": f"/Date({int(moment.timestamp()) * 1000})/"}


def _gender(value: Value) -> Wire:
    word = gender_word(value)
    return {"IsMale": word == "male", "IsFemale": word == "female"} if word else {}


def _organisation_name(value: Value) -> Wire:
    """Fill lines of 40 characters, as SAP keeps a long name; broken between words where a line is then nearly full.

    A second line after a short first one is no part of the name (a department, say), so it is left alone.
    """
    name = text(value.value)
    if not name or len(name) > 2 * NAME_LINE:
        return {}
    cut = NAME_LINE
    if len(name) > NAME_LINE and (space := name.rfind(" ", NEARLY_FULL, NAME_LINE)) > 0:
        cut = space
    # A line that is full goes on without a break, so a word that begins right behind it keeps the space before it.
    rest = name[cut:] if cut == NAME_LINE else name[cut + 1 :]
    lines = {"OrganizationBPName1": name[:cut]}
    return lines | ({"OrganizationBPName2": rest} if len(name) >= NEARLY_FULL else {})


def _address(value: Value) -> Wire:
    """Write the address as a whole; SAP needs a country, and codes where others have names."""
    country = standard_part(value, "country") or part(value, "country")
    if not country or not any(part(value, name) for name in ("street", "city", "postcode")):
        return {}
    region = standard_part(value, "region") or part(value, "region")
    return {
        "StreetName": part(value, "street"),
        "HouseNumber": part(value, "house_number"),
        "HouseNumberSupplementText": part(value, "line2"),
        "CityName": part(value, "city"),
        "PostalCode": part(value, "postcode"),
        "Region": region.upper() if len(region) <= _REGION else "",
        "Country": country,
    }


def _short_address(value: Value) -> Value:
    """Leave out a second line that is longer than SAP's field for it."""
    if len(part(value, "line2")) <= _UNIT or not isinstance(value.value, dict):
        return value
    standard = value.standard
    if isinstance(standard, dict):
        standard = {name: said for name, said in standard.items() if name != "line2"}
    return Value({name: said for name, said in value.value.items() if name != "line2"}, standard)


_PARTS = {
    "street": "StreetName",
    "house_number": "HouseNumber",
    "line2": "HouseNumberSupplementText",
    "city": "CityName",
    "postcode": "PostalCode",
    "region": "Region",
    "country": "Country",
}
_as_kept = as_kept(_address, _PARTS)


def _held_address(value: Value) -> Value:
    """Give an address as SAP keeps it."""
    return _as_kept(_short_address(value))


def _only_vat(value: Value) -> Value | None:
    kind = standard_part(value, "kind") or part(value, "kind")
    return value if kind == "vat" else None


def _tax(value: Value) -> Wire:
    """Write a VAT number under its country's tax type (DE0, FR0); it begins with its country's code."""
    number = standard_part(value, "value")
    if not number[:2].isalpha() or len(number) > 20:
        return {}
    return {"BPTaxType": f"{number[:2]}0", "BPTaxNumber": number}


def _registration(value: Value) -> Wire:
    """Write a number of the commercial register; it is part of its entry's key, so it is only ever added."""
    number = part(value, "value")
    if (standard_part(value, "kind") or part(value, "kind")) != "registration" or not 0 < len(number) <= 60:
        return {}
    country = standard_part(value, "country") or part(value, "country")
    return {"BPIdentificationType": REGISTRATION_TYPE, "BPIdentificationNumber": number, "Country": country}


def _held_registration(value: Value) -> Value | None:
    wire = _registration(value)
    if not wire:
        return None
    parts = {"kind": "registration", "value": wire["BPIdentificationNumber"], "country": wire["Country"]}
    return Value({name: said for name, said in parts.items() if said}, value.standard)


def _language(value: Value) -> Wire:
    """Write a language by its code of two letters, in capitals as SAP shows it."""
    code = text(value.standard)
    return {"CorrespondenceLanguage": code.upper()} if len(code) == 2 and code.isalpha() else {}


_CONTACT_POINTS = (
    Slot(
        "address",
        "address",
        _address,
        holdable=_held_address,
        wire_fields=tuple(_PARTS.values()),
        telling=_TELLING,
        clearable=False,
    ),
    Slot("email", "email", as_email("EmailAddress"), wire_fields=("EmailAddress",)),
    Slot(
        "phone",
        "phone",
        as_phone("PhoneNumber"),
        same=same_phone,
        wire_fields=("PhoneNumber", "InternationalPhoneNumber"),
    ),
    Slot("tax", "identifier", _tax, holdable=_only_vat, wire_fields=("BPTaxType", "BPTaxNumber"), clearable=False),
)
_PERSON = (
    Slot("FirstName", "given_name", as_text("FirstName")),
    Slot("MiddleName", "middle_name", as_text("MiddleName")),
    Slot("LastName", "family_name", as_text("LastName"), required=True),
    Slot("BirthDate", "birth_date", _birth_date, clearable=False),
    Slot("gender", "gender", _gender, wire_fields=("IsMale", "IsFemale"), clearable=False),
    Slot("NaturalPersonEmployerName", "employer", as_text("NaturalPersonEmployerName")),
    Slot("CorrespondenceLanguage", "language", _language),
    *_CONTACT_POINTS,
)
_ORGANISATION = (
    Slot(
        "name",
        "organisation_name",
        _organisation_name,
        required=True,
        wire_fields=("OrganizationBPName1", "OrganizationBPName2"),
    ),
    Slot(
        "registration",
        "identifier",
        _registration,
        holdable=_held_registration,
        fill_only=True,
        clearable=False,
        wire_fields=("BPIdentificationType", "BPIdentificationNumber", "Country"),
        telling=("BPIdentificationNumber",),
    ),
    *_CONTACT_POINTS,
)


def slots(entity_type: EntityType) -> tuple[Slot, ...]:
    """Give the places of a partner of this type."""
    return _PERSON if entity_type == PERSON else _ORGANISATION


def completed(place: Place, wire: Wire, old: Mapping[str, Any]) -> Wire:
    """Add the fields that SAP keeps beside those of a slot: they follow from it and from what it replaces."""
    if place == "phone" and wire["PhoneNumber"].startswith("+"):
        number = phonenumbers.parse(wire["PhoneNumber"])
        country = phonenumbers.region_code_for_number(number)
        mobile = phonenumbers.number_type(number) == phonenumbers.PhoneNumberType.MOBILE
        return (
            wire
            | {"PhoneNumberType": "3" if mobile else "1"}
            | ({"DestinationLocationCountry": country} if country else {})
        )
    if "IsMale" in wire:
        wire = wire | {"IsSexUnknown": False}
    if "OrganizationBPName1" in wire and len(str(old.get("OrganizationBPName1") or "")) >= NEARLY_FULL:
        # What stands in the second line was the rest of the old name.
        wire = {"OrganizationBPName2": ""} | wire
    return wire


def partner_number(key: str) -> str:
    """Give a partner's number without leading zeros, as SAP compares it (ALPHA conversion)."""
    return key.lstrip("0").rjust(10) if key.isdigit() else key


def standard_address(row: Mapping[str, Any]) -> Mapping[str, Any] | None:
    """Give the address of standard usage, else the one with the lowest number."""
    addresses = sorted(
        (row.get("to_BusinessPartnerAddress") or {}).get("results", []),
        key=lambda a: partner_number(str(a["AddressID"])),
    )
    for address in addresses:
        usages = (address.get("to_AddressUsage") or {}).get("results", [])
        if any(usage["AddressUsage"] == "XXDEFAULT" for usage in usages):
            return dict(address)
    return dict(addresses[0]) if addresses else None


def default_of(below: Any, flag: str) -> Mapping[str, Any] | None:
    """Give the default entry of e-mails or telephones, else the first."""
    entries = sorted((below or {}).get("results", []), key=lambda e: partner_number(str(e["OrdinalNumber"])))
    return next((e for e in entries if e.get(flag)), entries[0] if entries else None)
