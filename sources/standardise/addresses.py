"""Postal addresses: one comparable form of each part, whatever parts the source keeps them in."""

from __future__ import annotations

import re
from collections.abc import Mapping
from functools import lru_cache

from sources.standardise import countries, streets
from sources.standardise.text import comparable, table

_NOT_CODE = re.compile(r"[^A-Z0-9]")
_OF_COUNTRY = re.compile(r"[A-Z]{1,3}[-\s](?=\d{3,6}$)")
_PLUS_FOUR = re.compile(r"(\d{5})-\d{4}")
# Countries whose postcodes are digits alone, of one length: a spreadsheet takes their leading zeros away.
_DIGITS = dict.fromkeys(table("US DE FR ES IT FI MX TR KR HR EE LT UA"), 5) | dict.fromkeys(
    table("AT CH BE DK NO AU NZ HU BG SI LU ZA"), 4
)
_POSTCODE_AND_CITY = re.compile(
    r"(?P<postcode>(?:[A-Z]{1,2}-)?\d{4,6}|\d{3}\s\d{2}|\d{2}-\d{3}|\d{4}\s?[A-Z]{2})\s+(?P<city>[^\d]+)"
)
_REGION_AND_POSTCODE = re.compile(
    r"(?:(?P<city>.+?)\s+)??(?:(?P<region>[A-Za-z]{2,3})\s+)?(?P<postcode>\d{4,6}(?:-\d{4})?|[A-Z]{1,2}\d[A-Z\d]?\s?\d[A-Z]{2}|[A-Z]\d[A-Z]\s?\d[A-Z]\d)"
)


@lru_cache(maxsize=1 << 14)
def postcode(cleaned: str, country: str | None) -> str:
    """Give the compact postcode in capitals ("sw1a 1aa" SW1A1AA), without country prefix or US +4, zeros restored."""
    text = _OF_COUNTRY.sub("", cleaned.upper().removesuffix(".0"))
    if plus := _PLUS_FOUR.fullmatch(text):
        text = plus[1]
    text = _NOT_CODE.sub("", comparable(text).upper())[:16]
    if text.isdigit():
        length = _DIGITS.get(country or "", 0)
        if country == "US" and len(text) == 9:
            return text[:5]
        return text.zfill(length) if length - 2 <= len(text) < length else text
    return text


def address(cleaned: Mapping[str, str], default_country: str | None) -> dict[str, str] | None:
    """Give the comparable parts of an address in cleaned parts; None if no part but a country says where it is.

    Text in `street` may hold house number and unit too; they move to their own parts.
    """
    country = countries.country(cleaned.get("country")) or default_country
    number = streets.house_number(cleaned.get("house_number", "").removesuffix(".0"))
    street, number, unit = streets.split(cleaned.get("street", ""), country, number)
    standard = {
        "street": street,
        "house_number": number,
        "line2": " ".join(filter(None, (unit, comparable(cleaned.get("line2", "")))))[:256].rstrip(),
        "city": comparable(cleaned.get("city", "")),
        "postcode": postcode(cleaned["postcode"], country) if "postcode" in cleaned else "",
        "region": countries.region(cleaned["region"], country) if "region" in cleaned else "",
    }
    standard = {key: text for key, text in standard.items() if text}
    if not standard:
        return None
    if country:
        standard["country"] = country
    return standard


@lru_cache(maxsize=1 << 14)
def one_line(cleaned: str, country: str | None) -> Mapping[str, str]:
    """Split an address written in one line at its commas: street first, then what is known by its look.

    A line without commas is all street.
    """
    street, *rest = (part.strip() for part in cleaned.split(","))
    parts = {"street": street}
    if rest and (code := countries.country(rest[-1])) and (len(rest) > 1 or len(rest[-1]) > 3):
        parts["country"] = code
        rest.pop()
    for i in range(len(rest) - 1, -1, -1):
        if found := _POSTCODE_AND_CITY.fullmatch(rest[i]) or _REGION_AND_POSTCODE.fullmatch(rest[i]):
            parts.update({key: text for key, text in found.groupdict().items() if text})
            rest.pop(i)
            break
    if rest and "city" not in parts:
        parts["city"] = rest.pop()
    if rest and len(rest[0]) <= 6 and rest[0][:1].isdigit() and not street[:1].isdigit():
        parts["house_number"] = rest.pop(0)  # "Calle Mayor, 5, Madrid"
    if rest:
        parts["line2"] = ", ".join(rest)
    return parts
