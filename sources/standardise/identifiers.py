"""Identifiers: VAT, tax, national and registration numbers in one spelling, so that equal numbers are equal texts."""

from __future__ import annotations

import re
from collections.abc import Mapping
from functools import lru_cache

from stdnum import get_cc_module
from stdnum.exceptions import ValidationError

from hub.attributes import IDENTIFIER_KINDS
from sources.standardise import countries
from sources.standardise.text import comparable, table

_MODULES = {"vat": ("vat",), "tax": ("tin", "vat"), "national": ("personalid",), "registration": ("businessid",)}
_PREFIX = re.compile(r"(?P<country>[A-Z]{2})(?=[A-Z0-9]{0,2}\d)")
_EU_VAT = table(
    """
    AT BE BG CY CZ DE DK EE EL ES FI FR GB GR HR HU IE IT LT LU LV MT NL PL PT RO SE SI SK XI
    """
)


@lru_cache(maxsize=1 << 15)
def number(cleaned: str, kind: str, country: str | None) -> str | None:
    """Give a number in capitals and digits alone; a VAT number always with its country. None: nothing to compare.

    Numbers with a wrong check digit stay: a mistyped number compares as well as any.
    """
    text = re.sub(r"[^A-Z0-9]", "", comparable(cleaned.removesuffix(".0")).upper())[:64]
    if len(text) < 3 or not any(map(str.isdigit, text)):
        return None
    if kind != "vat":
        return _as_country_writes(text, kind, country)
    if (prefix := _PREFIX.match(text)) and prefix["country"] in _EU_VAT | {country}:
        country, text = prefix["country"], text[2:]
    country = {"EL": "GR", "XI": "GB"}.get(country or "", country)
    return f"{country or ''}{_as_country_writes(text, kind, country)}"


def _as_country_writes(text: str, kind: str, country: str | None) -> str:
    """Give the number as python-stdnum's module of its country and kind spells it, where it is a valid one."""
    for name in _MODULES.get(kind, ()):
        if module := get_cc_module(country or "", name):
            try:
                return re.sub(r"[^A-Z0-9]", "", str(module.validate(text)).upper()).removeprefix(
                    str(country) if kind == "vat" else "-"
                )
            except (ValidationError, ValueError, TypeError, IndexError):
                continue
    return text


def identifier(cleaned: Mapping[str, str], default_country: str | None) -> dict[str, str] | None:
    """Give the comparable identifier {kind, value} of cleaned parts; a country given stays, but for VAT numbers."""
    kind = cleaned.get("kind", "").lower()
    kind = kind if kind in IDENTIFIER_KINDS else "other"
    own = countries.country(cleaned.get("country"))
    standard = number(cleaned.get("value", ""), kind, own or default_country)
    if standard is None:
        return None
    if kind == "vat":
        # A VAT number names its country itself, so the same number is the same identifier whoever gives it.
        return {"kind": kind, "value": standard}
    return {"kind": kind, "value": standard} | ({"country": own} if own else {})
